package guard

import (
	"math"
	"slices"
	"strconv"

	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// aim finds what the step is aimed at. What the record does not have is no target: an empty one must never mean everything.
func (d *decision) aim() {
	const do = "correct the site's record, or have a person do it"
	t := &d.target
	t.Site, t.Hall, t.Rack, t.Unit = d.g.Topology.site, d.Fault.Hall, d.Fault.Rack, d.Fault.Unit
	t.Device, t.Part = d.Fault.Device, d.Fault.Part
	dev, known := d.g.Topology.devices[t.Device]
	if known {
		t.Rack, t.Unit, t.Serial, t.AssetTag = dev.Rack, dev.Position, dev.Serial, dev.AssetTag
	}
	if t.Rack != "" {
		hall, ok := d.g.Topology.hallOf[t.Rack]
		if !ok {
			d.refuse(Aim, false, do, "the site has no rack %q", t.Rack)
			return
		}
		t.Hall = hall
	}
	switch d.Step.Kind {
	case remedy.SetPoint:
		d.aimCooling(do)
		return
	case remedy.Redfish, remedy.Outlet, remedy.Drain:
		if !known {
			d.refuse(Aim, false, do, "fault %s names no device of the site (%q)", d.Fault.ID, t.Device)
			return
		}
	case remedy.Webhook, remedy.Person, remedy.Look:
		if t.Device != "" && !known {
			d.refuse(Aim, false, do, "the site has no device %q", t.Device)
			return
		}
		if t.Rack == "" && d.Fault.Supply == "" {
			d.refuse(Aim, false, do, "fault %s is at no place of the site", d.Fault.ID)
			return
		}
	default:
		d.refuse(Aim, false, do, "a step of kind %q is not known", d.Step.Kind)
		return
	}
	if d.Step.Kind == remedy.Outlet {
		d.aimOutlet(do)
	}
	d.taken(do)
}

func (d *decision) aimOutlet(do string) {
	t := &d.target
	if d.Step.Port != "" {
		t.Part = d.Step.Port
	}
	p, ok := d.g.Topology.port(t.Device, t.Part)
	if !ok || p.PDU == "" || p.Outlet == "" {
		d.refuse(Aim, false, do, "the record does not say which outlet power port %q of %s is plugged into", t.Part, t.Device)
		return
	}
	t.PDU, t.Outlet = p.PDU, p.Outlet
}

func (d *decision) aimCooling(do string) {
	t := &d.target
	t.Cooling = d.Step.Point.Unit
	if t.Cooling == "" {
		t.Cooling = d.Fault.Supply
	}
	hall, ok := d.g.Topology.cooling[t.Cooling]
	switch {
	case !ok || t.Cooling == "":
		d.refuse(Aim, false, do, "the site has no cooling unit %q", t.Cooling)
		return
	case hall == "":
		d.refuse(Aim, false, do, "several halls have a cooling unit %q", t.Cooling)
		return
	}
	if t.Hall != "" && t.Hall != hall {
		d.refuse(Aim, false, do, "cooling unit %s is in %s, the fault in %s", t.Cooling, hall, t.Hall)
		return
	}
	t.Hall, t.Device, t.Part = hall, "", ""
	t.Domain = "cooling " + t.Cooling
}

// taken fills in the feeds and the failure domain of what the step takes away.
func (d *decision) taken(do string) {
	t := &d.target
	if d.Step.Takes == remedy.Nothing {
		return
	}
	dev, known := d.g.Topology.devices[t.Device]
	if !known {
		d.refuse(Aim, false, do, "the step takes a %s away, and fault %s names no device of the site", d.Step.Takes, d.Fault.ID)
		return
	}
	t.Domain = "rack " + dev.Rack
	switch d.Step.Takes {
	case remedy.PowerSupply:
		p, ok := d.g.Topology.port(t.Device, t.Part)
		if !ok || p.Feed == "" {
			d.refuse(Aim, false, do, "the record does not say which feed power port %q of %s draws from", t.Part, t.Device)
			return
		}
		t.Feeds, t.Domain = []string{t.Hall + "/" + p.Feed}, "feed "+t.Hall+"/"+p.Feed
	case remedy.Device:
		for _, p := range d.g.Topology.ports[t.Device] {
			if f := t.Hall + "/" + p.Feed; p.Feed != "" && !slices.Contains(t.Feeds, f) {
				t.Feeds = append(t.Feeds, f)
			}
		}
	}
}

// identity compares what the target says it is with the record. A machine that was not asked, or does not say, is refused.
func (d *decision) identity() {
	if !d.Step.Touches() {
		return
	}
	const do = "find out which machine answers there before anything is done to it"
	f, t := d.Found, d.target
	if f == nil {
		d.refuse(Identity, true, do, "the target has not been asked who it is")
		return
	}
	if f.At.After(d.Now) || d.Now.Sub(f.At) > askedFor {
		d.refuse(Identity, true, do, "the target was asked who it is too long ago")
		return
	}
	ok, said, want := false, "", ""
	switch d.Step.Kind {
	case remedy.Redfish:
		if t.Serial != "" {
			said, want = f.Serial, t.Serial
		} else {
			said, want = f.AssetTag, t.AssetTag
		}
		ok = remedy.Same(said, want)
	case remedy.Outlet:
		said, want = f.Name, "the name of "+t.Device
		ok = t.Named(said)
	case remedy.SetPoint:
		said, want = f.Name, t.Cooling
		ok = remedy.Same(said, want)
	case remedy.Drain:
		said, want = f.Name, t.Device
		ok = remedy.Same(said, want)
	}
	if !ok {
		if want == "" {
			want = "something, but the record has neither serial number nor asset tag"
		}
		d.refuse(Identity, false, do, "it says that it is %q, and should be %s", said, want)
	}
}

// bounds keeps a set-point within what the runbook declares, and each change small.
func (d *decision) bounds() {
	if d.Step.Kind != remedy.SetPoint {
		return
	}
	const do = "correct the bounds in " + remedy.FileName + ", or have a person set it"
	p := d.Step.Point
	want := p.Value
	if d.Restore != "" {
		v, err := strconv.ParseFloat(d.Restore, 64)
		if err != nil {
			d.refuse(Bounds, false, do, "what it was before is not known: %q", d.Restore)
			return
		}
		want = v
	}
	switch {
	case !(want >= p.Min && want <= p.Max):
		d.refuse(Bounds, false, do, "%g is outside its bounds, %g to %g", want, p.Min, p.Max)
	case d.Found == nil || d.Found.Value == nil || math.IsNaN(*d.Found.Value):
		d.refuse(Bounds, true, do, "what it is now is not known")
	case !d.Undo && !(math.Abs(want-*d.Found.Value) <= p.MaxStep):
		d.refuse(Bounds, false, do, "from %g to %g is more than %g at once", *d.Found.Value, want, p.MaxStep)
	}
}
