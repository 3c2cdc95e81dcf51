package foresee

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
	"github.com/nightrounds/nightrounds/fleet/patrol/bound"
)

// An Outlook is what so many robots make of a hall.
type Outlook struct {
	Robots int     `json:"robots"`
	Hours  float64 `json:"hours"` // counted after a warm-up of two laps
	// Kept is whether nothing was beyond its interval. Certificate says why no plan could have kept the promise; empty
	// when that is not excluded.
	Kept        bool   `json:"kept"`
	Certificate string `json:"certificate,omitempty"`
	// Utilisation is the least work over what the robots can do, Planned the worst ratio that the plan expects, Worst the
	// one that came, Bound the least that any plan could reach.
	Utilisation float64            `json:"utilisation"`
	Planned     float64            `json:"planned"`
	Worst       float64            `json:"worst"`
	WorstAt     string             `json:"worstAt"`
	Bound       float64            `json:"bound"`
	Classes     []ClassOutlook     `json:"classes"`
	Doors       []DoorOutlook      `json:"doors"`
	Rounds      []RoundOutlook     `json:"rounds"`
	Unseen      []Unseen           `json:"unseen"` // viewpoints at which no robot can look
	Debt        []Lateness         `json:"debt"`   // viewpoints that were late, the worst first
	Time        []RobotTime        `json:"time"`
	Docks       map[string]float64 `json:"docks"` // by node: share of the time that a robot charged there
	Flat        int                `json:"flat"`  // robots that ran empty
	Least       float64            `json:"least"` // the smallest charge
}

// A ClassOutlook is the viewpoints of one interval.
type ClassOutlook struct {
	Interval   time.Duration `json:"intervalNs"`
	Viewpoints int           `json:"viewpoints"`
	Worst      time.Duration `json:"worstNs"`
	Mean       time.Duration `json:"meanNs"`  // of the waits that ended
	Bound      time.Duration `json:"boundNs"` // below which no plan brings the worst of all classes together
	Late       int           `json:"late"`    // viewpoints
}

// A Lateness is a viewpoint that was beyond its interval.
type Lateness struct {
	Viewpoint string        `json:"viewpoint"`
	Ratio     float64       `json:"ratio"`
	For       time.Duration `json:"forNs"` // in all
}

// An Unseen is a viewpoint at which none of the robots can look.
type Unseen struct {
	Viewpoint string `json:"viewpoint"`
	Why       string `json:"why"`
}

// unseen are the viewpoints of a hall at which none of some robots can look.
func unseen(h *patrol.Hall, robots []patrol.Robot) []Unseen {
	out := []Unseen{}
	for i := range h.Viewpoints {
		if why := h.Unseen(robots, i); why != "" {
			out = append(out, Unseen{h.Viewpoints[i].ID, why})
		}
	}
	return out
}

// A RobotTime is what a robot did with its time, in shares.
type RobotTime struct {
	Robot  string             `json:"robot"`
	Shares map[string]float64 `json:"shares"`
}

// Foretell runs a night of so many hours after a warm-up of two laps, and sums it up.
func Foretell(ctx context.Context, o Options, hours float64) (Outlook, error) {
	plan := patrol.NewPlan(o.Hall, planned(o), o.Rules)
	var lap time.Duration
	for _, p := range plan.Parts {
		lap = max(lap, p.Lap)
	}
	o.Warm = o.Start.Add(2 * lap)
	end := o.Warm.Add(time.Duration(hours * float64(time.Hour)))
	docks, told := map[string]time.Duration{}, o.Told
	for _, d := range o.Hall.Graph.Docks() {
		docks[d.Node] = 0
	}
	o.Told = func(s Span) {
		if _, dock := docks[s.Node]; dock && s.Does == Charging && s.To.After(o.Warm) {
			docks[s.Node] += s.To.Sub(later(s.From, o.Warm))
		}
		if told != nil {
			told(s)
		}
	}
	n, err := New(o)
	if err != nil {
		return Outlook{}, err
	}
	if err := n.RunAll(ctx, end, time.Hour, nil); err != nil {
		return Outlook{}, err
	}
	out, err := n.sum(plan)
	out.Unseen, out.Doors, out.Rounds = unseen(o.Hall, planned(o)), n.doorsOutlook(), n.Stats.rounds(n.now)
	out.Hours = hours
	out.Docks = map[string]float64{}
	for node, d := range docks {
		out.Docks[node] = d.Hours() / hours
	}
	return out, err
}

func later(a, b time.Time) time.Time {
	if a.After(b) {
		return a
	}
	return b
}

// RunAll lets the night go on until a time, or until ctx ends, and calls each after every step; each may be nil.
func (n *Night) RunAll(ctx context.Context, until time.Time, step time.Duration, each func()) error {
	for n.now.Before(until) {
		if err := ctx.Err(); err != nil {
			return err
		}
		next := n.now.Add(step)
		if next.After(until) {
			next = until
		}
		n.Run(next)
		if each != nil {
			each()
		}
	}
	return nil
}

