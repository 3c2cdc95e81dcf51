package maps

import (
	"cmp"
	"slices"
)

// means takes a light's states from the makers' table.
func (l *loader) means(f *ledFile, led *LED) {
	at := l.at(f.Means)
	if len(f.Normal)+len(f.Meanings) > 0 {
		at.fail("names the maker's row beside normal or meanings: leave out one")
	}
	kind := LightKind{Maker: f.Means.Maker, Family: f.Means.Family, LED: f.Means.LED}
	var ok bool
	if led.Normal, led.Meanings, ok = MeaningsOf(kind); !ok {
		at.fail("%q is not in the table of makers' lights: write normal and meanings", clip(kind.String()))
	}
}

// alternating checks a state of two colours; the first in the alphabet goes first.
func (l *loader) alternating(f *ledState) LEDState {
	at := l.at(f)
	if f.Other == f.Colour || !slices.Contains([]string{"red", "amber", "green", "blue", "white"}, f.Other) {
		at.field("other_colour").fail("%q is no second colour: want red, amber, green, blue or white", clip(f.Other))
	}
	between(at.field("rate_hz"), f.RateHz, 0, 15, "Hz of a change; 0 is any")
	return LEDState{Colour: min(f.Colour, f.Other), OtherColour: max(f.Colour, f.Other), Pattern: f.Pattern, RateHz: f.RateHz}
}

// material checks a part of a device's face that emits otherwise.
func (l *loader) material(f *materialFile, uHeight int) Material {
	at := l.at(f)
	m := Material{Face: l.face(at.field("face"), f.Face), XMM: f.XMM, YMM: f.YMM, WMM: f.WMM, HMM: f.HMM, Emissivity: f.Emissivity}
	between(at.field("emissivity"), f.Emissivity, 0.01, 1, "(no unit)")
	between(at.field("x_mm"), f.XMM, 0, PanelWidthM*1000-f.WMM, "mm from the device's left edge")
	between(at.field("y_mm"), f.YMM, 0, float64(uHeight)*UnitM*1000-f.HMM, "mm from the device's lower edge")
	between(at.field("w_mm"), f.WMM, 0.1, PanelWidthM*1000, "mm")
	between(at.field("h_mm"), f.HMM, 0.1, float64(uHeight)*UnitM*1000, "mm")
	return m
}

// fixtures checks what stands at a rack besides devices.
func (l *loader) fixtures(f *rackFile, r *Rack) {
	at := l.at(f)
	r.LiquidCooled, r.NumbersOnly = f.LiquidCooled, f.NumbersOnly
	for i := range f.Doors {
		l.door(&f.Doors[i], r)
	}
	for i, u := range f.BlankingPanels {
		p := at.field("blanking_panels").item(i)
		if r.Type != nil && (u < 1 || u > r.Type.UHeight) {
			p.fail("U%d is outside the rack: want U1 to U%d", u, r.Type.UHeight)
		}
		if k := slices.IndexFunc(r.Devices, func(d *Device) bool {
			return d.Face == Front && d.Position > 0 && u >= d.Position && u < d.Position+d.Type.UHeight
		}); k >= 0 {
			p.fail("U%d holds device %q: take the panel out", u, r.Devices[k].ID)
		}
		r.BlankingPanels = append(r.BlankingPanels, u)
	}
	for i := range f.Instruments {
		if in, ok := l.instrument(&f.Instruments[i], r); ok {
			r.Instruments = append(r.Instruments, in)
		}
	}
}

func (l *loader) door(f *doorFile, r *Rack) {
	at := l.at(f)
	d := Door{Face: l.face(at.field("face"), f.Face), Kind: f.Kind, Hinge: f.Hinge, GapM: cmp.Or(f.GapM, 0.04), NormallyOpen: f.NormallyOpen}
	if !slices.Contains([]string{PerforatedDoor, GlassDoor, SolidDoor}, f.Kind) {
		at.field("kind").fail("%q is no kind of door: want perforated, glass or solid", clip(f.Kind))
	}
	if f.Hinge != "left" && f.Hinge != "right" {
		at.field("hinge").fail("%q is no side: want left or right, as seen from before the face", clip(f.Hinge))
	}
	between(at.field("gap_m"), d.GapM, 0.005, 0.5, "m from the devices' fronts to the door")
	if r.DoorAt(d.Face) != nil {
		at.fail("the %s has a door already: take out one", d.Face)
		return
	}
	r.Doors = append(r.Doors, d)
}

// instrument checks a gauge or display.
func (l *loader) instrument(f *instrumentFile, r *Rack) (Instrument, bool) {
	at := l.at(f)
	named := l.id(at.field("id"), f.ID, l.devices)
	in := Instrument{
		ID: f.ID, Face: l.face(at.field("face"), f.Face), Kind: f.Kind, Quantity: f.Quantity, Unit: f.Unit, X: f.X, Y: f.Y,
		DiameterM: f.DiameterM, Min: f.Min, Max: f.Max, MinDeg: f.MinDeg, MaxDeg: f.MaxDeg,
		WidthM: f.WidthM, HeightM: f.HeightM, Digits: f.Digits, Decimals: f.Decimals, Low: f.Low, High: f.High,
	}
	if r.Type != nil {
		between(at.field("x"), f.X, 0, r.Type.WidthM, "m from the face's left edge")
		between(at.field("y"), f.Y, 0, r.Type.BaseM+float64(r.Type.UHeight)*UnitM+0.3, "m above the floor")
	}
	if f.Low != nil && f.High != nil && *f.Low >= *f.High {
		at.field("low").fail("%g is not below high, %g", *f.Low, *f.High)
	}
	switch f.Kind {
	case Gauge:
		between(at.field("diameter_m"), f.DiameterM, 0.015, 0.5, "m")
		between(at.field("min_deg"), f.MinDeg, -360, 360, "° clockwise from straight up")
		if f.Max <= f.Min {
			at.field("max").fail("%g is not above min, %g", f.Max, f.Min)
		}
		between(at.field("max_deg"), f.MaxDeg, f.MinDeg+20, f.MinDeg+360, "° clockwise from straight up, beyond min_deg")
	case Display:
		between(at.field("width_m"), f.WidthM, 0.005, 1, "m")
		between(at.field("height_m"), f.HeightM, 0.003, 0.5, "m")
		between(at.field("digits"), float64(f.Digits), 1, 12, "digits")
		between(at.field("decimals"), float64(f.Decimals), 0, float64(max(0, f.Digits-1)), "digits after the point")
	default:
		at.field("kind").fail("%q is no kind of instrument: want gauge or display", clip(f.Kind))
	}
	return in, named
}
