package look

import (
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
)

// doubtCovered takes back that lights are off which should shine, where it is not seen that nothing is before them. Each
// is a doubt, which a look from beside settles.
func doubtCovered(res *vision.LookResult, s notice.Scene, n *normals) {
	devices := withLearned(s.Target.Devices, n.lights())
	places := lightsOf(devices)
	dark := func(r vision.LEDReading) bool {
		l, ok := places[r.Device+"/"+r.LED]
		mayBeOff := slices.ContainsFunc(l.Normal, func(s maps.LEDState) bool { return s.Pattern == "off" })
		return ok && r.Pattern == "off" && !mayBeOff
	}
	if !slices.ContainsFunc(res.LEDs, dark) {
		return
	}
	hides, ok := hiding(*res, s, devices)
	if !ok {
		return
	}
	takeBack(res.LEDs, func(r vision.LEDReading) bool {
		if !dark(r) || !hides(r.Device, places[r.Device+"/"+r.LED]) {
			return false
		}
		res.Doubts = append(res.Doubts, vision.Doubt{
			Remedy: vision.OtherViewpoint, Device: r.Device, LED: r.LED, Reason: "it is dark, and what is about it is not what was there",
		})
		return true
	})
}

// hiding says of a light whether something may be before it: where what is about it is not what was there at
// commissioning, as behind a cable, glare, or when another device stands there. An opened door shows what its leaf hid
// then, so that only the device can be compared: it may be gone when it is not seen and none of its lights shines. Ok is
// false where there is nothing to compare with.
func hiding(res vision.LookResult, s notice.Scene, devices []vision.TargetDevice) (hides func(device string, l vision.TargetLED) bool, ok bool) {
	about, ok := s.SurroundingsOf(notice.Known(vision.Target{Devices: devices}, nil, nil))
	if !ok {
		return nil, false
	}
	if door(s.Target, res.Sightings) == s.Target.Door {
		return func(_ string, l vision.TargetLED) bool { return about.Other(l.X, l.Y) }, true
	}
	there := map[string]bool{}
	for _, o := range res.Sightings {
		there[o.Device] = there[o.Device] || o.State == vision.StatePresent
	}
	for _, r := range res.LEDs {
		there[r.Device] = there[r.Device] || r.Pattern != "off" && r.Pattern != "unknown"
	}
	return func(device string, _ vision.TargetLED) bool { return !there[device] }, true
}
