package faultbench

import (
	"context"

	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// Run runs the parts that are named, all when none is, and reports. An unknown name is a bench.ErrPart.
func Run(ctx context.Context, o Options, only ...string) (bench.Report, error) {
	return bench.Run(ctx, "faults", o.Seed, o.Now, o, []bench.Part[Options]{
		{Name: "causes", Run: causes},
		{Name: "month", Run: month},
		{Name: "storm", Run: storm},
		{Name: "guards", Run: unsafe},
		{Name: "repairs", Run: verified},
		{Name: "tickets", Run: tickets},
		{Name: "alarms", Run: alarms},
	}, only...)
}
