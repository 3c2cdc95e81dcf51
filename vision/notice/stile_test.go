package notice

import (
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

func TestStillEdgesOutweighAWeakLeanOnly(t *testing.T) {
	still := stiles{kept: 12, free: 6}
	for name, tc := range map[string]struct {
		told vision.Sighting
		kind string
		want string
	}{
		"nothing known":        {vision.Sighting{State: vision.StateUnknown}, maps.PerforatedDoor, vision.StateClosed},
		"a weak lean":          {vision.Sighting{State: vision.StateAjar, Value: 8, Confidence: 0.8}, maps.PerforatedDoor, vision.StateClosed},
		"a small lean":         {vision.Sighting{State: vision.StateAjar, Value: 3, Confidence: 0.97}, maps.PerforatedDoor, vision.StateClosed},
		"holes that grow":      {vision.Sighting{State: vision.StateAjar, Value: 7.3, Confidence: 0.97}, maps.PerforatedDoor, vision.StateAjar},
		"a pane thought gone":  {vision.Sighting{State: vision.StateOpen, Value: 90, Confidence: 0.7}, maps.GlassDoor, vision.StateUnknown},
		"a sheet thought gone": {vision.Sighting{State: vision.StateOpen, Value: 90, Confidence: 0.7}, maps.PerforatedDoor, vision.StateUnknown},
	} {
		s := Scene{Target: vision.Target{Door: &maps.Door{Kind: tc.kind, Hinge: "left"}}}
		if got := s.byStiles(tc.told, still, plane{}, plane{}); got.State != tc.want {
			t.Errorf("%s: %+v, want %s", name, got, tc.want)
		}
	}
}
