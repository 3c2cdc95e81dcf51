package redfishtest

import (
	"fmt"
	"strconv"
	"strings"
)

// sensors are the resources below the chassis: Thermal and Power, or, of a modern service, the subsystems.
func (s *Service) sensors(chassis, rest string) (object, bool) {
	path := chassis + "/" + rest
	if !s.o.Vendor.Modern {
		switch rest {
		case "Thermal":
			return s.thermal(path), true
		case "Power":
			return s.supplies(path), true
		}
		return nil, false
	}
	switch rest {
	case "ThermalSubsystem":
		return s.of(path, "ThermalSubsystem.v1_0_0.ThermalSubsystem", rest, rest, object{"Fans": s.ref(path + "/Fans"), "ThermalMetrics": s.ref(path + "/ThermalMetrics")}), true
	case "ThermalSubsystem/Fans":
		return s.collection(path, "Fan", "Fans", numbers(len(s.machine.Fans))...), true
	case "PowerSubsystem":
		return s.of(path, "PowerSubsystem.v1_1_0.PowerSubsystem", rest, rest, object{"PowerSupplies": s.ref(path + "/PowerSupplies")}), true
	case "PowerSubsystem/PowerSupplies":
		return s.collection(path, "PowerSupply", "Power Supplies", numbers(len(s.machine.Supplies))...), true
	case "Sensors":
		return s.collection(path, "Sensor", "Sensors", numbers(len(s.machine.Temperatures))...), true
	}
	if i, ok := indexIn(rest, "ThermalSubsystem/Fans/", len(s.machine.Fans)); ok {
		f := s.machine.Fans[i]
		return s.of(path, "Fan.v1_2_0.Fan", strconv.Itoa(i), f.Name, object{"Status": status(f.Health, ""), "SpeedPercent": object{"Reading": f.RPM / 180, "SpeedRPM": f.RPM}}), true
	}
	if i, ok := indexIn(rest, "PowerSubsystem/PowerSupplies/", len(s.machine.Supplies)); ok {
		p := s.machine.Supplies[i]
		line := "Normal"
		if p.InputV == 0 {
			line = "LossOfInput"
		}
		return s.of(path, "PowerSupply.v1_3_0.PowerSupply", strconv.Itoa(i), p.Name, object{"Status": status(p.Health, p.State), "LineInputStatus": line}), true
	}
	if i, ok := indexIn(rest, "Sensors/", len(s.machine.Temperatures)); ok {
		t := s.machine.Temperatures[i]
		return s.of(path, "Sensor.v1_5_0.Sensor", strconv.Itoa(i), t.Name, object{
			"ReadingType": "Temperature", "Reading": t.C, "ReadingUnits": "Cel", "Status": status(t.Health, ""),
			"Thresholds": object{"UpperCaution": object{"Reading": t.MaxC}, "UpperCritical": object{"Reading": t.CritC}},
		}), true
	}
	return nil, false
}

func numbers(n int) []string {
	var out []string
	for i := range n {
		out = append(out, strconv.Itoa(i))
	}
	return out
}

func (s *Service) thermal(path string) object {
	var fans, temperatures []object
	for i, f := range s.machine.Fans {
		fans = append(fans, object{
			"@odata.id": s.o.Vendor.id(path) + fmt.Sprintf("#/Fans/%d", i), "MemberId": strconv.Itoa(i), "Name": f.Name, "Reading": f.RPM, "ReadingUnits": "RPM",
			"Status": status(f.Health, ""),
		})
	}
	for i, t := range s.machine.Temperatures {
		temperatures = append(temperatures, object{
			"@odata.id": s.o.Vendor.id(path) + fmt.Sprintf("#/Temperatures/%d", i), "MemberId": strconv.Itoa(i), "Name": t.Name, "ReadingCelsius": t.C,
			"UpperThresholdNonCritical": t.MaxC, "UpperThresholdCritical": t.CritC, "UpperThresholdFatal": nil, "Status": status(t.Health, ""),
		})
	}
	return s.of(path, "Thermal.v1_7_0.Thermal", "Thermal", "Thermal", object{"Fans": fans, "Temperatures": temperatures})
}

func (s *Service) supplies(path string) object {
	var all []object
	for i, p := range s.machine.Supplies {
		all = append(all, object{
			"@odata.id": s.o.Vendor.id(path) + fmt.Sprintf("#/PowerSupplies/%d", i), "MemberId": strconv.Itoa(i), "Name": p.Name, "LineInputVoltage": p.InputV,
			"Status": status(p.Health, p.State), "PowerCapacityWatts": 800, "SerialNumber": "PS" + strings.ReplaceAll(p.Name, " ", ""),
		})
	}
	return s.of(path, "Power.v1_7_0.Power", "Power", "Power", object{"PowerSupplies": all})
}
