package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
)

// remedyCmd is about repairs.
type remedyCmd struct {
	List    listRemediesCmd `cmd:"" default:"withargs" help:"List the repairs, newest first."`
	Plan    planCmd         `cmd:"" help:"Say what would be done about a fault now, and what stands against it; nothing is done."`
	Stop    stopCmd         `cmd:"" help:"Stop all remedies."`
	Go      goCmd           `cmd:"" help:"Let remedies run again."`
	Decline declineCmd      `cmd:"" help:"Decline a repair's waiting step: the repair ends, what it did is taken back."`
	Opened  openedCmd       `cmd:"" help:"Say that the drawer or lid of your task stands open: its timer runs."`
	Done    doneCmd         `cmd:"" help:"Say that your task is done."`
	Reread  rereadCmd       `cmd:"" help:"Have the runbooks read again; a file that is refused changes nothing."`
}

type listRemediesCmd struct{ output }

func (c *listRemediesCmd) Run(ctx context.Context) error {
	stop, err := call[remedy.Stop](ctx, c.server, "remedies/stop", nil)
	if err != nil {
		return err
	}
	if stop.On && c.Output == "table" {
		fmt.Printf("all remedies are stopped, by %s at %s: %s\n\n", stop.By, stop.At.Local().Format(time.DateTime), stop.Why)
	}
	return list(ctx, c.output, "remedies", nil, "ID\tSTATE\tFAULT\tRUNBOOK\tSTEP\tSINCE\tAPPROVED BY\tWHY", func(r remedy.Run) []any {
		return []any{r.ID, r.State, r.FaultID, r.Runbook, r.Step + 1, r.StepAt.Format(time.TimeOnly), dash(r.Approver), cmp.Or(r.Why, r.Held, "-")}
	})
}

type planCmd struct {
	output
	Fault string `arg:"" help:"Fault."`
}

func (c *planCmd) Run(ctx context.Context) error {
	p, err := call[fleet.Plan](ctx, c.server, "faults/"+c.Fault+"/plan", nil)
	if err != nil {
		return err
	}
	if c.Output == "json" {
		return show(c.output, []fleet.Plan{p}, "", nil)
	}
	fmt.Print(planText(p))
	return nil
}

// planText is a plan for people.
func planText(p fleet.Plan) string {
	var b strings.Builder
	if p.Stop.On {
		fmt.Fprintf(&b, "all remedies are stopped, by %s: %s\n", p.Stop.By, p.Stop.Why)
	}
	if p.Runbook != "" {
		fmt.Fprintf(&b, "%s: runbook %s\n", p.FaultID, p.Runbook)
	}
	if p.Why != "" {
		fmt.Fprintf(&b, "nothing would be done: %s\n", p.Why)
	}
	for i, s := range p.Steps {
		t := s.Target
		at := strings.TrimSpace(fmt.Sprintf("%s %s %s", t.Rack, cmp.Or(t.Device, t.Cooling), t.Part))
		if t.Outlet != "" {
			at += fmt.Sprintf(" (PDU %s outlet %s)", t.PDU, t.Outlet)
		}
		fmt.Fprintf(&b, "\n%d. %s\n   %s, at %s; within %s, then %s until it is worth looking\n", i+1, s.Name, s.Does, dash(at), s.Timeout, s.Settle)
		if s.If != "" {
			fmt.Fprintf(&b, "   only if: %s\n", s.If)
		}
		if s.Approval {
			fmt.Fprintf(&b, "   needs the approval of a named person\n")
		}
		if s.Undo != "" {
			fmt.Fprintf(&b, "   taken back by: %s\n", s.Undo)
		}
		for _, r := range s.Refused {
			fmt.Fprintf(&b, "   would be refused (%s): %s; %s\n", r.Guard, r.Why, r.Do)
		}
	}
	return b.String()
}

// A reason is a request in a person's name, with a reason.
type reason struct {
	By  string `json:"by"`
	Why string `json:"why,omitempty"`
}

// named is a command in a person's name.
type named struct {
	server
	By string `help:"Who says so; the user of this machine when left out."`
}

