package led

import "math"

// haloReach is how far a light's halo counts, in its radii.
const haloReach = 6

// twinTurns are the angles, degrees about a neighbour, at which a twin of a light is looked for, best first: far from the
// light itself, whose halo would else be taken for the neighbour's.
var twinTurns = [...]float64{90, -90, 120, -120, 60, -60, 150, -150, 75, -75, 105, -105} //nolint:gochecknoglobals // a constant table

// pairUp sets the twins of all lights. A neighbour's halo is round, so it reaches a light as it reaches any place as far
// from the neighbour: two such places where no light is tell what it adds. A neighbour without any is left out.
func pairUp(lights []*light) {
	near := make([][]*light, len(lights))
	for i, l := range lights {
		for k, m := range lights {
			if i != k && math.Hypot(l.u-m.u, l.v-m.v) < 3*(haloReach*m.r+4) {
				near[i] = append(near[i], m)
			}
		}
	}
	for i, l := range lights {
		for _, m := range near[i] {
			if d := math.Hypot(l.u-m.u, l.v-m.v); d <= haloReach*m.r+4 && d >= l.r {
				if t, ok := twinsOf(l, m, near[i]); ok {
					l.twins = append(l.twins, t)
				}
			}
		}
	}
}

// twinsOf finds two places free of the lights around that lie as far from the neighbour m as l does, relative to l; where
// only one is free it counts twice.
func twinsOf(l, m *light, around []*light) (t [2]beside, ok bool) {
	found := 0
	for _, deg := range twinTurns {
		sin, cos := math.Sincos(deg * math.Pi / 180)
		du, dv := l.u-m.u, l.v-m.v
		u, v := m.u+cos*du-sin*dv, m.v+sin*du+cos*dv
		free := math.Hypot(u-l.u, v-l.v) > 2*l.r+1
		for _, o := range around {
			free = free && (o == m || math.Hypot(u-o.u, v-o.v) > l.r+o.r+3)
		}
		if !free {
			continue
		}
		t[found] = beside{u - l.u, v - l.v}
		if found++; found == 2 {
			return t, true
		}
	}
	t[1] = t[0]
	return t, found == 1
}
