package visionbench

import (
	"fmt"
	"image"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery"
	"github.com/nightrounds/nightrounds/vision"
)

// A score holds visits against their truth.
type score struct {
	visits, looks int
	led           ledScore
	heat          heatScore
	unit          unitScore
	seen          map[string]*hitScore // door, panel, liquid, light, moved
	reading       readingScore
	privacy       privacyScore
	falseEvents   int // confirmed, of faults that are none
	confusion     map[string]map[string]map[string]int
	misses        []string
}

type hitScore struct{ hits, missed, wrong int }

type unitScore struct {
	errorsMM       []float64
	sigmas         []float64 // error over predicted sigma
	snapped, wrong int
	noAnswer       int
	byMethod       map[string]int
}

type readingScore struct {
	gauges, gaugesRight, displays, displaysRight, given, overconfident, readable, refused int
}

type privacyScore struct {
	shown, missed   int
	clean, cleanHid int // looks with nobody, and those of them with something hidden within the face
}

const mostMisses = 400

func newScore() *score {
	s := &score{seen: map[string]*hitScore{}, confusion: map[string]map[string]map[string]int{}}
	for _, k := range []string{"door", "panel", "liquid", "light", "moved"} {
		s.seen[k] = &hitScore{}
	}
	s.unit.byMethod = map[string]int{}
	s.led.perClass = map[string]*[2]int{}
	return s
}

func (s *score) miss(v *visit, format string, args ...any) {
	if len(s.misses) < mostMisses {
		s.misses = append(s.misses, fmt.Sprintf("rack %d: ", v.number)+fmt.Sprintf(format, args...))
	}
}

// add scores one visit.
func (s *score) add(v *visit) {
	s.visits++
	s.looks++
	if v.failed {
		s.unit.noAnswer++
		s.looks++
	}
	s.place(v)
	s.lights(v)
	s.hotSpots(v)
	s.sightings(v)
	s.instruments(v)
	s.hiding(v)
	s.events(v)
}

// place scores where the look thought the camera was: rays of pixels all over the stretch, by the believed and the true
// pose, in mm of height on the face.
func (s *score) place(v *visit) {
	reg, shot := v.first.result.Registration, v.first.shot
	s.unit.byMethod[reg.Method]++
	if reg.Method == vision.MethodNone {
		s.unit.noAnswer++
		return
	}
	truth, told := rayOf(shot.Camera), rayOf(gallery.Pose{
		X: reg.X, Y: reg.Y, Z: reg.Z, YawRad: reg.YawRad, PitchRad: reg.PitchRad, RollRad: reg.RollRad,
	})
	t := v.target
	for u := t.FromU; u <= t.ToU; u += 3 {
		for _, x := range []float64{t.WidthM * 0.2, t.WidthM * 0.5, t.WidthM * 0.8} {
			y := t.BaseM + (float64(u)-0.5)*maps.UnitM
			px, ok := truth.pixel(shot, x, y)
			if !ok {
				continue
			}
			gx, gy, ok := told.face(shot, px)
			if !ok {
				continue
			}
			mm := math.Abs(gy-y) * 1000
			s.unit.errorsMM = append(s.unit.errorsMM, mm)
			if reg.SigmaMM > 0 {
				s.unit.sigmas = append(s.unit.sigmas, mm/reg.SigmaMM)
			}
			s.snap(v, gx, gy, x, y, reg.SigmaMM/1000)
		}
	}
}

// snap asks which device a place belongs to; to be on a border within the bound is to say nothing.
func (s *score) snap(v *visit, gx, gy, x, y, sigma float64) {
	told, ok := v.target.DeviceAt(gx, gy, sigma)
	if !ok {
		return
	}
	is, ok := v.target.DeviceAt(x, y, 0)
	s.unit.snapped++
	if !ok || is.ID != told.ID {
		s.unit.wrong++
		s.miss(v, "a place on %q named %q (sigma %.1f mm)", is.ID, told.ID, sigma*1000)
	}
}

// sightings scores what was seen besides lights and heat, by the findings of the first look.
func (s *score) sightings(v *visit) {
	st, f := v.place.Standing, v.first.findings
	has := func(kinds ...string) []vision.Finding {
		return slices.DeleteFunc(slices.Clone(f), func(x vision.Finding) bool { return !slices.Contains(kinds, x.Kind) })
	}
	if v.target.Door != nil && v.first.result.Registration.Method != vision.MethodNone {
		s.hit(v, "door", st.Door == vision.StateOpen || st.Door == vision.StateAjar, len(has(vision.KindDoorOpen, vision.KindDoorAjar)) > 0, st.Door)
	}
	missing := has(vision.KindPanelMissing)
	for _, u := range v.target.BlankingPanels {
		told := slices.ContainsFunc(missing, func(x vision.Finding) bool { return x.Unit == u })
		s.hit(v, "panel", slices.Contains(st.MissingPanels, u), told, fmt.Sprintf("U%d", u))
	}
	if v.target.WatchFloor {
		s.hit(v, "liquid", st.Wet, len(has(vision.KindLiquid)) > 0, "")
	}
	s.strays(v, has(vision.KindLightUnexpected))
	gone := has(vision.KindDeviceMissing, vision.KindDeviceMoved)
	for _, d := range v.target.Devices {
		_, moved := st.Moved[d.ID]
		told := slices.ContainsFunc(gone, func(x vision.Finding) bool { return x.Device == d.ID })
		s.hit(v, "moved", moved || slices.Contains(st.Missing, d.ID), told, d.ID)
	}
}

