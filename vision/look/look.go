// Package look is one look from burst to result: where the camera stood, what every light shows, how warm every device
// is, what else is to be seen, and the pictures that are kept of it. It judges nothing: package vision does.
//
// A look is one pass over the burst's frames, in order, each touched once; what needs a whole picture works on one
// copied frame of it.
package look

import (
	"errors"
	"fmt"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/instrument"
	"github.com/nightrounds/nightrounds/vision/led"
	"github.com/nightrounds/nightrounds/vision/ortho"
	"github.com/nightrounds/nightrounds/vision/thermal"
)

// A Film is what the camera took.
type Film struct {
	Frames  burst.Source
	Bracket *burst.Frame // one frame of short exposure, taken right after; nil when there is none
	Without led.Without  // parts of the reading to leave out, to measure what they are worth
}

// Look opens the burst that a request names and looks at it. A look that cannot tell where it stood measures nothing and
// is no error; an error means that there was nothing to look at.
func Look(req vision.LookRequest) (vision.LookResult, error) {
	b, err := burst.Open(req.FramesPath, req.Width, req.Height, len(req.Times))
	if err != nil {
		return vision.LookResult{ID: req.ID}, err
	}
	defer func() { _ = b.Close() }()
	film := Film{Frames: b}
	if req.BracketPath != "" {
		short, err := burst.Open(req.BracketPath, req.Width, req.Height, 1)
		if err != nil {
			return vision.LookResult{ID: req.ID}, err
		}
		defer func() { _ = short.Close() }()
		frame, err := short.Frame(0)
		if err != nil {
			return vision.LookResult{ID: req.ID}, err
		}
		film.Bracket = &frame
	}
	return At(req, film)
}

// At looks at a film.
func At(req vision.LookRequest, film Film) (vision.LookResult, error) {
	res := vision.LookResult{ID: req.ID, Registration: vision.Registration{Method: vision.MethodNone}}
	if err := check(req, film); err != nil {
		return res, err
	}
	n, err := openNormals(req.Normals)
	if err != nil {
		return res, err
	}
	at, err := stand(req, film, n)
	if err != nil {
		return res, err
	}
	res.Registration = at.registration()
	picture, hidden := conceal(req, at, n)
	res.Hidden = hidden
	if !at.tells() {
		res.Doubts = append(res.Doubts, vision.Doubt{Remedy: vision.OtherViewpoint, Reason: at.why})
	} else if err := measure(&res, req, film, at, n); err != nil {
		return res, err
	}
	res.Evidence, err = leave(req, picture)
	return res, err
}

// check refuses what no camera gives.
func check(req vision.LookRequest, film Film) error {
	if len(req.Times) == 0 || film.Frames.Len() != len(req.Times) {
		return fmt.Errorf("look: %d times for %d frames: the burst must have a time for each frame and one at least", len(req.Times), film.Frames.Len())
	}
	for i := 1; i < len(req.Times); i++ {
		if req.Times[i].Before(req.Times[i-1]) {
			return fmt.Errorf("look: frame %d is older than the one before it", i)
		}
	}
	for _, v := range [...]float64{req.FX, req.FY, req.CX, req.CY, req.Dist[0], req.Dist[1], req.Dist[2], req.Dist[3], req.Dist[4]} {
		if math.IsNaN(v) || math.IsInf(v, 0) {
			return errors.New("look: the camera's geometry is not a number")
		}
	}
	return checkTarget(req.Target)
}

// checkTarget refuses a rack that cannot be: sizes are bounded so that nothing is drawn beyond memory.
func checkTarget(t vision.Target) error {
	const mostUnits, mostM, mostDevices, mostTags = 120, 10, 2000, 64
	for _, v := range [...]float64{t.WidthM, t.BaseM, t.TagSizeM} {
		if !(v >= 0 && v <= mostM) {
			return fmt.Errorf("look: rack %q: %g m is no size of a rack: want 0 to %d", t.Rack, v, mostM)
		}
	}
	if len(t.Tags) > mostTags || slices.ContainsFunc(t.Tags, func(g vision.TargetTag) bool { return !(math.Abs(g.X) <= mostM && math.Abs(g.Y) <= mostM) }) {
		return fmt.Errorf("look: rack %q: %d tags, or one beyond %d m, are on no face: want at most %d", t.Rack, len(t.Tags), mostM, mostTags)
	}
	for _, d := range t.Devices {
		if d.Unit < 0 || d.Unit > mostUnits || d.UHeight < 0 || d.UHeight > mostUnits {
			return fmt.Errorf("look: rack %q: device %q of %d units at U%d is in no rack", t.Rack, d.ID, d.UHeight, d.Unit)
		}
	}
	if t.FromU < 0 || t.ToU > mostUnits || t.ToU < t.FromU || t.UHeight > mostUnits || len(t.Devices) > mostDevices {
		return fmt.Errorf("look: rack %q: U%d to U%d with %d devices is no stretch of a rack", t.Rack, t.FromU, t.ToU, len(t.Devices))
	}
	return nil
}

