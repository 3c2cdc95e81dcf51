package nights

import (
	"fmt"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/vision"
)

// An incident is a fault of the night.
type incident struct {
	id, kind     string
	device, part string
	supply       string
	since        time.Time
	cause, real  float64
	severity     vision.Severity
	seen         map[string]time.Time // by who says so
	version      int                  // of what is concluded
	closed       bool
}

// A state is what is known of a part.
type state struct {
	good bool
	at   time.Time
}

// An approval is one that a person gave, as the night remembers it.
type approval struct {
	by      string
	at      time.Time
	version int // of the fault's conclusion
	step    int
}

// A night is one, under way.
type night struct {
	c      Chance
	town   []machine
	books  []remedy.Runbook
	g      guard.Guards
	limits remedy.Limits
	now    time.Time
	faults []*incident
	runs   []remedy.Run
	parts  map[[2]string]state
	stop   remedy.Stop
	said   map[string][]approval // by run
	hung   map[string]time.Time  // keys of steps that hang: until then
	told   map[string]answer     // by key: what the target said that it is
	marks  []mark
	points map[string]float64 // of cooling units
	Report
}

// A Report is what came of a night.
type Report struct {
	Acts    int            // that were carried out
	Unsafe  []string       // what was wrong with those that should not have been
	Refused map[string]int // refusals by guard
	Kinds   map[string]int // acts by kind
}

// Play plays one night. Without names a guard that is left out, to see that its absence is seen; all hold when it is empty.
func Play(c Chance, books []remedy.Runbook, without string) Report {
	n := &night{
		c: c, town: town(c), books: books, limits: remedy.DefaultLimits(), now: dusk, parts: map[[2]string]state{}, said: map[string][]approval{},
		hung: map[string]time.Time{}, told: map[string]answer{}, points: map[string]float64{"cu1": 21.5, "cu2": 23},
		Report: Report{Refused: map[string]int{}, Kinds: map[string]int{}},
	}
	n.limits.StormFaults = 6 + c.IntN(5)
	n.limits.PerHour = 4 + c.IntN(6)
	n.g = guard.Guards{Topology: guard.NewTopology(site(n.town)), Limits: n.limits, Without: without}
	for _, m := range n.town {
		n.seeParts(m)
	}
	for range 25 + c.IntN(50) {
		n.hour()
	}
	return n.Report
}

func (n *night) odds(percent int) bool { return n.c.IntN(100) < percent }

func some[T any](n *night, from []T) T { return from[n.c.IntN(len(from))] }

// hour is some minutes of the night: what happens in them, and what the rules make of it.
func (n *night) hour() {
	n.now = n.now.Add(time.Duration(1+n.c.IntN(8)) * time.Minute)
	switch {
	case n.odds(1):
		n.now = n.now.Add(-time.Duration(n.c.IntN(20)) * time.Minute)
	case n.odds(2):
		n.now = n.now.Add(time.Duration(n.c.IntN(120)) * time.Minute)
	}
	for range n.c.IntN(3) {
		n.happens()
	}
	for i := range n.runs {
		if n.runs[i].State == remedy.AwaitingApproval && n.odds(60) {
			n.people(i)
		}
	}
	for i := range n.runs {
		if n.runs[i].Active() {
			n.conduct(i)
		}
	}
}

// happens is one thing that happens.
func (n *night) happens() {
	switch k := n.c.IntN(20); {
	case k < 7:
		n.fails()
		if n.odds(6) { // and much with it
			for range n.c.IntN(9) {
				n.fails()
			}
		}
	case k < 12 && len(n.faults) > 0:
		some(n, n.faults).seen[some(n, []string{"NR-01", "NR-02", "bmc", ""})] = n.now
	case k == 12 && len(n.faults) > 0: // something else is concluded
		f := some(n, n.faults)
		f.version++
		f.cause, f.real = float64(n.c.IntN(101))/100, float64(n.c.IntN(101))/100
	case k == 13:
		n.stop = remedy.Stop{On: n.odds(50), By: "ann", Why: "test", At: n.now}
	case k < 16:
		n.seeParts(some(n, n.town))
	case k == 16: // a part fails, and a robot sees it before anybody calls it a fault
		m := some(n, n.town)
		p := some(n, partsOf(m))
		n.parts[[2]string{m.id, p}] = state{false, n.now}
	case len(n.faults) > 0:
		n.begins(some(n, n.faults))
	}
}

