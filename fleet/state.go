package fleet

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/dispatch"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/zone"
)

// state is what the journal adds up to. One goroutine owns it; apply alone changes what is journaled.
type state struct {
	began       time.Time
	orders      int // missions ever started: the source of order ids
	robots      map[string]Robot
	looks       map[string]wire.Observation // the newest good one by viewpoint
	looked      map[string]time.Time        // when that was
	tried       map[string]time.Time        // when a look last failed, by viewpoint
	inspections map[string]Inspection
	faults      map[string]fault.Fault
	tickets     map[string]ticket.Ticket // by fault
	index       *faultIndex              // of faults
	usual       map[string]float64       // what the inlet of each rack usually has, °C
	runs        map[string]remedy.Run
	stop        remedy.Stop
	verdicts    map[string]fault.Verdict    // by fault: the newest
	missions    map[string]dispatch.Mission // by robot
	zones       map[string]zone.Zone
	sinks       map[string]SinkMemory
	zoned       int                    // zones ever set: the source of zone ids
	alarms      map[string]alarm.Alarm // those that hold, and that held
	inbound     map[string]inbound.Alarm
	said        map[string]cause.Sign // what machines said, on which what is concluded rests (saidKey)
	silences    map[string]quiet.Silence
	silenced    int                        // silences ever made by hand: the source of their ids
	rules       *quiet.Rules               // of patience; nil: the controller's own
	drives      map[string][]float64       // by robot: the speeds of its last drives, in m/s, the newest last
	openings    map[string][]time.Duration // by portal: how long its last openings took, the newest last
	laps        map[string]string          // by robot: the node of the last visit of its lap

	// tables are who holds what, by hall: kept in the store but not in the journal, for the robots themselves say
	// where they are.
	tables map[string]*traffic.Table
}

func newState() *state {
	return &state{
		index: newFaultIndex(nil), usual: map[string]float64{},
		robots: map[string]Robot{}, looks: map[string]wire.Observation{}, looked: map[string]time.Time{}, tried: map[string]time.Time{},
		inspections: map[string]Inspection{}, faults: map[string]fault.Fault{}, tickets: map[string]ticket.Ticket{},
		sinks: map[string]SinkMemory{},
		runs:  map[string]remedy.Run{}, verdicts: map[string]fault.Verdict{}, missions: map[string]dispatch.Mission{}, laps: map[string]string{}, drives: map[string][]float64{}, openings: map[string][]time.Duration{}, zones: map[string]zone.Zone{},
		alarms: map[string]alarm.Alarm{}, inbound: map[string]inbound.Alarm{}, said: map[string]cause.Sign{}, silences: map[string]quiet.Silence{}, tables: map[string]*traffic.Table{},
	}
}

// meta is what the store keeps beside the entities.
type meta struct {
	Began  time.Time `json:"began"`
	Orders int       `json:"orders"`
	Zoned  int       `json:"zoned,omitempty"`
	// Silenced counts the silences ever made by hand; Quiet are the rules of patience, when they were set.
	Silenced int          `json:"silenced,omitempty"`
	Quiet    *quiet.Rules `json:"quiet,omitempty"`
	// Stop is the switch of all remedies.
	Stop remedy.Stop `json:"stop,omitzero"`
}

// apply takes a change into the state.
func (s *state) apply(c Change) {
	if c.Began != nil {
		s.began = *c.Began
	}
	if o := c.Observation; o != nil {
		s.observed(*o)
	}
	for _, r := range c.Robots {
		s.robots[r.ID.String()] = r
	}
	if c.Mission != nil {
		if s.missions[c.Mission.Duty.Robot].OrderID != c.Mission.OrderID {
			s.orders++
		}
		s.missions[c.Mission.Duty.Robot] = *c.Mission
		if c.Mission.Duty.Lap {
			s.laps[c.Mission.Duty.Robot] = c.Mission.Duty.Node
		}
	}
	if c.MissionOver != "" {
		delete(s.missions, c.MissionOver)
	}
	for _, o := range c.Openings {
		s.openings[o.Portal] = latest(s.openings[o.Portal], o.Took, openingsKept)
	}
	for _, d := range c.Speeds {
		s.drives[d.Robot] = latest(s.drives[d.Robot], d.MPS, drivesKept)
	}
	for _, l := range c.Laps {
		if s.laps[l.Robot] = l.Node; l.Node == "" {
			delete(s.laps, l.Robot)
		}
	}
	for _, i := range c.Inspections {
		s.inspections[i.ID] = i
	}
	for _, f := range c.Faults {
		s.setFault(f)
	}
	for _, d := range c.Folds {
		for _, id := range d.Kids {
			s.setFault(folded(s.faults[id], s.faults[d.Parent], d))
		}
	}
	for _, t := range c.Tickets {
		s.tickets[t.FaultID] = t
	}
	s.applyRepairs(c)
	for _, z := range c.Zones {
		if _, known := s.zones[z.ID]; !known {
			s.zoned++
		}
		s.zones[z.ID] = z
	}
	for _, id := range c.ZonesOver {
		delete(s.zones, id)
	}
	for _, m := range c.Sinks {
		s.sinks[m.Sink] = m
	}
	for _, a := range c.Alarms {
		s.alarms[a.ID] = a
	}
	for _, id := range c.SaidOver {
		delete(s.said, id)
	}
	for _, g := range c.Said {
		s.said[saidKey(g)] = g
	}
	for _, a := range c.Inbound {
		s.inbound[a.ID] = a
	}
	for _, id := range c.InboundOver {
		delete(s.inbound, id)
	}
	s.hush(c)
}

