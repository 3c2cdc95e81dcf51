package led

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// A registration errs by more than a light's radius where tags are few, and devices sit a millimetre off in their rails.
// So all lights are moved together to where they shine in the reference picture, then each device's; never one light
// alone by more than a fraction of its size, for beside it may be a brass contact, a coloured latch, or its neighbour.
const (
	deviceMM = 0.7 // how far a device may sit from its place, mm, one standard deviation
	fitNats  = 3   // what one light that shines at its place is worth against the prior
	maxReach = 24  // px that a search reaches at most
	// leastSigmaM is the error that is searched for whatever the registration says of itself: what it cannot know, such as
	// fiducials that stand off the face, moves the ends of a tall picture by millimetres.
	leastSigmaM   = 0.003
	minShining    = 2.5 // by how much more must shine for a warp to be believed
	minOwnShining = 0.4 // and for a device's own shift
	shineHalf     = 60  // glare over its surroundings at which the brightest spot of a window counts as half shining
)

// A window is the glare around one light: how much each place within reach of its own looks like a light, 0..1.
type window struct {
	reach int // px
	shine []float32
}

// windowOf measures the glare about a light: the mean of a box of its size less that of one three times as wide.
func windowOf(f burst.Frame, u, v, r float64, reach int) (window, bool) {
	a := max(1, int(math.Round(r*0.8)))
	far := 3*a + 2
	m := reach + far
	x0, y0, side := int(math.Round(u))-m, int(math.Round(v))-m, 2*m+1
	if x0 < 0 || y0 < 0 || x0+side > f.Width || y0+side > f.Height {
		return window{}, false
	}
	sum := make([]int32, (side+1)*(side+1))
	for y := range side {
		row := int32(0)
		line := f.BGR[3*((y0+y)*f.Width+x0):]
		for x := range side {
			p := line[3*x : 3*x+3 : 3*x+3]
			row += 2*int32(max(p[0], p[1], p[2])) - int32(min(p[0], p[1], p[2]))
			sum[(y+1)*(side+1)+x+1] = sum[y*(side+1)+x+1] + row
		}
	}
	box := func(x, y, h int) float64 {
		w := side + 1
		return float64(sum[(y+h+1)*w+x+h+1] - sum[(y-h)*w+x+h+1] - sum[(y+h+1)*w+x-h] + sum[(y-h)*w+x-h])
	}
	w := window{reach: reach, shine: make([]float32, (2*reach+1)*(2*reach+1))}
	in, out := float64((2*a+1)*(2*a+1)), float64((2*far+1)*(2*far+1))
	for dy := -reach; dy <= reach; dy++ {
		for dx := -reach; dx <= reach; dx++ {
			s, l := box(m+dx, m+dy, a), box(m+dx, m+dy, far)
			over := s/in - (l-s)/(out-in)
			w.shine[(dy+reach)*(2*reach+1)+dx+reach] = float32(max(0, over))
		}
	}
	top := slices.Max(w.shine) + shineHalf
	for i := range w.shine {
		w.shine[i] /= top
	}
	return w, true
}

// An offset is a shift, px, and by how much more shines there than around.
type offset struct {
	dx, dy  float64
	shining float64
}

// besideWarp searches the shift beside a warp at which most of a device's windows shine, against a Gaussian prior of sigma px.
func besideWarp(ws []warped, shared warp, sigma float64) offset {
	const step = 0.5
	score := func(dx, dy float64) (float64, float64) {
		var sum float64
		for i := range ws {
			x, y := shared.at(ws[i].x, ws[i].y)
			sum += ws[i].between(x+dx, y+dy)
		}
		return fitNats*sum - (dx*dx+dy*dy)/(2*sigma*sigma), sum
	}
	var o offset
	best, all, count := math.Inf(-1), 0.0, 0.0
	n := int(math.Ceil(3 * sigma / step))
	for y := -n; y <= n; y++ {
		for x := -n; x <= n; x++ {
			s, shining := score(float64(x)*step, float64(y)*step)
			all, count = all+shining, count+1
			if s > best {
				best, o = s, offset{float64(x) * step, float64(y) * step, shining}
			}
		}
	}
	if o.shining -= all / count; o.shining < minOwnShining {
		return offset{shining: o.shining}
	}
	return o
}

// A warp is how the lights of a picture lie beside their places: a shift that changes evenly across it, as a pose that is
// slightly wrong has it. In px; the last four are by the light's place within the lights' span.
type warp [6]float64

