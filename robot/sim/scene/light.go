package scene

import (
	"math"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// A glow is the light of an LED in linear light, red, green, blue; 1 clips at the reference exposure.
type glow [3]float32

// emission is the colour of a lit LED as a camera gets it: hues of real recordings, which are not those of the
// words (green 76°, amber 34°, measured on port LEDs; the others are of usual parts), each part a little
// different; brightness as such that the centre clips and the halo does not.
func emission(colour string, seed uint64, device, led string) glow {
	var hue, sat, peak float64
	switch colour {
	case "red":
		hue, sat, peak = 4, 0.93, 5
	case "amber":
		hue, sat, peak = 34, 0.92, 6
	case "green":
		hue, sat, peak = 84, 0.80, 6
	case "blue":
		hue, sat, peak = 222, 0.88, 5
	default:
		hue, sat, peak = 210, 0.08, 6
	}
	hue += spread(8, seed, "hue", device, led)
	peak *= 1 + spread(0.3, seed, "peak", device, led)
	rgb := hsv(hue, sat)
	var g glow
	for i, v := range rgb {
		g[i] = float32(peak * math.Pow(v, gamma))
	}
	return g
}

// hsv is the colour of full value with the hue in degrees and the saturation, each channel 0..1.
func hsv(hueDeg, sat float64) [3]float64 {
	var rgb [3]float64
	for i, n := range [3]float64{5, 3, 1} {
		k := math.Mod(n+hueDeg/60+12, 6)
		rgb[i] = 1 - sat*max(0, min(k, 4-k, 1))
	}
	return rgb
}

// litShare is the share of an exposure around at during which a light is on, 0..1.
func litShare(st maps.LEDState, at time.Time, exposure time.Duration, seed uint64, device, led string) float64 {
	if st.Colour == "" {
		return 0
	}
	from := at.Add(-exposure / 2)
	switch st.Pattern {
	case "solid":
		return 1
	case "blink":
		if st.RateHz <= 0 {
			return 1
		}
		return blinkShare(from, exposure, st.RateHz, chance(seed, "phase", device, led))
	case "irregular":
		return trafficShare(from, exposure, mix(seed, "traffic", device, led))
	}
	return 0
}

// blinkShare integrates a square wave of half duty: the light is on in the first half of each period.
func blinkShare(from time.Time, d time.Duration, rateHz, phase float64) float64 {
	if d <= 0 {
		d = time.Nanosecond
	}
	period := float64(time.Second) / rateHz
	// Whole periods since a fixed date are taken off first: a float64 of ns since 1970 is too coarse.
	const since = 1_700_000_000 // s
	ns := from.Sub(time.Unix(since, 0))
	start := math.Mod(float64(ns)/period+phase, 1)
	if start < 0 {
		start++
	}
	end := start + float64(d)/period
	on := func(x float64) float64 { return math.Floor(x)*0.5 + min(x-math.Floor(x), 0.5) }
	return min(max((on(end)-on(start))/(end-start), 0), 1)
}

// trafficShare integrates an irregular flicker: slots of 41 ms that are lit by chance, in spells of much and of
// little traffic, 0.9 s each.
func trafficShare(from time.Time, d time.Duration, seed uint64) float64 {
	const slot, spell = 41 * time.Millisecond, 900 * time.Millisecond
	if d <= 0 {
		d = time.Nanosecond
	}
	var lit time.Duration
	end := from.Add(d)
	for t := from; t.Before(end); {
		k := t.UnixNano() / int64(slot)
		next := time.Unix(0, (k+1)*int64(slot))
		if next.After(end) {
			next = end
		}
		busy := 0.25 + 0.5*float64(scramble(seed^uint64(t.UnixNano()/int64(spell)))>>11)/(1<<53)
		if float64(scramble(seed+uint64(k))>>11)/(1<<53) < busy {
			lit += next.Sub(t)
		}
		t = next
	}
	return float64(lit) / float64(d)
}
