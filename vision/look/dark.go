package look

import (
	"fmt"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
)

// doubtCovered takes back that lights are off which should shine, where it is not seen that nothing is before them. Each
// is a doubt, which a look from beside settles.
func doubtCovered(res *vision.LookResult, s notice.Scene, devices []vision.TargetDevice) {
	places := lightsOf(devices)
	if !slices.ContainsFunc(res.LEDs, places.darkened) {
		return
	}
	hides, ok := hiding(*res, s, devices)
	if !ok {
		return
	}
	takeBack(res.LEDs, func(r vision.LEDReading) bool {
		if !places.darkened(r) || !hides(r.Device, places[r.Device+"/"+r.LED]) {
			return false
		}
		res.Doubts = append(res.Doubts, vision.Doubt{
			Remedy: vision.OtherViewpoint, Device: r.Device, LED: r.LED, Reason: "it is dark, and what is about it is not what was there",
		})
		return true
	})
}

// shining are the devices of which a light is read to shine.
func shining(read []vision.LEDReading) map[string]bool {
	out := map[string]bool{}
	for _, r := range read {
		out[r.Device] = out[r.Device] || r.Pattern != "off" && r.Pattern != "unknown"
	}
	return out
}

// darkened says whether a light is read as off that is never off in good order.
func (l lights) darkened(r vision.LEDReading) bool {
	led, ok := l[r.Device+"/"+r.LED]
	return ok && r.Pattern == "off" && !slices.ContainsFunc(led.Normal, func(s maps.LEDState) bool { return s.Pattern == "off" })
}

// When the webs of a perforated door hide a light.
const (
	leastSeen  = 0.45 // of its disc: of 152 lights of drawn racks more than half hidden that shone and were read as off, 115 were; of 3,058 dark ones less hidden, 428
	freelySeen = 2    // lights of a device from which what they show together is believed of the hidden ones too
)

// doubtVeiled takes back that lights are off which should shine, where the webs of a perforated door hide most of them. Each
// is a doubt: from another height the webs are elsewhere. Where a device is dark all over, and lights of it are freely
// seen to be, the hidden ones are believed to be dark as well.
func doubtVeiled(res *vision.LookResult, s notice.Scene, devices []vision.TargetDevice, found [][2]float64) {
	places := lightsOf(devices)
	if door(s.Target, res.Sightings) == nil || !slices.ContainsFunc(res.LEDs, places.darkened) {
		return
	}
	web, ok := s.Web()
	if !ok {
		return
	}
	shines, free, veiled := shining(res.LEDs), map[string]int{}, map[string]float64{}
	for i, r := range res.LEDs {
		if key := r.Device + "/" + r.LED; places.darkened(r) {
			if share, ok := web.Seen(found[i][0], found[i][1], places[key].DiameterM); ok && share < leastSeen {
				veiled[key] = share
			} else {
				free[r.Device]++
			}
		}
	}
	takeBack(res.LEDs, func(r vision.LEDReading) bool {
		share, hidden := veiled[r.Device+"/"+r.LED]
		if !hidden || !shines[r.Device] && free[r.Device] >= freelySeen {
			return false
		}
		res.Doubts = append(res.Doubts, vision.Doubt{
			Remedy: vision.OtherViewpoint, Device: r.Device, LED: r.LED,
			Reason: fmt.Sprintf("it is dark, and the webs of the door hide all but %.0f %% of it", 100*share),
		})
		return true
	})
}

// manyDark is of how many devices lights must be dark that should shine, for the door to be the likelier reason than so many
// faults: of 600 drawn racks one had as many with its webs taken off, and all of them shone.
const manyDark = 3

// doubtMany takes back that lights are off behind the webs of a perforated door, where that is so of several devices that
// shine otherwise: so much darkness has one reason, and the webs may be wider than they seem. A light that is dark on most of
// the devices that have it has another, as that of the power supplies whose feed is lost, and is believed.
func doubtMany(res *vision.LookResult, s notice.Scene, devices []vision.TargetDevice) {
	if d := door(s.Target, res.Sightings); d == nil || d.Kind != maps.PerforatedDoor {
		return
	}
	places := lightsOf(devices)
	shines, dark, named, darkNamed := shining(res.LEDs), map[string]bool{}, map[string]int{}, map[string]int{}
	for _, r := range res.LEDs {
		named[r.LED]++
		if places.darkened(r) {
			darkNamed[r.LED]++
		}
	}
	alone := func(r vision.LEDReading) bool {
		return shines[r.Device] && places.darkened(r) && (darkNamed[r.LED] < manyDark || 2*darkNamed[r.LED] < named[r.LED])
	}
	for _, r := range res.LEDs {
		if alone(r) {
			dark[r.Device] = true
		}
	}
	if len(dark) < manyDark {
		return
	}
	takeBack(res.LEDs, func(r vision.LEDReading) bool {
		if !alone(r) {
			return false
		}
		res.Doubts = append(res.Doubts, vision.Doubt{
			Remedy: vision.OtherViewpoint, Device: r.Device, LED: r.LED,
			Reason: fmt.Sprintf("it is dark, and so are lights of %d other devices behind this door", len(dark)-1),
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
	there := shining(res.LEDs)
	for _, o := range res.Sightings {
		there[o.Device] = there[o.Device] || o.State == vision.StatePresent
	}
	return func(device string, _ vision.TargetLED) bool { return !there[device] }, true
}
