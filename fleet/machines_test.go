package fleet_test

import (
	"errors"
	"fmt"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/ask"
	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
)

// controlled is a desk whose server with the broken disk has a management controller that says so, or that all is well.
func controlled(t *testing.T, health string) *desk {
	d := newDesk(t)
	d.machines = func(site *maps.Site, tick clock.Clock) fleet.Machines {
		device, ok := site.Device(brokenDisk)
		if !ok {
			t.Fatal("the sample has no " + brokenDisk)
		}
		bmc := redfishtest.New(redfishtest.Options{Vendor: redfishtest.HPE(), User: "watch", Password: "sesame", Serial: device.Serial, Now: tick.Now})
		bmc.Set(func(m *redfishtest.Machine) {
			m.Drives = nil
			for i := range 4 {
				m.Drives = append(m.Drives, redfishtest.Drive{Name: fmt.Sprintf("Bay %d", i+1), ID: fmt.Sprintf("Bay.%d", i+1), Health: "OK"})
			}
			m.Drives[3].Health = health
		})
		server := httptest.NewServer(bmc)
		t.Cleanup(server.Close)
		declared, err := machine.Parse([]byte("redfish: [{id: bmc-1, device: "+brokenDisk+", address: '"+server.URL+"', login: {user_env: U, password_env: P}}]"), site, machine.Vault{
			Env: func(name string) (string, bool) { return map[string]string{"U": "watch", "P": "sesame"}[name], true },
		})
		if err != nil {
			t.Fatal(err)
		}
		return ask.New(ask.Options{Declared: declared, Topology: cause.NewTopology(site, site.Viewpoints()), Now: tick.Now})
	}
	return d
}

// drive is the hypothesis that the disk failed.
func (d *desk) drive() (h cause.Hypothesis) {
	for _, x := range d.fault().Hypotheses {
		if x.Kind == cause.DriveFailed {
			h = x
		}
	}
	return h
}

func TestTheMachinesAreAskedAndWhatTheySayIsShownAndWeighed(t *testing.T) {
	says := func(all []string, what string) bool {
		return slices.ContainsFunc(all, func(s string) bool {
			return strings.Contains(s, "the BMC of "+brokenDisk+" says drive Bay 4") && strings.Contains(s, what)
		})
	}
	var agreed, contradicted float64
	for _, health := range []string{"Critical", "OK"} {
		d := controlled(t, health)
		d.open(":memory:", "")
		d.hear(look(1, 0, "a", "amber", d.now()))
		d.until("the BMC is heard", func() bool {
			h := d.drive()
			if health == "OK" {
				contradicted = h.Probability
				return says(h.Against, "is in order")
			}
			agreed = h.Probability
			return says(h.For, "failed")
		})
		reports, err := d.c.Reports(t.Context(), "F-0001")
		i := slices.IndexFunc(reports, func(r fleet.Report) bool { return says([]string{r.Says}, "") })
		if err != nil || i < 0 || reports[i].By != "bmc-1" || reports[i].InOrder != (health == "OK") || reports[i].At.IsZero() {
			t.Errorf("drive %s: what machines said is %+v, %v", health, reports, err)
		}
		if f := d.fault(); f.State != "suspected" {
			t.Errorf("one look and a machine made it %s", f.State)
		}
		d.stop()
	}
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	if _, err := d.c.Reports(t.Context(), "F-9999"); !errors.Is(err, fleet.ErrUnknown) {
		t.Errorf("reports of no fault: %v", err)
	}
	t.Logf("drive failed: %.4f when the BMC agrees, %.4f when it contradicts", agreed, contradicted)
	if contradicted >= agreed {
		t.Errorf("agreement %.4f, contradiction %.4f", agreed, contradicted)
	}
}

// What a machine said is part of the change that rests on it: a controller that starts anew, with its store or with the journal
// alone, and asks nobody, still has it for its conclusion.
func TestWhatAMachineSaidIsKnownAfterARestart(t *testing.T) {
	said := func(d *desk) bool {
		return slices.ContainsFunc(d.drive().For, func(s string) bool { return strings.Contains(s, "the BMC of "+brokenDisk+" says drive Bay 4") })
	}
	for _, lost := range []bool{false, true} {
		d := controlled(t, "Critical")
		file := filepath.Join(t.TempDir(), "site.db")
		d.open(file, "")
		d.hear(look(1, 0, "a", "amber", d.now()))
		d.until("the BMC is heard", func() bool { return said(d) })
		before := d.drive().Probability
		d.stop()
		d.machines = nil
		if lost {
			file = filepath.Join(t.TempDir(), "another.db")
		}
		d.open(file, "")
		d.hear(look(2, 0, "b", "amber", d.now()))
		d.until("the second look is weighed", func() bool { return len(d.fault().Sightings) == 2 })
		if h := d.drive(); !said(d) || h.Probability < before-0.01 {
			t.Errorf("store lost %v: %.4f before and %.4f after, for it: %q", lost, before, h.Probability, h.For)
		}
		d.stop()
	}
}
