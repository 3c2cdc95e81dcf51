package report_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/vision/report"
)

// files are an empty file, a JPEG of one byte, and a dark 16-bit picture with one bright square.
func files(t *testing.T) []string {
	t.Helper()
	g := image.NewGray16(image.Rect(0, 0, 64, 48))
	for i := range 64 * 48 {
		g.SetGray16(i%64, i/64, color.Gray16{Y: 29815})
	}
	for k := range 9 {
		g.SetGray16(30+k%3, 20+k/3, color.Gray16{Y: 65000})
	}
	var buf bytes.Buffer
	if err := png.Encode(&buf, g); err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	var out []string
	for name, b := range map[string][]byte{"a-empty.jpg": nil, "b-byte.jpg": {0xff}, "c-good.png": buf.Bytes()} {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"a-empty.jpg", "b-byte.jpg", "c-good.png"} {
		out = append(out, filepath.Join(dir, name))
	}
	return out
}

func TestABadFileDoesNotKeepTheNextFromBeingDone(t *testing.T) {
	in := files(t)
	for name, do := range map[string]func(report.Options) error{
		"thermal": func(o report.Options) error { return report.Thermal(in, 0.01, -273.15, o) },
		"leds":    func(o report.Options) error { return report.LEDs(t.Context(), in, 30, nil, o) },
	} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			err := do(report.Options{Out: &out, Errs: &errs, JSON: true, PNG: filepath.Join(t.TempDir(), "p.png")})
			if !errors.Is(err, report.ErrSomeFailed) {
				t.Fatal(err)
			}
			var got []struct{ File string }
			if err := json.Unmarshal(out.Bytes(), &got); err != nil || len(got) != 1 || got[0].File != in[2] {
				t.Errorf("%s %v", out.String(), err)
			}
			if said := errs.String(); strings.Count(said, "\n") != 2 || !strings.Contains(said, "empty") {
				t.Errorf("said %q", said)
			}
		})
	}
}
