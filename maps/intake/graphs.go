package intake

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io/fs"
	"math"
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// nearM is how near nodes of two sources lie to be one, m: what a drawing rounds to, and far less than a robot needs.
const nearM = 0.05

// writeGraphs makes one route graph a hall of all that sources tell of it.
func (m *merger) writeGraphs() {
	for _, hall := range m.halls {
		var mine []*source
		for _, s := range m.sources {
			if slices.ContainsFunc(s.layouts, func(l layout) bool { return l.hall == hall }) {
				mine = append(mine, s)
			}
		}
		if len(mine) > 0 {
			m.writeGraph(hall, mine)
		}
	}
}

func (m *merger) writeGraph(hall string, sources []*source) {
	node := m.hallNode(hall)
	name, ok := value(node, "graph")
	if !ok {
		name = hall + ".graph.lif.json"
		m.site.set(node, "graph", text(name))
	}
	g := &grapher{
		merger: m, hall: hall, ids: map[string]map[string]bool{"layout": {}, "node": {}, "edge": {}, "station": {}},
		at: map[string]maps.LIFPosition{}, cells: map[[2]int][]string{}, owner: map[string]*source{}, spots: map[string][2]int{}, ends: map[[2]string]way{}, used: map[*recorded]bool{},
	}
	g.lif.MetaInformation = maps.LIFMetaInformation{Creator: "nightrounds site import", LIFVersion: "1.0.0"}
	g.lif.MetaInformation.ProjectIdentification, _ = value(m.site.root, "id")
	g.keep(name)
	for _, s := range sources {
		for _, l := range s.layouts {
			if l.hall == hall {
				g.reserve(s, l)
			}
		}
	}
	for _, s := range sources {
		for _, l := range s.layouts {
			if l.hall == hall {
				g.take(s, l)
			}
		}
	}
	data, err := json.MarshalIndent(g.lif, "", " ")
	if err != nil {
		m.fail(maps.Problem{File: name, Message: "cannot be written: " + err.Error()})
		return
	}
	f := File{name, append(data, '\n')}
	if m.byHand(f) {
		m.report.Conflicts = append(m.report.Conflicts, Conflict{
			Thing: "hall " + hall, Field: "graph", Taken: Saying{name, "as it is"}, Other: Saying{sources[0].name, sources[0].size()},
			Why: "no import wrote it, or it was changed since: take it away to have it replaced",
		})
		return
	}
	g.settle()
	m.writeFile(f)
}

// A grapher puts layouts of several sources into one file.
type grapher struct {
	*merger
	hall  string
	lif   maps.LIF
	ids   map[string]map[string]bool // by kind: given or reserved
	at    map[string]maps.LIFPosition
	cells map[[2]int][]string // nodes by cell of nearM
	owner map[string]*source  // of each node
	spots map[string][2]int   // of each node: its layout and its place there
	ends  map[[2]string]way
	notes []func() // what is recorded once it is certain that the graph is written
	used  map[*recorded]bool
	same  int // nodes of two sources that are one
}

// A way is an edge that the graph has already.
type way struct {
	maxSpeed float64 // of the first vehicle type, m/s
	from     string  // the source, or the file that an earlier import wrote
}

func wayOf(e maps.LIFEdge, from string) way {
	w := way{from: from}
	if len(e.VehicleTypeEdgeProperties) > 0 {
		w.maxSpeed = e.VehicleTypeEdgeProperties[0].MaxSpeed
	}
	return w
}

// keep takes over what earlier imports brought of sources that are not named now.
func (g *grapher) keep(name string) {
	if _, err := fs.Stat(g.into, name); err != nil {
		return
	}
	old, _, err := maps.ReadLIF(g.into, name)
	if err != nil {
		return // it is not what an import wrote, and is told as a conflict
	}
	for _, l := range old.Layouts {
		rec := g.record.ids[[3]string{"layout", g.hall, l.LayoutID}]
		if rec == nil || slices.ContainsFunc(g.sources, func(s *source) bool { _, from := rec.From[s.name]; return from }) {
			continue
		}
		g.used[rec] = true
		g.ids["layout"][l.LayoutID] = true
		for k, n := range l.Nodes {
			g.ids["node"][n.NodeID] = true
			g.spots[n.NodeID] = [2]int{len(g.lif.Layouts), k}
			g.place(n.NodeID, *n.NodePosition, nil)
			g.used[g.record.ids[[3]string{"node", g.hall, n.NodeID}]] = true
		}
		for _, e := range l.Edges {
			g.ids["edge"][e.EdgeID] = true
			g.ends[[2]string{e.StartNodeID, e.EndNodeID}] = wayOf(e, name)
			g.used[g.record.ids[[3]string{"edge", g.hall, e.EdgeID}]] = true
		}
		for _, s := range l.Stations {
			g.ids["station"][s.StationID] = true
			g.used[g.record.ids[[3]string{"station", g.hall, s.StationID}]] = true
		}
		g.lif.Layouts = append(g.lif.Layouts, l)
	}
}

