package instrument_test

import (
	"fmt"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/instrument"
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
	const n = 150
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
