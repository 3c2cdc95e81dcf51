package register

/*
#include "sift.h"
*/
import "C"

import (
	"errors"
	"fmt"
	"image"
	"math"
	"unsafe"
)

// ErrOtherPicture says that two pictures do not show the same rack from in front; its wrapping says why.
var ErrOtherPicture = errors.New("the picture does not show the reference's rack")

// How features are found and paired.
const (
	matchSide     = 1600 // px: pictures are reduced to this for features
	matchFeatures = 6000
	matchRatio    = 0.75 // Lowe's: a match must be that much nearer than the next
	matchPx       = 5    // how far an inlier may be off, px of the reduced picture
)

// What a map between two pictures must meet. Wrong pictures of racks reach 17 inliers, the right ones 49 and more
// (measured with 6,000 features, shared/data/real/baselines.md).
const (
	leastInliers = 30
	leastShare   = 0.12 // of the pairs
	leastSpread  = 0.15 // of the smaller picture's side, each way, that the inliers' deviation twice spans
)

// A couple is a place in one picture and the same in another, px.
type couple [4]float64

// Match maps the pixels of a reference picture of a rack to those of another picture of it whose camera is not known.
// It returns an error that wraps ErrOtherPicture when the pictures do not show the same rack, or not from in front.
func Match(ref, img *image.Gray) (Homography, error) {
	ka, kb := reduction(ref, matchSide), reduction(img, matchSide)
	pairs, err := matchFeaturesOf(reduced(ref, ka), reduced(img, kb), matchFeatures)
	if err != nil {
		return Homography{}, err
	}
	h, inliers, err := ransac(pairs, matchPx)
	if err != nil {
		return Homography{}, err
	}
	if len(inliers) < leastInliers || float64(len(inliers)) < leastShare*float64(len(pairs)) {
		return Homography{}, fmt.Errorf("%w: %d of %d pairs of features agree on one map, %d are needed", ErrOtherPicture, len(inliers), len(pairs), leastInliers)
	}
	if err := spread(inliers, ref.Rect.Dx()/ka, ref.Rect.Dy()/ka, img.Rect.Dx()/kb, img.Rect.Dy()/kb); err != nil {
		return Homography{}, err
	}
	if err := h.plausible(inliers); err != nil {
		return Homography{}, err
	}
	return h.enlarged(ka, kb), nil
}

// reduction is the whole number by which a picture is reduced to have no side beyond most.
func reduction(g *image.Gray, most int) int {
	return max(1, (max(g.Rect.Dx(), g.Rect.Dy())+most-1)/most)
}

// reduced takes means of k x k px.
func reduced(g *image.Gray, k int) *image.Gray {
	if k < 2 {
		return g
	}
	out := image.NewGray(image.Rect(0, 0, g.Rect.Dx()/k, g.Rect.Dy()/k))
	for y := range out.Rect.Dy() {
		for x := range out.Rect.Dx() {
			sum := 0
			for dy := range k {
				for _, p := range g.Pix[(y*k+dy)*g.Stride+x*k:][:k] {
					sum += int(p)
				}
			}
			out.Pix[y*out.Stride+x] = byte(sum / (k * k))
		}
	}
	return out
}

// enlarged is the map between the pictures as they were before they were reduced by ka and kb.
func (h Homography) enlarged(ka, kb int) Homography {
	// Pixel u of the reduced picture is k u + (k-1)/2 of the full one.
	a, b := float64(ka), float64(kb)
	oa, ob := (a-1)/2, (b-1)/2
	var in Homography // h after the reduction of a
	for r := range 3 {
		in[3*r], in[3*r+1] = h[3*r]/a, h[3*r+1]/a
		in[3*r+2] = h[3*r+2] - (h[3*r]+h[3*r+1])*oa/a
	}
	for c := range 3 {
		in[c], in[3+c] = b*in[c]+ob*in[6+c], b*in[3+c]+ob*in[6+c]
	}
	return in
}

