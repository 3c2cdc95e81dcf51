package inbound_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/cause"
	"github.com/nightrounds/nightrounds/fleet/inbound"
	"github.com/nightrounds/nightrounds/fleet/machine"
)

const server = "A01-srv-03" // of a type without a light for its fans

// fanAlarm is an alarm about the fans of the server, by a source.
func fanAlarm(s *inbound.Source) inbound.Alarm {
	return inbound.Alarm{
		ID: "AL-1", Source: s.ID, Name: "FanFailed", At: night, Place: inbound.Place{Hall: "hall-1", Rack: "A01", Unit: 3, Device: server},
		Claims: []cause.Cause{{Kind: cause.FanFailed, Hall: "hall-1", Rack: "A01", Unit: 3, Device: server}},
	}
}

func seen(thing cause.Thing, device, part string, symptom cause.Symptom) cause.Sign {
	return cause.Sign{
		Spot: cause.Spot{Thing: thing, Device: device, Part: part}, Symptom: symptom, At: night, By: "NR-01", Look: "NR-01/1", Looks: 1,
		Meaning: string(thing) + " " + part + " of " + device + " " + string(symptom),
	}
}

// report is what a machine says of a part of a device.
func report(via, device, part string, symptom cause.Symptom) machine.Evidence {
	s := seen(cause.Machine, device, part, symptom)
	s.By, s.Look, s.Meaning = "bmc-1", "", "the BMC of "+device+" says "+part+" "+string(symptom)+"."
	return machine.Evidence{Source: "bmc-1", Via: via, Sign: s, Says: s.Meaning}
}

// What a look cannot tell a machine may know: its word counts for an alarm and against it, and is shown; but nobody is a second
// witness of what he says himself.
func TestMachinesAreWitnessesButNotOfTheirOwnAlarm(t *testing.T) {
	all, s := sources(t)
	topology := cause.NewTopology(s, s.Viewpoints())
	looks := inbound.Looks{Signs: []cause.Sign{seen(cause.Light, server, "health", cause.InOrder), seen(cause.Heat, server, "", cause.InOrder)}}
	prom, bmcs, dcim := all[0], all[1], all[2]
	for name, c := range map[string]struct {
		source *inbound.Source
		said   []machine.Evidence
		want   inbound.State
		says   string
	}{
		"nobody was asked":       {prom, nil, inbound.Undecided, "fits both"},
		"its BMC agrees":         {prom, []machine.Evidence{report(machine.ViaRedfish, server, "fan", cause.FanLight)}, inbound.Confirmed, "fits both; the BMC of A01-srv-03 says fan fan."},
		"its BMC contradicts":    {dcim, []machine.Evidence{report(machine.ViaRedfish, server, "fan", cause.InOrder)}, inbound.Refuted, "fits both; the BMC of A01-srv-03 says fan ."},
		"it speaks of a drive":   {prom, []machine.Evidence{report(machine.ViaRedfish, server, "disk1", cause.DriveLight)}, inbound.Undecided, "fits both"},
		"another server's BMC":   {prom, []machine.Evidence{report(machine.ViaRedfish, "B01-srv-03", "fan", cause.FanLight)}, inbound.Undecided, "fits both"},
		"who raised it agrees":   {bmcs, []machine.Evidence{report(machine.ViaRedfish, server, "fan", cause.FanLight)}, inbound.Undecided, "fits both"},
		"its agent agrees":       {bmcs, []machine.Evidence{report(machine.ViaSNMP, server, "fan", cause.FanLight)}, inbound.Undecided, "fits both"},
		"the alarm told again":   {prom, []machine.Evidence{report(machine.ViaPrometheus, server, "fan", cause.FanLight)}, inbound.Undecided, "fits both"},
		"Prometheus of another":  {dcim, []machine.Evidence{report(machine.ViaPrometheus, server, "fan", cause.FanLight)}, inbound.Confirmed, "says fan fan."},
		"a number without sense": {dcim, []machine.Evidence{{Source: "bms", Says: "the humidity is 40 %"}}, inbound.Undecided, "fits both"},
	} {
		a := fanAlarm(c.source)
		if c.said != nil {
			a = inbound.Heard(topology, c.source, a, c.said, night)
		}
		v := inbound.Judge(topology, a, looks, night)
		if v.State != c.want || !strings.HasSuffix(v.Says, c.says) {
			t.Errorf("%s: %+v, want %s: %s", name, v, c.want, c.says)
		}
		if decided := c.want != inbound.Undecided; decided != (len(v.Seen) == 1) || decided && v.Seen[0] != c.said[0].Says {
			t.Errorf("%s: shows %q", name, v.Seen)
		}
	}
	a := inbound.Heard(topology, prom, fanAlarm(prom), []machine.Evidence{report(machine.ViaRedfish, server, "fan", cause.FanLight)}, night)
	if v := inbound.Judge(topology, a, inbound.Looks{None: "no robot is there"}, night); v.State != inbound.Confirmed || v.Says != "no robot could look: no robot is there; the BMC of A01-srv-03 says fan fan." {
		t.Errorf("without a look: %+v", v)
	}
}

