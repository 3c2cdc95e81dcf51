package gallery

import (
	"fmt"
	"math/rand/v2"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/gallery/props"
)

// A maker's house style: what its lights mean. Colour is relative to the maker (led_semantics of real products: amber is
// activity at one, red "outlet on" at another, blue "healthy" at a third).
type maker struct {
	name  string
	role  map[string]role
	bezel [3]float32 // linear light
}

// A role is what one kind of light can show.
type role struct {
	normal   []maps.LEDState
	meanings []maps.LEDMeaning
}

func solid(colour string) maps.LEDState { return maps.LEDState{Colour: colour, Pattern: "solid"} }
func busy(colour string) maps.LEDState  { return maps.LEDState{Colour: colour, Pattern: "irregular"} }
func dark() maps.LEDState               { return maps.LEDState{Pattern: "off"} }

func blink(colour string, hz float64) maps.LEDState {
	return maps.LEDState{Colour: colour, Pattern: "blink", RateHz: hz}
}

func alternate(a, b string, hz float64) maps.LEDState {
	return maps.LEDState{Colour: min(a, b), OtherColour: max(a, b), Pattern: "alternating", RateHz: hz}
}

func tells(s maps.LEDState, severity, kind string) maps.LEDMeaning {
	return maps.LEDMeaning{LEDState: s, Kind: kind, Severity: severity, Meaning: kind}
}

// makers returns the house styles.
func makers() []maker {
	identify := role{[]maps.LEDState{dark()}, []maps.LEDMeaning{tells(solid("blue"), "info", "identify"), tells(blink("blue", 1), "info", "identify")}}
	port := role{
		[]maps.LEDState{solid("green"), busy("green"), dark()},
		[]maps.LEDMeaning{tells(solid("amber"), "warning", "port-degraded"), tells(blink("amber", 1), "warning", "port-failed")},
	}
	return []maker{
		{"Aldera", map[string]role{
			"health": {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(blink("amber", 1), "warning", "health-degraded"), tells(blink("red", 1), "critical", "health-critical")}},
			"power":  {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(solid("amber"), "info", "power-standby"), tells(blink("green", 1), "info", "power-note"), tells(dark(), "critical", "power-lost")}},
			"uid":    identify, "port": port,
			"disk": {[]maps.LEDState{solid("green"), busy("green")}, []maps.LEDMeaning{
				tells(solid("amber"), "critical", "disk-failed"), tells(blink("amber", 1), "warning", "disk-predicted"),
				tells(blink("green", 1), "info", "disk-rebuilding"), tells(alternate("amber", "green", 1), "critical", "disk-failed")}},
			"psu": {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(dark(), "critical", "psu-failed"), tells(blink("green", 1), "info", "psu-note"), tells(solid("amber"), "critical", "psu-failed")}},
		}, [3]float32{0.03, 0.03, 0.034}},
		{"Borealis", map[string]role{
			"health": {[]maps.LEDState{solid("blue")}, []maps.LEDMeaning{tells(blink("amber", 2), "warning", "health-degraded"), tells(solid("amber"), "critical", "health-critical"), tells(blink("blue", 1), "info", "identify")}},
			"power":  {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(dark(), "critical", "power-lost"), tells(blink("green", 0.5), "info", "power-standby")}},
			"uid":    identify, "port": port,
			"disk": {[]maps.LEDState{solid("green"), busy("green"), dark()}, []maps.LEDMeaning{
				tells(blink("amber", 4), "critical", "disk-failed"), tells(alternate("amber", "green", 0.5), "warning", "disk-predicted"),
				tells(blink("green", 2), "info", "identify")}},
			"psu": {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(blink("amber", 1), "critical", "psu-failed"), tells(dark(), "critical", "psu-failed")}},
		}, [3]float32{0.12, 0.12, 0.125}},
		{"Cinder", map[string]role{
			"health": {[]maps.LEDState{dark()}, []maps.LEDMeaning{tells(solid("red"), "critical", "overheated"), tells(blink("red", 1), "critical", "fan-failed"), tells(blink("red", 0.25), "critical", "psu-failed"), tells(solid("blue"), "info", "identify"), tells(blink("red", 10), "critical", "health-critical")}},
			"power":  {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(dark(), "critical", "power-lost")}},
			"uid":    identify,
			"port":   {[]maps.LEDState{solid("green"), busy("amber"), dark()}, []maps.LEDMeaning{tells(solid("red"), "warning", "port-failed")}},
			"disk": {[]maps.LEDState{solid("blue"), busy("amber")}, []maps.LEDMeaning{
				tells(solid("red"), "critical", "disk-failed"), tells(blink("red", 4), "info", "identify"), tells(blink("red", 1), "warning", "disk-rebuilding")}},
			"psu": {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(solid("amber"), "critical", "psu-failed")}},
		}, [3]float32{0.05, 0.05, 0.05}},
		{"Dorado", map[string]role{
			"health": {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(solid("amber"), "critical", "health-critical"), tells(blink("green", 1), "info", "health-note")}},
			"power":  {[]maps.LEDState{solid("white"), solid("green")}, []maps.LEDMeaning{tells(blink("white", 1), "info", "power-standby"), tells(dark(), "critical", "power-lost")}},
			"uid":    {[]maps.LEDState{dark()}, []maps.LEDMeaning{tells(solid("white"), "info", "identify")}},
			"port":   port,
			"disk":   {[]maps.LEDState{solid("green"), busy("green")}, []maps.LEDMeaning{tells(solid("red"), "critical", "disk-failed"), tells(blink("amber", 0.25), "warning", "disk-degraded"), tells(blink("red", 2), "warning", "disk-predicted")}},
			"psu":    {[]maps.LEDState{solid("green")}, []maps.LEDMeaning{tells(solid("red"), "critical", "psu-failed"), tells(blink("red", 1), "warning", "psu-degraded")}},
			"outlet": {[]maps.LEDState{solid("red")}, []maps.LEDMeaning{tells(solid("green"), "info", "outlet-note"), tells(blink("green", 1), "critical", "outlet-tripped")}},
		}, [3]float32{0.25, 0.25, 0.26}},
	}
}

