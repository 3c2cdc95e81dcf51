package foresee_test

import (
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/foresee"
	"github.com/nightrounds/nightrounds/fleet/patrol"
)

func TestThePatrolKeepsAwayInQuietHoursAndWhatIsAskedForIsLookedAt(t *testing.T) {
	o := night(t, 20*time.Minute, 3)
	from, to := dusk.Add(time.Hour), dusk.Add(3*time.Hour)
	o.Quiet = func(at time.Time) map[string]bool {
		if at.Before(from) || !at.Before(to) {
			return nil
		}
		return map[string]bool{"B03": true}
	}
	o.Asked = []foresee.Ask{{ID: "I-1", Viewpoint: "B03-front-1", Class: patrol.Operator, At: dusk.Add(2 * time.Hour)}}
	n, err := foresee.New(o)
	if err != nil {
		t.Fatal(err)
	}
	looked := func() map[string]time.Time {
		out := map[string]time.Time{}
		for _, v := range n.Input().Viewpoints {
			out[v.ID] = v.Looked
		}
		return out
	}
	n.Run(from.Add(time.Minute)) // who was under way looks
	before := looked()
	n.Run(to)
	in := looked()
	for id, at := range in {
		quiet := len(id) > 3 && id[:3] == "B03" && id != "B03-front-1"
		if quiet && !at.Equal(before[id]) || !quiet && !at.After(before[id]) {
			t.Errorf("%s: last look in the quiet hours %s, before them %s", id, at.Format(time.TimeOnly), before[id].Format(time.TimeOnly))
		}
	}
	if s := n.Stats.Served["I-1"]; s.Done.IsZero() || s.Done.After(to) {
		t.Errorf("what was asked for in the quiet hours: %+v", s)
	}
	n.Run(to.Add(time.Hour))
	for id, at := range looked() {
		if at.Before(to) {
			t.Errorf("%s was not looked at in the hour after the quiet hours", id)
		}
	}
	if worst, at := n.Stats.Worst(o.Hall); worst > 1.5 {
		t.Errorf("%s waited %.2f of its interval: quiet hours count", at, worst)
	}
}
