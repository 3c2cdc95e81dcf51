package led

import (
	"math"
	"slices"
)

// The patterns of a light over time.
const (
	Off       = "off"
	Solid     = "solid"
	Blink     = "blink"
	Irregular = "irregular" // traffic flicker: on and off without a period
	// Alternating is two colours that take turns.
	Alternating = "alternating"
	Unknown     = "unknown" // the burst does not tell
)

// A Rhythm is what a brightness does over time.
type Rhythm struct {
	Pattern    string
	RateHz     float64 // of blink
	Duty       float64 // share of the time lit, of blink and irregular
	Confidence float64 // 0..1
}

// A Scale says how brightness is read: both in grey levels above the dark surroundings.
type Scale struct {
	Lit   float64 // at and above it a steady light is lit
	Noise float64 // swings below it are noise
}

// What makes a rhythm.
const (
	swing        = 0.45 // of the bright level: below it a change is flicker of exposure or of the mains, not off and on
	darkest      = 0.38 // of the bright level, or darkLit of what is lit: a light that never falls below does not go dark. Its dimmer
	darkLit      = 0.45 // beats with the shutter: one or two pulses in an exposure make it flutter by half
	hysteresis   = 0.12 // of the swing, around the middle
	regularity   = 0.07 // largest deviation of a period from the median, as a share of it, besides 0.6 of a frame
	regularShare = 0.8  // of the periods that must be regular
	minFit       = 0.55 // share of the variance that a blink's harmonics must explain
	minCover     = 0.6  // share of the burst that the edges must span: a light may start or end its blinking within it
	fewEdges     = 5    // up to which the spans at the burst's ends must agree too: it holds hardly two periods
	lostFrames   = 2.6  // frames: flashes or gaps shorter than that may be lost between them
	manyEdges    = 8    // from which traffic is hardly ever regular by chance, and half as much again is allowed
	minFrames    = 8
)

// Classify says what pattern brightness v follows at the times t, in s, not necessarily equally spaced. Values that
// are NaN are left out. Only rates that the burst can hold are claimed: three edges at least, and no rate beyond 0.45
// of the frame rate. 30 frames/s for 4 s separate every rate from 0.5 to 10 Hz.
//
// Edges are judged first, for a harmonic fit of traffic flicker gives nonsense: a blink's periods must agree. The rate
// then comes from a least-squares harmonic fit on the true times.
func Classify(t, v []float64, s Scale) Rhythm {
	t, v = finite(t, v)
	if len(v) < minFrames || !(sampling(t) > 0) {
		return still(v, s)
	}
	lo, hi := levels(v)
	if hi-lo < max(s.Noise, swing*hi) || hi < s.Lit/2 || lo > max(darkest*hi, darkLit*s.Lit) {
		return steady((lo+hi)/2, s)
	}
	if hi < s.Lit {
		return Rhythm{Pattern: Unknown, Confidence: 0.3}
	}
	edges := edgesOf(t, v, lo, hi)
	duty := dutyOf(v, lo, hi)
	switch {
	case len(edges) == 0: // a single odd frame
		return steady(median(v), s)
	case len(edges) < 3:
		return Rhythm{Pattern: Unknown, Duty: duty, Confidence: 0.3}
	}
	return rhythmOf(t, v, edges, duty)
}

// rhythmOf tells a blink from traffic by the edges, or where they are lost between frames by the whole series.
func rhythmOf(t, v []float64, edges []edge, duty float64) Rhythm {
	irregular := Rhythm{Pattern: Irregular, Duty: duty, Confidence: min(0.97, 1-0.5*math.Pow(0.75, float64(len(edges)-2)))}
	all, span := series{t, v}, t[len(t)-1]-t[0]
	periods, share := regular(edges, sampling(t))
	if len(edges) <= fewEdges && overlong(edges, t) {
		return Rhythm{Pattern: Unknown, Duty: duty, Confidence: 0.3}
	}
	if share >= regularShare {
		from, to := edges[0].at-periods[0]/2, edges[len(edges)-1].at+periods[0]/2
		cover := (min(to, t[len(t)-1]) - max(from, t[0])) / span
		part := within(t, v, from, to)
		rate, fit := harmonicRate(part, 1/median(periods))
		fit = max(fit, boxAt(part, rate).fit)
		if fit >= minFit && cover >= minCover && !math.IsNaN(rate) {
			conf := min(0.99, 1-0.9*math.Pow(0.57, float64(len(edges)-1))) * min(1, fit/0.7) * min(1, cover/0.85)
			return Rhythm{Pattern: Blink, RateHz: rate, Duty: duty, Confidence: conf}
		}
		irregular.Confidence = min(irregular.Confidence, 0.6)
	}
	if dt := sampling(t); len(edges) >= boxPeriods && shortest(edges) < lostFrames*dt {
		seen := 0.4 * float64(len(edges)) / span // rises a second; lost ones make the true rate higher
		if b := boxSearch(all, max(boxPeriods/span, seen), 0.45/dt); b.fit >= boxFits {
			return Rhythm{Pattern: Blink, RateHz: b.rate, Duty: duty, Confidence: min(0.97, b.fit+0.1)}
		}
	}
	return irregular
}

// still is the verdict on a single picture, or on too few for any rhythm.
func still(v []float64, s Scale) Rhythm {
	if len(v) == 0 {
		return Rhythm{Pattern: Unknown}
	}
	r := steady(median(v), s)
	if len(v) > 1 {
		if lo, hi := slices.Min(v), slices.Max(v); hi-lo > max(s.Noise, swing*hi) {
			return Rhythm{Pattern: Unknown, Confidence: 0.3}
		}
	}
	return r
}

