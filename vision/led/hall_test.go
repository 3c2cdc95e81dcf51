package led_test

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
)

// A hall is a strip of a rack in linear light with what hurts: lamps bright or dim, black and silver bezels, lenses milky
// or tinted, lights that clip and bloom, flutter, sway between pixels, devices off their place, a camera whose white is off.
type hall struct {
	w, h    int
	pxPerMM float64
	static  []float32 // reflected light, 3 a pixel, blue green red
	lamps   []lamp
	shifts  [][2]float64
	times   []time.Time
	gain    [3]float64 // of the camera's channels
	noise   float64    // grey levels
	rnd     *rand.Rand
	devices []vision.TargetDevice
	offM    [2]float64 // by which the registration errs
	patches []image.Rectangle
	frame   burst.Frame
	curve   [4096]float32 // grey level of linear light
	grain   []float32     // noise, drawn once
}

// A lamp is one light: what it adds to the picture when wholly lit, and its course.
type lamp struct {
	x0, y0, side int
	spread       []float32 // of the emission over the pixels
	course       func(at float64) [3]float64
	truth        string
	fault        bool
	key          string
}

// hues of real lights, degrees, by colour.
var trueHues = map[string][2]float64{"red": {0, 8}, "amber": {17, 42}, "green": {76, 150}, "blue": {200, 235}}

// emission is the linear colour of a light.
func emission(r *rand.Rand, colour string, peak float64) (c [3]float64) {
	if colour == "white" {
		return [3]float64{peak, peak * (0.85 + 0.1*r.Float64()), peak * (0.75 + 0.2*r.Float64())}
	}
	span := trueHues[colour]
	hue := span[0] + r.Float64()*(span[1]-span[0])
	for i, off := range [3]float64{240, 120, 0} { // blue green red
		d := math.Abs(math.Mod(hue-off+540, 360) - 180)
		v := max(0.06, min(1, 2-d/60))
		c[i] = peak * math.Pow(v, 2.2)
	}
	return c
}

var kinds = []vision.TargetLED{ //nolint:gochecknoglobals // a constant table
	{Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}, Meanings: []maps.LEDMeaning{
		{LEDState: maps.LEDState{Colour: "amber", Pattern: "solid"}, Severity: "critical"}, {LEDState: maps.LEDState{Colour: "amber", Pattern: "blink", RateHz: 1}, Severity: "warning"},
		{LEDState: maps.LEDState{Colour: "amber", OtherColour: "green", Pattern: "alternating", RateHz: 1}, Severity: "warning"}, {LEDState: maps.LEDState{Pattern: "off"}, Severity: "critical"}}},
	{Normal: []maps.LEDState{{Colour: "blue", Pattern: "solid"}}, Meanings: []maps.LEDMeaning{
		{LEDState: maps.LEDState{Colour: "amber", Pattern: "blink", RateHz: 2}, Severity: "warning"}, {LEDState: maps.LEDState{Colour: "red", Pattern: "solid"}, Severity: "critical"}}},
	{Normal: []maps.LEDState{{Colour: "green", Pattern: "irregular"}, {Pattern: "off"}}, Meanings: []maps.LEDMeaning{
		{LEDState: maps.LEDState{Colour: "green", Pattern: "blink", RateHz: 1}, Severity: "warning"}}},
	{Normal: []maps.LEDState{{Pattern: "off"}}, Meanings: []maps.LEDMeaning{
		{LEDState: maps.LEDState{Colour: "red", Pattern: "solid"}, Severity: "critical"}, {LEDState: maps.LEDState{Colour: "red", Pattern: "blink", RateHz: 4}, Severity: "critical"}, {LEDState: maps.LEDState{Colour: "amber", Pattern: "solid"}, Severity: "warning"}}},
	{Normal: []maps.LEDState{{Colour: "white", Pattern: "solid"}, {Pattern: "off"}}, Meanings: []maps.LEDMeaning{
		{LEDState: maps.LEDState{Colour: "red", Pattern: "solid"}, Severity: "critical"}, {LEDState: maps.LEDState{Colour: "blue", Pattern: "blink", RateHz: 1}, Severity: "info"}}},
	{Normal: []maps.LEDState{{Colour: "amber", Pattern: "irregular"}, {Colour: "green", Pattern: "solid"}}, Meanings: []maps.LEDMeaning{
		{LEDState: maps.LEDState{Colour: "red", Pattern: "blink", RateHz: 0.5}, Severity: "warning"}, {LEDState: maps.LEDState{Pattern: "off"}, Severity: "warning"}}},
}

