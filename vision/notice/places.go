package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// How places are compared.
const (
	workM    = 0.002 // of a pixel, m
	panelM   = 0.465 // of the width of a panel that is compared: its ears are left out, m
	sightMin = 0.6   // share of a place that must be in view
	sameNCC  = 0.5   // from here a place shows what it showed
	goneNCC  = 0.3   // below it does not
	darker   = -0.35 // logarithm of brightness over the expected, from which a plate is gone
)

// A cell is the place of one device or panel.
type cell struct {
	device *vision.TargetDevice // nil of a panel
	unit   int
	x, y   float64 // middle, m
	r      rect
	m      match
}

// A comparison is one look's face against the commissioned one, on 2 mm a pixel.
type comparison struct {
	scene      *Scene
	now, ref   plane // brightness
	lnow, lref plane // its logarithm, smoothed
	cells      []cell
	dx, dy     int // by which the reference lies off, px
	tone       tone
	anchors    []anchor
	spreads    []spreads
	gaps       []gap
}

// An anchor is a place that is surely what it was: by how much it is brighter (logarithm) than the tone says.
type anchor struct{ y, over float64 }

// places says the state of every panel and device.
func (s Scene) places(door vision.Sighting) []vision.Sighting {
	hid := covered(s.Target.Door, door)
	c := s.compare()
	if s.NormalFace == nil || c.now.w == 0 || hid {
		return c.byModel(hid)
	}
	var out []vision.Sighting
	uncovered := door.State == vision.StateAjar || door.State == vision.StateOpen
	for i := range c.cells {
		o := c.judge(i)
		if uncovered && o.Thing == vision.ThingPanel && o.State == vision.StateMissing && c.bared(i) {
			o.Confidence = min(o.Confidence, 0.55)
		}
		out = append(out, o)
	}
	return settle(s.Target, out)
}

// compare lays the face of the look on that of the commissioning, where there is one.
func (s Scene) compare() *comparison {
	c := &comparison{scene: &s}
	w := windowOf(s.Face, workM)
	c.now = luma(s.Face, w)
	c.cells = c.cellsOf(s.Target)
	if s.NormalFace == nil || c.now.w == 0 {
		return c
	}
	c.ref = luma(*s.NormalFace, w)
	a := 1
	if s.Target.Door != nil && s.Target.Door.Kind == maps.PerforatedDoor {
		a = 2 // a mesh of up to 1 cm is smoothed away
	}
	c.lnow, c.lref = c.now.log().blur(a), c.ref.log().blur(a)
	c.align()
	c.anchor()
	c.spreads = c.spreadOut()
	c.gaps = c.gapsOf()
	return c
}

// cellsOf lists devices and panels.
func (c *comparison) cellsOf(t vision.Target) []cell {
	var out []cell
	for i := range t.Devices {
		d := &t.Devices[i]
		out = append(out, cell{device: d, unit: d.Unit, x: (d.Min.X + d.Max.X) / 2, y: (d.Min.Y + d.Max.Y) / 2,
			r: c.now.rect(d.Min.X, d.Min.Y, d.Max.X, d.Max.Y).inset(1)})
	}
	for _, u := range t.BlankingPanels {
		y := t.BaseM + float64(u-1)*unitM
		out = append(out, cell{unit: u, x: t.WidthM / 2, y: y + unitM/2,
			r: c.now.rect((t.WidthM-panelM)/2, y, (t.WidthM+panelM)/2, y+unitM).inset(2)})
	}
	return out
}

// align finds by how much the reference lies off, from the places with most structure, and then each place's own match.
func (c *comparison) align() {
	idx := make([]int, len(c.cells))
	for i := range c.cells {
		idx[i] = i
		c.cells[i].m = compare(c.lnow, c.lref, c.cells[i].r, 0, 0)
	}
	slices.SortStableFunc(idx, func(a, b int) int { return cmpFloat(c.cells[b].m.ref, c.cells[a].m.ref) })
	var xs, ys []float64
	for _, i := range idx[:min(8, len(idx))] {
		if m := best(c.lnow, c.lref, c.cells[i].r, 0, 0, 4); m.ncc > sameNCC && m.ref > flatVar {
			xs, ys = append(xs, float64(m.dx)), append(ys, float64(m.dy))
		}
	}
	c.dx, c.dy = int(median(xs)), int(median(ys))
	for i := range c.cells {
		k := &c.cells[i]
		if k.m = best(c.lnow, c.lref, k.r, c.dx, c.dy, 1); k.m.ncc < sameNCC && k.m.ref > flatVar {
			k.m = best(c.lnow, c.lref, k.r, c.dx, c.dy, 2)
		}
	}
}

