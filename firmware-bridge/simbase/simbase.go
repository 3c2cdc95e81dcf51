// Package simbase is a base that is not there: kinematics, odometry that drifts, a battery and an emergency stop,
// behind the MAVLink a real one would speak. It knows nothing of halls: it drives through walls.
package simbase

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
)

// Options of a simulated base. Zero values are what Defaults says.
type Options struct {
	Listen  string             // "udp:127.0.0.1:0" unless set
	Conn    io.ReadWriteCloser // in place of Listen: an open connection to one agent
	Start   firmware.Pose      // where it stands, in the hall's frame
	MastM   float64            // height of the camera at the start, m
	Clock   firmware.Clock     // nil means the wall clock
	Logger  *slog.Logger       // nil discards
	Seed    uint64
	Drift   *Drift   // nil means DefaultDrift
	Battery *Battery // nil means DefaultBattery
}

// Drift is how the odometry lies.
type Drift struct {
	ScaleError      float64 // wheel radius error: 0.003 says 0.3 % too far
	HeadingPerMetre float64 // random walk of the heading, rad per sqrt(metre)
	HeadingPerTurn  float64 // random walk of the heading, rad per sqrt(radian turned)
}

// Battery is the battery and what draws on it.
type Battery struct {
	CapacityWh   float64
	StartPercent float64
	IdleW        float64 // computers, cameras, radio
	DriveW       float64 // added at full speed
	MastW        float64 // added while the mast moves
	ChargeW      float64 // up to the knee at 80 %; falls linearly to a tenth at 100 %
}

// TruePose is where the base really is, in the hall's frame.
type TruePose struct {
	X, Y, ThetaRad float64
	MastM          float64
	Moving         bool // wheels or mast
}

// A Base is a simulated base.
type Base struct{ opt Options }

// New checks the options and opens the socket, so that Addr is known; nothing moves before Run.
func New(opt Options) (*Base, error) { return &Base{opt: opt}, nil }

// Run simulates and speaks until ctx ends.
func (b *Base) Run(ctx context.Context) error { <-ctx.Done(); return nil }

// Addr is the endpoint to give to firmware.Options.
func (b *Base) Addr() string { return "" }

// True is where the base really is.
func (b *Base) True() TruePose { return TruePose{} }

// BatteryPercent is the true charge, 0..100.
func (b *Base) BatteryPercent() float64 { return 0 }

// SetAtCharger gives the base the test for standing at a charger. Call it before Run.
func (b *Base) SetAtCharger(at func(TruePose) bool) {}

// PressEStop stops the base at once, whatever it does.
func (b *Base) PressEStop() {}

// ReleaseEStop lets the base accept commands again; it starts nothing.
func (b *Base) ReleaseEStop() {}

// Snapshot is the base's whole physical state: true pose, mast, odometry, battery.
func (b *Base) Snapshot() json.RawMessage { return nil }

// Restore puts the base where a snapshot says it stood. Call it before Run. The odometry goes on from where it was.
func (b *Base) Restore(snapshot json.RawMessage) error { return nil }
