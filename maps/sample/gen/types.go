package main

import (
	"fmt"
	"strings"
)

// A deviceType is one entry of device_types. Where lights sit is plausible, not measured; what they mean follows the
// makers' manuals for the family named.
type deviceType struct {
	maker, model, slug string
	prefix             string // of its serial numbers
	role               string // in its devices' ids
	units              int
	shallow            bool // not full depth
	airflow            string
	emissivity         float64
	surfaceMaxC        float64
	riseK              float64
	leds               []led
}

type led struct {
	name   string
	face   string
	x, y   float64 // mm
	signal signal
}

// A signal is what a light shows: normal states, and meanings of others, as flow mappings without braces.
type signal struct {
	normal   []string
	meanings []string
}

// state is a light's state; rate only of a blink.
func state(colour, pattern string, rateHz float64) string {
	switch {
	case pattern == "off":
		return "pattern: off"
	case rateHz > 0:
		return fmt.Sprintf("colour: %s, pattern: %s, rate_hz: %g", colour, pattern, rateHz)
	}
	return fmt.Sprintf("colour: %s, pattern: %s", colour, pattern)
}

func tells(state, kind, severity, meaning string) string {
	return fmt.Sprintf("%s, kind: %s, severity: %s, meaning: %q", state, kind, severity, meaning)
}

const dark = "pattern: off"

func normal(states ...string) []string { return states }

// Signals, each with the family whose manual it follows.
var (
	// HPE ProLiant Gen10/11 front panel.
	hpeHealth = signal{normal(state("green", "solid", 0)), []string{
		tells(state("amber", "blink", 1), "health-degraded", "warning", "system degraded"),
		tells(state("red", "blink", 1), "health-critical", "critical", "system critical"),
	}}
	hpePower = signal{normal(state("green", "solid", 0)), []string{
		tells(state("amber", "solid", 0), "power-standby", "info", "system in standby"),
		tells(dark, "power-lost", "critical", "no power present"),
	}}
	hpeUID = signal{normal(dark), []string{
		tells(state("blue", "solid", 0), "identify", "info", "UID activated"),
		tells(state("blue", "blink", 1), "identify", "info", "remote management or firmware upgrade in progress"),
	}}
	// HPE Smart Carrier (Gen9 to Gen11).
	hpeDisk = signal{normal(state("green", "solid", 0)), []string{
		tells(state("amber", "solid", 0), "disk-failed", "critical", "drive failed"),
		tells(state("amber", "blink", 1), "disk-predicted", "warning", "not configured, predicted failure"),
		tells(state("green", "blink", 1), "disk-rebuilding", "info", "rebuilding, migrating or expanding"),
	}}
	// Dell PowerEdge AC/DC power supply handle.
	handlePSU = signal{normal(state("green", "solid", 0)), []string{
		tells(state("amber", "blink", 1), "psu-failed", "critical", "problem with the power supply"),
		tells(state("amber", "solid", 0), "psu-failed", "critical", "power supply failed"),
		tells(dark, "psu-input-lost", "warning", "power not connected"),
	}}
	// Lenovo ThinkSystem SR6xx V1 to V3.
	lenovoError = signal{normal(dark), []string{
		tells(state("amber", "solid", 0), "health-critical", "critical", "an error has occurred"),
	}}
	lenovoPower = signal{normal(state("green", "solid", 0)), []string{
		tells(state("green", "blink", 1), "power-standby", "info", "standby, ready to power on"),
		tells(dark, "power-lost", "critical", "no power, or power supply failed"),
	}}
	lenovoNet  = signal{normal(state("green", "irregular", 0), state("green", "solid", 0), dark), nil}
	lenovoDisk = signal{normal(dark), []string{
		tells(state("amber", "solid", 0), "disk-failed", "critical", "drive fault: leftover, failed or locked out"),
		tells(state("amber", "blink", 0.5), "identify", "info", "identify drive"),
	}}
	// Supermicro X11 to X13 control panel: amber drive activity is in good order.
	smInfo = signal{normal(dark), []string{
		tells(state("red", "solid", 0), "health-critical", "critical", "overheated"),
		tells(state("red", "blink", 1), "fan-failed", "critical", "fan failure"),
		tells(state("blue", "solid", 0), "identify", "info", "UID activated locally"),
	}}
	smPower    = signal{normal(state("green", "solid", 0)), []string{tells(dark, "power-lost", "critical", "DC power off")}}
	smActivity = signal{normal(state("amber", "irregular", 0), state("amber", "solid", 0), dark), nil}
	smFail     = signal{normal(dark), []string{tells(state("amber", "solid", 0), "psu-failed", "critical", "power failure")}}
	// Dell PowerVault ME4/ME5 operator's panel and carriers: blue health is in good order.
	mePower  = signal{normal(state("green", "solid", 0)), []string{tells(dark, "power-lost", "critical", "no power supply delivers")}}
	meHealth = signal{normal(state("blue", "solid", 0)), []string{
		tells(state("blue", "blink", 2), "health-busy", "info", "enclosure management busy"),
		tells(state("amber", "solid", 0), "health-critical", "critical", "module fault"),
	}}
	meDisk = signal{normal(dark), []string{tells(state("amber", "solid", 0), "disk-failed", "critical", "drive fault")}}
	mePSU  = signal{normal(dark), []string{tells(state("amber", "solid", 0), "psu-failed", "critical", "IOM, fan or PSU module fault")}}
	// Arista 7010/7050/7280, 1 RU.
	aristaSystem = signal{normal(state("green", "solid", 0)), []string{
		tells(state("red", "solid", 0), "health-critical", "critical", "PSU or fan missing or failed"),
		tells(state("blue", "solid", 0), "identify", "info", "locator active"),
	}}
	aristaFan = signal{normal(state("green", "solid", 0)), []string{tells(state("red", "solid", 0), "fan-failed", "critical", "one or more fans missing or failed")}}
	aristaPSU = signal{normal(state("green", "solid", 0)), []string{
		tells(state("red", "solid", 0), "psu-failed", "critical", "failed"),
		tells(dark, "psu-input-lost", "critical", "not inserted or not powered"),
	}}
	aristaPort = signal{normal(state("green", "solid", 0), state("green", "irregular", 0), dark), []string{
		tells(state("amber", "blink", 1), "port-failed", "warning", "port failed diagnostics"),
	}}
	// Juniper EX/QFX ALM and EX4000 SYS.
	juniperAlarm = signal{normal(dark), []string{
		tells(state("red", "solid", 0), "health-critical", "critical", "major alarm: critical error, immediate action"),
		tells(state("amber", "solid", 0), "health-degraded", "warning", "minor alarm: monitor or maintain"),
	}}
	juniperSys = signal{normal(state("green", "solid", 0)), []string{tells(state("green", "blink", 1), "booting", "info", "booting")}}
	// NVIDIA SN2201.
	nvidiaSystem = signal{normal(state("green", "solid", 0)), []string{tells(state("red", "solid", 0), "health-critical", "critical", "major error")}}
	nvidiaFan    = signal{normal(state("green", "solid", 0)), []string{tells(state("red", "solid", 0), "fan-failed", "critical", "fan fault")}}
	// Raritan PX: red means that the outlet is on.
	outlet = signal{normal(state("red", "solid", 0)), []string{
		tells(state("green", "solid", 0), "outlet-off", "info", "outlet off"),
		tells(state("red", "blink", 1), "outlet-overload", "warning", "outlet reached upper current threshold"),
	}}
	// Plausible, of no maker's manual.
	upsOnline  = signal{normal(state("green", "solid", 0)), []string{tells(state("amber", "solid", 0), "on-battery", "critical", "on battery")}}
	upsBattery = signal{normal(dark), []string{tells(state("red", "solid", 0), "battery-failed", "warning", "replace battery")}}
	plainPower = signal{normal(state("green", "solid", 0)), []string{tells(dark, "power-lost", "warning", "no power")}}
)

