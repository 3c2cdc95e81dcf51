package journal_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/nightrounds/nightrounds/fleet/journal"
)

func TestSecondControllerWaitsForTheFirst(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	first := lead(t, j, "a")
	got := make(chan *journal.Leadership, 1)
	go func() {
		l, err := j.Lead(context.Background(), "b")
		if err != nil {
			t.Error(err)
		}
		got <- l
	}()
	if _, err := first.Append(t.Context(), record(0, november)); err != nil {
		t.Fatal(err)
	}
	select {
	case <-got:
		t.Fatal("two leaders")
	default:
	}
	if err := first.Release(); err != nil {
		t.Fatal(err)
	}
	if err := first.Release(); err != nil {
		t.Fatal("released twice:", err)
	}
	second := <-got
	defer func() { _ = second.Release() }()
	if _, err := second.Append(t.Context(), record(1, november)); err != nil {
		t.Fatal(err)
	}
	if _, err := first.Append(t.Context(), record(2, november)); !errors.Is(err, journal.ErrNotLeader) {
		t.Errorf("append after release: %v", err)
	}
	all, _ := numbers(t, j, 0)
	want(t, all, 2)
}

// A controller that was stopped and wakes up late does not know yet that another leads: only the fence stands between.
// It is played by the same holder's second run, which takes the lease at once, before the first run's next renewal.
func TestStaleLeaderCannotAppendEvenBeforeTheNewOneHas(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	for name, first := range map[string]bool{"empty journal": true, "with records": false} {
		stale := lead(t, j, "a")
		if !first {
			if _, err := stale.Append(t.Context(), record(0, november)); err != nil {
				t.Fatal(err)
			}
		}
		before, _ := numbers(t, j, 0)
		fresh := lead(t, j, "a")
		if _, err := stale.Append(t.Context(), record(1, november)); !errors.Is(err, journal.ErrNotLeader) {
			t.Errorf("%s: stale append: %v", name, err)
		}
		if _, err := stale.Append(t.Context(), record(1, november.AddDate(0, 1, 0))); !errors.Is(err, journal.ErrNotLeader) {
			t.Errorf("%s: stale append into the next month: %v", name, err)
		}
		<-stale.Lost()
		if after, _ := numbers(t, j, 0); len(after) != len(before) {
			t.Errorf("%s: the stale leader wrote: %v", name, after)
		}
		if _, err := fresh.Append(t.Context(), record(len(before), november)); err != nil {
			t.Errorf("%s: new leader: %v", name, err)
		}
		if err := fresh.Release(); err != nil {
			t.Error(err)
		}
	}
}

func TestLeaderThatCannotRenewKnowsThatItLost(t *testing.T) {
	nc, stop := serve(t, t.TempDir())
	l := lead(t, open(t, nc), "a")
	stop()
	<-l.Lost()
	ctx, cancel := context.WithTimeout(t.Context(), time.Second)
	defer cancel()
	if _, err := l.Append(ctx, record(0, november)); !errors.Is(err, journal.ErrNotLeader) {
		t.Errorf("append without a broker: %v", err)
	}
}

func TestRepeatedAppendFindsThatItWasWritten(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	l := lead(t, j, "a")
	if _, err := l.Append(t.Context(), record(0, november)); err != nil {
		t.Fatal(err)
	}
	if err := l.AppendUnanswered(t.Context(), record(1, november)); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Append(t.Context(), record(2, november)); err != nil {
		t.Fatal(err)
	}
	got, _ := numbers(t, j, 0)
	want(t, got, 3)
}

// The answers to some appends are lost on the way back; the records are not, and none is there twice.
func TestAppendWithoutAnAnswerIsNeitherLostNorDoubled(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	l := lead(t, j, "a")
	// The client gives up at once, again and again, at whatever point of the way.
	n, unknown := 0, 0
	for try := 0; n < 50 && try < 1000; try++ {
		ctx, cancel := context.WithCancel(t.Context())
		go cancel()
		_, err := l.Append(ctx, record(n, november))
		cancel()
		if err == nil {
			n++
			continue
		}
		if !errors.Is(err, journal.ErrNotLeader) {
			t.Fatal(err)
		}
		unknown++
		l = lead(t, j, "a")
		got, _ := numbers(t, j, 0)
		if len(got) != n && len(got) != n+1 {
			t.Fatalf("%d records, %d acknowledged", len(got), n)
		}
		n = len(got)
	}
	got, _ := numbers(t, j, 0)
	want(t, got, n)
	t.Logf("%d records, %d appends of unknown outcome", n, unknown)
}

const childEnv = "NIGHTROUNDS_JOURNAL_CHILD"

// TestAcknowledgedRecordsSurviveKill9 kills a whole controller, broker and all, while it appends.
func TestAcknowledgedRecordsSurviveKill9(t *testing.T) {
	dir := t.TempDir()
	if testing.Short() {
		t.Skip("starts processes")
	}
	next := 0
	for range 3 {
		acked := killedWhileAppending(t, dir, next, next+150)
		nc, stop := serve(t, dir)
		j := open(t, nc)
		got, _ := numbers(t, j, 0)
		if len(got) < acked {
			t.Fatalf("%d records after the kill, %d were acknowledged", len(got), acked)
		}
		want(t, got, len(got))
		l := lead(t, j, "parent")
		if _, err := l.Append(t.Context(), record(len(got), november)); err != nil {
			t.Fatal("append after the kill:", err)
		}
		next = len(got) + 1
		if err := l.Release(); err != nil {
			t.Error(err)
		}
		stop()
	}
}

// killedWhileAppending runs a child that appends from number first, kills it once it has acknowledged number until,
// and returns how many records the child said are in the journal.
func killedWhileAppending(t *testing.T, dir string, first, until int) int {
	t.Helper()
	cmd := exec.Command(os.Args[0], "-test.run=^TestChildThatAppends$")
	cmd.Env = append(os.Environ(), childEnv+"="+dir, "FIRST="+strconv.Itoa(first))
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	acked, killed := first, false
	for sc := bufio.NewScanner(out); sc.Scan(); {
		text, ok := strings.CutPrefix(sc.Text(), "acked ")
		if !ok {
			continue
		}
		n, err := strconv.Atoi(text)
		if err != nil {
			break // the line was cut off by the kill
		}
		acked = n + 1
		if n >= until && !killed {
			killed = true
			if err := cmd.Process.Kill(); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := cmd.Wait(); err == nil || !killed {
		t.Fatalf("the child ended by itself: %v", err)
	}
	return acked
}

// TestChildThatAppends is the program that TestAcknowledgedRecordsSurviveKill9 kills.
func TestChildThatAppends(t *testing.T) {
	dir := os.Getenv(childEnv)
	if dir == "" {
		t.Skip("only runs as a child of TestAcknowledgedRecordsSurviveKill9")
	}
	n, err := strconv.Atoi(os.Getenv("FIRST"))
	if err != nil {
		t.Fatal(err)
	}
	nc, _ := serve(t, dir)
	l := lead(t, open(t, nc), "child")
	for ; ; n++ {
		at := november.AddDate(0, n/100, 0) // months end under the knife too
		if _, err := l.Append(t.Context(), record(n, at)); err != nil {
			t.Fatal(err)
		}
		fmt.Println("acked", n)
	}
}

func TestLeadEndsWithItsContext(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	lead(t, j, "a")
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := j.Lead(ctx, "b"); !errors.Is(err, context.DeadlineExceeded) && !errors.Is(err, nats.ErrTimeout) {
		t.Errorf("lead: %v", err)
	}
}
