// Package leastsq fits the parameters of a function to data: it minimizes the sum of
// squares of residuals, by the method of Levenberg (1944) and Marquardt (1963), with
// the damping of Nielsen (1999) as in Madsen, Nielsen and Tingleff, Methods for
// Non-Linear Least Squares Problems, 2nd ed., DTU 2004, algorithm 3.16, and limits for
// the parameters. There is none in gonum/optimize, and no library for it that is kept.
package leastsq

import (
	"context"
	"errors"
	"fmt"
	"math"
	"slices"

	"gonum.org/v1/gonum/mat"
)

// Problem is what to fit.
type Problem struct {
	// Residuals is how many residuals there are, at least as many as parameters.
	Residuals int
	// Eval fills r with the residuals at p, each divided by its uncertainty, and jac
	// with their derivatives: one row per residual, one column per parameter.
	Eval func(p, r []float64, jac *mat.Dense)
	// Lower and Upper are limits of the parameters; nil for none.
	Lower, Upper []float64
}

// Status says why a fit ended.
type Status int

const (
	// Converged: the sum of squares cannot be made smaller by much.
	Converged Status = iota
	// TooManySteps: the limit of steps was reached.
	TooManySteps
	// Stuck: no step in any direction helps, though the gradient is not zero; it is
	// found in badly scaled problems.
	Stuck
)

// Result is a fit.
type Result struct {
	Params []float64
	Chi2   float64 // the sum of squares
	DOF    int     // residuals less parameters that were free
	// Cov is the covariance of the parameters if the residuals were divided by the right
	// uncertainties: the inverse of JᵀJ. Rows and columns of parameters at a limit are
	// zero. It is nil if the data do not determine the parameters.
	Cov     *mat.SymDense
	AtLimit []bool // which parameters are at a limit
	Steps   int
	Status  Status
}

// The limits of a fit.
const (
	maxSteps  = 200
	tolerance = 1e-12 // relative change of parameters, and cosine of gradient
)

// ErrProblem: the fit could not begin.
var ErrProblem = errors.New("leastsq")

// Fit starts at the parameters start. It is an error if the residuals are not finite
// there, if there are too few of them, or if ctx ends.
func Fit(ctx context.Context, p Problem, start []float64) (*Result, error) {
	n, m := len(start), p.Residuals
	switch {
	case n == 0 || m < n:
		return nil, fmt.Errorf("%w: %d residuals for %d parameters", ErrProblem, m, n)
	case p.Lower != nil && len(p.Lower) != n || p.Upper != nil && len(p.Upper) != n:
		return nil, fmt.Errorf("%w: %d parameters with %d lower and %d upper limits", ErrProblem, n, len(p.Lower), len(p.Upper))
	}
	f := &fit{
		p: p, x: slices.Clone(start), next: make([]float64, n), free: make([]bool, n),
		r: make([]float64, m), rNext: make([]float64, m),
		jac: mat.NewDense(m, n, nil), jacNext: mat.NewDense(m, n, nil), gradient: make([]float64, n),
	}
	f.clamp(f.x)
	p.Eval(f.x, f.r, f.jac)
	f.chi2 = sumOfSquares(f.r)
	if !isFinite(f.chi2) || !allFinite(f.jac) {
		return nil, fmt.Errorf("%w: the residuals at %v are not finite", ErrProblem, f.x)
	}
	return f.run(ctx)
}

type fit struct {
	p            Problem
	x, next      []float64
	free         []bool // parameters that may move
	r, rNext     []float64
	jac, jacNext *mat.Dense
	gradient     []float64
	chi2         float64
}

func (f *fit) run(ctx context.Context) (*Result, error) {
	damping, growth := 1e-3, 2.0
	status := TooManySteps
	steps := 0
	for ; steps < maxSteps; steps++ {
		if err := ctx.Err(); err != nil {
			return nil, context.Cause(ctx)
		}
		if f.flat() {
			status = Converged
			break
		}
		step, ok := f.step(damping)
		if !ok {
			status = Stuck
			break
		}
		copy(f.next, f.x)
		for i, s := range step {
			f.next[i] += s
		}
		f.clamp(f.next)
		small := f.isSmall()
		f.p.Eval(f.next, f.rNext, f.jacNext)
		chi2 := sumOfSquares(f.rNext)
		gain := f.gain(step, damping)
		if isFinite(chi2) && chi2 < f.chi2 && allFinite(f.jacNext) {
			ratio := (f.chi2 - chi2) / gain
			f.x, f.next, f.r, f.rNext, f.jac, f.jacNext, f.chi2 = f.next, f.x, f.rNext, f.r, f.jacNext, f.jac, chi2
			damping *= math.Max(1.0/3, 1-math.Pow(2*ratio-1, 3))
			damping = math.Max(damping, 1e-15)
			growth = 2
		} else {
			damping *= growth
			growth *= 2
		}
		if small {
			status = Converged
			break
		}
		if damping > 1e15 {
			status = Stuck
			break
		}
	}
	f.flat() // finds what is at a limit
	return f.result(status, steps), nil
}

