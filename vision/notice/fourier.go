package notice

import (
	"math"
	"math/bits"

	"github.com/nightrounds/nightrounds/vision/ortho"
)

// A fourier transforms two real tiles at once, one as the real and one as the imaginary part.
type fourier struct {
	re, im   []float32 // tile x tile
	cos, sin [tile / 2]float32
	hann     [tile]float32
	radius   []uint8 // of each bin of a spectrum, whole cycles a tile
}

func newFourier() *fourier {
	f := &fourier{re: make([]float32, tile*tile), im: make([]float32, tile*tile)}
	for i := range f.cos {
		f.cos[i], f.sin[i] = float32(math.Cos(2*math.Pi*float64(i)/tile)), float32(-math.Sin(2*math.Pi*float64(i)/tile))
	}
	for i := range f.hann {
		f.hann[i] = float32(0.5 - 0.5*math.Cos(2*math.Pi*(float64(i)+0.5)/tile))
	}
	for fy := -tile / 2; fy < tile/2; fy++ {
		for fx := range specW {
			f.radius = append(f.radius, uint8(math.Hypot(float64(fx), float64(fy))))
		}
	}
	return f
}

// load fills one part with a tile's brightness less its mean, under a Hann window; ok is false when not all was seen.
func (f *fourier) load(p ortho.Picture, x0, y0 int, into []float32) (ok bool) {
	ok = true
	var sum float32
	for y := range tile {
		for x := range tile {
			i := (y0+y)*p.Width + x0 + x
			q := p.BGR[3*i : 3*i+3 : 3*i+3]
			v := float32(29*int(q[0])+150*int(q[1])+77*int(q[2])) / 256
			into[y*tile+x] = v
			sum += v
			ok = ok && p.Seen[i] != 0
		}
	}
	sum /= tile * tile
	for y := range tile {
		for x := range tile {
			into[y*tile+x] = (into[y*tile+x] - sum) * f.hann[x] * f.hann[y]
		}
	}
	return ok
}

// transform works in place: rows, then columns.
func (f *fourier) transform() {
	for y := range tile {
		f.line(y*tile, 1)
	}
	for x := range tile {
		f.line(x, tile)
	}
}

// line is a radix-2 transform of one line (Cooley and Tukey, 1965).
func (f *fourier) line(start, stride int) {
	const shift = 8 - 6 // of a byte's reversal to six bits: tile is 64
	for i := range tile {
		if j := int(bits.Reverse8(uint8(i)) >> shift); j > i {
			a, b := start+i*stride, start+j*stride
			f.re[a], f.re[b], f.im[a], f.im[b] = f.re[b], f.re[a], f.im[b], f.im[a]
		}
	}
	for n := 2; n <= tile; n *= 2 {
		step := tile / n
		for i := 0; i < tile; i += n {
			for k := range n / 2 {
				a, b := start+(i+k)*stride, start+(i+k+n/2)*stride
				c, s := f.cos[k*step], f.sin[k*step]
				r, m := f.re[b]*c-f.im[b]*s, f.re[b]*s+f.im[b]*c
				f.re[b], f.im[b] = f.re[a]-r, f.im[a]-m
				f.re[a], f.im[a] = f.re[a]+r, f.im[a]+m
			}
		}
	}
}

// split gives the power of both tiles: rows fy = -32..31, columns fx = 0..32.
func (f *fourier) split() (a, b []float32) {
	a, b = make([]float32, tile*specW), make([]float32, tile*specW)
	for y := range tile {
		for x := range specW {
			i, k := y*tile+x%tile, ((tile-y)%tile)*tile+(tile-x)%tile
			ar, ai := f.re[i]+f.re[k], f.im[i]-f.im[k]
			br, bi := f.im[i]+f.im[k], f.re[k]-f.re[i]
			o := ((y+tile/2)%tile)*specW + x
			a[o], b[o] = ar*ar+ai*ai, br*br+bi*bi
		}
	}
	return a, b
}
