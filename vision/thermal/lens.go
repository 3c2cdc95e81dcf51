package thermal

import "math"

// The lens' blur, standard deviation in px of the sensor. Data sheets do not state it, it differs by sensor and focus, and
// for a small array it decides how hot a unit is taken to be: it is found from the picture itself.
const (
	usualLens   = 0.7  // small lenses blur by a pixel or two at half height
	usualSpread = 0.35 // how far a lens may be from that
	leastLens   = 0.1
	mostLens    = 1.3
)

// tried are the blurs that a picture is explained with.
var tried = [...]float64{0.3, 0.65, 1.0} //nolint:gochecknoglobals // a constant table

// sharpest explains the picture with the blur that explains it best: of three that are tried, and the vertex of the
// parabola through their misfits. A picture averaged down cares so little that the usual one does.
func (v view) sharpest(g Grid, by int, m *faceMap, reflected float64) *solution {
	if by > 1 {
		return v.solved(g, by, m, reflected, usualLens+0.1)
	}
	var s [len(tried)]*solution
	var cost [len(tried)]float64
	best := 0
	for i, sigma := range tried {
		if s[i] = v.solved(g, by, m, reflected, sigma); s[i] == nil {
			return nil
		}
		cost[i] = s[i].misfit() + math.Pow((sigma-usualLens)/usualSpread, 2)
		if cost[i] < cost[best] {
			best = i
		}
	}
	step := tried[1] - tried[0]
	sigma := tried[best]
	if bend := cost[0] - 2*cost[1] + cost[2]; bend > 0 {
		sigma = tried[1] + step*(cost[0]-cost[2])/(2*bend)
	}
	sigma = min(max(sigma, leastLens, tried[best]-step), mostLens, tried[best]+step)
	if math.Abs(sigma-tried[best]) < 0.03 {
		return s[best]
	}
	return v.solved(g, by, m, reflected, sigma)
}

// solved explains the picture with one blur; nil when it does not show the face.
func (v view) solved(g Grid, by int, m *faceMap, reflected, sigma float64) *solution {
	if e := v.equations(g, by, m, reflected, sigma); e != nil {
		return e.solve()
	}
	return nil
}

// misfit is minus twice the logarithm of the picture's evidence for its lens, up to a constant: how well pixels and
// places fit, against how sharply the picture would tell places apart (the determinant). Without the latter a sharper
// lens always looks likelier. After MacKay, "Bayesian interpolation", Neural Computation 4 (1992).
func (s *solution) misfit() float64 {
	sum := s.logDet + float64(len(s.residual))*math.Log(s.noise*s.noise)
	for _, r := range s.residual {
		r = math.Abs(r) / s.noise
		if r > huber {
			r = math.Sqrt(huber * (2*r - huber))
		}
		sum += r * r
	}
	for i, l := range s.level {
		d := l - s.prior[i]
		tau2 := (priorK*priorK + d*d) / 2
		sum += d*d/tau2 + math.Log(tau2)
	}
	return sum
}
