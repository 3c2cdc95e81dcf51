package faultbench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
)

// ticketFrom is the probability that there is a cause in the hall from which a ticket is opened, for want of two looks none is.
const ticketFrom = 0.9

// The month: each rack's faces are looked at once an hour.
const (
	monthDays  = 30
	rounds     = monthDays * 24
	trapShare  = 0.01 // spots of a kind that mislead robots again and again
	trapErrs   = 0.3  // at each look
	sysMonths  = 3
	smallParts = 20
)

// A mistake is a kind of false finding: how often a look makes it, of how many spots.
type mistake struct {
	name  string
	errs  float64
	spots func(*world) []cause.Spot
	says  cause.Symptom
}

func mistakes() []mistake {
	return []mistake{
		{"door", falseDoor, func(w *world) []cause.Spot {
			return each(w, func(r *maps.Rack) bool { return len(r.Doors) > 0 }, cause.Spot{Thing: cause.Door, Face: maps.Front})
		}, cause.Open},
		{"liquid", falseWet, func(w *world) []cause.Spot {
			return each(w, func(r *maps.Rack) bool { return r.LiquidCooled }, cause.Spot{Thing: cause.Foot})
		}, cause.Wet},
		{"stray light", falseStray, func(w *world) []cause.Spot {
			return each(w, func(*maps.Rack) bool { return true }, cause.Spot{Thing: cause.Stray, Face: maps.Front, Unit: 20})
		}, cause.StrayLight},
		{"light", falseLight, lightSpots, cause.OddLight},
		{"hot device", falseHeat, heatSpots, cause.Hot},
	}
}

func each(w *world, which func(*maps.Rack) bool, like cause.Spot) []cause.Spot {
	var out []cause.Spot
	for _, r := range w.racks {
		if which(r) {
			like.Rack = r.ID
			out = append(out, like)
		}
	}
	return out
}

func lightSpots(w *world) []cause.Spot {
	var out []cause.Spot
	for _, r := range w.racks {
		for _, d := range r.Devices {
			for _, l := range d.Type.LEDs {
				out = append(out, cause.Spot{Thing: cause.Light, Device: d.ID, Part: l.Name})
			}
		}
	}
	return out
}

func heatSpots(w *world) []cause.Spot {
	var out []cause.Spot
	for _, r := range w.racks {
		for _, d := range r.Devices {
			out = append(out, cause.Spot{Thing: cause.Heat, Device: d.ID})
		}
	}
	return out
}

// month has robots look at a site in good order for months, and counts the tickets that their mistakes open. Looks without a
// mistake are not played one by one: how many there are between two mistakes at a spot is drawn.
func month(ctx context.Context, o Options) ([]bench.Row, []string, error) {
	w := newWorld(o.Seed)
	topology := cause.NewTopology(w.site, w.views)
	rng := rand.New(rand.NewPCG(o.Seed, 0x6d6f6e7468))
	months := sysMonths
	if o.Small {
		months = 1
	}
	tickets, episodes := 0, 0
	var misses []string
	for k, m := range mistakes() {
		for i, spot := range m.spots(w) {
			if o.Small && i%smallParts > 0 {
				continue
			}
			if err := ctx.Err(); err != nil {
				return nil, nil, fmt.Errorf("stopped: %w", err)
			}
			e, t := misled(topology, rng, m, spot, months)
			episodes += e
			tickets += t
			if t > 0 && len(misses) < keptMisses {
				misses = append(misses, fmt.Sprintf("false ticket: %s at %+v", m.name, spot))
			}
		}
		o.Progress("false tickets", k+1, len(mistakes()))
	}
	perMonth := float64(tickets) / float64(months)
	row := bench.Row{Name: "ticket.false_per_month", Unit: "1/month", Value: perMonth, N: episodes, Note: fmt.Sprintf("%d months, %d false first looks", months, episodes)}
	// The interval of a Poisson count, after Byar's approximation.
	n := float64(tickets)
	if n > 0 {
		row.Low = n * math.Pow(1-1/(9*n)-1.96/(3*math.Sqrt(n)), 3) / float64(months)
	}
	row.High = (n + 1) * math.Pow(1-1/(9*(n+1))+1.96/(3*math.Sqrt(n+1)), 3) / float64(months)
	return []bench.Row{row.AtMost(1)}, misses, nil
}

// misled is the episodes and false tickets of one spot. One in a hundred spots is a trap from the beginning.
func misled(t *cause.Topology, rng *rand.Rand, m mistake, spot cause.Spot, months int) (episodes, tickets int) {
	errs, trap := m.errs, rng.Float64() < trapShare
	if trap {
		errs = max(errs, trapErrs)
	} else {
		errs *= 1 - trapShare*trapErrs
	}
	var memory cause.Memory
	alarms, open := 0, false
	for hour := gap(rng, errs); hour < months*rounds; hour += 1 + gap(rng, errs) {
		episodes++
		memory.Past(spot, hour, alarms)
		at := dawn.Add(time.Duration(hour) * time.Hour)
		robot := robots[rng.IntN(len(robots))]
		state := m.says
		for second := range 2 {
			memory.Hear(false, cause.Sign{Spot: spot, Symptom: state, At: at.Add(time.Duration(second) * time.Minute), By: robot, Look: "l", Looks: 1})
			if again := repeated; second == 0 && rng.Float64() >= again {
				state = cause.InOrder
			}
		}
		if state == m.says && !open {
			for _, g := range t.Explain(&memory) {
				if g.Real >= ticketFrom {
					tickets++
					open = true // it stays the same ticket until a person judges it
				}
			}
		}
		alarms++
		// The next rounds find it in order.
		for _, other := range robots {
			memory.Hear(false, cause.Sign{Spot: spot, At: at.Add(2 * time.Minute), By: other, Looks: 1})
		}
	}
	return episodes, tickets
}

// gap is how many looks there are before the next mistake.
func gap(rng *rand.Rand, p float64) int {
	return int(math.Log(1-rng.Float64()) / math.Log(1-p))
}
