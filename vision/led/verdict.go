package led

import (
	"fmt"
	"math"

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
	more           string // why a longer burst is wanted though it is told; empty when none is
}

// light reads one light. A reading that is not sure enough for what it says becomes unknown, with a doubt; one that a
// longer burst may change has a doubt and stands.
func (j judge) light(l *light) (vision.LEDReading, *vision.Doubt) {
	v := j.read(l)
	v.Device, v.LED = l.id, l.Name
	v.Confidence = max(0, min(1, v.Confidence))
	need := j.view.Limits.Fault
	if normal(l.TargetLED, v.LEDReading) {
		need = j.view.Limits.Normal
	}
	if v.Pattern != Unknown && v.Confidence >= need {
		if v.more == "" {
			return v.LEDReading, nil
		}
		return v.LEDReading, &vision.Doubt{Remedy: vision.LongerBurst, Device: l.id, LED: l.Name, Reason: v.more}
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
	switch {
	case r.Pattern == Off:
		v = j.off(l, c, v)
	case r.Pattern != Unknown:
		v = j.coloured(l, c, v, hue, trust)
	case c.top() < lit:
		return unknown(vision.OtherViewpoint, "too faint to tell")
	default:
		return j.seldom(l, c, v, hue, trust)
	}
	if v.Pattern == Off || v.Pattern == Solid {
		v.more = l.hasty(c.t, v.Colour)
	}
	return v
}

// seldom reads a light that changed too seldom to tell its rhythm from nothing: it may show one that its type declares.
func (j judge) seldom(l *light, c course, v verdict, hue Hue, trust float64) verdict {
	v.Pattern, v.Confidence = Blink, onceTrusted
	v = j.coloured(l, c, v, hue, trust)
	if rate, ok := l.once(v.LEDReading, c.t, c.level); ok {
		v.RateHz, v.more, v.remedy = rate, onePeriod, vision.LongerBurst
		return v
	}
	colour := v.Colour
	v = unknown(vision.LongerBurst, "it changed too seldom to tell its rhythm")
	v.Colour = colour
	return v
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
	trust *= 0.7 + 0.3*min(1, hue.Margin/6)
	v.remedy = vision.OtherViewpoint
	switch {
	case v.RateHz > 0 && l.surer(v.LEDReading) < trust:
		v.remedy = vision.LongerBurst
	case j.clip(c) > clippedMost && l.brackets == 0:
		v.remedy = vision.ShorterExposure
	}
	v.Confidence = trust * l.surer(v.LEDReading)
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
