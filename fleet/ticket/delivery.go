package ticket

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet/webhook"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// A Delivery is how far one sink has taken one ticket. It is journaled: what a controller that died had begun, the
// next one knows.
type Delivery struct {
	Remote string `json:"remote,omitempty"` // the ticket's id there, once it is known
	Number string `json:"number,omitempty"` // how people there call it
	// Begun is the revision with which the ticket was asked for there, at BegunAt (wall clock). With no Remote it may have
	// been made without anybody having seen it yet.
	Begun   int       `json:"begun,omitempty"`
	BegunAt time.Time `json:"begunAt,omitzero"`
	// Unsure is when a comment or a picture was sent of which nobody knows whether it arrived (wall clock).
	Unsure time.Time `json:"unsure,omitzero"`
	// Done is the revision that was acknowledged last.
	Done     int      `json:"done,omitempty"`
	Told     int      `json:"told,omitempty"`     // entries of the fault's story that are there
	Attached []string `json:"attached,omitempty"` // pictures that are there, by SHA-256
	// ClosedThere is set when somebody closed the ticket there while its fault is open.
	ClosedThere bool `json:"closedThere,omitempty"`
	// Tried is the revision whose tries failed; Refusals counts its final refusals, Failing is since when.
	Tried    int       `json:"tried,omitempty"`
	Refusals int       `json:"refusals,omitempty"`
	Failing  time.Time `json:"failing,omitzero"`
	Said     string    `json:"said,omitempty"` // what the sink said last instead of taking it
	// Dead is the revision that was given up; a newer one, or a person, gives it new life.
	Dead int `json:"dead,omitempty"`
}

// Rules bound how long a delivery is tried.
type Rules struct {
	MaxRefusals int           // final refusals of one revision, then it is a dead letter
	Patience    time.Duration // no answer at all for so long: a dead letter
	FirstPause  time.Duration
	MaxPause    time.Duration
}

// DefaultRules lose nothing over a week's end, and call a person for what only a person can mend within the hour.
func DefaultRules() Rules {
	return Rules{MaxRefusals: 6, Patience: 72 * time.Hour, FirstPause: time.Second, MaxPause: 5 * time.Minute}
}

// A Refusal is what a sink answered instead of taking a revision.
type Refusal struct {
	Status     int    // of HTTP or SMTP; 0 when there was no answer
	Said       string // without credentials
	Final      bool   // it understood and refused, or its answer makes no sense: trying again is of little use
	RetryAfter time.Duration
	Later      bool // the system is well; this ticket needs time, RetryAfter
}

func (r *Refusal) Error() string { return r.Said }

// Refused is a final refusal.
func Refused(format string, args ...any) *Refusal {
	return &Refusal{Said: fmt.Sprintf(format, args...), Final: true}
}

// Judged is what an error of a sink means; one that is no answer of the other side is worth another try.
func Judged(err error) Refusal {
	if err == nil {
		return Refusal{}
	}
	var r *Refusal
	if errors.As(err, &r) {
		out := *r
		out.Said = err.Error()
		return out
	}
	var s *webhook.StatusError
	if errors.As(err, &s) {
		return Refusal{Status: s.Status, Said: err.Error(), Final: s.Final(), RetryAfter: s.RetryAfter}
	}
	return Refusal{Said: err.Error()}
}

// maxSaid bounds what is kept of a sink's words, in bytes.
const maxSaid = 500

// Failed is the delivery after a try at a revision that was not taken.
func Failed(d Delivery, revision int, err error, now time.Time, rules Rules) Delivery {
	why := Judged(err)
	d.Said = clip(why.Said, maxSaid)
	if why.Later {
		return d
	}
	if d.Tried != revision || d.Failing.IsZero() {
		d.Tried, d.Refusals, d.Failing = revision, 0, now
	}
	if why.Final {
		d.Refusals++
	}
	if d.Refusals >= rules.MaxRefusals || now.Sub(d.Failing) >= rules.Patience {
		d.Dead = revision
	}
	return d
}

// Took is the delivery after a revision was acknowledged.
func Took(d Delivery, revision int) Delivery {
	d.Done = max(d.Done, revision)
	d.Tried, d.Refusals, d.Failing, d.Said, d.Dead = 0, 0, time.Time{}, "", 0
	return d
}

