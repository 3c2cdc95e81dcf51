package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const goodConfig = `
broker: mqtts://broker.example:8883
site: dc-1
serial: NR-07
passwordFile: PASSWORD
data: /var/lib/nightrobot
base: serial:/dev/ttyACM0:115200
start: {hall: hall-1, x: 1.5, y: 2, thetaDeg: 90}
camera: {device: /dev/video0, width: 720, height: 1280, rotate: 90, fx: 1065, fy: 1065, cx: 359.5, cy: 639.5, exposure: 8ms}
`

func TestConfigIsReadWithItsUnits(t *testing.T) {
	c, err := parseConfig([]byte(goodConfig))
	if err != nil {
		t.Fatal(err)
	}
	if c.id().ClientID() != "nightrounds_NR-07" || c.start().Pose.ThetaRad < 1.57 || c.start().Pose.ThetaRad > 1.58 ||
		c.Camera.burst().Exposure != 8*time.Millisecond {
		t.Errorf("config %+v", c)
	}
}

func TestConfigListsAllFaultsAtOnce(t *testing.T) {
	_, err := parseConfig([]byte("site: a/b\nthermal: ir\ncamera: {rotate: 45, seconds: -1, fps: 1000, exposure: 2s}\nstart: {x: 1}\n"))
	for _, want := range []string{"broker", "serial", "passwordFile", "data", "base", "camera.device", "site", "thermal", "rotate", "fx", "seconds", "fps", "exposure", "start.hall"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("error does not name %s:\n%v", want, err)
		}
	}
	for text, want := range map[string]string{"": "empty", "broker: [": "line", "brokr: x": "brokr"} {
		if _, err := parseConfig([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("config %q: error %v, want one that says %q", text, err, want)
		}
	}
}

func FuzzConfigNeverPanics(f *testing.F) {
	f.Add([]byte(goodConfig))
	f.Fuzz(func(t *testing.T, text []byte) {
		if c, err := parseConfig(text); err == nil && c.Serial == "" {
			t.Error("a robot without a serial number")
		}
	})
}

func TestNonsenseExitsWithTwoAndStartsNothing(t *testing.T) {
	dir := t.TempDir()
	data := filepath.Join(dir, "data")
	empty := filepath.Join(dir, "empty.yaml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		args string
		says []string
	}{
		{"", []string{"run", "sim"}},
		{"fly", []string{"fly"}},
		{"sim", []string{"--credentials"}},
		{"sim --credentials x --data " + data + " --robots 0 --speed 6 --site /nowhere --incidents /nowhere --technician x",
			[]string{"--robots", "--epoch", "--site", "--incidents", "--technician"}},
		{"sim --credentials x --data " + data + " --robots 50", []string{"docks"}},
		{"sim --credentials x --data " + data + " --broker http://x --technician 127.0.0.1:0", []string{"broker"}},
		{"sim --credentials x --data " + data + " --technician-secret short --technician 127.0.0.1:0", []string{"secret"}},
		{"run --config /nowhere", []string{"--config", "/nowhere"}},
		{"run --config " + empty, []string{"empty"}},
	} {
		var out, errs bytes.Buffer
		code := run(strings.Fields(tc.args), strings.NewReader(""), &out, &errs)
		if code != exitUsage {
			t.Errorf("nightrobot %s: exit code %d, want 2: %s", tc.args, code, errs.String())
		}
		for _, want := range tc.says {
			if !strings.Contains(errs.String(), want) {
				t.Errorf("nightrobot %s: %q does not say %q", tc.args, errs.String(), want)
			}
		}
	}
	if _, err := os.Stat(data); err == nil {
		t.Error("nonsense has left a data folder behind")
	}
}

func TestVersionAndHelpExitWithZero(t *testing.T) {
	for _, args := range []string{"version", "--help", "sim --help"} {
		var out, errs bytes.Buffer
		if code := run(strings.Fields(args), strings.NewReader(""), &out, &errs); code != 0 || out.Len() == 0 {
			t.Errorf("nightrobot %s: exit code %d, %q, %q", args, code, out.String(), errs.String())
		}
	}
}
