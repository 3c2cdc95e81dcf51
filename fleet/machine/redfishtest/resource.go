package redfishtest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

type object = map[string]any

// ref is a link to a resource.
func (s *Service) ref(path string) object { return object{"@odata.id": s.o.Vendor.id(path)} }

func (s *Service) of(path, kind, id, name string, more object) object {
	out := object{"@odata.id": s.o.Vendor.id(path), "@odata.type": "#" + kind, "Id": id, "Name": name}
	for k, v := range more {
		out[k] = v
	}
	return out
}

func (s *Service) collection(path, kind, name string, members ...string) object {
	refs := []object{}
	for _, m := range members {
		refs = append(refs, s.ref(path+"/"+m))
	}
	return object{
		"@odata.id": s.o.Vendor.id(path), "@odata.type": "#" + kind + "Collection." + kind + "Collection", "Name": name,
		"Members": refs, "Members@odata.count": len(refs),
	}
}

func status(health, state string) object {
	if state == "" {
		state = "Enabled"
	}
	return object{"Health": health, "State": state}
}

// resource is the document at a path below /redfish/v1.
func (s *Service) resource(path string) (object, bool) {
	v := s.o.Vendor
	system, chassis, manager := "Systems/"+v.System, "Chassis/"+v.Chassis, "Managers/"+v.Manager
	switch path {
	case "":
		return s.rootDoc(), true
	case "Systems":
		return s.collection(path, "ComputerSystem", "Systems", v.System), true
	case "Chassis":
		return s.collection(path, "Chassis", "Chassis", v.Chassis), true
	case "Managers":
		return s.collection(path, "Manager", "Managers", v.Manager), true
	case "SessionService":
		return s.of(path, "SessionService.v1_1_8.SessionService", "SessionService", "Session Service", object{
			"SessionTimeout": int(s.o.SessionLasts / time.Second), "ServiceEnabled": true, "Sessions": s.ref(sessionsPath),
		}), true
	case sessionsPath:
		return s.sessionList(), true
	case system:
		return s.systemDoc(), true
	case system + "/ResetActionInfo":
		return s.actionInfo(path), v.ActionInfo
	case system + "/Storage":
		return s.collection(path, "Storage", "Storage", "1"), true
	case system + "/Storage/1":
		return s.storage(path), true
	case chassis:
		return s.chassisDoc(chassis), true
	case manager:
		return s.managerDoc(manager), true
	case s.fanPath():
		return s.of(path, "FanMode.v1_0_1.FanMode", "Fan Mode", "FanMode", object{"Mode": s.fanMode, "Mode@Redfish.AllowableValues": v.FanModes}), len(v.FanModes) > 0
	case v.Log[:strings.LastIndex(v.Log, "/")]:
		return s.collection(path, "LogService", "Logs", v.Log[strings.LastIndex(v.Log, "/")+1:]), true
	case v.Log:
		return s.of(path, "LogService.v1_3_0.LogService", path[strings.LastIndex(path, "/")+1:], "Event Log", object{"Entries": s.ref(path + "/Entries"), "LogEntryType": "Event"}), true
	case v.Log + "/Entries":
		return s.logDoc(path), true
	}
	if doc, ok := s.taskDoc(path); ok {
		return doc, true
	}
	if rest, ok := strings.CutPrefix(path, chassis+"/"); ok {
		return s.sensors(chassis, rest)
	}
	if i, ok := indexIn(path, system+"/Storage/1/Drives/", len(s.machine.Drives)); ok {
		return s.drive(path, s.machine.Drives[i]), true
	}
	return nil, false
}

// indexIn is the index that a path ends with.
func indexIn(path, prefix string, n int) (int, bool) {
	rest, ok := strings.CutPrefix(path, prefix)
	i, err := strconv.Atoi(rest)
	return i, ok && err == nil && i >= 0 && i < n
}

func (s *Service) rootDoc() object {
	return s.of("", "ServiceRoot.v1_11_0.ServiceRoot", "RootService", "Root Service", object{
		"RedfishVersion": "1.15.0", "Vendor": s.o.Vendor.Manufacturer, "Systems": s.ref("Systems"), "Chassis": s.ref("Chassis"),
		"Managers": s.ref("Managers"), "SessionService": s.ref("SessionService"), "Tasks": s.ref("TaskService"),
		"Links": object{"Sessions": s.ref(sessionsPath)},
	})
}

func (s *Service) sessionList() object {
	var ids []string
	for _, x := range s.sessions {
		ids = append(ids, strconv.Itoa(x.id))
	}
	slices.Sort(ids)
	return s.collection(sessionsPath, "Session", "Sessions", ids...)
}

