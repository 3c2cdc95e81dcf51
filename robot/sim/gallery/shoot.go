package gallery

import (
	"fmt"
	"image"
	"math"
	"math/rand/v2"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/heat"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
)

// How shots are taken.
const (
	usualExposure = 8 * time.Millisecond
	bracketShare  = 1.0 / 8
	holds         = 2 // ways in which the mast holds still, sub-pixel
	shortS        = 1 // a shorter burst has one of them
	rowTime       = 15e-6
	jitterS       = 0.0012
	dropShare     = 0.01
	mostFrames    = 600
)

// Shoot takes one look's pictures. Close gives their memory back; the truth stays.
func (p *Place) Shoot(a Ask) (*Shot, error) {
	if a.Seconds == 0 {
		a.Seconds = 4
	}
	if a.FPS == 0 {
		a.FPS = 30
	}
	if a.Exposure == 0 {
		a.Exposure = 1
	}
	if n := a.Seconds * a.FPS; !(n >= 0 && n < mostFrames) || !(a.Exposure > 0) {
		return nil, fmt.Errorf("shoot %s: %g s at %g frames a second with %g of the exposure cannot be", p.Rack.ID, a.Seconds, a.FPS, a.Exposure)
	}
	what := uint64(100 + a.Again)
	if a.Commission {
		what = uint64(90 + a.Again)
	}
	rng := p.chance(what)
	s := &Shot{
		Width: p.width, Height: p.height, Exposure: time.Duration(a.Exposure * float64(usualExposure)),
		Camera: p.poseOf(rng, a),
	}
	s.BracketExposure = time.Duration(bracketShare * float64(s.Exposure))
	s.Intrinsics = camera.Intrinsics{FX: p.focal, FY: p.focal, CX: float64(p.width-1)/2 + 4*rng.NormFloat64(), CY: float64(p.height-1)/2 + 4*rng.NormFloat64()}
	s.Intrinsics.Dist[0] = p.hall.k1
	s.Believed = believed(rng, s.Camera)
	s.Times = times(rng, a, p.gallery.options.Hard)
	p.thermal(rng, a, s)
	d := newDarkroom(p, s, a, rng)
	d.expose()
	s.frame, s.bracket, s.release = d.frameAt, d.bracket, d.release
	return s, nil
}

// believed is where the robot takes its camera to be.
func believed(rng *rand.Rand, c Pose) Pose {
	c.X, c.Z = c.X+0.02*rng.NormFloat64(), c.Z+0.02*rng.NormFloat64()
	c.YawRad += 0.01 * rng.NormFloat64()
	c.PitchRad, c.RollRad = 0, 0
	return c
}

// times are the frames' true times.
func times(rng *rand.Rand, a Ask, hard bool) []time.Time {
	start := time.Date(2026, 3, 4, 5, 6, 7, 0, time.UTC).Add(time.Duration(rng.Int64N(int64(time.Hour))))
	var out []time.Time
	for i := range int(a.Seconds*a.FPS) + 1 {
		at := float64(i) / a.FPS
		if hard {
			at += jitterS * (2*rng.Float64() - 1)
			if i > 0 && rng.Float64() < dropShare {
				continue
			}
		}
		out = append(out, start.Add(time.Duration(at*float64(time.Second))))
	}
	return out
}

