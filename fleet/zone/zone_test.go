package zone_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/fleettest"
	"github.com/nightrounds/nightrounds/fleet/wire/vda5050"
	"github.com/nightrounds/nightrounds/fleet/zone"
	"github.com/nightrounds/nightrounds/maps"
)

var now = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

func box(kind vda5050.ZoneType, x0, y0, x1, y1 float64) zone.Zone {
	return zone.Zone{
		ID: "Z-1", Hall: fleettest.HallID, Kind: kind, Why: "people in cage 3", From: now, Until: now.Add(time.Hour),
		Vertices: []vda5050.Vertex{{X: x0, Y: y0}, {X: x1, Y: y0}, {X: x1, Y: y1}, {X: x0, Y: y1}},
	}
}

func hall(t testing.TB) *maps.Graph {
	t.Helper()
	g, err := fleettest.SampleHall(time.Hour).Graph()
	if err != nil {
		t.Fatal(err)
	}
	return g
}

func edge(t testing.TB, g *maps.Graph, from, to string) maps.Edge {
	t.Helper()
	e, ok := g.Edge(from, to)
	if !ok {
		t.Fatalf("no edge from %s to %s", from, to)
	}
	return e
}

// Aisle 1 lies at y 4.1, its third node at x 2.5.
func TestNobodyIsSentIntoABlockedZoneAndWhoIsInItMayLeave(t *testing.T) {
	g := hall(t)
	e := zone.Of(g, fleettest.HallID, []zone.Zone{box(vda5050.ZoneTypeBlocked, 2.3, 3.5, 3.3, 4.5)}, now)
	for way, open := range map[[2]string]bool{
		{"a1-02", "a1-03"}: false, {"a1-03", "a1-04"}: true, {"a1-04", "a1-03"}: true, {"a1-05", "a1-04"}: false, {"a1-03", "a1-02"}: true, {"a1-01", "a1-02"}: true, {"a0-02", "a0-03"}: true,
	} {
		if got := e.Open(edge(t, g, way[0], way[1])); got != open {
			t.Errorf("from %s to %s: open %t, want %t", way[0], way[1], got, open)
		}
	}
	if !e.Barred("a1-03") || e.Barred("a1-02") {
		t.Error("the wrong nodes are barred")
	}
}

func TestAZoneHoldsInItsTimeAndHallOnly(t *testing.T) {
	g := hall(t)
	z := box(vda5050.ZoneTypeBlocked, 2.3, 3.5, 3.3, 4.5)
	in := edge(t, g, "a1-02", "a1-03")
	for _, c := range []struct {
		hall string
		at   time.Time
		open bool
	}{{z.Hall, z.From, false}, {z.Hall, z.From.Add(-1), true}, {z.Hall, z.Until, true}, {"hall-2", z.From, true}} {
		if got := zone.Of(g, c.hall, []zone.Zone{z}, c.at).Open(in); got != c.open {
			t.Errorf("%s at %s: open %t", c.hall, c.at, got)
		}
	}
}

func TestOneWaySpeedAndPenaltyHoldOnTheEdgesOfTheZone(t *testing.T) {
	g := hall(t)
	one := box(vda5050.ZoneTypeDirected, 0.5, 3.5, 8, 4.5)
	slow, slower := box(vda5050.ZoneTypeSpeedLimit, 0.5, 3.5, 8, 4.5), box(vda5050.ZoneTypeSpeedLimit, 0.5, 3.5, 8, 4.5)
	slow.MaxSpeedMPS, slower.MaxSpeedMPS = 0.4, 0.2
	rather := box(vda5050.ZoneTypePenalty, 0.5, 3.5, 8, 4.5)
	rather.Penalty = 1
	e := zone.Of(g, fleettest.HallID, []zone.Zone{one, slow, slower, rather}, now)
	east, west, far := edge(t, g, "a1-02", "a1-03"), edge(t, g, "a1-03", "a1-02"), edge(t, g, "a3-02", "a3-03")
	if !e.Open(east) || e.Open(west) {
		t.Errorf("east is open: %t, west: %t", e.Open(east), e.Open(west))
	}
	if e.Speed(east) != 0.2 || e.Speed(far) != 0 {
		t.Errorf("at most %g m/s there, %g m/s elsewhere", e.Speed(east), e.Speed(far))
	}
	if there, elsewhere := e.Weight("a1-02", "a1-03"), e.Weight("a3-02", "a3-03"); there != 10 || elsewhere != 1 {
		t.Errorf("weighs %g there, %g elsewhere", there, elsewhere)
	}
}

