package thermal

import (
	"math"
	"slices"

	"github.com/nightrounds/nightrounds/vision"
)

// How places are told apart.
const (
	rounds     = 7    // of reweighting
	robustFrom = 4    // the first round in which pixels that do not fit count less
	huber      = 3.0  // residual, in standard deviations, from which they do
	priorK     = 0.6  // the prior's scale: how far places usually lie from their neighbours
	firstK     = 4.0  // how far they may lie in the first round
	nearM      = 0.30 // neighbours are places whose middles are within
	mostColdK  = 2.0
	mostHotK   = 60.0
	leastK     = 0.05 // noise of a pixel at least, K
	mostK      = 1.0
)

// A share is how much of a pixel one place fills, times the place's gain.
type share struct {
	place  int
	weight float64
}

// equations say of each pixel what it shows: y = sum of weight * place, in radiance.
type equations struct {
	places []place // those in view
	number []int   // of each place of the face: its index in places, -1 when it is out of view
	start  []int32 // of each pixel's shares; one more at the end
	shares []share
	y      []float64
	cover  []float64 // pixels' worth of each place
}

// equations of a picture whose pixels are by x by of the sensor's, seen through a lens that blurs by sigma px of the
// sensor; nil when no pixel shows the face.
func (v view) equations(g Grid, by int, m *faceMap, reflected, sigma float64) *equations {
	nu, nv := 9, 11
	if by > 1 {
		nu, nv = 3, 7
	}
	kernel := taps(by, nu, nv, sigma)
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
	return e
}

// renumber leaves only the places that are seen.
func (e *equations) renumber() {
	e.number = make([]int, len(e.places))
	var seen []place
	var cover []float64
	for i, c := range e.cover {
		e.number[i] = -1
		if c > 0 {
			e.number[i] = len(seen)
			seen, cover = append(seen, e.places[i]), append(cover, c)
		}
	}
	for i := range e.shares {
		e.shares[i].place = e.number[e.shares[i].place]
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
	for _, k := range kernel {
		p := m.at(at[2]+(xu-at[2])*k.u+(xv-at[2])*k.v, at[3]+(yu-at[3])*k.u+(yv-at[3])*k.v)
		constant += k.weight * (1 - p.gain)
		e.cover[p.place] += k.weight
		i := first
		for i < len(e.shares) && e.shares[i].place != int(p.place) {
			i++
		}
		if i == len(e.shares) {
			e.shares = append(e.shares, share{place: int(p.place)})
		}
		e.shares[i].weight += k.weight * p.gain
	}
	e.y = append(e.y, seen-constant*ambient)
}

// of is a pixel's shares.
func (e *equations) of(p int) []share { return e.shares[e.start[p]:e.start[p+1]] }

// A solution is the places' levels, in radiance.
type solution struct {
	eq       *equations
	level    []float64
	sigma    []float64
	residual []float64
	prior    []float64
	noise    float64 // of a pixel
	logDet   float64 // of the normal equations' matrix
}

// solve finds the levels by iteratively reweighted least squares.
func (e *equations) solve() *solution {
	n := len(e.places)
	s := &solution{eq: e, level: make([]float64, n), sigma: make([]float64, n), residual: make([]float64, len(e.y))}
	s.prior = e.usual()
	tau2 := make([]float64, n)
	weight := make([]float64, len(e.y))
	for i := range tau2 {
		tau2[i] = firstK * firstK
	}
	for i := range weight {
		weight[i] = 1
	}
	s.noise = 0.2
	var c cholesky
	for round := range rounds {
		c = e.normal(weight, 1/(s.noise*s.noise), tau2, s.prior)
		s.level = c.solution()
		s.fit()
		s.noise = s.scatter()
		for i, l := range s.level {
			tau2[i] = variance(l - s.prior[i])
		}
		for p, r := range s.residual {
			if round >= robustFrom-1 && math.Abs(r) > huber*s.noise {
				weight[p] = huber * s.noise / math.Abs(r)
			} else {
				weight[p] = 1
			}
		}
	}
	s.logDet = c.logDet()
	for i, v := range c.variances() {
		s.sigma[i] = math.Sqrt(v)
	}
	return s
}

// variance is the prior's for a place that lies d from what is usual: Student's t with one degree of freedom, which lets
// few be far off. Only heat is let: places that the lens does not part would else be made one far too cold and the other
// far too hot, and what is off is a few kelvins cooler at most.
func variance(d float64) float64 {
	d = min(max(d, -mostColdK), mostHotK)
	return (priorK*priorK + d*d) / 2
}

// usual is what each place is likely to be: the median of what is seen of the places of its kind nearby.
func (e *equations) usual() []float64 {
	sum, by := make([]float64, len(e.places)), make([]float64, len(e.places))
	for p, y := range e.y {
		for _, a := range e.of(p) {
			sum[a.place] += a.weight * a.weight * y
			by[a.place] += a.weight * a.weight
		}
	}
	out := make([]float64, len(e.places))
	for i, a := range e.places {
		var near []float64
		for k, b := range e.places {
			if by[k] > 0.2 && a.kind == b.kind && math.Abs(a.middle-b.middle) <= nearM {
				near = append(near, sum[k]/by[k])
			}
		}
		switch {
		case len(near) > 0:
			out[i] = middle(near)
		case by[i] > 0:
			out[i] = sum[i] / by[i]
		}
	}
	return out
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
				v = append(v, s.level[at]+s.residual[p])
			}
		}
	}
	if len(v) == 0 {
		return vision.TemperatureReading{}, false
	}
	slices.Sort(v)
	return vision.TemperatureReading{
		MaxC: celsius(v[len(v)-1]), P95C: celsius(v[(len(v)-1)*95/100]), MedianC: celsius(s.level[at]),
		Pixels: int(math.Round(s.eq.cover[at] * float64(per))), SigmaK: s.sigma[at],
	}, true
}
