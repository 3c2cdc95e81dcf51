package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cmd/nightrounds/faultbench"
	"github.com/nightrounds/nightrounds/fleet/cmd/nightrounds/patrolbench"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// benchCmd measures what this program claims.
type benchCmd struct {
	Patrol benchPatrolCmd `cmd:"" help:"Run nights of robots in generated halls by the controller's own rules, and hold them against what no schedule can undercut."`
	Faults benchFaultsCmd `cmd:"" help:"Play incidents over a simulated site of 500 racks, and hold the causes that are concluded against the true ones."`
}

type benchFaultsCmd struct {
	Seed      uint64   `default:"1" help:"What the site, the incidents and the looks are made from: the same seed makes the same."`
	Incidents int      `default:"2000" help:"How many nights of one or two incidents are played."`
	Only      []string `placeholder:"PART" help:"Run these parts only."`
	Small     bool     `help:"A few incidents, to see that the bench runs: the figures claim nothing."`
	Output    string   `short:"o" enum:"table,json" default:"table" help:"table or json."`
}

// Run runs the bench.
func (c *benchFaultsCmd) Run(ctx context.Context) error {
	o := faultbench.Options{Seed: c.Seed, Incidents: c.Incidents, Small: c.Small, Now: time.Now, Progress: bench.Progress(os.Stderr, time.Now)}
	report, err := faultbench.Run(ctx, o, c.Only...)
	return showReport(report, err, c.Output)
}

// showReport prints what a bench came to, in the form that was asked for.
func showReport(report bench.Report, err error, form string) error {
	if errors.Is(err, bench.ErrPart) {
		return fmt.Errorf("%w: --only: %w", errUsage, err)
	}
	if err != nil {
		return err
	}
	if form != "json" {
		return report.Print(os.Stdout)
	}
	enc := json.NewEncoder(os.Stdout)
	enc.SetIndent("", "  ")
	return enc.Encode(report)
}

type benchPatrolCmd struct {
	Seed   uint64   `default:"1" help:"What the halls and nights are made from: the same seed makes the same."`
	Data   string   `type:"existingdir" placeholder:"DIR" help:"Folder of published path-finding instances; rows that need it are not run without."`
	Only   []string `placeholder:"PART" help:"Run these parts only."`
	Small  bool     `help:"Small halls and short nights, to see that the bench runs: the figures claim nothing."`
	Output string   `short:"o" enum:"table,json" default:"table" help:"table or json."`
}

// Run runs the bench.
func (c *benchPatrolCmd) Run(ctx context.Context) error {
	o := patrolbench.Options{Seed: c.Seed, Data: c.Data, Small: c.Small, Now: time.Now, Progress: bench.Progress(os.Stderr, time.Now)}
	report, err := patrolbench.Run(ctx, o, c.Only...)
	return showReport(report, err, c.Output)
}
