package cause

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// words are a cause in a sentence's piece.
func (t *Topology) words(c Cause) string {
	text, ok := phrases[c.Kind]
	if !ok {
		text = string(c.Kind)
	}
	r := strings.NewReplacer("{rack}", c.Rack, "{device}", c.Device, "{part}", c.Part, "{supply}", c.Supply, "{hall}", c.Hall,
		"{robot}", c.Robot, "{unit}", fmt.Sprintf("U%d", c.Unit), "{face}", string(c.Face), "{look}", c.Look)
	return r.Replace(text)
}

// phrases are what each kind of cause is called.
var phrases = map[Kind]string{ //nolint:gosec // a cause is no credential
	DriveFailed:    "the drive behind {part} of {device} in rack {rack}, {unit}, failed",
	FanFailed:      "a fan of {device} in rack {rack}, {unit}, failed",
	PSUFailed:      "the power supply {part} of {device} in rack {rack}, {unit}, failed",
	PartFailed:     "what {part} of {device} in rack {rack}, {unit}, stands for failed",
	DeviceOff:      "{device} in rack {rack}, {unit}, is off",
	DeviceHot:      "{device} in rack {rack}, {unit}, makes too much heat or gets too little air",
	MachineAlarm:   "{device} in rack {rack}, {unit}, has an alarm of its own",
	LightBroken:    "the light {part} of {device} in rack {rack}, {unit}, is broken",
	DeviceMoved:    "{device} does not stand at {unit} of rack {rack}, where the record has it, but elsewhere",
	DeviceRemoved:  "{device} is gone from {unit} of rack {rack}",
	Unrecorded:     "something stands at {unit} of rack {rack} that the record does not have",
	OutletLost:     "the outlet or cord of {part} of {device} in rack {rack}, {unit}, has no power",
	PDULost:        "PDU {supply} has no power",
	PhaseLost:      "phase {part} of feed {supply} in {hall} is lost",
	FeedLost:       "feed {supply} in {hall} is lost",
	UPSLost:        "UPS {supply} delivers nothing",
	OnBattery:      "{device} in rack {rack}, {unit}, runs on its battery",
	CoolingFailed:  "cooling unit {supply} in {hall} does not cool",
	CoolingWeak:    "cooling unit {supply} in {hall} blows too little: a fan or valve of it",
	LoopWarm:       "loop {supply} is warm: the plant behind it",
	LoopLeak:       "loop {supply} leaks",
	LoopPump:       "loop {supply} has too little pressure or flow, and no leak is seen",
	PanelGone:      "a blanking panel is missing at {unit} of rack {rack}",
	DoorOpen:       "the {face} door of rack {rack} stands open",
	Recirculation:  "exhaust air returns to the inlets of rack {rack}",
	Spill:          "liquid stands before rack {rack} that comes from no loop",
	CableFault:     "the cable at {part} of {device} in rack {rack}, {unit}, is out or broken",
	SwitchDown:     "switch {device} in rack {rack}, {unit}, is down",
	UplinkLost:     "the uplink {part} of {device} in rack {rack}, {unit}, is lost",
	GaugeBroken:    "the instrument {device} at rack {rack} is broken",
	LensDirty:      "the lens of robot {robot} is dirty",
	Misregistered:  "the look {look} of robot {robot} was placed wrongly on the rack",
	Reflection:     "robot {robot} saw a reflection at rack {rack}",
	AirSensorDrift: "the air sensor of robot {robot} is off",
}

// A tally counts, for one symptom that a cause makes, where it was looked for and where it was found.
type tally struct {
	symptom              Symptom
	thing                Thing
	found, clean, unseen int
	expect               float64 // found among as many looks, by the model
	first                string
	clear                string // what a machine said that is in order
	low, high            float64
	by                   map[string]bool
}

// evidence are sentences for and against a cause, the weightiest first.
func (n *network) evidence(c Cause) (pro, con []string) {
	if c.Robot != "" {
		return n.robotEvidence(c)
	}
	id, ok := n.byID[c]
	if !ok || id < 0 {
		return []string{}, []string{}
	}
	tallies := n.tallies(n.cands[id])
	slices.SortStableFunc(tallies, func(a, b *tally) int { return cmp.Compare(b.found+b.clean, a.found+a.clean) })
	pro, con = []string{}, []string{}
	for _, x := range tallies {
		if x.found > 0 {
			pro = append(pro, x.pro())
		}
		switch {
		case x.clean == 1 && x.expect >= 0.5 && x.clear != "":
			con = append(con, x.clear)
		case x.clean > 0 && x.expect >= 0.5:
			con = append(con, fmt.Sprintf("%d of %d %s looked at since are in order", x.clean, x.clean+x.found, things(x.thing, x.clean+x.found)))
		}
		if x.unseen > 0 && x.found > 0 {
			pro = append(pro, fmt.Sprintf("%d more %s that it would change were not looked at since", x.unseen, things(x.thing, x.unseen)))
		}
	}
	return pro, con
}

