package machine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// of is whom a quantity is of.
type of string

const (
	ofDevice of = "device"
	ofRack   of = "rack"
	ofSupply of = "supply"
)

// of is whom a subject is.
func (s Subject) of() of {
	switch {
	case s.Device != "":
		return ofDevice
	case s.Rack != "":
		return ofRack
	}
	return ofSupply
}

// A meaning is what a quantity out of its limits is a sign of; a symptom that is empty is none.
type meaning struct {
	thing     cause.Thing
	part      string // as package cause names it; empty: the point's own
	low, high cause.Symptom
}

// quantities are what the parties can be asked for, and where package cause has a place for it. Those without a thing say
// nothing by themselves: a rack's humidity is held against the temperature of its liquid, see Dew.
var quantities = map[of]map[string]meaning{
	ofDevice: {
		"temperature": {cause.Machine, "temperature", "", cause.Hot},
		"fan":         {cause.Machine, "fan", cause.FanLight, cause.FanLight},
		"power":       {cause.Machine, "power", cause.Dark, ""},
		"input":       {cause.Machine, "", cause.InputLight, cause.InputLight},
		"supply":      {cause.Machine, "", cause.PSULight, cause.PSULight},
		"drive":       {cause.Machine, "", cause.DriveLight, cause.DriveLight},
		"link":        {cause.Machine, "", cause.PortLight, cause.PortLight},
		"battery":     {cause.Machine, "", cause.BatteryOn, cause.BatteryOn},
		"health":      {cause.Machine, "health", cause.HealthLight, cause.HealthLight},
	},
	ofRack: {
		"inlet":              {cause.Inlet, "", "", cause.WarmInlet},
		"leak":               {cause.Foot, "", "", cause.Wet},
		"humidity":           {},
		"air-temperature":    {},
		"liquid-temperature": {},
	},
	ofSupply: {
		"state":       {cause.Plant, "unit", cause.High, cause.High},
		"supply-air":  {cause.Plant, "unit", "", cause.High},
		"fan":         {cause.Plant, "fan", cause.High, cause.High},
		"temperature": {cause.Plant, "temperature", "", cause.High},
		"pressure":    {cause.Plant, "pressure", cause.Low, cause.High},
		"flow":        {cause.Plant, "flow", cause.Low, cause.High},
		"voltage":     {cause.Plant, "power", cause.Low, cause.High},
		"power":       {cause.Plant, "power", cause.Low, ""},
		"current":     {cause.Plant, "power", cause.Low, ""},
	},
}

// known are the quantities of a party, in the alphabet's order.
func known(o of) string {
	var out []string
	for name := range quantities[o] {
		out = append(out, name)
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

// Judge is what a reading of a point says; raw is as the source has it. It is not taken when it is older than the point
// allows.
func Judge(p Point, source string, raw float64, at, now time.Time) (Evidence, error) {
	if p.MaxAge > 0 && now.Sub(at) > p.MaxAge {
		return Evidence{}, fmt.Errorf("%s of %s is %s old, at most %s is believed", p.what(), p.name(), now.Sub(at).Round(time.Second), p.MaxAge)
	}
	v := raw*p.Scale + p.Offset
	if v-v != 0 {
		return Evidence{}, fmt.Errorf("%s of %s: %v is no number", p.what(), p.name(), raw)
	}
	m := quantities[p.of()][p.Quantity]
	e := Evidence{Source: source, At: at, Rack: p.Rack, Quantity: p.Quantity, Value: v, Unit: p.Unit}
	beyond, limit := p.beyond(v)
	e.Says = p.sentence(source, v, beyond, limit, at)
	if m.thing == "" || !p.limited() {
		return e, nil
	}
	symptom := map[int]cause.Symptom{-1: m.low, 1: m.high}[beyond]
	e.Sign = cause.Sign{Spot: p.spot(m), Symptom: symptom, At: at, By: source, Looks: 1, Meaning: e.Says}
	if m.thing == cause.Inlet {
		e.Sign.Value = v - *p.Usual
	}
	return e, nil
}

func (p Point) what() string {
	if p.Name != "" {
		return p.Name
	}
	return p.Quantity
}

// limited says whether the point has anything to be judged by.
func (p Point) limited() bool {
	return p.Low != nil || p.High != nil || len(p.Normal) > 0 || p.Usual != nil
}

// beyond is -1 for too low, 1 for too high or no normal state, 0 for in order, with the limit that was passed.
func (p Point) beyond(v float64) (int, float64) {
	switch {
	case len(p.Normal) > 0 && !slices.Contains(p.Normal, v):
		return 1, v
	case p.Low != nil && v < *p.Low:
		return -1, *p.Low
	case p.High != nil && v > *p.High:
		return 1, *p.High
	case p.Usual != nil && v-*p.Usual >= cause.InletK:
		return 1, *p.Usual
	}
	return 0, 0
}

func (p Point) spot(m meaning) cause.Spot {
	part := m.part
	if part == "" && m.thing == cause.Machine {
		part = p.Part
	}
	device := p.Device
	if p.Supply != "" {
		device = p.Supply
	}
	return cause.Spot{Thing: m.thing, Rack: p.Rack, Device: device, Part: part}
}

// sentence says a reading in words: "bms says the pressure of loop-1 is 0.4 bar, below 1.2 bar".
func (p Point) sentence(source string, v float64, beyond int, limit float64, at time.Time) string {
	unit := p.Unit
	if unit != "" {
		unit = " " + unit
	}
	text := fmt.Sprintf("%s says the %s of %s is %s%s", source, p.what(), p.name(), number(v), unit)
	switch {
	case beyond != 0 && len(p.Normal) > 0:
		text += ", which is no state of good order"
	case beyond != 0 && p.Usual != nil && p.High == nil:
		text += fmt.Sprintf(", %s%s above what is usual there", number(v-*p.Usual), strings.ReplaceAll(unit, "°C", "K"))
	case beyond < 0:
		text += fmt.Sprintf(", below %s%s", number(limit), unit)
	case beyond > 0:
		text += fmt.Sprintf(", above %s%s", number(limit), unit)
	case p.limited():
		text += ", in order"
	}
	return text + " at " + at.UTC().Format("15:04") + " UTC"
}

func number(v float64) string {
	switch {
	case v == float64(int64(v)):
		return fmt.Sprintf("%d", int64(v))
	case v > 100 || v < -100:
		return fmt.Sprintf("%.0f", v)
	}
	return fmt.Sprintf("%.3g", v)
}
