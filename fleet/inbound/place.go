package inbound

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/strict"
	"github.com/nightrounds/nightrounds/maps"
)

// ErrUnmappable says that an alarm is about nothing that the site has.
var ErrUnmappable = errors.New("cannot be mapped to a place")

// An Index finds things of a site by what people call them, whatever the case of letters.
type Index struct {
	devices map[string][]*maps.Device // by id, asset tag and serial number, each with what it is before it
	racks   map[string]*maps.Rack
	cooled  map[string][]Place // by cooling unit: one for each hall that has one of the name
}

// NewIndex indexes a site.
func NewIndex(s *maps.Site) *Index {
	x := &Index{devices: map[string][]*maps.Device{}, racks: map[string]*maps.Rack{}, cooled: map[string][]Place{}}
	add := func(key, v string, d *maps.Device) {
		if v != "" {
			key += "/" + strings.ToLower(v)
			x.devices[key] = append(x.devices[key], d)
		}
	}
	for _, h := range s.Halls {
		for _, r := range h.Racks() {
			x.racks[strings.ToLower(r.ID)] = r
			for _, d := range r.Devices {
				add("device", d.ID, d)
				add("asset_tag", d.AssetTag, d)
				add("serial", d.Serial, d)
			}
		}
		for _, c := range h.Cooling {
			key := strings.ToLower(c.ID)
			x.cooled[key] = append(x.cooled[key], Place{Hall: h.ID, Supply: c.ID, Racks: few(cooledBy(h, c))})
		}
	}
	return x
}

func cooledBy(h *maps.Hall, c maps.CoolingUnit) []string {
	var out []string
	for _, row := range h.Rows {
		for _, r := range row.Racks {
			if slices.Contains(r.CooledBy, c.ID) || len(r.CooledBy) == 0 && slices.Contains(c.Rows, row.ID) {
				out = append(out, r.ID)
			}
		}
	}
	return out
}

// few are three racks of many, far from one another: what warms them all warms them.
func few(racks []string) []string {
	if len(racks) <= 3 {
		return racks
	}
	return []string{racks[0], racks[len(racks)/2], racks[len(racks)-1]}
}

// named is the place of one thing of the site.
func (x *Index) named(device, rack, supply string) (Place, error) {
	switch {
	case device != "" && rack == "" && supply == "":
		return x.device("device", device)
	case rack != "" && device == "" && supply == "":
		return x.rack(rack)
	case supply != "" && device == "" && rack == "":
		return x.supply(supply)
	}
	return Place{}, errors.New("say one of device, rack or supply")
}

func (x *Index) device(by, v string) (Place, error) {
	for _, name := range spellings(by, v) {
		switch all := x.devices[by+"/"+name]; len(all) {
		case 0:
		case 1:
			d := all[0]
			return Place{Hall: x.racks[strings.ToLower(d.Rack)].Hall, Rack: d.Rack, Unit: d.Position, Device: d.ID}, nil
		default:
			return Place{}, fmt.Errorf("%d devices have %s %q", len(all), strings.ReplaceAll(by, "_", " "), strict.Clip(v))
		}
	}
	return Place{}, fmt.Errorf("the site has no device with %s %q", map[string]string{"device": "name", "asset_tag": "asset tag", "serial": "serial number"}[by], strict.Clip(v))
}

// spellings are what a name may stand for: monitoring systems add a port and a domain to the names of hosts.
func spellings(by, v string) []string {
	v = strings.ToLower(strings.TrimSpace(v))
	out := []string{v}
	if by != "device" {
		return out
	}
	if host, _, err := net.SplitHostPort(v); err == nil {
		v = host
		out = append(out, v)
	}
	if net.ParseIP(v) == nil { // the first number of an address is nobody's name
		first, _, _ := strings.Cut(v, ".")
		out = append(out, first)
	}
	return out
}

func (x *Index) rack(v string) (Place, error) {
	r, ok := x.racks[strings.ToLower(strings.TrimSpace(v))]
	if !ok {
		return Place{}, fmt.Errorf("the site has no rack %q", strict.Clip(v))
	}
	return Place{Hall: r.Hall, Rack: r.ID}, nil
}

