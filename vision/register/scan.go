package register

import "math"

// scanPer is how many samples along each axis a cell gives to a scan.
const scanPer = 2

// scan is where within reach px of its corners a tag, hung any way, fits the picture best, half a cell apart.
func (s sampler) scan(c code, corners [4][2]float64, reach float64) (du, dv float64, hung code, ok bool) {
	h := ofSquare(corners)
	step := max(1, math.Sqrt(math.Abs(area(corners)))/cells/2)
	n := int(math.Ceil(min(reach, scanMostPx) / step))
	top := leastMatch / 2
	for range 4 {
		t := templateOf(c, scanPer, 0)
		places := make([][2]float64, len(t.v))
		lo, hi := [2]float64{math.Inf(1), math.Inf(1)}, [2]float64{math.Inf(-1), math.Inf(-1)}
		for i := range places {
			places[i][0], places[i][1] = h.At(t.place(i%t.side, i/t.side))
			for k, c := range places[i] {
				lo[k], hi[k] = min(lo[k], c), max(hi[k], c)
			}
		}
		outside := func(axis int, by float64) bool { // wholly
			return hi[axis]+by < -1 || lo[axis]+by > float64(s.size(axis))
		}
		for j := -n; j <= n; j++ {
			if outside(1, float64(j)*step) {
				continue
			}
			for i := -n; i <= n; i++ {
				u, v := float64(i)*step, float64(j)*step
				if outside(0, u) {
					continue
				}
				if m := s.matchAt(t.v, places, u, v); m > top {
					top, du, dv, hung, ok = m, u, v, c, true
				}
			}
		}
		c = c.turned()
	}
	return du, dv, hung, ok
}

// size is the picture's extent to the right or down, px.
func (s sampler) size(axis int) int {
	if axis == 0 {
		return s.Rect.Dx()
	}
	return s.Rect.Dy()
}

// matchAt is the correlation of a printed tag with the nearest pixels to its places, moved by (du, dv) px.
func (s sampler) matchAt(printed []float64, places [][2]float64, du, dv float64) float64 {
	var n, st, sp, stt, spp, stp float64
	w, h := s.Rect.Dx(), s.Rect.Dy()
	unseen := len(printed) - int(math.Ceil(leastShown*float64(len(printed)))) // at most
	for i, q := range printed {
		x, y := int(math.Floor(places[i][0]+du+0.5)), int(math.Floor(places[i][1]+dv+0.5))
		if x < 0 || y < 0 || x >= w || y >= h {
			if unseen--; unseen < 0 {
				return -1
			}
			continue
		}
		p := float64(s.Pix[y*s.Stride+x])
		n, st, sp, stt, spp, stp = n+1, st+q, sp+p, stt+q*q, spp+p*p, stp+p*q
	}
	vt, vp := stt-st*st/n, spp-sp*sp/n
	if vt <= 0 || vp <= n {
		return -1
	}
	return (stp - st*sp/n) / math.Sqrt(vt*vp)
}
