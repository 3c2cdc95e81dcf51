package redfish

import (
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

// Sections are the parts of a report. The system itself is always read.
type Sections struct {
	Sensors bool // fans and temperatures
	Power   bool // power supplies
	Drives  bool
	Log     bool
}

// All are all sections.
func All() Sections { return Sections{true, true, true, true} }

// wanted are the sections that bear on a question's causes: a controller takes up to a second for each document.
func wanted(q machine.Question) Sections {
	if len(q.Causes) == 0 {
		return All()
	}
	out := Sections{Log: true}
	for _, c := range q.Causes {
		switch c.Kind {
		case cause.DriveFailed:
			out.Drives = true
		case cause.PSUFailed, cause.OutletLost, cause.PDULost, cause.PhaseLost, cause.FeedLost, cause.UPSLost, cause.OnBattery:
			out.Power = true
		case cause.FanFailed, cause.DeviceHot, cause.CoolingFailed, cause.CoolingWeak, cause.LoopWarm, cause.Recirculation, cause.PanelGone:
			out.Sensors = true
		case cause.MachineAlarm, cause.PartFailed, cause.LightBroken:
			return All()
		}
	}
	return out
}
