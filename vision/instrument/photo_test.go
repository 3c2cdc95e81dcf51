package instrument_test

import (
	"encoding/csv"
	"image"
	_ "image/jpeg" // the pictures' formats
	_ "image/png"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	_ "golang.org/x/image/webp"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/instrument"
)

// photos is the folder of real pictures; without it the test is skipped.
func photos(t *testing.T) string {
	t.Helper()
	dir := os.Getenv("NIGHTROUNDS_DATA")
	if dir == "" {
		dir = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir = filepath.Join(dir, "real")
	if _, err := os.Stat(dir); err != nil {
		t.Skip("no real pictures here: set NIGHTROUNDS_DATA to the folder that holds real/")
	}
	return dir
}

func photo(t *testing.T, path string) burst.Frame {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	img, _, err := image.Decode(f)
	if err != nil {
		t.Fatalf("decode %s: %v", path, err)
	}
	return burst.FromImage(img)
}

func TestReadsPhotographedGauges(t *testing.T) {
	dir := filepath.Join(photos(t), "gauge")
	f, err := os.Open(filepath.Join(dir, "truth.tsv"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	r := csv.NewReader(f)
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	for _, row := range rows[1:] {
		want, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			t.Fatal(err)
		}
		in := maps.Instrument{ID: row[0], Kind: maps.Gauge, DiameterM: 0.1, Max: 1, MinDeg: -135, MaxDeg: 135}
		frame := photo(t, filepath.Join(dir, row[0]))
		c, ok := instrument.FindGauge(frame)
		if !ok {
			t.Errorf("%s: no dial found", row[0])
			continue
		}
		got := instrument.Read(instrument.Straighten(frame, c, in), in)
		t.Logf("%s: %+v reads %.3f ± %.3f, shows %.3f %s", row[0], c, got.Value, got.Bound, want, got.Refused)
		if got.Refused != "" || math.Abs(got.Value-want) > 0.02 || got.Bound > 0.05 {
			t.Errorf("%s reads %.3f ± %.3f %s, shows %.3f", row[0], got.Value, got.Bound, got.Refused, want)
		}
	}
}

// A shownDisplay is a photographed display. Its quad (corners of the box around its digits, px, from the upper left
// clockwise as somebody who reads it sees them) was measured by eye on the enlarged picture.
type shownDisplay struct {
	path   string
	quad   [4][2]float64
	digits int
	want   string // empty: must be refused
}

func TestReadsPhotographedDisplays(t *testing.T) {
	dir := photos(t)
	for _, s := range []shownDisplay{
		{"sevenseg/aa_test1.jpg", [4][2]float64{{290, 346}, {591, 346}, {588, 428}, {288, 422}}, 8, "12345678"},
		{"sevenseg/aa_test2.jpg", [4][2]float64{{510, 254}, {209, 254}, {212, 172}, {512, 178}}, 8, "12345678"},
		{"sevenseg/mt_cyberpower-ups.webp", [4][2]float64{{908, 142}, {972, 142}, {972, 176}, {908, 176}}, 3, "188"},
		{"led/rr_20230311_192246.jpg", [4][2]float64{{1000, 2400}, {1280, 2400}, {1280, 2570}, {1000, 2570}}, 3, ""},
		{"led/rr_20230311_192246.jpg", [4][2]float64{{1300, 2420}, {1600, 2420}, {1600, 2580}, {1300, 2580}}, 3, ""},
	} {
		in := maps.Instrument{ID: s.path, Kind: maps.Display, HeightM: 0.02, Digits: s.digits}
		q := s.quad
		wide := math.Hypot(q[1][0]-q[0][0], q[1][1]-q[0][1])
		high := math.Hypot(q[3][0]-q[0][0], q[3][1]-q[0][1])
		in.WidthM = in.HeightM * wide / high
		p := instrument.Crop(photo(t, filepath.Join(dir, s.path)), quad(q, in), in)
		got := instrument.Read(p, in)
		t.Logf("%s: %q %s", s.path, got.Text, got.Refused)
		if s.want == "" && got.Refused == "" || s.want != "" && got.Text != s.want {
			t.Errorf("%s reads %q (%s), want %q", s.path, got.Text, got.Refused, s.want)
		}
	}
}

// quad takes an instrument's box to four corners, bilinearly.
func quad(q [4][2]float64, in maps.Instrument) instrument.Projection {
	return func(x, y float64) (u, v float64, ok bool) {
		a, b := 0.5+(x-in.X)/in.WidthM, 0.5-(y-in.Y)/in.HeightM
		for i, w := range [4]float64{(1 - a) * (1 - b), a * (1 - b), a * b, (1 - a) * b} {
			u, v = u+w*q[i][0], v+w*q[i][1]
		}
		return u, v, true
	}
}
