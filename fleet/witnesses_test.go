package fleet_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/ask"
	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// fanned gives the server of the alarm, which has no light for its fans, a management controller that says how they are; or gives
// one to another server. It counts the requests that it answers.
func (a *alarmed) fanned(device, health string) *requests {
	served := &requests{}
	a.machines = func(site *maps.Site, tick clock.Clock) fleet.Machines {
		d, ok := site.Device(device)
		if !ok {
			a.t.Fatal("the sample has no " + device)
		}
		bmc := redfishtest.New(redfishtest.Options{Vendor: redfishtest.HPE(), User: "watch", Password: "sesame", Serial: d.Serial, Now: tick.Now})
		bmc.Set(func(m *redfishtest.Machine) { m.Fans[2].Health = health })
		server := httptest.NewServer(served.count(bmc))
		a.t.Cleanup(server.Close)
		declared, err := machine.Parse([]byte("redfish: [{id: bmc-1, device: "+device+", address: '"+server.URL+"', login: {user_env: U, password_env: P}}]"), site, machine.Vault{
			Env: func(name string) (string, bool) { return map[string]string{"U": "watch", "P": "sesame"}[name], true },
		})
		if err != nil {
			a.t.Fatal(err)
		}
		return ask.New(ask.Options{Declared: declared, Topology: cause.NewTopology(site, site.Viewpoints()), Now: tick.Now})
	}
	return served
}

// coolLook is a look of a robot that sees nothing out of order, and no heat, at the server.
func (a *alarmed) coolLook(robot, action string) {
	a.seq[robot]++
	o := look(a.seq[robot], 0, action, "green", a.now())
	o.SerialNumber = robot
	o.Devices = []vision.TemperatureReading{{Device: brokenDisk, MaxC: 40, P95C: 39, MedianC: 38, Pixels: 40}}
	a.hear(o)
}

// looked has all looks that are asked for made, each by a robot that it is not kept from.
func (a *alarmed) looked() {
	a.t.Helper()
	for range 5 {
		all := slices.DeleteFunc(a.sentFor(), func(i fleet.Inspection) bool { return i.State != fleet.Waiting })
		if len(all) == 0 {
			return
		}
		for _, i := range all {
			serial := "NR-01"
			if slices.ContainsFunc(i.Not, func(r string) bool { return strings.HasSuffix(r, "/NR-01") }) {
				serial = "NR-02"
			}
			a.coolLook(serial, i.ID)
		}
	}
}

// verdict waits for the alarm's.
func (a *alarmed) verdict() (out inbound.Alarm) {
	a.t.Helper()
	a.until("the verdict", func() bool {
		a.looked()
		all, err := a.c.Outside(a.t.Context())
		if err != nil || len(all) != 1 {
			a.t.Fatalf("%+v: %v", all, err)
		}
		out = all[0]
		return out.Verdict != nil
	})
	return out
}

// What looks leave in doubt, the machines of the place are asked, and what they say decides and is shown; where the place has none,
// nobody is asked.
func TestAnAlarmThatLooksLeaveInDoubtIsAskedOfTheMachines(t *testing.T) {
	for name, c := range map[string]struct {
		device, health string
		want           inbound.State
		says           string
	}{
		"it says that a fan failed": {brokenDisk, "Critical", inbound.Confirmed, "failed"},
		"it says that they turn":    {brokenDisk, "OK", inbound.Refuted, "its fans are in order"},
		"it is another server's":    {"A02-srv-03", "Critical", inbound.Undecided, ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := newWitnessed(t, c.device, c.health)
			defer func() { a.stop() }()
			a.say("FanFailed")
			got := a.verdict()
			shown := slices.ContainsFunc(got.Verdict.Seen, func(s string) bool {
				return strings.Contains(s, "the BMC of "+brokenDisk) && strings.Contains(s, c.says)
			})
			if asked := a.served.n() > 0; got.State != c.want || !strings.Contains(got.Verdict.Says, c.says) || shown != (c.says != "") || asked != (c.says != "") || asked == got.HeardAt.IsZero() {
				t.Errorf("%+v, and the BMC answered %d requests", got, a.served.n())
			}
		})
	}
}

