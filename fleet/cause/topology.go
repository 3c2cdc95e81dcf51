package cause

import (
	"slices"
	"strings"

	"github.com/nightrounds/nightrounds/maps"
)

// A Topology is what of a site causes spread along, indexed. What the site does not say it does without: a device whose
// plugs are not known counts as fed by each of its feeds.
type Topology struct {
	racks   map[string]*maps.Rack
	devices map[string]*maps.Device
	tools   map[string]*maps.Instrument
	toolAt  map[string]string // instrument: rack
	views   map[string][]maps.Viewpoint
	summary map[*maps.DeviceType][]string // lights that tell of a device's health

	ports   map[supply][]port       // by what feeds them
	fed     map[string][]port       // by device
	cools   map[string][]*maps.Rack // by hall/cooling unit
	coolers map[string][]string     // rack: its cooling units
	units   map[string]bool
	loops   map[string][]string     // loop: hall/cooling unit
	loopOf  map[string][]string     // rack: its own loop and those of its cooling units
	liquid  map[string][]*maps.Rack // loop: racks that liquid runs to
	ups     map[string]string       // hall/feed: UPS
	below   map[string][]uplinked   // switch: what is linked to it
}

// A supply is one thing that feeds power ports: a PDU's outlet, a PDU, a phase of a feed, a feed or a UPS.
type supply struct {
	kind             Kind
	hall, name, part string
}

// A port is a power inlet of a device with its light. Sure is the probability that it hangs on the supply it is listed under:
// 1 where its plug is known.
type port struct {
	device *maps.Device
	light  string // empty when the device has none for it
	sure   float64
	alone  bool // its device hangs on nothing but the supply it is listed under
	from   maps.PowerPort
}

type uplinked struct {
	device, light string
}

// NewTopology indexes a site; the viewpoints are those from which robots can look.
func NewTopology(s *maps.Site, views []maps.Viewpoint) *Topology {
	t := &Topology{
		racks: map[string]*maps.Rack{}, devices: map[string]*maps.Device{}, tools: map[string]*maps.Instrument{}, toolAt: map[string]string{},
		views: map[string][]maps.Viewpoint{}, summary: map[*maps.DeviceType][]string{}, ports: map[supply][]port{}, fed: map[string][]port{}, cools: map[string][]*maps.Rack{},
		coolers: map[string][]string{}, units: map[string]bool{}, loops: map[string][]string{}, loopOf: map[string][]string{},
		liquid: map[string][]*maps.Rack{}, ups: map[string]string{}, below: map[string][]uplinked{},
	}
	for _, v := range views {
		t.views[v.Rack] = append(t.views[v.Rack], v)
	}
	for _, h := range s.Halls {
		for _, f := range h.Feeds {
			t.ups[h.ID+"/"+f.ID] = f.UPS
		}
		t.cooling(h)
		for _, r := range h.Racks() {
			t.rack(h, r)
		}
	}
	return t
}

func (t *Topology) cooling(h *maps.Hall) {
	for _, c := range h.Cooling {
		key := h.ID + "/" + c.ID
		t.units[key] = true
		if c.Loop != "" {
			t.loops[c.Loop] = append(t.loops[c.Loop], key)
		}
		for _, row := range h.Rows {
			for _, r := range row.Racks {
				if slices.Contains(r.CooledBy, c.ID) || len(r.CooledBy) == 0 && slices.Contains(c.Rows, row.ID) {
					t.cools[key] = append(t.cools[key], r)
					t.coolers[r.ID] = append(t.coolers[r.ID], key)
					t.onLoop(r.ID, c.Loop)
				}
			}
		}
	}
}

func (t *Topology) onLoop(rack, loop string) {
	if loop != "" && !slices.Contains(t.loopOf[rack], loop) {
		t.loopOf[rack] = append(t.loopOf[rack], loop)
	}
}

func (t *Topology) rack(h *maps.Hall, r *maps.Rack) {
	t.racks[r.ID] = r
	if r.Loop != "" {
		t.onLoop(r.ID, r.Loop)
		t.liquid[r.Loop] = append(t.liquid[r.Loop], r)
	}
	for i := range r.Instruments {
		t.tools[r.Instruments[i].ID], t.toolAt[r.Instruments[i].ID] = &r.Instruments[i], r.ID
	}
	for _, d := range r.Devices {
		t.devices[d.ID] = d
		if _, known := t.summary[d.Type]; !known {
			t.summary[d.Type] = tellers(d.Type, HealthLight)
		}
		t.plugs(h, r, d)
		for _, u := range d.Uplinks {
			t.below[u.To] = append(t.below[u.To], uplinked{d.ID, u.Port})
		}
	}
}

