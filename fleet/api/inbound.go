package api

import (
	"context"

	"github.com/nightrounds/nightrounds/fleet/inbound"
)

// An OutsideAlarm is an alarm from outside: the schema has another by the name of Alarm.
type OutsideAlarm inbound.Alarm

func (h *handler) outside(ctx context.Context) ([]OutsideAlarm, error) {
	all, err := h.o.Outside(ctx)
	out := make([]OutsideAlarm, 0, len(all))
	for _, a := range all {
		out = append(out, OutsideAlarm(a))
	}
	return out, err
}
