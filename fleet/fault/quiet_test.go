package fault_test

import (
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/quiet"
)

// resolved is a fault that was there, was repaired and verified.
func resolved() fault.Fault {
	f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), diskAmber, fault.DefaultRules())
	f = fault.Seen(f, "", look(2, 1, "solid"), diskAmber, fault.DefaultRules())
	f = fault.Moved(f, fault.Verifying, night, "a person says so")
	return fault.NotSeen(f, look(3, 0, "off"))
}

func TestOnlyWhatWasOverCountsAsAReturn(t *testing.T) {
	f := fault.Seen(resolved(), "", look(4, 0, "solid"), diskAmber, fault.DefaultRules())
	if f.State != fault.Reopened || len(f.Back) != 1 || !f.StandsSince().Equal(look(4, 0, "").At) {
		t.Fatalf("seen again: %s, returns %v", f.State, f.Back)
	}
	f = fault.Seen(fault.NotSeen(f, look(5, 4, "off")), "", look(6, 0, "solid"), diskAmber, fault.DefaultRules())
	if f.State != fault.Reopened || len(f.Back) != 1 {
		t.Errorf("a reflection that was dismissed counts as a return: %s, %v", f.State, f.Back)
	}
}

func TestWhatComesAndGoesIsKeptOpenAndCountsItsReturns(t *testing.T) {
	f := fault.Moved(resolved(), fault.Escalated, night, "a person is needed")
	f = fault.Kept(f, look(5, 0, "off"), time.Hour)
	if f.State != fault.Escalated || f.ClearSince == nil {
		t.Fatalf("kept: %s since %v", f.State, f.ClearSince)
	}
	lines, since := len(f.Timeline), *f.ClearSince
	if f = fault.Kept(f, look(6, 0, "off"), time.Hour); len(f.Timeline) != lines || !f.ClearSince.Equal(since) {
		t.Error("each look in order tells it anew")
	}
	if f = fault.Seen(f, "", look(7, 0, "solid"), diskAmber, fault.DefaultRules()); f.ClearSince != nil || len(f.Back) != 1 {
		t.Errorf("there again: in order since %v, returns %v", f.ClearSince, f.Back)
	}
	f = fault.Kept(fault.Moved(f, fault.Verifying, night, "repaired"), look(8, 0, "off"), time.Hour)
	if f.State != fault.Escalated || f.ClearSince == nil {
		t.Errorf("verified: %s since %v, want it open for a person", f.State, f.ClearSince)
	}
}

func TestASilencedFaultThatIsGoneClosesWithoutATicket(t *testing.T) {
	f := fault.Seen(fault.Fault{}, "F-1", look(1, 0, "solid"), diskAmber, fault.DefaultRules())
	f = fault.Seen(f, "", look(2, 1, "solid"), diskAmber, fault.DefaultRules())
	if got := fault.NotSeen(f, look(3, 0, "off")); got.State != fault.Confirmed {
		t.Fatalf("one whose ticket is due is %s by a look", got.State)
	}
	f = fault.Silenced(f, &quiet.Hold{By: "S-0001", Why: "new disks", Since: night}, night)
	if f = fault.NotSeen(f, look(3, 0, "off")); f.State != fault.Resolved || f.ResolvedAt == nil {
		t.Fatalf("held back and gone: %s", f.State)
	}
	if f = fault.Seen(f, "", look(4, 0, "solid"), diskAmber, fault.DefaultRules()); f.Held != nil {
		t.Error("there again, and held back by what held it long ago")
	}
}

// Robots share their faults: whoever looks, and however often a message comes, a place and kind is one fault, and each look
// counts once.
func TestLooksOfManyRobotsAreOneFault(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		f, heard := fault.Fault{}, map[[2]any]bool{}
		r := fault.Rules{ReopenWindow: time.Hour, MaxVerifications: 3, MaxSightings: 1000}
		for range rapid.IntRange(1, 20).Draw(t, "messages") {
			o := look(uint64(rapid.IntRange(1, 5).Draw(t, "seq")), 0, "solid")
			o.SerialNumber = rapid.SampledFrom([]string{"NR-01", "NR-02", "NR-03"}).Draw(t, "robot")
			seen := diskAmber
			seen.Face = "rear" // a device is one, from whichever face
			f = fault.Seen(f, "F-1", o, seen, r)
			heard[[2]any{o.SerialNumber, o.Seq}] = true
		}
		if f.Key != fault.KeyOf(diskAmber) || len(f.Sightings) != len(heard) {
			t.Fatalf("%s with %d looks, want %d", f.Key, len(f.Sightings), len(heard))
		}
		if want := len(heard) > 1; (f.State == fault.Confirmed) != want {
			t.Fatalf("%d looks: %s", len(heard), f.State)
		}
	})
}

func TestARaisedFaultSaysHowLongItStands(t *testing.T) {
	f := fault.Raised(resolved(), 2, 90*time.Minute, night)
	if last := f.Timeline[len(f.Timeline)-1].What; f.Level != 2 || last != "raised for the second time: it stands for 1h30m0s" {
		t.Errorf("level %d: %q", f.Level, last)
	}
}
