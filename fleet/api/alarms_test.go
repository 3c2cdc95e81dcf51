package api_test

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/alarm"
	"github.com/nightrounds/nightrounds/fleet/api"
	"github.com/nightrounds/nightrounds/fleet/feed"
	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/maps"
)

// panel serves the API with a secret for signals, and posts to it.
func panel(t *testing.T, secret webhook.Secret) (*answers, func(key webhook.Secret, at time.Time, body string) int) {
	t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	c := &answers{}
	s := httptest.NewServer(api.New(api.Options{Site: site, Controller: c, Events: &feed.Feed{}, Page: http.NotFoundHandler(), AlarmSecret: secret}))
	t.Cleanup(s.Close)
	return c, func(key webhook.Secret, at time.Time, body string) int {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, s.URL+"/api/v1/alarms/signal", strings.NewReader(body))
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("webhook-id", "m1")
		req.Header.Set("webhook-timestamp", strconv.FormatInt(at.Unix(), 10))
		req.Header.Set("webhook-signature", key.Sign("m1", at, []byte(body)))
		res, err := s.Client().Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		return res.StatusCode
	}
}

func TestASignalFromOutsideIsObeyedWhenItIsSigned(t *testing.T) {
	key, other := webhook.Secret(strings.Repeat("k", 32)), webhook.Secret(strings.Repeat("x", 32))
	c, post := panel(t, key)
	const fire = `{"signal":"raise","kind":"fire","hall":"hall-1","by":"fire panel 2"}`
	at := time.Now().Truncate(time.Second)
	for _, bad := range []struct {
		key  webhook.Secret
		at   time.Time
		body string
		want int
	}{
		{other, at, fire, http.StatusUnauthorized}, {key, at.Add(-time.Hour), fire, http.StatusUnauthorized},
		{key, at, `{"signal":"raise"}`, http.StatusUnprocessableEntity}, {key, at, `{"signal":"raise","kind":"fire","hall":"attic","by":"p"}`, http.StatusUnprocessableEntity},
		{key, at, strings.Repeat(" ", 9<<10), http.StatusRequestEntityTooLarge},
	} {
		if got := post(bad.key, bad.at, bad.body); got != bad.want || len(c.signals) != 0 {
			t.Errorf("%.60s of %s: %d, want %d; obeyed: %v", bad.body, bad.at, got, bad.want, c.signals)
		}
	}
	if got := post(key, at, fire); got != http.StatusNoContent || len(c.signals) != 1 || c.signals[0].Signal != alarm.Raise || !c.sent.Equal(at) {
		t.Errorf("%d; obeyed: %v, sent %s; want the signal of %s", got, c.signals, c.sent, at)
	}
	_, post = panel(t, nil)
	if got := post(key, at, fire); got != http.StatusNotFound {
		t.Errorf("without a secret: %d", got)
	}
}
