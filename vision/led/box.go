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

// boxAt folds a series at a rate and fits the best box.
func boxAt(s series, rate float64) box {
	var n, sum [2 * boxBins]float64
	var all, total, square float64
	for i, t := range s.t {
		x := (t - s.t[0]) * rate
		k := min(boxBins-1, int((x-math.Floor(x))*boxBins))
		n[k]++
		sum[k] += s.v[i]
		all++
		total += s.v[i]
		square += s.v[i] * s.v[i]
	}
	variance := square - total*total/all
	out := box{rate: rate}
	if variance <= 0 {
		return out
	}
	copy(n[boxBins:], n[:boxBins])
	copy(sum[boxBins:], sum[:boxBins])
	for from := range boxBins {
		var in, lit float64
		for k := from; k < from+boxBins-1; k++ {
			in, lit = in+n[k], lit+sum[k]
			if in == 0 || in == all || lit/in < total/all {
				continue
			}
			d := lit/in - total/all // the sum of squares between the two levels
			if fit := d * d * in * all / (all - in) / variance; fit > out.fit {
				out.fit, out.duty = fit, float64(k-from+1)/boxBins
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
	var best, top box
	fits := make([]box, 0, int((high-low)/step)+1)
	for f := low; f <= high && len(fits) < 4096; f += step {
		b := boxAt(s, f)
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
		if b := boxAt(s, top.rate+float64(k)*step/8); b.fit > top.fit {
			top = b
		}
	}
	return top
}
