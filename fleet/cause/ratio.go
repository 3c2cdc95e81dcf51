package cause

import "math"

// Ratio is the likelihood ratio of one sign: how much more probable it is with a cause than without any. It is 1 where the
// cause has nothing to do with the sign, above 1 for what speaks for the cause, below for what speaks against it. Looks of several
// robots that found it in order leave little to their eyes, and all to a cause that does not show.
func (t *Topology) Ratio(c Cause, s Sign) float64 {
	miss, made := 1.0, 0.0
	for _, cl := range t.claims(c) {
		switch {
		case cl.spot != s.Spot:
		case s.Symptom == InOrder && cl.swing == nil:
			miss *= 1 - cl.p*(1-math.Pow(1-eyeOf(s, cl.symptom).sees, float64(max(s.Looks, 1))))
		case s.Symptom == cl.symptom && s.Symptom != InOrder:
			made = 1 - (1-made)*(1-cl.p*seen(s))
		}
	}
	if made == 0 {
		return miss
	}
	err := leak(s)
	return (err + (1-err)*made) / err
}

// plain is how probably a cause makes a symptom, from which on what is seen is what the cause is known by: a drive by its light.
const plain = 0.85

// RatioBeside is as Ratio for a sign that speaks for a cause, where another cause is known that makes it too: by how much more
// probable it is with both than with the other alone. What the cause is known by is not explained away, for it is so, whatever
// made it: a dark server is down; but heat, which comes from all around.
func (t *Topology) RatioBeside(c, other Cause, s Sign) float64 {
	made, known := 0.0, 0.0
	for _, cl := range t.claims(c) {
		if cl.spot == s.Spot && cl.symptom == s.Symptom {
			made = 1 - (1-made)*(1-cl.p*seen(s))
			if cl.p >= plain && s.Thing != Heat {
				return t.Ratio(c, s)
			}
		}
	}
	for _, cl := range t.claims(other) {
		if cl.spot != s.Spot || cl.symptom != s.Symptom {
			continue
		}
		p := cl.p
		if cl.swing != nil { // it made the sign: so they came
			p /= cl.swing.on
		}
		known = 1 - (1-known)*(1-p*seen(s))
	}
	err := leak(s)
	known = err + (1-err)*known
	return (known + (1-known)*made) / known
}

// reports counts what machines and the building last said that bears on a cause.
func (n *network) reports(c Cause) int {
	id, ok := n.byID[c]
	if !ok || id < 0 {
		return 0
	}
	sum := 0
	seen := map[Spot]bool{}
	for _, cl := range n.cands[id].claims {
		if (cl.spot.Thing == Machine || cl.spot.Thing == Plant) && !seen[cl.spot] {
			seen[cl.spot] = true
			sum += len(n.m.spots[cl.spot])
		}
	}
	return sum
}
