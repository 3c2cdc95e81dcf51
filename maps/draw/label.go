package draw

import (
	"fmt"
	"image/color"
	"math"
	"sync"

	"golang.org/x/image/font"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"
	"golang.org/x/image/font/opentype"

	"github.com/nightrounds/nightrounds/maps"
)

var fonts = sync.OnceValue(func() (out [2]*opentype.Font) {
	for i, data := range [][]byte{goregular.TTF, gobold.TTF} {
		f, err := opentype.Parse(data)
		if err != nil {
			panic(fmt.Sprintf("draw: a font of the library cannot be read: %v", err)) // it is compiled in
		}
		out[i] = f
	}
	return out
})

// A pen is a font at a size.
type pen struct {
	size float64
	bold bool
}

var (
	facesMu sync.Mutex
	faces   = map[pen]font.Face{}
)

func faceOf(p pen) font.Face {
	facesMu.Lock()
	defer facesMu.Unlock()
	if f, ok := faces[p]; ok {
		return f
	}
	i := 0
	if p.bold {
		i = 1
	}
	f, err := opentype.NewFace(fonts()[i], &opentype.FaceOptions{Size: p.size, DPI: 72, Hinting: font.HintingNone})
	if err != nil {
		panic(fmt.Sprintf("draw: a font of the library cannot be used: %v", err)) // only for a size that is not above 0
	}
	faces[p] = f
	return f
}

// textWidth is how wide a text is, px. Faces are not safe for use by many at once, so it locks.
func textWidth(say string, size float64) float64 {
	f := faceOf(pen{size: size})
	facesMu.Lock()
	defer facesMu.Unlock()
	return float64(font.MeasureString(f, say)) / 64
}

// A box is a label's place, px.
type box struct{ x0, y0, x1, y1 float64 }

func (b box) meets(c box) bool { return b.x0 < c.x1 && c.x0 < b.x1 && b.y0 < c.y1 && c.y0 < b.y1 }

// boxes are the places that are taken, in squares of 64 px.
type boxes map[[2]int][]box

func (b boxes) squares(c box, visit func(key [2]int)) {
	const side = 64
	for x := int(math.Floor(c.x0 / side)); x <= int(math.Floor(c.x1/side)); x++ {
		for y := int(math.Floor(c.y0 / side)); y <= int(math.Floor(c.y1/side)); y++ {
			visit([2]int{x, y})
		}
	}
}

func (b boxes) free(c box) bool {
	free := true
	b.squares(c, func(key [2]int) {
		for _, d := range b[key] {
			free = free && !c.meets(d)
		}
	})
	return free
}

func (b boxes) take(c box) { b.squares(c, func(key [2]int) { b[key] = append(b[key], c) }) }

func (t text) box() box {
	w, h := textWidth(t.say, t.size)/2+1, t.size*0.5
	if t.up {
		w, h = h, w
	}
	return box{t.at.x - w, t.at.y - h, t.at.x + w, t.at.y + h}
}

// label sets a text at the first place where it covers no other text; at none it is left out.
func (p *Picture) label(places []point, t text) bool {
	for _, at := range places {
		t.at = at
		b := t.box()
		if b.x0 < 0 || b.y0 < 0 || b.x1 > float64(p.Width) || b.y1 > float64(p.Height) || !p.taken.free(b) {
			continue
		}
		p.taken.take(b)
		p.texts = append(p.texts, t)
		return true
	}
	return false
}

// rackNames writes each rack's name into it, along its longer side when it does not fit across.
func (p *Picture) rackNames(h *maps.Hall) {
	for _, r := range h.Racks() {
		c := corners(r)
		a, b, d := p.px(c[0][0], c[0][1]), p.px(c[1][0], c[1][1]), p.px(c[2][0], c[2][1])
		wide := max(math.Abs(a.x-b.x), math.Abs(b.x-d.x))
		high := max(math.Abs(a.y-b.y), math.Abs(b.y-d.y))
		t := text{say: r.ID, colour: black, bold: true}
		for _, t.size = range []float64{13, 11, 9, 8, 7, 6} {
			w := textWidth(t.say, t.size) * 1.06
			if t.up = w > wide-3; t.up && w > high-3 {
				continue
			}
			if p.label([]point{p.px(r.Pose.X, r.Pose.Y)}, t) {
				break
			}
		}
	}
}

// nice is the length of 1, 2 or 5 times a power of ten that is nearest above a length.
func nice(v float64) float64 {
	base := math.Pow(10, math.Floor(math.Log10(v)))
	for _, f := range []float64{1, 2, 5} {
		if f*base >= v-1e-12 {
			return f * base
		}
	}
	return 10 * base
}