func (x *Index) supply(v string) (Place, error) {
	switch all := x.cooled[strings.ToLower(strings.TrimSpace(v))]; {
	case len(all) == 0:
		return Place{}, fmt.Errorf("the site has no cooling unit %q", strict.Clip(v))
	case len(all) > 1:
		return Place{}, fmt.Errorf("%d halls have a cooling unit %q", len(all), strict.Clip(v))
	case len(all[0].Racks) == 0:
		return Place{}, fmt.Errorf("no rack is cooled by %q, as far as the site says", strict.Clip(v))
	default:
		return all[0], nil
	}
}

// Map finds the place of an alarm and what it may mean there. Its error is ErrUnmappable with what its labels said.
func (x *Index) Map(s *Source, a Alarm) (Alarm, error) {
	p, err := x.place(s, a.Labels)
	if err != nil {
		return a, fmt.Errorf("alarm %q %w: %w", strict.Clip(a.Name), ErrUnmappable, err)
	}
	kinds, face := s.kinds(a.Labels)
	p.Face = cmp.Or(face, p.Face)
	a.Source, a.Place = s.ID, p
	a.Claims = x.claims(p, kinds)
	return named(a), nil
}

// place is where labels say. What they say of several things must agree.
func (x *Index) place(s *Source, labels map[string]string) (Place, error) {
	said := map[string]string{}
	for _, part := range parts {
		for _, label := range s.labels[part] {
			said[part] = cmp.Or(said[part], labels[label])
		}
	}
	var found Place
	var errs []error
	for _, part := range []string{"asset_tag", "serial", "device", "rack", "supply"} {
		if said[part] == "" {
			continue
		}
		p, ok := s.names[strings.ToLower(said[part])]
		var err error
		if !ok {
			p, err = x.by(part, said[part])
		}
		switch {
		case err != nil:
			errs = append(errs, err)
		case found.Rack != "" && p.Rack != "" && found.Rack != p.Rack, found.Device != "" && p.Device != "" && found.Device != p.Device:
			return Place{}, fmt.Errorf("it names %s%s and %s%s, which is not one place", found.Rack, dash(found.Device), p.Rack, dash(p.Device))
		case found.Rack == "" && found.Supply == "" || found.Device == "" && p.Device != "":
			found = p
		}
	}
	if found.Rack == "" && found.Supply == "" {
		if len(errs) > 0 {
			return Place{}, errors.Join(errs...)
		}
		return Place{}, fmt.Errorf("it has none of the labels that name a place (%s)", strings.Join(slices.Concat(s.labels["device"], s.labels["rack"], s.labels["asset_tag"], s.labels["serial"], s.labels["supply"]), ", "))
	}
	return x.finer(found, said)
}

func dash(s string) string {
	if s == "" {
		return ""
	}
	return " " + s
}

func (x *Index) by(part, v string) (Place, error) {
	switch part {
	case "rack":
		return x.rack(v)
	case "supply":
		return x.supply(v)
	}
	return x.device(part, v)
}

// finer adds the unit, the face and the part that labels name.
func (x *Index) finer(p Place, said map[string]string) (Place, error) {
	if f := maps.Face(strings.ToLower(said["face"])); f == maps.Front || f == maps.Rear {
		p.Face = f
	}
	r := x.racks[strings.ToLower(p.Rack)]
	if n, err := strconv.Atoi(strings.TrimLeft(said["unit"], "uU ")); said["unit"] != "" && p.Device == "" && r != nil {
		if err != nil || n < 1 || n > r.Type.UHeight {
			return Place{}, fmt.Errorf("rack %s has no unit %q", p.Rack, strict.Clip(said["unit"]))
		}
		p.Unit = n
		for _, d := range r.Devices {
			if d.Position <= n && n < d.Position+max(d.Type.UHeight, 1) {
				p.Device, p.Unit = d.ID, d.Position
			}
		}
	}
	if d := x.at(p.Device); d != nil && slices.ContainsFunc(d.Type.LEDs, func(l maps.LED) bool { return l.Name == said["part"] }) {
		p.Part = said["part"]
	}
	return p, nil
}

func (x *Index) at(device string) *maps.Device {
	if all := x.devices["device/"+strings.ToLower(device)]; device != "" && len(all) == 1 {
		return all[0]
	}
	return nil
}

