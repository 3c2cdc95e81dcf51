package register

import "image"

// cells is the side of a 36h11 tag in cells, its black border counted.
const cells = 8

// A template is a tag as printed, 1 white and 0 black, sampled per to the cell from half a cell outside its border:
// what lies farther out is not the tag's. Places are in units of the tag's half side, x right, y up as it hangs.
type template struct {
	per, side int
	v         []float64 // side x side
	gx, gy    []float64 // its slope by x and y
}

// A code is the cells of one tag, row by row, 1 white.
type code [cells * cells]byte

// codeOf is the code of an id; ok is false when 36h11 has no such id.
func codeOf(id int) (c code, ok bool) {
	img, err := DrawTag(id, cells)
	if err != nil {
		return c, false
	}
	for i, v := range img.Pix {
		c[i] = v >> 7
	}
	return c, true
}

// turned is the code of the tag hung a quarter turn clockwise.
func (c code) turned() (out code) {
	for r := range cells {
		for k := range cells {
			out[r*cells+k] = c[(cells-1-k)*cells+r]
		}
	}
	return out
}

// at is the cell at row r, column k; the margin is white.
func (c code) at(r, k int) float64 {
	if r < 0 || k < 0 || r >= cells || k >= cells {
		return 1
	}
	return float64(c[r*cells+k])
}

// templateOf samples a code with per samples to the cell (at least 2), softened over soft samples as a lens and a pixel
// do, so that its slopes are those of a picture.
func templateOf(c code, per, soft int) template {
	t := template{per: per, side: (cells + 1) * per}
	n := t.side * t.side
	sharp := make([]float64, n)
	for y := range t.side {
		for x := range t.side {
			sharp[y*t.side+x] = c.at(cellOf(y, per), cellOf(x, per))
		}
	}
	t.v = blur(blur(sharp, t.side, soft), t.side, soft)
	t.gx, t.gy = slopes(t.v, t.side, t.step())
	return t
}

// cellOf is the cell that a sample lies in; samples begin half a cell outside.
func cellOf(i, per int) int { return (2*i+1+per)/(2*per) - 1 }

// step is the distance of samples in half sides.
func (t template) step() float64 { return 2 / float64(cells*t.per) }

// place is where sample (col, row) lies on the tag.
func (t template) place(col, row int) (x, y float64) {
	mid := float64(t.side-1) / 2
	return (float64(col) - mid) * t.step(), (mid - float64(row)) * t.step()
}

// slopes are the central differences of a square of samples by x (right) and y (up).
func slopes(v []float64, side int, step float64) (gx, gy []float64) {
	gx, gy = make([]float64, len(v)), make([]float64, len(v))
	for y := range side {
		for x := range side {
			i := y*side + x
			l, r, u, d := i-min(x, 1), i+min(side-1-x, 1), i-side*min(y, 1), i+side*min(side-1-y, 1)
			gx[i] = (v[r] - v[l]) / (float64(r-l) * step)
			gy[i] = (v[u] - v[d]) / (float64((d-u)/side) * step)
		}
	}
	return gx, gy
}

// blur takes the mean over 2 r + 1 samples each way, fewer at the rim.
func blur(v []float64, side, r int) []float64 {
	if r < 1 {
		return v
	}
	for _, s := range [...][2]int{{1, side}, {side, 1}} { // along rows, along columns
		out := make([]float64, len(v))
		for line := range side {
			at := func(i int) int { return i*s[0] + line*s[1] }
			for i := range side {
				var sum float64
				lo, hi := max(0, i-r), min(side-1, i+r)
				for k := lo; k <= hi; k++ {
					sum += v[at(k)]
				}
				out[at(i)] = sum / float64(hi-lo+1)
			}
		}
		v = out
	}
	return v
}

// A view of a grey picture that is sampled between its pixels.
type sampler struct{ *image.Gray }

// at is the brightness at a place, bilinear; ok is false outside.
func (s sampler) at(u, v float64) (float64, bool) {
	if !(u >= 0 && v >= 0) {
		return 0, false
	}
	x, y := int(u), int(v)
	if x+1 >= s.Rect.Dx() || y+1 >= s.Rect.Dy() {
		return 0, false
	}
	fu, fv := u-float64(x), v-float64(y)
	i := y*s.Stride + x
	a, b, c, d := float64(s.Pix[i]), float64(s.Pix[i+1]), float64(s.Pix[i+s.Stride]), float64(s.Pix[i+s.Stride+1])
	return (a+(b-a)*fu)*(1-fv) + (c+(d-c)*fu)*fv, true
}
