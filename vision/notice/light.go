package notice

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// A KnownLight is a place where a light may shine: declared, or learned at commissioning; face frame, m.
type KnownLight struct{ X, Y, DiameterM float64 }

// Known lists the declared and the learned lights of a look, those of devices that moved where they stand now, and the
// displays among the instruments. Normals is nil before commissioning.
func Known(t vision.Target, n *vision.Normals, seen []vision.Sighting) []KnownLight {
	moved := map[string]float64{}
	for _, o := range seen {
		if o.Thing == vision.ThingDevice && o.State == vision.StateMoved {
			moved[o.Device] = o.Value
		}
	}
	var out []KnownLight
	add := func(device string, x, y, diameter float64) {
		out = append(out, KnownLight{x, y, diameter})
		if up, ok := moved[device]; ok && device != "" {
			out = append(out, KnownLight{x, y + up, diameter})
		}
	}
	for _, d := range t.Devices {
		for _, l := range d.LEDs {
			add(d.ID, l.X, l.Y, l.DiameterM)
		}
	}
	if n != nil {
		for _, l := range n.Lights {
			add(l.Device, l.X, l.Y, l.DiameterM)
		}
	}
	return out
}

// How lights are searched. A light of 2 to 8 mm has a halo in a picture, which doubles it.
const (
	maxLightM  = 0.016 // across its half height
	minCore    = 150   // brightness of the strongest channel in a light's core
	minContest = 60    // by which the core's glare exceeds the ring's
	lightSlack = 0.005 // by which a declared place may be off, m
)

// A glint is a small bright spot of the face.
type glint struct {
	x, y     float64 // m
	diameter float64 // m, across its half height
	colour   string
	out      float64 // how much its core glares over its surroundings
	pure     float64 // saturation of its halo, 0..1
}

// Lit says which lights shine where none is known, nor shone at commissioning.
func Lit(s Scene, known []KnownLight) []vision.Sighting {
	face, ref := valid(s.Face), valid(faceOf(s.NormalFace))
	if face.Width == 0 {
		return nil
	}
	var out []vision.Sighting
	slack := lightSlack + min(0.01, max(0, 2*s.SigmaM))
	for _, g := range glintsOf(face, whole(face)) {
		if s.explained(g, known, slack) || s.hidden(g.x, g.y) || ref.Width > 0 && stood(ref, g, slack) {
			continue
		}
		c := g.confidence()
		d := s.deviceAt(g.x, g.y)
		if ref.Width == 0 { // without a picture of good days a label may be taken for a light
			if c -= 0.25; d != nil && len(d.LEDs) == 0 {
				continue
			}
		}
		o := vision.Sighting{Thing: vision.ThingLight, State: vision.StateLit, X: g.x, Y: g.y, Colour: g.colour, Confidence: c, Unit: s.unitAt(g.y)}
		if d != nil {
			o.Device = d.ID
		}
		out = append(out, o)
	}
	return out
}

// explained says whether a known light, an instrument or a tag is at a glint's place.
func (s Scene) explained(g glint, known []KnownLight, slack float64) bool {
	for _, k := range known {
		if math.Hypot(g.x-k.X, g.y-k.Y) < slack+k.DiameterM/2 {
			return true
		}
	}
	for _, i := range s.Target.Instruments {
		w, h := max(i.WidthM, i.DiameterM)/2+0.01, max(i.HeightM, i.DiameterM)/2+0.01
		if math.Abs(g.x-i.X) < w && math.Abs(g.y-i.Y) < h {
			return true
		}
	}
	for _, t := range s.Target.Tags {
		if math.Abs(g.x-t.X) < 0.75*s.Target.TagSizeM && math.Abs(g.y-t.Y) < 0.75*s.Target.TagSizeM {
			return true
		}
	}
	return g.x < 0 || g.x > s.Target.WidthM
}

// stood says whether a glint shone at commissioning as well, or its place was out of sight then.
func stood(ref ortho.Picture, g glint, slack float64) bool {
	x, y := int((g.x-ref.LeftM)/ref.ScaleM), int((ref.TopM-g.y)/ref.ScaleM)
	if x < 0 || y < 0 || x >= ref.Width || y >= ref.Height || ref.Seen[y*ref.Width+x] == 0 {
		return true
	}
	reach := slack + g.diameter/2
	n := int(reach/ref.ScaleM) + 2
	for _, b := range glintsOf(ref, rect{x - n, y - n, x + n + 1, y + n + 1}) {
		if math.Hypot(b.x-g.x, b.y-g.y) < reach && b.out > 0.35*g.out {
			return true
		}
	}
	return false
}

// deviceAt is the device at a point of the face; nil where there is none.
func (s Scene) deviceAt(x, y float64) *vision.TargetDevice {
	for i := range s.Target.Devices {
		if d := &s.Target.Devices[i]; x >= d.Min.X && x <= d.Max.X && y >= d.Min.Y && y <= d.Max.Y {
			return d
		}
	}
	return nil
}

// unitAt is the unit at a height; 0 outside the rack.
func (s Scene) unitAt(y float64) int {
	u := int(math.Floor((y-s.Target.BaseM)/unitM)) + 1
	if u < 1 || s.Target.UHeight > 0 && u > s.Target.UHeight {
		return 0
	}
	return u
}

// Learn lists the lights of devices whose types declare none: what glints in any of the straightened pictures of a
// commissioning (the scene's face and more frames of the burst, in which blinking lights are lit). Their states are for
// package led to read.
func Learn(s Scene, more ...ortho.Picture) []vision.NormalLight {
	var out []vision.NormalLight
	for _, p := range append([]ortho.Picture{s.Face}, more...) {
		if p = valid(p); p.Width == 0 {
			continue
		}
		for _, g := range glintsOf(p, whole(p)) {
			d := s.deviceAt(g.x, g.y)
			if d == nil || len(d.LEDs) > 0 || s.explained(g, nil, 0) || s.hidden(g.x, g.y) || g.confidence() < 0.5 {
				continue
			}
			again := slices.ContainsFunc(out, func(l vision.NormalLight) bool { return math.Hypot(l.X-g.x, l.Y-g.y) < lightSlack })
			if !again {
				out = append(out, vision.NormalLight{Device: d.ID, X: g.x, Y: g.y, DiameterM: min(0.008, max(0.002, g.diameter/2))})
			}
		}
	}
	slices.SortFunc(out, func(a, b vision.NormalLight) int {
		return cmp.Or(cmp.Compare(a.Device, b.Device), cmp.Compare(a.X, b.X), cmp.Compare(a.Y, b.Y))
	})
	return out
}
