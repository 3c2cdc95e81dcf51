package redfish

import (
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/machine"
)

// FuzzAnswers holds every parser of a controller's documents: whatever comes, parts have a name and a class, and lists an end.
func FuzzAnswers(f *testing.F) {
	for _, text := range []string{
		`{"Fans": [{"Name": "Fan 1", "Reading": "5400", "ReadingUnits": "RPM", "Status": {"Health": "OK"}}], "Temperatures": [{"Name": "CPU", "ReadingCelsius": 55.5, "UpperThresholdCritical": 0}]}`,
		`{"PowerSupplies": [{"MemberId": "0", "LineInputVoltage": null, "Status": {"State": "UnavailableOffline"}}]}`,
		`{"Members": [{"@odata.id": "/redfish/v1/a"}, {"Id": "1", "Created": "2026-11-27T02:58:00Z", "Message": "x"}], "Members@odata.nextLink": "/redfish/v1/b"}`,
		`{"Links": [], "Status": "OK", "Name": {}, "Fans": {}}`,
		`{"Id": "1", "Name": "Bay 1", "FailurePredicted": true, "PhysicalLocation": 7, "ReadingType": "Temperature", "Thresholds": null}`,
		`{"@odata.id": "/redfish/v1/Systems/1", "Actions": {"#ComputerSystem.Reset": {"target": "//elsewhere/x", "ResetType@Redfish.AllowableValues": ["On", 7], "@Redfish.ActionInfo": "/redfish/v1/x"}}, "Parameters": [{"Name": "ResetType", "AllowableValues": ["On"]}]}`,
		`{"Oem": {"Supermicro": {"FanMode": {"@odata.id": "/redfish/v1/x"}}}, "Mode": 7, "Mode@Redfish.AllowableValues": {"a": 1}}`,
	} {
		f.Add([]byte(text))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		r := parseSystem(text).report()
		for _, parse := range []func([]byte) []machine.Part{parseThermal, parsePower, parseFan, parseSensor, parseSupply, parseDrive} {
			r.Parts = append(r.Parts, parse(text)...)
		}
		members, links, _ := parseCollection(text)
		for _, m := range append(members, text) {
			r.Log = append(r.Log, parseEntry(m)...)
		}
		if len(members)+len(links) > 8*maxMembers || len(r.Parts) > 64*maxMembers {
			t.Errorf("%d members, %d parts", len(members)+len(links), len(r.Parts))
		}
		for _, name := range []string{"#ComputerSystem.Reset", "#Manager.Reset"} {
			if a := parseAction(text, name); a.target != "" && !strings.HasPrefix(a.target, "/redfish/") || a.info != "" && !strings.HasPrefix(a.info, "/redfish/") {
				t.Errorf("an action leads out of the service: %+v", a)
			}
		}
		if ways := parseInfo(text); len(ways) > 64*maxMembers*maxMembers {
			t.Errorf("%d ways", len(ways))
		}
		if at := fansAt(text); at != "" && !strings.HasPrefix(at, "/redfish/") || len(parseFans(text).Allowed) > 64*maxMembers*maxMembers {
			t.Errorf("fan modes at %q: %+v", at, parseFans(text))
		}
		_, _, _ = parseChassis(text), linkOf(text, "Fans"), linksOf(text, "Drives")
		for _, e := range r.Read(machine.Redfish{Device: "d", Lights: []string{"disk1", "psu1"}}, r.At) {
			if e.Says == "" || e.Sign.Device != "d" || e.Value != e.Value {
				t.Errorf("%+v", e)
			}
		}
	})
}
