package look

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/notice"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// The planes of which a picture is kept.
const (
	planeFace  = "face"
	planeFloor = "floor"
)

// normals are what a viewpoint shows in good order, with its pictures.
type normals struct {
	told        *vision.Normals
	face, floor *ortho.Picture
}

// openNormals reads the pictures of the normals; a viewpoint that is not commissioned has none.
func openNormals(told *vision.Normals) (*normals, error) {
	n := &normals{told: told}
	if told == nil {
		return n, nil
	}
	for _, p := range told.Pictures {
		picture, err := openPicture(p)
		if err != nil {
			return nil, fmt.Errorf("look: picture of the %s at commissioning: %w", p.Plane, err)
		}
		if p.Plane == planeFloor {
			n.floor = &picture
		} else {
			n.face = &picture
		}
	}
	return n, nil
}

func openPicture(p vision.NormalPicture) (ortho.Picture, error) {
	f, err := os.Open(p.Path)
	if err != nil {
		return ortho.Picture{}, err
	}
	defer func() { _ = f.Close() }()
	picture, err := ortho.DecodePNG(f)
	if err != nil {
		return picture, fmt.Errorf("%s: %w", p.Path, err)
	}
	picture.LeftM, picture.TopM, picture.ScaleM = p.LeftM, p.TopM, p.ScaleM
	return picture, nil
}

// lights are the lights that were learned.
func (n *normals) lights() []vision.NormalLight {
	if n.told == nil {
		return nil
	}
	return n.told.Lights
}

// learn takes what the look shows for normal. What its lights show is read like that of declared ones.
func (n *normals) learn(s notice.Scene, more []ortho.Picture) {
	n.told = &vision.Normals{Lights: notice.Learn(s, more...)}
}

// withLearned gives devices whose type declares no lights those that were learned, so that they are read.
func withLearned(devices []vision.TargetDevice, lights []vision.NormalLight) []vision.TargetDevice {
	if len(lights) == 0 {
		return devices
	}
	out := make([]vision.TargetDevice, len(devices))
	copy(out, devices)
	for i := range out {
		if len(out[i].LEDs) > 0 {
			continue
		}
		for k, l := range lights {
			if l.Device == out[i].ID {
				out[i].LEDs = append(out[i].LEDs, vision.TargetLED{
					Name: vision.LearnedName(k), X: l.X, Y: l.Y, DiameterM: l.DiameterM, Normal: l.States,
				})
			}
		}
	}
	return out
}

// leave keeps the pictures and readings of the look as what is normal.
func (n *normals) leave(req vision.LookRequest, s notice.Scene, res vision.LookResult) (*vision.Normals, error) {
	out := &vision.Normals{At: req.Times[0], Eye: res.Registration}
	pictures := map[string]*ortho.Picture{planeFace: &s.Face, planeFloor: s.Floor}
	for _, plane := range []string{planeFace, planeFloor} {
		p := pictures[plane]
		if p == nil || req.EvidenceDir == "" {
			continue
		}
		path := filepath.Join(req.EvidenceDir, "normal-"+plane+".png")
		if err := write(path, func(w io.Writer) error { return p.EncodePNG(w) }); err != nil {
			return nil, err
		}
		out.Pictures = append(out.Pictures, vision.NormalPicture{Plane: plane, Path: path, LeftM: p.LeftM, TopM: p.TopM, ScaleM: p.ScaleM})
	}
	for k, l := range n.told.Lights {
		for _, r := range res.LEDs {
			if r.Device == l.Device && r.LED == vision.LearnedName(k) && r.Pattern != "unknown" {
				l.States = []maps.LEDState{{Colour: r.Colour, Pattern: r.Pattern, RateHz: r.RateHz, OtherColour: r.OtherColour}}
			}
		}
		out.Lights = append(out.Lights, l)
	}
	out.Unseen = unseen(req.Target, res.LEDs)
	if req.Air != nil {
		*out = vision.LearnHeat(*out, res, *req.Air)
	}
	return out, nil
}

// notices says what else is to be seen.
func notices(s notice.Scene, n *normals) []vision.Sighting {
	out := notice.Notice(s)
	return append(out, notice.Lit(s, notice.Known(s.Target, n.told, out), out...)...)
}

// doubtful says what another viewpoint would settle: a door, floor or device that should be told and could not be.
func doubtful(seen []vision.Sighting) []vision.Doubt {
	var out []vision.Doubt
	for _, s := range seen {
		if s.State == vision.StateUnknown && s.Thing != vision.ThingPanel {
			out = append(out, vision.Doubt{
				Remedy: vision.OtherViewpoint, Device: s.Device, Unit: s.Unit, Reason: "the " + s.Thing + " could not be told from here",
			})
		}
	}
	return out
}

// unseen lists the declared lights that were not read, or read as dark though none of their normal states is.
func unseen(t vision.Target, read []vision.LEDReading) []vision.UnseenLight {
	patterns := map[vision.UnseenLight]string{}
	for _, r := range read {
		patterns[vision.UnseenLight{Device: r.Device, LED: r.LED}] = r.Pattern
	}
	var out []vision.UnseenLight
	for _, d := range t.Devices {
		for _, l := range d.LEDs {
			key := vision.UnseenLight{Device: d.ID, LED: l.Name}
			dark := slices.ContainsFunc(l.Normal, func(s maps.LEDState) bool { return s.Pattern == "off" })
			if p, ok := patterns[key]; !ok || p == "unknown" || p == "off" && !dark {
				out = append(out, key)
			}
		}
	}
	return out
}

// dim takes back that a light is off which could not be seen at commissioning either.
func (n *normals) dim(read []vision.LEDReading) {
	if n.told == nil {
		return
	}
	takeBack(read, func(r vision.LEDReading) bool {
		return r.Pattern == "off" && slices.Contains(n.told.Unseen, vision.UnseenLight{Device: r.Device, LED: r.LED})
	})
}
