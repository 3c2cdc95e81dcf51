package fleet_test

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/listen"
	"github.com/nightrounds/nightrounds/fleet/quiet"
	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/fleet/ticket"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A watch is a controller in simulated time, which hears of one disk's light.
type watch struct {
	t       *testing.T
	c       *fleet.Controller
	o       fleet.Options
	journal memory
	seq     uint64
	stop    func()
}

func newWatch(t *testing.T, st *store.Store) *watch {
	t.Helper()
	site, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	w := &watch{t: t, o: fleet.Options{Site: site, Store: st, Pictures: noPictures{}, Rules: fleet.DefaultRules()}}
	w.o.Out = w
	w.start()
	return w
}

func (w *watch) Publish(context.Context, string, byte, []byte) error { return nil }

// start leads the site where the journal left it.
func (w *watch) start() {
	w.t.Helper()
	var err error
	if w.c, err = fleet.New(w.o); err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(w.t.Context())
	ended := make(chan error, 1)
	go func() { ended <- w.c.Lead(ctx, &w.journal) }()
	w.stop = func() {
		cancel()
		if err := <-ended; err != nil {
			w.t.Error(err)
		}
	}
	synctest.Wait()
}

// sees hears one look at the disk's light.
func (w *watch) sees(colour string) { w.hears(look(0, 0, "a", colour, time.Now())) }

func (w *watch) hears(o wire.Observation) {
	w.t.Helper()
	w.seq++
	o.Seq = w.seq
	payload, err := wire.EncodeObservation(o)
	if err != nil {
		w.t.Fatal(err)
	}
	w.c.Hear(w.t.Context(), listen.Message{Robot: robot, Kind: "observation", Payload: payload, QoS: 1})
	synctest.Wait()
}

func (w *watch) fault() fault.Fault {
	w.t.Helper()
	all, err := w.c.Faults(w.t.Context())
	if err != nil || len(all) != 1 {
		w.t.Fatalf("%d faults (%v), want one", len(all), err)
	}
	return all[0]
}

func (w *watch) tickets() []ticket.Ticket {
	w.t.Helper()
	all, err := w.c.Tickets(w.t.Context())
	if err != nil {
		w.t.Fatal(err)
	}
	return all
}

func (w *watch) silence(s quiet.Silence, lasts time.Duration) quiet.Silence {
	w.t.Helper()
	out, err := w.c.SetSilence(w.t.Context(), s, lasts)
	if err != nil {
		w.t.Fatal(err)
	}
	return out
}

var newDisks = quiet.Silence{Why: "new disks", By: "Ada", Target: quiet.Target{Racks: []string{"A02"}}}

func TestASilenceHoldsTheTicketBackOverARestartAndALookDecidesAfterIt(t *testing.T) {
	for colour, want := range map[string]fault.State{"amber": fault.Escalated, "green": fault.Resolved} {
		t.Run(colour, func(t *testing.T) {
			inStore(t, func(t *testing.T, st *store.Store) { silencedOverARestart(t, st, colour, want) })
		})
	}
}

func silencedOverARestart(t *testing.T, st *store.Store, colour string, want fault.State) {
	w := newWatch(t, st)
	s := w.silence(newDisks, time.Hour)
	w.sees("amber")
	w.sees("amber")
	time.Sleep(10 * time.Minute)
	if f := w.fault(); f.State != fault.Confirmed || f.Held == nil || f.Held.By != s.ID || len(w.tickets()) != 0 {
		t.Fatalf("under a silence: %s %+v, %d tickets", f.State, f.Held, len(w.tickets()))
	}
	w.stop()
	w.start()
	time.Sleep(10 * time.Minute)
	all, err := w.c.Silences(t.Context())
	if err != nil || len(all) != 1 || !all[0].Holds || len(all[0].Faults) != 1 || len(w.tickets()) != 0 {
		t.Fatalf("after a restart: %+v (%v), %d tickets", all, err, len(w.tickets()))
	}
	if _, err := w.c.EndSilence(t.Context(), s.ID, "Ada"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(2 * time.Second)
	asked, err := w.c.Inspections(t.Context())
	if err != nil || asked[0].By != "end of "+s.ID || asked[0].Viewpoint != seenFrom || len(w.tickets()) != 0 {
		t.Fatalf("at its end: %+v (%v), %d tickets", asked, err, len(w.tickets()))
	}
	w.sees(colour)
	time.Sleep(2 * time.Second)
	if f := w.fault(); f.State != want || len(w.tickets()) != map[bool]int{true: 1}[colour == "amber"] {
		t.Errorf("%s after it: %s, %d tickets", colour, f.State, len(w.tickets()))
	}
	w.stop()
}

// Through a night of looks, silences that come and go, and restarts: while the disk is silenced its ticket is never opened; when
// it stands and nothing is silent, it has one.
func TestThroughNightsOfSilencesNoTicketOpensUnderOneAndNoneIsLost(t *testing.T) {
	nights := uint64(6)
	if testing.Short() {
		nights = 1
	}
	for seed := range nights {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			inStore(t, func(t *testing.T, st *store.Store) { throughTheNight(t, st, rand.New(rand.NewPCG(seed, 6))) })
		})
	}
}

