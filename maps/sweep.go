package maps

import (
	"math"
	"slices"
)

// A Footprint is the rectangle that a robot covers on the floor, centred on the point that it turns about.
type Footprint struct {
	WidthM  float64 // across the way it drives
	LengthM float64 // along it
}

// DefaultFootprint is taken for a site that does not say how large its robots are.
var DefaultFootprint = Footprint{WidthM: 0.6, LengthM: 0.8}

// TurnRadiusM is the radius of the circle that the robot covers when it turns on the spot.
func (f Footprint) TurnRadiusM() float64 { return math.Hypot(f.WidthM, f.LengthM) / 2 }

// WithRacks returns a copy of the grid on which all cells are occupied whose middle a rack covers: a floor that was
// scanned before its racks came, or by a scanner that looked under them, then still has them.
func (g *Grid) WithRacks(racks []*Rack) *Grid {
	c := *g
	c.cells = slices.Clone(g.cells)
	for _, r := range racks {
		p := footprint{rack: r}
		half := p.half()
		c.cover(r.Pose.X, r.Pose.Y, r.Pose.ThetaRad, half[0], half[1], 0, func(col, row int) {
			if col >= 0 && row >= 0 && col < c.Width && row < c.Height {
				c.cells[row*c.Width+col] = 100
			}
		})
	}
	return &c
}

// Sweep looks for what is in a footprint's way on a straight line: a cell that is not free, or the grid's end. It
// returns the middle of such a cell nearest to the line's start, and whether all is clear. Cells count as squares:
// one that the footprint only touches is in the way.
func (g *Grid) Sweep(f Footprint, x1, y1, x2, y2 float64) (blockX, blockY float64, clear bool) {
	length, theta := math.Hypot(x2-x1, y2-y1), math.Atan2(y2-y1, x2-x1)
	nearest, clear := math.Inf(1), true
	g.cover((x1+x2)/2, (y1+y2)/2, theta, (length+f.LengthM)/2, f.WidthM/2, g.ResolutionM/2, func(col, row int) {
		if g.Occupancy(col, row) == 0 {
			return
		}
		clear = false
		x, y := g.CellCentre(col, row)
		if d := math.Hypot(x-x1, y-y1); d < nearest {
			nearest, blockX, blockY = d, x, y
		}
	})
	return blockX, blockY, clear
}

// Room returns how far a point lies from the nearest cell that is not free, m to the cell's edge, at most the limit.
func (g *Grid) Room(x, y, limit float64) float64 {
	room := limit
	half := g.ResolutionM / 2
	g.cover(x, y, g.Origin.ThetaRad, limit+g.ResolutionM, limit+g.ResolutionM, 0, func(col, row int) {
		if g.Occupancy(col, row) != 0 {
			cx, cy := g.CellCentre(col, row)
			dx, dy := g.turned(cx-x, cy-y)
			room = min(room, math.Hypot(max(math.Abs(dx)-half, 0), max(math.Abs(dy)-half, 0)))
		}
	})
	return room
}

// Across returns how wide the free floor is on the line through a point at a right angle to a heading, m, and how much
// of it lies to the left. It looks at most limit far to each side; 0, 0 when the point itself is not free.
func (g *Grid) Across(x, y, headingRad, limit float64) (width, left float64) {
	if !g.Free(x, y) {
		return 0, 0
	}
	left = g.Ahead(x, y, headingRad+math.Pi/2, limit)
	return left + g.Ahead(x, y, headingRad-math.Pi/2, limit), left
}

// Ahead returns how far the floor is free from a point along a heading, m, at most the limit.
func (g *Grid) Ahead(x, y, headingRad, limit float64) float64 {
	sin, cos := math.Sincos(headingRad)
	far, step := 0.0, g.ResolutionM/4
	for far < limit && g.Free(x+cos*(far+step), y+sin*(far+step)) {
		far += step
	}
	for range 8 { // to a 1000th of a cell
		if step /= 2; far < limit && g.Free(x+cos*(far+step), y+sin*(far+step)) {
			far += step
		}
	}
	return min(far, limit)
}

// turned brings a difference of two hall points into the grid's own axes.
func (g *Grid) turned(dx, dy float64) (u, v float64) {
	sin, cos := math.Sincos(g.Origin.ThetaRad)
	return dx*cos + dy*sin, dy*cos - dx*sin
}

// cover calls visit for each cell of which the rectangle around a point holds the middle, or, with a half cell that is
// above 0, any part. One cell beyond the grid's edge is visited too.
func (g *Grid) cover(x, y, theta, halfLong, halfWide, halfCell float64, visit func(col, row int)) {
	sin, cos := math.Sincos(theta)
	// A cell seen along the rectangle's axes is as wide as its own turned square.
	s, c := math.Sincos(theta - g.Origin.ThetaRad)
	slack := halfCell * (math.Abs(s) + math.Abs(c))
	reachU := halfLong*math.Abs(c) + halfWide*math.Abs(s) + halfCell
	reachV := halfLong*math.Abs(s) + halfWide*math.Abs(c) + halfCell
	u, v := g.turned(x-g.Origin.X, y-g.Origin.Y)
	span := func(mid, reach float64, cells int) (from, to int) {
		lo, hi := math.Floor((mid-reach)/g.ResolutionM), math.Floor((mid+reach)/g.ResolutionM)
		return int(min(max(lo, -1), float64(cells))), int(max(min(hi, float64(cells)), -1))
	}
	fromCol, toCol := span(u, reachU, g.Width)
	fromRow, toRow := span(v, reachV, g.Height)
	for row := fromRow; row <= toRow; row++ {
		for col := fromCol; col <= toCol; col++ {
			cx, cy := g.CellCentre(col, row)
			along, aside := (cx-x)*cos+(cy-y)*sin, (cy-y)*cos-(cx-x)*sin
			if math.Abs(along) < halfLong+slack-1e-9 && math.Abs(aside) < halfWide+slack-1e-9 {
				visit(col, row)
			}
		}
	}
}
