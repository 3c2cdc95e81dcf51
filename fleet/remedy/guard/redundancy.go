package guard

import (
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/maps"
)

// askedFor is how long the answer of a target to who it is holds.
const askedFor = 2 * time.Minute

// A Topology is what of a site redundancy rests on.
type Topology struct {
	site    string
	devices map[string]*maps.Device
	hallOf  map[string]string // rack: hall
	cooling map[string]string // cooling unit: hall; empty where two halls have one of that name
	ports   map[string][]maps.PowerPort
	ups     map[string]string // hall/feed: UPS
	below   map[string][]link // switch: what hangs on it
}

// A link is an uplink of a device.
type link struct{ device, port, to string }

// NewTopology indexes a site.
func NewTopology(s *maps.Site) *Topology {
	t := &Topology{
		site: s.ID, devices: map[string]*maps.Device{}, hallOf: map[string]string{}, cooling: map[string]string{},
		ports: map[string][]maps.PowerPort{}, ups: map[string]string{}, below: map[string][]link{},
	}
	for _, h := range s.Halls {
		for _, f := range h.Feeds {
			t.ups[h.ID+"/"+f.ID] = f.UPS
		}
		for _, c := range h.Cooling {
			if _, twice := t.cooling[c.ID]; twice {
				t.cooling[c.ID] = ""
				continue
			}
			t.cooling[c.ID] = h.ID
		}
		for _, r := range h.Racks() {
			t.hallOf[r.ID] = h.ID
			for _, d := range r.Devices {
				t.devices[d.ID], t.ports[d.ID] = d, d.Power
				for _, u := range d.Uplinks {
					t.below[u.To] = append(t.below[u.To], link{d.ID, u.Port, u.To})
				}
			}
		}
	}
	return t
}

// Around are the devices whose parts bear on taking something of a device away: itself and what hangs on it.
func (t *Topology) Around(device string) []string {
	out := []string{device}
	for _, l := range t.below[device] {
		if !slices.Contains(out, l.device) {
			out = append(out, l.device)
		}
	}
	return out
}

func (t *Topology) port(device, name string) (maps.PowerPort, bool) {
	i := slices.IndexFunc(t.ports[device], func(p maps.PowerPort) bool { return name != "" && p.Name == name })
	if i < 0 {
		return maps.PowerPort{}, false
	}
	return t.ports[device][i], true
}

// redundancy asks whether what is left is enough while the step lasts: another power supply on another feed that is known to
// be good, no other disk of the device out of order, another uplink for it and for all that hangs on it.
func (d *decision) redundancy() {
	if d.Undo {
		return
	}
	switch d.Step.Takes {
	case remedy.PowerSupply:
		d.needSupply()
	case remedy.Disk:
		d.needDisks()
	case remedy.UplinkPort:
		d.needUplink(d.target.Device, d.target.Part, "")
	case remedy.Device:
		for _, l := range d.g.Topology.below[d.target.Device] {
			d.needUplink(l.device, l.port, d.target.Device)
		}
	}
}

const askPerson = "a person must decide, with the owner of the device"

// needSupply asks for a power supply beside the one that is taken.
func (d *decision) needSupply() {
	taken, ok := d.g.Topology.port(d.target.Device, d.target.Part)
	if !ok {
		d.refuse(Redundancy, false, askPerson, "the record does not know power port %q of %s", d.target.Part, d.target.Device)
		return
	}
	why := "it has no other"
	for _, p := range d.g.Topology.ports[d.target.Device] {
		if p.Name == taken.Name {
			continue
		}
		bad := d.partBad(d.target.Device, p.Name)
		switch lost := d.supplyLost(p); {
		case p.Feed == "" || p.Feed == taken.Feed || p.PDU != "" && p.PDU == taken.PDU:
			bad = p.Name + " is not known to be on another feed"
		case bad == "" && lost != "":
			bad = "what feeds " + p.Name + " is at fault: " + lost
		}
		if bad == "" {
			return
		}
		why = bad
	}
	d.refuse(Redundancy, false, askPerson, "it would leave %s without power: %s", d.target.Device, why)
}

