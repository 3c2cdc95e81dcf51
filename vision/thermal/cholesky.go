package thermal

import "math"

// A cholesky is the factor L of a symmetric positive definite matrix, row by row, and a right side.
type cholesky struct {
	n int
	l []float64
	b []float64
}

// normal makes and factors the normal equations of weighted pixels (precision is one over a pixel's variance) and the
// prior. Every unknown has a prior, so there always is a factor.
func (e *equations) normal(weight []float64, precision float64, tau2, prior []float64) cholesky {
	n := len(e.places)
	c := cholesky{n: n, l: make([]float64, n*n), b: make([]float64, n)}
	for i := range n {
		c.l[i*n+i] = 1 / tau2[i]
		c.b[i] = prior[i] / tau2[i]
	}
	for p, y := range e.y {
		w := weight[p] * precision
		of := e.of(p)
		for _, a := range of {
			c.b[a.place] += w * a.weight * y
			row := c.l[a.place*n:][:n]
			for _, b := range of {
				if b.place <= a.place {
					row[b.place] += w * a.weight * b.weight
				}
			}
		}
	}
	c.factor()
	return c
}

// factor turns the lower triangle into L.
func (c *cholesky) factor() {
	n := c.n
	for j := range n {
		rj := c.l[j*n:][:n]
		for i := j; i < n; i++ {
			ri := c.l[i*n:][:n]
			sum := ri[j]
			for k := range j {
				sum -= ri[k] * rj[k]
			}
			if i == j {
				rj[j] = math.Sqrt(max(sum, 1e-12))
			} else {
				ri[j] = sum / rj[j]
			}
		}
	}
}

// solution solves L Lᵀ x = b.
func (c *cholesky) solution() []float64 {
	n := c.n
	x := make([]float64, n)
	copy(x, c.b)
	for i := range n {
		for k := range i {
			x[i] -= c.l[i*n+k] * x[k]
		}
		x[i] /= c.l[i*n+i]
	}
	for i := n - 1; i >= 0; i-- {
		for k := i + 1; k < n; k++ {
			x[i] -= c.l[k*n+i] * x[k]
		}
		x[i] /= c.l[i*n+i]
	}
	return x
}

// variances is the diagonal of the matrix's inverse: of each unknown the sum of squares of its column of L's inverse.
func (c *cholesky) variances() []float64 {
	n := c.n
	out := make([]float64, n)
	col := make([]float64, n)
	for j := range n {
		for i := range n {
			col[i] = 0
		}
		for i := j; i < n; i++ {
			sum := 0.0
			if i == j {
				sum = 1
			}
			for k := j; k < i; k++ {
				sum -= c.l[i*n+k] * col[k]
			}
			col[i] = sum / c.l[i*n+i]
			out[j] += col[i] * col[i]
		}
	}
	return out
}

// logDet is the logarithm of the matrix's determinant.
func (c *cholesky) logDet() float64 {
	sum := 0.0
	for i := range c.n {
		sum += 2 * math.Log(c.l[i*c.n+i])
	}
	return sum
}
