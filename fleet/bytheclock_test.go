package fleet_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet"
	"github.com/nightrounds/nightrounds/fleet/store"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/maps/calendar"
)

func TestARoundIsWalkedInItsWindowAndQuietRacksAreLeftAlone(t *testing.T) {
	if testing.Short() {
		t.Skip("hours of robots, which shorter nights race as well")
	}
	inStore(t, func(t *testing.T, st *store.Store) {
		n := newNight(t, st, 3)
		racks := n.site.Halls[0].Rows[0].Racks
		begins := dusk.In(n.site.Zone())
		due, err := calendar.New(calendar.Spec{
			Rule: "FREQ=DAILY", Start: begins.Add(time.Hour).Format("2006-01-02T15:04"), Window: 20 * time.Minute,
		}, n.site.Zone())
		if err != nil {
			t.Fatal(err)
		}
		hours, err := calendar.NewHours(begins.Format("15:04"), begins.Add(2*time.Hour).Format("15:04"), nil)
		if err != nil {
			t.Fatal(err)
		}
		round, quiet := racks[0].ID, racks[1].ID
		n.site.Patrol.Rounds = []maps.Round{{ID: "early", Racks: []string{round}, Face: maps.Front, Recurrence: due}}
		n.site.Patrol.QuietHours = []maps.QuietHours{{Racks: []string{quiet}, Hours: hours}}
		var wg sync.WaitGroup
		wg.Go(func() { n.run(2 * time.Hour) })
		time.Sleep(55 * time.Minute)
		if asked, err := n.c.Inspections(t.Context()); err != nil || len(asked) != 0 {
			t.Errorf("before the round: %v (%v)", asked, err)
		}
		time.Sleep(24 * time.Minute)
		asked, err := n.c.Inspections(t.Context())
		if err != nil || len(asked) == 0 {
			t.Fatalf("in the round: %v (%v)", asked, err)
		}
		for _, i := range asked {
			if i.State != fleet.Looked || i.Rack != round || i.Face != maps.Front || i.By != "round early" {
				t.Errorf("%+v", i)
			}
		}
		rest, err := n.c.Rack(t.Context(), quiet)
		if err != nil || len(rest.Looks) != 0 {
			t.Errorf("%d looks at a rack in its quiet hours (%v)", len(rest.Looks), err)
		}
		p, err := n.c.Patrol(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for _, v := range p.Viewpoints {
			if v.Rack == quiet && (v.Age > 0 || v.State == "late") {
				t.Errorf("quiet hours count against the interval: %+v", v)
			}
		}
		for _, f := range p.Foretold {
			if strings.HasPrefix(f.Viewpoint, quiet+"-") {
				t.Errorf("a rack in its quiet hours is foretold late: %+v", f)
			}
		}
		wg.Wait()
	})
}
