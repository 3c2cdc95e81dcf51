package hands_test

import (
	"errors"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/hands"
	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

const password = "sesame-opens"

var vendors = map[string]redfishtest.Vendor{"HPE": redfishtest.HPE(), "Dell": redfishtest.Dell(), "Supermicro": redfishtest.Supermicro()}

// bmc runs a controller and returns the hands of a site that declares it for srv-1.
func bmc(t *testing.T, v redfishtest.Vendor, serial string) (*redfishtest.Service, map[remedy.Kind]remedy.Executor) {
	t.Helper()
	s := redfishtest.New(redfishtest.Options{Vendor: v, User: "hand", Password: password, Serial: serial, Now: time.Now})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, hands.Of(machine.Declared{Redfish: []machine.Redfish{{
		Source: machine.Source{ID: "bmc-1"}, Device: "srv-1", Address: server.URL, User: "hand", Password: machine.NewSecret(password), Serial: "CZ1056495",
		Lights: []string{"disk1", "disk2", "psu1", "psu2"},
	}}}, time.Now)
}

func order(act string, t remedy.Target) remedy.Order {
	return remedy.Order{Key: "R-0001.1", Step: remedy.Step{Name: act, Kind: remedy.Redfish, Act: act}, Target: t}
}

var srv1 = remedy.Target{Device: "srv-1", Serial: "CZ1056495"}

func TestControllersOfEachMakeLightTheirLocatorAndCycleTheirMachine(t *testing.T) {
	for name, v := range vendors {
		t.Run(name, func(t *testing.T) {
			s, all := bmc(t, v, "CZ1056495")
			e := all[remedy.Redfish]
			id, err := e.Identify(t.Context(), order(remedy.LocatorOn, srv1))
			if err != nil || id.Serial != "CZ1056495" {
				t.Fatalf("%+v, %v", id, err)
			}
			for _, c := range []struct{ act, locator string }{{remedy.LocatorOn, "Blinking"}, {remedy.LocatorOff, "Off"}} {
				if out, err := e.Carry(t.Context(), order(c.act, srv1)); err != nil || s.Locator() != c.locator {
					t.Errorf("%s: %+v, %v; it is %s", c.act, out, err, s.Locator())
				}
			}
			out, err := e.Carry(t.Context(), order(remedy.PowerCycle, srv1))
			if err != nil || s.Power() != "On" || !posted(s, "ComputerSystem.Reset") {
				t.Errorf("cycle: %+v, %v; it is %s after %v", out, err, s.Power(), s.Requests())
			}
			if want := map[bool]string{true: "PowerCycle", false: "ForceRestart"}[slices.Contains(v.Resets, "PowerCycle")]; !strings.Contains(out.Said, want) {
				t.Errorf("it said %q, want %s", out.Said, want)
			}
			if s.Open() != 0 {
				t.Errorf("%d sessions are left open", s.Open())
			}
			if out, err := e.Carry(t.Context(), order(remedy.ResetBMC, srv1)); err != nil || !posted(s, "Manager.Reset") {
				t.Errorf("reset of the controller: %+v, %v", out, err)
			}
		})
	}
}

func TestAFanModeIsSetReadBackAndPutBackWhereAMakerHasOne(t *testing.T) {
	fans := func(mode, restore string) remedy.Order {
		o := order(remedy.FanMode, srv1)
		o.Step.Mode, o.Restore = mode, restore
		return o
	}
	for name, v := range vendors {
		s, all := bmc(t, v, "CZ1056495")
		e := all[remedy.Redfish]
		out, err := e.Carry(t.Context(), fans("FullSpeed", ""))
		if len(v.FanModes) == 0 {
			if !errors.Is(err, remedy.ErrFinal) || changed(s) {
				t.Errorf("%s has no fan mode: %+v, %v after %v", name, out, err, s.Requests())
			}
			continue
		}
		if err != nil || s.FanMode() != "FullSpeed" || out.Was != "HeavyIO" {
			t.Errorf("%s: %+v, %v; it is %s", name, out, err, s.FanMode())
		}
		if _, err := e.Carry(t.Context(), fans("Whisper", "")); !errors.Is(err, remedy.ErrFinal) || !strings.Contains(err.Error(), "HeavyIO") || s.FanMode() != "FullSpeed" {
			t.Errorf("%s: a mode that it does not know: %v; it is %s", name, err, s.FanMode())
		}
		if _, err := e.Carry(t.Context(), fans("Optimal", out.Was)); err != nil || s.FanMode() != "HeavyIO" {
			t.Errorf("%s, put back: %v; it is %s", name, err, s.FanMode())
		}
		another, all := bmc(t, v, "another-one")
		if _, err := all[remedy.Redfish].Carry(t.Context(), fans("FullSpeed", "")); !errors.Is(err, remedy.ErrFinal) || another.FanMode() != "HeavyIO" || changed(another) {
			t.Errorf("%s, another machine: %v after %v", name, err, another.Requests())
		}
	}
}

// TestATaskIsFollowedAlsoWhereItsMonitorIsNamedWithItsHost: a Location may be a whole address (RFC 9110, 10.2.2).
func TestATaskIsFollowedAlsoWhereItsMonitorIsNamedWithItsHost(t *testing.T) {
	v := redfishtest.Supermicro()
	v.WholeLocation = true
	s, all := bmc(t, v, "CZ1056495")
	if out, err := all[remedy.Redfish].Carry(t.Context(), order(remedy.PowerCycle, srv1)); err != nil || s.Power() != "On" {
		t.Errorf("%+v, %v; it is %s", out, err, s.Power())
	}
}

// posted says whether an action was posted.
func posted(s *redfishtest.Service, action string) bool {
	return slices.ContainsFunc(s.Requests(), func(r string) bool { return strings.HasPrefix(r, "POST") && strings.Contains(r, action) })
}

// changed says whether anything was done but reading, logging in and out.
func changed(s *redfishtest.Service) bool {
	return slices.ContainsFunc(s.Requests(), func(r string) bool { return !strings.HasPrefix(r, "GET") && !strings.Contains(r, "/Sessions") })
}

func TestAMachineThatIsAnotherIsNotTouched(t *testing.T) {
	for name, v := range vendors {
		for _, act := range []string{remedy.LocatorOn, remedy.PowerCycle, remedy.ResetBMC, remedy.ReadLog} {
			s, all := bmc(t, v, "another-one")
			_, err := all[remedy.Redfish].Carry(t.Context(), order(act, srv1))
			if !errors.Is(err, remedy.ErrFinal) || changed(s) || s.Locator() != "Off" {
				t.Errorf("%s, %s: %v after %v", name, act, err, s.Requests())
			}
			id, err := all[remedy.Redfish].Identify(t.Context(), order(act, srv1))
			if err != nil || id.Serial == "CZ1056495" {
				t.Errorf("%s: it says that it is %+v, %v", name, id, err)
			}
		}
	}
}

func TestAMachineConfirmsOrDeniesAFaultOfItsPart(t *testing.T) {
	for name, v := range vendors {
		s, all := bmc(t, v, "CZ1056495")
		disk := srv1
		disk.Part = "disk1"
		out, err := all[remedy.Redfish].Carry(t.Context(), order(remedy.ReadLog, disk))
		if err != nil || out.Denied == "" {
			t.Errorf("%s: a disk in order: %+v, %v", name, out, err)
		}
		s.Set(func(m *redfishtest.Machine) { m.Drives[0].Health = "Critical" })
		out, err = all[remedy.Redfish].Carry(t.Context(), order(remedy.ReadLog, disk))
		if err != nil || out.Denied != "" || !strings.Contains(out.Said, "says so too") {
			t.Errorf("%s: a failed disk: %+v, %v", name, out, err)
		}
		disk.Part = "port7"
		if out, err = all[remedy.Redfish].Carry(t.Context(), order(remedy.ReadLog, disk)); err != nil || out.Denied != "" {
			t.Errorf("%s: what it does not know of: %+v, %v", name, out, err)
		}
	}
}

func TestAStepForAMachineThatNobodyDeclaredOrTwoAreDeclaredForIsRefused(t *testing.T) {
	twice := machine.Declared{Redfish: []machine.Redfish{{Device: "srv-2"}, {Device: "srv-2"}}}
	for _, k := range []remedy.Kind{remedy.Redfish, remedy.Outlet, remedy.SetPoint} {
		for _, device := range []string{"srv-1", "srv-2", ""} {
			o := remedy.Order{Step: remedy.Step{Name: "s", Kind: k}, Target: remedy.Target{Device: device, Part: "psu1", PDU: "pdu-1", Outlet: "5", Cooling: "crac-1"}}
			_, err := hands.Of(twice, time.Now)[k].Identify(t.Context(), o)
			_, carried := hands.Of(twice, time.Now)[k].Carry(t.Context(), o)
			if !errors.Is(err, remedy.ErrFinal) || !errors.Is(carried, remedy.ErrFinal) {
				t.Errorf("%s %q: %v, %v", k, device, err, carried)
			}
		}
	}
}
