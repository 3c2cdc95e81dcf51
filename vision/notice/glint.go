package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/ortho"
)

// whole is all of a picture.
func whole(p ortho.Picture) rect { return rect{0, 0, p.Width, p.Height} }

// glintsOf searches a part of a straightened face for small bright spots: pixels that glare most within 3 mm, over a ring
// that does not, whose half height is small and round. Glare is twice the strongest channel less the weakest, 0..510, so
// that a pure colour beats white of the same brightness.
func glintsOf(p ortho.Picture, in rect) []glint {
	if p.ScaleM > 0.0025 || p.ScaleM < 0.0002 {
		return nil
	}
	a := max(2, int(math.Round(0.003/p.ScaleM)))
	ring := max(4, int(math.Round(0.012/p.ScaleM)))
	in = rect{max(in.x0, ring), max(in.y0, ring), min(in.x1, p.Width-ring), min(in.y1, p.Height-ring)}
	if in.x0 >= in.x1 {
		return nil
	}
	g := make([]int16, p.Width*p.Height)
	for y := max(0, in.y0-ring); y < in.y1+ring; y++ {
		from, to := y*p.Width+in.x0-ring, y*p.Width+in.x1+ring
		row, px := g[from:to], p.BGR[3*from:3*to]
		for i := range row {
			q := px[3*i : 3*i+3 : 3*i+3]
			row[i] = 2*int16(max(q[0], q[1], q[2])) - int16(min(q[0], q[1], q[2]))
		}
	}
	var out []glint
	for y := in.y0; y < in.y1; y++ {
		for x := in.x0; x < in.x1; x++ {
			if v := g[y*p.Width+x]; v >= minCore && p.Seen[y*p.Width+x] != 0 && quick(g, p.Width, x, y, ring, v) && isTop(g, p.Width, x, y, a) {
				if l, ok := grow(p, g, x, y, ring); ok {
					out = append(out, l)
				}
			}
		}
	}
	return apart(out)
}

// apart keeps of glints within 8 mm of each other the brightest: they are of one light.
func apart(all []glint) []glint {
	slices.SortStableFunc(all, func(a, b glint) int { return cmpFloat(b.out, a.out) })
	var out []glint
	for _, g := range all {
		if !slices.ContainsFunc(out, func(o glint) bool { return math.Hypot(o.x-g.x, o.y-g.y) < 0.008 }) {
			out = append(out, g)
		}
	}
	return out
}

// quick says whether a pixel glares over at least three of the four points a ring away.
func quick(g []int16, w, x, y, ring int, v int16) bool {
	n := 0
	for _, o := range [4]int{y*w + x - ring, y*w + x + ring, (y-ring)*w + x, (y+ring)*w + x} {
		if v-g[o] > minContest {
			n++
		}
	}
	return n >= 3
}

// isTop says whether no pixel within a px glares more; of equals the first counts.
func isTop(g []int16, w, x, y, a int) bool {
	v := g[y*w+x]
	for dy := -a; dy <= a; dy++ {
		row := g[(y+dy)*w+x-a : (y+dy)*w+x+a+1]
		for dx, o := range row {
			if o > v || o == v && (dy < 0 || dy == 0 && dx < a) {
				return false
			}
		}
	}
	return true
}

// grow measures the spot about a top: the connected pixels above half its height.
func grow(p ortho.Picture, g []int16, x, y, ring int) (glint, bool) {
	low := ringLevel(g, p.Width, x, y, ring)
	top := float64(g[y*p.Width+x])
	if top-low < minContest {
		return glint{}, false
	}
	half := int16((top + low) / 2)
	limit := int(maxLightM / p.ScaleM)
	group, ok := flood(g, p.Width, x, y, half, ring, 2*limit*limit)
	if !ok {
		return glint{}, false
	}
	var sx, sy, sxx, syy, sxy float64
	var core [3]int
	for _, o := range group {
		dx, dy := float64(o[0]-x), float64(o[1]-y)
		sx, sy, sxx, syy, sxy = sx+dx, sy+dy, sxx+dx*dx, syy+dy*dy, sxy+dx*dy
		q := p.BGR[3*(o[1]*p.Width+o[0]):]
		for c := range core {
			core[c] = max(core[c], int(q[c]))
		}
	}
	n := float64(len(group))
	mx, my := sx/n, sy/n
	cxx, cyy, cxy := sxx/n-mx*mx+1./12, syy/n-my*my+1./12, sxy/n-mx*my
	root := math.Sqrt((cxx-cyy)*(cxx-cyy)/4 + cxy*cxy)
	long, short := math.Sqrt((cxx+cyy)/2+root), math.Sqrt(max(1e-3, (cxx+cyy)/2-root))
	diameter := 2 * math.Sqrt(n/math.Pi) * p.ScaleM
	filled := n / (4 * math.Pi * long * short) // 1 of an ellipse
	if max(core[0], core[1], core[2]) < minCore || diameter > maxLightM || long > 2.5*short || filled < 0.6 {
		return glint{}, false
	}
	colour, pure := hue(p, group)
	return glint{x: p.LeftM + (float64(x)+mx+0.5)*p.ScaleM, y: p.TopM - (float64(y)+my+0.5)*p.ScaleM,
		diameter: diameter, colour: colour, top: top, out: top - low, pure: pure}, true
}

