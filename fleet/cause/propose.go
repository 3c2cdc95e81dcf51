package cause

import (
	"cmp"
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// propose lists the causes that could have made a sign.
func (t *Topology) propose(s Sign) []Cause {
	var out []Cause
	switch s.Thing {
	case Light, Power, Machine, Heat, Standing:
		if _, ok := t.devices[s.Device]; !ok && s.Thing != Machine {
			return t.inTheEyes(s)
		}
		out = t.proposeOfDevice(s)
	case UnitHeat, Inlet, Panel, Door, Foot, Stray:
		if _, ok := t.racks[s.Rack]; !ok {
			return t.inTheEyes(s)
		}
		out = t.proposeOfRack(s)
	case Instrument:
		out = append(t.proposeOfLoops(t.toolAt[s.Device], s), Cause{Kind: GaugeBroken, Rack: t.toolAt[s.Device], Device: s.Device})
	case Plant:
		out = t.proposeOfPlant(s)
	}
	return append(out, t.inTheEyes(s)...)
}

// ofPart is a cause at a light or port of a device.
func (t *Topology) ofPart(k Kind, device, part string) Cause {
	c := Cause{Kind: k, Device: device, Part: part}
	if d, ok := t.devices[device]; ok {
		c.Rack, c.Unit, c.Hall = d.Rack, d.Position, t.hallOf(d.Rack)
	}
	return c
}

func (t *Topology) proposeOfDevice(s Sign) []Cause {
	if _, ok := t.devices[s.Device]; !ok {
		return nil
	}
	part := func(k Kind) Cause { return t.ofPart(k, s.Device, s.Part) }
	whole := func(k Kind) Cause { return t.ofPart(k, s.Device, "") }
	var out []Cause
	switch s.Symptom {
	case DriveLight:
		out = append(out, part(DriveFailed))
	case FanLight:
		out = append(out, whole(FanFailed))
	case PSULight, InputLight:
		out = append(append(out, part(PSUFailed)), t.suppliesOf(s.Device, s.Part)...)
		if s.Symptom == InputLight {
			out = append(out, part(PartFailed))
		}
	case Dark:
		out = append(append(out, whole(DeviceOff), whole(SwitchDown)), t.suppliesOf(s.Device, "")...)
	case HealthLight:
		out = append(out, whole(MachineAlarm), whole(FanFailed), whole(DeviceHot))
	case PortLight:
		out = append(append(out, part(CableFault)), t.proposeOfLinks(s)...)
	case BatteryOn:
		out = append(out, part(OnBattery))
	case Hot:
		out = append(append(out, whole(DeviceHot), whole(FanFailed)), t.aroundHeat(s.Device)...)
		for _, key := range t.coolers[t.devices[s.Device].Rack] {
			hall, id, _ := strings.Cut(key, "/")
			out = append(out, Cause{Kind: CoolingFailed, Hall: hall, Supply: id})
		}
	case Missing, Moved:
		out = append(out, whole(DeviceMoved))
		if s.Symptom == Missing {
			out = append(out, whole(DeviceRemoved))
		}
	case PartLight, OutletLight:
		out = append(out, part(PartFailed))
	}
	if s.Thing == Light {
		out = append(out, part(LightBroken))
	}
	return out
}

// suppliesOf are the losses that would take a light's power supply, or, for no light, the whole device, its power.
func (t *Topology) suppliesOf(device, lightName string) []Cause {
	d := t.devices[device]
	hall := t.hallOf(d.Rack)
	var out []Cause
	for _, p := range t.fed[device] {
		if lightName != "" && p.light != lightName {
			continue
		}
		for _, s := range t.feeders(hall, device, p.from) {
			if lightName == "" && !t.single(device, s) {
				continue
			}
			c := Cause{Kind: s.kind, Hall: s.hall, Supply: s.name, Part: s.part}
			if s.kind == OutletLost {
				c = t.ofPart(OutletLost, device, s.part)
			}
			out = append(out, c)
		}
	}
	return out
}

// proposeOfLinks are what, beside a cable, takes a link: the switch at either end, its trunk.
func (t *Topology) proposeOfLinks(s Sign) []Cause {
	var out []Cause
	for _, u := range t.devices[s.Device].Uplinks {
		if u.Port == s.Part || u.Port == "" || s.Part == "" {
			if _, ok := t.devices[u.To]; ok {
				out = append(out, t.ofPart(SwitchDown, u.To, ""))
			}
			if len(t.below[s.Device]) > 0 {
				out = append(out, t.ofPart(UplinkLost, s.Device, u.Port))
			}
		}
	}
	if s.Thing == Machine && s.Part == "uplink" {
		for _, u := range t.devices[s.Device].Uplinks {
			out = append(out, t.ofPart(UplinkLost, s.Device, u.Port))
		}
	}
	return out
}

// aroundHeat are causes beside a hot device: a neighbour's heat, missing panels, air that returns.
func (t *Topology) aroundHeat(device string) []Cause {
	d := t.devices[device]
	out := []Cause{{Kind: Recirculation, Hall: t.hallOf(d.Rack), Rack: d.Rack}}
	for _, n := range t.beside(device) {
		out = append(out, t.ofPart(DeviceHot, n, ""))
	}
	for u := d.Position - 1; u <= d.Position+d.Type.UHeight; u++ {
		if t.hasPanel(d.Rack, u) {
			out = append(out, t.panel(d.Rack, u))
		}
	}
	return out
}

func (t *Topology) panel(rack string, unit int) Cause {
	return Cause{Kind: PanelGone, Hall: t.hallOf(rack), Rack: rack, Face: maps.Front, Unit: unit}
}

// hasPanel says whether the record closes a unit by a panel: as a unit, or as a device that is one.
func (t *Topology) hasPanel(rack string, unit int) bool {
	r := t.racks[rack]
	for _, u := range r.BlankingPanels {
		if u == unit {
			return true
		}
	}
	for _, d := range r.Devices {
		if d.Position == unit && t.standing(d.ID).Thing == Panel {
			return true
		}
	}
	return false
}

func (t *Topology) proposeOfRack(s Sign) []Cause {
	hall := t.hallOf(s.Rack)
	at := func(k Kind) Cause { return Cause{Kind: k, Hall: hall, Rack: s.Rack} }
	switch s.Symptom {
	case WarmInlet:
		out := []Cause{at(Recirculation)}
		for _, key := range t.coolers[s.Rack] {
			id := strings.TrimPrefix(key, hall+"/")
			out = append(out, Cause{Kind: CoolingFailed, Hall: hall, Supply: id}, Cause{Kind: CoolingWeak, Hall: hall, Supply: id})
		}
		return append(out, t.proposeOfLoops(s.Rack, s)...)
	case WarmUnit:
		out := []Cause{at(Recirculation)}
		for u := s.Unit - reachUnits; u <= s.Unit+reachUnits; u++ {
			if u == s.Unit || t.hasPanel(s.Rack, u) {
				out = append(out, t.panel(s.Rack, u))
			}
		}
		return out
	case NoPanel:
		return []Cause{t.panel(s.Rack, s.Unit)}
	case Open:
		return []Cause{{Kind: DoorOpen, Hall: hall, Rack: s.Rack, Face: s.Face}}
	case Wet:
		return append(t.proposeOfLoops(s.Rack, s), at(Spill))
	case StrayLight:
		return []Cause{{Kind: Unrecorded, Hall: hall, Rack: s.Rack, Face: s.Face, Unit: s.Unit, Device: s.Device}}
	}
	return nil
}

// proposeOfLoops are the causes in the loops that a rack hangs on.
func (t *Topology) proposeOfLoops(rack string, s Sign) []Cause {
	kinds := []Kind{LoopWarm, LoopLeak, LoopPump}
	switch {
	case s.Symptom == Wet:
		kinds = kinds[1:2]
	case s.Thing == Instrument && s.Symptom == Low:
		kinds = kinds[1:]
	case s.Thing == Instrument && s.Symptom != High:
		return nil
	}
	var out []Cause
	for _, l := range t.loopOf[rack] {
		for _, k := range kinds {
			out = append(out, Cause{Kind: k, Supply: l})
		}
	}
	return out
}

// proposeOfPlant are the causes at a supply that the building speaks of: its name may be of several.
func (t *Topology) proposeOfPlant(s Sign) []Cause {
	var out []Cause
	if _, ok := t.racks[s.Rack]; ok && s.Spot == Dew(s.Rack) {
		out = append(out, Cause{Kind: Spill, Hall: t.hallOf(s.Rack), Rack: s.Rack})
	}
	for key := range t.units {
		if hall, id, ok := strings.Cut(key, "/"); ok && id == s.Device {
			out = append(out, Cause{Kind: CoolingFailed, Hall: hall, Supply: id}, Cause{Kind: CoolingWeak, Hall: hall, Supply: id})
		}
	}
	if len(t.loops[s.Device]) > 0 || len(t.liquid[s.Device]) > 0 {
		for _, k := range []Kind{LoopWarm, LoopLeak, LoopPump} {
			out = append(out, Cause{Kind: k, Supply: s.Device})
		}
	}
	for sup := range t.ports {
		if sup.kind != OutletLost && sup.name == s.Device {
			out = append(out, Cause{Kind: sup.kind, Hall: sup.hall, Supply: sup.name, Part: sup.part})
		}
	}
	slices.SortFunc(out, func(a, b Cause) int { // maps have no order
		return cmp.Or(cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Hall, b.Hall), cmp.Compare(a.Part, b.Part))
	})
	return out
}

