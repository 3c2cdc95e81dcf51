package foresee_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

// What the controller does on an emergency is in what is foretold: it is served sooner than by robots that finish first,
// within what was promised, and the rest of the night is hardly the worse for it.
func TestAForetoldEmergencyIsServedByARobotThatBreaksOff(t *testing.T) {
	run := func(decide foresee.Decide) (mean time.Duration, kept int, late float64) {
		o := night(t, 17*time.Minute, 4)
		o.Decide, o.Floor, o.Warm = decide, foresee.NewFloor(o.Hall.Graph, 1, 4), dusk.Add(time.Hour)
		const asked = 40
		for k := range asked {
			o.Asked = append(o.Asked, foresee.Ask{
				ID: fmt.Sprint("E-", k), Viewpoint: o.Hall.Viewpoints[(k*61)%len(o.Hall.Viewpoints)].ID,
				Class: patrol.Emergency, At: dusk.Add(time.Hour + time.Duration(k)*5*time.Minute),
			})
		}
		n, err := foresee.New(o)
		if err != nil {
			t.Fatal(err)
		}
		for n.Now().Before(dusk.Add(5 * time.Hour)) {
			n.Run(n.Now().Add(time.Minute))
			if err := o.Floor.Check(); err != nil {
				t.Fatal(err)
			}
		}
		for id, s := range n.Stats.Served {
			if s.Done.IsZero() {
				t.Fatalf("%s was never served", id)
			}
			took := s.Done.Sub(s.At)
			mean += took / asked
			if took <= s.Promised.P90 {
				kept++
			}
		}
		late, _ = n.Stats.Worst(o.Hall)
		return mean, kept, late
	}
	ours, kept, worst := run(nil)
	finish, _, before := run(patrol.Next) // a rule of its own: nobody breaks off
	t.Logf("mean wait %s, without breaking off %s; worst ratio %.2f and %.2f; %d of 40 promises kept", ours, finish, worst, before, kept)
	if ours > finish-3*time.Second || kept < 34 || worst > before+0.15 {
		t.Error("want emergencies served sooner, promises kept, and the patrol not much later")
	}
}
