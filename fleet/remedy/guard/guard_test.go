package guard_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/remedy"
	"github.com/nightrounds/nightrounds/fleet/remedy/guard"
	"github.com/nightrounds/nightrounds/maps"
)

var night = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

// site is two racks: a server with two supplies, three disks and two uplinks; its two switches; and a cooling unit.
func site() *maps.Site {
	disk := func(name string) maps.LED {
		return maps.LED{Name: name, Meanings: []maps.LEDMeaning{{Kind: "disk-failed"}}}
	}
	server := &maps.Device{
		ID: "srv", Rack: "r1", Position: 4, Serial: "SN1", AssetTag: "at-1", Type: &maps.DeviceType{LEDs: []maps.LED{disk("disk1"), disk("disk2"), disk("disk3")}},
		Power: []maps.PowerPort{
			{Name: "psu1", PDU: "r1-a", Outlet: "4", Feed: "A", Phase: "L1"}, {Name: "psu2", PDU: "r1-b", Outlet: "4", Feed: "B", Phase: "L1"},
		},
		Uplinks: []maps.Uplink{{Port: "eth1", To: "sw1"}, {Port: "eth2", To: "sw2"}},
	}
	sw := func(id, rack string) *maps.Device {
		return &maps.Device{ID: id, Rack: rack, Position: 40, Serial: id, Type: &maps.DeviceType{}}
	}
	h := &maps.Hall{
		ID: "h", Feeds: []maps.Feed{{ID: "A", UPS: "ua"}, {ID: "B", UPS: "ub"}}, Cooling: []maps.CoolingUnit{{ID: "cu1"}},
		Rows: []*maps.Row{{ID: "row", Hall: "h", Racks: []*maps.Rack{
			{ID: "r1", Hall: "h", Devices: []*maps.Device{server, sw("sw1", "r1")}}, {ID: "r2", Hall: "h", Devices: []*maps.Device{sw("sw2", "r2")}},
		}}},
	}
	return &maps.Site{ID: "s", Halls: []*maps.Hall{h}}
}

func guards() guard.Guards {
	return guard.Guards{Topology: guard.NewTopology(site()), Limits: remedy.DefaultLimits()}
}

// outletOff is a case against which nothing stands: psu1 of srv is to lose its outlet.
func outletOff() guard.Case {
	c := guard.Case{
		Now: night, Run: "R-1", Key: "R-1.0", Step: remedy.Step{Name: "off", Kind: remedy.Outlet, Act: remedy.SwitchOff, Takes: remedy.PowerSupply},
		Fault:   guard.Trouble{ID: "F-1", Kind: "psu-failed", Hall: "h", Rack: "r1", Device: "srv", Part: "psu1", Since: night},
		Sources: []guard.Source{{By: "NR-01", At: night}, {By: "bmc", At: night.Add(-time.Minute)}}, Evidence: "e",
		Approval: &remedy.Approval{By: "ann", At: night, Evidence: "e"}, Found: &remedy.Identity{Name: "srv psu1", At: night},
	}
	for _, p := range []string{"psu1", "psu2", "disk1", "disk2", "disk3", "eth1", "eth2"} {
		c.Parts = append(c.Parts, guard.Part{Device: "srv", Name: p, Good: p != "psu1", At: night})
	}
	c.Troubles = []guard.Trouble{c.Fault}
	return c
}

func TestStepAgainstWhichNothingStandsIsPermitted(t *testing.T) {
	target, refused := guards().Check(outletOff())
	if len(refused) > 0 || target.PDU != "r1-a" || target.Outlet != "4" || target.Serial != "SN1" || !slices.Equal(target.Feeds, []string{"h/A"}) || target.Domain != "feed h/A" {
		t.Fatalf("%+v: %s", target, guard.Text(refused))
	}
}

