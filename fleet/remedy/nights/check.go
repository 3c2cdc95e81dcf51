package nights

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// An answer is what a target said that it is, and whether that is so.
type answer struct {
	id   remedy.Identity
	true bool
}

// A mark is one act as the checker saw it.
type mark struct {
	run, key     string
	at           time.Time
	auto         bool
	rack, device string
	part         string
	feeds        []string
	takes, where string // what it took away, and in which failure domain
	fault        string
	busy         bool // the act is not over
	step         int
	once         bool
	undo         bool
}

// ask asks a target who it is; some do not answer, and some are another machine.
func (n *night) ask(o remedy.Order) (answer, bool) {
	if n.odds(10) {
		return answer{}, false
	}
	a := answer{remedy.Identity{At: n.now}, true}
	m, known := n.machine(o.Target.Device)
	switch o.Step.Kind {
	case remedy.SetPoint:
		v := n.points[o.Target.Cooling]
		a.id.Name, a.id.Value = o.Target.Cooling, &v
		if n.odds(5) {
			a.id.Value = nil
		}
	case remedy.Outlet, remedy.Drain:
		a.id.Name = o.Target.Device
	default:
		if known {
			a.id.Serial, a.id.AssetTag = m.serial, m.asset
		}
	}
	if n.odds(8) { // the cable is in another machine
		a.true, a.id.Serial, a.id.AssetTag, a.id.Name = false, "SN99", "a-99", "r9-s9"
	}
	return a, true
}

func (n *night) machine(id string) (machine, bool) {
	i := slices.IndexFunc(n.town, func(m machine) bool { return m.id == id })
	if i < 0 {
		return machine{}, false
	}
	return n.town[i], true
}

// mind ends the marks of steps that are over: their run's permit is used up, or is another's.
func (n *night) mind() {
	for k := range n.marks {
		m := &n.marks[k]
		i := slices.IndexFunc(n.runs, func(r remedy.Run) bool { return r.ID == m.run })
		p := n.runs[i].Permit
		m.busy = m.busy && p != nil && p.Key == m.key
	}
}

// interrupts says, by the checker's own list, whether a step can interrupt service.
func interrupts(s remedy.Step) bool {
	switch string(s.Kind) + " " + s.Act {
	case "redfish power-cycle", "outlet off", "outlet cycle":
		return true
	case "webhook ":
		return s.NeedsApproval || s.Takes != ""
	}
	return s.NeedsApproval
}

// reads says whether a step changes nothing but a locator light.
func reads(s remedy.Step) bool {
	return slices.Contains([]string{"redfish locator-on", "redfish locator-off", "redfish read"}, string(s.Kind)+" "+s.Act)
}

// check holds an act against the world as it is.
func (n *night) check(r remedy.Run, o remedy.Order) {
	n.mind()
	undo := strings.Contains(o.Key, "undo")
	f := n.fault(r.FaultID)
	m := mark{run: r.ID, key: o.Key, at: n.now, rack: o.Target.Rack, device: o.Target.Device, part: o.Target.Part, fault: f.id, busy: true, step: r.Step, undo: undo}
	m.auto = o.Step.Kind != remedy.Person && o.Step.Kind != remedy.Look && !reads(o.Step)
	m.once = slices.Contains([]string{"redfish power-cycle", "redfish reset-bmc", "outlet cycle"}, string(o.Step.Kind)+" "+o.Step.Act)
	bad := func(format string, args ...any) {
		n.Unsafe = append(n.Unsafe, fmt.Sprintf("%s %s of %q for %s: ", o.Key, o.Step.Name, o.Target.Device+o.Target.Cooling, f.id)+fmt.Sprintf(format, args...))
	}
	if m.once && slices.ContainsFunc(n.marks, func(x mark) bool { return x.key == m.key }) {
		bad("carried out twice")
	}
	n.checkTarget(o, f, bad)
	if o.Step.Kind != remedy.Look && o.Step.Kind != remedy.Person {
		if n.stop.On {
			bad("the stop switch is on")
		}
		if begun := n.lately(); begun >= n.limits.StormFaults && !undo {
			bad("%d faults began within %s", begun, n.limits.StormWithin)
		}
	}
	if !undo {
		n.checkEvidence(o, f, bad)
		n.checkTaking(&m, o, bad)
	}
	n.checkApproval(r, o, f, bad)
	n.checkCondition(r, o, f, bad)
	if m.auto && !undo {
		n.checkLimits(m, bad)
	}
	n.marks = slices.DeleteFunc(n.marks, func(x mark) bool { return x.key == m.key })
	n.marks = append(n.marks, m)
}

func (n *night) lately() int {
	k := 0
	for _, f := range n.faults {
		if !f.closed && f.since.Add(n.limits.StormWithin).After(n.now) {
			k++
		}
	}
	return k
}

