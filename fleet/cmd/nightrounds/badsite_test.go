package main_test

import (
	"bytes"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

func TestBadSiteStartsNothingAndListsEveryFault(t *testing.T) {
	h := newHouse(t, incidents)
	damage(t, filepath.Join(h.site, "site.yaml"), "revisit_interval: 30m", "revisit_interval: often")
	damage(t, filepath.Join(h.site, "site.yaml"), "tag_size_m: 0.045", "tag_size_m: tall")
	damage(t, filepath.Join(h.site, "floor.yaml"), "resolution:", "resolution_m:")
	damage(t, filepath.Join(h.site, "runbooks.yaml"), "timeout: 10m", "timeout: soon")
	for _, command := range []string{"serve", "demo"} {
		data := h.path(command)
		cmd := exec.CommandContext(t.Context(), program(t, "nightrounds"), command, "--site", h.site, "--data", data, "--mqtt", h.mqtt, "--http", h.http)
		var out bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &out
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 2 {
			t.Errorf("%s ended with %v, want exit status 2", command, err)
		}
		for _, want := range []string{`site\.yaml:\d+: .*often`, `site\.yaml:\d+: .*tag_size_m`, `floor\.yaml:\d+: resolution`, `runbooks\.yaml:\d+: .*soon`} {
			if !regexp.MustCompile(want).Match(out.Bytes()) {
				t.Errorf("%s does not say %s:\n%s", command, want, out.Bytes())
			}
		}
		if strings.Contains(out.String(), "goroutine ") {
			t.Errorf("%s panicked:\n%s", command, out.Bytes())
		}
		if _, err := os.Stat(data); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%s made %s although nothing was to start", command, data)
		}
	}
	if left := processes(); len(left) > 0 {
		t.Errorf("left behind: %v", left)
	}
}

func damage(t *testing.T, file, old, bad string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Contains(text, []byte(old)) {
		t.Fatalf("%s holds no %q", file, old)
	}
	if err := os.WriteFile(file, bytes.Replace(text, []byte(old), []byte(bad), 1), 0o600); err != nil {
		t.Fatal(err)
	}
}

func TestDemoRefusesPortsThatAreTaken(t *testing.T) {
	h := newHouse(t, incidents)
	h.start()
	h.until(storyLimit, func() error { _, err := get[any](h, "site"); return err })
	cmd := exec.CommandContext(t.Context(), program(t, "nightrounds"), "demo", "--data", h.path("second"), "--mqtt", h.mqtt, "--http", h.http, "--technician", h.technician)
	out, err := cmd.CombinedOutput()
	var exit *exec.ExitError
	if !errors.As(err, &exit) || exit.ExitCode() != 2 {
		t.Errorf("the second demo ended with %v, want exit status 2", err)
	}
	for _, flag := range []string{"--mqtt " + h.mqtt, "--http " + h.http} {
		if !strings.Contains(string(out), flag) {
			t.Errorf("it does not name %s:\n%s", flag, out)
		}
	}
	if _, err := os.Stat(h.path("second")); !errors.Is(err, os.ErrNotExist) {
		t.Error("it made its folder although nothing was to start")
	}
	h.stop()
}
