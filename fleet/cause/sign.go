package cause

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A Thing is what a sign is about.
type Thing string

// The things that are looked at.
const (
	Light      Thing = "light"      // one light of a device
	Power      Thing = "power"      // all lights of a device
	Heat       Thing = "heat"       // of a device
	UnitHeat   Thing = "unit-heat"  // of a bare unit
	Inlet      Thing = "inlet"      // the air before a rack
	Panel      Thing = "panel"      // a blanking panel
	Door       Thing = "door"       // of a face
	Foot       Thing = "foot"       // the floor before a rack
	Stray      Thing = "stray"      // a light where none is known
	Standing   Thing = "standing"   // a device at its place
	Instrument Thing = "instrument" // a gauge or display
	Machine    Thing = "machine"    // what a device says of a part of itself, by Redfish or SNMP
	Plant      Thing = "plant"      // what the building says of a supply
)

// A Symptom is what is out of order of a thing; empty when it is in order.
type Symptom string

// The symptoms.
const (
	InOrder     Symptom = ""
	DriveLight  Symptom = "drive"
	FanLight    Symptom = "fan"
	PSULight    Symptom = "psu"
	InputLight  Symptom = "input" // a power supply without input
	PortLight   Symptom = "port"
	OutletLight Symptom = "outlet"
	BatteryOn   Symptom = "battery"
	PartLight   Symptom = "part"
	HealthLight Symptom = "health"
	OddLight    Symptom = "odd" // no state that its type knows
	Dark        Symptom = "dark"
	Hot         Symptom = "hot"
	WarmUnit    Symptom = "warm-unit"
	WarmInlet   Symptom = "warm-inlet"
	NoPanel     Symptom = "no-panel"
	Open        Symptom = "open"
	Wet         Symptom = "wet"
	StrayLight  Symptom = "stray"
	Missing     Symptom = "missing"
	Moved       Symptom = "moved"
	Low         Symptom = "low"
	High        Symptom = "high"
	Unread      Symptom = "unread"
)

// A Spot is a thing at its place: two signs of one spot are of the same thing.
type Spot struct {
	Thing  Thing     `json:"thing"`
	Rack   string    `json:"rack,omitempty"`
	Face   maps.Face `json:"face,omitempty"`
	Unit   int       `json:"unit,omitempty"`
	Device string    `json:"device,omitempty"` // or instrument, or, of the plant, the supply
	Part   string    `json:"part,omitempty"`   // light; of a machine or plant: fan, psu1, disk4, temperature, power, pressure ...
}

// compare orders spots.
func (s Spot) compare(o Spot) int {
	return cmp.Or(cmp.Compare(s.Rack, o.Rack), cmp.Compare(s.Device, o.Device), cmp.Compare(s.Thing, o.Thing), cmp.Compare(s.Face, o.Face),
		cmp.Compare(s.Unit, o.Unit), cmp.Compare(s.Part, o.Part))
}

// A Sign is what one robot, or somebody else, last said of a spot.
type Sign struct {
	Spot
	Symptom Symptom   `json:"symptom,omitempty"` // empty: looked at, and in order
	Value   float64   `json:"value,omitempty"`   // of an inlet: K above what is usual there
	At      time.Time `json:"at"`
	Said    time.Time `json:"-"`                // when it was last said; set by the memory
	Fine    time.Time `json:"fine,omitzero"`    // of a thing out of order: when who says so last found it in order before that
	By      string    `json:"by"`               // robot, or the name of the outside source
	Look    string    `json:"look,omitempty"`   // of the robot
	Looks   int       `json:"looks,omitempty"`  // in a row that said so; 0 is one
	Missed  int       `json:"missed,omitempty"` // looks since that did not see it, as long as they may have missed what is there
	Before  int       `json:"before,omitempty"` // looks at the spot before
	Alarms  int       `json:"alarms,omitempty"` // of those, episodes out of order that ended without a repair
	Limit   bool      `json:"limit,omitempty"`  // of heat: past the limit that its type declares, not only above its peers or its habit
	Meaning string    `json:"meaning,omitempty"`
}

