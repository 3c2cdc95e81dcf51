package privacy

import (
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// reducedWidth is the width that pictures are searched at, px: a head before a rack is still 50 px wide.
const reducedWidth = 540

// A picture is a reduced copy: each pixel the mean of k x k.
type picture struct {
	burst.Frame
	k int
}

// reduce takes the mean of k x k pixels, k the smallest that makes a picture at most reducedWidth wide.
func reduce(f burst.Frame) picture {
	k := max(1, (f.Width+reducedWidth-1)/reducedWidth)
	p := picture{k: k, Frame: f.Shrink(k)}
	if k == 1 { // the frame itself, which is about to be painted over
		p.BGR = slices.Clone(p.BGR)
	}
	return p
}

// at is the colour at a place of the full picture, px.
func (p picture) at(u, v float64) (c [3]float64, ok bool) {
	x, y := int(u)/p.k, int(v)/p.k
	if u < 0 || v < 0 || x >= p.Width || y >= p.Height {
		return c, false
	}
	px := p.BGR[3*(y*p.Width+x):]
	return [3]float64{float64(px[0]), float64(px[1]), float64(px[2])}, true
}

// hidden is a rectangle of the reduced picture as a place of the full one.
func (p picture) hidden(what string, r image.Rectangle) vision.Hidden {
	r = r.Intersect(image.Rect(0, 0, p.Width, p.Height))
	return vision.Hidden{What: what, X0: r.Min.X * p.k, Y0: r.Min.Y * p.k, X1: r.Max.X * p.k, Y1: r.Max.Y * p.k}
}

// How finely the face plane is looked at, m a cell, and how far beyond the rack's outline.
const (
	cellM        = 0.005
	knot         = 5 // cells between exact projections
	searchSideM  = 0.40
	searchTopM   = 0.40
	searchFloorM = besideFloorM
)

// A plane is the picture straightened onto the face plane: cell (0,0) is at its upper left.
type plane struct {
	left, top float64 // m
	w, h      int     // cells
	bgr       []byte
	seen      []bool
	white     [3]float64 // what white paint shows, by channel
	target    vision.Target
	projector Projector
	small     picture
}

// flatten lays the picture onto the face plane.
func flatten(small picture, s Scene) *plane {
	top := s.Target.BaseM + float64(s.Target.UHeight)*maps.UnitM
	p := &plane{left: -searchSideM, top: top + searchTopM, target: s.Target, projector: s.Projector, small: small}
	p.w = int((s.Target.WidthM + 2*searchSideM) / cellM)
	p.h = int((p.top + searchFloorM) / cellM)
	p.bgr, p.seen = make([]byte, 3*p.w*p.h), make([]bool, p.w*p.h)
	p.white = whiteOf(s.Target, func(x, y float64) ([3]float64, bool) {
		u, v, ok := project(s.Projector, x, y)
		if !ok {
			return [3]float64{}, false
		}
		return small.at(u, v)
	})
	for y := 0; y < p.h; y += knot {
		for x := 0; x < p.w; x += knot {
			p.tile(x, y)
		}
	}
	return p
}

// tile samples knot x knot cells between four exact projections.
func (p *plane) tile(cx, cy int) {
	var u, v [4]float64
	for i := range 4 {
		var ok bool
		x, y := p.left+float64(cx+i%2*knot)*cellM, p.top-float64(cy+i/2*knot)*cellM
		if u[i], v[i], ok = project(p.projector, x, y); !ok {
			return
		}
	}
	if max(u[0], u[1], u[2], u[3]) < 0 || max(v[0], v[1], v[2], v[3]) < 0 {
		return
	}
	for dy := range min(knot, p.h-cy) {
		for dx := range min(knot, p.w-cx) {
			var sum [3]float64
			n := 0.0
			for q := range 4 {
				a, b := (float64(dx)+0.25+0.5*float64(q%2))/knot, (float64(dy)+0.25+0.5*float64(q/2))/knot
				c, ok := p.small.at(mixed(u, a, b), mixed(v, a, b))
				if ok {
					sum[0], sum[1], sum[2], n = sum[0]+c[0], sum[1]+c[1], sum[2]+c[2], n+1
				}
			}
			p.put((cy+dy)*p.w+cx+dx, sum, n)
		}
	}
}

// put sets a cell to the mean of n samples.
func (p *plane) put(i int, sum [3]float64, n float64) {
	if n == 0 {
		return
	}
	p.seen[i] = true
	for c := range sum {
		p.bgr[3*i+c] = byte(sum[c] / n)
	}
}

// mixed interpolates between four corners: a to the right, b down.
func mixed(c [4]float64, a, b float64) float64 {
	return (c[0]*(1-a)+c[1]*a)*(1-b) + (c[2]*(1-a)+c[3]*a)*b
}

// normal lays the commissioning picture onto the same cells; nil when there is none.
func (p *plane) normal(o *ortho.Picture) *plane {
	if o == nil || !(o.ScaleM > 1e-4 && o.ScaleM < 0.1) || o.Width < 1 || o.Height < 1 ||
		o.Width > len(o.BGR) || len(o.BGR) != 3*o.Width*o.Height || len(o.Seen) != o.Width*o.Height ||
		math.IsNaN(o.LeftM+o.TopM) || math.Abs(o.LeftM)+math.Abs(o.TopM) > 100 {
		return nil
	}
	n := &plane{left: p.left, top: p.top, w: p.w, h: p.h, target: p.target}
	n.bgr, n.seen = make([]byte, len(p.bgr)), make([]bool, len(p.seen))
	at := func(x, y float64) ([3]float64, bool) {
		px, py := int(math.Floor((x-o.LeftM)/o.ScaleM)), int(math.Floor((o.TopM-y)/o.ScaleM))
		if px < 0 || py < 0 || px >= o.Width || py >= o.Height || o.Seen[py*o.Width+px] == 0 {
			return [3]float64{}, false
		}
		c := o.BGR[3*(py*o.Width+px):]
		return [3]float64{float64(c[0]), float64(c[1]), float64(c[2])}, true
	}
	side := max(1, min(3, int(cellM/o.ScaleM+0.5))) // samples across a cell
	for i := range n.seen {
		var sum [3]float64
		m := 0.0
		for q := range side * side {
			x := n.left + (float64(i%n.w)+(float64(q%side)+0.5)/float64(side))*cellM
			y := n.top - (float64(i/n.w)+(float64(q/side)+0.5)/float64(side))*cellM
			if c, ok := at(x, y); ok {
				sum[0], sum[1], sum[2], m = sum[0]+c[0], sum[1]+c[1], sum[2]+c[2], m+1
			}
		}
		n.put(i, sum, m)
	}
	n.white = whiteOf(p.target, at)
	return n
}

// whiteOf is what white paint shows: the quiet zones of the tags, one module wide around eight of black. Without a tag
// in sight the camera's own white balance is believed.
func whiteOf(t vision.Target, at func(x, y float64) ([3]float64, bool)) [3]float64 {
	var tags [3][]float64
	for _, tag := range t.Tags {
		var ring [3][]float64
		for k := range 24 {
			along, side := (float64(k/4)+0.5)/6-0.5, t.TagSizeM*9/16
			x, y := tag.X+along*t.TagSizeM, tag.Y+side
			switch k % 4 {
			case 1:
				y = tag.Y - side
			case 2:
				x, y = tag.X+side, tag.Y+along*t.TagSizeM
			case 3:
				x, y = tag.X-side, tag.Y+along*t.TagSizeM
			}
			if c, ok := at(x, y); ok {
				for i := range c {
					ring[i] = append(ring[i], c[i])
				}
			}
		}
		if len(ring[0]) < 12 {
			continue
		}
		for i := range ring {
			slices.Sort(ring[i])
			tags[i] = append(tags[i], ring[i][len(ring[i])*3/4])
		}
	}
	if len(tags[0]) == 0 {
		return [3]float64{200, 200, 200}
	}
	var white [3]float64
	for i := range white {
		slices.Sort(tags[i])
		white[i] = max(8, tags[i][len(tags[i])/2])
	}
	return white
}

// headPx is how wide a face of 0.12 m on the face plane looks in the reduced picture, px; 0 when that cannot be told.
func (p *plane) headPx() float64 {
	const faceM = 0.12
	var widths []float64
	for y := 0.1; y < p.top; y += 0.1 {
		x := p.target.WidthM / 2
		u0, v0, ok0 := project(p.projector, x-faceM/2, y)
		u1, _, ok1 := project(p.projector, x+faceM/2, y)
		if _, in := p.small.at(u0, v0); in && ok0 && ok1 {
			widths = append(widths, (u1-u0)/float64(p.small.k))
		}
	}
	if len(widths) == 0 {
		return 0
	}
	return slices.Min(widths)
}

// cells is how many cells of the plane a length is.
func cells(m float64) int { return int(math.Round(m / cellM)) }
