package foresee

import (
	"time"

	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// Stats is what a night came to.
type Stats struct {
	// Views are the viewpoints, in the order of the hall, from Options.Warm on.
	Views []ViewStat
	// Time is the robots' time by activity, from Options.Warm on.
	Time map[string]*[activities]time.Duration
	// Served are the inspections, by id.
	Served map[string]*Service
	Looks  int
	Flat   int     // robots that ran empty
	Least  float64 // smallest charge
	warm   time.Time
	calls  []call
}

// A ViewStat is how long a viewpoint waited.
type ViewStat struct {
	Worst time.Duration // longest wait that ended, or was under way at the end
	At    time.Time     // when it was that long
	Sum   time.Duration // of the waits that ended
	Waits int
	Late  time.Duration // time beyond its interval
	// LateWaits are the waits that ended after the interval.
	LateWaits int
}

// A Service is what became of an inspection.
type Service struct {
	Class patrol.Class
	At    time.Time
	Robot string
	Done  time.Time // zero when it never was
	Until time.Time // when it is given up unless a robot has begun; zero for never
	// Promised is what was answered when it was asked for.
	Promised patrol.Promised
}

func newStats(n *Night) Stats {
	s := Stats{
		Views: make([]ViewStat, len(n.views)), Time: map[string]*[activities]time.Duration{}, Served: map[string]*Service{},
		Least: 1, warm: n.o.Warm,
	}
	for _, r := range n.o.Robots {
		s.Time[r.ID] = new([activities]time.Duration)
	}
	for _, a := range n.o.Asked {
		s.Served[a.ID] = &Service{Class: a.Class, At: a.At}
	}
	return s
}

// Ratios are the worst ratio of wait to interval of each viewpoint.
func (s *Stats) Ratios(h *patrol.Hall) []float64 {
	out := make([]float64, len(s.Views))
	for i, v := range s.Views {
		if t := h.Viewpoints[i].RevisitInterval; t > 0 {
			out[i] = float64(v.Worst) / float64(t)
		}
	}
	return out
}

// Worst is the worst ratio of all, and whose it is.
func (s *Stats) Worst(h *patrol.Hall) (ratio float64, viewpoint string) {
	for i, r := range s.Ratios(h) {
		if r > ratio {
			ratio, viewpoint = r, h.Viewpoints[i].ID
		}
	}
	return ratio, viewpoint
}

// Spent is the robots' time together by activity, as shares.
func (s *Stats) Spent() map[Activity]float64 {
	out := map[Activity]float64{}
	var all time.Duration
	for _, t := range s.Time {
		for a, d := range t {
			out[Activity(a)] += d.Seconds()
			all += d
		}
	}
	for a := range out {
		out[a] /= max(1, all.Seconds())
	}
	return out
}

// looked counts the wait that a look has ended.
func (s *Stats) looked(n *Night, view int) {
	s.Looks++
	s.wait(n, view, true)
}

// wait counts a viewpoint's wait up to now. What began before the warm-up's end is counted when it ends after.
func (s *Stats) wait(n *Night, view int, ended bool) {
	if n.now.Before(s.warm) {
		return
	}
	from, quiet := n.views[view].WaitsFrom(n.o.Since), n.hushedFor(view)
	v, waited := &s.Views[view], n.now.Sub(from)-quiet
	if waited > v.Worst {
		v.Worst, v.At = waited, n.now
	}
	if ended {
		v.Sum += waited
		v.Waits++
		if waited > n.views[view].RevisitInterval {
			v.LateWaits++
		}
	}
	late := from.Add(n.views[view].RevisitInterval + quiet)
	if late.Before(s.warm) {
		late = s.warm
	}
	v.Late += max(0, n.now.Sub(late))
}

// close counts the waits and times that are under way.
func (s *Stats) close(n *Night) {
	for i := range n.views {
		s.wait(n, i, false)
	}
	for _, u := range n.units {
		n.drain(u)
	}
}

// spent counts what a robot has done since it was last asked.
func (s *Stats) spent(n *Night, u *unit) {
	if n.o.Told != nil {
		n.o.Told(Span{Robot: u.ID, Does: u.doing, From: u.since, To: n.now, Node: u.at})
	}
	from := u.since
	if from.Before(s.warm) {
		from = s.warm
	}
	if n.now.After(from) {
		s.Time[u.ID][u.doing] += n.now.Sub(from)
	}
}

func (s *Stats) assigned(i patrol.Inspection, robot string) {
	if v, ok := s.Served[i.ID]; ok {
		v.Robot = robot
	}
}

func (s *Stats) served(id, robot string, at time.Time) {
	if v, ok := s.Served[id]; ok {
		v.Robot, v.Done = robot, at
	}
}

// back hands the inspections of a look that a dead robot will not do to others.
func (s *Stats) back(n *Night, l patrol.Look) {
	for _, id := range l.Inspections {
		if v, ok := s.Served[id]; ok && v.Done.IsZero() && (v.Until.IsZero() || n.now.Before(v.Until)) {
			n.open = append(n.open, patrol.Inspection{ID: id, Viewpoint: l.Viewpoint, Class: v.Class, At: v.At})
		}
	}
}
