package fleet_test

import (
	"slices"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// amberDisks looks at a rack's front twice, where one disk of each server that has any is amber, and says how many are.
func (r *rounds) amberDisks(rack *maps.Rack) (n int) {
	r.d.t.Helper()
	for range 2 {
		r.seq++
		o := look(r.seq, 0, "a", "green", r.d.now())
		o.Viewpoint, o.Rack, o.LEDs = rack.ID+"-front-1", rack.ID, nil
		for _, d := range rack.Devices {
			i := slices.IndexFunc(d.Type.LEDs, func(l maps.LED) bool {
				return l.Face == maps.Front && slices.ContainsFunc(l.Meanings, func(m maps.LEDMeaning) bool { return m.Kind == "disk-failed" })
			})
			if i < 0 {
				continue
			}
			led := d.Type.LEDs[i].Name
			o.LEDs = append(o.LEDs, vision.LEDReading{Device: d.ID, LED: led, Colour: "amber", Pattern: "solid", Confidence: 0.95})
			o.Findings = append(o.Findings, vision.Finding{
				Kind: "disk-failed", Severity: vision.Warning, Rack: rack.ID, Face: maps.Front, Unit: d.Position, Device: d.ID, LED: led, Meaning: led + " is amber", Confidence: 0.95,
			})
		}
		n = len(o.Findings)
		r.d.hear(o)
	}
	return n
}

// On a bad night too a ticket waits for no second of the clock: where many things are out of order causes are sought less often,
// by how long that takes. The clock of this site stands nearly still.
func TestManyOpenFaultsKeepNoTicketWaitingForTheClock(t *testing.T) {
	d := newDesk(t)
	d.speed = 1e-4
	d.open(":memory:", "")
	defer func() { d.stop() }()
	r, n := rounds{d: d, site: sampleSite(t)}, 0
	for _, rack := range r.site.Racks() {
		if n < 100 {
			n += r.amberDisks(rack)
		}
	}
	if n < 100 {
		t.Fatalf("the sample has %d servers with disks", n)
	}
	d.until("a ticket for each", func() bool {
		tickets, err := d.c.Tickets(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return len(tickets) >= n
	})
}