// hush takes in what a change says of silences.
func (s *state) hush(c Change) {
	for _, id := range c.SilencesOver {
		delete(s.silences, id)
	}
	for _, q := range c.Silences {
		if q.File == "" {
			s.silenced++
		}
		s.silences[q.ID] = q
	}
	if c.Quiet != nil {
		s.rules = c.Quiet
	}
}

func (s *state) applyRepairs(c Change) {
	for _, r := range c.Runs {
		s.runs[r.ID] = r
	}
	if c.Stop != nil {
		s.stop = *c.Stop
	}
	for _, v := range c.Verdicts {
		s.verdicts[v.FaultID] = v
	}
}

func (s *state) setFault(f fault.Fault) {
	s.index.put(s.faults[f.ID], f)
	s.faults[f.ID] = f
}

func (s *state) observed(o wire.Observation) {
	if o.Failed != "" {
		s.tried[o.Viewpoint] = o.At
		return
	}
	delete(s.tried, o.Viewpoint)
	if last, ok := s.looks[o.Viewpoint]; !ok || !o.At.Before(last.At) {
		s.looks[o.Viewpoint], s.looked[o.Viewpoint] = o, o.At
	}
	habit(s.usual, o)
}

// keep writes what a change touched into the store, with the journal sequence that it has.
func (s *state) keep(st *store.Store, seq uint64, c Change) error {
	return st.Update(seq, func(tx *store.Tx) error {
		w := writer{tx: tx}
		w.put("meta", meta{s.began, s.orders, s.zoned, s.silenced, s.rules, s.stop})
		if o := c.Observation; o != nil && o.Failed == "" {
			w.put("look/"+o.Viewpoint, s.looks[o.Viewpoint])
			if c, known := s.usual[o.Rack]; known {
				w.put("usual/"+o.Rack, c)
			}
		}
		for _, r := range c.Robots {
			w.put("robot/"+r.ID.String(), r)
		}
		if c.Mission != nil {
			w.put("mission/"+c.Mission.Duty.Robot, *c.Mission)
			if d := c.Mission.Duty; d.Lap {
				w.put("lap/"+d.Robot, d.Node)
			}
		}
		for _, o := range c.Openings {
			w.put("openings/"+o.Portal, s.openings[o.Portal])
		}
		for _, d := range c.Speeds {
			w.put("drives/"+d.Robot, s.drives[d.Robot])
		}
		for _, l := range c.Laps {
			if l.Node != "" {
				w.put("lap/"+l.Robot, l.Node)
			} else {
				w.delete("lap/" + l.Robot)
			}
		}
		if c.MissionOver != "" {
			w.delete("mission/" + c.MissionOver)
		}
		for _, i := range c.Inspections {
			w.put("inspection/"+i.ID, i)
		}
		for _, f := range c.Faults {
			w.put("fault/"+f.ID, f)
		}
		for _, d := range c.Folds {
			for _, id := range d.Kids {
				w.put("fault/"+id, s.faults[id])
			}
		}
		for _, t := range c.Tickets {
			w.put("ticket/"+t.FaultID, t)
		}
		w.putRepairs(c)
		for _, z := range c.Zones {
			w.put("zone/"+z.ID, z)
		}
		for _, m := range c.Sinks {
			w.put("sink/"+m.Sink, m)
		}
		for _, id := range c.ZonesOver {
			w.delete("zone/" + id)
		}
		for _, a := range c.Alarms {
			w.put("alarm/"+a.ID, a)
		}
		for _, id := range c.SilencesOver {
			w.delete("silence/" + id)
		}
		for _, q := range c.Silences {
			w.put("silence/"+q.ID, q)
		}
		for _, id := range c.SaidOver {
			w.delete("said/" + id)
		}
		for _, g := range c.Said {
			w.put("said/"+saidKey(g), g)
		}
		for _, a := range c.Inbound {
			w.put("inbound/"+a.ID, a)
		}
		for _, id := range c.InboundOver {
			w.delete("inbound/" + id)
		}
		return w.err
	})
}

