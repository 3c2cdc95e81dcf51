package led

import (
	"fmt"
	"image"
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
)

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
	Patches   []image.Rectangle // the fiducials, with their white margins; they stand still and their white is neutral
	SigmaM    float64           // how far off the projected places are, m, one standard deviation; 0 when exact

	// Bracket is a frame with BracketShare of the burst's exposure, taken right before or after it; nil without one. Where
	// the burst clips it tells the colour.
	Bracket      *burst.Frame
	BracketShare float64
	// Door closes the face; nil when there is none or it stands open. Through a solid one no light is read.
	Door *maps.Door
	// Limits of what is claimed; the zero value means DefaultLimits.
	Limits  Limits
	Without Without
}

// Without leaves parts of the reading out, to measure what they are worth.
type Without struct {
	Stabilisation bool // frames count as unshifted, and places as the registration has them
	Halo          bool // colour is of the whole disc, clipped or not, and of no bracket
	Palette       bool // any colour may shine, whatever the type declares: one rule of hues for all
}

// Limits are how sure a reading must be. Below it the light is unknown, with a doubt that says what would settle it.
type Limits struct {
	Normal float64 // of a state that its type declares normal
	Fault  float64 // of any other: a false alarm costs more than a second look
}

// DefaultLimits are those of a patrol.
func DefaultLimits() Limits { return Limits{Normal: 0.6, Fault: 0.8} }

// A Reading is what a burst told of the declared lights.
type Reading struct {
	LEDs       []vision.LEDReading
	Places     [][2]float64   // of the face, m, where each of LEDs was found
	Doubts     []vision.Doubt // one for each light that could not be told
	Steadiness Steadiness
}

// A Steadiness says how still the burst was held.
type Steadiness struct {
	Shifts   [][2]float64 // of each frame's middle against the reference, px; NaN when the frame is of no use
	Used     int          // frames of use
	Sharpest int          // index of the sharpest of them
}

// Read reads every declared light of the devices that the burst shows; a light outside the picture has no reading. Times
// are those of the frames. It asks for the reference frame and then for each frame once, in order, and keeps of them only
// what each light measured.
func Read(src burst.Source, times []time.Time, devices []vision.TargetDevice, v View) (Reading, error) {
	n := src.Len()
	if len(times) != n || v.Reference < 0 || v.Reference >= n {
		return Reading{}, fmt.Errorf("read lights: %d times and reference %d for %d frames", len(times), v.Reference, n)
	}
	if v.Limits == (Limits{}) {
		v.Limits = DefaultLimits()
	}
	ref, err := whole(src, v.Reference)
	if err != nil {
		return Reading{}, err
	}
	p := newPass(ref, devices, v, n)
	for i := range n {
		f, err := whole(src, i)
		if err != nil {
			return Reading{}, err
		}
		if f.Width != p.take.width || f.Height != p.take.height {
			return Reading{}, fmt.Errorf("read lights: frame %d is %d x %d px, the reference %d x %d", i, f.Width, f.Height, p.take.width, p.take.height)
		}
		p.frame(i, f)
	}
	p.bracket(v)
	out := Reading{Steadiness: p.steady}
	j := judge{times: seconds(times), ambient: p.ambient, view: v}
	for _, l := range p.lights {
		r, doubt := j.light(l)
		out.LEDs, out.Places = append(out.LEDs, r), append(out.Places, l.at)
		if doubt != nil {
			out.Doubts = append(out.Doubts, *doubt)
		}
	}
	return out, nil
}

// whole gets a frame that is what it says.
func whole(src burst.Source, i int) (burst.Frame, error) {
	f, err := src.Frame(i)
	if err != nil {
		return f, fmt.Errorf("read lights: %w", err)
	}
	if f.Width < 1 || f.Height < 1 || len(f.BGR) != 3*f.Width*f.Height {
		return f, fmt.Errorf("read lights: frame %d of %d x %d px has %d bytes", i, f.Width, f.Height, len(f.BGR))
	}
	return f, nil
}

// seconds are times since the first.
func seconds(times []time.Time) []float64 {
	t := make([]float64, len(times))
	for i := range t {
		t[i] = times[i].Sub(times[0]).Seconds()
	}
	return t
}

// A light is one declared light: its place in the reference frame and what each frame showed of it.
type light struct {
	vision.TargetLED
	device   int // index, to move a device's lights together
	id       string
	u, v, r  float64 // px
	pxPerM   float64
	sigmaPx  float64    // of the place
	at       [2]float64 // of the face, m, where it was found
	can      palette
	twins    [][2]beside // of each near neighbour
	samples  []sample
	bracket  sample
	brackets float64 // share of the exposure that the bracket has; 0 without one
}