func cmpFloat(a, b float64) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// pairs are the block means of a part, reference first.
func (c *comparison) pairs(r rect, dx, dy int) [][2]float64 {
	var out [][2]float64
	for y := r.y0; y+blockPx <= r.y1; y += blockPx {
		for x := r.x0; x+blockPx <= r.x1; x += 2 * blockPx {
			b := rect{x, y, x + 2*blockPx, y + blockPx}
			b.x1 = min(b.x1, r.x1)
			n, ok := c.now.mean(b)
			m, ok2 := c.ref.mean(rect{b.x0 + dx, b.y0 + dy, b.x1 + dx, b.y1 + dy})
			if ok && ok2 {
				out = append(out, [2]float64{m, n})
			}
		}
	}
	return out
}

// posts are the parts of the face to the left and right of what is mounted, at the height of a part.
func (c *comparison) posts(y0, y1 int) [2]rect {
	t := c.scene.Target
	side := (t.WidthM - 0.4826) / 2 // 19 inches
	l, r := c.now.rect(0.005, 0, side, 1), c.now.rect(t.WidthM-side, 0, t.WidthM-0.005, 1)
	l.y0, l.y1, r.y0, r.y1 = y0, y1, y0, y1
	return [2]rect{l, r}
}

// anchor fits the tone to what surely is what it was, and notes how the light falls there.
func (c *comparison) anchor() {
	var sure, all [][2]float64
	for _, k := range c.cells {
		p := c.pairs(k.r, k.m.dx, k.m.dy)
		all = append(all, p...)
		if k.m.ncc > sameNCC && k.m.structed > 3 {
			sure = append(sure, p...)
		}
	}
	for y := 0; y < c.now.h; y += 2 * blockPx {
		for _, r := range c.posts(y, y+2*blockPx) {
			all = append(all, c.pairs(r, c.dx, c.dy)...)
		}
	}
	if len(sure) < 40 {
		sure = all
	}
	c.tone = fitTone(sure)
	for _, k := range c.cells {
		if k.m.ncc > sameNCC && k.m.structed > 3 {
			c.anchors = append(c.anchors, anchor{k.y, c.over(c.pairs(k.r, k.m.dx, k.m.dy), 0)})
		}
	}
	for y := 0; y+2*blockPx <= c.now.h; y += 2 * blockPx {
		for _, r := range c.posts(y, y+2*blockPx) {
			if p := c.pairs(r, c.dx, c.dy); len(p) > 0 {
				c.anchors = append(c.anchors, anchor{c.now.top - (float64(y)+blockPx)*workM, c.over(p, 0)})
			}
		}
	}
}

// over is the median of the logarithm of brightness over that expected, less the fall of light.
func (c *comparison) over(pairs [][2]float64, fall float64) float64 {
	v := make([]float64, 0, len(pairs))
	for _, p := range pairs {
		v = append(v, c.excess(p)-fall)
	}
	return median(v)
}

// excess of one block; the 3 keeps noise in the dark small.
func (c *comparison) excess(p [2]float64) float64 {
	return math.Log((p[1] + 3) / (c.tone.of(p[0]) + 3))
}

// fall is how much brighter the light falls about a height than the tone says: the median of the anchors near.
func (c *comparison) fall(y float64) float64 {
	var v []float64
	for _, a := range c.anchors {
		if math.Abs(a.y-y) < 5*unitM {
			v = append(v, a.over)
		}
	}
	if len(v) < 3 {
		return 0
	}
	return max(-0.5, min(0.5, median(v)))
}

// faceOf is a picture's part of a scene that lights are searched in.
func faceOf(p *ortho.Picture) ortho.Picture {
	if p == nil {
		return ortho.Picture{}
	}
	return *p
}
