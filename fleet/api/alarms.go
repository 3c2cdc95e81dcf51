package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"strconv"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/alarm"
)

// A newAlarm is an alarm as a person raises it.
type newAlarm struct {
	Kind alarm.Kind `json:"kind" enum:"fire,evacuation"`
	Hall string     `json:"hall,omitempty" maxLength:"128" doc:"the whole site when left out"`
	By   string     `json:"by" minLength:"1" maxLength:"200" doc:"who raises it"`
}

func (h *handler) alarms(a huma.API) {
	get(h, a, "alarms", "The alarms that hold, and what has become of each robot", h.o.Controller.Alarms)
	huma.Post(a, "/api/v1/alarms", func(ctx context.Context, in *struct{ Body newAlarm }) (*body[alarm.Alarm], error) {
		return answer(ctx, h, func(ctx context.Context) (alarm.Alarm, error) {
			return h.o.Controller.RaiseAlarm(ctx, alarm.Alarm{Kind: in.Body.Kind, Hall: in.Body.Hall, By: in.Body.By})
		})
	}, summary("Raise an alarm: robots leave aisles and doorways and stand at safe places"))
	huma.Post(a, "/api/v1/alarms/{id}/clear", func(ctx context.Context, in *named) (*body[alarm.Alarm], error) {
		return answer(ctx, h, func(ctx context.Context) (alarm.Alarm, error) {
			return h.o.Controller.ClearAlarm(ctx, in.ID, in.Body.By)
		})
	}, summary("Clear an alarm: the patrol goes on"))
}

// maxSignal bounds what is read of a signal, in bytes.
const maxSignal = 8 << 10

// signal takes an alarm signal from outside, signed as Standard Webhooks has it. Its sender's time decides which of two
// signals is the newer.
func (h *handler) signal(w http.ResponseWriter, r *http.Request) {
	if h.o.AlarmSecret == nil {
		http.Error(w, "no secret for alarm signals is set: start nightrounds serve with the variable that --alarm-secret-env names", http.StatusNotFound)
		return
	}
	b, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxSignal))
	if err != nil {
		http.Error(w, "the signal is too long", http.StatusRequestEntityTooLarge)
		return
	}
	if err := h.o.AlarmSecret.Verify(r.Header, b, time.Now()); err != nil {
		h.o.Logger.Warn("alarm signal refused", "from", r.RemoteAddr, "error", err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	s, err := alarm.ParseSignal(b)
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
		return
	}
	seconds, err := strconv.ParseInt(r.Header.Get("webhook-timestamp"), 10, 64)
	if err != nil { // Verify has read it
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	ctx, cancel := context.WithTimeout(r.Context(), answerWithin)
	defer cancel()
	switch err := h.o.Controller.SignalAlarm(ctx, s, time.Unix(seconds, 0).UTC()); {
	case err == nil:
		w.WriteHeader(http.StatusNoContent)
	case errors.Is(err, fleet.ErrUnknown), errors.Is(err, fleet.ErrRefused):
		http.Error(w, err.Error(), http.StatusUnprocessableEntity)
	default:
		h.o.Logger.Error("alarm signal not obeyed; its sender must say it again", "error", err)
		http.Error(w, "this controller does not lead the site now; try again in a moment", http.StatusServiceUnavailable)
	}
}