func (g *grapher) place(id string, p maps.LIFPosition, s *source) {
	g.at[id], g.owner[id] = p, s
	c := cell(p)
	g.cells[c] = append(g.cells[c], id)
}

func cell(p maps.LIFPosition) [2]int {
	return [2]int{int(math.Floor(p.X / nearM)), int(math.Floor(p.Y / nearM))}
}

// nearby finds a node of another source at a place.
func (g *grapher) nearby(p maps.LIFPosition, s *source) (id string, ok bool) {
	c := cell(p)
	best := nearM
	for dx := -1; dx <= 1; dx++ {
		for dy := -1; dy <= 1; dy++ {
			for _, n := range g.cells[[2]int{c[0] + dx, c[1] + dy}] {
				if d := math.Hypot(g.at[n].X-p.X, g.at[n].Y-p.Y); d <= best && g.owner[n] != s {
					id, ok, best = n, true, d
				}
			}
		}
	}
	return id, ok
}

// reserve keeps the ids of earlier imports for those that had them.
func (g *grapher) reserve(s *source, l layout) {
	for kind, keys := range map[string][]string{"layout": {l.lif.LayoutID}, "node": nodeIDs(l.lif), "edge": edgeIDs(l.lif), "station": stationIDs(l.lif)} {
		for _, key := range keys {
			if r := g.record.find(kind, g.hall, s.name, key); r != nil {
				g.ids[kind][r.ID] = true
			}
		}
	}
}

func nodeIDs(l maps.LIFLayout) (ids []string) {
	for _, n := range l.Nodes {
		ids = append(ids, n.NodeID)
	}
	return ids
}

func edgeIDs(l maps.LIFLayout) (ids []string) {
	for _, e := range l.Edges {
		ids = append(ids, e.EdgeID)
	}
	return ids
}

func stationIDs(l maps.LIFLayout) (ids []string) {
	for _, s := range l.Stations {
		ids = append(ids, s.StationID)
	}
	return ids
}

// id gives a source's thing its id: that of earlier imports, its own, or one with the file's name before it.
func (g *grapher) id(kind string, s *source, key string) string {
	r := g.record.find(kind, g.hall, s.name, key)
	id := key
	switch {
	case r != nil:
		id = r.ID
	case g.ids[kind][id]:
		id = s.stem() + "." + key
		for n := 2; g.ids[kind][id]; n++ {
			id = fmt.Sprintf("%s.%s-%d", s.stem(), key, n)
		}
	}
	g.ids[kind][id] = true
	g.note(kind, id, s, key)
	return id
}

// note records an id.
func (g *grapher) note(kind, id string, s *source, key string) {
	g.notes = append(g.notes, func() { g.used[g.record.note(kind, g.hall, id, s.name, key)] = true })
}

// settle brings the record up to what was written.
func (g *grapher) settle() {
	for _, note := range g.notes {
		note()
	}
	for _, r := range slices.Clone(g.record.Things) {
		if _, graphs := g.ids[r.Kind]; graphs && r.Hall == g.hall && !g.used[r] {
			g.record.forget(r)
		}
	}
	if g.same > 0 {
		g.report.did("took %d nodes of hall %s that two sources have in one place as one", g.same, g.hall)
	}
}

// take puts a source's layout into the graph.
func (g *grapher) take(s *source, l layout) {
	g.lif.MetaInformation.ExportTimestamp = cmp.Or(g.lif.MetaInformation.ExportTimestamp, l.stamp)
	out := l.lif
	out.LayoutID = g.id("layout", s, cmp.Or(l.lif.LayoutID, s.stem()))
	out.LayoutVersion = cmp.Or(out.LayoutVersion, "1")
	out.Nodes, out.Edges, out.Stations = []maps.LIFNode{}, []maps.LIFEdge{}, []maps.LIFStation{}
	ours := map[string]string{}
	for _, n := range l.lif.Nodes {
		if there, ok := g.nearby(*n.NodePosition, s); ok {
			ours[n.NodeID] = there
			g.note("node", there, s, n.NodeID)
			g.unite(there, n)
			continue
		}
		id := g.nodeID(s, n.NodeID)
		ours[n.NodeID] = id
		n.NodeID, n.MapID = id, g.hall
		g.place(id, *n.NodePosition, s)
		g.spots[id] = [2]int{len(g.lif.Layouts), len(out.Nodes)}
		out.Nodes = append(out.Nodes, n)
	}
	for _, e := range l.lif.Edges {
		ends := [2]string{ours[e.StartNodeID], ours[e.EndNodeID]}
		if other, there := g.ends[ends]; ends[0] == ends[1] || there {
			g.twice(e, other, s)
			continue
		}
		g.ends[ends] = wayOf(e, s.name)
		e.EdgeID, e.StartNodeID, e.EndNodeID = g.id("edge", s, e.EdgeID), ends[0], ends[1]
		out.Edges = append(out.Edges, e)
	}
	for _, st := range l.lif.Stations {
		st.InteractionNodeIDs = slices.Clone(st.InteractionNodeIDs)
		for i, n := range st.InteractionNodeIDs {
			st.InteractionNodeIDs[i] = cmp.Or(ours[n], n)
		}
		if there, ok := g.charger(st); ok {
			g.note("station", there, s, st.StationID)
			continue
		}
		st.StationID = g.id("station", s, st.StationID)
		out.Stations = append(out.Stations, st)
	}
	g.lif.Layouts = append(g.lif.Layouts, out)
	g.notes = append(g.notes, func() { g.aisles(s, l, ours) })
}

