package intake

import (
	"fmt"
	"math"

	"go.yaml.in/yaml/v3"

	"github.com/nightrounds/nightrounds/maps/intake/claim"
)

// Place turns a position as NetBox counts it into site.yaml's: the lowest whole unit that a device fills, from 1 at the
// bottom. NetBox numbers units from start, upward, or downward where desc is true; a position is the lowest-numbered
// unit that a device fills, in halves: in a rack counted downward that is its upper end (netbox#10795). Heights are in
// units. half is true when the device begins or ends in the middle of a unit; ok is false when it sticks out.
func place(position, deviceUnits, rackUnits, start float64, desc bool) (unit int, half, ok bool) {
	bottom := position - start
	if desc {
		bottom = rackUnits - (position - start) - deviceUnits
	}
	if bottom < 0 || bottom+deviceUnits > rackUnits {
		return 0, false, false
	}
	half = bottom != math.Trunc(bottom) || deviceUnits != math.Trunc(deviceUnits)
	unit = int(bottom) + 1
	return min(unit, int(rackUnits-math.Ceil(deviceUnits))+1), half, true
}

// position finds the unit of a device in the rails and that nothing else is there.
func (m *merger) position(t *thing, at *mount) bool {
	c, ok := m.pick(t, claim.Position)
	if !ok {
		m.left.add("devices that have a height and no position", t.origin())
		return false
	}
	if at.rack.height == 0 {
		m.left.add("devices in racks of which nobody tells the height", t.origin())
		return false
	}
	p, _ := claim.Float(c.value)
	at.position, at.half, ok = place(p, at.model.height, at.rack.height, at.rack.start, at.rack.desc)
	if !ok {
		m.fail(c.from.Problem(claim.Position, fmt.Sprintf("device %q, %g units from U%s on, sticks out of rack %q, which has U%g to U%g%s: correct position or heights",
			t.voices[0].Name(), at.model.height, c.value, at.rack.id, at.rack.start, at.rack.start+at.rack.height-1, countedDown(at.rack.desc))))
		return false
	}
	if at.half {
		m.halves.add("devices that fill half units are taken as filling whole ones", t.origin())
	}
	return m.fill(t, at)
}

func countedDown(desc bool) string {
	if desc {
		return " counted from the top"
	}
	return ""
}

// fill takes a device's units in its rack, or says who has them.
func (m *merger) fill(t *thing, at *mount) bool {
	faces := []string{at.face}
	if at.face == "" {
		faces = []string{"front"}
	}
	if at.full {
		faces = []string{"front", "rear"}
	}
	for _, f := range faces {
		for u := at.position; u < at.position+at.model.units(); u++ {
			other := at.rack.filled[f][u]
			switch {
			case other == nil:
			case at.half || m.mounts[other].half:
				m.left.add("devices that share a unit with another: half units are not told apart", t.origin())
				return false
			default:
				m.fail(t.problem(claim.Position, "device %q fills U%d of the %s of rack %q, as %q does (%s): move one",
					t.voices[0].Name(), u, f, at.rack.id, other.voices[0].Name(), where(other.voices[0].At)))
				return false
			}
		}
	}
	for _, f := range faces {
		if at.rack.filled[f] == nil {
			at.rack.filled[f] = map[int]*thing{}
		}
		for u := at.position; u < at.position+at.model.units(); u++ {
			at.rack.filled[f][u] = t
		}
	}
	return true
}

// writeDevices puts all devices that have a place into site.yaml.
func (m *merger) writeDevices() {
	racks, racksOf, nodes := map[string]*yaml.Node{}, map[string]string{}, map[string]*yaml.Node{}
	m.site.eachRack(func(_, _, rack *yaml.Node) {
		in, _ := value(rack, "id")
		racks[in] = rack
		for _, d := range items(rack, "devices") {
			id, _ := value(d, "id")
			racksOf[id], nodes[id] = in, d
		}
	})
	var added, out tally
	for _, t := range m.devices.all {
		at := m.mounts[t]
		if at == nil {
			continue
		}
		rec := m.record.ids[[3]string{"device", "", t.id}]
		s := slot{nodes[t.id], rec, "device " + t.id, nodes[t.id] == nil}
		rack := racks[at.rack.id]
		if rack == nil || s.fresh && m.record.was[rec] {
			out.add("devices that were taken out of site.yaml by hand stay out", t.id)
			continue
		}
		if s.fresh {
			s.node = mapping(yaml.FlowStyle, "id", t.id)
			m.site.add(rack, "devices", s.node)
			added.add("added devices", t.id)
		} else if racksOf[t.id] != at.rack.id {
			m.move(s, t, racks[racksOf[t.id]], rack)
		}
		m.deviceFields(s, t, at)
	}
	added.each(m.report.did)
	out.each(m.report.did)
}

// move takes a device to another rack, unless a person has put it where it is.
func (m *merger) move(s slot, t *thing, from, to *yaml.Node) {
	is, _ := value(from, "id")
	want, _ := value(to, "id")
	if last := s.rec.Wrote[claim.InRack]; last != "" && last != is {
		m.report.Conflicts = append(m.report.Conflicts, Conflict{
			Thing: s.what, Field: claim.InRack, Taken: Saying{"site.yaml", is}, Other: Saying{where(t.voices[0].At), want}, Why: "it was changed by hand after an import",
		})
		return
	}
	m.site.remove(from, "devices", s.node)
	m.site.add(to, "devices", s.node)
	m.report.did("moved %s from rack %s to rack %s, as %s says", s.what, is, want, where(t.voices[0].At))
}

func (m *merger) deviceFields(s slot, t *thing, at *mount) {
	from := where(t.voices[0].At)
	m.put(s, claim.Type, at.model.slug, from)
	s.rec.Wrote[claim.InRack] = at.rack.id
	if at.position > 0 {
		m.put(s, claim.Position, fmt.Sprint(at.position), from)
	}
	if at.face != "" && at.position > 0 {
		m.put(s, claim.Face, at.face, from)
	}
	m.putChoice(s, t, claim.Serial)
	m.putChoice(s, t, claim.AssetTag)
}
