package workload

import "context"

// A Step is one function in the signatures that contenders ask for, so that none of
// them pays for an adapter around it.
type Step struct {
	Plain func(x int) int
	Err   func(x int) (int, error)
	Ctx   func(ctx context.Context, x int) (int, error)
}

// A Test is a condition in the signatures that contenders ask for.
type Test struct {
	Plain func(x int) bool
	Err   func(x int) (bool, error)
	Ctx   func(ctx context.Context, x int) (bool, error)
}

// step makes a Step of a function that is slow enough for adapters not to matter.
func step(f func(int) int) Step {
	return Step{
		Plain: f,
		Err:   func(x int) (int, error) { return f(x), nil },
		Ctx:   func(_ context.Context, x int) (int, error) { return f(x), nil },
	}
}

// addOne is the trivial step, written out in each signature.
var addOne = Step{
	Plain: func(x int) int { return x + 1 },
	Err:   func(x int) (int, error) { return x + 1, nil },
	Ctx:   func(_ context.Context, x int) (int, error) { return x + 1, nil },
}

// double is the last step of three.
var double = Step{
	Plain: func(x int) int { return 2 * x },
	Err:   func(x int) (int, error) { return 2 * x, nil },
	Ctx:   func(_ context.Context, x int) (int, error) { return 2 * x, nil },
}

// notThird drops every third item.
var notThird = Test{
	Plain: func(x int) bool { return x%3 != 0 },
	Err:   func(x int) (bool, error) { return x%3 != 0, nil },
	Ctx:   func(_ context.Context, x int) (bool, error) { return x%3 != 0, nil },
}
