// Package peertest starts the real programs that Nightrounds talks to on the loopback for a test, each with its own folder
// and ports, and ends them with it: Alertmanager (Debian: prometheus-alertmanager), Request Tracker 5 (request-tracker5, on
// SQLite, without a web server, as the user that runs the test), a mail server (python3-aiosmtpd) and an SNMP agent with a
// switched PDU behind it (snmpd). A test is skipped, saying so, where Wanted is not set or the program is not installed.
package peertest

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
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

// until asks an address until it answers with 200.
func until(t *testing.T, url string, header ...string) {
	t.Helper()
	ready(t, url, func() error {
		req, err := http.NewRequestWithContext(t.Context(), http.MethodGet, url, nil)
		if err != nil {
			return err
		}
		for i := 0; i+1 < len(header); i += 2 {
			req.Header.Set(header[i], header[i+1])
		}
		res, err := client.Do(req)
		if err != nil {
			return err
		}
		res.Body.Close()
		if res.StatusCode != http.StatusOK {
			return fmt.Errorf("it answered %s", res.Status)
		}
		return nil
	})
}

// ready asks a peer until it answers. What the program said is logged where it never does.
func ready(t *testing.T, peer string, answers func() error) {
	t.Helper()
	late := time.NewTimer(startWithin)
	defer late.Stop()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		err := answers()
		if err == nil {
			return
		}
		select {
		case <-late.C:
			t.Fatalf("%s was not ready within %s: %v", peer, startWithin, err)
		case <-tick.C:
		}
	}
}

// Wanted is the environment variable without which no real peer is started: it is a minute's work, of 260 packages.
const Wanted = "NIGHTROUNDS_PEERS"

// wanted finds a program, and skips the test where it is not to be started.
func wanted(t *testing.T, debian string, places ...string) (program string) {
	t.Helper()
	if os.Getenv(Wanted) == "" {
		t.Skip("real peers are started where " + Wanted + " is set, as make test-peers does")
	}
	for _, p := range places {
		if found, err := exec.LookPath(p); err == nil {
			return found
		}
	}
	t.Skipf("no %s here (make test-peers installs it on Debian)", debian)
	return ""
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
