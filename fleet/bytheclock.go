package fleet

import (
	"context"
	"fmt"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/calendar"
)

// byTheClock asks for the looks of each round whose window is open, once for each occurrence, and gives up those that were
// not done when it closed. What was asked is in the inspections themselves, so that a restart asks for nothing twice.
func (c *Controller) byTheClock(ctx context.Context, now time.Time) error {
	for _, r := range c.o.Site.Patrol.Rounds {
		o, open := r.Recurrence.At(now)
		if err := c.closeRound(ctx, r, o, now); err != nil {
			return err
		}
		if open && !c.called(r, o) {
			if err := c.callRound(ctx, r, o, now); err != nil {
				return err
			}
		}
	}
	return nil
}

// roundBy is whose wish a round's looks are.
func roundBy(r maps.Round) string { return "round " + r.ID }

func (c *Controller) called(r maps.Round, o calendar.Occurrence) bool {
	for _, i := range c.inspections {
		if i.By == roundBy(r) && !i.At.Before(o.From) {
			return true
		}
	}
	return false
}

func (c *Controller) callRound(ctx context.Context, r maps.Round, o calendar.Occurrence, now time.Time) error {
	var out []Inspection
	for _, v := range c.views {
		if r.Wants(v) {
			out = append(out, c.lookFrom(v, len(out), "operator", roundBy(r), now))
		}
	}
	if len(out) == 0 {
		return nil // a rack that no viewpoint shows: site check says so
	}
	say := fmt.Sprintf("round %s begins: %d looks until %s", r.ID, len(out), o.Until.In(c.o.Site.Zone()).Format("15:04"))
	return c.commit(ctx, KindInspection, now, Change{Inspections: out, Say: say})
}

// closeRound fails the looks of occurrences that are over; the one that is open, if one is, goes on.
func (c *Controller) closeRound(ctx context.Context, r maps.Round, open calendar.Occurrence, now time.Time) error {
	var late []Inspection
	for _, i := range sorted(c.inspections) {
		if i.By == roundBy(r) && i.State == Waiting && (open.From.IsZero() || i.At.Before(open.From)) {
			i.State, i.DoneAt, i.Result = Failed, &now, "the round's window is over"
			late = append(late, i)
		}
	}
	if len(late) == 0 {
		return nil
	}
	return c.commit(ctx, KindInspection, now, Change{Inspections: late, Say: fmt.Sprintf("round %s is over: %d looks were not done", r.ID, len(late))})
}
