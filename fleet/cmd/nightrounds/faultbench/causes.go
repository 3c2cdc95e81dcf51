package faultbench

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/wire/bench"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A count is hits of trials.
type count struct{ hits, n int }

func (c *count) add(hit bool) {
	c.n++
	if hit {
		c.hits++
	}
}

// scores are the figures of the incidents.
type scores struct {
	first, third, rack, device, single, double, unseen count
	stated                                             []stated
	byKind                                             map[string]*count
	extra                                              int // groups that are no cause of the night, and were thought real
	misses                                             []string
}

// stated is a probability that was stated, and whether it was so.
type stated struct {
	p  float64
	ok bool
}

// causes plays the library, singly and in twos, and scores what is concluded.
func causes(ctx context.Context, o Options) ([]bench.Row, []string, error) {
	w := newWorld(o.Seed)
	topology := cause.NewTopology(w.site, w.views)
	all, s := library(), &scores{byKind: map[string]*count{}}
	for i := range o.incidents() {
		if err := ctx.Err(); err != nil {
			return nil, nil, fmt.Errorf("stopped: %w", err)
		}
		rng := rand.New(rand.NewPCG(o.Seed, uint64(i)+1))
		kinds := []incident{all[i%len(all)]}
		if i/len(all)%3 == 2 { // a third of the nights have two
			kinds = append(kinds, all[rng.IntN(len(all))])
		}
		n := playNight(w, topology, rng, kinds...)
		s.score(n)
		o.Progress("incidents", i+1, o.incidents())
	}
	return s.rows(), s.misses, nil
}

// same says whether a conclusion is the cause: its kind and place. Of the place counts what the cause has of it.
func same(c cause.Cause, t truth) bool {
	return c.Kind == t.Kind && (t.Rack == "" || c.Rack == t.Rack) && c.Device == t.Device && (t.Part == "" || c.Part == t.Part) &&
		c.Supply == t.Supply && c.Robot == t.Robot && (t.Unit == 0 || c.Unit == t.Unit)
}

func (s *scores) score(n *night) {
	for _, t := range n.truth {
		unseen := !n.tellsOf(t)
		if s.unseen.add(unseen); unseen {
			continue // nobody can name the cause of what no look told
		}
		first, third := false, false
		for _, g := range n.groups {
			k := slices.IndexFunc(g.Ranked, func(h cause.Hypothesis) bool { return same(h.Cause, t) })
			first, third = first || k == 0, third || k >= 0 && k < 3
		}
		s.first.add(first)
		s.third.add(third)
		if len(n.truth) == 1 {
			s.single.add(first)
		} else {
			s.double.add(first)
		}
		if s.byKind[t.kind] == nil {
			s.byKind[t.kind] = &count{}
		}
		s.byKind[t.kind].add(first)
		s.place(n, t)
		if !first {
			s.miss(n, t)
		}
	}
	for _, g := range n.groups {
		if len(g.Ranked) == 0 {
			continue
		}
		ok := slices.ContainsFunc(n.truth, func(t truth) bool { return same(g.Ranked[0].Cause, t) })
		if g.Real >= ticketFrom || ok {
			s.stated = append(s.stated, stated{g.Ranked[0].Probability, ok})
		}
		if !ok && g.Real >= ticketFrom {
			s.extra++
			if len(s.misses) < keptMisses {
				s.misses = append(s.misses, fmt.Sprintf("besides %s: %s %.2f (real %.3f, %d signs)", n.truth[0].kind, g.Ranked[0].What, g.Ranked[0].Probability, g.Real, len(g.Symptoms)))
			}
		}
	}
}

// tells are the findings without which nobody could know of a cause that is at a rack and no device.
var tells = map[cause.Kind][]string{
	cause.PanelGone: {vision.KindPanelMissing, vision.KindHotUnit}, cause.DoorOpen: {vision.KindDoorOpen}, cause.Spill: {vision.KindLiquid},
	cause.Unrecorded: {vision.KindLightUnexpected},
}

// tellsOf says whether any look or report told of a cause: of a robot's only its own looks, of what shows at a rack only looks at
// that rack. A round goes to 80 racks at most, and of an incident that shows at 500 it leaves out most.
func (n *night) tellsOf(t truth) bool {
	switch {
	case t.Robot != "":
		return n.seq[t.Robot] > 0 && (t.Rack == "" || n.looked[t.Robot+"/"+t.Rack])
	case t.Rack == "":
		return true
	case t.Kind == cause.SwitchDown:
		return n.looked[t.Rack] || n.toldBelow(t.Device)
	case t.Device != "":
		return n.told[t.Rack+t.Device] || slices.ContainsFunc(n.reports, func(r report) bool { return r.device == t.Device })
	case tells[t.Kind] == nil:
		return n.looked[t.Rack]
	}
	return slices.ContainsFunc(tells[t.Kind], func(k string) bool { return n.told[t.Rack+"/"+k] })
}

