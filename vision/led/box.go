package led

import "math"

// A box is a light that is lit for one stretch of each period: what harmonics fit badly when the stretch, or the dark one,
// is short. Fitting it to the folded series is Kovács, Zucker and Mazeh, "A box-fitting algorithm in the search for
// periodic transits" (2002).
type box struct {
	rate float64 // Hz
	fit  float64 // share of the variance that it explains
	duty float64
}

const (
	boxBins    = 24
	boxFits    = 0.75 // share of the variance that tells a blink where edges are lost between frames
	boxPeriods = 5    // that a burst must hold for that
)

// A folder finds the best box of a series folded at a rate.
type folder struct {
	series
	all, mean, variance float64 // how many values, their mean, and their sum of squares about it
}

func newFolder(s series) folder {
	f := folder{series: s, all: float64(len(s.v))}
	var total, square float64
	for _, v := range s.v {
		total += v
		square += v * v
	}
	f.mean, f.variance = total/f.all, square-total*total/f.all
	return f
}

// boxAt folds a series at a rate and fits the best box.
func boxAt(s series, rate float64) box { f := newFolder(s); return f.at(rate) }

// slack keeps rounding from deciding which boxes are not worth their divisions.
const slack = 1e-9

func (f *folder) at(rate float64) box {
	out := box{rate: rate}
	if f.variance <= 0 {
		return out
	}
	var n, sum [2 * boxBins]float64
	for i, t := range f.t {
		x := (t - f.t[0]) * rate
		k := min(boxBins-1, int((x-math.Floor(x))*boxBins))
		n[k]++
		sum[k] += f.v[i]
	}
	copy(n[boxBins:], n[:boxBins])
	copy(sum[boxBins:], sum[:boxBins])
	enough := 0.0 // of the best box, by what follows
	for from := range boxBins {
		var in, lit float64
		for k := from; k < from+boxBins-1; k++ {
			in, lit = in+n[k], lit+sum[k]
			level := f.mean * in
			if in == 0 || in == f.all || lit < level-slack*math.Abs(level) {
				continue
			}
			d := lit/in - f.mean // the sum of squares between the two levels
			between := d * d * in * f.all
			if d < 0 || between < enough*(f.all-in) {
				continue
			}
			if fit := between / (f.all - in) / f.variance; fit > out.fit {
				out.fit, out.duty = fit, float64(k-from+1)/boxBins
				enough = (1 - slack) * fit * f.variance
			}
		}
	}
	return out
}

// boxSearch is the best box of all rates from low to high, Hz: the highest rate within 3 % of the best fit, for a fold at
// half the rate of a blink fits as well where frames were lost.
func boxSearch(s series, low, high float64) box {
	span := s.t[len(s.t)-1] - s.t[0]
	if !(span > 0) || !(high > low) {
		return box{}
	}
	step := 0.18 / span
	folded := newFolder(s)
	var best, top box
	fits := make([]box, 0, int((high-low)/step)+1)
	for f := low; f <= high && len(fits) < 4096; f += step {
		b := folded.at(f)
		fits = append(fits, b)
		if b.fit > best.fit {
			best = b
		}
	}
	for _, b := range fits {
		if b.fit >= 0.97*best.fit {
			top = b
		}
	}
	for _, b := range fits { // the peak that the last one belongs to
		if math.Abs(b.rate-top.rate) < 1/span && b.fit > top.fit {
			top = b
		}
	}
	for k := -8; k <= 8; k++ { // between the steps
		if b := folded.at(top.rate + float64(k)*step/8); b.fit > top.fit {
			top = b
		}
	}
	return top
}
