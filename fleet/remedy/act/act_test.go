package act_test

import (
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/act"
	"github.com/nightrounds/nightrounds/fleet/webhook"
)

const secretText = "whsec_MDEyMzQ1Njc4OWFiY2RlZjAxMjM0NTY3ODlhYmNkZWY="

// A scheduler answers with what it is told to, and keeps what it was asked.
type scheduler struct {
	t       *testing.T
	answers []string
	acts    []string
	ids     []string
}

func (s *scheduler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		s.t.Error(err)
	}
	secret, err := webhook.ParseSecret(secretText)
	if err != nil {
		s.t.Error(err)
	}
	if err := secret.Verify(r.Header, body, time.Now()); err != nil {
		s.t.Error(err)
	}
	var o struct {
		Device, Part, Act, Step string
	}
	if err := json.Unmarshal(body, &o); err != nil || o.Device != "A03-u12" {
		s.t.Errorf("order %s: %v", body, err)
	}
	s.acts, s.ids = append(s.acts, o.Act), append(s.ids, r.Header.Get("webhook-id"))
	if len(s.answers) > 0 {
		_, _ = io.WriteString(w, s.answers[0])
		s.answers = s.answers[1:]
	}
}

func orderTo(url string, k remedy.Kind, what string) remedy.Order {
	return remedy.Order{
		Key: "R-1.0", FaultID: "F-1", Kind: "fan-failed", Target: remedy.Target{Rack: "A03", Unit: 12, Device: "A03-u12"},
		Step: remedy.Step{Name: "drain it", Kind: k, Act: what, URL: url, SecretEnv: "S"},
	}
}

func TestDrainWaitsUntilTheSchedulerSaysSo(t *testing.T) {
	s := &scheduler{t: t, answers: []string{
		`{"node":"A03-u12","state":"idle"}`, `{"node":"A03-u12","state":"draining","detail":"3 jobs"}`, `{"node":"A03-u12","state":"drained"}`,
		`{"node":"A03-u12","state":"undrained"}`,
	}}
	server := httptest.NewServer(s)
	defer server.Close()
	h := act.NewHook(server.Client(), func(string) (string, bool) { return secretText, true }, time.Now)
	o := orderTo(server.URL, remedy.Drain, remedy.DrainNode)
	id, err := h.Identify(t.Context(), o)
	if err != nil || id.Name != "A03-u12" {
		t.Fatalf("%+v, %v", id, err)
	}
	first, err := h.Carry(t.Context(), o)
	if err != nil || !first.Pending {
		t.Fatalf("while it drains: %+v, %v", first, err)
	}
	if then, err := h.Carry(t.Context(), o); err != nil || then.Pending {
		t.Fatalf("when it is drained: %+v, %v", then, err)
	}
	if back, err := h.Carry(t.Context(), orderTo(server.URL, remedy.Drain, remedy.UndrainNode)); err != nil || back.Pending {
		t.Fatalf("given back: %+v, %v", back, err)
	}
	if s.acts[0] != "ask" || s.acts[1] != "drain" || s.acts[3] != "undrain" || s.ids[1] != s.ids[2] || s.ids[0] == s.ids[1] {
		t.Errorf("acts %q, ids %q", s.acts, s.ids)
	}
}

func TestSchedulerThatAnswersWronglyDrainsNothing(t *testing.T) {
	for reply, final := range map[string]bool{
		`{"node":"A03-u13","state":"drained"}`: true, `{"node":"A03-u12","state":"refused"}`: true, `{"node":"A03-u12","state":""}`: true,
		`<html>`: false, `{}`: false, ``: false,
	} {
		server := httptest.NewServer(&scheduler{t: t, answers: []string{reply}})
		h := act.NewHook(server.Client(), func(string) (string, bool) { return secretText, true }, time.Now)
		out, err := h.Carry(t.Context(), orderTo(server.URL, remedy.Drain, remedy.DrainNode))
		if err == nil || errors.Is(err, remedy.ErrFinal) != final {
			t.Errorf("%q: %+v, %v; want an error, final %t", reply, out, err, final)
		}
		server.Close()
	}
}

func TestWebhookIsFinalOnlyWhenItsReceiverUnderstoodAndRefused(t *testing.T) {
	for status, final := range map[int]bool{http.StatusBadRequest: true, http.StatusTooManyRequests: false, http.StatusBadGateway: false} {
		server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { http.Error(w, "no", status) }))
		h := act.NewHook(server.Client(), func(string) (string, bool) { return secretText, true }, time.Now)
		if _, err := h.Carry(t.Context(), orderTo(server.URL, remedy.Webhook, "")); err == nil || errors.Is(err, remedy.ErrFinal) != final {
			t.Errorf("%d: %v, want final %t", status, err, final)
		}
		server.Close()
	}
	h := act.NewHook(http.DefaultClient, func(string) (string, bool) { return "", false }, time.Now)
	if _, err := h.Carry(t.Context(), orderTo("http://127.0.0.1:9", remedy.Webhook, "")); err == nil {
		t.Error("posted without a secret")
	}
}
