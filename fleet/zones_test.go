package fleet_test

import (
	"errors"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
)

// aisleZone covers an aisle of the sample hall, whose nodes lie on one line, by half a metre to all sides.
func aisleZone(t *testing.T, g *maps.Graph, hall, aisle string, kind vda5050.ZoneType) zone.Zone {
	t.Helper()
	var x0, y0, x1, y1 float64
	found := false
	for _, n := range g.Nodes() {
		if n.Aisle != aisle {
			continue
		}
		if !found {
			x0, y0, x1, y1, found = n.X, n.Y, n.X, n.Y, true
		}
		x0, y0, x1, y1 = min(x0, n.X), min(y0, n.Y), max(x1, n.X), max(y1, n.Y)
	}
	if !found {
		t.Fatalf("no aisle %q", aisle)
	}
	const by = 0.3
	return zone.Zone{Hall: hall, Kind: kind, Why: "people in the aisle", By: "Ada", Vertices: []vda5050.Vertex{
		{X: x0 - by, Y: y0 - by}, {X: x1 + by, Y: y0 - by}, {X: x1 + by, Y: y1 + by}, {X: x0 - by, Y: y1 + by},
	}}
}

func TestPeopleHaveABlockedAisleToThemselvesUntilTheirTimeIsOver(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 3)
		h := n.site.Halls[0]
		aisle := h.Graph.AisleOf(n.site.Viewpoints()[0].Node)
		var wg sync.WaitGroup
		wg.Go(func() { n.run(3 * time.Hour) })
		time.Sleep(time.Hour)
		z := aisleZone(t, h.Graph, h.ID, aisle, vda5050.ZoneTypeBlocked)
		z, err := n.c.SetZone(t.Context(), z, time.Hour)
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(5 * time.Minute) // to leave
		for range 54 {
			time.Sleep(time.Minute)
			for id, r := range n.within(h.Graph, aisle) {
				t.Errorf("%s is at %s while people are there", id, r)
			}
		}
		if left, err := n.c.Zones(t.Context()); err != nil || len(left) != 1 || left[0].ID != z.ID {
			t.Errorf("zones %v (%v), want %s", left, err, z.ID)
		}
		over, visited := z.Until, false
		for time.Since(over) < 45*time.Minute {
			time.Sleep(time.Minute)
			visited = visited || len(n.within(h.Graph, aisle)) > 0
		}
		if !visited {
			t.Error("nobody comes back to the aisle when its zone is over")
		}
		if left, err := n.c.Zones(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("zones %v (%v) after their time", left, err)
		}
		wg.Wait()
	})
}

// within are the robots on an aisle's nodes.
func (n *night) within(g *maps.Graph, aisle string) map[string]string {
	n.mu.Lock()
	defer n.mu.Unlock()
	out := map[string]string{}
	for id, r := range n.robots {
		if g.AisleOf(r.from) == aisle || r.to != "" && g.AisleOf(r.to) == aisle {
			out[id] = r.from + " " + r.to
		}
	}
	return out
}

func TestABadZoneIsRefusedAndChangesNothing(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 3)
		h := n.site.Halls[0]
		var wg sync.WaitGroup
		wg.Go(func() { n.run(3 * time.Minute) })
		time.Sleep(time.Minute)
		good := aisleZone(t, h.Graph, h.ID, h.Graph.AisleOf(n.site.Viewpoints()[0].Node), vda5050.ZoneTypeBlocked)
		nowhere, silent := good, good
		nowhere.Hall, silent.Why = "attic", ""
		for _, c := range []struct {
			z    zone.Zone
			want error
			says string
		}{{nowhere, fleet.ErrUnknown, "attic"}, {silent, fleet.ErrRefused, "why"}} {
			if _, err := n.c.SetZone(t.Context(), c.z, 0); !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
				t.Errorf("%+v: %v", c.z, err)
			}
		}
		if p, err := n.c.PreviewZone(t.Context(), good, time.Hour); err != nil || p.Nodes == 0 || len(p.CutOff) == 0 || p.Refusal != "" {
			t.Errorf("preview of a good zone: %+v (%v)", p, err)
		}
		if p, err := n.c.PreviewZone(t.Context(), silent, 0); err != nil || !strings.Contains(p.Refusal, "why") {
			t.Errorf("preview of a bad zone: %+v (%v)", p, err)
		}
		if _, err := n.c.PreviewZone(t.Context(), nowhere, 0); !errors.Is(err, fleet.ErrUnknown) {
			t.Errorf("preview in no hall: %v", err)
		}
		if _, err := n.c.LiftZone(t.Context(), "Z-0001", "Ada"); !errors.Is(err, fleet.ErrUnknown) {
			t.Errorf("lifting what is not there: %v", err)
		}
		if left, err := n.c.Zones(t.Context()); err != nil || len(left) != 0 {
			t.Errorf("zones %v (%v)", left, err)
		}
		wg.Wait()
	})
}
