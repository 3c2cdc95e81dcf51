package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// An appearance is what a cell's place shows against what it should.
type appearance struct {
	match
	spreads
	gap
	over   float64 // logarithm of brightness over the expected
	dark   float64 // share of the blocks that are much darker than expected
	bright float64 // share of them much brighter
	level  float64 // brightness now
	beside bool    // something stands before the posts beside it
	masked bool    // somebody or a screen is thought to stand before it
	kept   int     // of the two ends that are screwed to the rails, those that look as they did
	lost   int     // and those that look otherwise
}

// appear measures a cell.
func (c *comparison) appear(k cell) appearance {
	fall := c.fall(k.y)
	p := c.pairs(k.r, k.m.dx, k.m.dy)
	a := appearance{match: k.m, over: c.over(p, fall)}
	for _, q := range p {
		switch e := c.excess(q) - fall; {
		case e < darker:
			a.dark += 1 / float64(len(p))
		case e > -darker:
			a.bright += 1 / float64(len(p))
		}
	}
	a.level, _ = c.now.mean(k.r)
	for _, r := range c.posts(k.r.y0-blockPx/2, k.r.y1+blockPx/2) {
		if q := c.pairs(r, c.dx, c.dy); len(q) > 0 && math.Abs(c.over(q, fall)) > 0.7 {
			a.beside = true
		}
	}
	c.ears(k, fall, &a)
	return a
}

// ears compares the ends of a device or panel, where a rail with its square holes shows when it is gone.
func (c *comparison) ears(k cell, fall float64, a *appearance) {
	const ear, half = 0.0159, 0.4826 / 2 // EIA-310: 19 inches over all, 17.75 between the ears
	middle := c.scene.Target.WidthM / 2
	for _, x := range [2]float64{middle - half, middle + half - ear} {
		r := c.now.rect(x, 0, x+ear, 1)
		r.y0, r.y1 = k.r.y0, k.r.y1
		if r.empty() || c.now.seenShare(r) < 0.9 {
			continue
		}
		m := best(c.lnow, c.lref, r, c.dx, c.dy, 1)
		over := math.Abs(c.over(c.pairs(r, m.dx, m.dy), fall))
		switch {
		case m.blocks == 0:
		case m.ncc > 0.6 || m.ref < flatVar && m.now < 2*flatVar && over < 0.25:
			a.kept++
		case m.ncc < goneNCC && m.now > flatVar || over > 0.5:
			a.lost++
		}
	}
}

// judge says the state of one cell.
func (c *comparison) judge(i int) vision.Sighting {
	k := c.cells[i]
	o := vision.Sighting{Thing: vision.ThingPanel, Unit: k.unit, X: k.x, Y: k.y, State: vision.StateUnknown}
	if k.device != nil {
		o.Thing, o.Device = vision.ThingDevice, k.device.ID
	}
	if k.r.empty() || c.now.seenShare(k.r) < sightMin || k.m.blocks < 3 {
		return o
	}
	masked := c.masked(k)
	if masked && k.device != nil {
		return o
	}
	a := c.appear(k)
	a.spreads, a.gap, a.masked = c.spreads[i], c.gaps[i], masked
	if k.device == nil {
		o.State, o.Confidence = panelState(a)
		return o
	}
	o.State, o.Confidence = deviceState(a)
	if o.State == vision.StatePresent && o.Confidence > 0.7 {
		return o
	}
	if u, ncc, ok := c.elsewhere(k); ok && c.left(k, a.gap, u) {
		o.State, o.Unit, o.Value = vision.StateMoved, u, float64(u-k.unit)*unitM
		o.Y += o.Value
		o.Confidence = min(0.98, 0.4+0.6*ncc)
	}
	return o
}

// left says whether a device's place looks as if it had moved to a unit: darker than what is next to it, unless it still
// covers a part of it.
func (c *comparison) left(k cell, g gap, u int) bool {
	if d := u - k.unit; d > -k.device.UHeight && d < k.device.UHeight {
		return true
	}
	beyond := min(g.above, g.below) // NaN if either is
	return g.inner < -gapMin || g.inner-beyond < -gapMin
}

// masked says whether people or screens stand before a cell.
func (c *comparison) masked(k cell) bool {
	n := 0
	for i := range 7 {
		x := k.x + float64(i-3)/8*float64(k.r.x1-k.r.x0)*workM
		if c.scene.hidden(x, k.y) {
			n++
		}
	}
	return n >= 2
}

// holeState is what is said of an opening, the darker it is the surer.
func holeState(a appearance) (state string, confidence float64) {
	return vision.StateMissing, min(0.97, 0.65+0.5*max(0, -a.inner-gapMin)+0.05*float64(a.lost))
}

// panelState reads a panel's place: a plate that is gone leaves a hole, into which less light falls.
func panelState(a appearance) (state string, confidence float64) {
	switch o := a.odds(); {
	case o > oddsGone:
		return vision.StateMissing, min(0.97, 1/(1+math.Exp(-o)))
	case o > oddsKept || a.masked:
		return vision.StateUnknown, 0
	}
	return plainState(a)
}

// plainState says whether a front is in place that has little on it.
func plainState(a appearance) (state string, confidence float64) {
	same := a.structed >= 3 && a.ncc > sameNCC && a.alike > 0.4
	switch {
	case same && a.dark < 0.75:
		return vision.StatePresent, min(0.99, 0.6+0.4*a.ncc)
	case a.beside:
		return vision.StateUnknown, 0
	case a.dark < 0.3 && a.bright < 0.4 && math.Abs(a.over) < 0.2 && a.lost == 0:
		return vision.StatePresent, 0.9 - 0.5*math.Abs(a.over) - 0.5*a.dark
	}
	return vision.StateUnknown, 0
}