// thermal takes the thermal picture.
func (p *Place) thermal(rng *rand.Rand, a Ask, s *Shot) {
	c := s.Camera
	in := heat.Scene{
		Rack: p.Rack, Face: p.View.Face, CameraX: c.X, CameraY: c.Y, CameraZ: c.Z, YawRad: c.YawRad, PitchRad: c.PitchRad, RollRad: c.RollRad,
		InletC: 20 + 5*share(hash(p.Rack.ID, "inlet"), 1), Hard: p.gallery.options.Hard, Commission: a.Commission,
	}
	if !a.Commission {
		st := p.Standing
		in.HotK, in.Moved, in.Missing, in.MissingPanels = st.HotK, st.Moved, st.Missing, st.MissingPanels
		in.Door, in.DoorDeg, in.WetFloor = st.Door, st.DoorDeg, st.Wet
	} else if len(p.Rack.Doors) > 0 {
		in.Door = "closed"
	}
	if a.Again > 0 {
		in.Warm = p.warm
	}
	r := heat.Picture(rng, in)
	if a.Again == 0 && !a.Commission {
		p.warm = r.Warm
	}
	s.AirC, s.Humidity = r.AirC, r.HumidityPercent
	if p.Standing.Wet && !a.Commission {
		s.Humidity = min(95, s.Humidity+12)
	}
	s.Thermal = &Thermal{
		Width: r.Width, Height: r.Height, C: r.C, HFOVRad: r.HFOVRad, VFOVRad: r.VFOVRad, OffsetRightM: r.OffsetRightM, OffsetUpM: r.OffsetUpM,
	}
}

// sheets lists what is in view, the farthest first.
func (p *Place) sheets(rng *rand.Rand, a Ask, s *Shot, face *painter) []sheet {
	w := p.Rack.Type.WidthM
	right, down, out := vec{1, 0, 0}, vec{0, -1, 0}, vec{0, 0, 1}
	list := []sheet{
		{layer: floorOf(p), corner: vec{-marginM, 0, 0}, right: right, down: out, opaque: true},
		{layer: face.layer, corner: vec{face.leftM, face.topM, 0}, right: right, down: down, opaque: true},
	}
	if p.Standing.Wet && !a.Commission {
		pr := p.chance(31)
		wide, deep := 0.12+0.3*pr.Float64(), 0.08+0.1*pr.Float64()
		list = append(list, sheet{
			layer: props.Puddle(pr, wide*1000, deep*1000), corner: vec{(w - wide) * pr.Float64(), 0, 0.01}, right: right, down: out,
		})
	}
	if !a.Commission {
		for range p.cables() {
			length, thick := 150+250*rng.Float64(), 14+14*rng.Float64()
			list = append(list, sheet{
				layer: props.Cable(rng, thick, length), hides: true, right: right, down: down,
				corner: vec{0.05 + (w-0.12)*rng.Float64(), p.stand.Y + 0.5*(2*rng.Float64()-1), 0.015},
			})
		}
	}
	if leaf, ok := p.door(a); ok {
		list = append(list, leaf)
	}
	if !a.Commission && p.gallery.options.Hard {
		list = append(list, p.inTheWay(rng, s)...)
	}
	return list
}

// cables is how many bundles hang before the face: they hang there for good, a little elsewhere at each look.
func (p *Place) cables() int {
	if !p.gallery.options.Hard || p.View.Face == maps.Front && p.chance(33).Float64() > 0.15 {
		return 0
	}
	return p.chance(34).IntN(3)
}

// door is the leaf as it stands.
func (p *Place) door(a Ask) (sheet, bool) {
	if len(p.Rack.Doors) == 0 {
		return sheet{}, false
	}
	d, w := p.Rack.Doors[0], p.Rack.Type.WidthM
	bottom, top := 0.03, p.Rack.UnitBottomM(p.Rack.Type.UHeight+1)+0.04
	rng := p.chance(35)
	leaf := props.MeshDoor
	if d.Kind == maps.GlassDoor {
		leaf = props.GlassDoor
	}
	post := (w - maps.PanelWidthM) / 4
	inner := w - 2*(post+p.Rack.Type.TagSizeM*5/8+0.002) // the tags on the posts stay free
	s := sheet{layer: leaf(rng, inner*1000, (top-bottom)*1000), hides: true, down: vec{0, -1, 0}}
	turn := 0.0
	if !a.Commission {
		turn = p.Standing.DoorDeg * math.Pi / 180
	}
	sin, cos := math.Sincos(turn)
	wide := s.layer.WidthMM() / 1000
	near := (w - wide) / 2
	if d.Hinge == "left" {
		s.corner, s.right = vec{near, top, d.GapM}, vec{cos, 0, sin}
		return s, true
	}
	s.corner, s.right = vec{w - near - wide*cos, top, d.GapM + wide*sin}, vec{cos, 0, -sin}
	return s, true
}

