package notice_test

import (
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// free is the share of a disc on the drawn face that the sheet of the door leaves free.
func (d day) free(t vision.Target, x, y, diameterM float64) float64 {
	const steps = 8
	in, n := 0.0, 0.0
	for j := -steps; j <= steps; j++ {
		for i := -steps; i <= steps; i++ {
			if i*i+j*j > steps*steps {
				continue
			}
			n++
			if _, through := d.leaf(t, x+diameterM/2*float64(i)/steps, y+diameterM/2*float64(j)/steps); through {
				in++
			}
		}
	}
	return in / n
}

// TestWebsTellHowMuchOfALightTheyHide: places all over the face, through sheets darker and brighter than what is behind.
func TestWebsTellHowMuchOfALightTheyHide(t *testing.T) {
	for name, sheet := range map[string]float64{"black sheet": 0, "pale sheet": 0.5} {
		t.Run(name, func(t *testing.T) {
			now, then := patrol(), commissioned()
			now.offX, now.offY = 0, 0
			now.door, now.sheet = &maps.Door{Kind: maps.PerforatedDoor, Hinge: "left", GapM: 0.04}, sheet
			then.door = now.door
			s := scene(now, then)
			web, ok := s.Web()
			if !ok {
				t.Fatal("no sheet is seen before the face")
			}
			const wide = 0.003
			n, told, wrong, off := 0, 0, 0, 0.0
			for x := 0.08; x < 0.52; x += 0.0137 {
				for y := baseM + 0.05; y < baseM+0.9; y += 0.0173 {
					n++
					share, ok := web.Seen(x, y, wide)
					if !ok {
						continue
					}
					truth := now.free(s.Target, x, y, wide)
					told++
					off += math.Abs(share - truth)
					if truth < 0.2 && share > 0.5 || truth > 0.8 && share < 0.5 {
						wrong++
					}
				}
			}
			if told < n*9/10 || wrong > told/50 || off/float64(told) > 0.12 {
				t.Errorf("of %d places %d told, %d wrong, off by %.2f in the mean", n, told, wrong, off/float64(told))
			}
			t.Logf("of %d places %d told, %d wrong, off by %.2f in the mean", n, told, wrong, off/float64(told))
		})
	}
}

func TestNoSheetIsSeenWhereNoneIs(t *testing.T) {
	for name, kind := range map[string]string{"a pane": maps.GlassDoor, "a perforated door that stands open": maps.PerforatedDoor} {
		now, then := patrol(), commissioned()
		now.door = &maps.Door{Kind: kind, Hinge: "left", GapM: 0.04}
		now.deg, then.door = 100, now.door
		s := scene(now, then)
		if _, ok := s.Web(); ok {
			t.Errorf("%s is taken for a sheet", name)
		}
	}
}