// courseOf is a light's emission over time in a state.
func courseOf(r *rand.Rand, s maps.LEDState, peak float64) func(at float64) [3]float64 {
	if s.Pattern == "off" {
		return func(float64) (c [3]float64) { return c }
	}
	first := emission(r, s.Colour, peak)
	flutter, beat, phase := 0.0, 0.3+4*r.Float64(), r.Float64()
	if r.Float64() < 0.4 {
		flutter = 0.2 * r.Float64()
	}
	scaled := func(at, on float64, c [3]float64) [3]float64 {
		on *= 1 + flutter*math.Sin(2*math.Pi*(beat*at+phase))
		return [3]float64{on * c[0], on * c[1], on * c[2]}
	}
	rate := s.RateHz * (0.96 + 0.08*r.Float64())
	lit := func(at float64) float64 { // over an exposure of 8 ms
		sum := 0.0
		for k := range 8 {
			if x := (at-0.001*float64(k))*rate + phase; x-math.Floor(x) < 0.5 {
				sum += 0.125
			}
		}
		return sum
	}
	switch s.Pattern {
	case "blink":
		return func(at float64) [3]float64 { return scaled(at, lit(at), first) }
	case "alternating":
		second := emission(r, s.OtherColour, peak*(0.5+r.Float64()))
		return func(at float64) [3]float64 {
			a := lit(at)
			return scaled(at, 1, [3]float64{a*first[0] + (1-a)*second[0], a*first[1] + (1-a)*second[1], a*first[2] + (1-a)*second[2]})
		}
	case "irregular":
		var edges []float64
		for t := -0.2 * r.Float64(); t < 13; {
			t += 0.03 + 0.1*r.ExpFloat64()
			edges = append(edges, t)
		}
		return func(at float64) [3]float64 {
			k := 0
			for k < len(edges) && edges[k] < at {
				k++
			}
			return scaled(at, float64(k%2), first)
		}
	}
	return func(at float64) [3]float64 { return scaled(at, 1, first) }
}

// newHall builds a hall by its seed.
func newHall(seed uint64, seconds float64) *hall {
	r := rand.New(rand.NewPCG(seed, 77))
	h := &hall{w: 330, h: 420, pxPerMM: 0.8 + 1.2*r.Float64(), rnd: r, noise: 1 + 3*r.Float64()}
	h.static = make([]float32, 3*h.w*h.h)
	for i := range h.curve {
		h.curve[i] = float32(255 * math.Pow(float64(i)/4095, 1/2.2))
	}
	for range 65537 {
		h.grain = append(h.grain, float32(h.noise*r.NormFloat64()))
	}
	lamp := 0.03 + 0.6*r.Float64()*r.Float64() // of a white surface
	for i := range h.gain {
		h.gain[i] = 1 + 0.12*(2*r.Float64()-1)
	}
	h.fill(0, 0, h.w, h.h, lamp*0.05, lamp*0.05, lamp*0.05)
	for _, at := range [][2]int{{6, 6}, {264, 6}, {6, 354}, {264, 354}, {6, 180}, {264, 180}} {
		h.tag(at[0], at[1], lamp)
	}
	h.offM = [2]float64{0.0008 * r.NormFloat64(), 0.0008 * r.NormFloat64()}
	for d := range 6 {
		h.device(d, lamp)
	}
	dx, dy := 0.0, 0.0
	for i := range int(seconds*30) + 1 {
		if r.Float64() < 0.01 && i != 60 {
			continue
		}
		h.times = append(h.times, time.Unix(1000, 0).Add(time.Duration((float64(i)/30+0.0008*r.NormFloat64())*1e9)))
		h.shifts = append(h.shifts, [2]float64{dx, dy})
		dx, dy = 0.95*dx+0.3*r.NormFloat64(), 0.95*dy+0.3*r.NormFloat64()
	}
	h.frame = burst.Frame{Width: h.w, Height: h.h, BGR: make([]byte, 3*h.w*h.h)}
	return h
}

func (h *hall) fill(x0, y0, x1, y1 int, b, g, r float64) {
	for y := max(0, y0); y < min(h.h, y1); y++ {
		for x := max(0, x0); x < min(h.w, x1); x++ {
			i := 3 * (y*h.w + x)
			h.static[i], h.static[i+1], h.static[i+2] = float32(b), float32(g), float32(r)
		}
	}
}

