package faultbench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// Repairs are played to a real controller whose clock runs fast, at the sample site.
const (
	repairSpeed    = 20
	repairInterval = 5 * time.Minute  // the sample's revisit interval in this bench
	repairSlack    = 30 * time.Second // of the controller's clock: 1.5 s on the wall, which a busy machine may be late
	manyRepairs    = 120
	fewRepairs     = 20
	repairBook     = "limits: {atOnce: 100000, perRack: 100000, perFeed: 100000, perHour: 100000, stormFaults: 100000}\n" +
		"runbooks: [{id: swap, faults: [disk-failed], steps: [{name: swap, webhook: {url: \"http://127.0.0.1\", secretEnv: S}, timeout: 2m, settle: 10s}]}]\n"
)

// A patient is one fault of the bench, and what becomes of its repair.
type patient struct {
	device, led, view string
	fixed             bool // the repair helps
	refused           bool // it is refused
	never             bool // no robot ever comes to verify it
}

// lookFails is the share of verifying looks that fail.
const lookFails = 0.2

// A ward is the patients, and those who repair them.
type ward struct {
	mu   sync.Mutex
	of   map[string]*patient // by device
	done map[string]bool     // devices whose repair was carried out
	rng  *rand.Rand
	luck *rand.Rand // of who repairs
	seq  uint64
}

// Identify implements remedy.Executor.
func (*ward) Identify(context.Context, remedy.Order) (remedy.Identity, error) {
	return remedy.Identity{}, nil
}

// Carry implements remedy.Executor: some repairs are refused, some are taken on at the second try.
func (w *ward) Carry(_ context.Context, o remedy.Order) (remedy.Outcome, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	p := w.of[o.Target.Device]
	if p == nil || p.refused {
		return remedy.Outcome{}, fmt.Errorf("nobody has a disk: %w", remedy.ErrFinal)
	}
	if w.luck.IntN(10) == 0 {
		return remedy.Outcome{}, errors.New("no answer")
	}
	w.done[o.Target.Device] = true
	return remedy.Outcome{}, nil
}

// repairSite is the sample with the bench's revisit interval.
func repairSite() (*maps.Site, error) {
	site, err := maps.Load(maps.Sample())
	if err != nil {
		return nil, fmt.Errorf("read the sample site: %w", err)
	}
	for _, r := range site.Racks() {
		r.RevisitInterval = repairInterval
	}
	site.Index()
	return site, nil
}

// patients are disks of the site's devices, one of each device.
func (w *ward) patients(s *maps.Site, n int) {
	views := s.Viewpoints()
	for _, r := range s.Racks() {
		for _, d := range r.Devices {
			i := slices.IndexFunc(d.Type.LEDs, func(l maps.LED) bool {
				return l.Face == maps.Front && slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool { return m.Kind == "disk-failed" })
			})
			v := slices.IndexFunc(views, func(v maps.Viewpoint) bool {
				return v.Rack == r.ID && v.Face == d.Face && v.FromU <= d.Position && d.Position <= v.ToU
			})
			if len(w.of) >= n || i < 0 || v < 0 || w.rng.IntN(2) == 0 {
				continue
			}
			p := &patient{device: d.ID, led: d.Type.LEDs[i].Name, view: views[v].ID, fixed: w.rng.IntN(4) > 0, refused: w.rng.IntN(10) == 0}
			p.never = w.rng.IntN(10) == 0
			w.of[d.ID] = p
		}
	}
}

// verified plays repairs and looks, and counts the faults of which it was known within one revisit interval of their repair
// whether it had helped, or that were escalated.
func verified(ctx context.Context, o Options) (rows []bench.Row, misses []string, err error) {
	site, err := repairSite()
	if err != nil {
		return nil, nil, fmt.Errorf("repairs: %w", err)
	}
	books, err := remedy.Parse([]byte(repairBook))
	if err != nil {
		return nil, nil, fmt.Errorf("repairs: %w", err)
	}
	st, err := store.Open(store.Options{Path: ":memory:"})
	if err != nil {
		return nil, nil, fmt.Errorf("open a store: %w", err)
	}
	w := &ward{of: map[string]*patient{}, done: map[string]bool{}, rng: rand.New(rand.NewPCG(o.Seed, 0x77617264)), luck: rand.New(rand.NewPCG(o.Seed, 0x6c75636b))}
	w.patients(site, map[bool]int{true: fewRepairs, false: manyRepairs}[o.Small])
	c, err := fleet.New(fleet.Options{
		Site: site, Runbooks: books, Executors: map[remedy.Kind]remedy.Executor{remedy.Webhook: w}, Store: st, Pictures: noPictures{}, Out: noOut{},
		Rules: fleet.DefaultRules(), Clock: clock.Clock{Epoch: time.Now(), Speed: repairSpeed},
	})
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
	return w.play(ctx, c, site, o)
}

