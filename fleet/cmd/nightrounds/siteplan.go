package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	gomaps "maps"
	"os"
	"slices"
	"strconv"
	"text/tabwriter"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/durable"
	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/maps"
)

type sitePlanCmd struct {
	Dir     string                   `arg:"" help:"Site folder, or 'sample'."`
	Robots  string                   `default:"auto" help:"How many robots a hall has, or 'auto' for the fewest that keep every interval."`
	Hours   float64                  `default:"24" help:"How long to look ahead, after a warm-up of two laps."`
	Hall    string                   `help:"Only this hall."`
	Fail    []string                 `placeholder:"WHAT" help:"What goes wrong: robot:NR-02@3h, robot:NR-02@3h+8h, aisle:ID@1h+30m, edge:NODE/NODE@1h+30m. Again for more."`
	Gantt   string                   `placeholder:"FILE" help:"Draw what each robot does, as SVG."`
	Speed   float64                  `default:"0.5" help:"Of a robot, in m/s."`
	Look    time.Duration            `default:"10s" help:"One look, with turning to it and lifting."`
	From    string                   `default:"2026-01-01T18:00" help:"When it begins, by the site's clocks."`
	Mast    float64                  `help:"How high a robot's camera comes, in m; as high as needed when left out."`
	Sensors []string                 `placeholder:"NAME" help:"Sensors that robots have; all that are needed when left out."`
	Opens   map[string]time.Duration `placeholder:"PORTAL=TIME" help:"How long a door takes to open, where that is known better than site.yaml's opens_in (nightrounds portals says what was measured)."`
	Seed    uint64                   `default:"1" help:"What looks' lengths are drawn from."`
	Output  string                   `short:"o" enum:"table,json" default:"table" help:"table or json."`
}

// hallOutlook is the outlook of one hall.
type hallOutlook struct {
	Hall string `json:"hall"`
	foresee.Outlook
	// Fewest is the smallest number of robots that keeps every interval; 0 when it was not asked for.
	Fewest int `json:"fewest,omitempty"`
}

// Run plans each hall.
func (c *sitePlanCmd) Run(ctx context.Context) error {
	count, err := strconv.Atoi(c.Robots)
	if c.Robots != "auto" && (err != nil || count < 1) {
		return fmt.Errorf("%w: --robots %q: want a number above 0, or auto", errUsage, c.Robots)
	}
	if c.Hours <= 0 || c.Speed <= 0 || c.Look <= 0 {
		return fmt.Errorf("%w: --hours %g, --speed %g, --look %s: each must be above 0", errUsage, c.Hours, c.Speed, c.Look)
	}
	s := serveCmd{Site: c.Dir}
	_, site, _, err := s.site()
	if err != nil {
		return err
	}
	var all []hallOutlook
	for _, h := range site.Halls {
		if c.Hall != "" && c.Hall != h.ID || h.Graph == nil {
			continue
		}
		out, err := c.hall(ctx, site, h, count)
		if err != nil {
			return fmt.Errorf("plan hall %s: %w", h.ID, err)
		}
		all = append(all, out)
	}
	if len(all) == 0 {
		return fmt.Errorf("%w: site %q has no hall %q with a route graph", errUsage, c.Dir, c.Hall)
	}
	if c.Output == "json" {
		enc := json.NewEncoder(os.Stdout)
		enc.SetIndent("", "  ")
		return enc.Encode(all)
	}
	for _, o := range all {
		if err := printOutlook(os.Stdout, o); err != nil {
			return err
		}
	}
	return nil
}

// hall plans one hall with so many robots, or looks for the fewest.
func (c *sitePlanCmd) hall(ctx context.Context, site *maps.Site, h *maps.Hall, count int) (hallOutlook, error) {
	views := site.ViewpointsOf(h.ID)
	if len(views) == 0 {
		return hallOutlook{}, errors.New("it has no viewpoints")
	}
	hall := patrol.NewHall(h.Graph, views)
	if count > 0 {
		out, err := c.night(ctx, site, hall, count)
		return hallOutlook{Hall: h.ID, Outlook: out}, err
	}
	o, err := c.options(site, hall, 1)
	if err != nil {
		return hallOutlook{}, err
	}
	b, err := foresee.Bound(o)
	if err != nil {
		return hallOutlook{}, err
	}
	from, ok := b.Robots()
	if !ok {
		return hallOutlook{}, fmt.Errorf("%w: %s", errUsage, b.Certificate(len(views)))
	}
	for n := max(from, c.named()); ; n++ {
		out, err := c.night(ctx, site, hall, n)
		if err != nil {
			return hallOutlook{}, fmt.Errorf("%d robots do not keep it: %w", n-1, err)
		}
		if len(out.Unseen) > 0 {
			return hallOutlook{}, fmt.Errorf("%w: no number of such robots keeps it: %s: %s (and %d more)", errUsage, out.Unseen[0].Viewpoint, out.Unseen[0].Why, len(out.Unseen)-1)
		}
		if out.Kept {
			return hallOutlook{Hall: h.ID, Outlook: out, Fewest: n}, nil
		}
	}
}

