package patrolbench

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/fleet/traffic/joint"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
)

// jams sends 2 to 50 robots about in halls whose lanes are one robot wide, with moves of up to 10 minutes, every fifth message
// lost, robots that die, fall silent or are stopped on an edge, and edges that are blocked for a while. It counts nights
// in which some robot could not finish in the end, and times at which two had one node or edge.
func jams(ctx context.Context, o Options) ([]bench.Row, error) {
	nights := 10_000
	if o.Small {
		nights = 20
	}
	results := make([]jamResult, nights)
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.NumCPU())
	var mu sync.Mutex
	done := 0
	for n := range nights {
		group.Go(func() error {
			if err := ctx.Err(); err != nil {
				return err
			}
			r, err := jamNight(o.Seed, uint64(n))
			if err != nil {
				return fmt.Errorf("night %d: %w", n, err)
			}
			mu.Lock()
			defer mu.Unlock()
			results[n] = r
			done++
			o.Progress("jams: nights", done, nights)
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	deadlocks, conflicts, trips := 0, 0, 0
	misses := ""
	for n, r := range results {
		trips += r.trips
		conflicts += min(1, r.conflicts)
		if r.stuck == "" {
			continue
		}
		if deadlocks++; deadlocks <= 5 {
			misses += fmt.Sprintf("; night %d: %s", n, r.stuck)
		}
	}
	count := func(name string, v int) bench.Row {
		r := bench.Rate(name, v, nights)
		r.Value, r.Low, r.High, r.Unit = float64(v), r.Low*float64(nights), r.High*float64(nights), "nights"
		r.Note = fmt.Sprintf("%d ways travelled", trips)
		return r.AtMost(0)
	}
	locked := count("traffic.deadlocks", deadlocks)
	locked.Note += misses
	return []bench.Row{locked, count("traffic.conflicts", conflicts)}, nil
}

// A jamResult is how a night went.
type jamResult struct {
	trips, conflicts int
	stuck            string // why a robot could not finish; empty when all did
}

// jamNight is one night: some minutes of trouble, and then time enough for everybody to come to a last goal.
func jamNight(seed, n uint64) (jamResult, error) {
	rng := rand.New(rand.NewPCG(seed, n))
	g, err := lanes(rng)
	if err != nil {
		return jamResult{}, err
	}
	j := &jam{g: g, rng: rng, loss: 0.2, slow: 0.02, blocked: map[string]time.Duration{}, on: map[string]*cart{}}
	if err := j.place(stands(rng, g)); err != nil {
		return jamResult{}, err
	}
	d := &desk{jam: j, busy: map[string]bool{}, later: map[string]time.Duration{}}
	for range 90 + rng.IntN(180) {
		d.trouble()
		j.tick()
		d.direct(true)
	}
	d.calm()
	r := jamResult{}
	r.stuck = d.finish()
	r.trips, r.conflicts = d.trips, j.conflicts
	if err := j.table.Check(g); err != nil && r.stuck == "" {
		r.stuck = err.Error()
	}
	return r, nil
}

// stands draws where 2 to 50 robots stand at first, with a third of the nodes free.
func stands(rng *rand.Rand, g *maps.Graph) []string {
	nodes := g.Nodes()
	most := min(50, 2*len(nodes)/3)
	var at []string
	for _, i := range rng.Perm(len(nodes))[:2+rng.IntN(max(1, most-1))] {
		at = append(at, nodes[i].ID)
	}
	return at
}

// A desk is the part of the controller that sends the carts of a jam about.
type desk struct {
	*jam
	busy  map[string]bool          // it was sent somewhere
	later map[string]time.Duration // when it is sent again, after it could not be
	trips int                      // ways that were travelled to their ends
}

// trouble draws what goes wrong in a tick.
func (d *desk) trouble() {
	c := d.carts[d.rng.IntN(len(d.carts))]
	switch x := d.rng.Float64(); {
	case x < 0.005:
		c.dead, c.drives = true, false
	case x < 0.01:
		c.since -= silence + time.Duration(d.rng.IntN(60))*time.Second // as if nothing had come through for as long
		d.table.SetStill(c.id, true)
	case x < 0.03:
		c.stop = !c.dead
	case x < 0.06:
		e := d.g.Edges()[d.rng.IntN(len(d.g.Edges()))]
		until := time.Duration(10+d.rng.IntN(600)) * time.Second
		d.blocked[edge(e.Start, e.End)] = d.now + until
	}
}

// direct is what the controller does each tick: it closes edges before which a cart stands, plans anew what was cut short,
// and sends idle carts on.
func (d *desk) direct(send bool) {
	d.table.Expire(d.clock())
	for _, c := range d.carts {
		if c.dead || c.drives || c.to != "" || c.done >= c.got {
			continue
		}
		if until := d.blocked[edge(c.at, c.told[c.done])]; until > d.now {
			d.table.Close(c.at, c.told[c.done], began.Add(until))
			c.stop = true
		}
	}
	_, stuck := d.table.Resume(d.g, d.clock())
	for _, c := range d.carts {
		if slices.Contains(stuck, c.id) {
			c.stop = !c.dead && len(d.table.Held[c.id].Nodes) > 1
		}
		h := d.table.Held[c.id]
		if h.Still || c.stop || len(h.Nodes) > 1 || c.done < len(c.told) {
			continue
		}
		if d.busy[c.id] {
			d.busy[c.id] = false
			d.trips++
		}
		if send && d.now >= d.later[c.id] && d.rng.Float64() < 0.1 {
			d.send(c)
		}
	}
}

// send sends a cart to a place in reach.
func (d *desk) send(c *cart) {
	var to []string
	for node := range d.table.Reach(d.g, c.id, d.clock()) {
		to = append(to, node)
	}
	if len(to) == 0 {
		return
	}
	slices.Sort(to)
	if _, err := d.table.Send(d.g, map[string]string{c.id: to[d.rng.IntN(len(to))]}, d.clock()); err == nil {
		d.busy[c.id] = true
	} else {
		d.later[c.id] = d.now + time.Minute
	}
}

// calm ends the trouble: edges are free again, messages get through. It lasts until the dead are known to be silent: before
// that one may be asked to make way, and whoever waits for that is told later that no way leads to its goal.
func (d *desk) calm() {
	d.blocked = map[string]time.Duration{}
	d.table.Expire(began.Add(1 << 40))
	d.loss, d.slow, d.table.Effort = 0, 0, 400_000
	for ended := d.now + silence; d.now <= ended; {
		d.tick()
		d.direct(false)
	}
}

// finish lets everybody who lives finish, and then come to one more goal each, one after the other. It says who cannot, and why.
func (d *desk) finish() string {
	if why := d.settle(); why != "" {
		return why
	}
	for _, c := range d.carts {
		if c.dead {
			continue
		}
		var to []string
		for node := range d.table.Reach(d.g, c.id, d.clock()) {
			to = append(to, node)
		}
		if len(to) == 0 {
			continue
		}
		slices.Sort(to)
		goal := to[d.rng.IntN(len(to))]
		_, err := d.table.Send(d.g, map[string]string{c.id: goal}, d.clock())
		if errors.Is(err, joint.ErrUnsolvable) {
			continue // proven: the dead stand in the way
		}
		if errors.Is(err, traffic.ErrNoWay) {
			return err.Error()
		}
		if why := d.settle(); why != "" {
			return why
		}
		if c.at != goal {
			return fmt.Sprintf("%s was sent to %s and stands at %s", c.id, goal, c.at)
		}
		d.trips++
	}
	return ""
}

// settle drives on until nobody has a way before it any more.
func (d *desk) settle() string {
	for idle := 0; !d.standing(); idle++ {
		if idle > int((slowest+silence)/jamTick)+10 {
			for _, c := range d.carts {
				if h := d.table.Held[c.id]; !c.dead && len(h.Nodes) > 1 {
					return fmt.Sprintf("%s waits for ever at %s on its way to %s", c.id, c.at, h.Nodes[len(h.Nodes)-1])
				}
			}
			return "a robot's stop is never heard of"
		}
		before := d.moves()
		d.tick()
		d.direct(false)
		if d.moves() != before {
			idle = 0
		}
	}
	return ""
}

// lanes draws a hall: aisles between two cross aisles or off one, docks on spurs, or a corridor with places to pass; some
// lanes lead one way.
func lanes(rng *rand.Rand) (*maps.Graph, error) {
	b := &layout{}
	if rng.IntN(4) == 0 {
		b.corridor(rng)
	} else {
		b.hall(rng)
	}
	return maps.NewGraph(b.nodes, b.edges, b.docks)
}

// A layout is a hall that is being drawn.
type layout struct {
	nodes []maps.Node
	edges []maps.Edge
	docks []maps.Dock
}

func (b *layout) node(id, aisle string) string {
	b.nodes = append(b.nodes, maps.Node{ID: id, X: float64(len(b.nodes)), Aisle: aisle})
	return id
}

func (b *layout) join(from, to string, metres float64, oneWay bool) {
	b.edges = append(b.edges, maps.Edge{ID: from + ">" + to, Start: from, End: to, LengthM: metres})
	if !oneWay {
		b.edges = append(b.edges, maps.Edge{ID: to + ">" + from, Start: to, End: from, LengthM: metres})
	}
}

func (b *layout) hall(rng *rand.Rand) {
	aisles, long, open := 2+rng.IntN(6), 2+rng.IntN(12), rng.IntN(3) > 0
	oneWay := open && aisles >= 4 && rng.IntN(3) == 0 // aisles lead east and west in turn
	for i := range aisles {
		w, e := b.node(fmt.Sprintf("w%d", i), ""), ""
		if open {
			e = b.node(fmt.Sprintf("e%d", i), "")
		}
		if i > 0 {
			b.join(fmt.Sprintf("w%d", i-1), w, 3, false)
			if open {
				b.join(fmt.Sprintf("e%d", i-1), e, 3, false)
			}
		}
		last := w
		for c := range long {
			n := b.node(fmt.Sprintf("a%d-%02d", i, c), fmt.Sprintf("aisle-%d", i))
			b.along(last, n, oneWay, i)
			last = n
		}
		if open {
			b.along(last, e, oneWay, i)
		}
		if rng.IntN(2) == 0 {
			d := b.node(fmt.Sprintf("dock-%d", i), "")
			b.join(w, d, 1.5, false)
			b.docks = append(b.docks, maps.Dock{ID: d, Node: d})
		}
	}
}

func (b *layout) along(from, to string, oneWay bool, aisle int) {
	if oneWay && aisle%2 == 1 {
		from, to = to, from
	}
	b.join(from, to, 0.6, oneWay)
}

func (b *layout) corridor(rng *rand.Rand) {
	long := 5 + rng.IntN(25)
	for i := range long {
		n := b.node(fmt.Sprintf("c%02d", i), "")
		if i > 0 {
			b.join(fmt.Sprintf("c%02d", i-1), n, 1, false)
		}
		if i > 0 && rng.IntN(4) == 0 || i == long/2 {
			b.join(n, b.node(fmt.Sprintf("p%02d", i), ""), 1, false)
		}
	}
}
