package redfish_test

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
	"github.com/nightrounds/nightrounds/fleet/machine/redfish"
	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
)

var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

const password = "sesame-opens"

func at() time.Time { return night }

var vendors = map[string]redfishtest.Vendor{"HPE": redfishtest.HPE(), "Dell": redfishtest.Dell(), "Supermicro": redfishtest.Supermicro()}

// serve runs a controller of a vendor and returns it with what machines.yaml says of it.
func serve(t *testing.T, o redfishtest.Options) (*redfishtest.Service, machine.Redfish) {
	t.Helper()
	o.User, o.Password, o.Now = "watch", password, at
	if o.Serial == "" {
		o.Serial = "CZ1056495"
	}
	s := redfishtest.New(o)
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	return s, machine.Redfish{
		Source: machine.Source{ID: "bmc-1"}, Device: "A01-srv-03", Address: server.URL, User: "watch", Password: machine.NewSecret(password), Serial: "CZ1056495",
		Lights: []string{"health", "disk1", "disk2", "psu1", "psu2"},
	}
}

func ask(t *testing.T, m machine.Redfish, q machine.Question) ([]machine.Evidence, error) {
	t.Helper()
	q.Since = night.Add(-time.Hour)
	return redfish.New(m, at).Ask(t.Context(), q)
}

// of is what was said of a part.
func of(t *testing.T, all []machine.Evidence, part string) machine.Evidence {
	t.Helper()
	for _, e := range all {
		if e.Sign.Part == part {
			return e
		}
	}
	t.Errorf("nothing is said of %s: %+v", part, all)
	return machine.Evidence{}
}

func TestAMachineInOrderSaysSo(t *testing.T) {
	for name, v := range vendors {
		t.Run(name, func(t *testing.T) {
			s, m := serve(t, redfishtest.Options{Vendor: v})
			all, err := ask(t, m, machine.Question{})
			if err != nil {
				t.Fatal(err)
			}
			for _, part := range []string{"fan", "temperature", "power", "psu1", "psu2", "disk1", "disk2", "health"} {
				if e := of(t, all, part); e.Sign.Symptom != cause.InOrder || e.Sign.Thing != cause.Machine || e.Sign.By != "bmc-1" || !e.At.Equal(night) {
					t.Errorf("%s: %+v", part, e)
				}
			}
			if n := s.Open(); n != 0 {
				t.Errorf("%d sessions are left open", n)
			}
		})
	}
}

func TestTroubleIsSaidByPartWithTheLogsTimeAndWords(t *testing.T) {
	for name, v := range vendors {
		t.Run(name, func(t *testing.T) {
			const skew = 90 * time.Minute // the controller's clock is ahead
			s, m := serve(t, redfishtest.Options{Vendor: v, Skew: skew})
			s.Set(func(x *redfishtest.Machine) {
				x.Health = "Critical"
				x.Fans[2].Health, x.Fans[2].RPM = "Critical", 0
				x.Supplies[1].InputV, x.Supplies[1].Health = 0, "Critical"
				x.Drives[1].Predicted = true
				x.Log = []redfishtest.Entry{
					{At: night.Add(skew - 24*time.Hour), Severity: "Critical", Message: "Fan 3 has failed.", Sensor: "Fan"},
					{At: night.Add(skew - 2*time.Minute), Severity: "Critical", Message: "Fan 3 has failed.", Sensor: "Fan"},
					{At: night.Add(skew - time.Minute), Severity: "Warning", Message: "Fan 4 has failed.", Sensor: "Fan", Repaired: true},
				}
			})
			all, err := ask(t, m, machine.Question{})
			if err != nil {
				t.Fatal(err)
			}
			fan := of(t, all, "fan")
			if !strings.HasPrefix(fan.Says, "the BMC of A01-srv-03 says fan 3 failed") || !strings.HasSuffix(fan.Says, "its log, at 02:58 UTC: Fan 3 has failed.") ||
				fan.Sign.Symptom != cause.FanLight || !fan.At.Equal(night.Add(-2*time.Minute)) {
				t.Errorf("%+v", fan)
			}
			if e := of(t, all, "psu2"); e.Sign.Symptom != cause.InputLight || !strings.Contains(e.Says, "has no input") {
				t.Errorf("%+v", e)
			}
			if e := of(t, all, "disk2"); e.Sign.Symptom != cause.DriveLight || !strings.Contains(e.Says, "foretells its failure") {
				t.Errorf("%+v", e)
			}
			for _, e := range all {
				if e.Sign.Part == "health" {
					t.Errorf("its health is a sign of its own although its parts say why: %+v", e)
				}
			}
		})
	}
}