// claimable are the kinds of cause that a look can settle. What an alarm without a rule means is any of its place.
var claimable = []cause.Kind{
	cause.DeviceHot, cause.DeviceOff, cause.FanFailed, cause.DriveFailed, cause.PSUFailed, cause.MachineAlarm, cause.CoolingFailed, cause.CoolingWeak,
	cause.DoorOpen, cause.PanelGone, cause.Spill, cause.LoopLeak, cause.SwitchDown, cause.CableFault, cause.Recirculation, cause.OnBattery,
}

// claims are the causes of some kinds at a place; of all kinds that fit it where none is given.
func (x *Index) claims(p Place, kinds []cause.Kind) []cause.Cause {
	if len(kinds) == 0 {
		switch {
		case p.Supply != "":
			kinds = []cause.Kind{cause.CoolingFailed, cause.CoolingWeak}
		case p.Device != "":
			kinds = []cause.Kind{cause.DeviceHot, cause.DeviceOff, cause.FanFailed, cause.DriveFailed, cause.PSUFailed, cause.MachineAlarm}
		default:
			kinds = []cause.Kind{cause.Recirculation, cause.DoorOpen, cause.Spill}
		}
	}
	var out []cause.Cause
	for _, k := range kinds {
		out = append(out, x.claim(p, k)...)
	}
	return out
}

func (x *Index) claim(p Place, k cause.Kind) []cause.Cause {
	c := cause.Cause{Kind: k, Hall: p.Hall, Rack: p.Rack}
	r := x.racks[strings.ToLower(p.Rack)]
	switch k {
	case cause.CoolingFailed, cause.CoolingWeak:
		return x.cooling(p, k)
	case cause.DoorOpen:
		if p.Rack == "" {
			return nil
		}
		var out []cause.Cause
		for _, f := range doors(r, p.Face) {
			c.Face = f
			out = append(out, c)
		}
		return out
	case cause.PanelGone:
		if c.Unit, c.Face = p.Unit, maps.Front; p.Unit == 0 || r == nil {
			return nil
		}
		return []cause.Cause{c}
	case cause.Spill, cause.Recirculation:
		if r == nil {
			return nil
		}
		return []cause.Cause{c}
	case cause.LoopLeak:
		if r == nil || r.Loop == "" {
			return nil
		}
		return []cause.Cause{{Kind: k, Supply: r.Loop}}
	}
	return x.ofDevice(p, c)
}

// doors are the faces at which a door of a rack may be open: the one that an alarm names, else those that have one, as far as
// the site says.
func doors(r *maps.Rack, named maps.Face) []maps.Face {
	if named != "" {
		return []maps.Face{named}
	}
	var out []maps.Face
	for _, f := range []maps.Face{maps.Front, maps.Rear} {
		if r == nil || len(r.Doors) == 0 || slices.ContainsFunc(r.Doors, func(d maps.Door) bool { return d.Face == f }) {
			out = append(out, f)
		}
	}
	return out
}

// cooling are the claims of the cooling unit, or of those of a rack.
func (x *Index) cooling(p Place, k cause.Kind) []cause.Cause {
	if p.Supply != "" {
		return []cause.Cause{{Kind: k, Hall: p.Hall, Supply: p.Supply}}
	}
	r := x.racks[strings.ToLower(p.Rack)]
	if r == nil {
		return nil
	}
	var out []cause.Cause
	for _, id := range r.CooledBy {
		out = append(out, cause.Cause{Kind: k, Hall: p.Hall, Supply: id})
	}
	return out
}

// ofDevice are the claims of a device: of one part of it, or of each that a cause of the kind may be in.
func (x *Index) ofDevice(p Place, c cause.Cause) []cause.Cause {
	d := x.at(p.Device)
	if d == nil {
		return nil
	}
	c.Device, c.Unit = d.ID, d.Position
	prefix, parted := map[cause.Kind][]string{
		cause.DriveFailed: {"disk", "drive"}, cause.PSUFailed: {"psu"}, cause.CableFault: {"port", "link"}, cause.OnBattery: {"on-battery"},
	}[c.Kind]
	if !parted {
		return []cause.Cause{c}
	}
	var out []cause.Cause
	for _, l := range d.Type.LEDs {
		tells := slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool {
			return slices.ContainsFunc(prefix, func(s string) bool { return strings.HasPrefix(m.Kind, s) })
		})
		if tells && (p.Part == "" || p.Part == l.Name) {
			c.Part = l.Name
			out = append(out, c)
		}
	}
	return out
}
