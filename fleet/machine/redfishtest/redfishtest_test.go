package redfishtest_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/stmcginnis/gofish"
	"github.com/stmcginnis/gofish/redfish"

	"github.com/nightrounds/nightrounds/fleet/machine/redfishtest"
)

// A house is a service with a clock that a test turns.
type house struct {
	t   *testing.T
	s   *redfishtest.Service
	url string
	now time.Time
	v   redfishtest.Vendor
}

func serve(t *testing.T, o redfishtest.Options) *house {
	t.Helper()
	h := &house{t: t, now: time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC), v: o.Vendor}
	o.User, o.Password, o.Serial, o.Now = "root", "calvin", "S-1", func() time.Time { return h.now }
	h.s = redfishtest.New(o)
	server := httptest.NewServer(h.s)
	t.Cleanup(server.Close)
	h.url = server.URL
	return h
}

// do sends a request with headers in pairs and returns the answer with its document.
func (h *house) do(method, path, body string, headers ...string) (*http.Response, map[string]any) {
	h.t.Helper()
	req, err := http.NewRequest(method, h.url+"/redfish/v1/"+path, strings.NewReader(body))
	if err != nil {
		h.t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		h.t.Fatal(err)
	}
	defer res.Body.Close()
	var doc map[string]any
	_ = json.NewDecoder(res.Body).Decode(&doc)
	return res, doc
}

func (h *house) login() string {
	h.t.Helper()
	res, _ := h.do(http.MethodPost, "SessionService/Sessions", `{"UserName": "root", "Password": "calvin"}`)
	if res.StatusCode != http.StatusCreated || res.Header.Get("Location") == "" {
		h.t.Fatalf("login: %s", res.Status)
	}
	return res.Header.Get("X-Auth-Token")
}

func (h *house) expect(what string, res *http.Response, status int) {
	h.t.Helper()
	if res.StatusCode != status {
		h.t.Errorf("%s: %s, want %d", what, res.Status, status)
	}
}

func (h *house) reset(token, kind string, headers ...string) *http.Response {
	res, _ := h.do(http.MethodPost, "Systems/"+h.v.System+"/Actions/ComputerSystem.Reset", `{"ResetType": "`+kind+`"}`, append(headers, "X-Auth-Token", token)...)
	return res
}

func TestSessionsExpireAndAreFew(t *testing.T) {
	h := serve(t, redfishtest.Options{Vendor: redfishtest.HPE(), SessionLasts: 5 * time.Minute, Sessions: 2})
	res, _ := h.do(http.MethodGet, "", "")
	h.expect("the root needs no login", res, http.StatusOK)
	res, _ = h.do(http.MethodGet, "Systems", "")
	h.expect("no login", res, http.StatusUnauthorized)
	token := h.login()
	h.now = h.now.Add(4 * time.Minute)
	res, _ = h.do(http.MethodGet, "Systems", "", "X-Auth-Token", token)
	h.expect("a session", res, http.StatusOK)
	h.login()
	res, _ = h.do(http.MethodPost, "SessionService/Sessions", `{"UserName": "root", "Password": "calvin"}`)
	h.expect("a third session", res, http.StatusServiceUnavailable)
	h.now = h.now.Add(5 * time.Minute)
	res, _ = h.do(http.MethodGet, "Systems", "", "X-Auth-Token", token)
	h.expect("an expired session", res, http.StatusUnauthorized)
	if h.s.Open() != 0 {
		t.Error("expired sessions are open")
	}
}

func TestETagsAndIfMatchAreAsTheVendorHasThem(t *testing.T) {
	for name, v := range map[string]redfishtest.Vendor{"HPE": redfishtest.HPE(), "Dell": redfishtest.Dell(), "Supermicro": redfishtest.Supermicro()} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, redfishtest.Options{Vendor: v})
			token, system := h.login(), "Systems/"+v.System
			res, doc := h.do(http.MethodGet, system, "", "X-Auth-Token", token)
			tag := res.Header.Get("ETag")
			if strings.HasPrefix(tag, "W/") != v.WeakTags || doc[v.LED] == nil {
				t.Errorf("tag %s, locator %v", tag, doc[v.LED])
			}
			light := map[string]string{"IndicatorLED": `{"IndicatorLED": "Blinking"}`, "LocationIndicatorActive": `{"LocationIndicatorActive": true}`}[v.LED]
			bare := http.StatusNoContent
			if v.SuccessBody {
				bare = http.StatusOK
			}
			good := bare
			if v.MatchDemanded {
				bare = http.StatusPreconditionRequired
			}
			res, _ = h.do(http.MethodPatch, system, light, "X-Auth-Token", token)
			h.expect("without If-Match", res, bare)
			res, _ = h.do(http.MethodPatch, system, light, "X-Auth-Token", token, "If-Match", `"stale"`)
			h.expect("with an old If-Match", res, http.StatusPreconditionFailed)
			res, _ = h.do(http.MethodGet, system, "", "X-Auth-Token", token)
			res, doc = h.do(http.MethodPatch, system, light, "X-Auth-Token", token, "If-Match", res.Header.Get("ETag"))
			h.expect("with the newest If-Match", res, good)
			if h.s.Locator() != "Blinking" || v.SuccessBody != (doc["error"] != nil) {
				t.Errorf("locator %s, answer %v", h.s.Locator(), doc)
			}
			if now, _ := h.do(http.MethodGet, system, "", "X-Auth-Token", token); now.Header.Get("ETag") == tag {
				t.Error("the ETag does not follow")
			}
			res, _ = h.do(http.MethodPatch, system, `{"AssetTag": "x"}`, "X-Auth-Token", token, "If-Match", "*")
			h.expect("what cannot be written", res, http.StatusBadRequest)
		})
	}
}