// nodeID is the id of a node that no other source has.
func (g *grapher) nodeID(s *source, key string) string {
	id := g.id("node", s, key)
	if _, emitted := g.at[id]; !emitted {
		return id
	}
	// It was one with another source's node, which has moved away.
	id = s.stem() + "." + key
	for k := 2; g.ids["node"][id]; k++ {
		id = fmt.Sprintf("%s.%s-%d", s.stem(), key, k)
	}
	g.ids["node"][id] = true
	g.note("node", id, s, key)
	return id
}

// unite adds to a node what another source says of vehicles at the same place, as that they charge there.
func (g *grapher) unite(id string, other maps.LIFNode) {
	g.same++
	spot := g.spots[id]
	n := &g.lif.Layouts[spot[0]].Nodes[spot[1]]
	n.VehicleTypeNodeProperties = slices.Clone(n.VehicleTypeNodeProperties)
	for _, p := range other.VehicleTypeNodeProperties {
		k := slices.IndexFunc(n.VehicleTypeNodeProperties, func(q maps.LIFVehicleAtNode) bool { return q.VehicleTypeID == p.VehicleTypeID })
		if k < 0 {
			n.VehicleTypeNodeProperties = append(n.VehicleTypeNodeProperties, p)
			continue
		}
		mine := &n.VehicleTypeNodeProperties[k]
		mine.Actions = slices.Clone(mine.Actions)
		for _, a := range p.Actions {
			if !slices.ContainsFunc(mine.Actions, func(b maps.LIFAction) bool { return b.ActionType == a.ActionType }) {
				mine.Actions = append(mine.Actions, a)
			}
		}
	}
}

// twice tells when two sources limit the speed of one way differently; the one that came first is taken.
func (g *grapher) twice(e maps.LIFEdge, first way, s *source) {
	speed := wayOf(e, s.name).maxSpeed
	if first.from == "" || speed == first.maxSpeed {
		return
	}
	g.report.Conflicts = append(g.report.Conflicts, Conflict{
		Thing: "edge " + e.EdgeID, Field: "maxSpeed", Taken: Saying{first.from, fmt.Sprint(first.maxSpeed)}, Other: Saying{s.name, fmt.Sprint(speed)}, Why: "it was named first",
	})
}

// charger finds the station that charges at a station's node already: a node charges one robot.
func (g *grapher) charger(st maps.LIFStation) (id string, ok bool) {
	for _, n := range st.InteractionNodeIDs {
		spot, there := g.spots[n]
		if !there || spot[0] == len(g.lif.Layouts) || !charges(g.lif.Layouts[spot[0]].Nodes[spot[1]]) {
			continue
		}
		for _, l := range g.lif.Layouts {
			for _, other := range l.Stations {
				if slices.Contains(other.InteractionNodeIDs, n) {
					return other.StationID, true
				}
			}
		}
	}
	return "", false
}

func charges(n maps.LIFNode) bool {
	return slices.ContainsFunc(n.VehicleTypeNodeProperties, func(p maps.LIFVehicleAtNode) bool {
		return slices.ContainsFunc(p.Actions, func(a maps.LIFAction) bool { return a.ActionType == "startCharging" })
	})
}

// aisles puts one-robot stretches into site.yaml.
func (g *grapher) aisles(s *source, l layout, ours map[string]string) {
	hall := g.hallNode(g.hall)
	for _, a := range l.aisles {
		id := ident(a.ID)
		var nodes []string
		for _, n := range a.Nodes {
			nodes = append(nodes, ours[n])
		}
		if id == "" || len(nodes) < 2 {
			continue
		}
		n := byID(items(hall, "aisles"), "id", id)
		rec := g.record.note("aisle", g.hall, id, s.name, a.ID)
		if n == nil && g.record.was[rec] {
			continue // taken out by hand
		}
		at := slot{n, rec, "aisle " + id, n == nil}
		if n == nil {
			at.node = mapping(0, "id", id)
			g.site.add(hall, "aisles", at.node)
			g.report.did("added aisle %s", id)
		}
		g.put(at, "nodes", strings.Join(nodes, " "), s.name)
	}
}
