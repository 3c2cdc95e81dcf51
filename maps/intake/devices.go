package intake

import (
	"fmt"
	"slices"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// A mount is where a device goes, in the words of site.yaml.
type mount struct {
	rack     *shelf
	model    *model
	position int // 0: not in the rails
	half     bool
	full     bool // takes both faces
	face     string
}

// A shelf is a rack as devices need it.
type shelf struct {
	id     string
	height float64 // units
	start  float64 // number of the first unit
	desc   bool    // counted from the top
	filled map[string]map[int]*thing
}

// gatherDevices brings together what is said of each device: that of earlier imports, or of one name in one rack.
func (m *merger) gatherDevices() {
	for _, s := range m.sources {
		for i := range s.said.Things {
			if t := &s.said.Things[i]; t.Kind == claim.Device {
				m.devices.add(m.matchDevice(voice{t, s}), voice{t, s})
			}
		}
	}
}

func (m *merger) matchDevice(v voice) *thing {
	if r := m.record.find("device", "", v.source.name, v.Key); r != nil {
		for source, key := range r.From {
			if t := m.devices.byKey[[2]string{source, key}]; t != nil && !t.heard(v.source) {
				return t
			}
		}
	}
	found := slices.DeleteFunc(slices.Clone(m.devices.named(v.Name(), "")), func(t *thing) bool { return t.heard(v.source) })
	for _, t := range found {
		if m.rackSaid(t.voices[0]) == m.rackSaid(v) {
			return t
		}
	}
	// Sources may call the rack otherwise, or have the device in another: a name that each uses once means one device.
	if len(found) == 1 && v.source.calls(v.Name()) == 1 && found[0].voices[0].source.calls(v.Name()) == 1 {
		return found[0]
	}
	return nil
}

// rackSaid is the rack that a voice has a device in: its id where it is known, else its name.
func (m *merger) rackSaid(v voice) string {
	if r := m.racks.byKey[[2]string{v.source.name, v.Values[claim.RackKey]}]; r != nil {
		return r.id
	}
	if found := m.racks.named(v.Values[claim.InRack], v.Values[claim.Hall]); len(found) == 1 {
		return found[0].id
	}
	return fold(v.Values[claim.InRack])
}

// calls is how many devices of a source have that name.
func (s *source) calls(name string) int {
	if s.names == nil {
		s.names = map[string]int{}
		for i := range s.said.Things {
			if t := &s.said.Things[i]; t.Kind == claim.Device {
				s.names[fold(t.Name())]++
			}
		}
	}
	return s.names[fold(name)]
}

// mountDevices finds the place of every device, and names those that have one.
func (m *merger) mountDevices() {
	m.mounts, m.shelves = map[*thing]*mount{}, map[string]*shelf{}
	visited := map[*thing]bool{}
	for _, t := range m.devices.all {
		m.mount(t, visited)
	}
	m.left.each(func(format string, args ...any) {
		m.report.did("left out "+format, args...)
	})
	m.halves.each(m.report.assume)
	given := map[string]string{}
	m.site.eachRack(func(_, _, rack *yaml.Node) {
		in, _ := value(rack, "id")
		for _, d := range items(rack, "devices") {
			id, _ := value(d, "id")
			given[id] = in
		}
	})
	mounted := slices.DeleteFunc(slices.Clone(m.devices.all), func(t *thing) bool { return m.mounts[t] == nil })
	m.nameAll(mounted, "device", given, func(t *thing) string { return m.mounts[t].rack.id })
	for _, t := range mounted {
		for _, v := range t.voices {
			m.record.note("device", "", t.id, v.source.name, v.Key)
		}
	}
}

// mount decides where a device goes; it stays without a mount when too little is known.
func (m *merger) mount(t *thing, visited map[*thing]bool) *mount {
	if visited[t] {
		return m.mounts[t]
	}
	visited[t] = true
	v := t.voices[0]
	k := m.modelOf(t)
	if k == nil {
		name := v.Values[claim.Type]
		m.left.add(fmt.Sprintf("devices of type %q, of which nobody tells the height: give its file of the NetBox device type library", name), t.origin())
		return nil
	}
	at := &mount{model: k, full: k.full}
	parent, told := m.parentOf(t)
	switch {
	case told && parent == nil:
		m.left.add("devices in bays of devices that nobody describes", t.origin())
		return nil
	case told:
		holder := m.mount(parent, visited)
		if holder == nil {
			m.left.add("devices in bays of devices that are left out", t.origin())
			return nil
		}
		at.rack = holder.rack
	default:
		if at.rack = m.shelfOf(t); at.rack == nil {
			return nil
		}
	}
	if told && k.height > 0 {
		m.left.add("devices that sit in a bay and yet have a height of their own", t.origin())
		return nil
	}
	if c, ok := m.pick(t, claim.Face); ok {
		at.face = c.value
	}
	if k.height > 0 && !m.position(t, at) {
		return nil
	}
	m.mounts[t] = at
	return at
}

// parentOf finds the device in whose bay a device sits; told is false when it sits in none.
func (m *merger) parentOf(t *thing) (parent *thing, told bool) {
	for _, v := range t.voices {
		if key := v.Values[claim.ParentKey]; key != "" {
			return m.devices.byKey[[2]string{v.source.name, key}], true
		}
		if name := v.Values[claim.Parent]; name != "" {
			for _, p := range m.devices.named(name, "") {
				if p != t {
					return p, true
				}
			}
			return nil, true
		}
	}
	return nil, false
}

// shelfOf finds the rack of a device, told by key or by name: the best voice's whose rack is known.
func (m *merger) shelfOf(t *thing) *shelf {
	var found *shelf
	var from voice
	told := t.told(claim.InRack)
	for _, v := range told {
		s := m.shelfSaid(v)
		switch {
		case s == nil:
		case found == nil:
			found, from = s, v
		case s.id != found.id:
			m.differ(t, claim.InRack, from, found.id, v, s.id)
		}
	}
	switch {
	case found == nil && len(told) == 0:
		m.left.add("devices that are in no rack", t.origin())
	case found == nil:
		m.left.add("devices in racks that nobody describes", t.origin())
	}
	return found
}

func (m *merger) shelfSaid(v voice) *shelf {
	if r := m.racks.byKey[[2]string{v.source.name, v.Values[claim.RackKey]}]; r != nil && v.Values[claim.RackKey] != "" {
		return m.shelf(r)
	}
	name := v.Values[claim.InRack]
	switch found := m.racks.named(name, v.Values[claim.Hall]); len(found) {
	case 0:
		return m.siteShelf(name)
	case 1:
		return m.shelf(found[0])
	}
	m.fail(v.Problem(claim.InRack, fmt.Sprintf("rack %q is in several halls: add a column that names the device's hall", name)))
	return nil
}

// shelf is a rack of this import.
func (m *merger) shelf(t *thing) *shelf {
	if s := m.shelves[t.id]; s != nil {
		return s
	}
	s := &shelf{id: t.id, start: 1, filled: map[string]map[int]*thing{}}
	m.shelves[t.id] = s
	if rec := m.record.ids[[3]string{"rack", "", t.id}]; rec != nil {
		s.counted(rec.Wrote)
	}
	said := map[string]string{}
	for _, f := range []string{claim.UHeight, claim.Start, claim.Desc} {
		if c, ok := m.pick(t, f); ok {
			said[f] = c.value
		}
	}
	s.counted(said)
	if s.height == 0 {
		m.siteHeight(s)
	}
	return s
}

// counted takes in how a rack's units are counted.
func (s *shelf) counted(said map[string]string) {
	if h, ok := claim.Float(said[claim.UHeight]); ok {
		s.height = h
	}
	if n, ok := claim.Float(said[claim.Start]); ok {
		s.start = n
	}
	if d, ok := said[claim.Desc]; ok {
		s.desc = d == "true"
	}
}

// siteShelf is a rack that only the site has.
func (m *merger) siteShelf(name string) *shelf {
	var s *shelf
	m.site.eachRack(func(_, _, rack *yaml.Node) {
		id, _ := value(rack, "id")
		if s != nil || fold(id) != fold(name) {
			return
		}
		if s = m.shelves[id]; s != nil {
			return
		}
		s = &shelf{id: id, start: 1, filled: map[string]map[int]*thing{}}
		if rec := m.record.ids[[3]string{"rack", "", id}]; rec != nil {
			s.counted(rec.Wrote)
		}
		m.siteHeight(s)
		m.shelves[id] = s
	})
	return s
}

// siteHeight takes a rack's height from the type that the site gives it.
func (m *merger) siteHeight(s *shelf) {
	m.site.eachRack(func(_, _, rack *yaml.Node) {
		if id, _ := value(rack, "id"); id != s.id {
			return
		}
		kind, _ := value(rack, "type")
		h, _ := value(byID(items(m.site.root, "rack_types"), "id", kind), claim.UHeight)
		s.height, _ = claim.Float(h)
	})
}
