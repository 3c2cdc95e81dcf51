package intake

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// gatherRacks brings together what is said of each rack. Tables come first: racks are called as they are there.
func (m *merger) gatherRacks() {
	m.callHalls()
	order := slices.Clone(m.sources)
	slices.SortStableFunc(order, func(a, b *source) int {
		pa, _ := rank(claim.X, a)
		pb, _ := rank(claim.X, b)
		return cmp.Compare(pa, pb)
	})
	for _, s := range order {
		for i := range s.said.Things {
			if t := &s.said.Things[i]; t.Kind == claim.Rack {
				m.racks.add(m.matchRack(voice{t, s}), voice{t, s})
			}
		}
	}
}

// callHalls calls halls as the folder does where an earlier import found out which hall a source means.
func (m *merger) callHalls() {
	for _, h := range items(m.site.root, "halls") {
		if id, _ := value(h, "id"); id != "" {
			m.knowHall(id)
		}
	}
	for _, s := range m.sources {
		for i := range s.said.Things {
			values := s.said.Things[i].Values
			if r := m.record.find("hall", values[claim.Hall], s.name, values[claim.Hall]); r != nil && slices.Contains(m.halls, r.ID) {
				values[claim.Hall] = r.ID
			}
		}
	}
}

// matchRack finds the rack that a claim is about: the one that it was in an earlier import, or the one of that name.
func (m *merger) matchRack(v voice) *thing {
	if r := m.record.find("rack", "", v.source.name, v.Key); r != nil {
		for source, key := range r.From {
			if t := m.racks.byKey[[2]string{source, key}]; t != nil && !t.heard(v.source) {
				return t
			}
		}
	}
	for _, n := range v.Names {
		found := slices.DeleteFunc(slices.Clone(m.racks.named(n, v.Values[claim.Hall])), func(t *thing) bool { return t.heard(v.source) })
		if len(found) == 1 {
			return found[0]
		}
		if len(found) > 1 {
			m.fail(v.Problem("", fmt.Sprintf("rack %q is in several halls of other sources: name its hall", n)))
			return nil
		}
	}
	return nil
}

// settleHalls decides which halls there are, and what belongs to which.
func (m *merger) settleHalls() {
	var silent []*thing
	for _, t := range m.racks.all {
		if c, ok := m.pick(t, claim.Hall); ok {
			t.hall = m.knowHall(c.value)
			for _, v := range t.voices {
				if name := v.Values[claim.Hall]; name != "" && name != t.hall {
					m.record.note("hall", name, t.hall, v.source.name, name)
				}
			}
		} else {
			silent = append(silent, t)
		}
	}
	for _, s := range m.sources {
		if s.hall != "" && (s.floor != nil || len(s.layouts) > 0) {
			m.knowHall(s.hall)
		}
	}
	if len(m.halls) == 0 {
		m.hallsOfMaps()
	}
	if len(m.halls) == 0 && len(silent) > 0 {
		m.knowHall("hall")
		m.report.assume("nobody names the hall: it is called %q", "hall")
	}
	m.silentRacks(silent)
	m.settleMaps()
	m.nameRacks()
}

// knowHall returns the id of the hall of that name, a new one when there is none.
func (m *merger) knowHall(name string) string {
	id := ident(name)
	if id == "" {
		id = "hall"
	}
	for _, h := range m.halls {
		if h == id || slug(h) == slug(id) {
			return h
		}
	}
	m.halls = append(m.halls, id)
	return id
}

// hallsOfMaps takes the halls from the route graphs, or else from the names of the floors.
func (m *merger) hallsOfMaps() {
	for _, s := range m.sources {
		for _, l := range s.layouts {
			m.knowHall(cmp.Or(l.hall, s.stem()))
		}
	}
	for _, s := range m.sources {
		if s.floor != nil && len(m.halls) == 0 {
			m.knowHall(s.stem())
		}
	}
}

// stem is a source's name without its ending.
func (s *source) stem() string {
	name := path.Base(s.name)
	for _, end := range []string{".yaml", ".yml", ".json", ".lif", ".building"} {
		name = strings.TrimSuffix(name, end)
	}
	return name
}

