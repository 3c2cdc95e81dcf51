// Package draw draws a hall from above: floor, racks, route graph, docks and viewpoints, with axes in m, as SVG or PNG.
// It shows what the site says and judges nothing.
//
// A picture's y axis points up, as the hall frame's does. All shapes are laid out once, in pixels with y down, so that
// both formats show the same.
package draw

import (
	"errors"
	"fmt"
	"image/color"
	"math"

	"github.com/nightrounds/nightrounds/maps"
)

// Options say what a picture shows.
type Options struct {
	Title      string
	Graph      bool // nodes, edges, docks
	Viewpoints []maps.Viewpoint
	// PixelsPerM is the scale; 0 fits the hall into about 1,600 pixels, or as many as make racks readable, at most 6,000.
	PixelsPerM float64
}

// A Picture is a hall laid out for drawing.
type Picture struct {
	Width, Height int // pixels
	title         string
	scale         float64 // pixels a m
	minX, maxY    float64 // m, hall point at the plot's upper left corner
	maxX, minY    float64
	floor         *maps.Grid
	shapes        []shape
	texts         []text
	taken         boxes
}

// A point is in pixels, y down.
type point struct{ x, y float64 }

// A shape is a polygon that is filled, or a line.
type shape struct {
	points []point
	fill   color.NRGBA // none when A is 0
	stroke color.NRGBA
	width  float64 // of the stroke, px
	closed bool
}

// A text is one line, its middle at a point.
type text struct {
	at     point
	say    string
	size   float64 // px
	colour color.NRGBA
	up     bool // it reads upwards
	halo   bool
	bold   bool
}

var (
	white    = color.NRGBA{255, 255, 255, 255}
	black    = color.NRGBA{30, 34, 40, 255}
	grey     = color.NRGBA{110, 118, 128, 255}
	faint    = color.NRGBA{120, 130, 140, 46}
	wallInk  = color.NRGBA{64, 68, 74, 255}
	unknown  = color.NRGBA{214, 217, 221, 255}
	partly   = color.NRGBA{170, 174, 180, 255}
	rackFill = color.NRGBA{197, 208, 222, 255}
	rackLine = color.NRGBA{74, 92, 116, 255}
	frontInk = color.NRGBA{20, 92, 190, 255}
	edgeInk  = color.NRGBA{196, 110, 20, 255}
	aisleInk = color.NRGBA{240, 170, 60, 70}
	nodeInk  = color.NRGBA{150, 70, 0, 255}
	dockInk  = color.NRGBA{16, 128, 72, 255}
	viewInk  = color.NRGBA{160, 30, 140, 200}
)

// Bounds of a picture, px: a margin for the axes, and what a viewer can still open.
const (
	leftPx, rightPx, topPx, bottomPx = 56, 24, 44, 84
	usualPx, mostPx                  = 1600, 6000
)

// Hall lays a hall out. It fails when the hall has nothing that could be drawn.
func Hall(h *maps.Hall, o Options) (*Picture, error) {
	p := &Picture{floor: h.Floor, title: o.Title, minX: math.Inf(1), minY: math.Inf(1), maxX: math.Inf(-1), maxY: math.Inf(-1)}
	p.bound(h, o)
	if math.IsInf(p.minX, 1) {
		return nil, errors.New("draw hall: it has no floor, no rack and no node: there is nothing to draw")
	}
	p.fit(h, o)
	p.axes()
	p.racks(h)
	if o.Graph && h.Graph != nil {
		p.graph(h.Graph)
	}
	p.views(h, o.Viewpoints)
	p.rackNames(h)
	if o.Graph && h.Graph != nil {
		p.nodeNames(h.Graph)
	}
	p.furniture(h, o)
	return p, nil
}

func (p *Picture) include(x, y float64) {
	p.minX, p.maxX = min(p.minX, x), max(p.maxX, x)
	p.minY, p.maxY = min(p.minY, y), max(p.maxY, y)
}

// bound finds what must be in the picture: everything that stands or is known, with half a m around it.
func (p *Picture) bound(h *maps.Hall, o Options) {
	for _, r := range h.Racks() {
		for _, c := range corners(r) {
			p.include(c[0], c[1])
		}
	}
	if o.Graph && h.Graph != nil {
		for _, n := range h.Graph.Nodes() {
			p.include(n.X, n.Y)
		}
	}
	if g := h.Floor; g != nil {
		for row := range g.Height {
			for col := range g.Width {
				if g.Occupancy(col, row) != maps.Unknown {
					p.include(g.CellCentre(col, row))
				}
			}
		}
	}
	const around = 0.5
	p.minX, p.minY, p.maxX, p.maxY = p.minX-around, p.minY-around, p.maxX+around, p.maxY+around
}