func TestAResetIsTakenAsTheVendorTakesIt(t *testing.T) {
	for name, v := range map[string]redfishtest.Vendor{"HPE": redfishtest.HPE(), "Dell": redfishtest.Dell(), "Supermicro": redfishtest.Supermicro()} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, redfishtest.Options{Vendor: v, Takes: 20 * time.Second})
			token := h.login()
			h.expect("a reset type that is not allowed", h.reset(token, "Suspend"), http.StatusBadRequest)
			h.expect("on although it is on", h.reset(token, "On"), http.StatusConflict)
			if v.NoMatchOnActions {
				h.expect("an action with If-Match", h.reset(token, "ForceOff", "If-Match", "*"), http.StatusPreconditionFailed)
			}
			res := h.reset(token, "GracefulShutdown")
			want := http.StatusNoContent
			if v.Tasks {
				want = http.StatusAccepted
			}
			h.expect("a shutdown", res, want)
			if h.s.Power() != "PoweringOff" {
				t.Errorf("it is %s at once", h.s.Power())
			}
			if v.Tasks {
				monitor := strings.TrimPrefix(res.Header.Get("Location"), "/redfish/v1/")
				running, _ := h.do(http.MethodGet, monitor, "", "X-Auth-Token", token)
				h.expect("its task", running, http.StatusAccepted)
				defer func() {
					done, _ := h.do(http.MethodGet, monitor, "", "X-Auth-Token", token)
					h.expect("its task, later", done, http.StatusNoContent)
				}()
			}
			h.now = h.now.Add(20 * time.Second)
			if h.s.Power() != "Off" {
				t.Errorf("it is %s after its time", h.s.Power())
			}
			h.expect("a restart of what is off", h.reset(token, "ForceRestart"), http.StatusConflict)
			res, doc := h.do(http.MethodGet, v.Log+"/Entries", "", "X-Auth-Token", token)
			if members, _ := doc["Members"].([]any); res.StatusCode != http.StatusOK || len(members) != 1 {
				t.Errorf("its log: %v", doc)
			}
		})
	}
}

func TestAManagerThatRestartsForgetsItsSessions(t *testing.T) {
	h := serve(t, redfishtest.Options{Vendor: redfishtest.Dell(), Takes: time.Minute})
	token := h.login()
	res, _ := h.do(http.MethodPost, "Managers/iDRAC.Embedded.1/Actions/Manager.Reset", `{"ResetType": "GracefulRestart"}`, "X-Auth-Token", token)
	h.expect("a restart", res, http.StatusNoContent)
	res, _ = h.do(http.MethodGet, "", "")
	h.expect("while it restarts", res, http.StatusServiceUnavailable)
	h.now = h.now.Add(time.Minute)
	res, _ = h.do(http.MethodGet, "Systems", "", "X-Auth-Token", token)
	h.expect("its old session", res, http.StatusUnauthorized)
}

// The library that Nightrounds uses must find its way about, or the service is no Redfish.
func TestGofishFindsItsWay(t *testing.T) {
	for name, v := range map[string]redfishtest.Vendor{"HPE": redfishtest.HPE(), "Dell": redfishtest.Dell(), "Supermicro": redfishtest.Supermicro()} {
		t.Run(name, func(t *testing.T) {
			h := serve(t, redfishtest.Options{Vendor: v})
			c, err := gofish.Connect(gofish.ClientConfig{Endpoint: h.url, Username: "root", Password: "calvin"})
			if err != nil {
				t.Fatal(err)
			}
			defer c.Logout()
			systems, err := c.Service.Systems()
			if err != nil || len(systems) != 1 || systems[0].PowerState != redfish.OnPowerState || (len(systems[0].SupportedResetTypes) == 0) != v.ActionInfo {
				t.Fatalf("%d systems, %v", len(systems), err)
			}
			chassis, err := c.Service.Chassis()
			if err != nil || len(chassis) != 1 {
				t.Fatal(err)
			}
			if thermal, err := chassis[0].Thermal(); err != nil || (thermal == nil) != v.Modern {
				t.Errorf("thermal %v, %v", thermal, err)
			}
			storage, err := systems[0].Storage()
			if err != nil || len(storage) != 1 {
				t.Fatal(err)
			}
			if drives, err := storage[0].Drives(); err != nil || len(drives) != 2 {
				t.Errorf("%d drives, %v", len(drives), err)
			}
			systems[0].DisableEtagMatch(v.NoMatchOnActions)
			if err := systems[0].Reset(redfish.ForceOffResetType); err != nil || h.s.Power() != "Off" {
				t.Errorf("reset: %v, it is %s", err, h.s.Power())
			}
		})
	}
}
