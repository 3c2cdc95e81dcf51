package fault_test

import (
	"strings"
	"testing"
	"time"

	"github.com/nightrounds/nightrounds/fleet/fault"
	"github.com/nightrounds/nightrounds/fleet/wire"
)

func TestPrecisionCountsWhatPeopleJudgedAndOwnsUpToTheRest(t *testing.T) {
	seen := func(id, robot string, s fault.State) fault.Fault {
		return fault.Fault{ID: id, State: s, Kind: "disk-failed", Rack: "A03", Device: "d", Sightings: []fault.Look{{Robot: wire.RobotID{SerialNumber: robot}}}}
	}
	faults := []fault.Fault{
		seen("F-1", "NR-01", fault.Resolved), seen("F-2", "NR-01", fault.Escalated), seen("F-3", "NR-02", fault.Resolved), seen("F-4", "NR-02", fault.Resolved),
		seen("F-5", "NR-02", fault.Dismissed), seen("F-6", "NR-02", fault.Suspected), seen("F-7", "NR-02", fault.Folded),
		seen("F-8", "NR-03", fault.Dismissed),
	}
	verdicts := map[string]fault.Verdict{}
	for id, says := range map[string]fault.Judgement{"F-1": fault.Right, "F-2": fault.FalseAlarm, "F-3": fault.WrongPlace, "F-8": fault.WrongCause} {
		f, v, err := fault.Judged(faults[id[2]-'1'], says, "ann", "seen with my own eyes", night)
		if err != nil || !strings.Contains(f.Timeline[len(f.Timeline)-1].What, "judged "+string(says)+" by ann: seen") || !f.UpdatedAt.IsZero() {
			t.Fatalf("%+v, %v", f, err)
		}
		verdicts[id] = v
	}
	got := map[string]fault.Precision{}
	for _, p := range fault.Precisions(faults, verdicts, func(string) string { return "server" }) {
		got[p.Of+" "+p.Which] = p
	}
	all := got["kind disk-failed"]
	if all.Judged != 4 || all.Right != 1 || all.False != 1 || all.WrongPlace != 1 || all.WrongCause != 1 || all.Unjudged != 1 || all.Share != 0.25 || all.Low <= 0 || all.High >= 1 {
		t.Errorf("%+v", all)
	}
	if one, two := got["robot NR-01"], got["robot NR-02"]; one.Judged != 2 || one.Share != 0.5 || two.Judged != 1 || two.Unjudged != 1 {
		t.Errorf("%+v\n%+v", one, two)
	}
	if len(got) != 6 || got["device type server"].Judged != 4 || got["rack A03"].Judged != 4 {
		t.Errorf("%d rows: %+v", len(got), got)
	}
}

func TestJudgementNeedsAWordThatIsKnownAndAName(t *testing.T) {
	if _, _, err := fault.Judged(fault.Fault{ID: "F-1"}, "perhaps", "ann", "", night); err == nil {
		t.Error("judged perhaps")
	}
	if _, _, err := fault.Judged(fault.Fault{ID: "F-1"}, fault.Right, "", "", night); err == nil {
		t.Error("judged by nobody")
	}
}

func TestFaultIsInItsStateSinceItsStorySaysSo(t *testing.T) {
	f := fault.Moved(fault.Fault{OpenedAt: night}, fault.Verifying, night.Add(time.Hour), "repaired")
	f = fault.Noted(f, night.Add(2*time.Hour), "verification 1 asked for")
	if at := f.Since(); !at.Equal(night.Add(time.Hour)) {
		t.Errorf("since %s", at)
	}
	if at := (fault.Fault{OpenedAt: night, State: fault.Ticketed}).Since(); !at.Equal(night) {
		t.Errorf("a fault without a story is in its state since %s", at)
	}
}
