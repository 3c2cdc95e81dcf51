package webhook_test

import (
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// The vector of the Standard Webhooks libraries' own tests.
func TestSignsAsTheStandardSays(t *testing.T) {
	s, err := webhook.ParseSecret("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
	if err != nil {
		t.Fatal(err)
	}
	got := s.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), []byte(`{"test": 2432232314}`))
	if want := "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="; got != want {
		t.Fatalf("signature %s, want %s", got, want)
	}
}

func TestRefusesBadSecrets(t *testing.T) {
	for _, text := range []string{"", "whsec_", "whsec_%%%", "whsec_c2hvcnQ="} {
		if _, err := webhook.ParseSecret(text); err == nil {
			t.Errorf("%q was taken as a secret", text)
		}
	}
}

func TestPostIsVerifiedByItsReceiver(t *testing.T) {
	s := webhook.Secret("0123456789abcdef0123456789abcdef")
	now := time.Unix(1_800_000_000, 0)
	var verdict error
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		verdict = errors.Join(err, s.Verify(r.Header, body, now.Add(time.Minute)))
		w.WriteHeader(http.StatusAccepted)
	}))
	defer receiver.Close()
	if err := webhook.Post(t.Context(), receiver.Client(), receiver.URL, s, "F-1.1", now, "application/json", []byte(`{}`)); err != nil {
		t.Fatal(err)
	}
	if verdict != nil {
		t.Fatal(verdict)
	}
}

func TestVerifyRefuses(t *testing.T) {
	s := webhook.Secret("0123456789abcdef0123456789abcdef")
	now := time.Unix(1_800_000_000, 0)
	header := func(id, at, signature string) http.Header {
		h := http.Header{}
		h.Set("webhook-id", id)
		h.Set("webhook-timestamp", at)
		h.Set("webhook-signature", signature)
		return h
	}
	good := s.Sign("a", now, []byte("x"))
	for name, c := range map[string]struct {
		h    http.Header
		body string
	}{
		"another body":   {header("a", "1800000000", good), "y"},
		"another id":     {header("b", "1800000000", good), "x"},
		"replayed":       {header("a", "1799999000", s.Sign("a", time.Unix(1799999000, 0), []byte("x"))), "x"},
		"no time":        {header("a", "", good), "x"},
		"no signature":   {header("a", "1800000000", ""), "x"},
		"another secret": {header("a", "1800000000", webhook.Secret("another-secret-of-24-bytes").Sign("a", now, []byte("x"))), "x"},
	} {
		if s.Verify(c.h, []byte(c.body), now) == nil {
			t.Errorf("%s: accepted", name)
		}
	}
	if err := s.Verify(header("a", "1800000000", "v1,AAAA "+good), []byte("x"), now); err != nil {
		t.Errorf("a rotated pair of signatures: %v", err)
	}
}

func TestRefusalSaysWhatTheReceiverSaid(t *testing.T) {
	receiver := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Retry-After", "7")
		http.Error(w, "busy", http.StatusTooManyRequests)
	}))
	defer receiver.Close()
	err := webhook.Post(t.Context(), receiver.Client(), receiver.URL, webhook.Secret("0123456789abcdef0123456789abcdef"), "a", time.Unix(1, 0), "text/plain", nil)
	var refused *webhook.StatusError
	if !errors.As(err, &refused) || refused.RetryAfter != 7*time.Second || refused.Final() || refused.Reply != "busy" {
		t.Fatalf("got %v", err)
	}
}

// TestAnAddressThatHoldsACredentialIsNotRepeated: job runners put one into the path of their webhooks, others into the query.
func TestAnAddressThatHoldsACredentialIsNotRepeated(t *testing.T) {
	s := webhook.Secret("0123456789abcdef0123456789abcdef")
	refuses := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusForbidden) }))
	defer refuses.Close()
	gone := httptest.NewServer(http.NotFoundHandler())
	gone.Close()
	for _, server := range []string{refuses.URL, gone.URL} {
		host := strings.TrimPrefix(server, "http://")
		for _, address := range []string{server + "/webhook/sesame", server + "/?token=sesame", "http://me:sesame@" + host + "/", "http://" + host + "/\x7fsesame"} {
			err := webhook.Post(t.Context(), http.DefaultClient, address, s, "F-1.1", time.Unix(1_800_000_000, 0), "application/json", []byte(`{}`))
			if err == nil || strings.Contains(err.Error(), "sesame") {
				t.Errorf("%q: %v", address, err)
			}
		}
	}
}