// ringLevel is the mean glare a ring away.
func ringLevel(g []int16, w, x, y, ring int) float64 {
	sum := 0
	for k := range 16 {
		dx, dy := int(math.Round(float64(ring)*math.Cos(float64(k)*math.Pi/8))), int(math.Round(float64(ring)*math.Sin(float64(k)*math.Pi/8)))
		sum += int(g[(y+dy)*w+x+dx])
	}
	return float64(sum) / 16
}

// flood lists the connected pixels of at least a level within reach px; ok is false when they go on beyond it.
func flood(g []int16, w, x, y int, level int16, reach, most int) (group [][2]int, ok bool) {
	side := 2*reach + 1
	seen := make([]bool, side*side)
	group = append(group, [2]int{x, y})
	seen[reach*side+reach] = true
	for k := 0; k < len(group); k++ {
		for _, d := range [4][2]int{{1, 0}, {-1, 0}, {0, 1}, {0, -1}} {
			u, v := group[k][0]+d[0], group[k][1]+d[1]
			if g[v*w+u] < level {
				continue
			}
			if u-x <= -reach || u-x >= reach || v-y <= -reach || v-y >= reach || len(group) > most {
				return nil, false
			}
			if s := (v-y+reach)*side + u - x + reach; !seen[s] {
				seen[s] = true
				group = append(group, [2]int{u, v})
			}
		}
	}
	return group, true
}

// hue names the colour of a spot's unclipped pixels, and says how pure it is.
func hue(p ortho.Picture, group [][2]int) (colour string, pure float64) {
	var sum [3]float64
	for _, o := range group {
		q := p.BGR[3*(o[1]*p.Width+o[0]):]
		if max(q[0], q[1], q[2]) < 250 {
			for c := range sum {
				sum[c] += float64(q[c])
			}
		}
	}
	if sum[0]+sum[1]+sum[2] == 0 {
		for _, o := range group {
			q := p.BGR[3*(o[1]*p.Width+o[0]):]
			for c := range sum {
				sum[c] += float64(q[c])
			}
		}
	}
	b, g, r := sum[0], sum[1], sum[2]
	most, least := max(b, g, r), min(b, g, r)
	if most <= 0 {
		return "white", 0
	}
	pure = (most - least) / most
	if pure < 0.25 {
		return "white", pure
	}
	return nameOf(angle(b, g, r, most, most-least)), pure
}

// angle is the hue, degrees 0..360.
func angle(b, g, r, most, span float64) float64 {
	switch most {
	case r:
		return math.Mod((g-b)/span*60+360, 360)
	case g:
		return 120 + (b-r)/span*60
	}
	return 240 + (r-g)/span*60
}

// nameOf bounds the hues half-way between those of real lights (FACTS.md section 5: green 76° and more, amber 17 to 45°).
func nameOf(deg float64) string {
	switch {
	case deg < 14 || deg >= 320:
		return "red"
	case deg < 58:
		return "amber"
	case deg < 175:
		return "green"
	}
	return "blue"
}

// confidence that a glint is a lit light.
func (g glint) confidence() float64 {
	c := 0.45 + 0.4*g.pure + 0.3*min(1, g.out/300)
	if g.diameter > 0.011 {
		c -= 0.1
	}
	if g.colour == "white" {
		c -= 0.15
	}
	return max(0.1, min(0.97, c))
}
