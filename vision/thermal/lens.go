package thermal

import "math"

// The lens' blur, standard deviation in px of the sensor. Data sheets do not state it, it differs by sensor and focus, and
// for a small array it decides how hot a unit is taken to be: it is found from the picture itself.
const (
	usualLens   = 0.7  // small lenses blur by a pixel or two at half height
	usualSpread = 0.35 // how far a lens may be from that
	leastLens   = 0.1
	mostLens    = 1.3
	sameLens    = 0.03 // a blur so near is not worth another try
	blurError   = 0.06 // px, of what is found
	skew        = 0.02 // px; measured on rendered racks with blurs of 0.3 to 1 px
)

// tried are the blurs that a picture is explained with.
var tried = [...]float64{0.3, 0.65, 1.0} //nolint:gochecknoglobals // a constant table

// An attempt is the picture explained with one blur, and what speaks against it.
type attempt struct {
	*solution
	sigma, cost float64
}

// sharpest explains the picture with the blur that explains it best: of three that are tried, and the vertex of the parabola
// through them. A picture averaged down cares so little that the usual blur does.
func (v view) sharpest(g Grid, by int, m *faceMap, reflected float64) *solution {
	if by > 1 {
		out := v.solved(g, by, m, reflected, usualLens+0.1)
		if out == nil {
			return nil
		}
		return v.shifted(out.aim()).solved(g, by, m, reflected, usualLens+0.1)
	}
	var all []attempt
	noise := math.Inf(1)
	for _, sigma := range tried {
		s := v.solved(g, 1, m, reflected, sigma)
		if s == nil {
			return nil
		}
		all = append(all, attempt{solution: s, sigma: sigma})
		noise = min(noise, s.noise)
	}
	for i := range all { // with one noise for all: each one's own estimate would move their order
		unusual := (all[i].sigma - usualLens) / usualSpread
		all[i].cost = all[i].misfit(noise) + unusual*unusual
	}
	best := lowest(all)
	sigma := all[best].sigma
	if found := vertex(all, best); math.Abs(found-sigma) >= sameLens {
		sigma = found
	}
	out := v.shifted(all[best].aim()).solved(g, 1, m, reflected, sigma)
	if out == nil {
		out = all[best].solution
	}
	out = v.likeliest(out, g, m, reflected, sigma)
	out.doubt(all, sigma)
	return out
}

// doubt adds to each level's standard deviation what an error of the blur by blurError makes of it, by its slope between
// the attempts beside the blur that was found: towards a wider one levels run away.
func (s *solution) doubt(all []attempt, found float64) {
	next := 1
	for next < len(all)-1 && found > all[next].sigma {
		next++
	}
	last := all[next-1]
	for p, at := range s.eq.number {
		if at < 0 {
			continue
		}
		i, k := all[next].eq.number[p], last.eq.number[p]
		if i >= 0 && k >= 0 {
			slope := (all[next].whole[i] - last.whole[k]) / (all[next].sigma - last.sigma)
			s.sigma[at] = math.Hypot(s.sigma[at], slope*blurError)
		}
	}
}

// lowest is the attempt against which least speaks.
func lowest(all []attempt) int {
	best := 0
	for i, a := range all {
		if a.cost < all[best].cost {
			best = i
		}
	}
	return best
}

// vertex is where the parabola through the i-th of three attempts and its neighbours is lowest. To the sharp side the
// misfit rises more slowly than a parabola, which puts the vertex too low by skew.
func vertex(all []attempt, i int) float64 {
	a, b, c := all[0], all[1], all[2]
	left, right := (b.cost-a.cost)/(b.sigma-a.sigma), (c.cost-b.cost)/(c.sigma-b.sigma)
	bend := (right - left) / (c.sigma - a.sigma)
	if !(bend > 0) {
		return all[i].sigma
	}
	return min(max((a.sigma+b.sigma)/2-left/(2*bend)+skew, leastLens), mostLens)
}

// solved explains the picture with one blur; nil when it does not show the face.
func (v view) solved(g Grid, by int, m *faceMap, reflected, sigma float64) *solution {
	return v.solvedFrom(g, by, m, reflected, sigma, anywhere)
}

// solvedFrom is solved with one place taken for the hot one to begin with.
func (v view) solvedFrom(g Grid, by int, m *faceMap, reflected, sigma float64, hot int) *solution {
	if e := v.equations(g, by, m, reflected, sigma); e != nil {
		return e.solve(hot)
	}
	return nil
}

// misfit is, for pixels of a noise, minus twice the logarithm of the picture's evidence for its lens, up to a constant: how well pixels and
// places fit, against how sharply the picture would tell places apart (the determinant). Without the latter a sharper
// lens always looks likelier. After MacKay, "Bayesian interpolation", Neural Computation 4 (1992).
func (s *solution) misfit(noise float64) float64 {
	sum := s.logDet
	for _, r := range s.residual {
		r = math.Abs(r) / noise
		if r > huber {
			r = math.Sqrt(huber * (2*r - huber))
		}
		sum += r * r
	}
	for i, l := range s.level[:s.eq.aim] {
		d := l - s.prior[i]
		tau2 := s.eq.variance(i, d)
		sum += d*d/tau2 + math.Log(tau2)
	}
	for _, px := range s.level[s.eq.aim:] {
		sum += px * px / (s.eq.aimPx * s.eq.aimPx)
	}
	return sum
}
