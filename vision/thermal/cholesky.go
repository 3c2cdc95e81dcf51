package thermal

import (
	"math"
	"slices"
)

// A cholesky is the factor L of a symmetric positive definite matrix, row by row, and a right side.
type cholesky struct {
	n int
	l []float64
	b []float64

	first []int // of each row, its first number that is not nought
}

// normal makes and factors the normal equations of weighted pixels (precision is one over a pixel's variance) and the
// prior. Every unknown has a prior, so there always is a factor.
func (e *equations) normal(weight []float64, precision float64, tau2, prior []float64) cholesky {
	n := e.unknowns()
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

// factor turns the lower triangle into L. What is left of a row's first number stays nought.
func (c *cholesky) factor() {
	n := c.n
	c.first = make([]int, n)
	for i := range n {
		for c.first[i] < i && c.l[i*n+c.first[i]] == 0 {
			c.first[i]++
		}
	}
	for i := range n {
		ri := c.l[i*n:][:n]
		for j := c.first[i]; j <= i; j++ {
			rj := c.l[j*n:][:n]
			sum := ri[j]
			for k := max(c.first[i], c.first[j]); k < j; k++ {
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

// forward solves L x = b in place.
func (c *cholesky) forward(x []float64) {
	for i := range c.n {
		row := c.l[i*c.n:][:c.n]
		for k := c.first[i]; k < i; k++ {
			x[i] -= row[k] * x[k]
		}
		x[i] /= row[i]
	}
}

// solution solves L Lᵀ x = b.
func (c *cholesky) solution() []float64 {
	x := slices.Clone(c.b)
	c.forward(x)
	for i := c.n - 1; i >= 0; i-- {
		row := c.l[i*c.n:][:c.n]
		x[i] /= row[i]
		for k := c.first[i]; k < i; k++ {
			x[k] -= row[k] * x[i]
		}
	}
	return x
}

// variance is that of a sum of the unknowns, each times its share.
func (c *cholesky) variance(of []float64) float64 {
	x := slices.Clone(of)
	c.forward(x)
	sum := 0.0
	for _, v := range x {
		sum += v * v
	}
	return sum
}

// logDet is the logarithm of the matrix's determinant.
func (c *cholesky) logDet() float64 {
	sum := 0.0
	for i := range c.n {
		sum += 2 * math.Log(c.l[i*c.n+i])
	}
	return sum
}
