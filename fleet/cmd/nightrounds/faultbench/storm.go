package faultbench

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/journal"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// The storm: one cooling unit that cools all racks dies; every rack tells of ten things within a minute.
const (
	stormFindings = 10 // of a rack
	stormWait     = 30 * time.Second
	unitName      = "cu-all"
)

// A ledger is a journal in memory.
type ledger struct {
	mu   sync.Mutex
	recs []journal.Record
}

// Read implements fleet.Journal.
func (l *ledger) Read(_ context.Context, after uint64, fn func(journal.Record) error) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range l.recs[min(after, uint64(len(l.recs))):] {
		if err := fn(r); err != nil {
			return 0, err
		}
	}
	return uint64(len(l.recs)), nil
}

// Append implements fleet.Journal.
func (l *ledger) Append(_ context.Context, recs ...journal.Record) (uint64, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, r := range recs {
		r.Seq = uint64(len(l.recs)) + 1
		l.recs = append(l.recs, r)
	}
	return uint64(len(l.recs)), nil
}

type noPictures struct{}

// Has implements fleet.Pictures.
func (noPictures) Has(context.Context, string) (bool, error) { return false, nil }

// Put implements fleet.Pictures.
func (noPictures) Put(context.Context, string, string, []byte) error { return nil }

type noOut struct{}

// Publish implements fleet.Publisher.
func (noOut) Publish(context.Context, string, byte, []byte) error { return nil }

// oneHall is the site with all its racks in one hall that one unit cools.
func oneHall(seed uint64) *world {
	w := newWorld(seed)
	h := w.site.Halls[0]
	h.Cooling = []maps.CoolingUnit{{ID: unitName}}
	for _, other := range w.site.Halls[1:] {
		h.Rows = append(h.Rows, other.Rows...)
	}
	w.site.Halls = w.site.Halls[:1]
	for _, row := range h.Rows {
		row.Hall = h.ID
		h.Cooling[0].Rows = append(h.Cooling[0].Rows, row.ID)
	}
	for _, r := range w.racks {
		r.Hall, r.CooledBy = h.ID, []string{unitName}
	}
	h.Graph = &maps.Graph{}
	w.site.Index()
	return w
}

// storm plays the death of the unit to a real controller, over a journal and a store in memory, and times its conclusion.
func storm(ctx context.Context, o Options) (rows []bench.Row, misses []string, err error) {
	w := oneHall(o.Seed)
	st, err := store.Open(store.Options{Path: ":memory:"})
	if err != nil {
		return nil, nil, fmt.Errorf("open a store: %w", err)
	}
	c, err := fleet.New(fleet.Options{Site: w.site, Store: st, Pictures: noPictures{}, Out: noOut{}, Rules: fleet.DefaultRules()})
	if err != nil {
		return nil, nil, fmt.Errorf("start a controller: %w", err)
	}
	ctx, cancel := context.WithCancel(ctx)
	ended := make(chan error, 1)
	go func() { ended <- c.Lead(ctx, &ledger{}) }()
	defer func() {
		cancel()
		err = errors.Join(err, <-ended, st.Close())
	}()
	racks := w.racks
	if o.Small {
		racks = racks[:60]
	}
	for seq, hot := range []bool{false, true} {
		for i, r := range racks {
			if err := stormLook(ctx, c, r, i, uint64(seq)+1, hot); err != nil {
				return nil, nil, err
			}
			o.Progress("storm", seq*len(racks)+i+1, 2*len(racks))
		}
	}
	last := o.Now()
	return stormRows(ctx, c, o, last, len(racks)*stormFindings)
}

// stormLook has a robot look at a rack's front: in good order, or with its air, its devices and a light telling of heat.
func stormLook(ctx context.Context, c *fleet.Controller, r *maps.Rack, i int, seq uint64, hot bool) error {
	id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: fmt.Sprintf("NR-%03d", i)}
	o := wire.Observation{
		Manufacturer: id.Manufacturer, SerialNumber: id.SerialNumber, Seq: seq, At: time.Now(), OrderID: "O-1", ActionID: "a", SitePackage: strings.Repeat("0", 64),
		Hall: r.Hall, Viewpoint: r.ID + "-front", Rack: r.ID, Face: maps.Front, Registration: vision.Registration{Method: vision.MethodTags, Tags: 4, SigmaMM: 1},
		Air: &vision.Air{TemperatureC: usualC, HumidityPercent: 40, DewPointC: 8},
	}
	if hot {
		rise := 14 + float64(i%7)/5
		o.Air.TemperatureC += rise
		o.Findings = append(o.Findings, vision.Finding{Kind: vision.KindInletHigh, Severity: vision.Warning, Rack: r.ID, Face: maps.Front, Unit: 1, Value: o.Air.TemperatureC, Reference: 35, Meaning: "the inlet is warm", Confidence: 0.9})
		for _, d := range r.Devices {
			if len(o.Findings) < stormFindings {
				o.Findings = append(o.Findings, vision.Finding{Kind: vision.KindHotDevice, Severity: vision.Critical, Rack: r.ID, Face: maps.Front, Unit: d.Position, Device: d.ID, Value: 66, Reference: 65, Meaning: d.ID + " is hot", Confidence: 0.9, PastCritical: true})
			}
		}
	}
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		return fmt.Errorf("storm: %w", err)
	}
	c.Hear(ctx, listen.Message{Robot: id, Kind: "observation", Payload: payload, QoS: 1})
	return nil
}

// stormRows waits for the one cause and counts the tickets that are open then, and all that ever were.
func stormRows(ctx context.Context, c *fleet.Controller, o Options, last time.Time, findings int) ([]bench.Row, []string, error) {
	for {
		faults, err := c.Faults(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("storm: %w", err)
		}
		tickets, err := c.Tickets(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("storm: %w", err)
		}
		took, open, right := o.Now().Sub(last), 0, 0
		for _, f := range faults {
			if f.State.Open() {
				open++
			}
			if f.State.Open() && f.Kind == string(cause.CoolingFailed) && len(f.Hypotheses) > 0 && f.Hypotheses[0].Supply == unitName {
				right++
			}
		}
		done := right == 1 && open == 1
		if !done && took < stormWait {
			continue
		}
		rows := []bench.Row{
			{Name: "storm.tickets", Unit: "1", Value: float64(len(tickets)), Low: float64(len(tickets)), High: float64(len(tickets)), N: findings, Note: fmt.Sprintf("%d faults, %d open", len(faults), open)},
			{Name: "storm.seconds", Unit: "s", Value: took.Seconds(), Low: took.Seconds(), High: took.Seconds(), N: 1},
		}
		var misses []string
		for _, t := range tickets {
			if len(misses) < 10 && t.State == ticket.Open {
				misses = append(misses, "storm ticket: "+t.Title)
			}
		}
		for _, f := range faults {
			if len(misses) < 20 && f.State.Open() && f.State != fault.Folded && !done {
				misses = append(misses, fmt.Sprintf("storm fault %s %s: %s", f.ID, f.State, f.Cause))
			}
		}
		rows[0], rows[1] = rows[0].AtMost(1), rows[1].AtMost(2)
		return rows, misses, nil
	}
}
