package redfishtest

import (
	"crypto/sha256"
	"encoding/hex"
)

// A Vendor is how one maker's controllers differ from another's.
type Vendor struct {
	Manufacturer             string
	System, Chassis, Manager string // ids
	Slash                    bool   // @odata.id ends with a slash
	Log                      string // path of the event log, below /redfish/v1
	NewestFirst              bool   // of the log
	WeakTags                 bool   // ETags are W/"..."
	MatchDemanded            bool   // a PATCH without If-Match is 428
	NoMatchOnActions         bool   // an action with If-Match is 412
	LED                      string // LocationIndicatorActive or IndicatorLED: the other one is not there
	ActionInfo               bool   // reset types stand in a resource of their own, not beside the action
	SuccessBody              bool   // a good PATCH answers 200 with an "error" that says Success
	Tasks                    bool   // a reset answers 202 with a task
	WholeLocation            bool   // its monitor is named with scheme and host
	Modern                   bool   // ThermalSubsystem and PowerSubsystem, and no Thermal and Power
	ServiceTag               bool   // the serial number that people know is the SKU
	Resets                   []string
	FanModes                 []string // of Oem.Supermicro.FanMode of the manager; none: it is not there
}

// HPE is as iLO 5 and 6: ids are 1, paths end with a slash, tags are weak, a good PATCH is answered with an error that says
// Success (HPE's developer portal), the locator is IndicatorLED.
func HPE() Vendor {
	return Vendor{
		Manufacturer: "HPE", System: "1", Chassis: "1", Manager: "1", Slash: true, Log: "Systems/1/LogServices/IML", WeakTags: true,
		LED: "IndicatorLED", SuccessBody: true,
		Resets: []string{"On", "ForceOff", "GracefulShutdown", "ForceRestart", "Nmi", "PushPowerButton", "GracefulRestart"},
	}
}

// Dell is as iDRAC 9: System.Embedded.1, an action with If-Match is refused with 412 (ironcore-dev/metal-operator#1015), the
// locator is LocationIndicatorActive, the log begins with the newest, the service tag is the SKU.
func Dell() Vendor {
	return Vendor{
		Manufacturer: "Dell Inc.", System: "System.Embedded.1", Chassis: "System.Embedded.1", Manager: "iDRAC.Embedded.1",
		Log: "Managers/iDRAC.Embedded.1/LogServices/Sel", NewestFirst: true, NoMatchOnActions: true, LED: "LocationIndicatorActive", ServiceTag: true,
		Resets: []string{"On", "ForceOff", "ForceRestart", "GracefulRestart", "GracefulShutdown", "PushPowerButton", "Nmi", "PowerCycle"},
	}
}

// Supermicro is as its newer boards, and stands for all that is strict: reset types in an ActionInfo, a PATCH without If-Match
// is 428 (as Lenovo's, ansible#56150, and Huawei's, ansible#60031), a reset answers 202 with a task, sensors stand in the
// subsystems of Redfish 2020.4 alone. Its fan mode is as gofish's oem/smc has it (fanmode_test.go, of a real board).
func Supermicro() Vendor {
	return Vendor{
		Manufacturer: "Supermicro", System: "1", Chassis: "1", Manager: "1", Log: "Systems/1/LogServices/Log1", MatchDemanded: true,
		LED: "IndicatorLED", ActionInfo: true, Tasks: true, Modern: true,
		Resets:   []string{"On", "ForceOff", "GracefulShutdown", "GracefulRestart", "ForceRestart", "Nmi", "ForceOn"},
		FanModes: []string{"FullSpeed", "Optimal", "HeavyIO"},
	}
}

// tag is the ETag of a document.
func (v Vendor) tag(doc []byte) string {
	sum := sha256.Sum256(doc)
	tag := `"` + hex.EncodeToString(sum[:6]) + `"`
	if v.WeakTags {
		return "W/" + tag
	}
	return tag
}

// id is the @odata.id of a path below /redfish/v1.
func (v Vendor) id(path string) string {
	if v.Slash && path != "" {
		path += "/"
	}
	return root + path
}
