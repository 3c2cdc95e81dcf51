// Package lepton reads a Teledyne FLIR Lepton 3.5, a thermal camera of 160 x 120 pixels: pictures over SPI (VoSPI),
// settings over I2C (the CCI).
//
// It does not know how the camera is mounted: row 0 is the camera's own top.
//
// # Datasheets and traps
//
// FLIR Lepton engineering datasheet, rev. 203, chapters 8 and 9; Lepton software interface description, rev. 200.
//   - A picture comes in four segments of 60 packets, and one packet more in each when telemetry is on. The segment's
//     number stands only in packet 20; number 0 is a repeat and is dropped. Two of three offered pictures are repeats.
//   - The checksum is over the packet with the four highest bits of its ID and the checksum itself cleared; public drivers
//     that clear the lowest four instead find every numbered packet damaged.
//   - Who falls behind loses the packets' rhythm for good: chip select must then rest for more than 185 ms.
//   - TLinear temperatures assume the emissivity that the camera is set to, 1.0 as it leaves the factory; Frame says it.
//   - With AGC on the picture has 8 bits and no temperatures; the telemetry is checked on every frame.
//   - Linux' spidev moves 4096 bytes at a time unless spidev.bufsiz says otherwise: 24 packets are read at once.
package lepton

import (
	"context"
	"errors"
	"fmt"
	"time"

	"periph.io/x/conn/v3"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// Size of the picture.
const (
	Columns = 160
	Rows    = 120
	Pixels  = Columns * Rows
)

// DefaultAddr is the CCI's I2C address.
const DefaultAddr uint16 = 0x2A

// What New and Sense fail with, besides the buses' own errors.
var (
	ErrNotRadiometric = errors.New("camera gives no temperatures: only a radiometric Lepton (3.5) with TLinear on and AGC off does")
	ErrNoFrame        = errors.New("camera offers no whole picture: check the SPI wiring and clock, and that nothing else loads the machine")
	ErrBusy           = errors.New("camera does not get ready: check its supply and reset line")
	ErrRefused        = errors.New("camera refused a command")
)

// Opts are the options of New. The zero Opts will do.
type Opts struct {
	Addr  uint16           // of the CCI; 0 means DefaultAddr
	Speed physic.Frequency // of SPI, 2.2 to 20 MHz; 0 means 16 MHz
	Clock clock.Clock      // what waits are measured in
}

// A Frame is one whole picture.
type Frame struct {
	TempC      [Pixels]float32 // °C for Emissivity, row by row, row 0 at the camera's own top
	Emissivity float64         // that the camera assumed
	CameraC    float64         // its own temperature
	Count      uint32          // the camera's number of the picture
	At         time.Time       // when it was whole
}

// How long things may take.
const (
	resyncTime    = 200 * time.Millisecond // 185 ms by the datasheet
	frameTime     = 3 * time.Second        // a flat field correction takes less than two
	readyTime     = 5 * time.Second        // from power up
	pollTime      = 5 * time.Millisecond
	packetsAtOnce = 24
	// lostPackets is after how many damaged or unexpected packets in a row the rhythm is taken for lost.
	lostPackets = 30
)

// Dev is one camera. It is not safe for use by two goroutines at a time.
type Dev struct {
	spi   spi.Conn
	cci   cci
	clock clock.Clock
	pic   assembler
	lost  int // packets in a row that were damaged or unexpected
	buf   [packetsAtOnce * packetBytes]byte
}

var _ conn.Resource = (*Dev)(nil)

// New waits until the camera has started, and sets it to give temperatures of 0.01 K with telemetry. opts may be nil.
func New(ctx context.Context, port spi.Port, bus i2c.Bus, opts *Opts) (*Dev, error) {
	o := Opts{}
	if opts != nil {
		o = *opts
	}
	if o.Addr == 0 {
		o.Addr = DefaultAddr
	}
	if o.Speed == 0 {
		o.Speed = 16 * physic.MegaHertz
	}
	if o.Speed < 2200*physic.KiloHertz || o.Speed > 20*physic.MegaHertz {
		return nil, fmt.Errorf("lepton: SPI clock of %s: want 2.2 to 20 MHz", o.Speed)
	}
	c, err := port.Connect(o.Speed, spi.Mode3, 8)
	if err != nil {
		return nil, fmt.Errorf("lepton: connect SPI: %w", err)
	}
	d := &Dev{spi: c, cci: cci{bus: i2c.Dev{Bus: bus, Addr: o.Addr}, clock: o.Clock}, clock: o.Clock}
	for _, s := range []struct {
		what    string
		command uint16
		value   uint32
	}{
		{"turn AGC off", agcEnable, 0},
		{"turn temperatures on", radTLinear, 1},
		{"set steps of 0.01 K", radResolution, 1},
		{"put telemetry first", sysTelemetryPlace, 0},
		{"turn telemetry on", sysTelemetry, 1},
	} {
		if err := d.cci.set(ctx, s.command, s.value); err != nil {
			return nil, fmt.Errorf("lepton: %s: %w", s.what, err)
		}
	}
	on, err := d.cci.get(ctx, radTLinear)
	if err != nil {
		return nil, fmt.Errorf("lepton: read settings back: %w", err)
	}
	if on != 1 {
		return nil, fmt.Errorf("lepton: %w", ErrNotRadiometric)
	}
	return d, nil
}

// Sense fills f with the next whole picture that is not taken behind the shutter. Its waits are bounded: a camera that
// stands still is an error. A failed Sense leaves f undefined.
func (d *Dev) Sense(ctx context.Context, f *Frame) error {
	end := d.clock.Now().Add(frameTime)
	if err := d.resync(ctx); err != nil {
		return err
	}
	for d.lost = 0; ; {
		if err := ctx.Err(); err != nil {
			return fmt.Errorf("lepton: wait for a picture: %w", err)
		}
		if d.clock.Now().After(end) {
			return fmt.Errorf("lepton: waited %v: %w", frameTime, ErrNoFrame)
		}
		done, err := d.read(f)
		if err != nil {
			return fmt.Errorf("lepton: %w", err)
		}
		if done {
			f.At = d.clock.Now()
			return nil
		}
		if d.lost > lostPackets {
			d.lost = 0
			if err := d.resync(ctx); err != nil {
				return err
			}
		}
	}
}

// read takes some packets; done when they make a picture whole.
func (d *Dev) read(f *Frame) (done bool, err error) {
	if err := d.spi.Tx(nil, d.buf[:]); err != nil {
		return false, fmt.Errorf("read packets: %w", err)
	}
	for i := 0; i < len(d.buf); i += packetBytes {
		switch d.pic.add(d.buf[i:][:packetBytes]) {
		case broken:
			d.lost++
		case taken:
			d.lost = 0
		case whole:
			if done, err := d.pic.frame(f); done || err != nil {
				return done, err
			}
		case idle:
		}
	}
	return false, nil
}

// resync lets chip select rest, so that the camera begins a packet anew.
func (d *Dev) resync(ctx context.Context) error {
	d.pic.reset()
	if err := d.clock.Sleep(ctx, resyncTime); err != nil {
		return fmt.Errorf("lepton: wait for the packets' rhythm: %w", err)
	}
	return nil
}

// Halt implements conn.Resource. The camera runs on; nothing runs here between calls.
func (d *Dev) Halt() error { return nil }

func (d *Dev) String() string { return fmt.Sprintf("Lepton{%v, %v}", d.spi, &d.cci.bus) }
