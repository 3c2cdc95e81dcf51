// Package simbase is a base that is not there: kinematics, odometry that drifts, a battery and an emergency stop,
// behind the MAVLink a real one would speak (see package firmware). It knows nothing of halls: it drives through walls.
package simbase

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"math"
	"math/rand/v2"
	"net"
	"strings"
	"sync"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
)

// Options of a simulated base.
type Options struct {
	Listen  string             // "udp:HOST:PORT"; empty means udp:127.0.0.1:0
	Conn    io.ReadWriteCloser // in place of Listen: an open connection to one agent; Run closes it
	Start   firmware.Pose      // where it stands, in the hall's frame
	MastM   float64            // height of the camera at the start, m; 0 means firmware.MastLowM
	Clock   firmware.Clock     // nil means the wall clock
	Logger  *slog.Logger       // nil discards
	Seed    uint64
	Drift   *Drift   // nil means DefaultDrift
	Battery *Battery // nil means DefaultBattery
}

// TruePose is where the base really is, in the hall's frame.
type TruePose struct {
	X, Y, ThetaRad float64
	MastM          float64 // height of the camera above the floor, m
	Moving         bool    // wheels or mast
}

// A Base is a simulated base. Its methods may be called from any goroutine.
type Base struct {
	opt    Options
	conn   io.ReadWriteCloser
	addr   string
	atDock func(TruePose) bool

	mu    sync.Mutex
	body  body
	cells cells
	// What the base's firmware knows.
	mode      firmware.Mode
	armed     bool
	estop     bool
	contactor bool // the charger's
	charging  bool
	silence   time.Duration // since the last heartbeat; negative before the first
	since     time.Duration // the velocity target's age
	intervals map[uint32]*schedule
	uptime    time.Duration
}

// New checks the options and opens the socket, so that Addr is known; nothing moves before Run.
func New(opt Options) (*Base, error) {
	if opt.Listen != "" && opt.Conn != nil {
		return nil, errors.New("simulated base: set one of Listen and Conn")
	}
	if opt.Clock == nil {
		opt.Clock = wallClock{}
	}
	if opt.Logger == nil {
		opt.Logger = slog.New(slog.DiscardHandler)
	}
	if opt.MastM == 0 {
		opt.MastM = firmware.MastLowM
	}
	drift, battery := DefaultDrift(), DefaultBattery()
	if opt.Drift != nil {
		drift = *opt.Drift
	}
	if opt.Battery != nil {
		battery = *opt.Battery
	}
	if err := battery.check(); err != nil {
		return nil, err
	}
	b := &Base{
		opt:       opt,
		atDock:    func(TruePose) bool { return false },
		body:      newBody(opt.Start, opt.MastM, drift, rand.New(rand.NewPCG(opt.Seed, 0x626f6479))),
		cells:     cells{Battery: battery, chargeWh: battery.CapacityWh * battery.StartPercent / 100},
		mode:      firmware.ModeHold,
		silence:   -1,
		intervals: defaultIntervals(),
	}
	return b, b.listen()
}

func (b *Base) listen() error {
	if b.conn = b.opt.Conn; b.conn != nil {
		return nil
	}
	address, ok := strings.CutPrefix(b.opt.Listen, "udp:")
	if b.opt.Listen == "" {
		address, ok = "127.0.0.1:0", true
	}
	if !ok {
		return fmt.Errorf("simulated base: listen on %q: want udp:HOST:PORT", b.opt.Listen)
	}
	at, err := net.ResolveUDPAddr("udp", address)
	if err != nil {
		return fmt.Errorf("simulated base: %w", err)
	}
	conn, err := net.ListenUDP("udp", at)
	if err != nil {
		return fmt.Errorf("simulated base: %w", err)
	}
	b.conn, b.addr = &socket{conn: conn}, "udp:"+conn.LocalAddr().String()
	return nil
}

// Addr is the endpoint to give to firmware.Options; empty if Options.Conn was given.
func (b *Base) Addr() string { return b.addr }

// Close frees the socket of a base that was never run; Run closes it otherwise.
func (b *Base) Close() error { return b.conn.Close() }

// True is where the base really is.
func (b *Base) True() TruePose {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.body.true()
}

// BatteryPercent is the true charge, 0..100.
func (b *Base) BatteryPercent() float64 {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.cells.percent()
}

// SetAtCharger gives the base the test for standing at a charger; without it there is none. Call it before Run.
func (b *Base) SetAtCharger(at func(TruePose) bool) { b.atDock = at }

// PressEStop stops the base at once, whatever it does, and disarms it.
func (b *Base) PressEStop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.estop = true
	b.hold()
	b.armed = false
	b.body.freezeMast()
	b.dueNow(heartbeatID)
}

// ReleaseEStop lets the base accept commands again; it starts nothing.
func (b *Base) ReleaseEStop() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.estop = false
	b.dueNow(heartbeatID)
}

// hold forgets all targets; b.mu is held.
func (b *Base) hold() {
	b.mode = firmware.ModeHold
	b.body.target = target{}
}

// snapshot is what lasts when the simulation is killed: a base stands where it stood.
type snapshot struct {
	True      firmware.Pose `json:"true"`
	Odometry  firmware.Pose `json:"odometry"`
	MastM     float64       `json:"mastM"`
	BatteryWh float64       `json:"batteryWh"`
}

// Snapshot is the base's whole physical state: true pose, odometry, mast and battery.
func (b *Base) Snapshot() json.RawMessage {
	b.mu.Lock()
	s := snapshot{b.body.truth, b.body.odometry, b.body.mastM, b.cells.chargeWh}
	b.mu.Unlock()
	out, err := json.Marshal(s)
	if err != nil { // only for numbers that JSON cannot say
		b.opt.Logger.Error("simulated base has lost itself", "error", err)
		return json.RawMessage("null")
	}
	return out
}

// Restore puts the base where a snapshot says it stood, at rest. Call it before Run. The odometry goes on from where
// it was, as that of a base whose agent alone was killed.
func (b *Base) Restore(data json.RawMessage) error {
	s := snapshot{MastM: math.NaN(), BatteryWh: math.NaN()}
	if err := json.Unmarshal(data, &s); err != nil {
		return fmt.Errorf("restore the simulated base: %w", err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if !(s.MastM >= firmware.MastLowM && s.MastM <= firmware.MastHighM) {
		return fmt.Errorf("restore the simulated base: mast at %v m: it reaches from %v to %v m",
			s.MastM, firmware.MastLowM, firmware.MastHighM)
	}
	if !(s.BatteryWh >= 0 && s.BatteryWh <= b.cells.CapacityWh) {
		return fmt.Errorf("restore the simulated base: battery at %v Wh: it holds %v Wh", s.BatteryWh, b.cells.CapacityWh)
	}
	b.body.place(s.True, s.Odometry, s.MastM)
	b.cells.chargeWh = s.BatteryWh
	return nil
}

type wallClock struct{}

func (wallClock) Now() time.Time                     { return time.Now().UTC() }
func (wallClock) Wall(d time.Duration) time.Duration { return d }
