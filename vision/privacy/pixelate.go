package privacy

import (
	"image"

	"github.com/nightrounds/nightrounds/vision"
	"github.com/nightrounds/nightrounds/vision/burst"
)

// How coarse hidden places become. A face of six blocks across is not recognised, by people or programs (Newton,
// Sweeney and Malin, "Preserving privacy by de-identifying face images", 2005, found pixels alone weak against somebody
// who has the same pictures at hand, hence coarser blocks, blur and fewer shades).
const (
	blocksAPlace  = 7    // across the shorter side of a place, which is grown to more than two heads
	besideShare   = 14   // blocks across the picture
	fineShare     = 36   // blocks across a picture that shows nobody that we know of
	shades        = 0xf8 // mask of the shades that remain
	minBlockShare = 60   // of the picture's width: no smaller blocks whatever the place's size
)

func besideBlock(width int) int { return max(1, (width+besideShare-1)/besideShare) }
func fineBlock(width int) int   { return max(1, (width+fineShare-1)/fineShare) }

// blockOf is the block size for a place, px.
func blockOf(h vision.Hidden) int {
	return max(1, (min(h.X1-h.X0, h.Y1-h.Y0)+blocksAPlace-1)/blocksAPlace)
}

// pixelate replaces the places by their blocks' mean colours, blurred into each other. Blocks lie on a grid of the whole
// picture, so that neighbouring places join.
func pixelate(img burst.Frame, places []vision.Hidden, block int) {
	block = max(block, img.Width/minBlockShare, 1)
	for _, h := range places {
		r := image.Rect(h.X0, h.Y0, h.X1, h.Y1).Intersect(image.Rect(0, 0, img.Width, img.Height))
		if r.Empty() {
			continue
		}
		newMosaic(img, r, block).paint(img, r)
	}
}

// A mosaic is the mean colours of the blocks of a rectangle.
type mosaic struct {
	at    image.Point
	block int
	w, h  int
	bgr   []int
}

func newMosaic(img burst.Frame, r image.Rectangle, block int) mosaic {
	m := mosaic{at: r.Min, block: block, w: (r.Dx() + block - 1) / block, h: (r.Dy() + block - 1) / block}
	m.bgr = make([]int, 3*m.w*m.h)
	n := make([]int, m.w*m.h)
	const sparse = 2 // every second pixel of every second row is enough for a mean, but for the smallest blocks
	step := 1
	if block > 8 {
		step = sparse
	}
	for y := r.Min.Y; y < r.Max.Y; y += step {
		row := img.BGR[3*y*img.Width:]
		base := (y - r.Min.Y) / block * m.w
		for x := r.Min.X; x < r.Max.X; x += step {
			k := base + (x-r.Min.X)/block
			m.bgr[3*k] += int(row[3*x])
			m.bgr[3*k+1] += int(row[3*x+1])
			m.bgr[3*k+2] += int(row[3*x+2])
			n[k]++
		}
	}
	for k := range n {
		for c := range 3 {
			m.bgr[3*k+c] = m.bgr[3*k+c] / max(n[k], 1) & shades
		}
	}
	return m
}

// paint writes the blocks back, each blending into the next over its whole width.
func (m mosaic) paint(img burst.Frame, r image.Rectangle) {
	type mix struct{ a, b, share int } // colour index of two neighbours, and 0..block of the second
	mixes := make([]mix, r.Dx())
	for x := range mixes {
		a, b, s := m.between(x, m.w)
		mixes[x] = mix{3 * a, 3 * b, s}
	}
	blend := make([]int, 3*m.w)
	for y := range r.Dy() {
		a, b, s := m.between(y, m.h)
		for i := range blend {
			blend[i] = m.bgr[3*m.w*a+i]*(m.block-s) + m.bgr[3*m.w*b+i]*s
		}
		out := img.BGR[3*((r.Min.Y+y)*img.Width+r.Min.X):]
		area := m.block * m.block
		for x, k := range mixes {
			for c := range 3 {
				out[3*x+c] = byte((blend[k.a+c]*(m.block-k.share) + blend[k.b+c]*k.share) / area)
			}
		}
	}
}

// between says between the middles of which two of n blocks a pixel lies, and how far from the first, 0..block.
func (m mosaic) between(i, n int) (a, b, share int) {
	i -= m.block / 2
	if i < 0 {
		return 0, 0, 0
	}
	a = min(i/m.block, n-1)
	return a, min(a+1, n-1), i % m.block
}
