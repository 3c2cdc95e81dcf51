package api

import (
	"context"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/zone"
)

// A newZone is a zone as somebody asks for it.
type newZone struct {
	Hall         string           `json:"hall" minLength:"1" maxLength:"128"`
	Kind         vda5050.ZoneType `json:"kind" enum:"BLOCKED,SPEED_LIMIT,DIRECTED,PENALTY,RELEASE,ACTION" doc:"as VDA 5050 3.0, section 6.4.1; RELEASE and ACTION are refused with the reason"`
	Why          string           `json:"why" minLength:"1" maxLength:"200" doc:"for people: people in cage 3"`
	By           string           `json:"by,omitempty" maxLength:"200"`
	Vertices     []vda5050.Vertex `json:"vertices" minItems:"3" maxItems:"200" doc:"corners in their order around the zone, m, hall frame"`
	From         *time.Time       `json:"from,omitempty" doc:"now when left out"`
	Until        *time.Time       `json:"until,omitempty" doc:"until it is lifted when left out"`
	ForSeconds   float64          `json:"forSeconds,omitempty" minimum:"0" maximum:"31622400" doc:"how long it holds, when until is left out"`
	MaxSpeedMPS  float64          `json:"maxSpeedMps,omitempty" doc:"of SPEED_LIMIT, m/s"`
	DirectionRad float64          `json:"directionRad,omitempty" doc:"of DIRECTED: the only direction, hall frame"`
	Penalty      float64          `json:"penalty,omitempty" minimum:"0" maximum:"1" doc:"of PENALTY: how unwelcome the floor is"`
}

func (n newZone) zone() zone.Zone {
	z := zone.Zone{
		Hall: n.Hall, Kind: n.Kind, Why: n.Why, By: n.By, Vertices: n.Vertices,
		MaxSpeedMPS: n.MaxSpeedMPS, DirectionRad: n.DirectionRad, Penalty: n.Penalty,
	}
	if n.From != nil {
		z.From = n.From.UTC()
	}
	if n.Until != nil {
		z.Until = n.Until.UTC()
	}
	return z
}

func (n newZone) lasts() time.Duration { return time.Duration(n.ForSeconds * float64(time.Second)) }

func (h *handler) zones(a huma.API) {
	get(h, a, "zones", "The zones that hold or will hold", h.o.Controller.Zones)
	huma.Post(a, "/api/v1/zones", func(ctx context.Context, in *struct{ Body newZone }) (*body[zone.Zone], error) {
		return answer(ctx, h, func(ctx context.Context) (zone.Zone, error) {
			return h.o.Controller.SetZone(ctx, in.Body.zone(), in.Body.lasts())
		})
	}, summary("Make a zone hold; one that would lock a robot in is refused"))
	huma.Post(a, "/api/v1/zones/preview", func(ctx context.Context, in *struct{ Body newZone }) (*body[fleet.ZonePreview], error) {
		return answer(ctx, h, func(ctx context.Context) (fleet.ZonePreview, error) {
			return h.o.Controller.PreviewZone(ctx, in.Body.zone(), in.Body.lasts())
		})
	}, summary("Say what a zone would do and whether it would be refused; nothing is changed"))
	huma.Post(a, "/api/v1/zones/{id}/lift", func(ctx context.Context, in *named) (*body[zone.Zone], error) {
		return answer(ctx, h, func(ctx context.Context) (zone.Zone, error) {
			return h.o.Controller.LiftZone(ctx, in.ID, in.Body.By)
		})
	}, summary("End a zone"))
}
