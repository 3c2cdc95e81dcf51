package peertest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// An Alertmanager is one with a webhook receiver.
type Alertmanager struct {
	URL  string
	Told chan string // status of each notification: firing, resolved
}

// NewAlertmanager starts one that groups by fault and tells Told.
func NewAlertmanager(t *testing.T) *Alertmanager {
	t.Helper()
	a := &Alertmanager{Told: make(chan string, 100)}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var in struct {
			Status string `json:"status"`
		}
		if json.NewDecoder(r.Body).Decode(&in) == nil {
			a.Told <- in.Status
		}
	}))
	t.Cleanup(hook.Close)
	a.URL = ServeAlertmanager(t, "global: {resolve_timeout: 5m}\nroute: {receiver: hook, group_by: [fault_id], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}\n"+
		"receivers:\n  - name: hook\n    webhook_configs: [{url: '"+hook.URL+"', send_resolved: true}]\n")
	return a
}

// ServeAlertmanager starts one with a configuration, and returns its address.
func ServeAlertmanager(t *testing.T, config string) (url string) {
	t.Helper()
	program := wanted(t, "prometheus-alertmanager", "prometheus-alertmanager")
	folder := t.TempDir()
	file := filepath.Join(folder, "am.yml")
	if err := os.WriteFile(file, []byte(config), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	start(t, nil, program, "--config.file="+file, "--storage.path="+filepath.Join(folder, "data"), "--web.listen-address="+addr, "--cluster.listen-address=")
	until(t, "http://"+addr+"/-/ready")
	return "http://" + addr
}

// Silence has somebody silence the alerts of a label, until lift is called.
func (a *Alertmanager) Silence(t *testing.T, by, why, name, value string) (lift func()) {
	t.Helper()
	now := time.Now().UTC()
	body := fmt.Sprintf(`{"matchers":[{"name":%q,"value":%q,"isRegex":false,"isEqual":true}],"startsAt":%q,"endsAt":%q,"createdBy":%q,"comment":%q}`,
		name, value, now.Format(time.RFC3339), now.Add(time.Hour).Format(time.RFC3339), by, why)
	var made struct {
		SilenceID string `json:"silenceID"`
	}
	if err := json.Unmarshal([]byte(ask(t, http.MethodPost, a.URL+"/api/v2/silences", "", body)), &made); err != nil || made.SilenceID == "" {
		t.Fatalf("Alertmanager made no silence: %v", err)
	}
	return func() { ask(t, http.MethodDelete, a.URL+"/api/v2/silence/"+made.SilenceID, "", "") }
}
