package intake

import (
	"cmp"
	"fmt"
	"math"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// What is put in for a rack where nobody says more: a common cabinet, m.
const (
	assumedWidth = "0.6"
	assumedDepth = "1.1"
	assumedBase  = "0.1"
	assumedClass = "A2"
)

// writeRacks puts all racks into site.yaml, with their halls, rows and types.
func (m *merger) writeRacks() {
	for _, h := range m.halls {
		m.hallNode(h)
	}
	type spot struct{ hall, row, rack *yaml.Node }
	there := map[string]spot{}
	m.site.eachRack(func(h, row, r *yaml.Node) {
		id, _ := value(r, "id")
		there[id] = spot{h, row, r}
	})
	var added, assumed, out tally
	for _, t := range m.racks.all {
		v := t.voices[0]
		rec := m.record.note("rack", "", t.id, v.source.name, v.Key)
		at, ok := there[t.id]
		if !ok && m.record.was[rec] {
			out.add("racks that were taken out of site.yaml by hand stay out", t.id)
			continue
		}
		s := slot{at.rack, rec, "rack " + t.id, !ok}
		if !ok {
			hall, row := m.hallNode(t.hall), m.rowOf(t, &assumed)
			s.node = mapping(0, "id", t.id)
			m.site.add(m.rowNode(hall, row), "racks", s.node)
			added.add(fmt.Sprintf("added racks to row %s of hall %s", row, t.hall), t.id)
		} else if hall, _ := value(at.hall, "id"); hall != t.hall {
			m.report.Conflicts = append(m.report.Conflicts, Conflict{
				Thing: s.what, Field: claim.Hall, Taken: Saying{"site.yaml", hall}, Other: Saying{where(v.At), t.hall}, Why: "a rack is moved to another hall by hand",
			})
		}
		m.rackFields(s, t, &assumed)
	}
	added.each(m.report.did)
	out.each(m.report.did)
	assumed.each(m.report.assume)
}

func (m *merger) rackFields(s slot, t *thing, assumed *tally) {
	m.rackType(s, t, assumed)
	for _, f := range []string{claim.X, claim.Y, claim.Theta} {
		m.putChoice(s, t, f)
	}
	if !m.putChoice(s, t, claim.Class) && m.assume(s, claim.Class, assumedClass) {
		assumed.add("racks have ASHRAE class "+assumedClass, t.id)
	}
	m.putChoice(s, t, claim.Interval)
	for _, f := range []string{claim.Start, claim.Desc} {
		if c, ok := m.pick(t, f); ok {
			s.rec.Wrote[f] = c.value // not in site.yaml, which counts from 1 at the bottom; devices imported later need it
		}
	}
	if c, ok := m.pick(t, claim.Feeds); ok {
		m.put(s, claim.Feeds, c.value, where(c.from.At))
		hall := m.hallNode(t.hall)
		for _, f := range strings.Fields(c.value) {
			if byID(items(hall, "feeds"), "id", f) == nil {
				m.site.add(hall, "feeds", mapping(yaml.FlowStyle, "id", f))
			}
		}
	}
}

// hallNode returns the hall in site.yaml and makes it where it is absent.
func (m *merger) hallNode(id string) *yaml.Node {
	if h := byID(items(m.site.root, "halls"), "id", id); h != nil {
		return h
	}
	floor, graph := "floor.yaml", "graph.lif.json"
	if len(m.halls) > 1 {
		floor, graph = id+".floor.yaml", id+".graph.lif.json"
	}
	h := mapping(0, "id", id, "floor", floor, "graph", graph)
	h.Content = append(h.Content, text("rows"), &yaml.Node{Kind: yaml.SequenceNode, Style: yaml.FlowStyle})
	m.site.add(m.site.root, "halls", h)
	m.report.did("added hall %s", id)
	return h
}

func (m *merger) rowNode(hall *yaml.Node, id string) *yaml.Node {
	if r := byID(items(hall, "rows"), "id", id); r != nil {
		return r
	}
	r := mapping(0, "id", id)
	m.site.add(hall, "rows", r)
	return r
}

// rowOf is the row that a rack stands in; where nobody says, its name without the number.
func (m *merger) rowOf(t *thing, assumed *tally) string {
	if c, ok := m.pick(t, claim.Row); ok && ident(c.value) != "" {
		return ident(c.value)
	}
	row := ident(strings.TrimRight(strings.TrimRight(t.voices[0].Name(), "0123456789"), " -_.:"))
	row = cmp.Or(row, "row")
	assumed.add("racks stand in rows that are called as their names begin", t.id+" in row "+row)
	return row
}

// rackType gives a rack its type: one of that size that the site has, or a new one.
func (m *merger) rackType(s slot, t *thing, assumed *tally) {
	height, ok := m.pick(t, claim.UHeight)
	if !ok {
		return // told as missing by the site's own check
	}
	want := map[string]string{claim.UHeight: height.value}
	for _, f := range []struct{ field, common string }{{claim.Width, assumedWidth}, {claim.Depth, assumedDepth}, {claim.Base, assumedBase}} {
		if c, said := m.pick(t, f.field); said {
			want[f.field] = c.value
		}
	}
	if h, _ := claim.Float(height.value); h != math.Trunc(h) || h < 1 || h > 100 {
		m.fail(t.problem(claim.UHeight, "%s units: a rack has 1 to 100 whole units", height.value))
		return
	}
	id := ""
	if have, _ := value(s.node, "type"); have != "" {
		if n := byID(items(m.site.root, "rack_types"), "id", have); n != nil && fits(n, want) {
			id = have
		}
	}
	for _, n := range items(m.site.root, "rack_types") {
		if nid, _ := value(n, "id"); id == "" && fits(n, want) {
			id = nid
		}
	}
	if id == "" {
		id = m.newRackType(want, assumed)
	}
	m.put(s, "type", id, where(height.from.At))
}

// fits reports whether a rack type is of the size that is said; what is not said, any size is.
func fits(n *yaml.Node, want map[string]string) bool {
	for f, w := range want {
		if have, ok := value(n, f); !ok || !same(f, have, w) {
			return false
		}
	}
	return true
}

func (m *merger) newRackType(want map[string]string, assumed *tally) string {
	size := func(f, common string) string { return cmp.Or(want[f], common) }
	w, d, b := size(claim.Width, assumedWidth), size(claim.Depth, assumedDepth), size(claim.Base, assumedBase)
	wide, _ := claim.Float(w)
	deep, _ := claim.Float(d)
	id := fmt.Sprintf("rack-%su-%.0fx%.0f", want[claim.UHeight], 1000*wide, 1000*deep)
	for n := 2; byID(items(m.site.root, "rack_types"), "id", id) != nil; n++ {
		id = fmt.Sprintf("rack-%su-%.0fx%.0f-%d", want[claim.UHeight], 1000*wide, 1000*deep, n)
	}
	m.site.add(m.site.root, "rack_types", mapping(yaml.FlowStyle, "id", id, claim.UHeight, want[claim.UHeight], claim.Width, w, claim.Depth, d, claim.Base, b))
	m.report.did("added rack type %s", id)
	if want[claim.Width] == "" || want[claim.Depth] == "" || want[claim.Base] == "" {
		assumed.add("rack types are 0.6 m wide, 1.1 m deep and U1 begins 0.1 m above the floor, where nobody says", id)
	}
	return id
}
