package intake

import (
	"cmp"
	"math"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// A model is a device type as devices need it.
type model struct {
	slug   string
	height float64 // units, in halves
	full   bool    // full depth
	thing  *thing  // nil: the site has it, or it is made of what a device says
	maker  string  // of a type that is made
	name   string
	made   bool
}

// gatherTypes brings together what is said of each device type: those of one slug, or of one maker and model.
func (m *merger) gatherTypes() {
	m.models, m.byModel = map[string]*model{}, map[string][]*model{}
	bySlug := map[string]*thing{}
	for _, s := range m.sources {
		for i := range s.said.Things {
			t := &s.said.Things[i]
			if t.Kind != claim.DeviceType {
				continue
			}
			names := []string{slug(t.Values[claim.Maker] + " " + t.Values[claim.Model])}
			if sl := slug(t.Values[claim.Slug]); sl != "" {
				names = append([]string{sl}, names...)
			}
			var found *thing
			for _, n := range names {
				if found == nil {
					found = bySlug[n]
				}
			}
			found = m.types.add(found, voice{t, s})
			found.id = cmp.Or(found.id, names[0])
			for _, n := range names {
				bySlug[n] = found
			}
		}
	}
	for n, t := range bySlug {
		m.models[n] = m.model(t)
	}
	for _, t := range m.types.all {
		if name := t.voices[0].Values[claim.Model]; name != "" {
			m.byModel[fold(name)] = append(m.byModel[fold(name)], m.models[t.id])
		}
	}
	m.siteTypes()
}

// model makes one of a thing, once.
func (m *merger) model(t *thing) *model {
	for _, k := range m.models {
		if k.thing == t {
			return k
		}
	}
	k := &model{slug: t.id, thing: t, full: true}
	if c, ok := m.pick(t, claim.UHeight); ok {
		k.height, _ = claim.Float(c.value)
	} else {
		m.fail(t.problem(claim.UHeight, "device type %q says no height: add u_height", t.id))
	}
	if c, ok := m.pick(t, claim.FullDepth); ok {
		k.full = c.value == "true"
	}
	return k
}

// siteTypes adds the types that only the site has.
func (m *merger) siteTypes() {
	for _, n := range items(m.site.root, "device_types") {
		id, _ := value(n, claim.Slug)
		maker, _ := value(n, claim.Maker)
		name, _ := value(n, claim.Model)
		height, _ := value(n, claim.UHeight)
		full, _ := value(n, claim.FullDepth)
		k := &model{slug: id, full: full != "false"}
		k.height, _ = claim.Float(height)
		for _, s := range []string{slug(id), slug(maker + " " + name)} {
			if s != "" && m.models[s] == nil {
				m.models[s] = k
			}
		}
		if name != "" && m.byModel[fold(name)] == nil {
			m.byModel[fold(name)] = []*model{k}
		}
	}
}

// modelOf finds a device's type: the best voice's that names a known one. Voices may call one type by slug or by model.
func (m *merger) modelOf(t *thing) *model {
	var found *model
	var from voice
	for _, v := range t.told(claim.Type) {
		k := m.known(v)
		switch {
		case k == nil:
		case found == nil:
			found, from = k, v
		case k.slug != found.slug:
			m.differ(t, claim.Type, from, found.slug, v, k.slug)
		}
	}
	if found == nil {
		return m.made(t)
	}
	return found
}

// known finds a type by slug, by maker and model, or by a model that only one maker has.
func (m *merger) known(v voice) *model {
	name := v.Values[claim.Type]
	for _, n := range []string{slug(name), slug(v.Values[claim.Maker] + " " + name)} {
		if k := m.models[n]; k != nil {
			return k
		}
	}
	if found := m.byModel[fold(name)]; len(found) == 1 {
		return found[0]
	}
	return nil
}

// made makes a type for a device that says its own height; nil when it does not.
func (m *merger) made(t *thing) *model {
	c, ok1 := m.pick(t, claim.Type)
	h, ok2 := m.pick(t, claim.UHeight)
	maker, _ := m.pick(t, claim.Maker)
	k := &model{slug: slug(maker.value + " " + c.value), full: true, maker: cmp.Or(maker.value, "unknown"), name: c.value, made: true}
	if !ok1 || !ok2 || k.slug == "" {
		return nil
	}
	k.height, _ = claim.Float(h.value)
	m.models[k.slug] = k
	return k
}

// units is how many whole units a type fills.
func (k *model) units() int { return int(math.Ceil(k.height)) }

// writeTypes puts the types that devices have into site.yaml.
func (m *merger) writeTypes() {
	written := map[string]bool{}
	var halves, made tally
	for _, t := range m.devices.all {
		at := m.mounts[t]
		if at == nil || written[at.model.slug] {
			continue
		}
		written[at.model.slug] = true
		k := at.model
		if k.thing == nil && !k.made {
			continue // the site's own
		}
		if k.height != math.Trunc(k.height) {
			halves.add("device types of half units are taken as filling whole ones", k.slug)
		}
		if k.made {
			made.add("device types that nobody describes are of full depth, and as high as a device says", k.slug)
		}
		m.writeType(k)
	}
	halves.each(m.report.assume)
	made.each(m.report.assume)
}

func (m *merger) writeType(k *model) {
	n := byID(items(m.site.root, "device_types"), claim.Slug, k.slug)
	source, key, from := "device", k.slug, "devices"
	if k.thing != nil {
		v := k.thing.voices[0]
		source, key, from = v.source.name, v.Key, where(v.At)
	}
	s := slot{n, m.record.note("device_type", "", k.slug, source, key), "device type " + k.slug, n == nil}
	if s.fresh {
		if m.record.was[s.rec] {
			m.report.did("device type %s was taken out of site.yaml by hand, and devices have it: it is put in again", k.slug)
		}
		s.node = &yaml.Node{Kind: yaml.MappingNode}
		s.rec.Wrote = nil
		m.site.add(m.site.root, "device_types", s.node)
		m.report.did("added device type %s", k.slug)
	}
	said := func(name, otherwise string) string {
		if k.thing == nil {
			return otherwise
		}
		c, ok := m.pick(k.thing, name)
		if !ok {
			return otherwise
		}
		return c.value
	}
	m.put(s, claim.Maker, said(claim.Maker, cmp.Or(k.maker, "unknown")), from)
	m.put(s, claim.Model, said(claim.Model, cmp.Or(k.name, k.slug)), from)
	if s.fresh {
		m.site.set(s.node, claim.Slug, text(k.slug))
	}
	m.put(s, claim.UHeight, claim.Number(float64(k.units())), from)
	m.put(s, claim.FullDepth, map[bool]string{true: "true", false: "false"}[k.full], from)
	if a := said(claim.Airflow, ""); a != "" {
		m.put(s, claim.Airflow, a, from)
	}
}
