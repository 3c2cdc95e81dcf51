package visionbench_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/robot/cmd/nightrobot/visionbench"
	"github.com/nightrounds/nightrounds/vision/look"
)

// TestMain makes this binary a vision process as well, and a measured look: what the benches start is the program itself.
func TestMain(m *testing.M) {
	if len(os.Args) > 1 {
		switch os.Args[1] {
		case "vision":
			if look.Serve(context.Background(), os.Stdin, os.Stdout) != nil {
				os.Exit(1)
			}
			return
		case "vision-dies":
			os.Exit(134)
		}
	}
	os.Exit(m.Run())
}

func self(t *testing.T) string {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return exe
}

func TestOddLooksTakeNothingDown(t *testing.T) {
	const looks = 300
	c, err := visionbench.RunCrashes(context.Background(), visionbench.CrashOptions{Timeout: time.Minute, Seed: 7, Looks: looks, Command: []string{self(t), "vision"}, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if c.Agent > 0 || c.Lost > 0 {
		t.Errorf("%d looks took the agent down, %d the vision process: %q", c.Agent, c.Lost, c.Causes)
	}
	if c.Refused < looks/10 || c.Read < looks/20 || c.Looks != looks {
		t.Errorf("%+v: want many refused and many read", c)
	}
}

func TestAVisionProcessThatDiesIsCounted(t *testing.T) {
	c, err := visionbench.RunCrashes(context.Background(), visionbench.CrashOptions{Timeout: time.Minute, Seed: 7, Looks: 8, Command: []string{self(t), "vision-dies"}, Scratch: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	if c.Lost+c.Unsent != 8 || c.Lost == 0 || c.Agent != 0 || len(c.Causes) == 0 {
		t.Errorf("%+v", c)
	}
}