// toldBelow says whether a look told of anything that hangs on a switch.
func (n *night) toldBelow(tor string) bool {
	for _, r := range n.w.racks {
		for _, d := range r.Devices {
			if n.told[r.ID+d.ID] && slices.ContainsFunc(d.Uplinks, func(u maps.Uplink) bool { return u.To == tor }) {
				return true
			}
		}
	}
	return false
}

// place holds the rack and device of the conclusion that is nearest to a cause that has them: the group that shares most of it.
func (s *scores) place(n *night, t truth) {
	if t.Rack == "" || t.Robot != "" {
		return
	}
	rack, device := false, false
	for _, g := range n.groups {
		if len(g.Ranked) > 0 {
			rack = rack || g.Ranked[0].Rack == t.Rack
			device = device || g.Ranked[0].Rack == t.Rack && g.Ranked[0].Device == t.Device
		}
	}
	s.rack.add(rack)
	if t.Device != "" {
		s.device.add(device)
	}
}

// keptMisses is how many misses are told.
const keptMisses = 60

func (s *scores) miss(n *night, t truth) {
	if len(s.misses) >= keptMisses {
		return
	}
	var got []string
	for _, g := range n.groups {
		if len(got) < 3 && len(g.Ranked) > 0 {
			h := g.Ranked[0]
			got = append(got, fmt.Sprintf("%s %.2f (real %.3f, %d signs)", h.What, h.Probability, g.Real, len(g.Symptoms)))
		}
	}
	s.misses = append(s.misses, fmt.Sprintf("%s (%s %s %s%s): %s", t.kind, t.Rack, t.Device, t.Part, t.Supply+t.Robot, strings.Join(got, " | ")))
}

// calibrationError is the expected difference between stated probability and how often it was so, in ten bins of equal width
// (Naeini, Cooper, Hauskrecht, AAAI 2015).
func calibrationError(all []stated) float64 {
	const bins = 10
	var n, p, hit [bins]float64
	for _, x := range all {
		b := min(int(x.p*bins), bins-1)
		n[b]++
		p[b] += x.p
		if x.ok {
			hit[b]++
		}
	}
	sum := 0.0
	for b := range n {
		sum += math.Abs(p[b] - hit[b])
	}
	return sum / max(1, float64(len(all)))
}

func (s *scores) rows() []bench.Row {
	rows := []bench.Row{
		bench.Rate("cause.top1", s.first.hits, s.first.n).AtLeast(0.95),
		bench.Rate("cause.top3", s.third.hits, s.third.n).AtLeast(0.99),
		bench.Rate("cause.top1.single", s.single.hits, s.single.n),
		bench.Rate("cause.top1.overlapping", s.double.hits, s.double.n),
		bench.Rate("place.rack", s.rack.hits, s.rack.n).AtLeast(0.999),
		bench.Rate("place.device", s.device.hits, s.device.n).AtLeast(0.99),
		bench.Rate("incident.unseen", s.unseen.hits, s.unseen.n),
		s.calibration(),
		bench.PerThousand("cause.extra", s.extra, s.first.n),
	}
	var kinds []string
	for k := range s.byKind {
		kinds = append(kinds, k)
	}
	slices.Sort(kinds)
	for _, k := range kinds {
		rows = append(rows, bench.Rate("cause.top1."+strings.ReplaceAll(k, " ", "_"), s.byKind[k].hits, s.byKind[k].n))
	}
	return rows
}

// calibration is the calibration error with its bootstrap interval, 200 resamples of a fixed seed.
func (s *scores) calibration() bench.Row {
	r := bench.Row{Name: "cause.calibration_error", Unit: "1", N: len(s.stated), Value: calibrationError(s.stated)}
	rng := rand.New(rand.NewPCG(2, uint64(len(s.stated))))
	var found []float64
	again := make([]stated, len(s.stated))
	for range 200 {
		for i := range again {
			again[i] = pick(rng, s.stated)
		}
		found = append(found, calibrationError(again))
	}
	slices.Sort(found)
	r.Low, r.High = bench.At(found, 0.025), bench.At(found, 0.975)
	return r.AtMost(0.05)
}
