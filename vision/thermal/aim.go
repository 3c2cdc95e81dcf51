package thermal

import "math"

// The thermal camera's aim. Tags place the visual camera to a few millimetres, and the thermal one beside it is mounted and
// timed as well as it can be; where a pixel spans a unit, a shift by a tenth of it moves a hot device's heat to the
// neighbour. The picture's own edges between warm and cool places say the shift better: it is solved for with the levels,
// so that what it leaves open is in their standard deviations too.
const (
	aimM  = 0.006 // how far off the picture may be on the face, standard deviation
	mostM = 0.020 // and at most
)

// aimPx is aimM in px of the sensor, in the middle of the picture.
func (v view) aimPx(g Grid, by int) float64 {
	return aimM / v.pixelM(float64(g.Width*by-1)/2, float64(g.Height*by-1)/2)
}

// pixelM is how much of the face a pixel of the sensor spans, m.
func (v view) pixelM(px, py float64) float64 {
	x0, y0, ok0 := v.face(px, py)
	x1, y1, ok1 := v.face(px, py+1)
	if d := math.Hypot(x1-x0, y1-y0); ok0 && ok1 && d > 1e-4 {
		return d
	}
	return 1e-2
}

// shifted is the view of a picture that lies right and down by so many px.
func (v view) shifted(right, down float64) view {
	for j := range 3 {
		v.to[0][j] += right * v.to[2][j]
		v.to[1][j] += down * v.to[2][j]
	}
	v.from, _ = inverse(v.to)
	return v
}

// unknowns of the equations: the places' levels, and the picture's shift to the right and down.
func (e *equations) unknowns() int { return len(e.places) + 2 }

// aimed adds the shift to the unknowns: two more shares of each pixel, whose weights point sets.
func (e *equations) aimed(px float64) {
	e.aim, e.aimPx = len(e.places), px
	shares := make([]share, 0, len(e.shares)+2*len(e.y))
	for p := range e.y {
		first := len(shares)
		shares = append(shares, e.of(p)...)
		shares = append(shares, share{place: e.aim}, share{place: e.aim + 1})
		e.start[p] = int32(first)
	}
	e.start[len(e.y)] = int32(len(shares))
	e.shares = shares
}

// point sets what a shift by a pixel does to each pixel, with the levels as they are known.
func (e *equations) point(level []float64) {
	for p := range e.y {
		of := e.of(p)
		places, aim := of[:len(of)-2], of[len(of)-2:]
		moved := e.slides[p]
		for _, a := range places {
			moved.right += a.right * level[a.place]
			moved.down += a.down * level[a.place]
		}
		aim[0].weight, aim[1].weight = moved.right, moved.down
	}
}

// aim is the shift that was found, px, and at most what a mount can be off.
func (s *solution) aim() (right, down float64) {
	most := s.eq.aimPx * mostM / aimM
	clamp := func(px float64) float64 { return min(max(px, -most), most) }
	return clamp(s.level[s.eq.aim]), clamp(s.level[s.eq.aim+1])
}
