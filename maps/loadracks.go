package maps

import (
	"cmp"
	"math"
	"slices"
	"strconv"

	"go.yaml.in/yaml/v3"
)

// maxTag is the highest id of the AprilTag 36h11 family (587 tags).
const maxTag = 586

// rackNeeds is what of its hall a rack refers to.
type rackNeeds struct {
	hall           *Hall // as far as it is read
	feeds, cooling map[string]place
	pdus           map[string]place
	outlets        map[string]place // taken, by PDU and outlet
	tags           map[int]place    // taken; a tag is unique in its hall
}

// rack checks one rack; nil when too little is known of it.
func (l *loader) rack(f *rackFile, row *Row, needs rackNeeds) *Rack {
	at := l.at(f)
	if at.node == nil {
		return nil
	}
	named := l.id(at.field("id"), f.ID, l.racks)
	r := &Rack{
		ID: f.ID, Hall: row.Hall, Row: row.ID, Type: l.site.RackTypes[f.Type],
		Pose:        Pose{X: f.X, Y: f.Y, ThetaRad: normalAngle(f.ThetaDeg * math.Pi / 180)},
		ASHRAEClass: f.ASHRAEClass, Feeds: f.Feeds, CooledBy: f.CooledBy, Loop: f.Loop,
		RevisitInterval: l.interval(at.field("revisit_interval"), f.RevisitInterval),
		FrontTags:       f.FrontTags, RearTags: f.RearTags,
	}
	if r.RevisitInterval == 0 {
		r.RevisitInterval = l.site.Patrol.RevisitInterval
	}
	if r.Sensors = l.sensors(at.field("sensors"), f.Sensors); len(r.Sensors) == 0 {
		r.Sensors = l.site.Patrol.Sensors
	}
	switch f.ASHRAEClass {
	case "", "A1", "A2", "A3", "A4":
	default:
		at.field("ashrae_class").fail("%q is no ASHRAE class: want A1, A2, A3 or A4", clip(f.ASHRAEClass))
	}
	l.known(at.field("feeds"), f.Feeds, needs.feeds, "feed", "feeds")
	l.known(at.field("cooled_by"), f.CooledBy, needs.cooling, "cooling unit", "cooling")
	l.oneOf(at.field("loop"), f.Loop, l.loops, "loop", "the site's loops")
	if r.Type == nil && f.Type != "" {
		at.field("type").fail("rack type %q does not exist: add it to rack_types or correct the id", clip(f.Type))
	}
	l.tags(at.field("front_tags"), f.FrontTags, r.Type, needs.tags)
	l.tags(at.field("rear_tags"), f.RearTags, r.Type, needs.tags)
	l.rackDevices(f, r, needs)
	l.fixtures(f, r)
	if !named || r.Type == nil {
		return nil
	}
	return r
}

// sensors checks the names of sensors: robots declare what they have by the same (vda5050.Factsheet.Sensors).
func (l *loader) sensors(at place, names []string) []string {
	for i, name := range names {
		if !sensorID.MatchString(name) {
			at.item(i).fail("%q names no sensor: use lower-case letters, digits and -, as thermal or air", clip(name))
		}
	}
	return names
}

// normalAngle brings an angle to -pi..pi.
func normalAngle(rad float64) float64 { return math.Remainder(rad, 2*math.Pi) }

// tags checks a face's tags; a face may have none.
func (l *loader) tags(at place, tags []int, t *RackType, taken map[int]place) {
	if t != nil && len(tags) > 0 && len(tags) != len(t.TagPlaces) {
		at.fail("has %d tags, rack type %q has %d places: name one tag a place", len(tags), t.ID, len(t.TagPlaces))
	}
	for i, id := range tags {
		p := at.item(i)
		if id < 0 || id > maxTag {
			p.fail("%d is no AprilTag 36h11: want 0 to %d", id, maxTag)
		} else if first, ok := taken[id]; ok {
			p.fail("tag %d is already at %s in line %d: a tag is unique in its hall", id, first.path, first.node.Line)
		} else {
			taken[id] = p
		}
	}
}

// rackDevices checks a rack's devices, one by one and against each other.
func (l *loader) rackDevices(f *rackFile, r *Rack, needs rackNeeds) {
	front, rear := slots{}, slots{}
	for i := range f.Devices {
		df := &f.Devices[i]
		at := l.at(df)
		if at.node == nil {
			continue
		}
		l.id(at.field("id"), df.ID, l.devices)
		t := l.site.DeviceTypes[df.Type]
		if t == nil {
			if df.Type != "" {
				at.field("device_type").fail("device type %q does not exist: add it to device_types or correct the slug", clip(df.Type))
			}
			continue
		}
		for j, feed := range df.Feeds {
			if !slices.Contains(r.Feeds, feed) {
				at.field("feeds").item(j).fail("rack %q does not draw from feed %q: add it there or correct the id", r.ID, clip(feed))
			}
		}
		d := &Device{
			ID: df.ID, Rack: r.ID, Type: t, Position: l.position(at, df.Position, t.UHeight),
			Face: l.face(at.field("face"), df.Face), Serial: df.Serial, AssetTag: df.AssetTag, Feeds: df.Feeds,
		}
		if d.Face == "" {
			d.Face = Front
		}
		l.supply(df, d, needs)
		r.Devices = append(r.Devices, d)
		if d.Position < 1 || t.UHeight < 1 {
			continue
		}
		top := d.Position + t.UHeight - 1
		if r.Type != nil && top > r.Type.UHeight {
			at.field("position").fail("device %q fills U%d to U%d, the rack ends at U%d: move it down", d.ID, d.Position, top, r.Type.UHeight)
		}
		var other *Device
		if t.IsFullDepth || d.Face == Front {
			other = front.put(d)
		}
		if t.IsFullDepth || d.Face == Rear {
			other = cmp.Or(other, rear.put(d))
		}
		if other != nil {
			at.field("position").fail("device %q (U%d to U%d) overlaps device %q (U%d to U%d): move one",
				d.ID, d.Position, top, other.ID, other.Position, other.Position+other.Type.UHeight-1)
		}
	}
	slices.SortStableFunc(r.Devices, func(a, b *Device) int { return cmp.Compare(a.Position, b.Position) })
}

// position reads a device's lowest unit; 0 when it has none or a wrong one.
func (l *loader) position(at place, n *yaml.Node, uHeight int) int {
	at = at.field("position")
	switch {
	case n == nil && uHeight > 0:
		at.fail("field is missing: give the lowest unit that the device fills, 1 at the bottom")
		return 0
	case n == nil:
		return 0
	case uHeight == 0:
		at.fail("a device of 0 units is not in the rails and has no position: take it out")
		return 0
	}
	v, err := strconv.ParseFloat(n.Value, 64)
	switch {
	case n.Kind != yaml.ScalarNode || err != nil || n.ShortTag() == "!!str":
		at.fail("want a whole number, got %s", kindName(n))
	case v != math.Trunc(v):
		at.fail("%g: half units are not supported: give the whole unit that the device begins in", v)
	case !(v >= 1 && v <= 100):
		at.fail("%g is no unit: units count from 1 at the bottom", v)
	default:
		return int(v)
	}
	return 0
}

// slots says which device fills each unit of a face.
type slots map[int]*Device

// put fills a device's units and returns a device that was there before, nil when there was none.
func (s slots) put(d *Device) (other *Device) {
	for u := d.Position; u < d.Position+d.Type.UHeight; u++ {
		other = cmp.Or(other, s[u])
		s[u] = d
	}
	return other
}
