package main

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/user"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/maps"
)

// A server is the controller that a command speaks to.
type server struct {
	Server string `help:"Address of the controller." default:"http://127.0.0.1:8080" env:"NIGHTROUNDS_SERVER"`
}

// An output is how a command prints.
type output struct {
	server
	Output string `short:"o" help:"table for people, json for scripts." enum:"table,json" default:"table"`
}

// maxAnswer bounds what is read of an answer, in bytes.
const maxAnswer = 64 << 20

// call asks the controller; in is nil for a question.
func call[T any](ctx context.Context, s server, path string, in any) (out T, err error) {
	method, body := http.MethodGet, io.Reader(nil)
	if in != nil {
		b, err := json.Marshal(in)
		if err != nil {
			return out, fmt.Errorf("encode request: %w", err)
		}
		method, body = http.MethodPost, bytes.NewReader(b)
	}
	req, err := http.NewRequestWithContext(ctx, method, strings.TrimRight(s.Server, "/")+"/api/v1/"+path, body)
	if err != nil {
		return out, fmt.Errorf("%w: --server %q: %w", errUsage, s.Server, err)
	}
	if in != nil {
		req.Header.Set("Content-Type", "application/json")
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return out, fmt.Errorf("ask the controller (is it running? nightrounds serve; another address: --server): %w", err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(io.LimitReader(res.Body, maxAnswer))
	if err != nil {
		return out, fmt.Errorf("read the controller's answer: %w", err)
	}
	if res.StatusCode/100 != 2 {
		return out, refusal(res.StatusCode, b)
	}
	if err := json.Unmarshal(b, &out); err != nil {
		return out, fmt.Errorf("read the controller's answer: %w", err)
	}
	return out, nil
}

// refusal is the controller's own words (RFC 9457).
func refusal(status int, b []byte) error {
	var problem struct {
		Detail string `json:"detail"`
	}
	if json.Unmarshal(b, &problem) != nil || problem.Detail == "" {
		problem.Detail = http.StatusText(status)
	}
	if status < 500 {
		return fmt.Errorf("%w: %s", errUsage, problem.Detail)
	}
	return fmt.Errorf("controller: %s", problem.Detail)
}

// list asks for a list and prints it: as JSON as it is, or as a table of the columns.
func list[T any](ctx context.Context, o output, path string, in any, columns string, row func(T) []any) error {
	all, err := call[[]T](ctx, o.server, path, in)
	if err != nil {
		return err
	}
	return show(o, all, columns, row)
}

func show[T any](o output, all []T, columns string, row func(T) []any) error {
	if o.Output == "json" {
		e := json.NewEncoder(os.Stdout)
		e.SetIndent("", "  ")
		return e.Encode(all)
	}
	w := tabwriter.NewWriter(os.Stdout, 0, 4, 2, ' ', 0)
	fmt.Fprintln(w, columns)
	for _, v := range all {
		cells := row(v)
		for i, c := range cells {
			if i > 0 {
				fmt.Fprint(w, "\t")
			}
			fmt.Fprint(w, c)
		}
		fmt.Fprintln(w)
	}
	return w.Flush()
}

type robotsCmd struct{ output }

func (c *robotsCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "robots", nil, "ID\tSTATE\tRACK\tNODE\tBATTERY\tLOOKS\tDUTY", func(r fleet.RobotView) []any {
		return []any{r.ID, r.State, dash(r.Rack), r.Node, fmt.Sprintf("%.0f %%", 100*r.Battery), r.Observations, r.Duty}
	})
}

type patrolCmd struct {
	output
	All bool `help:"Show all viewpoints, not the 20 most overdue."`
}

func (c *patrolCmd) Run(ctx context.Context) error {
	p, err := call[fleet.PatrolView](ctx, c.server, "patrol", nil)
	if err != nil {
		return err
	}
	views := p.Viewpoints
	sortByRatio(views)
	if c.Output == "table" {
		fmt.Printf("%d of %d viewpoints within their interval (%.1f %%); the most overdue has used %.0f %% of its own\n\n",
			p.Coverage.Within, p.Coverage.Viewpoints, 100*p.Coverage.Share, 100*p.Coverage.Worst)
		if !c.All && len(views) > 20 {
			views = views[:20]
		}
	}
	return show(c.output, views, "ID\tSTATE\tRACK\tFACE\tUNITS\tAGE\tINTERVAL\tWHY", func(v fleet.ViewpointView) []any {
		return []any{v.ID, v.State, v.Rack, v.Face, fmt.Sprintf("%d-%d", v.FromU, v.ToU), v.Age.Round(time.Second), v.Interval, dash(cmp.Or(v.Cause, v.Why))}
	})
}

type inspectCmd struct {
	output
	Rack string    `arg:"" help:"Rack, or a device with --device." optional:""`
	Face maps.Face `help:"front or rear; both when left out." enum:"front,rear," default:""`
	Unit int       `help:"Only where this unit is seen."`

	Device string `help:"Only where this device is seen."`
	Class  string `help:"emergency: the nearest robot breaks off; operator; patrol: when a robot comes by." enum:"emergency,operator,patrol" default:"operator"`
	Cancel string `help:"Take back this inspection instead." placeholder:"ID"`
}

func (c *inspectCmd) Run(ctx context.Context) error {
	if c.Cancel != "" {
		return cancel(ctx, c.output, c.Cancel)
	}
	if c.Rack == "" && c.Device == "" {
		return fmt.Errorf("%w: name a rack, or a device with --device", errUsage)
	}
	w := fleet.Wish{Rack: c.Rack, Face: c.Face, Unit: c.Unit, Device: c.Device, By: whoami(), Class: c.Class}
	return list(ctx, c.output, "inspections", w, inspectionColumns, inspectionRow)
}

type inspectionsCmd struct {
	List   inspectionsListCmd   `cmd:"" default:"withargs" help:"List the inspections, newest first."`
	Up     inspectionsUpCmd     `cmd:"" help:"Move one that waits up, before the others of its class."`
	Cancel inspectionsCancelCmd `cmd:"" help:"Take one back that waits."`
}

type inspectionsListCmd struct{ output }

type inspectionsUpCmd struct {
	output
	ID string `arg:"" help:"Inspection."`
}

// Run says what is promised now, and what that delays.
func (c *inspectionsUpCmd) Run(ctx context.Context) error {
	m, err := call[fleet.MovedUp](ctx, c.server, "inspections/"+c.ID+"/move-up", by{whoami()})
	if err != nil {
		return err
	}
	if err := show(c.output, []fleet.MovedUp{m}, inspectionColumns, func(m fleet.MovedUp) []any { return inspectionRow(m.Inspection) }); err != nil || c.Output == "json" {
		return err
	}
	if len(m.Before) == 0 {
		fmt.Println("\nno other inspection waited before it")
		return nil
	}
	_, err = fmt.Printf("\nnow before %s\n", strings.Join(m.Before, ", "))
	return err
}

type inspectionsCancelCmd struct {
	output
	ID string `arg:"" help:"Inspection."`
}

func (c *inspectionsCancelCmd) Run(ctx context.Context) error { return cancel(ctx, c.output, c.ID) }

func cancel(ctx context.Context, o output, id string) error {
	i, err := call[fleet.Inspection](ctx, o.server, "inspections/"+id+"/cancel", by{whoami()})
	if err != nil {
		return err
	}
	return show(o, []fleet.Inspection{i}, inspectionColumns, inspectionRow)
}

func (c *inspectionsListCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "inspections", nil, inspectionColumns, inspectionRow)
}

