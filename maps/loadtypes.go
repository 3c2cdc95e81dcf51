package maps

import (
	"math"
	"slices"
	"strings"
)

func (l *loader) rackType(f *rackTypeFile, taken map[string]place) {
	at := l.at(f)
	if !l.id(at.field("id"), f.ID, taken) {
		return
	}
	t := &RackType{ID: f.ID, UHeight: f.UHeight, WidthM: f.WidthM, DepthM: f.DepthM, BaseM: f.BaseM, TagSizeM: f.TagSizeM}
	between(at.field("u_height"), float64(f.UHeight), 1, 100, "units")
	between(at.field("width_m"), f.WidthM, PanelWidthM, 2, "m")
	between(at.field("depth_m"), f.DepthM, 0.1, 3, "m")
	between(at.field("base_m"), f.BaseM, 0, 1, "m")
	if len(f.TagPlaces) > 0 {
		between(at.field("tag_size_m"), f.TagSizeM, 0.01, 0.5, "m")
	}
	top := f.BaseM + float64(f.UHeight)*UnitM + 0.3 // a cabinet's roof
	for i, p := range f.TagPlaces {
		half := f.TagSizeM / 2
		if p.X < half || p.X > f.WidthM-half || p.Y < half || p.Y > top {
			at.field("tag_places").item(i).fail("a tag of %g m at %g, %g sticks out of the face: move it inside", f.TagSizeM, p.X, p.Y)
		}
		for j, q := range f.TagPlaces[:i] {
			if math.Max(math.Abs(p.X-q.X), math.Abs(p.Y-q.Y)) < f.TagSizeM {
				at.field("tag_places").item(i).fail("overlaps place %d: move one", j)
			}
		}
		t.TagPlaces = append(t.TagPlaces, Point(p))
	}
	l.site.RackTypes[t.ID] = t
}

// between fails when a number that was given is outside its range.
func between(at place, v, low, high float64, unit string) {
	if v < low || v > high {
		at.fail("%g is out of range: want %g to %g %s", v, low, high, unit)
	}
}

// airflows are NetBox's (dcim choices DeviceAirflowChoices).
var airflows = []string{
	"", "front-to-rear", "rear-to-front", "left-to-right", "right-to-left", "side-to-rear", "rear-to-side",
	"bottom-to-top", "top-to-bottom", "passive", "mixed",
}

func (l *loader) deviceType(f *deviceTypeFile, taken map[string]place) {
	at := l.at(f)
	if !l.id(at.field("slug"), f.Slug, taken) {
		return
	}
	t := &DeviceType{
		Manufacturer: f.Manufacturer, Model: f.Model, Slug: f.Slug, UHeight: int(f.UHeight),
		IsFullDepth: f.IsFullDepth != nil && *f.IsFullDepth, Airflow: f.Airflow,
		Thermal: ThermalLimits{Emissivity: 0.9, SurfaceMaxC: 60},
	}
	if f.UHeight != math.Trunc(f.UHeight) {
		at.field("u_height").fail("%g: half units are not supported: round up to a whole unit", f.UHeight)
	} else {
		between(at.field("u_height"), f.UHeight, 0, 60, "units; 0 is not in the rails")
	}
	if !slices.Contains(airflows, f.Airflow) {
		at.field("airflow").fail("%q is not one of %s", clip(f.Airflow), strings.Join(airflows[1:], ", "))
	}
	if f.Thermal != nil {
		th := l.at(f.Thermal)
		between(th.field("emissivity"), f.Thermal.Emissivity, 0.01, 1, "(no unit)")
		between(th.field("surface_max_c"), f.Thermal.SurfaceMaxC, 0, 300, "°C")
		between(th.field("typical_rise_k"), f.Thermal.TypicalRiseK, 0, 100, "K")
		t.Thermal = ThermalLimits{
			Emissivity: f.Thermal.Emissivity, SurfaceMaxC: f.Thermal.SurfaceMaxC, TypicalRiseK: f.Thermal.TypicalRiseK,
		}
		for i := range f.Thermal.Materials {
			t.Thermal.Materials = append(t.Thermal.Materials, l.material(&f.Thermal.Materials[i], t.UHeight))
		}
	}
	names := map[string]bool{}
	for i := range f.LEDs {
		led := &f.LEDs[i]
		if led.Name != "" && names[led.Name] {
			l.at(led).field("name").fail("%q is already taken: give each LED of a type its own name", clip(led.Name))
		}
		names[led.Name] = true
		t.LEDs = append(t.LEDs, l.led(led, t.UHeight))
	}
	l.site.DeviceTypes[t.Slug] = t
}

