package sim_test

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim"
)

// site is two racks with ten servers each, before them a lane with a dock at its west end.
func site(t testing.TB) *maps.Site {
	t.Helper()
	led := maps.LED{Name: "disk3", Face: maps.Front, XMM: 200, YMM: 20, DiameterMM: 4, Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}}
	server := &maps.DeviceType{Slug: "server", UHeight: 2, IsFullDepth: true, LEDs: []maps.LED{led}, Thermal: maps.ThermalLimits{Emissivity: 0.9, TypicalRiseK: 14}}
	typ := &maps.RackType{ID: "42u", UHeight: 42, WidthM: 0.6, DepthM: 1.1, BaseM: 0.1, TagSizeM: 0.045, TagPlaces: []maps.Point{{X: 0.029, Y: 0.5}}}
	row := &maps.Row{ID: "A", Hall: "h"}
	for i := range 2 {
		r := &maps.Rack{ID: fmt.Sprintf("A%02d", i+1), Hall: "h", Row: "A", Type: typ, Pose: maps.Pose{X: 0.3 + 0.6*float64(i), ThetaRad: math.Pi / 2}, FrontTags: []int{i}}
		for k := range 10 {
			r.Devices = append(r.Devices, &maps.Device{ID: fmt.Sprintf("%s-srv-%02d", r.ID, k), Rack: r.ID, Type: server, Position: 1 + 4*k, Face: maps.Front})
		}
		row.Racks = append(row.Racks, r)
	}
	g, err := maps.NewGraph(
		[]maps.Node{{ID: "dock", X: -1, Y: 1.55}, {ID: "n1", X: 0.3, Y: 1.55}},
		[]maps.Edge{{ID: "e1", Start: "dock", End: "n1"}, {ID: "e2", Start: "n1", End: "dock"}},
		[]maps.Dock{{ID: "dock-1", Node: "dock"}})
	if err != nil {
		t.Fatal(err)
	}
	return &maps.Site{ID: "s", Halls: []*maps.Hall{{ID: "h", Graph: g, Rows: []*maps.Row{row}}}}
}

func newWorld(t testing.TB, dir string) *sim.World {
	t.Helper()
	list, err := sim.ParseIncidents([]byte(script))
	if err != nil {
		t.Fatal(err)
	}
	w, err := sim.New(sim.Options{Site: site(t), Incidents: list, Dir: dir, Seed: 1, FilmDir: filepath.Join(dir, "film")})
	if err != nil {
		t.Fatal(err)
	}
	return w
}

// runFor lets a world run for a while.
func runFor(t testing.TB, w *sim.World, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), d)
	defer cancel()
	if err := w.Run(ctx); err != nil {
		t.Error(err)
	}
}

func shows(w *sim.World, device string) maps.LEDState {
	led := maps.LED{Name: "disk3", Normal: []maps.LEDState{{Colour: "green", Pattern: "solid"}}}
	return w.Light(device, &led, time.Now())
}

func TestIncidentsBeginWhenTheScriptSaysAndEndWithTheRepair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, t.TempDir())
		runFor(t, w, 39*time.Second)
		if n := len(w.Active()); n != 0 || shows(w, "A01-srv-05").Colour != "green" {
			t.Errorf("%d incidents before 40 s", n)
		}
		runFor(t, w, 2*time.Second)
		if got := shows(w, "A01-srv-05"); got != (maps.LEDState{Colour: "amber", Pattern: "blink", RateHz: 1}) {
			t.Errorf("at 41 s the light shows %+v", got)
		}
		if got := shows(w, "A02-srv-05"); got.Colour != "green" {
			t.Errorf("another device's light shows %+v", got)
		}
		runFor(t, w, 40*time.Second)
		if k := w.RiseK("A02-srv-05", time.Now()); math.Abs(k-25) > 0.5 {
			t.Errorf("half a minute after its time the hot server is %.1f K hotter, want 25", k)
		}
		for _, d := range []string{"A01-srv-05", "A02-srv-05"} {
			if err := w.Repair(d); err != nil {
				t.Error(err)
			}
		}
		runFor(t, w, 20*time.Second)
		if k := w.RiseK("A02-srv-05", time.Now()); k > 1 || shows(w, "A01-srv-05").Colour != "green" || len(w.Active()) != 0 {
			t.Errorf("20 s after the repair: %.1f K, %+v, %v", k, shows(w, "A01-srv-05"), w.Active())
		}
		if err := w.Repair("nobody"); err == nil {
			t.Error("an unknown device was repaired")
		}
	})
}

// A kill leaves what the last save wrote: the test throws the world away without ending its Run in order.
func TestKilledWorldGoesOnWhereItWas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		w := newWorld(t, dir)
		runFor(t, w, 45*time.Second)
		if err := w.Repair("A01-srv-05"); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour) // the machine is off: the world does not age
		w = newWorld(t, dir)
		if shows(w, "A01-srv-05").Colour != "green" {
			t.Error("the repair is forgotten")
		}
		runFor(t, w, 4*time.Second)
		if k := w.RiseK("A02-srv-05", time.Now()); k != 0 {
			t.Error("an incident of 50 s began at 49 s")
		}
		runFor(t, w, 4*time.Second)
		if k := w.RiseK("A02-srv-05", time.Now()); k < 5 {
			t.Error("the incident of 50 s did not begin")
		}
		if shows(w, "A01-srv-05").Colour != "green" {
			t.Error("a repaired incident began again")
		}
		left, err := filepath.Glob(filepath.Join(dir, "*.json.*"))
		if err != nil || len(left) != 0 {
			t.Errorf("temporary files stay: %v %v", left, err)
		}
	})
}

func TestWorldRefusesWhatItCannotBuild(t *testing.T) {
	dir := t.TempDir()
	if _, err := sim.New(sim.Options{Dir: dir}); err == nil {
		t.Error("a world without a site")
	}
	for _, i := range []sim.Incident{
		{Device: "nobody", RiseK: 3, Line: 7},
		{Device: "A01-srv-05", LED: "nothing", Shows: maps.LEDState{Pattern: "off"}, Line: 7},
	} {
		_, err := sim.New(sim.Options{Site: site(t), Dir: dir, Incidents: []sim.Incident{i}})
		if err == nil || !strings.Contains(err.Error(), "line 7") {
			t.Errorf("%+v gives %v, want its line", i, err)
		}
	}
	if err := os.WriteFile(filepath.Join(dir, "world.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := sim.New(sim.Options{Site: site(t), Dir: dir}); err == nil || !strings.Contains(err.Error(), "remove it") {
		t.Errorf("a broken memory gives %v", err)
	}
}
