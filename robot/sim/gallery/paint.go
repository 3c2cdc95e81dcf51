package gallery

import (
	"fmt"
	"math"
	"math/rand/v2"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// The painted face reaches this far beside and above the rack, m, in cells of this size, mm.
const (
	marginM = 0.16
	aboveM  = 0.16
	cellMM  = 0.8
)

type ink [3]float32

func (c ink) times(k float32) ink { return ink{c[0] * k, c[1] * k, c[2] * k} }

// A painter paints the plane of the devices' fronts in linear light, 1 being white paper.
type painter struct {
	layer       *props.Layer
	leftM, topM float64
}

func newPainter(t *maps.RackType, buffer *props.Layer) *painter {
	w, h := t.WidthM+2*marginM, t.BaseM+float64(t.UHeight)*maps.UnitM+aboveM
	p := &painter{layer: buffer, leftM: -marginM, topM: h}
	l := p.layer
	l.W, l.H, l.MMPerPx = int(w*1000/cellMM), int(h*1000/cellMM), cellMM
	if n := l.W * l.H; cap(l.Alpha) < n {
		l.Pix, l.Alpha = make([]float32, 3*n), make([]float32, n)
		for i := range l.Alpha {
			l.Alpha[i] = 1
		}
	}
	l.Pix, l.Alpha = l.Pix[:3*l.W*l.H], l.Alpha[:l.W*l.H]
	return p
}

// rect fills a rectangle, m; cells at its rim are covered in part.
func (pa *painter) rect(x0, y0, x1, y1 float64, c ink) {
	l := pa.layer
	a, b := (x0-pa.leftM)*1000/cellMM, (x1-pa.leftM)*1000/cellMM
	t, u := (pa.topM-y1)*1000/cellMM, (pa.topM-y0)*1000/cellMM
	a, t, b, u = max(a, 0), max(t, 0), min(b, float64(l.W)), min(u, float64(l.H))
	inner, outer := int(math.Ceil(a)), int(b) // cells that are covered wholly across
	for y := int(t); y < int(math.Ceil(u)); y++ {
		cy := min(u, float64(y+1)) - max(t, float64(y))
		row := l.Pix[3*y*l.W : 3*(y+1)*l.W]
		for x := int(a); x < int(math.Ceil(b)); x++ {
			if cy == 1 && x >= inner && x < outer {
				for ; x < outer; x++ {
					row[3*x], row[3*x+1], row[3*x+2] = c[0], c[1], c[2]
				}
				x--
				continue
			}
			k := float32(cy * (min(b, float64(x+1)) - max(a, float64(x))))
			q := row[3*x:][:3]
			for ch := range q {
				q[ch] += k * (c[ch] - q[ch])
			}
		}
	}
}

// disc fills a circle, m.
func (pa *painter) disc(x, y, r float64, c ink) {
	l := pa.layer
	cx, cy, cr := (x-pa.leftM)*1000/cellMM, (pa.topM-y)*1000/cellMM, r*1000/cellMM
	for py := max(0, int(cy-cr-1)); py <= min(l.H-1, int(cy+cr+1)); py++ {
		for px := max(0, int(cx-cr-1)); px <= min(l.W-1, int(cx+cr+1)); px++ {
			d := math.Hypot(float64(px)+0.5-cx, float64(py)+0.5-cy)
			if k := float32(min(1, max(0, cr-d+0.5))); k > 0 {
				q := l.Pix[3*(py*l.W+px):][:3]
				for ch := range q {
					q[ch] += k * (c[ch] - q[ch])
				}
			}
		}
	}
}

// put lays a prop over the painting, its upper left corner at (x, y).
func (pa *painter) put(x, y float64, s *props.Layer) {
	l := pa.layer
	k := s.MMPerPx / cellMM
	x0, y0 := (x-pa.leftM)*1000/cellMM, (pa.topM-y)*1000/cellMM
	n := max(1, int(math.Ceil(1/k-0.01))) // samples of the prop a cell, each way
	for py := max(0, int(y0)); py < min(l.H, int(y0+float64(s.H)*k)+1); py++ {
		for px := max(0, int(x0)); px < min(l.W, int(x0+float64(s.W)*k)+1); px++ {
			var r, g, b, a float32
			for sy := range n {
				for sx := range n {
					ix := int((float64(px) + (float64(sx)+0.5)/float64(n) - x0) / k)
					iy := int((float64(py) + (float64(sy)+0.5)/float64(n) - y0) / k)
					if ix < 0 || iy < 0 || ix >= s.W || iy >= s.H {
						continue
					}
					j := iy*s.W + ix
					w := s.Alpha[j]
					r, g, b, a = r+w*s.Pix[3*j], g+w*s.Pix[3*j+1], b+w*s.Pix[3*j+2], a+w
				}
			}
			f := 1 / float32(n*n)
			q := l.Pix[3*(py*l.W+px):][:3]
			q[0], q[1], q[2] = q[0]*(1-a*f)+r*f, q[1]*(1-a*f)+g*f, q[2]*(1-a*f)+b*f
		}
	}
}

// paint paints the rack's face: as commissioned, or as it stands.
func (p *Place) paint(buffer *props.Layer, commission bool) *painter {
	t := p.Rack.Type
	pa := newPainter(t, buffer)
	pa.rect(-marginM, 0, t.WidthM+marginM, pa.topM, ink{0.05, 0.052, 0.055}) // neighbours and cabinet
	pa.rect(-marginM, 0, t.WidthM+marginM, t.BaseM, ink{0.03, 0.03, 0.032})
	left := (t.WidthM - maps.PanelWidthM) / 2
	top := t.BaseM + float64(t.UHeight)*maps.UnitM
	pa.rect(0.004, 0, t.WidthM-0.004, top+0.1, ink{0.085, 0.087, 0.09})
	pa.rect(left, t.BaseM, left+maps.PanelWidthM, top, ink{0.012, 0.012, 0.013})
	low, high := p.span()
	for _, u := range p.free(commission) {
		pa.put(left, p.Rack.UnitBottomM(u+1), props.Void(p.chance(uint64(u)+1000), maps.UnitM*1000))
	}
	for _, u := range p.Rack.BlankingPanels {
		if y := p.Rack.UnitBottomM(u); y > high || y+maps.UnitM < low {
			continue
		}
		if commission || !slices.Contains(p.Standing.MissingPanels, u) {
			pa.put(left, p.Rack.UnitBottomM(u+1), props.Panel(p.chance(uint64(u)), maps.UnitM*1000))
		}
	}
	for _, s := range p.shown(commission) {
		if s.y < high && s.y+float64(s.units)*maps.UnitM > low {
			pa.device(s)
		}
	}
	for i, in := range p.Rack.Instruments {
		pa.instrument(p, in, uint64(i), commission)
	}
	pa.tags(p)
	return pa
}

// span is the lowest and the highest place of the face that any shot can show, m.
func (p *Place) span() (low, high float64) {
	half := p.stand.Z*float64(p.height)/2/p.focal + 0.12*p.stand.Z + 0.15
	return p.stand.Y - half, p.stand.Y + half
}

// free lists the units in view where neither a device nor a panel stands: as recorded, or now.
func (p *Place) free(recorded bool) []int {
	full := map[int]bool{}
	for _, s := range p.shown(recorded) {
		for u := s.unit; u < s.unit+s.units; u++ {
			full[u] = s.side == maps.Front // rears leave their posts in sight
		}
	}
	for _, u := range p.Rack.BlankingPanels {
		full[u] = full[u] || recorded || !slices.Contains(p.Standing.MissingPanels, u)
	}
	low, high := p.span()
	var out []int
	for u := 1; u <= p.Rack.Type.UHeight; u++ {
		if y := p.Rack.UnitBottomM(u); !full[u] && y < high && y+maps.UnitM > low {
			out = append(out, u)
		}
	}
	return out
}

// chance is the randomness of a thing at the rack.
func (p *Place) chance(what uint64) *rand.Rand { return p.gallery.chance(p.number, 1<<32+what) }

// instrument paints a gauge or display on a plate.
func (pa *painter) instrument(p *Place, in maps.Instrument, i uint64, commission bool) {
	rng := p.chance(5000 + i)
	u := 1 + int((in.Y-p.Rack.Type.BaseM)/maps.UnitM)
	pa.put((p.Rack.Type.WidthM-maps.PanelWidthM)/2, p.Rack.UnitBottomM(u+1), props.Panel(rng, maps.UnitM*1000))
	v := p.Standing.Instruments[in.ID].Value
	if commission {
		v = in.Min + 0.5*(in.Max-in.Min) + 20
	}
	if in.Kind == maps.Gauge {
		v = min(v, in.Max)
		pa.put(in.X-in.DiameterM/2, in.Y+in.DiameterM/2, props.Gauge(rng, in.DiameterM*1000, in.Min, in.Max, in.MinDeg, in.MaxDeg, v))
		return
	}
	pa.put(in.X-in.WidthM/2, in.Y+in.HeightM/2, props.Display(rng, in.WidthM*1000, in.HeightM*1000, fmt.Sprintf("%.*f", in.Decimals, v)))
}

// tags paints the fiducials where they were glued, which is not quite where the site model has them.
func (pa *painter) tags(p *Place) {
	rng := p.chance(7000)
	for _, tag := range p.Rack.Tags(p.View.Face) {
		x, y := tag.X, tag.Y
		if p.gallery.options.Hard {
			x += 0.001 * max(-2, min(2, 0.7*rng.NormFloat64()))
			y += 0.001 * max(-2, min(2, 0.7*rng.NormFloat64()))
		}
		size := p.Rack.Type.TagSizeM
		cell := size / 8
		white := ink{0.82, 0.82, 0.8}
		pa.rect(x-size/2-cell, y-size/2-cell, x+size/2+cell, y+size/2+cell, white)
		pa.rect(x-size/2, y-size/2, x+size/2, y+size/2, ink{0.02, 0.02, 0.02})
		for row, cells := range scene.TagCells(tag.ID) {
			for col, on := range cells {
				if on {
					x0, y1 := x-size/2+float64(col)*cell, y+size/2-float64(row)*cell
					pa.rect(x0, y1-cell, x0+cell, y1, white)
				}
			}
		}
	}
}
