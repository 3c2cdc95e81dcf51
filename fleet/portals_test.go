package fleet_test

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

// A hallDoor is a door with its control: it opens and closes in opensIn, as it was last asked.
type hallDoor struct {
	asked bool
	since time.Time // when it was asked otherwise than before
	stuck string    // what it says instead, and does not move
	times int       // asked for
}

const opensIn = 8 * time.Second

func (d *hallDoor) state() string {
	switch {
	case d.stuck != "":
		return d.stuck
	case !d.since.IsZero() && time.Since(d.since) < opensIn:
		return "moving"
	case d.asked:
		return "open"
	}
	return "closed"
}

// building is the doors of a hall behind their web services. It is an http.RoundTripper, for real sockets would hold up the
// simulated time.
type building struct {
	mu    sync.Mutex
	doors map[string]*hallDoor
}

func (b *building) RoundTrip(r *http.Request) (*http.Response, error) {
	w := httptest.NewRecorder()
	b.ServeHTTP(w, r)
	return w.Result(), nil
}

func (b *building) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	b.mu.Lock()
	defer b.mu.Unlock()
	d, ok := b.doors[strings.TrimPrefix(r.URL.Path, "/")]
	if !ok {
		http.NotFound(w, r)
		return
	}
	if r.Method == http.MethodPost {
		var ask struct{ Open bool }
		if err := json.NewDecoder(r.Body).Decode(&ask); err != nil {
			http.Error(w, err.Error(), http.StatusBadRequest)
			return
		}
		if ask.Open != d.asked {
			d.asked, d.since = ask.Open, time.Now()
			if ask.Open {
				d.times++
			}
		}
	}
	_ = json.NewEncoder(w).Encode(map[string]string{"state": d.state()})
}

func (b *building) say(door, state string) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.doors[door].stuck = state
}

// sitePortal is a portal as a line of site.yaml.
func sitePortal(id, kind, more string, edges ...string) string {
	return fmt.Sprintf("      - {id: %s, kind: %s, %sedges: [%s], opens_in: %s, http: {command: \"http://building/%s\", field: state}}\n",
		id, kind, more, strings.Join(edges, ", "), opensIn, id)
}

// guarded is a night in a hall with doors. It fails the test when a robot is on a door's edge that is not open, and counts
// crossings.
type guarded struct {
	*night
	building
	crossed map[string]map[string]bool // door: robots and times
	inside  map[string]string          // robot: from and to
}

func newGuarded(t *testing.T, st *store.Store, robots int, edges map[string]string, lines ...string) *guarded {
	t.Helper()
	g := &guarded{building: building{doors: map[string]*hallDoor{}}, crossed: map[string]map[string]bool{}, inside: map[string]string{}}
	for _, id := range edges {
		g.doors[id], g.crossed[id] = &hallDoor{}, map[string]bool{}
	}
	g.night = newNightWith(t, st, robots, "    portals:\n"+strings.Join(lines, ""), &http.Client{Transport: g})
	g.moved = func(robot, from, to string) {
		g.building.mu.Lock()
		defer g.building.mu.Unlock()
		g.inside[robot] = from + " " + to
		id, ok := edges[from+" "+to]
		if back, is := edges[to+" "+from]; is {
			id, ok = back, true
		}
		if !ok {
			return
		}
		if s := g.doors[id].state(); s != "open" {
			t.Errorf("%s: %s drives from %s to %s while %s is %s", time.Now().Format(time.TimeOnly), robot, from, to, id, s)
		}
		g.crossed[id][fmt.Sprint(robot, " ", g.doors[id].times)] = true
	}
	return g
}

// shutInTheEnd fails the test when a door is still asked for though nobody needs it.
func (g *guarded) shutInTheEnd() {
	views, err := g.c.Portals(g.t.Context())
	if err != nil {
		g.t.Fatal(err)
	}
	g.building.mu.Lock()
	defer g.building.mu.Unlock()
	for _, v := range views {
		if len(v.Within)+len(v.Coming) == 0 && v.HeardAt != nil && g.doors[v.ID].asked && time.Since(g.doors[v.ID].since) > 3*time.Second {
			g.t.Errorf("%s is asked for, and nobody needs it", v.ID)
		}
	}
}

// westEast are doors at both ends of the last aisle.
var westEast = map[string]string{"w3 w4": "west", "e3 e4": "east"}