func throughTheNight(t *testing.T, st *store.Store, rng *rand.Rand) {
	w := newWatch(t, st)
	var spans []quiet.Silence
	silent := func(at time.Time) bool {
		for _, s := range spans {
			if !at.Before(s.From) && at.Before(s.Until) {
				return true
			}
		}
		return false
	}
	open := func() bool { k := w.tickets(); return len(k) == 1 && k[0].State == ticket.Open }
	amber := true
	for range 40 {
		switch rng.IntN(6) {
		case 0:
			s := newDisks
			s.From = time.Now().Add(time.Duration(rng.IntN(20)) * time.Minute)
			spans = append(spans, w.silence(s, time.Duration(1+rng.IntN(60))*time.Minute))
		case 1:
			w.stop()
			w.start()
		case 2:
			amber = rng.IntN(3) > 0
		}
		before := open()
		quietBefore := silent(time.Now())
		w.sees(map[bool]string{true: "amber", false: "green"}[amber])
		if quietBefore && !before && open() {
			t.Fatalf("a look opened a ticket under a silence")
		}
		for range 1 + rng.IntN(10) { // minutes
			before := open()
			from := time.Now()
			time.Sleep(time.Minute)
			if !before && open() && silent(from) && silent(time.Now()) && steady(spans, from, time.Now()) {
				t.Fatalf("a ticket opened under a silence: %+v", w.fault().Timeline)
			}
		}
	}
	freeSince := time.Now()
	for time.Since(freeSince) <= 2*time.Hour { // it stands past the silences, and looks go on
		w.sees("amber")
		time.Sleep(15 * time.Minute)
		if silent(time.Now()) {
			freeSince = time.Now()
		}
	}
	if !open() {
		t.Errorf("it stands, nothing is silent, and it has no open ticket: %+v", w.fault())
	}
	w.stop()
}

// steady says whether one silence held all the time.
func steady(spans []quiet.Silence, from, to time.Time) bool {
	for _, s := range spans {
		if !from.Before(s.From) && to.Before(s.Until) {
			return true
		}
	}
	return false
}

func TestATicketOpensWithoutALookWhenNoRobotComesAfterASilence(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		w := newWatch(t, st)
		w.silence(newDisks, time.Hour)
		w.sees("amber")
		w.sees("amber")
		time.Sleep(time.Hour + quiet.Recheck - 2*time.Minute)
		if len(w.tickets()) != 0 {
			t.Error("the ticket does not wait for a look")
		}
		time.Sleep(4 * time.Minute)
		if len(w.tickets()) != 1 {
			t.Error("no robot comes, and no ticket opens")
		}
		if all, err := w.c.Silences(t.Context()); err != nil || len(all) != 0 {
			t.Errorf("%+v (%v) after their time", all, err)
		}
		w.stop()
	})
}

func TestALightThatComesAndGoesIsOneOpenTicket(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		w := newWatch(t, st)
		for range 12 { // repaired and verified, and there again
			for _, colour := range []string{"amber", "amber", "green", "green"} {
				w.sees(colour)
				time.Sleep(15 * time.Minute)
			}
		}
		f := w.fault()
		if k := w.tickets(); len(k) != 1 || k[0].State != ticket.Open || k[0].Revision > 10 {
			t.Errorf("tickets %+v", k)
		}
		if f.ClearSince == nil || !f.State.Open() {
			t.Errorf("in order now: %s, since %v", f.State, f.ClearSince)
		}
		for range 20 {
			w.sees("green")
			time.Sleep(15 * time.Minute)
		}
		if f := w.fault(); f.State != fault.Resolved {
			t.Errorf("in order for five hours: %s", f.State)
		}
		w.stop()
	})
}

func TestAFaultThatNobodyTendsIsRaised(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		w := newWatch(t, st)
		rules := "escalation: [{severity: warning, after: 2h}, {severity: critical, after: 1h}]"
		if _, err := w.c.LoadSilences(t.Context(), "quiet.yaml", []byte(rules), "Ada"); err != nil {
			t.Fatal(err)
		}
		w.sees("amber")
		w.sees("amber")
		time.Sleep(time.Minute)
		was := w.tickets()[0].Revision
		s := newDisks
		s.From = time.Now().Add(time.Hour)
		w.silence(s, 2*time.Hour)
		for at, want := range []int{0, 0, 0, 1, 1} { // hours
			if k := w.tickets()[0]; k.Level != want || k.Revision != was+want {
				t.Errorf("after %d hours: level %d, revision %d, want %d and %d", at, k.Level, k.Revision, want, was+want)
			}
			time.Sleep(time.Hour + time.Second)
		}
		w.stop()
	})
}

