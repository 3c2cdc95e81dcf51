package ortho

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/burst"
)

// A Projector says which pixel shows a point of the face (m, y up); ok is false when none can.
type Projector interface {
	FaceToPixel(x, y float64) (u, v float64, ok bool)
}

// A Projector3 says which pixel shows a point of the face frame, m.
type Projector3 interface {
	PointToPixel(x, y, z float64) (u, v float64, ok bool)
}

// Rectify straightens a frame onto the face: the part that reaches from (leftM, topM) widthM to the right and heightM
// down, with pixels of scaleM, all in m. It interpolates bilinearly; where the frame shows more than 1.5 px for one of
// the picture's it takes means first. A size that cannot be gives the zero Picture.
func Rectify(f burst.Frame, p Projector, leftM, topM, widthM, heightM, scaleM float64) Picture {
	return rectify(f, p.FaceToPixel, leftM, topM, widthM, heightM, scaleM)
}

// RectifyFloor is Rectify for the floor (y = 0 of the face frame): x is the face's, and the distance before the face
// takes the place of y, so that the picture's first row lies outM before the face and its last outM-depthM.
func RectifyFloor(f burst.Frame, p Projector3, leftM, outM, widthM, depthM, scaleM float64) Picture {
	onto := func(x, z float64) (u, v float64, ok bool) { return p.PointToPixel(x, 0, z) }
	return rectify(f, onto, leftM, outM, widthM, depthM, scaleM)
}

// block is the grid on which the projection is computed; between its nodes it is interpolated. Over 8 px of 1 mm the
// map of a camera at 0.6 m and 30 degrees departs from the straight line by 0.01 px.
const block = 8

// A node is where the frame shows a corner of the grid, px.
type node struct {
	u, v float64
	ok   bool
}

func rectify(f burst.Frame, onto func(x, y float64) (u, v float64, ok bool), leftM, topM, widthM, heightM, scaleM float64) Picture {
	p, ok := blank(leftM, topM, widthM, heightM, scaleM)
	if !ok || f.Width < 2 || f.Height < 2 || len(f.BGR) < 3*f.Width*f.Height {
		return p
	}
	cols := (p.Width+block-1)/block + 1
	rows := (p.Height+block-1)/block + 1
	nodes := make([]node, cols*rows)
	for r := range rows {
		for c := range cols {
			x, y := p.Point(c*block, r*block)
			u, v, ok := onto(x, y)
			// Beyond this the fixed point overflows; no frame is so large.
			nodes[r*cols+c] = node{u, v, ok && math.Abs(u) < 1e5 && math.Abs(v) < 1e5}
		}
	}
	k := shrinkage(nodes, cols, f)
	src := f.Shrink(k)
	for i := range nodes {
		nodes[i].u = (nodes[i].u - float64(k-1)/2) / float64(k)
		nodes[i].v = (nodes[i].v - float64(k-1)/2) / float64(k)
	}
	for r := range rows - 1 {
		for c := range cols - 1 {
			i := r*cols + c
			p.fill(src, c*block, r*block, nodes[i], nodes[i+1], nodes[i+cols], nodes[i+cols+1])
		}
	}
	return p
}

// shrinkage is how many of the frame's pixels, along each axis, make one of the picture's: the whole number nearest to
// the mean over the nodes in the frame, taking the smaller of both directions so that nothing is blurred away.
func shrinkage(nodes []node, cols int, f burst.Frame) int {
	var sum float64
	n := 0
	for i := 0; i+cols+1 < len(nodes); i++ {
		a, b, c := nodes[i], nodes[i+1], nodes[i+cols]
		if (i+1)%cols == 0 || !a.ok || !b.ok || !c.ok || a.u < 0 || a.v < 0 || a.u >= float64(f.Width) || a.v >= float64(f.Height) {
			continue
		}
		sum += min(math.Hypot(b.u-a.u, b.v-a.v), math.Hypot(c.u-a.u, c.v-a.v)) / block
		n++
	}
	if n == 0 {
		return 1
	}
	return max(1, min(int(math.Round(sum/float64(n))), f.Width/2, f.Height/2, 64))
}

// Fixed point of the sampling: 16 bits behind the point for places, 6 for weights. A channel weighted by 64 x 64 takes
// 20 bits, so that three of them, 21 bits apart, are weighted in one multiplication.
const (
	placeBits  = 16
	weightBits = 6
	weightOne  = 1 << weightBits
	lane       = 21
	halves     = uint64(1)<<(2*weightBits-1) | 1<<(2*weightBits-1+lane) | 1<<(2*weightBits-1+2*lane)
)

// fill samples one block of the picture whose corners the frame shows at a (upper left), b, c (lower left), d.
func (p Picture) fill(f burst.Frame, x0, y0 int, a, b, c, d node) {
	if !a.ok || !b.ok || !c.ok || !d.ok {
		return
	}
	n := min(block, p.Width-x0)
	limU, limV := (f.Width-1)<<placeBits, (f.Height-1)<<placeBits
	for dy := range min(block, p.Height-y0) {
		t := float64(dy) / block
		lu, lv := a.u+t*(c.u-a.u), a.v+t*(c.v-a.v)
		ru, rv := b.u+t*(d.u-b.u), b.v+t*(d.v-b.v)
		u, v := fixed(lu), fixed(lv)
		du, dv := fixed((ru-lu)/block), fixed((rv-lv)/block)
		i := (y0+dy)*p.Width + x0
		out, seen := p.BGR[3*i:3*(i+n)], p.Seen[i:i+n]
		for x := range seen {
			if u >= 0 && v >= 0 && u < limU && v < limV {
				s := sample(f, u, v)
				o := out[3*x : 3*x+3 : 3*x+3]
				o[0], o[1], o[2] = byte(s>>(2*weightBits)), byte(s>>(2*weightBits+lane)), byte(s>>(2*weightBits+2*lane))
				seen[x] = 1
			}
			u, v = u+du, v+dv
		}
	}
}

func fixed(v float64) int { return int(math.Round(v * (1 << placeBits))) }

// sample is the frame at a place in fixed point that has a neighbour to the right and below: blue, green, red in lanes.
func sample(f burst.Frame, u, v int) uint64 {
	i := 3 * ((v>>placeBits)*f.Width + u>>placeBits)
	fu := uint64(u>>(placeBits-weightBits)) & (weightOne - 1)
	fv := uint64(v>>(placeBits-weightBits)) & (weightOne - 1)
	top, low := f.BGR[i:i+6:i+6], f.BGR[i+3*f.Width:i+3*f.Width+6:i+3*f.Width+6]
	up := lanes(top[0], top[1], top[2])*(weightOne-fu) + lanes(top[3], top[4], top[5])*fu
	down := lanes(low[0], low[1], low[2])*(weightOne-fu) + lanes(low[3], low[4], low[5])*fu
	return up*(weightOne-fv) + down*fv + halves
}

func lanes(b, g, r byte) uint64 { return uint64(b) | uint64(g)<<lane | uint64(r)<<(2*lane) }