// inTheWay puts a person or a lit screen before the rack, in few looks, and says where in the truth.
func (p *Place) inTheWay(rng *rand.Rand, s *Shot) []sheet {
	if rng.Float64() >= peopleShare {
		return nil
	}
	l := newLens(s.Camera, s.Intrinsics, s.Width, s.Height)
	c := s.Camera
	reach := 0.3 * c.Z
	if rng.Float64() < 0.6 {
		z := c.Z * (0.25 + 0.3*rng.Float64())
		who := props.Head(rng)
		corner := vec{
			p.Rack.Type.WidthM/2 - 0.25 + reach*(2*rng.Float64()-1)*0.7, c.Y + reach*(2*rng.Float64()-1) + 0.2, z,
		}
		sh := sheet{layer: standing(who.Layer), corner: corner, right: vec{1, 0, 0}, down: vec{0, -1, 0}, hides: true}
		s.People = append(s.People, sh.box(l, who.HeadX0, who.HeadY0, who.HeadX1, who.HeadY1))
		return []sheet{sh}
	}
	w := 220 + 160*rng.Float64()
	h := w * (0.56 + 0.1*rng.Float64())
	sh := sheet{
		layer: props.Screen(rng, w, h), right: vec{1, 0, 0}, down: vec{0, -1, 0}, hides: true,
		corner: vec{p.Rack.Type.WidthM/2 - w/2000 + 0.2*(rng.Float64()-0.5), c.Y + reach*(2*rng.Float64()-1)*0.8 + 0.1, 0.02 + 0.3*c.Z*rng.Float64()},
	}
	s.Screens = append(s.Screens, sh.box(l, 0, 0, w, h))
	return []sheet{sh}
}

// standing lengthens a bust downwards by what its lowest row shows, so that nobody floats.
func standing(bust *props.Layer) *props.Layer {
	more := int(900 / bust.MMPerPx)
	l := &props.Layer{W: bust.W, H: bust.H + more, MMPerPx: bust.MMPerPx}
	l.Pix, l.Alpha = append(make([]float32, 0, 3*l.W*l.H), bust.Pix...), append(make([]float32, 0, l.W*l.H), bust.Alpha...)
	for range more {
		l.Pix = append(l.Pix, bust.Pix[3*bust.W*(bust.H-1):]...)
		l.Alpha = append(l.Alpha, bust.Alpha[bust.W*(bust.H-1):]...)
	}
	return l
}

// box is where a part of a sheet shows, mm from its upper left corner.
func (s *sheet) box(l *lens, x0, y0, x1, y1 float64) image.Rectangle {
	a, b := s.corner.plus(s.right, x0/1000).plus(s.down, y0/1000), s.corner.plus(s.right, x1/1000).plus(s.down, y1/1000)
	u0, v0, _ := l.see(a)
	u1, v1, _ := l.see(b)
	return image.Rect(int(u0), int(v0), int(u1), int(v1))
}

// floorOf is the floor before the rack: tiles with a grain.
func floorOf(p *Place) *props.Layer {
	const mm = 4.0
	l := &props.Layer{W: int((p.Rack.Type.WidthM + 2*marginM) * 1000 / mm), H: 300, MMPerPx: mm}
	l.Pix, l.Alpha = make([]float32, 3*l.W*l.H), make([]float32, l.W*l.H)
	seed := hash(p.Rack.ID, "floor")
	tone := 0.25 + 0.2*share(seed, 1)
	for i := range l.Alpha {
		x, y := i%l.W, i/l.W
		v := tone * (0.93 + 0.14*share(seed, uint64(i)+10))
		if x%150 < 1 || y%150 < 1 {
			v *= 0.5
		}
		l.Alpha[i] = 1
		l.Pix[3*i], l.Pix[3*i+1], l.Pix[3*i+2] = float32(v), float32(v), float32(v*1.02)
	}
	return l
}
