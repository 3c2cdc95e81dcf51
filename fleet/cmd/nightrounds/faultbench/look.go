package faultbench

import (
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// robots are those of the site.
var robots = []string{"NR-01", "NR-02", "NR-03", "NR-04"}

// The eyes of the bench's robots, about what `nightrobot bench vision --hard` measured (README.md, "Measured"): shares of
// what is there that one look misses, and of what is not there that it tells.
const (
	missLight, missHeat, missDoor, missPanel   = 0.005, 0.06, 0.06, 0.26
	missWet, missStray, missDevice, missGauge  = 0.10, 0.12, 0.11, 0.04
	falseLight, falseHeat, falseDoor, falseWet = 1.0 / 149837, 1.0 / 60000, 0.015, 0.06
	falseStray, unread                         = 0.011, 0.008
	repeated                                   = 0.3 // mistakes that a second look makes again
	usualC                                     = 22.0
)

// A watch is robots looking at a scene.
type watch struct {
	*scene
	seq   map[string]uint64
	wrong map[string]bool // what a robot got wrong, so that it may again
}

func (s *scene) watch() *watch {
	return &watch{scene: s, seq: map[string]uint64{}, wrong: map[string]bool{}}
}

// errs says whether a robot is mistaken about a thing; one that was is again with a probability of its own.
func (w *watch) errs(robot, thing string, p float64) bool {
	key := robot + thing
	if was, known := w.wrong[key]; known && was {
		p = repeated
	}
	e := w.chance(p)
	if e {
		w.wrong[key] = true
	}
	return e
}

// A take is one look in the making.
type take struct {
	*watch
	o     wire.Observation
	r     *maps.Rack
	robot string
	lost  bool // placed wrongly on the rack
}

// look is what a robot sees of a rack's face.
func (w *watch) look(r *maps.Rack, face maps.Face, robot string, at time.Time) wire.Observation {
	w.seq[robot]++
	t := take{watch: w, r: r, robot: robot, lost: w.misplaced[robot] && w.touched[r.ID] && w.seq[robot] <= 2}
	t.o = wire.Observation{
		Manufacturer: "nightrounds", SerialNumber: robot, Seq: w.seq[robot], At: at, Hall: r.Hall, Viewpoint: r.ID + "-" + string(face),
		Rack: r.ID, Face: face, Registration: vision.Registration{Method: vision.MethodTags, Tags: 4, SigmaMM: 1},
	}
	for _, d := range r.Devices {
		t.device(d)
	}
	t.stray()
	if face == maps.Front {
		t.front()
	} else {
		t.rear()
	}
	return t.o
}

func (t *take) find(kind string, d *maps.Device, led string, value float64) {
	f := vision.Finding{Kind: kind, Severity: vision.Warning, Rack: t.r.ID, Face: t.o.Face, LED: led, Value: value, Meaning: kind, Confidence: 0.9}
	if d != nil {
		f.Device, f.Unit = d.ID, d.Position
	}
	t.o.Findings = append(t.o.Findings, f)
}

// device is one device's lights, warmth and place.
func (t *take) device(d *maps.Device) {
	if t.o.Face == maps.Front && !t.stands(d) {
		return
	}
	dark := t.dark[d.ID]
	if dark && hasSome(d, t.o.Face) {
		t.find(vision.KindPowerLost, d, "", 0)
	}
	for _, l := range d.Type.LEDs {
		if l.Face == t.o.Face && !t.chance(unread) {
			t.light(d, l.Name, dark)
		}
	}
	if t.o.Face != maps.Front {
		return
	}
	t.o.Devices = append(t.o.Devices, vision.TemperatureReading{Device: d.ID, MaxC: 30, P95C: 29, MedianC: 28, Pixels: 40})
	k := t.hot[d.ID]
	mirrored := t.mirror[t.robot] == d.ID
	if k > 3 && !t.errs(t.robot, "heat"+d.ID, missHeat) || mirrored || k == 0 && t.errs(t.robot, "hot"+d.ID, falseHeat) {
		t.find(vision.KindHotDevice, d, "", 28+k)
	}
}

func hasSome(d *maps.Device, face maps.Face) bool {
	for _, l := range d.Type.LEDs {
		if l.Face == face {
			return true
		}
	}
	return false
}

// stands says whether a device is seen at its place, and tells when not.
func (t *take) stands(d *maps.Device) bool {
	away := t.gone[d.ID] || t.moved[d.ID] > 0
	if t.lost && t.chance(0.1) {
		t.find(vision.KindDeviceMissing, d, "", 0)
		return false
	}
	if !away {
		t.o.Sightings = append(t.o.Sightings, vision.Sighting{Thing: vision.ThingDevice, State: vision.StatePresent, Device: d.ID, Confidence: 0.9})
		return true
	}
	if t.errs(t.robot, "gone"+d.ID, missDevice) {
		t.o.Sightings = append(t.o.Sightings, vision.Sighting{Thing: vision.ThingDevice, State: vision.StateUnknown, Device: d.ID})
		return false
	}
	if t.moved[d.ID] > 0 && !t.chance(0.08) {
		t.find(vision.KindDeviceMoved, d, "", float64(t.moved[d.ID]))
	} else {
		t.find(vision.KindDeviceMissing, d, "", 0)
	}
	return false
}

// light is one light's reading, and its finding where it shows something, or is thought to.
func (t *take) light(d *maps.Device, name string, dark bool) {
	reading := vision.LEDReading{Device: d.ID, LED: name, Colour: "green", Pattern: "solid", Confidence: 0.95}
	kind := t.lights[[2]string{d.ID, name}]
	key := d.ID + name
	switch {
	case dark:
		reading.Pattern, reading.Colour = "off", ""
		t.o.LEDs = append(t.o.LEDs, reading)
		return
	case kind != "" && t.errs(t.robot, "light"+key, missLight):
		kind = ""
	case kind == "" && t.errs(t.robot, "lamp"+key, falseLight):
		kind = vision.KindLightUnknown
	case kind == "" && t.chance(t.dirty[t.robot]), kind == "" && t.lost && t.chance(0.25):
		kind = vision.KindLightUnknown
		if t.chance(0.1) && strings.HasPrefix(name, "psu") {
			kind = "psu-input-lost"
		}
	}
	if kind != "" {
		reading.Colour = "amber"
		t.find(kind, d, name, 0)
	}
	t.o.LEDs = append(t.o.LEDs, reading)
}

// stray is a light where none is known.
func (t *take) stray() {
	u, there := t.scene.stray[t.r.ID]
	seen := there && t.o.Face == maps.Front && !t.errs(t.robot, "stray"+t.r.ID, missStray)
	if !seen && (t.errs(t.robot, "glint"+t.r.ID+string(t.o.Face), falseStray) || t.dirty[t.robot] > 0 && t.chance(0.15)) {
		u, seen = 20, true
	}
	if seen {
		t.o.Findings = append(t.o.Findings, vision.Finding{Kind: vision.KindLightUnexpected, Severity: vision.Info, Rack: t.r.ID, Face: t.o.Face, Unit: u, Meaning: "a light"})
	}
}

// front is the air, the door, the panels and the bare units.
func (t *take) front() {
	rise := t.inlets[t.r.ID] + t.airK[t.robot] + 0.45*t.rng.NormFloat64()
	t.o.Air = &vision.Air{TemperatureC: usualC + rise, HumidityPercent: 45, DewPointC: 10}
	if len(t.r.Doors) > 0 {
		open := t.doors[t.r.ID] && !t.errs(t.robot, "door"+t.r.ID, missDoor) || !t.doors[t.r.ID] && t.errs(t.robot, "leaf"+t.r.ID, falseDoor)
		if open {
			t.find(vision.KindDoorOpen, nil, "", 0)
		} else {
			t.o.Sightings = append(t.o.Sightings, vision.Sighting{Thing: vision.ThingDoor, State: vision.StateClosed, Confidence: 0.9})
		}
	}
	for _, u := range t.r.BlankingPanels {
		if t.panels[t.r.ID][u] && !t.errs(t.robot, "panel"+t.r.ID, missPanel) {
			t.find(vision.KindPanelMissing, nil, "", 0)
			t.o.Findings[len(t.o.Findings)-1].Unit = u
		} else {
			t.o.Sightings = append(t.o.Sightings, vision.Sighting{Thing: vision.ThingPanel, State: vision.StatePresent, Unit: u, Confidence: 0.9})
		}
		t.bare(u)
		t.bare(u + 1)
	}
	t.foot()
}

func (t *take) bare(u int) {
	t.o.Units = append(t.o.Units, vision.TemperatureReading{Unit: u, MedianC: 24, Pixels: 20})
	if t.units[t.r.ID][u] > 0 && !t.errs(t.robot, "unit"+t.r.ID, missHeat) {
		t.find(vision.KindHotUnit, nil, "", 24+t.units[t.r.ID][u])
		t.o.Findings[len(t.o.Findings)-1].Unit = u
	}
}

// foot is watched where liquid runs to the rack; what stands before others is seen too.
func (t *take) foot() {
	wet := t.wet[t.r.ID] && !t.errs(t.robot, "wet"+t.r.ID, missWet) || !t.wet[t.r.ID] && t.r.LiquidCooled && t.errs(t.robot, "dry"+t.r.ID, falseWet)
	switch {
	case wet:
		t.find(vision.KindLiquid, nil, "", 0.02)
		t.o.Findings[len(t.o.Findings)-1].Severity = vision.Critical
	case t.r.LiquidCooled && !t.wet[t.r.ID]:
		t.o.Sightings = append(t.o.Sightings, vision.Sighting{Thing: vision.ThingLiquid, State: vision.StateDry, Confidence: 0.9})
	}
}

// rear is the instruments.
func (t *take) rear() {
	for _, in := range t.r.Instruments {
		kind := t.gauges[in.ID]
		if kind == "" || t.errs(t.robot, "gauge"+in.ID, missGauge) {
			t.o.Instruments = append(t.o.Instruments, vision.InstrumentReading{Instrument: in.ID, Value: 2})
			continue
		}
		t.find(kind, nil, "", 0)
		t.o.Findings[len(t.o.Findings)-1].Device = in.ID
	}
}
