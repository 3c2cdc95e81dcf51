package visionbench

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/robot/sensors/sht4x"
	"github.com/nightrounds/nightrounds/robot/sim/gallery"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/look"
)

// A visit is one rack inspection, as a robot does it: a look, and a second one at once when something was found or
// stayed in doubt.
type visit struct {
	number int
	place  *gallery.Place
	target vision.Target
	first  sight
	second *sight
	failed bool // the first look told nothing and was taken once more
	// commissioned is what each light that no type declares showed when it was learned, by device and light.
	commissioned map[string]maps.LEDState
}

// A sight is one look and its truth. The shot's pictures are gone; its truth stays.
type sight struct {
	shot     *gallery.Shot
	result   vision.LookResult
	findings []vision.Finding
}

// A film hands a shot's frames to the look.
type film struct{ shot *gallery.Shot }

func (f film) Len() int { return len(f.shot.Times) }

func (f film) Frame(i int) (burst.Frame, error) {
	if i < 0 || i >= len(f.shot.Times) {
		return burst.Frame{}, fmt.Errorf("frame %d of %d", i, len(f.shot.Times))
	}
	return burst.Frame{Width: f.shot.Width, Height: f.shot.Height, BGR: f.shot.Frame(i)}, nil
}

// An inspector inspects racks of a gallery, one at a time, in a folder of its own.
type inspector struct {
	gallery *gallery.Gallery
	dir     string
	without led.Without
	fps     float64
}

// inspect visits one rack: commissions it, looks, and looks again when the first look asks for it.
func (in *inspector) inspect(number int) (*visit, error) {
	place, err := in.gallery.Rack(number)
	if err != nil {
		return nil, fmt.Errorf("make rack %d: %w", number, err)
	}
	v := &visit{number: number, place: place}
	if v.target, err = vision.TargetOfRack(place.Rack, place.View); err != nil {
		return nil, err
	}
	normals, err := in.commission(v)
	if err != nil {
		return nil, err
	}
	if v.first, err = in.look(v, gallery.Ask{FPS: in.fps}, normals); err != nil {
		return nil, err
	}
	if v.first.result.Registration.Method == vision.MethodNone {
		v.failed = true
		if v.first, err = in.look(v, gallery.Ask{Again: 1, FPS: in.fps}, normals); err != nil {
			return nil, err
		}
	}
	if next, again := vision.Again(v.first.result.Doubts, v.first.findings); again {
		ask := gallery.Ask{Again: 2, Seconds: next.Seconds, Exposure: next.ExposureShare, FPS: in.fps}
		second, err := in.look(v, ask, normals)
		if err != nil {
			return nil, err
		}
		v.second = &second
	}
	return v, nil
}

// commissionTries is how often commissioning is tried, each time from beside: whoever does it repeats what failed.
const commissionTries = 3

// commission learns what the rack shows when all is in order. Without lights to learn a few frames are enough.
func (in *inspector) commission(v *visit) (*vision.Normals, error) {
	ask := gallery.Ask{Commission: true, Seconds: 0.3}
	if slices.ContainsFunc(v.target.Devices, func(d vision.TargetDevice) bool { return len(d.LEDs) == 0 }) {
		ask.Seconds = 4
	}
	for ; ask.Again < commissionTries; ask.Again++ {
		n, err := in.learn(v, ask)
		if err != nil {
			return nil, fmt.Errorf("commission rack %d: %w", v.number, err)
		}
		if n != nil {
			return n, nil
		}
	}
	return nil, nil
}

// learn takes one look to learn from; nil when it could not tell where it stood.
func (in *inspector) learn(v *visit, ask gallery.Ask) (*vision.Normals, error) {
	s, err := v.place.Shoot(ask)
	if err != nil {
		return nil, err
	}
	defer s.Close()
	v.commissioned = map[string]maps.LEDState{}
	for _, l := range s.Lights {
		if !l.Declared {
			v.commissioned[l.Device+"/"+l.LED] = l.State
		}
	}
	dir := filepath.Join(in.dir, "normals")
	if err := os.MkdirAll(dir, 0o750); err != nil {
		return nil, err
	}
	req := request(v, s, nil)
	req.Learn, req.EvidenceDir = true, dir
	res, err := in.at(req, s)
	return res.Normals, err
}

// look takes one look and judges it.
func (in *inspector) look(v *visit, ask gallery.Ask, normals *vision.Normals) (sight, error) {
	s, err := v.place.Shoot(ask)
	if err != nil {
		return sight{}, fmt.Errorf("look at rack %d: %w", v.number, err)
	}
	defer s.Close()
	req := request(v, s, normals)
	if len(s.People)+len(s.Screens) > 0 || v.number%10 == 0 {
		req.EvidenceDir = in.dir // pictures are made, and what must be hidden is
	}
	res, err := in.at(req, s)
	if err != nil {
		return sight{}, fmt.Errorf("look at rack %d: %w", v.number, err)
	}
	return sight{shot: s, result: res, findings: vision.Judge(v.target, res, airOf(s), normals, vision.DefaultRules())}, nil
}

func (in *inspector) at(req vision.LookRequest, s *gallery.Shot) (vision.LookResult, error) {
	bracket := burst.Frame{Width: s.Width, Height: s.Height, BGR: s.Bracket()}
	return look.At(req, look.Film{Frames: film{s}, Bracket: &bracket, Without: in.without})
}

// request is what the agent would ask the eyes.
func request(v *visit, s *gallery.Shot, normals *vision.Normals) vision.LookRequest {
	in, b := s.Intrinsics, s.Believed
	req := vision.LookRequest{
		ID: fmt.Sprintf("rack-%d", v.number), Target: v.target, Width: s.Width, Height: s.Height, Times: s.Times,
		FX: in.FX, FY: in.FY, CX: in.CX, CY: in.CY, Dist: in.Dist, Air: airOf(s),
		Exposure: s.Exposure, BracketExposure: s.BracketExposure, Normals: normals,
		Pose: &vision.BelievedPose{X: b.X, Y: b.Y, Z: b.Z, YawRad: b.YawRad, PitchRad: b.PitchRad, SigmaM: 0.03, SigmaRad: 0.02},
	}
	if t := s.Thermal; t != nil {
		req.Thermal = &vision.ThermalFrame{
			Width: t.Width, Height: t.Height, C: t.C, HFOVRad: t.HFOVRad, VFOVRad: t.VFOVRad,
			OffsetRightM: t.OffsetRightM, OffsetUpM: t.OffsetUpM,
		}
	}
	return req
}

// airOf is what the robot's air sensor says.
func airOf(s *gallery.Shot) *vision.Air {
	dew := sht4x.Air{TempC: s.AirC, RHPercent: s.Humidity}.DewPointC()
	return &vision.Air{TemperatureC: s.AirC, HumidityPercent: s.Humidity, DewPointC: dew}
}
