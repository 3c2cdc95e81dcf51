package notice

import (
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

func TestADoorIsToldOpenOnlyWhereItsEdgesMovedAndNothingSpeaksForTheClosedOne(t *testing.T) {
	open, ajar := vision.Sighting{State: vision.StateOpen, Value: 90, Confidence: 0.7}, vision.Sighting{State: vision.StateAjar, Value: 8, Confidence: 0.8}
	closed, unknown := vision.Sighting{State: vision.StateClosed, Confidence: 0.9}, vision.Sighting{State: vision.StateUnknown}
	still, moved, beside := stiles{kept: 12, free: 6}, stiles{kept: 4, gone: 8}, stiles{kept: 4, astray: 8}
	for name, tc := range map[string]struct {
		told  vision.Sighting
		kind  string
		edges stiles
		hangs bool
		want  string
	}{
		"nothing known, edges still":        {unknown, maps.PerforatedDoor, still, false, vision.StateClosed},
		"a weak lean, edges still":          {ajar, maps.PerforatedDoor, still, false, vision.StateClosed},
		"a small lean, edges still":         {vision.Sighting{State: vision.StateAjar, Value: 3, Confidence: 0.97}, maps.PerforatedDoor, still, false, vision.StateClosed},
		"holes that grow, edges still":      {vision.Sighting{State: vision.StateAjar, Value: 7.3, Confidence: 0.97}, maps.PerforatedDoor, still, false, vision.StateAjar},
		"a pane thought gone, edges still":  {open, maps.GlassDoor, still, false, vision.StateUnknown},
		"a sheet thought gone, edges still": {open, maps.PerforatedDoor, still, false, vision.StateUnknown},
		"a sheet gone, no edges to be seen": {open, maps.PerforatedDoor, stiles{}, false, vision.StateUnknown},
		"a sheet gone, edges moved":         {open, maps.PerforatedDoor, moved, false, vision.StateOpen},
		"a weak lean, edges beside":         {ajar, maps.PerforatedDoor, beside, false, vision.StateAjar},
		"nothing known, edges moved":        {unknown, maps.PerforatedDoor, moved, false, vision.StateOpen},
		"nothing known, edges beside":       {unknown, maps.PerforatedDoor, beside, false, vision.StateUnknown},
		"a sheet that hangs, edges moved":   {closed, maps.PerforatedDoor, moved, true, vision.StateUnknown},
		"a sheet that hangs, edges beside":  {closed, maps.PerforatedDoor, beside, true, vision.StateClosed},
		"a coarse sheet, edges moved":       {closed, maps.PerforatedDoor, moved, false, vision.StateOpen},
	} {
		empty := plane{scale: workM}
		s := Scene{Target: vision.Target{WidthM: 0.6, Door: &maps.Door{Kind: tc.kind, Hinge: "left"}}}
		if got := s.byStiles(tc.told, tc.edges, tc.hangs, empty, empty); got.State != tc.want {
			t.Errorf("%s: %+v, want %s", name, got, tc.want)
		}
	}
}
