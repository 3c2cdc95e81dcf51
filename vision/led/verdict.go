package led

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// What makes a light lit, in linear light.
const (
	minLit       = 0.035 // above its surroundings, in a dark hall
	litShare     = 0.42  // of the white of the tags: no lens that only reflects adds as much to its bezel
	pureDiscount = 0.45  // by which that share is less for a pure colour, which lenses and latches reflect less of
	noise        = 0.02  // swings below it are noise
	glaring      = 0.62  // surroundings beyond it hide whether a light is lit
	clippedMost  = 0.12  // share of a disc that may clip before its colour is taken from elsewhere
	strange      = 0.5   // of the usual light of the surroundings: a frame that differs by more shows something before the light
	minStrange   = 0.03
	enoughWhite  = 0.05 // of the tags: in a darker hall an unlit lens need not show
	// An unlit lens differs from the panel around it, by so much of the tags' white and of the panel. Of 502 dark lights of
	// drawn racks all did; of 120 that something hid two thirds did not.
	lensTrace    = 0.0052
	lensContrast = 0.036
	chromaSwing  = 0.22 // of (red-green)/sum or blue/sum between two colours
)

// A judge turns samples into readings.
type judge struct {
	times   []float64 // s
	ambient ambient
	view    View
}

// A verdict is a reading in the making; remedy says what would settle it when it is doubtful.
type verdict struct {
	vision.LEDReading
	remedy, reason string
}

// light reads one light. A reading that is not sure enough for what it says becomes unknown, with a doubt.
func (j judge) light(l *light) (vision.LEDReading, *vision.Doubt) {
	v := j.read(l)
	v.Device, v.LED = l.id, l.Name
	v.Confidence = max(0, min(1, v.Confidence))
	need := j.view.Limits.Fault
	if normal(l.TargetLED, v.LEDReading) {
		need = j.view.Limits.Normal
	}
	if v.Pattern != Unknown && v.Confidence >= need {
		return v.LEDReading, nil
	}
	if v.Pattern != Unknown {
		v.reason = fmt.Sprintf("it may be %s %s (%.0f %%): %s", v.Colour, v.Pattern, 100*v.Confidence, orElse(v.reason, "too faint to be sure"))
		v.LEDReading = vision.LEDReading{Device: l.id, LED: l.Name, Pattern: Unknown, Confidence: v.Confidence}
	}
	return v.LEDReading, &vision.Doubt{Remedy: orElse(v.remedy, vision.OtherViewpoint), Device: l.id, LED: l.Name, Reason: v.reason}
}

func orElse(s, other string) string {
	if s == "" {
		return other
	}
	return s
}

// normal says whether a reading is a state that the light's type declares normal, rates aside; a light that declares none
// has no other.
func normal(l vision.TargetLED, r vision.LEDReading) bool {
	for _, s := range l.Normal {
		if s.Pattern == r.Pattern && (s.Pattern == Off || s.Colour == "" || s.Colour == r.Colour) {
			return true
		}
	}
	return len(l.Normal) == 0
}

// unknown is a verdict that says nothing but why.
func unknown(remedy, reason string) verdict {
	return verdict{LEDReading: vision.LEDReading{Pattern: Unknown, Confidence: 0.2}, remedy: remedy, reason: reason}
}

// A course is what a light showed over the frames of use.
type course struct {
	t     []float64
	s     []*sample
	level []float64 // strongest channel that the light adds, balanced; linear

	hidden int // frames left out because something else was there
}

// courseOf gathers the samples of use: not those in which something stands before the light, whose surroundings are then
// unlike what they mostly are.
func (j judge) courseOf(l *light) course {
	var c course
	var rings []float64
	for i := range l.samples {
		if s := &l.samples[i]; s.ok {
			rings = append(rings, s.surround())
		}
	}
	usual := median(rings)
	for i := range l.samples {
		s := &l.samples[i]
		if !s.ok || len(c.t) > 0 && !(j.times[i] > c.t[len(c.t)-1]) {
			continue
		}
		if math.Abs(s.surround()-usual) > strange*usual+minStrange {
			c.hidden++
			continue
		}
		c.t, c.s, c.level = append(c.t, j.times[i]), append(c.s, s), append(c.level, j.level(s))
	}
	return c
}

