package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"github.com/nightrounds/nightrounds/fleet/broker"
	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/journal"
)

type journalCmd struct {
	Site   string `help:"Site folder, or 'sample'." default:"sample"`
	Data   string `help:"The data folder of a controller that is stopped." default:"nightrounds-data"`
	After  uint64 `help:"Only records with a higher number." placeholder:"SEQ"`
	Kind   string `help:"Only records of this kind, such as fault.moved." placeholder:"KIND"`
	Output string `short:"o" help:"table for people, json (a record a line, with its content) for scripts." enum:"table,json" default:"table"`
}

// A journalLine is one record as it is printed.
type journalLine struct {
	Seq  uint64          `json:"seq"`
	At   time.Time       `json:"at"`
	Kind string          `json:"kind"`
	Say  string          `json:"say,omitempty"` // for people; not every record has something to tell them
	Data json.RawMessage `json:"data"`
}

// Run tells what happened: each record as it is read, so that a year of them needs no memory.
func (c *journalCmd) Run(ctx context.Context) error {
	s := serveCmd{Site: c.Site}
	_, site, _, err := s.site()
	if err != nil {
		return err
	}
	if _, err := os.Stat(filepath.Join(c.Data, "jetstream")); errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: --data %s: no journal is there", errUsage, c.Data)
	}
	release, err := durable.Lock(c.Data)
	if errors.Is(err, durable.ErrLocked) {
		return fmt.Errorf("%w: %w: stop the controller first", errUsage, err)
	}
	if err != nil {
		return err
	}
	defer release()
	show := func(l journalLine) error {
		_, err := fmt.Printf("%8d  %s  %-20s  %s\n", l.Seq, l.At.Format(time.DateTime), l.Kind, l.Say)
		return err
	}
	if c.Output == "json" {
		show = func(l journalLine) error { return json.NewEncoder(os.Stdout).Encode(l) }
	}
	return readJournal(ctx, c.Data, site.ID, c.After, func(r journal.Record) error {
		if c.Kind != "" && r.Kind != c.Kind {
			return nil
		}
		var said struct {
			Say string `json:"say"`
		}
		if err := json.Unmarshal(r.Data, &said); err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
		return show(journalLine{r.Seq, r.At, r.Kind, said.Say, r.Data})
	})
}

// readJournal runs the journal's engine on the data folder, out of every robot's reach, and reads all records after
// the number.
func readJournal(ctx context.Context, data, site string, after uint64, fn func(journal.Record) error) (err error) {
	b, err := broker.New(broker.Options{Dir: data, Site: site, NoMQTT: true})
	if err != nil {
		return err
	}
	engineCtx, stop := context.WithCancel(context.WithoutCancel(ctx))
	end := make(chan error, 1)
	go func() { end <- b.Run(engineCtx) }()
	defer func() {
		stop()
		err = errors.Join(err, <-end)
	}()
	select {
	case <-b.Ready():
	case err := <-end:
		end <- nil
		return err
	case <-ctx.Done():
		return ctx.Err()
	}
	nc, err := b.Conn()
	if err != nil {
		return err
	}
	defer nc.Close()
	j, err := journal.Open(ctx, nc, journal.Options{Site: site})
	if err != nil {
		return err
	}
	_, err = j.Read(ctx, after, fn)
	return err
}
