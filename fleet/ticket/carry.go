package ticket

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// A Remote is a ticket as its system has it.
type Remote struct {
	ID     string
	Number string
	Key    string // the key that is stored with it
	State  State
	Final  bool     // closed, and cannot be opened again
	Files  []string // names of its attachments
	// Version is what a write must find unchanged, where the system can tell.
	Version string
}

// A Desk is a ticket system that makes a second ticket when it is asked a second time. Each of its acts is one request
// or a few; Carry puts them in the order that makes one ticket of them.
type Desk interface {
	// Find returns the tickets that carry exactly the key, oldest first.
	Find(ctx context.Context, key string) ([]Remote, error)
	Create(ctx context.Context, r Revision) (id string, err error)
	Read(ctx context.Context, id string) (Remote, error)
	// Update writes the fields that follow the fault: title, severity. It may be repeated.
	Update(ctx context.Context, was Remote, r Revision) error
	Attach(ctx context.Context, id, name, mediaType string, picture []byte) error
	// Commented says whether the ticket has a comment with the mark in it.
	Commented(ctx context.Context, id, mark string) (bool, error)
	Comment(ctx context.Context, id, text string) error
	Close(ctx context.Context, was Remote, r Revision) error
	Reopen(ctx context.Context, was Remote, r Revision) error
}

// A Carrier takes revisions to a desk.
type Carrier struct {
	Sink string
	Desk Desk
	// Doubt is how long after a create whose outcome is unknown the ticket may still come to light: longer than the
	// system takes to end a request that was given up, and than its search lags behind.
	Doubt    time.Duration
	Attaches bool
	Now      func() time.Time // wall clock
}

// Carry brings the ticket at the desk to the revision: intent kept here, search by key, create, read back, id kept here;
// then fields, pictures, what happened since, and its state. Whatever it had done before it was cut off, it finds.
func (c Carrier) Carry(ctx context.Context, r Revision, d Delivery, note Note) (Delivery, error) {
	if left := d.Unsure.Add(linger).Sub(c.Now()); !d.Unsure.IsZero() && left > 0 {
		return d, &Refusal{
			Said:       fmt.Sprintf("a write of %s was not acknowledged: it may still arrive", d.Unsure.UTC().Format(time.TimeOnly)),
			RetryAfter: left, Later: true,
		}
	}
	if d.Remote == "" {
		var err error
		if d, err = c.open(ctx, r, d, note); err != nil {
			return d, err
		}
	}
	was, err := c.Desk.Read(ctx, d.Remote)
	if err != nil {
		return d, err
	}
	if was.Key != r.TicketKey() {
		return d, Refused("ticket %s carries the key %q, not %q: the field for the key is not stored, or somebody changed it; see the sink's doc",
			d.Number, was.Key, r.TicketKey())
	}
	d.Number = was.Number
	if d, err = c.attach(ctx, r, d, was, note); err != nil {
		return d, err
	}
	if r.Ticket.Revision <= d.Done {
		d.Unsure = time.Time{}
		return d, nil
	}
	return c.revise(ctx, r, d, was, note)
}

// linger is how long a request that was given up may be carried out after all: longer than the systems we know let one
// run.
const linger = time.Minute

// write does what must not be done twice: it is kept that it was begun, and forgotten when an answer came. Without one
// nothing more is written until it has arrived or cannot any more, and then it is looked for.
func (c Carrier) write(ctx context.Context, d *Delivery, note Note, do func() error) error {
	before := d.Unsure
	d.Unsure = c.Now()
	if err := note(ctx, *d); err != nil {
		return err
	}
	err := do()
	if err == nil || unmade(err) {
		d.Unsure = before // of an earlier try that is still to be looked for
	}
	return err
}

// unmade says whether an answer says that nothing was written. One that a request took too long says nothing of the sort.
func unmade(err error) bool {
	why := Judged(err)
	return why.Status >= 400 && why.Status < 500 && why.Status != http.StatusRequestTimeout
}

// open finds the ticket at the desk, or makes it there.
func (c Carrier) open(ctx context.Context, r Revision, d Delivery, note Note) (Delivery, error) {
	found, err := c.Desk.Find(ctx, r.TicketKey())
	if err != nil {
		return d, err
	}
	if i := slices.IndexFunc(found, func(f Remote) bool { return f.Key == r.TicketKey() }); i >= 0 {
		d.Remote, d.Number = found[i].ID, found[i].Number
		return d, note(ctx, d)
	}
	if left := d.BegunAt.Add(c.Doubt).Sub(c.Now()); d.Begun > 0 && left > 0 {
		return d, &Refusal{
			Said:       fmt.Sprintf("a ticket was asked for at %s and nothing was heard: it may still come to light", d.BegunAt.UTC().Format(time.TimeOnly)),
			RetryAfter: min(left, c.Doubt/8), Later: true,
		}
	}
	d.Begun, d.BegunAt, d.Told = r.Ticket.Revision, c.Now(), 0
	if err := note(ctx, d); err != nil {
		return d, err
	}
	id, err := c.Desk.Create(ctx, r)
	if err != nil {
		if unmade(err) { // no need to wait for it
			d.Begun, d.BegunAt = 0, time.Time{}
		}
		return d, err
	}
	d.Remote, d.Number, d.Told = id, id, len(r.Fault.Timeline)
	return d, note(ctx, d)
}

