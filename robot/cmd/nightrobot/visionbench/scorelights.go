package visionbench

import (
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery"
	"github.com/nightrounds/nightrounds/vision"
)

// Lights that are hidden by more than this share of their disc are out of sight: they are counted by themselves.
const mostHidden = 0.5

// A ledScore counts lights of the stretch that are in sight. A light is answered when any look of the visit read it.
type ledScore struct {
	shown, unanswered, outOfSight int
	perClass                      map[string]*[2]int // by what it shows: answered, right
	read, falseFaults             int                // readings of the first look, and faults told of lights that show none
	faults, missed, missedFirst   int                // lights at fault; not told after the visit; not told by the first look
	blinks, blinksRight           int
	rateErrors                    []float64
	trust                         [10][2]int // by confidence in tenths: readings, right
}

// lights scores every declared light.
func (s *score) lights(v *visit) {
	for _, l := range v.first.shot.Lights {
		if !l.Declared {
			continue
		}
		if l.Hidden > mostHidden {
			s.led.outOfSight++
			continue
		}
		s.led.shown++
		s.light(v, l)
	}
}

func (s *score) light(v *visit, l gallery.Light) {
	first, told := reading(v.first, l)
	final := first
	faultFirst := faultTold(v.first, l)
	fault := faultFirst
	if told {
		s.led.read++
	}
	if v.second != nil {
		if second, ok := reading(*v.second, l); ok && !told {
			final, told = second, true
		}
		fault = fault || faultTold(*v.second, l)
	}
	s.faults(v, l, faultFirst, fault)
	is := stateOf(l.State)
	if !told {
		s.led.unanswered++
		s.confuse(v, l, is, "no answer")
		return
	}
	got := stateOf(maps.LEDState{Colour: final.Colour, Pattern: final.Pattern, OtherColour: final.OtherColour})
	s.confuse(v, l, is, got)
	c := s.led.perClass[is]
	if c == nil {
		c = &[2]int{}
		s.led.perClass[is] = c
	}
	c[0]++
	tenth := &s.led.trust[min(9, int(final.Confidence*10))]
	tenth[0]++
	if got == is {
		c[1]++
		tenth[1]++
	} else {
		s.miss(v, "%s %s shows %s %.2f Hz, read %s %.2f Hz, confidence %.2f, hidden %.2f, radius %.1f px", l.Device, l.LED, is, l.State.RateHz,
			got, final.RateHz, final.Confidence, l.Hidden, l.RadiusPx)
	}
	if l.State.Pattern == "blink" {
		s.blink(l, final)
	}
}

func (s *score) faults(v *visit, l gallery.Light, first, ever bool) {
	if !l.Fault {
		if first {
			s.led.falseFaults++
			s.miss(v, "%s %s shows %s, which is no fault, and is told as one", l.Device, l.LED, stateOf(l.State))
		}
		return
	}
	s.led.faults++
	if !first {
		s.led.missedFirst++
	}
	if !ever {
		s.led.missed++
		s.miss(v, "%s %s shows the fault %s %.2f Hz, untold", l.Device, l.LED, stateOf(l.State), l.State.RateHz)
	}
}

func (s *score) blink(l gallery.Light, r vision.LEDReading) {
	s.led.blinks++
	if r.Pattern != "blink" {
		return
	}
	s.led.blinksRight++
	if l.State.RateHz > 0 {
		s.led.rateErrors = append(s.led.rateErrors, math.Abs(r.RateHz-l.State.RateHz)/l.State.RateHz)
	}
}

// reading finds what a look said of a light; ok is false when it said nothing.
func reading(g sight, l gallery.Light) (vision.LEDReading, bool) {
	for _, r := range g.result.LEDs {
		if r.Device == l.Device && r.LED == l.LED {
			return r, r.Pattern != "unknown"
		}
	}
	return vision.LEDReading{}, false
}

// faultTold says whether a look told a fault of a light, or of its whole device by all its lights.
func faultTold(g sight, l gallery.Light) bool {
	return slices.ContainsFunc(g.findings, func(f vision.Finding) bool {
		return f.Device == l.Device && (f.LED == l.LED || f.Kind == vision.KindPowerLost && f.LED == "") && f.Severity != vision.Info
	})
}

// stateOf names what a light shows, without its rate.
func stateOf(s maps.LEDState) string {
	if s.Pattern == "off" || s.Pattern == "" {
		return "off"
	}
	colours := []string{s.Colour}
	if s.OtherColour != "" {
		colours = append(colours, s.OtherColour)
		slices.Sort(colours)
	}
	return strings.Join(colours, "/") + " " + s.Pattern
}

// confuse counts a reading in the groups that the light belongs to.
func (s *score) confuse(v *visit, l gallery.Light, is, got string) {
	groups := []string{"all"}
	for _, d := range v.place.Rack.Devices {
		if d.ID == l.Device {
			groups = append(groups, "maker "+d.Type.Manufacturer)
		}
	}
	clipping := "not clipped"
	if l.Clipped > 0.05 {
		clipping = "clipped"
	}
	for _, g := range append(groups, clipping) {
		if s.confusion[g] == nil {
			s.confusion[g] = map[string]map[string]int{}
		}
		if s.confusion[g][is] == nil {
			s.confusion[g][is] = map[string]int{}
		}
		s.confusion[g][is][got]++
	}
}

// accuracy is the mean over states of the share read right; its interval is of a bootstrap over the lights.
func (s *score) accuracy(name string) bench.Row {
	r := bench.Row{Name: name, Unit: "1"}
	var variance float64
	classes := 0
	for _, c := range s.led.perClass {
		if c[0] < 5 { // too few to say anything of a state
			continue
		}
		classes++
		p := float64(c[1]) / float64(c[0])
		smooth := (float64(c[1]) + 1) / (float64(c[0]) + 2)
		r.Value += p
		variance += smooth * (1 - smooth) / float64(c[0])
		r.N += c[0]
	}
	if classes == 0 {
		r.NotRun = "no trials"
		return r
	}
	r.Value /= float64(classes)
	half := 1.959964 * math.Sqrt(variance) / float64(classes)
	r.Low, r.High = max(0, r.Value-half), min(1, r.Value+half)
	return r
}