// play has two robots see each disk, lets the controller repair and verify, and plays the robots that it sends.
func (w *ward) play(ctx context.Context, c *fleet.Controller, site *maps.Site, o Options) ([]bench.Row, []string, error) {
	for range 2 {
		for _, d := range keys(w.of) {
			if err := w.look(ctx, c, site, w.of[d], "a", true); err != nil {
				return nil, nil, err
			}
		}
	}
	turns := time.NewTicker(50 * time.Millisecond)
	defer turns.Stop()
	for end := o.Now().Add(10 * repairInterval / repairSpeed); o.Now().Before(end); {
		faults, err := c.Faults(ctx)
		if err != nil {
			return nil, nil, fmt.Errorf("repairs: %w", err)
		}
		over := 0
		for _, f := range faults {
			if f.State == fault.Resolved || f.State == fault.Escalated {
				over++
			}
		}
		o.Progress("repairs", over, len(w.of))
		if over == len(w.of) {
			break
		}
		if err := w.serve(ctx, c, site); err != nil {
			return nil, nil, err
		}
		select {
		case <-turns.C:
		case <-ctx.Done():
			return nil, nil, fmt.Errorf("stopped: %w", ctx.Err())
		}
	}
	faults, err := c.Faults(ctx)
	if err != nil {
		return nil, nil, fmt.Errorf("repairs: %w", err)
	}
	return w.rows(faults)
}

// serve has robots answer the inspections that wait: most look, some fail to, and to some places none ever comes.
func (w *ward) serve(ctx context.Context, c *fleet.Controller, site *maps.Site) error {
	all, err := c.Inspections(ctx)
	if err != nil {
		return fmt.Errorf("repairs: %w", err)
	}
	faults, err := c.Faults(ctx)
	if err != nil {
		return fmt.Errorf("repairs: %w", err)
	}
	for _, i := range all {
		k := slices.IndexFunc(faults, func(f fault.Fault) bool { return f.ID == i.FaultID })
		if !i.Open() || k < 0 || w.rng.IntN(20) > 0 {
			continue
		}
		p := w.of[faults[k].Device]
		w.mu.Lock()
		amber := !p.fixed || !w.done[p.device]
		w.mu.Unlock()
		if p.never {
			continue
		}
		if err := w.look(ctx, c, site, p, i.ID, amber); err != nil {
			return err
		}
	}
	return nil
}

// look has a robot look at a patient's light; some looks fail.
func (w *ward) look(ctx context.Context, c *fleet.Controller, site *maps.Site, p *patient, action string, amber bool) error {
	v, _ := site.Viewpoint(p.view)
	d, _ := site.Device(p.device)
	w.seq++
	id := wire.RobotID{Manufacturer: "nightrounds", SerialNumber: fmt.Sprintf("NR-%06d", w.seq)} // each look another's: in order by itself
	now, err := c.Patrol(ctx)
	if err != nil {
		return fmt.Errorf("repairs: %w", err)
	}
	o := wire.Observation{
		Manufacturer: id.Manufacturer, SerialNumber: id.SerialNumber, Seq: 1, At: now.At, OrderID: "O-1", ActionID: action, SitePackage: strings.Repeat("0", 64),
		Hall: v.Hall, Viewpoint: v.ID, Rack: v.Rack, Face: v.Face, Registration: vision.Registration{Method: vision.MethodTags, Tags: 4, SigmaMM: 1},
	}
	colour := "green"
	if amber {
		colour = "amber"
		o.Findings = []vision.Finding{{Kind: "disk-failed", Severity: vision.Warning, Rack: v.Rack, Face: v.Face, Unit: d.Position, Device: d.ID, LED: p.led, Meaning: p.led + " is amber", Confidence: 0.95}}
	}
	o.LEDs = []vision.LEDReading{{Device: d.ID, LED: p.led, Colour: colour, Pattern: "solid", Confidence: 0.95}}
	if action != "a" && w.rng.Float64() < lookFails {
		o.Failed, o.Findings, o.LEDs = "somebody stood before it", nil, nil
	}
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		return fmt.Errorf("repairs: %w", err)
	}
	c.Hear(ctx, listen.Message{Robot: id, Kind: "observation", Payload: payload, QoS: 1})
	return nil
}

func keys(of map[string]*patient) []string {
	out := make([]string, 0, len(of))
	for d := range of {
		out = append(out, d)
	}
	slices.Sort(out)
	return out
}

// rows count the faults that were settled in time.
func (w *ward) rows(faults []fault.Fault) ([]bench.Row, []string, error) {
	settled, resolved, escalated := 0, 0, 0
	var misses []string
	for _, f := range faults {
		began, ended := time.Time{}, time.Time{}
		for _, e := range f.Timeline {
			switch {
			case strings.HasPrefix(e.What, "verifying: "):
				began, ended = e.At, time.Time{}
			case strings.HasPrefix(e.What, "resolved: "), strings.HasPrefix(e.What, "escalated: "):
				ended = e.At
			}
		}
		p := w.of[f.Device]
		honest := f.State == fault.Escalated || f.State == fault.Resolved && p != nil && p.fixed && len(f.Sightings) > 0
		if !ended.IsZero() && honest && (began.IsZero() || ended.Sub(began) <= repairInterval+repairSlack) {
			settled++
		} else if len(misses) < keptMisses {
			misses = append(misses, fmt.Sprintf("repair of %s: %s, verified from %s to %s", f.ID, f.State, began.Format(time.TimeOnly), ended.Format(time.TimeOnly)))
		}
		switch f.State {
		case fault.Resolved:
			resolved++
		case fault.Escalated:
			escalated++
		}
	}
	row := bench.Rate("verify.closed_or_escalated", settled, max(len(faults), len(w.of))).AtLeast(1)
	row.Note = fmt.Sprintf("%d resolved, %d escalated", resolved, escalated)
	return []bench.Row{row}, misses, nil
}