// grid places lights named name1.. in rows from the top, dx and dy apart.
func grid(name string, cols, rows int, x, y, dx, dy float64, s signal) []led {
	var leds []led
	for r := range rows {
		for c := range cols {
			leds = append(leds, led{fmt.Sprintf("%s%d", name, r*cols+c+1), "front", x + float64(c)*dx, y + float64(rows-1-r)*dy, s})
		}
	}
	return leds
}

// rearLights is the rear of a server: two power supplies and the identification light.
func rearLights(psu, uid signal) []led {
	return []led{{"psu1", "rear", 360, 24, psu}, {"psu2", "rear", 430, 24, psu}, {"uid-rear", "rear", 30, 24, uid}}
}

func front(leds ...led) []led { return leds }

func join(groups ...[]led) []led {
	var all []led
	for _, g := range groups {
		all = append(all, g...)
	}
	return all
}

func (t deviceType) yaml(b *strings.Builder) {
	fmt.Fprintf(b, "  - manufacturer: %s\n    model: %q\n    slug: %s\n    u_height: %d\n    is_full_depth: %t\n    airflow: %s\n",
		t.maker, t.model, t.slug, t.units, !t.shallow, t.airflow)
	fmt.Fprintf(b, "    thermal: {emissivity: %g, surface_max_c: %g, typical_rise_k: %g}\n", t.emissivity, t.surfaceMaxC, t.riseK)
	if len(t.leds) > 0 {
		b.WriteString("    leds:\n")
	}
	for _, l := range t.leds {
		fmt.Fprintf(b, "      - {name: %s, face: %s, x_mm: %g, y_mm: %g, diameter_mm: 5,\n         normal: [{%s}]", l.name, l.face, l.x, l.y,
			strings.Join(l.signal.normal, "}, {"))
		if len(l.signal.meanings) > 0 {
			fmt.Fprintf(b, ",\n         meanings: [{%s}]", strings.Join(l.signal.meanings, "},\n                    {"))
		}
		b.WriteString("}\n")
	}
}