// matchFeaturesOf pairs the features of two grey pictures.
func matchFeaturesOf(a, b *image.Gray, features int) ([]couple, error) {
	const least = 32 // px: below, SIFT finds nothing
	for _, g := range [...]*image.Gray{a, b} {
		if w, h := g.Rect.Dx(), g.Rect.Dy(); w < least || h < least || w*h > maxPixels {
			return nil, fmt.Errorf("match pictures: %d x %d px is outside %d x %d to %d Mpx", w, h, least, least, maxPixels>>20)
		}
	}
	pa, pb := tight(a), tight(b)
	out := make([]couple, features)
	msg := make([]byte, errLen)
	n := C.nr_match((*C.uchar)(unsafe.Pointer(&pa[0])), C.int(a.Rect.Dx()), C.int(a.Rect.Dy()),
		(*C.uchar)(unsafe.Pointer(&pb[0])), C.int(b.Rect.Dx()), C.int(b.Rect.Dy()), C.int(features), matchRatio,
		(*C.double)(unsafe.Pointer(&out[0])), C.int(len(out)), (*C.char)(unsafe.Pointer(&msg[0])), errLen)
	if n < 0 {
		return nil, fmt.Errorf("match pictures: OpenCV: %s", text(msg))
	}
	return out[:n], nil
}

// ransac fits the map that most couples agree on, to within px.
func ransac(pairs []couple, px float64) (h Homography, inliers []couple, err error) {
	if len(pairs) < 4 {
		return h, nil, nil
	}
	mask := make([]byte, len(pairs))
	msg := make([]byte, errLen)
	n := C.nr_homography((*C.double)(unsafe.Pointer(&pairs[0])), C.int(len(pairs)), C.double(px), (*C.double)(unsafe.Pointer(&h[0])),
		(*C.uchar)(unsafe.Pointer(&mask[0])), (*C.char)(unsafe.Pointer(&msg[0])), errLen)
	if n < 0 {
		return h, nil, fmt.Errorf("match pictures: OpenCV: %s", text(msg))
	}
	for i, in := range mask {
		if in != 0 {
			inliers = append(inliers, pairs[i])
		}
	}
	return h, inliers, nil
}

// spread refuses inliers that huddle in a corner of both pictures: they do not hold the rest. A close-up fills its own
// picture, though it is a corner of the reference; a whole rack seen from afar the other way round.
func spread(inliers []couple, wa, ha, wb, hb int) error {
	var wide [2]float64
	for pic, size := range [2][2]int{{wa, ha}, {wb, hb}} {
		wide[pic] = math.Inf(1)
		for axis := range 2 {
			var s, q float64
			for _, c := range inliers {
				v := c[2*pic+axis]
				s, q = s+v, q+v*v
			}
			n := float64(len(inliers))
			wide[pic] = min(wide[pic], 2*math.Sqrt(max(0, q/n-s*s/n/n))/float64(size[axis]))
		}
	}
	if max(wide[0], wide[1]) < leastSpread {
		return fmt.Errorf("%w: what agrees huddles in %.0f %% of it", ErrOtherPicture, 100*max(wide[0], wide[1]))
	}
	return nil
}

// plausible refuses maps that no camera before the same face makes: mirrored, beyond the horizon, turned by more than 30
// degrees, or stretched one way more than twice the other.
func (h Homography) plausible(inliers []couple) error {
	const step, mostStretch, mostTurn = 1.0, 2.0, math.Pi / 6
	sign := 0.0
	for _, c := range inliers {
		d := h[6]*c[0] + h[7]*c[1] + h[8]
		if sign == 0 {
			sign = d
		}
		u, v := h.At(c[0], c[1])
		xu, xv := h.At(c[0]+step, c[1])
		yu, yv := h.At(c[0], c[1]+step)
		right, down := [2]float64{xu - u, xv - v}, [2]float64{yu - u, yv - v}
		det := right[0]*down[1] - right[1]*down[0]
		r, l := math.Hypot(right[0], right[1]), math.Hypot(down[0], down[1])
		if d*sign <= 0 || det <= 0 || r > mostStretch*l || l > mostStretch*r || math.Abs(math.Atan2(down[0], down[1])) > mostTurn {
			return fmt.Errorf("%w: the map that agrees best is none of a camera before it", ErrOtherPicture)
		}
	}
	return nil
}