// plugs lists a device's power ports under all that feeds them.
func (t *Topology) plugs(h *maps.Hall, r *maps.Rack, d *maps.Device) {
	t.fed[d.ID] = portsOf(h, r, d)
	for _, p := range t.fed[d.ID] {
		for _, s := range t.feeders(h.ID, d.ID, p.from) {
			p.alone = t.single(d.ID, s)
			t.ports[s] = append(t.ports[s], p)
		}
	}
}

// feeders are the supplies that a port hangs on, nearest first.
func (t *Topology) feeders(hall, device string, p maps.PowerPort) []supply {
	out := []supply{{OutletLost, hall, device, p.Name}}
	if p.PDU != "" {
		out = append(out, supply{PDULost, hall, p.PDU, ""})
	}
	if p.Feed == "" {
		return out
	}
	if p.Phase != "" {
		out = append(out, supply{PhaseLost, hall, p.Feed, p.Phase})
	}
	out = append(out, supply{FeedLost, hall, p.Feed, ""})
	if u := t.ups[hall+"/"+p.Feed]; u != "" {
		out = append(out, supply{UPSLost, "", u, ""})
	}
	return out
}

// portsOf are a device's power ports: as the site has them, or else each of its lights for power supplies on each of its
// feeds, with the probability that it is that feed, by way of the PDU that its rack has of the feed.
func portsOf(h *maps.Hall, r *maps.Rack, d *maps.Device) []port {
	var out []port
	for _, p := range d.Power {
		light := p.Name
		if !hasLight(d, light) {
			light = ""
		}
		out = append(out, port{device: d, light: light, sure: 1, from: p})
	}
	if len(out) > 0 {
		return out
	}
	feeds := d.Feeds
	if feeds == nil {
		feeds = r.Feeds
	}
	lights := supplyLights(d)
	for _, f := range feeds {
		from := maps.PowerPort{Name: "feed-" + f, Feed: f}
		for _, p := range h.PDUs {
			if p.Rack == r.ID && p.Feed == f {
				from.PDU, from.Phase = p.ID, p.Phase
			}
		}
		for _, l := range lights {
			from.Name = l
			out = append(out, port{device: d, light: l, sure: 1 / float64(len(feeds)), from: from})
		}
		if len(lights) == 0 {
			out = append(out, port{device: d, sure: 1, from: from})
		}
	}
	return out
}

// supplyLights are the lights of a device that tell of a power supply.
func supplyLights(d *maps.Device) []string {
	var out []string
	for _, l := range d.Type.LEDs {
		if slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool { return strings.HasPrefix(m.Kind, "psu") }) {
			out = append(out, l.Name)
		}
	}
	return out
}

func hasLight(d *maps.Device, name string) bool {
	return slices.ContainsFunc(d.Type.LEDs, func(l maps.LED) bool { return l.Name == name })
}

// single says whether a device hangs on nothing but the supply, so that it goes dark with it.
func (t *Topology) single(device string, s supply) bool {
	ports := t.fed[device]
	if len(ports) == 0 {
		return false
	}
	hall := t.racks[t.devices[device].Rack].Hall
	for _, p := range ports {
		if !slices.Contains(t.feeders(hall, device, p.from), s) {
			return false
		}
	}
	return true
}

// standing is the spot of a device at its place; of a blanking panel that the record holds as a device, the panel's.
func (t *Topology) standing(device string) Spot {
	d, ok := t.devices[device]
	if ok && len(d.Type.LEDs) == 0 && strings.Contains(strings.ToLower(d.Type.Slug+d.Type.Model), "blank") {
		return Spot{Thing: Panel, Rack: d.Rack, Unit: d.Position}
	}
	return Spot{Thing: Standing, Device: device}
}

// Rack is the rack of a spot; empty for the plant and for what the site does not have.
func (t *Topology) Rack(s Spot) string {
	if s.Rack != "" {
		return s.Rack
	}
	if d, ok := t.devices[s.Device]; ok {
		return d.Rack
	}
	return t.toolAt[s.Device]
}

func (t *Topology) hallOf(rack string) string {
	if r, ok := t.racks[rack]; ok {
		return r.Hall
	}
	return ""
}

// quantity is what an instrument measures, in one word, as far as causes care.
func (t *Topology) quantity(instrument string) string {
	in, ok := t.tools[instrument]
	if !ok {
		return ""
	}
	text := strings.ToLower(in.Quantity)
	for _, q := range []string{"pressure", "flow", "temperature", "current", "level", "humidity"} {
		if strings.Contains(text, q) {
			return q
		}
	}
	return ""
}
