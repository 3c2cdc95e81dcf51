// Package sht4x reads a Sensirion SHT40, SHT41 or SHT45, a sensor of air temperature and humidity on I2C.
//
// It never uses the heater. Sources: datasheet SHT4x; Sensirion's embedded-sht. The sensor answers a
// command only in a transfer of its own, after a wait; it acknowledges no read while it measures.
package sht4x

import (
	"cmp"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// DefaultAddr is the I2C address of the usual variant (SHT4x-A).
const DefaultAddr uint16 = 0x44

// ErrCRC says that what the sensor sent was damaged on the bus.
var ErrCRC = errors.New("checksum is wrong: check the bus's pull-ups, length and speed")

// Opts are the options of New.
type Opts struct {
	Addr  uint16      // 0 means DefaultAddr
	Clock clock.Clock // what waits are measured in
}

// Air is one measurement.
type Air struct {
	TempC     float64
	RHPercent float64 // 0..100, over water
}

// DewPointC is the temperature in °C at which this air's water condenses: the Magnus formula with Sensirion's
// coefficients over water (17.62, 243.12 °C), good to 0.1 K from 0 to 50 °C. Air without any water has none: -Inf.
func (a Air) DewPointC() float64 {
	if a.RHPercent <= 0 {
		return math.Inf(-1)
	}
	const beta, lambda = 17.62, 243.12
	g := math.Log(a.RHPercent/100) + beta*a.TempC/(lambda+a.TempC)
	return lambda * g / (beta - g)
}

// Commands, and how long the sensor takes over each at most.
const (
	measureHigh = 0xFD
	readSerial  = 0x89
	softReset   = 0x94

	measureTime = 10 * time.Millisecond // 8.3 ms by the datasheet
	shortTime   = 2 * time.Millisecond  // 1 ms by the datasheet
	rereads     = 3
)

// Dev is one sensor. It is not safe for use by two goroutines at a time.
type Dev struct {
	bus    i2c.Dev
	clock  clock.Clock
	serial uint32
}

var _ conn.Resource = (*Dev)(nil)

// New resets the sensor and reads its serial number. opts may be nil.
func New(ctx context.Context, bus i2c.Bus, opts *Opts) (*Dev, error) {
	d := &Dev{bus: i2c.Dev{Bus: bus, Addr: DefaultAddr}}
	if opts != nil {
		d.bus.Addr, d.clock = cmp.Or(opts.Addr, DefaultAddr), opts.Clock
	}
	if err := d.bus.Tx([]byte{softReset}, nil); err != nil {
		return nil, fmt.Errorf("sht4x: reset: %w", err)
	}
	if err := d.clock.Sleep(ctx, shortTime); err != nil {
		return nil, fmt.Errorf("sht4x: reset: %w", err)
	}
	high, low, err := d.ask(ctx, readSerial, shortTime)
	if err != nil {
		return nil, fmt.Errorf("sht4x: read serial number: %w", err)
	}
	d.serial = uint32(high)<<16 | uint32(low)
	return d, nil
}

// Serial is the chip's serial number.
func (d *Dev) Serial() uint32 { return d.serial }

// Sense measures with high precision; it takes 10 ms.
func (d *Dev) Sense(ctx context.Context) (Air, error) {
	t, rh, err := d.ask(ctx, measureHigh, measureTime)
	if err != nil {
		return Air{}, fmt.Errorf("sht4x: measure: %w", err)
	}
	return convert(t, rh), nil
}

// convert turns ticks into air; datasheet chapter 4.6. Humidity may come out a little past its ends.
func convert(t, rh uint16) Air {
	return Air{
		TempC:     -45 + 175*float64(t)/math.MaxUint16,
		RHPercent: min(max(-6+125*float64(rh)/math.MaxUint16, 0), 100),
	}
}

// ask sends a command, waits, and reads its two words. A sensor that is still busy is asked again, a few times.
func (d *Dev) ask(ctx context.Context, command byte, takes time.Duration) (first, second uint16, err error) {
	if err := d.bus.Tx([]byte{command}, nil); err != nil {
		return 0, 0, err
	}
	var reply [6]byte
	for range rereads {
		if err := d.clock.Sleep(ctx, takes); err != nil {
			return 0, 0, err
		}
		if err = d.bus.Tx(nil, reply[:]); err == nil {
			return parse(reply)
		}
	}
	return 0, 0, fmt.Errorf("no answer after %d tries: %w", rereads, err)
}

// parse takes a reply apart: two words, big-endian, each with its checksum.
func parse(reply [6]byte) (first, second uint16, err error) {
	for i, word := range [][]byte{reply[:3], reply[3:]} {
		if got, want := word[2], crc8(word[:2]); got != want {
			return 0, 0, fmt.Errorf("word %d: %w (%#02x, want %#02x)", i, ErrCRC, got, want)
		}
	}
	return binary.BigEndian.Uint16(reply[0:]), binary.BigEndian.Uint16(reply[3:]), nil
}

// crc8 is Sensirion's: polynomial 0x31, start 0xFF, not reflected.
func crc8(data []byte) byte {
	crc := byte(0xFF)
	for _, b := range data {
		crc ^= b
		for range 8 {
			if crc&0x80 != 0 {
				crc = crc<<1 ^ 0x31
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

// Halt implements conn.Resource; the sensor idles between measurements.
func (d *Dev) Halt() error { return nil }

func (d *Dev) String() string { return fmt.Sprintf("SHT4x{%v}", &d.bus) }
