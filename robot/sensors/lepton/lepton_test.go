package lepton

import (
	"context"
	"encoding/binary"
	"errors"
	"math"
	"testing"
	"time"

	"periph.io/x/conn/v3/conntest"
	"periph.io/x/conn/v3/i2c/i2ctest"
	"periph.io/x/conn/v3/spi"
	"periph.io/x/conn/v3/spi/spitest"

	"github.com/nightrounds/nightrounds/fleet/wire/clock"
)

// fast is a clock whose waits are a hundredth: a wait of 200 ms takes 2.
func fast() clock.Clock { return clock.Clock{Epoch: time.Now(), Speed: 100} }

// A picture is a frame in the camera's own words: four rows of telemetry and 240 of half an image line.
type picture [segments * packetsSegment][payloadBytes / 2]uint16

// warm is a picture in which pixel i has 29815 + i/100 hundredths of a kelvin.
func warm() *picture {
	var p picture
	p.word(wordTLinear, 1)
	p.word(wordResolution, 1)
	p.word(wordEmissivity, 7782)
	p.word(wordCameraT, 30815)
	p.word(wordCount, 77)
	p.word(wordStatus, 3<<statusFFCShift)
	for i := range Pixels {
		p.word(telemetryRows*80+i, uint16(29815+i/100))
	}
	return &p
}

func (p *picture) word(i int, v uint16) { p[i/80][i%80] = v }

// packets are those of a segment, 1..4, numbered as told.
func (p *picture) packets(segment, number int) [][]byte {
	var out [][]byte
	for n := range packetsSegment {
		b := make([]byte, 0, packetBytes)
		id := uint16(n)
		if n == numberedPacket {
			id |= uint16(number) << 12
		}
		b = append(binary.BigEndian.AppendUint16(b, id), 0, 0)
		for _, w := range p[(segment-1)*packetsSegment+n] {
			b = binary.BigEndian.AppendUint16(b, w)
		}
		binary.BigEndian.PutUint16(b[2:], checksum(b))
		out = append(out, b)
	}
	return out
}

// filler is what the camera sends when it has nothing.
func filler() []byte {
	b := make([]byte, packetBytes)
	b[0], b[1] = 0xFF, 0xFF
	return b
}

// played cuts packets into transfers, and fills the last.
func played(packets [][]byte) *spitest.Playback {
	p := &spitest.Playback{Playback: conntest.Playback{DontPanic: true}}
	for len(packets)%packetsAtOnce != 0 {
		packets = append(packets, filler())
	}
	for i := 0; i < len(packets); i += packetsAtOnce {
		var r []byte
		for _, b := range packets[i:][:packetsAtOnce] {
			r = append(r, b...)
		}
		p.Ops = append(p.Ops, conntest.IO{R: r})
	}
	return p
}

// set is what the bus carries when an attribute is set while the camera is idle.
func set(command uint16, low byte) []i2ctest.IO {
	idle := i2ctest.IO{Addr: 0x2A, W: []byte{0, 2}, R: []byte{0, 6}}
	return []i2ctest.IO{
		idle,
		{Addr: 0x2A, W: []byte{0, 8, 0, low, 0, 0}},
		{Addr: 0x2A, W: []byte{0, 6, 0, 2}},
		{Addr: 0x2A, W: []byte{0, 4, byte(command >> 8), byte(command)}},
		idle,
	}
}

// settings is what New has the bus carry; tlinear is what is read back.
func settings(tlinear byte) []i2ctest.IO {
	ops := []i2ctest.IO{
		{Addr: 0x2A, W: []byte{0, 2}, R: []byte{0, 0}}, // not started yet
		{Addr: 0x2A, W: []byte{0, 2}, R: []byte{0, 7}}, // busy
	}
	ops = append(ops, set(0x0101, 0)...)
	ops = append(ops, set(0x4EC1, 1)...)
	ops = append(ops, set(0x4EC5, 1)...)
	ops = append(ops, set(0x021D, 0)...)
	ops = append(ops, set(0x0219, 1)...)
	idle := i2ctest.IO{Addr: 0x2A, W: []byte{0, 2}, R: []byte{0, 6}}
	return append(ops, idle,
		i2ctest.IO{Addr: 0x2A, W: []byte{0, 6, 0, 2}}, i2ctest.IO{Addr: 0x2A, W: []byte{0, 4, 0x4E, 0xC0}}, idle,
		i2ctest.IO{Addr: 0x2A, W: []byte{0, 8}, R: []byte{0, tlinear, 0, 0}})
}

// camera is one that is set up and plays packets.
func camera(t *testing.T, packets [][]byte) *Dev {
	t.Helper()
	bus := &i2ctest.Playback{Ops: settings(1), DontPanic: true}
	d, err := New(t.Context(), played(packets), bus, &Opts{Clock: fast()})
	if err != nil {
		t.Fatal(err)
	}
	if err := bus.Close(); err != nil {
		t.Fatal(err)
	}
	return d
}

