package cause_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/maps"
)

var night = time.Date(2026, 11, 27, 3, 0, 0, 0, time.UTC)

// sample is the sample site; with plugs, every server of row A has psu1 on feed A and psu2 on feed B, its phase by its rack.
func sample(t testing.TB, plugs bool) (*maps.Site, *cause.Topology) {
	t.Helper()
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	for i, r := range s.Racks() {
		for _, d := range r.Devices {
			if plugs && strings.Contains(d.ID, "-srv-") {
				phase := fmt.Sprintf("L%d", i%3+1)
				d.Power = []maps.PowerPort{{Name: "psu1", Feed: "A", Phase: phase}, {Name: "psu2", Feed: "B", Phase: phase}}
			}
		}
	}
	return s, cause.NewTopology(s, s.Viewpoints())
}

func sign(spot cause.Spot, symptom cause.Symptom, value float64) cause.Sign {
	return cause.Sign{Spot: spot, Symptom: symptom, Value: value, At: night, By: "NR-01", Look: "NR-01/1", Looks: 2}
}

// heard is a memory of signs.
func heard(signs []cause.Sign) *cause.Memory {
	m := &cause.Memory{}
	m.Hear(false, signs...)
	return m
}

func inlet(rack string, k float64) cause.Sign {
	s := cause.WarmInlet
	if k < cause.InletK {
		s = cause.InOrder
	}
	return sign(cause.Spot{Thing: cause.Inlet, Rack: rack}, s, k)
}

func lit(device, part string, s cause.Symptom) cause.Sign {
	return sign(cause.Spot{Thing: cause.Light, Device: device, Part: part}, s, 0)
}

// first holds the best hypothesis of the largest group.
func first(t *testing.T, groups []cause.Group, want cause.Cause) cause.Group {
	t.Helper()
	if len(groups) == 0 {
		t.Fatal("no group")
	}
	if got := groups[0].Ranked[0]; got.Cause != want {
		t.Errorf("best is %+v\nwant %+v\nall: %+v", got, want, groups[0].Ranked)
	}
	return groups[0]
}

func TestARowsInletsUpByTheSameIsItsCoolingUnit(t *testing.T) {
	s, topology := sample(t, false)
	var signs []cause.Sign
	for i, r := range s.Racks() {
		if r.Row == "A" || r.Row == "B" {
			signs = append(signs, inlet(r.ID, 5+0.2*float64(i%5)))
		} else {
			signs = append(signs, inlet(r.ID, 0.3))
		}
	}
	groups := topology.Explain(heard(signs))
	g := first(t, groups, cause.Cause{Kind: cause.CoolingFailed, Hall: "hall-1", Supply: "crac-1"})
	if len(groups) != 1 || len(g.Symptoms) != 24 {
		t.Errorf("%d groups, the first of %d signs", len(groups), len(g.Symptoms))
	}
	if text := strings.Join(g.Ranked[0].For, "; "); !strings.Contains(text, "24 of 24 inlets looked at are warmer than usual, by 5.0 to 5.8 K") {
		t.Errorf("for: %s", text)
	}
}

func TestOneWarmInletIsNoCoolingUnit(t *testing.T) {
	s, topology := sample(t, false)
	var signs []cause.Sign
	for _, r := range s.Racks() {
		k := 0.2
		if r.ID == "A05" {
			k = 5
		}
		signs = append(signs, inlet(r.ID, k))
	}
	g := first(t, topology.Explain(heard(signs)), cause.Cause{Kind: cause.Recirculation, Hall: "hall-1", Rack: "A05"})
	for _, h := range g.Ranked {
		if h.Kind == cause.CoolingFailed && h.Probability > 1e-3 {
			t.Errorf("cooling unit at %g", h.Probability)
		}
	}
}

func TestAHotUnitAtAMissingPanelIsThePanel(t *testing.T) {
	_, topology := sample(t, false)
	groups := topology.Explain(heard([]cause.Sign{
		sign(cause.Spot{Thing: cause.UnitHeat, Rack: "A01", Unit: 40}, cause.WarmUnit, 31),
		sign(cause.Spot{Thing: cause.Panel, Rack: "A01", Unit: 41}, cause.NoPanel, 0),
	}))
	first(t, groups, cause.Cause{Kind: cause.PanelGone, Hall: "hall-1", Rack: "A01", Face: maps.Front, Unit: 41})
	if len(groups) != 1 {
		t.Errorf("%d groups, want 1", len(groups))
	}
}

