package inbound_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/maps"
)

var (
	night  = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)
	secret = webhook.Secret("0123456789abcdef0123456789abcdef")
)

const token = "a-token-made-by-chance"

func env(name string) (string, bool) {
	v, ok := map[string]string{"TOKEN": token, "SHORT": "short", "SECRET": "whsec_" + base64.StdEncoding.EncodeToString(secret)}[name]
	return v, ok
}

// load reads the sample site once: no test changes it.
var load = sync.OnceValues(func() (*maps.Site, error) { return maps.Load(maps.Sample()) })

func sample(t testing.TB) *maps.Site {
	t.Helper()
	s, err := load()
	if err != nil {
		t.Fatal(err)
	}
	return s
}

const whole = `
sources:
  - id: prom
    kind: alertmanager
    token_env: TOKEN
    place:
      - {label: instance, is: device}
      - {label: rack, is: rack}
      - {label: crac, is: supply}
      - {label: bay, is: part}
    names: [{says: "10.0.3.3:9100", device: A01-srv-03}, {says: North-2, rack: A02}]
    rules:
      - {when: [{label: alertname, equals: ServerHot}], means: [device-hot, fan-failed], face: front}
      - {when: [{label: alertname, equals: DiskFailed}], means: [drive-failed]}
  - {id: bmcs, kind: redfish, token_env: TOKEN}
  - {id: dcim, kind: webhook, secret_env: SECRET}
`

func sources(t testing.TB) ([]*inbound.Source, *maps.Site) {
	t.Helper()
	s := sample(t)
	all, err := inbound.Parse([]byte(whole), s, env)
	if err != nil {
		t.Fatal(err)
	}
	return all, s
}

// alert is a message of Alertmanager 0.25 with one alert, as its documentation has it.
func alert(status string, starts time.Time, labels map[string]string) []byte {
	ends := "0001-01-01T00:00:00Z"
	if status == "resolved" {
		ends = starts.Add(time.Hour).Format(time.RFC3339)
	}
	if labels["alertname"] == "" {
		labels["alertname"] = "ServerHot"
	}
	fingerprint := fmt.Sprintf("%x", labels["alertname"]+labels["instance"]+labels["rack"])
	b, _ := json.Marshal(map[string]any{
		"version": "4", "groupKey": "{}:{}", "truncatedAlerts": 0, "status": status, "receiver": "nightrounds", "externalURL": "http://am:9093",
		"groupLabels": map[string]string{}, "commonLabels": labels, "commonAnnotations": map[string]string{},
		"alerts": []any{map[string]any{
			"status": status, "labels": labels, "annotations": map[string]string{"summary": "it is hot"}, "startsAt": starts.Format(time.RFC3339Nano), "endsAt": ends,
			"generatorURL": "http://prom/graph", "fingerprint": fingerprint,
		}},
	})
	return b
}

// A desk takes alarms as a controller does.
type desk struct {
	known map[string]inbound.Alarm
	down  bool
}

func (d *desk) TakeAlarm(_ context.Context, a inbound.Alarm) (inbound.Alarm, error) {
	if d.down {
		return a, errors.New("no leader")
	}
	out, changed, err := inbound.Take(d.known, a, night)
	if changed {
		d.known[out.ID] = out
	}
	return out, err
}

type house struct {
	t   *testing.T
	r   *inbound.Receiver
	d   *desk
	now time.Time
}

func receiver(t *testing.T) *house {
	all, s := sources(t)
	h := &house{t: t, d: &desk{known: map[string]inbound.Alarm{}}, now: night}
	h.r = inbound.NewReceiver(all, inbound.NewIndex(s), h.d, func() time.Time { return h.now }, slog.New(slog.DiscardHandler))
	return h
}

// post sends a body to a source and returns the status and what was said.
func (h *house) post(source string, body []byte, headers ...string) (int, string) {
	h.t.Helper()
	req := httptest.NewRequest(http.MethodPost, "/api/v1/inbound/"+source, bytes.NewReader(body))
	for i := 0; i < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	h.r.ServeHTTP(w, req)
	return w.Code, w.Body.String()
}

