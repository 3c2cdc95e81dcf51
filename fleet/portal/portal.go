// Package portal is doors, lifts and airlocks on a robot's way: asked for before it arrives, crossed only while reported open,
// let go after. Of the doors of one airlock or lift one at a time is asked for, when all others are reported closed.
//
// Decide is the rule; a Driver speaks to one portal's own control (MQTT, HTTP, Modbus TCP); a Keeper brings the two together.
// A portal that does not answer is shut: nobody is sent through on a guess. That one robot at a time is in an airlock or a
// lift is traffic's work: all their edges meet at one node (package maps).
package portal

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/maps"
)

// Fresh is how old a report of a portal may be for somebody to rely on it.
const Fresh = 5 * time.Second

// margin is how much earlier than it takes to open a portal is asked for: the way there and back of a report.
const margin = 5 * time.Second

// A Status is what a portal's own control reports.
type Status string

// The statuses. What is not known is not open.
const (
	Unknown Status = "unknown"
	Closed  Status = "closed"
	Moving  Status = "moving"
	Open    Status = "open"
	Fault   Status = "fault"
)

// A Need is one robot that comes to a portal or is in it.
type Need struct {
	Robot string
	// In is how long until it arrives; Within is set from when it was let in until it has left.
	In     time.Duration
	Within bool
	// Turn is set when nobody goes to the portal's far side before it. In a room one robot must not open a door for which
	// another would then wait.
	Turn bool
}

// A Report is what a portal's control said. Asked is set when it had taken before, and last, that it be open.
type Report struct {
	Status Status
	Why    string // of a fault, as its control says it
	Asked  bool
}

// A State is what is known of one portal, and what was asked of it. The zero State is of one not heard of yet.
type State struct {
	Report
	HeardAt time.Time
	// Wanted is since when it is wanted open; zero when nobody needs it.
	Wanted time.Time
	// Behind is the portal of the same room that must close first; empty when none must.
	Behind string
}

// A Wish is what a portal is to do.
type Wish int

// The wishes.
const (
	Rest  Wish = iota // nobody needs it
	Shut              // let go, and watched: another of its room waits for it to close
	Opens             // asked for
	Holds             // asked for, and a robot is in it
)

// String is for logs.
func (w Wish) String() string { return [...]string{"rest", "shut", "open", "hold"}[w] }

// Heard is the state after a report.
func (s State) Heard(r Report, now time.Time) State {
	s.Report, s.HeardAt = r, now
	return s
}

// fresh says whether the last report may be relied on.
func (s State) fresh(now time.Time) bool { return !s.HeardAt.IsZero() && now.Sub(s.HeardAt) <= Fresh }

// Ahead is how long before a robot arrives a portal is asked for.
func Ahead(p maps.Portal) time.Duration { return p.OpensIn + margin }

// Decide is what is asked now of the portals of one room, each with its state and the robots that need it; a door is the only
// one of its own.
func Decide(room []maps.Portal, states []State, needs [][]Need, now time.Time) ([]State, []Wish) {
	out, wishes := slices.Clone(states), make([]Wish, len(room))
	one := first(room, states, needs)
	for i := range room {
		out[i].Behind = ""
		switch {
		case one < 0:
			out[i].Wanted = time.Time{}
			continue
		case i != one:
			out[i].Wanted, wishes[i] = time.Time{}, Shut
			continue
		case out[i].Wanted.IsZero():
			out[i].Wanted = now
		}
		wishes[i] = Opens
		if slices.ContainsFunc(needs[i], func(n Need) bool { return n.Within }) {
			wishes[i] = Holds
		}
		for k := range room {
			if k != i && (states[k].Status != Closed || !states[k].fresh(now)) && wishes[i] != Holds {
				out[i].Behind, wishes[i] = room[k].ID, Shut
			}
		}
	}
	return out, wishes
}

// first is which of a room's portals is wanted: that in which a robot is; the one that was wanted before, for as long as it
// is; the one that a robot reaches first. -1 when none is.
func first(room []maps.Portal, states []State, needs [][]Need) int {
	best, bestRank, bestIn := -1, 0, time.Duration(0)
	for i, p := range room {
		for _, n := range needs[i] {
			rank := 1
			switch {
			case n.Within:
				rank = 3
			case n.In > Ahead(p) || p.Alone() && !n.Turn:
				continue
			case !states[i].Wanted.IsZero():
				rank = 2
			}
			if rank > bestRank || rank == bestRank && n.In < bestIn {
				best, bestRank, bestIn = i, rank, n.In
			}
		}
	}
	return best
}

// Lets says whether a robot may be let into the portal now; if not, why.
func Lets(p maps.Portal, s State, now time.Time) (bool, string) {
	if s.Status == Open && s.Asked && !s.Wanted.IsZero() && s.Behind == "" && s.fresh(now) {
		return true, ""
	}
	return false, named(p) + " " + s.said(now)
}

// OutOfOrder says whether the portal has been wanted open for longer than it may take, or tells of a fault itself; and how.
// Ways around are then better.
func OutOfOrder(p maps.Portal, s State, now time.Time) (bool, string) {
	waited := now.Sub(s.Wanted)
	switch {
	case s.Status == Fault:
		return true, strings.TrimSuffix(fmt.Sprintf("%s reports a fault: %s", named(p), s.Why), ": ")
	case s.Wanted.IsZero() || waited <= p.Patience:
		return false, ""
	case s.Status == Open && s.Asked && s.Behind == "" && s.fresh(now):
		return false, ""
	}
	return true, fmt.Sprintf("%s has been wanted for %d s and %s", named(p), int(waited.Seconds()), s.said(now))
}

// ShutOn lists the robots that are in a portal which reports that it is not open.
func ShutOn(s State, needs []Need) (robots []string) {
	if s.Status != Closed && s.Status != Fault {
		return nil
	}
	for _, n := range needs {
		if n.Within {
			robots = append(robots, n.Robot)
		}
	}
	return robots
}

func named(p maps.Portal) string { return fmt.Sprintf("%s %s", p.Kind, p.ID) }

// said is how a portal is, for people.
func (s State) said(now time.Time) string {
	switch {
	case s.Behind != "":
		return fmt.Sprintf("waits for %s to close", s.Behind)
	case s.HeardAt.IsZero():
		return "was not heard of yet"
	case s.Status == Unknown:
		return "is not known: " + s.Why
	case !s.fresh(now):
		return fmt.Sprintf("was %s %d s ago and has said nothing since", s.Status, int(now.Sub(s.HeardAt).Seconds()))
	case s.Status == Open && !s.Asked:
		return "is open, though nobody has asked for it"
	}
	return "is " + string(s.Status)
}
