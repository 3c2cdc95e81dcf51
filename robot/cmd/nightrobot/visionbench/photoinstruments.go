package visionbench

import (
	"bytes"
	"encoding/csv"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision/instrument"
)

// photoGauges reads five photographs of a pressure gauge of 0 to 1 MPa over 270° (gauge/truth.tsv).
func photoGauges(dir string, counts map[string]*[2]int) error {
	data, err := os.ReadFile(filepath.Join(dir, "gauge", "truth.tsv"))
	if err != nil {
		return err
	}
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma = '\t'
	rows, err := r.ReadAll()
	if err != nil {
		return fmt.Errorf("gauge/truth.tsv: %w", err)
	}
	for i, row := range rows {
		if i == 0 || len(row) < 4 {
			continue
		}
		want, err := strconv.ParseFloat(row[3], 64)
		if err != nil {
			return fmt.Errorf("gauge/truth.tsv: line %d: %w", i+1, err)
		}
		f, err := readFrame(filepath.Join(dir, "gauge", row[0]))
		if err != nil {
			return err
		}
		in := maps.Instrument{ID: row[0], Kind: maps.Gauge, DiameterM: 0.1, Max: 1, MinDeg: -135, MaxDeg: 135}
		right := false
		if c, ok := instrument.FindGauge(f); ok {
			got := instrument.Read(instrument.Straighten(f, c, in), in)
			right = got.Refused == "" && math.Abs(got.Value-want) <= 0.02
		}
		count(counts["photo.gauge.within_2pct"], right)
	}
	return nil
}

// photoDisplay is a photographed display: the corners of the box around its digits, px, from the upper left clockwise as
// somebody who reads it sees them, measured by eye on the enlarged picture; want is empty where it must be refused.
type photoDisplay struct {
	path   string
	quad   [4][2]float64
	digits int
	want   string
}

// photoDisplays reads three displays, one upside down, and must refuse a blown-out one.
func photoDisplays(dir string, counts map[string]*[2]int) error {
	for _, s := range []photoDisplay{
		{"sevenseg/aa_test1.jpg", [4][2]float64{{290, 346}, {591, 346}, {588, 428}, {288, 422}}, 8, "12345678"},
		{"sevenseg/aa_test2.jpg", [4][2]float64{{510, 254}, {209, 254}, {212, 172}, {512, 178}}, 8, "12345678"},
		{"sevenseg/mt_cyberpower-ups.webp", [4][2]float64{{908, 142}, {972, 142}, {972, 176}, {908, 176}}, 3, "188"},
		{"led/rr_20230311_192246.jpg", [4][2]float64{{1000, 2400}, {1280, 2400}, {1280, 2570}, {1000, 2570}}, 3, ""},
	} {
		f, err := readFrame(filepath.Join(dir, filepath.FromSlash(s.path)))
		if err != nil {
			return err
		}
		q := s.quad
		in := maps.Instrument{ID: s.path, Kind: maps.Display, HeightM: 0.02, Digits: s.digits}
		in.WidthM = in.HeightM * math.Hypot(q[1][0]-q[0][0], q[1][1]-q[0][1]) / math.Hypot(q[3][0]-q[0][0], q[3][1]-q[0][1])
		got := instrument.Read(instrument.Crop(f, s.see(in), in), in)
		count(counts["photo.display.correct"], got.Text == s.want && (got.Refused != "") == (s.want == ""))
	}
	return nil
}

// see takes an instrument's box to the four corners, bilinearly.
func (s photoDisplay) see(in maps.Instrument) instrument.Projection {
	return func(x, y float64) (u, v float64, ok bool) {
		a, b := 0.5+(x-in.X)/in.WidthM, 0.5-(y-in.Y)/in.HeightM
		for i, w := range [4]float64{(1 - a) * (1 - b), a * (1 - b), a * b, (1 - a) * b} {
			u, v = u+w*s.quad[i][0], v+w*s.quad[i][1]
		}
		return u, v, true
	}
}