func (h *house) bearer(source string, body []byte) (int, string) {
	h.t.Helper()
	return h.post(source, body, "Authorization", "Bearer "+token)
}

func (h *house) signed(id string, at time.Time, body []byte) (int, string) {
	h.t.Helper()
	return h.post("dcim", body, "webhook-id", id, "webhook-timestamp", strconv.FormatInt(at.Unix(), 10), "webhook-signature", secret.Sign(id, at, body))
}

func (h *house) counted(what string, n int) {
	h.t.Helper()
	if got := h.r.Counts()[what]; got != n {
		h.t.Errorf("%s was counted %d times, want %d: %v", what, got, n, h.r.Counts())
	}
}

func TestAnAlertIsMappedToItsPlaceByWhateverNamesIt(t *testing.T) {
	for name, c := range map[string]struct {
		labels map[string]string
		want   string
	}{
		"the device":         {map[string]string{"instance": "A01-srv-03"}, "A01/A01-srv-03/U3"},
		"with a port":        {map[string]string{"instance": "a01-srv-03.dc.example:9100"}, "A01/A01-srv-03/U3"},
		"a name of its own":  {map[string]string{"instance": "10.0.3.3:9100"}, "A01/A01-srv-03/U3"},
		"the rack":           {map[string]string{"rack": "a02"}, "A02//U0"},
		"the rack's name":    {map[string]string{"rack": "north-2"}, "A02//U0"},
		"device and rack":    {map[string]string{"instance": "A01-srv-03", "rack": "A01"}, "A01/A01-srv-03/U3"},
		"a stranger in rack": {map[string]string{"instance": "10.9.9.9:9100", "rack": "A01"}, "A01//U0"},
		"the cooling unit":   {map[string]string{"crac": "CRAC-1"}, "//U0 crac-1"},
	} {
		h := receiver(t)
		status, said := h.bearer("prom", alert("firing", night, c.labels))
		if status != http.StatusOK || len(h.d.known) != 1 {
			t.Errorf("%s: %d %s", name, status, said)
			continue
		}
		for _, a := range h.d.known {
			got := fmt.Sprintf("%s/%s/U%d", a.Place.Rack, a.Place.Device, a.Place.Unit)
			if a.Place.Supply != "" {
				got += " " + a.Place.Supply
				if len(a.Wishes()) != 3 {
					t.Errorf("%s: looks at %v", name, a.Wishes())
				}
			}
			if got != c.want || a.State != inbound.Waiting || len(a.Claims) == 0 && a.Place.Device != "" {
				t.Errorf("%s: %s, want %s: %+v", name, got, c.want, a)
			}
		}
		h.counted("prom/taken", 1)
	}
}

func TestWhatCannotBeMappedIsRefusedAndSaysWhy(t *testing.T) {
	for name, c := range map[string]struct {
		labels map[string]string
		want   string
	}{
		"unknown":    {map[string]string{"instance": "X99"}, "the site has no device with name \\\"X99\\\""},
		"no label":   {map[string]string{"job": "node"}, "it has none of the labels that name a place (instance, rack, crac)"},
		"two places": {map[string]string{"instance": "A01-srv-03", "rack": "A02"}, "which is not one place"},
		"an address": {map[string]string{"instance": "10.0.9.9:9100"}, "the site has no device"},
	} {
		h := receiver(t)
		status, said := h.bearer("prom", alert("firing", night, c.labels))
		if status != http.StatusUnprocessableEntity || !strings.Contains(said, c.want) || len(h.d.known) > 0 {
			t.Errorf("%s: %d %s", name, status, said)
		}
		h.counted("prom/unmappable", 1)
	}
}

