package notice

import (
	"math"

	"github.com/nightrounds/nightrounds/vision/ortho"
)

// How a lattice's frequency is found more finely than by a tile: a column's holes stand at one distance from the camera,
// from its foot to its top, so that long windows see one frequency.
const (
	longPx    = 256 // of a window
	finePerPx = 4   // steps a cycle of such a window
	fineReach = 1.4 // cycles a tile to either side
)

// finer is a column's frequency along its height, cycles a tile, near the peak (fx, fy): the one with most power in the
// long windows, the logarithms of each added so that no single device decides.
func finer(p ortho.Picture, c column, fx, fy int) float64 {
	line := c.along(p, fx)
	if len(line) < longPx {
		return float64(fy)
	}
	const ratio = longPx / tile
	steps := 1 + int(math.Round(2*fineReach*ratio*finePerPx))
	power := make([]float64, steps)
	for k := range power {
		f := float64(fy)*ratio - fineReach*ratio + float64(k)/finePerPx
		for from := 0; from+longPx <= len(line); from += longPx / 2 {
			power[k] += math.Log(windowPower(line[from:from+longPx], f) + 1)
		}
	}
	b := 0
	for k := range power {
		if power[k] > power[b] {
			b = k
		}
	}
	at := float64(b)
	if b > 0 && b < steps-1 {
		if q := power[b-1] - 2*power[b] + power[b+1]; q < -1e-9 {
			at += max(-0.5, min(0.5, 0.5*(power[b-1]-power[b+1])/q))
		}
	}
	return (float64(fy)*ratio - fineReach*ratio + at/finePerPx) / ratio
}

// along projects each row of a column onto its frequency fx: what is left is a line of complex values from top to bottom.
// Rows that were not wholly seen are zero.
func (c column) along(p ortho.Picture, fx int) []complex128 {
	x0 := int(math.Round((c.x-p.LeftM)/p.ScaleM)) - tile/2
	if x0 < 0 || x0+tile > p.Width {
		return nil
	}
	var wave [tile]complex128
	var mean complex128
	var sum float64
	for x := range wave {
		sin, cos := math.Sincos(-2 * math.Pi * float64(fx*x) / tile)
		hann := 0.5 - 0.5*math.Cos(2*math.Pi*(float64(x)+0.5)/tile)
		wave[x] = complex(cos*hann, sin*hann)
		mean += wave[x]
		sum += hann
	}
	out := make([]complex128, p.Height)
	for y := range out {
		var v complex128
		i := y*p.Width + x0
		if p.Seen[i] == 0 || p.Seen[i+tile-1] == 0 {
			continue
		}
		for x, w := range wave {
			q := p.BGR[3*(i+x) : 3*(i+x)+3 : 3*(i+x)+3]
			g := float64(29*int(q[0])+150*int(q[1])+77*int(q[2])) / 256
			v += complex(g, 0) * w
		}
		out[y] = v
	}
	return out
}

// windowPower is the power of one window at a frequency, cycles a window, under a Hann window.
func windowPower(v []complex128, f float64) float64 {
	n := float64(len(v))
	turn := func(cycles float64) complex128 {
		sin, cos := math.Sincos(-2 * math.Pi * cycles / n)
		return complex(cos, sin)
	}
	// The Hann window is a raised cosine: its transform is that of the bare window at three neighbouring frequencies.
	var mid, low, high complex128
	a, b, c := complex(1, 0), complex(1, 0), complex(1, 0)
	da, db, dc := turn(f), turn(f-1), turn(f+1)
	for _, x := range v {
		mid, low, high = mid+x*a, low+x*b, high+x*c
		a, b, c = a*da, b*db, c*dc
	}
	s := mid/2 - (low+high)/4
	return real(s)*real(s) + imag(s)*imag(s)
}