func TestAZoneThatWouldLockARobotInIsRefused(t *testing.T) {
	g := hall(t)
	where := map[string]string{"NR-01": "a1-06", "NR-02": "dock-1", "NR-03": "a0-03"}
	both := box(vda5050.ZoneTypeBlocked, -0.2, 3.8, 9.5, 4.4) // the whole of aisle 1 with both its mouths: a robot in it may leave
	if traps := zone.Traps(g, fleettest.HallID, nil, both, where, now); len(traps) != 0 {
		t.Errorf("%v: who is in a blocked zone may drive out of it", traps)
	}
	west := box(vda5050.ZoneTypeBlocked, 1.8, 3.8, 2.2, 4.4)
	east := box(vda5050.ZoneTypeBlocked, 7.0, 3.8, 7.4, 4.4)
	if traps := zone.Traps(g, fleettest.HallID, nil, west, where, now); len(traps) != 0 {
		t.Errorf("%v, and the eastern mouth is open", traps)
	}
	traps := zone.Traps(g, fleettest.HallID, []zone.Zone{west}, east, where, now)
	if len(traps) != 1 || traps[0].Robot != "NR-01" || !strings.Contains(traps[0].Error(), "send it away first") {
		t.Errorf("%v, want NR-01 locked in", traps)
	}
}

// The aisle between two blocked mouths is cut off with them, though it lies in neither.
func TestReachSaysWhatLiesInAZoneAndWhatLiesBehindIt(t *testing.T) {
	g := hall(t)
	west := box(vda5050.ZoneTypeBlocked, 1.8, 3.8, 2.2, 4.4)
	east := box(vda5050.ZoneTypeBlocked, 7.0, 3.8, 7.4, 4.4)
	alone := zone.ReachOf(g, fleettest.HallID, nil, east, now)
	if len(alone.Nodes) == 0 || !slices.Equal(alone.Lost, alone.Nodes) || alone.Edges == 0 {
		t.Errorf("%+v: with the other mouth open only the zone itself is lost", alone)
	}
	both := zone.ReachOf(g, fleettest.HallID, []zone.Zone{west}, east, now)
	if !slices.Equal(both.Nodes, alone.Nodes) || !slices.Contains(both.Lost, "a1-06") || slices.Contains(both.Lost, "a0-06") {
		t.Errorf("%+v, want a1-06 cut off and a0-06 not", both)
	}
	slow := box(vda5050.ZoneTypeSpeedLimit, 1.8, 3.8, 2.2, 4.4)
	slow.MaxSpeedMPS = 0.3
	if r := zone.ReachOf(g, fleettest.HallID, nil, slow, now); len(r.Lost) != 0 || r.Edges == 0 {
		t.Errorf("%+v: nothing is lost where robots are slow", r)
	}
	if r := zone.ReachOf(g, fleettest.HallID, nil, box(vda5050.ZoneTypeBlocked, 90, 90, 91, 91), now); r.Edges+len(r.Nodes)+len(r.Lost) != 0 {
		t.Errorf("%+v outside the hall", r)
	}
}