func partsOf(m machine) []string {
	out := slices.Clone(m.disks)
	for _, p := range []string{"psu1", "psu2"} {
		if _, ok := m.supplies[p]; ok {
			out = append(out, p)
		}
	}
	for _, p := range []string{"eth1", "eth2"} {
		if _, ok := m.links[p]; ok {
			out = append(out, p)
		}
	}
	return out
}

// seeParts has a robot see a machine's parts: in order but where a fault is.
func (n *night) seeParts(m machine) {
	for _, p := range partsOf(m) {
		bad := slices.ContainsFunc(n.faults, func(f *incident) bool { return !f.closed && f.device == m.id && f.part == p })
		n.parts[[2]string{m.id, p}] = state{!bad && !n.odds(2), n.now}
	}
}

// fails is a new fault, of a machine or of what it hangs on.
func (n *night) fails() {
	f := &incident{
		id: fmt.Sprintf("F-%d", len(n.faults)+1), kind: some(n, kindsOfFault), since: n.now, seen: map[string]time.Time{"NR-01": n.now},
		cause: 0.4 + float64(n.c.IntN(61))/100, real: 0.4 + float64(n.c.IntN(61))/100, severity: some(n, []vision.Severity{vision.Warning, vision.Critical}),
	}
	m := some(n, n.town)
	f.device = m.id
	switch f.kind {
	case "psu":
		f.part = some(n, []string{"psu1", "psu2"})
	case "disk":
		f.part = some(n, []string{"disk1", "disk2", "disk3"})
	case "link":
		f.part = some(n, []string{"eth1", "eth2"})
	case "cooling":
		f.device, f.supply = "", some(n, []string{"cu1", "cu2", "cu9", ""})
	}
	switch k := n.c.IntN(100); {
	case k < 3: // nobody knows where
		f.device, f.part = "", ""
	case k < 6:
		f.device = "r9-s1"
	case k < 12:
		f.kind, f.device, f.part, f.supply = string(cause.FeedLost), "", "", some(n, []string{"A", "B"})
	}
	if f.part != "" {
		n.parts[[2]string{f.device, f.part}] = state{false, n.now}
	}
	if n.odds(70) {
		f.seen[some(n, []string{"NR-02", "bmc"})] = n.now
	}
	n.faults = append(n.faults, f)
	n.begins(f)
}

// begins begins the repair of a fault.
func (n *night) begins(f *incident) {
	if f.closed || slices.ContainsFunc(n.runs, func(r remedy.Run) bool { return r.FaultID == f.id && r.Active() }) {
		return
	}
	var fit []remedy.Runbook
	for _, b := range n.books {
		if slices.Contains(b.Faults, f.kind) {
			fit = append(fit, b)
		}
	}
	if len(fit) == 0 {
		return
	}
	if r, err := remedy.Start(some(n, fit), fmt.Sprintf("R-%d", len(n.runs)+1), f.id, n.runs, n.now); err == nil {
		n.runs = append(n.runs, r)
	}
}

func (n *night) fault(id string) *incident {
	i := slices.IndexFunc(n.faults, func(f *incident) bool { return f.id == id })
	return n.faults[i]
}

func (n *night) book(id string) remedy.Runbook {
	i := slices.IndexFunc(n.books, func(b remedy.Runbook) bool { return b.ID == id })
	return n.books[i]
}

