// Package ticket turns a fault's life into tickets: what a ticket says, when it has a new revision, and the sinks that
// carry revisions to other people's systems. The built-in list is the tickets themselves.
//
// It does not decide that a fault deserves a ticket, nor when a delivery is tried again.
package ticket

import (
	"context"
	"fmt"
	"maps"
	"net/http"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// A State is open or closed.
type State string

// The states of a ticket.
const (
	Open   State = "open"
	Closed State = "closed"
)

// A Ticket is a fault in somebody's ticket system. A fault that is reopened reopens its ticket.
type Ticket struct {
	ID        string             `json:"id"`
	FaultID   string             `json:"faultId"`
	State     State              `json:"state"`
	Revision  int                `json:"revision"` // from 1; each is delivered once to every sink
	Title     string             `json:"title"`
	Severity  vision.Severity    `json:"severity"`
	Kind      string             `json:"kind"`
	Rack      string             `json:"rack"`
	Unit      int                `json:"unit"`
	Device    string             `json:"device,omitempty"`
	AssetTag  string             `json:"assetTag,omitempty"`
	Level     int                `json:"level,omitempty"` // how often it was raised because nobody tended it
	OpenedAt  time.Time          `json:"openedAt"`
	UpdatedAt time.Time          `json:"updatedAt"`
	ClosedAt  *time.Time         `json:"closedAt,omitempty"`
	Before    []wire.EvidenceRef `json:"before"`
	After     []wire.EvidenceRef `json:"after"`
	// Task is what a person is asked to do now; nil when nothing.
	Task *remedy.Task `json:"task,omitempty"`
	// Delivered is the last revision that each sink acknowledged; Problems is what a sink last said instead.
	Delivered map[string]int    `json:"delivered"`
	Problems  map[string]string `json:"problems"`
	// Sinks is how far each sink has taken the ticket, and what must not be forgotten between two tries.
	Sinks map[string]Delivery `json:"sinks,omitempty"`
}

// Of is the ticket that a fault deserves now, given the one it has (the zero Ticket when none), and whether it differs
// so that it is a new revision.
func Of(f fault.Fault, had Ticket, assetTag string) (Ticket, bool) {
	t := had
	if t.ID == "" {
		t = Ticket{ID: "T" + f.ID[1:], FaultID: f.ID, OpenedAt: f.UpdatedAt, Delivered: map[string]int{}, Problems: map[string]string{}}
	}
	t.State, t.ClosedAt = Open, nil
	if !f.State.Open() {
		t.State, t.ClosedAt = Closed, f.ResolvedAt
	}
	t.Title = f.Where() + ": " + f.Cause
	t.Severity, t.Kind, t.Rack, t.Unit, t.Device, t.AssetTag = f.Severity, f.Kind, f.Rack, f.Unit, f.Device, assetTag
	t.Before, t.After, t.Level = f.Before, f.After, f.Level
	if had.ID != "" && t.State == had.State && t.Title == had.Title && t.Severity == had.Severity && t.Level <= had.Level && len(t.After) == len(had.After) && !recalled(f, t) {
		return had, false
	}
	t.Sinks = recall(t.Sinks)
	t.Revision, t.UpdatedAt = had.Revision+1, f.UpdatedAt
	return t, true
}

// recalled says whether a ticket must be opened again in a system where somebody closed it: a robot has looked since, and
// the fault is still there.
func recalled(f fault.Fault, t Ticket) bool {
	if t.State != Open || f.State != fault.Escalated {
		return false
	}
	for _, d := range t.Sinks {
		if d.ClosedThere {
			return true
		}
	}
	return false
}

// recall forgets that a ticket was closed by somebody else: its next revision says what it is.
func recall(sinks map[string]Delivery) map[string]Delivery {
	out := maps.Clone(sinks)
	for name, d := range out {
		d.ClosedThere = false
		out[name] = d
	}
	return out
}

// WithTask is the ticket with a job for a person, or, nil, without: a new revision.
func WithTask(t Ticket, job *remedy.Task, at time.Time) Ticket {
	t.Task, t.UpdatedAt = job, at
	t.Revision++
	return t
}

// A Revision is what a sink is handed: the ticket as it is now, with its fault's story.
type Revision struct {
	Site   string      `json:"site"`
	Ticket Ticket      `json:"ticket"`
	Fault  fault.Fault `json:"fault"`
	Link   string      `json:"link"` // to the fault's page
	// Evidence are the addresses of the pictures, those before the repair first.
	Evidence []string `json:"evidence"`
	// Picture reads a picture's bytes; nil where there are none to be had.
	Picture func(ctx context.Context, sha256 string) ([]byte, error) `json:"-"`
}

// Key names a revision's delivery; a sink that sees it twice must not act twice.
func (r Revision) Key() string { return fmt.Sprintf("%s.%d", r.Ticket.ID, r.Ticket.Revision) }

// TicketKey is the one key under which a ticket is known in every system: of letters, digits and hyphens, at most
// 100 of them for a site id of up to 64. The time keeps a site that began anew from taking up an old ticket.
func (r Revision) TicketKey() string {
	return "nr-" + r.Site + "-" + r.Ticket.ID + "-" + r.Ticket.OpenedAt.UTC().Format("20060102T150405Z")
}

// Place is where the fault is, for people: rack A03 U12 A03-srv-12.
func (r Revision) Place() string {
	out := "rack " + r.Ticket.Rack
	if r.Ticket.Unit > 0 {
		out += fmt.Sprintf(" U%d", r.Ticket.Unit)
	}
	if r.Ticket.Device != "" {
		out += " " + r.Ticket.Device
	}
	return out
}

// History is the fault's story, a line an entry, times in UTC.
func (r Revision) History() string { return story(r.Fault.Timeline) }

func story(entries []fault.Entry) string {
	var b strings.Builder
	for _, e := range entries {
		fmt.Fprintf(&b, "%s  %s\n", e.At.UTC().Format("2006-01-02 15:04:05"), e.What)
	}
	return b.String()
}

// Since is what a sink has not been told of the story yet: all after the first told entries but what came from it.
func (r Revision) Since(told int, sink string) string {
	var fresh []fault.Entry
	for _, e := range r.Fault.Timeline[min(told, len(r.Fault.Timeline)):] {
		if e.From != sink {
			fresh = append(fresh, e)
		}
	}
	return story(fresh)
}

// Note makes a delivery durable before it goes on; with an error the sink must stop where it is.
type Note func(ctx context.Context, d Delivery) error

// A Sink carries revisions to one ticket system. Deliver is called at least once for each revision that is the newest
// when its turn comes, in order for each ticket; a revision it has seen before must change nothing. It is handed what is
// known of the ticket there, notes what it must not forget before it writes, and returns what is known afterwards.
type Sink interface {
	Name() string
	Deliver(ctx context.Context, r Revision, d Delivery, note Note) (Delivery, error)
}

// A Poller is a sink that can be asked what people there did. The cursor is the sink's own, empty at first.
type Poller interface {
	Every() time.Duration // the pause between two questions
	Poll(ctx context.Context, cursor string) (heard []Heard, next string, err error)
}

// A Listener is a sink that is told by the other side, over HTTP, what people there did. Its error says why the message
// is refused; id names the message, so that a replayed one does nothing.
type Listener interface {
	Hear(h http.Header, body []byte, now time.Time) (id string, heard []Heard, err error)
}

// A Repeater is a sink that must be told again and again what still stands.
type Repeater interface {
	RepeatEvery() time.Duration
}

// An Attacher is a sink that takes pictures; Attaches says whether it is set to.
type Attacher interface {
	Attaches() bool
}

// What people did in another system.
const (
	HeardComment  = "comment"
	HeardClosed   = "closed"
	HeardReopened = "reopened"
	HeardTaken    = "taken" // acknowledged, assigned, silenced
	HeardNamed    = "named" // the system made the ticket Remote of the key: nobody's act
)

// A Heard is one thing that somebody did to a ticket in another system.
type Heard struct {
	ID     string    `json:"id"`     // its own there; heard twice it counts once
	Remote string    `json:"remote"` // the ticket's id there, or Key its key
	Key    string    `json:"key,omitempty"`
	What   string    `json:"what"`
	By     string    `json:"by"`
	Text   string    `json:"text,omitempty"`
	At     time.Time `json:"at"`
}

// Line is the heard as a line of the fault's story.
func (h Heard) Line(sink string) string {
	verbs := map[string]string{
		HeardComment: "says in " + sink + ": ", HeardClosed: "closed the ticket in " + sink, HeardReopened: "reopened the ticket in " + sink,
		HeardTaken: "took the ticket in " + sink,
	}
	text := clip(strings.Join(strings.Fields(h.Text), " "), maxHeard)
	if h.What != HeardComment && text != "" {
		text = ": " + text
	}
	return clip(h.By, 80) + " " + verbs[h.What] + text
}

// maxHeard bounds what is kept of a comment, in bytes.
const maxHeard = 1000

// clip cuts a text to n bytes at the most, between characters.
func clip(s string, n int) string {
	if len(s) <= n {
		return s
	}
	for n > 0 && !utf8.RuneStart(s[n]) {
		n--
	}
	return s[:n] + "..."
}