const inspectionColumns = "ID\tSTATE\tRACK\tVIEWPOINT\tCLASS\tFAULT\tROBOT\tASKED\tPROMISED\tRESULT"

func inspectionRow(i fleet.Inspection) []any {
	return []any{i.ID, i.State, i.Rack, i.Viewpoint, i.Class, dash(i.FaultID), dash(i.Robot), i.At.Format(time.TimeOnly), promisedText(i), i.Result}
}

// promisedText is who was foretold to look, when, by when surely, and what it delays.
func promisedText(i fleet.Inspection) string {
	at, surely, ok := i.Expected()
	if !ok {
		return "-"
	}
	p := i.Promised
	return fmt.Sprintf("%s %s, by %s in 9 of 10, its lap %s later", p.Robot, at.Format(time.TimeOnly), surely.Format(time.TimeOnly), p.Delays.Round(time.Second))
}

// faultsCmd lists faults and takes judgements of them.
type faultsCmd struct {
	List      listFaultsCmd `cmd:"" default:"withargs" help:"List the faults, or tell the story of one."`
	Judge     judgeCmd      `cmd:"" help:"Say whether a fault was told rightly."`
	Precision precisionCmd  `cmd:"" help:"Tell how often faults were judged right, by kind, rack, robot and device type."`
}

