package robot

import (
	"context"
	"fmt"
	"math"

	"github.com/nightrounds/nightrounds/fleet/wire"
	"github.com/nightrounds/nightrounds/vision"
)

// judge has the pictures measured in the vision process, corrects the pose by what it says, and writes readings,
// findings and evidence into o. What the place shows in good order is learned from the first look that finds it so.
func (a *Agent) judge(ctx context.Context, s shot, t taken, dir string, o *wire.Observation) (map[string][]byte, []vision.Doubt, error) {
	target, err := vision.TargetOf(a.theSite().site, s.view)
	if err != nil {
		return nil, nil, err
	}
	odometry := a.opts.Base.State().Odometry
	req := a.request(s, t, target, dir, o)
	if req.Normals, err = a.normals.Of(s.view.ID, target); err != nil {
		a.log.Warn("looking without what is normal here", "viewpoint", s.view.ID, "why", err)
	}
	result, err := a.see(ctx, req)
	if err != nil {
		return nil, nil, err
	}
	if result.Registration.Method == vision.MethodTags {
		a.relocate(s, result.Registration, odometry)
	}
	o.Registration = result.Registration
	o.LEDs, o.Devices, o.Units = result.LEDs, result.Devices, result.Units
	o.Sightings, o.Instruments = result.Sightings, result.Instruments
	o.Findings = vision.Judge(target, result, t.air, req.Normals, vision.DefaultRules())
	a.learn(ctx, s, req, result, t.air, o.Findings)
	refs, pictures, faults := gather(result.Evidence, wire.MaxPayload)
	for _, fault := range faults {
		a.log.Warn("a look goes without a picture", "viewpoint", s.view.ID, "why", fault)
	}
	o.Evidence = refs
	return pictures, result.Doubts, nil
}

// see asks the eyes.
func (a *Agent) see(ctx context.Context, req vision.LookRequest) (vision.LookResult, error) {
	result, err := a.opts.Eyes.Look(ctx, req)
	if err == nil && result.Error != "" {
		err = fmt.Errorf("%s", result.Error)
	}
	return result, err
}

// request is what the eyes must know of a look.
func (a *Agent) request(s shot, t taken, target vision.Target, dir string, o *wire.Observation) vision.LookRequest {
	in := t.burst.Intrinsics
	return vision.LookRequest{
		ID: fmt.Sprintf("%s@%d", s.view.ID, o.At.UnixMilli()), Target: target,
		FramesPath: t.burst.Path, Width: t.burst.Width, Height: t.burst.Height, Times: t.burst.Times,
		FX: in.FX, FY: in.FY, CX: in.CX, CY: in.CY, Dist: in.Dist, Thermal: t.thermal, EvidenceDir: dir,
		Exposure: t.burst.Exposure, BracketPath: t.burst.BracketPath, BracketExposure: t.burst.BracketExposure,
		Pose: a.believed(s), Air: t.air,
	}
}

// headingSigmaRad is how well the robot's heading is known after some metres of odometry.
const headingSigmaRad = 0.02

// believed is where the robot takes its camera to be before the face, by its odometry since the last fix; nil when it
// does not know.
func (a *Agent) believed(s shot) *vision.BelievedPose {
	hall, p, errM, known := a.where.pose()
	if !known || hall != s.view.Hall {
		return nil
	}
	x, out := s.rack.HallToFace(s.view.Face, p.X, p.Y)
	normal := s.rack.FacePose(s.view.Face).ThetaRad
	return &vision.BelievedPose{
		X: x, Y: s.mastM, Z: out, YawRad: wrap(normal + math.Pi - p.ThetaRad), SigmaM: errM, SigmaRad: headingSigmaRad,
	}
}
