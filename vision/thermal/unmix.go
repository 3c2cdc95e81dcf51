package thermal

import (
	"cmp"
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// How places are told apart.
const (
	rounds     = 9    // of reweighting
	robustFrom = 4    // the first round in which pixels that do not fit count less
	huber      = 3.0  // residual, in standard deviations, from which they do
	priorK     = 0.6  // the prior's scale: how far places usually lie from their neighbours
	pieceK     = 0.3  // and a piece from its device
	firstK     = 4.0  // how far they may lie in the first round
	nearM      = 0.30 // neighbours are places whose middles are within
	mostColdK  = 2.0
	mostHotK   = 60.0
	heldRounds = 4
	heldK      = 0.2
	aboutM     = 0.12
	leastK     = 0.05 // noise of a pixel at least, K
	mostK      = 1.0
)

// A share is how much of a pixel one place fills, times the place's gain, and by how much that grows when the picture
// shifts by a pixel of the sensor to the right and down.
type share struct {
	place       int
	weight      float64
	right, down float64
}

// equations say of each pixel what it shows: y = sum of weight * place, in radiance.
type equations struct {
	places []place // those in view
	number []int   // of each place of the face: its index in places, -1 when it is out of view
	start  []int32 // of each pixel's shares; one more at the end
	shares []share
	y      []float64
	cover  []float64 // pixels' worth of each place
	pieces [][]int   // of each place
	slides []slide   // of each pixel, what of it is no place's
	aim    int       // index of the picture's shift to the right among the unknowns; the one down follows
	aimPx  float64   // how far the picture may be shifted, standard deviation in px of the sensor
}

// A slide is by how much a pixel's radiance grows when the picture shifts by a pixel to the right and down.
type slide struct{ right, down float64 }

// equations of a picture whose pixels are by x by of the sensor's, seen through a lens that blurs by sigma px of the
// sensor; nil when no pixel shows the face.
func (v view) equations(g Grid, by int, m *faceMap, reflected, sigma float64) *equations {
	kernel := taps(by, fine, sigma)
	if by > 1 {
		kernel = taps(by, coarse, sigma)
	}
	e := &equations{places: m.places, cover: make([]float64, len(m.places))}
	ambient := radiance(reflected)
	edge := float64(by-1) / 2
	margin := 0.02
	for py := range g.Height {
		for px := range g.Width {
			c := float64(g.C[py*g.Width+px])
			u, w := float64(px*by)+edge, float64(py*by)+edge
			x, y, ok := v.face(u, w)
			if math.IsNaN(c) || !ok || x < -margin || x > m.width+margin || y < 0 || y > float64(m.rows)*cellY {
				continue
			}
			e.pixel(v, m, kernel, [4]float64{u, w, x, y}, radiance(c), ambient)
		}
	}
	if len(e.y) == 0 {
		return nil
	}
	e.start = append(e.start, int32(len(e.shares)))
	e.renumber()
	e.aimed(v.aimPx(g, by))
	return e
}

// renumber leaves only the places that are seen, by their height, for what is far apart shares no pixel.
func (e *equations) renumber() {
	var order []int
	for i, c := range e.cover {
		if c > 0 {
			order = append(order, i)
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(e.places[a].middle, e.places[b].middle) })
	e.number = make([]int, len(e.places))
	for i := range e.number {
		e.number[i] = -1
	}
	var seen []place
	var cover []float64
	for n, i := range order {
		e.number[i] = n
		seen, cover = append(seen, e.places[i]), append(cover, e.cover[i])
	}
	for i := range e.shares {
		e.shares[i].place = e.number[e.shares[i].place]
	}
	e.pieces = make([][]int, len(seen))
	for i, a := range e.places {
		for k := i + 1; a.kind == panel && e.number[i] >= 0 && k < len(e.places) && e.places[k].kind == piece; k++ {
			if e.number[k] >= 0 {
				e.pieces[e.number[i]] = append(e.pieces[e.number[i]], e.number[k])
			}
		}
	}
	e.places, e.cover = seen, cover
}

// pixel adds one equation; at is the pixel's place in the picture and on the face.
func (e *equations) pixel(v view, m *faceMap, kernel []tap, at [4]float64, seen, ambient float64) {
	xu, yu, ok1 := v.face(at[0]+1, at[1])
	xv, yv, ok2 := v.face(at[0], at[1]+1)
	if !ok1 || !ok2 {
		return
	}
	first := len(e.shares)
	e.start = append(e.start, int32(first))
	constant := 0.0
	var moved slide
	for _, k := range kernel {
		p := m.at(at[2]+(xu-at[2])*k.u+(xv-at[2])*k.v, at[3]+(yu-at[3])*k.u+(yv-at[3])*k.v)
		mirrored := (1 - p.gain) * ambient
		constant += k.weight * mirrored
		moved.right += k.right * mirrored
		moved.down += k.down * mirrored
		e.share(first, int(p.place), k, p.gain)
		if p.piece > 0 {
			e.share(first, int(p.piece), k, p.gain)
		}
	}
	e.y = append(e.y, seen-constant)
	e.slides = append(e.slides, moved)
}

// share adds a sample of a place to the shares of a pixel, which begin at first.
func (e *equations) share(first, place int, k tap, gain float64) {
	e.cover[place] += k.weight
	i := first
	for i < len(e.shares) && e.shares[i].place != place {
		i++
	}
	if i == len(e.shares) {
		e.shares = append(e.shares, share{place: place})
	}
	e.shares[i].weight += k.weight * gain
	e.shares[i].right += k.right * gain
	e.shares[i].down += k.down * gain
}

// of is a pixel's shares.
func (e *equations) of(p int) []share { return e.shares[e.start[p]:e.start[p+1]] }

// A solution is the places' levels, in radiance.
type solution struct {
	eq       *equations
	level    []float64
	whole    []float64 // each place's level with the mean of its pieces, and its standard deviation
	sigma    []float64
	residual []float64
	prior    []float64
	noise    float64 // of a pixel
	logDet   float64 // of the normal equations' matrix
}

// solve finds the levels by iteratively reweighted least squares, which ends in the explanation next to where it begins:
// with everything as usual but one place of the face, or with nothing taken for granted when hot is anywhere.
func (e *equations) solve(hot int) *solution {
	n := e.unknowns()
	s := &solution{eq: e, level: make([]float64, n), whole: make([]float64, n), sigma: make([]float64, n), residual: make([]float64, len(e.y))}
	crude, enough := e.crude()
	s.prior = e.usual(crude, enough)
	e.asBefore(s.prior, crude, enough)
	tau2, weight := make([]float64, n), make([]float64, len(e.y))
	tau2[e.aim], tau2[e.aim+1] = e.aimPx*e.aimPx, e.aimPx*e.aimPx
	for i := range weight {
		weight[i] = 1
	}
	s.noise = 0.2
	var c cholesky
	for round := range rounds {
		s.loosen(tau2, round, hot)
		c = e.normal(weight, 1/(s.noise*s.noise), tau2, s.prior)
		s.level = c.solution()
		s.fit()
		s.noise = s.scatter()
		e.point(s.level)
		e.asBefore(s.prior, s.level, enough)
		for p, r := range s.residual {
			if round >= robustFrom-1 && math.Abs(r) > huber*s.noise {
				weight[p] = huber * s.noise / math.Abs(r)
			} else {
				weight[p] = 1
			}
		}
	}
	s.logDet = c.logDet()
	s.summed(&c)
	return s
}

// loosen sets how far each place may lie from what is usual: in the first round as nothing is known of it, and then as it
// did in the last one. About a place that is taken for the hot one nothing else may be, until the picture's shift and
// that place's own level are found.
func (s *solution) loosen(tau2 []float64, round, hot int) {
	e := s.eq
	for i, a := range e.places {
		tau2[i] = e.variance(i, s.level[i]-s.prior[i])
		if round == 0 {
			if tau2[i] = firstK * firstK; a.kind == piece {
				tau2[i] = e.variance(i, 0)
			}
		}
		if hot == anywhere || e.number[hot] < 0 || round >= heldRounds {
			continue
		}
		switch d := math.Abs(a.middle - e.places[e.number[hot]].middle); {
		case i == e.number[hot]:
			tau2[i] = e.variance(i, mostHotK)
		case d > 0 && d < aboutM:
			tau2[i] = heldK * heldK
		}
	}
}

// variance is the prior's for a place that lies d from what is usual: Student's t with one degree of freedom, which lets
// few be far off. Only heat is let: places that the lens does not part would else be made one far too cold and the other
// far too hot, and what is off is a few kelvins cooler at most.
func (e *equations) variance(i int, d float64) float64 {
	d = min(max(d, -mostColdK), mostHotK)
	if i < e.aim && e.places[i].kind == piece {
		return (pieceK*pieceK + d*d) / 2
	}
	return (priorK*priorK + d*d) / 2
}

// summed sets each place's level with the mean of its pieces, by how much of each is seen.
func (s *solution) summed(c *cholesky) {
	of := make([]float64, s.eq.unknowns())
	for i := range s.eq.places {
		clear(of)
		of[i] = 1
		all := 0.0
		for _, k := range s.eq.pieces[i] {
			all += s.eq.cover[k]
		}
		s.whole[i] = s.level[i]
		for _, k := range s.eq.pieces[i] {
			of[k] = s.eq.cover[k] / all
			s.whole[i] += of[k] * s.level[k]
		}
		s.sigma[i] = math.Sqrt(c.variance(of))
	}
}

// fit computes what is left of each pixel.
func (s *solution) fit() {
	for p, y := range s.eq.y {
		for _, a := range s.eq.of(p) {
			y -= a.weight * s.level[a.place]
		}
		s.residual[p] = y
	}
}

// scatter is the residuals' robust standard deviation.
func (s *solution) scatter() float64 {
	dev := make([]float64, len(s.residual))
	for i, r := range s.residual {
		dev[i] = math.Abs(r)
	}
	slices.Sort(dev)
	return min(max(1.4826*dev[len(dev)/2], leastK), mostK)
}

// reading reports a place of which a share is seen; each equation stands for per sensor pixels. ok is false when too
// little of it is.
func (s *solution) reading(at int, seen float64, per int) (vision.TemperatureReading, bool) {
	if at < 0 || seen < minSeen || s.eq.number[at] < 0 {
		return vision.TemperatureReading{}, false
	}
	at = s.eq.number[at]
	if s.eq.cover[at]*float64(per) < minCover {
		return vision.TemperatureReading{}, false
	}
	most := 0.0
	for _, a := range s.eq.shares {
		if a.place == at {
			most = max(most, a.weight)
		}
	}
	var v []float64
	for p := range s.eq.y {
		for _, a := range s.eq.of(p) {
			if a.place == at && a.weight > 0.7*most {
				v = append(v, s.level[at]+s.own(p, at)/a.weight+s.residual[p])
			}
		}
	}
	if len(v) == 0 {
		return vision.TemperatureReading{}, false
	}
	slices.Sort(v)
	return vision.TemperatureReading{
		MaxC: celsius(v[len(v)-1]), P95C: celsius(v[(len(v)-1)*95/100]), MedianC: celsius(s.whole[at]),
		Pixels: int(math.Round(s.eq.cover[at] * float64(per))), SigmaK: s.sigma[at],
	}, true
}

// own is what the pieces of a place add to a pixel.
func (s *solution) own(p, at int) float64 {
	sum := 0.0
	for _, a := range s.eq.of(p) {
		if slices.Contains(s.eq.pieces[at], a.place) {
			sum += a.weight * s.level[a.place]
		}
	}
	return sum
}
