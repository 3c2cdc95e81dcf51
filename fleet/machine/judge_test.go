package machine_test

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

func ptr[T any](v T) *T { return &v }

func TestAReadingOutOfItsLimitsIsASignWithASentence(t *testing.T) {
	p := machine.Point{Subject: machine.Subject{Supply: "loop-1"}, Quantity: "pressure", Unit: "bar", Scale: 0.01, Low: ptr(1.2)}
	e, err := machine.Judge(p, "cdu-1", 40, night, night)
	if err != nil || e.Sign.Symptom != cause.Low || e.Sign.Spot != (cause.Spot{Thing: cause.Plant, Device: "loop-1", Part: "pressure"}) || e.Value != 0.4 {
		t.Fatalf("%+v, %v", e, err)
	}
	if want := "cdu-1 says the pressure of loop-1 is 0.4 bar, below 1.2 bar at 03:00 UTC"; e.Says != want {
		t.Errorf("%q, want %q", e.Says, want)
	}
	if e, _ := machine.Judge(p, "cdu-1", 150, night, night); e.Sign.Symptom != cause.InOrder || !strings.Contains(e.Says, "in order") {
		t.Errorf("%+v", e)
	}
	p.MaxAge = time.Minute
	if _, err := machine.Judge(p, "cdu-1", 40, night.Add(-2*time.Minute), night); err == nil || !strings.Contains(err.Error(), "2m0s old") {
		t.Errorf("an old reading: %v", err)
	}
	if _, err := machine.Judge(p, "cdu-1", math.NaN(), night, night); err == nil {
		t.Error("no number is taken for one")
	}
}

func TestAnInletIsHeldAgainstWhatIsUsual(t *testing.T) {
	p := machine.Point{Subject: machine.Subject{Rack: "A01"}, Quantity: "inlet", Unit: "°C", Scale: 1, Usual: ptr(22.0)}
	e, err := machine.Judge(p, "bms", 27, night, night)
	if err != nil || e.Sign.Symptom != cause.WarmInlet || e.Sign.Value != 5 || !strings.Contains(e.Says, "5 K above what is usual") {
		t.Errorf("%+v, %v", e, err)
	}
}

func TestAgreementRaisesAndContradictionLowers(t *testing.T) {
	_, topology := sample(t)
	fan := cause.Cause{Kind: cause.FanFailed, Hall: "hall-1", Rack: "A01", Unit: 3, Device: "A01-srv-03"}
	hot := cause.Sign{Spot: cause.Spot{Thing: cause.Heat, Device: "A01-srv-03"}, Symptom: cause.Hot, At: night, By: "NR-01", Look: "NR-01/1", Looks: 2}
	of := func(signs ...cause.Sign) float64 {
		var m cause.Memory
		m.Hear(false, append([]cause.Sign{hot}, signs...)...)
		for _, h := range topology.Explain(&m)[0].Ranked {
			if h.Kind == cause.FanFailed {
				return h.Probability
			}
		}
		return 0
	}
	alone := of()
	bmc := machine.Redfish{Source: machine.Source{ID: "bmc-1"}, Device: "A01-srv-03"}
	report := machine.Report{At: night.Add(time.Minute), Power: "On", Parts: []machine.Part{{Class: machine.Fan, Name: "Fan 3", Health: "Critical", State: "Enabled", Value: ptr(0.0), Unit: "RPM"}},
		Log: []machine.Entry{{At: night.Add(-2 * time.Minute), Severity: "Critical", Message: "Fan 3 has failed."}}}
	agree := machine.Weighed(topology, []cause.Cause{fan}, report.Read(bmc, night.Add(-time.Hour)))
	report.Parts[0].Health, report.Parts[0].Value, report.Log = "OK", ptr(5400.0), nil
	contradict := machine.Weighed(topology, []cause.Cause{fan}, report.Read(bmc, night.Add(-time.Hour)))
	fanSays := func(all []machine.Evidence) machine.Evidence {
		return all[slices.IndexFunc(all, func(e machine.Evidence) bool { return e.Sign.Part == "fan" })]
	}
	a, c := fanSays(agree), fanSays(contradict)
	if want := "the BMC of A01-srv-03 says fan 3 failed (Fan 3 at 0 RPM); its log, at 02:58 UTC: Fan 3 has failed."; a.Says != want {
		t.Errorf("%q, want %q", a.Says, want)
	}
	if len(a.Bears) != 1 || a.Bears[0].Ratio < 100 || len(c.Bears) != 1 || c.Bears[0].Ratio > 0.3 {
		t.Errorf("for it %+v, against it %+v", a.Bears, c.Bears)
	}
	raised, lowered := of(a.Sign), of(c.Sign)
	t.Logf("fan failed: %.3f alone, %.3f when the BMC agrees, %.3f when it contradicts", alone, raised, lowered)
	if !(lowered < alone && alone < raised) || raised < 0.9 {
		t.Errorf("%.3f alone, %.3f agreed, %.3f contradicted", alone, raised, lowered)
	}
}

