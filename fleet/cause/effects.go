package cause

import (
	stdmaps "maps"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
)

// A claim is that a cause makes a symptom at a spot with a probability.
type claim struct {
	spot    Spot
	symptom Symptom
	p       float64
	swing   *swing // of what comes or stays away for the cause as a whole; nil: p at each spot alone
	via     Spot   // what it comes by way of, if anything: where that is in order, it comes of something else
}

// A swing is a kind of symptoms of a cause that come together or stay away together: with probability on they come, then
// each at a share of the spots that is the same for all in one incident and is not known before, Beta(alpha, beta)
// distributed over incidents. So many devices in order speak against heat of a few, and none hot against no cause.
type swing struct{ on, alpha, beta float64 }

// mean is the probability at one spot.
func (s *swing) mean() float64 { return s.on * s.alpha / (s.alpha + s.beta) }

// The swings: devices past their limits and alarms in air that is warm indeed, two of three where they come at all, and the
// gauge beside the one that a loop's trouble moves first; liquid as cold as the dew point at a wet foot, or not. Assumed, like the other probabilities of symptoms.
var (
	heats  = &swing{0.3, 2, 1}
	alarms = &swing{0.1, 2, 1}
	gauges = &swing{0.5, 5, 1}
	dews   = &swing{0.5, 100, 1}
)

// Kinds are the kinds of causes, in order of their names.
func Kinds() []Kind { return slices.Sorted(stdmaps.Keys(perYear)) }

// perYear is how often a cause begins at one place of its kind in a year. Drives after Backblaze's drive statistics (1.4 %
// a year); the rest are orders of magnitude from the rate tables of IEEE 493 and of operators' reports, recalled, not
// measured: they only weigh causes that explain the same signs.
//
// They are also what one wide cause is weighed by against many small ones. That a given cooling unit stops in a given hour has
// 1.7e-5 by them, that a given device overheats 1.1e-5, that some of 10,000 do 0.11: several unrelated ones in one round
// of a large hall are no rarity, while those of any one set of places are. What a wide cause gains by being one instead of
// many, about 11 nats for each place, it must therefore pay for by the places that it left alone, see course.
var perYear = map[Kind]float64{
	DriveFailed: 0.014, FanFailed: 0.02, PSUFailed: 0.015, PartFailed: 0.01, DeviceOff: 0.08, DeviceHot: 0.1, MachineAlarm: 0.15,
	LightBroken: 0.003, DeviceMoved: 0.02, DeviceRemoved: 0.05, Unrecorded: 0.1, OutletLost: 0.01, PDULost: 0.02, PhaseLost: 0.04,
	FeedLost: 0.03, UPSLost: 0.02, OnBattery: 0.3, CoolingFailed: 0.15, CoolingWeak: 0.2, LoopWarm: 0.15, LoopLeak: 0.1, LoopPump: 0.15,
	PanelGone: 0.1, DoorOpen: 10, Recirculation: 0.5, Spill: 0.1, CableFault: 0.02, SwitchDown: 0.05, UplinkLost: 0.05, GaugeBroken: 0.05,
	LensDirty: 1, Misregistered: 0.5, Reflection: 0.1, AirSensorDrift: 0.3,
}

// windowHours is the time in which a cause is thought to have begun: about a round of the patrol.
const windowHours = 1.0

func (c Cause) prior() float64 { return min(perYear[c.Kind]*windowHours/8760, 0.2) }

// claims are all symptoms that a cause would make, from the site's topology. Causes in the eyes of a robot claim none: they
// explain whatever that robot saw, see (*network).blame.
func (t *Topology) claims(c Cause) []claim {
	switch c.Kind {
	case DriveFailed, FanFailed, PSUFailed, PartFailed, LightBroken, MachineAlarm, OnBattery:
		return t.partClaims(c)
	case DeviceOff, DeviceHot, DeviceMoved, DeviceRemoved, Unrecorded:
		return t.deviceClaims(c)
	case OutletLost, PDULost, PhaseLost, FeedLost, UPSLost:
		return t.powerClaims(c)
	case CoolingFailed, CoolingWeak, LoopWarm, LoopLeak, LoopPump:
		return t.coolingClaims(c)
	case PanelGone, DoorOpen, Recirculation, Spill:
		return t.rackClaims(c)
	case CableFault, SwitchDown, UplinkLost:
		return t.netClaims(c)
	case GaugeBroken:
		at := Spot{Thing: Instrument, Device: c.Device}
		return []claim{{spot: at, symptom: Low, p: 0.25}, {spot: at, symptom: High, p: 0.25}, {spot: at, symptom: Unread, p: 0.4}}
	}
	return nil
}