// A machine's own event is no reason to believe it: it is not asked, for it would say it again.
func TestAMachineIsNoWitnessOfItsOwnAlarm(t *testing.T) {
	a := newWitnessed(t, brokenDisk, "Critical")
	defer func() { a.stop() }()
	body := fmt.Sprintf(`{"@odata.type": "#Event.v1_4_0.Event", "Id": "1", "Name": "Events", "Context": %q, "Events": [{"EventId": "7", "EventType": "Alert",
		"MessageId": "FanFailed", "Message": "Fan 3 has failed.", "MessageSeverity": "Critical", "EventTimestamp": "2026-11-27T02:58:00Z"}]}`, brokenDisk)
	if code, said := a.post("bmcs", body); code != http.StatusOK {
		t.Fatalf("%d %s", code, said)
	}
	if got := a.verdict(); got.State != inbound.Undecided || len(got.Reports) > 0 || a.served.n() > 0 {
		t.Errorf("%+v, and the BMC answered %d requests", got, a.served.n())
	}
}

// What the machines said of an alarm is in the journal; and one that they were still being asked about is asked again.
func TestWhatMachinesSayOfAnAlarmOutlivesARestart(t *testing.T) {
	a := newWitnessed(t, brokenDisk, "OK")
	a.served.hold()
	a.say("FanFailed")
	a.coolLook("NR-01", a.sentFor()[0].ID)
	a.until("the BMC is asked", func() bool { return a.served.n() > 0 })
	a.stop()
	a.served.release()
	a.open(filepath.Join(t.TempDir(), "other.db"), "") // from the journal alone
	var heard inbound.Alarm
	a.until("it has answered", func() bool {
		all, err := a.c.Outside(t.Context())
		if err == nil && len(all) == 1 {
			heard = all[0]
		}
		return !heard.HeardAt.IsZero()
	})
	if len(heard.Reports) != 1 || heard.State != inbound.Waiting {
		t.Fatalf("heard %+v", heard)
	}
	a.stop()
	a.machines = nil
	a.open(filepath.Join(t.TempDir(), "third.db"), "")
	defer func() { a.stop() }()
	if got := a.verdict(); got.State != inbound.Refuted || !strings.Contains(got.Verdict.Says, "its fans are in order") {
		t.Errorf("%+v", got)
	}
}

// What one robot could not tell is asked of another one.
func TestASecondLookAtAnAlarmIsAnotherRobots(t *testing.T) {
	a := newAlarmed(t)
	defer func() { a.stop() }()
	a.say("ServerHot")
	a.coolLook("NR-01", a.sentFor()[0].ID)
	all := slices.DeleteFunc(a.sentFor(), func(i fleet.Inspection) bool { return i.State != fleet.Waiting })
	if len(all) != 1 || len(all[0].Not) != 1 || !strings.HasSuffix(all[0].Not[0], "/NR-01") {
		t.Errorf("asked for %+v", all)
	}
}

// requests counts those that a server answers, and holds them back for as long as it is told to.
type requests struct {
	mu   sync.Mutex
	seen int
	wait chan struct{} // nil: nothing is held back
}

func (r *requests) count(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, req *http.Request) {
		r.mu.Lock()
		r.seen++
		wait := r.wait
		r.mu.Unlock()
		if wait != nil {
			select {
			case <-wait:
			case <-req.Context().Done():
				return
			}
		}
		h.ServeHTTP(w, req)
	})
}

func (r *requests) n() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.seen
}

func (r *requests) hold() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.wait = make(chan struct{})
}

func (r *requests) release() {
	r.mu.Lock()
	defer r.mu.Unlock()
	close(r.wait)
	r.wait = nil
}