func TestARatioOfNothingToDoIsOne(t *testing.T) {
	_, topology := sample(t)
	rapid.Check(t, func(r *rapid.T) {
		c := cause.Cause{Kind: cause.DriveFailed, Device: "A01-srv-03", Part: "disk1", Rack: "A01"}
		s := cause.Sign{Spot: cause.Spot{Thing: cause.Machine, Device: "A01-srv-07", Part: rapid.SampledFrom([]string{"disk1", "fan", "power"}).Draw(r, "part")},
			Symptom: rapid.SampledFrom([]cause.Symptom{cause.InOrder, cause.DriveLight, cause.FanLight}).Draw(r, "symptom"), Looks: rapid.IntRange(0, 9).Draw(r, "looks")}
		if got := topology.Ratio(c, s); got != 1 {
			r.Errorf("%v of another machine has a ratio of %g", s, got)
		}
		s.Device, s.Part = c.Device, c.Part
		if got := topology.Ratio(c, s); s.Symptom == cause.DriveLight && got <= 1 || s.Symptom == cause.InOrder && got >= 1 {
			r.Errorf("%q of its own machine has a ratio of %g", s.Symptom, got)
		}
	})
}

func TestAMachineThatIsOffSaysNothingOfItsFans(t *testing.T) {
	r := machine.Report{At: night, Power: "Off", Health: "OK", Parts: []machine.Part{{Class: machine.Fan, Name: "Fan 1", Health: "Critical", Value: ptr(0.0)}}}
	all := r.Read(machine.Redfish{Device: "A01-srv-03"}, night)
	if len(all) != 2 || all[0].Sign.Symptom != cause.Dark || all[0].Sign.Part != "power" || all[1].Quantity != "health" {
		t.Errorf("%+v", all)
	}
}