func (n named) who() string { return cmp.Or(n.By, whoami()) }

type stopCmd struct {
	named
	Why string `arg:"" optional:"" help:"Why."`
}

func (c *stopCmd) Run(ctx context.Context) error {
	_, err := call[remedy.Stop](ctx, c.server, "remedies/stop", reason{c.who(), c.Why})
	if err == nil {
		fmt.Println("all remedies are stopped; nightrounds remedy go lets them run again")
	}
	return err
}

type goCmd struct{ named }

func (c *goCmd) Run(ctx context.Context) error {
	_, err := call[remedy.Stop](ctx, c.server, "remedies/go", reason{By: c.who()})
	if err == nil {
		fmt.Println("remedies may run again")
	}
	return err
}

type declineCmd struct {
	named
	Repair string `arg:"" help:"Repair whose step waits."`
	Why    string `arg:"" optional:"" help:"Why."`
}

func (c *declineCmd) Run(ctx context.Context) error {
	return told(call[remedy.Run](ctx, c.server, "remedies/"+c.Repair+"/decline", reason{c.who(), c.Why}))
}

type openedCmd struct {
	named
	Repair string `arg:"" help:"Repair that your task is of."`
}

func (c *openedCmd) Run(ctx context.Context) error {
	return told(call[remedy.Run](ctx, c.server, "remedies/"+c.Repair+"/opened", by{c.who()}))
}

type doneCmd struct {
	named
	Repair string `arg:"" help:"Repair that your task is of."`
}

func (c *doneCmd) Run(ctx context.Context) error {
	return told(call[remedy.Run](ctx, c.server, "remedies/"+c.Repair+"/done", by{c.who()}))
}

func told(r remedy.Run, err error) error {
	if err == nil {
		fmt.Printf("%s is %s\n", r.ID, r.State)
	}
	return err
}

type rereadCmd struct{ named }

func (c *rereadCmd) Run(ctx context.Context) error {
	n, err := call[int](ctx, c.server, "remedies/reread", by{c.who()})
	if err == nil {
		fmt.Printf("%d runbooks are in force\n", n)
	}
	return err
}

type approveCmd struct {
	named
	Repair   string `arg:"" help:"Repair whose step waits."`
	Evidence string `help:"What you were shown (asked, of nightrounds remedy -o json): refused when it has changed since." placeholder:"HASH"`
}

func (c *approveCmd) Run(ctx context.Context) error {
	return told(call[remedy.Run](ctx, c.server, "remedies/"+c.Repair+"/approve", struct {
		By       string `json:"by"`
		Evidence string `json:"evidence,omitempty"`
	}{c.who(), c.Evidence}))
}

type judgeCmd struct {
	named
	Fault string          `arg:"" help:"Fault."`
	Says  fault.Judgement `arg:"" help:"right, wrong-place, wrong-cause or false." enum:"right,wrong-place,wrong-cause,false"`
	Note  string          `help:"What it was."`
}

func (c *judgeCmd) Run(ctx context.Context) error {
	v, err := call[fault.Verdict](ctx, c.server, "faults/"+c.Fault+"/judge", map[string]any{"by": c.who(), "says": c.Says, "note": c.Note})
	if err == nil {
		fmt.Printf("%s is judged %s\n", v.FaultID, v.Says)
	}
	return err
}

type precisionCmd struct{ output }

func (c *precisionCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "faults/precision", nil, "OF\tWHICH\tRIGHT\tJUDGED\tSHARE\t95 %\tWRONG PLACE\tWRONG CAUSE\tFALSE\tUNJUDGED", func(p fault.Precision) []any {
		share, interval := "-", "-"
		if p.Judged > 0 {
			share, interval = fmt.Sprintf("%.0f %%", 100*p.Share), fmt.Sprintf("%.0f-%.0f %%", 100*p.Low, 100*p.High)
		}
		return []any{p.Of, p.Which, p.Right, p.Judged, share, interval, p.WrongPlace, p.WrongCause, p.False, p.Unjudged}
	})
}
