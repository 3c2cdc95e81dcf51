package draft

import (
	"fmt"
	"math"
	"slices"
)

// joinPieces joins what does not hang together yet by ways across the free floor, the largest piece first.
func (k *sketch) joinPieces() {
	pieces := k.net.pieces()
	if len(pieces) < 2 {
		return
	}
	f := newField(k)
	for range len(pieces) {
		main := k.mainPiece(k.net.pieces())
		if !k.joinNearest(f, main) {
			return
		}
	}
}

// mainPiece is the one with the most faces; of equal ones that with a dock, then the first.
func (k *sketch) mainPiece(pieces [][]*spot) []*spot {
	var best []*spot
	most := -1
	for _, p := range pieces {
		n := 0
		for _, s := range p {
			n += 2 * len(s.stands)
			if s.kind == dockNode {
				n++
			}
		}
		if n > most {
			best, most = p, n
		}
	}
	return best
}

// maxTries bounds how many nodes of other pieces are tried in turn when the way to the nearest cannot be driven.
const maxTries = 6

// joinNearest joins the piece that lies nearest to the main one; false when none can be.
func (k *sketch) joinNearest(f *field, main []*spot) bool {
	inMain, from := map[*spot]bool{}, []int(nil)
	spotAt := map[int]*spot{}
	for _, s := range main {
		inMain[s] = true
		if c := f.cell(s.x, s.y); c >= 0 && s.kind != dockNode && s.kind != bayNode {
			from, spotAt[c] = append(from, c), s
		}
	}
	goals := map[int]*spot{}
	for _, s := range k.net.spots {
		if c := f.cell(s.x, s.y); c >= 0 && !inMain[s] && worthJoining(s, k.net.at(s)) {
			goals[c] = s
		}
	}
	for tries := 0; len(goals) > 0 && tries < maxTries; tries++ {
		cells := f.search(from, func(c int) bool { return goals[c] != nil }, func(cost, step float64, c int) float64 {
			room := float64(f.room[c])
			if room < k.wide.WidthM/2-k.floor.ResolutionM/2 && goals[c] == nil {
				return -1
			}
			tight := max(0, 1-room/(2*k.turn)) // the middle of a passage is the best way through
			return cost + step*(1+4*tight*tight)
		})
		if cells == nil {
			return false
		}
		goal, c := goals[cells[0]], cells[0]
		if k.drawWay(f, spotAt[cells[len(cells)-1]], goal, cells) {
			return true
		}
		delete(goals, c)
	}
	return false
}

// worthJoining leaves out ends of lanes that lead nowhere by themselves.
func worthJoining(s *spot, ways []*way) bool {
	return len(s.stands) > 0 || s.kind == dockNode || len(ways) > 0
}

// drawWay draws straight stretches along cells, as few as there can be, with bends only where the robot turns.
func (k *sketch) drawWay(f *field, from, to *spot, cells []int) bool {
	type point struct {
		x, y   float64
		cost   float64
		before int
	}
	slices.Reverse(cells)
	points := []point{{x: from.x, y: from.y, before: -1}}
	every := max(1, int(0.15/k.floor.ResolutionM))
	for i := every; i < len(cells)-1; i += every {
		x, y := f.centre(cells[i])
		if x, y = milli(x), milli(y); k.turns(x, y) {
			points = append(points, point{x: x, y: y, cost: math.Inf(1), before: -1})
		}
	}
	points = append(points, point{x: to.x, y: to.y, cost: math.Inf(1), before: -1})
	const longest, bend = 12.0, 2.0 // m of one stretch; m of way that a bend less is worth
	for j := 1; j < len(points); j++ {
		for i := j - 1; i >= 0; i-- {
			a, b := points[i], &points[j]
			d := math.Hypot(a.x-b.x, a.y-b.y)
			if c := a.cost + d + bend; d > 0 && d < longest && c < b.cost && f.roomy(a.x, a.y, b.x, b.y) && k.clear(a.x, a.y, b.x, b.y) {
				b.cost, b.before = c, i
			}
		}
	}
	last := len(points) - 1
	if points[last].before < 0 {
		return false
	}
	var way []point
	for i := last; i >= 0; i = points[i].before {
		way = append(way, points[i])
	}
	slices.Reverse(way)
	at := from
	for _, p := range way[1 : len(way)-1] {
		s := k.net.add(&spot{id: fmt.Sprintf("via-%s-%s", from.id, to.id), x: p.x, y: p.y, kind: crossNode})
		k.net.join(at, s)
		at = s
	}
	k.net.join(at, to)
	return true
}

// dropUnreached takes out what does not hang together with the most, names the faces that are lost with it, and prunes
// crossings that lead nowhere.
func (k *sketch) dropUnreached() {
	k.prune()
	pieces := k.net.pieces()
	main := k.mainPiece(pieces)
	inMain := map[*spot]bool{}
	for _, s := range main {
		inMain[s] = true
	}
	var f *field
	for _, piece := range pieces {
		if len(piece) == 0 || inMain[piece[0]] {
			continue
		}
		if f == nil {
			f = newField(k)
		}
		why := k.narrowest(f, main, piece)
		for _, s := range piece {
			s.gone = true
			for _, st := range s.stands {
				k.unreached(st.rack, st.face, "%s", why)
			}
			if s.kind == dockNode {
				k.plan.Lost = append(k.plan.Lost, fmt.Sprintf("dock %s at %g, %g: %s", s.id, s.x, s.y, why))
			}
		}
	}
	k.net.tidy()
	for _, l := range k.lanes {
		l.chain = slices.DeleteFunc(l.chain, func(s *spot) bool { return s.gone })
	}
	k.lanes = slices.DeleteFunc(k.lanes, func(l *lane) bool { return len(l.chain) == 0 })
}

// prune takes out crossings from which no way leads on.
func (k *sketch) prune() {
	for again := true; again; {
		again = false
		for _, s := range k.net.spots {
			if s.kind == crossNode && len(k.net.at(s)) < 2 {
				s.gone, again = true, true
			}
		}
		k.net.tidy()
	}
	for _, l := range k.lanes {
		l.chain = slices.DeleteFunc(l.chain, func(s *spot) bool { return s.gone })
	}
}

// narrowest says where the widest way between two pieces is too narrow: it searches for the way whose least room is
// greatest.
func (k *sketch) narrowest(f *field, main, piece []*spot) string {
	var from []int
	goals := map[int]bool{}
	for _, s := range main {
		if c := f.cell(s.x, s.y); c >= 0 {
			from = append(from, c)
		}
	}
	for _, s := range piece {
		if c := f.cell(s.x, s.y); c >= 0 {
			goals[c] = true
		}
	}
	const most = 10.0
	cells := f.search(from, func(c int) bool { return goals[c] }, func(cost, step float64, c int) float64 {
		room := float64(f.room[c])
		if room <= 0 {
			return -1
		}
		return max(cost, most-room) + 1e-9*step
	})
	if cells == nil {
		return "no free floor leads there: walls, racks or unknown cells close it in"
	}
	least, at := math.Inf(1), 0
	for _, c := range cells {
		if room := float64(f.room[c]); room < least {
			least, at = room, c
		}
	}
	x, y := f.centre(at)
	need := k.wide.WidthM
	if 2*least >= need {
		return fmt.Sprintf("the way there has no place where a robot can turn: it needs a circle of %.2f m; the way is narrowest, %.2f m, at %.2f, %.2f",
			2*k.turn, 2*least, x, y)
	}
	return fmt.Sprintf("the way there is %.2f m wide at %.2f, %.2f, the robot needs %.2f m", 2*least, x, y, need)
}