func TestRobotsWaitForDoorsCrossThemOpenAndLetThemGo(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		g := newGuarded(t, st, 3, westEast, sitePortal("west", "door", "", "[w3, w4]"), sitePortal("east", "door", "", "[e4, e3]"))
		var wg sync.WaitGroup
		wg.Go(func() { g.run(2 * time.Hour) })
		for range 115 {
			time.Sleep(time.Minute)
			g.shutInTheEnd()
		}
		wg.Wait()
		if n := len(g.crossed["west"]) + len(g.crossed["east"]); n < 4 {
			t.Errorf("%d crossings in two hours", n)
		}
		if g.worst > 1 {
			t.Errorf("%s waited %.2f of its interval", g.worstAt, g.worst)
		}
		for _, s := range g.story {
			if strings.Contains(s, "door ") {
				t.Errorf("said %q of doors that work", s)
			}
		}
		for id, d := range g.doors {
			if d.asked {
				t.Errorf("%s is left open", id)
			}
		}
	})
}

func TestADoorThatIsStuckIsGoneRoundAndTriedAgain(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		g := newGuarded(t, st, 3, westEast, sitePortal("west", "door", "", "[w3, w4]"), sitePortal("east", "door", "", "[e3, e4]"))
		g.say("west", "closed")
		var wg sync.WaitGroup
		wg.Go(func() { g.run(4 * time.Hour) })
		time.Sleep(2 * time.Hour)
		views, err := g.c.Portals(t.Context())
		if err != nil || !views[0].Broken || views[0].FaultAt == nil || !strings.Contains(views[0].Fault, "door west has been wanted for") || views[1].Broken {
			t.Errorf("%+v (%v)", views, err)
		}
		if len(g.crossed["west"]) > 0 || len(g.crossed["east"]) < 3 {
			t.Errorf("crossed west %d, east %d times", len(g.crossed["west"]), len(g.crossed["east"]))
		}
		p, err := g.c.Patrol(t.Context())
		if err != nil || slices.ContainsFunc(p.Viewpoints, func(v fleet.ViewpointView) bool { return v.Why != "" || v.State == "late" }) {
			t.Errorf("a way round was there, and viewpoints are late (%v)", err)
		}
		g.say("west", "")
		time.Sleep(time.Hour + 55*time.Minute)
		if views, err = g.c.Portals(t.Context()); err != nil || views[0].Broken || len(g.crossed["west"]) == 0 {
			t.Errorf("mended, crossed %d times, %+v (%v)", len(g.crossed["west"]), views[0], err)
		}
		wg.Wait()
		told := strings.Join(g.story, "\n")
		if strings.Count(told, "robots go round it, and it is tried again in 15m0s") != 1 || strings.Count(told, "door west works again") != 1 {
			t.Errorf("told:\n%s", told)
		}
	})
}

func TestWhatLiesBehindStuckDoorsIsPutOffAndTheDebtSaysWhy(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		g := newGuarded(t, st, 3, westEast, sitePortal("west", "door", "", "[w3, w4]"), sitePortal("east", "door", "", "[e3, e4]"))
		g.say("west", "closed")
		g.say("east", "fault")
		var wg sync.WaitGroup
		wg.Go(func() { g.run(3 * time.Hour) })
		explained, late := map[string]bool{}, 0
		for range 170 {
			time.Sleep(time.Minute)
			p, err := g.c.Patrol(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			late = 0
			for _, v := range p.Viewpoints {
				pose, _ := g.site.Viewpoint(v.ID)
				behind := strings.HasPrefix(pose.Node, "a4-")
				if v.State == "late" {
					late++
				}
				if v.State == "late" && !behind || v.Why != "" && !behind {
					t.Errorf("%s at %s is %s: %s", v.ID, pose.Node, v.State, v.Why)
				}
				if strings.Contains(v.Why, "door west has been wanted") && strings.Contains(v.Why, "door east reports a fault") {
					explained[v.ID] = true
				}
			}
		}
		if late == 0 || len(explained) < late {
			t.Errorf("%d late, %d explained", late, len(explained))
		}
		wg.Wait()
	})
}

