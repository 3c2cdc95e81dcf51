package simbase

import (
	"math"
	"math/rand/v2"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
)

// What the body can do. The base knows these as its own; see also firmware.MastLowM.
const (
	topSpeed  = 0.8 // m/s
	topTurn   = 1.2 // rad/s
	speedRamp = 0.5 // m/s², both ways
	turnRamp  = 2.0 // rad/s²
	hardBrake = 2.0 // m/s² and, times two, rad/s²: emergency stop and lost link
	mastSpeed = 0.4 // m/s

	stepS = 0.02 // s, one step of the simulation
)

// Drift is how the odometry lies.
type Drift struct {
	ScaleSigma      float64 // of the wheels' radius error, drawn once from the seed; 0.003 is 0.3 %
	HeadingPerMetre float64 // random walk of the heading, rad per square root of a metre
	HeadingPerTurn  float64 // random walk of the heading, rad per square root of a radian turned
}

// DefaultDrift is that of wheels with encoders and a gyroscope, after calibration.
func DefaultDrift() Drift {
	return Drift{ScaleSigma: 0.003, HeadingPerMetre: 0.002, HeadingPerTurn: 0.002}
}

type targetKind int

const (
	brake targetKind = iota
	toPlace
	toYaw
	atVelocity
)

// A target is what the wheels are after, in the odometry frame.
type target struct {
	kind targetKind
	x, y float64 // m
	yaw  float64 // rad, counter-clockwise from x
	v, w float64 // m/s, rad/s
}

// phase of a drive to a place: turn towards it, run, stand.
type phase int

const (
	pivoting phase = iota
	running
	arrived
)

type body struct {
	truth    firmware.Pose // hall frame
	odometry firmware.Pose // odometry frame
	v, w     float64       // as the odometry has them
	limit    float64       // m/s, of drives to a place
	mastM    float64
	mastGoal float64
	target   target
	phase    phase

	scale float64 // odometry metres per true metre
	drift Drift
	rng   *rand.Rand
}

func newBody(at firmware.Pose, mastM float64, d Drift, rng *rand.Rand) body {
	off := min(max(rng.NormFloat64(), -2), 2) * d.ScaleSigma
	return body{truth: at, mastM: mastM, mastGoal: mastM, limit: topSpeed, scale: 1 + off, drift: d, rng: rng}
}

// place puts the body somewhere, at rest.
func (b *body) place(truth, odometry firmware.Pose, mastM float64) {
	b.truth, b.odometry, b.mastM, b.mastGoal = truth, odometry, mastM, mastM
	b.v, b.w, b.target = 0, 0, target{}
}

// aim sets a target; the same one again changes nothing.
func (b *body) aim(t target) {
	if t != b.target {
		b.target, b.phase = t, pivoting
	}
}

func (b *body) freezeMast() { b.mastGoal = b.mastM }

func (b *body) true() TruePose {
	return TruePose{X: b.truth.X, Y: b.truth.Y, ThetaRad: b.truth.ThetaRad, MastM: b.mastM,
		Moving: math.Abs(b.v) > 1e-3 || math.Abs(b.w) > 1e-3 || b.mastM != b.mastGoal}
}

// step moves the body for stepS; hard brakes with all the brakes have.
func (b *body) step(hard bool) {
	v, w := b.wanted()
	dv, dw := speedRamp*stepS, turnRamp*stepS
	if hard {
		v, w, dv, dw = 0, 0, hardBrake*stepS, 2*hardBrake*stepS
	}
	b.v += min(max(v-b.v, -dv), dv)
	b.w += min(max(w-b.w, -dw), dw)
	if goal := b.mastGoal - b.mastM; goal != 0 {
		b.mastM += min(max(goal, -mastSpeed*stepS), mastSpeed*stepS)
	}
	if b.v == 0 && b.w == 0 {
		return
	}
	b.truth = roll(b.truth, b.v*stepS/b.scale, b.w*stepS)
	walk := math.Sqrt(sq(b.drift.HeadingPerMetre)*math.Abs(b.v)*stepS + sq(b.drift.HeadingPerTurn)*math.Abs(b.w)*stepS)
	b.odometry = roll(b.odometry, b.v*stepS, b.w*stepS+walk*b.rng.NormFloat64())
}

// roll moves p along a short arc: ds metres, turning dTheta.
func roll(p firmware.Pose, ds, dTheta float64) firmware.Pose {
	sin, cos := math.Sincos(p.ThetaRad + dTheta/2)
	return firmware.Pose{X: p.X + ds*cos, Y: p.Y + ds*sin, ThetaRad: wrap(p.ThetaRad + dTheta)}
}

// wanted is the speed and turn rate that lead to the target.
func (b *body) wanted() (v, w float64) {
	switch b.target.kind {
	case toYaw:
		return 0, towards(wrap(b.target.yaw - b.odometry.ThetaRad))
	case atVelocity:
		return min(max(b.target.v, -topSpeed), topSpeed), min(max(b.target.w, -topTurn), topTurn)
	case toPlace:
		return b.approach()
	default:
		return 0, 0
	}
}

// approach turns on the spot until it faces the place, runs to it, and turns again should it have missed it.
func (b *body) approach() (v, w float64) {
	const near, hit, facing, lost = 0.10, 0.015, 0.01, 0.25 // m, m, rad, rad
	dx, dy := b.target.x-b.odometry.X, b.target.y-b.odometry.Y
	away := math.Hypot(dx, dy)
	off := wrap(math.Atan2(dy, dx) - b.odometry.ThetaRad)
	sin, cos := math.Sincos(b.odometry.ThetaRad)
	along := dx*cos + dy*sin
	switch {
	case b.phase == pivoting && away < hit:
		b.phase = arrived
	case b.phase == pivoting && math.Abs(off) < facing && math.Abs(b.w) < 0.05:
		b.phase = running
	case b.phase == running && along < 0.004:
		b.phase = arrived
		if away > hit {
			b.phase = pivoting
		}
	case b.phase == running && away > near && math.Abs(off) > lost:
		b.phase = pivoting
	}
	switch b.phase {
	case pivoting:
		if math.Abs(b.v) > 0.01 {
			return 0, 0
		}
		return 0, towards(off)
	case running:
		if away > near {
			w = min(max(2*off, -topTurn), topTurn)
		}
		return min(b.limit, math.Sqrt(2*0.8*speedRamp*max(along, 0))), w
	default:
		return 0, 0
	}
}

// towards is the turn rate that closes an angle with the ramp the body has, and does not overshoot.
func towards(off float64) float64 {
	w := min(topTurn, math.Sqrt(2*0.8*turnRamp*math.Abs(off)), 5*math.Abs(off))
	return math.Copysign(w, off)
}

// wrap is rad in (-pi, pi].
func wrap(rad float64) float64 {
	if r := math.Remainder(rad, 2*math.Pi); r > -math.Pi {
		return r
	}
	return math.Pi
}

func sq(x float64) float64 { return x * x }