func (n *network) tallies(cand *candidate) []*tally {
	type key struct {
		thing   Thing
		symptom Symptom
	}
	by, mine := map[key]*tally{}, map[int]bool{}
	for _, l := range cand.links {
		mine[l.sign] = true
	}
	var out []*tally
	for _, cl := range cand.claims {
		if cl.p < 0.02 {
			continue
		}
		k := key{cl.spot.Thing, cl.symptom}
		x := by[k]
		if x == nil {
			x = &tally{symptom: cl.symptom, thing: cl.spot.Thing, by: map[string]bool{}}
			by[k] = x
			out = append(out, x)
		}
		x.count(n, cl, cand, mine)
	}
	return out
}

func (x *tally) count(n *network, cl claim, cand *candidate, mine map[int]bool) {
	looked := false
	for _, s := range n.m.spots[cl.spot] {
		switch {
		case s.Symptom == cl.symptom:
			looked = true
			if !mine[n.place[voice{s.Spot, s.By}]] {
				continue
			}
			x.found++
			x.by[s.By] = true
			if x.first == "" {
				x.first = s.Meaning
			}
			if x.found == 1 || s.Value < x.low {
				x.low = s.Value
			}
			x.high = max(x.high, s.Value)
		case s.Symptom == InOrder && !s.At.Before(cand.onset):
			looked = true
			x.clean++
			x.expect = max(x.expect, cl.p)
			if s.Thing == Machine || s.Thing == Plant {
				x.clear = s.Meaning
			}
		}
	}
	if !looked {
		x.unseen++
	}
}

// pro says what was found.
func (x *tally) pro() string {
	if x.found == 1 && x.clean == 0 && x.first != "" {
		return x.first
	}
	text := fmt.Sprintf("%d of %d %s looked at are %s", x.found, x.found+x.clean, things(x.thing, x.found+x.clean), states[x.symptom])
	if x.symptom == WarmInlet && x.high > 0 {
		text += fmt.Sprintf(", by %.1f to %.1f K", x.low, x.high)
	}
	return text
}

var states = map[Symptom]string{
	DriveLight: "showing a failed drive", FanLight: "showing a failed fan", PSULight: "showing a failed power supply",
	InputLight: "without power", PortLight: "without link", OutletLight: "showing an outlet's trouble", BatteryOn: "on battery",
	PartLight: "showing a failed part", HealthLight: "showing an alarm", OddLight: "in no state that is known", Dark: "dark",
	Hot: "hot", WarmUnit: "warm", WarmInlet: "warmer than usual", NoPanel: "gone", Open: "open", Wet: "wet", StrayLight: "lit",
	Missing: "gone", Moved: "elsewhere", Low: "too low", High: "too high or alarmed", Unread: "unreadable",
}

// things is the name of some things.
func things(t Thing, n int) string {
	name := map[Thing]string{
		Light: "light", Power: "device", Heat: "device", UnitHeat: "bare unit", Inlet: "inlet", Panel: "panel", Door: "door", Foot: "rack foot",
		Stray: "light", Standing: "device", Instrument: "instrument", Machine: "report of the machines", Plant: "report of the building",
	}[t]
	switch {
	case n == 1:
		return name
	case strings.HasPrefix(name, "report"):
		return "reports" + strings.TrimPrefix(name, "report")
	case name == "rack foot":
		return "rack feet"
	}
	return name + "s"
}

// robotEvidence is for and against a cause in a robot: what it alone saw, and what others saw where it looked.
func (n *network) robotEvidence(c Cause) (pro, con []string) {
	mine, alone, agreed := 0, 0, 0
	for _, i := range n.robots[c.Robot] {
		s := n.seen[i]
		if blame(c, s) == 0 || !n.ofRobot(c, s) {
			continue
		}
		mine++
		for _, o := range n.m.spots[s.Spot] {
			switch {
			case o.By == s.By:
			case o.Symptom == InOrder && !o.At.Before(s.At):
				alone++
			case o.Symptom == s.Symptom:
				agreed++
			}
		}
	}
	pro, con = []string{fmt.Sprintf("%d findings are of this robot alone", mine)}, []string{}
	if alone > 0 {
		pro = append(pro, fmt.Sprintf("others looked at %d of them and found them in order", alone))
	}
	if agreed > 0 {
		con = append(con, fmt.Sprintf("others found %d of them too", agreed))
	}
	return pro, con
}
