package faultbench

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/ticket/tickettest"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
)

// How many mishaps each kind of sink goes through.
const (
	sinkMishaps      = 1000
	smallSinkMishaps = 60
)

// An ordeal is that of one kind of sink.
type ordeal struct {
	name string
	run  func(context.Context, tickettest.Ordeal) (tickettest.Outcome, error)
}

// ordeals are those of all kinds of sink: each against a system that answers as its documentation says.
func ordeals() []ordeal {
	systems := tickettest.Systems()
	systems["webhook"] = tickettest.Hook()
	out := []ordeal{{"e-mail", func(ctx context.Context, o tickettest.Ordeal) (tickettest.Outcome, error) { return o.OfMail(ctx) }}}
	for _, name := range slices.Sorted(maps.Keys(systems)) {
		out = append(out, ordeal{name, func(ctx context.Context, o tickettest.Ordeal) (tickettest.Outcome, error) {
			return o.Of(ctx, name, systems[name])
		}})
	}
	return out
}

// tickets measures what becomes of tickets on their way: how many there are for a cause after a night of trouble, and how soon
// they are there.
func tickets(ctx context.Context, o Options) ([]bench.Row, []string, error) {
	rows, misses, err := perCause(ctx, o)
	if err != nil {
		return nil, nil, err
	}
	late, slow, err := latency(ctx, o)
	return append(rows, late...), append(misses, slow...), err
}

// perCause puts each kind of sink through its ordeal. Systems in which a ticket has a life an incident (PagerDuty, Alertmanager)
// are asked for those that are open at the same time, all others for those that were ever made.
func perCause(ctx context.Context, o Options) ([]bench.Row, []string, error) {
	var all tickettest.Outcome
	var notes, misses []string
	kinds := map[tickettest.Mishap]int{}
	for _, of := range ordeals() {
		night := tickettest.Ordeal{Seed: o.Seed, Mishaps: sinkMishaps, Progress: func(done, n int) { o.Progress("tickets: "+of.name, done, n) }}
		if o.Small {
			night.Mishaps = smallSinkMishaps
		}
		out, err := of.run(ctx, night)
		if err != nil {
			return nil, nil, fmt.Errorf("tickets in %s: %w", of.name, err)
		}
		all.Causes, all.Tickets, all.One, all.Restarts = all.Causes+out.Causes, all.Tickets+out.Tickets, all.One+out.One, all.Restarts+out.Restarts
		for m, n := range out.Mishaps {
			kinds[m] += n
		}
		notes = append(notes, fmt.Sprintf("%s %d of %d", of.name, out.Tickets, out.Causes))
		for _, w := range out.Wrong {
			if len(misses) < keptMisses {
				misses = append(misses, "ticket in "+of.name+": "+w)
			}
		}
	}
	happened := []string{fmt.Sprintf("restart %d", all.Restarts)}
	for _, m := range slices.Sorted(maps.Keys(kinds)) {
		happened = append(happened, fmt.Sprintf("%s %d", m, kinds[m]))
	}
	one := bench.Rate("ticket.one_per_cause", all.One, all.Causes).AtLeast(1)
	one.Note = strings.Join(happened, ", ")
	ratio := bench.Rate("ticket.per_cause", all.One, all.Causes) // its interval: of the causes that have one ticket
	if all.Causes > 0 {
		ratio.Value = float64(all.Tickets) / float64(all.Causes)
	}
	ratio.Note = strings.Join(notes, ", ")
	// None twice, none missing: where one is, the ratio may still be 1.
	if ratio = ratio.AtMost(1); ratio.Met != nil {
		*ratio.Met = all.One == all.Causes && all.Tickets == all.Causes
	}
	return []bench.Row{ratio, one}, misses, nil
}