func (h *hall) tag(x, y int, lamp float64) {
	h.fill(x, y, x+60, y+60, lamp*0.85, lamp*0.85, lamp*0.85)
	for cy := range 8 {
		for cx := range 8 {
			if cx*cy == 0 || cx == 7 || cy == 7 || h.rnd.Float64() < 0.5 {
				h.fill(x+6+6*cx, y+6+6*cy, x+12+6*cx, y+12+6*cy, lamp*0.05, lamp*0.05, lamp*0.05)
			}
		}
	}
	h.patches = append(h.patches, image.Rect(x, y, x+60, y+60))
}

// device is a row of lights on a bezel.
func (h *hall) device(d int, lamp float64) {
	r := h.rnd
	y := 45 + d*66
	bezel := lamp * []float64{0.04, 0.06, 0.1, 0.5}[r.IntN(4)]
	h.fill(70, y-28, 260, y+28, bezel, bezel, bezel*(0.95+0.1*r.Float64()))
	dev := vision.TargetDevice{ID: fmt.Sprint("d", d)}
	offX, offY := 0.5*h.pxPerMM*r.NormFloat64(), 0.5*h.pxPerMM*r.NormFloat64()
	pitch := (5 + 8*r.Float64()) * h.pxPerMM
	diameter := 2 + 2.5*r.Float64()
	milky := 0.1 + 0.3*r.Float64()
	for k := 0; k < 8 && float64(k)*pitch < 160; k++ {
		kind := kinds[r.IntN(len(kinds))]
		states := append([]maps.LEDState(nil), kind.Normal...)
		fault := r.Float64() < 0.3
		if fault {
			states = states[:0]
			for _, m := range kind.Meanings {
				states = append(states, m.LEDState)
			}
		}
		s := states[r.IntN(len(states))]
		u, v := 85+float64(k)*pitch, float64(y)
		kind.Name, kind.DiameterM = fmt.Sprint("l", k), diameter/1000
		kind.X, kind.Y = u/h.pxPerMM/1000+h.offM[0], -v/h.pxPerMM/1000+h.offM[1]
		dev.LEDs = append(dev.LEDs, kind)
		tint := [3]float64{milky, milky, milky}
		if r.Float64() < 0.3 && len(kind.Meanings) > 0 { // a lens of the light's colour
			tint = emission(r, kind.Meanings[0].Colour+map[bool]string{true: "green"}[kind.Meanings[0].Colour == ""], milky/2)
		}
		h.light(u+offX, v+offY, diameter/2*h.pxPerMM, tint, lamp, s, dev.ID+"/"+kind.Name, fault)
	}
	h.devices = append(h.devices, dev)
}

func (h *hall) light(u, v, radius float64, tint [3]float64, lampLight float64, s maps.LEDState, key string, fault bool) {
	r := h.rnd
	blur := 0.5 + 0.7*r.Float64()
	m := int(radius+3*blur) + 14
	l := lamp{x0: int(u) - m, y0: int(v) - m, side: 2*m + 1, truth: name(s), fault: fault, key: key}
	for y := l.y0; y < l.y0+l.side; y++ {
		for x := l.x0; x < l.x0+l.side; x++ {
			d := math.Hypot(float64(x)-u, float64(y)-v)
			core := 1 / (1 + math.Exp((d-radius)/(0.45*blur)))
			bloom := 0.02 * math.Exp(-d*d/50)
			l.spread = append(l.spread, float32(core+bloom))
			if x >= 0 && y >= 0 && x < h.w && y < h.h { // the unlit lens
				i := 3 * (y*h.w + x)
				for c := range tint {
					h.static[i+c] = h.static[i+c]*float32(1-core) + float32(core*tint[c]*lampLight)
				}
			}
		}
	}
	peak := 0.25 * math.Exp(3*r.Float64()) // 0.25 to 5 times what clips
	l.course = courseOf(r, s, peak)
	h.lamps = append(h.lamps, l)
}

func name(s maps.LEDState) string {
	if s.OtherColour != "" {
		return s.Colour + "/" + s.OtherColour + " " + s.Pattern
	}
	if s.Pattern == "off" {
		return "off"
	}
	return s.Colour + " " + s.Pattern
}

func (h *hall) Len() int { return len(h.times) }

