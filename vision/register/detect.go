package register

/*
#cgo CXXFLAGS: -std=c++11 -I/usr/include/opencv4
#cgo LDFLAGS: -lopencv_core -lopencv_calib3d -lopencv_features2d -lopencv_imgproc -lopencv_objdetect -lopencv_aruco
#include "tags.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"slices"
	"unsafe"
)

// maxTags bounds what one picture may yield; a rack face shows six.
const maxTags = 64

// maxPixels bounds a picture handed to OpenCV: 64 megapixels.
const maxPixels = 64 << 20

// errLen is the room for OpenCV's message.
const errLen = 512

// A Tag is one fiducial in a picture: its corners in px, clockwise, the first the upper left as the picture shows it.
type Tag struct {
	ID      int
	Corners [4][2]float64
}

// Detect finds the AprilTags 36h11 in a grey picture, small ones too, for which it enlarges pictures of up to a
// megapixel: this takes up to a second. Corners are subpixel, and are turned so that the first is the upper left of the
// picture: a robot's camera never rolls by 45 degrees, but a sticker may be put on sideways.
func Detect(grey *image.Gray) ([]Tag, error) {
	scales := []float64{1, 2, 4}
	var tags []Tag
	for _, s := range scales {
		if s > 1 && s*s*float64(grey.Rect.Dx()*grey.Rect.Dy()) > maxEnlarged {
			break
		}
		found, err := detectAt(grey, s, s > 1)
		if err != nil {
			return nil, err
		}
		tags = merge(tags, found)
	}
	refineAll(grey, tags)
	return tags, nil
}

// maxEnlarged is how many pixels an enlarged picture may have: a second's work.
const maxEnlarged = 8 << 20

// merge adds tags that are not there yet.
func merge(tags, more []Tag) []Tag {
	for _, m := range more {
		if !slices.ContainsFunc(tags, func(t Tag) bool { return t.ID == m.ID && t.same(m) }) {
			tags = append(tags, m)
		}
	}
	return tags
}

// detectAt finds tags in a picture that is searched at scale times its size. Corners are to within a pixel or two.
func detectAt(grey *image.Gray, scale float64, thorough bool) ([]Tag, error) {
	w, h := grey.Rect.Dx(), grey.Rect.Dy()
	if least := 16 / min(scale, 1); float64(w) < least || float64(h) < least || w*h > maxPixels || float64(w*h)*scale*scale > maxPixels {
		return nil, fmt.Errorf("find tags: a picture of %d x %d px is outside 16 x 16 to %d Mpx", w, h, maxPixels>>20)
	}
	pix := tight(grey)
	var found [maxTags]C.nr_tag
	msg := make([]byte, errLen)
	mode := C.int(0)
	if thorough {
		mode = 1
	}
	n := C.nr_detect((*C.uchar)(unsafe.Pointer(&pix[0])), C.int(w), C.int(h), C.double(scale), mode, &found[0], maxTags,
		(*C.char)(unsafe.Pointer(&msg[0])), errLen)
	if n < 0 {
		return nil, fmt.Errorf("find tags: OpenCV: %s", text(msg))
	}
	tags := make([]Tag, 0, int(n))
	for _, f := range found[:n] {
		t := Tag{ID: int(f.id)}
		for k := range t.Corners {
			t.Corners[k] = [2]float64{float64(f.corners[2*k]), float64(f.corners[2*k+1])}
		}
		tags = append(tags, t.upright())
	}
	return tags, nil
}

// upright turns the corners (clockwise already) so that the one nearest the picture's upper left comes first.
func (t Tag) upright() Tag {
	best := 0
	for k := range t.Corners {
		if t.Corners[k][0]+t.Corners[k][1] < t.Corners[best][0]+t.Corners[best][1] {
			best = k
		}
	}
	out := Tag{ID: t.ID}
	for k := range out.Corners {
		out.Corners[k] = t.Corners[(best+k)%4]
	}
	return out
}

// DrawTag prints one AprilTag 36h11, black border outermost, as side x side px; side must be a multiple of 8 to be crisp.
func DrawTag(id, side int) (*image.Gray, error) {
	if id < 0 || id >= 587 || side < 8 || side > 4096 {
		return nil, fmt.Errorf("draw tag %d of %d px: 36h11 has ids 0 to 586, a side 8 to 4096 px", id, side)
	}
	img := image.NewGray(image.Rect(0, 0, side, side))
	msg := make([]byte, errLen)
	if C.nr_draw(C.int(id), C.int(side), (*C.uchar)(unsafe.Pointer(&img.Pix[0])),
		(*C.char)(unsafe.Pointer(&msg[0])), errLen) < 0 {
		return nil, fmt.Errorf("draw tag %d: OpenCV: %s", id, text(msg))
	}
	return img, nil
}

// fitPose asks OpenCV for the pose that maps the face points (x, y on z = 0) to their pixels: IPPE, then refined.
func fitPose(pairs []pair, cam Camera) (rvec, tvec [3]float64, err error) {
	if len(pairs) < 4 {
		return rvec, tvec, errors.New("fit pose: fewer than 4 points")
	}
	object, img := make([]float64, 0, 3*len(pairs)), make([]float64, 0, 2*len(pairs))
	for _, p := range pairs {
		object = append(object, p.x, p.y, 0)
		img = append(img, p.u, p.v)
	}
	k := [4]float64{cam.FX, cam.FY, cam.CX, cam.CY}
	msg := make([]byte, errLen)
	if C.nr_pose(ptr(object), ptr(img), C.int(len(pairs)), ptr(k[:]), ptr(cam.Dist[:]), ptr(rvec[:]), ptr(tvec[:]),
		(*C.char)(unsafe.Pointer(&msg[0])), errLen) < 0 {
		return rvec, tvec, fmt.Errorf("fit pose: OpenCV: %s", text(msg))
	}
	return rvec, tvec, nil
}

func ptr(v []float64) *C.double { return (*C.double)(unsafe.Pointer(&v[0])) }

// text is the message up to its NUL.
func text(b []byte) string {
	for i, c := range b {
		if c == 0 {
			return string(b[:i])
		}
	}
	return string(b)
}

// tight returns the pixels of a picture without padding between its rows.
func tight(g *image.Gray) []byte {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	if g.Stride == w && len(g.Pix) >= w*h {
		return g.Pix[:w*h]
	}
	out := make([]byte, 0, w*h)
	for y := range h {
		out = append(out, g.Pix[y*g.Stride:y*g.Stride+w]...)
	}
	return out
}