// ill says whether the sign says that something is out of order.
func (s Sign) ill() bool { return s.Symptom != InOrder }

// InletK is the rise of a rack's inlet over what is usual there from which it is a sign, K: NETA's "possible deficiency" is
// 1-3 K, the air sensor is good to 0.3 K, and a hall breathes by one or two.
const InletK = 2.5

// Read is what an observation says of all that it looked at; usualC is what the inlet of its rack usually has, °C, NaN or 0
// where that is not known. A look that failed or could not be placed says nothing.
func (t *Topology) Read(o wire.Observation, usualC float64) []Sign {
	if o.Failed != "" {
		return nil
	}
	r := reader{t: t, o: o, seen: map[Spot]bool{}, look: fmt.Sprintf("%s/%d", o.SerialNumber, o.Seq)}
	r.inlet(usualC)
	for _, f := range o.Findings {
		if spot, s, ok := t.SignOf(f); ok {
			r.add(Sign{Spot: spot, Symptom: s, Value: f.Value, Limit: f.PastCritical, Meaning: f.Meaning})
		}
	}
	if o.Registration.Method != vision.MethodNone {
		r.inOrder()
	}
	return r.out
}

type reader struct {
	t    *Topology
	o    wire.Observation
	out  []Sign
	seen map[Spot]bool
	look string
}

func (r *reader) add(s Sign) {
	if r.seen[s.Spot] {
		return
	}
	r.seen[s.Spot] = true
	s.At, s.By, s.Look, s.Looks = r.o.At, r.o.SerialNumber, r.look, 1
	r.out = append(r.out, s)
}

// fine adds that a thing is in order.
func (r *reader) fine(spot Spot) { r.add(Sign{Spot: spot}) }

// inlet is the air before a front, against what is usual there.
func (r *reader) inlet(usualC float64) {
	if r.o.Air == nil || r.o.Face != maps.Front || !(usualC > 0) {
		return
	}
	rise, spot := r.o.Air.TemperatureC-usualC, Spot{Thing: Inlet, Rack: r.o.Rack}
	if rise < InletK {
		if !hasKind(r.o.Findings, vision.KindInletHigh) {
			r.add(Sign{Spot: spot, Value: rise})
		}
		return
	}
	r.add(Sign{Spot: spot, Symptom: WarmInlet, Value: rise, Meaning: fmt.Sprintf("the air before rack %s is %.1f °C, %.1f K above what is usual there", r.o.Rack, r.o.Air.TemperatureC, rise)})
}

func hasKind(all []vision.Finding, kind string) bool {
	for _, f := range all {
		if f.Kind == kind {
			return true
		}
	}
	return false
}

// inOrder adds what was read and is no finding.
func (r *reader) inOrder() {
	lit := map[string]bool{}
	for _, l := range r.o.LEDs {
		if l.Pattern != "unknown" && l.Pattern != "" {
			lit[l.Device] = lit[l.Device] || l.Pattern != "off"
		}
	}
	for _, l := range r.o.LEDs {
		if l.Pattern == "unknown" || l.Pattern == "" || r.seen[Spot{Thing: Power, Device: l.Device}] && !lit[l.Device] {
			continue
		}
		r.fine(Spot{Thing: Light, Device: l.Device, Part: l.LED})
		if lit[l.Device] {
			r.fine(Spot{Thing: Power, Device: l.Device})
		}
	}
	for _, d := range r.o.Devices {
		r.fine(Spot{Thing: Heat, Device: d.Device})
	}
	for _, u := range r.o.Units {
		r.fine(Spot{Thing: UnitHeat, Rack: r.o.Rack, Unit: u.Unit})
	}
	for _, s := range r.o.Sightings {
		if spot, ok := r.sighted(s); ok {
			r.fine(spot)
		}
	}
	for _, i := range r.o.Instruments {
		if i.Refused == "" {
			r.fine(Spot{Thing: Instrument, Device: i.Instrument})
		}
	}
}