func TestAHotMachineAndOneThatIsOff(t *testing.T) {
	for name, v := range vendors {
		t.Run(name, func(t *testing.T) {
			s, m := serve(t, redfishtest.Options{Vendor: v})
			s.Set(func(x *redfishtest.Machine) { x.Temperatures[1].C = 93 })
			hot := machine.Question{Causes: []cause.Cause{{Kind: cause.DeviceHot}}}
			all, err := ask(t, m, hot)
			if e := of(t, all, "temperature"); err != nil || e.Sign.Symptom != cause.Hot || e.Value != 93 {
				t.Errorf("%+v, %v", e, err)
			}
			for _, r := range s.Requests() {
				if strings.Contains(r, "Power") || strings.Contains(r, "Drives") {
					t.Errorf("heat is in doubt, and %s is asked", r)
				}
			}
			client := http.Client{}
			req, _ := http.NewRequest(http.MethodPost, m.Address+"/redfish/v1/Systems/"+v.System+"/Actions/ComputerSystem.Reset", strings.NewReader(`{"ResetType": "ForceOff"}`))
			req.SetBasicAuth("watch", password)
			req.Header.Set("Content-Type", "application/json")
			res, err := client.Do(req)
			if err != nil || res.StatusCode/100 != 2 {
				t.Fatal(res, err)
			}
			res.Body.Close()
			all, err = ask(t, m, machine.Question{})
			if e := of(t, all, "power"); err != nil || e.Sign.Symptom != cause.Dark {
				t.Errorf("%+v, %v", e, err)
			}
			for _, e := range all {
				if e.Sign.Part == "fan" {
					t.Errorf("a machine that is off speaks of its fans: %+v", e)
				}
			}
		})
	}
}

func TestAControllerThatRefusesIsQuotedWithoutThePassword(t *testing.T) {
	_, m := serve(t, redfishtest.Options{Vendor: redfishtest.HPE()})
	m.User = "stranger" // the controller echoes the login that it refuses
	_, err := ask(t, m, machine.Question{})
	if err == nil || strings.Contains(err.Error(), password) || !strings.Contains(err.Error(), "not known") {
		t.Errorf("%v", err)
	}
}

func TestTheControllerOfAnotherMachineIsNotBelieved(t *testing.T) {
	for name, v := range vendors {
		_, m := serve(t, redfishtest.Options{Vendor: v, Serial: "XX0000001"})
		if all, err := ask(t, m, machine.Question{}); len(all) > 0 || err == nil || !strings.Contains(err.Error(), "XX0000001") {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
}

func TestACertificateIsHeldAgainstItsPin(t *testing.T) {
	s := redfishtest.New(redfishtest.Options{Vendor: redfishtest.HPE(), User: "watch", Password: password, Serial: "CZ1056495", Now: at})
	server := httptest.NewTLSServer(s)
	defer server.Close()
	sum := sha256.Sum256(server.Certificate().Raw)
	m := machine.Redfish{Device: "A01-srv-03", Address: server.URL, User: "watch", Password: machine.NewSecret(password), Serial: "CZ1056495"}
	for pin, works := range map[string]bool{hex.EncodeToString(sum[:]): true, strings.Repeat("0", 64): false, "": false} {
		m.Pin = pin
		all, err := ask(t, m, machine.Question{})
		if works != (err == nil && len(all) > 0) {
			t.Errorf("pin %q: %d answers, %v", pin, len(all), err)
		}
	}
	if n := s.Open(); n != 0 {
		t.Errorf("%d sessions are left open", n)
	}
}

func TestAHungControllerIsLeftInTime(t *testing.T) {
	hang := make(chan struct{})
	s := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { <-hang }))
	defer s.Close()
	defer close(hang)
	ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
	defer cancel()
	began := time.Now()
	_, err := redfish.New(machine.Redfish{Address: s.URL, User: "a", Password: machine.NewSecret("b")}, at).Ask(ctx, machine.Question{})
	if err == nil || time.Since(began) > 3*time.Second {
		t.Errorf("%v after %s", err, time.Since(began))
	}
}

func TestSessionsAreGivenBackWhenTheQuestionIsCutShort(t *testing.T) {
	s, m := serve(t, redfishtest.Options{Vendor: redfishtest.Supermicro(), Sessions: 1})
	ctx, cancel := context.WithCancel(t.Context())
	slow := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if strings.Contains(r.URL.Path, "Fans") {
			cancel()
			return
		}
		s.ServeHTTP(w, r)
	}))
	defer slow.Close()
	m.Address = slow.URL
	if _, err := redfish.New(m, at).Ask(ctx, machine.Question{}); err == nil {
		t.Error("what was not read is no error")
	}
	if n := s.Open(); n != 0 {
		t.Errorf("%d sessions are left open", n)
	}
}

func TestEndlessAnswersAndRedirectsAreRefused(t *testing.T) {
	for name, h := range map[string]http.HandlerFunc{
		"endless": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = w.Write([]byte(`{"x": "`))
			for range 6 << 10 {
				if _, err := w.Write(make([]byte, 1<<10)); err != nil {
					return
				}
			}
		},
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://127.0.0.1:1/", http.StatusFound)
		},
		"HTML": func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte("<html>login</html>")) },
	} {
		s := httptest.NewServer(h)
		_, err := redfish.New(machine.Redfish{Address: s.URL, User: "a", Password: machine.NewSecret("b")}, at).Ask(t.Context(), machine.Question{})
		if err == nil || len(err.Error()) > 400 {
			t.Errorf("%s: %v", name, err)
		}
		s.Close()
	}
}