// A pass goes over the frames once.
type pass struct {
	take    *sampler
	hold    *steadier
	holds   bool
	lights  []*light
	ambient ambient
	steady  Steadiness
	best    float64
}

// newPass places the lights by the reference frame.
func newPass(ref burst.Frame, devices []vision.TargetDevice, v View, frames int) *pass {
	p := &pass{take: newSampler(ref.Width, ref.Height), ambient: ambientOf(ref, v.Patches), best: -1}
	p.steady = Steadiness{Shifts: make([][2]float64, frames), Sharpest: v.Reference}
	if p.hold, p.holds = newSteadier(ref, v.Patches); !p.holds {
		p.hold, p.holds = newSteadier(ref, textured(ref, 12))
	}
	p.holds = p.holds && !v.Without.Stabilisation
	if v.Projector == nil {
		return p
	}
	for i, d := range devices {
		for _, l := range d.LEDs {
			if x, ok := place(l, v); ok && x.inside(ref) {
				x.device, x.id, x.samples = i, d.ID, make([]sample, frames)
				if v.Without.Palette {
					x.can = nil
				}
				p.lights = append(p.lights, x)
			}
		}
	}
	if !v.Without.Stabilisation {
		align(p.lights, ref, v.SigmaM)
	}
	for _, l := range p.lights {
		l.at = l.found(v.Projector)
	}
	pairUp(p.lights)
	return p
}

// place is where a declared light must be.
func place(l vision.TargetLED, v View) (*light, bool) {
	u, w, ok := v.Projector.FaceToPixel(l.X, l.Y)
	z := v.Projector.DepthM(l.X, l.Y)
	if !ok || !(z > 0) || math.IsNaN(u) || math.IsNaN(w) {
		return nil, false
	}
	r := min(maxHaloPx, max(minRadiusPx, l.DiameterM/2*v.FocalPx/z))
	return &light{TargetLED: l, u: u, v: w, r: r, pxPerM: v.FocalPx / z, can: paletteOf(l)}, true
}

// found is the place of the face that the light was found at: its declared one, moved by as much as its pixel was.
func (l *light) found(p Projector) [2]float64 {
	const step = 0.005 // m: over it the map is straight
	u, v, ok := p.FaceToPixel(l.X, l.Y)
	ux, vx, okX := p.FaceToPixel(l.X+step, l.Y)
	uy, vy, okY := p.FaceToPixel(l.X, l.Y+step)
	a, b, c, d := ux-u, uy-u, vx-v, vy-v
	det := a*d - b*c
	if !ok || !okX || !okY || !(math.Abs(det) > 1e-9) {
		return [2]float64{l.X, l.Y}
	}
	du, dv := l.u-u, l.v-v
	return [2]float64{l.X + step*(d*du-b*dv)/det, l.Y + step*(a*dv-c*du)/det}
}

// inside says whether the light with its surroundings lies in the frame.
func (l *light) inside(f burst.Frame) bool {
	return spot{u: l.u, v: l.v, r: l.r}.inside(f.Width, f.Height)
}

// frame measures every light in one frame. Without texture to hold on to, all frames count as unshifted.
func (p *pass) frame(i int, f burst.Frame) {
	var m motion
	if p.holds {
		var ok bool
		if m, ok = p.hold.motion(f); !ok {
			p.steady.Shifts[i] = [2]float64{math.NaN(), math.NaN()}
			return
		}
		if sharp := p.hold.sharpness(f, m); sharp > p.best {
			p.best, p.steady.Sharpest = sharp, i
		}
	}
	p.steady.Shifts[i] = [2]float64{m.dx, m.dy}
	p.steady.Used++
	for _, l := range p.lights {
		u, v := m.at(l.u, l.v)
		l.samples[i] = p.take.take(f, u, v, l.r, l.twins)
	}
}

// bracket measures every light in the frame of short exposure. Where that is too dark to hold on to, it is taken to lie as
// the last frame does.
func (p *pass) bracket(v View) {
	if v.Bracket == nil || !(v.BracketShare > 0) {
		return
	}
	f := *v.Bracket
	if f.Width != p.take.width || f.Height != p.take.height || len(f.BGR) != 3*f.Width*f.Height {
		return
	}
	m := p.hold.last
	if p.holds {
		if now, ok := p.hold.motion(f); ok {
			m = now
		}
	}
	for _, l := range p.lights {
		u, w := m.at(l.u, l.v)
		l.bracket, l.brackets = p.take.take(f, u, w, l.r, l.twins), v.BracketShare
	}
}
