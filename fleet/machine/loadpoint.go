package machine

import (
	"slices"

	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/maps"
)

// names are what of a site can be named.
type names struct {
	site     string
	devices  map[string]*maps.Device
	racks    map[string]bool
	supplies map[string]kinds
}

// kinds are what a supply of a name is: several halls may have one of the same name.
type kinds struct{ cooling, loop, power bool }

func namesOf(s *maps.Site) names {
	n := names{site: s.ID, devices: map[string]*maps.Device{}, racks: map[string]bool{}, supplies: map[string]kinds{}}
	power := func(id string) {
		k := n.supplies[id]
		k.power = true
		n.supplies[id] = k
	}
	for _, l := range s.Loops {
		k := n.supplies[l.ID]
		k.loop = true
		n.supplies[l.ID] = k
	}
	for _, u := range s.UPS {
		power(u.ID)
	}
	for _, h := range s.Halls {
		for _, c := range h.Cooling {
			k := n.supplies[c.ID]
			k.cooling = true
			n.supplies[c.ID] = k
		}
		for _, f := range h.Feeds {
			power(f.ID)
		}
		for _, p := range h.PDUs {
			power(p.ID)
		}
		for _, r := range h.Racks() {
			n.racks[r.ID] = true
			for _, d := range r.Devices {
				n.devices[d.ID] = d
			}
		}
	}
	return n
}

func (l *loader) device(at strict.Place, id string) *maps.Device {
	d, ok := l.names.devices[id]
	if !ok {
		at.Fail("the site has no device %q", strict.Clip(id))
		return nil
	}
	return d
}

// subject checks whom a point is about.
func (l *loader) subject(at strict.Place, f *PointFile) Subject {
	named := 0
	for _, s := range []string{f.Device, f.Rack, f.Supply} {
		if s != "" {
			named++
		}
	}
	if named != 1 {
		at.Fail("is about %d things: say one of device, rack or supply", named)
		return Subject{}
	}
	switch _, known := l.names.supplies[f.Supply]; {
	case f.Device != "":
		l.device(at.Field("device"), f.Device)
	case f.Rack != "" && !l.names.racks[f.Rack]:
		at.Field("rack").Fail("the site has no rack %q", strict.Clip(f.Rack))
	case f.Supply != "" && !known:
		at.Field("supply").Fail("the site has no cooling unit, loop, feed, PDU or UPS %q", strict.Clip(f.Supply))
	}
	return Subject{f.Device, f.Rack, f.Supply}
}

// fits are the quantities of supplies, by what supply has them.
func (k kinds) fits(quantity string) bool {
	switch quantity {
	case "state", "supply-air", "fan":
		return k.cooling
	case "temperature", "pressure", "flow":
		return k.loop
	}
	return k.power
}

func (l *loader) point(f *PointFile) Point {
	at := l.doc.At(f)
	return l.pointOf(at, f, l.subject(at, f))
}

// pointOf checks a point whose subject is known.
func (l *loader) pointOf(at strict.Place, f *PointFile, s Subject) Point {
	p := Point{
		Subject: s, Name: f.Name, Part: f.Part, Quantity: f.Quantity, Unit: f.Unit, Scale: 1, Offset: f.Offset,
		Low: f.Low, High: f.High, Normal: f.Normal, Usual: f.Usual, MaxAge: f.MaxAge,
	}
	if f.Scale != nil {
		p.Scale = *f.Scale
	}
	if p.Scale == 0 {
		at.Field("scale").Fail("0 makes every reading the same: leave it out for 1")
	}
	m, ok := quantities[s.of()][f.Quantity]
	switch {
	case s == Subject{}:
	case !ok:
		at.Field("quantity").Fail("%q is nothing that a %s is asked for: want one of %s", strict.Clip(f.Quantity), s.of(), known(s.of()))
	case s.Supply != "" && l.names.supplies[s.Supply] != kinds{} && !l.names.supplies[s.Supply].fits(f.Quantity):
		at.Field("quantity").Fail("%s is not what %q has: state, supply-air and fan are of cooling units, temperature, pressure and flow of loops, voltage, power and current of feeds, PDUs and UPS", f.Quantity, s.Supply)
	}
	l.limits(at, p)
	if needsPart := s.Device != "" && ok && m.thing != "" && m.part == ""; needsPart && p.Part == "" {
		at.Field("part").Fail("is missing: name the light or port of %s that this is about", s.Device)
	} else if !needsPart && p.Part != "" {
		at.Field("part").Fail("a %s is of no part: leave it out", f.Quantity)
	}
	return p
}

func (l *loader) limits(at strict.Place, p Point) {
	m := quantities[p.of()][p.Quantity]
	switch {
	case p.Usual != nil && p.Quantity != "inlet":
		at.Field("usual").Fail("only an inlet is held against what is usual: say low or high")
	case p.Quantity == "inlet" && p.Usual == nil:
		at.Field("usual").Fail("is missing: the temperature that this inlet usually has, °C")
	case len(p.Normal) > 0 && (p.Low != nil || p.High != nil):
		at.Field("normal").Fail("say either normal states or low and high")
	case p.Low != nil && p.High != nil && *p.Low >= *p.High:
		at.Field("low").Fail("%v is not below high, %v", *p.Low, *p.High)
	case m.thing != "" && !p.limited():
		at.Fail("has no limits: say low, high or normal, or nothing follows from it")
	case m.thing == "" && p.limited():
		at.Fail("a %s is judged together with others: leave limits out", p.Quantity)
	case len(p.Normal) > 0 && !slices.IsSorted(p.Normal):
		at.Field("normal").Fail("list the states in order")
	}
}