// at is the shift at a place within the span, -1..1.
func (w warp) at(x, y float64) (dx, dy float64) {
	return w[0] + w[2]*x + w[3]*y, w[1] + w[4]*x + w[5]*y
}

// A warped light is a window at its place within the span.
type warped struct {
	window
	x, y float64
}

// fitWarp searches the warp at which most windows shine, against a Gaussian prior of sigma px: shift and vertical scale on
// a grid, as a wrong distance or pitch shows most in a tall picture, then everything in ever smaller steps. Shining is by
// how much more than at the median of the grid.
func fitWarp(ws []warped, sigma float64) (best warp, shining float64) {
	light := func(w warp) (sum float64) {
		for i := range ws {
			dx, dy := w.at(ws[i].x, ws[i].y)
			sum += ws[i].between(dx, dy)
		}
		return sum
	}
	top := math.Inf(-1)
	var chance []float64 // what shines at wrong warps, too
	try := func(w warp) {
		sum, prior := light(w), 0.0
		for _, p := range w {
			prior += p * p
		}
		chance = append(chance, sum)
		if v := fitNats*sum - prior/(2*sigma*sigma); v > top {
			best, top = w, v
		}
	}
	try(best)
	g := int(math.Ceil(2 * sigma))
	for scale := -g; scale <= g; scale += 2 {
		for dy := -g; dy <= g; dy++ {
			for dx := -g; dx <= g; dx += 2 {
				try(warp{0: float64(dx), 1: float64(dy), 5: float64(scale)})
			}
		}
	}
	usual := median(chance)
	for step := 1.0; step > 0.1; step /= 2 {
		for range 8 {
			before := top
			for k := range best {
				for _, d := range [2]float64{step, -step} {
					w := best
					w[k] += d
					try(w)
				}
			}
			if top == before {
				break
			}
		}
	}
	return best, light(best) - usual
}

// between is how much a place between pixels shines; 0 beyond reach.
func (w window) between(dx, dy float64) float64 {
	x, y := dx+float64(w.reach), dy+float64(w.reach)
	n := 2*w.reach + 1
	if !(x >= 0 && y >= 0 && x < float64(n-1) && y < float64(n-1)) {
		return 0
	}
	ix, iy := int(x), int(y)
	ax, ay := float32(x-float64(ix)), float32(y-float64(iy))
	p := w.shine[iy*n+ix:]
	q := w.shine[(iy+1)*n+ix:]
	return float64((p[0]*(1-ax)+p[1]*ax)*(1-ay) + (q[0]*(1-ax)+q[1]*ax)*ay)
}

// align moves the lights to where they shine in a picture; sigmaM is of their places.
func align(lights []*light, f burst.Frame, sigmaM float64) {
	if len(lights) == 0 {
		return
	}
	pxPerM := lights[0].pxPerM
	sigma := min(maxReach/3, max(1, max(sigmaM, leastSigmaM)*pxPerM))
	device := max(0.6, deviceMM/1000*pxPerM)
	reach := min(maxReach, int(math.Ceil(3*sigma+3*device))+1)
	lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
	for _, l := range lights {
		lo, hi = [2]float64{min(lo[0], l.u), min(lo[1], l.v)}, [2]float64{max(hi[0], l.u), max(hi[1], l.v)}
	}
	half := max(1, (hi[0]-lo[0])/2, (hi[1]-lo[1])/2)
	var all []warped
	by := map[int][]warped{}
	for _, l := range lights {
		if w, ok := windowOf(f, l.u, l.v, l.r, reach); ok {
			x := warped{w, (l.u - (lo[0]+hi[0])/2) / half, (l.v - (lo[1]+hi[1])/2) / half}
			all = append(all, x)
			by[l.device] = append(by[l.device], x)
		}
	}
	shared, shining := fitWarp(all, sigma)
	if shining < minShining {
		shared = warp{}
	}
	moved := map[int]offset{}
	for d, ws := range by {
		moved[d] = besideWarp(ws, shared, device)
	}
	for _, l := range lights {
		o := moved[l.device]
		l.sigmaPx = sigmaM * pxPerM
		if shining >= minShining {
			l.sigmaPx = min(l.sigmaPx, device)
		}
		if o.shining >= 1 {
			l.sigmaPx = min(l.sigmaPx, 0.7)
		}
		dx, dy := shared.at((l.u-(lo[0]+hi[0])/2)/half, (l.v-(lo[1]+hi[1])/2)/half)
		l.u, l.v = l.u+dx+o.dx, l.v+dy+o.dy
	}
}
