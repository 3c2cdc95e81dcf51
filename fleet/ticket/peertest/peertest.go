// Package peertest starts real ticket systems on the loopback for a test, each with its own folder and ports, and ends
// them with it: Alertmanager (Debian: prometheus-alertmanager) and Request Tracker 5 (request-tracker5, on SQLite, without
// a web server, as the user that runs the test). A test is skipped, saying so, only where the program is not installed.
package peertest

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// startWithin bounds each step of a peer's start: of Request Tracker's three each takes 3 s of a processor, which a busy
// machine may give it late. askWithin bounds one question to it.
const (
	startWithin = 2 * time.Minute
	askWithin   = time.Minute
)

// client asks peers; one that hangs fails the test, not the whole run.
var client = &http.Client{Timeout: askWithin}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) int {
	t.Helper()
	l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port
}

// start runs a program in a process group of its own until the test ends.
func start(t *testing.T, env []string, name string, args ...string) {
	t.Helper()
	var said bytes.Buffer
	c := exec.CommandContext(context.Background(), name, args...) // its end is ours, below: all of its workers
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), env...), &said, &said
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = syscall.Kill(-c.Process.Pid, syscall.SIGTERM)
		kill := time.AfterFunc(5*time.Second, func() { _ = syscall.Kill(-c.Process.Pid, syscall.SIGKILL) })
		_ = c.Wait() // also for its workers: they hold what it says
		kill.Stop()
		if t.Failed() {
			t.Logf("%s said: %s", name, said.String())
		}
	})
}

// until asks an address until it answers with 200. What the program said is logged where it never does.
func until(t *testing.T, url string, header ...string) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := client.Do(req)
		if err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return
			}
			err = fmt.Errorf("it answered %s", res.Status)
		}
		select {
		case <-ctx.Done():
			t.Fatalf("%s was not ready within %s: %v", url, startWithin, err)
		case <-tick.C:
		}
	}
}

// An Alertmanager is one with a webhook receiver.
type Alertmanager struct {
	URL    string
	Told   chan string // status of each notification: firing, resolved
	folder string
}

// Wanted is the environment variable without which no real peer is started: it is a minute's work, of 260 packages.
const Wanted = "NIGHTROUNDS_PEERS"

func wanted(t *testing.T) {
	t.Helper()
	if os.Getenv(Wanted) == "" {
		t.Skip("real ticket systems are started where " + Wanted + " is set, as make test-peers does")
	}
}

// NewAlertmanager starts one that groups by fault.
func NewAlertmanager(t *testing.T) *Alertmanager {
	t.Helper()
	wanted(t)
	program, err := exec.LookPath("prometheus-alertmanager")
	if err != nil {
		t.Skip("no prometheus-alertmanager here (make test-peers installs it on Debian)")
	}
	a := &Alertmanager{Told: make(chan string, 100), folder: t.TempDir()}
	hook := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		var in struct {
			Status string `json:"status"`
		}
		if json.NewDecoder(r.Body).Decode(&in) == nil {
			a.Told <- in.Status
		}
	}))
	t.Cleanup(hook.Close)
	config := filepath.Join(a.folder, "am.yml")
	text := fmt.Sprintf("global: {resolve_timeout: 5m}\nroute: {receiver: hook, group_by: [fault_id], group_wait: 1s, group_interval: 1s, repeat_interval: 1h}\n"+
		"receivers:\n  - name: hook\n    webhook_configs: [{url: '%s', send_resolved: true}]\n", hook.URL)
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	addr := fmt.Sprintf("127.0.0.1:%d", freePort(t))
	a.URL = "http://" + addr
	start(t, nil, program, "--config.file="+config, "--storage.path="+filepath.Join(a.folder, "data"), "--web.listen-address="+addr, "--cluster.listen-address=")
	until(t, a.URL+"/-/ready")
	return a
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

// A RequestTracker has a queue Datacentre with the custom field FaultKey, the user nightrounds and the technician ann,
// each with a token.
type RequestTracker struct {
	URL, Token, Technician string
}

const rtConfig = `Set($rtname, 'nightrounds-test'); Set($Organization, 'test.example');
Set($WebDomain, '127.0.0.1'); Set($WebPort, PORT); Set($WebBaseURL, 'http://127.0.0.1:PORT'); Set($WebPath, '');
Set($DatabaseType, 'SQLite'); Set($DatabaseName, 'DIR/rt.db');
Set($MailCommand, 'testfile'); Set($LogToSyslog, undef); Set($LogToSTDERR, 'error'); Set($LogToFile, undef);
Set($MasonDataDir, 'DIR/mason'); Set($MasonSessionDir, 'DIR/session');
1;
`