// flat computes the gradient, finds the parameters that may move, and reports whether
// none has to.
func (f *fit) flat() bool {
	m, n := f.jac.Dims()
	total := math.Sqrt(f.chi2)
	flat := true
	for k := range n {
		var g, length float64
		for i := range m {
			d := f.jac.At(i, k)
			g += d * f.r[i]
			length += d * d
		}
		f.gradient[k] = g
		f.free[k] = !(f.p.Lower != nil && f.x[k] <= f.p.Lower[k] && g >= 0 || f.p.Upper != nil && f.x[k] >= f.p.Upper[k] && g <= 0)
		// The cosine between the residuals and the column.
		if f.free[k] && math.Abs(g) > tolerance*total*math.Sqrt(length) {
			flat = false
		}
	}
	return flat || f.chi2 == 0
}

// step solves (JᵀJ + damping·diag(JᵀJ)) step = -Jᵀr for the free parameters, as the
// least squares of J with a diagonal below it, which keeps twice the digits.
func (f *fit) step(damping float64) ([]float64, bool) {
	m, n := f.jac.Dims()
	var columns []int
	for k := range n {
		if f.free[k] {
			columns = append(columns, k)
		}
	}
	step := make([]float64, n)
	if len(columns) == 0 {
		return step, true
	}
	a := mat.NewDense(m+len(columns), len(columns), nil)
	b := mat.NewVecDense(m+len(columns), nil)
	for c, k := range columns {
		length := 0.0
		for i := range m {
			d := f.jac.At(i, k)
			a.Set(i, c, d)
			length += d * d
		}
		if length == 0 {
			length = 1 // nothing depends on it: it stays
		}
		a.Set(m+c, c, math.Sqrt(damping*length))
	}
	for i, r := range f.r {
		b.SetVec(i, -r)
	}
	var qr mat.QR
	qr.Factorize(a)
	var x mat.VecDense
	if err := qr.SolveVecTo(&x, false, b); err != nil {
		// Only a warning about digits, unless there is no solution.
		var condition mat.Condition
		if !errors.As(err, &condition) || math.IsInf(float64(condition), 1) {
			return nil, false
		}
	}
	for c, k := range columns {
		if step[k] = x.AtVec(c); !isFinite(step[k]) {
			return nil, false
		}
	}
	return step, true
}

// gain is by how much a step would make the sum of squares smaller if the function
// were linear.
func (f *fit) gain(step []float64, damping float64) float64 {
	m, n := f.jac.Dims()
	gain := 0.0
	for k := range n {
		if !f.free[k] {
			continue
		}
		length := 0.0
		for i := range m {
			length += f.jac.At(i, k) * f.jac.At(i, k)
		}
		gain += step[k] * (damping*length*step[k] - f.gradient[k])
	}
	if gain <= 0 {
		return math.SmallestNonzeroFloat64
	}
	return gain
}

// isSmall reports whether next is x to all digits that matter.
func (f *fit) isSmall() bool {
	for k, x := range f.x {
		if math.Abs(f.next[k]-x) > tolerance*(math.Abs(x)+tolerance) {
			return false
		}
	}
	return true
}

func (f *fit) clamp(x []float64) {
	for k := range x {
		if f.p.Lower != nil {
			x[k] = math.Max(x[k], f.p.Lower[k])
		}
		if f.p.Upper != nil {
			x[k] = math.Min(x[k], f.p.Upper[k])
		}
	}
}

func (f *fit) result(status Status, steps int) *Result {
	m, n := f.jac.Dims()
	res := &Result{Params: f.x, Chi2: f.chi2, Steps: steps, Status: status, AtLimit: make([]bool, n)}
	var columns []int
	for k, free := range f.free {
		res.AtLimit[k] = !free
		if free {
			columns = append(columns, k)
		}
	}
	res.DOF = m - len(columns)
	res.Cov = f.covariance(columns)
	return res
}

// covariance inverts JᵀJ for some columns, each scaled to the length one.
func (f *fit) covariance(columns []int) *mat.SymDense {
	m, n := f.jac.Dims()
	out := mat.NewSymDense(n, nil)
	if len(columns) == 0 {
		return out
	}
	scale := make([]float64, len(columns))
	for c, k := range columns {
		for i := range m {
			scale[c] += f.jac.At(i, k) * f.jac.At(i, k)
		}
		if scale[c] = math.Sqrt(scale[c]); scale[c] == 0 {
			return nil
		}
	}
	normal := mat.NewSymDense(len(columns), nil)
	for a := range columns {
		for b := a; b < len(columns); b++ {
			sum := 0.0
			for i := range m {
				sum += f.jac.At(i, columns[a]) * f.jac.At(i, columns[b])
			}
			normal.SetSym(a, b, sum/scale[a]/scale[b])
		}
	}
	var cholesky mat.Cholesky
	if !cholesky.Factorize(normal) {
		return nil
	}
	var inverse mat.SymDense
	if err := cholesky.InverseTo(&inverse); err != nil && cholesky.Cond() > 1e14 {
		return nil
	}
	for a, ka := range columns {
		for b, kb := range columns {
			out.SetSym(ka, kb, inverse.At(a, b)/scale[a]/scale[b])
		}
	}
	return out
}

func sumOfSquares(r []float64) float64 {
	sum := 0.0
	for _, v := range r {
		sum += v * v
	}
	return sum
}

func isFinite(f float64) bool { return !math.IsNaN(f) && !math.IsInf(f, 0) }

func allFinite(m *mat.Dense) bool {
	rows, _ := m.Dims()
	for i := range rows {
		for _, v := range m.RawRowView(i) {
			if !isFinite(v) {
				return false
			}
		}
	}
	return true
}