// surround is the brightness of the surroundings.
func (s *sample) surround() float64 { return float64(s.ring[0]+s.ring[1]+s.ring[2]) / 3 }

// level is how bright a light is: by how much its strongest channel, or on a bright panel the spread of its channels,
// exceeds its surroundings'.
func (j judge) level(s *sample) float64 {
	var core, ring [3]float64
	out := math.Inf(-1)
	for k := range core {
		core[k], ring[k] = float64(max(0, s.core[k]-s.leak[k]))*j.ambient.gain[k], float64(s.ring[k])*j.ambient.gain[k]
		out = max(out, core[k]-ring[k])
	}
	return max(out, spread(core)-spread(ring))
}

// spread is the strongest less the weakest channel.
func spread(c [3]float64) float64 { return max(c[0], c[1], c[2]) - min(c[0], c[1], c[2]) }

// top is the bright level.
func (c course) top() float64 {
	_, hi := levels(c.level)
	return hi
}

// read says what the light shows.
func (j judge) read(l *light) verdict {
	if d := j.view.Door; d != nil && d.Kind == maps.SolidDoor && !d.NormallyOpen {
		return unknown(vision.OtherViewpoint, "a solid door is before it")
	}
	c := j.courseOf(l)
	if len(c.t) == 0 || c.hidden > len(c.t)/2 {
		return unknown(vision.OtherViewpoint, fmt.Sprintf("something was before it in %d frames, %d show it", c.hidden, len(c.t)))
	}
	hue, trust := j.colour(l, c, c.bright())
	lit := j.litLevel(hue)
	if v, ok := j.alternating(l, c, lit); ok {
		return v
	}
	r := Classify(c.t, c.level, Scale{Lit: lit, Noise: noise})
	v := verdict{LEDReading: vision.LEDReading{Pattern: r.Pattern, RateHz: r.RateHz, Duty: r.Duty, Confidence: r.Confidence}}
	switch r.Pattern {
	case Off:
		return j.off(l, c, v)
	case Unknown:
		if c.top() < lit {
			return unknown(vision.OtherViewpoint, "too faint to tell")
		}
		v = unknown(vision.LongerBurst, "it changed too seldom to tell its rhythm")
		v.Colour = hue.Colour
		return v
	}
	return j.coloured(l, c, v, hue, trust)
}

// bright lists the frames in which the light is brightest.
func (c course) bright() []int {
	hi := c.top()
	var out []int
	for i, v := range c.level {
		if v >= 0.7*hi {
			out = append(out, i)
		}
	}
	return out
}

// litLevel is what a light of this colour must add to its surroundings.
func (j judge) litLevel(h Hue) float64 {
	share := litShare * (1 - pureDiscount*min(1, h.Purity/0.9))
	return max(minLit, share*j.ambient.level())
}

// off says that a light is dark, unless glare or a vague place would hide that it shines.
func (j judge) off(l *light, c course, v verdict) verdict {
	v.Duty, v.RateHz = 0, 0
	var ring float64
	var lens [3]float64
	for _, s := range c.s {
		ring += float64(max(s.ring[0], s.ring[1], s.ring[2])) / float64(len(c.s))
		for k := range lens {
			lens[k] += float64(s.core[k]-s.ring[k]) / float64(len(c.s))
		}
	}
	trace := max(math.Abs(lens[0]), math.Abs(lens[1]), math.Abs(lens[2]))
	switch white := j.ambient.level(); {
	case white > enoughWhite && (trace < lensTrace*white || trace < lensContrast*ring):
		return unknown(vision.OtherViewpoint, "not even a dark lens is seen at its place: something is before it")
	case ring > glaring:
		remedy := vision.ShorterExposure
		if l.brackets > 0 {
			remedy = vision.OtherViewpoint
		}
		return unknown(remedy, "glare lies over it")
	case l.sigmaPx > l.r+0.5:
		return unknown(vision.OtherViewpoint, "its place in the picture is not known well enough")
	}
	return v
}

