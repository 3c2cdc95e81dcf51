package fault_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

var night = time.Date(2026, 11, 23, 3, 0, 0, 0, time.UTC)

var diskAmber = vision.Finding{
	Kind: "disk-failed", Severity: vision.Warning, Rack: "A03", Face: "front", Unit: 12, Device: "A03-u12", LED: "disk3",
	Meaning: "disk 3 shows amber", Confidence: 0.9,
}

func look(seq uint64, secondOf uint64, pattern string) wire.Observation {
	return wire.Observation{
		Manufacturer: "nightrounds", SerialNumber: "NR-01", Seq: seq, At: night.Add(time.Duration(seq) * time.Minute),
		Hall: "hall-1", Viewpoint: "A03-front-1", Rack: "A03", Face: "front", SecondLookOf: secondOf,
		LEDs:     []vision.LEDReading{{Device: "A03-u12", LED: "disk3", Pattern: pattern}},
		Evidence: []wire.EvidenceRef{{SHA256: "aa", Kind: "visual"}},
	}
}

func TestSecondLookConfirms(t *testing.T) {
	f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), diskAmber, fault.DefaultRules())
	if f.State != fault.Suspected {
		t.Fatalf("after one look: %s, want suspected", f.State)
	}
	again := fault.Seen(f, "", look(1, 0, "solid"), diskAmber, fault.DefaultRules())
	if again.State != fault.Suspected || len(again.Sightings) != 1 {
		t.Fatalf("the same look, heard twice, counted twice: %s, %d sightings", again.State, len(again.Sightings))
	}
	f = fault.Seen(f, "", look(2, 1, "solid"), diskAmber, fault.DefaultRules())
	if f.State != fault.Confirmed {
		t.Fatalf("after the second look: %s, want confirmed", f.State)
	}
	if f.Confidence <= 0.9 {
		t.Errorf("two looks give confidence %.2f, no more than one", f.Confidence)
	}
}

func TestSecondLookDismissesReflection(t *testing.T) {
	f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), diskAmber, fault.DefaultRules())
	clear := look(2, 1, "off")
	if !f.Covers(clear) {
		t.Fatal("a look that read the light does not cover it")
	}
	if f = fault.NotSeen(f, clear); f.State != fault.Dismissed {
		t.Fatalf("state %s, want dismissed", f.State)
	}
}

func TestUnreadLightSaysNothing(t *testing.T) {
	f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), diskAmber, fault.DefaultRules())
	failed := look(2, 1, "off")
	failed.Failed = "vision process died"
	elsewhere := look(2, 1, "off")
	elsewhere.Viewpoint = "A03-front-2"
	for name, o := range map[string]wire.Observation{"unknown": look(2, 1, "unknown"), "failed look": failed, "other viewpoint": elsewhere} {
		if f.Covers(o) {
			t.Errorf("%s: covers the fault, so its silence would close it", name)
		}
	}
}

func TestPastCriticalNeedsOneLook(t *testing.T) {
	hot := diskAmber
	hot.PastCritical = true
	if f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), hot, fault.DefaultRules()); f.State != fault.Confirmed {
		t.Fatalf("state %s, want confirmed", f.State)
	}
}

func TestVerificationResolvesThenReopens(t *testing.T) {
	r := fault.DefaultRules()
	f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), diskAmber, r)
	f = fault.Seen(f, "", look(2, 1, "solid"), diskAmber, r)
	f = fault.Moved(f, fault.Verifying, night.Add(time.Hour), "repair done")
	f = fault.NotSeen(f, look(3, 0, "off"))
	if f.State != fault.Resolved || len(f.After) != 1 || f.ResolvedAt == nil {
		t.Fatalf("after a clean verification: %s, %d pictures", f.State, len(f.After))
	}
	if !f.Reopens(f.ResolvedAt.Add(r.ReopenWindow-time.Second), r) || f.Reopens(f.ResolvedAt.Add(r.ReopenWindow), r) {
		t.Error("the reopen window is not what the rules say")
	}
	f = fault.Seen(f, "", look(4, 0, "solid"), diskAmber, r)
	if f.State != fault.Reopened || f.ResolvedAt != nil {
		t.Fatalf("seen again: %s, want reopened", f.State)
	}
	if f = fault.Seen(f, "", look(5, 4, "solid"), diskAmber, r); f.State != fault.Confirmed {
		t.Fatalf("seen twice again: %s, want confirmed", f.State)
	}
}

func TestFailedVerificationsCallAPerson(t *testing.T) {
	f := fault.Fault{ID: "F-1", State: fault.Verifying, Verifications: fault.DefaultRules().MaxVerifications}
	if f = fault.StillSeen(f, look(9, 0, "solid"), fault.DefaultRules()); f.State != fault.Escalated {
		t.Fatalf("state %s, want escalated", f.State)
	}
}

func TestSummaryLightIsASymptomOfThePart(t *testing.T) {
	health := vision.Finding{Kind: "health-degraded", Device: "A03-u12", LED: "health", Meaning: "health shows amber"}
	disk := fault.Fault{ID: "F-1", State: fault.Confirmed, Device: "A03-u12", Kind: "disk-failed"}
	if id, ok := fault.CauseOf(health, []fault.Fault{disk}); !ok || id != "F-1" {
		t.Fatalf("cause %q %v, want F-1", id, ok)
	}
	f, changed := fault.WithSymptom(disk, health, night)
	if _, again := fault.WithSymptom(f, health, night); !changed || again || len(f.Symptoms) != 1 {
		t.Fatalf("symptoms %q", f.Symptoms)
	}
	if _, ok := fault.CauseOf(diskAmber, []fault.Fault{disk}); ok {
		t.Error("a second failed part is no symptom of the first")
	}
}

// Whatever the order of looks: no fault is confirmed by one look alone, and a closed one keeps the time it closed.
func TestLifeHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var f fault.Fault
		for seq := uint64(1); seq <= 20; seq++ {
			o := look(seq, 0, "solid")
			switch rapid.IntRange(0, 3).Draw(t, "event") {
			case 0, 1:
				f = fault.Seen(f, "F-1", o, diskAmber, fault.DefaultRules())
			case 2:
				if f.ID != "" {
					f = fault.NotSeen(f, o)
				}
			case 3:
				if f.State == fault.Confirmed {
					f = fault.Moved(f, fault.Verifying, o.At, "repair done")
				}
			}
			if f.State == fault.Confirmed && len(f.Sightings) < 2 {
				t.Fatal("confirmed by one look")
			}
			if (f.State == fault.Resolved) != (f.ResolvedAt != nil) {
				t.Fatalf("state %s, resolved at %v", f.State, f.ResolvedAt)
			}
		}
	})
}
