package firmware

import (
	"bufio"
	"bytes"
	"encoding/hex"
	"math"
	"testing"

	"github.com/bluenviron/gomavlib/v3/pkg/dialect"
	"github.com/bluenviron/gomavlib/v3/pkg/dialects/common"
	"github.com/bluenviron/gomavlib/v3/pkg/frame"
	"github.com/bluenviron/gomavlib/v3/pkg/message"
	"github.com/bluenviron/gomavlib/v3/pkg/streamwriter"
	"pgregory.net/rapid"
)

// The bytes are those that gomavlib v3.2.1 wrote for system 255, component 1, sequence 0, 1, 2.
func TestMessagesAreTheGoldenFrames(t *testing.T) {
	want := []string{
		"fd09000000ff010000000000000012080004037370",
		"fd35000001ff01540000000000000000000000000000000000000000003f000000000000000000000000000000000000000000000000cdcccc3de7050101086ab9",
		"fd20000002ff014c00000000803f000070410000000000000000000000000000000000000000b0000101e193",
	}
	var out bytes.Buffer
	w := writer(t, &out)
	// 0.1 rad/s clockwise, as MAVLink counts, is -0.1 here.
	for i, m := range []message.Message{heartbeat(), velocityTarget(0.5, -0.1), setMode(ModeGuided)} {
		out.Reset()
		if err := w.Write(m); err != nil {
			t.Fatal(err)
		}
		if got := hex.EncodeToString(out.Bytes()); got != want[i] {
			t.Errorf("frame %d\n got %s\nwant %s", i, got, want[i])
		}
	}
}

func writer(t *testing.T, out *bytes.Buffer) *streamwriter.Writer {
	t.Helper()
	d := &dialect.ReadWriter{Dialect: common.Dialect}
	if err := d.Initialize(); err != nil {
		t.Fatal(err)
	}
	fw := &frame.Writer{ByteWriter: out, DialectRW: d}
	if err := fw.Initialize(); err != nil {
		t.Fatal(err)
	}
	w := &streamwriter.Writer{FrameWriter: fw, Version: streamwriter.V2, SystemID: agentSystem, ComponentID: agentComponent}
	if err := w.Initialize(); err != nil {
		t.Fatal(err)
	}
	return w
}

func TestFramesTurnFromEastUpToNorthDown(t *testing.T) {
	p := positionTarget(Pose{X: 3, Y: 5}).(*common.MessageSetPositionTargetLocalNed)
	if p.X != 5 || p.Y != 3 || p.TypeMask != 0x0DFC {
		t.Errorf("3 m east, 5 m north became %+v", p)
	}
	for _, c := range []struct{ theta, yaw float64 }{
		{0, math.Pi / 2},                     // east
		{math.Pi / 2, 0},                     // north
		{math.Pi, -math.Pi / 2},              // west
		{-math.Pi / 2, math.Pi},              // south
		{math.Pi / 4, math.Pi / 4},           // north-east
		{-3 * math.Pi / 4, -3 * math.Pi / 4}, // south-west: 225 degrees from north
	} {
		if got := turnOf(c.theta); math.Abs(wrap(got-c.yaw)) > 1e-12 {
			t.Errorf("theta %.3f became yaw %.3f, want %.3f", c.theta, got, c.yaw)
		}
	}
}

func TestTurningTwiceIsWhereOneStarted(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		a := rapid.Float64Range(-20, 20).Draw(t, "rad")
		if got := turnOf(turnOf(a)); math.Abs(wrap(got-a)) > 1e-9 || got <= -math.Pi || got > math.Pi {
			t.Fatalf("%v became %v", a, got)
		}
	})
}

func TestMastTargetSpansTheActuator(t *testing.T) {
	for _, c := range []struct{ heightM, actuator float64 }{{MastLowM, -1}, {MastHighM, 1}, {1.15, 0}} {
		m := mastTarget(c.heightM)
		if math.Abs(float64(m.Param1)-c.actuator) > 1e-6 || !math.IsNaN(float64(m.Param2)) {
			t.Errorf("mast %v m: actuator %v, second %v", c.heightM, m.Param1, m.Param2)
		}
	}
}

func TestNewRefusesEndpointsThatCannotBe(t *testing.T) {
	for _, e := range []string{"", "tcp:1.2.3.4:5", "udp:nowhere", "serial:/dev/x", "serial:/dev/x:fast", "serial::9600"} {
		if _, err := New(Options{Endpoint: e}); err == nil {
			t.Errorf("endpoint %q was taken", e)
		}
	}
	for _, e := range []string{"udp:127.0.0.1:14550", "serial:/dev/ttyACM0:115200"} {
		if _, err := New(Options{Endpoint: e}); err != nil {
			t.Error(err)
		}
	}
}

// FuzzHear feeds the line's bytes through the frame reader into the state: no frame, however broken, may panic.
func FuzzHear(f *testing.F) {
	seed, err := hex.DecodeString("fd09000000ff010000000000000012080004037370")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(seed)
	d := &dialect.ReadWriter{Dialect: common.Dialect}
	if err := d.Initialize(); err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		b, err := New(Options{Endpoint: "udp:127.0.0.1:1"})
		if err != nil {
			t.Fatal(err)
		}
		r := &frame.Reader{BufByteReader: bufio.NewReader(bytes.NewReader(data)), DialectRW: d}
		if err := r.Initialize(); err != nil {
			t.Fatal(err)
		}
		for range len(data) + 1 {
			fr, err := r.Read()
			if err != nil {
				continue
			}
			b.apply(fr.GetMessage())
		}
		if s := b.State(); math.IsNaN(s.Odometry.X) || math.IsNaN(s.Speed) {
			t.Fatalf("state is no number: %+v", s)
		}
	})
}