func (h *hall) Frame(i int) (burst.Frame, error) {
	h.render(h.frame, h.times[i].Sub(h.times[0]).Seconds(), h.shifts[i], 1)
	return h.frame, nil
}

func (h *hall) render(f burst.Frame, at float64, shift [2]float64, exposure float64) {
	all := append([]float32(nil), h.static...)
	for _, l := range h.lamps {
		c := l.course(at)
		for k, s := range l.spread {
			x, y := l.x0+k%l.side, l.y0+k/l.side
			if x >= 0 && y >= 0 && x < h.w && y < h.h {
				i := 3 * (y*h.w + x)
				all[i], all[i+1], all[i+2] = all[i]+s*float32(c[0]), all[i+1]+s*float32(c[1]), all[i+2]+s*float32(c[2])
			}
		}
	}
	k := h.rnd.IntN(len(h.grain))
	for y := range h.h {
		for x := range h.w {
			sx, sy := max(0, min(float64(h.w-2), float64(x)-shift[0])), max(0, min(float64(h.h-2), float64(y)-shift[1]))
			ix, iy := int(sx), int(sy)
			ax, ay := float32(sx-float64(ix)), float32(sy-float64(iy))
			i := 3 * (iy*h.w + ix)
			for c := range 3 {
				v := (all[i+c]*(1-ax)+all[i+3+c]*ax)*(1-ay) + (all[i+3*h.w+c]*(1-ax)+all[i+3*h.w+3+c]*ax)*ay
				k++
				e := h.curve[int(4095*min(1, v*float32(h.gain[c]*exposure)))] + h.grain[k%len(h.grain)]
				f.BGR[3*(y*h.w+x)+c] = byte(max(0, min(255, e+0.5)))
			}
		}
	}
}

func (h *hall) FaceToPixel(x, y float64) (u, v float64, ok bool) {
	return x * 1000 * h.pxPerMM, -y * 1000 * h.pxPerMM, true
}
func (h *hall) DepthM(float64, float64) float64 { return 1 }

// read reads a hall; with a bracket after the burst or not.
func (h *hall) read(tb testing.TB, bracket bool) led.Reading {
	tb.Helper()
	v := led.View{Projector: h, FocalPx: h.pxPerMM * 1000, Patches: h.patches, SigmaM: 0.001}
	if bracket {
		f := burst.Frame{Width: h.w, Height: h.h, BGR: make([]byte, 3*h.w*h.h)}
		n := len(h.times) - 1
		h.render(f, h.times[n].Sub(h.times[0]).Seconds()+0.04, h.shifts[n], 0.125)
		v.Bracket, v.BracketShare = &f, 0.125
	}
	got, err := led.Read(h, h.times, h.devices, v)
	if err != nil {
		tb.Fatal(err)
	}
	return got
}

func TestReadInHardHalls(t *testing.T) {
	var n, answered, right, wrongFaults, faults, missed int
	for seed := range uint64(halls) {
		h := newHall(seed+1, 4)
		got := h.read(t, seed%2 == 0)
		by := map[string]vision.LEDReading{}
		why := map[string]string{}
		for _, l := range got.LEDs {
			by[l.Device+"/"+l.LED] = l
		}
		for _, d := range got.Doubts {
			why[d.Device+"/"+d.LED] = d.Reason
		}
		for _, l := range h.lamps {
			r := by[l.key]
			n++
			is := name(maps.LEDState{Colour: r.Colour, OtherColour: r.OtherColour, Pattern: r.Pattern})
			if r.Pattern == led.Unknown || r.Pattern == "" {
				t.Logf("hall %d %s is %s, unknown: %s", seed, l.key, l.truth, why[l.key])
				if l.fault {
					faults++
					missed++
				}
				continue
			}
			answered++
			if l.fault {
				faults++
			}
			if is == l.truth {
				right++
				continue
			}
			t.Logf("hall %d %s is %s, read %s hue %.0f %.2f Hz confidence %.2f", seed, l.key, l.truth, is, r.HueDeg, r.RateHz, r.Confidence)
			if !l.fault {
				wrongFaults++
			}
		}
	}
	t.Logf("%d lights, %d answered, %d right, %d states told wrong of lights in order, %d of %d faults untold", n, answered, right, wrongFaults, missed, faults)
	if float64(right) < 0.97*float64(answered) || float64(answered) < 0.9*float64(n) {
		t.Errorf("%d lights, %d answered, %d right", n, answered, right)
	}
}

const halls = 6
