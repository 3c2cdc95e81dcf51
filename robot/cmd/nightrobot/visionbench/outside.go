package visionbench

import (
	"context"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"os"
	"path/filepath"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/radiometric"
)

// pictures inspects racks that are filled with real device pictures.
func (o Options) pictures(ctx context.Context, r *Report) error {
	dir := filepath.Join(o.Data, "devicetypes")
	if !o.has(dir) {
		for _, row := range newScore().rows("real.") {
			r.Results = append(r.Results, absent(row, "device pictures", o.Data))
		}
		return nil
	}
	s, err := o.world(ctx, "racks of real pictures", max(1, o.Racks/6), os.DirFS(dir), led.Without{}, 0)
	if err != nil {
		return err
	}
	r.Results = append(r.Results, s.rows("real.")...)
	for group, table := range s.confusion {
		if group == "all" {
			r.Confusion["real pictures"] = table
		}
	}
	for _, m := range s.misses {
		r.Misses = append(r.Misses, "real pictures: "+m)
	}
	return nil
}

// outside holds the readers to data that was measured and photographed elsewhere.
func (o Options) outside(_ context.Context, r *Report) error {
	for _, part := range []struct {
		what  string
		under string
		rows  func(dir string) ([]bench.Row, error)
		named []bench.Row // that are missing without the data
	}{
		{"radiometric JPEGs", "thermal", decodeRows, []bench.Row{bench.Row{Name: "thermal.decode.max_error_k", Unit: "K"}.AtMost(0.005)}},
		{"blink series", "led", blinkRows, []bench.Row{bench.Row{Name: "led.state.accuracy.blink_timeseries", Unit: "1"}.AtLeast(0.99)}},
		{"photographs", "real", photoRows, photoTargets()},
	} {
		dir := filepath.Join(o.Data, part.under)
		if !o.has(dir) {
			for _, row := range part.named {
				r.Results = append(r.Results, absent(row, part.what, o.Data))
			}
			continue
		}
		rows, err := part.rows(dir)
		if err != nil {
			return fmt.Errorf("bench vision: %s: %w", part.what, err)
		}
		r.Results = append(r.Results, rows...)
		o.tell(part.what, 1, 1)
	}
	return nil
}

func (o Options) has(dir string) bool {
	info, err := os.Stat(dir)
	return o.Data != "" && err == nil && info.IsDir()
}

func absent(row bench.Row, what, data string) bench.Row {
	row.NotRun = what + " are not given (--data)"
	if data != "" {
		row.NotRun = fmt.Sprintf("%s holds no %s", data, what)
	}
	row.Met = nil
	return row
}

// decodeRows decodes every radiometric JPEG and compares the one that FLIR's own program exported, pixel by pixel.
func decodeRows(dir string) ([]bench.Row, error) {
	names, err := fs.Glob(os.DirFS(dir), "rjpeg/*.jpg")
	if err != nil {
		return nil, err
	}
	decoded := 0
	for _, name := range names {
		data, err := os.ReadFile(filepath.Join(dir, name))
		if err != nil {
			return nil, err
		}
		if _, err := radiometric.Decode(data); err == nil {
			decoded++
		}
	}
	var golden struct {
		Pixels []struct {
			X, Y int
			FLIR float64 `json:"flirtools_C"`
		}
	}
	if err := readJSON(filepath.Join(dir, "golden_flir.json"), &golden); err != nil {
		return nil, err
	}
	data, err := os.ReadFile(filepath.Join(dir, "rjpeg", "irimage_test_E40bx.jpg"))
	if err != nil {
		return nil, err
	}
	p, err := radiometric.Decode(data)
	if err != nil {
		return nil, err
	}
	var off []float64
	for _, g := range golden.Pixels {
		off = append(off, math.Abs(float64(p.At(g.X, g.Y))-g.FLIR))
	}
	worst := bench.Row{Name: "thermal.decode.max_error_k", Unit: "K", N: len(off), Value: slices.Max(append(off, 0))}
	worst.Low, worst.High = worst.Value, worst.Value
	return []bench.Row{worst.AtMost(0.005), bench.Rate("thermal.decode.files", decoded, len(names)).AtLeast(1)}, nil
}

// blinkRows classifies the brightness of lights in handheld video.
func blinkRows(dir string) ([]bench.Row, error) {
	var doc struct {
		Videos []struct {
			T    []float64
			LEDs []struct {
				V95    []float64
				Class  string
				FreqHz float64 `json:"freq_hz"`
			} `json:"leds"`
		}
	}
	if err := readJSON(filepath.Join(dir, "blink_timeseries.json"), &doc); err != nil {
		return nil, err
	}
	means := map[string]string{"solid": led.Solid, "blink_regular": led.Blink, "blink_irregular": led.Irregular}
	n, right := 0, 0
	var off []float64
	for _, v := range doc.Videos {
		for _, l := range v.LEDs {
			n++
			got := led.Classify(v.T, l.V95, led.Scale{Lit: 40, Noise: 20})
			if got.Pattern == means[l.Class] {
				right++
			}
			if got.Pattern == led.Blink && l.FreqHz > 0 {
				off = append(off, math.Abs(got.RateHz-l.FreqHz)/l.FreqHz)
			}
		}
	}
	return []bench.Row{
		bench.Rate("led.state.accuracy.blink_timeseries", right, n).AtLeast(0.99),
		bench.Quantile("led.blink.rate_error.blink_timeseries", "1", off, 0.5).AtMost(0.01),
	}, nil
}

func readJSON(path string, into any) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(data, into); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return nil
}
