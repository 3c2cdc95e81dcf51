package patrolbench

import (
	"context"
	"fmt"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// slackness is the ratio of the promise of this row: the intervals are what the bound allows ten robots, longer by so
// much, so that a planned patrol can keep them.
const slackness = 1.4

// fewest counts the robots that each rule needs to keep one promise.
func fewest(ctx context.Context, o Options) ([]bench.Row, error) {
	p := plot{racks: 1000, robots: 10, docks: 12, classes: []int{1}}
	hours := 8.0
	if o.Small {
		p.racks, p.robots, p.docks, hours = 100, 2, 4, 2
	}
	ours, err := smallest(ctx, o, p, nil, hours, max(1, p.robots-2), "robots that ours needs")
	if err != nil {
		return nil, err
	}
	theirs, err := smallest(ctx, o, p, greedy, hours, ours, "robots that greed needs")
	if err != nil {
		return nil, err
	}
	over := float64(theirs) / float64(ours)
	return []bench.Row{bench.Row{
		Name: "robots.greedy_over_ours", Value: over, Unit: "1", Low: over, High: over, N: 2,
		Note: fmt.Sprintf("%d racks, equal intervals of %.1f times what the bound allows %d robots, charging, %.0f h after two laps: ours needs %d robots, greed %d", p.racks, slackness, p.robots, hours, ours, theirs),
	}.AtLeast(1.3)}, nil
}

// smallest is the least number of robots, from a first guess upwards, with which nothing is beyond its interval.
func smallest(ctx context.Context, o Options, p plot, rule foresee.Decide, hours float64, from int, what string) (int, error) {
	most := 3 * p.robots
	for n := from; n <= most; n++ {
		o.Progress(what, n-from, most-from)
		r, err := trial{plot: p, seed: o.Seed, charging: true, hours: hours, decide: rule, load: 1 / slackness, with: n}.run(ctx)
		if err != nil {
			return 0, err
		}
		if r.ratio <= 1 {
			o.Progress(what, most-from, most-from)
			return n, nil
		}
	}
	return 0, fmt.Errorf("%s: even %d robots are too few", what, most)
}
