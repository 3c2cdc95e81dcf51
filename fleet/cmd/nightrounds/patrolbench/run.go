package patrolbench

import (
	"context"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// Run runs the parts that are named, all when none is, and reports. An unknown name is a bench.ErrPart.
func Run(ctx context.Context, o Options, only ...string) (bench.Report, error) {
	return bench.Run(ctx, "patrol", o.Seed, o.Now, o, []bench.Part[Options]{
		{Name: "idleness", Run: bench.Rows(idleness)},
		{Name: "fewest", Run: bench.Rows(fewest)},
		{Name: "kept", Run: bench.Rows(kept)},
		{Name: "month", Run: bench.Rows(month)},
		{Name: "lost", Run: bench.Rows(lost)},
		{Name: "speed", Run: bench.Rows(speed)},
		{Name: "nights", Run: bench.Rows(nights)},
		{Name: "mapf", Run: bench.Rows(mapf)},
		{Name: "jams", Run: bench.Rows(jams)},
	}, only...)
}
