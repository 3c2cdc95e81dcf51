package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/ticket"
)

// The bounds of a ticket system's message and of a test of one.
const (
	maxHeard   = 1 << 20 // bytes
	testWithin = 90 * time.Second
)

// A trial is how a test of a ticket system went: what it did, and where it failed.
type trial struct {
	Did   []string `json:"did"`
	Error string   `json:"error,omitempty"`
}

func (h *handler) sinks(a huma.API) {
	get(h, a, "sinks", "All ticket systems: what waits for each, and what it says", h.o.Controller.Sinks)
	get(h, a, "dead-letters", "What ticket systems would not take, newest first", h.o.Controller.DeadLetters)
	huma.Post(a, "/api/v1/dead-letters/resend", func(ctx context.Context, in *struct {
		Body struct {
			Ticket string `json:"ticket,omitempty" doc:"all tickets when left out" maxLength:"100"`
			Sink   string `json:"sink,omitempty" doc:"all sinks when left out" maxLength:"100"`
			By     string `json:"by" minLength:"1" maxLength:"200"`
		}
	}) (*body[[]ticket.Dead], error) {
		return answer(ctx, h, func(ctx context.Context) ([]ticket.Dead, error) {
			return h.o.Controller.Resend(ctx, in.Body.Ticket, in.Body.Sink, in.Body.By)
		})
	}, summary("Send again what was given up"))
	huma.Post(a, "/api/v1/tickets/{id}/resend", func(ctx context.Context, in *named) (*body[[]ticket.Dead], error) {
		return answer(ctx, h, func(ctx context.Context) ([]ticket.Dead, error) {
			return h.o.Controller.Resend(ctx, in.ID, "", in.Body.By)
		})
	}, summary("Send a ticket again to the systems that would not take it"))
	huma.Post(a, "/api/v1/sinks/{id}/test", func(ctx context.Context, in *named) (*body[trial], error) {
		ctx, cancel := context.WithTimeout(ctx, testWithin)
		defer cancel()
		did, err := h.o.Controller.TestSink(ctx, in.ID)
		out := trial{Did: append([]string{}, did...)}
		if err != nil {
			if !errors.Is(err, fleet.ErrRefused) {
				return answer(ctx, h, func(context.Context) (trial, error) { return out, err })
			}
			out.Error = err.Error()
		}
		return &body[trial]{out}, nil
	}, summary("Make a test ticket at a ticket system and close it again"))
}

// hearSink takes a message that a ticket system sends of its own accord. It proves itself by its signature.
func (h *handler) hearSink(w http.ResponseWriter, r *http.Request) {
	text, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxHeard))
	if err != nil {
		http.Error(w, "the message is too long or was cut off", http.StatusRequestEntityTooLarge)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin/2) // PagerDuty waits 5 s
	defer cancel()
	err = h.o.Controller.HearSink(ctx, r.PathValue("name"), r.Header, text)
	switch {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, fleet.ErrUnknown):
		http.NotFound(w, r)
	case errors.Is(err, fleet.ErrRefused):
		h.o.Logger.Warn("message of a ticket system refused", "sink", r.PathValue("name"), "error", err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
	default:
		http.Error(w, "this controller does not lead the site now; send it again", http.StatusServiceUnavailable)
	}
}
