package machine

import (
	"fmt"
	"math"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
)

// DewPointC is the temperature at which the water of air condenses, °C, from its temperature, °C, and relative humidity, %.
// Magnus formula with the constants of Sonntag (1990) for water, good to 0.1 K from 0 to 60 °C.
func DewPointC(airC, humidityPercent float64) float64 {
	const b, c = 17.62, 243.12
	g := math.Log(humidityPercent/100) + b*airC/(c+airC)
	return c * g / (b - g)
}

// dewMarginK is how far above the dew point a surface must be to count as dry: sensors of humidity are good to 2 %, which is
// about half a kelvin of dew point.
const dewMarginK = 0.5

// Dew is what the air and the liquid of a rack together say of water at its foot: whether it can have come out of the air. It
// needs the newest temperature and humidity of the air and temperature of the liquid, all of about one time; ok is false
// where one of them is missing.
func Dew(rack string, all []Evidence, within time.Duration) (e Evidence, ok bool) {
	var air, humidity, liquid *Evidence
	for i := range all {
		switch {
		case all[i].Rack != rack:
		case all[i].Quantity == "air-temperature":
			air = newer(air, &all[i])
		case all[i].Quantity == "humidity":
			humidity = newer(humidity, &all[i])
		case all[i].Quantity == "liquid-temperature":
			liquid = newer(liquid, &all[i])
		}
	}
	if air == nil || humidity == nil || liquid == nil || humidity.Value <= 0 || humidity.Value > 100 || air.Value < -40 || air.Value > 80 {
		return Evidence{}, false
	}
	first, last := air.At, air.At
	for _, x := range []*Evidence{humidity, liquid} {
		if x.At.Before(first) {
			first = x.At
		}
		if x.At.After(last) {
			last = x.At
		}
	}
	if last.Sub(first) > within {
		return Evidence{}, false
	}
	dew := DewPointC(air.Value, humidity.Value)
	e = Evidence{Source: liquid.Source, At: last, Rack: rack, Quantity: "dew", Value: liquid.Value - dew, Unit: "K"}
	e.Sign = cause.Sign{Spot: cause.Dew(rack), At: last, By: liquid.Source, Looks: 1}
	e.Says = fmt.Sprintf("the liquid at rack %s has %.1f °C, the air there condenses at %.1f °C: ", rack, liquid.Value, dew)
	if e.Value < dewMarginK {
		e.Sign.Symptom = cause.High
		e.Says += "water may have come out of the air"
	} else {
		e.Says += "water does not come out of it"
	}
	e.Sign.Meaning = e.Says
	return e, true
}

func newer(a, b *Evidence) *Evidence {
	if a == nil || b.At.After(a.At) {
		return b
	}
	return a
}