func TestUnsignedReplayedAndEndlessMessagesAreRefusedCountedAndTold(t *testing.T) {
	h := receiver(t)
	good := []byte(`{"key": "k1", "name": "hot", "status": "firing", "at": "2026-11-27T02:55:00Z", "labels": {"asset_tag": "nr-10001"}}`)
	expect := func(what string, status, want int, said, contains, counted string, n int) {
		t.Helper()
		if status != want || !strings.Contains(said, contains) || strings.Contains(said, token) {
			t.Errorf("%s: %d %s, want %d with %q", what, status, said, want, contains)
		}
		h.counted(counted, n)
	}
	status, said := h.post("dcim", good)
	expect("unsigned", status, 401, said, "webhook-id is missing", "dcim/unsigned", 1)
	status, said = h.post("dcim", good, "webhook-id", "m0", "webhook-timestamp", strconv.FormatInt(night.Unix(), 10), "webhook-signature", "v1,AAAA")
	expect("wrongly signed", status, 401, said, "matches no signature", "dcim/unsigned", 2)
	status, said = h.signed("m0", night.Add(-time.Hour), good)
	expect("signed long ago", status, 401, said, "off, at most", "dcim/unsigned", 3)
	status, said = h.post("prom", good)
	expect("without a token", status, 401, said, "Authorization: Bearer", "prom/unsigned", 1)
	status, said = h.post("prom", good, "Authorization", "Bearer "+token+"x")
	expect("with another token", status, 401, said, "not the source's", "prom/unsigned", 2)
	status, said = h.bearer("prom", bytes.Repeat([]byte("x"), 10<<20))
	expect("10 MB long", status, 413, said, "more than 1048576 bytes", "prom/too-long", 1)
	status, said = h.bearer("prom", []byte(`{"version": "3", "alerts": []}`))
	expect("of another version", status, 422, said, "want \\\"4\\\"", "prom/malformed", 1)
	status, said = h.bearer("nobody", good)
	expect("of nobody", status, 404, said, "inbound.yaml", "?/unknown-source", 1)

	h.d.down = true
	status, said = h.signed("m1", night, good)
	expect("while nobody leads", status, 503, said, "send it again", "dcim/unavailable", 1)
	h.d.down = false
	status, said = h.signed("m1", night, good)
	expect("sent again since it failed", status, 200, said, "A01-srv-03", "dcim/taken", 1)
	status, said = h.signed("m1", night, good)
	expect("replayed", status, 409, said, "taken before", "dcim/replayed", 1)
	if len(h.d.known) != 1 {
		t.Errorf("%d alarms are known", len(h.d.known))
	}
}

func TestAnAlertThatIsRepeatedIsOneAndOneThatEndedIsNotRaisedByAnOldMessage(t *testing.T) {
	h := receiver(t)
	labels := map[string]string{"instance": "A01-srv-03"}
	firing, resolved := alert("firing", night, labels), alert("resolved", night, labels)
	for range 3 { // Alertmanager repeats what fires
		if status, said := h.bearer("prom", firing); status != 200 {
			t.Errorf("%d %s", status, said)
		}
	}
	if status, said := h.bearer("prom", resolved); status != 200 || len(h.d.known) != 1 {
		t.Errorf("%d %s, %d alarms", status, said, len(h.d.known))
	}
	if status, said := h.bearer("prom", firing); status != 409 || !strings.Contains(said, "its sender ended it at 2026-11-27T04:00:00Z") {
		t.Errorf("replayed: %d %s", status, said)
	}
	if status, said := h.bearer("prom", alert("firing", night.Add(2*time.Hour), labels)); status != 200 || len(h.d.known) != 2 {
		t.Errorf("fired anew: %d %s, %d alarms", status, said, len(h.d.known))
	}
	if status, said := h.bearer("prom", alert("firing", night.Add(-time.Hour), labels)); status != 409 || !strings.Contains(said, "a newer one") {
		t.Errorf("older than what is known: %d %s", status, said)
	}
	h.counted("prom/replayed", 2)
}

