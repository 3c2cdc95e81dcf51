package visionbench

import (
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery"
	"github.com/nightrounds/nightrounds/vision"
)

// Hot spots by how much hotter they are than their peers, K.
const (
	clearK = 4.0
	faintK = 2.0
)

// A heatScore counts hot devices of looks that could be registered.
type heatScore struct {
	clear, clearFound, faint, faintFound int
	falseFirst, falseConfirmed           int
	outOfSight                           int // hot devices that no thermal camera could have seen from there
}

// hotSpots scores devices told as hot: a clear one must be told as a warning or worse, a faint one at least as a note.
// Hot devices out of the thermal camera's sight are counted by themselves (hotspot.out_of_sight_rate), not as misses.
func (s *score) hotSpots(v *visit) {
	if v.first.shot.Thermal == nil || v.first.result.Registration.Method == vision.MethodNone {
		return
	}
	hot := v.place.Standing.HotK
	for _, d := range v.target.Devices {
		if d.Unit < v.target.FromU || d.Unit+d.UHeight-1 > v.target.ToU {
			continue
		}
		k := hot[d.ID]
		if k >= faintK && !v.thermallySeen(d) {
			s.heat.outOfSight++
			continue
		}
		warned, noted := heatTold(v.first.findings, d.ID)
		switch {
		case k >= clearK:
			s.heat.clear++
			if warned {
				s.heat.clearFound++
			} else {
				s.miss(v, "%s is %.1f K hot, untold", d.ID, k)
			}
		case k >= faintK:
			s.heat.faint++
			if noted {
				s.heat.faintFound++
			} else {
				s.miss(v, "%s is a faint %.1f K hot, untold", d.ID, k)
			}
		case warned:
			s.heat.falseFirst++
			again := false
			if v.second != nil {
				again, _ = heatTold(v.second.findings, d.ID)
			}
			if again {
				s.heat.falseConfirmed++
			}
			s.miss(v, "%s is told as hot and is not (%.1f K); second look says %t", d.ID, k, again)
		}
	}
}

// thermallySeen says whether a thermal camera could see a device in the first look: wholly within its picture, which is
// lower than the visual one, and behind no shut door of glass or sheet metal. By the truth alone: what the detector
// believes of its pose and of the door excuses no miss.
func (v *visit) thermallySeen(d vision.TargetDevice) bool {
	door := v.target.Door
	if door != nil && door.Kind != maps.PerforatedDoor && v.place.Standing.Door == vision.StateClosed {
		return false
	}
	shot := v.first.shot
	th, ray := shot.Thermal, rayOf(shot.Camera)
	across, up := math.Tan(th.HFOVRad/2), math.Tan(th.VFOVRad/2)
	for _, x := range []float64{d.Min.X, d.Max.X} {
		for _, y := range []float64{d.Min.Y, d.Max.Y} {
			to := [3]float64{x - ray.at[0], y - ray.at[1], -ray.at[2]}
			z := dot(to, ray.ahead)
			if math.Abs(dot(to, ray.right)-th.OffsetRightM) > z*across || math.Abs(dot(to, ray.down)+th.OffsetUpM) > z*up {
				return false
			}
		}
	}
	return true
}

// heatTold says whether findings tell a device as hot, as a warning and at all.
func heatTold(findings []vision.Finding, device string) (warned, noted bool) {
	for _, f := range findings {
		if f.Device == device && f.Kind == vision.KindHotDevice {
			noted = true
			warned = warned || f.Severity != vision.Info
		}
	}
	return warned, noted
}

// events counts what both looks of a visit told, as the controller would confirm it, and is not so. Each kind and place
// is one event.
func (s *score) events(v *visit) {
	if v.second == nil {
		return
	}
	for _, f := range v.first.findings {
		if f.Severity == vision.Info || !slices.ContainsFunc(v.second.findings, func(x vision.Finding) bool {
			return x.Key() == f.Key() && x.Severity != vision.Info
		}) {
			continue
		}
		if !s.true(v, f) {
			s.falseEvents++
			s.miss(v, "false event: %s (%s)%s", f.Meaning, f.Kind, truthOf(v, f))
		}
	}
}

// true says whether a finding has a ground.
func (s *score) true(v *visit, f vision.Finding) bool {
	st := v.place.Standing
	switch f.Kind {
	case vision.KindHotDevice, vision.KindHotUnit:
		for _, d := range v.target.Devices {
			if st.HotK[d.ID] >= faintK && (d.ID == f.Device || f.Device == "" && f.Unit >= d.Unit-1 && f.Unit <= d.Unit+d.UHeight) {
				return true
			}
		}
		return f.Device == "" && slices.Contains(st.MissingPanels, f.Unit)
	case vision.KindDoorOpen, vision.KindDoorAjar:
		return st.Door == vision.StateOpen || st.Door == vision.StateAjar
	case vision.KindPanelMissing:
		return slices.Contains(st.MissingPanels, f.Unit)
	case vision.KindLiquid:
		return st.Wet
	case vision.KindLightUnexpected:
		return len(st.StrayLights) > 0 || v.departed(f)
	case vision.KindDeviceMissing, vision.KindDeviceMoved:
		_, moved := st.Moved[f.Device]
		return moved || slices.Contains(st.Missing, f.Device)
	case vision.KindLightChanged:
		return v.changed(f)
	case vision.KindReadingLow, vision.KindReadingHigh, vision.KindInletHigh:
		return true // the reading itself is scored
	}
	return slices.ContainsFunc(v.first.shot.Lights, func(l gallery.Light) bool {
		return l.Device == f.Device && (l.LED == f.LED || f.LED == "") && l.Fault
	})
}

// changed says whether any light of a device without declared lights shows other than at commissioning.
func (v *visit) changed(f vision.Finding) bool {
	return slices.ContainsFunc(v.first.shot.Lights, func(l gallery.Light) bool {
		was, known := v.commissioned[l.Device+"/"+l.LED]
		return l.Device == f.Device && !l.Declared && (!known || was != l.State)
	})
}

// truthOf says what the light of a finding really shows.
func truthOf(v *visit, f vision.Finding) string {
	for _, l := range v.first.shot.Lights {
		if l.Device == f.Device && l.LED == f.LED {
			return fmt.Sprintf("; it shows %s, hidden %.2f, radius %.1f px", stateOf(l.State), l.Hidden, l.RadiusPx)
		}
	}
	return ""
}
