package pl

// An Op turns a stage into another one. Call it, or give it to a Pipe function:
// op(s) and Pipe1(s, op) are the same.
type Op[A, B any] func(Stage[A]) Stage[B]

// Then returns the stage after ops that keep its type: s | a | b. (Once methods can
// have type parameters, Then takes ops of any type, and callers stay as they are.)
func (s Stage[T]) Then(ops ...Op[T, T]) Stage[T] {
	for _, op := range ops {
		s = op(s)
	}
	return s
}

// Pipe1 returns a(s).
func Pipe1[A, B any](s Stage[A], a Op[A, B]) Stage[B] { return a(s) }

// Pipe2 returns b(a(s)): s | a | b.
func Pipe2[A, B, C any](s Stage[A], a Op[A, B], b Op[B, C]) Stage[C] { return b(a(s)) }

// Pipe3 returns c(b(a(s))): s | a | b | c. There are Pipe functions up to Pipe8.
func Pipe3[A, B, C, D any](s Stage[A], a Op[A, B], b Op[B, C], c Op[C, D]) Stage[D] {
	return c(b(a(s)))
}

// Pipe4 is [Pipe3] for four operators.
func Pipe4[A, B, C, D, E any](s Stage[A], a Op[A, B], b Op[B, C], c Op[C, D], d Op[D, E]) Stage[E] {
	return d(c(b(a(s))))
}

// Pipe5 is [Pipe3] for five operators.
func Pipe5[A, B, C, D, E, F any](s Stage[A], a Op[A, B], b Op[B, C], c Op[C, D], d Op[D, E], e Op[E, F]) Stage[F] {
	return e(d(c(b(a(s)))))
}

// Pipe6 is [Pipe3] for six operators.
func Pipe6[A, B, C, D, E, F, G any](s Stage[A], a Op[A, B], b Op[B, C], c Op[C, D], d Op[D, E], e Op[E, F], f Op[F, G]) Stage[G] {
	return f(e(d(c(b(a(s))))))
}

// Pipe7 is [Pipe3] for seven operators.
func Pipe7[A, B, C, D, E, F, G, H any](s Stage[A], a Op[A, B], b Op[B, C], c Op[C, D], d Op[D, E], e Op[E, F], f Op[F, G], g Op[G, H]) Stage[H] {
	return g(f(e(d(c(b(a(s)))))))
}

// Pipe8 is [Pipe3] for eight operators.
func Pipe8[A, B, C, D, E, F, G, H, I any](s Stage[A], a Op[A, B], b Op[B, C], c Op[C, D], d Op[D, E], e Op[E, F], f Op[F, G], g Op[G, H], h Op[H, I]) Stage[I] {
	return h(g(f(e(d(c(b(a(s))))))))
}