// A kind is a device type as it is, whether or not the site's model declares its lights.
type kind struct {
	typ     *maps.DeviceType
	leds    []maps.LED
	plan    string // server, storage, switch, pdu
	bezel   [3]float32
	seed    uint64
	picture *props.Layer // of a real device's front; nil: it is drawn
}

// newKinds makes the device types of one rack.
func newKinds(rng *rand.Rand) []*kind {
	houses := makers()
	n := 6 + rng.IntN(5)
	kinds := make([]*kind, 0, n)
	for i := range n {
		m := houses[rng.IntN(len(houses))]
		k := &kind{plan: []string{"server", "server", "server", "storage", "switch", "pdu"}[rng.IntN(6)], seed: rng.Uint64(), bezel: m.bezel}
		if _, ok := m.role["outlet"]; !ok && k.plan == "pdu" {
			k.plan = "server"
		}
		height := map[string]int{"server": 1 + rng.IntN(2), "storage": 2 + 2*rng.IntN(2), "switch": 1, "pdu": 1}[k.plan]
		k.typ = &maps.DeviceType{
			Manufacturer: m.name, Model: fmt.Sprintf("%s %d", k.plan, i), Slug: fmt.Sprintf("%s-%s-%d", m.name, k.plan, i),
			UHeight: height, IsFullDepth: true, Airflow: "front-to-rear",
			Thermal: maps.ThermalLimits{Emissivity: 0.86 + 0.09*rng.Float64(), SurfaceMaxC: 65, TypicalRiseK: 6 + 8*rng.Float64()},
		}
		if rng.Float64() < 0.3 {
			k.typ.Thermal.Materials = []maps.Material{{Face: maps.Front, XMM: 200 + 60*rng.Float64(), YMM: 6, WMM: 60, HMM: 20, Emissivity: 0.15}}
		}
		k.leds = k.lights(rng, m)
		if rng.Float64() >= 0.1 {
			k.typ.LEDs = k.leds
		}
		kinds = append(kinds, k)
	}
	return kinds
}

// lights lays out a kind's lights on its faces, at least 7 mm apart.
func (k *kind) lights(rng *rand.Rand, m maker) []maps.LED {
	size := 2.5 + 2.5*rng.Float64()
	top := float64(k.typ.UHeight) * maps.UnitM * 1000
	var leds []maps.LED
	add := func(name, what string, face maps.Face, x, y float64) {
		r := m.role[what]
		leds = append(leds, maps.LED{Name: name, Face: face, XMM: x, YMM: y, DiameterMM: size, Normal: r.normal, Meanings: r.meanings})
	}
	for i, what := range []string{"power", "health", "uid"} {
		add(what, what, maps.Front, 466, 9+float64(i)*12)
	}
	switch k.plan {
	case "server", "storage":
		n := 4 + rng.IntN(7)
		if k.plan == "storage" {
			n = 12 + rng.IntN(13)
		}
		for i := range n {
			y := 7.0
			if k.typ.UHeight > 1 && k.plan == "server" && i%2 == 1 {
				y = top/2 + 7
			}
			add(fmt.Sprintf("disk%d", i+1), "disk", maps.Front, 32+400*float64(i)/float64(n), y)
		}
	case "switch":
		n := 24 * (1 + rng.IntN(2))
		for i := range n {
			add(fmt.Sprintf("port%d", i+1), "port", maps.Front, 30+400*float64(i/2)/float64(n/2), 8+28*float64(i%2))
		}
	case "pdu":
		for i := range 8 {
			add(fmt.Sprintf("outlet%d", i+1), "outlet", maps.Front, 40+50*float64(i), 36)
		}
	}
	add("psu1", "psu", maps.Rear, 60, 12)
	add("psu2", "psu", maps.Rear, 150, 12)
	if k.plan != "pdu" {
		x := 250 + 120*rng.Float64()
		add("nic1", "port", maps.Rear, x, 30)
		add("nic2", "port", maps.Rear, x+18, 30)
		add("uid-rear", "uid", maps.Rear, x+60, 14)
	}
	return leds
}
