package props_test

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
	"pgregory.net/rapid"
)

func chance(seed uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, 9)) }

func luma(l *props.Layer, i int) float64 {
	return 0.3*float64(l.Pix[3*i]) + 0.6*float64(l.Pix[3*i+1]) + 0.1*float64(l.Pix[3*i+2])
}

// apart is the angle between two directions, degrees.
func apart(a, b float64) float64 { return math.Abs(math.Remainder(a-b, 360)) }

func TestPointerStandsWhereTheValueSays(t *testing.T) {
	for seed := range uint64(40) {
		at := func(v float64) *props.Layer { return props.Gauge(chance(seed), 80, 0, 10, -135, 135, v) }
		low, high := at(2), at(8.5)
		wantLow, wantHigh := -135+0.2*270, -135+0.85*270
		seen := [2]int{}
		for i := range low.Alpha {
			x, y := float64(i%low.W)-float64(low.W-1)/2, float64(i/low.W)-float64(low.H-1)/2
			if r := math.Hypot(x, y) / float64(low.W) * 2; r < 0.42 || r > 0.6 || math.Abs(luma(low, i)-luma(high, i)) < 0.12 {
				continue
			}
			angle := math.Atan2(x, -y) * 180 / math.Pi
			switch {
			case apart(angle, wantLow) < 12:
				seen[0]++
			case apart(angle, wantHigh) < 12:
				seen[1]++
			default:
				t.Fatalf("seed %d: something moved at %.0f°, away from both pointers", seed, angle)
			}
		}
		if seen[0] < 10 || seen[1] < 10 {
			t.Errorf("seed %d: the pointers take %v pixels", seed, seen)
		}
	}
}

func TestPointerStopsAtTheEndsOfTheScale(t *testing.T) {
	a, b := props.Gauge(chance(1), 60, 0, 10, -135, 135, 1e9), props.Gauge(chance(1), 60, 0, 10, -135, 135, 1e12)
	if !slices.Equal(a.Pix, b.Pix) {
		t.Error("a pointer goes on beyond its stop")
	}
}

func TestPerforatedDoorIsAsOpenAsSaid(t *testing.T) {
	for seed := range uint64(12) {
		l := props.MeshDoor(chance(seed), 600, 600)
		closed, n := 0.0, 0
		for y := l.H / 8; y < l.H/3; y++ {
			for x := l.W / 4; x < 3*l.W/4; x++ {
				closed += float64(l.Alpha[y*l.W+x])
				n++
			}
		}
		if open := 1 - closed/float64(n); open < 0.58 || open > 0.67 {
			t.Errorf("seed %d: %.1f %% of the leaf is open, not 60 to 65", seed, 100*open)
		}
	}
}

func TestDisplayLightsTheSegmentsOfItsSigns(t *testing.T) {
	lit := func(seed uint64, text string) (l *props.Layer, changed float64) {
		l = props.Display(chance(seed), 60, 24, text)
		blank := props.Display(chance(seed), 60, 24, "   ")
		for i := range l.Alpha {
			if math.Abs(luma(l, i)-luma(blank, i)) > 0.08 {
				changed++
			}
		}
		return l, changed / float64(len(l.Alpha))
	}
	for seed := range uint64(20) {
		_, one := lit(seed, "111")
		_, eight := lit(seed, "888")
		if !(one > 0.01 && eight > 1.8*one) {
			t.Errorf("seed %d: 111 lights %.3f of the display and 888 %.3f", seed, one, eight)
		}
		if _, point := lit(seed, "1.11"); point <= one {
			t.Errorf("seed %d: a point lights nothing", seed)
		}
	}
}

func TestHeadIsWhereThePersonSaysItIs(t *testing.T) {
	for seed := range uint64(20) {
		p := props.Head(chance(seed))
		m := p.MMPerPx
		covered, n := 0.0, 0.0
		for y := int(p.HeadY0 / m); y < int(p.HeadY1/m); y++ {
			for x := int(p.HeadX0 / m); x < int(p.HeadX1/m); x++ {
				covered += float64(p.Alpha[y*p.W+x])
				n++
			}
		}
		if covered/n < 0.6 {
			t.Errorf("seed %d: the head fills %.2f of its box", seed, covered/n)
		}
		for x := range p.W {
			if y := int(p.HeadY0/m) - 8; y >= 0 && p.Alpha[y*p.W+x] > 0.1 {
				t.Fatalf("seed %d: something stands above the head", seed)
			}
		}
	}
}

