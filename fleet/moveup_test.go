package fleet_test

import (
	"errors"
	"slices"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/store"
)

// One robot, eight wishes: the last is moved up, the controller is restarted, and still the last is first.
func TestAnInspectionThatIsMovedUpIsServedBeforeTheOthersAlsoAfterARestart(t *testing.T) {
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 1)
		end := n.begin(&n.journal)
		time.Sleep(10 * time.Minute)
		views := n.site.Viewpoints()
		var ids []string
		for k := range 8 {
			ids = append(ids, n.ask(views[(20+k*23)%len(views)].ID, "operator").ID)
			time.Sleep(2 * time.Second)
		}
		last := ids[len(ids)-1]
		first := n.inspection(last)
		time.Sleep(10 * time.Second)
		var waiting []string
		for _, id := range ids[:len(ids)-1] {
			if n.inspection(id).State == fleet.Waiting {
				waiting = append(waiting, id)
			}
		}
		if len(waiting) < 4 {
			t.Fatalf("only %v wait: the test shows nothing", waiting)
		}
		moved, err := n.c.MoveUp(t.Context(), last, "Bo")
		if err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(moved.Before, waiting) || moved.MovedBy != "Bo" || !moved.MovedAt.Equal(time.Now()) || moved.Promised == nil || moved.Promised.Delays <= 0 {
			t.Errorf("got %+v, want it before %v, with a promise and what that delays", moved, waiting)
		}
		was, _, _ := first.Expected()
		if is, _, ok := moved.Expected(); !ok || is.After(was.Add(time.Minute)) {
			t.Errorf("expected at %s, before it was moved up at %s", is, was)
		}
		end()
		n.control()
		end = n.begin(&n.journal)
		served := n.done(last, time.Hour)
		_, surely, _ := moved.Expected()
		if served.DoneAt.After(surely) {
			t.Errorf("done at %s, promised by %s", served.DoneAt, surely)
		}
		for _, id := range waiting {
			if o := n.inspection(id); o.State == fleet.Looked && o.DoneAt.Before(*served.DoneAt) {
				t.Errorf("%s was done at %s, before %s at %s", id, o.DoneAt, last, served.DoneAt)
			}
		}
		for _, id := range waiting {
			n.done(id, 4*time.Hour) // nobody starves
		}
		end()
	})
}

func TestOnlyWhatWaitsIsMovedUp(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	one, err := d.c.Inspect(t.Context(), fleet.Wish{Rack: "A03", Face: "front", Unit: 1})
	if err != nil {
		t.Fatal(err)
	}
	idle, err := d.c.Inspect(t.Context(), fleet.Wish{Rack: "A04", Face: "front", Unit: 1, Class: "patrol"})
	if err != nil {
		t.Fatal(err)
	}
	if m, err := d.c.MoveUp(t.Context(), one[0].ID, "Ada"); err != nil || m.MovedBy != "Ada" || len(m.Before) != 0 {
		t.Errorf("got %+v, %v", m, err)
	}
	if _, err := d.c.Cancel(t.Context(), one[0].ID, "Ada"); err != nil {
		t.Fatal(err)
	}
	for id, want := range map[string]error{one[0].ID: fleet.ErrRefused, idle[0].ID: fleet.ErrRefused, "I-99999": fleet.ErrUnknown} {
		if _, err := d.c.MoveUp(t.Context(), id, "Ada"); !errors.Is(err, want) {
			t.Errorf("%s: error %v, want %v", id, err, want)
		}
	}
}