type listFaultsCmd struct {
	output
	ID string `arg:"" optional:"" help:"Tell the story of this fault."`
}

func (c *listFaultsCmd) Run(ctx context.Context) error {
	all, err := call[[]fault.Fault](ctx, c.server, "faults", nil)
	if err != nil {
		return err
	}
	if c.ID != "" {
		return c.story(all)
	}
	return show(c.output, all, "ID\tSTATE\tRACK\tUNIT\tDEVICE\tKIND\tSEVERITY\tSINCE\tCAUSE", func(f fault.Fault) []any {
		return []any{f.ID, faultState(f), f.Rack, f.Unit, dash(f.Device), f.Kind, f.Severity, f.OpenedAt.Format(time.TimeOnly), f.Cause}
	})
}

// faultState is a fault's state, with what holds its ticket back.
func faultState(f fault.Fault) string {
	if f.State.Open() && f.Held != nil && f.Held.Over == nil {
		return string(f.State) + " (" + f.Held.By + ")"
	}
	return string(f.State)
}

func (c *listFaultsCmd) story(all []fault.Fault) error {
	for _, f := range all {
		if f.ID != c.ID {
			continue
		}
		if c.Output == "json" {
			return show(c.output, []fault.Fault{f}, "", nil)
		}
		fmt.Printf("%s  %s  rack %s U%d %s (%s)\n%s\n\n", f.ID, f.State, f.Rack, f.Unit, f.Device, f.Kind, f.Cause)
		for _, e := range f.Timeline {
			fmt.Printf("%s  %s\n", e.At.Format(time.DateTime), e.What)
		}
		return nil
	}
	return fmt.Errorf("%w: no fault %q", errUsage, c.ID)
}

func deliveredText(t ticket.Ticket) string {
	var parts []string
	for sink, revision := range t.Delivered {
		parts = append(parts, strings.TrimSpace(fmt.Sprintf("%s %d %s", sink, revision, t.Sinks[sink].Number)))
	}
	for sink, problem := range t.Problems {
		parts = append(parts, sink+": "+problem)
	}
	slices.Sort(parts)
	return dash(strings.Join(parts, ", "))
}

type verifyCmd struct {
	server
	Fault string `arg:"" help:"Fault that is repaired."`
}

func (c *verifyCmd) Run(ctx context.Context) error {
	f, err := call[fault.Fault](ctx, c.server, "faults/"+c.Fault+"/verify", by{whoami()})
	if err == nil {
		fmt.Printf("%s is %s\n", f.ID, f.State)
	}
	return err
}

type by struct {
	By string `json:"by"`
}

func whoami() string {
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "somebody"
}

func dash(s string) string {
	if s == "" {
		return "-"
	}
	return s
}
