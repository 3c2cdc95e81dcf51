package notice_test

import (
	"fmt"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
)

// doorSeen is what is said of a door of a kind that stands open by so many degrees, on a day that is changed.
func doorSeen(kind string, deg, sigmaM float64, change func(now *day)) vision.Sighting {
	now, then := patrol(), commissioned()
	now.door = &maps.Door{Kind: kind, Hinge: "left", GapM: 0.05}
	then.door, now.deg = now.door, deg
	change(&now)
	s := scene(now, then)
	s.SigmaM = sigmaM
	return notice.Notice(s)[0]
}

func TestAHallTooDarkToShowALeafLeavesItsDoorInDoubt(t *testing.T) {
	for _, kind := range []string{maps.GlassDoor, maps.SolidDoor, maps.PerforatedDoor} {
		for _, gain := range []float64{0.01, 0.02, 0.03} {
			t.Run(fmt.Sprintf("%s %g", kind, gain), func(t *testing.T) {
				got := doorSeen(kind, 0, 0.001, func(now *day) { now.gain, now.lag, now.slope, now.lamps = gain, 0, 0, false })
				if got.State != vision.StateUnknown && got.State != vision.StateClosed {
					t.Errorf("got %+v of a closed door", got)
				}
			})
		}
	}
}

func TestAClosedDoorThatIsRegisteredBesideItsPlaceIsNotOpen(t *testing.T) {
	const sigmaM = 0.004
	for _, offM := range []float64{-0.006, -0.004, 0.004, 0.006} {
		t.Run(fmt.Sprintf("%+.0f mm", 1000*offM), func(t *testing.T) {
			got := doorSeen(maps.PerforatedDoor, 0, sigmaM, func(now *day) { now.offX = offM })
			if got.State != vision.StateUnknown && got.State != vision.StateClosed {
				t.Errorf("got %+v of a closed door", got)
			}
		})
	}
	for deg, want := range map[float64]string{12: vision.StateAjar, 100: vision.StateOpen} {
		if got := doorSeen(maps.PerforatedDoor, deg, sigmaM, func(now *day) { now.offX = 0.005 }); got.State != want {
			t.Errorf("at %.0f° got %+v, want %s", deg, got, want)
		}
	}
}