func light(device, part string) Spot   { return Spot{Thing: Light, Device: device, Part: part} }
func machine(device, part string) Spot { return Spot{Thing: Machine, Device: device, Part: part} }
func plant(supply, part string) Spot   { return Spot{Thing: Plant, Device: supply, Part: part} }

// health are claims that a device's summary lights tell of trouble in it.
func (t *Topology) health(device string, p float64) []claim {
	var out []claim
	if d, ok := t.devices[device]; ok {
		for _, l := range t.summary[d.Type] {
			out = append(out, claim{spot: light(device, l), symptom: HealthLight, p: p})
		}
	}
	return out
}

// partClaims are those of one part of a device.
func (t *Topology) partClaims(c Cause) []claim {
	at, says := light(c.Device, c.Part), machine(c.Device, c.Part)
	switch c.Kind {
	case DriveFailed:
		return append(t.health(c.Device, 0.45), claim{spot: at, symptom: DriveLight, p: 0.97}, claim{spot: says, symptom: DriveLight, p: 0.9})
	case PSUFailed:
		return append(t.health(c.Device, 0.6), claim{spot: at, symptom: PSULight, p: 0.85}, claim{spot: at, symptom: InputLight, p: 0.12}, claim{spot: says, symptom: PSULight, p: 0.9})
	case FanFailed:
		out := append(t.health(c.Device, 0.6), claim{spot: Spot{Thing: Heat, Device: c.Device}, symptom: Hot, p: 0.35}, claim{spot: machine(c.Device, "fan"), symptom: FanLight, p: 0.9})
		for _, l := range t.lightsOf(c.Device, FanLight) {
			out = append(out, claim{spot: light(c.Device, l), symptom: FanLight, p: 0.9})
		}
		return out
	case PartFailed:
		return append(t.health(c.Device, 0.4), claim{spot: at, symptom: PartLight, p: 0.9}, claim{spot: says, symptom: PartLight, p: 0.8})
	case OnBattery:
		return []claim{{spot: at, symptom: BatteryOn, p: 0.97}, {spot: says, symptom: BatteryOn, p: 0.9}}
	case MachineAlarm:
		return append(t.health(c.Device, 0.97), claim{spot: machine(c.Device, "health"), symptom: HealthLight, p: 0.9})
	}
	out := []claim{{spot: at, symptom: OddLight, p: 0.7}} // a light that is broken
	for _, s := range []Symptom{InputLight, PSULight, DriveLight, PortLight, FanLight, HealthLight} {
		out = append(out, claim{spot: at, symptom: s, p: 0.04})
	}
	return out
}

// lightsOf are the lights of a device that can tell a symptom.
func (t *Topology) lightsOf(device string, s Symptom) []string {
	if d, ok := t.devices[device]; ok {
		return tellers(d.Type, s)
	}
	return nil
}

// tellers are the lights of a device type that can tell a symptom.
func tellers(d *maps.DeviceType, s Symptom) []string {
	var out []string
	for _, l := range d.LEDs {
		if slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool { return lightSymptom(m.Kind) == s }) {
			out = append(out, l.Name)
		}
	}
	return out
}

func (t *Topology) deviceClaims(c Cause) []claim {
	stands := Spot{Thing: Standing, Device: c.Device}
	switch c.Kind {
	case DeviceOff:
		out := []claim{{spot: Spot{Thing: Power, Device: c.Device}, symptom: Dark, p: 0.97}, {spot: machine(c.Device, "power"), symptom: Dark, p: 0.85}}
		for _, u := range t.devices[c.Device].Uplinks { // the far ends see their link go
			out = append(out, claim{spot: light(u.To, u.Port), symptom: PortLight, p: 0.02})
		}
		return out
	case DeviceHot:
		out := append(t.health(c.Device, 0.15), claim{spot: Spot{Thing: Heat, Device: c.Device}, symptom: Hot, p: 0.97},
			claim{spot: machine(c.Device, "temperature"), symptom: Hot, p: 0.7})
		for _, n := range t.beside(c.Device) {
			out = append(out, claim{spot: Spot{Thing: Heat, Device: n}, symptom: Hot, p: 0.06})
		}
		return out
	case DeviceMoved:
		return []claim{{spot: stands, symptom: Moved, p: 0.85}, {spot: stands, symptom: Missing, p: 0.1}}
	case DeviceRemoved:
		return []claim{{spot: stands, symptom: Missing, p: 0.95}}
	}
	return []claim{{spot: Spot{Thing: Stray, Rack: c.Rack, Face: c.Face, Unit: c.Unit, Device: c.Device}, symptom: StrayLight, p: 0.95}}
}

