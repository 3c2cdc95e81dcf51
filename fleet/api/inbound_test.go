package api_test

import (
	"context"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/api"
	"github.com/nightrounds/nightrounds/fleet/feed"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/maps"
)

// taking keeps the alarms that it is given.
type taking struct{ all []inbound.Alarm }

func (k *taking) TakeAlarm(_ context.Context, a inbound.Alarm) (inbound.Alarm, error) {
	a.State, a.TakenAt = inbound.Waiting, time.Now()
	k.all = append(k.all, a)
	return a, nil
}

func TestAnAlarmComesInByTheAPIAndIsListed(t *testing.T) {
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	sources, err := inbound.Parse([]byte("sources: [{id: prom, kind: alertmanager, token_env: T}]"), site, func(string) (string, bool) { return "a-token-made-by-chance", true })
	if err != nil {
		t.Fatal(err)
	}
	k := &taking{}
	s := httptest.NewServer(api.New(api.Options{
		Site: site, Controller: &answers{}, Events: &feed.Feed{}, Page: http.NotFoundHandler(),
		Inbound: inbound.NewReceiver(sources, inbound.NewIndex(site), k, time.Now, slog.New(slog.DiscardHandler)),
		Outside: func(context.Context) ([]inbound.Alarm, error) { return k.all, nil },
	}))
	defer s.Close()
	body := `{"version": "4", "alerts": [{"status": "firing", "fingerprint": "f", "startsAt": "2026-11-27T02:58:00Z", "labels": {"alertname": "Hot", "device": "A01-srv-03"}}]}`
	for token, want := range map[string]int{"a-token-made-by-chance": http.StatusOK, "another": http.StatusUnauthorized} {
		req, err := http.NewRequest(http.MethodPost, s.URL+"/api/v1/inbound/prom", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Authorization", "Bearer "+token)
		res, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != want {
			t.Errorf("token %q: %s, want %d", token, res.Status, want)
		}
	}
	res, listed := ask(t, http.MethodGet, s.URL+"/api/v1/inbound", "")
	if res.StatusCode != http.StatusOK || !strings.Contains(listed, `"state":"waiting"`) || !strings.Contains(listed, "A01-srv-03") {
		t.Errorf("%s %s", res.Status, listed)
	}
	k.all = append(k.all, inbound.Alarm{ID: "AL-older"})
	for query, older := range map[string]bool{"?newest=1": false, "?newest=9": true, "": true} {
		if _, listed := ask(t, http.MethodGet, s.URL+"/api/v1/inbound"+query, ""); strings.Contains(listed, "AL-older") != older || !strings.Contains(listed, "A01-srv-03") {
			t.Errorf("inbound%s: %s", query, listed)
		}
	}
}
