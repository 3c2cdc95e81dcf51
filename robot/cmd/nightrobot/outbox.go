package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nightrounds/nightrounds/robot/outbox"
)

// outboxCmd reads a robot's outbox.
type outboxCmd struct {
	Data   string `required:"" placeholder:"DIR" help:"The data folder of one robot that is stopped."`
	Output string `short:"o" default:"table" enum:"table,json" help:"table for people, json (an observation a line) for scripts."`
}

// outboxBatch is how many observations are read at a time.
const outboxBatch = 256

// Run prints one line for each observation that the outbox still has, then, for people, how it stands.
func (c *outboxCmd) Run(con *console) (err error) {
	dir := filepath.Join(c.Data, "outbox")
	if _, err := os.Stat(dir); err != nil {
		return usageError{fmt.Errorf("--data: %w", err)}
	}
	box, err := outbox.Open(outbox.Options{Dir: dir, Logger: con.log})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, box.Close()) }()
	status := box.Status()
	lines := json.NewEncoder(con.out)
	for after := uint64(0); ; {
		batch, err := box.Kept(after, outboxBatch)
		if err != nil {
			return err
		}
		if len(batch) == 0 {
			break
		}
		for _, o := range batch {
			if c.Output == "json" {
				err = lines.Encode(o)
			} else {
				_, err = fmt.Fprintf(con.out, "%6d  %s  %s\n", o.Seq, o.At.Format("2006-01-02 15:04:05"), o.Viewpoint)
			}
			if err != nil {
				return err
			}
			after = o.Seq
		}
	}
	if c.Output == "table" {
		_, err = fmt.Fprintf(con.out, "last number %d; %d kept, %d of them not yet known to be safe with the controller\n", status.LastSeq, status.Kept, status.Uncovered)
	}
	return err
}
