package notice

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision/ortho"
)

// The sheet of a perforated door is a lattice of holes some millimetres apart. It shows as the same sharp peaks in the
// spectrum wherever one looks, which no device's own grille does: those end with the device.
const (
	tile      = 64 // px of the straightened picture; a power of two
	minBin    = 5  // cycles a tile: a pitch of 13 mm at 1 mm/px
	maxBin    = 29 // 2.2 mm
	meshPeak  = 1.6
	meshShare = 0.55 // of the columns that must show the lattice

	sharpReach = 6 // bins to either side that a point is compared with
)

// A spectrum is the logarithm of power over what is usual at the same radius, rows fy = -32..31, columns fx = 0..32.
type spectrum []float32

const specW = tile/2 + 1

// A column is what the tiles one above the other have in common.
type column struct {
	x     float64 // middle, m
	tiles int
	spec  spectrum
}

// columnsOf takes the spectra of a face in columns of tiles; a tile not wholly seen is left out.
func columnsOf(p ortho.Picture, left, right float64) []column {
	f := newFourier()
	var out []column
	x0, x1 := max(0, int((left-p.LeftM)/p.ScaleM)), min(p.Width, int((right-p.LeftM)/p.ScaleM))
	if x1 <= x0 { // a face whose width is not a number
		return nil
	}
	nx := (x1 - x0) / tile
	ny := min(12, p.Height/tile)
	for i := range nx {
		x := x0 + i*(x1-x0-tile)/max(1, nx-1)
		var specs []spectrum
		for j := 0; j < ny; j += 2 {
			ya, yb := j*(p.Height-tile)/max(1, ny-1), min(j+1, ny-1)*(p.Height-tile)/max(1, ny-1)
			okA, okB := f.load(p, x, ya, f.re), f.load(p, x, yb, f.im)
			f.transform()
			a, b := f.split()
			if okA {
				specs = append(specs, f.whiten(a))
			}
			if okB && j+1 < ny {
				specs = append(specs, f.whiten(b))
			}
		}
		if len(specs) >= 3 {
			out = append(out, column{p.LeftM + (float64(x)+tile/2)*p.ScaleM, len(specs), sharpen(middle(specs))})
		}
	}
	return out
}

// middle is the median of spectra, frequency by frequency.
func middle(specs []spectrum) spectrum {
	out := make(spectrum, tile*specW)
	v := make([]float32, len(specs))
	for i := range out {
		for k, s := range specs {
			v[k] = s[i]
		}
		slices.Sort(v)
		out[i] = v[len(v)/2]
	}
	return out
}

// sharpen keeps of a spectrum what stands out of both its row and its column: the edges of devices fill the axes from end
// to end, a lattice makes points.
func sharpen(s spectrum) spectrum {
	out := make(spectrum, len(s))
	var v [2*sharpReach + 1]float32
	for fy := -maxBin; fy <= maxBin; fy++ {
		for fx := 0; fx <= maxBin; fx++ {
			c := s.at(fx, fy)
			if c < 0.5 {
				continue
			}
			var level float32
			for _, dir := range [2][2]int{{1, 0}, {0, 1}} {
				for k := -sharpReach; k <= sharpReach; k++ {
					x, y := fx+k*dir[0], fy+k*dir[1]
					x, y = max(-tile/2, min(tile/2, x)), max(-tile/2+1, min(tile/2-1, y))
					v[k+sharpReach] = s.at(x, y)
				}
				slices.Sort(v[:])
				level = max(level, v[sharpReach])
			}
			out[(fy+tile/2)*specW+fx] = c - level
		}
	}
	return out
}

// A lattice is the peak that most columns have in common: cycles a tile, fy of it at least 0.8 fx, so that heights tell.
type lattice struct {
	fx, fy float64
	power  float64
	share  float64 // of columns that show it, at about this frequency
}

// findLattice searches the columns' common peak.
func findLattice(cols []column) lattice {
	best := lattice{}
	if len(cols) == 0 {
		return best
	}
	specs := make([]spectrum, len(cols))
	for i, c := range cols {
		specs[i] = c.spec
	}
	all := middle(specs)
	for fy := minBin; fy <= maxBin; fy++ {
		for fx := -maxBin; fx <= maxBin; fx++ {
			if r := math.Hypot(float64(fx), float64(fy)); r < minBin || r > maxBin || float64(fy) < 0.8*math.Abs(float64(fx)) {
				continue
			}
			if v := float64(all.at(fx, fy)); v > best.power {
				best = lattice{fx: float64(fx), fy: float64(fy), power: v}
			}
		}
	}
	best.share = shareOf(cols, best)
	return best
}

// shareOf is the share of columns that show a lattice.
func shareOf(cols []column, l lattice) float64 {
	if len(cols) == 0 {
		return 0
	}
	n := 0
	for _, c := range cols {
		if _, _, power := c.peak(l, 0.12); power > meshPeak {
			n++
		}
	}
	return float64(n) / float64(len(cols))
}

// at is the value at a frequency; the spectrum of a real picture is even.
func (s spectrum) at(fx, fy int) float32 {
	if fx < 0 {
		fx, fy = -fx, -fy
	}
	return s[(fy+tile/2)*specW+fx]
}

// peak searches a column for a lattice whose heights are magnified by up to the given share.
func (c column) peak(l lattice, share float64) (fx, fy int, power float64) {
	reach := max(1, int(math.Ceil(l.fy*share)))
	side := max(1, int(math.Ceil(math.Hypot(l.fx, 3)*share)))
	for y := int(l.fy) - reach; y <= int(l.fy)+reach; y++ {
		for x := int(l.fx) - side; x <= int(l.fx)+side; x++ {
			if y < minBin || y > tile/2-2 || x < -tile/2+1 || x > tile/2-1 {
				continue
			}
			if v := float64(c.spec.at(x, y)); v > power {
				fx, fy, power = x, y, v
			}
		}
	}
	return fx, fy, power
}

// whiten takes the logarithm of power over what is usual at the same radius, the mean of the logarithms there.
func (f *fourier) whiten(power []float32) spectrum {
	out := make(spectrum, tile*specW)
	var sum, n [tile]float32
	for i, r := range f.radius {
		if r >= minBin-1 && r < tile/2 {
			out[i] = float32(math.Log(float64(power[i]) + 1e-3))
			sum[r], n[r] = sum[r]+out[i], n[r]+1
		}
	}
	for i, r := range f.radius {
		if r >= minBin-1 && r < tile/2 {
			out[i] -= sum[r] / n[r]
		}
	}
	return out
}
