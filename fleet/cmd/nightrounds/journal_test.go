package main

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/journal"
)

// written is a data folder whose journal holds one record of each kind.
func written(t *testing.T, kinds ...string) (data string) {
	t.Helper()
	data = t.TempDir()
	b, err := broker.New(broker.Options{Dir: data, Site: "sample", NoMQTT: true})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error, 1)
	ctx, stop := context.WithCancel(t.Context())
	defer stop()
	go func() { done <- b.Run(ctx) }()
	<-b.Ready()
	nc, err := b.Conn()
	if err != nil {
		t.Fatal(err)
	}
	j, err := journal.Open(ctx, nc, journal.Options{Site: "sample"})
	if err != nil {
		t.Fatal(err)
	}
	l, err := j.Lead(ctx, "test")
	if err != nil {
		t.Fatal(err)
	}
	for _, k := range kinds {
		at := time.Date(2026, 11, 23, 3, 12, 0, 0, time.UTC)
		if _, err := l.Append(ctx, journal.Record{Kind: k, At: at, Data: json.RawMessage(`{"say":"something ` + k + `"}`)}); err != nil {
			t.Fatal(err)
		}
	}
	if err := l.Release(); err != nil {
		t.Fatal(err)
	}
	nc.Close()
	stop()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	return data
}

func TestJournalTellsWhatHappened(t *testing.T) {
	data := written(t, "a.first", "b.second", "a.third")
	c := journalCmd{Site: "sample", Data: data, Kind: "a.third", Output: "json"}
	var l journalLine
	if err := json.Unmarshal([]byte(printed(t, func() error { return c.Run(t.Context()) })), &l); err != nil {
		t.Fatal(err)
	}
	if l.Kind != "a.third" || l.Say != "something a.third" || l.Seq == 0 {
		t.Errorf("told %+v", l)
	}
	c = journalCmd{Site: "sample", Data: data, Output: "table"}
	text := printed(t, func() error { return c.Run(t.Context()) })
	if strings.Count(text, "\n") != 3 || !strings.Contains(text, "2026-11-23 03:12:00  b.second") {
		t.Errorf("told\n%s", text)
	}
	c.After = l.Seq
	if text := printed(t, func() error { return c.Run(t.Context()) }); text != "" {
		t.Errorf("after the last record there is\n%s", text)
	}
}

func TestJournalIsReadOnlyOfAStoppedController(t *testing.T) {
	empty := filepath.Join(t.TempDir(), "none")
	if err := (&journalCmd{Site: "sample", Data: empty}).Run(t.Context()); !errors.Is(err, errUsage) {
		t.Errorf("no journal: %v", err)
	}
	if _, err := os.Stat(empty); !errors.Is(err, os.ErrNotExist) {
		t.Error("reading made a folder")
	}
	data := written(t, "a.first")
	release, err := durable.Lock(data)
	if err != nil {
		t.Fatal(err)
	}
	defer release()
	if err := (&journalCmd{Site: "sample", Data: data}).Run(t.Context()); !errors.Is(err, durable.ErrLocked) || !errors.Is(err, errUsage) {
		t.Errorf("a controller runs: %v", err)
	}
}
