package instrument_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/instrument"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// panels are the looks of common displays: red, green and blue LEDs, a black LCD on grey-green, a pale one.
func panels() []panel {
	black := colour{18, 18, 20}
	return []panel{
		{on: colour{255, 60, 40}, off: colour{45, 12, 12}, field: black, frame: colour{40, 40, 44}},
		{on: colour{90, 255, 90}, off: colour{20, 40, 22}, field: black, frame: colour{150, 150, 155}},
		{on: colour{70, 110, 255}, off: colour{14, 16, 34}, field: black, frame: colour{30, 30, 34}},
		{on: colour{35, 42, 40}, off: colour{150, 160, 138}, field: colour{160, 170, 145}, frame: colour{50, 50, 52}},
		{on: colour{85, 92, 88}, off: colour{140, 148, 130}, field: colour{150, 158, 140}, frame: colour{190, 190, 192}},
	}
}

// displayOf is a declared display and a panel that shows a text in it.
func displayOf(p panel, highMM float64, digits, decimals int, text string) (maps.Instrument, panel) {
	p.high, p.wide, p.bar = highMM, 0.55*highMM, 0.13*highMM
	p.pitch = 0.82 * highMM
	p.digits, p.point, p.text = digits, decimals, text
	p.boxW, p.boxH = p.pitch*float64(digits), 1.35*highMM
	in := maps.Instrument{
		ID: "d", Kind: maps.Display, X: 0.3, Y: 1.2, WidthM: p.boxW / 1000, HeightM: p.boxH / 1000,
		Digits: digits, Decimals: decimals, Unit: "A",
	}
	return in, p
}

func readPanel(l look, in maps.Instrument, p panel) vision.InstrumentReading {
	f, see := l.film(p.boxW+60, p.boxH+60, in, p.at)
	return instrument.Read(instrument.Crop(f, see, in), in)
}

func TestReadsDrawnDisplaysToTheDigit(t *testing.T) {
	rng := rand.New(rand.NewPCG(8, 8))
	const n = 40
	given, right := 0, 0
	for i := range n {
		l := hard(rng)
		l.pxPerMM = max(l.pxPerMM, 1.1)
		l.blur = min(l.blur, 1.1)
		digits := 2 + rng.IntN(4)
		decimals := rng.IntN(min(3, digits))
		value := rng.IntN(int(math.Pow10(digits)))
		text := fmt.Sprintf("%0*d", decimals+1, value)
		in, p := displayOf(panels()[i%5], 12+14*rng.Float64(), digits, decimals, text)
		p.slant = 0.2 * rng.Float64()
		tight := rng.IntN(2) == 0
		if tight { // a box declared around the digits only
			in.WidthM = (p.pitch*float64(digits-1) + p.wide) / 1000
			in.HeightM = p.high / 1000
		}
		r := readPanel(l, in, p)
		want := float64(value) / math.Pow10(decimals)
		if r.Refused != "" {
			t.Logf("%d: shows %s, refused: %s (panel %d, %.0f mm, tight %v, %+v)", i, text, r.Refused, i%5, p.high, tight, l)
			continue
		}
		given++
		if math.Abs(r.Value-want) < 1e-9 {
			right++
		} else {
			t.Logf("%d: shows %s, reads %s (panel %d, %.0f mm, tight %v, %+v)", i, text, r.Text, i%5, p.high, tight, l)
		}
	}
	t.Logf("%d of %d read, %d right", given, n, right)
	if given < n*9/10 || right < given {
		t.Error("too few read or right")
	}
}

func TestRefusesDoubtfulDigits(t *testing.T) {
	sharp := look{pxPerMM: 2, blur: 0.5, noise: 2, gamma: 1}
	dark := func(p panel) panel { p.on = p.off; return p }
	for name, draw := range map[string]func() (maps.Instrument, panel){
		"letters": func() (maps.Instrument, panel) { return displayOf(panels()[0], 14, 3, 0, "Err") },
		"nothing": func() (maps.Instrument, panel) {
			in, p := displayOf(panels()[0], 14, 3, 1, "123")
			return in, dark(p)
		},
		"dashes": func() (maps.Instrument, panel) { return displayOf(panels()[1], 14, 3, 0, "---") },
		"half a segment": func() (maps.Instrument, panel) {
			in, p := displayOf(panels()[2], 14, 3, 0, "178")
			p.half = 7
			return in, p
		},
	} {
		in, p := draw()
		if r := readPanel(sharp, in, p); r.Refused == "" {
			t.Errorf("%s reads %s", name, r.Text)
		}
	}
}