func TestARedfishEventIsAboutTheDeviceThatItsSubscriptionNames(t *testing.T) {
	h := receiver(t)
	event := func(severity string) []byte {
		return []byte(`{"@odata.type": "#Event.v1_4_0.Event", "Id": "1", "Name": "Events", "Context": "A01-srv-03", "Events": [{"EventId": "7", "EventType": "Alert",
			"MessageId": "iLOEvents.3.2.FanFailed", "Message": "Fan 3 has failed.", "MessageSeverity": "` + severity + `", "EventTimestamp": "2026-11-27T02:58:00Z",
			"OriginOfCondition": {"@odata.id": "/redfish/v1/Chassis/1/Thermal"}}]}`)
	}
	if status, said := h.bearer("bmcs", event("OK")); status != 200 || len(h.d.known) != 0 {
		t.Errorf("good news: %d %s", status, said)
	}
	if status, said := h.bearer("bmcs", event("Critical")); status != 200 || len(h.d.known) != 1 {
		t.Fatalf("%d %s", status, said)
	}
	for _, a := range h.d.known {
		if a.Place.Device != "A01-srv-03" || a.Summary != "Fan 3 has failed." || a.Severity != "critical" || a.Labels["origin"] == "" {
			t.Errorf("%+v", a)
		}
	}
}

func TestALookConfirmsRefutesOrTellsNeither(t *testing.T) {
	all, s := sources(t)
	topology := cause.NewTopology(s, s.Viewpoints())
	index := inbound.NewIndex(s)
	mapped := func(labels map[string]string) inbound.Alarm {
		parsed, err := inbound.ParseAlertmanager(alert("firing", night, labels))
		if err != nil {
			t.Fatal(err)
		}
		a, err := index.Map(all[0], parsed[0])
		if err != nil {
			t.Fatal(err)
		}
		return a
	}
	sign := func(thing cause.Thing, device, part string, symptom cause.Symptom) cause.Sign {
		return cause.Sign{Spot: cause.Spot{Thing: thing, Device: device, Part: part}, Symptom: symptom, At: night, By: "NR-01", Look: "NR-01/1", Looks: 1, Meaning: fmt.Sprintf("%s of %s is %s", thing, device, symptom)}
	}
	hot, disk := mapped(map[string]string{"instance": "A01-srv-03"}), mapped(map[string]string{"alertname": "DiskFailed", "instance": "A01-srv-03", "bay": "disk2"})
	if len(disk.Claims) != 1 || disk.Claims[0].Part != "disk2" || hot.Place.Face != maps.Front {
		t.Fatalf("%+v, %+v", disk, hot)
	}
	for name, c := range map[string]struct {
		alarm inbound.Alarm
		signs []cause.Sign
		want  inbound.State
	}{
		"it is hot":            {hot, []cause.Sign{sign(cause.Heat, "A01-srv-03", "", cause.Hot)}, inbound.Confirmed},
		"another is hot":       {hot, []cause.Sign{sign(cause.Heat, "B01-srv-03", "", cause.Hot)}, inbound.Undecided},
		"nothing was seen":     {hot, nil, inbound.Undecided},
		"the machine says so":  {hot, []cause.Sign{sign(cause.Machine, "A01-srv-03", "temperature", cause.Hot)}, inbound.Undecided},
		"the disk is red":      {disk, []cause.Sign{sign(cause.Light, "A01-srv-03", "disk2", cause.DriveLight)}, inbound.Confirmed},
		"the disk is green":    {disk, []cause.Sign{sign(cause.Light, "A01-srv-03", "disk2", cause.InOrder)}, inbound.Refuted},
		"another disk is red":  {disk, []cause.Sign{sign(cause.Light, "A01-srv-03", "disk1", cause.DriveLight)}, inbound.Undecided},
		"its heat says little": {disk, []cause.Sign{sign(cause.Heat, "A01-srv-03", "", cause.InOrder)}, inbound.Undecided},
	} {
		v := inbound.Judge(topology, c.alarm, inbound.Looks{Signs: c.signs}, night)
		if v.State != c.want || v.Says == "" {
			t.Errorf("%s: %+v, want %s", name, v, c.want)
		}
	}
}

