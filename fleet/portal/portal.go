// Package portal is doors, lifts and airlocks on a robot's way: asked for before it arrives, crossed only while reported open,
// let go after, with one robot at a time where there is room for one.
//
// Decide is the rule; a Driver speaks to one portal's own control (MQTT, HTTP, Modbus TCP); a Keeper brings the two together.
// A portal that does not answer is shut: nobody is sent through on a guess.
package portal

import (
	"fmt"
	"slices"
	"time"
)

// A Kind of portal.
type Kind string

// The kinds. In an airlock and a lift one robot at a time may be.
const (
	Door    Kind = "door"
	Lift    Kind = "lift"
	Airlock Kind = "airlock"
)

// A Portal is one of a hall's edges that is not always open.
type Portal struct {
	ID    string
	Hall  string
	Kind  Kind
	Edges [][2]string // start and end node of each; both directions are meant
	// Ahead is how long before a robot arrives the portal is asked for; Patience how long it may take to open before it
	// counts as out of order; Fresh how old a report of it being open may be.
	Ahead, Patience, Fresh time.Duration
}

// Default times.
const (
	DefaultAhead    = 20 * time.Second
	DefaultPatience = time.Minute
	DefaultFresh    = 5 * time.Second
)

// Alone says whether one robot at a time may be in the portal.
func (p Portal) Alone() bool { return p.Kind == Lift || p.Kind == Airlock }

// Leads says whether an edge leads through the portal.
func (p Portal) Leads(from, to string) bool {
	return slices.ContainsFunc(p.Edges, func(e [2]string) bool {
		return e == [2]string{from, to} || e == [2]string{to, from}
	})
}

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

// A Need is one robot that comes to the portal or is in it.
type Need struct {
	Robot string
	// In is how long until it arrives; Within is set from when it was let in until it has left.
	In     time.Duration
	Within bool
}

// A State is what is known of one portal, and what was asked of it. The zero State is of one not heard of yet.
type State struct {
	Status  Status    `json:"status"`
	HeardAt time.Time `json:"heardAt,omitzero"`
	// Wanted is since when it is wanted open; zero when nobody needs it.
	Wanted time.Time `json:"wanted,omitzero"`
	// For is the robot whose turn it is, where one at a time may be in it; else empty.
	For string `json:"for,omitempty"`
	Why string `json:"why,omitempty"` // of a fault, as its control says it
}

// Heard is the state after a report.
func (s State) Heard(status Status, why string, now time.Time) State {
	s.Status, s.Why, s.HeardAt = status, why, now
	return s
}

// Decide is what is asked of the portal now: to be open or not, and whose turn it is. The robot within keeps its turn; then
// it is the first to arrive, of equals the first by name.
func (p Portal) Decide(s State, needs []Need, now time.Time) (State, bool) {
	wanted := slices.ContainsFunc(needs, func(n Need) bool { return n.Within || n.In <= p.Ahead })
	switch {
	case !wanted:
		s.Wanted, s.For = time.Time{}, ""
		return s, false
	case s.Wanted.IsZero():
		s.Wanted = now
	}
	if p.Alone() {
		s.For = turn(s.For, needs)
	}
	return s, true
}

// turn says who is next where one at a time may be in.
func turn(now string, needs []Need) string {
	needs = slices.Clone(needs)
	slices.SortFunc(needs, func(a, b Need) int {
		switch {
		case a.Within != b.Within && a.Within:
			return -1
		case a.Within != b.Within:
			return 1
		case a.In != b.In:
			return int(a.In - b.In)
		case a.Robot < b.Robot:
			return -1
		}
		return 1
	})
	kept := slices.ContainsFunc(needs, func(n Need) bool { return n.Robot == now })
	if kept && !needs[0].Within {
		return now
	}
	return needs[0].Robot
}

// Lets says whether a robot may drive into the portal now; if not, why.
func (p Portal) Lets(s State, robot string, now time.Time) (bool, string) {
	switch age := now.Sub(s.HeardAt); {
	case p.Alone() && s.For != robot:
		return false, fmt.Sprintf("%s %s is for %s now", p.Kind, p.ID, s.For)
	case s.Status != Open:
		return false, fmt.Sprintf("%s %s is %s", p.Kind, p.ID, s.said())
	case age > p.Fresh:
		return false, fmt.Sprintf("%s %s was open %d s ago and has said nothing since", p.Kind, p.ID, int(age.Seconds()))
	}
	return true, ""
}

// OutOfOrder says whether the portal has been wanted open for longer than it may take, or tells of a fault itself; and how.
// Ways around are then better.
func (p Portal) OutOfOrder(s State, now time.Time) (bool, string) {
	switch {
	case s.Status == Fault:
		return true, fmt.Sprintf("%s %s reports a fault: %s", p.Kind, p.ID, s.Why)
	case s.Wanted.IsZero() || s.Status == Open && now.Sub(s.HeardAt) <= p.Fresh || now.Sub(s.Wanted) <= p.Patience:
		return false, ""
	}
	return true, fmt.Sprintf("%s %s was asked to open %d s ago and is %s", p.Kind, p.ID, int(now.Sub(s.Wanted).Seconds()), s.said())
}

func (s State) said() string {
	if s.Status == "" {
		return string(Unknown)
	}
	return string(s.Status)
}
