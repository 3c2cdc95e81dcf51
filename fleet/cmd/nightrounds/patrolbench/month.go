package patrolbench

import (
	"context"
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// ourRatio is the worst idleness over the bound with mixed intervals that this planner promises, fullness the share of the
// load that this leaves.
const (
	ourRatio = 1.35
	fullness = 0.9
)

// month holds a month of trouble to the promise: one robot dies a week and is back after eight hours, two aisles a day are
// blocked somewhere for half an hour. Late looks are counted, and whether each was foretold before it was late.
func month(ctx context.Context, o Options) ([]bench.Row, error) {
	t := trial{plot: plot{racks: 1000, robots: 10, docks: 6, classes: []int{1, 4, 8}}, seed: o.Seed, charging: true, load: fullness / ourRatio}
	days := 30
	if o.Small {
		t.plot.racks, t.plot.robots, t.plot.docks, days = 100, 3, 3, 1
	}
	t.hours = 24 * float64(days)
	w := &watch{told: map[string]time.Time{}, missed: map[string]bool{}}
	t.trouble = func(n *foresee.Options) { trouble(n, o.Seed, days) }
	t.often = func(n *foresee.Night, hours float64) {
		w.look(n)
		o.Progress("a month", int(hours), int(t.hours))
	}
	r, err := t.run(ctx)
	if err != nil {
		return nil, err
	}
	late, waits := 0, 0
	for _, v := range r.stats.Views {
		late, waits = late+v.LateWaits, waits+v.Waits
	}
	row := bench.Rate("coverage.late_share", late, waits)
	row.Note = fmt.Sprintf("looks that came after their interval, of all, in %d days at %.0f %% of the load that the bound allows at %.2f times its ratio; foretold before they were late: %d of %d viewpoints seen late",
		days, 100*fullness, ourRatio, w.foretold, w.foretold+len(w.missed))
	never := 0
	for _, s := range r.stats.Served {
		if s.Done.IsZero() && r.ended.Sub(s.At) > starvedAfter {
			never++
		}
	}
	starved, flat := float64(never), float64(r.stats.Flat)
	return []bench.Row{
		row.AtMost(0.001),
		bench.Row{Name: "patrol.starved", Value: starved, Unit: "requests", Low: starved, High: starved, N: len(r.stats.Served), Note: fmt.Sprintf("open for more than %s", starvedAfter)}.AtMost(0),
		bench.Row{Name: "battery.flat", Value: flat, Unit: "robots", Low: flat, High: flat, N: t.plot.robots, Note: fmt.Sprintf("%d days", days)}.AtMost(0),
	}, nil
}

// starvedAfter is how long a request that is still open counts as on its way.
const starvedAfter = 3 * time.Hour

// trouble is what goes wrong in so many days.
func trouble(n *foresee.Options, seed uint64, days int) {
	rng := rand.New(rand.NewPCG(seed, 0x74726f75626c65))
	at := func(day int) time.Time {
		return n.Start.Add(time.Duration(day)*24*time.Hour + time.Duration(rng.Int64N(int64(23*time.Hour))))
	}
	for week := 0; 7*week < days; week++ {
		r := &n.Robots[week%len(n.Robots)]
		r.Dies = at(7*week + rng.IntN(min(7, days-7*week)))
		r.Mends = r.Dies.Add(8 * time.Hour)
	}
	var inside []int
	edges := n.Hall.Graph.Edges()
	for i, e := range edges {
		if n.Hall.Graph.AisleOf(e.Start) != "" && n.Hall.Graph.AisleOf(e.End) != "" {
			inside = append(inside, i)
		}
	}
	for day := range days {
		for range 2 {
			e, start := edges[inside[rng.IntN(len(inside))]], at(day)
			n.Closures = append(n.Closures, foresee.Closure{From: e.Start, To: e.End, Start: start, Ends: start.Add(30 * time.Minute)})
		}
	}
}

// A watch notes which viewpoints were foretold to be late before they were.
type watch struct {
	told     map[string]time.Time // since when
	missed   map[string]bool
	foretold int
	late     map[string]bool
}

func (w *watch) look(n *foresee.Night) {
	in := n.Input()
	now := map[string]time.Time{}
	late := map[string]bool{}
	for _, f := range patrol.Foretell(in) {
		since, known := w.told[f.Viewpoint]
		if !known {
			since = in.Now
		}
		now[f.Viewpoint] = since
		if !f.Late.Before(in.Now) {
			continue
		}
		late[f.Viewpoint] = true
		if w.late[f.Viewpoint] {
			continue
		}
		if since.After(f.Late) {
			w.missed[f.Viewpoint] = true
		} else {
			w.foretold++
		}
	}
	w.told, w.late = now, late
}
