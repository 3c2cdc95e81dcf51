package patrolbench

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"

	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
)

// warehouses are the maps on which many robots are sent at once.
var warehouses = []string{"warehouse-10-20-10-2-1", "warehouse-10-20-10-2-2", "warehouse-20-40-10-2-1"}

// crowds are how many robots are sent there.
var crowds = []int{50, 100, 200, 500}

// mapf sends the robots of published path-finding instances by the controller's traffic rules, and has them driven there with
// chance delays.
func mapf(ctx context.Context, o Options) ([]bench.Row, error) {
	names := []string{"mapf.tiny_right", "mapf.solved", "mapf.cost_50", "mapf.cost_200", "mapf.seconds_100"}
	dir := filepath.Join(o.Data, "mapf")
	if _, err := os.Stat(dir); o.Data == "" || err != nil {
		var rows []bench.Row
		for _, n := range names {
			rows = append(rows, bench.Row{Name: n, NotRun: "no instances: give --data a folder with mapf/tiny-truth.csv"})
		}
		return rows, nil
	}
	right, all, err := tinies(ctx, o, dir)
	if err != nil {
		return nil, err
	}
	m := &measured{cost: map[int][]float64{}}
	for _, name := range warehouses {
		if err := m.warehouse(ctx, o, dir, name); err != nil {
			return nil, err
		}
	}
	seconds := worst(names[4], m.seconds)
	seconds.Unit = "s"
	return []bench.Row{
		bench.Rate(names[0], right, all).AtLeast(1),
		bench.Rate(names[1], m.arrived, m.sent).AtLeast(1),
		worst(names[2], m.cost[50]).AtMost(1.15),
		worst(names[3], m.cost[200]).AtMost(1.35),
		seconds.AtMost(0.3),
	}, nil
}

// worst is the largest of some figures, with their range.
func worst(name string, values []float64) bench.Row {
	if len(values) == 0 {
		return bench.Row{Name: name, NotRun: "no instance of that size was solved"}
	}
	return bench.Row{Name: name, Value: slices.Max(values), Unit: "1", Low: slices.Min(values), High: slices.Max(values), N: len(values), Note: "the worst map"}
}

// tinies counts the small instances on which the rules do right: all robots arrive, or it is proven that they cannot.
func tinies(ctx context.Context, o Options, dir string) (right, all int, err error) {
	rows, err := load(filepath.Join(dir, "tiny-truth.csv"), readTruth)
	if err != nil {
		return 0, 0, err
	}
	for i, row := range rows {
		if err := ctx.Err(); err != nil {
			return 0, 0, err
		}
		o.Progress("mapf: small maps", i+1, len(rows))
		g, trips, err := instance(dir, row.grid, row.scenario, row.robots)
		if err != nil {
			return 0, 0, err
		}
		j, err := crowd(g, trips, o.Seed)
		if err != nil {
			return 0, 0, err
		}
		_, err = j.table.Send(g, goals(trips), j.clock())
		all++
		if row.solvable && err == nil && j.arrive(trips) || !row.solvable && errors.Is(err, joint.ErrUnsolvable) {
			right++
		}
	}
	return right, all, nil
}

// measured is what the warehouses showed.
type measured struct {
	sent, arrived int               // instances
	cost          map[int][]float64 // by number of robots
	seconds       []float64
}

func (m *measured) warehouse(ctx context.Context, o Options, dir, name string) error {
	for i, n := range crowds {
		o.Progress("mapf: "+name, i, len(crowds))
		if err := ctx.Err(); err != nil {
			return err
		}
		if o.Small && n > 50 {
			break
		}
		g, trips, err := instance(dir, name, name+"-nr4c-1.scen", n)
		if err != nil {
			return err
		}
		if err := m.send(o, g, trips); err != nil {
			return err
		}
	}
	o.Progress("mapf: "+name, len(crowds), len(crowds))
	return nil
}

// send plans one instance, five times for its speed, of which the fastest counts, and has it driven.
func (m *measured) send(o Options, g *maps.Graph, trips []trip) error {
	j, err := crowd(g, trips, o.Seed)
	if err != nil {
		return err
	}
	if len(trips) == 100 {
		var took []float64
		for range 5 {
			again := j.table.Clone()
			begun := o.Now()
			if _, err := again.Send(g, goals(trips), j.clock()); err != nil {
				return fmt.Errorf("%d robots: %w", len(trips), err)
			}
			took = append(took, o.Now().Sub(begun).Seconds())
		}
		m.seconds = append(m.seconds, slices.Min(took))
	}
	m.sent++
	if _, err := j.table.Send(g, goals(trips), j.clock()); errors.Is(err, traffic.ErrNoWay) {
		return nil
	} else if err != nil {
		return err
	}
	m.cost[len(trips)] = append(m.cost[len(trips)], j.cost()/least(trips))
	if j.arrive(trips) {
		m.arrived++
	}
	return nil
}

// cost is the sum of the times at which the robots are to arrive, in steps: edges of 1 m at the pace of traffic's turns.
func (j *jam) cost() float64 {
	const step = 2000 // ms
	sum := 0.0
	for _, h := range j.table.Held {
		sum += float64(h.Turns[len(h.Turns)-1] / step)
	}
	return sum
}

// arrive has all carts driven to their goals with chance delays, and reports whether all came there with no conflict.
func (j *jam) arrive(trips []trip) bool {
	for idle := 0; idle < int(2*slowest/jamTick) && !j.standing(); idle++ {
		before := j.moves()
		j.tick()
		if j.moves() != before {
			idle = 0
		}
	}
	for i, c := range j.carts {
		if c.at != trips[i].to || c.to != "" {
			return false
		}
	}
	return j.conflicts == 0
}

func (j *jam) moves() int {
	n := 0
	for _, c := range j.carts {
		n += c.done
	}
	return n
}

// crowd stands robots where the trips begin.
func crowd(g *maps.Graph, trips []trip, seed uint64) (*jam, error) {
	j := &jam{g: g, rng: rand.New(rand.NewPCG(seed, uint64(len(trips)))), loss: 0.2, slow: 0.001, on: map[string]*cart{}}
	var starts []string
	for _, t := range trips {
		starts = append(starts, t.from)
	}
	return j, j.place(starts)
}

func goals(trips []trip) map[string]string {
	to := map[string]string{}
	for i, t := range trips {
		to[robotName(i)] = t.to
	}
	return to
}

func least(trips []trip) float64 {
	sum := 0.0
	for _, t := range trips {
		sum += t.least
	}
	return sum
}

// instance reads a map and the first n trips of a scenario.
func instance(dir, grid, scenario string, n int) (*maps.Graph, []trip, error) {
	g, err := load(filepath.Join(dir, grid+".map"), readGrid)
	if err != nil {
		return nil, nil, err
	}
	trips, err := load(filepath.Join(dir, scenario), readTrips)
	if err != nil {
		return nil, nil, err
	}
	if len(trips) < n {
		return nil, nil, fmt.Errorf("%s: %d trips, want %d", scenario, len(trips), n)
	}
	return g, trips[:n], nil
}

func load[T any](file string, read func(io.Reader) (T, error)) (v T, err error) {
	f, err := os.Open(file)
	if err != nil {
		return v, err
	}
	defer f.Close()
	if v, err = read(f); err != nil {
		return v, fmt.Errorf("%s: %w", file, err)
	}
	return v, nil
}