// keepFloor writes the traffic tables and the running missions, which change with every node that a robot passes.
func (s *state) keepFloor(st *store.Store) error {
	return st.Update(0, func(tx *store.Tx) error {
		w := writer{tx: tx}
		for hall, t := range s.tables {
			w.put("table/"+hall, t)
		}
		for robot, m := range s.missions {
			w.put("mission/"+robot, m)
		}
		return w.err
	})
}

// load reads the state from the store.
func load(st *store.Store) (*state, error) {
	s := newState()
	err := st.View(func(tx *store.Tx) error {
		r := scanner{tx: tx}
		m, err := store.Get[meta](tx, "meta")
		if err == nil {
			s.began, s.orders, s.zoned, s.silenced, s.rules, s.stop = m.Began, m.Orders, m.Zoned, m.Silenced, m.Quiet, m.Stop
		}
		scanInto(&r, "robot/", s.robots)
		scanInto(&r, "look/", s.looks)
		scanInto(&r, "inspection/", s.inspections)
		scanInto(&r, "fault/", s.faults)
		scanInto(&r, "usual/", s.usual)
		s.index = newFaultIndex(s.faults)
		scanInto(&r, "ticket/", s.tickets)
		scanInto(&r, "run/", s.runs)
		scanInto(&r, "verdict/", s.verdicts)
		scanInto(&r, "mission/", s.missions)
		scanInto(&r, "lap/", s.laps)
		scanInto(&r, "drives/", s.drives)
		scanInto(&r, "openings/", s.openings)
		scanInto(&r, "table/", s.tables)
		scanInto(&r, "zone/", s.zones)
		scanInto(&r, "sink/", s.sinks)
		scanInto(&r, "alarm/", s.alarms)
		scanInto(&r, "silence/", s.silences)
		scanInto(&r, "inbound/", s.inbound)
		scanInto(&r, "said/", s.said)
		return r.err
	})
	if err != nil {
		return nil, fmt.Errorf("read the store: %w", err)
	}
	for id, o := range s.looks {
		s.looked[id] = o.At
	}
	return s, nil
}

// decodeChange reads a journal record's content.
func decodeChange(data json.RawMessage) (Change, error) {
	var c Change
	if err := json.Unmarshal(data, &c); err != nil {
		return Change{}, fmt.Errorf("journal record: %w", err)
	}
	return c, nil
}

// sorted is a map's values in order of their keys: rules must not depend on a map's order.
func sorted[V any](m map[string]V) []V {
	out := make([]V, 0, len(m))
	for _, k := range slices.Sorted(maps.Keys(m)) {
		out = append(out, m[k])
	}
	return out
}

// those are the values of a map that pass, in order of their keys.
func those[V any](m map[string]V, pass func(V) bool) []V {
	var keys []string
	for k, v := range m {
		if pass(v) {
			keys = append(keys, k)
		}
	}
	slices.Sort(keys)
	out := make([]V, 0, len(keys))
	for _, k := range keys {
		out = append(out, m[k])
	}
	return out
}

// A writer puts until the first error.
type writer struct {
	tx  *store.Tx
	err error
}

func (w *writer) put(key string, v any) {
	if w.err == nil {
		w.err = store.Put(w.tx, key, v)
	}
}

func (w *writer) delete(key string) {
	if w.err == nil {
		w.err = store.Delete(w.tx, key)
	}
}

func (w *writer) putRepairs(c Change) {
	for _, r := range c.Runs {
		w.put("run/"+r.ID, r)
	}
	for _, v := range c.Verdicts {
		w.put("verdict/"+v.FaultID, v)
	}
}

// A scanner reads until the first error.
type scanner struct {
	tx  *store.Tx
	err error
}

func scanInto[V any](r *scanner, prefix string, into map[string]V) {
	if r.err != nil {
		return
	}
	r.err = store.Scan(r.tx, prefix, func(key string, v V) bool {
		into[key[len(prefix):]] = v
		return true
	})
}
