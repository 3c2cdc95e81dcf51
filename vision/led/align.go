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
	deviceMM  = 0.7 // how far a device may sit from its place, mm, one standard deviation
	fitNats   = 3   // what one light that shines at its place is worth against the prior
	maxReach  = 24  // px that a search reaches at most
	shineHalf = 60  // glare over its surroundings at which the brightest spot of a window counts as half shining
)

// A window is the glare around one light: how much each place within reach of its own looks like a light, 0..1.
type window struct {
	reach int // px
	shine []float32
}

func (w window) at(dx, dy int) float64 {
	return float64(w.shine[(dy+w.reach)*(2*w.reach+1)+dx+w.reach])
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

// An aligned shift, px, and how many lights shine there.
type offset struct {
	dx, dy  float64
	shining float64
}

// bestOffset searches the shift about (cx, cy) at which most of the windows shine, against a Gaussian prior of sigma px.
func bestOffset(ws []window, cx, cy, sigma float64) offset {
	reach := int(math.Ceil(3 * sigma))
	score := func(dx, dy int) (float64, float64) {
		var sum float64
		for _, w := range ws {
			if dx >= -w.reach && dx <= w.reach && dy >= -w.reach && dy <= w.reach {
				sum += w.at(dx, dy)
			}
		}
		ex, ey := float64(dx)-cx, float64(dy)-cy
		return fitNats*sum - (ex*ex+ey*ey)/(2*sigma*sigma), sum
	}
	best, bx, by := math.Inf(-1), 0, 0
	x0, y0 := int(math.Round(cx)), int(math.Round(cy))
	for dy := y0 - reach; dy <= y0+reach; dy++ {
		for dx := x0 - reach; dx <= x0+reach; dx++ {
			if s, _ := score(dx, dy); s > best {
				best, bx, by = s, dx, dy
			}
		}
	}
	top := func(l, r float64) float64 {
		if d := l - 2*best + r; d < -1e-9 {
			return clamp(0.5*(l-r)/d, 0.5)
		}
		return 0
	}
	l, _ := score(bx-1, by)
	r, _ := score(bx+1, by)
	o := offset{dx: float64(bx) + top(l, r)}
	l, _ = score(bx, by-1)
	r, _ = score(bx, by+1)
	o.dy = float64(by) + top(l, r)
	_, o.shining = score(bx, by)
	return o
}

// align moves the lights to where they shine in a picture; sigma is of their places, px. It returns the lights' sigma
// after that: a shift that several lights share leaves what a device may be off.
func align(lights []*light, f burst.Frame, sigmaM float64) {
	if len(lights) == 0 {
		return
	}
	var all []window
	by := map[int][]window{}
	pxPerM := lights[0].pxPerM
	sigma := min(maxReach/4, max(0.5, sigmaM*pxPerM))
	device := max(0.6, deviceMM/1000*pxPerM)
	reach := min(maxReach, int(math.Ceil(3*sigma+3*device))+1)
	for _, l := range lights {
		if w, ok := windowOf(f, l.u, l.v, l.r, reach); ok {
			all = append(all, w)
			by[l.device] = append(by[l.device], w)
		}
	}
	shared := bestOffset(all, 0, 0, sigma)
	moved := map[int]offset{}
	for d, ws := range by {
		moved[d] = bestOffset(ws, shared.dx, shared.dy, device)
	}
	for _, l := range lights {
		l.sigmaPx = sigma
		if shared.shining >= 2 {
			l.sigmaPx = min(sigma, device)
		}
		o, ok := moved[l.device]
		if !ok {
			o = shared
		}
		if o.shining >= 1.5 {
			l.sigmaPx = min(l.sigmaPx, 0.7)
		}
		l.u, l.v = l.u+o.dx, l.v+o.dy
	}
}
