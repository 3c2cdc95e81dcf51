package radiometric_test

import (
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"image"
	"image/color"
	"image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"golang.org/x/image/tiff"

	"github.com/nightrounds/nightrounds/vision/radiometric"
)

func thermalData(t testing.TB) string {
	t.Helper()
	dir := os.Getenv("NIGHTROUNDS_DATA")
	if dir == "" {
		dir = "../../../shared/data"
	}
	dir = filepath.Join(dir, "thermal")
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("measured data are not here (set NIGHTROUNDS_DATA): %v", err)
	}
	return dir
}

// TestEveryCameraDecodes holds 21 pictures of 14 cameras to decoded.tsv within 0.02 K.
func TestEveryCameraDecodes(t *testing.T) {
	dir := thermalData(t)
	f, err := os.Open(filepath.Join(dir, "decoded.tsv"))
	if err != nil {
		t.Skip(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		b, err := os.ReadFile(filepath.Join(dir, "rjpeg", row[0]))
		if err != nil {
			t.Fatal(err)
		}
		p, err := radiometric.Decode(b)
		if err != nil {
			t.Errorf("%s: %v", row[0], err)
			continue
		}
		s, _ := p.Stats()
		if got := strconv.Itoa(p.Width) + "x" + strconv.Itoa(p.Height); got != row[1] || p.Stored != row[2] {
			t.Errorf("%s: %s %s, want %s %s", row[0], got, p.Stored, row[1], row[2])
		}
		for i, got := range []float64{s.MinC, s.MaxC, s.MeanC, s.MedianC, s.CentreC} {
			want, _ := strconv.ParseFloat(row[8+i], 64)
			if !(math.Abs(got-want) <= 0.02) {
				t.Errorf("%s: %s is %.3f, want %.3f", row[0], rows[0][8+i], got, want)
			}
		}
	}
	if len(rows) < 20 {
		t.Fatalf("only %d rows", len(rows))
	}
}

// TestGoldenPixels holds pixels to FLIR Tools' export of the same picture (golden_flir.json) within 0.001 K.
func TestGoldenPixels(t *testing.T) {
	dir := thermalData(t)
	raw, err := os.ReadFile(filepath.Join(dir, "golden_flir.json"))
	if err != nil {
		t.Skip(err)
	}
	var golden struct {
		Pixels []struct {
			X, Y int
			C    float64 `json:"T_C"`
			FLIR float64 `json:"flirtools_C"`
		}
	}
	if err := json.Unmarshal(raw, &golden); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(filepath.Join(dir, "rjpeg", "irimage_test_E40bx.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	p, err := radiometric.Decode(b)
	if err != nil {
		t.Fatal(err)
	}
	for _, g := range golden.Pixels {
		got := float64(p.At(g.X, g.Y))
		if math.Abs(got-g.C) > 0.0001 || math.Abs(got-g.FLIR) > 0.001 {
			t.Errorf("pixel %d,%d is %.4f, want %.4f", g.X, g.Y, got, g.C)
		}
	}
	hot := p.Scene
	hot.Emissivity = 0.6 // sensitivity table of the same file
	q, err := radiometric.DecodeFor(b, &hot)
	if err != nil {
		t.Fatal(err)
	}
	if got := float64(q.At(56, 70)); math.Abs(got-52.0697) > 0.001 {
		t.Errorf("at emissivity 0.6 the pixel is %.4f, want 52.0697", got)
	}
}

func TestBadFilesAreErrors(t *testing.T) {
	for name, b := range map[string][]byte{
		"empty":      nil,
		"one byte":   {0xff},
		"two bytes":  {0xff, 0xd8},
		"text":       []byte("temperatures"),
		"plain JPEG": {0xff, 0xd8, 0xff, 0xe0, 0, 4, 1, 2, 0xff, 0xd9},
	} {
		if _, err := radiometric.Decode(b); err == nil {
			t.Errorf("%s: decoded", name)
		}
	}
	if _, err := radiometric.Decode([]byte{0xff, 0xd8, 0xff, 0xd9}); !errors.Is(err, radiometric.ErrNotRadiometric) {
		t.Errorf("a plain JPEG gives %v", err)
	}
}

func TestTruncationNeverDecodes(t *testing.T) {
	b, err := os.ReadFile(filepath.Join(thermalData(t), "rjpeg", "tp_FLIR_AX8.jpg"))
	if err != nil {
		t.Skip(err)
	}
	for n := 0; n < len(b); n += 997 {
		if p, err := radiometric.Decode(b[:n]); err == nil && len(p.C) != p.Width*p.Height {
			t.Fatalf("first %d bytes decode to %d pixels", n, len(p.C))
		}
	}
}

func TestScaledWords(t *testing.T) {
	g := image.NewGray16(image.Rect(0, 0, 2, 1))
	g.SetGray16(0, 0, color.Gray16{Y: 29815})
	g.SetGray16(1, 0, color.Gray16{Y: 31315})
	var buf bytes.Buffer
	if err := png.Encode(&buf, g); err != nil {
		t.Fatal(err)
	}
	p, err := radiometric.DecodeScaled(buf.Bytes(), 0.01, -273.15)
	if err != nil || math.Abs(float64(p.At(0, 0))-25) > 1e-4 || math.Abs(float64(p.At(1, 0))-40) > 1e-4 {
		t.Fatalf("%v %v", p.C, err)
	}
	buf.Reset()
	if err := png.Encode(&buf, image.NewGray(g.Rect)); err != nil {
		t.Fatal(err)
	}
	if _, err := radiometric.DecodeScaled(buf.Bytes(), 0.01, -273.15); err == nil {
		t.Error("took a picture of 8 bits for temperatures")
	}
}

// grey16 is a picture of 3 x 2 words from 29000 in steps of 500.
func grey16() *image.Gray16 {
	g := image.NewGray16(image.Rect(0, 0, 3, 2))
	for i := range 6 {
		g.SetGray16(i%3, i/3, color.Gray16{Y: uint16(29000 + 500*i)})
	}
	return g
}

// tiffOf is a plain TIFF; deflated it is a third of the size.
func tiffOf(tb testing.TB, how tiff.CompressionType) []byte {
	tb.Helper()
	var buf bytes.Buffer
	if err := tiff.Encode(&buf, grey16(), &tiff.Options{Compression: how}); err != nil {
		tb.Fatal(err)
	}
	return buf.Bytes()
}

func TestScaledTIFF(t *testing.T) {
	for name, how := range map[string]tiff.CompressionType{"plain": tiff.Uncompressed, "deflated": tiff.Deflate} {
		p, err := radiometric.DecodeScaled(tiffOf(t, how), 1.0/64, -273.15)
		if err != nil || p.Width != 3 || p.Height != 2 || p.Stored != "TIFF" {
			t.Fatalf("%s: %+v, %v", name, p, err)
		}
		for i, c := range p.C {
			if want := float64(29000+500*i)/64 - 273.15; math.Abs(float64(c)-want) > 1e-3 {
				t.Errorf("%s: pixel %d is %v, want %v", name, i, c, want)
			}
		}
	}
}

// FuzzDecodeScaled: whatever a PNG or TIFF holds, there is a grid of its size or an error.
func FuzzDecodeScaled(f *testing.F) {
	var buf bytes.Buffer
	if err := png.Encode(&buf, grey16()); err != nil {
		f.Fatal(err)
	}
	f.Add(buf.Bytes(), 0.01, -273.15)
	f.Add(tiffOf(f, tiff.Uncompressed), 0.04, -100.0)
	f.Add(tiffOf(f, tiff.Deflate), math.NaN(), 0.0)
	f.Fuzz(func(t *testing.T, b []byte, scale, offset float64) {
		if p, err := radiometric.DecodeScaled(b, scale, offset); err == nil && (len(p.C) != p.Width*p.Height || scale == 0) {
			t.Fatal("grid does not fit its size, or the scale is none")
		}
	})
}

func FuzzDecode(f *testing.F) {
	f.Add([]byte{0xff, 0xd8, 0xff, 0xe1, 0, 12, 'F', 'L', 'I', 'R', 0, 1, 0, 0, 'F', 'F'})
	if b, err := os.ReadFile("../../../shared/data/thermal/rjpeg/tp_FLIR_AX8.jpg"); err == nil {
		f.Add(b[:min(len(b), 24<<10)])
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		if p, err := radiometric.Decode(b); err == nil && len(p.C) != p.Width*p.Height {
			t.Fatal("grid does not fit its size")
		}
		_, _ = radiometric.DecodeScaled(b, 0.01, -273.15)
	})
}
