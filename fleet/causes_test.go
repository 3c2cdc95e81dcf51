package fleet_test

import (
	"cmp"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A rounds is looks at the fronts of the sample's racks, one after the other.
type rounds struct {
	d    *desk
	site *maps.Site
	seq  uint64
	// action is what asked for the looks; empty: the patrol's own.
	action string
}

// front looks at a rack's front, where the air is so warm; above 35 °C it is a finding.
func (r *rounds) front(rack string, airC float64) {
	r.d.t.Helper()
	r.seq++
	o := look(r.seq, 0, cmp.Or(r.action, "a"), "green", r.d.now())
	o.Viewpoint, o.Rack, o.LEDs = rack+"-front-1", rack, nil
	o.Air = &vision.Air{TemperatureC: airC, HumidityPercent: 40, DewPointC: 8}
	if airC > 35.5 {
		o.Findings = []vision.Finding{{
			Kind: vision.KindInletHigh, Severity: vision.Warning, Rack: rack, Face: maps.Front, Unit: 1, Value: airC, Reference: 35,
			Meaning: fmt.Sprintf("the air before rack %s is %.1f °C warm", rack, airC), Confidence: 0.9,
		}}
	}
	r.d.hear(o)
}

// rows looks at all racks of two rows that one unit cools, in the sample crac-1.
func (r *rounds) rows(airC float64) {
	for _, row := range []string{"A", "B"} {
		for i := range 12 {
			r.front(fmt.Sprintf("%s%02d", row, i+1), airC+0.1*float64(i%4))
		}
	}
}

// standing lists the faults that want attention.
func (d *desk) standing() (open []fault.Fault, all map[string]fault.Fault) {
	d.t.Helper()
	faults, err := d.c.Faults(d.t.Context())
	if err != nil {
		d.t.Fatal(err)
	}
	all = map[string]fault.Fault{}
	for _, f := range faults {
		all[f.ID] = f
		if f.State.Open() {
			open = append(open, f)
		}
	}
	return open, all
}

func isCooling(f fault.Fault) bool {
	return f.Kind == "cooling-failed" && len(f.Hypotheses) > 0 && f.Hypotheses[0].Supply == "crac-1"
}

func TestTwoRowsWarmAreOneFaultOfTheirCoolingUnit(t *testing.T) {
	for _, hotC := range []float64{28, 38} { // within the racks' class, and findings of their own
		d := newDesk(t)
		d.open(filepath.Join(t.TempDir(), "store.db"), "")
		r := rounds{d: d}
		r.rows(22)
		r.rows(hotC)
		for i := range 6 { // the same robot's air is as usual where another unit cools
			r.front(fmt.Sprintf("C%02d", i+1), 22)
			r.front(fmt.Sprintf("C%02d", i+1), 22)
		}
		d.until("one fault of the cooling unit", func() bool {
			open, _ := d.standing()
			return len(open) == 1 && isCooling(open[0])
		})
		d.until("its ticket, the only one that is open", func() bool {
			tickets, err := d.c.Tickets(t.Context())
			n := 0
			for _, k := range tickets {
				if k.State == "open" {
					n++
				}
			}
			return err == nil && n == 1 && strings.Contains(tickets[len(tickets)-1].Title, "crac-1")
		})
		d.stop()
	}
}

func TestSymptomThatStaysAfterItsCauseIsFixedIsAFaultOfItsOwn(t *testing.T) {
	d := newDesk(t)
	file := filepath.Join(t.TempDir(), "store.db")
	d.open(file, "")
	r := rounds{d: d}
	r.rows(32)
	r.rows(38)
	for i := range 12 { // the same robot's air is as usual where another unit cools
		r.front(fmt.Sprintf("C%02d", i%6+1), 32)
	}
	var id string
	d.until("the cooling unit escalated", func() bool {
		open, _ := d.standing()
		if len(open) == 1 && isCooling(open[0]) && open[0].State == fault.Escalated {
			id = open[0].ID
		}
		return id != ""
	})
	d.stop()
	d.open(file, "") // what was concluded survives a restart
	defer func() { d.stop() }()
	if open, _ := d.standing(); len(open) != 1 || open[0].ID != id {
		t.Fatalf("after a restart %d faults are open", len(open))
	}
	if _, err := d.c.Verify(t.Context(), id, "ann"); err != nil {
		t.Fatal(err)
	}
	r.front("A01", 32)
	d.until("cause and symptoms resolved", func() bool {
		open, all := d.standing()
		return len(open) == 0 && all[id].State == fault.Resolved
	})
	for i := range 6 {
		r.front(fmt.Sprintf("A%02d", i+1), 32)
		r.front(fmt.Sprintf("B%02d", i+1), 32)
	}
	r.front("A07", 38)
	d.until("A07 a fault of its own", func() bool {
		open, _ := d.standing()
		return len(open) == 1 && open[0].Rack == "A07" && open[0].Parent == "" && open[0].State == fault.Reopened
	})
}

func TestHeatAtAMissingPanelIsFoldedIntoThePanel(t *testing.T) {
	d := newDesk(t)
	d.open(":memory:", "")
	defer func() { d.stop() }()
	for seq := uint64(1); seq <= 3; seq++ {
		o := look(seq, seq-1, "a", "green", d.now())
		o.Viewpoint, o.Rack, o.LEDs = "A01-front-2", "A01", nil
		o.Findings = []vision.Finding{
			{Kind: vision.KindHotUnit, Severity: vision.Warning, Rack: "A01", Face: maps.Front, Unit: 40, Value: 31, Reference: 24, Meaning: "the bare unit U40 is warm", Confidence: 0.8},
			{Kind: vision.KindPanelMissing, Severity: vision.Warning, Rack: "A01", Face: maps.Front, Unit: 41, Meaning: "the blanking panel of U41 is missing", Confidence: 0.8},
		}
		o.Evidence = []wire.EvidenceRef{}
		d.hear(o)
	}
	d.until("the heat is a symptom of the panel", func() bool {
		open, all := d.standing()
		folded := 0
		for _, f := range all {
			if f.State == fault.Folded && f.Kind == vision.KindHotUnit {
				folded++
			}
		}
		return len(open) == 1 && open[0].Kind == vision.KindPanelMissing && folded == 1
	})
}