// TestOneThingAgainstAStepIsEnough: each of these alone stands against the step, by the guard that is named, and is told with
// what, why and what to do.
func TestOneThingAgainstAStepIsEnough(t *testing.T) {
	trouble := func(kind, device, part, supply, phase string) func(*guard.Case) {
		return func(c *guard.Case) {
			c.Troubles = append(c.Troubles, guard.Trouble{ID: "F-2", Kind: kind, Hall: "h", Device: device, Part: part, Supply: supply, Phase: phase, Since: night.Add(-time.Hour)})
		}
	}
	taken := func(d remedy.Deed) func(*guard.Case) {
		d.At = night.Add(-20 * time.Minute)
		return func(c *guard.Case) { c.Acts = []guard.Act{{Deed: d, Run: "R-0", Open: true}} }
	}
	take := func(k remedy.Thing, part string, more ...func(*guard.Case)) func(*guard.Case) {
		return func(c *guard.Case) {
			c.Step.Kind, c.Step.Act, c.Step.Takes, c.Fault.Part = remedy.Webhook, "", k, part
			c.Troubles = []guard.Trouble{c.Fault}
			for _, m := range more {
				m(c)
			}
		}
	}
	part := func(name string, change func(*guard.Part)) func(*guard.Case) {
		return func(c *guard.Case) {
			i := slices.IndexFunc(c.Parts, func(p guard.Part) bool { return p.Name == name })
			change(&c.Parts[i])
		}
	}
	bad := func(p *guard.Part) { p.Good = false }
	for name, c := range map[string]struct {
		change func(*guard.Case)
		guard  string
	}{
		"the switch is thrown":           {func(c *guard.Case) { c.Stop.On = true }, guard.Switch},
		"no device":                      {func(c *guard.Case) { c.Fault.Device = "" }, guard.Aim},
		"a device that is not there":     {func(c *guard.Case) { c.Fault.Device = "srv9" }, guard.Aim},
		"a rack that is not there":       {func(c *guard.Case) { c.Fault.Device, c.Fault.Rack = "", "r9" }, guard.Aim},
		"a port that nobody recorded":    {func(c *guard.Case) { c.Fault.Part = "psu3" }, guard.Aim},
		"a kind that nobody knows":       {func(c *guard.Case) { c.Step.Kind = "hammer" }, guard.Aim},
		"a cooling unit that is not":     {func(c *guard.Case) { c.Step.Kind, c.Step.Takes = remedy.SetPoint, remedy.Nothing }, guard.Aim},
		"nobody asked the outlet":        {func(c *guard.Case) { c.Found = nil }, guard.Identity},
		"the outlet says nothing":        {func(c *guard.Case) { c.Found.Name = " " }, guard.Identity},
		"the outlet is another's":        {func(c *guard.Case) { c.Found.Name = "srv2 psu1" }, guard.Identity},
		"the outlet was asked long ago":  {func(c *guard.Case) { c.Found.At = night.Add(-time.Hour) }, guard.Identity},
		"one source":                     {func(c *guard.Case) { c.Sources = c.Sources[:1] }, guard.Evidence},
		"one source twice":               {func(c *guard.Case) { c.Sources[1].By = "NR-01" }, guard.Evidence},
		"a source of long ago":           {func(c *guard.Case) { c.Sources[1].At = night.Add(-time.Hour) }, guard.Evidence},
		"a source of tomorrow":           {func(c *guard.Case) { c.Sources[1].At = night.Add(time.Hour) }, guard.Evidence},
		"nobody approved":                {func(c *guard.Case) { c.Approval = nil }, guard.Approval},
		"a nobody approved":              {func(c *guard.Case) { c.Approval.By = " " }, guard.Approval},
		"approved on other evidence":     {func(c *guard.Case) { c.Approval.Evidence = "d" }, guard.Approval},
		"there is no evidence":           {func(c *guard.Case) { c.Evidence, c.Approval.Evidence = "", "" }, guard.Approval},
		"approved long ago":              {func(c *guard.Case) { c.Approval.At = night.Add(-30 * time.Minute) }, guard.Approval},
		"approved tomorrow":              {func(c *guard.Case) { c.Approval.At = night.Add(time.Minute) }, guard.Approval},
		"not drained":                    {func(c *guard.Case) { c.Step.If.Drained = true }, guard.Precondition},
		"not sure of the cause":          {func(c *guard.Case) { c.Step.If.Cause, c.Cause = 0.9, 0.8 }, guard.Precondition},
		"not critical":                   {func(c *guard.Case) { c.Step.If.Severity = "critical" }, guard.Precondition},
		"the other supply is at fault":   {trouble("psu-failed", "srv", "psu2", "", ""), guard.Redundancy},
		"the other supply is not seen":   {func(c *guard.Case) { c.Parts = c.Parts[:1] }, guard.Redundancy},
		"it was seen yesterday":          {part("psu2", func(p *guard.Part) { p.At = night.Add(-24 * time.Hour) }), guard.Redundancy},
		"its light is amber":             {part("psu2", bad), guard.Redundancy},
		"the other feed is lost":         {trouble("feed-lost", "", "", "B", ""), guard.Redundancy},
		"its phase is lost":              {trouble("phase-lost", "", "", "B", "L1"), guard.Redundancy},
		"the other PDU is lost":          {trouble("pdu-lost", "", "", "r1-b", ""), guard.Redundancy},
		"the other UPS runs on battery":  {trouble("ups-on-battery", "", "", "ub", ""), guard.Redundancy},
		"the other supply is in repair":  {taken(remedy.Deed{Device: "srv", Part: "psu2", Domain: "feed h/A", Takes: remedy.PowerSupply}), guard.Redundancy},
		"the other feed is in repair":    {taken(remedy.Deed{Device: "x", Domain: "feed h/B", Takes: remedy.PowerSupply}), guard.Domain},
		"another thing on the same feed": {taken(remedy.Deed{Device: "x", Domain: "feed h/A", Takes: remedy.PowerSupply}), guard.Domain},
		"a second disk":                  {take(remedy.Disk, "disk1", part("disk2", bad)), guard.Redundancy},
		"a second disk at fault":         {take(remedy.Disk, "disk1", trouble("disk-predicted", "srv", "disk3", "", "")), guard.Redundancy},
		"no disk at all":                 {take(remedy.Disk, ""), guard.Redundancy},
		"the last uplink":                {take(remedy.UplinkPort, "eth1", part("eth2", bad)), guard.Redundancy},
		"an uplink to a dark switch":     {take(remedy.UplinkPort, "eth1", trouble("switch-down", "sw2", "", "", "")), guard.Redundancy},
		"a switch with all behind it":    {take(remedy.Device, "", func(c *guard.Case) { c.Fault.Device = "sw1" }, part("eth2", bad)), guard.Redundancy},
		"the device was repaired before": {func(c *guard.Case) {
			c.Acts = []guard.Act{{Deed: remedy.Deed{Device: "srv", Auto: true, At: night.Add(-time.Minute)}, Run: "R-0"}}
		}, guard.CoolDown},
		"two at work at the rack":       {busy(2, "r1", ""), guard.Limit},
		"two at work on the feed":       {busy(2, "r2", "h/A"), guard.Limit},
		"four at work":                  {busy(4, "r2", ""), guard.Limit},
		"twelve within the hour":        {func(c *guard.Case) { busy(12, "r2", "")(c); rest(c) }, guard.Limit},
		"ten faults within ten minutes": {func(c *guard.Case) { c.Troubles = storm(c.Fault) }, guard.Storm},
	} {
		t.Run(name, func(t *testing.T) {
			k := outletOff()
			c.change(&k)
			_, refused := guards().Check(k)
			if !slices.ContainsFunc(refused, func(r guard.Refusal) bool { return r.Guard == c.guard }) {
				t.Errorf("refusals %q, want one by %q", guard.Text(refused), c.guard)
			}
			for _, r := range refused {
				if r.What == "" || r.Why == "" || r.Do == "" {
					t.Errorf("a refusal must say what, why and what to do: %+v", r)
				}
			}
		})
	}
}