// sighted is the spot of a sighting that found its thing in order.
func (r *reader) sighted(s vision.Sighting) (Spot, bool) {
	switch {
	case s.Thing == vision.ThingDoor && s.State == vision.StateClosed:
		return Spot{Thing: Door, Rack: r.o.Rack, Face: r.o.Face}, true
	case s.Thing == vision.ThingPanel && s.State == vision.StatePresent:
		return Spot{Thing: Panel, Rack: r.o.Rack, Unit: s.Unit}, true
	case s.Thing == vision.ThingLiquid && s.State == vision.StateDry:
		return Spot{Thing: Foot, Rack: r.o.Rack}, true
	case s.Thing == vision.ThingDevice && s.State == vision.StatePresent:
		return r.t.standing(s.Device), true
	}
	return Spot{}, false
}

// SignOf is the spot and symptom of a finding; ok is false for what says nothing of a fault.
func (t *Topology) SignOf(f vision.Finding) (spot Spot, s Symptom, ok bool) {
	switch f.Kind {
	case vision.KindPowerLost:
		return Spot{Thing: Power, Device: f.Device}, Dark, f.Device != ""
	case vision.KindHotDevice:
		return Spot{Thing: Heat, Device: f.Device}, Hot, f.Device != ""
	case vision.KindHotUnit:
		return Spot{Thing: UnitHeat, Rack: f.Rack, Unit: f.Unit}, WarmUnit, true
	case vision.KindInletHigh:
		return Spot{Thing: Inlet, Rack: f.Rack}, WarmInlet, true
	case vision.KindPanelMissing:
		return Spot{Thing: Panel, Rack: f.Rack, Unit: f.Unit}, NoPanel, true
	case vision.KindDoorOpen, vision.KindDoorAjar:
		return Spot{Thing: Door, Rack: f.Rack, Face: f.Face}, Open, true
	case vision.KindLiquid:
		return Spot{Thing: Foot, Rack: f.Rack}, Wet, true
	case vision.KindLightUnexpected:
		return Spot{Thing: Stray, Rack: f.Rack, Face: f.Face, Unit: f.Unit, Device: f.Device}, StrayLight, true
	case vision.KindDeviceMissing:
		spot = t.standing(f.Device)
		if spot.Thing == Panel {
			return spot, NoPanel, true
		}
		return spot, Missing, true
	case vision.KindDeviceMoved:
		return Spot{Thing: Standing, Device: f.Device}, Moved, true
	case vision.KindReadingLow:
		return Spot{Thing: Instrument, Device: f.Device}, Low, true
	case vision.KindReadingHigh:
		return Spot{Thing: Instrument, Device: f.Device}, High, true
	case vision.KindReadingRefused:
		return Spot{Thing: Instrument, Device: f.Device}, Unread, true
	}
	return Spot{Thing: Light, Device: f.Device, Part: f.LED}, lightSymptom(f.Kind), f.LED != "" && lightSymptom(f.Kind) != InOrder
}

// lightSymptoms are the kinds that device types name for their lights, by what they begin with; the first that fits counts.
var lightSymptoms = []struct {
	prefix  string
	symptom Symptom
}{
	{"identify", InOrder}, {"disk-rebuilding", InOrder}, {"health-busy", InOrder}, {"health-note", InOrder},
	{"disk", DriveLight}, {"drive", DriveLight}, {"fan", FanLight}, {"psu-input", InputLight}, {"psu", PSULight},
	{"port", PortLight}, {"link", PortLight}, {"sas-port", PortLight}, {"outlet", OutletLight}, {"on-battery", BatteryOn},
	{"power-lost", InputLight}, {"power-standby", InputLight}, {"health", HealthLight}, {vision.KindLightUnknown, OddLight},
}

func lightSymptom(kind string) Symptom {
	for _, l := range lightSymptoms {
		if strings.HasPrefix(kind, l.prefix) {
			return l.symptom
		}
	}
	return PartLight
}