// steady grades a constant level by its distance from the threshold, as a ratio.
func steady(level float64, s Scale) Rhythm {
	ratio := max(level, 1e-3) / s.Lit
	r := Rhythm{Pattern: Solid, Confidence: 1 / (1 + math.Pow(ratio, -4))}
	if ratio < 1 {
		r = Rhythm{Pattern: Off, Confidence: 1 / (1 + math.Pow(ratio, 4))}
	}
	return r
}

// A series is a brightness v at the times t, s.
type series struct{ t, v []float64 }

// within is the part of a series from one time to another.
func within(t, v []float64, from, to float64) series {
	var s series
	for i := range t {
		if t[i] >= from && t[i] <= to {
			s.t, s.v = append(s.t, t[i]), append(s.v, v[i])
		}
	}
	return s
}

// finite drops what is not a number, and times that do not go forward.
func finite(t, v []float64) (ft, fv []float64) {
	n := min(len(t), len(v))
	for i := range n {
		if len(ft) > 0 && !(t[i] > ft[len(ft)-1]) {
			continue
		}
		if !math.IsNaN(v[i]) && !math.IsInf(v[i], 0) && !math.IsNaN(t[i]) && !math.IsInf(t[i], 0) {
			ft, fv = append(ft, t[i]), append(fv, v[i])
		}
	}
	return ft, fv
}

// levels are the dark and the bright level: the means of the lowest and of the highest tenth (at least 2 values), so
// that a light that flashes for a tenth of the time is still seen at its full brightness.
func levels(v []float64) (lo, hi float64) {
	s := slices.Sorted(slices.Values(v))
	n := min(len(s), max(2, len(s)/20))
	for i := range n {
		lo += s[i]
		hi += s[len(s)-1-i]
	}
	return lo / float64(n), hi / float64(n)
}

// dutyOf is the share of the swing's area that is lit; frames that straddle an edge count in part.
func dutyOf(v []float64, lo, hi float64) float64 {
	var sum float64
	for _, x := range v {
		sum += max(0, min(1, (x-lo)/(hi-lo)))
	}
	return sum / float64(len(v))
}

// An edge is a crossing of the middle level.
type edge struct {
	at   float64 // s, interpolated between the frames
	rise bool
}

// edgesOf lists the crossings of the middle, with hysteresis.
func edgesOf(t, v []float64, lo, hi float64) []edge {
	mid, h := (lo+hi)/2, hysteresis*(hi-lo)
	on := v[0] > mid
	var edges []edge
	for i := 1; i < len(v); i++ {
		if (on && v[i] > mid-h) || (!on && v[i] < mid+h) {
			continue
		}
		on = !on
		k := i - 1 // the last frame on the other side of the middle
		for k > 0 && (v[k] > mid) == on {
			k--
		}
		a := 0.5
		if v[k+1] != v[k] {
			a = max(0, min(1, (mid-v[k])/(v[k+1]-v[k])))
		}
		edges = append(edges, edge{at: t[k] + a*(t[k+1]-t[k]), rise: on})
	}
	return edges
}

// sampling is the median time between frames, s.
func sampling(t []float64) float64 {
	d := make([]float64, 0, len(t))
	for i := 1; i < len(t); i++ {
		d = append(d, t[i]-t[i-1])
	}
	return median(d)
}

// regular lists the periods, from rise to rise and from fall to fall, and the share of them that agree with their
// median within the regularity and half a frame. The lit and the dark spans must agree as well, which traffic's
// do not even when its periods happen to.
func regular(edges []edge, dt float64) (periods []float64, share float64) {
	var on, dark []float64
	for i := 1; i < len(edges); i++ {
		span := edges[i].at - edges[i-1].at
		if edges[i].rise {
			dark = append(dark, span)
		} else {
			on = append(on, span)
		}
		if i >= 2 {
			periods = append(periods, edges[i].at-edges[i-2].at)
		}
	}
	m := median(periods)
	tol := regularity*m + 0.6*dt
	if len(edges) >= manyEdges {
		tol += regularity * m / 2
	}
	good, all := 0, 0
	for _, group := range [][]float64{periods, on, dark} {
		c := median(group)
		for _, x := range group {
			all++
			if math.Abs(x-c) <= tol {
				good++
			}
		}
	}
	return periods, float64(good) / float64(max(1, all))
}

// shortest is the smaller of the median lit and the median dark span, s.
func shortest(edges []edge) float64 {
	var spans [2][]float64
	for i := 1; i < len(edges); i++ {
		k := 0
		if edges[i].rise {
			k = 1
		}
		spans[k] = append(spans[k], edges[i].at-edges[i-1].at)
	}
	return min(median(spans[0]), median(spans[1]))
}

// overlong says that a lit or dark span at the start or the end of the burst lasted longer than a whole one of its kind.
func overlong(edges []edge, t []float64) bool {
	n := len(edges)
	spans := map[bool]float64{} // by whether lit: the longest whole one
	for i := 1; i < n; i++ {
		spans[edges[i-1].rise] = max(spans[edges[i-1].rise], edges[i].at-edges[i-1].at)
	}
	tol := 1.5 * sampling(t)
	first, last := !edges[0].rise, edges[n-1].rise
	return edges[0].at-t[0] > spans[first]*(1+regularity)+tol || t[len(t)-1]-edges[n-1].at > spans[last]*(1+regularity)+tol
}

// median of a list, NaN when it is empty; the list is left as it is.
func median(v []float64) float64 {
	if len(v) == 0 {
		return math.NaN()
	}
	s := slices.Sorted(slices.Values(v))
	if len(s)%2 == 1 {
		return s[len(s)/2]
	}
	return (s[len(s)/2-1] + s[len(s)/2]) / 2
}
