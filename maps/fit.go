package maps

import (
	"fmt"
	"math"
	"strings"
)

// fit tells racks that stand in walls, and when many do, which origin or cell size of the grid would fit them best: a map
// taken anew has its origin elsewhere, and a drawing's scale is easily wrong.
func (l *loader) fit(f *hallFile, g *ground, nodesAstray int) {
	floor, racks := g.hall.Floor, g.hall.Racks()
	if floor == nil {
		return
	}
	var walled, doubtful []*Rack // no free floor before both faces, before one
	for _, r := range racks {
		if !r.Type.sound() {
			continue
		}
		switch l.blockedFaces(floor, r) {
		case 2:
			walled = append(walled, r)
			fallthrough
		case 1:
			doubtful = append(doubtful, r)
		}
	}
	many := len(walled) >= 3 && len(walled)*10 >= len(racks)
	// A row along a wall is no fault. Only where nodes stand in walls too do many of them tell of a wrong origin.
	if many || (nodesAstray >= 3 && len(doubtful)*10 >= 3*len(racks)) {
		advice := l.betterFit(floor, racks)
		if many || strings.Contains(advice, "origin: [") {
			l.at(f).field("floor").fail("%d of %d racks stand in walls or before them on %s (%s): its origin or scale is wrong%s",
				len(doubtful), len(racks), f.Floor, some(rackIDs(doubtful)), advice)
			return
		}
	}
	for _, r := range walled {
		at := l.racks[r.ID]
		at.path = parent(at.path)
		at.warn("rack %q stands in a wall: neither before its front nor before its rear is the floor free on %s", r.ID, f.Floor)
	}
}

func rackIDs(racks []*Rack) []string {
	ids := make([]string, len(racks))
	for i, r := range racks {
		ids[i] = r.ID
	}
	return ids
}

// blockedFaces counts the faces before which the floor is not free.
func (l *loader) blockedFaces(floor *Grid, r *Rack) (n int) {
	for _, face := range []Face{Front, Rear} {
		if !floor.Free(before(r, face, l.site.Optics.NearM)) {
			n++
		}
	}
	return n
}

func before(r *Rack, face Face, distance float64) (x, y float64) {
	p := r.FacePose(face)
	sin, cos := math.Sincos(p.ThetaRad)
	return p.X + cos*distance, p.Y + sin*distance
}

// scales are what cell sizes are mistaken for: a decimal place, a pixel of another size, feet.
var scales = []float64{1, 0.5, 2, 0.1, 10, 0.2, 5, 0.4, 2.5, 0.3048, 1 / 0.3048}

// mostTried bounds how many racks a fit is tried with.
const mostTried = 60

// fitReachM is how far the origin may be off for a better one to be found, m.
const fitReachM = 10

// betterFit tries other origins and cell sizes, and says which one would fit; empty when none does clearly.
func (l *loader) betterFit(floor *Grid, racks []*Rack) string {
	tried := racks
	if len(racks) > mostTried {
		tried = nil
		for i := range mostTried {
			tried = append(tried, racks[i*len(racks)/mostTried])
		}
	}
	now := l.score(floor, tried)
	best, most := *floor, now
	try := func(g Grid) {
		moved := math.Hypot(g.Origin.X-floor.Origin.X, g.Origin.Y-floor.Origin.Y)
		price := 0.002*moved*float64(len(tried)) + 0.01*math.Abs(math.Log(g.ResolutionM/floor.ResolutionM))*float64(len(tried))
		if s := l.score(&g, tried) - price; s > most {
			best, most = g, s
		}
	}
	const coarse = 0.25
	steps := int(fitReachM / coarse)
	for _, scale := range scales {
		for i := -steps; i <= steps; i++ {
			for j := -steps; j <= steps; j++ {
				if scale != 1 && (i%2 != 0 || j%2 != 0) {
					continue // half as fine: both wrong at once is rare
				}
				g := *floor
				g.ResolutionM *= scale
				g.Origin.X, g.Origin.Y = g.Origin.X+float64(i)*coarse, g.Origin.Y+float64(j)*coarse
				try(g)
			}
		}
	}
	rough, fine := best, 0.05
	for i := -5; i <= 5; i++ {
		for j := -5; j <= 5; j++ {
			g := rough
			g.Origin.X, g.Origin.Y = g.Origin.X+float64(i)*fine, g.Origin.Y+float64(j)*fine
			try(g)
		}
	}
	if most < now+0.3*float64(len(tried)) || most < 0.75*3*float64(len(tried)) {
		return fmt.Sprintf("; no other origin within %d m fits clearly better: check that the grid is of this hall", fitReachM)
	}
	advice := fmt.Sprintf("; what would fit best is origin: [%.2f, %.2f, %g]", best.Origin.X, best.Origin.Y, best.Origin.ThetaRad)
	if best.ResolutionM != floor.ResolutionM {
		advice += fmt.Sprintf(" and resolution: %.4g", best.ResolutionM)
	}
	return advice + fmt.Sprintf(" (moved by %.2f, %.2f m): correct the grid's file, or the racks' places",
		best.Origin.X-floor.Origin.X, best.Origin.Y-floor.Origin.Y)
}

// score is how well racks fit a grid, at most 3 for each: free floor before the front and before the rear, and none where the
// rack itself stands.
func (l *loader) score(floor *Grid, racks []*Rack) float64 {
	sum := 0.0
	for _, r := range racks {
		if !r.Type.sound() {
			continue
		}
		for _, face := range []Face{Front, Rear} {
			if floor.Free(before(r, face, l.site.Optics.NearM)) {
				sum++
			}
		}
		sin, cos := math.Sincos(r.Pose.ThetaRad)
		for _, c := range [4][2]float64{{0.4, 0.4}, {0.4, -0.4}, {-0.4, 0.4}, {-0.4, -0.4}} {
			d, w := c[0]*r.Type.DepthM, c[1]*r.Type.WidthM
			if !floor.Free(r.Pose.X+d*cos-w*sin, r.Pose.Y+d*sin+w*cos) {
				sum += 0.25
			}
		}
	}
	return sum
}
