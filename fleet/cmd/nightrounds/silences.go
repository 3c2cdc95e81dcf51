package main

import (
	"cmp"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/quiet"
)

// silencesCmd holds tickets back.
type silencesCmd struct {
	List listSilencesCmd `cmd:"" default:"withargs" help:"List the silences that hold or will hold, and the faults that they hold back."`
	Add  addSilenceCmd   `cmd:"" help:"Hold back the tickets of faults at places, of kinds, or both; robots go on looking."`
	Load loadSilencesCmd `cmd:"" help:"Put a file's rules and silences in place of those that a file brought before."`
	End  endSilenceCmd   `cmd:"" help:"End a silence: a robot looks again at what it held back."`
}

type listSilencesCmd struct{ output }

func (c *listSilencesCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "silences", nil, "ID\tHOLDS\tFOR\tFAULTS\tBY\tWHY", silenceRow)
}

func silenceRow(s fleet.SilenceView) []any {
	holds := "until " + s.Ends.Local().Format(time.DateTime)
	if !s.Holds {
		holds = "from " + s.Begins.Local().Format(time.DateTime)
	}
	return []any{s.ID, holds, s.Target, dash(strings.Join(s.Faults, ",")), dash(s.By), s.Why}
}

type addSilenceCmd struct {
	server
	Why        string        `required:"" help:"For people: filters of crac-1 are changed."`
	Site       bool          `help:"The whole site."`
	Hall       []string      `help:"Halls, as hall-1,hall-2."`
	Row        []string      `help:"Rows."`
	Rack       []string      `help:"Racks."`
	Device     []string      `help:"Devices."`
	Supply     []string      `help:"Cooling units, loops, PDUs, feeds and UPSs: faults that these most probably cause."`
	Kind       []string      `help:"Only these kinds of finding or cause; all when left out."`
	From       string        `help:"Time at which it begins: 14:00 today or tomorrow, or 2026-11-27T14:00; now when left out." xor:"start"`
	For        time.Duration `help:"How long it holds." xor:"until"`
	Until      string        `help:"Time at which it ends, as --from." xor:"until"`
	Recurrence string        `help:"A maintenance window: a recurrence after RFC 5545, as FREQ=WEEKLY;BYDAY=MO; with --start and --for."`
	Start      string        `help:"Of a recurrence: its first time on the clock of the site's wall, as 2026-11-02T06:00." xor:"start"`
	Except     []string      `help:"Of a recurrence: days or times left out, as 2026-12-24."`
}

func (c *addSilenceCmd) Run(ctx context.Context) error {
	ask, err := c.ask(time.Now())
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	s, err := call[quiet.Silence](ctx, c.server, "silences", ask)
	if err == nil {
		fmt.Printf("%s: no tickets of %s; nightrounds silences end %s ends it\n", s.ID, s.Target, s.ID)
	}
	return err
}

// ask is what the controller is asked for.
func (c *addSilenceCmd) ask(now time.Time) (map[string]any, error) {
	ask := map[string]any{"why": c.Why, "by": whoami(), "site": c.Site}
	for name, ids := range map[string][]string{"halls": c.Hall, "rows": c.Row, "racks": c.Rack, "devices": c.Device, "supplies": c.Supply, "kinds": c.Kind} {
		if len(ids) > 0 {
			ask[name] = ids
		}
	}
	if c.Recurrence != "" {
		if c.Start == "" || c.For == 0 || c.From != "" || c.Until != "" {
			return nil, fmt.Errorf("a --recurrence goes with --start and --for, without --from and --until")
		}
		ask["recurs"] = quiet.Recurrence{Start: c.Start, Rule: c.Recurrence, WindowSeconds: c.For.Seconds(), Except: c.Except}
		return ask, nil
	}
	if c.Start != "" || len(c.Except) > 0 {
		return nil, fmt.Errorf("--start and --except are of a --recurrence; one that does not recur has --from")
	}
	if c.For == 0 && c.Until == "" {
		return nil, fmt.Errorf("say until when: --for 2h or --until 14:00")
	}
	from, err := clockTime("--from", c.From, now)
	if err != nil {
		return nil, err
	}
	until, err := clockTime("--until", c.Until, cmp.Or(from, now))
	if err != nil {
		return nil, err
	}
	if !from.IsZero() {
		ask["from"] = from
	}
	if !until.IsZero() {
		ask["until"] = until
	}
	ask["forSeconds"] = c.For.Seconds()
	return ask, nil
}

type loadSilencesCmd struct {
	output
	File string `arg:"" type:"existingfile" help:"YAML: silences, reopen_window, flapping, escalation."`
}

func (c *loadSilencesCmd) Run(ctx context.Context) error {
	text, err := os.ReadFile(c.File)
	if err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	all, err := call[[]fleet.SilenceView](ctx, c.server, "silences/load", map[string]any{"name": filepath.Base(c.File), "text": string(text), "by": whoami()})
	if err != nil {
		return err
	}
	return show(c.output, all, "ID\tHOLDS\tFOR\tFAULTS\tBY\tWHY", silenceRow)
}

type endSilenceCmd struct {
	server
	Silence string `arg:"" help:"Silence that is over."`
}

func (c *endSilenceCmd) Run(ctx context.Context) error {
	s, err := call[quiet.Silence](ctx, c.server, "silences/"+c.Silence+"/end", by{whoami()})
	if err == nil {
		fmt.Printf("%s is over\n", s.ID)
	}
	return err
}