// supplyLost names the fault of what feeds a power port, if there is one.
func (d *decision) supplyLost(p maps.PowerPort) string {
	ups := d.g.Topology.ups[d.target.Hall+"/"+p.Feed]
	for _, t := range d.Troubles {
		here := t.Hall == "" || t.Hall == d.target.Hall
		switch cause.Kind(t.Kind) {
		case cause.PDULost:
			here = here && t.Supply == p.PDU
		case cause.FeedLost:
			here = here && t.Supply == p.Feed
		case cause.PhaseLost:
			here = here && t.Supply == p.Feed && (t.Phase == "" || p.Phase == "" || t.Phase == p.Phase)
		case cause.UPSLost, cause.OnBattery:
			here = t.Supply == ups || ups == ""
		case cause.OutletLost:
			here = t.Device == d.target.Device && t.Part == p.Name
		default:
			here = false
		}
		if here {
			return t.ID
		}
	}
	return ""
}

// needDisks asks that all other disks of the device be known to be good: which of them make a group nobody recorded.
func (d *decision) needDisks() {
	dev, ok := d.g.Topology.devices[d.target.Device]
	if !ok {
		return
	}
	disks := 0
	for _, l := range dev.Type.LEDs {
		if !slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool { return strings.HasPrefix(m.Kind, "disk") }) {
			continue
		}
		disks++
		if l.Name == d.target.Part {
			continue
		}
		if bad := d.partBad(dev.ID, l.Name); bad != "" {
			d.refuse(Redundancy, false, askPerson, "it would take a second disk of a group away: %s", bad)
			return
		}
	}
	if disks < 2 || d.target.Part == "" {
		d.refuse(Redundancy, false, askPerson, "the record knows %d disks of %s, and the disk to take as %q", disks, dev.ID, d.target.Part)
	}
}

// needUplink asks for another uplink of a device than the one of a port, and than any to a switch that is taken away.
func (d *decision) needUplink(device, port, away string) {
	dev, ok := d.g.Topology.devices[device]
	if !ok {
		return
	}
	i := slices.IndexFunc(dev.Uplinks, func(u maps.Uplink) bool { return port != "" && u.Port == port })
	if away == "" && i < 0 {
		d.refuse(Redundancy, false, askPerson, "the record does not know uplink %q of %s", port, device)
		return
	}
	why := "it has no other"
	for k, u := range dev.Uplinks {
		if away == "" && k == i || u.To == away {
			continue
		}
		bad := d.partBad(device, u.Port)
		if gone := d.switchGone(u.To); bad == "" && gone != "" {
			bad = u.To + ", where " + u.Port + " leads, is at fault or in repair: " + gone
		}
		if bad == "" {
			return
		}
		why = bad
	}
	d.refuse(Redundancy, false, askPerson, "it would take the last uplink of %s away: %s", device, why)
}

// switchGone names the fault or the run that has a whole switch away, or that stands in its way.
func (d *decision) switchGone(id string) string {
	for _, t := range d.Troubles {
		if t.Device == id && (t.Part == "" || cause.Kind(t.Kind) == cause.SwitchDown) {
			return t.ID
		}
	}
	for _, a := range d.others() {
		if a.Open && a.Device == id && a.Takes == remedy.Device {
			return a.Run
		}
	}
	return ""
}

// partBad says what is wrong with a part, or that it is not known to be good; empty when it is good.
func (d *decision) partBad(device, name string) string {
	if name == "" {
		return "a part of " + device + " has no light by which it is known to be good"
	}
	for _, t := range d.Troubles {
		if t.Device == device && t.Part == name {
			return name + " of " + device + " is at fault: " + t.ID
		}
	}
	for _, a := range d.others() {
		if a.Open && a.Device == device && (a.Takes == remedy.Device || a.Takes != remedy.Nothing && a.Part == name) {
			return name + " of " + device + " is in repair: " + a.Run
		}
	}
	for _, p := range d.Parts {
		switch {
		case p.Device != device || p.Name != name:
		case !p.Good:
			return name + " of " + device + " is not in order: " + p.Says
		case p.At.After(d.Now) || d.Now.Sub(p.At) > partFresh:
			return name + " of " + device + " was last seen in order at " + p.At.Format(time.DateTime)
		default:
			return ""
		}
	}
	return name + " of " + device + " was never seen in order"
}

// partFresh is how long a part counts as good after it was last seen to be: a patrol comes by within it.
const partFresh = 2 * time.Hour
