package journal_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/nats-io/nats.go"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/journal"
)

var november = time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)

// serve runs a broker in dir until stop is called or the test ends.
func serve(t testing.TB, dir string) (nc *nats.Conn, stop func()) {
	t.Helper()
	b, err := broker.New(broker.Options{Dir: dir, Site: "dc1", MQTTAddr: "127.0.0.1:0"})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- b.Run(ctx) }()
	select {
	case <-b.Ready():
	case err := <-done:
		t.Fatalf("broker ended: %v", err)
	}
	if nc, err = b.Conn(); err != nil {
		t.Fatal(err)
	}
	stopped := false
	stop = func() {
		if stopped {
			return
		}
		stopped = true
		nc.Close()
		cancel()
		if err := <-done; err != nil {
			t.Errorf("broker: %v", err)
		}
	}
	t.Cleanup(stop)
	return nc, stop
}

func open(t testing.TB, nc *nats.Conn) *journal.Journal {
	t.Helper()
	j, err := journal.Open(context.Background(), nc, journal.Options{Site: "dc1", LeaseTTL: time.Second})
	if err != nil {
		t.Fatal(err)
	}
	return j
}

func lead(t testing.TB, j *journal.Journal, holder string) *journal.Leadership {
	t.Helper()
	l, err := j.Lead(context.Background(), holder)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Release() }) // the broker may be gone already
	return l
}

func record(n int, at time.Time) journal.Record {
	return journal.Record{Kind: "counted", At: at, Data: json.RawMessage(fmt.Sprint(n))}
}

// numbers reads the whole journal and checks that sequences rise.
func numbers(t testing.TB, j *journal.Journal, after uint64) (got []int, last uint64) {
	t.Helper()
	prev := after
	last, err := j.Read(context.Background(), after, func(r journal.Record) error {
		if r.Seq <= prev {
			t.Errorf("record %d after %d", r.Seq, prev)
		}
		prev = r.Seq
		var n int
		if err := json.Unmarshal(r.Data, &n); err != nil {
			return err
		}
		got = append(got, n)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return got, last
}

func want(t testing.TB, got []int, n int) {
	t.Helper()
	if len(got) != n {
		t.Fatalf("%d records, want %d", len(got), n)
	}
	for i, v := range got {
		if v != i {
			t.Fatalf("record %d holds %d", i, v)
		}
	}
}

func TestRecordsComeBackInOrderAcrossMonthsAndRestarts(t *testing.T) {
	dir := t.TempDir()
	nc, stop := serve(t, dir)
	j := open(t, nc)
	if end, err := j.End(t.Context()); err != nil || end != 0 {
		t.Fatalf("end of an empty journal: %d, %v", end, err)
	}
	l := lead(t, j, "a")
	at := november
	var mark uint64
	for n := range 40 {
		rs := []journal.Record{record(n, at)}
		last, err := l.Append(t.Context(), rs...)
		if err != nil {
			t.Fatal(err)
		}
		if rs[0].Seq != last {
			t.Errorf("record's seq %d, Append's %d", rs[0].Seq, last)
		}
		if n == 19 {
			mark = last
		}
		if n%10 == 9 {
			at = at.AddDate(0, 1, 0) // a new month after each ten records
		}
	}
	// A clock that went back must not open an old month again.
	if _, err := l.Append(t.Context(), record(40, november)); err != nil {
		t.Fatal(err)
	}
	got, last := numbers(t, j, 0)
	want(t, got, 41)
	if end, err := j.End(t.Context()); err != nil || end != last {
		t.Errorf("read up to %d, end %d, %v", last, end, err)
	}
	rest, _ := numbers(t, j, mark)
	if len(rest) != 21 || rest[0] != 20 {
		t.Errorf("after record 19: %v", rest)
	}
	stop()

	nc, _ = serve(t, dir)
	j = open(t, nc)
	l = lead(t, j, "a")
	if _, err := l.Append(t.Context(), record(41, at)); err != nil {
		t.Fatal(err)
	}
	got, _ = numbers(t, j, 0)
	want(t, got, 42)
}

func TestReaderStopsWhereItsFunctionFails(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	l := lead(t, j, "a")
	if _, err := l.Append(t.Context(), record(0, november), record(1, november), record(2, november)); err != nil {
		t.Fatal(err)
	}
	enough, n := errors.New("enough"), 0
	last, err := j.Read(t.Context(), 0, func(r journal.Record) error {
		if n++; n == 2 {
			return enough
		}
		return nil
	})
	if !errors.Is(err, enough) {
		t.Fatalf("error %v", err)
	}
	rest, _ := numbers(t, j, last)
	if len(rest) != 2 || rest[0] != 1 {
		t.Errorf("after the failure: %v", rest)
	}
}

func TestAppendRefusesRecordsWithoutKindOrTime(t *testing.T) {
	nc, _ := serve(t, t.TempDir())
	j := open(t, nc)
	l := lead(t, j, "a")
	for name, r := range map[string]journal.Record{
		"no kind":  {At: november, Data: json.RawMessage("1")},
		"no time":  {Kind: "x", Data: json.RawMessage("1")},
		"not JSON": {Kind: "x", At: november, Data: json.RawMessage("{")},
		"too long": {Kind: "x", At: november, Data: json.RawMessage(`"` + string(make9MB()) + `"`)},
	} {
		if _, err := l.Append(t.Context(), r); err == nil || errors.Is(err, journal.ErrNotLeader) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := l.Append(t.Context(), record(0, november)); err != nil {
		t.Errorf("after the refusals: %v", err)
	}
}

func make9MB() []byte {
	b := make([]byte, 9<<20)
	for i := range b {
		b[i] = 'x'
	}
	return b
}

func BenchmarkAppend1KB(b *testing.B) {
	nc, _ := serve(b, b.TempDir())
	l := lead(b, open(b, nc), "a")
	data, err := json.Marshal(string(make9MB()[:1000]))
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := l.Append(context.Background(), journal.Record{Kind: "x", At: november, Data: data}); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkRead10000(b *testing.B) {
	nc, _ := serve(b, b.TempDir())
	j := open(b, nc)
	l := lead(b, j, "a")
	for n := range 10000 {
		if _, err := l.Append(context.Background(), record(n, november)); err != nil {
			b.Fatal(err)
		}
	}
	for b.Loop() {
		if got, _ := numbers(b, j, 0); len(got) != 10000 {
			b.Fatal(len(got))
		}
	}
}