// strays matches unexpected lights by place, 20 mm.
func (s *score) strays(v *visit, told []vision.Finding) {
	const nearM = 0.02
	used := make([]bool, len(told))
	for _, l := range v.place.Standing.StrayLights {
		found := false
		for i, x := range told {
			if !used[i] && math.Hypot(x.X-l.X, x.Y-l.Y) < nearM {
				used[i], found = true, true
				break
			}
		}
		s.hit(v, "light", true, found, fmt.Sprintf("%s at %.3f %.3f", l.Colour, l.X, l.Y))
	}
	for i, x := range told {
		if !used[i] && !v.departed(x) {
			s.hit(v, "light", false, true, x.Meaning)
		}
	}
}

// departed says whether a finding is of a light that no type declares and that shows other than when it was learned: that
// it is told is right, but it is no stray light.
func (v *visit) departed(f vision.Finding) bool {
	const nearPx = 12
	truth := rayOf(v.first.shot.Camera)
	px, ok := truth.pixel(v.first.shot, f.X, f.Y)
	return ok && slices.ContainsFunc(v.first.shot.Lights, func(l gallery.Light) bool {
		was, known := v.commissioned[l.Device+"/"+l.LED]
		return !l.Declared && math.Hypot(l.U-px[0], l.V-px[1]) < nearPx && (!known || was != l.State)
	})
}

func (s *score) hit(v *visit, what string, is, told bool, detail string) {
	h := s.seen[what]
	switch {
	case is && told:
		h.hits++
	case is:
		h.missed++
		s.miss(v, "%s %s not seen", what, detail)
	case told:
		h.wrong++
		s.miss(v, "%s %s seen where none is", what, detail)
	}
}

// instruments scores gauges within 2 % of full scale, displays to the digit, and bounds that do not cover.
func (s *score) instruments(v *visit) {
	for _, in := range v.target.Instruments {
		truth, ok := v.place.Standing.Instruments[in.ID]
		i := slices.IndexFunc(v.first.result.Instruments, func(r vision.InstrumentReading) bool { return r.Instrument == in.ID })
		if !ok || v.first.result.Registration.Method == vision.MethodNone {
			continue
		}
		if !truth.Unreadable {
			s.reading.readable++
		}
		if i < 0 || v.first.result.Instruments[i].Refused != "" {
			if !truth.Unreadable {
				s.reading.refused++
			}
			continue
		}
		r := v.first.result.Instruments[i]
		off := math.Abs(r.Value - truth.Value)
		s.reading.given++
		if off > r.Bound+1e-9 {
			s.reading.overconfident++
			s.miss(v, "%s %s reads %g ± %g, shows %g", in.Kind, in.ID, r.Value, r.Bound, truth.Value)
		}
		if in.Kind == maps.Gauge {
			s.reading.gauges++
			if off <= 0.02*(in.Max-in.Min) {
				s.reading.gaugesRight++
			}
			continue
		}
		s.reading.displays++
		if off < 0.5*math.Pow10(-in.Decimals) {
			s.reading.displaysRight++
		}
	}
}

// hiding scores heads and lit screens: the inner part of a head that holds the face must be hidden wholly.
func (s *score) hiding(v *visit) {
	for _, g := range append([]sight{v.first}, optional(v.second)...) {
		if len(g.result.Evidence) == 0 {
			continue
		}
		if len(g.shot.People)+len(g.shot.Screens) == 0 {
			s.privacy.clean++
			if slices.ContainsFunc(g.result.Hidden, func(h vision.Hidden) bool { return h.What != "beside" }) {
				s.privacy.cleanHid++
			}
			continue
		}
		for _, r := range slices.Concat(g.shot.People, g.shot.Screens) {
			face := r.Inset(min(r.Dx(), r.Dy()) / 5).Intersect(image.Rect(0, 0, g.shot.Width, g.shot.Height))
			if face.Dx() < 12 || face.Dy() < 12 {
				continue // out of the picture
			}
			s.privacy.shown++
			if covered(face, g.result.Hidden) < 0.95 {
				s.privacy.missed++
				s.miss(v, "left recognisable at %v", r)
			}
		}
	}
}

func optional(g *sight) []sight {
	if g == nil {
		return nil
	}
	return []sight{*g}
}

// covered is the share of a rectangle that lies within hidden places.
func covered(r image.Rectangle, hidden []vision.Hidden) float64 {
	n, in := 0, 0
	for y := r.Min.Y; y < r.Max.Y; y += 2 {
		for x := r.Min.X; x < r.Max.X; x += 2 {
			n++
			if slices.ContainsFunc(hidden, func(h vision.Hidden) bool { return image.Pt(x, y).In(image.Rect(h.X0, h.Y0, h.X1, h.Y1)) }) {
				in++
			}
		}
	}
	return float64(in) / float64(max(n, 1))
}
