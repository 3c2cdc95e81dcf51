package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// incidents happen where robots begin their laps, so that they come by soon.
const incidents = `
- at: 20s
  device: C07-srv-15
  led: disk4
  shows: {colour: amber, pattern: solid}
- at: 25s
  device: B08-srv-11
  surface: {riseK: 28}
`

// expected are the faults that the incidents must become, as device and kind, in order.
var expected = []string{"B08-srv-11 hot-device", "C07-srv-15 disk-failed"}

// storyLimit bounds the wait for the story's end, on the wall clock; undisturbed it takes about 80 s.
const storyLimit = 6 * time.Minute

func TestStoryIsToldAndGoesOnAfterCtrlC(t *testing.T) {
	h := newHouse(t, incidents)
	h.start()
	h.until(storyLimit, h.told)
	h.goesOn()
}

// TestStorySurvivesKills runs once; NIGHTROUNDS_STORY_RUNS asks for more runs, NIGHTROUNDS_STORY_SEED for others.
func TestStorySurvivesKills(t *testing.T) {
	runs, seed := number(t, "NIGHTROUNDS_STORY_RUNS", 1), number(t, "NIGHTROUNDS_STORY_SEED", 1)
	for run := range runs {
		t.Run(fmt.Sprintf("seed=%d", seed+run), func(t *testing.T) {
			h := newHouse(t, incidents)
			begun := time.Now()
			h.start()
			h.until(time.Minute, func() error { _, err := get[[]fleet.RobotView](h, "robots"); return err })
			h.killSix(rand.New(rand.NewPCG(uint64(seed+run), 0)))
			h.until(storyLimit, h.told)
			t.Logf("told to its end after %s", time.Since(begun).Round(time.Second))
			h.goesOn()
		})
	}
}

func number(t *testing.T, env string, otherwise int) int {
	t.Helper()
	text := os.Getenv(env)
	if text == "" {
		return otherwise
	}
	n, err := strconv.Atoi(text)
	if err != nil {
		t.Fatalf("%s: %v", env, err)
	}
	return n
}

// killSix kills the controller, the robots and a vision process twice each, in any order, at random moments.
func (h *house) killSix(chance *rand.Rand) {
	h.t.Helper()
	victims := []string{"controller", "robots", "vision", "controller", "robots", "vision"}
	chance.Shuffle(len(victims), func(i, j int) { victims[i], victims[j] = victims[j], victims[i] })
	for _, v := range victims {
		pause := time.Duration(2+chance.IntN(10_000)) * time.Millisecond
		select {
		case <-time.After(pause):
		case <-h.t.Context().Done():
			return
		}
		pick := chance.IntN(100)
		h.until(time.Minute, func() error { return h.kill(v, pick) })
		h.t.Logf("kill -9 of %s, %s after the last", v, pause)
	}
}

// kill kills a child of the demo, or one of its children's.
func (h *house) kill(victim string, pick int) error {
	name := victim
	if victim == "vision" {
		name = "robots"
	}
	text, err := os.ReadFile(h.path("data", name+".pid"))
	if err != nil {
		return err
	}
	pid, err := strconv.Atoi(string(text))
	if err != nil {
		return err
	}
	if victim == "vision" {
		var eyes []int
		for _, p := range processes() {
			if p.parent == pid && strings.HasSuffix(p.args, " vision") {
				eyes = append(eyes, p.pid)
			}
		}
		if len(eyes) == 0 {
			return errors.New("no vision process runs")
		}
		pid = eyes[pick%len(eyes)]
	}
	return syscall.Kill(pid, syscall.SIGKILL)
}

// told says why the story is not at its end: each expected fault has one ticket, and both are closed.
func (h *house) told() error {
	faults, err := get[[]fault.Fault](h, "faults")
	if err != nil {
		return err
	}
	tickets, err := get[[]ticket.Ticket](h, "tickets")
	if err != nil {
		return err
	}
	for _, want := range expected {
		var state fault.State = "not found"
		for _, f := range faults {
			if f.Device+" "+f.Kind == want {
				state = f.State
			}
		}
		var ticketed ticket.State = "not opened"
		for _, t := range tickets {
			if t.Device+" "+t.Kind == want {
				ticketed = t.State
			}
		}
		if state != fault.Resolved || ticketed != ticket.Closed {
			return fmt.Errorf("%s is %s, its ticket %s", want, state, ticketed)
		}
	}
	return nil
}

// goesOn ends the demo and starts it again: the same faults and tickets are there, time has not gone back, and all that
// robots had seen until the end, even what was not handed over yet, gets into the journal, once and in order.
func (h *house) goesOn() {
	h.t.Helper()
	faults, err := get[[]fault.Fault](h, "faults")
	if err != nil {
		h.t.Fatal(err)
	}
	h.oneTicketEach()
	h.stop()
	before, seen := h.clock(), h.seen()
	h.start()
	h.until(time.Minute, func() error {
		p, err := get[fleet.PatrolView](h, "patrol")
		if err == nil && p.At.Before(before) {
			h.t.Errorf("time went back from %s to %s", before, p.At)
		}
		return err
	})
	h.until(2*time.Minute, func() error { return h.handedOver(seen) })
	again, err := get[[]fault.Fault](h, "faults")
	if err != nil {
		h.t.Fatal(err)
	}
	for _, f := range faults {
		if !slices.ContainsFunc(again, func(a fault.Fault) bool { return a.ID == f.ID && a.OpenedAt.Equal(f.OpenedAt) }) {
			h.t.Errorf("%s is gone after a new start", f.ID)
		}
	}
	if err := h.told(); err != nil {
		h.t.Errorf("after a new start: %v", err)
	}
	h.stop()
	h.nothingLost(seen)
}