func TestInAnAirlockIsOneRobotAndOneDoorOpen(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		edges := map[string]string{"w3 w4": "outer", "w4 a4-01": "inner", "e3 e4": "east"}
		g := newGuarded(t, st, 3, edges, sitePortal("outer", "airlock", "room: lock, ", "[w3, w4]"),
			sitePortal("inner", "airlock", "room: lock, ", "[w4, a4-01]"), sitePortal("east", "door", "", "[e3, e4]"))
		g.say("east", "closed") // so that all must go through the airlock
		was := g.moved
		g.moved = func(robot, from, to string) {
			was(robot, from, to)
			g.building.mu.Lock()
			defer g.building.mu.Unlock()
			var in []string
			for r, place := range g.inside {
				if strings.Contains(place+" ", "w4 ") {
					in = append(in, r)
				}
			}
			if len(in) > 1 {
				t.Errorf("%v are in the airlock", in)
			}
			if a, b := g.doors["outer"].state(), g.doors["inner"].state(); a != "closed" && b != "closed" {
				t.Errorf("outer is %s, inner %s", a, b)
			}
		}
		g.run(4 * time.Hour)
		if len(g.crossed["outer"]) < 4 || len(g.crossed["inner"]) < 4 {
			t.Errorf("crossed %d and %d times", len(g.crossed["outer"]), len(g.crossed["inner"]))
		}
		if g.worst > 1 {
			t.Errorf("%s waited %.2f of its interval", g.worstAt, g.worst)
		}
	})
}

func TestADoorThatClosesOnARobotIsToldLoudly(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		g := newGuarded(t, st, 1, westEast, sitePortal("west", "door", "", "[w3, w4]"), sitePortal("east", "door", "", "[e3, e4]"))
		g.moved = nil
		var wg sync.WaitGroup
		wg.Go(func() { g.run(2 * time.Hour) })
		for !g.anyWithin(t.Context(), "west") && time.Since(dusk) < 2*time.Hour {
			time.Sleep(time.Second)
		}
		g.say("west", "closed")
		time.Sleep(5 * time.Second)
		views, err := g.c.Portals(t.Context())
		if err != nil || !views[0].Broken || !strings.Contains(views[0].Fault, "door west reports closed while nightrounds/NR-01 is in it") {
			t.Errorf("%+v (%v)", views[0], err)
		}
		wg.Wait()
		if n := strings.Count(strings.Join(g.story, "\n"), "while nightrounds/NR-01 is in it: look there"); n != 1 {
			t.Errorf("told %d times", n)
		}
	})
}

func (g *guarded) anyWithin(ctx context.Context, door string) bool {
	views, err := g.c.Portals(ctx)
	if err != nil {
		return false
	}
	return slices.ContainsFunc(views, func(v fleet.PortalView) bool { return v.ID == door && len(v.Within) > 0 })
}

func TestADoorAtTheBrokerIsAskedAndHeard(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		line := strings.Split(sitePortal("west", "door", "", "[w3, w4]"), "http:")[0] + "mqtt: {field: state}}\n"
		g := newGuarded(t, st, 3, westEast, line, sitePortal("east", "door", "", "[e3, e4]"))
		g.say("east", "closed")
		g.portal = func(id wire.RobotID, kind string, ask []byte) {
			w := httptest.NewRecorder()
			g.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/"+id.SerialNumber, bytes.NewReader(ask)))
			if kind != wire.KindPortalAsk || w.Code != http.StatusOK {
				t.Errorf("%s of %s: %s", kind, id, w.Body)
			}
			g.c.Hear(t.Context(), listen.Message{Robot: id, Kind: wire.KindPortal, Payload: w.Body.Bytes()})
		}
		g.run(2 * time.Hour)
		if len(g.crossed["west"]) < 2 || g.worst > 1 {
			t.Errorf("crossed %d times, worst %.2f at %s", len(g.crossed["west"]), g.worst, g.worstAt)
		}
		if g.doors["west"].asked {
			t.Error("it is left open")
		}
	})
}

// Controllers come and go, also while a robot is in a door: nobody drives through one that is shut, and none is left open.
func TestDoorsOutliveControllers(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		g := newGuarded(t, st, 2, westEast, sitePortal("west", "door", "", "[w3, w4]"), sitePortal("east", "door", "", "[e3, e4]"))
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Hour)
		defer cancel()
		var robots sync.WaitGroup
		for i := range 60 {
			leading, stop := context.WithCancel(ctx)
			var wg sync.WaitGroup
			wg.Go(func() {
				if err := g.c.Lead(leading, &g.journal); err != nil && leading.Err() == nil {
					t.Error(err)
					stop()
				}
			})
			if i == 0 {
				for _, r := range g.robots {
					robots.Go(func() { r.run(ctx) })
				}
			}
			for range 60 + i {
				time.Sleep(time.Second)
				if i%2 == 1 && (g.anyWithin(leading, "west") || g.anyWithin(leading, "east")) {
					break // the moment that matters
				}
			}
			g.shutInTheEnd()
			stop()
			wg.Wait()
			g.control()
		}
		cancel()
		robots.Wait()
		if n := len(g.crossed["west"]) + len(g.crossed["east"]); n < 4 {
			t.Errorf("%d crossings", n)
		}
	})
}