// busy has so many steps under way elsewhere.
func busy(n int, rack, feed string) func(*guard.Case) {
	return func(c *guard.Case) {
		for i := range n {
			d := remedy.Deed{Key: fmt.Sprint(i), Device: fmt.Sprintf("d%d", i), Rack: rack, Feeds: []string{feed}, Auto: true, At: night.Add(-time.Minute)}
			c.Acts = append(c.Acts, guard.Act{Deed: d, Run: fmt.Sprintf("R-%d", 10+i), Busy: true})
		}
	}
}

func rest(c *guard.Case) {
	for i := range c.Acts {
		c.Acts[i].Busy = false
	}
}

func storm(f guard.Trouble) []guard.Trouble {
	var out []guard.Trouble
	for i := range 10 {
		f.ID = fmt.Sprintf("F-%d", i+1)
		out = append(out, f)
	}
	return out
}

func TestSetPointStaysWithinItsBoundsAndMovesInSmallSteps(t *testing.T) {
	is := 23.0
	c := guard.Case{
		Now: night, Run: "R-1", Key: "R-1.0", Fault: guard.Trouble{ID: "F-1", Hall: "h", Supply: "cu1"},
		Step:    remedy.Step{Name: "colder", Kind: remedy.SetPoint, Point: remedy.Point{Value: 22, Min: 18, Max: 25, MaxStep: 1}},
		Sources: []guard.Source{{By: "a", At: night}, {By: "b", At: night}}, Found: &remedy.Identity{Name: "cu1", Value: &is, At: night},
	}
	if _, refused := guards().Check(c); len(refused) > 0 {
		t.Fatal(guard.Text(refused))
	}
	for name, change := range map[string]func(c *guard.Case){
		"a leap":                 func(c *guard.Case) { c.Step.Point.Value = 21 },
		"too cold":               func(c *guard.Case) { c.Step.Point.Value, c.Step.Point.MaxStep = 17, 10 },
		"what it is is unknown":  func(c *guard.Case) { c.Found = &remedy.Identity{Name: "cu1", At: night} },
		"restored out of bounds": func(c *guard.Case) { c.Undo, c.Restore = true, "30" },
		"restored to nothing":    func(c *guard.Case) { c.Undo, c.Restore = true, "warm" },
	} {
		k := c
		change(&k)
		if _, refused := guards().Check(k); !slices.ContainsFunc(refused, func(r guard.Refusal) bool { return r.Guard == guard.Bounds }) {
			t.Errorf("%s: %q", name, guard.Text(refused))
		}
	}
}

