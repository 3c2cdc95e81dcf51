package api_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/api"
	"github.com/nightrounds/nightrounds/fleet/evidence"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/feed"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
)

// answers is a controller with one fault and nothing else.
type answers struct {
	wished  fleet.Wish
	signals []alarm.Signal
	stop    remedy.Stop
	verdict fault.Verdict
	sent    time.Time
}

func (*answers) Robots(context.Context) ([]fleet.RobotView, error) { return []fleet.RobotView{}, nil }
func (*answers) Patrol(context.Context) (fleet.PatrolView, error)  { return fleet.PatrolView{}, nil }
func (*answers) Tickets(context.Context) ([]ticket.Ticket, error)  { return []ticket.Ticket{}, nil }
func (*answers) Runs(context.Context) ([]remedy.Run, error)        { return []remedy.Run{}, nil }
func (*answers) Inspections(context.Context) ([]fleet.Inspection, error) {
	return []fleet.Inspection{}, nil
}
func (*answers) Faults(context.Context) ([]fault.Fault, error) {
	return []fault.Fault{{ID: "F-0001"}}, nil
}
func (*answers) Approve(context.Context, string, string, string) (remedy.Run, error) {
	return remedy.Run{}, fmt.Errorf("run R-1 is done: %w", fleet.ErrRefused)
}
func (*answers) Decline(_ context.Context, run, _, _ string) (remedy.Run, error) {
	return remedy.Run{ID: run, State: remedy.Failed}, nil
}
func (*answers) Opened(_ context.Context, run, _ string) (remedy.Run, error) {
	return remedy.Run{ID: run, State: remedy.Acting}, nil
}
func (*answers) TaskDone(_ context.Context, run, _ string) (remedy.Run, error) {
	return remedy.Run{ID: run, State: remedy.Settling}, nil
}
func (a *answers) Stopped(context.Context) (remedy.Stop, error) { return a.stop, nil }
func (a *answers) StopRemedies(_ context.Context, on bool, by, why string) (remedy.Stop, error) {
	a.stop = remedy.Stop{On: on, By: by, Why: why}
	return a.stop, nil
}
func (*answers) RereadRunbooks(context.Context, string) (int, error) {
	return 0, fmt.Errorf("%w: runbooks.yaml:7: runbooks[0].colour: unknown field", fleet.ErrRefused)
}
func (*answers) Plan(_ context.Context, id string) (fleet.Plan, error) {
	return fleet.Plan{FaultID: id, Steps: []guard.Planned{{Name: "swap", Refused: []guard.Refusal{{Guard: guard.Redundancy, Why: "it has no other"}}}}}, nil
}
func (*answers) Reports(_ context.Context, id string) ([]fleet.Report, error) {
	if id != "F-0001" {
		return nil, fmt.Errorf("fault %q: %w", id, fleet.ErrUnknown)
	}
	return []fleet.Report{{By: "bmc-1", Says: "fan 3 failed at 02:58"}}, nil
}
func (a *answers) Judge(_ context.Context, id string, says fault.Judgement, by, note string) (fault.Verdict, error) {
	a.verdict = fault.Verdict{FaultID: id, Says: says, By: by, Note: note}
	return a.verdict, nil
}
func (*answers) Precision(context.Context) ([]fault.Precision, error) {
	return []fault.Precision{{Of: "kind", Which: "disk-failed", Judged: 4, Right: 3}}, nil
}
func (*answers) Verify(context.Context, string, string) (fault.Fault, error) {
	return fault.Fault{}, fmt.Errorf("disk full at /secret/place")
}
func (*answers) Rack(_ context.Context, id string) (fleet.RackView, error) {
	return fleet.RackView{}, fmt.Errorf("rack %q: %w", id, fleet.ErrUnknown)
}
func (a *answers) Cancel(context.Context, string, string) (fleet.Inspection, error) {
	return fleet.Inspection{}, fleet.ErrUnknown
}

func (a *answers) MoveUp(_ context.Context, id, by string) (fleet.MovedUp, error) {
	if id != "I-00002" || by != "Ada" {
		return fleet.MovedUp{}, fmt.Errorf("inspection %s by %s: %w", id, by, fleet.ErrRefused)
	}
	return fleet.MovedUp{Inspection: fleet.Inspection{ID: id, MovedBy: by}, Before: []string{"I-00001"}}, nil
}