// axes draws lines every nice number of m, with the numbers at the left and below.
func (p *Picture) axes() {
	p.taken = boxes{}
	step := nice(70 / p.scale)
	left, bottom := float64(leftPx), topPx+(p.maxY-p.minY)*p.scale
	right := left + (p.maxX-p.minX)*p.scale
	for i := math.Ceil(p.minX / step); i*step <= p.maxX; i++ {
		at := p.px(i*step, p.minY)
		p.line(faint, 1, point{at.x, topPx}, point{at.x, bottom})
		p.line(grey, 1, point{at.x, bottom}, point{at.x, bottom + 5})
		p.label([]point{{at.x, bottom + 13}}, text{say: fmt.Sprintf("%g", round(i*step)), size: 11, colour: grey})
	}
	for i := math.Ceil(p.minY / step); i*step <= p.maxY; i++ {
		at := p.px(p.minX, i*step)
		p.line(faint, 1, point{left, at.y}, point{right, at.y})
		p.line(grey, 1, point{left - 5, at.y}, point{left, at.y})
		say := fmt.Sprintf("%g", round(i*step))
		p.label([]point{{left - 9 - textWidth(say, 11)/2, at.y}}, text{say: say, size: 11, colour: grey})
	}
	p.polygon(color.NRGBA{}, grey, 1, point{left, topPx}, point{right, topPx}, point{right, bottom}, point{left, bottom})
	p.line(black, 1.5, point{left, topPx + 40}, point{left, topPx - 14})
	p.arrow(point{left, topPx}, point{left, topPx - 18}, 1, 4, black)
	p.label([]point{{left - 24, topPx - 10}, {left + 22, topPx - 12}}, text{say: "y, m", size: 11, colour: black})
	p.line(black, 1.5, point{right - 40, bottom}, point{right + 10, bottom})
	p.arrow(point{right, bottom}, point{right + 14, bottom}, 1, 4, black)
	p.label([]point{{right - 2, bottom + 28}, {right - 14, bottom + 28}}, text{say: "x, m", size: 11, colour: black})
}

func round(v float64) float64 { return math.Round(v*1e6)/1e6 + 0 } // + 0 makes -0 a 0

// furniture sets the title, the scale bar and the legend.
func (p *Picture) furniture(h *maps.Hall, o Options) {
	title := p.title
	if title == "" {
		title = h.ID
	}
	w := textWidth(title, 15)
	p.texts = append(p.texts, text{at: point{leftPx + 40 + w/2, 20}, say: title, size: 15, colour: black, bold: true})
	y := float64(p.Height) - 30
	long := nice(60 / p.scale)
	x := float64(leftPx)
	p.line(black, 2, point{x, y - 5}, point{x, y + 5})
	p.line(black, 2, point{x + long*p.scale, y - 5}, point{x + long*p.scale, y + 5})
	p.line(black, 2, point{x, y}, point{x + long*p.scale, y})
	say := fmt.Sprintf("%g m", long)
	p.texts = append(p.texts, text{at: point{x + long*p.scale + 10 + textWidth(say, 11)/2, y}, say: say, size: 11, colour: black})
	p.legend(x+long*p.scale+textWidth(say, 11)+34, y, h, o)
}

// legend explains the signs that are in use, in a row, and below it when the row is full.
func (p *Picture) legend(x, y float64, h *maps.Hall, o Options) {
	left := x
	entry := func(say string, sign func(at point)) {
		w := textWidth(say, 11)
		if x+w+30 > float64(p.Width) {
			x, y = left, y+18
		}
		sign(point{x + 8, y})
		p.texts = append(p.texts, text{at: point{x + 22 + w/2, y}, say: say, size: 11, colour: black})
		x += w + 42
	}
	if len(h.Racks()) > 0 {
		entry("rack, front in blue", func(at point) {
			p.polygon(rackFill, rackLine, 1, point{at.x - 7, at.y - 5}, point{at.x + 7, at.y - 5}, point{at.x + 7, at.y + 5}, point{at.x - 7, at.y + 5})
			p.line(frontInk, 3, point{at.x - 7, at.y + 5}, point{at.x + 7, at.y + 5})
		})
	}
	if o.Graph && h.Graph != nil {
		entry("both ways", func(at point) { p.line(edgeInk, 2, point{at.x - 8, at.y}, point{at.x + 8, at.y}) })
		entry("one way", func(at point) {
			p.line(edgeInk, 2, point{at.x - 8, at.y}, point{at.x + 8, at.y})
			p.arrow(point{at.x - 8, at.y}, point{at.x + 8, at.y}, 0.8, 4, edgeInk)
		})
		entry("node of an aisle", func(at point) { p.circle(at, 4, nodeInk, white, 0.8) })
		entry("other node", func(at point) { p.circle(at, 4, white, nodeInk, 1.4) })
		entry("dock", func(at point) {
			p.polygon(dockInk, white, 1, point{at.x - 6, at.y - 6}, point{at.x + 6, at.y - 6}, point{at.x + 6, at.y + 6}, point{at.x - 6, at.y + 6})
			p.polygon(white, white, 0, bolt(at, 6)...)
		})
	}
	if len(o.Viewpoints) > 0 {
		entry("looks at a face, from how many heights", func(at point) {
			p.line(viewInk, 1, point{at.x - 8, at.y}, point{at.x + 8, at.y})
			p.arrow(point{at.x - 8, at.y}, point{at.x + 8, at.y}, 1, 4, viewInk)
		})
	}
}
