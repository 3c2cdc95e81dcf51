package sim_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
	"github.com/nightrounds/nightrounds/robot/sim"
)

// secret is of the known vector of Standard Webhooks (its Go library's test).
const secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"

// call posts a signed order.
func call(t *testing.T, h http.Handler, id, body string) int {
	t.Helper()
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Unix()
	mac := hmac.New(sha256.New, key)
	fmt.Fprintf(mac, "%s.%d.%s", id, at, body)
	return post(h, id, fmt.Sprint(at), "v1,bm9uZQ== v1,"+base64.StdEncoding.EncodeToString(mac.Sum(nil)), body)
}

func post(h http.Handler, id, at, signature, body string) int {
	r := httptest.NewRequest(http.MethodPost, "/technician", strings.NewReader(body))
	r.Header.Set("webhook-id", id)
	r.Header.Set("webhook-timestamp", at)
	r.Header.Set("webhook-signature", signature)
	rec := httptest.NewRecorder()
	h.ServeHTTP(rec, r)
	return rec.Code
}

func technician(t *testing.T, w *sim.World) http.Handler {
	t.Helper()
	h, err := w.TechnicianHandler(secret)
	if err != nil {
		t.Fatal(err)
	}
	return h
}

func TestTechnicianRepairsAfterHisTimeAlsoOverARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWorld(t, dir)
		runFor(t, w, 45*time.Second)
		if code := call(t, technician(t, w), "msg_1", `{"faultId":"f1","device":"A01-srv-05","kind":"disk-failed"}`); code != http.StatusAccepted {
			t.Fatalf("answer %d, want 202", code)
		}
		runFor(t, w, 15*time.Second)
		if shows(w, "A01-srv-05").Colour != "amber" {
			t.Error("repaired after 15 s, want 20 s")
		}
		w = newWorld(t, dir)
		runFor(t, w, 6*time.Second)
		if shows(w, "A01-srv-05").Colour != "green" {
			t.Error("not repaired 21 s after the order")
		}
		if n := len(w.Active()); n != 1 {
			t.Errorf("%d incidents are active, want the other one", n)
		}
	})
}

func TestTechnicianGoesOnceForOneOrder(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir())
		h := technician(t, w)
		body := `{"device":"A01-srv-05"}`
		for range 2 {
			if code := call(t, h, "msg_1", body); code != http.StatusAccepted {
				t.Fatalf("answer %d", code)
			}
		}
		runFor(t, w, 45*time.Second) // he came at 20 s, before the incident of 40 s
		if code := call(t, h, "msg_1", body); code != http.StatusAccepted {
			t.Fatalf("answer %d", code)
		}
		runFor(t, w, 30*time.Second)
		if shows(w, "A01-srv-05").Colour != "amber" {
			t.Error("the old order was carried out again")
		}
	})
}

func TestTechnicianTurnsWrongOrdersDown(t *testing.T) {
	w := newWorld(t, t.TempDir())
	h := technician(t, w)
	now := fmt.Sprint(time.Now().Unix())
	for name, got := range map[string]struct{ code, want int }{
		"unknown device":  {call(t, h, "m1", `{"device":"nobody"}`), http.StatusNotFound},
		"unknown place":   {call(t, h, "m2", `{"rack":"A01","unit":3}`), http.StatusNotFound},
		"by place":        {call(t, h, "m3", `{"rack":"A01","unit":2}`), http.StatusAccepted},
		"no JSON":         {call(t, h, "m4", `{`), http.StatusBadRequest},
		"too large":       {call(t, h, "m5", strings.Repeat(" ", 21<<10)), http.StatusRequestEntityTooLarge},
		"wrong signature": {post(h, "m6", now, "v1,bm9uZQ==", `{"device":"A01-srv-05"}`), http.StatusUnauthorized},
		"no signature":    {post(h, "m7", now, "", `{}`), http.StatusUnauthorized},
		"no time":         {post(h, "m8", "soon", "v1,bm9uZQ==", `{}`), http.StatusUnauthorized},
		"no id":           {post(h, "", now, "v1,bm9uZQ==", `{}`), http.StatusUnauthorized},
	} {
		if got.code != got.want {
			t.Errorf("%s: answer %d, want %d", name, got.code, got.want)
		}
	}
	if _, err := w.TechnicianHandler("whsec_c2hvcnQ="); err == nil {
		t.Error("a short secret was taken")
	}
}

// The vector is of github.com/standard-webhooks/standard-webhooks, libraries/go: the signature is right, so that the
// answer tells only that the body names no device. The clock stands at the vector's time.
func TestKnownSignatureIsRight(t *testing.T) {
	at := time.Unix(1614265330, 0)
	w, err := sim.New(sim.Options{Site: site(t), Dir: t.TempDir(), Clock: clock.Clock{Epoch: at, Speed: 1e-12}})
	if err != nil {
		t.Fatal(err)
	}
	h := technician(t, w)
	const id, signature, body = "msg_p5jXN8AQM9LWM0D4loKWxJek", "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=", `{"test": 2432232314}`
	if code := post(h, id, "1614265330", signature, body); code != http.StatusNotFound {
		t.Errorf("the known signature gives %d, want 404 for its body", code)
	}
	if code := post(h, id, "1614265330", signature, body+" "); code != http.StatusUnauthorized {
		t.Errorf("another body gives %d, want 401", code)
	}
	if code := post(h, id, "1614265031", signature, body); code != http.StatusUnauthorized {
		t.Errorf("another time gives %d, want 401", code)
	}
}
