package robot

import (
	"math"
	"sync"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// A base that starts anew counts from its own origin. That is told from a base that merely was not heard for a while by
// how far the odometry jumps: further than jumpM and what topMPS explains, or, when the base was away for longer than
// away, back to within jumpM of its origin.
const (
	jumpM  = 1.5
	topMPS = 1.5 // no base of ours is faster
	away   = time.Second
)

// driftPerM is how much of the way driven a pose is assumed to err by, until measured on site.
const driftPerM = 0.02

// fixedM is how far a pose may err that has just been fixed by tags, with the site model's own errors.
const fixedM = 0.03

// whereabouts is the robot's pose in the hall: the base's odometry, moved by a correction that each look at a rack's
// tags and each docking renews. Its methods may be called from several goroutines.
type whereabouts struct {
	mu sync.Mutex
	d  whereaboutsData
}

// whereaboutsData is what a restart keeps.
type whereaboutsData struct {
	Known    bool          `json:"known"`
	Hall     string        `json:"hall"`
	Fix      maps.Pose     `json:"fix"`      // pose of the odometry frame in the hall frame
	Odometry firmware.Pose `json:"odometry"` // last reading
	Heard    bool          `json:"heard"`    // Odometry is set
	At       time.Time     `json:"at"`       // when Odometry was read
	SinceM   float64       `json:"sinceM"`   // driven since the last fix
}

// sense takes what the odometry read at a time. When the base has started anew the robot is taken to stand where it
// stood.
func (w *whereabouts) sense(o firmware.Pose, at time.Time) {
	w.mu.Lock()
	defer w.mu.Unlock()
	moved := math.Hypot(o.X-w.d.Odometry.X, o.Y-w.d.Odometry.Y)
	if w.d.Known && (!w.d.Heard || w.d.anew(o, moved, at.Sub(w.d.At))) {
		stood := compose(w.d.Fix, maps.Pose(w.d.Odometry))
		w.d.Fix = compose(stood, inverse(maps.Pose(o)))
		moved = 0
	}
	w.d.Odometry, w.d.Heard, w.d.At = o, true, at
	w.d.SinceM += moved
}

// anew says whether a base whose odometry reads o, so far from its last reading, has started anew since.
func (d whereaboutsData) anew(o firmware.Pose, moved float64, since time.Duration) bool {
	explained := jumpM + topMPS*max(since, 0).Seconds()
	return moved > explained || since > away && moved > jumpM && math.Hypot(o.X, o.Y) < jumpM
}

// fix says that the robot stood at p in a hall when the odometry read o.
func (w *whereabouts) fix(hall string, p maps.Pose, o firmware.Pose) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.d.Fix = compose(p, inverse(maps.Pose(o)))
	w.d.Hall, w.d.Known, w.d.SinceM = hall, true, 0
	if !w.d.Heard {
		w.d.Odometry, w.d.Heard = o, true
	}
}

// pose is where the robot is; known is false before the first fix. errM is how far that may be off.
func (w *whereabouts) pose() (hall string, p maps.Pose, errM float64, known bool) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.d.Hall, compose(w.d.Fix, maps.Pose(w.d.Odometry)), fixedM + driftPerM*w.d.SinceM, w.d.Known
}

// at is where the robot was when the odometry read o.
func (w *whereabouts) at(o firmware.Pose) maps.Pose {
	w.mu.Lock()
	defer w.mu.Unlock()
	return compose(w.d.Fix, maps.Pose(o))
}

// target is a pose of the hall in the odometry frame, as the base takes it.
func (w *whereabouts) target(p maps.Pose) firmware.Pose {
	w.mu.Lock()
	defer w.mu.Unlock()
	return firmware.Pose(compose(inverse(w.d.Fix), p))
}

func (w *whereabouts) snapshot() whereaboutsData {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.d
}

// beforeFace is the pose in the hall of a camera that stands before a rack's face as reg says: the camera stands at
// the robot's centre and looks along its heading.
func beforeFace(r *maps.Rack, f maps.Face, reg vision.Registration) maps.Pose {
	face := r.FacePose(f)
	nx, ny := math.Cos(face.ThetaRad), math.Sin(face.ThetaRad)
	rightX, rightY := -ny, nx // of somebody who looks along -n
	along := reg.X - r.Type.WidthM/2
	return maps.Pose{
		X:        face.X + along*rightX + reg.Z*nx,
		Y:        face.Y + along*rightY + reg.Z*ny,
		ThetaRad: wrap(face.ThetaRad + math.Pi - reg.YawRad), // yaw is to the right, theta to the left
	}
}

// compose is the pose in a's outer frame of b, a pose in the frame that stands at a.
func compose(a, b maps.Pose) maps.Pose {
	s, c := math.Sincos(a.ThetaRad)
	return maps.Pose{X: a.X + c*b.X - s*b.Y, Y: a.Y + s*b.X + c*b.Y, ThetaRad: wrap(a.ThetaRad + b.ThetaRad)}
}

// inverse undoes compose: compose(inverse(a), a) is the origin.
func inverse(a maps.Pose) maps.Pose {
	s, c := math.Sincos(a.ThetaRad)
	return maps.Pose{X: -c*a.X - s*a.Y, Y: s*a.X - c*a.Y, ThetaRad: wrap(-a.ThetaRad)}
}

// wrap brings an angle into [-pi, pi].
func wrap(rad float64) float64 { return math.Remainder(rad, 2*math.Pi) }
