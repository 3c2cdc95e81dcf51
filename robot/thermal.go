package robot

import (
	"context"
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/robot/sensors/mlx90640"
	"github.com/nightrounds/nightrounds/robot/sensors/sht4x"
	"github.com/nightrounds/nightrounds/vision"
)

// The MLX90640BAA's fields of view: 55 deg over its 32 columns, 35 deg over its 24 rows (datasheet, chapter 12.4).
const (
	arrayLongRad  = 55 * math.Pi / 180
	arrayShortRad = 35 * math.Pi / 180
	// arrayRightM is how far the array sits to the right of the camera, seen from behind.
	arrayRightM = 0.030
)

// A ThermalArray is an MLX90640 that is mounted portrait, its 32 columns running from the top of the picture to its
// bottom and its row 0 on the right: turned clockwise by a quarter, seen from behind.
type ThermalArray struct{ Dev *mlx90640.Dev }

// Frame takes an image and turns it upright.
func (t ThermalArray) Frame(ctx context.Context) (vision.ThermalFrame, error) {
	var raw mlx90640.Frame
	if err := t.Dev.Sense(ctx, &raw); err != nil {
		return vision.ThermalFrame{}, fmt.Errorf("thermal array: %w", err)
	}
	return upright(&raw.TempC), nil
}

// upright turns the sensor's own 32 x 24 image into one of 24 x 32.
func upright(raw *[mlx90640.Pixels]float32) vision.ThermalFrame {
	const width, height = mlx90640.Rows, mlx90640.Columns
	f := vision.ThermalFrame{
		Width: width, Height: height, C: make([]float32, width*height),
		HFOVRad: arrayShortRad, VFOVRad: arrayLongRad, OffsetRightM: arrayRightM,
	}
	for y := range height {
		for x := range width {
			f.C[y*width+x] = raw[(width-1-x)*mlx90640.Columns+y]
		}
	}
	return f
}

// An AirProbe is an SHT4x in the air before the robot's mast.
type AirProbe struct{ Dev *sht4x.Dev }

// Air measures once.
func (p AirProbe) Air(ctx context.Context) (vision.Air, error) {
	m, err := p.Dev.Sense(ctx)
	if err != nil {
		return vision.Air{}, fmt.Errorf("air sensor: %w", err)
	}
	return vision.Air{TemperatureC: m.TempC, HumidityPercent: m.RHPercent, DewPointC: m.DewPointC()}, nil
}
