package cause

import (
	"cmp"
	"fmt"
	"maps"
	"math"
	"slices"

	site "github.com/nightrounds/nightrounds/maps"
)

// A Question is the look that would best tell two causes apart.
type Question struct {
	Viewpoint string  `json:"viewpoint"`
	Bits      float64 `json:"bits"` // expected information about which of the two it is
	Why       string  `json:"why"`
	// Not is the robot whose eyes are in doubt: another one should look.
	Not string `json:"not,omitempty"`
}

// leastBits is the information below which a look is not worth a robot's way, and settled the probability from which there
// is no doubt to settle.
const (
	leastBits = 0.05
	settled   = 0.9
)

// Settle names the look that would tell the two best causes of a group apart, if there is a doubt and a look that helps. What
// was looked at since the first of the group's signs is not asked for again, unless the doubt is whether the eyes were right.
func (t *Topology) Settle(g Group, m *Memory) (Question, bool) {
	if len(g.Ranked) < 2 || g.Ranked[0].Probability >= settled || len(g.Symptoms) == 0 {
		return Question{}, false
	}
	a, b := g.Ranked[0], g.Ranked[1]
	pa, pb := t.shows(a.Cause, g), t.shows(b.Cause, g)
	looked := func(Spot) bool { return false }
	if !a.Artefact() && !b.Artefact() {
		onset := slices.MinFunc(g.Symptoms, func(x, y Sign) int { return x.At.Compare(y.At) }).At
		looked = func(s Spot) bool {
			return slices.ContainsFunc(m.spots[s], func(o Sign) bool { return !o.At.Before(onset) })
		}
	}
	prior := a.Probability / max(a.Probability+b.Probability, 1e-9)
	bits := map[string]float64{}
	for _, spot := range union(pa, pb) {
		if !looked(spot) {
			for _, v := range t.sees(spot) {
				bits[v] += information(prior, max(pa[spot], 1e-4), max(pb[spot], 1e-4))
			}
		}
	}
	q := Question{Not: cmp.Or(a.Robot, b.Robot)}
	for v, x := range bits {
		if x > q.Bits || x == q.Bits && v < q.Viewpoint {
			q.Viewpoint, q.Bits = v, x
		}
	}
	q.Bits = min(q.Bits, entropy(prior))
	q.Why = fmt.Sprintf("whether %s (%.0f %%) or %s (%.0f %%)", a.What, 100*a.Probability, b.What, 100*b.Probability)
	return q, q.Bits >= leastBits
}

// shows is the probability of seeing anything out of order, by spot, if a cause is so. Causes in the eyes foretell that others
// see nothing where this robot did.
func (t *Topology) shows(c Cause, g Group) map[Spot]float64 {
	out := map[Spot]float64{}
	if c.Artefact() {
		for _, s := range g.Symptoms {
			out[s.Spot] = leak(s)
		}
		return out
	}
	for _, cl := range t.claims(c) {
		if cl.spot.Thing != Machine && cl.spot.Thing != Plant {
			out[cl.spot] = 1 - (1-out[cl.spot])*(1-cl.p*eyes[cl.symptom].sees)
		}
	}
	return out
}

// union are the spots of both, in a fixed order: sums of floats must not depend on a map's.
func union(a, b map[Spot]float64) []Spot {
	both := maps.Clone(a)
	maps.Copy(both, b)
	return slices.SortedFunc(maps.Keys(both), Spot.compare)
}

// information is the mutual information of which of two causes it is and whether a spot is out of order, bits.
func information(prior, pa, pb float64) float64 {
	return max(0, entropy(prior*pa+(1-prior)*pb)-prior*entropy(pa)-(1-prior)*entropy(pb))
}

func entropy(p float64) float64 {
	if p <= 0 || p >= 1 {
		return 0
	}
	return -p*math.Log2(p) - (1-p)*math.Log2(1-p)
}

// sees are the viewpoints from which a spot shows.
func (t *Topology) sees(s Spot) []string {
	var out []string
	for _, v := range t.views[t.Rack(s)] {
		if t.within(s, v) {
			out = append(out, v.ID)
		}
	}
	return out
}

func (t *Topology) within(s Spot, v site.Viewpoint) bool {
	if s.Face != "" && s.Face != v.Face {
		return false
	}
	switch s.Thing {
	case Inlet, Panel, UnitHeat:
		if v.Face != site.Front {
			return false
		}
	case Instrument:
		return t.tools[s.Device] != nil && t.tools[s.Device].Face == v.Face
	case Foot:
		return v.FromU == 1
	}
	if s.Unit > 0 && (s.Unit < v.FromU || s.Unit > v.ToU) {
		return false
	}
	d, ok := t.devices[s.Device]
	if !ok {
		return true
	}
	if d.Position < v.FromU || d.Position > v.ToU {
		return false
	}
	if s.Thing != Light {
		return true
	}
	turned := d.Face == site.Rear
	return slices.ContainsFunc(d.Type.LEDs, func(l site.LED) bool {
		return l.Name == s.Part && (l.Face == v.Face) != turned
	})
}

// Spots are all that a cause would change.
func (t *Topology) Spots(c Cause) []Spot {
	var out []Spot
	for _, cl := range t.claims(c) {
		out = append(out, cl.spot)
	}
	return out
}