// deviceState reads a device's place without looking elsewhere.
func deviceState(a appearance) (state string, confidence float64) {
	switch {
	case a.holed && !a.beside && a.bright < 0.15:
		return holeState(a)
	case a.structed < 3: // only its brightness tells
		return plainState(a)
	case a.ncc > sameNCC && a.alike > 0.4 && a.dark < 0.8:
		return vision.StatePresent, min(0.99, 0.55+0.45*max(a.ncc, a.alike))
	case (a.ncc > goneNCC || a.alike > 0.35) && a.dark < 0.8: // something hangs before a part of it
		return vision.StatePresent, 0.55
	}
	return vision.StateUnknown, 0
}

// elsewhere searches the stretch for a device that is not at its place. Where its like stood at commissioning too it is
// not looked for: two of a kind cannot be told apart.
func (c *comparison) elsewhere(k cell) (unit int, ncc float64, ok bool) {
	t := c.scene.Target
	if k.m.ref < flatVar || k.m.structed < 3 {
		return 0, 0, false
	}
	perU := unitM / workM
	for u := t.FromU; u+k.device.UHeight-1 <= t.ToU; u++ {
		up := int(math.Round(float64(u-k.unit) * perU))
		r := rect{k.r.x0, k.r.y0 - up, k.r.x1, k.r.y1 - up}
		if up == 0 || r.y0 < 0 || r.y1 > c.now.h || c.now.seenShare(r) < sightMin {
			continue
		}
		m := best(c.lnow, c.lref, r, c.dx, c.dy+up, 2)
		if m.ncc < 0.5 || m.alike < 0.4 || m.ncc < k.m.ncc+0.2 || m.ncc <= ncc || m.now < 0.2*m.ref {
			continue
		}
		before := best(c.lref, c.lref, rect{r.x0 + c.dx, r.y0 + c.dy, r.x1 + c.dx, r.y1 + c.dy}, 0, up, 1)
		if before.blocks > 0 && before.ncc > m.ncc-0.25 {
			continue
		}
		unit, ncc, ok = u, m.ncc, true
	}
	return unit, ncc, ok
}

// crowd is from how many devices next to each other that are gone somebody is thought to stand before them.
const crowd = 3

// settle takes back what something else explains: the panel that a moved device stands on cannot be seen, and a row of
// devices is not gone at once.
func settle(t vision.Target, seen []vision.Sighting) []vision.Sighting {
	order := make([]int, 0, len(seen))
	for i := range seen {
		if seen[i].Thing == vision.ThingDevice {
			order = append(order, i)
		}
	}
	slices.SortFunc(order, func(a, b int) int { return cmpFloat(seen[a].Y, seen[b].Y) })
	for from := 0; from < len(order); {
		to := from
		for to < len(order) && seen[order[to]].State == vision.StateMissing {
			to++
		}
		for _, i := range order[from:to] {
			if to-from >= crowd {
				seen[i].State, seen[i].Confidence = vision.StateUnknown, 0
			}
		}
		from = max(to, from+1)
	}
	for _, d := range seen {
		if d.State != vision.StateMoved {
			continue
		}
		height := 1
		for _, x := range t.Devices {
			if x.ID == d.Device {
				height = x.UHeight
			}
		}
		for i := range seen {
			if p := &seen[i]; p.Thing == vision.ThingPanel && p.Unit >= d.Unit && p.Unit < d.Unit+height {
				p.State, p.Confidence = vision.StateUnknown, 0
			}
		}
	}
	return seen
}

// byModel says what can be said without a commissioning picture: a blanking panel is an even plate, brighter than the
// black of the tags; of devices nothing.
func (c *comparison) byModel(covered bool) []vision.Sighting {
	black, white := 0.0, 0.0
	if !covered && c.now.w > 0 {
		black, white = c.ink()
	}
	var out []vision.Sighting
	for _, k := range c.cells {
		o := vision.Sighting{Thing: vision.ThingPanel, Unit: k.unit, X: k.x, Y: k.y, State: vision.StateUnknown}
		if k.device != nil {
			o.Thing, o.Device = vision.ThingDevice, k.device.ID
		} else if white > black+25 && !k.r.empty() && c.now.seenShare(k.r) >= sightMin && !c.masked(k) {
			o.State, o.Confidence = plateState(c.now, k.r, black, white)
		}
		out = append(out, o)
	}
	return out
}

// plateState tells a plate from a hole by its brightness between a tag's black and white.
func plateState(p plane, r rect, black, white float64) (state string, confidence float64) {
	m, ok := p.mean(r)
	if !ok {
		return vision.StateUnknown, 0
	}
	switch share := (m - black) / (white - black); {
	case share < -0.03:
		return vision.StateMissing, min(0.55, 0.45-share) // some plates are blacker than ink: no finding
	case share > 0.12:
		return vision.StatePresent, 0.7
	}
	return vision.StateUnknown, 0
}

// ink is the brightness of the tags' black border and white margin; both 0 where no tag is seen. A 36h11 tag is eight
// modules wide, the outermost of them black.
func (c *comparison) ink() (black, white float64) {
	t := c.scene.Target
	var dark, light []float64
	for _, g := range t.Tags {
		for _, d := range [4][2]float64{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			at := func(modules float64) (float64, bool) {
				x, y := g.X+d[0]*modules*t.TagSizeM/8, g.Y+d[1]*modules*t.TagSizeM/8
				return c.now.mean(c.now.rect(x-workM, y-workM, x+workM, y+workM))
			}
			b, ok := at(3.5)
			w, ok2 := at(4.5)
			if ok && ok2 {
				dark, light = append(dark, b), append(light, w)
			}
		}
	}
	return median(dark), median(light)
}
