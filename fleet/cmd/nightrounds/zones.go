package main

import (
	"context"
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/zone"
)

// zonesCmd tells robots where not to be, or how.
type zonesCmd struct {
	List listZonesCmd `cmd:"" default:"withargs" help:"List the zones that hold or will hold."`
	Add  addZoneCmd   `cmd:"" help:"Make a zone hold: keep robots away from a part of a hall, slow, or one way."`
	Lift liftZoneCmd  `cmd:"" help:"End a zone."`
}

type listZonesCmd struct{ output }

func (c *listZonesCmd) Run(ctx context.Context) error {
	return list(ctx, c.output, "zones", nil, "ID\tKIND\tHALL\tFROM\tUNTIL\tBY\tWHY", zoneRow)
}

func zoneRow(z zone.Zone) []any {
	until := "lifted"
	if !z.Until.IsZero() {
		until = z.Until.Local().Format(time.DateTime)
	}
	return []any{z.ID, strings.ToLower(string(z.Kind)), z.Hall, z.From.Local().Format(time.DateTime), until, dash(z.By), z.Why}
}

type addZoneCmd struct {
	server
	Hall    string        `arg:"" help:"Hall that it lies in."`
	Corners string        `arg:"" help:"Its corners in their order, m, hall frame: two of a rectangle, or more: 1.5,2 8.1,2 8.1,4.5."`
	Why     string        `required:"" help:"For people: people in cage 3."`
	Kind    string        `enum:"blocked,speed_limit,directed,penalty" default:"blocked" help:"blocked, speed_limit, directed (one way) or penalty (rather not)."`
	For     time.Duration `help:"How long it holds; until it is lifted when left out." xor:"until"`
	Until   string        `help:"Time at which it ends: 14:00 today or tomorrow, or 2026-11-27T14:00." xor:"until"`
	Speed   float64       `help:"Of speed_limit, m/s."`
	Heading float64       `help:"Of directed: the only direction, degrees counter-clockwise from the hall's x."`
	Penalty float64       `default:"1" help:"Of penalty, 0 to 1."`
}

func (c *addZoneCmd) Run(ctx context.Context) error {
	z := zone.Zone{Hall: c.Hall, Kind: vda5050.ZoneType(strings.ToUpper(c.Kind)), Why: c.Why, By: whoami(), MaxSpeedMPS: c.Speed}
	switch z.Kind {
	case vda5050.ZoneTypeDirected:
		z.DirectionRad = c.Heading * math.Pi / 180
	case vda5050.ZoneTypePenalty:
		z.Penalty = c.Penalty
	}
	var err error
	if z.Vertices, err = corners(c.Corners); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	if z.Until, err = ending(c.Until, time.Now()); err != nil {
		return fmt.Errorf("%w: %w", errUsage, err)
	}
	ask := map[string]any{
		"hall": z.Hall, "kind": z.Kind, "why": z.Why, "by": z.By, "vertices": z.Vertices,
		"maxSpeedMps": z.MaxSpeedMPS, "directionRad": z.DirectionRad, "penalty": z.Penalty, "forSeconds": c.For.Seconds(),
	}
	if !z.Until.IsZero() {
		ask["until"] = z.Until
	}
	set, err := call[zone.Zone](ctx, c.server, "zones", ask)
	if err == nil {
		fmt.Printf("%s holds; nightrounds zones lift %s ends it\n", set.ID, set.ID)
	}
	return err
}

// corners reads "x,y x,y ..."; two are of a rectangle.
func corners(text string) ([]vda5050.Vertex, error) {
	var out []vda5050.Vertex
	for _, part := range strings.Fields(text) {
		xs, ys, ok := strings.Cut(part, ",")
		x, err1 := strconv.ParseFloat(xs, 64)
		y, err2 := strconv.ParseFloat(ys, 64)
		if !ok || err1 != nil || err2 != nil {
			return nil, fmt.Errorf("corner %q is no place like 1.5,2", part)
		}
		out = append(out, vda5050.Vertex{X: x, Y: y})
	}
	if len(out) == 2 {
		a, b := out[0], out[1]
		out = []vda5050.Vertex{a, {X: b.X, Y: a.Y}, b, {X: a.X, Y: b.Y}}
	}
	return out, nil
}

// ending is when a zone ends; the zero time when that is not said.
func ending(until string, now time.Time) (time.Time, error) { return clockTime("--until", until, now) }

// clockTime is a time as an option names it: the next one of the clock after now, or one with its date.
func clockTime(option, until string, now time.Time) (time.Time, error) {
	if until == "" {
		return time.Time{}, nil
	}
	if t, err := time.ParseInLocation("2006-01-02T15:04", until, now.Location()); err == nil {
		return t, nil
	}
	t, err := time.ParseInLocation("15:04", until, now.Location())
	if err != nil {
		return time.Time{}, fmt.Errorf("%s %q is no time like 14:00 or 2026-11-27T14:00", option, until)
	}
	t = time.Date(now.Year(), now.Month(), now.Day(), t.Hour(), t.Minute(), 0, 0, now.Location())
	if !t.After(now) {
		t = t.AddDate(0, 0, 1)
	}
	return t, nil
}

type liftZoneCmd struct {
	server
	Zone string `arg:"" help:"Zone that is over."`
}

func (c *liftZoneCmd) Run(ctx context.Context) error {
	z, err := call[zone.Zone](ctx, c.server, "zones/"+c.Zone+"/lift", by{whoami()})
	if err == nil {
		fmt.Printf("%s is lifted\n", z.ID)
	}
	return err
}
