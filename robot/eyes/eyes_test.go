package eyes_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/robot/eyes"
	"github.com/nightrounds/nightrounds/vision"
)

func TestMain(m *testing.M) {
	if len(os.Args) > 1 && os.Args[1] == "vision-child" {
		serve()
		return
	}
	os.Exit(m.Run())
}

// serve is the child: what it does with a look is told by the look's ID.
func serve() {
	in := bufio.NewScanner(os.Stdin)
	for n := 1; in.Scan(); n++ {
		var req vision.LookRequest
		if err := json.Unmarshal(in.Bytes(), &req); err != nil {
			os.Exit(3)
		}
		switch {
		case strings.HasPrefix(req.ID, "crash"):
			fmt.Fprintln(os.Stderr, "terminate called after throwing an instance of 'cv::Exception'")
			os.Exit(134)
		case strings.HasPrefix(req.ID, "hang"):
			time.Sleep(time.Hour)
		case strings.HasPrefix(req.ID, "nonsense"):
			fmt.Println("OpenCV says hello")
			continue
		case strings.HasPrefix(req.ID, "late"):
			req.ID = "another"
		}
		out, err := json.Marshal(vision.LookResult{ID: req.ID, Registration: vision.Registration{Tags: n}})
		if err != nil {
			os.Exit(3)
		}
		fmt.Println(string(out))
		if strings.HasPrefix(req.ID, "last") {
			os.Exit(0)
		}
	}
}

func newEyes(t *testing.T, timeout time.Duration) *eyes.Eyes {
	t.Helper()
	exe, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	e, err := eyes.New(eyes.Options{Command: []string{exe, "vision-child"}, Timeout: timeout, BackoffMin: time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = e.Close() })
	return e
}

func look(t *testing.T, e *eyes.Eyes, id string) (vision.LookResult, error) {
	t.Helper()
	return e.Look(context.Background(), vision.LookRequest{ID: id})
}

func TestOneChildServesManyLooks(t *testing.T) {
	e := newEyes(t, 0)
	for n := 1; n <= 3; n++ {
		res, err := look(t, e, fmt.Sprint("fine", n))
		if err != nil || res.Registration.Tags != n {
			t.Fatalf("look %d: %+v, %v: want the same child's answer %d", n, res, err, n)
		}
	}
}

func TestABadLookCostsOnlyItself(t *testing.T) {
	for _, bad := range []string{"crash", "nonsense", "late", "last"} {
		t.Run(bad, func(t *testing.T) {
			e := newEyes(t, 0)
			for range 3 {
				if _, err := look(t, e, bad); (err == nil) != (bad == "last") {
					t.Errorf("look %s: error %v", bad, err)
				}
				if res, err := look(t, e, "fine"); err != nil || res.ID != "fine" {
					t.Errorf("the look after it: %+v, %v", res, err)
				}
			}
		})
	}
}

func TestARequestThatCannotBeWrittenCostsNoChild(t *testing.T) {
	e := newEyes(t, 0)
	if _, err := look(t, e, "fine"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.Look(context.Background(), vision.LookRequest{ID: "nan", FX: math.NaN()}); err == nil {
		t.Error("a focal length that is no number was sent")
	}
	if res, err := look(t, e, "fine"); err != nil || res.Registration.Tags != 2 {
		t.Errorf("the look after it: %+v, %v: want the same child's second answer", res, err)
	}
}

func TestAHangEndsWithTheTimeout(t *testing.T) {
	e := newEyes(t, 300*time.Millisecond)
	if _, err := look(t, e, "hang"); !errors.Is(err, context.DeadlineExceeded) {
		t.Fatalf("error %v, want a deadline", err)
	}
	e2 := newEyes(t, 0)
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := e2.Look(ctx, vision.LookRequest{ID: "hang"}); !errors.Is(err, context.Canceled) {
		t.Fatalf("error %v, want cancelled", err)
	}
}

func TestAChildThatCannotStartIsAnError(t *testing.T) {
	e, err := eyes.New(eyes.Options{Command: []string{"/nowhere/nightrobot"}})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := look(t, e, "fine"); err == nil {
		t.Error("no error from a command that does not exist")
	}
}

func TestNoLookAfterClose(t *testing.T) {
	e := newEyes(t, 0)
	if _, err := look(t, e, "fine"); err != nil {
		t.Fatal(err)
	}
	if err := e.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := look(t, e, "fine"); !errors.Is(err, eyes.ErrClosed) {
		t.Errorf("error %v, want ErrClosed", err)
	}
	if err := e.Close(); err != nil {
		t.Errorf("second close: %v", err)
	}
}

func TestNewRefusesNonsense(t *testing.T) {
	for name, o := range map[string]eyes.Options{
		"no command":       {},
		"negative timeout": {Command: []string{"x"}, Timeout: -1},
	} {
		if _, err := eyes.New(o); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}
