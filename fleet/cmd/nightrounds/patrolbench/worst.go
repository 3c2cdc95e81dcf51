package patrolbench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// A trial is one night against the bound.
type trial struct {
	plot     plot
	seed     uint64
	charging bool
	hours    float64
	decide   foresee.Decide // nil: ours
	// load is the work that the intervals ask for over what the bound allows.
	load float64
	// with is how many robots there are, 0 for as many as the plot has, for which the intervals are made.
	with int
	// free takes traffic away, calm the inspections.
	free, calm bool
	// told hears what robots do, trouble adds what goes wrong, and every few minutes the night is handed to often. All may
	// be nil.
	told    func(foresee.Span)
	trouble func(*foresee.Options)
	often   func(n *foresee.Night, hours float64)
}

// A result is what a trial came to.
type result struct {
	over     float64 // worst idleness over the bound
	ratio    float64 // worst ratio of idleness to interval
	bound    float64 // the least that the bound allows
	planned  float64
	stats    foresee.Stats
	hall     *patrol.Hall
	ended    time.Time
	of       string
	plan     *patrol.Plan
	shortest time.Duration
}

// adHoc is the share of the robots' time that inspections ask for: each with a look and a way of its own.
const adHoc = 0.05

// apartM is the way of its own that an inspection is taken to cost, in m: half a hall's aisle there and back.
const apartM = 30

// run runs a trial: intervals at the given load of the bound, a warm-up, and then so many hours.
func (t trial) run(ctx context.Context) (result, error) {
	size := t.plot
	if t.with > 0 {
		size.robots = t.with
	}
	p, err := newPlace(size, t.seed)
	if err != nil {
		return result{}, err
	}
	body := foresee.DefaultBody()
	rules := patrol.DefaultRules()
	rules.Model = body.Model()
	if !t.charging {
		body.DrivePerSec, body.LookPerSec = 0, 0
		rules.Model.DrivePerSec, rules.Model.LookPerSec = 0, 0
	}
	look := (body.LookMin + body.LookMax) / 2
	out := 1.0
	if t.charging {
		out = 1 - body.LookPerSec/(body.LookPerSec+body.ChargePerSec)
	}
	each := look.Seconds() + apartM/body.SpeedMPS
	perSec := adHoc * float64(t.plot.robots) * out / each
	bodies := []foresee.Robot{{Body: body}}
	b, err := foresee.Bound(foresee.Options{Hall: p.hall, Robots: bodies})
	if err != nil {
		return result{}, err
	}
	shortest := time.Duration(b.Ratio(t.plot.robots) / t.load * float64(time.Hour))
	h := p.every(shortest)
	if b, err = foresee.Bound(foresee.Options{Hall: h, Robots: bodies}); err != nil {
		return result{}, err
	}
	start := time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)
	warm := start.Add(shortest * time.Duration(max(3, 10*slices.Max(t.plot.classes)/8)))
	end := warm.Add(time.Duration(t.hours * float64(time.Hour)))
	o := foresee.Options{
		Told: t.told,
		Hall: h, Rules: rules, Start: start, Warm: warm, Seed: t.seed, Decide: t.decide,
		ClearanceM: fleet.DefaultRules().ClearanceM, Window: fleet.DefaultRules().Dispatch.Window,
	}
	if !t.calm {
		o.Asked = asks(h, t.seed, start, end, perSec)
	}
	for _, r := range p.robots {
		r.Body = body
		o.Robots = append(o.Robots, r)
	}
	if t.free {
		o.Floor = foresee.NewFreeFloor(h.Graph)
	}
	if t.trouble != nil {
		t.trouble(&o)
	}
	n, err := foresee.New(o)
	if err != nil {
		return result{}, err
	}
	step, then := time.Hour, (func())(nil)
	if t.often != nil {
		step, then = 5*time.Minute, func() { t.often(n, n.Now().Sub(start).Hours()) }
	}
	if err := n.RunAll(ctx, end, step, then); err != nil {
		return result{}, err
	}
	r := result{ended: end, stats: n.Stats, hall: h, bound: b.Ratio(t.plot.robots), planned: n.Plan().Ratio(), plan: n.Plan(), shortest: shortest}
	r.ratio, r.of = n.Stats.Worst(h)
	r.over = r.ratio / r.bound
	return r, nil
}

// asks are the inspections of a night: most an operator's, some that verify a repair, a few emergencies.
func asks(h *patrol.Hall, seed uint64, from, to time.Time, perSec float64) []foresee.Ask {
	rng := rand.New(rand.NewPCG(seed, 0x61736b))
	var out []foresee.Ask
	for at := from; perSec > 0; {
		at = at.Add(time.Duration(rng.ExpFloat64() / perSec * float64(time.Second)))
		if !at.Before(to) {
			break
		}
		class := patrol.Operator
		switch x := rng.Float64(); {
		case x < 0.02:
			class = patrol.Emergency
		case x < 0.15:
			class = patrol.Verification
		}
		out = append(out, foresee.Ask{
			ID: fmt.Sprintf("I-%05d", len(out)+1), Viewpoint: h.Viewpoints[rng.IntN(len(h.Viewpoints))].ID, Class: class, At: at,
		})
	}
	return out
}

// idleness is how near the worst idleness comes to the bound.
func idleness(ctx context.Context, o Options) ([]bench.Row, error) {
	p := plot{racks: 1000, robots: 10, docks: 6, classes: []int{1}}
	hours := 24.0
	if o.Small {
		p.racks, p.robots, p.docks, hours = 100, 2, 2, 4
	}
	mixed := p
	mixed.classes = []int{1, 4, 8}
	var rows []bench.Row
	for i, k := range []struct {
		name     string
		plot     plot
		charging bool
		target   float64
	}{
		{"idleness.equal_nocharge.over_bound", p, false, 1.05},
		{"idleness.equal.over_bound", p, true, 1.15},
		{"idleness.mixed.over_bound", mixed, true, 1.35},
	} {
		o.Progress("worst idleness", i, 3)
		r, err := trial{plot: k.plot, seed: o.Seed, charging: k.charging, hours: hours, load: 1}.run(ctx)
		if err != nil {
			return nil, err
		}
		spent := r.stats.Spent()
		rows = append(rows, bench.Row{
			Name: k.name, Value: r.over, Unit: "1", Low: r.over, High: r.over, N: len(r.stats.Views),
			Note: fmt.Sprintf("steady state, after three laps or ten eighths of the longest interval, %.0f h, one night; planned %.3f; least charge %.0f %%; driving %.1f %%, looking %.1f %%, charging %.1f %%, waiting %.1f %%",
				hours, r.planned/r.bound, 100*r.stats.Least, 100*spent[foresee.Driving], 100*spent[foresee.Looking], 100*spent[foresee.Charging], 100*spent[foresee.Waiting]),
		}.AtMost(k.target))
	}
	o.Progress("worst idleness", 3, 3)
	return rows, nil
}