func (a *answers) Inspect(_ context.Context, w fleet.Wish) ([]fleet.Inspection, error) {
	a.wished = w
	return []fleet.Inspection{{ID: "I-00001", Rack: w.Rack}}, nil
}

func (*answers) Sinks(context.Context) ([]fleet.SinkView, error) {
	return []fleet.SinkView{{Name: "desk", Kind: "jira", Dead: 1}}, nil
}
func (*answers) DeadLetters(context.Context) ([]ticket.Dead, error) {
	return []ticket.Dead{{Ticket: "T-0001", Sink: "desk", Revision: 2, Said: "no such project"}}, nil
}
func (*answers) Resend(_ context.Context, id, sink, by string) ([]ticket.Dead, error) {
	if id != "T-0001" || by != "ann" {
		return nil, fmt.Errorf("dead letter of ticket %q for sink %q: %w", id, sink, fleet.ErrUnknown)
	}
	return []ticket.Dead{{Ticket: id, Sink: "desk"}}, nil
}
func (*answers) TestSink(_ context.Context, name string) ([]string, error) {
	if name != "desk" {
		return nil, fmt.Errorf("sink %q: %w", name, fleet.ErrUnknown)
	}
	return []string{"opened D-7"}, fmt.Errorf("%w: closing D-7: no transition", fleet.ErrRefused)
}
func (*answers) HearSink(_ context.Context, name string, h http.Header, body []byte) error {
	if h.Get("X-PagerDuty-Signature") != "v1=good" || string(body) != "{}" {
		return fmt.Errorf("%w: signature", fleet.ErrRefused)
	}
	return nil
}

func (*answers) Zones(context.Context) ([]zone.Zone, error) {
	return []zone.Zone{{ID: "Z-0001", Why: "people in cage 3"}}, nil
}
func (*answers) Portals(context.Context) ([]fleet.PortalView, error) {
	return []fleet.PortalView{{ID: "door-2"}}, nil
}
func (a *answers) SetZone(_ context.Context, z zone.Zone, lasts time.Duration) (zone.Zone, error) {
	if z.Hall != "hall-1" || len(z.Vertices) != 3 || lasts != time.Hour {
		return zone.Zone{}, fmt.Errorf("zone %+v for %s: %w", z, lasts, fleet.ErrRefused)
	}
	z.ID = "Z-0002"
	return z, nil
}
func (*answers) PreviewZone(_ context.Context, z zone.Zone, lasts time.Duration) (fleet.ZonePreview, error) {
	return fleet.ZonePreview{Nodes: len(z.Vertices), CutOff: []string{"A01"}, Refusal: "NR-01 could reach no dock for " + lasts.String()}, nil
}
func (*answers) LiftZone(_ context.Context, id, _ string) (zone.Zone, error) {
	return zone.Zone{}, fmt.Errorf("zone %q: %w", id, fleet.ErrUnknown)
}

func (*answers) Alarms(context.Context) ([]fleet.AlarmView, error) {
	return []fleet.AlarmView{}, nil
}

func (*answers) RaiseAlarm(_ context.Context, a alarm.Alarm) (alarm.Alarm, error) {
	a.ID = "A-0001"
	return a, nil
}

func (*answers) ClearAlarm(_ context.Context, id, _ string) (alarm.Alarm, error) {
	return alarm.Alarm{}, fmt.Errorf("alarm %q: %w", id, fleet.ErrUnknown)
}

func (a *answers) SignalAlarm(_ context.Context, s alarm.Signal, sent time.Time) error {
	if s.Hall == "attic" {
		return fmt.Errorf("hall %q: %w", s.Hall, fleet.ErrUnknown)
	}
	a.signals, a.sent = append(a.signals, s), sent
	return nil
}

func (*answers) Silences(context.Context) ([]fleet.SilenceView, error) {
	return []fleet.SilenceView{{Silence: quiet.Silence{ID: "S-0001", Target: quiet.Target{Racks: []string{"A02"}}}, Faults: []string{"F-0001"}}}, nil
}

func (*answers) SetSilence(_ context.Context, s quiet.Silence, lasts time.Duration) (quiet.Silence, error) {
	if s.Why != "filters" || len(s.Racks) != 1 || lasts != time.Hour || s.Recurs == nil || s.Recurs.WindowSeconds != 60 || s.From.IsZero() {
		return quiet.Silence{}, fmt.Errorf("silence %+v for %s: %w", s, lasts, fleet.ErrRefused)
	}
	s.ID = "S-0002"
	return s, nil
}