// inTheEyes are the causes in the robot that saw a sign.
func (t *Topology) inTheEyes(s Sign) []Cause {
	if s.Thing == Machine || s.Thing == Plant || s.By == "" {
		return nil
	}
	var out []Cause
	if blame(Cause{Kind: LensDirty}, s) > 0 {
		out = append(out, Cause{Kind: LensDirty, Robot: s.By})
	}
	if blame(Cause{Kind: Misregistered}, s) > 0 && s.Look != "" {
		out = append(out, Cause{Kind: Misregistered, Robot: s.By, Look: s.Look})
	}
	switch s.Symptom {
	case WarmInlet:
		out = append(out, Cause{Kind: AirSensorDrift, Robot: s.By})
	case Hot, StrayLight:
		out = append(out, Cause{Kind: Reflection, Robot: s.By, Rack: t.Rack(s.Spot), Device: s.Device, Unit: s.Unit})
	}
	return out
}

// blames are how probably a robot at fault tells a symptom of one spot that it looks at.
var blames = map[Kind]map[Symptom]float64{
	LensDirty: {OddLight: 0.03, InputLight: 0.004, DriveLight: 0.002, PSULight: 0.002, HealthLight: 0.002, StrayLight: 0.2, Open: 0.05},
	Misregistered: {
		OddLight: 0.25, InputLight: 0.06, DriveLight: 0.03, PSULight: 0.03, HealthLight: 0.05, PortLight: 0.03, Missing: 0.15, Moved: 0.15,
		StrayLight: 0.3, NoPanel: 0.2,
	},
	AirSensorDrift: {WarmInlet: 0.95},
	Reflection:     {Hot: 0.9, StrayLight: 0.3},
}

// blame is the probability that a robot at fault told the sign.
func blame(c Cause, s Sign) float64 {
	p := blames[c.Kind][s.Symptom]
	switch {
	case c.Kind == Misregistered && s.Looks > 1: // one look was misplaced, the next one saw the same
		return 0
	case c.Kind == Reflection:
		p *= math.Pow(0.3, float64(min(max(s.Looks, 1), maxLooks)-1)) // it moves with the viewpoint
	}
	return p
}

// spares is the probability that a robot at fault tells a trouble of a spot that it told to be in order.
func spares(c Cause, s Sign) float64 {
	switch {
	case c.Kind == LensDirty && s.Thing == Light:
		return 0.03
	case c.Kind == Misregistered && s.Thing == Light:
		return 0.3
	case c.Kind == AirSensorDrift && s.Thing == Inlet:
		return 0.95
	}
	return 0
}
