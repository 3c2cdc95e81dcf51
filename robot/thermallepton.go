package robot

import (
	"context"
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/robot/sensors/lepton"
	"github.com/nightrounds/nightrounds/vision"
)

// The Lepton 3.5's fields of view: 57 deg over its 160 columns; 44 deg over its 120 rows by its focal length
// (engineering datasheet, table 3).
const (
	leptonLongRad  = 57 * math.Pi / 180
	leptonShortRad = 44 * math.Pi / 180
)

// A LeptonArray is a Lepton 3.5 that is mounted like a ThermalArray: portrait, turned clockwise by a quarter, seen from
// behind, its 160 columns running from the top of the picture to its bottom and its row 0 on the right.
type LeptonArray struct{ Dev *lepton.Dev }

// Frame takes a picture and turns it upright.
func (l LeptonArray) Frame(ctx context.Context) (vision.ThermalFrame, error) {
	raw := new(lepton.Frame)
	if err := l.Dev.Sense(ctx, raw); err != nil {
		return vision.ThermalFrame{}, fmt.Errorf("thermal camera: %w", err)
	}
	const width, height = lepton.Rows, lepton.Columns
	f := vision.ThermalFrame{
		Width: width, Height: height, C: make([]float32, width*height),
		HFOVRad: leptonShortRad, VFOVRad: leptonLongRad, OffsetRightM: arrayRightM, Emissivity: raw.Emissivity,
	}
	for y := range height {
		for x := range width {
			f.C[y*width+x] = raw.TempC[(width-1-x)*lepton.Columns+y]
		}
	}
	return f, nil
}
