package gallery

import (
	"hash/fnv"
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A lamp is one light of the face in one shot.
type lamp struct {
	device, led string
	x, y, r     float64 // face frame, m
	state       maps.LEDState
	first       [3]float64 // linear light of its middle at the usual exposure, red, green, blue; 1 clips
	other       [3]float64 // of the second colour
	seed        uint64
	pwmHz, duty float64 // of its dimming; 0: none
}

// hue is a lit LED's colour as cameras get it, degrees, saturation 0..1 of the 8-bit picture: "green" parts read 76° to
// 150°, amber 28° to 42° (measured on real lights: FACTS.md section 5).
func hue(colour string, seed uint64) (deg, saturation float64) {
	r := share(seed, 1)
	switch colour {
	case "red":
		return math.Mod(354+12*r, 360), 0.94
	case "amber":
		if share(seed, 10) < 0.1 {
			return 16 + 8*r, 0.93 // small and dim ones look orange
		}
		return 28 + 14*r, 0.92
	case "green":
		if share(seed, 10) < 0.6 {
			return 70 + 25*r, 0.84
		}
		return 95 + 53*r, 0.82
	case "blue":
		return 203 + 30*r, 0.86
	}
	return 210, 0.07
}

// emission is the linear light of a lit LED's middle.
func emission(colour string, seed uint64) [3]float64 {
	deg, sat := hue(colour, seed)
	peak := 0.6 * math.Pow(15, share(seed, 2)) // two of three clip in their middle at the usual exposure
	if deg < 26 && colour == "amber" {
		peak = min(peak, 1)
	}
	var out [3]float64
	for i, n := range [3]float64{5, 3, 1} {
		k := math.Mod(n+deg/60, 6)
		out[i] = peak * math.Pow(1-sat*max(0, min(k, 4-k, 1)), 2.2)
	}
	return out
}

// lit is how much of its light a lamp gives in an exposure that begins at t, s since the look's first frame, of its
// first and second colour.
func (l *lamp) lit(t, exposure float64) (first, second float64) {
	switch l.state.Pattern {
	case "solid":
		first = 1
	case "blink":
		duty := 0.5
		if l.state.RateHz <= 2 && share(l.seed, 9) < 0.3 {
			duty = 0.3 + 0.4*share(l.seed, 11)
		}
		first = square(t, exposure, l.state.RateHz, share(l.seed, 3), duty)
	case "alternating":
		first = square(t, exposure, l.state.RateHz, share(l.seed, 3), 0.5)
		second = 1 - first
	case "irregular":
		first = traffic(t, exposure, l.seed)
	}
	if l.pwmHz > 0 {
		on := square(t, exposure, l.pwmHz, share(l.seed, 4), l.duty) / l.duty // dimmed, of the same mean
		first, second = first*on, second*on
	}
	return first, second
}

// square is the share of a window during which a square wave is on.
func square(t, window, hz, phase, duty float64) float64 {
	a, b := t*hz+phase, (t+window)*hz+phase
	on := func(x float64) float64 { return math.Floor(x)*duty + min(x-math.Floor(x), duty) }
	return (on(b) - on(a)) / (b - a)
}

// traffic flickers as a link does: packets of 30 to 90 ms with pauses, in spells of much and of little.
func traffic(t, window float64, seed uint64) float64 {
	const slot = 0.043
	lit, x := 0.0, t
	for x < t+window {
		k := math.Floor(x/slot + 1e-9)
		end := min(t+window, (k+1)*slot)
		if end <= x {
			break
		}
		busy := 0.2 + 0.55*share(seed, 100+uint64(int64(x/0.83)))
		if share(seed, 5000+uint64(int64(k))) < busy {
			lit += end - x
		}
		x = end
	}
	return lit / window
}

// share is a number of 0..1 that belongs to a seed and a question.
func share(seed, what uint64) float64 {
	x := seed + what*0x9e3779b97f4a7c15
	x ^= x >> 30
	x *= 0xbf58476d1ce4e5b9
	x ^= x >> 27
	x *= 0x94d049bb133111eb
	x ^= x >> 31
	return float64(x>>11) / (1 << 53)
}

func hash(parts ...string) uint64 {
	h := fnv.New64a()
	for _, s := range parts {
		_, _ = h.Write([]byte(s)) // a hash never fails
		_, _ = h.Write([]byte{0})
	}
	return h.Sum64()
}

// seconds of a duration, exact enough for a phase.
func seconds(d time.Duration) float64 { return d.Seconds() }