func (l *loader) led(f *ledFile, uHeight int) LED {
	at := l.at(f)
	led := LED{Name: f.Name, Face: l.face(at.field("face"), f.Face), XMM: f.XMM, YMM: f.YMM, DiameterMM: f.DiameterMM}
	between(at.field("diameter_mm"), f.DiameterMM, 0.5, 50, "mm")
	between(at.field("x_mm"), f.XMM, f.DiameterMM/2, PanelWidthM*1000-f.DiameterMM/2, "mm from the device's left edge")
	between(at.field("y_mm"), f.YMM, f.DiameterMM/2, float64(uHeight)*UnitM*1000-f.DiameterMM/2, "mm from the device's lower edge")
	if f.Means != nil {
		l.means(f, &led)
		return led
	}
	if len(f.Normal) == 0 && at.field("normal").node == at.node {
		at.fail("says neither normal nor means: give the states that are in order, or the maker's row")
	}
	for i := range f.Normal {
		led.Normal = append(led.Normal, l.ledState(&f.Normal[i]))
		if f.Normal[i].Kind != "" || f.Normal[i].Severity != "" {
			l.at(&f.Normal[i]).fail("a normal state has no kind or severity: move it to meanings or take them out")
		}
	}
	for i := range f.Meanings {
		m := &f.Meanings[i]
		state := l.ledState(m)
		if !thingID.MatchString(m.Kind) {
			l.at(m).field("kind").fail("%q is no kind: write one as disk-failed", clip(m.Kind))
		}
		switch m.Severity {
		case "info", "warning", "critical":
		default:
			l.at(m).field("severity").fail("%q is no severity: want info, warning or critical", clip(m.Severity))
		}
		if slices.Contains(led.Normal, state) {
			l.at(m).fail("the state is also normal: take out one")
		}
		led.Meanings = append(led.Meanings, LEDMeaning{LEDState: state, Kind: m.Kind, Meaning: m.Meaning, Severity: m.Severity})
	}
	return led
}

func (l *loader) ledState(f *ledState) LEDState {
	at := l.at(f)
	switch f.Pattern {
	case "":
	case "off":
		if f.Colour != "" {
			at.field("colour").fail("a light that is off has no colour: take it out")
		}
	case "solid", "blink", "irregular", "alternating":
		if !slices.Contains([]string{"red", "amber", "green", "blue", "white"}, f.Colour) {
			at.field("colour").fail("%q is no colour: want red, amber, green, blue or white", clip(f.Colour))
		}
	default:
		at.field("pattern").fail("%q is no pattern: want off, solid, blink, irregular or alternating", clip(f.Pattern))
	}
	if f.Pattern == "alternating" {
		return l.alternating(f)
	}
	if f.Other != "" {
		at.field("other_colour").fail("only alternating has a second colour: take it out")
	}
	if f.Pattern == "blink" {
		between(at.field("rate_hz"), f.RateHz, 0.1, 15, "Hz of a blink")
	} else if f.RateHz != 0 {
		at.field("rate_hz").fail("only a blink has a rate: take it out")
	}
	return LEDState{Colour: f.Colour, Pattern: f.Pattern, RateHz: f.RateHz}
}

func (l *loader) face(at place, face string) Face {
	if f := Face(face); face != "" && f != Front && f != Rear {
		at.fail("%q is no face: want front or rear", clip(face))
	}
	return Face(face)
}