func TestAColumnOfDarkSuppliesIsAPhase(t *testing.T) {
	s, topology := sample(t, true)
	var signs []cause.Sign
	for i, r := range s.Racks()[:24] {
		for _, d := range r.Devices {
			if len(d.Power) == 0 {
				continue
			}
			state := cause.InOrder
			if i%3 == 0 {
				state = cause.InputLight
			}
			signs = append(signs, lit(d.ID, "psu1", state), lit(d.ID, "psu2", cause.InOrder))
		}
	}
	first(t, topology.Explain(heard(signs)), cause.Cause{Kind: cause.PhaseLost, Hall: "hall-1", Supply: "A", Part: "L1"})
}

func TestHalfKnownTopologyStillNamesTheFeed(t *testing.T) {
	s, topology := sample(t, false)
	var signs []cause.Sign
	for _, r := range s.Racks() {
		for _, d := range r.Devices {
			if strings.Contains(d.ID, "-srv-") {
				signs = append(signs, lit(d.ID, "psu1", cause.InputLight), lit(d.ID, "psu2", cause.InOrder))
			}
		}
	}
	g := topology.Explain(heard(signs))[0]
	if k := g.Ranked[0].Kind; k != cause.FeedLost {
		t.Errorf("best is %s", k)
	}
}

func TestOneAmberDriveIsOneDrive(t *testing.T) {
	_, topology := sample(t, true)
	groups := topology.Explain(heard([]cause.Sign{lit("A02-srv-15", "disk4", cause.DriveLight), lit("A02-srv-15", "health", cause.HealthLight)}))
	g := first(t, groups, cause.Cause{Kind: cause.DriveFailed, Hall: "hall-1", Rack: "A02", Unit: 15, Device: "A02-srv-15", Part: "disk4"})
	if len(groups) != 1 || g.Real < 0.99 {
		t.Errorf("%d groups, real %g", len(groups), g.Real)
	}
}

func TestWhatOneRobotAloneSeesIsTheRobot(t *testing.T) {
	s, topology := sample(t, false)
	var signs []cause.Sign
	for i, r := range s.Racks() {
		for j, d := range r.Devices {
			for _, l := range d.Type.LEDs {
				state := cause.InOrder
				if (i+j)%9 == 0 && l.Name == "disk2" {
					state = cause.OddLight
				}
				mine, other := lit(d.ID, l.Name, state), lit(d.ID, l.Name, cause.InOrder)
				other.By, other.Look, other.At = "NR-02", "NR-02/1", night.Add(time.Minute)
				signs = append(signs, mine, other)
			}
		}
	}
	first(t, topology.Explain(heard(signs)), cause.Cause{Kind: cause.LensDirty, Robot: "NR-01"})
}

// One supply alone dark may be its outlet or itself; whether its PDU is, its neighbours tell.
func TestTheLookThatTellsTwoCausesApart(t *testing.T) {
	s, _ := sample(t, false)
	for _, r := range s.Racks()[:3] {
		for _, d := range r.Devices {
			if strings.Contains(d.ID, "-srv-") {
				d.Power = []maps.PowerPort{{Name: "psu1", PDU: r.ID + "-a", Feed: "A"}, {Name: "psu2", PDU: r.ID + "-b", Feed: "B"}}
			}
		}
	}
	topology := cause.NewTopology(s, s.Viewpoints())
	signs := []cause.Sign{lit("A01-srv-03", "psu1", cause.InputLight), lit("A01-srv-07", "psu1", cause.InputLight)}
	g := topology.Explain(heard(signs))[0]
	q, ok := topology.Settle(cause.Group{Ranked: []cause.Hypothesis{
		{Cause: cause.Cause{Kind: cause.PDULost, Hall: "hall-1", Supply: "A01-a"}, Probability: 0.6},
		{Cause: cause.Cause{Kind: cause.FeedLost, Hall: "hall-1", Supply: "A"}, Probability: 0.4},
	}, Symptoms: g.Symptoms}, heard(signs))
	if !ok || !strings.Contains(q.Viewpoint, "rear") || strings.HasPrefix(q.Viewpoint, "A01") {
		t.Errorf("asked for %+v, want the rear of a rack on another PDU of the feed", q)
	}
}

