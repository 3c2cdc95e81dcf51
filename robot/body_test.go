package robot_test

import (
	"bytes"
	"context"
	"io"
	"math"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"time"

	firmware "github.com/nightrounds/nightrounds/firmware-bridge"
	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/camera"
	"github.com/nightrounds/nightrounds/vision"
)

// legs are a base without motors: they go where they are told in the time it takes.
type legs struct {
	mu       sync.Mutex
	truth    maps.Pose // in the hall
	odometry maps.Pose
	scale    float64 // metres really driven for each that is counted
	mast     float64
	battery  float64
	charging bool
	estop    bool
	moving   bool
	fail     error
	tries    int
}

func (l *legs) set(change func(*legs)) {
	l.mu.Lock()
	defer l.mu.Unlock()
	change(l)
}

func (l *legs) State() firmware.State {
	l.mu.Lock()
	defer l.mu.Unlock()
	s := firmware.State{Odometry: firmware.Pose(l.odometry), BatteryPercent: l.battery, Charging: l.charging, MastM: l.mast,
		EStop: l.estop, Connected: true, At: time.Now()}
	if l.moving {
		s.Speed = 0.5
	}
	return s
}

func (l *legs) DriveTo(ctx context.Context, to firmware.Pose, speed float64) error {
	l.set(func(l *legs) { l.tries++ })
	defer l.set(func(l *legs) { l.moving = false })
	for {
		l.mu.Lock()
		err := l.step(maps.Pose(to), speed*0.1)
		stopped, there := l.estop, l.odometry == maps.Pose(to)
		l.mu.Unlock()
		switch {
		case stopped:
			return firmware.ErrEStop
		case err != nil:
			return err
		case there:
			return nil
		}
		timer := time.NewTimer(100 * time.Millisecond)
		select {
		case <-ctx.Done():
			timer.Stop()
			return ctx.Err()
		case <-timer.C:
		}
	}
}

// step goes so far towards a pose of the odometry; the last step turns to its heading.
func (l *legs) step(to maps.Pose, stepM float64) error {
	if l.fail != nil {
		return l.fail
	}
	if l.estop {
		return nil
	}
	l.moving = true
	turn := l.truth.ThetaRad - l.odometry.ThetaRad // of the hall against the odometry frame
	dx, dy := to.X-l.odometry.X, to.Y-l.odometry.Y
	share := 1.0
	if d := math.Hypot(dx, dy); d > stepM {
		share = stepM / d
	}
	s, c := math.Sincos(turn)
	l.truth.X += l.scale * share * (c*dx - s*dy)
	l.truth.Y += l.scale * share * (s*dx + c*dy)
	l.odometry.X += share * dx
	l.odometry.Y += share * dy
	if share == 1 {
		l.odometry = to
		l.truth.ThetaRad = math.Remainder(to.ThetaRad+turn, 2*math.Pi)
	}
	return nil
}

func (l *legs) Stop() error { l.set(func(l *legs) { l.moving = false }); return nil }

func (l *legs) Mast(ctx context.Context, heightM float64) error {
	l.set(func(l *legs) { l.mast = heightM })
	return ctx.Err()
}

func (l *legs) Charge(ctx context.Context, on bool) error {
	l.set(func(l *legs) { l.charging = on })
	return ctx.Err()
}

// shutter is a camera whose pictures show nothing.
type shutter struct {
	legs      *legs
	dir       string
	exposures []time.Duration
	poses     []maps.Pose
}

func (s *shutter) Burst(ctx context.Context, spec camera.Spec) (camera.Burst, error) {
	if spec.Exposure == 0 {
		spec.Exposure = 8 * time.Millisecond
	}
	s.legs.mu.Lock()
	s.exposures = append(s.exposures, spec.Exposure)
	s.poses = append(s.poses, s.legs.truth)
	s.legs.mu.Unlock()
	path := filepath.Join(s.dir, "burst.bgr")
	start := time.Now()
	time.Sleep(spec.Duration)
	return camera.Burst{Path: path, Width: 1, Height: 1, Times: []time.Time{start}, Exposure: spec.Exposure}, os.WriteFile(path, []byte{0, 0, 0}, 0o600)
}

type breeze struct{}

func (breeze) Air(context.Context) (vision.Air, error) {
	return vision.Air{TemperatureC: 22, HumidityPercent: 45, DewPointC: 9.5}, nil
}

// gaze sees the tags as they are from where the robot truly stands, and reads what the test tells it.
type gaze struct {
	site     *maps.Site
	legs     *legs
	readings []vision.LEDReading
	err      error
}

func (g *gaze) Look(_ context.Context, req vision.LookRequest) (vision.LookResult, error) {
	if g.err != nil {
		return vision.LookResult{}, g.err
	}
	g.legs.mu.Lock()
	at := g.legs.truth
	g.legs.mu.Unlock()
	r, _ := g.site.Rack(req.Target.Rack)
	x, out := r.HallToFace(req.Target.Face, at.X, at.Y)
	normal := r.FacePose(req.Target.Face).ThetaRad
	picture := filepath.Join(req.EvidenceDir, "visual.jpg")
	if err := os.WriteFile(picture, []byte("picture of "+req.ID), 0o600); err != nil {
		return vision.LookResult{}, err
	}
	return vision.LookResult{
		ID:           req.ID,
		Registration: vision.Registration{Method: "tags", Tags: 6, SigmaMM: 1, X: x, Y: 1, Z: out, YawRad: math.Remainder(normal+math.Pi-at.ThetaRad, 2*math.Pi)},
		LEDs:         g.readings,
		Evidence:     []vision.EvidenceFile{{Path: picture, Kind: "visual", MediaType: "image/jpeg"}},
	}, nil
}

func distance(p maps.Pose, x, y float64) float64 { return math.Hypot(p.X-x, p.Y-y) }

// roundTrip is an HTTP server without a network.
type roundTrip func(r *http.Request) (status int, body []byte)

func (f roundTrip) RoundTrip(r *http.Request) (*http.Response, error) {
	status, body := f(r)
	return &http.Response{StatusCode: status, Status: http.StatusText(status), Body: io.NopCloser(bytes.NewReader(body)), Request: r}, nil
}
