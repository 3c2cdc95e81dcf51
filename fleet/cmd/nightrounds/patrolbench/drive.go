package patrolbench

import (
	"math/rand/v2"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/traffic"
	"github.com/nightrounds/nightrounds/maps"
)

// A cart is a robot of a jam: it drives where it was let go to, each move as late as chance has it, and what it and
// the controller tell each other may be lost.
type cart struct {
	id   string
	told []string // the nodes that the controller has let it go to, since the last order began
	got  int      // how many of them it knows of
	done int      // how many it has come to
	seen int      // how many of those the controller knows of

	at, to string        // the truth: where it stands, or the edge on which it is
	free   time.Duration // when it comes to the end of what it does, if it drives
	drives bool
	dead   bool
	since  time.Duration // when the controller last heard of it
	stop   bool          // the controller wants it to stop
	halted bool          // it has stopped, and the controller does not know yet
}

// A jam is a hall of carts under the very traffic rules of the controller.
type jam struct {
	g         *maps.Graph
	table     traffic.Table
	carts     []*cart
	rng       *rand.Rand
	now       time.Duration
	loss      float64                  // of messages
	slow      float64                  // share of moves that take up to slowest
	blocked   map[string]time.Duration // by edge: until when nobody gets over it
	on        map[string]*cart         // the truth: who is at a node, or on an edge to it
	conflicts int
}

const (
	jamTick = 2 * time.Second
	slowest = 10 * time.Minute
	// silence is the age of a cart's last message from which the controller takes it to be still.
	silence = 20 * time.Second
)

// began is when jams begin.
var began = time.Date(2026, 11, 23, 18, 0, 0, 0, time.UTC)

func (j *jam) clock() time.Time { return began.Add(j.now) }

// tick lets messages come through and the carts drive on.
func (j *jam) tick() {
	j.now += jamTick
	for _, c := range j.carts {
		j.hear(c)
		j.drive(c)
	}
	for _, c := range j.carts {
		if !c.stop {
			j.release(c)
		}
	}
}

// hear is what the controller learns of a cart, and the cart of the controller's wishes, when the messages are not lost.
func (j *jam) hear(c *cart) {
	if c.dead {
		j.table.SetStill(c.id, j.now-c.since > silence)
		return
	}
	if j.rng.Float64() >= j.loss {
		c.since = j.now
		for ; c.seen < c.done; c.seen++ {
			j.table.Passed(c.id, c.told[c.seen])
		}
		if c.halted {
			j.table.Stop(c.id)
			c.told, c.got, c.done, c.seen, c.stop, c.halted = nil, 0, 0, 0, false, false
		}
	}
	j.table.SetStill(c.id, c.stop || j.now-c.since > silence)
	if j.rng.Float64() < j.loss {
		return
	}
	if c.stop && !c.halted {
		c.halted, c.drives, c.got = true, false, c.done
	}
	if !c.stop {
		c.got = len(c.told)
	}
}

// release lets a cart go on as far as traffic grants.
func (j *jam) release(c *cart) {
	h := j.table.Held[c.id]
	known := len(c.told) - c.seen // nodes ahead that it was let go to before
	granted := j.table.Grant(c.id, 3)
	if granted > known {
		c.told = append(c.told, h.Nodes[known+1:granted+1]...)
	}
}

// drive moves a cart.
func (j *jam) drive(c *cart) {
	if c.dead || c.halted {
		return
	}
	if c.drives && j.now >= c.free {
		c.drives = false
		if c.to == c.told[c.done] {
			j.leave(c, c.at)
			c.at, c.to = c.to, ""
			c.done++
		} else { // it has backed out of the edge on which it was stopped
			j.leave(c, c.to)
			c.to = ""
		}
	}
	if c.drives || c.done >= c.got {
		return
	}
	next := c.told[c.done]
	if c.to == "" {
		if j.now < j.blocked[edge(c.at, next)] {
			return
		}
		c.to = next
		j.enter(c, next)
	}
	c.drives, c.free = true, j.now+jamTick
	if j.rng.Float64() < j.slow {
		c.free += time.Duration(j.rng.Float64() * float64(slowest))
	}
}

func edge(a, b string) string { return string(traffic.EdgeResource(a, b)) }

// enter has a cart come to a node, or to the edge before it. It counts carts that come where another is.
func (j *jam) enter(c *cart, node string) {
	if other := j.on[node]; other != nil && other != c {
		j.conflicts++
	}
	j.on[node] = c
}

func (j *jam) leave(c *cart, node string) {
	if j.on[node] == c {
		delete(j.on, node)
	}
}

// standing reports whether all carts have come to the ends of their ways, but for those that are dead.
func (j *jam) standing() bool {
	return !slices.ContainsFunc(j.carts, func(c *cart) bool {
		h := j.table.Held[c.id]
		return !c.dead && (c.stop || len(h.Nodes) > 1 || c.done < len(c.told))
	})
}

// place sets carts on nodes.
func (j *jam) place(nodes []string) error {
	for _, n := range nodes {
		c := &cart{id: robotName(len(j.carts)), at: n}
		if err := j.table.Place(j.g, c.id, n); err != nil {
			return err
		}
		j.carts = append(j.carts, c)
		j.enter(c, n)
	}
	return nil
}

func robotName(i int) string {
	return "r" + string(rune('0'+i/100)) + string(rune('0'+i/10%10)) + string(rune('0'+i%10))
}
