package intake

import (
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// gone finds racks and devices that an import brought and that none of their sources says any more. They stay, and are
// told, unless they are to be taken out. A source that was not read this time is taken to say what it said.
func (m *merger) gone() {
	said, read := map[[3]string]bool{}, map[string]bool{}
	for _, s := range m.sources {
		read[s.name] = true
		for i := range s.said.Things {
			t := &s.said.Things[i]
			said[[3]string{string(t.Kind), s.name, t.Key}] = true
		}
	}
	var kept, out tally
	for _, r := range slices.Clone(m.record.Things) {
		if r.Kind != "rack" && r.Kind != "device" {
			continue
		}
		var of []string
		silent := true
		for source, key := range r.From {
			silent = silent && read[source] && !said[[3]string{r.Kind, source, key}]
			of = append(of, source)
		}
		slices.Sort(of)
		if !silent || !m.there(r.Kind, r.ID) {
			continue
		}
		if !m.options.Prune {
			kept.add(r.Kind+"s that are no longer in "+strings.Join(of, ", ")+" are kept (--prune takes them out)", r.ID)
			continue
		}
		m.takeOut(r.Kind, r.ID)
		m.record.forget(r)
		out.add("took out "+r.Kind+"s that are no longer in "+strings.Join(of, ", "), r.ID)
	}
	kept.each(m.report.did)
	out.each(m.report.did)
}

// there reports whether site.yaml has a rack or device.
func (m *merger) there(kind, id string) bool {
	found := false
	m.visit(kind, func(_ *yaml.Node, _ string, n *yaml.Node) {
		v, _ := value(n, "id")
		found = found || v == id
	})
	return found
}

func (m *merger) takeOut(kind, id string) {
	type spot struct {
		parent *yaml.Node
		list   string
		node   *yaml.Node
	}
	var spots []spot
	m.visit(kind, func(parent *yaml.Node, list string, n *yaml.Node) {
		if v, _ := value(n, "id"); v == id {
			spots = append(spots, spot{parent, list, n})
		}
	})
	for _, s := range spots {
		m.site.remove(s.parent, s.list, s.node)
	}
}

// visit goes through all racks or devices with the mapping and list that hold them.
func (m *merger) visit(kind string, one func(parent *yaml.Node, list string, n *yaml.Node)) {
	m.site.eachRack(func(_, row, rack *yaml.Node) {
		if kind == "rack" {
			one(row, "racks", rack)
			return
		}
		for _, d := range items(rack, "devices") {
			one(rack, "devices", d)
		}
	})
}
