package fleet_test

import (
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// alarmed is a desk with a receiver of Alertmanager's webhooks whose verdicts go back to an Alertmanager.
type alarmed struct {
	*desk
	receiver *inbound.Receiver
	served   *requests              // of the management controller, where there is one
	seq      map[string]uint64      // of the last look that saw nothing, by robot
	verdicts chan map[string]string // labels of what was posted to Alertmanager
}

func newAlarmed(t *testing.T) *alarmed { return newWitnessed(t, "", "") }

// newWitnessed is one of which a device has a management controller that says how its fans are.
func newWitnessed(t *testing.T, device, fans string) *alarmed {
	t.Helper()
	a := &alarmed{desk: newDesk(t), seq: map[string]uint64{}, verdicts: make(chan map[string]string, 10)}
	am := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var alerts []struct{ Labels map[string]string }
		b, _ := io.ReadAll(r.Body)
		if err := json.Unmarshal(b, &alerts); err != nil || len(alerts) != 1 || r.URL.Path != "/api/v2/alerts" {
			t.Errorf("Alertmanager is sent %s: %s", r.URL.Path, b)
			return
		}
		a.verdicts <- alerts[0].Labels
	}))
	t.Cleanup(am.Close)
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	text := "sources:\n  - id: prom\n    kind: alertmanager\n    token_env: TOKEN\n    answer: {alertmanager: '" + am.URL + "'}\n" +
		"    rules: [{when: [{label: alertname, equals: DiskFailed}], means: [drive-failed]}, {when: [{label: alertname, equals: ServerHot}], means: [device-hot]}, " +
		"{when: [{label: alertname, equals: FanFailed}], means: [fan-failed]}]\n" +
		"  - {id: bmcs, kind: redfish, token_env: TOKEN, rules: [{when: [{label: message_id, equals: FanFailed}], means: [fan-failed]}]}\n"
	a.inbound, err = inbound.Parse([]byte(text), site, func(string) (string, bool) { return "a-token-made-by-chance", true })
	if err != nil {
		t.Fatal(err)
	}
	if device != "" {
		a.served = a.fanned(device, fans)
	}
	a.open(filepath.Join(t.TempDir(), "store.db"), "")
	a.receiver = inbound.NewReceiver(a.inbound, inbound.NewIndex(site), a.c, time.Now, slog.New(slog.DiscardHandler))
	return a
}

// fire has Alertmanager say that the disk failed.
func (a *alarmed) fire() {
	a.t.Helper()
	a.say("DiskFailed")
}

// say has Alertmanager say something of the device.
func (a *alarmed) say(name string) {
	a.t.Helper()
	body := `{"version": "4", "status": "firing", "alerts": [{"status": "firing", "fingerprint": "f1", "startsAt": "2026-11-27T02:58:00Z", "endsAt": "0001-01-01T00:00:00Z",
		"labels": {"alertname": "` + name + `", "device": "` + brokenDisk + `", "part": "` + brokenLED + `", "face": "front"}, "annotations": {"summary": "disk 4"}}]}`
	if code, said := a.post("prom", body); code != http.StatusOK {
		a.t.Fatalf("%d %s", code, said)
	}
}

// post sends a source's message to the receiver.
func (a *alarmed) post(source, body string) (code int, said string) {
	req := httptest.NewRequest(http.MethodPost, "/api/v1/inbound/"+source, strings.NewReader(body))
	req.Header.Set("Authorization", "Bearer a-token-made-by-chance")
	w := httptest.NewRecorder()
	a.receiver.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

// sent are the inspections that the alarm asked for.
func (a *alarmed) sentFor() []fleet.Inspection {
	a.t.Helper()
	all, err := a.c.Inspections(a.t.Context())
	if err != nil {
		a.t.Fatal(err)
	}
	var out []fleet.Inspection
	for _, i := range all {
		if strings.HasPrefix(i.By, "alarm ") {
			out = append(out, i)
		}
	}
	return out
}

func TestAnAlarmFromOutsideSendsARobotAndIsAnswered(t *testing.T) {
	for colour, want := range map[string]inbound.State{"amber": inbound.Confirmed, "green": inbound.Refuted} {
		t.Run(colour, func(t *testing.T) {
			a := newAlarmed(t)
			defer func() { a.stop() }()
			a.fire()
			a.fire() // Alertmanager repeats itself
			looks := a.sentFor()
			if len(looks) != 1 || looks[0].Viewpoint != seenFrom || looks[0].State != fleet.Waiting {
				t.Fatalf("sent for %+v", looks)
			}
			a.hear(look(1, 0, looks[0].ID, colour, a.now()))
			a.until("the verdict", func() bool {
				all, err := a.c.Outside(t.Context())
				return err == nil && len(all) == 1 && all[0].State == want && all[0].Answered
			})
			if labels := <-a.verdicts; labels["verdict"] != string(want) || labels["alarm"] != "DiskFailed" || labels["device"] != brokenDisk {
				t.Errorf("Alertmanager is told %v", labels)
			}
			if n := len(a.verdicts); n != 0 {
				t.Errorf("it is told %d times more", n)
			}
		})
	}
}

// An eye for heat misses one hot device in sixteen, and tells so: what one robot found cool, another looks at before the alarm
// is refuted.
func TestAnAlarmThatOneLookMayHaveMissedIsLookedAtAgain(t *testing.T) {
	for second, want := range map[string]inbound.State{"hot": inbound.Confirmed, "cool": inbound.Refuted} {
		t.Run(second, func(t *testing.T) {
			a := newAlarmed(t)
			defer func() { a.stop() }()
			a.say("ServerHot")
			see := func(seq uint64, robot, heat, action string) {
				o := look(seq, 0, action, "green", a.now())
				o.SerialNumber = robot
				o.Devices = []vision.TemperatureReading{{Device: brokenDisk, MaxC: 40, P95C: 39, MedianC: 38, Pixels: 40}}
				if heat == "hot" {
					o.Findings = []vision.Finding{{
						Kind: vision.KindHotDevice, Severity: vision.Critical, Rack: "A02", Face: maps.Front, Unit: 15, Device: brokenDisk,
						Value: 70, Reference: 65, Meaning: "it is hot", Confidence: 0.9, PastCritical: true,
					}}
				}
				a.hear(o)
			}
			see(1, "NR-01", "cool", a.sentFor()[0].ID)
			looks := a.sentFor()
			if len(looks) != 2 {
				all, _ := a.c.Outside(t.Context())
				t.Fatalf("sent for %+v, and the alarm is %+v", looks, all)
			}
			for _, i := range looks {
				if i.State == fleet.Waiting {
					see(1, "NR-02", second, i.ID)
				}
			}
			a.until("the verdict", func() bool {
				all, err := a.c.Outside(t.Context())
				return err == nil && len(all) == 1 && all[0].State == want
			})
		})
	}
}

func TestAnAlarmSurvivesARestart(t *testing.T) {
	a := newAlarmed(t)
	a.fire()
	asked := a.sentFor()
	a.stop()
	a.open(filepath.Join(t.TempDir(), "other.db"), "") // from the journal alone
	defer func() { a.stop() }()
	a.until("it waits again", func() bool {
		all, err := a.c.Outside(t.Context())
		return err == nil && len(all) == 1 && all[0].State == inbound.Waiting && len(all[0].Looks) == 1 && all[0].Looks[0] == asked[0].ID
	})
}
