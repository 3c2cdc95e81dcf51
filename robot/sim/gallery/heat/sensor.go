package heat

import (
	"math"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
)

// A sensor is a camera model and the very camera that looks at a rack.
type sensor struct {
	width, height    int // portrait
	hfovRad, vfovRad float64
	rightM, upM      float64
	fine             int     // samples across a pixel
	blurPx           float64 // sigma of the optics, px
	noiseK           float64 // NETD
	patternK         float64 // what flat field correction leaves, sigma
	chessK           float64 // between the sub-pages
	serial           uint64
}

// sensorOf returns the camera that looks at a rack, always the same: in 6 of 10 racks a Lepton 3.5, else an MLX90640.
func sensorOf(r *maps.Rack) sensor {
	deg := math.Pi / 180
	s := sensor{
		width: 120, height: 160, vfovRad: 57 * deg, fine: 2, blurPx: 0.7, noiseK: 0.05, patternK: 0.06,
		rightM: 0.04, upM: -0.03, serial: seed(r.ID, "serial"),
	}
	s.hfovRad = 2 * math.Atan(math.Tan(s.vfovRad/2)*120/160)
	if share(r.ID, "sensor") >= 0.6 {
		s.width, s.height, s.hfovRad, s.vfovRad = 24, 32, 35*deg, 55*deg
		s.fine, s.blurPx, s.patternK, s.chessK = 6, 0.5, 0.15, 0.12
		s.noiseK = 0.1 + 0.1*share(r.ID, "netd")
		s.rightM, s.upM = -0.035, 0.02
	}
	return s
}

// read turns radiance into what the sensor reports. The offset holds for a whole look (±1.5 K of the ±2 K that the makers
// allow), the pattern and the bad pixels belong to the camera, noise and the ripple since the last shutter to the look.
func (s *sensor) read(rng *rand.Rand, samples []float32, l *look, hard bool) []float32 {
	px := s.optics(samples)
	offset := max(-1.5, min(1.5, 0.75*rng.NormFloat64()))
	ripple, phase, waves := 0.03+0.07*rng.Float64(), rng.Float64()*2*math.Pi, 1+3*rng.Float64()
	noise, bend := s.noiseK, 0.25*rng.NormFloat64()
	if hard {
		noise, bend = 1.3*noise, 1.6*bend
	}
	own := rand.New(rand.NewPCG(s.serial, 35))
	columns := make([]float64, s.width)
	for i := range columns {
		columns[i] = 0.5 * s.patternK * own.NormFloat64()
	}
	chess := s.chessK * rng.NormFloat64()
	out := make([]float32, len(px))
	for i, r := range px {
		col, row := i%s.width, i/s.width
		x, y := 2*float64(col)/float64(s.width)-1, 2*float64(row)/float64(s.height)-1
		c := reported(float64(r), l.airC) + offset + noise*rng.NormFloat64()
		c += s.patternK*own.NormFloat64() + columns[col] + bend*(x*x+y*y-0.67)
		c += ripple*math.Sin(waves*math.Pi*y+phase) + chess*float64(1-2*((col+row)&1))
		if own.Float64() < 0.002 {
			c += 6 * own.NormFloat64() // a bad pixel that nothing replaces
		}
		out[i] = float32(c)
	}
	return out
}

// optics blurs the samples and takes the pixels' means of them.
func (s *sensor) optics(samples []float32) []float32 {
	w, h := s.width*s.fine, s.height*s.fine
	kernel := spread(s.blurPx*float64(s.fine), s.fine)
	first := (s.fine - len(kernel)) / 2 // of the kernel, from a pixel's own first sample
	wide := make([]float32, s.width*h)
	for y := range h {
		row := samples[y*w : (y+1)*w]
		for x := range s.width {
			at, sum := x*s.fine+first, float32(0)
			if at >= 0 && at+len(kernel) <= w {
				for k, r := range row[at : at+len(kernel)] {
					sum += kernel[k] * r
				}
			} else {
				for k, g := range kernel {
					sum += g * row[max(0, min(w-1, at+k))]
				}
			}
			wide[y*s.width+x] = sum
		}
	}
	out := make([]float32, s.width*s.height)
	for y := range s.height {
		sums := out[y*s.width : (y+1)*s.width]
		for k, g := range kernel {
			row := wide[max(0, min(h-1, y*s.fine+first+k))*s.width:][:len(sums)]
			for x, r := range row {
				sums[x] += g * r
			}
		}
	}
	return out
}

// spread is how a pixel of n samples gathers light through optics of the given sigma, in samples: the pixel's own width
// and the blur, one after the other.
func spread(sigma float64, n int) []float32 {
	half := int(math.Ceil(2.5 * sigma))
	k := make([]float32, 2*half+n)
	sum := float32(0)
	for i := range n {
		for j := -half; j <= half; j++ {
			d := float64(j) / sigma
			g := float32(math.Exp(-d * d / 2))
			k[i+j+half] += g
			sum += g
		}
	}
	for i := range k {
		k[i] /= sum
	}
	return k
}