// beside are the devices that touch one.
func (t *Topology) beside(device string) []string {
	d, ok := t.devices[device]
	if !ok {
		return nil
	}
	var out []string
	for _, o := range t.racks[d.Rack].Devices {
		if o != d && o.Position <= d.Position+d.Type.UHeight && d.Position <= o.Position+o.Type.UHeight {
			out = append(out, o.ID)
		}
	}
	return out
}

// powerClaims: a supply that is lost leaves the power supplies on it without input, and what has no other dark.
func (t *Topology) powerClaims(c Cause) []claim {
	s := supply{c.Kind, c.Hall, c.Supply, c.Part}
	if c.Kind == OutletLost {
		s.name = c.Device
	}
	var out []claim
	for _, p := range t.ports[s] {
		if p.light != "" {
			at := light(p.device.ID, p.light)
			out = append(out, claim{spot: at, symptom: InputLight, p: 0.88 * p.sure}, claim{spot: at, symptom: PSULight, p: 0.09 * p.sure})
			out = append(out, claim{spot: machine(p.device.ID, p.light), symptom: InputLight, p: 0.85 * p.sure})
		}
		if p.alone {
			out = append(out, claim{spot: Spot{Thing: Power, Device: p.device.ID}, symptom: Dark, p: 0.97}, claim{spot: machine(p.device.ID, "power"), symptom: Dark, p: 0.85})
		}
	}
	return append(out, claim{spot: plant(c.Supply, "power"), symptom: Low, p: 0.9})
}

// warms is how surely the inlets of the racks that a cooling unit cools rise, and by how much: mean and standard deviation
// over incidents, K. Within one incident racks differ by spreadK.
var warms = map[Kind]struct{ p, meanK, sdK float64 }{
	CoolingFailed: {0.95, 7, 3}, CoolingWeak: {0.85, 3.7, 0.9}, LoopWarm: {0.95, 6, 3}, LoopPump: {0.6, 5, 3},
	Recirculation: {0.7, 4.5, 2.5}, DoorOpen: {0.02, 3, 1}, PanelGone: {0.05, 3.5, 1}, AirSensorDrift: {0.95, 4, 1.5},
}

// spreadK is by how much racks differ that one cause warms, K.
const spreadK = 1.0

// coolingClaims are those of a cooling unit, or of a loop with all that hangs on it.
func (t *Topology) coolingClaims(c Cause) []claim {
	w := warms[c.Kind]
	var out []claim
	inlets := func(unit string) {
		if w.p == 0 {
			return
		}
		for _, r := range t.cools[unit] {
			inlet := Spot{Thing: Inlet, Rack: r.ID}
			p := w.p / float64(max(1, len(t.coolers[r.ID])))
			out = append(out, claim{spot: inlet, symptom: WarmInlet, p: p})
			for _, d := range r.Devices { // late, and when the air is warm indeed
				out = append(out, claim{spot: Spot{Thing: Heat, Device: d.ID}, symptom: Hot, p: heats.mean(), swing: heats, via: inlet})
				for _, h := range t.health(d.ID, alarms.mean()) {
					h.swing, h.via = alarms, inlet
					out = append(out, h)
				}
			}
		}
	}
	if c.Kind == CoolingFailed || c.Kind == CoolingWeak {
		inlets(c.Hall + "/" + c.Supply)
		part := map[Kind]string{CoolingFailed: "unit", CoolingWeak: "fan"}[c.Kind]
		return append(out, claim{spot: plant(c.Supply, part), symptom: High, p: 0.85})
	}
	for _, unit := range t.loops[c.Supply] {
		inlets(unit)
	}
	wet, low, flow, high := 0.0, 0.0, 0.0, 0.0
	switch c.Kind {
	case LoopWarm:
		high = 0.9
	case LoopLeak:
		wet, low, flow = 1, 0.85, 0.75
	case LoopPump:
		low, flow = 0.75, 0.85
	}
	racks := t.liquid[c.Supply]
	swings := func(cl claim, whole bool) claim {
		if whole {
			cl.swing, cl.p = gauges, gauges.mean()
		}
		return cl
	}
	for _, r := range racks {
		// A leak shows at one rack's foot, seldom at two.
		out = append(out, claim{spot: Spot{Thing: Foot, Rack: r.ID}, symptom: Wet, p: wet * min(0.85, 1.5/float64(len(racks)))})
		for _, in := range r.Instruments {
			at := Spot{Thing: Instrument, Device: in.ID}
			switch t.quantity(in.ID) {
			case "pressure":
				out = append(out, swings(claim{spot: at, symptom: Low, p: low}, c.Kind == LoopPump))
			case "flow":
				out = append(out, swings(claim{spot: at, symptom: Low, p: flow}, c.Kind == LoopLeak))
			case "temperature":
				out = append(out, claim{spot: at, symptom: High, p: high})
			}
		}
	}
	return append(out, claim{spot: plant(c.Supply, "pressure"), symptom: Low, p: low}, claim{spot: plant(c.Supply, "flow"), symptom: Low, p: flow}, claim{spot: plant(c.Supply, "temperature"), symptom: High, p: high})
}