// attach brings the pictures that are here and not there.
func (c Carrier) attach(ctx context.Context, r Revision, d Delivery, was Remote, note Note) (Delivery, error) {
	if !c.Attaches || r.Picture == nil {
		return d, nil
	}
	for _, e := range unattached(r.Ticket, d) {
		name := FileName(r.Ticket, e)
		if !slices.Contains(was.Files, name) {
			picture, err := r.Picture(ctx, e.SHA256)
			if err != nil {
				continue // not here yet: it is tried again while it may still come
			}
			err = c.write(ctx, &d, note, func() error { return c.Desk.Attach(ctx, d.Remote, name, e.MediaType, picture) })
			if err != nil {
				return d, err
			}
		}
		d.Attached = append(slices.Clone(d.Attached), e.SHA256)
	}
	return d, nil
}

// revise says what happened since, and brings fields and state to what the revision says. The last words come before
// the ticket is closed: a later word would open it again in some systems.
func (c Carrier) revise(ctx context.Context, r Revision, d Delivery, was Remote, note Note) (Delivery, error) {
	unsure := !d.Unsure.IsZero()
	if err := c.Desk.Update(ctx, was, r); err != nil {
		return d, err
	}
	if text := r.Since(d.Told, c.Sink); text != "" {
		mark := Mark(r)
		said, err := false, error(nil)
		if unsure {
			said, err = c.Desk.Commented(ctx, d.Remote, mark)
		}
		if err == nil && !said {
			err = c.write(ctx, &d, note, func() error { return c.Desk.Comment(ctx, d.Remote, text+mark+"\n") })
		}
		if err != nil {
			return d, err
		}
	}
	d.Told, d.Unsure = len(r.Fault.Timeline), time.Time{}
	if err := c.settle(ctx, r, d); err != nil {
		return d, err
	}
	return Took(d, r.Ticket.Revision), nil
}

// Mark ends every comment of ours: by it a comment is found again, and told from those of people.
func Mark(r Revision) string { return "[nightrounds " + r.Key() + "]" }

// Marked says whether a comment is one of ours.
func Marked(comment string) bool {
	return strings.Contains(comment, "[nightrounds T-") || strings.Contains(comment, `[nightrounds T\-`)
}

// settle closes or opens the ticket and reads back that it is so: more than one system answers 200 to what it refused.
func (c Carrier) settle(ctx context.Context, r Revision, d Delivery) error {
	now, err := c.Desk.Read(ctx, d.Remote)
	if err != nil || now.State == r.Ticket.State {
		return err
	}
	if r.Ticket.State == Closed {
		err = c.Desk.Close(ctx, now, r)
	} else {
		if r.Fault.State == fault.Verifying {
			return nil // somebody there says that it is repaired: the look that is under way decides
		}
		if now.Final {
			return Refused("ticket %s is closed for good there, and the fault is open: make a new one by hand, or resend when it can be opened", d.Number)
		}
		err = c.Desk.Reopen(ctx, now, r)
	}
	if err != nil {
		return err
	}
	if now, err = c.Desk.Read(ctx, d.Remote); err != nil {
		return err
	}
	if now.State != r.Ticket.State {
		return Refused("ticket %s was to be %s and is %s: the system took the change and did not make it", d.Number, r.Ticket.State, now.State)
	}
	return nil
}

// FileName is a picture's name at a desk: the same for every try, so that it is attached once; visual and thermal
// pictures of one look stand side by side in its list.
func FileName(t Ticket, e wire.EvidenceRef) string {
	when := "found"
	if slices.ContainsFunc(t.After, func(a wire.EvidenceRef) bool { return a.SHA256 == e.SHA256 }) {
		when = "repaired"
	}
	ext := map[string]string{"image/jpeg": ".jpg", "image/png": ".png", "image/webp": ".webp"}[e.MediaType]
	return strings.Join([]string{t.FaultID, when, e.Kind, e.SHA256[:min(12, len(e.SHA256))]}, "-") + ext
}