// coloured adds the colour to a light that is lit. A light whose colour is none that it can show tells nothing.
func (j judge) coloured(l *light, c course, v verdict, hue Hue, trust float64) verdict {
	if r := v.Pattern; r == Blink || r == Irregular {
		if h, ok := j.changeHue(c); ok {
			hue, trust = h, 1
		}
	}
	hue, known := l.can.choose(hue)
	v.Colour, v.HueDeg = hue.Colour, hue.Deg
	v.Confidence *= trust * (0.7 + 0.3*min(1, hue.Margin/6))
	v.remedy = vision.OtherViewpoint
	if j.clip(c) > clippedMost && l.brackets == 0 {
		v.remedy = vision.ShorterExposure
	}
	if !known {
		u := unknown(v.remedy, fmt.Sprintf("its hue of %.0f° is none that it can show", hue.Deg))
		return u
	}
	v.reason = fmt.Sprintf("its hue is %.0f°", hue.Deg)
	return v
}

// clip is the share of the disc that clips when the light is bright.
func (j judge) clip(c course) float64 {
	var sum float64
	b := c.bright()
	for _, i := range b {
		sum += float64(c.s[i].clip)
	}
	return sum / float64(max(1, len(b)))
}

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

// alternating tells two colours that take turns: the light stays lit while its chromaticity blinks.
func (j judge) alternating(l *light, c course, lit float64) (verdict, bool) {
	hi := c.top()
	if hi < lit {
		return verdict{}, false
	}
	var rg, blue, t []float64
	var at []int
	for i, v := range c.level {
		if v < max(lit, 0.2*hi) {
			continue
		}
		x, b := j.chroma(c.s[i])
		rg, blue, t, at = append(rg, x), append(blue, b), append(t, c.t[i]), append(at, i)
	}
	if len(t) < max(minFrames, len(c.t)*3/4) {
		return verdict{}, false
	}
	q := rg
	lo, up := levels(q)
	if l2, u2 := levels(blue); u2-l2 > up-lo {
		q, lo, up = blue, l2, u2
	}
	if up-lo < chromaSwing {
		return verdict{}, false
	}
	return j.turns(l, c, at, t, q, (lo+up)/2)
}

// turns names the two colours on either side of a chromaticity, and their rhythm.
func (j judge) turns(l *light, c course, at []int, t, q []float64, mid float64) (verdict, bool) {
	var sides [2][]int
	for k, i := range at {
		if q[k] > mid {
			sides[1] = append(sides[1], i)
		} else {
			sides[0] = append(sides[0], i)
		}
	}
	var names [2]string
	trust := 1.0
	for k := range sides {
		h, tr := j.haloHue(c, sides[k])
		h, ok := l.can.choose(h)
		if !ok {
			return verdict{}, false
		}
		names[k], trust = h.Colour, min(trust, tr*(0.7+0.3*min(1, h.Margin/6)))
	}
	if names[0] == names[1] || min(len(sides[0]), len(sides[1])) < 3 {
		return verdict{}, false
	}
	lo := slices.Min(q)
	shifted := make([]float64, len(q))
	for i := range q {
		shifted[i] = q[i] - lo
	}
	r := Classify(t, shifted, Scale{Lit: (mid - lo) / 2, Noise: chromaSwing / 2})
	slices.Sort(names[:])
	switch r.Pattern {
	case Blink:
		return verdict{LEDReading: vision.LEDReading{
			Pattern: Alternating, Colour: names[0], OtherColour: names[1], RateHz: r.RateHz, Confidence: r.Confidence * trust,
		}}, true
	case Unknown:
		return unknown(vision.LongerBurst, fmt.Sprintf("it changed from %s to %s too seldom to tell its rhythm", names[0], names[1])), true
	}
	return verdict{}, false
}

// haloHue is the colour of some frames, without the bracket, which may show the other one.
func (j judge) haloHue(c course, frames []int) (Hue, float64) {
	return j.colour(&light{}, c, frames)
}