func TestRunGoesOnWithTheWordOfAnotherStepsTargetForNothing(t *testing.T) {
	f, err := remedy.Parse([]byte("runbooks: [{id: a, faults: [k], steps: [{name: l, redfish: {act: locator-on}, timeout: 1m, settle: 1s}]}]"))
	if err != nil {
		t.Fatal(err)
	}
	b := f.Runbooks[0]
	r, err := remedy.Start(b, "R-1", "F-1", nil, night)
	if err != nil {
		t.Fatal(err)
	}
	c := guard.Case{Now: night, Fault: guard.Trouble{ID: "F-1", Device: "srv", Rack: "r1"}, Evidence: "e", Found: &remedy.Identity{Serial: "SN1", At: night}, FoundFor: "R-0.0"}
	if _, move := guards().Next(r, b, c, false); !move.Ask || move.Act {
		t.Fatalf("%+v", move)
	}
	c.FoundFor = "R-1.0"
	next, move := guards().Next(r, b, c, false)
	if !move.Act || next.Permit == nil || next.Permit.Key != "R-1.0" || move.Order.Target.Serial != "SN1" {
		t.Fatalf("%+v, %+v", next, move)
	}
	if _, again := guards().Next(next, b, c, true); again.Act || again.Ask {
		t.Fatalf("a step that is under way is begun again: %+v", again)
	}
}

// TestOfThreeHallsThatHaveACoolingUnitOfOneNameNoneIsMeant: the declared set-point says no hall, so it might be another's.
func TestOfThreeHallsThatHaveACoolingUnitOfOneNameNoneIsMeant(t *testing.T) {
	for n := 1; n <= 4; n++ {
		s := site()
		for i := 1; i < n; i++ {
			s.Halls = append(s.Halls, &maps.Hall{ID: fmt.Sprintf("h%d", i), Cooling: []maps.CoolingUnit{{ID: "cu1"}}})
		}
		hall := s.Halls[n-1].ID
		g := guard.Guards{Topology: guard.NewTopology(s), Limits: remedy.DefaultLimits()}
		_, refused := g.Before(guard.Case{
			Now: night, Step: remedy.Step{Kind: remedy.SetPoint, Point: remedy.Point{Unit: "cu1", Value: 20, Min: 18, Max: 24, MaxStep: 2}},
			Fault: guard.Trouble{ID: "F-1", Hall: hall},
		})
		if none := slices.ContainsFunc(refused, func(r guard.Refusal) bool { return r.Guard == guard.Aim }); none != (n > 1) {
			t.Errorf("%d halls: refused %s", n, guard.Text(refused))
		}
	}
}

func TestAPlanShowsNoCredentialOfAnAddress(t *testing.T) {
	for _, k := range []remedy.Kind{remedy.Webhook, remedy.Drain} {
		if does := guard.Does(remedy.Step{Kind: k, URL: "https://me:sesame@runner.example/webhook/sesame?t=sesame"}); strings.Contains(does, "sesame") || !strings.Contains(does, "runner.example") {
			t.Error(does)
		}
	}
}
