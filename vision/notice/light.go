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
	top      float64 // glare of its core, 0..510
	out      float64 // how much that is over its surroundings
	pure     float64 // saturation of its halo, 0..1
}

// Lit says which lights shine where none is known, nor shone at commissioning. With what Notice saw it also knows which
// places a door hid at commissioning.
func Lit(s Scene, known []KnownLight, seen ...vision.Sighting) []vision.Sighting {
	face, ref := valid(s.Face), valid(faceOf(s.NormalFace))
	if face.Width == 0 {
		return nil
	}
	before := backdropOf(face, ref)
	slack := lightSlack + min(0.01, max(0, 2*s.SigmaM))
	uncovered := slices.ContainsFunc(seen, func(o vision.Sighting) bool {
		return o.Thing == vision.ThingDoor && o.State != vision.StateClosed
	})
	var odd []glint
	for _, g := range glintsOf(face, whole(face)) {
		if !s.explained(g, known, slack) && !s.hidden(g.x, g.y) && (ref.Width == 0 || !before.stood(g, slack)) {
			odd = append(odd, g)
		}
	}
	if len(odd) == 0 {
		return nil
	}
	shining := slices.Clone(known)
	for _, g := range odd {
		shining = append(shining, KnownLight{g.x, g.y, 2 * g.diameter}) // in the dark its halo reaches far
	}
	about, commissioned := s.SurroundingsOf(shining)
	var out []vision.Sighting
	for _, g := range odd {
		if crowded(g, odd) || strung(g, odd) {
			continue
		}
		o := vision.Sighting{Thing: vision.ThingLight, State: vision.StateLit, X: g.x, Y: g.y, Colour: g.colour, Confidence: g.confidence(), Unit: s.unitAt(g.y)}
		if d, ok := s.Target.DeviceAt(g.x, g.y, 0); ok {
			o.Device = d.ID
			if len(d.LEDs) == 0 && s.likelyOwn(d, g, known) {
				o.Confidence = min(o.Confidence, 0.5)
			}
		}
		if uncovered { // the commissioning picture shows the leaf, not what it hid
			o.Confidence = min(o.Confidence, 0.5)
		}
		if commissioned && about.otherThing(g.x, g.y) { // it shines on another thing, which is what there is to tell
			o.Confidence = min(o.Confidence, 0.5)
		}
		if ref.Width == 0 { // without a picture of good days a label may be taken for a light
			o.Confidence = min(o.Confidence, 0.5)
		}
		out = append(out, o)
	}
	return out
}

// crowded says whether a glint is one of many close together that nobody expects: writing on a screen, or glare on
// something that hangs in the way.
func crowded(g glint, all []glint) bool {
	const near, many = 0.12, 4 // m, glints
	n := 0
	for _, o := range all {
		if math.Hypot(o.x-g.x, o.y-g.y) < near {
			n++
		}
	}
	return n >= many
}

// strung says whether a glint is one of several of its colour below each other: the sheen of a cable that hangs there.
func strung(g glint, all []glint) bool {
	const aside, many = 0.015, 2 // m, glints
	n := 0
	for _, o := range all {
		if o.colour == g.colour && math.Abs(o.x-g.x) < aside {
			n++
		}
	}
	return n >= many
}

// likelyOwn says whether a device whose type declares no lights is likely to have one of its own here, which was off when
// its lights were learned: where another of its type has one, or in line with two that it has.
func (s Scene) likelyOwn(d vision.TargetDevice, g glint, known []KnownLight) bool {
	const aside, inLine, reach = 0.004, 0.0025, 0.1 // m
	row, col := 0, 0
	for _, o := range s.Target.Devices {
		if o.Type != d.Type {
			continue
		}
		for _, k := range known {
			if k.X < o.Min.X || k.X > o.Max.X || k.Y < o.Min.Y || k.Y > o.Max.Y {
				continue
			}
			dx, dy := math.Abs(k.X-o.Min.X-g.x+d.Min.X), math.Abs(k.Y-o.Min.Y-g.y+d.Min.Y)
			if math.Hypot(dx, dy) < aside {
				return true
			}
			if dy < inLine && dx < reach {
				row++
			}
			if dx < inLine && dy < reach {
				col++
			}
		}
	}
	return row >= 2 || col >= 2
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

// A backdrop is what the face showed at commissioning, and by how much brighter it is now.
type backdrop struct {
	ortho.Picture
	gain float64
}

// backdropOf takes the gain from the median brightness of 1 cm patches all over both pictures.
func backdropOf(now, ref ortho.Picture) backdrop {
	b := backdrop{ref, 1}
	if ref.Width == 0 {
		return b
	}
	w := windowOf(now, 0.01)
	p, q := luma(now, w), luma(ref, w)
	var ratio []float64
	for i := range p.v {
		if p.seen[i] && q.seen[i] && p.v[i] < 230 && q.v[i] < 230 && q.v[i] > 8 {
			ratio = append(ratio, float64((p.v[i]+2)/(q.v[i]+2)))
		}
	}
	if len(ratio) > 20 {
		b.gain = max(0.2, min(5, median(ratio)))
	}
	return b
}

// stood says whether a glint shone at commissioning as well, or its place was out of sight then. Paint that is lit better
// today is no new light: what was there must explain its brightness.
func (b backdrop) stood(g glint, slack float64) bool {
	x, y := int((g.x-b.LeftM)/b.ScaleM), int((b.TopM-g.y)/b.ScaleM)
	n := int((slack+g.diameter/2)/b.ScaleM) + 1
	if x < n || y < n || x+n >= b.Width || y+n >= b.Height || b.Seen[y*b.Width+x] == 0 {
		return true
	}
	most := 0
	for v := y - n; v <= y+n; v++ {
		for u := x - n; u <= x+n; u++ {
			q := b.BGR[3*(v*b.Width+u):]
			most = max(most, 2*int(max(q[0], q[1], q[2]))-int(min(q[0], q[1], q[2])))
		}
	}
	return g.top < 1.35*b.gain*float64(most)+15
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
			d, ok := s.Target.DeviceAt(g.x, g.y, 0)
			if !ok || len(d.LEDs) > 0 || s.explained(g, nil, 0) || s.hidden(g.x, g.y) || g.confidence() < 0.5 {
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