// fit chooses the scale: racks' names should be readable, and the picture not too large.
func (p *Picture) fit(h *maps.Hall, o Options) {
	long := max(p.maxX-p.minX, p.maxY-p.minY)
	p.scale = o.PixelsPerM
	if !(p.scale > 0) {
		p.scale = usualPx / long
		if len(h.Racks()) > 0 {
			p.scale = max(p.scale, 60) // a rack of 0.6 m then takes a name of 36 px
		}
		p.scale = min(p.scale, 120)
	}
	p.scale = min(p.scale, mostPx/long)
	p.Width = int(math.Ceil((p.maxX-p.minX)*p.scale)) + leftPx + rightPx
	p.Height = int(math.Ceil((p.maxY-p.minY)*p.scale)) + topPx + bottomPx
	p.Width = max(p.Width, 420)
}

// px maps a hall point to the picture.
func (p *Picture) px(x, y float64) point {
	return point{leftPx + (x-p.minX)*p.scale, topPx + (p.maxY-y)*p.scale}
}

// hall maps a pixel to the hall.
func (p *Picture) hall(x, y float64) (hx, hy float64) {
	return p.minX + (x-leftPx)/p.scale, p.maxY - (y-topPx)/p.scale
}

func (p *Picture) polygon(fill, stroke color.NRGBA, width float64, pts ...point) {
	p.shapes = append(p.shapes, shape{points: pts, fill: fill, stroke: stroke, width: width, closed: true})
}

func (p *Picture) line(ink color.NRGBA, width float64, pts ...point) {
	p.shapes = append(p.shapes, shape{points: pts, stroke: ink, width: width})
}

// circle is a polygon of 20 corners: at a few px nobody sees them.
func (p *Picture) circle(at point, radius float64, fill, stroke color.NRGBA, width float64) {
	pts := make([]point, 20)
	for i := range pts {
		sin, cos := math.Sincos(2 * math.Pi * float64(i) / float64(len(pts)))
		pts[i] = point{at.x + radius*cos, at.y + radius*sin}
	}
	p.polygon(fill, stroke, width, pts...)
}

func corners(r *maps.Rack) [4][2]float64 {
	sin, cos := math.Sincos(r.Pose.ThetaRad)
	var out [4][2]float64
	for i, c := range [4][2]float64{{1, 1}, {1, -1}, {-1, -1}, {-1, 1}} { // front right, as one looks out of it, first
		d, w := c[0]*r.Type.DepthM/2, c[1]*r.Type.WidthM/2
		out[i] = [2]float64{r.Pose.X + d*cos - w*sin, r.Pose.Y + d*sin + w*cos}
	}
	return out
}

func (p *Picture) racks(h *maps.Hall) {
	for _, r := range h.Racks() {
		var pts []point
		for _, c := range corners(r) {
			pts = append(pts, p.px(c[0], c[1]))
		}
		p.polygon(rackFill, rackLine, 1, pts...)
		p.line(frontInk, 3, pts[0], pts[1])
	}
}

func (p *Picture) views(h *maps.Hall, views []maps.Viewpoint) {
	type look struct {
		node, rack string
		face       maps.Face
	}
	racks := map[string]*maps.Rack{}
	for _, r := range h.Racks() {
		racks[r.ID] = r
	}
	count, order := map[look]int{}, []look(nil)
	for _, v := range views {
		l := look{v.Node, v.Rack, v.Face}
		if v.Hall != h.ID || h.Graph == nil || racks[v.Rack] == nil {
			continue
		}
		if count[l] == 0 {
			order = append(order, l)
		}
		count[l]++
	}
	for _, l := range order {
		n, ok := h.Graph.Node(l.node)
		if !ok {
			continue
		}
		face := racks[l.rack].FacePose(l.face)
		from, to := p.px(n.X, n.Y), p.px(face.X, face.Y)
		p.line(viewInk, 1, from, to)
		p.arrow(from, to, 1, 4, viewInk)
		if count[l] > 1 && p.scale > 40 {
			at := point{from.x + 0.72*(to.x-from.x) + 7, from.y + 0.72*(to.y-from.y)}
			p.label([]point{at}, text{say: fmt.Sprint(count[l]), size: 9, colour: viewInk, halo: true})
		}
	}
}

// arrow draws an arrowhead whose tip lies a share of the way from one point to another.
func (p *Picture) arrow(from, to point, share, size float64, ink color.NRGBA) {
	dx, dy := to.x-from.x, to.y-from.y
	l := math.Hypot(dx, dy)
	if l < 1e-9 {
		return
	}
	dx, dy = dx/l, dy/l
	tip := point{from.x + dx*l*share, from.y + dy*l*share}
	p.polygon(ink, color.NRGBA{}, 0, tip,
		point{tip.x - dx*2*size - dy*size, tip.y - dy*2*size + dx*size},
		point{tip.x - dx*2*size + dy*size, tip.y - dy*2*size - dx*size})
}

// At returns where a hall point, in m, lies in the picture, in pixels from its upper left corner.
func (p *Picture) At(x, y float64) (px, py float64) {
	at := p.px(x, y)
	return at.x, at.y
}
