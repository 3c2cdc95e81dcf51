package redfish

import (
	"encoding/json"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// parseThermal are the fans and temperatures of a Thermal document (deprecated since 2020.4, and what most controllers have).
func parseThermal(text []byte) []machine.Part {
	var d struct {
		Fans list[struct {
			Name, FanName, MemberID, ReadingUnits word
			Reading                               number
			LowerThresholdCritical                number
			Status                                state
		}]
		Temperatures list[struct {
			Name, MemberID                                                         word
			ReadingCelsius                                                         number
			UpperThresholdNonCritical, UpperThresholdCritical, UpperThresholdFatal number
			Status                                                                 state
		}]
	}
	_ = json.Unmarshal(text, &d)
	var out []machine.Part
	for _, f := range d.Fans {
		name := f.Name
		if name == "" {
			name = f.FanName
		}
		p := part(machine.Fan, string(name), string(f.MemberID), f.Status, f.Reading.v, unit(string(f.ReadingUnits)))
		p.Failed = f.Reading.v != nil && f.LowerThresholdCritical.v != nil && *f.LowerThresholdCritical.v > 0 && *f.Reading.v < *f.LowerThresholdCritical.v
		out = append(out, p)
	}
	for _, t := range d.Temperatures {
		p := part(machine.Temperature, string(t.Name), string(t.MemberID), t.Status, t.ReadingCelsius.v, "°C")
		p.High = lowest(t.UpperThresholdNonCritical, t.UpperThresholdCritical, t.UpperThresholdFatal)
		if t.ReadingCelsius.v != nil && *t.ReadingCelsius.v == 0 { // an empty socket's
			continue
		}
		out = append(out, p)
	}
	return out
}

func part(c machine.Class, name, id string, s state, value *float64, unit string) machine.Part {
	if name == "" {
		name = id
	}
	return machine.Part{Class: c, Name: name, ID: id, Health: string(s.Health), State: string(s.State), Value: value, Unit: unit}
}

func unit(s string) string {
	if s == "Percent" {
		return "%"
	}
	return s
}

// lowest is the lowest of some thresholds above zero: controllers give 0 for one that they do not have.
func lowest(all ...number) *float64 {
	var out *float64
	for _, n := range all {
		if n.v != nil && *n.v > 0 && (out == nil || *n.v < *out) {
			out = n.v
		}
	}
	return out
}

// parsePower are the power supplies of a Power document.
func parsePower(text []byte) []machine.Part {
	var d struct {
		PowerSupplies list[struct {
			Name, MemberID   word
			LineInputVoltage number
			Status           state
		}]
	}
	_ = json.Unmarshal(text, &d)
	var out []machine.Part
	for _, p := range d.PowerSupplies {
		s := part(machine.Supply, string(p.Name), string(p.MemberID), p.Status, p.LineInputVoltage.v, "V")
		if v := p.LineInputVoltage.v; v != nil && (*v > 0 || s.Health != "OK") { // 0 of one that is OK is one that does not measure it
			has := *v >= leastInputV
			s.Input = &has
		}
		out = append(out, s)
	}
	return out
}

// leastInputV is below what any mains and any telecom feed delivers: 48 V sags to 40.
const leastInputV = 36

// parseFan is a Fan of a ThermalSubsystem.
func parseFan(text []byte) []machine.Part {
	var d struct {
		ID           word `json:"Id"`
		Name         word
		Status       state
		SpeedPercent struct{ Reading, SpeedRPM number }
	}
	_ = json.Unmarshal(text, &d)
	value, unit := d.SpeedPercent.SpeedRPM.v, "RPM"
	if value == nil {
		value, unit = d.SpeedPercent.Reading.v, "%"
	}
	return named(part(machine.Fan, string(d.Name), string(d.ID), d.Status, value, unit))
}

// named is a part, or none when it has no name.
func named(p machine.Part) []machine.Part {
	if p.Name == "" {
		return nil
	}
	return []machine.Part{p}
}

// parseSensor is a Sensor, where it is one of temperature.
func parseSensor(text []byte) []machine.Part {
	var d struct {
		ID          word `json:"Id"`
		Name        word
		ReadingType word
		Reading     number
		Status      state
		Thresholds  struct {
			UpperCaution, UpperCritical, UpperFatal struct{ Reading number }
		}
	}
	_ = json.Unmarshal(text, &d)
	if d.ReadingType != "Temperature" {
		return nil
	}
	p := part(machine.Temperature, string(d.Name), string(d.ID), d.Status, d.Reading.v, "°C")
	p.High = lowest(d.Thresholds.UpperCaution.Reading, d.Thresholds.UpperCritical.Reading, d.Thresholds.UpperFatal.Reading)
	return named(p)
}

// parseSupply is a PowerSupply of a PowerSubsystem.
func parseSupply(text []byte) []machine.Part {
	var d struct {
		ID              word `json:"Id"`
		Name            word
		LineInputStatus word
		Status          state
	}
	_ = json.Unmarshal(text, &d)
	p := part(machine.Supply, string(d.Name), string(d.ID), d.Status, nil, "")
	switch d.LineInputStatus {
	case "Normal":
		has := true
		p.Input = &has
	case "LossOfInput":
		has := false
		p.Input = &has
	}
	return named(p)
}

// parseDrive is a Drive. Bays are told by their label where the drive has one.
func parseDrive(text []byte) []machine.Part {
	var d struct {
		ID               word `json:"Id"`
		Name             word
		Status           state
		FailurePredicted yes
		PhysicalLocation struct {
			PartLocation struct {
				ServiceLabel word
			}
		}
	}
	_ = json.Unmarshal(text, &d)
	name := d.PhysicalLocation.PartLocation.ServiceLabel
	if name == "" {
		name = d.Name
	}
	p := part(machine.Drive, string(name), string(d.ID), d.Status, nil, "")
	p.Failed = d.FailurePredicted.v != nil && *d.FailurePredicted.v
	return named(p)
}

// clock is by how much the manager's clock is ahead of ours; it adds the manager's logs to the collections of logs.
func (r *reader) clock(collections *[]string, errs *[]error) time.Duration {
	if len(r.sys.managers) == 0 {
		return 0
	}
	text, err := r.get(r.sys.managers[0])
	if err != nil {
		*errs = append(*errs, err)
		return 0
	}
	var d struct {
		DateTime    word
		LogServices link
	}
	_ = json.Unmarshal(text, &d)
	*collections = append(*collections, string(d.LogServices))
	at, err := time.Parse(time.RFC3339, string(d.DateTime))
	if err != nil {
		return 0
	}
	return at.Sub(r.d.now()).Round(time.Second)
}