// people answer a run that waits for them: most approve.
func (n *night) people(i int) {
	r := n.runs[i]
	if n.odds(8) {
		if next, err := remedy.Declined(r, n.book(r.Runbook), "bob", "", n.now); err == nil {
			n.runs[i] = next
		}
		return
	}
	by := some(n, []string{"ann", "bob", "ann", "", " "})
	next, err := remedy.Approved(r, by, n.now)
	if err != nil {
		return
	}
	n.runs[i] = next
	n.said[r.ID] = append(n.said[r.ID], approval{by, n.now, n.fault(r.FaultID).version, r.Step})
}

// conduct does for one run what a controller does.
func (n *night) conduct(i int) {
	r := n.runs[i]
	b := n.book(r.Runbook)
	c := n.known(r)
	until, hangs := n.hung[r.Key()]
	busy := hangs && n.now.Before(until)
	r, move := n.g.Next(r, b, c, busy)
	if move.Ask {
		if a, ok := n.ask(move.Order); ok {
			n.told[move.Order.Key] = a
			if n.odds(15) { // it took its time, and somebody threw the switch meanwhile
				n.now = n.now.Add(time.Duration(n.c.IntN(4)) * time.Minute)
				n.stop.On = n.stop.On || n.odds(30)
			}
			c = n.known(r)
			c.Found, c.FoundFor = &a.id, move.Order.Key
			r, move = n.g.Next(r, b, c, false)
		}
	}
	for _, x := range move.Refused {
		n.Refused[x.Guard]++
	}
	n.runs[i] = r
	if move.Act {
		n.act(i, move.Order)
	}
	if r := n.runs[i]; r.State == remedy.Done && n.odds(50) {
		n.fault(r.FaultID).closed = true // a robot saw that it is in order again
	} else if r.State == remedy.Done && n.odds(30) {
		n.runs[i] = remedy.Unhelped(r, b, "still there", n.now)
	}
}

// known is what the controller knows.
func (n *night) known(r remedy.Run) guard.Case {
	f := n.fault(r.FaultID)
	c := guard.Case{
		Now: n.now, Fault: f.trouble(), Severity: f.severity, Cause: f.cause, Real: f.real, Evidence: fmt.Sprintf("%s/%d", f.id, f.version), Stop: n.stop,
		Acts: guard.Acts(n.runs, func(r remedy.Run) bool { return !n.fault(r.FaultID).closed }),
	}
	for by, at := range f.seen {
		c.Sources = append(c.Sources, guard.Source{By: by, At: at})
	}
	for _, g := range n.faults {
		if !g.closed {
			c.Troubles = append(c.Troubles, g.trouble())
		}
	}
	for k, s := range n.parts {
		c.Parts = append(c.Parts, guard.Part{Device: k[0], Name: k[1], Good: s.good, Says: "amber", At: s.at})
	}
	return c
}

func (f *incident) trouble() guard.Trouble {
	return guard.Trouble{ID: f.id, Kind: f.kind, Hall: hall, Device: f.device, Part: f.part, Supply: f.supply, Since: f.since}
}

// act carries a step out: well, badly, or for ever.
func (n *night) act(i int, o remedy.Order) {
	n.check(n.runs[i], o)
	n.Acts++
	n.Kinds[string(o.Step.Kind)+" "+o.Step.Act]++
	r, b := n.runs[i], n.book(n.runs[i].Runbook)
	switch k := n.c.IntN(10); {
	case k < 6:
		r = remedy.Accepted(r, b, "", "done", n.now)
	case k < 8:
		r = remedy.Refused(r, b, "it said no", n.now)
	case k == 8: // nobody knows: the connection broke, or this controller did
	default:
		n.hung[o.Key] = n.now.Add(time.Duration(n.c.IntN(90)) * time.Minute)
	}
	if o.Step.Kind == remedy.SetPoint && n.odds(80) {
		n.points[o.Target.Cooling] = wanted(o)
	}
	n.runs[i] = r
}