func (c *sitePlanCmd) options(site *maps.Site, hall *patrol.Hall, robots int) (foresee.Options, error) {
	start, err := time.ParseInLocation("2006-01-02T15:04", c.From, site.Zone())
	if err != nil {
		return foresee.Options{}, fmt.Errorf("%w: --from %q: want a time like 2026-01-01T18:00", errUsage, c.From)
	}
	portals, err := c.portals(site, hall)
	if err != nil {
		return foresee.Options{}, err
	}
	body := foresee.DefaultBody()
	body.SpeedMPS, body.LookMin, body.LookMax = c.Speed, c.Look*8/10, c.Look*12/10
	rules := fleet.DefaultRules()
	o := foresee.Options{
		Hall: hall, Rules: rules.Patrol, ClearanceM: rules.ClearanceM, Window: rules.Dispatch.Window, Start: start, Seed: c.Seed, Portals: portals,
		Quiet: site.Quiet, Rounds: site.Patrol.Rounds,
	}
	o.Rules.Model = body.Model()
	if o.Robots, err = foresee.Fleet(hall, robots, body); err != nil {
		return o, fmt.Errorf("%w: %w", errUsage, err)
	}
	for i := range o.Robots {
		o.Robots[i].MastM, o.Robots[i].Sensors = c.Mast, c.sensors(hall)
	}
	return o, nil
}

// portals are those of a hall, with the times that they take to open.
func (c *sitePlanCmd) portals(site *maps.Site, hall *patrol.Hall) ([]maps.Portal, error) {
	var out []maps.Portal
	known := map[string]bool{}
	for _, h := range site.Halls {
		for _, p := range h.Portals {
			known[p.ID] = true
			if took, ok := c.Opens[p.ID]; ok {
				p.OpensIn = took
			}
			if h.Graph == hall.Graph {
				out = append(out, p)
			}
		}
	}
	for id, took := range c.Opens {
		if !known[id] || took < 0 {
			return nil, fmt.Errorf("%w: --opens %s=%s: want a portal of the site, and a time", errUsage, id, took)
		}
	}
	return out, nil
}

// named is how many robots there must be for those that fail to be among them.
func (c *sitePlanCmd) named() int {
	most := 1
	for _, f := range c.Fail {
		var k int
		if _, err := fmt.Sscanf(f, "robot:NR-%d@", &k); err == nil {
			most = max(most, k)
		}
	}
	return min(most, mostFailing)
}

// mostFailing bounds how many robots a failure makes the search begin with.
const mostFailing = 1000

