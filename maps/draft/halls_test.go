package draft_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/draft"
)

// A tb is a test, or a trial of rapid.
type tb interface {
	Helper()
	Name() string
	Errorf(format string, args ...any)
	Fatalf(format string, args ...any)
	Fatal(args ...any)
}

// sound checks what every draft promises, and returns the site.
func sound(t tb, files fstest.MapFS, p *draft.Plan, robot maps.Footprint) *maps.Site {
	t.Helper()
	place, err := maps.LoadPlace(files)
	if err != nil {
		t.Fatal(err)
	}
	h := place.Halls[0]
	if h.Graph == nil {
		t.Fatalf("graph cannot be read: %v", place.Warnings)
	}
	floor := h.Floor.WithRacks(h.Racks())
	for _, e := range h.Graph.Edges() {
		a, _ := h.Graph.Node(e.Start)
		b, _ := h.Graph.Node(e.End)
		if x, y, ok := floor.Sweep(robot, a.X, a.Y, b.X, b.Y); !ok {
			t.Errorf("edge %s: the robot meets something at %.2f, %.2f", e.ID, x, y)
		}
	}
	docks := map[string]bool{}
	for _, d := range h.Graph.Docks() {
		docks[d.Node] = true
	}
	for _, n := range h.Graph.Nodes() {
		if room := floor.Room(n.X, n.Y, 1); !docks[n.ID] && room < robot.TurnRadiusM() {
			t.Errorf("node %s: the robot cannot turn: %.3f m of room", n.ID, room)
		}
		if d := h.Graph.Distances(n.ID, nil); len(d) != len(h.Graph.Nodes()) {
			t.Errorf("from node %s one reaches %d of %d nodes", n.ID, len(d), len(h.Graph.Nodes()))
		}
	}
	seen := map[string]bool{}
	for _, v := range place.Viewpoints() {
		seen[v.Rack+string(v.Face)] = true
	}
	for _, r := range h.Racks() {
		for _, face := range []maps.Face{maps.Front, maps.Rear} {
			named := slices.ContainsFunc(p.Unreached, func(u draft.Unreached) bool { return u.Rack == r.ID && u.Face == face })
			if !seen[r.ID+string(face)] && !named {
				t.Errorf("%s of %s has no viewpoint, and no reason is given", face, r.ID)
			}
		}
	}
	if real, ok := t.(testing.TB); ok {
		picture(real, files)
	}
	return place
}

func why(p *draft.Plan, rack string, face maps.Face) string {
	for _, u := range p.Unreached {
		if u.Rack == rack && u.Face == face {
			return u.Why
		}
	}
	return ""
}

func TestAislesThatTwoPassInGetTwoLanes(t *testing.T) {
	files := room{wide: 14, high: 12, rows: []row{{id: "A", x: 4, y: 2.2, racks: 10}, {id: "B", x: 4, y: 6.5, racks: 10, down: true}}}.files()
	p := drafted(t, files, draft.Options{})
	sound(t, files, p, maps.DefaultFootprint)
	if p.Pairs < 2 || len(p.Unreached) > 0 {
		t.Errorf("%d lanes in pairs, unreached %v", p.Pairs, p.Unreached)
	}
}

// Before a tall rack a robot must stand farther off; beside the corner of a shorter row across it cannot stand as far as
// in the middle. There is a place between.
func TestTallRackBesideACornerIsSeen(t *testing.T) {
	files := room{wide: 9, high: 8, rows: []row{{id: "A", x: 3, y: 2, racks: 2}, {id: "T", x: 4.2, y: 2, racks: 1, tall: true}, {id: "B", x: 3, y: 4.5, racks: 2, down: true}}}.files()
	p := drafted(t, files, draft.Options{})
	sound(t, files, p, maps.DefaultFootprint)
	if len(p.Unreached) > 0 {
		t.Errorf("unreached: %v", p.Unreached)
	}
}

func TestNarrowAislesAreNamedWithTheirWidth(t *testing.T) {
	files := room{wide: 10, high: 8, rows: []row{{id: "A", x: 2, y: 2, racks: 8}, {id: "B", x: 2, y: 3.6, racks: 8}}}.files()
	p := drafted(t, files, draft.Options{})
	sound(t, files, p, maps.DefaultFootprint)
	if w := why(p, "A03", maps.Front); !strings.Contains(w, "0.50 m wide") || !strings.Contains(w, "needs 0.66 m") {
		t.Errorf("front of A03: %q", w)
	}
	if len(p.Unreached) != 16 {
		t.Errorf("%d unreached: %v", len(p.Unreached), p.Unreached)
	}
}

func TestDeadEndsStayTwoWay(t *testing.T) {
	files := room{wide: 9.3, high: 7.6, rows: []row{{id: "A", x: 2.2, y: 2, racks: 11}, {id: "B", x: 2.2, y: 5, racks: 7}}}.files()
	p := drafted(t, files, draft.Options{})
	s := sound(t, files, p, maps.DefaultFootprint)
	for _, e := range s.Halls[0].Graph.Edges() {
		if _, back := s.Halls[0].Graph.Edge(e.End, e.Start); !back && strings.HasPrefix(e.Start, "A") && strings.HasPrefix(e.End, "A") && strings.Contains(e.Start, "A01f") {
			t.Errorf("edge %s leads one way into a dead end", e.ID)
		}
	}
}