func TestABadSilenceChangesNothing(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		w := newWatch(t, st)
		good := "reopen_window: 2h\nsilences:\n- {id: weekly, why: filters, supplies: [crac-1], start: 2026-11-02T06:00, recurrence: FREQ=WEEKLY, window: 2h}\n"
		if all, err := w.c.LoadSilences(t.Context(), "quiet.yaml", []byte(good), "Ada"); err != nil || len(all) != 1 || all[0].By != "Ada" {
			t.Fatalf("%+v (%v)", all, err)
		}
		byHand := w.silence(newDisks, time.Hour)
		bad := strings.Replace(good, "crac-1", "crac-9", 1)
		if _, err := w.c.LoadSilences(t.Context(), "quiet.yaml", []byte(bad), "Ada"); !errors.Is(err, fleet.ErrRefused) || !strings.Contains(err.Error(), "quiet.yaml:3") {
			t.Errorf("a bad file: %v", err)
		}
		if _, err := w.c.SetSilence(t.Context(), quiet.Silence{Why: "?"}, time.Hour); !errors.Is(err, fleet.ErrRefused) || !strings.Contains(err.Error(), "names nothing") {
			t.Errorf("a silence of nothing: %v", err)
		}
		if _, err := w.c.EndSilence(t.Context(), "S-0009", "Ada"); !errors.Is(err, fleet.ErrUnknown) {
			t.Errorf("ending what is not there: %v", err)
		}
		if all, err := w.c.Silences(t.Context()); err != nil || len(all) != 2 || all[1].ID != "weekly" {
			t.Errorf("%+v (%v)", all, err)
		}
		if all, err := w.c.LoadSilences(t.Context(), "quiet.yaml", nil, "Ada"); err != nil || len(all) != 1 || all[0].ID != byHand.ID {
			t.Errorf("an empty file: %+v (%v), want what was made by hand", all, err)
		}
		w.stop()
	})
}

// A cooling unit at work: what it makes warm is held back by the silence of the unit, and only that.
func TestASilencedCoolingUnitHoldsBackWhatItExplains(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		w := newWatch(t, st)
		w.silence(quiet.Silence{Why: "filters", Target: quiet.Target{Supplies: []string{"crac-1"}}}, 3*time.Hour)
		front := func(rack string, airC float64) {
			o := look(0, 0, "a", "green", time.Now())
			o.Viewpoint, o.Rack, o.LEDs = rack+"-front-1", rack, nil
			o.Air = &vision.Air{TemperatureC: airC, HumidityPercent: 40, DewPointC: 8}
			w.hears(o)
			time.Sleep(10 * time.Second)
		}
		for _, airC := range []float64{22, 28} {
			for i := range 24 {
				front(fmt.Sprintf("%c%02d", "AB"[i/12], i%12+1), airC+0.1*float64(i%4))
			}
			for i := range 6 {
				front(fmt.Sprintf("C%02d", i+1), 22)
			}
		}
		w.sees("amber")
		w.sees("amber")
		time.Sleep(time.Minute)
		cooling, err := w.c.Faults(t.Context())
		if err != nil || len(cooling) != 2 {
			t.Fatalf("%d faults (%v), want the cooling unit's and the disk's", len(cooling), err)
		}
		if k := w.tickets(); len(k) != 1 || k[0].Kind != "disk-failed" {
			t.Errorf("tickets %+v, want that of the disk alone", k)
		}
		time.Sleep(4 * time.Hour)
		if k := w.tickets(); len(k) != 2 {
			t.Errorf("%d tickets when the unit's silence is over, want 2", len(k))
		}
		w.stop()
	})
}

func TestPagesAreToldOfSilencesAndOfTheStopSwitch(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		w := newWatch(t, st)
		w.stop()
		told := map[string]any{}
		w.o.Told = func(kind string, v any) { told[kind] = v }
		w.start()
		if _, err := w.c.SetSilence(t.Context(), quiet.Silence{Why: "filters", By: "ann", Target: quiet.Target{Racks: []string{"A02"}}}, time.Hour); err != nil {
			t.Fatal(err)
		}
		if _, err := w.c.StopRemedies(t.Context(), true, "ann", "chiller test"); err != nil {
			t.Fatal(err)
		}
		w.stop()
		if all, ok := told["silences"].([]fleet.SilenceView); !ok || len(all) != 1 || !all[0].Holds || all[0].Why != "filters" {
			t.Errorf("told of silences: %+v", told["silences"])
		}
		if stop, ok := told["stop"].(remedy.Stop); !ok || !stop.On || stop.By != "ann" || stop.Why != "chiller test" {
			t.Errorf("told of the switch: %+v", told["stop"])
		}
	})
}
