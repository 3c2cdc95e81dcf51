package inbound_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/inbound"
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

// start runs Alertmanager on loopback with a webhook to us, and returns its address.
func start(t *testing.T, webhook string) string {
	t.Helper()
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("there is no prometheus-alertmanager here: install Debian's package to hear a real one")
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := l.Addr().String()
	l.Close()
	dir := t.TempDir()
	config := "route: {receiver: us, group_wait: 10ms, group_interval: 100ms, repeat_interval: 1h, group_by: ['...']}\n" +
		"receivers:\n  - name: us\n    webhook_configs:\n      - {url: '" + webhook + "', send_resolved: true, http_config: {authorization: {credentials: '" + token + "'}}}\n"
	file := filepath.Join(dir, "am.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := exec.CommandContext(t.Context(), program, "--config.file="+file, "--storage.path="+dir, "--web.listen-address="+address, "--cluster.listen-address=")
	var said strings.Builder
	cmd.Stdout, cmd.Stderr = &said, &said
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	for until := time.Now().Add(20 * time.Second); ; {
		if res, err := http.Get("http://" + address + "/-/ready"); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return address
			}
		}
		if time.Now().After(until) {
			t.Fatalf("Alertmanager is not ready: %s", said.String())
		}
	}
}

func TestARealAlertmanagerIsHeardAndAnswered(t *testing.T) {
	all, s := sources(t)
	d := tells{&desk{known: map[string]inbound.Alarm{}}, make(chan inbound.Alarm, 10)}
	r := inbound.NewReceiver(all, inbound.NewIndex(s), d, time.Now, slog.New(slog.DiscardHandler))
	us := httptest.NewServer(r)
	defer us.Close()
	am := start(t, us.URL+"/api/v1/inbound/prom")
	post := func(ends string) {
		t.Helper()
		body := `[{"labels": {"alertname": "ServerHot", "instance": "A01-srv-03:9100", "severity": "warning"}, "annotations": {"summary": "85 °C"}, "startsAt": "2026-01-02T03:04:05Z"` + ends + `}]`
		res, err := http.Post("http://"+am+"/api/v2/alerts", "application/json", strings.NewReader(body))
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
	answers, err := inbound.Parse([]byte("sources: [{id: prom, kind: alertmanager, token_env: TOKEN, answer: {alertmanager: 'http://"+am+"'}}]"), s, env)
	if err != nil {
		t.Fatal(err)
	}
	for range 2 { // told twice, it is one
		if err := answers[0].Answer.Deliver(t.Context(), http.DefaultClient, a, "https://rounds.example/", time.Now()); err != nil {
			t.Fatal(err)
		}
	}
	res, err := http.Get("http://" + am + `/api/v2/alerts?filter=alarm_id="` + a.ID + `"`)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, _ := io.ReadAll(res.Body)
	if n := strings.Count(string(b), `"fingerprint"`); n != 1 || !strings.Contains(string(b), `"verdict":"confirmed"`) || !strings.Contains(string(b), "a robot saw it") {
		t.Errorf("%d verdicts stand there: %s", n, b)
	}
}