// planned are a night's robots as the plan sees them.
func planned(o Options) []patrol.Robot {
	var out []patrol.Robot
	for _, r := range o.Robots {
		m := r.Body.Model()
		out = append(out, patrol.Robot{ID: r.ID, Model: &m, MastM: r.MastM, Sensors: r.Sensors})
	}
	return out
}

// Bound is what no plan can undercut with these robots at their best.
func Bound(o Options) (*bound.Bound, error) {
	best := o.Robots[0].Body
	for _, r := range o.Robots[1:] {
		b := r.Body
		best.SpeedMPS, best.ChargePerSec = max(best.SpeedMPS, b.SpeedMPS), max(best.ChargePerSec, b.ChargePerSec)
		best.Turn, best.LookMin, best.LookMax = min(best.Turn, b.Turn), min(best.LookMin, b.LookMin), min(best.LookMax, b.LookMax)
		best.DrivePerSec, best.LookPerSec = min(best.DrivePerSec, b.DrivePerSec), min(best.LookPerSec, b.LookPerSec)
	}
	p := bound.Problem{
		Graph: o.Hall.Graph, SpeedMPS: best.SpeedMPS, Turn: best.Turn,
		Battery: bound.Battery{UsePerSec: min(best.DrivePerSec, best.LookPerSec), ChargePerSec: best.ChargePerSec},
	}
	for _, v := range o.Hall.Viewpoints {
		p.Points = append(p.Points, bound.Point{Node: v.Node, Look: (best.LookMin + best.LookMax) / 2, Interval: v.RevisitInterval})
	}
	return bound.New(p)
}

// sum sums a night up.
func (n *Night) sum(plan *patrol.Plan) (Outlook, error) {
	b, err := Bound(n.o)
	if err != nil {
		return Outlook{}, err
	}
	robots := len(n.units)
	out := Outlook{
		Robots: robots, Certificate: b.Certificate(robots), Utilisation: b.Utilisation(robots), Bound: b.Ratio(robots),
		Planned: plan.Ratio(), Flat: n.Stats.Flat, Least: n.Stats.Least, Debt: []Lateness{},
	}
	out.Worst, out.WorstAt = n.Stats.Worst(n.o.Hall)
	out.Kept = out.Worst <= 1
	classes := map[time.Duration]*ClassOutlook{}
	sums, waits := map[time.Duration]time.Duration{}, map[time.Duration]int{}
	for i, v := range n.o.Hall.Viewpoints {
		t, s := v.RevisitInterval, n.Stats.Views[i]
		c := classes[t]
		if c == nil {
			c = &ClassOutlook{Interval: t, Bound: time.Duration(out.Bound * float64(t))}
			classes[t] = c
		}
		c.Viewpoints++
		c.Worst = max(c.Worst, s.Worst)
		sums[t], waits[t] = sums[t]+s.Sum, waits[t]+s.Waits
		if s.Worst > t {
			c.Late++
			out.Debt = append(out.Debt, Lateness{v.ID, float64(s.Worst) / float64(t), s.Late})
		}
	}
	for _, t := range slices.Sorted(maps.Keys(classes)) {
		classes[t].Mean = sums[t] / time.Duration(max(1, waits[t]))
		out.Classes = append(out.Classes, *classes[t])
	}
	slices.SortStableFunc(out.Debt, func(a, b Lateness) int { return cmp.Compare(b.Ratio, a.Ratio) })
	for _, u := range n.units {
		out.Time = append(out.Time, RobotTime{u.ID, n.Stats.shares(u.ID)})
	}
	return out, nil
}

// shares is what a robot did with its time.
func (s *Stats) shares(robot string) map[string]float64 {
	var all time.Duration
	for _, d := range s.Time[robot] {
		all += d
	}
	out := map[string]float64{}
	for a, d := range s.Time[robot] {
		out[Activity(a).String()] = d.Seconds() / max(1, all.Seconds())
	}
	return out
}

// Fleet sets so many robots of one body into a hall: on its docks, and what is left into aisles of their own.
func Fleet(h *patrol.Hall, count int, b Body) ([]Robot, error) {
	var nodes []string
	seen := map[string]bool{}
	for _, d := range h.Graph.Docks() {
		if !seen[d.Node] {
			nodes, seen[d.Node] = append(nodes, d.Node), true
		}
	}
	for _, v := range h.Viewpoints {
		if a := h.Graph.AisleOf(v.Node); a != "" && !seen[a] {
			nodes, seen[a] = append(nodes, v.Node), true
		}
	}
	if count > len(nodes) {
		return nil, fmt.Errorf("set %d robots into the hall: it has docks and aisles for %d", count, len(nodes))
	}
	var out []Robot
	for i := range count {
		out = append(out, Robot{ID: fmt.Sprintf("NR-%02d", i+1), Node: nodes[i], Charge: 0.5 + 0.4*float64(i%5)/4, Body: b})
	}
	return out, nil
}