// Whatever was seen: probabilities are such, every sign out of order is in exactly one group, and the answer is the same twice.
func TestExplanationsHold(t *testing.T) {
	s, topology := sample(t, true)
	var spots []cause.Sign
	for _, r := range s.Racks()[:6] {
		spots = append(spots, inlet(r.ID, 6), sign(cause.Spot{Thing: cause.Foot, Rack: r.ID}, cause.Wet, 0), sign(cause.Spot{Thing: cause.Door, Rack: r.ID, Face: maps.Front}, cause.Open, 0))
		for _, d := range r.Devices {
			spots = append(spots, sign(cause.Spot{Thing: cause.Power, Device: d.ID}, cause.Dark, 0), sign(cause.Spot{Thing: cause.Heat, Device: d.ID}, cause.Hot, 40),
				lit(d.ID, "psu1", cause.InputLight), lit(d.ID, "disk1", cause.DriveLight), lit(d.ID, "health", cause.HealthLight), lit(d.ID, "disk2", cause.OddLight))
		}
	}
	rapid.Check(t, func(t *rapid.T) {
		signs := rapid.SliceOfNDistinct(rapid.SampledFrom(spots), 0, 40, func(s cause.Sign) cause.Spot { return s.Spot }).Draw(t, "signs")
		wrong := 0
		for i := range signs {
			signs[i].By = rapid.SampledFrom([]string{"NR-01", "NR-02"}).Draw(t, "by")
			if rapid.Bool().Draw(t, "in order") {
				signs[i].Symptom = cause.InOrder
			} else {
				wrong++
			}
		}
		groups := topology.Explain(heard(signs))
		in, grouped := 0, map[cause.Spot]bool{}
		for _, g := range groups {
			in += len(g.Symptoms)
			for _, s := range g.Symptoms {
				grouped[s.Spot] = true
			}
			sum := 0.0
			for _, h := range g.Ranked {
				if h.Probability < 0 || h.Probability > 1+1e-9 {
					t.Fatalf("probability %g of %+v", h.Probability, h)
				}
				sum += h.Probability
			}
			if sum > 2+1e-9 { // pairs are the most that is weighed
				t.Fatalf("probabilities sum to %g", sum)
			}
		}
		if in != wrong || len(grouped) != wrong {
			t.Fatalf("%d signs in groups, %d are out of order", in, wrong)
		}
		again := topology.Explain(heard(signs))
		if fmt.Sprint(groups) != fmt.Sprint(again) {
			t.Fatal("the same signs, another answer")
		}
	})
}

// FuzzExplain feeds signs of places and symptoms that may not fit each other.
func FuzzExplain(f *testing.F) {
	_, topology := sample(f, true)
	f.Add("light", "A02-srv-15", "disk4", "drive", "A02", 3)
	f.Add("plant", "crac-1", "fan", "high", "", 0)
	f.Add("inlet", "", "", "warm-inlet", "Z99", -1)
	f.Fuzz(func(t *testing.T, thing, device, part, symptom, rack string, unit int) {
		signs := []cause.Sign{{Spot: cause.Spot{Thing: cause.Thing(thing), Device: device, Part: part, Rack: rack, Unit: unit}, Symptom: cause.Symptom(symptom), By: "r"}}
		for _, g := range topology.Explain(heard(signs)) {
			topology.Settle(g, heard(signs))
		}
	})
}

func TestMachineThatGoesOnSayingSoIsAFreshWitness(t *testing.T) {
	var m cause.Memory
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)
	fan := cause.Sign{Spot: cause.Spot{Thing: cause.Machine, Device: "d", Part: "fan"}, Symptom: cause.FanLight, At: at, By: "bmc"}
	robot := cause.Sign{Spot: cause.Spot{Thing: cause.Light, Device: "d", Part: "fan"}, Symptom: cause.FanLight, At: at, By: "NR-01"}
	later := fan
	later.At = at.Add(time.Hour)
	m.Hear(false, fan, robot, later)
	if w := m.Witnesses("d"); len(w) != 1 || w[0].By != "bmc" || !w[0].At.Equal(at) || !w[0].Said.Equal(later.At) {
		t.Errorf("witnesses %+v", w)
	}
	fan.Symptom, fan.At = cause.InOrder, at.Add(2*time.Hour)
	m.Hear(false, fan)
	if w := append(m.Witnesses("d"), m.Witnesses("")...); len(w) != 0 {
		t.Errorf("a machine that says that all is well is a witness: %+v", w)
	}
}
