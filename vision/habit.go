package vision

import (
	"math"
	"slices"
)

// The history of a place.
const (
	mostHistory  = 50
	wholeHistory = 7   // looks from which a place's own spread counts
	strangeK     = 4.0 // a place so far from its habit is not in order: nothing is learned from it
	blurredK     = 1.0 // nor from a reading that is no surer than that
)

// felt is the temperature by which a place is judged: of a device the 95th percentile, for a fault warms a part of its
// front the most and noise makes no 95th percentile; of a bare unit, which covers few pixels, the level.
func (t TemperatureReading) felt() float64 {
	if t.Device == "" {
		return t.MedianC
	}
	return t.P95C
}

// heatOf finds the history of a reading's place.
func heatOf(n *Normals, r TemperatureReading) NormalHeat {
	if n == nil {
		return NormalHeat{}
	}
	for _, h := range n.Heat {
		if h.Device == r.Device && (r.Device != "" || h.Unit == r.Unit) {
			return h
		}
	}
	return NormalHeat{}
}

// habit is what a place should be now by its own history, given the inlet air, °C, but for what all places share.
func habit(n *Normals, air *Air, r TemperatureReading) (c float64, ok bool) {
	history := heatOf(n, r).OverK
	if air == nil || len(history) == 0 {
		return 0, false
	}
	return air.TemperatureC + middle(history), true
}

// habitSigma is the standard deviation of a place's habit by its pictures' noise, K: that of a mean of its values.
func habitSigma(n *Normals, r TemperatureReading) float64 {
	h := heatOf(n, r)
	return h.SigmaK / math.Sqrt(float64(max(1, len(h.OverK))))
}

// spot is how far the hottest part of a device stands out of its front by more than in its history, K.
func spot(n *Normals, r TemperatureReading) float64 {
	h := heatOf(n, r)
	level, ok := h.Level()
	if !ok || r.Device == "" {
		return 0
	}
	return r.felt() - r.MedianC - (middle(h.OverK) - level)
}

// steadiness is a place's own spread, K; 0 when its history is too short.
func steadiness(n *Normals, r TemperatureReading) float64 {
	history := heatOf(n, r).OverK
	if len(history) < wholeHistory {
		return 0
	}
	_, spread := scatter(history)
	return spread
}

// LearnHeat adds a look's temperatures to the history of its places: how far each stood above the inlet air, less what
// the look has in common over the history (the camera's drift). A place that is far from its habit is left out, and so
// is a look that does not know where it looked. It changes nothing but what it returns.
func LearnHeat(n Normals, r LookResult, air Air) Normals {
	if r.Error != "" || r.Registration.Method == MethodNone {
		return n
	}
	readings := slices.DeleteFunc(slices.Concat(r.Devices, r.Units), func(t TemperatureReading) bool {
		return !(t.felt()-air.TemperatureC > -100 && t.felt()-air.TemperatureC < 1000) || t.SigmaK > blurredK
	})
	var off []float64
	for _, t := range readings {
		if h := heatOf(&n, t).OverK; len(h) > 0 {
			off = append(off, t.felt()-air.TemperatureC-middle(h))
		}
	}
	common := 0.0
	if len(off) >= 3 {
		common = middle(off)
	}
	out := n
	out.Heat = make([]NormalHeat, 0, len(n.Heat)+len(readings))
	for _, h := range n.Heat {
		out.Heat = append(out.Heat, NormalHeat{
			Device: h.Device, Unit: h.Unit, OverK: slices.Clone(h.OverK), LevelK: slices.Clone(h.LevelK), SigmaK: h.SigmaK,
		})
	}
	for _, t := range readings {
		out.Heat = learned(out.Heat, t, air.TemperatureC+common)
	}
	return out
}

// learned adds one reading to one place, as it stands above base, °C.
func learned(heat []NormalHeat, r TemperatureReading, base float64) []NormalHeat {
	i := slices.IndexFunc(heat, func(h NormalHeat) bool { return h.Device == r.Device && (r.Device != "" || h.Unit == r.Unit) })
	if i < 0 {
		i, heat = len(heat), append(heat, NormalHeat{Device: r.Device, Unit: r.Unit})
	}
	h, over := &heat[i], r.felt()-base
	if len(h.OverK) > 0 && math.Abs(over-middle(h.OverK)) > strangeK {
		return heat
	}
	n := float64(len(h.OverK))
	h.SigmaK = math.Sqrt((n*h.SigmaK*h.SigmaK + r.SigmaK*r.SigmaK) / (n + 1))
	h.OverK = latest(h.OverK, over)
	if r.Device != "" && !math.IsNaN(r.MedianC) {
		h.LevelK = latest(h.LevelK, r.MedianC-base)
	}
	return heat
}

// latest is a history with one more value, and its oldest gone when it is long.
func latest(history []float64, v float64) []float64 {
	h := slices.Concat(history, []float64{v})
	return h[max(0, len(h)-mostHistory):]
}