func TestAPictureIsReadWithItsTelemetry(t *testing.T) {
	p := warm()
	var stream [][]byte
	stream = append(stream, p.packets(3, 3)[40:]...) // the end of a segment that was under way
	stream = append(stream, filler(), filler())
	stream = append(stream, p.packets(4, 4)...) // of a picture whose beginning was missed
	for s := 1; s <= segments; s++ {
		if s == 3 {
			stream = append(stream, p.packets(1, 0)...) // a repeat
		}
		stream = append(stream, p.packets(s, s)...)
		stream = append(stream, filler())
	}
	d := camera(t, stream)
	var f Frame
	if err := d.Sense(t.Context(), &f); err != nil {
		t.Fatal(err)
	}
	for i, c := range f.TempC {
		if want := float64(29815+i/100)/100 - 273.15; math.Abs(float64(c)-want) > 1e-4 {
			t.Fatalf("pixel %d is %v, want %v", i, c, want)
		}
	}
	if math.Abs(f.Emissivity-0.95) > 1e-4 || math.Abs(f.CameraC-35) > 1e-9 || f.Count != 77 || f.At.IsZero() {
		t.Errorf("emissivity %v, camera %v °C, count %d, at %v", f.Emissivity, f.CameraC, f.Count, f.At)
	}
	if d.Halt() != nil || d.String() == "" {
		t.Error("no conn.Resource")
	}
}

func TestAPictureBehindTheShutterIsPassedOver(t *testing.T) {
	shut, p := warm(), warm()
	shut.word(wordStatus, ffcRunning<<statusFFCShift)
	shut.word(wordCount, 76)
	var stream [][]byte
	for _, x := range []*picture{shut, p} {
		for s := 1; s <= segments; s++ {
			stream = append(stream, x.packets(s, s)...)
		}
	}
	var f Frame
	if err := camera(t, stream).Sense(t.Context(), &f); err != nil || f.Count != 77 {
		t.Errorf("picture %d, %v", f.Count, err)
	}
}

func TestDamagedPacketsCostTheirPicture(t *testing.T) {
	p, q := warm(), warm()
	p.word(wordCount, 76)
	var stream [][]byte
	for _, x := range []*picture{p, q} {
		for s := 1; s <= segments; s++ {
			stream = append(stream, x.packets(s, s)...)
		}
	}
	stream[100][50] ^= 4
	var f Frame
	if err := camera(t, stream).Sense(t.Context(), &f); err != nil || f.Count != 77 {
		t.Errorf("picture %d, %v", f.Count, err)
	}
}

func TestPicturesForTheEyeAreRefused(t *testing.T) {
	for name, change := range map[string]func(*picture){
		"TLinear off": func(p *picture) { p.word(wordTLinear, 0) },
		"AGC on":      func(p *picture) { p.word(wordStatus, statusAGC) },
		"8 bits": func(p *picture) {
			for i := range Pixels {
				p.word(telemetryRows*80+i, uint16(i%256))
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			p := warm()
			change(p)
			var stream [][]byte
			for s := 1; s <= segments; s++ {
				stream = append(stream, p.packets(s, s)...)
			}
			var f Frame
			if err := camera(t, stream).Sense(t.Context(), &f); !errors.Is(err, ErrNotRadiometric) {
				t.Errorf("error %v", err)
			}
		})
	}
}

func TestACameraThatIsNoneIsRefused(t *testing.T) {
	bus := &i2ctest.Playback{Ops: settings(0), DontPanic: true}
	if _, err := New(t.Context(), played(nil), bus, &Opts{Clock: fast()}); !errors.Is(err, ErrNotRadiometric) {
		t.Errorf("not radiometric: %v", err)
	}
	refuses := settings(1)[:6]
	refuses = append(refuses, i2ctest.IO{Addr: 0x2A, W: []byte{0, 2}, R: []byte{0xF9, 6}})
	bus = &i2ctest.Playback{Ops: refuses, DontPanic: true}
	if _, err := New(t.Context(), played(nil), bus, &Opts{Clock: fast()}); !errors.Is(err, ErrRefused) {
		t.Errorf("refused: %v", err)
	}
	if _, err := New(t.Context(), played(nil), bus, &Opts{Speed: 1}); err == nil {
		t.Error("took an SPI clock of a microhertz")
	}
}

// A still camera sends fillers for ever.
type still struct{ spi.Conn }

func (still) Tx(_, r []byte) error {
	for i := range r {
		r[i] = 0xFF
	}
	return nil
}

func TestACameraThatStandsStillIsAnError(t *testing.T) {
	d := &Dev{spi: still{}, clock: fast()}
	var f Frame
	if err := d.Sense(t.Context(), &f); !errors.Is(err, ErrNoFrame) {
		t.Errorf("standing still: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := d.Sense(ctx, &f); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// The checksum of an empty packet 20 of segment 1 by the datasheet's rule.
func TestChecksumIsFLIRs(t *testing.T) {
	p := make([]byte, packetBytes)
	p[0], p[1], p[2] = 0x10, 0x14, 0x55
	if got := checksum(p); got != 0xB117 {
		t.Errorf("checksum %#x, want 0xb117", got)
	}
}

// FuzzPackets: whatever comes over the wire, a picture is temperatures or an error, and nothing is written out of place.
func FuzzPackets(f *testing.F) {
	p := warm()
	var all []byte
	for s := 1; s <= segments; s++ {
		for _, b := range p.packets(s, s) {
			all = append(all, b...)
		}
	}
	f.Add(all)
	f.Add(all[164*30:])
	f.Add([]byte{0xFF})
	f.Fuzz(func(t *testing.T, data []byte) {
		var a assembler
		var frame Frame
		for ; len(data) >= packetBytes; data = data[packetBytes:] {
			if a.add(data[:packetBytes]) != whole {
				continue
			}
			if ok, err := a.frame(&frame); err == nil && ok && math.IsNaN(float64(frame.TempC[0])) {
				t.Fatal("a picture without temperatures")
			}
		}
	})
}