func TestTurnedHallsAreDraftedTheSame(t *testing.T) {
	straight := room{wide: 12, high: 11, rows: []row{{id: "A", x: 2.4, y: 2, racks: 12, skip: 6}, {id: "B", x: 2.4, y: 5.1, racks: 12, down: true}, {id: "C", x: 2.4, y: 8, racks: 12, depth: 1}}}
	turned := straight
	turned.turnRad = 0.5
	var counts []int
	for _, r := range []room{straight, turned} {
		files := r.files()
		p := drafted(t, files, draft.Options{})
		s := sound(t, files, p, maps.DefaultFootprint)
		if len(p.Unreached) > 0 {
			t.Errorf("unreached: %v", p.Unreached)
		}
		counts = append(counts, len(s.Viewpoints()))
	}
	if counts[0] != counts[1] {
		t.Errorf("%d viewpoints straight, %d turned", counts[0], counts[1])
	}
}

func TestRoomsBehindDoorsAreJoined(t *testing.T) {
	r := room{wide: 16, high: 9, walls: [][4]float64{{8, 0, 8.2, 4}, {8, 4.9, 8.2, 9}}, rows: []row{
		{id: "A", x: 2, y: 2, racks: 6}, {id: "B", x: 2, y: 5.3, racks: 6, down: true}, {id: "C", x: 10.5, y: 4, racks: 6},
	}}
	files := r.files()
	p := drafted(t, files, draft.Options{})
	sound(t, files, p, maps.DefaultFootprint)
	if len(p.Unreached) > 0 {
		t.Errorf("unreached: %v", p.Unreached)
	}
	r.walls[1][1] = 4.5
	files = r.files()
	p = drafted(t, files, draft.Options{})
	sound(t, files, p, maps.DefaultFootprint)
	if w := why(p, "C01", maps.Front); !strings.Contains(w, "needs 0.66 m") {
		t.Errorf("behind a door of 0.5 m: %q", w)
	}
}

func TestDocksStandWhereTheyAreWished(t *testing.T) {
	r := room{wide: 10, high: 8, rows: []row{{id: "A", x: 3.5, y: 3, racks: 8}}, docks: "    docks: [{id: charger, x: 0.6, y: 3.5}, {id: wall, x: -5, y: 1}]\n", extra: "robot: {width_m: 0.5, length_m: 0.6}\n"}
	files := r.files()
	p := drafted(t, files, draft.Options{})
	s := sound(t, files, p, maps.Footprint{WidthM: 0.5, LengthM: 0.6})
	if d := s.Halls[0].Graph.Docks(); len(d) != 1 || d[0].ID != "charger" {
		t.Errorf("docks %v", d)
	}
	if len(p.Lost) != 1 || !strings.Contains(p.Lost[0], "wall") {
		t.Errorf("lost %v", p.Lost)
	}
	if n, _ := s.Halls[0].Graph.Node("charger"); math.Hypot(n.X-0.6, n.Y-3.5) > 1e-9 {
		t.Errorf("charger at %v", n)
	}
}

// A wall that ends beside the line on which an aisle is measured may still hide the face from where the robot stands.
func TestAFaceBehindAWallsEdgeIsNamed(t *testing.T) {
	r := room{wide: 14, high: 6.5, rows: []row{
		{id: "A", x: 2.080020132767773, y: 0.875, down: true, racks: 9, skip: 8},
		{id: "B", x: 0.7981459887179359, y: 4.972768402099609, down: true, racks: 10, skip: 4},
	}, walls: [][4]float64{{2.28125, 4.5614599753171206, 4.0846408697616425, 6.395848405746}}}
	files, robot := r.files(), maps.Footprint{WidthM: 0.490325927734375, LengthM: 1}
	p := drafted(t, files, draft.Options{Robot: robot})
	sound(t, files, p, robot)
	if !slices.ContainsFunc(p.Unreached, func(u draft.Unreached) bool {
		return u.Rack == "B03" && u.Face == maps.Front && strings.Contains(u.Why, "something stands between")
	}) {
		t.Errorf("unreached: %v", p.Unreached)
	}
}

// Whatever the hall, what is drafted can be driven, hangs together both ways, and each face has a viewpoint or a reason.
func TestAnyHallIsDraftedSoundly(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		r := room{
			wide: rapid.Float64Range(6, 14).Draw(rt, "wide"), high: rapid.Float64Range(6, 12).Draw(rt, "high"),
			turnRad: rapid.SampledFrom([]float64{0, 0, 0.3, 1.2}).Draw(rt, "turn"),
		}
		y := rapid.Float64Range(0.5, 3).Draw(rt, "first")
		for i := 0; y+1.1 < r.high && i < 3; i++ {
			w := row{id: string(rune('A' + i)), x: rapid.Float64Range(0.3, 3).Draw(rt, "x"), y: y, down: rapid.Bool().Draw(rt, "down")}
			w.racks = rapid.IntRange(1, int((r.wide-w.x)/rackWide)).Draw(rt, "racks")
			w.skip = rapid.IntRange(0, w.racks).Draw(rt, "skip")
			if w.racks == 1 {
				w.skip = 0
			}
			r.rows = append(r.rows, w)
			y += 1.1 + rapid.Float64Range(0.4, 4).Draw(rt, "aisle")
		}
		for range rapid.IntRange(0, 3).Draw(rt, "walls") {
			x0, y0 := rapid.Float64Range(0, r.wide).Draw(rt, "wx"), rapid.Float64Range(0, r.high).Draw(rt, "wy")
			r.walls = append(r.walls, [4]float64{x0, y0, x0 + rapid.Float64Range(0.1, 3).Draw(rt, "ww"), y0 + rapid.Float64Range(0.1, 3).Draw(rt, "wh")})
		}
		robot := maps.Footprint{WidthM: rapid.Float64Range(0.4, 0.8).Draw(rt, "w"), LengthM: rapid.Float64Range(0.5, 1).Draw(rt, "l")}
		files := r.files()
		p := drafted(rt, files, draft.Options{Robot: robot})
		if len(p.Layout.Nodes) == 0 {
			return
		}
		sound(rt, files, p, robot)
	})
}
