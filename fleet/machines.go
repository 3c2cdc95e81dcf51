package fleet

import (
	"cmp"
	"context"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

// Machines know of suspicions what no robot sees: management controllers, PDUs, cooling units, the building. Told hears what one
// of them said as soon as it has said it.
type Machines interface {
	Any() bool
	// Knows says whether any of them may know of a question.
	Knows(q machine.Question) bool
	Ask(ctx context.Context, q machine.Question, told func([]machine.Evidence)) machine.Answer
}

// The limits of asking machines.
const (
	machinesEvery = 10 * time.Minute // about one fault
	machinesSince = time.Hour        // before its first sign: a log may have known before a robot came by
	inquiriesMost = 4                // at once
	inquiriesKept = 2000
)

// inquire asks the machines what they know of a group, unless they were asked lately: at first always, then for as long as it
// is in doubt. What they say is heard as it comes, and weighed like what robots saw.
func (e *explanation) inquire(g cause.Group, ids []string) {
	c, p := e.c, &e.c.puzzle
	if c.o.Machines == nil || !c.o.Machines.Any() || p.inquiries >= inquiriesMost || len(ids)+len(warm(g)) == 0 {
		return
	}
	key := g.Symptoms[0].Rack
	if len(ids) > 0 {
		key = ids[0]
	}
	last, before := p.inquired[key]
	if before && (e.now.Sub(last) < machinesEvery || g.Ranked[0].Probability >= sureOfCauseAlready) {
		return
	}
	q, ok := machine.Asks(p.topology, g, machinesSince)
	if !ok {
		return
	}
	if p.inquired == nil || len(p.inquired) >= inquiriesKept {
		p.inquired = map[string]time.Time{}
	}
	p.inquired[key] = e.now
	c.inquireOf(q, cmp.Or(key, g.Ranked[0].What), func(context.Context, machine.Answer) error { return nil })
}

// inquireOf has the machines asked a question, outside the loop. What they say is heard as it comes; when each has answered, or
// its time is up, done hears all of it in the loop.
func (c *Controller) inquireOf(q machine.Question, about string, done func(context.Context, machine.Answer) error) {
	p, ctx := &c.puzzle, c.courier.ctx
	p.inquiries++
	c.courier.group.Go(func() error {
		answer := c.o.Machines.Ask(ctx, q, func(all []machine.Evidence) {
			_ = c.Heard(ctx, machine.Answer{Evidence: all}.Signs()...) // it fails when the leadership ends
		})
		return c.do(ctx, func(ctx context.Context) error {
			p.inquiries--
			c.unsettled = true // others wait for their turn
			c.o.Logger.Info("the machines were asked", "about", about, "evidence", len(answer.Evidence), "silent", len(answer.Silent))
			for _, s := range answer.Evidence {
				c.o.Logger.Debug(s.Says, "source", s.Source)
			}
			c.o.Told("machines", answer)
			return done(ctx, answer)
		})
	})
}

// sureOfCauseAlready is the probability from which a cause is not asked about again.
const sureOfCauseAlready = 0.9
