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
	return TargetOfRack(r, v)
}

// TargetOfRack says what a look from a viewpoint must know of the rack that it shows.
func TargetOfRack(r *maps.Rack, v maps.Viewpoint) (Target, error) {
	if v.Face != maps.Front && v.Face != maps.Rear {
		return Target{}, fmt.Errorf("target of viewpoint %s: a rack has no face %q", v.ID, v.Face)
	}
	t := Target{
		Rack: r.ID, Face: v.Face, WidthM: r.Type.WidthM, BaseM: r.Type.BaseM, UHeight: r.Type.UHeight,
		FromU: v.FromU, ToU: v.ToU, TagSizeM: r.Type.TagSizeM, ASHRAE: r.ASHRAEClass,
		Door: r.DoorAt(v.Face), WatchFloor: r.LiquidCooled && v.FromU == 1, NumbersOnly: r.NumbersOnly,
	}
	for _, u := range r.BlankingPanels {
		if u >= v.FromU && u <= v.ToU {
			t.BlankingPanels = append(t.BlankingPanels, u)
		}
	}
	for _, in := range r.Instruments {
		if u := 1 + int((in.Y-r.Type.BaseM)/maps.UnitM); in.Face == v.Face && u >= v.FromU-1 && u <= v.ToU+1 {
			t.Instruments = append(t.Instruments, in)
		}
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
	for _, m := range kind.Thermal.Materials {
		if m.Face == s.DeviceFace {
			at := maps.Point{X: s.Min.X + m.XMM/1000, Y: s.Min.Y + m.YMM/1000}
			d.Materials = append(d.Materials, TargetMaterial{
				Min: at, Max: maps.Point{X: at.X + m.WMM/1000, Y: at.Y + m.HMM/1000}, Emissivity: m.Emissivity,
			})
		}
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

// DeviceAt names the device that a point of the face lies on, m. A point that is no farther than twice sigma, m, from a
// device's border says nothing.
func (t Target) DeviceAt(x, y, sigma float64) (TargetDevice, bool) {
	for _, d := range t.Devices {
		if x >= d.Min.X-sigma && x <= d.Max.X+sigma && y >= d.Min.Y+2*sigma && y < d.Max.Y-2*sigma {
			return d, true
		}
	}
	return TargetDevice{}, false
}
