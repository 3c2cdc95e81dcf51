package webtest_test

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// post keeps what somebody said; the hall is locked.
func (h *hall) post(format string, args ...any) {
	h.posted = append(h.posted, fmt.Sprintf(format, args...))
}

// wasPosted fails unless this, and nothing else, was said to the controller.
func (h *hall) wasPosted(want ...string) {
	h.t.Helper()
	h.mu.Lock()
	defer h.mu.Unlock()
	if !slices.Equal(h.posted, want) {
		h.t.Errorf("posted:\n%q\nwant:\n%q", h.posted, want)
	}
}

// onRun changes a run, and keeps what was said of it.
func (h *hall) onRun(id, said string, change func(remedy.Run) (remedy.Run, error)) (remedy.Run, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post("%s", said)
	i := slices.IndexFunc(h.runs, func(r remedy.Run) bool { return r.ID == id })
	if i < 0 {
		return remedy.Run{}, fmt.Errorf("repair %s: %w", id, fleet.ErrUnknown)
	}
	next, err := change(h.runs[i])
	if err != nil {
		return h.runs[i], fmt.Errorf("%w: %w", fleet.ErrRefused, err)
	}
	h.runs[i] = next
	return next, h.feed.Tell("run", next, false)
}

func (h *hall) Approve(_ context.Context, run, by, evidence string) (remedy.Run, error) {
	return h.onRun(run, fmt.Sprintf("%s approved by %s on %q", run, by, evidence), func(r remedy.Run) (remedy.Run, error) {
		if evidence != r.Asked {
			return r, fmt.Errorf("run %s: the evidence has changed since it was shown", run)
		}
		return remedy.Approved(r, by, night)
	})
}

func (h *hall) Decline(_ context.Context, run, by, why string) (remedy.Run, error) {
	return h.onRun(run, fmt.Sprintf("%s declined by %s: %s", run, by, why), func(r remedy.Run) (remedy.Run, error) {
		return remedy.Declined(r, remedy.Runbook{}, by, why, night)
	})
}

func (h *hall) Opened(_ context.Context, run, by string) (remedy.Run, error) {
	return h.onRun(run, fmt.Sprintf("%s opened by %s", run, by), func(r remedy.Run) (remedy.Run, error) { return remedy.Opened(r, night) })
}

func (h *hall) TaskDone(_ context.Context, run, by string) (remedy.Run, error) {
	return h.onRun(run, fmt.Sprintf("%s done by %s", run, by), func(r remedy.Run) (remedy.Run, error) {
		r.State, r.Permit, r.OpenedAt, r.StepAt = remedy.Settling, nil, nil, night
		return r, nil
	})
}

func (h *hall) Stopped(context.Context) (remedy.Stop, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	return h.stop, nil
}

func (h *hall) StopRemedies(_ context.Context, on bool, by, why string) (remedy.Stop, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post("stop %t by %s: %s", on, by, why)
	h.stop = remedy.Stop{On: on, By: by, Why: why, At: night}
	return h.stop, h.feed.Tell("stop", h.stop, false)
}

func (h *hall) RereadRunbooks(context.Context, string) (int, error) { return 0, fleet.ErrRefused }

func (h *hall) Plan(_ context.Context, id string) (fleet.Plan, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if p, ok := h.plans[id]; ok {
		return p, nil
	}
	return fleet.Plan{FaultID: id, Why: "no runbook is for it: a person is called", Steps: []guard.Planned{}}, nil
}

func (h *hall) Reports(context.Context, string) ([]fleet.Report, error) {
	return read(h, &h.reports), nil
}

func (h *hall) Judge(_ context.Context, id string, says fault.Judgement, by, note string) (fault.Verdict, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post("%s judged %s by %s: %s", id, says, by, note)
	return fault.Verdict{FaultID: id, Says: says, By: by, Note: note, At: night}, nil
}

func (h *hall) Precision(context.Context) ([]fault.Precision, error) { return []fault.Precision{}, nil }

func (h *hall) Silences(context.Context) ([]fleet.SilenceView, error) {
	return read(h, &h.silences), nil
}

// SetSilence refuses what names a supply, for this site has none.
func (h *hall) SetSilence(_ context.Context, s quiet.Silence, lasts time.Duration) (quiet.Silence, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	s.From = night
	if lasts > 0 {
		s.Until = night.Add(lasts)
	}
	h.post("silence of %s until %s by %s: %s", s.Target, s.Until.UTC().Format("15:04"), s.By, s.Why)
	if len(s.Supplies) > 0 {
		return s, fmt.Errorf("%w: silence: supplies: no %s is on this site", fleet.ErrRefused, s.Supplies[0])
	}
	s.ID = fmt.Sprintf("S-%04d", len(h.silences)+1)
	h.silences = append(h.silences, fleet.SilenceView{Silence: s, Holds: true, Ends: s.Until, Faults: []string{}})
	return s, h.feed.Tell("silences", h.silences, false)
}

func (h *hall) LoadSilences(context.Context, string, []byte, string) ([]fleet.SilenceView, error) {
	return nil, fleet.ErrRefused
}

func (h *hall) EndSilence(_ context.Context, id, by string) (quiet.Silence, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post("%s ended by %s", id, by)
	h.silences = slices.DeleteFunc(h.silences, func(s fleet.SilenceView) bool { return s.ID == id })
	return quiet.Silence{ID: id}, h.feed.Tell("silences", h.silences, false)
}

func (h *hall) Sinks(context.Context) ([]fleet.SinkView, error) { return read(h, &h.sinks), nil }

func (h *hall) DeadLetters(context.Context) ([]ticket.Dead, error) {
	return ticket.DeadLetters(read(h, &h.tickets)), nil
}

func (h *hall) Resend(_ context.Context, id, sink, by string) ([]ticket.Dead, error) {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.post("resend of %q to %q by %s", id, sink, by)
	dead := slices.DeleteFunc(ticket.DeadLetters(h.tickets), func(d ticket.Dead) bool {
		return id != "" && d.Ticket != id || sink != "" && d.Sink != sink
	})
	for _, d := range dead {
		i := slices.IndexFunc(h.tickets, func(t ticket.Ticket) bool { return t.ID == d.Ticket })
		h.tickets[i] = ticket.Kept(h.tickets[i], d.Sink, ticket.Resent(h.tickets[i].Sinks[d.Sink]))
		if err := h.feed.Tell("ticket", h.tickets[i], false); err != nil {
			return nil, err
		}
	}
	return dead, nil
}

func (h *hall) TestSink(context.Context, string) ([]string, error) { return nil, fleet.ErrUnknown }

func (h *hall) HearSink(context.Context, string, http.Header, []byte) error { return fleet.ErrUnknown }