func TestPanelsAndVoidsHideWhatIsBehind(t *testing.T) {
	for name, l := range map[string]*props.Layer{
		"panel": props.Panel(chance(1), 88.9), "void": props.Void(chance(1), 88.9), "screen": props.Screen(chance(1), 300, 200),
	} {
		if a := l.Alpha[l.H/2*l.W+l.W/2]; a < 0.99 {
			t.Errorf("the middle of a %s covers %.2f", name, a)
		}
	}
}

func TestSameChanceDrawsTheSame(t *testing.T) {
	for name, draw := range drawings() {
		a, b := draw(chance(7), 120, 90), draw(chance(7), 120, 90)
		if !slices.Equal(a.Pix, b.Pix) || !slices.Equal(a.Alpha, b.Alpha) {
			t.Errorf("%s differs from itself", name)
		}
		if c := draw(chance(8), 120, 90); slices.Equal(a.Pix, c.Pix) {
			t.Errorf("%s never varies", name)
		}
	}
}

// drawings are all things that have a size.
func drawings() map[string]func(r *rand.Rand, w, h float64) *props.Layer {
	return map[string]func(r *rand.Rand, w, h float64) *props.Layer{
		"gauge":   func(r *rand.Rand, w, _ float64) *props.Layer { return props.Gauge(r, w, -1, 4, -120, 120, 2) },
		"display": func(r *rand.Rand, w, h float64) *props.Layer { return props.Display(r, w, h, "-8.5") },
		"puddle":  props.Puddle, "mesh": props.MeshDoor, "glass": props.GlassDoor, "screen": props.Screen, "cable": props.Cable,
		"sticker": props.Sticker,
		"panel":   func(r *rand.Rand, _, h float64) *props.Layer { return props.Panel(r, h) },
		"void":    func(r *rand.Rand, _, h float64) *props.Layer { return props.Void(r, h) },
		"head":    func(r *rand.Rand, _, _ float64) *props.Layer { return props.Head(r).Layer },
	}
}

func TestAnySizeDrawsLightAndCoverage(t *testing.T) {
	draws := drawings()
	names := make([]string, 0, len(draws))
	for name := range draws {
		names = append(names, name)
	}
	slices.Sort(names)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom(names).Draw(t, "what")
		size := rapid.OneOf(rapid.Float64Range(0, 200), rapid.SampledFrom([]float64{-5, 0, math.NaN(), 0.01}))
		l := draws[name](chance(rapid.Uint64().Draw(t, "seed")), size.Draw(t, "w"), size.Draw(t, "h"))
		if l.W < 1 || l.H < 1 || len(l.Alpha) != l.W*l.H || len(l.Pix) != 3*len(l.Alpha) {
			t.Fatalf("%s has %d x %d pixels and %d values", name, l.W, l.H, len(l.Pix))
		}
		for i, a := range l.Alpha {
			if !(a >= 0 && a <= 1.0001) {
				t.Fatalf("%s: coverage %v at %d", name, a, i)
			}
		}
		for i, v := range l.Pix {
			if math.IsNaN(float64(v)) || math.IsInf(float64(v), 0) || v < -0.01 || v > 50 {
				t.Fatalf("%s: light %v at %d", name, v, i)
			}
		}
	})
}

func TestOddScalesDraw(_ *testing.T) {
	for _, s := range [][5]float64{
		{0, 0, -90, 90, 1}, {5, 1, -90, 90, 2}, {0, math.Inf(1), 0, 0, 1}, {math.NaN(), 1, -90, 90, math.NaN()}, {0, 1e-9, 0, 700, 0},
	} {
		props.Gauge(chance(1), 40, s[0], s[1], s[2], s[3], s[4])
	}
}
