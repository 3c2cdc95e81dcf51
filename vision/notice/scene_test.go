package notice_test

import (
	"math"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/notice"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// The drawn rack of these tests: 24 units of a rack of 0.6 m, servers of several faces, panels, free units.
const (
	drawnU = 24
	baseM  = 0.08
	unitM  = maps.UnitM
)

// A day is how the rack stood and was pictured: the truth of a drawing.
type day struct {
	seed      uint64
	gain, lag float64 // exposure and black level
	slope     float64 // of the light across the height
	eye       [3]float64
	offX      float64 // registration error, m
	offY      float64
	noPanel   map[int]bool
	at        map[string]int // units of devices that moved; 0 is gone
	person    [2]float64     // x from and to of somebody in the way
	cable     float64        // x of a cable that hangs across all
	stray     [][2]float64
	lamps     bool // declared lights lit
	door      *maps.Door
	deg       float64 // how far the door is open
	puddle    float64 // darker by this logarithm; negative shines
	shadow    float64
	behind    [2]float64 // x from and to of something that shows, as bright as a panel, in the openings of panels that are gone
	band      [2]float64 // y from and to of a shadow across the whole face
}

func target() vision.Target {
	t := vision.Target{Rack: "r", WidthM: 0.6, BaseM: baseM, UHeight: 42, FromU: 1, ToU: drawnU, TagSizeM: 0.045, WatchFloor: true,
		BlankingPanels: []int{9, 10, 18}}
	for i, y := range []float64{baseM + 0.1, baseM + 0.5, baseM + 0.95} {
		t.Tags = append(t.Tags, vision.TargetTag{ID: 2 * i, X: 0.03, Y: y}, vision.TargetTag{ID: 2*i + 1, X: 0.57, Y: y})
	}
	add := func(id, kind string, u, h int) {
		y := baseM + float64(u-1)*unitM
		d := vision.TargetDevice{ID: id, Type: kind, Unit: u, UHeight: h, Min: maps.Point{X: 0.0587, Y: y}, Max: maps.Point{X: 0.5413, Y: y + float64(h)*unitM - 0.0008}}
		if kind == "server" {
			d.LEDs = []vision.TargetLED{{Name: "a", X: 0.5, Y: y + 0.02, DiameterM: 0.003}}
		}
		t.Devices = append(t.Devices, d)
	}
	add("srv-1", "server", 1, 2)
	add("srv-2", "server", 3, 2)
	add("srv-3", "server", 5, 2)
	add("sw-1", "switch", 8, 1)
	add("sto-1", "storage", 12, 4)
	add("sw-2", "patch", 20, 1)
	add("pdu-1", "pdu", 22, 1)
	return t
}

// albedo of the rack at a point of the face, 0..1, in blue, green and red.
func (d day) albedo(t vision.Target, x, y float64) [3]float64 {
	grey := func(v float64) [3]float64 { return [3]float64{v, v, v} }
	for _, g := range t.Tags {
		if u, v := (x-g.X)/t.TagSizeM, (y-g.Y)/t.TagSizeM; math.Abs(u) < 0.625 && math.Abs(v) < 0.625 {
			if math.Abs(u) > 0.5 || math.Abs(v) > 0.5 {
				return grey(0.85)
			}
			k := int((u+0.5)*8) + 8*int((v+0.5)*8)
			if math.Abs(u) > 0.375 || math.Abs(v) > 0.375 || (k*2654435761+g.ID*40503)>>7&1 == 0 {
				return grey(0.05)
			}
			return grey(0.85)
		}
	}
	if x < 0.0587 || x > 0.5413 {
		return grey(0.18 + 0.02*math.Sin(90*x)*math.Sin(110*y))
	}
	for i := range t.Devices {
		dv := t.Devices[i]
		u := dv.Unit
		if w, ok := d.at[dv.ID]; ok {
			u = w
		}
		if u == 0 {
			continue
		}
		y0 := baseM + float64(u-1)*unitM
		if y >= y0 && y < y0+float64(dv.UHeight)*unitM-0.001 {
			return front(dv.Type, x-0.0587, y-y0, uint64(i))
		}
	}
	for _, p := range t.BlankingPanels {
		if y0 := baseM + float64(p-1)*unitM; !d.noPanel[p] && y >= y0+0.0005 && y < y0+unitM-0.0005 {
			return grey(0.09)
		}
	}
	if x > d.behind[0] && x < d.behind[1] {
		return grey(0.1)
	}
	return grey(0.035 + 0.01*math.Sin(40*x))
}

// front draws a device's face: bays, ports, labels by its type.
func front(kind string, x, y float64, id uint64) [3]float64 {
	pick := func(n uint64) float64 { return float64(n*2654435761>>5&255) / 255 }
	switch kind {
	case "server":
		if i := int(x / 0.06); y > 0.01 && y < 0.075 && math.Mod(x, 0.06) > 0.004 {
			return [3]float64{0.2, 0.2 + 0.1*pick(uint64(i)), 0.25 + 0.1*pick(uint64(int(y/0.02)))}
		}
		return [3]float64{0.08, 0.08, 0.08}
	case "storage":
		if math.Mod(x, 0.04) > 0.006 && math.Mod(y, 0.058) > 0.006 {
			return [3]float64{0.12, 0.12, 0.12 + 0.05*pick(uint64(x/0.04)+7*uint64(y/0.058))}
		}
		return [3]float64{0.35, 0.35, 0.35}
	case "switch":
		if p := math.Mod(x, 0.016); y > 0.01 && y < 0.035 && p > 0.003 && x > 0.05 && x < 0.4 {
			return [3]float64{0.03, 0.03, 0.03}
		}
		return [3]float64{0.45, 0.4, 0.38}
	case "patch":
		if p := math.Mod(x, 0.019); y > 0.014 && y < 0.03 && p > 0.004 {
			return [3]float64{0.06, 0.06, 0.06}
		}
		if y > 0.034 && math.Mod(x, 0.12) < 0.07 {
			return [3]float64{0.8, 0.8, 0.8}
		}
		return [3]float64{0.14, 0.14, 0.14}
	}
	if math.Hypot(math.Mod(x, 0.045)-0.022, y-0.022) < 0.014 {
		return [3]float64{0.07, 0.07, 0.07}
	}
	return [3]float64{0.3, 0.28, 0.26}
}

// leaf is what the door shows at a point of the face, and whether it lets the face through there.
func (d day) leaf(t vision.Target, x, y float64) (v [3]float64, through bool) {
	if d.door == nil || d.deg > 60 {
		return v, true
	}
	sin, cos := math.Sincos(d.deg * math.Pi / 180)
	ex := d.eye[0]
	if d.door.Hinge == "right" {
		x, ex = t.WidthM-x, t.WidthM-ex
	}
	// The ray from the eye through (x, y, 0) meets the leaf (h cos, y', gap + h sin) at a share s of the way to the face.
	h := (ex + (x-ex)*(1-d.door.GapM/d.eye[2])) / (cos + (x-ex)*sin/d.eye[2])
	s := 1 - (d.door.GapM+h*sin)/d.eye[2]
	py := d.eye[1] + (y-d.eye[1])*s
	if h < 0 || h > t.WidthM {
		return v, true
	}
	dark := [3]float64{0.04, 0.04, 0.04}
	if h < 0.025 || h > t.WidthM-0.025 {
		return [3]float64{0.1, 0.1, 0.1}, false
	}
	switch d.door.Kind {
	case maps.GlassDoor:
		return v, true
	case maps.SolidDoor:
		if h > t.WidthM-0.06 && math.Mod(py, 0.5) < 0.15 {
			return [3]float64{0.5, 0.5, 0.5}, false
		}
		return [3]float64{0.12, 0.12, 0.12}, false
	}
	const pitch = 0.007
	row := math.Floor(py / (pitch * 0.866))
	u := math.Mod(h+0.5*pitch*math.Mod(row, 2), pitch) - pitch/2
	w := py - (row+0.5)*pitch*0.866
	return dark, math.Hypot(u, w) < 0.4*pitch
}

// picture draws the face as a camera and registration would straighten it.
func (d day) picture(t vision.Target) ortho.Picture {
	const scale = 0.001
	p := ortho.Picture{LeftM: -0.05, TopM: baseM + drawnU*unitM + 0.02, ScaleM: scale}
	p.Width, p.Height = int((t.WidthM+0.1)/scale), int(math.Round((p.TopM-baseM+0.02)/scale))
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	r := rand.New(rand.NewPCG(d.seed, 4))
	for j := range p.Height {
		for i := range p.Width {
			x, y := p.LeftM+(float64(i)+0.5)*scale+d.offX, p.TopM-(float64(j)+0.5)*scale+d.offY
			v := [3]float64{0.02, 0.02, 0.02}
			if x > 0 && x < t.WidthM {
				v = d.albedo(t, x, y)
			}
			v = d.shine(t, x, y, v)
			if l, through := d.leaf(t, x, y); !through {
				v = l
			}
			if y > d.band[0] && y < d.band[1] {
				v = [3]float64{v[0] / 3, v[1] / 3, v[2] / 3}
			}
			if d.cable > 0 && math.Abs(x-d.cable-0.02*math.Sin(9*y)) < 0.006 {
				v = [3]float64{0.7, 0.3, 0.1}
			}
			if x > d.person[0] && x < d.person[1] && y < 1 {
				v = [3]float64{0.05, 0.05, 0.06}
			}
			k := j*p.Width + i
			p.Seen[k] = 1
			for c := range 3 {
				lit := d.gain * (1 + d.slope*(y-0.6)) * v[c] * 255
				p.BGR[3*k+c] = byte(max(0, min(255, d.lag+lit+3*r.NormFloat64())))
			}
		}
	}
	return p
}

// shine adds lights: a core that clips and a halo.
func (d day) shine(t vision.Target, x, y float64, v [3]float64) [3]float64 {
	add := func(lx, ly float64, c [3]float64) {
		r := math.Hypot(x-lx, y-ly)
		if r > 0.02 {
			return
		}
		a := 2*math.Exp(-r*r/(2*0.002*0.002)) + 0.1*math.Exp(-r/0.004)
		for k := range v {
			v[k] += a * c[k] / d.gain
		}
	}
	if d.lamps {
		for i := range t.Devices {
			for _, l := range t.Devices[i].LEDs {
				add(l.X, l.Y, [3]float64{0.1, 1, 0.2})
			}
		}
	}
	for _, s := range d.stray {
		add(s[0], s[1], [3]float64{0.05, 0.1, 1})
	}
	return v
}

// floor draws the strip before the rack.
func (d day) floor() *ortho.Picture {
	const scale = 0.002
	p := ortho.Picture{LeftM: -0.05, TopM: 0.5, ScaleM: scale, Width: 350, Height: 250}
	p.BGR, p.Seen = make([]byte, 3*p.Width*p.Height), make([]byte, p.Width*p.Height)
	r := rand.New(rand.NewPCG(d.seed, 5))
	for j := range p.Height {
		for i := range p.Width {
			x, y := p.LeftM+float64(i)*scale+d.offX, p.TopM-float64(j)*scale+d.offY
			v := 0.4 + 0.03*math.Sin(90*x)*math.Sin(77*y)
			if math.Abs(x-0.3) < 0.002 {
				v = 0.2
			}
			if a := math.Atan2(y-0.2, x-0.25); math.Hypot(x-0.25, y-0.2) < 0.07+0.012*math.Sin(3*a)+0.008*math.Sin(5*a) {
				v *= math.Exp(-d.puddle)
			}
			v *= 1 - d.shadow/(1+math.Exp(-(x-0.3)/0.03))
			k := j*p.Width + i
			p.Seen[k] = 1
			for c := range 3 {
				p.BGR[3*k+c] = byte(max(0, min(255, d.lag+d.gain*(1+d.slope*x)*v*255+3*r.NormFloat64())))
			}
		}
	}
	return &p
}

// commissioned and patrol are two days with all in order.
func commissioned() day {
	return day{seed: 1, gain: 1, lag: 2, eye: [3]float64{0.3, 0.6, 1.2}, lamps: true}
}

func patrol() day {
	return day{seed: 2, gain: 0.75, lag: 5, slope: 0.15, eye: [3]float64{0.38, 0.7, 1.35}, offX: 0.0015, offY: -0.001, lamps: true}
}

// scene lays today over the commissioning.
func scene(now, then day) notice.Scene {
	t := target()
	t.Door = now.door
	nf := then.picture(t)
	return notice.Scene{Target: t, Face: now.picture(t), NormalFace: &nf, Floor: now.floor(), NormalFloor: then.floor(), SigmaM: 0.001,
		Frame: burst.Frame{}, Eye: vision.Registration{X: now.eye[0], Y: now.eye[1], Z: now.eye[2]},
		NormalEye: vision.Registration{X: then.eye[0], Y: then.eye[1], Z: then.eye[2]}}
}
