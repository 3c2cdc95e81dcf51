package draw

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// graph draws edges under nodes under docks. What leads both ways is a plain line, what leads one way has an arrow.
func (p *Picture) graph(g *maps.Graph) {
	thick := min(max(p.scale*0.03, 1), 2.5)
	for _, e := range g.Edges() {
		a, _ := g.Node(e.Start)
		b, _ := g.Node(e.End)
		if a.Aisle != "" && a.Aisle == b.Aisle {
			p.line(aisleInk, max(p.scale*0.16, 3), p.px(a.X, a.Y), p.px(b.X, b.Y))
		}
	}
	for _, e := range g.Edges() {
		a, _ := g.Node(e.Start)
		b, _ := g.Node(e.End)
		from, to := p.px(a.X, a.Y), p.px(b.X, b.Y)
		_, back := g.Edge(e.End, e.Start)
		if back && e.Start > e.End {
			continue
		}
		p.line(edgeInk, thick, from, to)
		if long := math.Hypot(to.x-from.x, to.y-from.y); !back && long > 6 {
			size := min(max(thick*2, 3), long/4)
			p.arrow(from, to, 0.5+size/long, size, edgeInk)
		}
	}
	docks := map[string]bool{}
	for _, d := range g.Docks() {
		docks[d.Node] = true
	}
	radius := min(max(p.scale*0.045, 1.5), 4.5)
	for _, n := range g.Nodes() {
		at := p.px(n.X, n.Y)
		switch {
		case docks[n.ID]:
			r := min(max(p.scale*0.16, 5), 11)
			p.polygon(dockInk, white, 1, point{at.x - r, at.y - r}, point{at.x + r, at.y - r}, point{at.x + r, at.y + r}, point{at.x - r, at.y + r})
			p.polygon(white, white, 0, bolt(at, r)...)
		case n.Aisle != "":
			p.circle(at, radius, nodeInk, white, 0.8)
		default:
			p.circle(at, radius, white, nodeInk, 1.4)
		}
	}
}

// bolt is a lightning bolt in a square of half width r.
func bolt(at point, r float64) []point {
	var out []point
	for _, c := range [][2]float64{{0.1, -0.75}, {-0.45, 0.12}, {-0.06, 0.12}, {-0.16, 0.75}, {0.45, -0.18}, {0.06, -0.18}} {
		out = append(out, point{at.x + c[0]*r, at.y + c[1]*r})
	}
	return out
}

// nodeNames names docks first, then nodes, as far as there is room.
func (p *Picture) nodeNames(g *maps.Graph) {
	docks := map[string]string{}
	for _, d := range g.Docks() {
		docks[d.Node] = d.ID
	}
	off := min(max(p.scale*0.16, 5), 11) + 8
	for _, n := range g.Nodes() {
		if id, ok := docks[n.ID]; ok {
			p.label(around(p.px(n.X, n.Y), off, id, 11), text{say: id, size: 11, colour: dockInk, halo: true, bold: true})
		}
	}
	for _, aisle := range []bool{false, true} { // where ways meet matters more
		for _, n := range g.Nodes() {
			if docks[n.ID] == "" && (n.Aisle != "") == aisle {
				p.label(around(p.px(n.X, n.Y), 11, n.ID, 8), text{say: n.ID, size: 8, colour: nodeInk, halo: true})
			}
		}
	}
}

// around lists where a name may stand beside a point: below, above, right, left.
func around(at point, off float64, say string, size float64) []point {
	half := textWidth(say, size) / 2
	return []point{ // beside lines rather than on them
		{at.x + half + 4, at.y + off}, {at.x + half + 4, at.y - off}, {at.x - half - 4, at.y + off}, {at.x - half - 4, at.y - off},
		{at.x, at.y + off}, {at.x, at.y - off}, {at.x + half + off - 4, at.y}, {at.x - half - off + 4, at.y},
		{at.x, at.y + 2*off}, {at.x, at.y - 2*off},
	}
}