// Resent is the delivery with all its tries before it again.
func Resent(d Delivery) Delivery {
	d.Refusals, d.Failing, d.Dead = 0, time.Time{}, 0
	return d
}

// Due says whether a sink wants a ticket's newest revision.
func Due(t Ticket, sink string) bool {
	d := t.Sinks[sink]
	return max(d.Done, t.Delivered[sink]) < t.Revision && d.Dead < t.Revision
}

// Past says whether a ticket was closed so long ago, and never heard of by a sink, that it is nobody's news there: a sink that is
// new is not told all that ever was.
func Past(t Ticket, sink string, now time.Time) bool {
	_, tried := t.Sinks[sink]
	return t.State == Closed && !tried && t.Delivered[sink] == 0 && now.Sub(t.UpdatedAt) > DefaultRules().Patience
}

// lateFor is how long pictures of a fault are waited for after its ticket changed last.
const lateFor = time.Hour

// Missing are the pictures that belong to a ticket and are not at a sink that takes pictures, while they may still come.
func Missing(t Ticket, sink string, now time.Time) []wire.EvidenceRef {
	d := t.Sinks[sink]
	if d.Dead >= t.Revision || now.Sub(t.UpdatedAt) > lateFor {
		return nil
	}
	return unattached(t, d)
}

func unattached(t Ticket, d Delivery) []wire.EvidenceRef {
	var out []wire.EvidenceRef
	for _, e := range slices.Concat(t.Before, t.After) {
		if !slices.Contains(d.Attached, e.SHA256) && !slices.ContainsFunc(out, func(o wire.EvidenceRef) bool { return o.SHA256 == e.SHA256 }) {
			out = append(out, e)
		}
	}
	return out
}

// Kept is the ticket with what is now known of one sink.
func Kept(t Ticket, sink string, d Delivery) Ticket {
	t.Delivered, t.Problems, t.Sinks = maps.Clone(t.Delivered), maps.Clone(t.Problems), maps.Clone(t.Sinks)
	if t.Sinks == nil {
		t.Sinks = map[string]Delivery{}
	}
	t.Sinks[sink] = d
	if d.Done > 0 {
		t.Delivered[sink] = max(t.Delivered[sink], d.Done)
	}
	delete(t.Problems, sink)
	if d.Said != "" {
		t.Problems[sink] = d.Said
	}
	return t
}

// A Dead is a revision that a sink would not take, for a person to see.
type Dead struct {
	Ticket   string    `json:"ticket"`
	FaultID  string    `json:"faultId"`
	Sink     string    `json:"sink"`
	Revision int       `json:"revision"`
	Title    string    `json:"title"`
	Since    time.Time `json:"since"` // of the first try that failed (wall clock)
	Refusals int       `json:"refusals"`
	Said     string    `json:"said"`
	Number   string    `json:"number,omitempty"` // of the ticket there, when one is known
}

// DeadLetters are the revisions that were given up and are still the newest of their tickets, newest first.
func DeadLetters(tickets []Ticket) []Dead {
	out := []Dead{}
	for _, t := range tickets {
		for _, sink := range slices.Sorted(maps.Keys(t.Sinks)) {
			if d := t.Sinks[sink]; d.Dead > 0 && d.Dead >= t.Revision {
				out = append(out, Dead{t.ID, t.FaultID, sink, d.Dead, t.Title, d.Failing, d.Refusals, d.Said, d.Number})
			}
		}
	}
	slices.SortStableFunc(out, func(a, b Dead) int { return b.Since.Compare(a.Since) })
	return out
}

// gravity is the order of severities, the gravest first.
var gravity = map[vision.Severity]int{vision.Critical: 0, vision.Warning: 1, vision.Info: 2}

// Urgent orders tickets by how soon they must be told: open before closed, graver before lesser, older before newer.
func Urgent(a, b Ticket) int {
	return cmp.Or(-cmp.Compare(a.State, b.State), cmp.Compare(gravity[a.Severity], gravity[b.Severity]),
		a.OpenedAt.Compare(b.OpenedAt), cmp.Compare(a.ID, b.ID))
}