func TestVerdictsReachWhoAsked(t *testing.T) {
	var path string
	var body []byte
	var header http.Header
	s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		path, header = r.URL.Path, r.Header
		body, _ = io.ReadAll(r.Body)
	}))
	defer s.Close()
	text := "sources:\n  - {id: a, kind: alertmanager, token_env: TOKEN, answer: {alertmanager: '" + s.URL + "/'}}\n  - {id: w, kind: webhook, secret_env: SECRET, answer: {webhook: '" + s.URL + "/said', secret_env: SECRET}}\n"
	all, err := inbound.Parse([]byte(text), sample(t), env)
	if err != nil {
		t.Fatal(err)
	}
	a := inbound.Alarm{ID: "AL-1", Name: "ServerHot", Labels: map[string]string{"alertname": "ServerHot", "rack": "A01", "bad-name": "x", "empty": ""}, Verdict: &inbound.LookVerdict{State: inbound.Refuted, At: night, Says: "it is cool"}}
	if err := all[0].Answer.Deliver(t.Context(), s.Client(), a, "https://nr/alarms/AL-1", night); err != nil || path != "/api/v2/alerts" {
		t.Fatalf("%s: %v", path, err)
	}
	var alerts []struct {
		Labels, Annotations map[string]string
		StartsAt, EndsAt    time.Time
		GeneratorURL        string
	}
	if err := json.Unmarshal(body, &alerts); err != nil || len(alerts) != 1 {
		t.Fatalf("%s: %v", body, err)
	}
	if l := alerts[0].Labels; l["alertname"] != "NightroundsVerdict" || l["alarm"] != "ServerHot" || l["verdict"] != "refuted" || l["rack"] != "A01" || len(l) != 6 ||
		!alerts[0].EndsAt.Equal(night.Add(24*time.Hour)) || alerts[0].Annotations["summary"] != "it is cool" {
		t.Errorf("%s", body)
	}
	if err := all[1].Answer.Deliver(t.Context(), s.Client(), a, "https://nr/alarms/AL-1", night); err != nil || path != "/said" || secret.Verify(header, body, night) != nil || header.Get("webhook-id") != "AL-1.refuted" {
		t.Errorf("%s %s: %v", path, header, err)
	}
}

func TestBadMappingsAreRefusedWithTheirLine(t *testing.T) {
	s := sample(t)
	head := "sources:\n  - id: p\n    kind: alertmanager\n    token_env: TOKEN\n"
	for name, c := range map[string]struct{ text, want string }{
		"unknown field": {head + "    mood: x\n", "inbound.yaml:5: sources[0].mood: unknown field"},
		"kind":          {strings.Replace(head, "alertmanager", "pigeon", 1), "inbound.yaml:3: sources[0].kind: \"pigeon\" is not known"},
		"not set":       {strings.Replace(head, "TOKEN", "NOT_SET", 1), "inbound.yaml:4: sources[0].token_env: the environment variable NOT_SET is not set"},
		"short":         {strings.Replace(head, "TOKEN", "SHORT", 1), "inbound.yaml:4: sources[0].token_env: the token in SHORT has 5 characters"},
		"the secret":    {strings.Replace(head, "TOKEN", "'p@ss'", 1), "want the name of an environment variable"},
		"no secret":     {strings.Replace(head, "alertmanager", "webhook", 1), "say secret_env"},
		"no device":     {head + "    names: [{says: x, device: Z99}]\n", "inbound.yaml:5: sources[0].names[0]: the site has no device"},
		"part":          {head + "    place: [{label: a, is: mood}]\n", "is nothing of a place"},
		"rule for all":  {head + "    rules: [{when: [], means: [device-hot]}]\n", "would be one for all"},
		"cause":         {head + "    rules: [{when: [{label: a, equals: b}], means: [gremlins]}]\n", "\"gremlins\" is no cause that an alarm can mean"},
		"taken":         {head + strings.TrimPrefix(head, "sources:\n"), "\"p\" is taken in line 2"},
		"answer":        {head + "    answer: {alertmanager: 'http://u:pw@h'}\n", "sources[0].answer.alertmanager: holds a login"},
	} {
		_, err := inbound.Parse([]byte(c.text), s, env)
		if err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "p@ss") || strings.Contains(err.Error(), "pw@") {
			t.Errorf("%s: %v, want %q", name, err, c.want)
		}
	}
}

