package inbound_test

import (
	"testing"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/maps"
)

// An alarm of a door is about the doors that there are, and one of liquid at a rack about that rack: what cannot be seen, or is
// elsewhere, does not keep a look from refuting it.
func TestAnAlarmIsRefutedByWhatItNames(t *testing.T) {
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	rack, _ := s.Rack("A01")
	rack.Doors, rack.LiquidCooled, rack.Loop = []maps.Door{{Face: maps.Front}}, true, "tcs-1"
	next, _ := s.Rack("A02")
	next.LiquidCooled, next.Loop = true, "tcs-1"
	s.Halls[0].Cooling = nil
	s.Loops = append(s.Loops, maps.Loop{ID: "tcs-1"})
	s.Index()
	all, err := inbound.Parse([]byte("sources: [{id: prom, kind: alertmanager, token_env: TOKEN, rules: ["+
		"{when: [{label: alertname, equals: Door}], means: [door-open]}, {when: [{label: alertname, equals: Rope}], means: [spill, loop-leak]}]}]"), s, env)
	if err != nil {
		t.Fatal(err)
	}
	topology, index := cause.NewTopology(s, s.Viewpoints()), inbound.NewIndex(s)
	fine := func(spot cause.Spot) cause.Sign { return cause.Sign{Spot: spot, At: night, By: "NR-01", Looks: 1} }
	for name, sign := range map[string]cause.Sign{
		"Door": fine(cause.Spot{Thing: cause.Door, Rack: "A01", Face: maps.Front}), "Rope": fine(cause.Spot{Thing: cause.Foot, Rack: "A01"}),
	} {
		parsed, err := inbound.ParseAlertmanager(alert("firing", night, map[string]string{"alertname": name, "rack": "A01"}))
		if err != nil {
			t.Fatal(err)
		}
		a, err := index.Map(all[0], parsed[0])
		if err != nil {
			t.Fatal(err)
		}
		if v := inbound.Judge(topology, a, inbound.Looks{Signs: []cause.Sign{sign, fine(cause.Spot{Thing: cause.Inlet, Rack: "A01"})}}, night); v.State != inbound.Refuted {
			t.Errorf("%s: %+v of %+v", name, v, a.Claims)
		}
	}
}

// What eyes may have missed another robot looks at; what does not show, however often one looks, is not looked at for ever.
func TestRobotsLookAgainWhileThatTellsMore(t *testing.T) {
	all, s := sources(t)
	topology, index := cause.NewTopology(s, s.Viewpoints()), inbound.NewIndex(s)
	parsed, err := inbound.ParseAlertmanager(alert("firing", night, map[string]string{"instance": "A01-srv-03"}))
	if err != nil {
		t.Fatal(err)
	}
	a, err := index.Map(all[0], parsed[0])
	if err != nil {
		t.Fatal(err)
	}
	a.Claims = a.Claims[:1] // that it is hot
	cool := func(robot string) cause.Sign {
		return cause.Sign{Spot: cause.Spot{Thing: cause.Heat, Device: "A01-srv-03"}, At: night, By: robot, Looks: 1}
	}
	judge := func(signs ...cause.Sign) inbound.LookVerdict {
		return inbound.Judge(topology, a, inbound.Looks{Signs: signs}, night)
	}
	one, two, same := judge(cool("NR-01")), judge(cool("NR-01"), cool("NR-02")), judge(cool("NR-01"), cool("NR-01"))
	if !inbound.Again(a, one, false) || two.Odds >= one.Odds || same.Odds != one.Odds {
		t.Errorf("one look %+v, of two robots %+v, twice of one %+v", one, two, same)
	}
	a.Rounds, a.Odds = 1, one.Odds
	if inbound.Again(a, two, false) && 1/two.Odds > 25 || inbound.Again(a, same, false) || !inbound.Again(a, same, true) {
		t.Errorf("looked at again after %+v, or %+v", two, same)
	}
	a.Rounds, a.Odds = 2, 1
	if inbound.Again(a, one, true) {
		t.Error("a fourth round of looks")
	}
	if got := inbound.Bearing(topology, a, []cause.Sign{cool("NR-01"), {Spot: cause.Spot{Thing: cause.Heat, Device: "B01-srv-03"}}}); len(got) != 1 {
		t.Errorf("%+v bear on it", got)
	}
}