// measure reads all that the look shows.
func measure(res *vision.LookResult, req vision.LookRequest, film Film, at *standing, n *normals) error {
	seen := at.scene(req, n, res.Hidden)
	if req.Learn {
		more, err := learnFrom(req, film, at)
		if err != nil {
			return err
		}
		n.learn(seen, more)
	} else {
		res.Sightings = notices(seen, n)
		res.Doubts = append(res.Doubts, doubtful(res.Sightings)...)
	}
	view := at.view(req, film, door(req.Target, res.Sightings))
	devices := withLearned(req.Target.Devices, n.lights())
	lights, err := led.Read(film.Frames, req.Times, devices, view)
	if err != nil {
		return err
	}
	res.LEDs, res.Doubts = lights.LEDs, append(res.Doubts, lights.Doubts...)
	n.dim(res.LEDs)
	at.doubtDark(res.LEDs)
	doubtVeiled(res, seen, devices, lights.Places)
	doubtMany(res, seen, devices)
	doubtCovered(res, seen, devices)
	if err := warmth(res, req, at); err != nil {
		return err
	}
	at.uncover(res, seen, n)
	if req.Learn {
		res.Normals, err = n.leave(req, seen, *res)
		return err
	}
	res.Instruments, err = instruments(film, at, req.Target)
	return err
}

// warmth reads the temperatures, when there is a thermal picture.
func warmth(res *vision.LookResult, req vision.LookRequest, at *standing) (err error) {
	if req.Thermal == nil {
		return nil
	}
	var airC *float64
	if req.Air != nil {
		airC = &req.Air.TemperatureC
	}
	var known []vision.NormalHeat
	if req.Normals != nil && !req.Learn {
		known = req.Normals.Heat
	}
	res.Devices, res.Units, err = thermal.Read(*req.Thermal, req.Target, at.fit, airC, known)
	return err
}

// learnFrames are the frames, as shares of the burst, in which lights are searched that nobody declared: one that blinks
// is lit in some of them.
var learnFrames = [...]float64{0.05, 0.2, 0.35, 0.65, 0.8, 0.95} //nolint:gochecknoglobals // a constant table

// learnFrom straightens frames of the burst for learning; a burst of a few frames has none more.
func learnFrom(req vision.LookRequest, film Film, at *standing) ([]ortho.Picture, error) {
	if film.Frames.Len() < 4*len(learnFrames) {
		return nil, nil
	}
	var more []ortho.Picture
	for _, share := range learnFrames {
		f, err := film.Frames.Frame(int(share * float64(film.Frames.Len())))
		if err != nil {
			return nil, err
		}
		more = append(more, at.face(f, req.Target))
	}
	return more, nil
}

// door is the door that the lights are seen through; nil when there is none or it stands open.
func door(t vision.Target, seen []vision.Sighting) *maps.Door {
	if slices.ContainsFunc(seen, func(s vision.Sighting) bool { return s.Thing == vision.ThingDoor && s.State == vision.StateOpen }) {
		return nil
	}
	return t.Door
}

// instrumentFrames are the frames, as shares of the burst, that instruments are read in beside the one of the standing:
// a multiplexed display shows each digit in some of them only, and noise is less in several.
var instrumentFrames = [...]float64{0.05, 0.2, 0.3, 0.4, 0.55, 0.65, 0.8, 0.95} //nolint:gochecknoglobals // a constant table

// instruments reads the gauges and displays of the stretch.
func instruments(film Film, at *standing, t vision.Target) ([]vision.InstrumentReading, error) {
	if len(t.Instruments) == 0 {
		return nil, nil
	}
	crops := make([][]ortho.Picture, len(t.Instruments))
	add := func(f burst.Frame) {
		for i, in := range t.Instruments {
			crops[i] = append(crops[i], instrument.Crop(f, at.fit.FaceToPixel, in))
		}
	}
	add(at.frame)
	for _, share := range instrumentFrames {
		f, err := film.Frames.Frame(int(share * float64(film.Frames.Len())))
		if err != nil {
			return nil, err
		}
		add(f)
	}
	out := make([]vision.InstrumentReading, len(crops))
	for i, in := range t.Instruments {
		out[i] = instrument.ReadCrops(crops[i], in)
	}
	return out, nil
}