func (s *Service) systemDoc() object {
	v := s.o.Vendor
	path := "Systems/" + v.System
	reset := object{"target": v.id(path + "/Actions/ComputerSystem.Reset")}
	if v.ActionInfo {
		reset["@Redfish.ActionInfo"] = s.o.Vendor.id(path + "/ResetActionInfo")
	} else {
		reset["ResetType@Redfish.AllowableValues"] = v.Resets
	}
	doc := s.of(path, "ComputerSystem.v1_16_0.ComputerSystem", v.System, "System", object{
		"Manufacturer": v.Manufacturer, "Model": "Test server", "AssetTag": s.o.AssetTag, "PowerState": s.power,
		"Status":  object{"Health": s.machine.Health, "HealthRollup": s.machine.Health, "State": "Enabled"},
		"Storage": s.ref(path + "/Storage"), "Actions": object{"#ComputerSystem.Reset": reset},
		"Links": object{"Chassis": []object{s.ref("Chassis/" + v.Chassis)}, "ManagedBy": []object{s.ref("Managers/" + v.Manager)}},
	})
	doc["SerialNumber"] = s.o.Serial
	if v.ServiceTag {
		doc["SerialNumber"], doc["SKU"] = "board-"+s.o.Serial, s.o.Serial
	}
	if strings.HasPrefix(v.Log, "Systems/") {
		doc["LogServices"] = s.ref(path + "/LogServices")
	}
	if v.LED == "IndicatorLED" {
		doc["IndicatorLED"] = s.locator
	} else {
		doc["LocationIndicatorActive"] = s.locator != "Off"
	}
	return doc
}

func (s *Service) actionInfo(path string) object {
	return s.of(path, "ActionInfo.v1_2_0.ActionInfo", "ResetActionInfo", "Reset Action Info", object{
		"Parameters": []object{{"Name": "ResetType", "Required": true, "DataType": "String", "AllowableValues": s.o.Vendor.Resets}},
	})
}

func (s *Service) storage(path string) object {
	var refs []object
	for i := range s.machine.Drives {
		refs = append(refs, s.ref(fmt.Sprintf("%s/Drives/%d", path, i)))
	}
	return s.of(path, "Storage.v1_13_0.Storage", "1", "Storage", object{"Drives": refs, "Drives@odata.count": len(refs)})
}

func (s *Service) drive(path string, d Drive) object {
	return s.of(path, "Drive.v1_15_0.Drive", d.ID, d.Name, object{"Status": status(d.Health, ""), "FailurePredicted": d.Predicted, "Manufacturer": "ACME", "MediaType": "SSD"})
}

func (s *Service) chassisDoc(path string) object {
	v := s.o.Vendor
	doc := s.of(path, "Chassis.v1_20_0.Chassis", v.Chassis, "Chassis", object{
		"ChassisType": "RackMount", "Manufacturer": v.Manufacturer, "SerialNumber": s.o.Serial, "PowerState": s.power, "Status": status(s.machine.Health, ""),
		"Links": object{"ComputerSystems": []object{s.ref("Systems/" + v.System)}},
	})
	if v.Modern {
		doc["ThermalSubsystem"], doc["PowerSubsystem"], doc["Sensors"] = s.ref(path+"/ThermalSubsystem"), s.ref(path+"/PowerSubsystem"), s.ref(path+"/Sensors")
	} else {
		doc["Thermal"], doc["Power"] = s.ref(path+"/Thermal"), s.ref(path+"/Power")
	}
	return doc
}

func (s *Service) managerDoc(path string) object {
	v := s.o.Vendor
	doc := s.of(path, "Manager.v1_14_0.Manager", v.Manager, "Manager", object{
		"ManagerType": "BMC", "DateTime": s.now().Format(time.RFC3339), "DateTimeLocalOffset": "+00:00", "Status": status("OK", ""),
		"Actions": object{"#Manager.Reset": object{
			"target": v.id(path + "/Actions/Manager.Reset"), "ResetType@Redfish.AllowableValues": []string{"GracefulRestart"},
		}},
	})
	if len(v.FanModes) > 0 {
		doc["Oem"] = object{"Supermicro": object{"@odata.type": "#SmcManagerExtensions.v1_0_0.Manager", "FanMode": s.ref(s.fanPath())}}
	}
	if strings.HasPrefix(v.Log, "Managers/") {
		doc["LogServices"] = s.ref(path + "/LogServices")
	}
	return doc
}

// fanPath is where the manager's fan mode is.
func (s *Service) fanPath() string {
	return "Managers/" + s.o.Vendor.Manager + "/Oem/Supermicro/FanMode"
}

// now is the time by the controller's clock.
func (s *Service) now() time.Time { return s.o.Now().Add(s.o.Skew).UTC() }

func (s *Service) logDoc(path string) object {
	members := []object{}
	for i, e := range s.machine.Log {
		m := s.of(fmt.Sprintf("%s/%d", path, i+1), "LogEntry.v1_11_0.LogEntry", strconv.Itoa(i+1), "Log Entry", object{
			"Created": e.At.Format(time.RFC3339), "EntryType": "Event", "Severity": e.Severity, "Message": e.Message, "SensorType": e.Sensor,
		})
		if e.Repaired {
			m["Resolved"] = true
		}
		members = append(members, m)
	}
	if s.o.Vendor.NewestFirst {
		slices.Reverse(members)
	}
	return object{
		"@odata.id": s.o.Vendor.id(path), "@odata.type": "#LogEntryCollection.LogEntryCollection", "Name": "Log Entries",
		"Members": members, "Members@odata.count": len(members),
	}
}