// sensors are those that robots have: all that the hall's viewpoints need, when nobody says.
func (c *sitePlanCmd) sensors(hall *patrol.Hall) []string {
	if len(c.Sensors) > 0 {
		return c.Sensors
	}
	var all []string
	for _, v := range hall.Viewpoints {
		all = append(all, v.Sensors...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// night runs one night, and draws it when that is wanted.
func (c *sitePlanCmd) night(ctx context.Context, site *maps.Site, hall *patrol.Hall, robots int) (foresee.Outlook, error) {
	o, err := c.options(site, hall, robots)
	if err != nil {
		return foresee.Outlook{}, err
	}
	for _, f := range c.Fail {
		if err := o.Fail(f); err != nil {
			return foresee.Outlook{}, fmt.Errorf("%w: --fail: %w", errUsage, err)
		}
	}
	var g foresee.Gantt
	if c.Gantt != "" {
		o.Told = g.Add
	}
	out, err := foresee.Foretell(ctx, o, c.Hours)
	if err != nil || c.Gantt == "" {
		return out, err
	}
	var drawing bytes.Buffer
	if _, err := g.WriteTo(&drawing); err != nil {
		return out, fmt.Errorf("draw the robots' time: %w", err)
	}
	return out, durable.WriteFile(c.Gantt, drawing.Bytes(), 0o644)
}

// printOutlook writes an outlook for people.
func printOutlook(w io.Writer, o hallOutlook) error {
	verdict := "keep every interval"
	if !o.Kept {
		verdict = fmt.Sprintf("do NOT keep every interval: %d viewpoints were late", len(o.Debt))
	}
	fmt.Fprintf(w, "hall %s: %d robots %s (%.0f h after two laps)\n", o.Hall, o.Robots, verdict, o.Hours)
	if o.Fewest > 0 {
		fmt.Fprintf(w, "the fewest that keep the promise are %d\n", o.Fewest)
	}
	if o.Certificate != "" {
		fmt.Fprintln(w, o.Certificate)
	}
	fmt.Fprintf(w, "worst wait over interval %.3f at %s; planned %.3f; no plan can come below %.3f; utilisation %.2f; least charge %.0f %%; ran empty %d\n\n",
		o.Worst, o.WorstAt, o.Planned, o.Bound, o.Utilisation, 100*o.Least, o.Flat)
	t := tabwriter.NewWriter(w, 2, 8, 2, ' ', 0)
	fmt.Fprintln(t, "INTERVAL\tVIEWPOINTS\tWORST WAIT\tMEAN WAIT\tBOUND\tLATE")
	for _, c := range o.Classes {
		fmt.Fprintf(t, "%s\t%d\t%s\t%s\t%s\t%d\n", c.Interval, c.Viewpoints, c.Worst.Round(time.Second), c.Mean.Round(time.Second), c.Bound.Round(time.Second), c.Late)
	}
	fmt.Fprintln(t, "\nROBOT\tDRIVING\tLOOKING\tCHARGING\tWAITING\tDELAYED\tDEAD")
	for _, r := range o.Time {
		fmt.Fprint(t, r.Robot)
		for _, a := range []foresee.Activity{foresee.Driving, foresee.Looking, foresee.Charging, foresee.Waiting, foresee.Delayed, foresee.Dead} {
			fmt.Fprintf(t, "\t%.1f %%", 100*r.Shares[a.String()])
		}
		fmt.Fprintln(t)
	}
	fmt.Fprintln(t, "\nDOCK\tIN USE")
	for _, d := range slices.Sorted(gomaps.Keys(o.Docks)) {
		fmt.Fprintf(t, "%s\t%.1f %%\n", d, 100*o.Docks[d])
	}
	for i, d := range o.Doors {
		if i == 0 {
			fmt.Fprintln(t, "\nPORTAL\tOPENS IN\tCROSSED\tWAITED BEFORE IT")
		}
		fmt.Fprintf(t, "%s\t%s\t%d\t%s\n", d.ID, d.OpensIn, d.Crossed, d.Waited.Round(time.Second))
	}
	firstOf(t, "ROUND\tFROM\tUNTIL\tLOOKS\tDONE", o.Rounds, func(r foresee.RoundOutlook) string {
		return fmt.Sprintf("%s\t%s\t%s\t%d\t%d", r.Round, r.From.Format("Mon 15:04"), r.Until.Format("15:04"), r.Looks, r.Done)
	})
	firstOf(t, "NO ROBOT SEES\tWHY", o.Unseen, func(u foresee.Unseen) string { return u.Viewpoint + "\t" + u.Why })
	firstOf(t, "LATE VIEWPOINT\tWORST RATIO\tLATE FOR", o.Debt, func(d foresee.Lateness) string {
		return fmt.Sprintf("%s\t%.2f\t%s", d.Viewpoint, d.Ratio, d.For.Round(time.Second))
	})
	return t.Flush()
}

// shown is how many viewpoints are listed for people.
const shown = 20

// firstOf prints the first of a list, under its columns' names; nothing of an empty one.
func firstOf[T any](w io.Writer, columns string, all []T, row func(T) string) {
	if len(all) == 0 {
		return
	}
	fmt.Fprintln(w, "\n"+columns)
	for _, one := range all[:min(len(all), shown)] {
		fmt.Fprintln(w, row(one))
	}
	if more := len(all) - shown; more > 0 {
		fmt.Fprintf(w, "and %d more\n", more)
	}
}
