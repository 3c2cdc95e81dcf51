package main_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// bin is where both programs are built, once, by whichever test needs them first.
var bin struct {
	once sync.Once
	dir  string
	err  error
}

func TestMain(m *testing.M) {
	code := m.Run()
	if bin.dir != "" {
		_ = os.RemoveAll(bin.dir)
	}
	os.Exit(code)
}

// program is the path of nightrounds or nightrobot, built from this tree.
func program(t testing.TB, name string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: it builds and runs both programs")
	}
	if err := exec.CommandContext(t.Context(), "pkg-config", "--exists", "opencv4").Run(); err != nil {
		t.Skip("nightrobot cannot be built: no OpenCV here (make setup)")
	}
	bin.once.Do(func() {
		if bin.dir, bin.err = os.MkdirTemp("", "nightrounds-story-"); bin.err != nil {
			return
		}
		var out []byte
		out, bin.err = exec.Command("go", "build", "-o", bin.dir, "../../../fleet/cmd/nightrounds", "../../../robot/cmd/nightrobot").CombinedOutput()
		if bin.err != nil {
			bin.err = fmt.Errorf("go build: %w\n%s", bin.err, out)
		}
	})
	if bin.err != nil {
		t.Fatal(bin.err)
	}
	return filepath.Join(bin.dir, name)
}

// speed is how much faster than the wall clock the houses live.
const speed = 6

// A house is a demo in a folder and on ports of its own.
type house struct {
	t                      testing.TB
	dir, site              string
	mqtt, http, technician string
	cmd                    *exec.Cmd
	end                    chan error
}

// newHouse copies the sample site, where these incidents happen; nothing runs yet.
func newHouse(t testing.TB, incidents string) *house {
	t.Helper()
	program(t, "nightrounds")
	h := &house{t: t, dir: t.TempDir()}
	ports := freePorts(t, 3)
	h.mqtt, h.http, h.technician = ports[0], ports[1], ports[2]
	h.site = h.path("site")
	h.run("nightrounds", "site", "copy", h.site)
	books := filepath.Join(h.site, "runbooks.yaml")
	text, err := os.ReadFile(books)
	if err != nil {
		t.Fatal(err)
	}
	text = bytes.ReplaceAll(text, []byte("127.0.0.1:8090"), []byte(h.technician))
	h.write(books, string(text))
	h.write(h.path("incidents.yaml"), incidents)
	return h
}

func freePorts(t testing.TB, n int) []string {
	t.Helper()
	var all []string
	for range n {
		l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
		all = append(all, l.Addr().String())
	}
	return all
}

func (h *house) path(parts ...string) string {
	return filepath.Join(append([]string{h.dir}, parts...)...)
}

func (h *house) write(file, text string) {
	h.t.Helper()
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		h.t.Fatal(err)
	}
}

// run runs one of the programs to its good end and returns what it said.
func (h *house) run(name string, args ...string) []byte {
	h.t.Helper()
	cmd := exec.CommandContext(h.t.Context(), program(h.t, name), args...)
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		h.t.Fatalf("%s %s: %v\n%s", name, strings.Join(args, " "), err, errs.Bytes())
	}
	return out
}

// start starts the demo; it is ended with the test at the latest, and its logs shown when the test failed.
func (h *house) start() {
	h.t.Helper()
	log, err := os.OpenFile(h.path("demo.log"), os.O_CREATE|os.O_APPEND|os.O_WRONLY, 0o600)
	if err != nil {
		h.t.Fatal(err)
	}
	defer log.Close()
	h.cmd = exec.Command(program(h.t, "nightrounds"), "demo", "--site", h.site, "--data", h.path("data"),
		"--incidents", h.path("incidents.yaml"), "--speed", strconv.Itoa(speed),
		"--mqtt", h.mqtt, "--http", h.http, "--technician", h.technician)
	h.cmd.Stdout, h.cmd.Stderr = log, log
	if err := h.cmd.Start(); err != nil {
		h.t.Fatal(err)
	}
	h.end = make(chan error, 1)
	go func(cmd *exec.Cmd, end chan<- error) { end <- cmd.Wait() }(h.cmd, h.end)
	h.t.Cleanup(h.tearDown)
}

