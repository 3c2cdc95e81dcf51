package led

import "math"

// colour names the colour that the light adds in the given frames: from the unclipped halo; where the disc clips and the
// bracket shows the light, from that; else from the core that clips. Trust is lower for each.
func (j judge) colour(l *light, c course, frames []int) (Hue, float64) {
	var halo, core [3]float64
	var n, clip float64
	for _, i := range frames {
		s := c.s[i]
		e := s.excess()
		for k := range halo {
			halo[k] += float64(s.hue[k])
			core[k] += max(0, e[k])
		}
		n += float64(s.tints)
		clip += float64(s.clip)
	}
	if j.view.Without.Halo {
		return j.hue(core), 1
	}
	count := float64(max(1, len(frames)))
	fromHalo := j.hue(halo)
	if clip/count <= clippedMost && n > 0 {
		return fromHalo, 1
	}
	if h, ok := j.bracketHue(l, c); ok {
		if n >= 2*count && fromHalo.Colour != h.Colour {
			return h, 0.85
		}
		return h, 1
	}
	if n >= 2*count {
		return fromHalo, 0.95
	}
	return j.hue(core), 0.7
}

// changeHue is the colour of what a light adds when it goes on, of its disc or, where that clips, of the rim: lens, panel
// and neighbours take no part. Not ok where both clip or the light never goes dark.
func (j judge) changeHue(c course) (Hue, bool) {
	hi := c.top()
	var disc, rim, discDark, rimDark [3]float64
	var clip, burnt, lit, dark float64
	for i, v := range c.level {
		s := c.s[i]
		switch {
		case v >= 0.7*hi:
			add(&disc, s.core)
			add(&rim, s.rim)
			clip, burnt, lit = clip+float64(s.clip), burnt+float64(s.burnt), lit+1
		case v <= 0.25*hi:
			add(&discDark, s.core)
			add(&rimDark, s.rim)
			dark++
		}
	}
	if lit < 3 || dark < 3 {
		return Hue{}, false
	}
	switch {
	case clip <= changeClip*lit:
	case burnt <= changeClip*lit:
		disc, discDark = rim, rimDark
	default:
		return Hue{}, false
	}
	for k := range disc {
		disc[k] = disc[k]/lit - discDark[k]/dark
	}
	return j.hue(disc), max(disc[0], disc[1], disc[2]) > 0.01
}

// changeClip is the share of pixels that may clip where the mean of all is taken: they tell the colour wrong.
const changeClip = 0.03

func add(sum *[3]float64, v [3]float32) {
	for k := range sum {
		sum[k] += float64(v[k])
	}
}

// bracketHue is the colour in the frame of short exposure, when the light was lit then and did not clip.
func (j judge) bracketHue(l *light, c course) (Hue, bool) {
	if l.brackets == 0 || !l.bracket.ok || l.bracket.clip > clippedMost {
		return Hue{}, false
	}
	e := l.bracket.excess()
	if max(e[0], e[1], e[2]) < max(0.01, 0.3*l.brackets*c.top()) || l.bracket.tints == 0 {
		return Hue{}, false
	}
	for k := range e {
		e[k] = float64(l.bracket.hue[k])
	}
	return j.hue(e), true
}

// hue names a sum of linear light, balanced. Hues are of encoded values, as those of the table were measured.
func (j judge) hue(sum [3]float64) Hue {
	top := max(sum[0], sum[1], sum[2])
	if top <= 0 {
		return Hue{}
	}
	for k := range sum {
		sum[k] = math.Pow(max(0, sum[k]/top)*j.ambient.gain[k], 1/2.2)
	}
	return HueOf(sum)
}

// chroma are two numbers that differ between colours, balanced: (red-green)/sum and blue/sum.
func (j judge) chroma(s *sample) (rg, b float64) {
	e := s.excess()
	if s.tints >= 2 {
		for k := range e {
			e[k] = float64(s.hue[k])
		}
	}
	var sum float64
	for k := range e {
		e[k] = max(0, e[k]) * j.ambient.gain[k]
		sum += e[k]
	}
	if sum <= 0 {
		return 0, 0
	}
	return (e[2] - e[1]) / sum, e[0] / sum
}
