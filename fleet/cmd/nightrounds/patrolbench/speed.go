package patrolbench

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// speed measures how fast plans and answers come.
func speed(_ context.Context, o Options) ([]bench.Row, error) {
	size := plot{racks: 1000, robots: 10, docks: 6, classes: []int{1}}
	large := plot{racks: 10000, robots: 100, docks: 40, classes: []int{1}}
	if o.Small {
		size.racks, large = 100, plot{racks: 300, robots: 5, docks: 3, classes: []int{1}}
	}
	p, err := newPlace(size, o.Seed)
	if err != nil {
		return nil, err
	}
	began := o.Now()
	hall := patrol.NewHall(p.graph, p.views, nil)
	var robots []patrol.Robot
	for _, r := range p.robots {
		robots = append(robots, patrol.Robot{ID: r.ID})
	}
	patrol.NewPlan(hall, robots, patrol.DefaultRules())
	took := o.Now().Sub(began).Seconds()
	rows := []bench.Row{bench.Row{Name: "plan.seconds", Value: took, Unit: "s", Low: took, High: took, N: 1, Note: "hall and plan worked out from nothing"}.AtMost(1)}
	for _, k := range []struct {
		name   string
		plot   plot
		target float64
	}{{"adhoc.p99_ms", size, 50}, {"adhoc.p99_ms_large", large, 250}} {
		row, batch, err := answers(o, k.plot, k.name)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row.AtMost(k.target))
		if k.name == "adhoc.p99_ms" {
			rows = append(rows, bench.Row{Name: "adhoc.batch_200_ms", Value: batch, Unit: "ms", Low: batch, High: batch, N: 1, Note: "200 requests that come at once"}.AtMost(100))
		}
	}
	return rows, nil
}

// answers measures single answers in the middle of a night, and 200 together, in ms.
func answers(o Options, size plot, name string) (row bench.Row, batch float64, err error) {
	p, err := newPlace(size, o.Seed)
	if err != nil {
		return row, 0, err
	}
	h := p.every(time.Hour)
	n, err := foresee.New(foresee.Options{Hall: h, Rules: patrol.DefaultRules(), Robots: p.robots, Start: time.Unix(0, 0).UTC(), Seed: o.Seed})
	if err != nil {
		return row, 0, err
	}
	n.Run(time.Unix(0, 0).UTC().Add(20 * time.Minute))
	var took []float64
	const asked = 200
	ask := func(in patrol.Input, i int) error {
		v := h.Viewpoints[(i*7919)%len(h.Viewpoints)]
		if _, ok := patrol.Promise(in, patrol.Inspection{ID: "I", Viewpoint: v.ID, Class: patrol.Class(i % 4), At: n.Now()}); !ok {
			return fmt.Errorf("%s has no answer", v.ID)
		}
		return nil
	}
	for i := range asked {
		began := o.Now()
		if err := ask(n.Input(), i); err != nil {
			return row, 0, err
		}
		took = append(took, o.Now().Sub(began).Seconds()*1000)
		o.Progress(name, i+1, asked)
	}
	began, in := o.Now(), n.Input()
	for i := range asked {
		if err := ask(in, i); err != nil {
			return row, 0, err
		}
	}
	batch = o.Now().Sub(began).Seconds() * 1000
	return bench.Quantile(name, "ms", took, 0.99), batch, nil
}

// nights measures how long a simulated day takes.
func nights(ctx context.Context, o Options) ([]bench.Row, error) {
	size := plot{racks: 1000, robots: 10, docks: 6, classes: []int{1}}
	large := plot{racks: 10000, robots: 100, docks: 40, classes: []int{1}}
	hours := 24.0
	if o.Small {
		size.racks, large, hours = 100, plot{racks: 300, robots: 5, docks: 3, classes: []int{1}}, 2
	}
	var rows []bench.Row
	for i, k := range []struct {
		name   string
		plot   plot
		target float64
	}{{"night.seconds", size, 30}, {"night.seconds_large", large, 600}} {
		o.Progress("simulated days", i, 2)
		began := o.Now()
		if _, err := (trial{plot: k.plot, seed: o.Seed, charging: true, hours: hours, load: 1}).run(ctx); err != nil {
			return nil, err
		}
		took := o.Now().Sub(began).Seconds()
		rows = append(rows, bench.Row{Name: k.name, Value: took, Unit: "s", Low: took, High: took, N: 1, Note: fmt.Sprintf("%.0f h and the warm-up of two laps", hours)}.AtMost(k.target))
	}
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	mb := float64(m.Sys) / 1e6
	o.Progress("simulated days", 2, 2)
	return append(rows, bench.Row{Name: "night.rss_mb_large", Value: mb, Unit: "MB", Low: mb, High: mb, N: 1, Note: "all memory that the program has had from the system, as Go's runtime counts it"}.AtMost(2000)), nil
}

// kept measures how often promises to inspections are kept, and what a busy night does to robots and requests.
func kept(ctx context.Context, o Options) ([]bench.Row, error) {
	size := plot{racks: 1000, robots: 10, docks: 6, classes: []int{1}}
	hours := 12.0
	if o.Small {
		size.racks, size.robots, hours = 100, 2, 3
	}
	o.Progress("promises", 0, 1)
	r, err := trial{plot: size, seed: o.Seed, charging: true, hours: hours, load: 0.8}.run(ctx)
	if err != nil {
		return nil, err
	}
	in, all, never := 0, 0, 0
	for _, s := range r.stats.Served {
		if s.Done.IsZero() {
			never++
			continue
		}
		all++
		if s.Done.Sub(s.At) <= s.Promised.P90 {
			in++
		}
	}
	row := bench.Rate("adhoc.kept", in, all)
	row.Note = fmt.Sprintf("share of inspections done by the time promised for nine in ten; right is 0.88 to 0.97; load 0.8 of the bound; %d of %d still open at the night's end", never, all+never)
	flat := float64(r.stats.Flat)
	o.Progress("promises", 1, 1)
	return []bench.Row{
		row.AtLeast(0.88),
		bench.Row{Name: "battery.flat", Value: flat, Unit: "robots", Low: flat, High: flat, N: size.robots, Note: fmt.Sprintf("one night of %.0f h", hours)}.AtMost(0),
	}, nil
}

// lost measures what traffic costs: the mean wait on the controller's floor over that on one where robots pass through
// each other.
func lost(ctx context.Context, o Options) ([]bench.Row, error) {
	size := plot{racks: 1000, robots: 10, docks: 6, classes: []int{1}}
	hours := 8.0
	if o.Small {
		size.racks, size.robots, hours = 100, 2, 3
	}
	var looks [2]float64
	for i, free := range []bool{false, true} {
		o.Progress("loss to traffic", i, 2)
		r, err := trial{plot: size, seed: o.Seed, charging: true, hours: hours, load: 1, free: free}.run(ctx)
		if err != nil {
			return nil, err
		}
		looks[i] = float64(r.stats.Looks)
	}
	o.Progress("loss to traffic", 2, 2)
	loss := 1 - looks[0]/looks[1]
	return []bench.Row{bench.Row{
		Name: "traffic.loss", Value: loss, Unit: "1", Low: loss, High: loss, N: int(looks[0]), Note: "looks fewer than on a floor where robots pass through each other",
	}.AtMost(0.08)}, nil
}