// tearDown leaves nothing behind, whatever happened.
func (h *house) tearDown() {
	if h.t.Failed() {
		for _, f := range []string{h.path("demo.log"), h.path("data", "controller.log"), h.path("data", "robots.log")} {
			h.t.Logf("-- the end of %s:\n%s", f, tail(f, 6000))
		}
	}
	if h.cmd != nil {
		_ = h.cmd.Process.Kill()
	}
	for _, p := range processes() {
		_ = syscall.Kill(p.pid, syscall.SIGKILL)
	}
}

func tail(file string, bytes int) string {
	b, err := os.ReadFile(file)
	if err != nil {
		return err.Error()
	}
	return string(b[max(0, len(b)-bytes):])
}

// stop is a Ctrl-C: the demo must end well, soon, and with all its processes.
func (h *house) stop() {
	h.t.Helper()
	const soon = 20 * time.Second
	if err := h.cmd.Process.Signal(os.Interrupt); err != nil {
		h.t.Fatal(err)
	}
	begun := time.Now()
	select {
	case err := <-h.end:
		if err != nil {
			h.t.Errorf("the demo ended with %v", err)
		}
	case <-time.After(soon):
		h.t.Fatalf("the demo has not ended %s after Ctrl-C", soon)
	}
	h.t.Logf("ended %s after Ctrl-C", time.Since(begun).Round(time.Millisecond))
	for _, p := range processes() {
		h.t.Errorf("left behind: %d %s", p.pid, p.args)
	}
	h.cmd = nil
}

// until asks again and again for at most the limit until what is wanted is so.
func (h *house) until(limit time.Duration, so func() error) {
	h.t.Helper()
	ctx, cancel := context.WithTimeout(h.t.Context(), limit)
	defer cancel()
	var why error
	for {
		if why = so(); why == nil {
			return
		}
		select {
		case err := <-h.end:
			h.end <- err
			h.t.Fatalf("the demo ended by itself (%v); still wanted: %v", err, why)
		case <-ctx.Done():
			h.t.Fatalf("after %s: %v", limit, why)
		case <-time.After(500 * time.Millisecond):
		}
	}
}

// get asks the API.
func get[T any](h *house, what string) (v T, err error) {
	ctx, cancel := context.WithTimeout(h.t.Context(), 5*time.Second)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://"+h.http+"/api/v1/"+what, nil)
	if err != nil {
		return v, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return v, err
	}
	defer res.Body.Close()
	if res.StatusCode != http.StatusOK {
		return v, errors.New(res.Status)
	}
	return v, json.NewDecoder(res.Body).Decode(&v)
}

// A process is one of our programs.
type process struct {
	pid, parent int
	args        string
}

// processes are all that run from the folder of this test's programs.
func processes() []process {
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil || bin.dir == "" {
		return nil
	}
	var all []process
	for _, dir := range dirs {
		exe, err := os.Readlink(filepath.Join(dir, "exe"))
		if err != nil || filepath.Dir(exe) != bin.dir {
			continue
		}
		p := process{}
		if p.pid, err = strconv.Atoi(filepath.Base(dir)); err != nil {
			continue
		}
		args, err := os.ReadFile(filepath.Join(dir, "cmdline"))
		if err != nil {
			continue
		}
		p.args = strings.TrimSpace(strings.ReplaceAll(string(args), "\x00", " "))
		if stat, err := os.ReadFile(filepath.Join(dir, "stat")); err == nil {
			// pid (name) state parent ...; the name may hold anything
			if f := strings.Fields(string(stat[bytes.LastIndexByte(stat, ')')+1:])); len(f) > 1 {
				p.parent, _ = strconv.Atoi(f[1])
			}
		}
		all = append(all, p)
	}
	return all
}
