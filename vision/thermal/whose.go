package thermal

import "math"

// Whose heat it is. Where a pixel spans a unit and more, the picture of one very hot device is nearly that of two or three
// warm ones side by side, each with the camera aimed a little otherwise. That few places are hot is likelier, but the
// solution beside which the search began may be the other one: it is begun anew from each place that may be the hot one.
const (
	anywhere = -1
	unparted = 3.0  // K over the usual from which it is asked whose it is
	vagueK   = 0.4  // of a level that is surer than that nothing is asked
	besideM  = 0.07 // middles of places that share heat
	mostHot  = 8
)

// likeliest is the explanation against which least speaks: s, or one that takes a single place for the hot one.
func (v view) likeliest(s *solution, g Grid, m *faceMap, reflected, sigma float64) *solution {
	all := []attempt{{solution: s, sigma: sigma}}
	for _, hot := range s.suspects() {
		first := v.solvedFrom(g, 1, m, reflected, sigma, hot)
		if first == nil {
			continue
		}
		if again := v.shifted(first.aim()).solvedFrom(g, 1, m, reflected, sigma, hot); again != nil {
			all = append(all, attempt{solution: again, sigma: sigma})
		}
	}
	noise := math.Inf(1)
	for _, a := range all {
		noise = min(noise, a.noise)
	}
	for i := range all {
		all[i].cost = all[i].misfit(noise)
	}
	return all[lowest(all)].solution
}

// suspects are the places of the face that may be hot: those that are and are not well parted from what is beside them,
// and what is beside those.
func (s *solution) suspects() []int {
	var out []int
	for at, i := range s.eq.number {
		if i < 0 || s.eq.places[i].kind != panel {
			continue
		}
		for k, b := range s.eq.places {
			if b.kind == panel && math.Abs(b.middle-s.eq.places[i].middle) <= besideM && s.whole[k]-s.prior[k] > unparted && s.sigma[k] > vagueK {
				out = append(out, at)
				break
			}
		}
		if len(out) == mostHot {
			break
		}
	}
	return out
}
