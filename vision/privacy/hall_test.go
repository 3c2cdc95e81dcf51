package privacy_test

import (
	"math"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// A camera before the face, without distortion, that looks straight at it.
type camera struct {
	w, h    int
	focal   float64
	x, y, z float64
}

func standing() camera {
	return camera{w: 1080, h: 1920, focal: 1371, x: 0.3, y: 1.1, z: 1.1}
}

func (c camera) FaceToPixel(x, y float64) (u, v float64, ok bool) {
	return float64(c.w-1)/2 + c.focal*(x-c.x)/c.z, float64(c.h-1)/2 - c.focal*(y-c.y)/c.z, true
}

func (c camera) face(u, v float64) (x, y float64) {
	return c.x + (u-float64(c.w-1)/2)*c.z/c.focal, c.y - (v-float64(c.h-1)/2)*c.z/c.focal
}

type bgr [3]float64

// A hall is one rack and what is before and beside it, as colours of points of the face plane.
type hall struct {
	target vision.Target
	lamp   bgr // factors
	seed   uint64
	things []func(x, y float64) (bgr, bool) // the later the nearer
}

func newHall(seed uint64) *hall {
	t := vision.Target{Rack: "A01", Face: maps.Front, WidthM: 0.6, BaseM: 0.1, UHeight: 42, FromU: 1, ToU: 42, TagSizeM: 0.06}
	for i := range 8 {
		t.Tags = append(t.Tags, vision.TargetTag{ID: i, X: 0.035 + 0.53*float64(i%2), Y: 0.3 + 0.5*float64(i/2)})
	}
	for u := 1; u <= 41; u += 2 {
		y := t.BaseM + float64(u-1)*maps.UnitM
		t.Devices = append(t.Devices, vision.TargetDevice{
			ID: "d", Unit: u, UHeight: 2, Min: maps.Point{X: 0.06, Y: y}, Max: maps.Point{X: 0.54, Y: y + 2*maps.UnitM},
		})
	}
	return &hall{target: t, lamp: bgr{1, 1, 1}, seed: seed}
}

// noiseAt is a hash of a raster of cells, -1..1.
func noiseAt(seed uint64, x, y, cell float64) float64 {
	i, j := uint64(int64(math.Floor(x/cell))+1<<20), uint64(int64(math.Floor(y/cell))+1<<20)
	return 2*rand.New(rand.NewPCG(seed, i<<24^j)).Float64() - 1
}

// rack is what the rack alone shows at a point: bays, rails, tags, grey wall beside.
func (h *hall) rack(x, y float64) bgr {
	t := h.target
	for _, tag := range t.Tags {
		if d := max(math.Abs(x-tag.X), math.Abs(y-tag.Y)); d < t.TagSizeM*5/8 {
			if d > t.TagSizeM/2 || d < t.TagSizeM*3/8 && noiseAt(h.seed, x-tag.X, y-tag.Y, t.TagSizeM/8) > 0 {
				return bgr{190, 190, 190}
			}
			return bgr{12, 12, 12}
		}
	}
	if x < 0 || x > t.WidthM || y < 0 || y > t.BaseM+42*maps.UnitM {
		g := 70 + 10*noiseAt(h.seed, x, y, 0.2)
		return bgr{g, g, g}
	}
	if x < 0.06 || x > 0.54 || y < t.BaseM {
		return bgr{22, 22, 22}
	}
	g := 40 + 22*noiseAt(h.seed, x, y, 0.04) + 12*noiseAt(h.seed+1, x, y, 0.011)
	if inUnit := math.Mod(y-t.BaseM, 2*maps.UnitM); inUnit < 0.003 {
		g = 8
	}
	return bgr{g * 1.03, g, g}
}

func (h *hall) at(x, y float64) bgr {
	c := h.rack(x, y)
	for _, thing := range h.things {
		if over, ok := thing(x, y); ok {
			c = over
		}
	}
	for i := range c {
		c[i] = max(0, min(255, c[i]*h.lamp[i]))
	}
	return c
}

func (h *hall) picture(c camera) burst.Frame {
	f := burst.Frame{Width: c.w, Height: c.h, BGR: make([]byte, 3*c.w*c.h)}
	rnd := rand.New(rand.NewPCG(h.seed, 7))
	for v := range c.h {
		for u := range c.w {
			p := h.at(c.face(float64(u), float64(v)))
			grain := 3 * rnd.NormFloat64()
			for k := range p {
				f.BGR[3*(v*c.w+u)+k] = byte(max(0, min(255, p[k]+grain)))
			}
		}
	}
	return f
}

// normal is the commissioning picture, 2 mm a pixel, taken by day and 3 mm off.
func (h *hall) normal() *ortho.Picture {
	clean := *h
	clean.things, clean.lamp = nil, bgr{1.25, 1.3, 1.35}
	o := &ortho.Picture{LeftM: -0.05, TopM: 2.05, ScaleM: 0.002, Width: 350, Height: 1025}
	o.BGR, o.Seen = make([]byte, 3*o.Width*o.Height), make([]byte, o.Width*o.Height)
	for i := range o.Seen {
		p := clean.at(o.LeftM+float64(i%o.Width)*o.ScaleM+0.003, o.TopM-float64(i/o.Width)*o.ScaleM-0.002)
		o.Seen[i] = 1
		for k := range p {
			o.BGR[3*i+k] = byte(p[k])
		}
	}
	return o
}

// tones of skin, as (blue, green, red) under white light, darkest last.
var tones = []bgr{{180, 200, 232}, {140, 170, 215}, {95, 130, 185}, {60, 90, 140}, {38, 52, 78}, {26, 33, 46}} //nolint:gochecknoglobals // a constant table

// head draws a head of the given width and shoulders under it: hair, eyes, brows, a mouth, shade to one side.
func head(cx, cy, width float64, tone, hair bgr) func(x, y float64) (bgr, bool) {
	return func(x, y float64) (bgr, bool) {
		px, py := (x-cx)/(width/2), (y-cy)/(width/2*1.3)
		ellipse := func(ex, ey, rx, ry float64) bool { return math.Hypot((px-ex)/rx, (py-ey)/ry) < 1 }
		switch {
		case ellipse(0.36, 0.15, 0.15, 0.07), ellipse(-0.36, 0.15, 0.15, 0.07), ellipse(0, -0.5, 0.32, 0.08):
			return bgr{30, 25, 40}, true
		case ellipse(0.36, 0.32, 0.2, 0.05), ellipse(-0.36, 0.32, 0.2, 0.05):
			return hair, true
		case ellipse(0, 0, 1, 1):
			if py > 0.55 {
				return hair, true
			}
			shade := 0.85 + 0.2*px
			return bgr{tone[0] * shade, tone[1] * shade, tone[2] * shade}, true
		case py < -1 && py > -6 && math.Abs(px) < 2.4-0.3/(0.8-py*0.3):
			return bgr{70, 45, 40}, true
		}
		return bgr{}, false
	}
}

// screen is a lit one with text.
func screen(cx, cy, w, h float64) func(x, y float64) (bgr, bool) {
	return func(x, y float64) (bgr, bool) {
		dx, dy := math.Abs(x-cx), math.Abs(y-cy)
		switch {
		case dx < w/2 && dy < h/2:
			if noiseAt(4, x, y, 0.004) > 0.55 {
				return bgr{90, 70, 60}, true
			}
			return bgr{255, 250, 235}, true
		case dx < w/2+0.015 && dy < h/2+0.015:
			return bgr{15, 15, 15}, true
		}
		return bgr{}, false
	}
}
