package register

import "image"

// soften takes the mean over 2 r + 1 px each way, twice: what a perforated door lays over a picture goes when the mean
// is as wide as its holes are apart, and tags, with their cells of about that size, remain.
func soften(g *image.Gray, r int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	from, stride := g.Pix, g.Stride
	line := make([]byte, w)
	for range 2 {
		for y := range h {
			copy(line, from[y*stride:y*stride+w])
			running(line[:w], out.Pix[y*w:], r)
		}
		from, stride = out.Pix, w
	}
	for range 2 {
		down(out, r)
	}
	return out
}

// down takes the mean over 2 r + 1 px of the columns, all columns at once, as the rows lie in memory.
func down(g *image.Gray, r int) {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	from := append([]byte(nil), g.Pix...)
	sum := make([]uint32, w)
	n := uint32(0)
	add := func(y int) {
		for x, p := range from[y*w : (y+1)*w] {
			sum[x] += uint32(p)
		}
		n++
	}
	for y := range min(r, h) {
		add(y)
	}
	for y := range h {
		if y+r < h {
			add(y + r)
		}
		if y > r {
			for x, p := range from[(y-r-1)*w : (y-r)*w] {
				sum[x] -= uint32(p)
			}
			n--
		}
		out := g.Pix[y*w : (y+1)*w]
		inv := (uint64(1)<<32 + uint64(n) - 1) / uint64(n) // exact for so small sums
		for x, v := range sum {
			out[x] = byte(uint64(v) * inv >> 32)
		}
	}
}

// running writes the mean over 2 r + 1 of a line, fewer at its ends, at its place.
func running(line, out []byte, r int) {
	sum, n := 0, 0
	for i := range min(r, len(line)) {
		sum, n = sum+int(line[i]), n+1
	}
	for i := range line {
		if i+r < len(line) {
			sum, n = sum+int(line[i+r]), n+1
		}
		if i > r {
			sum, n = sum-int(line[i-r-1]), n-1
		}
		out[i] = byte(sum / n)
	}
}
