// Package sht4x reads a Sensirion SHT40, SHT41 or SHT45, a sensor of air temperature and humidity on I2C.
package sht4x

import (
	"context"
	"time"

	"periph.io/x/conn/v3/i2c"
)

// A Clock is the time that waits are measured in.
type Clock interface {
	Sleep(ctx context.Context, d time.Duration) error
}

// Opts are the options of New.
type Opts struct {
	Addr  uint16 // 0 means 0x44
	Clock Clock  // nil means the wall clock
}

// Air is one measurement.
type Air struct {
	TempC     float64
	RHPercent float64 // 0..100
}

// DewPointC is the temperature at which this air's water condenses.
func (a Air) DewPointC() float64 { return 0 }

// Dev is one sensor.
type Dev struct{}

// New resets the sensor and reads its serial number.
func New(ctx context.Context, bus i2c.Bus, opts *Opts) (*Dev, error) { return &Dev{}, nil }

// Serial is the chip's serial number.
func (d *Dev) Serial() uint32 { return 0 }

// Sense measures with high precision; it takes 10 ms.
func (d *Dev) Sense(ctx context.Context) (Air, error) { return Air{}, ctx.Err() }

// Halt implements conn.Resource.
func (d *Dev) Halt() error { return nil }

func (d *Dev) String() string { return "SHT4x" }

var _ = time.Second
