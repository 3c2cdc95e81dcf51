package thermal

import (
	"math"

	"github.com/nightrounds/nightrounds/maps"
	"github.com/nightrounds/nightrounds/vision"
)

// The face is divided into places on a raster of cellX by cellY m.
const (
	cellX, cellY = 0.004, 0.002
	postM        = 2 * maps.UnitM // height of one place of a rack's post
	mostUnits    = 100
	mostWidthM   = 3.0
)

// A kind of place says with whom it is compared.
type kind uint8

const (
	panel kind = iota // a device, or a bare unit
	post              // the rack's own frame, to the left and right
	metal             // a part that mirrors
	piece             // an upright stripe of a device: by how much it differs from the device
)

// stripes is how many pieces a device has across: a fault warms a part of its front the most.
const stripes = 5

// A place is one unknown of the picture.
type place struct {
	kind   kind
	middle float64 // height, m
	known  bool    // its history tells
	habit  float64 // what it usually shows, as radiance, but for what all places share
}

// A part is a rectangle of a place with one emissivity, as a share of the one that the camera assumes.
type part struct {
	place int16
	piece int16 // of the place, 0 when it has none: the first place is a post
	gain  float64
}

// A faceMap says which place shows at each point of the face.
type faceMap struct {
	places []place
	parts  []part
	device []int       // place of each device of the target, -1 when none
	band   map[int]int // place of each bare unit
	left   float64     // m, of the panels
	baseM  float64
	width  float64 // m, of the face
	cols   int
	rows   int
	cells  []int16 // part of each cell, row 0 the lowest
}

// mapped divides the face: posts at both sides, a band for each unit, devices over them, and on these what emits otherwise.
func mapped(t vision.Target, assumed float64) *faceMap {
	assumed = emits(assumed, defaultEps)
	top := max(t.UHeight, t.ToU)
	for _, d := range t.Devices {
		top = max(top, int(math.Ceil((min(d.Max.Y, 10)-t.BaseM)/maps.UnitM)))
	}
	top = min(max(top, 1), mostUnits)
	m := &faceMap{
		width: min(max(t.WidthM, maps.PanelWidthM), mostWidthM), baseM: t.BaseM, device: make([]int, len(t.Devices)), band: map[int]int{},
	}
	height := min(max(t.BaseM, 0), 1) + float64(top)*maps.UnitM + 0.1
	m.left = (m.width - maps.PanelWidthM) / 2
	m.cols, m.rows = int(math.Ceil(m.width/cellX)), int(math.Ceil(height/cellY))
	m.cells = make([]int16, m.cols*m.rows)
	m.posts(height)
	for u := 1; u <= top; u++ {
		lo, hi := m.bandOf(u)
		m.band[u] = m.add(panel, lo, hi, 1)
	}
	for i, d := range t.Devices {
		m.device[i] = m.drawn(d, assumed)
	}
	return m
}

// posts fills the whole face with the two sides' pieces.
func (m *faceMap) posts(height float64) {
	for y := 0.0; y < height; y += postM {
		m.add(post, maps.Point{Y: y}, maps.Point{X: m.width / 2, Y: y + postM}, 1)
		m.add(post, maps.Point{X: m.width / 2, Y: y}, maps.Point{X: m.width, Y: y + postM}, 1)
	}
}

// bandOf is a unit's rectangle.
func (m *faceMap) bandOf(u int) (lo, hi maps.Point) {
	y := m.baseM + float64(u-1)*maps.UnitM
	return maps.Point{X: m.left, Y: y}, maps.Point{X: m.left + maps.PanelWidthM, Y: y + maps.UnitM}
}

// drawn adds a device with its materials; -1 when all of it mirrors.
func (m *faceMap) drawn(d vision.TargetDevice, assumed float64) int {
	whole := emits(d.Emissivity, assumed)
	var at int
	if whole < minEmissivity {
		m.add(metal, d.Min, d.Max, 1)
		at = -1
	} else {
		at = m.striped(d, whole/assumed)
	}
	for _, p := range d.Materials {
		lo := maps.Point{X: max(p.Min.X, d.Min.X), Y: max(p.Min.Y, d.Min.Y)}
		hi := maps.Point{X: min(p.Max.X, d.Max.X), Y: min(p.Max.Y, d.Max.Y)}
		switch e := emits(p.Emissivity, whole); {
		case e < minEmissivity:
			m.add(metal, lo, hi, 1)
		case at >= 0:
			m.stripe(d, at, lo, hi, e/assumed)
		}
	}
	return at
}

// striped adds a device and its pieces, which follow it.
func (m *faceMap) striped(d vision.TargetDevice, gain float64) int {
	if len(m.places)+stripes >= math.MaxInt16 {
		return -1
	}
	at := m.add(panel, d.Min, d.Max, gain)
	for range stripes {
		m.places = append(m.places, place{kind: piece, middle: m.places[at].middle})
	}
	m.stripe(d, at, d.Min, d.Max, gain)
	return at
}

// stripe gives a rectangle of a device to the pieces of place at.
func (m *faceMap) stripe(d vision.TargetDevice, at int, lo, hi maps.Point, gain float64) {
	for k := range stripes {
		wide := (d.Max.X - d.Min.X) / stripes
		left := max(lo.X, d.Min.X+float64(k)*wide)
		right := min(hi.X, d.Min.X+float64(k+1)*wide)
		m.paint(maps.Point{X: left, Y: lo.Y}, maps.Point{X: right, Y: hi.Y}, part{place: int16(at), piece: int16(at + 1 + k), gain: gain})
	}
}

// emits is an emissivity if it can be one, or another.
func emits(e, otherwise float64) float64 {
	if e > 0 && e <= 1 {
		return e
	}
	return otherwise
}

// add makes a place of a rectangle.
func (m *faceMap) add(k kind, lo, hi maps.Point, gain float64) int {
	at := len(m.places)
	if at >= math.MaxInt16 {
		return -1
	}
	m.places = append(m.places, place{kind: k, middle: (lo.Y + hi.Y) / 2})
	m.paint(lo, hi, part{place: int16(at), gain: gain})
	return at
}

// paint gives the cells whose middles lie in a rectangle to a part.
func (m *faceMap) paint(lo, hi maps.Point, p part) {
	if len(m.parts) >= math.MaxInt16 || !(hi.X > lo.X && hi.Y > lo.Y) {
		return
	}
	m.parts = append(m.parts, p)
	x0, x1 := cell(lo.X, cellX, m.cols), cell(hi.X, cellX, m.cols)
	for y := cell(lo.Y, cellY, m.rows); y < cell(hi.Y, cellY, m.rows); y++ {
		row := m.cells[y*m.cols:][:m.cols]
		for x := x0; x < x1; x++ {
			row[x] = int16(len(m.parts) - 1)
		}
	}
}

// cell is the first cell whose middle lies beyond v, within 0..n.
func cell(v, size float64, n int) int {
	return int(math.Round(max(0, min(v/size, float64(n)))))
}

// at is the part that shows at a point; what lies beside the rack counts as its post.
func (m *faceMap) at(x, y float64) *part {
	cx, cy := int(x*(1/cellX)), int(y*(1/cellY))
	cx, cy = min(max(cx, 0), m.cols-1), min(max(cy, 0), m.rows-1)
	return &m.parts[m.cells[cy*m.cols+cx]]
}