func TestTheMachinesOfAnAlarmsPlaceAreAskedButNotWhoRaisedIt(t *testing.T) {
	all, s := sources(t)
	topology := cause.NewTopology(s, s.Viewpoints())
	q, ok := inbound.Asks(topology, all[0], fanAlarm(all[0]), time.Hour)
	if !ok || !slices.Equal(q.Devices, []string{server}) || !q.Since.Equal(night.Add(-time.Hour)) || len(q.Causes) != 1 {
		t.Errorf("asked: %+v %v", q, ok)
	}
	if q, ok := inbound.Asks(topology, all[1], fanAlarm(all[1]), time.Hour); ok {
		t.Errorf("who raised it is asked: %+v", q)
	}
	cooling := inbound.Alarm{Source: "dcim", At: night, Place: inbound.Place{Hall: "hall-1", Supply: "crac-1"}, Claims: []cause.Cause{{Kind: cause.CoolingFailed, Hall: "hall-1", Supply: "crac-1"}}}
	if q, ok := inbound.Asks(topology, all[2], cooling, time.Hour); !ok || !slices.Contains(q.Supplies, "crac-1") {
		t.Errorf("of a cooling unit: %+v %v", q, ok)
	}
}

// That a failed drive lights the health light says little of the fans; that the light is lit and nothing else shows says much. What
// a cause is known by is not explained away: a server that is dark is down, whatever took its power.
func TestASignThatAnotherCauseExplainsSaysLittle(t *testing.T) {
	all, s := sources(t)
	topology := cause.NewTopology(s, s.Viewpoints())
	health, drive := seen(cause.Light, server, "health", cause.HealthLight), seen(cause.Light, server, "disk2", cause.DriveLight)
	inlet := seen(cause.Inlet, "", "", cause.WarmInlet)
	inlet.Rack, inlet.Device, inlet.Value = "A01", "", 9
	var hall, dark []cause.Sign // all is warm, or dark
	for _, r := range s.Racks() {
		if !slices.Contains(r.CooledBy, "crac-1") {
			continue
		}
		air := inlet
		air.Rack = r.ID
		hall = append(hall, air)
		for i, d := range r.Devices {
			if i < 6 && len(d.Type.LEDs) > 4 {
				hot := seen(cause.Heat, d.ID, "", cause.Hot)
				hot.Limit = true
				hall, dark = append(hall, hot), append(dark, seen(cause.Power, d.ID, "", cause.Dark))
			}
		}
	}
	of := func(k cause.Kind) inbound.Alarm {
		a := fanAlarm(all[0])
		a.Claims[0].Kind = k
		return a
	}
	for name, c := range map[string]struct {
		alarm inbound.Alarm
		signs []cause.Sign
		least float64 // odds
		most  float64
		says  string
	}{
		"the health light alone":    {of(cause.FanFailed), []cause.Sign{health}, 25, 1e12, "saw it"},
		"beside a failed drive":     {of(cause.FanFailed), []cause.Sign{health, drive}, 1, 3.9, "comes of something else"},
		"the drive itself":          {of(cause.DriveFailed), []cause.Sign{health, drive}, 25, 1e12, "saw it"},
		"hot alone":                 {of(cause.DeviceHot), []cause.Sign{hall[1]}, 25, 1e12, "saw it"},
		"hot where all is":          {of(cause.DeviceHot), hall, 1, 3.9, "comes of something else"},
		"dark where all is dark":    {of(cause.DeviceOff), dark, 25, 1e12, "saw it"},
		"health light of the alarm": {of(cause.MachineAlarm), []cause.Sign{health, drive}, 25, 1e12, "saw it"},
	} {
		if name == "the drive itself" {
			c.alarm.Claims[0].Part = "disk2"
		}
		var m cause.Memory
		m.Hear(false, c.signs...)
		groups := topology.Explain(&m)
		v := inbound.Judge(topology, c.alarm, inbound.Looks{Signs: c.signs, Groups: groups}, night)
		if v.Odds < c.least || v.Odds > c.most || !strings.Contains(v.Says, c.says) {
			t.Errorf("%s: %+v, want odds of %g to %g; behind it is %s of %d signs", name, v, c.least, c.most, groups[0].Ranked[0].What, len(groups[0].Symptoms))
		}
	}
}