// oneTicketEach holds the tickets to the expected faults: each one, and no others.
func (h *house) oneTicketEach() {
	h.t.Helper()
	tickets, err := get[[]ticket.Ticket](h, "tickets")
	if err != nil {
		h.t.Fatal(err)
	}
	var got []string
	for _, t := range tickets {
		got = append(got, t.Device+" "+t.Kind)
		h.t.Logf("ticket %s: %s, rack %s U%d %s, revision %d", t.ID, t.State, t.Rack, t.Unit, t.Kind, t.Revision)
	}
	slices.Sort(got)
	if !slices.Equal(got, expected) {
		h.t.Errorf("tickets for %q, want %q", got, expected)
	}
}

// clock is the time at which the demo ended.
func (h *house) clock() (at time.Time) {
	h.t.Helper()
	b, err := os.ReadFile(h.path("data", "clock.json"))
	if err == nil {
		err = json.Unmarshal(b, &at)
	}
	if err != nil {
		h.t.Fatal(err)
	}
	return at
}

// seen are the observations that each robot's outbox holds, by serial number. The demo must be stopped.
func (h *house) seen() map[string][]wire.Observation {
	h.t.Helper()
	boxes, err := filepath.Glob(h.path("data", "hall", "NR-*"))
	if err != nil || len(boxes) == 0 {
		h.t.Fatalf("no robots in the hall: %v", err)
	}
	all := map[string][]wire.Observation{}
	for _, dir := range boxes {
		all[filepath.Base(dir)] = decodeLines[wire.Observation](h.t, h.run("nightrobot", "outbox", "--data", dir, "-o", "json"))
	}
	return all
}

func decodeLines[T any](t testing.TB, b []byte) (all []T) {
	t.Helper()
	for d := json.NewDecoder(bytes.NewReader(b)); d.More(); {
		var v T
		if err := d.Decode(&v); err != nil {
			t.Fatal(err)
		}
		all = append(all, v)
	}
	return all
}

// handedOver says which robot's observations the controller has not got yet, or that no robot has looked on.
func (h *house) handedOver(seen map[string][]wire.Observation) error {
	robots, err := get[[]fleet.RobotView](h, "robots")
	if err != nil {
		return err
	}
	news := 0
	for _, r := range robots {
		_, serial, _ := strings.Cut(r.ID, "/")
		if r.Observations < uint64(len(seen[serial])) {
			return fmt.Errorf("%s: the journal has %d observations, the robot %d", serial, r.Observations, len(seen[serial]))
		}
		news += int(r.Observations) - len(seen[serial])
	}
	if news < 5 {
		return fmt.Errorf("%d new observations since the new start, want 5", news)
	}
	return nil
}

// nothingLost holds the journal to what the robots have seen: every observation once, in order, unchanged.
func (h *house) nothingLost(before map[string][]wire.Observation) {
	h.t.Helper()
	type record struct {
		Seq  uint64
		Data fleet.Change
	}
	journaled := map[string][]wire.Observation{}
	out := h.run("nightrounds", "journal", "--site", h.site, "--data", h.path("data", "controller"), "-o", "json")
	for _, r := range decodeLines[record](h.t, out) {
		if o := r.Data.Observation; o != nil {
			if journaled[o.SerialNumber] = append(journaled[o.SerialNumber], *o); o.Seq != uint64(len(journaled[o.SerialNumber])) {
				h.t.Errorf("journal record %d: %s's observation %d stands as number %d", r.Seq, o.SerialNumber, o.Seq, len(journaled[o.SerialNumber]))
			}
		}
	}
	for serial, sent := range h.seen() {
		have := journaled[serial]
		h.t.Logf("%s: %d observations in its outbox (%d at the first end), %d journaled", serial, len(sent), len(before[serial]), len(have))
		if len(have) < len(before[serial]) || len(have) > len(sent) || len(have) == 0 {
			h.t.Errorf("%s: %d observations journaled, want %d to %d", serial, len(have), max(1, len(before[serial])), len(sent))
		}
		for i, o := range sent[:min(len(sent), len(have))] {
			if sent, kept := encoded(h.t, o), encoded(h.t, have[i]); !bytes.Equal(sent, kept) {
				h.t.Errorf("%s: observation %d of %s in the journal, %d of %s in the robot, differ", serial, have[i].Seq, have[i].At, o.Seq, o.At)
			}
		}
	}
}

func encoded(t testing.TB, o wire.Observation) []byte {
	t.Helper()
	b, err := wire.EncodeObservation(o)
	if err != nil {
		t.Error(err)
	}
	return b
}
