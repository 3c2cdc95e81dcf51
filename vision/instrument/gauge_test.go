package instrument_test

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/instrument"
)

// dials are the looks of common gauges: black on white with a broad counterweight, red hand on white, white on black.
func dials() []face {
	return []face{
		{dial: colour{225, 225, 220}, ink: colour{20, 20, 20}, hand: colour{15, 15, 15}, bezel: colour{25, 25, 28}, tail: 0.4, tailWidth: 4, handLong: 0.8},
		{dial: colour{235, 235, 235}, ink: colour{30, 30, 30}, hand: colour{190, 25, 25}, bezel: colour{150, 150, 155}, tail: 0.2, tailWidth: 2, handLong: 0.86},
		{dial: colour{20, 20, 22}, ink: colour{220, 220, 220}, hand: colour{235, 235, 235}, bezel: colour{120, 122, 125}, tail: 0.25, tailWidth: 3, handLong: 0.8},
		{dial: colour{20, 20, 22}, ink: colour{220, 220, 220}, hand: colour{235, 100, 20}, bezel: colour{50, 50, 55}, tail: 0.3, tailWidth: 3, handLong: 0.75},
	}
}

// gaugeOf is a declared gauge and a dial that shows a value at its scale.
func gaugeOf(d face, radiusMM, value float64) (maps.Instrument, face) {
	in := maps.Instrument{
		ID: "p", Kind: maps.Gauge, X: 0.3, Y: 1.2, DiameterM: radiusMM / 500, Max: 10, MinDeg: -135, MaxDeg: 135, Unit: "bar",
	}
	d.radius, d.handWidth = radiusMM, 0.08*radiusMM
	d.tailWidth *= radiusMM / 35
	d.majors, d.minors, d.fromDeg, d.sweep = 10, 50, -135, 270
	d.valueDeg = in.MinDeg + value/in.Max*(in.MaxDeg-in.MinDeg)
	return in, d
}

func readFace(l look, in maps.Instrument, d face) vision.InstrumentReading {
	f, see := l.film(4.2*d.radius, 4.2*d.radius, in, d.at)
	return instrument.Read(instrument.Crop(f, see, in), in)
}

// hard draws a look that a robot has now and then.
func hard(rng *rand.Rand) look {
	return look{
		pxPerMM: 0.9 + 1.6*rng.Float64(), offX: 6*rng.Float64() - 3, offY: 6*rng.Float64() - 3, turnDeg: 3 * (2*rng.Float64() - 1),
		blur: 0.4 + 0.9*rng.Float64(), noise: 1 + 6*rng.Float64(), gamma: 0.6 + rng.Float64(), gradient: 0.5 * rng.Float64(),
		seed: rng.Uint64(),
	}
}

func TestReadsDrawnGaugesWithinTwoPercent(t *testing.T) {
	rng := rand.New(rand.NewPCG(7, 7))
	const n = 60
	given, close, covered := 0, 0, 0
	for i := range n {
		l, value := hard(rng), 10*rng.Float64()
		in, d := gaugeOf(dials()[i%4], 25+30*rng.Float64(), value)
		d.glare = rng.IntN(4) == 0
		r := readFace(l, in, d)
		off := math.Abs(r.Value - value)
		if r.Refused != "" {
			t.Logf("%d: shows %.2f, refused: %s (dial %d, %+v, R %.0f)", i, value, r.Refused, i%4, l, d.radius)
			continue
		}
		given++
		if off <= 0.2 {
			close++
		}
		if off <= r.Bound {
			covered++
		}
		if off > 0.2 || off > r.Bound {
			t.Logf("%d: shows %.2f, reads %.2f ± %.2f (dial %d, %+v, R %.0f glare %v)", i, value, r.Value, r.Bound, i%4, l, d.radius, d.glare)
		}
	}
	t.Logf("%d of %d read, %d within 2 %%, %d covered", given, n, close, covered)
	if given < n*9/10 || close < given*98/100 || covered < given*99/100 {
		t.Error("too few read, within 2 %, or covered by their bound")
	}
}

func TestRefusesWhatCannotBeTold(t *testing.T) {
	in, d := gaugeOf(dials()[0], 35, 3)
	sharp := look{pxPerMM: 1.5, blur: 0.5, noise: 2, gamma: 1}
	without := d
	without.handLong, without.tail = 0, 0
	two := d
	two.second = 70
	hidden := d
	hidden.coverX = -20
	blownOut, blurredAway, outside := sharp, sharp, in
	blownOut.gamma = 0.01
	blurredAway.blur = 9
	outside.X += 0.06
	f, see := sharp.film(147, 147, in, d.at)
	for name, r := range map[string]vision.InstrumentReading{
		"no pointer":   readFace(sharp, in, without),
		"two pointers": readFace(sharp, in, two),
		"hidden":       readFace(sharp, in, hidden),
		"blown out":    readFace(blownOut, in, d),
		"blurred":      readFace(blurredAway, in, d),
		"beside":       instrument.Read(instrument.Crop(f, see, outside), outside),
	} {
		if r.Refused == "" {
			t.Errorf("%s reads %.2f ± %.2f", name, r.Value, r.Bound)
		}
	}
}

func TestPointerOnItsStopReadsTheEndOfTheScale(t *testing.T) {
	in, d := gaugeOf(dials()[0], 35, 0)
	d.valueDeg = -143
	r := readFace(look{pxPerMM: 1.5, blur: 0.5, noise: 2, gamma: 1}, in, d)
	if r.Refused != "" || r.Value != 0 {
		t.Errorf("reads %.3f (%s), want 0", r.Value, r.Refused)
	}
}

// TestGaugesAreRightOrRefused draws gauges as a look gives them: worse blurred and noisier, a thin pointer may be lost
// beside its counterweight.
func TestGaugesAreRightOrRefused(t *testing.T) {
	const n = 80
	given, wrong := 0, 0
	for i := range uint64(n) {
		rng := rand.New(rand.NewPCG(8, i))
		value := 10 * rng.Float64()
		scale, radius := 0.8+2.2*rng.Float64(), 22+38*rng.Float64()
		l := look{
			pxPerMM: scale, offX: 6*rng.Float64() - 3, offY: 6*rng.Float64() - 3, turnDeg: 8*rng.Float64() - 4,
			blur: min(1.6, scale*radius/24) * rng.Float64(), noise: 10 * rng.Float64(), gamma: 0.3 + 1.7*rng.Float64(), seed: i,
		}
		in, d := gaugeOf(dials()[rng.IntN(len(dials()))], radius, value)
		r := readFace(l, in, d)
		if r.Refused != "" {
			continue
		}
		given++
		if off := math.Abs(r.Value - value); off > max(0.2, r.Bound) {
			wrong++
			t.Logf("%d: shows %.2f, reads %.2f ± %.2f", i, value, r.Value, r.Bound)
		}
	}
	t.Logf("%d of %d read, %d wrong", given, n, wrong)
	if wrong*50 > given || given < n/2 {
		t.Errorf("%d of %d gauges read, %d wrong", given, n, wrong)
	}
}