// Dew is the spot that is High where the liquid that runs to a rack is as cold as the dew point of the air there: then what
// stands at its foot may have come out of the air.
func Dew(rack string) Spot { return Spot{Thing: Plant, Rack: rack, Part: "dew"} }

// rackClaims are those of what is wrong about one rack itself.
func (t *Topology) rackClaims(c Cause) []claim {
	inlet := claim{spot: Spot{Thing: Inlet, Rack: c.Rack}, symptom: WarmInlet, p: warms[c.Kind].p}
	switch c.Kind {
	case PanelGone:
		out := []claim{{spot: Spot{Thing: Panel, Rack: c.Rack, Unit: c.Unit}, symptom: NoPanel, p: 0.97}, inlet}
		for u := c.Unit - reachUnits; u <= c.Unit+reachUnits; u++ {
			out = append(out, claim{spot: Spot{Thing: UnitHeat, Rack: c.Rack, Unit: u}, symptom: WarmUnit, p: map[bool]float64{true: 0.65, false: 0.1}[u == c.Unit]})
		}
		for _, d := range t.racks[c.Rack].Devices {
			if d.Position <= c.Unit+1 && c.Unit <= d.Position+d.Type.UHeight {
				out = append(out, claim{spot: Spot{Thing: Heat, Device: d.ID}, symptom: Hot, p: 0.12})
			}
		}
		return out
	case DoorOpen:
		return []claim{{spot: Spot{Thing: Door, Rack: c.Rack, Face: c.Face}, symptom: Open, p: 0.97}, inlet}
	case Recirculation:
		out := []claim{inlet}
		for u := 1; u <= t.racks[c.Rack].Type.UHeight; u++ {
			out = append(out, claim{spot: Spot{Thing: UnitHeat, Rack: c.Rack, Unit: u}, symptom: WarmUnit, p: 0.2})
		}
		for _, d := range t.racks[c.Rack].Devices {
			out = append(out, claim{spot: Spot{Thing: Heat, Device: d.ID}, symptom: Hot, p: 0.03})
		}
		return out
	}
	out := []claim{{spot: Spot{Thing: Foot, Rack: c.Rack}, symptom: Wet, p: 0.97}, {spot: Dew(c.Rack), symptom: High, p: dews.mean(), swing: dews}}
	for _, l := range t.loopOf[c.Rack] {
		out = append(out, claim{spot: plant(l, "pressure"), symptom: Low, p: 0.001})
	}
	return out
}

// reachUnits is how far from a missing panel bare units are warm.
const reachUnits = 2

// netClaims are those of links: what is behind a dead switch loses its link, and so does the far end of a cable.
func (t *Topology) netClaims(c Cause) []claim {
	own := claim{spot: light(c.Device, c.Part), symptom: PortLight, p: 0.92}
	switch c.Kind {
	case CableFault:
		return []claim{own, {spot: machine(c.Device, c.Part), symptom: PortLight, p: 0.8}}
	case UplinkLost: // the trunk of a switch
		out := []claim{own, {spot: machine(c.Device, "uplink"), symptom: PortLight, p: 0.85}}
		for _, u := range t.below[c.Device] {
			out = append(out, claim{spot: light(u.device, u.light), symptom: PortLight, p: 0.03})
		}
		return out
	}
	out := []claim{{spot: Spot{Thing: Power, Device: c.Device}, symptom: Dark, p: 0.45}, {spot: machine(c.Device, "power"), symptom: Dark, p: 0.4}}
	out = append(out, t.health(c.Device, 0.35)...)
	for _, u := range t.below[c.Device] {
		out = append(out, claim{spot: light(u.device, u.light), symptom: PortLight, p: 0.93}, claim{spot: machine(u.device, u.light), symptom: PortLight, p: 0.8})
	}
	return out
}
