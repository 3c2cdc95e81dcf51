package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/quiet"
)

// A newSilence is a silence as somebody asks for it.
type newSilence struct {
	Why        string            `json:"why" minLength:"1" maxLength:"200" doc:"for people: filters of crac-1 are changed"`
	By         string            `json:"by,omitempty" maxLength:"200"`
	Site       bool              `json:"site,omitempty" doc:"the whole site"`
	Halls      []string          `json:"halls,omitempty" maxItems:"1000"`
	Rows       []string          `json:"rows,omitempty" maxItems:"1000"`
	Racks      []string          `json:"racks,omitempty" maxItems:"1000"`
	Devices    []string          `json:"devices,omitempty" maxItems:"1000"`
	Supplies   []string          `json:"supplies,omitempty" maxItems:"1000" doc:"cooling units, loops, PDUs, feeds and UPSs: faults that these most probably cause"`
	Kinds      []string          `json:"kinds,omitempty" maxItems:"1000" doc:"of findings or of causes; all when left out"`
	From       *time.Time        `json:"from,omitempty" doc:"now when left out"`
	Until      *time.Time        `json:"until,omitempty"`
	ForSeconds float64           `json:"forSeconds,omitempty" minimum:"0" maximum:"31622400" doc:"how long it holds, when until is left out"`
	Recurs     *quiet.Recurrence `json:"recurs,omitempty" doc:"instead of from and until: a maintenance window, on the clock of the site's wall"`
}

func (n newSilence) silence() quiet.Silence {
	s := quiet.Silence{Why: n.Why, By: n.By, Recurs: n.Recurs, Target: quiet.Target{
		Site: n.Site, Halls: n.Halls, Rows: n.Rows, Racks: n.Racks, Devices: n.Devices, Supplies: n.Supplies, Kinds: n.Kinds,
	}}
	if n.From != nil {
		s.From = n.From.UTC()
	}
	if n.Until != nil {
		s.Until = n.Until.UTC()
	}
	return s
}

// A silenceFile is the text of a file of rules and silences.
type silenceFile struct {
	Name string `json:"name" minLength:"1" maxLength:"200" doc:"of the file, as problems are told"`
	Text string `json:"text" maxLength:"900000" doc:"YAML"`
	By   string `json:"by" minLength:"1" maxLength:"200"`
}

func (h *handler) silences(a huma.API) {
	get(h, a, "silences", "The silences that hold or will hold, and whose tickets they hold back", h.o.Controller.Silences)
	huma.Post(a, "/api/v1/silences", func(ctx context.Context, in *struct{ Body newSilence }) (*body[quiet.Silence], error) {
		return answer(ctx, h, func(ctx context.Context) (quiet.Silence, error) {
			return h.o.Controller.SetSilence(ctx, in.Body.silence(), time.Duration(in.Body.ForSeconds*float64(time.Second)))
		})
	}, summary("Hold back the tickets of faults at places, of kinds, or both; looks go on"))
	huma.Post(a, "/api/v1/silences/load", func(ctx context.Context, in *struct{ Body silenceFile }) (*body[[]fleet.SilenceView], error) {
		return answer(ctx, h, func(ctx context.Context) ([]fleet.SilenceView, error) {
			return h.o.Controller.LoadSilences(ctx, in.Body.Name, []byte(in.Body.Text), in.Body.By)
		})
	}, summary("Put a file's rules and silences in place of those that a file brought before; one with anything wrong in it changes nothing"))
	huma.Post(a, "/api/v1/silences/{id}/end", func(ctx context.Context, in *named) (*body[quiet.Silence], error) {
		return answer(ctx, h, func(ctx context.Context) (quiet.Silence, error) {
			return h.o.Controller.EndSilence(ctx, in.ID, in.Body.By)
		})
	}, summary("End a silence; a robot looks again at what it held back"))
}
