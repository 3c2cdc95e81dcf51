package maps

import "slices"

// A link is an uplink as written, to be checked when all devices are known.
type link struct {
	at       place
	from, to string
}

// supplies reads the loops and UPSs that halls refer to.
func (l *loader) supplies(f *siteFile) {
	l.loops, l.ups = map[string]place{}, map[string]place{}
	for i := range f.Loops {
		l.id(l.at(&f.Loops[i]).field("id"), f.Loops[i].ID, l.loops)
		l.site.Loops = append(l.site.Loops, Loop(f.Loops[i]))
	}
	for i := range f.UPS {
		l.id(l.at(&f.UPS[i]).field("id"), f.UPS[i].ID, l.ups)
		l.site.UPS = append(l.site.UPS, UPS(f.UPS[i]))
	}
}

func (l *loader) feed(f *feedFile) Feed {
	l.oneOf(l.at(f).field("ups"), f.UPS, l.ups, "UPS", "the site's ups")
	return Feed{ID: f.ID, UPS: f.UPS}
}

// pdus reads a hall's PDUs.
func (l *loader) pdus(f *hallFile, h *Hall, feeds map[string]place) map[string]place {
	known, racks := map[string]place{}, map[string]place{}
	for i := range f.Rows {
		for j := range f.Rows[i].Racks {
			racks[f.Rows[i].Racks[j].ID] = l.at(&f.Rows[i].Racks[j])
		}
	}
	for i := range f.PDUs {
		p := &f.PDUs[i]
		at := l.at(p)
		l.id(at.field("id"), p.ID, known)
		l.oneOf(at.field("rack"), p.Rack, racks, "rack", "the hall's racks")
		l.oneOf(at.field("feed"), p.Feed, feeds, "feed", "the hall's feeds")
		l.phase(at.field("phase"), p.Phase)
		h.PDUs = append(h.PDUs, PDU(*p))
	}
	return known
}

// supply reads where a device is plugged in and what it is linked to.
func (l *loader) supply(f *deviceFile, d *Device, needs rackNeeds) {
	ports := map[string]place{}
	for i := range f.Power {
		p := &f.Power[i]
		at := l.at(p)
		l.id(at.field("port"), p.Port, ports)
		l.oneOf(at.field("pdu"), p.PDU, needs.pdus, "PDU", "the hall's pdus")
		l.oneOf(at.field("feed"), p.Feed, needs.feeds, "feed", "the hall's feeds")
		l.phase(at.field("phase"), p.Phase)
		if p.Outlet != "" && p.PDU == "" {
			at.field("outlet").fail("outlet %q of no PDU: name its pdu", clip(p.Outlet))
		}
		if key := p.PDU + "/" + p.Outlet; p.PDU != "" && p.Outlet != "" {
			if first, taken := needs.outlets[key]; taken {
				at.field("outlet").fail("outlet %q of PDU %q is taken in line %d: one plug fits an outlet", clip(p.Outlet), p.PDU, first.node.Line)
			} else {
				needs.outlets[key] = at
			}
		}
		d.Power = append(d.Power, l.plugged(at, p, needs.hall))
	}
	for i := range f.Uplinks {
		u := &f.Uplinks[i]
		d.Uplinks = append(d.Uplinks, Uplink(*u))
		l.linked = append(l.linked, link{at: l.at(u).field("to"), from: f.ID, to: u.To})
	}
}

// plugged is a power port with what its PDU says of it; what both say must be the same.
func (l *loader) plugged(at place, f *powerFile, h *Hall) PowerPort {
	p := PowerPort{Name: f.Port, PDU: f.PDU, Outlet: f.Outlet, Feed: f.Feed, Phase: f.Phase}
	u, ok := h.PDU(f.PDU)
	if !ok {
		return p
	}
	if p.Feed != "" && u.Feed != "" && p.Feed != u.Feed {
		at.field("feed").fail("feed %q, but PDU %q draws from feed %q: leave it out or correct one", p.Feed, u.ID, u.Feed)
	}
	if p.Phase != "" && u.Phase != "" && p.Phase != u.Phase {
		at.field("phase").fail("phase %s, but PDU %q is on %s: leave it out or correct one", p.Phase, u.ID, u.Phase)
	}
	if p.Feed == "" {
		p.Feed = u.Feed
	}
	if p.Phase == "" {
		p.Phase = u.Phase
	}
	return p
}

// links checks the far ends of all uplinks.
func (l *loader) links() {
	for _, u := range l.linked {
		switch _, ok := l.devices[u.to]; {
		case u.to == "":
		case !ok:
			u.at.fail("device %q does not exist: add it or correct the id", clip(u.to))
		case u.to == u.from:
			u.at.fail("device %q cannot be its own uplink: name the switch that it is linked to", u.to)
		}
	}
}

// phase checks the name of a phase; it may be left out.
func (l *loader) phase(at place, phase string) {
	if !slices.Contains([]string{"", "L1", "L2", "L3"}, phase) {
		at.fail("%q is no phase: want L1, L2 or L3", clip(phase))
	}
}

// oneOf checks an id that may be left out.
func (l *loader) oneOf(at place, id string, all map[string]place, what, where string) {
	if _, ok := all[id]; id != "" && !ok {
		at.fail("%s %q does not exist: add it to %s or correct the id", what, clip(id), where)
	}
}