// Whatever the zones, a blocked one costs at least the nodes in it that could be visited, and a robot that it locks in stood at
// a node that is lost.
func TestWhoIsLockedInStandsWhereNobodyComesAnyMore(t *testing.T) {
	g := hall(t)
	rapid.Check(t, func(t *rapid.T) {
		draw := func(name string) zone.Zone {
			x, y := rapid.Float64Range(-1, 9).Draw(t, name+" x"), rapid.Float64Range(-1, 12).Draw(t, name+" y")
			return box(vda5050.ZoneTypeBlocked, x, y, x+rapid.Float64Range(0.2, 4).Draw(t, name+" width"), y+rapid.Float64Range(0.2, 4).Draw(t, name+" depth"))
		}
		held, more := draw("held"), draw("more")
		r := zone.ReachOf(g, fleettest.HallID, []zone.Zone{held}, more, now)
		where := map[string]string{}
		for _, n := range g.Nodes() {
			where[n.ID] = n.ID
		}
		none := zone.ReachOf(g, fleettest.HallID, []zone.Zone{held, more}, more, now)
		if len(none.Lost) != 0 {
			t.Fatalf("a zone that holds already costs %v", none.Lost)
		}
		for _, trap := range zone.Traps(g, fleettest.HallID, []zone.Zone{held}, more, where, now) {
			if !slices.Contains(r.Lost, trap.Node) && !zone.Of(g, fleettest.HallID, []zone.Zone{held}, now).Barred(trap.Node) {
				t.Fatalf("%s is locked in at %s, which is not among %v", trap.Robot, trap.Node, r.Lost)
			}
		}
	})
}

func TestBadZonesSayAllThatIsWrong(t *testing.T) {
	bow := box(vda5050.ZoneTypeBlocked, 0, 0, 1, 1)
	bow.Vertices[2], bow.Vertices[3] = bow.Vertices[3], bow.Vertices[2]
	none := zone.Zone{Kind: "PARTY", From: now, Until: now}
	slow := box(vda5050.ZoneTypeSpeedLimit, 0, 0, 1, 1)
	release, action := box(vda5050.ZoneTypeRelease, 0, 0, 1, 1), box(vda5050.ZoneTypeAction, 0, 0, 1, 1)
	nowhere := box(vda5050.ZoneTypeBlocked, math.NaN(), 0, 1, 1)
	for _, c := range []struct {
		z    zone.Zone
		want []string
	}{
		{release, []string{"RELEASE is not kept", "use BLOCKED"}}, {action, []string{"ACTION is not kept", "no action for a stretch"}},
		{bow, []string{"crosses"}}, {none, []string{"kind", "why", "until", "vertices"}}, {slow, []string{"maxSpeedMps"}}, {nowhere, []string{"no place"}},
		{box(vda5050.ZoneTypeBlocked, 0, 0, 0.01, 0.01), []string{"no floor"}},
	} {
		err := c.z.Check()
		for _, w := range c.want {
			if err == nil || !strings.Contains(err.Error(), w) {
				t.Errorf("%+v: %v, want something of %q", c.z, err, w)
			}
		}
	}
	if err := box(vda5050.ZoneTypeBlocked, 0, 0, 1, 1).Check(); err != nil {
		t.Error(err)
	}
}

// What a robot is told passes the standard's own check, whichever way round the corners are listed.
func TestZonesAreToldByTheStandard(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		z := box(rapid.SampledFrom(zone.Kinds()).Draw(t, "kind"), 0, 0, rapid.Float64Range(1, 9).Draw(t, "x"), 1)
		z.MaxSpeedMPS, z.Penalty = 0.3, 0.5
		if rapid.Bool().Draw(t, "clockwise") {
			z.Vertices[1], z.Vertices[3] = z.Vertices[3], z.Vertices[1]
		}
		if err := z.Check(); err != nil {
			t.Fatal(err)
		}
		told := z.VDA()
		m := &vda5050.ZoneSetMessage{ZoneSet: vda5050.ZoneSet{MapID: z.Hall, ZoneSetID: "s", Zones: []vda5050.Zone{told}}}
		*m.Head() = vda5050.Header{Timestamp: vda5050.At(now), Version: vda5050.Version, Manufacturer: "m", SerialNumber: "s"}
		if _, err := vda5050.Marshal(m); err != nil {
			t.Fatal(err)
		}
		if told.Vertices[0] != z.Vertices[0] && told.Vertices[len(told.Vertices)-1] != z.Vertices[0] {
			t.Fatalf("other corners: %v", told.Vertices)
		}
	})
}
