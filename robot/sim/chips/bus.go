// Package chips is an I2C bus with chips on it that are not there: they answer at register level, so that a driver
// cannot tell the difference.
package chips

import (
	"context"
	"time"

	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// A Clock is the time the chips live in.
type Clock interface {
	Now() time.Time
	Sleep(ctx context.Context, d time.Duration) error
}

// A Chip answers one address. An error is a NACK.
type Chip interface {
	Write(w []byte) error
	Read(r []byte) error
}

// A Bus is a simulated I2C bus; it implements i2c.Bus.
type Bus struct{}

var _ i2c.Bus = (*Bus)(nil)

// NewBus returns a bus with nothing on it.
func NewBus() *Bus { return &Bus{} }

// Attach puts a chip on the bus, in place of one that had the address.
func (b *Bus) Attach(addr uint16, c Chip) {}

// Tx implements i2c.Bus.
func (b *Bus) Tx(addr uint16, w, r []byte) error { return nil }

// SetSpeed implements i2c.Bus.
func (b *Bus) SetSpeed(f physic.Frequency) error { return nil }

func (b *Bus) String() string { return "simulated I2C" }

// MLX90640Addr and SHT4xAddr are the chips' usual addresses.
const (
	MLX90640Addr uint16 = 0x33
	SHT4xAddr    uint16 = 0x44
)

// MLX90640 is a simulated thermal array.
type MLX90640 struct{}

// NewMLX90640 returns a sensor that sees what scene says: per pixel the temperature of a surface of emissivity 0.95
// in °C, row by row, row 0 at the top of the sensor's own 32 x 24 image, and the sensor's own temperature. seed makes
// its calibration's and its noise's small irregularities.
func NewMLX90640(scene func() (pixelsC [768]float64, ambientC float64), clock Clock, seed uint64) *MLX90640 {
	return &MLX90640{}
}

// Write implements Chip.
func (m *MLX90640) Write(w []byte) error { return nil }

// Read implements Chip.
func (m *MLX90640) Read(r []byte) error { return nil }

// SHT4x is a simulated air sensor.
type SHT4x struct{}

// NewSHT4x returns a sensor in the air that air says.
func NewSHT4x(air func() (tempC, rhPercent float64), clock Clock, seed uint64) *SHT4x {
	return &SHT4x{}
}

// Write implements Chip.
func (s *SHT4x) Write(w []byte) error { return nil }

// Read implements Chip.
func (s *SHT4x) Read(r []byte) error { return nil }
