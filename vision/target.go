package vision

import (
	"fmt"

	"github.com/nightrounds/nightrounds/maps"
)

// TargetOf says what a look from a viewpoint must know of the rack before it.
func TargetOf(site *maps.Site, v maps.Viewpoint) (Target, error) {
	r := rackOf(site, v.Rack)
	if r == nil {
		return Target{}, fmt.Errorf("target of viewpoint %s: the site has no rack %q", v.ID, v.Rack)
	}
	if v.Face != maps.Front && v.Face != maps.Rear {
		return Target{}, fmt.Errorf("target of viewpoint %s: a rack has no face %q", v.ID, v.Face)
	}
	t := Target{
		Rack: r.ID, Face: v.Face, WidthM: r.Type.WidthM, BaseM: r.Type.BaseM, UHeight: r.Type.UHeight,
		FromU: v.FromU, ToU: v.ToU, TagSizeM: r.Type.TagSizeM, ASHRAE: r.ASHRAEClass,
	}
	for _, tag := range r.Tags(v.Face) {
		t.Tags = append(t.Tags, TargetTag(tag))
	}
	for _, s := range r.Shown(v.Face) {
		t.Devices = append(t.Devices, targetDevice(s))
	}
	return t, nil
}

// targetDevice flattens a device as it shows.
func targetDevice(s maps.ShownDevice) TargetDevice {
	kind := s.Device.Type
	d := TargetDevice{
		ID: s.Device.ID, Type: kind.Slug, Unit: s.Device.Position, UHeight: kind.UHeight, Min: s.Min, Max: s.Max,
		Emissivity: kind.Thermal.Emissivity, SurfaceMaxC: kind.Thermal.SurfaceMaxC,
	}
	if s.DeviceFace == maps.Rear {
		d.RiseK = kind.Thermal.TypicalRiseK
	}
	for _, l := range s.LEDs() {
		at := s.LEDAt(l)
		d.LEDs = append(d.LEDs, TargetLED{
			Name: l.Name, X: at.X, Y: at.Y, DiameterM: l.DiameterMM / 1000, Normal: l.Normal, Meanings: l.Meanings,
		})
	}
	return d
}

// rackOf finds a rack of the site; nil when there is none.
func rackOf(site *maps.Site, id string) *maps.Rack {
	for _, h := range site.Halls {
		for _, row := range h.Rows {
			for _, r := range row.Racks {
				if r.ID == id {
					return r
				}
			}
		}
	}
	return nil
}

// Bare lists the units of the stretch that no device fills, lowest first.
func (t Target) Bare() []int {
	filled := map[int]bool{}
	for _, d := range t.Devices {
		for u := d.Unit; u < d.Unit+d.UHeight; u++ {
			filled[u] = true
		}
	}
	var bare []int
	for u := t.FromU; u <= t.ToU; u++ {
		if !filled[u] {
			bare = append(bare, u)
		}
	}
	return bare
}

// device finds a device of the target by its ID.
func (t Target) device(id string) (TargetDevice, bool) {
	for _, d := range t.Devices {
		if d.ID == id {
			return d, true
		}
	}
	return TargetDevice{}, false
}
