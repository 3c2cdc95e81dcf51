package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

func sampleSite(t *testing.T) *maps.Site {
	t.Helper()
	s, err := maps.Load(maps.Sample())
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// rear looks at a rack's rear, where the devices that are named are past their limit, or above their habit by so much.
func (r *rounds) rear(rack string, overK float64, hot ...string) {
	r.d.t.Helper()
	r.seq++
	o := look(r.seq, 0, "a", "green", r.d.now())
	o.Viewpoint, o.Rack, o.Face, o.LEDs = rack+"-rear-1", rack, maps.Rear, nil
	for _, at := range r.site.Racks() {
		for _, d := range at.Devices {
			if d.Rack != rack {
				continue
			}
			o.Devices = append(o.Devices, vision.TemperatureReading{Device: d.ID, MaxC: 40, P95C: 39, MedianC: 38, Pixels: 40})
			if slices.Contains(hot, d.ID) {
				f := vision.Finding{
					Kind: vision.KindHotDevice, Severity: vision.Warning, Rack: rack, Face: maps.Rear, Unit: d.Position, Device: d.ID, Value: 35 + overK, Reference: 35,
					Meaning: fmt.Sprintf("%s is %.1f K above its own habit", d.ID, overK), Confidence: 0.8,
				}
				if overK > 20 {
					f.Severity, f.PastCritical = vision.Critical, true
				}
				o.Findings = append(o.Findings, f)
			}
		}
	}
	r.d.hear(o)
}

// wide are the faults of causes that several places share, and the symptoms that were folded.
func (d *desk) wide() (shared, folded []fault.Fault) {
	d.t.Helper()
	faults, err := d.c.Faults(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	for _, f := range faults {
		if f.Shared && f.State.Open() {
			shared = append(shared, f)
		}
		if f.State == fault.Folded {
			folded = append(folded, f)
		}
	}
	return shared, folded
}

// Devices above their habit in four racks of two rows, each told by one look, are no cooling unit; the one that is hot
// beside them has a fault and a ticket of its own.
func TestAFewWarmDevicesInARowAreNoCoolingUnit(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	r := rounds{d: d, site: sampleSite(t)}
	for _, rack := range []string{"A03", "A04", "A09", "A10", "B09", "B10", "D09", "D10"} {
		r.rear(rack, 4.5, "A03-srv-23", "A09-srv-23", "B09-srv-23", "D09-srv-23")
	}
	r.rear("B08", 28, "B08-srv-11")
	d.until("a ticket for the hot device", func() bool {
		tickets, err := d.c.Tickets(t.Context())
		return err == nil && len(tickets) == 1 && tickets[0].Device == "B08-srv-11"
	})
	for _, rack := range []string{"A01", "A02", "A05", "B01", "B02", "B03"} {
		r.rear(rack, 0)
	}
	r.rear("B08", 28, "B08-srv-11")
	d.until("five faults", func() bool {
		_, all := d.standing()
		return len(all) == 5
	})
	if shared, folded := d.wide(); len(shared) > 0 || len(folded) > 0 {
		t.Errorf("%d shared causes, %d symptoms folded into them", len(shared), len(folded))
	}
}

// Three racks that are hot all over, of all that was looked at, are their cooling unit's; once the air before its racks was
// measured and is as usual they are not, and what becomes of their symptoms is of one rack each.
func TestSymptomsAreFreedWhenTheWideCauseIsRefuted(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	r := rounds{d: d, site: sampleSite(t)}
	r.rows(22)
	var hot []string
	for _, at := range r.site.Racks()[:3] {
		for _, dev := range at.Devices {
			if strings.Contains(dev.ID, "-srv-") {
				hot = append(hot, dev.ID)
			}
		}
	}
	burn := func() {
		for _, at := range r.site.Racks()[:3] {
			r.rear(at.ID, 28, hot...)
		}
	}
	burn()
	d.until("one fault of the cooling unit", func() bool {
		shared, folded := d.wide()
		return len(shared) == 1 && isCooling(shared[0]) && len(folded) == len(hot)
	})
	r.rows(22)
	burn()
	d.until("no more than one rack under one cause", func() bool {
		shared, folded := d.wide()
		_, all := d.standing()
		return !slices.ContainsFunc(shared, isCooling) && !slices.ContainsFunc(folded, func(f fault.Fault) bool { return all[f.Parent].Rack != f.Rack })
	})
}
