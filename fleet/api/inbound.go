package api

import (
	"context"

	"github.com/danielgtaylor/huma/v2"

	"github.com/nightrounds/nightrounds/fleet/inbound"
)

// An OutsideAlarm is an alarm from outside: the schema has another by the name of Alarm.
type OutsideAlarm inbound.Alarm

// newestOf says how many of a list are wanted.
type newestOf struct {
	Newest int `query:"newest" minimum:"1" maximum:"10000" doc:"so many at most, the newest; all when left out"`
}

func (h *handler) outside(a huma.API) {
	huma.Get(a, "/api/v1/inbound", func(ctx context.Context, in *newestOf) (*body[[]OutsideAlarm], error) {
		return answer(ctx, h, func(ctx context.Context) ([]OutsideAlarm, error) {
			all, err := h.o.Outside(ctx)
			if in.Newest > 0 {
				all = all[:min(len(all), in.Newest)]
			}
			out := make([]OutsideAlarm, 0, len(all))
			for _, a := range all {
				out = append(out, OutsideAlarm(a))
			}
			return out, err
		})
	}, summary("Alarms from outside, newest first: what they are about, which looks settle them, what those said"))
}
