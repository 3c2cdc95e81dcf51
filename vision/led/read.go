package led

import (
	"fmt"
	"image"
	"math"
	"time"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
)

// faceScale is how a light on a rack face is read: at least 40 grey levels above its surroundings to be lit.
var faceScale = Scale{Lit: 40, Noise: 22} //nolint:gochecknoglobals // a constant

// minBright is how bright a colourless spot, or one of a vague place, must be to be the light, grey levels: below it it
// may be a reflection or a part beside the light.
const minBright = 90

// A Projector says where a point of the face lies in the reference frame.
type Projector interface {
	FaceToPixel(x, y float64) (u, v float64, ok bool)
	DepthM(x, y float64) float64
}

// A View is how the burst's reference frame sees the face.
type View struct {
	Projector Projector
	FocalPx   float64           // focal length, px
	Reference int               // index of the frame that the projector holds for
	Patches   []image.Rectangle // textured places that stand still, such as the fiducials
	SigmaM    float64           // how far off the projected places are, m, one standard deviation; 0 when exact
}

// A Steadiness says how still the burst was held.
type Steadiness struct {
	Shifts   [][2]float64 // of each frame against the reference, px; NaN when the frame is of no use
	Used     int          // frames of use
	Sharpest int          // index of the sharpest of them
}

// Read reads every declared light of the devices that the burst shows; a light outside the picture has no reading.
// Times are those of the frames.
func Read(b *burst.Burst, times []time.Time, devices []vision.TargetDevice, v View) ([]vision.LEDReading, Steadiness, error) {
	if len(times) != b.Frames {
		return nil, Steadiness{}, fmt.Errorf("read lights: %d times for %d frames", len(times), b.Frames)
	}
	st, err := follow(b, v)
	if err != nil {
		return nil, st, err
	}
	var readings []vision.LEDReading
	for _, d := range devices {
		for _, l := range d.LEDs {
			s, ok := place(l, v)
			if !ok || !s.inside(b.Width, b.Height) {
				continue
			}
			r, err := s.read(b, times, st)
			if err != nil {
				return nil, st, err
			}
			r.Device, r.LED = d.ID, l.Name
			readings = append(readings, r)
		}
	}
	return readings, st, nil
}

// place is the spot where a declared light must be.
func place(l vision.TargetLED, v View) (spot, bool) {
	u, w, ok := v.Projector.FaceToPixel(l.X, l.Y)
	z := v.Projector.DepthM(l.X, l.Y)
	if !ok || z <= 0 {
		return spot{}, false
	}
	r := max(minRadiusPx, l.DiameterM/2*v.FocalPx/z)
	return spot{u: u, v: w, r: min(r, maxHaloPx), can: paletteOf(l), vague: v.SigmaM*v.FocalPx/z > r}, true
}

// follow finds the shift of every frame. Without texture to hold on to, all frames count as unshifted.
func follow(b *burst.Burst, v View) (Steadiness, error) {
	ref, err := b.Frame(v.Reference)
	if err != nil {
		return Steadiness{}, err
	}
	out := Steadiness{Shifts: make([][2]float64, b.Frames), Sharpest: v.Reference}
	s, textured := newSteadier(ref, v.Patches)
	if !textured {
		out.Used = b.Frames
		return out, nil
	}
	best := -1.0
	for i := range b.Frames {
		f, err := b.Frame(i)
		if err != nil {
			return out, err
		}
		dx, dy, ok := s.shift(f)
		if !ok {
			out.Shifts[i] = [2]float64{math.NaN(), math.NaN()}
			continue
		}
		out.Shifts[i] = [2]float64{dx, dy}
		out.Used++
		if sharp := s.sharpness(f, dx, dy); sharp > best {
			best, out.Sharpest = sharp, i
		}
	}
	return out, nil
}

// some lists up to n frames of use, spread over the burst, with their shifts; keep says which of them.
func some(b *burst.Burst, st Steadiness, n int, keep func(i int) bool) (frames []burst.Frame, shifts [][2]float64, at []int) {
	var use []int
	for i, s := range st.Shifts {
		if !math.IsNaN(s[0]) && keep(i) {
			use = append(use, i)
		}
	}
	step := max(1, (len(use)+n-1)/n)
	for k := 0; k < len(use); k += step {
		f, err := b.Frame(use[k])
		if err != nil {
			break
		}
		frames, shifts, at = append(frames, f), append(shifts, st.Shifts[use[k]]), append(at, use[k])
	}
	return frames, shifts, at
}

// read follows the spot through the burst.
func (s *spot) read(b *burst.Burst, times []time.Time, st Steadiness) (vision.LEDReading, error) {
	frames, shifts, _ := some(b, st, 5, func(int) bool { return true })
	s.surroundings(frames, shifts)
	t, level := make([]float64, b.Frames), make([]float64, b.Frames)
	for i := range b.Frames {
		t[i] = times[i].Sub(times[0]).Seconds()
		level[i] = math.NaN()
		if math.IsNaN(st.Shifts[i][0]) {
			continue
		}
		f, err := b.Frame(i)
		if err != nil {
			return vision.LEDReading{}, err
		}
		level[i] = s.level(f, st.Shifts[i][0], st.Shifts[i][1])
	}
	return s.verdict(b, st, level, Classify(t, level, faceScale)), nil
}

// verdict names the colour of a light that is lit, among those that it can show, and lowers the confidence where colour
// or brightness is doubtful. A light whose colour is none that it can show tells nothing, and neither does a dark spot
// whose place is vague: the light may shine beside it.
func (s *spot) verdict(b *burst.Burst, st Steadiness, level []float64, r Rhythm) vision.LEDReading {
	out := vision.LEDReading{Pattern: r.Pattern, RateHz: r.RateHz, Duty: r.Duty, Confidence: r.Confidence}
	top := 0.0
	for _, v := range level {
		if v > top {
			top = v
		}
	}
	switch {
	case s.vague && top < minBright:
		return vision.LEDReading{Pattern: Unknown, Confidence: 0.2}
	case r.Pattern == Off || len(level) == 0:
		out.Duty = 0
		return out
	}
	frames, shifts, at := some(b, st, 8, func(i int) bool { return level[i] > 0.7*top })
	var sum [3]float64
	n := 0
	for k, f := range frames {
		h, m := s.hue(f, shifts[k][0], shifts[k][1], level[at[k]])
		n += m
		for c := range sum {
			sum[c] += h[c]
		}
	}
	trust := 1.0
	if n < 3*max(1, len(frames)) { // no halo: what is left is the clipped core
		trust = 0.7
		for k, f := range frames {
			g := s.glow(f, shifts[k][0], shifts[k][1])
			for c := range sum {
				sum[c] += max(0, g[c])
			}
		}
	}
	hue, known := s.can.choose(HueOf(sum))
	out.Colour, out.HueDeg = hue.Colour, hue.Deg
	out.Confidence *= trust * (0.7 + 0.3*min(1, hue.Margin/6))
	if !known || hue.Colour == White && top < minBright {
		return vision.LEDReading{Pattern: Unknown, Confidence: 0.2}
	}
	return out
}
