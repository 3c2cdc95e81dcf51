package maps

import (
	"bytes"
	"errors"
	"fmt"
	"image/color"
	"image/png"
)

// maxCells bounds a floor grid: 8 km at 5 cm each way would be 25,600 squared.
const maxCells = 64 << 20

// A pgm is a grey picture, row 0 at the top, scaled to 0..255.
type pgm struct {
	width, height int
	pixels        []byte
	hidden        []bool // pixels that are not opaque; nil when all are
}

// parseImage reads a PGM or PNG picture, told apart by their first bytes.
func parseImage(data []byte) (*pgm, error) {
	if bytes.HasPrefix(data, []byte("\x89PNG")) {
		return parsePNG(data)
	}
	return parsePGM(data)
}

// parsePNG reads a PNG picture of any colours; a pixel's grey is the mean of its colours, as map_server takes it.
func parsePNG(data []byte) (*pgm, error) {
	c, err := png.DecodeConfig(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("PNG picture: %w", err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > maxCells/c.Height {
		return nil, fmt.Errorf("%d x %d cells are none, or more than %d: cut the floor into halls", c.Width, c.Height, maxCells)
	}
	img, err := png.Decode(bytes.NewReader(data))
	if err != nil {
		return nil, fmt.Errorf("PNG picture: %w", err)
	}
	p := &pgm{width: c.Width, height: c.Height, pixels: make([]byte, c.Width*c.Height)}
	at := img.Bounds().Min
	for i := range p.pixels {
		n := color.NRGBA64Model.Convert(img.At(at.X+i%p.width, at.Y+i/p.width)).(color.NRGBA64)
		p.pixels[i] = byte((uint32(n.R) + uint32(n.G) + uint32(n.B) + 385) / (3 * 257)) // 16 bits to 8, rounded
		if n.A < 0xffff {
			if p.hidden == nil {
				p.hidden = make([]bool, len(p.pixels))
			}
			p.hidden[i] = true
		}
	}
	return p, nil
}

// parsePGM reads a Netpbm grey picture, plain (P2) or raw (P5), 8 or 16 bits, with comments in its header.
// Format: netpbm.sourceforge.net/doc/pgm.html.
func parsePGM(data []byte) (*pgm, error) {
	if len(data) < 2 || data[0] != 'P' || (data[1] != '2' && data[1] != '5') {
		return nil, errors.New("not a PGM or PNG picture: want PGM's P2 or P5, as map_saver writes, or PNG")
	}
	r := &pgmReader{data: data[2:]}
	var header [3]int
	for i, name := range []string{"width", "height", "greatest value"} {
		n, ok := r.number()
		if !ok || n <= 0 || n > 1<<20 {
			return nil, fmt.Errorf("PGM header: bad %s", name)
		}
		header[i] = n
	}
	w, h, most := header[0], header[1], header[2]
	if most > 65535 {
		return nil, fmt.Errorf("PGM header: greatest value %d is above 65535", most)
	}
	if w > maxCells/h {
		return nil, fmt.Errorf("%d x %d cells are more than %d: cut the floor into halls", w, h, maxCells)
	}
	if data[1] == '2' {
		return r.plain(w, h, most)
	}
	return r.raw(w, h, most)
}

type pgmReader struct {
	data []byte
	pos  int
}

// number reads the next decimal after white space and comments.
func (r *pgmReader) number() (n int, ok bool) {
	for r.pos < len(r.data) {
		c := r.data[r.pos]
		switch {
		case c == '#':
			for r.pos < len(r.data) && r.data[r.pos] != '\n' && r.data[r.pos] != '\r' {
				r.pos++
			}
		case isSpace(c):
			r.pos++
		default:
			for r.pos < len(r.data) && r.data[r.pos] >= '0' && r.data[r.pos] <= '9' && n < 1<<28 {
				n, ok = n*10+int(r.data[r.pos]-'0'), true
				r.pos++
			}
			return n, ok
		}
	}
	return 0, false
}

func isSpace(c byte) bool { return c == ' ' || (c >= '\t' && c <= '\r') }

func (r *pgmReader) plain(w, h, most int) (*pgm, error) {
	if len(r.data)-r.pos < w*h { // each value takes a digit and a space
		return nil, fmt.Errorf("%d x %d values do not fit the file: it is cut off", w, h)
	}
	p := &pgm{width: w, height: h, pixels: make([]byte, w*h)}
	for i := range p.pixels {
		n, ok := r.number()
		if !ok || n > most {
			return nil, fmt.Errorf("value %d of %d is missing or above %d", i+1, w*h, most)
		}
		p.pixels[i] = byte(n * 255 / most)
	}
	return p, nil
}

func (r *pgmReader) raw(w, h, most int) (*pgm, error) {
	size := 1
	if most > 255 {
		size = 2
	}
	r.pos++ // exactly one white space before the pixels
	if len(r.data)-r.pos < w*h*size {
		return nil, fmt.Errorf("%d x %d pixels need %d bytes, %d are there: the file is cut off", w, h, w*h*size, max(len(r.data)-r.pos, 0))
	}
	p := &pgm{width: w, height: h, pixels: make([]byte, w*h)}
	for i := range p.pixels {
		n := int(r.data[r.pos+i*size])
		if size == 2 {
			n = n<<8 | int(r.data[r.pos+i*size+1])
		}
		p.pixels[i] = byte(min(n, most) * 255 / most)
	}
	return p, nil
}