func TestReadsMinusAndPoint(t *testing.T) {
	in, p := displayOf(panels()[0], 14, 4, 1, "-075")
	r := readPanel(look{pxPerMM: 1.5, blur: 0.5, noise: 2, gamma: 1}, in, p)
	if strings.TrimLeft(r.Text, " ") != "-07.5" || r.Value != -7.5 || r.Bound != 0.05 {
		t.Errorf("reads %q = %g ± %g (%s), want -7.5", r.Text, r.Value, r.Bound, r.Refused)
	}
}

// TestDisplaysAreRightOrRefused draws displays as a look gives them. A digit of fewer than a dozen pixels, one that is
// blurred by more than a sixteenth of its height, or a lone one may still pass for another.
func TestDisplaysAreRightOrRefused(t *testing.T) {
	const n = 120
	given, wrong := 0, 0
	for i := range uint64(n) {
		rng := rand.New(rand.NewPCG(7, i))
		digits := 2 + rng.IntN(5)
		value := rng.IntN(int(math.Pow10(digits)))
		in, p := displayOf(panels()[rng.IntN(len(panels()))], 12+13*rng.Float64(), digits, 0, strconv.Itoa(value))
		p.slant = 0.2 * rng.Float64()
		px := 1.2 + 1.3*rng.Float64()
		l := look{
			pxPerMM: px, offX: 6*rng.Float64() - 3, offY: 6*rng.Float64() - 3, turnDeg: 8*rng.Float64() - 4,
			blur: p.high * px / 16 * rng.Float64(), noise: 10 * rng.Float64(), gamma: 0.4 + 1.4*rng.Float64(), seed: i,
		}
		r := readPanel(l, in, p)
		if r.Refused != "" {
			continue
		}
		given++
		if r.Value != float64(value) {
			wrong++
			t.Logf("%d: shows %d, reads %s", i, value, r.Text)
		}
	}
	t.Logf("%d of %d read, %d wrong", given, n, wrong)
	if wrong*100 > given || given < n/2 {
		t.Errorf("%d of %d displays read, %d wrong", given, n, wrong)
	}
}

func TestReadsFlickeringDisplayOverFrames(t *testing.T) {
	in, p := displayOf(panels()[0], 14, 3, 1, "274")
	l := look{pxPerMM: 1.5, blur: 0.5, noise: 2, gamma: 1}
	whole, see := l.film(p.boxW+40, p.boxH+40, in, p.at)
	p.text = "" // nothing lit, as between two strobes of a multiplexed display
	dark, _ := l.film(p.boxW+40, p.boxH+40, in, p.at)
	var crops []ortho.Picture
	for k := range 3 { // in each frame one third of the width is lit
		f := burst.Frame{Width: whole.Width, Height: whole.Height, BGR: slices.Clone(dark.BGR)}
		for i := range f.BGR {
			if (i/3%f.Width)*3/f.Width == k {
				f.BGR[i] = whole.BGR[i]
			}
		}
		crops = append(crops, instrument.Crop(f, see, in))
	}
	if r := instrument.ReadCrops(crops, in); r.Value != 27.4 {
		t.Errorf("reads %+v, want 27.4", r)
	}
}

func FuzzReadNeverPanics(f *testing.F) {
	f.Add([]byte("a gauge or a display"), 40, 30, 0.05, true)
	f.Add([]byte{255, 0}, 200, 100, 0.02, false)
	f.Fuzz(func(t *testing.T, bytes []byte, w, h int, metres float64, dial bool) {
		if w < 0 || h < 0 || w > 300 || h > 300 || len(bytes) == 0 {
			return
		}
		p := ortho.Picture{ScaleM: 0.0004, Width: w, Height: h, TopM: float64(h) * 0.0004, BGR: make([]byte, 3*w*h)}
		for i := range p.BGR {
			p.BGR[i] = bytes[i%len(bytes)] ^ byte(i/len(bytes))
		}
		in := maps.Instrument{Kind: maps.Display, X: float64(w) * 0.0002, Y: float64(h) * 0.0002, WidthM: metres, HeightM: metres / 3, Digits: 4}
		if dial {
			in = maps.Instrument{Kind: maps.Gauge, X: in.X, Y: in.Y, DiameterM: metres, Max: 1, MinDeg: -135, MaxDeg: 135}
		}
		r := instrument.Read(p, in)
		if r.Refused == "" && !(r.Bound > 0) {
			t.Errorf("a reading of %g without a bound", r.Value)
		}
		p.BGR = bytes // too few for the picture, as a rule
		instrument.Read(p, in)
	})
}
