package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/ortho"
)

// A plane is a grey picture of a plane of the rack: the middle of pixel (i, j) lies at left+(i+0.5)*scale to the right and
// top-(j+0.5)*scale up.
type plane struct {
	left, top, scale float64 // m
	w, h             int     // px
	v                []float32
	seen             []bool
}

// A window is the place and size of a plane.
type window struct {
	left, top, scale float64
	w, h             int
}

// windowOf covers a picture at the given scale.
func windowOf(p ortho.Picture, scale float64) window {
	return window{p.LeftM, p.TopM, scale, int(float64(p.Width) * p.ScaleM / scale), int(float64(p.Height) * p.ScaleM / scale)}
}

// luma shrinks a picture's brightness, 0..255, onto a window: each pixel is the mean of those that it covers. Downwards is
// down the face, or away from it on the floor where up is false.
func luma(p ortho.Picture, w window) plane { return weighed(p, w, [3]int{29, 150, 77}) }

// weighed is a picture's brightness by weights of blue, green and red that add up to 256.
func weighed(p ortho.Picture, w window, weights [3]int) plane {
	out := plane{left: w.left, top: w.top, scale: w.scale, w: w.w, h: w.h}
	if p.Width == 0 || w.w < 1 || w.h < 1 {
		out.w, out.h = 0, 0
		return out
	}
	out.v, out.seen = make([]float32, w.w*w.h), make([]bool, w.w*w.h)
	n := max(1, int(math.Round(w.scale/p.ScaleM)))
	for j := range w.h {
		y0 := int(math.Round((p.TopM - w.top + float64(j)*w.scale) / p.ScaleM))
		for i := range w.w {
			x0 := int(math.Round((w.left - p.LeftM + float64(i)*w.scale) / p.ScaleM))
			if x0 < 0 || y0 < 0 || x0+n > p.Width || y0+n > p.Height {
				continue
			}
			out.v[j*w.w+i], out.seen[j*w.w+i] = cellMean(p, x0, y0, n, weights)
		}
	}
	return out
}

// cellMean is the mean brightness of n x n pixels, and whether all were seen.
func cellMean(p ortho.Picture, x0, y0, n int, weights [3]int) (float32, bool) {
	sum, seen := 0, byte(1)
	for y := y0; y < y0+n; y++ {
		i := y*p.Width + x0
		for k := i; k < i+n; k++ {
			q := p.BGR[3*k : 3*k+3 : 3*k+3]
			sum += weights[0]*int(q[0]) + weights[1]*int(q[1]) + weights[2]*int(q[2])
			seen &= p.Seen[k]
		}
	}
	return float32(sum) / float32(256*n*n), seen != 0
}

// blur is the mean over boxes of 2a+1 px, at the rims over what there is of them.
func (p plane) blur(a int) plane {
	out := p
	out.v = make([]float32, len(p.v))
	tmp := make([]float32, len(p.v))
	for j := range p.h {
		boxes(p.v[j*p.w:(j+1)*p.w], tmp[j*p.w:(j+1)*p.w], 1, p.w, a)
	}
	for i := range p.w {
		boxes(tmp[i:], out.v[i:], p.w, p.h, a)
	}
	return out
}

// boxes is blur along n values that lie stride apart.
func boxes(in, out []float32, stride, n, a int) {
	var sum float32
	lo, hi := 0, 0 // the sum holds [lo, hi)
	for i := range n {
		for ; hi < min(n, i+a+1); hi++ {
			sum += in[hi*stride]
		}
		for ; lo < i-a; lo++ {
			sum -= in[lo*stride]
		}
		out[i*stride] = sum / float32(hi-lo)
	}
}

// log is the picture on a scale where another exposure is an offset. The 10 keeps noise in the dark small.
func (p plane) log() plane {
	var table [1024]float32 // of a quarter of a level
	for i := range table {
		table[i] = float32(math.Log(float64(i)/4 + 10))
	}
	out := p
	out.v = make([]float32, len(p.v))
	for i, v := range p.v {
		out.v[i] = table[max(0, min(1023, int(4*v+0.5)))]
	}
	return out
}

// A rect is a part of a plane, px; x1 and y1 are beyond it.
type rect struct{ x0, y0, x1, y1 int }

// rect is the part of the plane between two corners of the plane's frame, m, cut to the plane.
func (p plane) rect(minX, minY, maxX, maxY float64) rect {
	at := func(d float64, n int) int {
		v := math.Round(d / p.scale)
		if !(v > 0) {
			return 0
		}
		return int(min(v, float64(n)))
	}
	return rect{at(minX-p.left, p.w), at(p.top-maxY, p.h), at(maxX-p.left, p.w), at(p.top-minY, p.h)}
}

func (r rect) empty() bool { return r.x1-r.x0 < 4 || r.y1-r.y0 < 4 }

func (r rect) inset(n int) rect { return rect{r.x0 + n, r.y0 + n, r.x1 - n, r.y1 - n} }

// mean is of the pixels of r that were seen; ok is false when those are less than half.
func (p plane) mean(r rect) (m float64, ok bool) {
	var sum float64
	n, all := 0, 0
	for y := max(0, r.y0); y < min(p.h, r.y1); y++ {
		for x := max(0, r.x0); x < min(p.w, r.x1); x++ {
			all++
			if i := y*p.w + x; p.seen[i] {
				sum, n = sum+float64(p.v[i]), n+1
			}
		}
	}
	if n == 0 || 2*n < all {
		return 0, false
	}
	return sum / float64(n), true
}

// seenShare is the share of a part that was seen.
func (p plane) seenShare(r rect) float64 {
	n, all := 0, 0
	for y := max(0, r.y0); y < min(p.h, r.y1); y++ {
		for x := max(0, r.x0); x < min(p.w, r.x1); x++ {
			all++
			if p.seen[y*p.w+x] {
				n++
			}
		}
	}
	if all == 0 {
		return 0
	}
	return float64(n) / float64(all)
}