func (*answers) LoadSilences(_ context.Context, file string, text []byte, by string) ([]fleet.SilenceView, error) {
	return nil, fmt.Errorf("%w: %s:1: %s by %s", fleet.ErrRefused, file, text, by)
}

func (*answers) EndSilence(_ context.Context, id, _ string) (quiet.Silence, error) {
	return quiet.Silence{}, fmt.Errorf("silence %q: %w", id, fleet.ErrUnknown)
}

func serve(t *testing.T) (*httptest.Server, *answers, *evidence.Store) {
	t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	pictures, err := evidence.New(evidence.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	c := &answers{}
	page := http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, "the page") })
	s := httptest.NewServer(api.New(api.Options{Site: site, Package: "abc", Controller: c, Contents: pictures, Events: &feed.Feed{}, Page: page}))
	t.Cleanup(s.Close)
	return s, c, pictures
}

func ask(t *testing.T, method, url, body string, header ...string) (*http.Response, string) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if body != "" {
		req.Header.Set("Content-Type", "application/json")
	}
	for i := 0; i+1 < len(header); i += 2 {
		req.Header.Set(header[i], header[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res, string(b)
}

func TestAnswersSayWhoseFaultItIs(t *testing.T) {
	s, _, _ := serve(t)
	for _, c := range []struct {
		method, path, body string
		status             int
		says, saysNot      string
	}{
		{"GET", "/api/v1/faults", "", 200, `"id":"F-0001"`, "$schema"},
		{"GET", "/api/v1/racks/Z99", "", 404, `rack \"Z99\"`, ""},
		{"POST", "/api/v1/inspections", `{"rack":"A03"}`, 200, `"id":"I-00001"`, ""},
		{"POST", "/api/v1/inspections", `{"rack":"A03","face":"top"}`, 422, "front", ""},
		{"GET", "/api/v1/zones", "", 200, "people in cage 3", ""},
		{"POST", "/api/v1/zones", `{"hall":"hall-1","kind":"BLOCKED","why":"people","forSeconds":3600,"vertices":[{"x":0,"y":0},{"x":1,"y":0},{"x":1,"y":1}]}`, 200, "Z-0002", ""},
		{"POST", "/api/v1/zones", `{"hall":"hall-1","kind":"PARTY","why":"people","vertices":[{"x":0,"y":0},{"x":1,"y":0},{"x":1,"y":1}]}`, 422, "BLOCKED", ""},
		{"GET", "/api/v1/alarms", "", 200, "[]", ""},
		{"POST", "/api/v1/alarms", `{"kind":"fire","by":"ann"}`, 200, `"id":"A-0001"`, "clearedAt"},
		{"POST", "/api/v1/alarms", `{"kind":"flood","by":"ann"}`, 422, "evacuation", ""},
		{"POST", "/api/v1/alarms", `{"kind":"fire"}`, 422, "by", ""},
		{"POST", "/api/v1/alarms/A-9/clear", `{"by":"ann"}`, 404, "A-9", ""},
		{"POST", "/api/v1/zones/preview", `{"hall":"hall-1","kind":"BLOCKED","why":"people","forSeconds":3600,"vertices":[{"x":0,"y":0},{"x":1,"y":0},{"x":1,"y":1}]}`, 200, `"refusal":"NR-01 could reach no dock for 1h0m0s"`, ""},
		{"POST", "/api/v1/zones/Z-9/lift", `{"by":"ann"}`, 404, "Z-9", ""},
		{"POST", "/api/v1/inspections", `{"rack":"A03","colour":"red"}`, 422, "colour", ""},
		{"POST", "/api/v1/inspections", `{`, 400, "", ""},
		{"POST", "/api/v1/inspections/I-00002/move-up", `{"by":"Ada"}`, 200, `"before":["I-00001"]`, ""},
		{"POST", "/api/v1/inspections/I-00009/move-up", `{"by":"Ada"}`, 409, "refused", ""},
		{"POST", "/api/v1/inspections/I-00002/move-up", `{}`, 422, "by", ""},
		{"POST", "/api/v1/remedies/R-1/approve", `{"by":"ann"}`, 409, "is done", ""},
		{"POST", "/api/v1/remedies/R-1/approve", `{"by":""}`, 422, "", ""},
		{"POST", "/api/v1/faults/F-0001/verify", `{"by":"ann"}`, 500, "its log says why", "secret"},
		{"GET", "/api/v1/evidence/" + strings.Repeat("0", 64), "", 404, "", ""},
		{"GET", "/api/v1/evidence/..%2f..%2fpasswd", "", 404, "", ""},
		{"GET", "/api/v1/packages/nothing", "", 404, "", ""},
		{"GET", "/", "", 200, "the page", ""},
		{"GET", "/api/v1/sinks", "", 200, `"kind":"jira"`, ""},
		{"GET", "/api/v1/dead-letters", "", 200, "no such project", ""},
		{"POST", "/api/v1/dead-letters/resend", `{"ticket":"T-0001","by":"ann"}`, 200, `"sink":"desk"`, ""},
		{"POST", "/api/v1/dead-letters/resend", `{"ticket":"T-0009","by":"ann"}`, 404, "T-0009", ""},
		{"POST", "/api/v1/dead-letters/resend", `{"ticket":"T-0001"}`, 422, "by", ""},
		{"POST", "/api/v1/sinks/desk/test", `{"by":"ann"}`, 200, "no transition", ""},
		{"POST", "/api/v1/sinks/nowhere/test", `{"by":"ann"}`, 404, "nowhere", ""},
		{"POST", "/api/v1/sinks/desk/hear", `{}`, 401, "signature", ""},
	} {
		res, body := ask(t, c.method, s.URL+c.path, c.body)
		if res.StatusCode != c.status || !strings.Contains(body, c.says) || c.saysNot != "" && strings.Contains(body, c.saysNot) {
			t.Errorf("%s %s %s: %d %s; want %d with %q, without %q", c.method, c.path, c.body, res.StatusCode, body, c.status, c.says, c.saysNot)
		}
	}
}

func TestAnotherOriginChangesNothing(t *testing.T) {
	s, c, _ := serve(t)
	res, _ := ask(t, "POST", s.URL+"/api/v1/inspections", `{"rack":"A03"}`, "Sec-Fetch-Site", "cross-site")
	if res.StatusCode != http.StatusForbidden || c.wished.Rack != "" {
		t.Fatalf("status %d, wished %+v: a foreign page sent a robot", res.StatusCode, c.wished)
	}
}

func TestPictureIsServedByItsContent(t *testing.T) {
	s, _, pictures := serve(t)
	png := []byte("\x89PNG\r\n\x1a\n and so on")
	sum := sha256.Sum256(png)
	name := hex.EncodeToString(sum[:])
	if err := pictures.Put(t.Context(), name, "", png); err != nil {
		t.Fatal(err)
	}
	res, body := ask(t, "GET", s.URL+"/api/v1/evidence/"+name, "")
	if !bytes.Equal([]byte(body), png) || res.Header.Get("Content-Type") != "image/png" || !strings.Contains(res.Header.Get("Cache-Control"), "immutable") {
		t.Fatalf("%d %v", res.StatusCode, res.Header)
	}
	if res.Header.Get("Content-Security-Policy") == "" || res.Header.Get("X-Content-Type-Options") != "nosniff" {
		t.Error("a picture could be run as a page")
	}
}

func TestSiteShowsThePlaceAsItIs(t *testing.T) {
	s, _, _ := serve(t)
	_, body := ask(t, "GET", s.URL+"/api/v1/site", "")
	var site api.Site
	if err := json.Unmarshal([]byte(body), &site); err != nil {
		t.Fatal(err)
	}
	h := site.Halls[0]
	if site.ID != "sample" || len(h.Racks) != 48 || len(h.Docks) != 3 || h.MaxX-h.MinX < 10 || h.Racks[0].UHeight != 42 {
		t.Fatalf("site %s: %d racks, %d docks, %.1f m wide", site.ID, len(h.Racks), len(h.Docks), h.MaxX-h.MinX)
	}
}

func TestDescribesItself(t *testing.T) {
	s, _, _ := serve(t)
	res, body := ask(t, "GET", s.URL+"/api/v1/openapi.json", "")
	if res.StatusCode != 200 || !strings.Contains(body, `"openapi":"3.1.0"`) || !strings.Contains(body, "/api/v1/faults/{id}/verify") {
		t.Fatalf("%d %.200s", res.StatusCode, body)
	}
}