func (n *night) checkTarget(o remedy.Order, f *incident, bad func(string, ...any)) {
	m, known := n.machine(o.Target.Device)
	told, asked := n.told[o.Key]
	machines := []remedy.Kind{remedy.Redfish, remedy.Outlet, remedy.Drain}
	switch {
	case o.Step.Kind == remedy.SetPoint:
		v := wanted(o)
		if o.Target.Cooling != f.supply || n.points[o.Target.Cooling] == 0 {
			bad("cooling unit %q, the fault is at %q", o.Target.Cooling, f.supply)
		}
		if !(v >= 18 && v <= 25) || o.Restore == "" && math.Abs(v-n.points[o.Target.Cooling]) > 2 {
			bad("set-point %g from %g", v, n.points[o.Target.Cooling])
		}
	case slices.Contains(machines, o.Step.Kind) && (!known || o.Target.Device != f.device || o.Target.Rack != m.rack):
		bad("no such machine, or not the fault's (%q)", f.device)
	case o.Target.Device != f.device:
		bad("not the fault's machine (%q)", f.device)
	case f.device == "" && f.supply == "" || f.device != "" && !known:
		bad("aimed at nothing")
	}
	if o.Step.Kind == remedy.Outlet && (m.outlets[f.part] == "" || m.outlets[f.part] != o.Target.Outlet || o.Target.PDU != m.rack+"-"+m.supplies[f.part]) {
		bad("outlet %s %s, wired to %s", o.Target.PDU, o.Target.Outlet, m.outlets[f.part])
	}
	if slices.Contains(machines, o.Step.Kind) || o.Step.Kind == remedy.SetPoint {
		if !asked || !told.true || n.now.Sub(told.id.At).Abs() > 2*time.Minute {
			bad("who it is was not asked, or it is another")
		}
	}
}

func wanted(o remedy.Order) float64 {
	if o.Restore != "" {
		v, err := strconv.ParseFloat(o.Restore, 64)
		if err != nil {
			return math.NaN()
		}
		return v
	}
	return o.Step.Point.Value
}

func (n *night) checkEvidence(o remedy.Order, f *incident, bad func(string, ...any)) {
	mild := o.Step.Kind == remedy.Look || o.Step.Kind == remedy.Person || o.Step.Kind == remedy.Webhook && !interrupts(o.Step)
	if mild || reads(o.Step) {
		return
	}
	k := 0
	for by, at := range f.seen {
		if age := n.now.Sub(at); by != "" && age >= 0 && age <= n.limits.Fresh {
			k++
		}
	}
	if k < 2 {
		bad("%d fresh sources", k)
	}
}

func (n *night) checkApproval(r remedy.Run, o remedy.Order, f *incident, bad func(string, ...any)) {
	if !interrupts(o.Step) {
		return
	}
	if !slices.ContainsFunc(n.said[r.ID], func(a approval) bool {
		age := n.now.Sub(a.at)
		return strings.TrimSpace(a.by) != "" && a.version == f.version && a.step == r.Step && age >= 0 && age < n.limits.ApprovalFor
	}) {
		bad("nobody approved it on this evidence: %+v, now version %d step %d", n.said[r.ID], f.version, r.Step)
	}
}

func (n *night) checkCondition(r remedy.Run, o remedy.Order, f *incident, bad func(string, ...any)) {
	c := o.Step.If
	if f.cause < c.Cause || f.real < c.Real || c.Severity != "" && c.Severity != string(f.severity) {
		bad("cause %g, real %g, %s: not what it asks for", f.cause, f.real, f.severity)
	}
	last := ""
	for _, m := range n.marks {
		if m.run == r.ID && !m.undo {
			if s := n.book(r.Runbook).Steps[m.step]; s.Kind == remedy.Drain {
				last = s.Act
			}
		}
	}
	if c.Drained && last != "drain" {
		bad("not drained")
	}
	newest := time.Duration(math.MaxInt64)
	for _, at := range f.seen {
		if age := n.now.Sub(at); age >= 0 {
			newest = min(newest, age)
		}
	}
	if c.SeenWithin > 0 && newest > c.SeenWithin {
		bad("last seen %s ago", newest)
	}
}

