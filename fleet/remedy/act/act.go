// Package act carries out the steps of runbooks that are signed webhooks (Standard Webhooks 1.0.0): an order to whoever
// performs it, and the draining of a node by a scheduler, which says when it is done. It decides nothing about whether a
// step may be carried out, nor when it is tried again.
package act

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/webhook"
)

// A Hook carries out webhook and drain steps.
type Hook struct {
	client *http.Client
	secret func(env string) (string, bool)
	now    func() time.Time
}

// NewHook posts with a client; secret looks a step's secret up, and now is the receiver's idea of time: the wall clock, also
// when a simulation runs faster.
func NewHook(client *http.Client, secret func(env string) (string, bool), now func() time.Time) *Hook {
	return &Hook{client, secret, now}
}

// An order is the body of a step's webhook.
type order struct {
	FaultID string `json:"faultId"`
	Site    string `json:"site"`
	Rack    string `json:"rack"`
	Unit    int    `json:"unit"`
	Device  string `json:"device"`
	Part    string `json:"part,omitempty"`
	Kind    string `json:"kind"`
	Step    string `json:"step"`
	Act     string `json:"act,omitempty"` // of a scheduler: ask, drain, undrain
}

// An answer is what a scheduler says of a node.
type answer struct {
	Node   string `json:"node"`
	State  string `json:"state"`  // draining, drained, undrained, refused
	Detail string `json:"detail"` // for people
}

// Identify asks a scheduler which node it would drain. Who takes a webhook is no machine, and says nothing of itself.
func (h *Hook) Identify(ctx context.Context, o remedy.Order) (remedy.Identity, error) {
	id := remedy.Identity{}
	if o.Step.Kind == remedy.Drain {
		a, err := h.schedule(ctx, o, "ask")
		if err != nil {
			return id, err
		}
		id.Name = a.Node
	}
	return id, nil
}

// Carry posts the order once. A drain is pending until the scheduler says that the node is drained.
func (h *Hook) Carry(ctx context.Context, o remedy.Order) (remedy.Outcome, error) {
	if o.Step.Kind != remedy.Drain {
		_, err := h.post(ctx, o, o.Key, "")
		return remedy.Outcome{Said: "taken on"}, err
	}
	a, err := h.schedule(ctx, o, o.Step.Act)
	if err != nil {
		return remedy.Outcome{}, err
	}
	switch {
	case a.Node != o.Target.Device:
		return remedy.Outcome{}, fmt.Errorf("step %q: the scheduler answered for node %q, not %q: %w", o.Step.Name, a.Node, o.Target.Device, remedy.ErrFinal)
	case a.State == o.Step.Act+"ed":
		return remedy.Outcome{Said: a.State}, nil
	case a.State == "draining":
		return remedy.Outcome{Pending: true, Said: a.Detail}, nil
	}
	return remedy.Outcome{}, fmt.Errorf("step %q: the scheduler says that %s is %q (%s): %w", o.Step.Name, a.Node, a.State, a.Detail, remedy.ErrFinal)
}

// schedule posts an act to a scheduler and reads its answer; one that is no answer is an error.
func (h *Hook) schedule(ctx context.Context, o remedy.Order, act string) (answer, error) {
	id := o.Key
	if act == "ask" {
		id += ".ask"
	}
	reply, err := h.post(ctx, o, id, act)
	if err != nil {
		return answer{}, err
	}
	return parse(o.Step.Name, reply)
}

func parse(step string, reply []byte) (answer, error) {
	var a answer
	if err := json.Unmarshal(reply, &a); err != nil {
		return answer{}, fmt.Errorf("step %q: the scheduler's answer is not {node, state, detail} in JSON: %w", step, err)
	}
	if a.Node == "" {
		return answer{}, fmt.Errorf("step %q: the scheduler names no node", step)
	}
	return a, nil
}

func (h *Hook) post(ctx context.Context, o remedy.Order, id, act string) ([]byte, error) {
	text, ok := h.secret(o.Step.SecretEnv)
	if !ok {
		return nil, fmt.Errorf("step %q: environment variable %s is not set", o.Step.Name, o.Step.SecretEnv)
	}
	secret, err := webhook.ParseSecret(text)
	if err != nil {
		return nil, fmt.Errorf("step %q: %w", o.Step.Name, err)
	}
	t := o.Target
	body, err := json.Marshal(order{o.FaultID, t.Site, t.Rack, t.Unit, t.Device, t.Part, o.Kind, o.Step.Name, act})
	if err != nil {
		return nil, fmt.Errorf("step %q: %w", o.Step.Name, err)
	}
	reply, err := webhook.Ask(ctx, h.client, o.Step.URL, secret, id, h.now(), "application/json", body)
	var refused *webhook.StatusError
	if errors.As(err, &refused) && refused.Final() {
		return nil, fmt.Errorf("%w: %w", err, remedy.ErrFinal)
	}
	return reply, err
}
