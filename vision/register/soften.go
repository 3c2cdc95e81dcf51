package register

import "image"

// soften takes the mean over 2 r + 1 px each way, twice: what a perforated door lays over a picture goes when the mean
// is as wide as its holes are apart, and tags, with their cells of about that size, remain.
func soften(g *image.Gray, r int) *image.Gray {
	w, h := g.Rect.Dx(), g.Rect.Dy()
	out := image.NewGray(image.Rect(0, 0, w, h))
	from, stride := g.Pix, g.Stride
	line := make([]byte, max(w, h))
	for range 2 {
		for y := range h {
			copy(line, from[y*stride:y*stride+w])
			running(line[:w], out.Pix[y*w:], 1, r)
		}
		from, stride = out.Pix, w
	}
	for range 2 {
		for x := range w {
			for y := range h {
				line[y] = out.Pix[y*w+x]
			}
			running(line[:h], out.Pix[x:], w, r)
		}
	}
	return out
}

// running writes the mean over 2 r + 1 of a line, fewer at its ends, into every stride-th place.
func running(line, out []byte, stride, r int) {
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
		out[i*stride] = byte(sum / n)
	}
}
