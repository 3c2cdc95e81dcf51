package draw

import (
	"bufio"
	"fmt"
	"image/color"
	"io"
	"maps"
	"slices"
	"strings"
)

// SVG writes the picture as SVG 1.1.
func (p *Picture) SVG(w io.Writer) error {
	b := bufio.NewWriter(w)
	fmt.Fprintf(b, "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" viewBox=\"0 0 %d %d\" font-family=\"Go, DejaVu Sans, Verdana, sans-serif\" text-anchor=\"middle\">\n",
		p.Width, p.Height, p.Width, p.Height)
	fmt.Fprintf(b, "<rect width=\"%d\" height=\"%d\" fill=\"#ffffff\"/>\n", p.Width, p.Height)
	p.svgFloor(b)
	for _, s := range p.shapes {
		writeShape(b, s)
	}
	for _, t := range p.texts {
		writeText(b, t)
	}
	fmt.Fprintln(b, "</svg>")
	if err := b.Flush(); err != nil {
		return fmt.Errorf("write SVG: %w", err)
	}
	return nil
}

// svgFloor writes the cells that are not free: equal ones of a row as one box, and boxes that go on in the next row as
// one, so that a wall of a thousand cells is one box.
func (p *Picture) svgFloor(b *bufio.Writer) {
	g := p.floor
	if g == nil {
		return
	}
	paths := map[color.NRGBA]*strings.Builder{}
	open := map[[3]int]int{} // first column, last column + 1, colour's number: row where it began
	inks := []color.NRGBA{{}, unknown, partly, wallInk}
	flush := func(key [3]int, from, to int) {
		ink := inks[key[2]]
		if paths[ink] == nil {
			paths[ink] = &strings.Builder{}
		}
		for i, c := range [4][2]int{{key[0], from}, {key[1], from}, {key[1], to}, {key[0], to}} {
			cx, cy := g.CellCentre(c[0], c[1])
			ox, oy := g.CellCentre(c[0]-1, c[1]-1) // a corner lies half a cell before the middle
			at := p.px((cx+ox)/2, (cy+oy)/2)
			fmt.Fprintf(paths[ink], "%c%.2f %.2f", "MLLL"[i], at.x, at.y)
		}
		paths[ink].WriteString("Z")
	}
	for row := 0; row <= g.Height; row++ {
		now := map[[3]int]int{}
		var keys [][3]int
		for col := 0; col < g.Width && row < g.Height; {
			ink, from := inkOf(g.Occupancy(col, row)), col
			for col < g.Width && inkOf(g.Occupancy(col, row)) == ink {
				col++
			}
			if ink > 0 && p.inView(from, col, row) {
				keys = append(keys, [3]int{from, col, ink})
			}
		}
		for _, key := range keys {
			now[key] = row
			if began, ok := open[key]; ok {
				now[key] = began
			}
		}
		for _, key := range sortedKeys(open) {
			if _, goesOn := now[key]; !goesOn {
				flush(key, open[key], row)
			}
		}
		open = now
	}
	for _, ink := range inks[1:] {
		if paths[ink] != nil {
			fmt.Fprintf(b, "<path fill=\"%s\" d=\"%s\"/>\n", hex(ink), paths[ink].String())
		}
	}
}

// sortedKeys puts boxes in order, so that the same floor gives the same bytes.
func sortedKeys(m map[[3]int]int) [][3]int {
	return slices.SortedFunc(maps.Keys(m), func(a, b [3]int) int { return slices.Compare(a[:], b[:]) })
}

// inView reports whether any of a run of cells lies in the picture.
func (p *Picture) inView(from, to, row int) bool {
	for col := from; col < to; col++ {
		x, y := p.floor.CellCentre(col, row)
		if x >= p.minX && x <= p.maxX && y >= p.minY && y <= p.maxY {
			return true
		}
	}
	return false
}

// inkOf returns the number of a cell's colour: 0 free, 1 unknown, 2 partly, 3 occupied.
func inkOf(occupancy int) int {
	switch {
	case occupancy == 0:
		return 0
	case occupancy < 0:
		return 1
	case occupancy < 65:
		return 2
	}
	return 3
}

func writeShape(b *bufio.Writer, s shape) {
	fill, stroke := "none", ""
	if s.closed && s.fill.A > 0 {
		fill = hex(s.fill)
		stroke = opacity("fill", s.fill)
	}
	if s.width > 0 && s.stroke.A > 0 {
		stroke += fmt.Sprintf(" stroke=\"%s\"%s stroke-width=\"%.2g\"", hex(s.stroke), opacity("stroke", s.stroke), s.width)
	}
	name := "polyline"
	if s.closed {
		name = "polygon"
	}
	fmt.Fprintf(b, "<%s points=\"", name)
	for i, q := range s.points {
		if i > 0 {
			fmt.Fprint(b, " ")
		}
		fmt.Fprintf(b, "%.1f,%.1f", q.x, q.y)
	}
	fmt.Fprintf(b, "\" fill=\"%s\"%s/>\n", fill, stroke)
}

func writeText(b *bufio.Writer, t text) {
	// Text is set by its baseline; capitals are about 0.72 of the size high.
	attributes := fmt.Sprintf("x=\"%.1f\" y=\"%.1f\" font-size=\"%g\" fill=\"%s\"", t.at.x, t.at.y+0.36*t.size, t.size, hex(t.colour))
	if t.bold {
		attributes += " font-weight=\"bold\""
	}
	if t.up {
		attributes += fmt.Sprintf(" transform=\"rotate(-90 %.1f %.1f)\"", t.at.x, t.at.y)
	}
	if t.halo {
		attributes += " stroke=\"#ffffff\" stroke-width=\"2.5\" paint-order=\"stroke\" stroke-linejoin=\"round\""
	}
	fmt.Fprintf(b, "<text %s>%s</text>\n", attributes, escape(t.say))
}

// escape makes a text safe in XML; what XML 1.0 cannot hold at all becomes the replacement character.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '\t' || r >= 0x20 && r != 0xFFFE && r != 0xFFFF {
			return r
		}
		return '\uFFFD'
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;").Replace(s)
}

func hex(c color.NRGBA) string { return fmt.Sprintf("#%02x%02x%02x", c.R, c.G, c.B) }

func opacity(what string, c color.NRGBA) string {
	if c.A == 255 {
		return ""
	}
	return fmt.Sprintf(" %s-opacity=\"%.2f\"", what, float64(c.A)/255)
}
