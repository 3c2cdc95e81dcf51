package visionbench_test

import (
	"context"
	"os/exec"
	"testing"

	"github.com/nightrounds/nightrounds/robot/cmd/nightrobot/visionbench"
	"github.com/nightrounds/nightrounds/vision/looktest"
)

func TestSpeedIsMeasuredBesidePythons(t *testing.T) {
	if testing.Short() {
		t.Skip("takes some seconds")
	}
	req, err := looktest.New().Burst(t.TempDir(), 31, 30)
	if err != nil {
		t.Fatal(err)
	}
	s, err := visionbench.RunSpeed(context.Background(), visionbench.SpeedOptions{
		Request: req, Command: []string{self(t), "vision"}, Repeats: 1, Soak: 2, Scratch: t.TempDir(),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Logf("%+v %+v", s, s.Python)
	if s.Look.Seconds <= 0 || s.Memory.PeakMB < 5 || s.Memory.AnonMB <= 0 || s.ReadSeconds <= 0 || s.SoakLooks != 2 {
		t.Errorf("%+v", s)
	}
	if exec.Command("/usr/bin/python3", "-c", "import cv2, numpy; cv2.aruco").Run() != nil {
		t.Skip("no Python with OpenCV here")
	}
	if s.Python == nil {
		t.Fatalf("Python was not run: %s", s.PythonNotRun)
	}
	if a := s.Agreement; a.Of < 60 || a.Hits < a.Of*9/10 {
		t.Errorf("the two agree on %d lights of %d", a.Hits, a.Of)
	}
}

func TestSpeedOfALookThatFailsIsAnError(t *testing.T) {
	req, err := looktest.New().Burst(t.TempDir(), 2, 30)
	if err != nil {
		t.Fatal(err)
	}
	req.Height++
	_, err = visionbench.RunSpeed(context.Background(), visionbench.SpeedOptions{Request: req, Command: []string{self(t), "vision"}})
	if err == nil {
		t.Error("no error from a burst whose size lies")
	}
}
