package scene_test

import (
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
)

// upright turns the sensor's image as its mounting asks for.
func upright(px [768]float64) (up [32][24]float64) {
	for row := range up {
		for col := range up[row] {
			up[row][col] = px[(23-col)*32+row]
		}
	}
	return up
}

// behind is the view from 1 m behind the middle rack.
func behind(heightM float64) scene.View {
	return scene.View{Hall: "h", HeightM: heightM, Pose: maps.Pose{X: 0.9, Y: -1.55, ThetaRad: math.Pi / 2}}
}

func mean(up [32][24]float64) float64 {
	sum := 0.0
	for _, row := range up {
		for _, c := range row {
			sum += c
		}
	}
	return sum / 768
}

func TestRearsAreHotterThanFrontsByMostOfTheRise(t *testing.T) {
	s := newScene(t, 3)
	front := mean(upright(s.ThermalPixels(before(1, 0), truth{}, noon)))
	rear := mean(upright(s.ThermalPixels(behind(1), truth{}, noon)))
	if front < 20 || front > 26 {
		t.Errorf("fronts show %.1f °C, want inlet air and a little", front)
	}
	if rear-front < 6 || rear-front > 14 {
		t.Errorf("rears are %.1f K over the fronts, want most of a rise of 14 K", rear-front)
	}
}

func TestHotDeviceShowsWhereItIsAndNowhereElse(t *testing.T) {
	s := newScene(t, 3)
	const unit = 32 // its middle is 1.50 m above the floor: 0.1 + 31.5 x 44.45 mm
	cool := upright(s.ThermalPixels(before(1.2, 0), truth{}, noon))
	hot := upright(s.ThermalPixels(before(1.2, 0), truth{rise: map[string]float64{"A02-u32": 25}}, noon))
	wantRow := 16 - (0.1+(unit-0.5)*maps.UnitM-1.2)/math.Tan(27.5*math.Pi/180)*16
	best, at := 0.0, 0
	for row := range hot {
		for col := range hot[row] {
			d := hot[row][col] - cool[row][col]
			if d > best {
				best, at = d, row
			}
			if math.Abs(float64(row)+0.5-wantRow) > 4 && math.Abs(d) > 0.2 {
				t.Errorf("pixel %d,%d is %.2f K hotter, far from the hot device", row, col, d)
			}
		}
	}
	if best < 13 || best > 25 || math.Abs(float64(at)+0.5-wantRow) > 1 {
		t.Errorf("hottest by %.1f K in row %d, want most of 25 K (blurred over a unit) at %.1f", best, at, wantRow)
	}
}

func TestThermalPictureIsTurnedAndShiftedAsItsMounting(t *testing.T) {
	s := newScene(t, 3)
	hot := truth{rise: map[string]float64{"A01-u30": 40}} // the right neighbour, for he who looks south
	right30 := before(1.2, 0)
	right30.Pose.ThetaRad -= 0.3
	up := upright(s.ThermalPixels(right30, hot, noon))
	left, right := 0.0, 0.0
	for row := range up {
		for col := range 12 {
			left += up[row][col]
			right += up[row][23-col]
		}
	}
	if right <= left+10 {
		t.Errorf("the hot neighbour at the right gives %.0f at the right and %.0f at the left", right, left)
	}
}

func TestAirIsDampInTheColdAisleAndDryInTheHotOne(t *testing.T) {
	s := newScene(t, 3)
	coldC, coldRH := s.Air(before(1, 0), truth{}, noon)
	hotC, hotRH := s.Air(behind(1), truth{}, noon)
	if coldC < 18 || coldC > 27 {
		t.Errorf("cold aisle has %.1f °C, want ASHRAE's recommended 18 to 27", coldC)
	}
	if hotC < coldC+5 || hotRH >= coldRH || hotRH < 8 || coldRH > 60 {
		t.Errorf("cold %.1f °C %.0f %%, hot %.1f °C %.0f %%", coldC, coldRH, hotC, hotRH)
	}
	hotter, _ := s.Air(behind(1), truth{rise: map[string]float64{"A02-u32": 25}}, noon)
	if hotter <= hotC {
		t.Error("a hot device does not warm the air behind its rack")
	}
}

func TestPeersOfOneModelDifferByLessThanAFault(t *testing.T) {
	s := newScene(t, 9)
	up := upright(s.ThermalPixels(behind(1.2), truth{}, noon))
	low, high := math.Inf(1), math.Inf(-1)
	for row := 2; row < 7; row++ { // units 31 to 37: servers
		low, high = min(low, up[row][12]), max(high, up[row][12])
	}
	if high-low > 3 {
		t.Errorf("peers spread over %.1f K", high-low)
	}
}

// TestHeatIsAsMuchWhereverItFallsOnThePixels: what a hot unit adds to the picture does not depend on where among the pixels
// its edges lie.
func TestHeatIsAsMuchWhereverItFallsOnThePixels(t *testing.T) {
	s := newScene(t, 3)
	hot := truth{rise: map[string]float64{"A02-u32": 25}}
	least, most := math.Inf(1), 0.0
	for k := range 20 {
		heightM := 1.2 + 0.002*float64(k) // 4 cm in all, more than a pixel
		added := 768 * (mean(upright(s.ThermalPixels(before(heightM, 0), hot, noon))) - mean(upright(s.ThermalPixels(before(heightM, 0), truth{}, noon))))
		least, most = min(least, added), max(most, added)
	}
	if most > 1.04*least {
		t.Errorf("it adds %.0f to %.0f K over all pixels", least, most)
	}
}
