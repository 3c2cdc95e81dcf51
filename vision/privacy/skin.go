package privacy

import "image"

// Skin of every tone reflects more red than green and more green than blue, in narrow shares: the shares of red and green
// are the same for pale and dark skin but for the gloss (Störring, Andersen and Granum, "Skin colour detection under
// changing lighting conditions", 1999). They are taken after division by the white of the tags, so that the lamps' colour
// does not count.
const (
	skinRedder   = 0.03  // by how much redder than at commissioning
	skinRedMin   = 0.365 // share of red in the sum of the channels
	skinRedMax   = 0.60
	skinGreenMin = 0.25
	skinGreenMax = 0.365
	skinDark     = 22   // a sum of channels below three times this says nothing of colour
	skinM        = 0.06 // smallest patch, m: no light and no single cable is as large
	skinShare    = 0.75 // of the patch
	skinGrow     = 0.2  // by what share of its size a patch is grown
	skinGrowM    = 0.12 // how far a face may reach beyond the skin that was seen, m
)

// skinLike says whether a colour could be of skin.
func skinLike(b, g, r byte, white [3]float64) bool {
	if int(b)+int(g)+int(r) < 3*skinDark {
		return false
	}
	grey := (white[0] + white[1] + white[2]) / 3
	fb, fg, fr := float64(b)*grey/white[0], float64(g)*grey/white[1], float64(r)*grey/white[2]
	sum := fb + fg + fr
	red, green := fr/sum, fg/sum
	return red > skinRedMin && red < skinRedMax && green > skinGreenMin && green < skinGreenMax && fr > fg && fg > 0.9*fb
}

// skinMask marks the cells that could be of skin.
func (p *plane) skinMask() []bool {
	mask := make([]bool, p.w*p.h)
	for i, seen := range p.seen {
		mask[i] = seen && skinLike(p.bgr[3*i], p.bgr[3*i+1], p.bgr[3*i+2], p.white)
	}
	return mask
}

// skin marks patches of skin that were not there at commissioning; n may be nil.
func (p *plane) skin(n *plane) []bool {
	mask := p.skinMask()
	if n != nil {
		const slack = 4 // cells that two registrations may lie apart, each way
		before := opened(n.skinMask(), p.w, p.h, slack, slack, 0.5)
		before = spread(before, p.w, p.h, slack)
		for i := range mask {
			mask[i] = mask[i] && !before[i] && (!n.seen[i] || p.redShare(i) > n.redShare(i)+skinRedder)
		}
	}
	side := cells(skinM)
	return opened(mask, p.w, p.h, side, side, skinShare)
}

// redShare is the share of red in a cell's colour, after division by white.
func (p *plane) redShare(i int) float64 {
	b, g, r := float64(p.bgr[3*i])/p.white[0], float64(p.bgr[3*i+1])/p.white[1], float64(p.bgr[3*i+2])/p.white[2]
	return r / max(b+g+r, 1e-6)
}

// spread grows a mask by d cells each way.
func spread(mask []bool, w, h, d int) []bool {
	s := sums(mask, w, h)
	out := make([]bool, len(mask))
	for y := range h {
		y0, y1 := max(0, y-d), min(h, y+d+1)
		for x := range w {
			x0, x1 := max(0, x-d), min(w, x+d+1)
			out[y*w+x] = s[y1*(w+1)+x1]-s[y0*(w+1)+x1]-s[y1*(w+1)+x0]+s[y0*(w+1)+x0] > 0
		}
	}
	return out
}

// supports says whether skin was seen within a box of the reduced picture.
func (p *plane) supports(box image.Rectangle, skin []bool) bool {
	for i, set := range skin {
		if !set {
			continue
		}
		x, y := p.left+(float64(i%p.w)+0.5)*cellM, p.top-(float64(i/p.w)+0.5)*cellM
		u, v, ok := p.projector.FaceToPixel(x, y)
		if ok && image.Pt(int(u)/p.small.k, int(v)/p.small.k).In(box) {
			return true
		}
	}
	return false
}

// skinned says whether a picture that nobody can place shows a patch of skin of a twentieth of its width.
func (p picture) skinned() bool {
	mask := make([]bool, p.Width*p.Height)
	white := [3]float64{255, 255, 255}
	for i := range mask {
		mask[i] = skinLike(p.BGR[3*i], p.BGR[3*i+1], p.BGR[3*i+2], white)
	}
	side := max(4, p.Width/20)
	for _, set := range opened(mask, p.Width, p.Height, side, side, skinShare) {
		if set {
			return true
		}
	}
	return false
}
