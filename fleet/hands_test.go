package fleet_test

import (
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/hands"
	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/maps"
)

// withController opens a desk whose broken disk's device has a management controller, of the serial number that is told of it.
func withController(t *testing.T, serial, books string) (*desk, *redfishtest.Service) {
	t.Helper()
	d := newDesk(t)
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	device, ok := site.Device(brokenDisk)
	if !ok || device.Serial == "" {
		t.Fatalf("the sample has no serial number of %s", brokenDisk)
	}
	if serial == "" {
		serial = device.Serial
	}
	s := redfishtest.New(redfishtest.Options{Vendor: redfishtest.Supermicro(), User: "hand", Password: "sesame-opens", Serial: serial, Now: time.Now})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	d.executors = hands.Of(machine.Declared{Redfish: []machine.Redfish{{
		Source: machine.Source{ID: "bmc"}, Device: brokenDisk, Address: server.URL, User: "hand", Password: machine.NewSecret("sesame-opens"), Serial: device.Serial,
	}}}, d.now)
	d.open(":memory:", books)
	return d, s
}

func TestARunbookLightsTheRealLocatorAndPutsItOutWhenItDidNotHelp(t *testing.T) {
	d, s := withController(t, "", book(light, dark))
	defer func() { d.stop() }()
	d.confirm()
	d.state(fault.Verifying)
	if s.Locator() != "Blinking" {
		t.Fatalf("the locator is %s after %v", s.Locator(), s.Requests())
	}
	for i := range 3 {
		d.state(fault.Verifying)
		d.hear(look(uint64(2+i), 0, d.verification(), "amber", d.now()))
	}
	d.state(fault.Escalated)
	d.until("the light is put out again", func() bool { return s.Locator() == "Off" })
}

func TestARunbookLeavesAControllerOfAnotherMachineAsItIs(t *testing.T) {
	d, s := withController(t, "SOMEBODY-ELSE", book(light, dark))
	defer func() { d.stop() }()
	d.confirm()
	d.state(fault.Escalated)
	if why := d.run().Why; !strings.Contains(why, guard.Identity) || !strings.Contains(why, "SOMEBODY-ELSE") {
		t.Errorf("why: %s", why)
	}
	if slices.ContainsFunc(s.Requests(), func(r string) bool { return strings.HasPrefix(r, "PATCH") }) || s.Locator() != "Off" {
		t.Errorf("it was touched: %v", s.Requests())
	}
}
