package scene_test

import (
	"math"
	"testing"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sim/scene"
	"pgregory.net/rapid"
)

// Wherever the camera stands before a rack, the one lit light is in the picture where the pinhole says: the light's
// place in the hall, taken to the camera's axes and divided by its depth.
func TestLightIsWhereThePinholeSaysFromAnyPose(t *testing.T) {
	s := newScene(t, 11)
	led := site().Halls[0].Rows[0].Racks[1].Devices[0].Type.LEDs[0]
	rapid.Check(t, func(t *rapid.T) {
		unit := rapid.IntRange(11, 19).Draw(t, "unit")
		yaw := rapid.Float64Range(-0.3, 0.3).Draw(t, "yaw")
		view := scene.View{Hall: "h", HeightM: rapid.Float64Range(0.6, 1.1).Draw(t, "height"), Pose: maps.Pose{
			X: 0.7 + rapid.Float64Range(-0.1, 0.1).Draw(t, "x"), Y: 0.55 + rapid.Float64Range(0.8, 1.3).Draw(t, "y"), ThetaRad: -math.Pi/2 + yaw}}
		// The middle rack's front looks north: its left edge is at x = 1.2 for who stands before it, u runs to the west.
		x := 1.2 - (0.6-maps.PanelWidthM)/2 - led.XMM/1000 - view.Pose.X
		y := 0.55 - view.Pose.Y
		up := 0.1 + float64(unit-1)*maps.UnitM + led.YMM/1000 - view.HeightM
		sin, cos := math.Sincos(view.Pose.ThetaRad)
		depth, right := x*cos+y*sin, x*sin-y*cos
		shot := scene.Shot{View: view, Width: 180, Height: 320, Intrinsics: pinhole(180, 320), Times: times(1, 30)}
		px := shot.Intrinsics.CX + shot.Intrinsics.FX*right/depth
		py := shot.Intrinsics.CY - shot.Intrinsics.FY*up/depth
		if px < 8 || px > 172 || py < 8 || py > 312 {
			t.Skip("the light is not in view")
		}
		device := "A02-u" + string(rune('0'+unit/10)) + string(rune('0'+unit%10))
		lit := render(t, s, shot, truth{dark: true, light: map[string]maps.LEDState{device + "/health": {Colour: "white", Pattern: "solid"}}})
		dark := render(t, s, shot, truth{dark: true})
		var sum, sx, sy float64
		for i := 0; i < len(lit); i += 3 {
			if d := float64(lit[i+1]) - float64(dark[i+1]); d > 20 {
				sum += d
				sx += d * float64(i/3%shot.Width)
				sy += d * float64(i/3/shot.Width)
			}
		}
		// Shake and factory move it by up to 0.8 px together; small lights are found to 0.3 px.
		if sum == 0 || math.Hypot(sx/sum-px, sy/sum-py) > 1.2 {
			t.Errorf("the light is at %.1f,%.1f px, want %.1f,%.1f", sx/sum, sy/sum, px, py)
		}
	})
}
