package traffic

import (
	"maps"
	"slices"
)

// Bars are what is forbidden for now by rules that are not traffic's own, as zones: which edges no way may lead over, each in
// its direction, at which nodes no robot may stay, and by how much longer than it is an edge counts, at least 1.
type Bars struct {
	Shut   func(from, to string) bool
	Barred func(node string) bool
	Weight func(from, to string) float64
}

// SetBars takes the place of the bars that held before; nil lifts them. Ways that lead over what is shut end where their
// robots were let go to, and Resume plans them anew. Bars are not part of the table's JSON: its owner sets them again.
func (t *Table) SetBars(b *Bars) {
	t.bars = b
	if b == nil {
		return
	}
	for _, robot := range slices.Sorted(maps.Keys(t.Held)) {
		h := t.Held[robot]
		for i := h.Base + 1; i < len(h.Nodes); i++ {
			if b.Shut(h.Nodes[i-1], h.Nodes[i]) {
				t.cut(robot)
				break
			}
		}
	}
}

// mayStay is whether a robot may stay at a node of the ground, by its number.
func (t *Table) mayStay(w *ground, n int32) bool {
	return w.stay[n] && (t.bars == nil || !t.bars.Barred(w.of.Nodes()[n].ID))
}