func (m *merger) silentRacks(silent []*thing) {
	if len(silent) > 0 && len(m.halls) > 1 {
		count := map[string]int{}
		for _, t := range silent {
			v := t.voices[0]
			if count[v.source.name]++; count[v.source.name] == 1 {
				m.fail(v.Problem("", fmt.Sprintf("rack %q and maybe others name no hall, and there are %d: %s: add a column hall, or write HALL=%s",
					v.Name(), len(m.halls), strings.Join(m.halls, ", "), v.source.name)))
			}
		}
		return
	}
	for _, t := range silent {
		t.hall = m.halls[0]
	}
}

// settleMaps gives each floor and graph to a hall: that of its name, or the only one.
func (m *merger) settleMaps() {
	for _, s := range m.sources {
		mine := map[string]string{}
		for i := range s.layouts {
			l := &s.layouts[i]
			own := cmp.Or(l.hall, s.stem())
			l.hall = m.mapHall(s, own, maps.Problem{File: s.name, Line: l.at.Line, Field: l.at.Field})
			if other, twice := mine[l.hall]; twice && l.hall != "" {
				m.fail(maps.Problem{File: s.name, Message: fmt.Sprintf("maps %q and %q cannot both be hall %q: call the halls of the racks as the maps are called", other, own, l.hall)})
			}
			mine[l.hall] = own
		}
		if s.floor != nil {
			s.hall = m.mapHall(s, cmp.Or(s.hall, s.stem()), maps.Problem{File: s.name})
		}
	}
}

func (m *merger) mapHall(s *source, own string, at maps.Problem) string {
	for _, h := range m.halls {
		if slug(h) == slug(own) {
			return h
		}
	}
	if r := m.record.find("hall", own, s.name, own); r != nil && slices.Contains(m.halls, r.ID) {
		return r.ID
	}
	if len(m.halls) == 1 {
		m.record.note("hall", own, m.halls[0], s.name, own)
		m.report.did("took %q of %s as hall %q: there is no other", own, s.name, m.halls[0])
		return m.halls[0]
	}
	at.Message = fmt.Sprintf("is of %q, which is none of the halls %s: write HALL=%s", own, strings.Join(m.halls, ", "), s.name)
	m.fail(at)
	return ""
}

// nameRacks gives every rack its id: that of earlier imports, that of the folder, or its name.
func (m *merger) nameRacks() {
	given := map[string]string{}
	m.site.eachRack(func(hall, _, rack *yaml.Node) {
		id, _ := value(rack, "id")
		given[id], _ = value(hall, "id")
	})
	m.nameAll(m.racks.all, "rack", given, func(t *thing) string { return t.hall })
	for _, t := range m.racks.all {
		for _, v := range t.voices {
			m.record.note("rack", "", t.id, v.source.name, v.Key)
		}
	}
}

// nameAll gives ids to things of a kind whose ids are unique in the site; given are those that the folder has, with the
// hall or rack that they are in. Things of earlier imports come first, so that a new one never takes the id of an old one.
func (m *merger) nameAll(all []*thing, kind string, given map[string]string, parent func(*thing) string) {
	taken := map[string]bool{}
	for _, t := range all {
		for _, v := range t.voices {
			if r := m.record.find(kind, "", v.source.name, v.Key); r != nil && !taken[r.ID] && t.id == "" {
				t.id, taken[r.ID] = r.ID, true
			}
		}
	}
	folded := map[string]string{}
	for id := range given {
		folded[fold(id)] = id
	}
	for _, t := range all {
		for _, v := range t.voices {
			for _, n := range v.Names {
				if id, there := folded[fold(ident(n))]; there && t.id == "" && !taken[id] && given[id] == parent(t) {
					t.id, taken[id] = id, true
				}
			}
		}
	}
	free := func(id string) bool {
		_, there := given[id]
		return id != "" && !there && !taken[id] && !m.record.taken(kind, "", id)
	}
	for _, t := range all {
		if t.id != "" {
			continue
		}
		name := ident(t.voices[0].Name())
		id := name
		if !free(id) {
			id = ident(parent(t) + "." + name)
		}
		for n := 2; !free(id); n++ {
			id = fmt.Sprintf("%s-%d", cmp.Or(name, kind), n)
		}
		t.id, taken[id] = id, true
	}
}
