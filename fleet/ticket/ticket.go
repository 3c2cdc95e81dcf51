// Package ticket turns a fault's life into tickets: what a ticket says, when it has a new revision, and the sinks that
// carry revisions to other people's systems. The built-in list is the tickets themselves.
//
// It does not decide that a fault deserves a ticket, nor when a delivery is tried again.
package ticket

import (
	"context"
	"fmt"
	"maps"
	"time"

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
	t.Title = fmt.Sprintf("%s U%d %s: %s", f.Rack, f.Unit, f.Device, f.Cause)
	t.Severity, t.Kind, t.Rack, t.Unit, t.Device, t.AssetTag = f.Severity, f.Kind, f.Rack, f.Unit, f.Device, assetTag
	t.Before, t.After = f.Before, f.After
	if had.ID != "" && t.State == had.State && t.Title == had.Title && t.Severity == had.Severity && len(t.After) == len(had.After) {
		return had, false
	}
	t.Revision, t.UpdatedAt = had.Revision+1, f.UpdatedAt
	return t, true
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
}

// Key names a revision's delivery; a sink that sees it twice must not act twice.
func (r Revision) Key() string { return fmt.Sprintf("%s.%d", r.Ticket.ID, r.Ticket.Revision) }

// A Sink carries revisions to one ticket system. Deliver is called at least once for each revision, in order for each
// ticket; a revision it has seen before must change nothing.
type Sink interface {
	Name() string
	Deliver(ctx context.Context, r Revision) error
}

// Delivered is the ticket after a sink took a revision, or said why not.
func Delivered(t Ticket, sink string, revision int, err error) Ticket {
	t.Delivered, t.Problems = maps.Clone(t.Delivered), maps.Clone(t.Problems)
	if err != nil {
		t.Problems[sink] = err.Error()
		return t
	}
	delete(t.Problems, sink)
	t.Delivered[sink] = max(t.Delivered[sink], revision)
	return t
}
