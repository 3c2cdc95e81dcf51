package maps

import (
	"fmt"
	"slices"
	"strings"
)

// pieces tells the parts of a route graph that have no way from a dock and back. It returns their nodes, so that what
// lies on them is not told again. A single node that no face needs is only a warning, and one that a face needs is told
// with the face.
func (l *loader) pieces(g *ground, from map[faceKey]Node, docked map[string]bool) (told map[string]bool) {
	graph := g.hall.Graph
	told = map[string]bool{}
	faces := map[string][]string{} // by node
	for _, r := range g.hall.Racks() {
		for _, face := range []Face{Front, Rear} {
			if n, ok := from[faceKey{r.ID, face}]; ok {
				faces[n.ID] = append(faces[n.ID], fmt.Sprintf("%s of %s", face, r.ID))
			}
		}
	}
	for _, piece := range cutOff(graph, docked) {
		var lost []string
		for _, n := range piece {
			lost = append(lost, faces[n]...)
		}
		switch {
		case len(piece) == 1 && len(lost) > 0:
			continue
		case len(piece) == 1:
			l.warnings = append(l.warnings, graph.problem("node", piece[0], "has no way from a dock and back: add edges or take it out"))
			continue
		}
		for _, n := range piece {
			told[n] = true
		}
		what := "no rack is looked at from there"
		if len(lost) > 0 {
			what = fmt.Sprintf("%d faces are looked at from there only (%s)", len(lost), some(lost))
		}
		l.problems = append(l.problems, graph.problem("node", piece[0],
			"and %d others (%s) have no way from a dock and back: the graph is in pieces, and %s: add edges, one for each direction",
			len(piece)-1, some(piece[1:]), what))
	}
	return told
}

// cutOff returns the nodes that are not docked, those that hang together by edges of any direction as one piece.
func cutOff(g *Graph, docked map[string]bool) [][]string {
	next := map[string][]string{}
	for _, e := range g.edges {
		if !docked[e.Start] && !docked[e.End] {
			next[e.Start] = append(next[e.Start], e.End)
			next[e.End] = append(next[e.End], e.Start)
		}
	}
	var out [][]string
	seen := map[string]bool{}
	for _, n := range g.nodes {
		if docked[n.ID] || seen[n.ID] {
			continue
		}
		seen[n.ID] = true
		piece := []string{n.ID}
		for i := 0; i < len(piece); i++ {
			for _, m := range next[piece[i]] {
				if !seen[m] {
					seen[m] = true
					piece = append(piece, m)
				}
			}
		}
		slices.Sort(piece)
		out = append(out, piece)
	}
	return out
}

// some lists the first few of many.
func some(all []string) string {
	const most = 4
	if len(all) <= most {
		return strings.Join(all, ", ")
	}
	return strings.Join(all[:most], ", ") + fmt.Sprintf(" and %d more", len(all)-most)
}

// docksReach fails a dock that is reached through another dock only: a robot that charges at the first locks the second in.
// It warns of docks on the only way to other nodes. (Where robots stand without limit, none may block the ways between
// others: a well-formed infrastructure, after Čáp et al., arXiv 1501.07704. Before racks they stand for a look only.)
func (l *loader) docksReach(g *ground, from map[faceKey]Node, docked map[string]bool) {
	graph := g.hall.Graph
	byNode := map[string]string{}
	for _, d := range graph.docks {
		byNode[d.Node] = d.ID
	}
	looked := map[string]bool{}
	for _, n := range from {
		if docked[n.ID] && byNode[n.ID] == "" {
			looked[n.ID] = true
		}
	}
	if len(looked) == 0 {
		return
	}
	for _, d := range graph.docks {
		if !docked[d.Node] {
			continue
		}
		past := graph.Distances(d.Node, func(e Edge) bool {
			return (byNode[e.Start] == "" || e.Start == d.Node) && (byNode[e.End] == "" || e.End == d.Node)
		})
		if !slices.ContainsFunc(graph.nodes, func(n Node) bool { _, ok := past[n.ID]; return ok && looked[n.ID] }) {
			l.problems = append(l.problems, graph.problem("station", d.ID,
				"is a dock behind another dock: a robot that charges there is locked in by the next: give it a way of its own"))
			continue
		}
		l.dockInTheWay(graph, d, looked)
	}
}

// dockInTheWay warns of a dock whose node is the only way to nodes before racks.
func (l *loader) dockInTheWay(graph *Graph, d Dock, looked map[string]bool) {
	start := ""
	for _, n := range graph.nodes {
		if looked[n.ID] {
			start = n.ID
			break
		}
	}
	free := graph.Distances(start, func(e Edge) bool { return e.Start != d.Node && e.End != d.Node })
	usual := graph.Distances(start, nil)
	var lost []string
	for _, n := range graph.nodes {
		_, still := free[n.ID]
		if _, before := usual[n.ID]; looked[n.ID] && before && !still {
			lost = append(lost, n.ID)
		}
	}
	if len(lost) > 0 {
		l.warnings = append(l.warnings, graph.problem("station", d.ID,
			"stands in the way: while a robot charges there, no other gets to %s from %q: move the dock beside the way", some(lost), start))
	}
}