const rtData = `@Queues = ({ Name => 'Datacentre', Description => 'robot findings' });
@CustomFields = ({ Name => 'FaultKey', Type => 'FreeformSingle', LookupType => 'RT::Queue-RT::Ticket', ApplyTo => ['Datacentre'] });
@Users = map { { Name => $_, EmailAddress => "$_\@test.example", Privileged => 1, Password => 'robot-pass-1' } } qw(nightrounds ann);
@ACL = map { my $u = $_; ((map { { UserId => $u, Queue => 'Datacentre', Right => $_ } } qw(SeeQueue ShowTicket ShowTicketComments CreateTicket
  CommentOnTicket ReplyToTicket ModifyTicket OwnTicket SeeCustomField ModifyCustomField SetInitialCustomField)),
  { UserId => $u, Right => 'ManageAuthTokens' }) } qw(nightrounds ann);
1;
`

// rtFill fills the new database and makes the tokens, in one program: loading Request Tracker is most of its time.
const rtFill = `use strict; use lib '/usr/share/request-tracker5/lib'; use RT; RT::LoadConfig(); RT::Init(); require RT::AuthToken;
my ($filled, $why) = RT->DatabaseHandle->InsertData('DIR/data.pl', undef, disconnect_after => 0); die $why unless $filled;
for my $name (qw(nightrounds ann)) {
  my $u = RT::User->new(RT->SystemUser); $u->Load($name); die "no $name" unless $u->Id;
  my ($ok, $msg, $s) = RT::AuthToken->new(RT->SystemUser)->Create(Owner => $u->Id, Description => 'test'); die $msg unless $ok; print "$s\n";
}
`

var tokenPattern = regexp.MustCompile(`(?m)^1-[0-9]+-[0-9a-f]{32}$`)

// one holds Request Trackers back from each other: their start takes all of a small machine.
var one sync.Mutex

// NewRequestTracker makes one and starts it.
func NewRequestTracker(t *testing.T) *RequestTracker {
	t.Helper()
	wanted(t)
	const server, setup = "/usr/share/request-tracker5/libexec/rt-server", "/usr/sbin/rt-setup-database-5"
	if _, err := os.Stat(server); err != nil {
		t.Skip("no request-tracker5 here (make test-peers installs it on Debian)")
	}
	one.Lock()
	defer one.Unlock()
	dir, port := t.TempDir(), freePort(t)
	fill := strings.NewReplacer("PORT", fmt.Sprint(port), "DIR", dir)
	for name, text := range map[string]string{"site.pm": rtConfig, "data.pl": rtData, "fill.pl": rtFill, "password": "root-pass-1\n"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(fill.Replace(text)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"d", "mason", "session"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	env := []string{"RT_SITE_CONFIG=" + filepath.Join(dir, "site.pm"), "RT_SITE_CONFIG_DIR=" + filepath.Join(dir, "d")}
	run(t, env, setup, "--action", "init", "--root-password-file", filepath.Join(dir, "password"))
	tokens := tokenPattern.FindAllString(run(t, env, "perl", filepath.Join(dir, "fill.pl")), -1)
	if len(tokens) != 2 {
		t.Fatalf("Request Tracker made %d tokens, want 2", len(tokens))
	}
	rt := &RequestTracker{URL: fmt.Sprintf("http://127.0.0.1:%d", port), Token: tokens[0], Technician: tokens[1]}
	start(t, env, server, "--server", "Starlet", "--max-workers", "2", "--host", "127.0.0.1", "--port", fmt.Sprint(port))
	until(t, rt.URL+"/REST/2.0/rt", "Authorization", "token "+rt.Token)
	return rt
}

func run(t *testing.T, env []string, name string, args ...string) string {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), startWithin)
	defer cancel()
	c := exec.CommandContext(ctx, name, args...)
	var out, said bytes.Buffer
	c.Env, c.Stdout, c.Stderr = append(os.Environ(), env...), &out, &said
	if err := c.Run(); err != nil {
		if ctx.Err() != nil {
			err = fmt.Errorf("not done within %s: %w", startWithin, err)
		}
		t.Fatalf("%s: %v\n%s%s", name, err, out.String(), said.String())
	}
	return out.String()
}

// Ask asks Request Tracker as a user.
func (rt *RequestTracker) Ask(t *testing.T, token, method, path, body string) string {
	t.Helper()
	return ask(t, method, rt.URL+"/REST/2.0"+path, "token "+token, body)
}

// ask asks a peer, which must say yes.
func ask(t *testing.T, method, url, authorization, body string) string {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	if authorization != "" {
		req.Header.Set("Authorization", authorization)
	}
	req.Header.Set("Content-Type", "application/json")
	res, err := client.Do(req)
	if err != nil {
		t.Fatalf("%s does not answer: %v", url, err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode > 299 {
		t.Fatalf("%s %s: %d %s %v", method, url, res.StatusCode, b, err)
	}
	return string(b)
}