func (n *night) checkLimits(m mark, bad func(string, ...any)) {
	all, rack, hour := 1, 1, 1
	feeds := map[string]int{}
	for _, x := range n.marks {
		if x.key == m.key || !x.auto || x.undo {
			continue
		}
		if n.now.Sub(x.at) < time.Hour {
			hour++
		}
		if x.busy {
			all++
			if x.rack == m.rack {
				rack++
			}
			for _, f := range x.feeds {
				feeds[f]++
			}
		}
		if x.run != m.run && x.device == m.device && x.device != "" && n.now.Sub(x.at) < n.limits.CoolDown {
			bad("%s was there %s ago", x.run, n.now.Sub(x.at))
		}
	}
	if all > n.limits.AtOnce || m.rack != "" && rack > n.limits.PerRack || hour > n.limits.PerHour {
		bad("%d at once, %d at the rack, %d in the hour", all, rack, hour)
	}
	for _, f := range m.feeds {
		if feeds[f]+1 > n.limits.PerFeed {
			bad("%d on feed %s", feeds[f]+1, f)
		}
	}
}

// lives says whether a part is known to work: seen so within two hours, at no fault, and in nobody's hands.
func (n *night) lives(device, part string, but mark) bool {
	s, known := n.parts[[2]string{device, part}]
	if age := n.now.Sub(s.at); !known || !s.good || age < 0 || age > 2*time.Hour {
		return false
	}
	if slices.ContainsFunc(n.faults, func(f *incident) bool { return !f.closed && f.device == device && f.part == part }) {
		return false
	}
	return !slices.ContainsFunc(n.marks, func(x mark) bool {
		return x.key != but.key && x.takes != "" && x.device == device && (x.takes == "device" || x.part == part) && n.pending(x)
	})
}

// pending says whether the effect of an act is not verified yet.
func (n *night) pending(x mark) bool {
	i := slices.IndexFunc(n.runs, func(r remedy.Run) bool { return r.ID == x.run })
	return n.runs[i].Active() || !n.fault(x.fault).closed
}

// checkTaking holds what is taken away against what is left.
func (n *night) checkTaking(m *mark, o remedy.Order, bad func(string, ...any)) {
	t, known := n.machine(o.Target.Device)
	if o.Step.Kind == remedy.SetPoint {
		m.where = "cooling " + o.Target.Cooling
	}
	switch string(o.Step.Kind) + " " + o.Step.Act {
	case "outlet off", "outlet cycle":
		m.takes = "power-supply"
	case "redfish power-cycle":
		m.takes = "device"
	default:
		m.takes = string(o.Step.Takes)
	}
	if m.takes != "" && !known {
		bad("takes away from a machine that is not there")
		return
	}
	switch m.takes {
	case "power-supply":
		feed := t.supplies[m.part]
		m.where, m.feeds = "feed "+feed, []string{feed}
		left := false
		for p, f := range t.supplies {
			left = left || p != m.part && f != feed && n.lives(t.id, p, *m) && !n.feedLost(f)
		}
		if feed == "" || !left {
			bad("it leaves no power supply")
		}
	case "device":
		m.where = "rack " + t.rack
		for _, f := range t.supplies {
			if !slices.Contains(m.feeds, f) {
				m.feeds = append(m.feeds, f)
			}
		}
		n.checkBelow(t.id, *m, bad)
	case "disk":
		m.where = "rack " + t.rack
		for _, d := range t.disks {
			if d != m.part && !n.lives(t.id, d, *m) {
				bad("%s is gone or unknown already", d)
			}
		}
		if len(t.disks) < 2 {
			bad("it has no such disks")
		}
	case "uplink":
		m.where = "rack " + t.rack
		n.checkLink(t, m.part, "", *m, bad)
	}
	n.checkPlaces(*m, bad)
}

// checkPlaces asks that nothing is taken away in two places, or of two machines, at once.
func (n *night) checkPlaces(m mark, bad func(string, ...any)) {
	for _, x := range n.marks {
		if m.where != "" && x.where != "" && x.key != m.key && n.pending(x) && (x.where != m.where || x.run != m.run && x.device != m.device) {
			bad("%s has %s, in another place, away", x.run, x.where)
		}
	}
}

func (n *night) feedLost(feed string) bool {
	return slices.ContainsFunc(n.faults, func(f *incident) bool { return !f.closed && f.kind == "feed-lost" && f.supply == feed })
}

// checkBelow asks that all that hangs on a switch has another way.
func (n *night) checkBelow(id string, m mark, bad func(string, ...any)) {
	for _, t := range n.town {
		for port, to := range t.links {
			if to == id {
				n.checkLink(t, port, id, m, bad)
			}
		}
	}
}

func (n *night) checkLink(t machine, port, away string, m mark, bad func(string, ...any)) {
	for p, to := range t.links {
		dark := slices.ContainsFunc(n.faults, func(f *incident) bool { return !f.closed && f.device == to && f.part == "" })
		taken := slices.ContainsFunc(n.marks, func(x mark) bool { return x.key != m.key && x.takes == "device" && x.device == to && n.pending(x) })
		if p != port && to != away && n.lives(t.id, p, m) && !dark && !taken {
			return
		}
	}
	bad("it takes the last uplink of %s", t.id)
}
