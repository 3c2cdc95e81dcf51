package inbound_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/peertest"
)

// tells hands on what is taken.
type tells struct {
	*desk
	took chan inbound.Alarm
}

func (s tells) TakeAlarm(ctx context.Context, a inbound.Alarm) (inbound.Alarm, error) {
	out, err := s.desk.TakeAlarm(ctx, a)
	if err == nil {
		s.took <- out
	}
	return out, err
}

func TestARealAlertmanagerIsHeardAndAnswered(t *testing.T) {
	all, s := sources(t)
	d := tells{&desk{known: map[string]inbound.Alarm{}}, make(chan inbound.Alarm, 10)}
	r := inbound.NewReceiver(all, inbound.NewIndex(s), d, time.Now, slog.New(slog.DiscardHandler))
	us := httptest.NewServer(r)
	defer us.Close()
	am := peertest.ServeAlertmanager(t, "route: {receiver: us, group_wait: 10ms, group_interval: 100ms, repeat_interval: 1h, group_by: ['...']}\n"+
		"receivers:\n  - name: us\n    webhook_configs:\n      - {url: '"+us.URL+"/api/v1/inbound/prom', send_resolved: true, http_config: {authorization: {credentials: '"+token+"'}}}\n")
	post := func(ends string) {
		t.Helper()
		body := `[{"labels": {"alertname": "ServerHot", "instance": "A01-srv-03:9100", "severity": "warning"}, "annotations": {"summary": "85 °C"}, "startsAt": "2026-01-02T03:04:05Z"` + ends + `}]`
		res, err := http.Post(am+"/api/v2/alerts", "application/json", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		if res.StatusCode != http.StatusOK {
			b, _ := io.ReadAll(res.Body)
			t.Fatalf("%s: %s", res.Status, b)
		}
	}
	next := func(what string) inbound.Alarm {
		t.Helper()
		select {
		case a := <-d.took:
			return a
		case <-time.After(20 * time.Second):
			t.Fatalf("never: %s: %v", what, r.Counts())
		}
		return inbound.Alarm{}
	}
	post("")
	a := next("the alert that fires")
	if a.Place.Device != "A01-srv-03" || a.State != inbound.Waiting || a.Summary != "85 °C" || a.Ended() {
		t.Errorf("%+v", a)
	}
	post(fmt.Sprintf(`, "endsAt": %q`, time.Now().UTC().Format(time.RFC3339)))
	if ended := next("its end"); ended.ID != a.ID || !ended.Ended() {
		t.Errorf("%+v", ended)
	}
	a.Verdict = &inbound.LookVerdict{State: inbound.Confirmed, At: time.Now(), Says: "a robot saw it"}
	answers, err := inbound.Parse([]byte("sources: [{id: prom, kind: alertmanager, token_env: TOKEN, answer: {alertmanager: '"+am+"'}}]"), s, env)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // told twice, it is one
		if err := answers[0].Answer.Deliver(t.Context(), http.DefaultClient, a, "https://rounds.example/", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	res, err := http.Get(am + `/api/v2/alerts?filter=alarm_id="` + a.ID + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	if n := strings.Count(string(b), `"fingerprint"`); n != 1 || !strings.Contains(string(b), `"verdict":"confirmed"`) || !strings.Contains(string(b), "a robot saw it") {
		t.Errorf("%d verdicts stand there: %s", n, b)
	}
}
