package led

import "math"

// harmonics of the fundamental in the fit: a square wave's first two odd ones and the even one that duty brings.
const harmonics = 3

// harmonicRate searches the rate around a guess, Hz, by least squares of the fundamental and its harmonics on the true
// times, and says which share of the variance the best explains. Near the guess no sub-harmonic can win, which is what
// "the highest frequency within 3 % of the best" guards against in a blind search.
func harmonicRate(s series, guess float64) (rate, fit float64) {
	t, v := s.t, s.v
	rate, fit = guess, -1
	if len(t) < minFrames || !(guess > 0) {
		return rate, fit
	}
	nyquist := 0.45 / sampling(t)
	span := t[len(t)-1] - t[0]
	step := max(guess*0.0005, min(guess*0.02, 0.1/span))
	for k := range int(0.3 * guess / step) {
		f := guess*0.85 + float64(k)*step
		if q := explained(t, v, f, nyquist); q > fit {
			rate, fit = f, q
		}
	}
	q0, q1 := explained(t, v, rate-step, nyquist), explained(t, v, rate+step, nyquist)
	if d := q0 - 2*fit + q1; d < -1e-12 { // the parabola's top
		rate += step * max(-0.5, min(0.5, 0.5*(q0-q1)/d))
	}
	return rate, fit
}

// explained is the share of v's variance that a constant and the harmonics of f below the limit explain.
func explained(t, v []float64, f, limit float64) float64 {
	n := 1
	for k := 1; k <= harmonics && float64(k)*f < max(limit, f*1.01); k++ {
		n = 2*k + 1
	}
	var ata [2*harmonics + 1][2*harmonics + 2]float64 // normal equations and right side
	var row [2*harmonics + 1]float64
	var sum, sq float64
	for i := range t {
		row[0] = 1
		for k := 1; 2*k < n; k++ {
			s, c := math.Sincos(2 * math.Pi * float64(k) * f * (t[i] - t[0]))
			row[2*k-1], row[2*k] = s, c
		}
		for a := range n {
			for b := range n {
				ata[a][b] += row[a] * row[b]
			}
			ata[a][n] += row[a] * v[i]
		}
		sum += v[i]
		sq += v[i] * v[i]
	}
	variance := sq - sum*sum/float64(len(v))
	if variance <= 0 {
		return 0
	}
	rhs := [2*harmonics + 1]float64{}
	for a := range n {
		rhs[a] = ata[a][n]
	}
	x := solve(&ata, n)
	var model float64
	for a := range n {
		model += x[a] * rhs[a]
	}
	return (model - sum*sum/float64(len(v))) / variance
}

// solve does Gaussian elimination with pivoting of n equations; a singular one leaves its unknown at 0.
func solve(m *[2*harmonics + 1][2*harmonics + 2]float64, n int) (x [2*harmonics + 1]float64) {
	for c := range n {
		p := c
		for r := c + 1; r < n; r++ {
			if math.Abs(m[r][c]) > math.Abs(m[p][c]) {
				p = r
			}
		}
		m[c], m[p] = m[p], m[c]
		if math.Abs(m[c][c]) < 1e-9 {
			continue
		}
		for r := c + 1; r < n; r++ {
			q := m[r][c] / m[c][c]
			for k := c; k <= n; k++ {
				m[r][k] -= q * m[c][k]
			}
		}
	}
	for c := n - 1; c >= 0; c-- {
		if math.Abs(m[c][c]) < 1e-9 {
			continue
		}
		x[c] = m[c][n]
		for k := c + 1; k < n; k++ {
			x[c] -= m[c][k] * x[k]
		}
		x[c] /= m[c][c]
	}
	return x
}