func TestPartsFindTheirLights(t *testing.T) {
	lights := []string{"health", "disk1", "disk2", "disk3", "psu1", "psu2"}
	part := func(name string) machine.Part { return machine.Part{Name: name} }
	for name, c := range map[string]struct {
		class machine.Class
		maker string
		parts []machine.Part
		own   map[string]string
		want  string
	}{
		"HPE counts from 1":    {machine.Drive, "HPE", []machine.Part{part("Bay 1"), part("Bay 3")}, nil, "disk1 disk3"},
		"Dell counts from 0":   {machine.Drive, "Dell Inc.", []machine.Part{part("Physical Disk 0:1:2"), {Name: "x", ID: "Disk.Bay.1:Enclosure.Internal.0-1"}}, nil, "disk1 disk2"},
		"a bay 0 gives it off": {machine.Drive, "ACME", []machine.Part{part("Disk.Bay.0"), part("Disk.Bay.2")}, nil, "disk1 disk3"},
		"supplies":             {machine.Supply, "Dell Inc.", []machine.Part{part("PS1 Status"), {Name: "PSU", ID: "PSU.Slot.2"}}, nil, "psu1 psu2"},
		"the site says":        {machine.Drive, "HPE", []machine.Part{part("Bay 1")}, map[string]string{"Bay 1": "disk3"}, "disk3"},
		"no number":            {machine.Drive, "HPE", []machine.Part{part("boot")}, nil, "boot"},
	} {
		got := strings.Join(machine.Lights(machine.Redfish{Lights: lights, Parts: c.own}, c.maker, c.class, c.parts), " ")
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}

func TestAReportOfAnotherMachineIsNotBelieved(t *testing.T) {
	m := machine.Redfish{Device: "A01-srv-03", Serial: "CZ1056495"}
	if why := (machine.Report{Serial: "CZ9999999"}).Mismatch(m); !strings.Contains(why, "CZ9999999") {
		t.Errorf("%q", why)
	}
	for _, r := range []machine.Report{{Serial: " cz1056495"}, {Serial: "board-7", SKU: "CZ1056495"}, {}} {
		if why := r.Mismatch(m); why != "" {
			t.Errorf("%+v: %s", r, why)
		}
	}
}

func TestDewPoint(t *testing.T) {
	// Values of the table of dew points in DIN 4108-3.
	for _, c := range []struct{ air, humidity, want float64 }{{20, 50, 9.3}, {25, 60, 16.7}, {30, 80, 26.2}, {22, 100, 22}} {
		if got := machine.DewPointC(c.air, c.humidity); math.Abs(got-c.want) > 0.1 {
			t.Errorf("%v °C and %v %%: %.2f °C, want %.1f", c.air, c.humidity, got, c.want)
		}
	}
}

func TestWaterBelowTheDewPointSpeaksForTheAirAndNotForALeak(t *testing.T) {
	_, topology := sample(t)
	say := func(q string, v float64) machine.Evidence {
		return machine.Evidence{Source: "box", Rack: "A01", At: night, Quantity: q, Value: v}
	}
	cold, ok := machine.Dew("A01", []machine.Evidence{say("air-temperature", 25), say("humidity", 60), say("liquid-temperature", 14)}, time.Minute)
	if !ok || cold.Sign.Symptom != cause.High || !strings.Contains(cold.Says, "may have come out of the air") {
		t.Fatalf("%+v", cold)
	}
	spill, leak := cause.Cause{Kind: cause.Spill, Hall: "hall-1", Rack: "A01"}, cause.Cause{Kind: cause.LoopLeak, Supply: "loop-1"}
	if for1, for2 := topology.Ratio(spill, cold.Sign), topology.Ratio(leak, cold.Sign); for1 < 10 || for2 != 1 {
		t.Errorf("ratios %g for the air and %g for a leak", for1, for2)
	}
	warm, ok := machine.Dew("A01", []machine.Evidence{say("air-temperature", 25), say("humidity", 30), say("liquid-temperature", 18)}, time.Minute)
	if !ok || warm.Sign.Symptom != cause.InOrder {
		t.Errorf("%+v", warm)
	}
	if _, ok := machine.Dew("A01", []machine.Evidence{say("air-temperature", 25), say("humidity", 60)}, time.Minute); ok {
		t.Error("it is judged without the liquid's temperature")
	}
}

func TestAQuestionNamesWhatItsCausesWouldChange(t *testing.T) {
	_, topology := sample(t)
	var m cause.Memory
	for i, rack := range []string{"A01", "A02", "A03"} {
		m.Hear(false, cause.Sign{Spot: cause.Spot{Thing: cause.Inlet, Rack: rack}, Symptom: cause.WarmInlet, Value: 5, At: night.Add(time.Duration(i) * time.Minute), By: "NR-01", Looks: 2})
	}
	q, ok := machine.Asks(topology, topology.Explain(&m)[0], time.Hour)
	if !ok || !slices.Contains(q.Supplies, "crac-1") || !slices.Contains(q.Supplies, "loop-1") || !q.Since.Equal(night.Add(-time.Hour)) || !slices.Contains(q.Racks, "A02") {
		t.Errorf("%+v", q)
	}
	points := []machine.Point{{Subject: machine.Subject{Supply: "crac-1"}}, {Subject: machine.Subject{Supply: "crac-2"}}}
	if got := slices.DeleteFunc(points, func(p machine.Point) bool { return !q.Of(p.Subject) }); len(got) != 1 || got[0].Supply != "crac-1" {
		t.Errorf("%+v", got)
	}
}

func TestOnlyThoseAreAskedWhoMayKnow(t *testing.T) {
	number := func(s machine.Subject) machine.Point { return machine.Point{Subject: s} }
	rack := machine.Subject{Rack: "A01"}
	for name, d := range map[string]machine.Declared{
		"redfish":    {Redfish: []machine.Redfish{{Device: "A01-srv-03"}}},
		"snmp":       {SNMP: []machine.SNMP{{Points: []machine.SNMPPoint{{Point: number(rack)}}}}},
		"outlet":     {SNMP: []machine.SNMP{{Outlets: []machine.Outlet{{Device: "A01-srv-03"}}}}},
		"modbus":     {Modbus: []machine.Modbus{{Registers: []machine.Register{{Point: number(machine.Subject{Supply: "crac-1"})}}}}},
		"prometheus": {Prometheus: []machine.Prometheus{{Queries: []machine.Query{{Point: number(rack)}}}}},
		"mqtt":       {MQTT: []machine.MQTT{{Topics: []machine.Topic{{Point: number(rack)}}}}},
	} {
		if !d.Knows(machine.Question{Devices: []string{"A01-srv-03"}, Racks: []string{"A01"}, Supplies: []string{"crac-1"}}) {
			t.Errorf("%s: is not asked", name)
		}
		if d.Knows(machine.Question{Devices: []string{"A01-srv-07", ""}, Racks: []string{"A02"}, Supplies: []string{"crac-2"}}) {
			t.Errorf("%s: is asked of others", name)
		}
	}
}
