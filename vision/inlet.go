package vision

import "fmt"

// allowableC is the highest inlet temperature of each class (ASHRAE TC 9.9, Thermal Guidelines, 5th ed., 2021).
func allowableC(class string) (float64, bool) {
	switch class {
	case "A1":
		return 32, true
	case "A2":
		return 35, true
	case "A3":
		return 40, true
	case "A4":
		return 45, true
	}
	return 0, false
}

// judgeAir holds the air before a rack's front to its class. Elsewhere air is no inlet. The sensor is good to 0.3 K;
// half a kelvin over the limit is asked. 5 K over counts as past critical.
func judgeAir(t Target, air *Air) []Finding {
	limit, known := allowableC(t.ASHRAE)
	if air == nil || t.Face != "front" || !known || !(air.TemperatureC > limit+0.5) {
		return nil
	}
	f := Finding{
		Kind: KindInletHigh, Severity: Warning, Unit: t.FromU, Value: air.TemperatureC, Reference: limit, Confidence: 0.9,
		Meaning: fmt.Sprintf("the air before rack %s is %.1f °C warm, above the %.0f °C that class %s allows", t.Rack, air.TemperatureC, limit, t.ASHRAE),
	}
	if air.TemperatureC > limit+5 {
		f.Severity, f.PastCritical = Critical, true
	}
	return []Finding{f}
}
