package foresee

import (
	"cmp"
	"container/heap"
	"fmt"
	"maps"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// A Night is a simulation on its way.
type Night struct {
	o      Options
	now    time.Time
	rng    *rand.Rand
	units  []*unit
	byID   map[string]*unit
	events queue
	seq    int
	plan   *patrol.Plan
	views  []patrol.Viewpoint
	open   []patrol.Inspection
	taken  map[string]bool
	docks  map[string]bool
	ours   bool            // whether robots do as patrol says
	off    map[string]bool // nodes to which no way leads (Floor.CutOff)
	Stats  Stats

	doors []*doorway
	rooms [][]*doorway // those of one room together, a door by itself

	hushedAt time.Time // as of when each of views knows its QuietFor
}

// A unit is one robot of the night.
type unit struct {
	Robot
	charge float64
	at     string    // node last reached
	since  time.Time // when charge was last worked out, and when doing began
	doing  Activity
	duty   *patrol.Duty
	way    []string // still to drive
	looks  int      // of the duty done
	idle   time.Time
	held   bool      // it waits for the next node of its way
	left   time.Time // when it set out from at
	// before is the portal before which it waits, since beforeAt.
	before   *doorway
	beforeAt time.Time
	keeps    time.Time // until when it does not break its duty off
	dead     bool
	down     time.Time // since when it is dead
	version  int       // of its pending event
	model    patrol.Model
}

// An event is the next thing to happen to a robot (or, without one, to the hall).
type event struct {
	at      time.Time
	seq     int
	unit    *unit
	version int
	does    func()
}

// New sets a night up.
func New(o Options) (*Night, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	if o.Floor == nil {
		o.Floor = NewFloor(o.Hall.Graph, o.ClearanceM, cmp.Or(o.Window, 1))
	}
	ours := o.Decide == nil
	if ours {
		o.Decide = patrol.Next
	}
	if o.Since.IsZero() {
		o.Since = o.Start
	}
	if o.Warm.IsZero() {
		o.Warm = o.Start
	}
	n := &Night{
		o: o, now: o.Start, rng: rand.New(rand.NewPCG(o.Seed, 0x666f7265736565)), byID: map[string]*unit{},
		taken: map[string]bool{}, docks: map[string]bool{}, ours: ours,
	}
	for _, d := range o.Hall.Graph.Docks() {
		n.docks[d.Node] = true
	}
	for _, v := range o.Hall.Viewpoints {
		n.views = append(n.views, patrol.Viewpoint{Viewpoint: v, Looked: o.Looked[v.ID]})
	}
	n.Stats, n.hushedAt = newStats(n), n.now
	if o.Quiet != nil {
		n.hush()
	}
	if f, ok := o.Floor.(*tableFloor); ok {
		f.table.SetBars(n.bars())
	}
	if err := n.enter(); err != nil {
		return nil, err
	}
	n.furnish()
	return n, nil
}

// enter sets the robots on the floor and lines up what is known to come.
func (n *Night) enter() error {
	for _, r := range n.o.Robots {
		u := &unit{Robot: r, charge: r.Charge, at: r.Node, since: n.now, idle: n.now, model: r.Body.Model()}
		if n.docks[u.at] {
			u.doing = Charging
		}
		if err := n.o.Floor.Place(u.ID, u.at); err != nil {
			return fmt.Errorf("foresee: place %s: %w", u.ID, err)
		}
		n.units, n.byID[u.ID] = append(n.units, u), u
		n.then(u, later(r.FreeAt, n.now), func() { n.ask(u) })
		if !r.Dies.IsZero() {
			n.when(r.Dies, func() { n.die(u) })
		}
		if !r.Mends.IsZero() {
			n.when(r.Mends, func() { n.mend(u) })
		}
	}
	for _, c := range n.o.Closures {
		n.when(c.Start, func() { n.o.Floor.Close(c.From, c.To, c.Ends); n.rearrange() })
		n.when(c.Ends, n.rearrange)
	}
	for _, a := range n.o.Asked {
		n.when(a.At, func() { n.wanted(a) })
	}
	for _, r := range n.o.Rounds {
		if o, open := r.Recurrence.At(n.now); open {
			n.expect(r, o)
		} else if o, ok := r.Recurrence.Next(n.now); ok {
			n.expect(r, o)
		}
	}
	return nil
}

// Run lets the night go on until a time.
func (n *Night) Run(until time.Time) {
	for len(n.events) > 0 && !n.events[0].at.After(until) {
		e := heap.Pop(&n.events).(event)
		if e.unit != nil && e.version != e.unit.version {
			continue
		}
		n.now = e.at
		e.does()
	}
	n.now = until
	n.Stats.close(n)
}

// Now is how far the night has come.
func (n *Night) Now() time.Time { return n.now }

// Plan is the plan that the robots follow.
func (n *Night) Plan() *patrol.Plan { return n.plan }

func (n *Night) when(at time.Time, does func()) {
	n.seq++
	heap.Push(&n.events, event{at: at, seq: n.seq, does: does})
}

// then lines up what happens to a robot next, in place of anything else that was.
func (n *Night) then(u *unit, at time.Time, does func()) {
	u.version++
	n.seq++
	heap.Push(&n.events, event{at: at, seq: n.seq, unit: u, version: u.version, does: does})
}

// turnTo ends what a robot was doing and begins something else: its battery is brought up to now.
func (n *Night) turnTo(u *unit, does Activity) {
	n.drain(u)
	u.doing = does
}

// again is how soon a robot that got nothing to do is asked again.
const again = 5 * time.Second

// longest is how soon one that charges is.
const longest = 10 * time.Second

// ask asks the rule what a robot does next.
func (n *Night) ask(u *unit) {
	n.drain(u)
	reach := n.o.Floor.Reach(u.ID, n.now)
	in := n.input(u, reach)
	d, ok := n.o.Decide(in, u.ID)
	if ok {
		if ways, err := n.o.Floor.Send(u.ID, d.Node, n.now); err == nil {
			u.way = n.o.Floor.Way(u.ID)[1:]
			delete(ways, u.ID)
			n.begin(u, d)
			n.follow(ways)
			return
		}
	}
	if u.doing != Charging && u.doing != Waiting {
		n.turnTo(u, Waiting)
	}
	wait := again
	if u.doing == Charging {
		wait = longest
		if left := u.Body.until(u.charge, n.o.Rules.Full); left > time.Second && left < wait {
			wait = left
		}
	}
	n.then(u, n.now.Add(wait), func() { n.ask(u) })
}

// follow has robots take up the ways that traffic gave them: on their duties, or, when they have none, to make way.
func (n *Night) follow(ways map[string][]string) {
	for _, id := range slices.Sorted(maps.Keys(ways)) {
		u := n.byID[id]
		if u.dead {
			continue
		}
		u.way = n.o.Floor.Way(id)[1:]
		if u.duty == nil && len(u.way) > 0 && u.doing != Driving {
			n.begin(u, patrol.Duty{Robot: id, Kind: patrol.Yield, Node: u.way[len(u.way)-1], Why: "another robot comes by"})
		}
	}
	n.letGo()
}

// rearrange takes up what has become of the ways since something stands in them, or stands in them no more.
func (n *Night) rearrange() {
	ways, stuck := n.o.Floor.Resume(n.now)
	n.off = n.o.Floor.CutOff(n.now)
	for _, u := range n.units {
		if way := n.o.Floor.Way(u.ID); !u.dead && len(way) > 0 {
			u.way = way[1:]
		}
	}
	for _, id := range stuck {
		if u := n.byID[id]; u.duty != nil && u.at != u.duty.Node {
			n.drop(u)
			if u.held {
				u.held = false
				n.then(u, n.now, func() { n.drive(u, 0) })
			}
		}
	}
	n.follow(ways)
}

// drop takes a robot's duty from it: what it was to look at is for others again.
func (n *Night) drop(u *unit) {
	if u.duty == nil {
		return
	}
	for _, l := range u.duty.Looks[min(u.looks, len(u.duty.Looks)):] {
		delete(n.taken, l.Viewpoint)
		n.Stats.back(n, l)
	}
	u.duty = nil
}

// free ends a duty.
func (n *Night) free(u *unit) {
	u.duty, u.idle = nil, n.now
	n.then(u, n.now.Add(u.Body.Latency), func() { n.ask(u) })
}

// Input is what the patrol knows now.
func (n *Night) Input() patrol.Input { return n.input(nil, nil) }

// input is what the patrol knows when a robot asks.
func (n *Night) input(asking *unit, reach func(string) (float64, bool)) patrol.Input {
	in := patrol.Input{
		Now: n.now, Since: n.o.Since, Rules: n.o.Rules, Hall: n.o.Hall, Viewpoints: n.views, Taken: n.taken, Inspections: n.open,
		Robots: make([]patrol.Robot, 0, len(n.units)), Shut: n.closed,
	}
	for _, u := range n.units {
		r := patrol.Robot{
			ID: u.ID, Able: !u.dead, Astray: u.duty == nil && !n.o.Floor.MayStay(u.at), Gone: u.dead && n.now.Sub(u.down) > n.o.Rules.GoneAfter, Node: u.target(), Charging: u.doing == Charging,
			Charge: u.chargeAt(n.now), Last: u.Last, Model: &u.model, MastM: u.MastM, Sensors: u.Sensors, FreeIn: n.freeIn(u),
		}
		if n.ours {
			r.Break = n.breakAt(u)
		}
		if u == asking {
			r.Idle = n.now.Sub(u.idle)
			r.Reach = reach
		} else {
			r.Reach = n.reachOf(u)
		}
		in.Robots = append(in.Robots, r)
	}
	for _, d := range n.o.Hall.Graph.Docks() {
		in.Docks = append(in.Docks, patrol.Dock{ID: d.ID, Node: d.Node, Holder: n.o.Floor.Holder(d.Node)})
	}
	if !n.plan.Fits(in.Robots) {
		n.plan = patrol.NewPlan(n.o.Hall, in.Robots, n.o.Rules)
	}
	in.Plan = n.plan
	return in
}

// reachOf is how far another robot could go, worked out when it is asked for.
func (n *Night) reachOf(u *unit) func(string) (float64, bool) {
	var reach func(string) (float64, bool)
	return func(node string) (float64, bool) {
		if reach == nil {
			reach = n.o.Floor.Reach(u.ID, n.now)
		}
		return reach(node)
	}
}

// closed says whether no way leads to a node for now.
func (n *Night) closed(node string) bool { return n.off[node] }

// target is where a robot's duty ends; where it stands when it has none.
func (u *unit) target() string {
	if len(u.way) > 0 {
		return u.way[len(u.way)-1]
	}
	return u.at
}

// freeIn is about how long a robot's duty still takes.
func (n *Night) freeIn(u *unit) time.Duration {
	if u.duty == nil {
		return 0
	}
	left := n.driveTime(u, u.way) + time.Duration(len(u.duty.Looks)-u.looks)*u.model.Look
	return max(time.Second, left)
}

// wanted makes an inspection known, and lets a robot that stands idle think again.
func (n *Night) wanted(a Ask) {
	ins := patrol.Inspection{ID: a.ID, Viewpoint: a.Viewpoint, Class: a.Class, At: a.At}
	n.Stats.Served[a.ID].Promised, _ = patrol.Promise(n.input(nil, nil), ins)
	n.open = append(n.open, ins)
	n.breakOff()
	for _, u := range n.units {
		if u.duty == nil && !u.dead && n.now.Sub(u.FreeAt) >= 0 {
			n.then(u, n.now, func() { n.ask(u) })
		}
	}
}

// assigned takes the inspections that a look serves off the list.
func (n *Night) assigned(l patrol.Look, robot string) {
	if len(l.Inspections) == 0 {
		return
	}
	n.open = slices.DeleteFunc(n.open, func(i patrol.Inspection) bool {
		if !slices.Contains(l.Inspections, i.ID) {
			return false
		}
		n.Stats.assigned(i, robot)
		return true
	})
}

// looked notes a look that has ended.
func (n *Night) looked(u *unit, l patrol.Look) {
	i, _ := n.o.Hall.Index(l.Viewpoint)
	n.Stats.looked(n, i)
	n.views[i].Looked = n.now
	n.views[i].QuietFor -= n.hushedFor(i) // what of the quiet hours is over does not count again
	delete(n.taken, l.Viewpoint)
	for _, id := range l.Inspections {
		n.Stats.served(id, u.ID, n.now)
	}
}
