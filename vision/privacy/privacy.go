// Package privacy makes people's faces and lit screens unrecognisable before a picture leaves the robot.
//
// No single detector is trusted with that: the cascades of OpenCV miss a face that is turned or half behind a door, a
// colour rule misses gloves and hoods. So the layers are stacked and each hides generously what it suspects:
//
//   - beside: whatever is not the rack is averaged away always, for nobody needs the aisle;
//   - face: OpenCV's cascades, frontal and profile;
//   - person: skin of any tone, and anything the size of a head or a screen that was not there at commissioning;
//   - screen: what is brighter than white paint and has a rectangle's sharp outline.
//
// A look that does not know where the rack is cannot tell it from the aisle, and all of its picture is averaged.
// Hidden pixels are replaced by the means of blocks: what is lost is not in the picture any more.
//
// Lengths are in metres on the rack's face plane (see vision.Registration); what stands before it looks larger there.
package privacy

import (
	"image"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
	"github.com/nightrounds/nightrounds/vision/ortho"
)

// What a hidden place was taken for, in vision.Hidden.
const (
	Beside = "beside" // not of the rack
	Face   = "face"
	Person = "person" // skin, or something new of the size of a head
	Screen = "screen"
)

// A Projector says which pixel shows a point of the rack's face, m; ok is false when none does.
type Projector interface {
	FaceToPixel(x, y float64) (u, v float64, ok bool)
}

// A Scene is what is known of the picture.
type Scene struct {
	Projector Projector // nil when the look could not be registered
	Target    vision.Target
	Normal    *ortho.Picture // the face as commissioned; nil when nobody commissioned it
}

// minSide is the smallest picture that is searched, px; a smaller one shows no face, and is averaged whole.
const minSide = 32

// Hide makes unrecognisable, in img itself, whatever might be a person or a lit screen, and says what and where. The
// caller owns img: pixels mapped from a burst are read-only and must be copied first. A frame whose size and bytes
// disagree is left alone.
func Hide(img burst.Frame, s Scene) []vision.Hidden {
	w, h := img.Width, img.Height
	if w < 1 || h < 1 || w > len(img.BGR) || h > len(img.BGR) || len(img.BGR) != 3*w*h {
		return nil
	}
	if w < minSide || h < minSide {
		return hideAll(img)
	}
	small := reduce(img)
	if s.Projector == nil {
		return unregistered(img, small)
	}
	beside, ok := besides(w, h, s)
	if !ok {
		return unregistered(img, small)
	}
	found := search(small, s)
	pixelate(img, beside, max(besideBlock(w), 1))
	for _, r := range found {
		pixelate(img, []vision.Hidden{r}, blockOf(r))
	}
	return append(beside, found...)
}

// search looks for people and screens in a registered picture.
func search(small picture, s Scene) []vision.Hidden {
	p := flatten(small, s)
	n := p.normal(s.Normal)
	skin := p.skin(n)
	var found []vision.Hidden
	found = append(found, p.places(Person, skin, skinGrowM, skinGrow)...)
	sure, news := p.newcomers(n)
	found = append(found, p.places(Person, sure, changeGrowM, changeGrow)...)
	found = append(found, p.places(Screen, p.screens(n, s.Target.Instruments), screenGrowM, screenGrow)...)
	for _, f := range faces(small, p.headPx(), p.suspect(news)) {
		if f.sure || p.supports(f.box, skin) {
			found = append(found, small.hidden(Face, grown(f.box, faceGrow)))
		}
	}
	return united(found)
}

// suspect is where faces need be looked for in the reduced picture: about what is new, and everywhere without a picture
// of the commissioning. What lies beside the rack is averaged anyhow.
func (p *plane) suspect(news []bool) image.Rectangle {
	if news == nil {
		return image.Rect(0, 0, p.small.Width, p.small.Height)
	}
	var all image.Rectangle
	for _, h := range p.places(Person, news, suspectM, 0) {
		all = all.Union(image.Rect(h.X0/p.small.k, h.Y0/p.small.k, h.X1/p.small.k, h.Y1/p.small.k))
	}
	return all
}

// unregistered averages the whole picture: more coarsely when somebody seems to be in it.
func unregistered(img burst.Frame, small picture) []vision.Hidden {
	all := vision.Hidden{What: Beside, X1: img.Width, Y1: img.Height}
	block := fineBlock(img.Width)
	if len(faces(small, 0, image.Rect(0, 0, small.Width, small.Height))) > 0 {
		all.What, block = Face, besideBlock(img.Width)
	} else if small.skinned() {
		all.What, block = Person, besideBlock(img.Width)
	}
	pixelate(img, []vision.Hidden{all}, block)
	return []vision.Hidden{all}
}

// suspectM is how far about what is new faces are looked for, m.
const suspectM = 0.15

// hideAll averages a picture into a single colour.
func hideAll(img burst.Frame) []vision.Hidden {
	all := []vision.Hidden{{What: Beside, X1: img.Width, Y1: img.Height}}
	pixelate(img, all, max(img.Width, img.Height))
	return all
}

// grown is a rectangle with share of its longer side added at every side.
func grown(r image.Rectangle, share float64) image.Rectangle {
	d := int(share*float64(max(r.Dx(), r.Dy()))) + 1
	return r.Inset(-d)
}
