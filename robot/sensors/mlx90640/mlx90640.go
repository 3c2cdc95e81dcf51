// Package mlx90640 reads a Melexis MLX90640, a thermal array of 32 x 24 pixels on I2C.
//
// The sensor measures the pixels in two halves, subpages, in a chess pattern. Sense waits for two whole new ones and
// computes every pixel's temperature with the sensor's own calibration.
//
// It does not know how the sensor is mounted: row 0 is the sensor's own top.
//
// # Datasheet and traps
//
// MLX90640 datasheet, chapter 11; Melexis' C library (github.com/melexis/mlx90640-library) where
// the two differ: the datasheet's worked example of 80.36 °C is off by 0.2 K. That library waits for data without an
// end and overwrites the error of a torn auxiliary line with the next check's; here both are errors. Above 400 kHz
// the EEPROM cannot be read; below 1 MHz a refresh rate of more than 8 Hz tears frames.
package mlx90640

import (
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

// Size of the array.
const (
	Columns = 32
	Rows    = 24
	Pixels  = Columns * Rows
)

// DefaultAddr is the I2C address the sensor leaves the factory with.
const DefaultAddr uint16 = 0x33

// What Sense and New fail with, besides the bus's own errors.
var (
	ErrNotReady    = errors.New("sensor offers no new data: check its supply and its refresh rate")
	ErrTorn        = errors.New("sensor overwrote the frame while it was read: lower the refresh rate or raise the bus speed")
	ErrCalibration = errors.New("calibration is not that of an MLX90640: check the address and the wiring")
)

// Opts are the options of New. The zero Opts will do for painted steel and plastics.
type Opts struct {
	Addr       uint16      // 0 means DefaultAddr
	RateHz     float64     // of subpages: 0.5, 1, 2, 4, 8, 16, 32 or 64; 0 means 4
	Emissivity float64     // of what is looked at, (0, 1]; 0 means 0.95
	ReflectedC *float64    // temperature of what is reflected; nil means the sensor's own less 8 K
	Clock      clock.Clock // what waits are measured in
}

// A Frame is one whole image.
type Frame struct {
	TempC    [Pixels]float32 // °C, row by row, row 0 at the sensor's own top
	AmbientC float64         // the sensor's own temperature
	SupplyV  float64
	At       time.Time // when the second subpage was complete
}

// Dev is one sensor. It is not safe for use by two goroutines at a time.
type Dev struct {
	bus    i2c.Dev
	opts   Opts
	cal    calibration
	period time.Duration // of one subpage
	ram    [words]uint16 // the last frame's
	buf    [2 * words]byte
}

var _ conn.Resource = (*Dev)(nil)

// New reads the sensor's calibration and sets its refresh rate and chess pattern. opts may be nil.
func New(bus i2c.Bus, opts *Opts) (*Dev, error) {
	o := Opts{}
	if opts != nil {
		o = *opts
	}
	code, err := o.complete()
	if err != nil {
		return nil, err
	}
	d := &Dev{bus: i2c.Dev{Bus: bus, Addr: o.Addr}, opts: o}
	d.period = time.Duration(float64(time.Second) / o.RateHz)
	var eeprom [words]uint16
	if err := d.read(regEEPROM, eeprom[:]); err != nil {
		return nil, fmt.Errorf("mlx90640: read calibration: %w", err)
	}
	if d.cal, err = parseCalibration(&eeprom); err != nil {
		return nil, fmt.Errorf("mlx90640: %w", err)
	}
	return d, d.configure(code)
}

// complete fills defaults in and returns the control register's code of the rate.
func (o *Opts) complete() (code uint16, err error) {
	if o.Addr == 0 {
		o.Addr = DefaultAddr
	}
	if o.RateHz == 0 {
		o.RateHz = 4
	}
	if o.Emissivity == 0 {
		o.Emissivity = 0.95
	}
	if !(o.Emissivity > 0 && o.Emissivity <= 1) {
		return 0, fmt.Errorf("mlx90640: emissivity %v: want more than 0, at most 1", o.Emissivity)
	}
	if o.ReflectedC != nil && !(*o.ReflectedC > -273.15 && *o.ReflectedC < 1000) {
		return 0, fmt.Errorf("mlx90640: reflected temperature of %v °C", *o.ReflectedC)
	}
	for c := range uint16(8) {
		if o.RateHz == math.Ldexp(0.5, int(c)) {
			return c, nil
		}
	}
	return 0, fmt.Errorf("mlx90640: refresh rate of %v Hz: want 0.5, 1, 2, 4, 8, 16, 32 or 64", o.RateHz)
}

// configure sets rate and pattern, leaves all else, and reads it back.
func (d *Dev) configure(rate uint16) error {
	control, err := d.readWord(regControl)
	if err != nil {
		return fmt.Errorf("mlx90640: read settings: %w", err)
	}
	want := control&^controlRate | rate<<controlRateShift | controlChess
	if err := d.writeWord(regControl, want); err != nil {
		return fmt.Errorf("mlx90640: set the refresh rate: %w", err)
	}
	got, err := d.readWord(regControl)
	if err != nil {
		return fmt.Errorf("mlx90640: read settings back: %w", err)
	}
	if got != want {
		return fmt.Errorf("mlx90640: settings are %#04x after %#04x was written: check the wiring", got, want)
	}
	return nil
}

// Sense fills f with an image that was measured after the call, which takes two to three subpages' time. Its waits
// are bounded: a sensor that stands still is an error. A failed Sense leaves f undefined.
func (d *Dev) Sense(ctx context.Context, f *Frame) error {
	if err := d.writeWord(regStatus, statusClear); err != nil {
		return fmt.Errorf("mlx90640: start over: %w", err)
	}
	if _, err := d.wait(ctx); err != nil { // this subpage was begun before the call
		return err
	}
	if err := d.writeWord(regStatus, statusClear); err != nil {
		return fmt.Errorf("mlx90640: start over: %w", err)
	}
	const tries = 6
	var seen [2]bool
	torn := error(nil)
	for range tries {
		page, err := d.subpage(ctx)
		if errors.Is(err, ErrTorn) {
			torn = err
			continue
		}
		if err != nil {
			return err
		}
		if err := d.cal.temperatures(&d.ram, page, d.opts.Emissivity, d.opts.ReflectedC, f); err != nil {
			return fmt.Errorf("mlx90640: subpage %d: %w", page, err)
		}
		seen[page] = true
		if seen[0] && seen[1] {
			d.cal.mend(f)
			f.At = d.opts.Clock.Now()
			return nil
		}
	}
	if torn != nil {
		return fmt.Errorf("mlx90640: %w", torn)
	}
	return fmt.Errorf("mlx90640: %d subpages came, never both kinds: %w", tries, ErrNotReady)
}

// subpage reads the next subpage into d.ram and says which it is.
func (d *Dev) subpage(ctx context.Context) (page int, err error) {
	status, err := d.wait(ctx)
	if err != nil {
		return 0, err
	}
	if err := d.writeWord(regStatus, statusClear); err != nil {
		return 0, fmt.Errorf("mlx90640: acknowledge data: %w", err)
	}
	if err := d.read(regRAM, d.ram[:words]); err != nil {
		return 0, fmt.Errorf("mlx90640: read frame: %w", err)
	}
	after, err := d.readWord(regStatus)
	if err != nil {
		return 0, fmt.Errorf("mlx90640: read status: %w", err)
	}
	if after&statusNew != 0 {
		return 0, ErrTorn
	}
	if d.cal.control, err = d.readWord(regControl); err != nil {
		return 0, fmt.Errorf("mlx90640: read settings: %w", err)
	}
	return int(status & statusPage), nil
}

// wait polls until there is new data, for four subpages' time and half a second at most.
func (d *Dev) wait(ctx context.Context) (status uint16, err error) {
	polls := d.period / 8
	end := d.opts.Clock.Now().Add(4*d.period + 500*time.Millisecond)
	for {
		if status, err = d.readWord(regStatus); err != nil {
			return 0, fmt.Errorf("mlx90640: read status: %w", err)
		}
		if status&statusNew != 0 {
			return status, nil
		}
		if d.opts.Clock.Now().After(end) {
			return 0, fmt.Errorf("mlx90640: waited %v: %w", 4*d.period+500*time.Millisecond, ErrNotReady)
		}
		if err := d.opts.Clock.Sleep(ctx, polls); err != nil {
			return 0, fmt.Errorf("mlx90640: wait for data: %w", err)
		}
	}
}

// Halt implements conn.Resource. The sensor knows no rest; nothing runs here between calls.
func (d *Dev) Halt() error { return nil }

func (d *Dev) String() string { return fmt.Sprintf("MLX90640{%v}", &d.bus) }

// Registers; datasheet chapter 10.
const (
	regEEPROM  = 0x2400
	regRAM     = 0x0400
	regStatus  = 0x8000
	regControl = 0x800D

	words = 832 // of the EEPROM, and of pixels and auxiliary data in RAM

	statusPage  = 0x0001
	statusNew   = 0x0008
	statusClear = 0x0030

	controlChess     = 0x1000
	controlRate      = 0x0380
	controlRateShift = 7
)

func (d *Dev) read(reg uint16, out []uint16) error {
	raw := d.buf[:2*len(out)]
	if err := d.bus.Tx([]byte{byte(reg >> 8), byte(reg)}, raw); err != nil {
		return err
	}
	for i := range out {
		out[i] = binary.BigEndian.Uint16(raw[2*i:])
	}
	return nil
}

func (d *Dev) readWord(reg uint16) (uint16, error) {
	var w [1]uint16
	err := d.read(reg, w[:])
	return w[0], err
}

func (d *Dev) writeWord(reg, value uint16) error {
	return d.bus.Tx([]byte{byte(reg >> 8), byte(reg), byte(value >> 8), byte(value)}, nil)
}