// However often and in whatever order messages of one alarm come, it is one alarm, and one that has ended is never open again.
func TestTakingIsIdempotent(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		known := map[string]inbound.Alarm{}
		ended := map[string]bool{}
		for range rapid.IntRange(1, 30).Draw(r, "messages") {
			n := rapid.IntRange(0, 3).Draw(r, "onset")
			a := inbound.Alarm{ID: fmt.Sprint("AL-", n), Source: "p", Key: "k", Name: "x", At: night.Add(time.Duration(n) * time.Hour)}
			if rapid.Bool().Draw(r, "ends") {
				a.EndedAt = a.At.Add(time.Minute)
			}
			out, changed, err := inbound.Take(known, a, night)
			if changed {
				known[out.ID] = out
			}
			if err != nil && (changed || !errors.Is(err, inbound.ErrReplayed)) {
				r.Fatalf("%v and changed %v", err, changed)
			}
			again, twice, _ := inbound.Take(known, a, night)
			if err == nil && (twice || again.State != out.State) {
				r.Fatalf("taken twice: %+v, then %+v", out, again)
			}
			if k, ok := known[a.ID]; ok && ended[a.ID] && !k.Ended() {
				r.Fatalf("%s was ended and is not", a.ID)
			}
			ended[a.ID] = ended[a.ID] || known[a.ID].Ended()
		}
	})
}

func TestOldAlarmsAreForgottenButNoneThatWaits(t *testing.T) {
	known := map[string]inbound.Alarm{
		"a": {ID: "a", State: inbound.Waiting, TakenAt: night.Add(-30 * 24 * time.Hour)},
		"b": {ID: "b", State: inbound.Refuted, TakenAt: night.Add(-8 * 24 * time.Hour)},
		"c": {ID: "c", State: inbound.Refuted, TakenAt: night.Add(-2 * time.Hour)},
		"d": {ID: "d", State: inbound.Confirmed, TakenAt: night.Add(-time.Hour)},
	}
	if got := strings.Join(inbound.Forget(known, 2, night), " "); got != "b c" {
		t.Errorf("%q", got)
	}
}

func FuzzMessages(f *testing.F) {
	f.Add(alert("firing", night, map[string]string{"instance": "A01-srv-03", "bay": "disk1"}))
	f.Add([]byte(`{"Context": "A01-srv-03", "Events": [{"EventId": "1", "MessageSeverity": "Critical", "MessageId": "x", "EventTimestamp": "2026-11-27T02:58:00Z"}]}`))
	f.Add([]byte(`{"specversion": "1.0", "id": "1", "data": {"key": "k", "name": "n", "status": "firing", "at": "2026-11-27T02:58:00Z", "labels": {"rack": "A01", "unit": "U3"}}}`))
	all, s := sources(f)
	index := inbound.NewIndex(s)
	topology := cause.NewTopology(s, s.Viewpoints())
	f.Fuzz(func(t *testing.T, body []byte) {
		for i, parse := range []func([]byte) ([]inbound.Alarm, error){inbound.ParseAlertmanager, inbound.ParseRedfish, inbound.ParseGeneric} {
			alarms, err := parse(body)
			if err != nil && len(alarms) > 0 {
				t.Errorf("%d alarms with %v", len(alarms), err)
			}
			for _, a := range alarms {
				m, err := index.Map(all[i], a)
				if err != nil {
					if !errors.Is(err, inbound.ErrUnmappable) {
						t.Errorf("%v", err)
					}
					continue
				}
				if m.ID == "" || m.Place.Rack == "" && m.Place.Supply == "" || len(m.Wishes()) == 0 {
					t.Errorf("mapped to nothing: %+v", m)
				}
				if v := inbound.Judge(topology, m, inbound.Looks{None: "nobody was sent"}, night); v.State != inbound.Undecided {
					t.Errorf("decided without a look: %+v", v)
				}
			}
		}
	})
}

func FuzzMapping(f *testing.F) {
	f.Add([]byte(whole))
	s := sample(f)
	f.Fuzz(func(t *testing.T, text []byte) {
		all, err := inbound.Parse(text, s, env)
		if err != nil && len(all) > 0 {
			t.Errorf("%d sources with %v", len(all), err)
		}
	})
}
