package conform

import (
	"context"
	"errors"
	"os"
	"runtime"
	"sync/atomic"

	"github.com/penstock/penstock/pl"
)

// Funcs are the functions that the suite runs on a backend. A nil one is replaced
// by pl.Fn, pl.Do or pl.With of the function of this package with the same name.
type Funcs struct {
	Act    pl.Func[Item, int]     // obeys, and gives N
	Keep   pl.Func[Item, bool]    // obeys, and is true for even N
	Spread pl.Func[Item, []int]   // obeys, and gives N%4 times N
	Visit  pl.Func[Item, pl.None] // obeys
	Tell   pl.Func[Item, Report]  // obeys, and gives what it knows of its call

	Inc   pl.Func[int, int]   // adds one
	Even  pl.Func[int, bool]  // is true for even numbers
	Twice pl.Func[int, []int] // gives 10*x and 10*x+1

	Hooked      pl.Func[Item, int] // Act with Open and Close
	StartFails  pl.Func[Item, int] // Act with OpenFails and Close
	StartPanics pl.Func[Item, int] // Act with OpenPanics and Close
	StartExits  pl.Func[Item, int] // Act with OpenExits and Close
	DoneFails   pl.Func[Item, int] // Act with Open and CloseFails
	DonePanics  pl.Func[Item, int] // Act with Open and ClosePanics
}

func (f Funcs) orDefault() Funcs {
	or(&f.Act, pl.Fn(Act))
	or(&f.Keep, pl.Fn(Keep))
	or(&f.Spread, pl.Fn(Spread))
	or(&f.Visit, pl.Do(Visit))
	or(&f.Tell, pl.Fn(Tell))
	or(&f.Inc, pl.Fn(Inc))
	or(&f.Even, pl.Fn(Even))
	or(&f.Twice, pl.Fn(Twice))
	or(&f.Hooked, pl.With(pl.OnStart(Open).OnDone(Close), ActWith))
	or(&f.StartFails, pl.With(pl.OnStart(OpenFails).OnDone(Close), ActWith))
	or(&f.StartPanics, pl.With(pl.OnStart(OpenPanics).OnDone(Close), ActWith))
	or(&f.StartExits, pl.With(pl.OnStart(OpenExits).OnDone(Close), ActWith))
	or(&f.DoneFails, pl.With(pl.OnStart(Open).OnDone(CloseFails), ActWith))
	or(&f.DonePanics, pl.With(pl.OnStart(Open).OnDone(ClosePanics), ActWith))
	return f
}

func or[A, B any](f *pl.Func[A, B], def pl.Func[A, B]) {
	if *f == nil {
		*f = def
	}
}

// Act obeys the item and gives its number.
func Act(ctx context.Context, it Item) (int, error) { return it.N, obey(ctx, it) }

// Keep obeys the item and is true for even numbers.
func Keep(ctx context.Context, it Item) (bool, error) { return it.N%2 == 0, obey(ctx, it) }

// Spread obeys the item and gives its number N%4 times.
func Spread(ctx context.Context, it Item) ([]int, error) {
	var v []int
	for range it.N % 4 {
		v = append(v, it.N)
	}
	return v, obey(ctx, it)
}

// Visit obeys the item.
func Visit(ctx context.Context, it Item) error { return obey(ctx, it) }

// A Report is what a call knows of itself.
type Report struct {
	N       int
	Stage   string
	Backend string
	Worker  int
	PID     int
	OwnPID  bool
	Index   []int
	Attempt int
}

// Tell obeys the item and gives a report of the call.
func Tell(ctx context.Context, it Item) (Report, error) {
	i, _ := pl.FromContext(ctx)
	return Report{
		N: it.N, Stage: i.Worker.Stage, Backend: i.Worker.Backend, Worker: i.Worker.Index, PID: i.Worker.PID,
		OwnPID: i.Worker.PID == os.Getpid(), Index: i.Index, Attempt: i.Attempt,
	}, obey(ctx, it)
}

// Inc adds one.
func Inc(_ context.Context, x int) (int, error) { return x + 1, nil }

// Even is true for even numbers.
func Even(_ context.Context, x int) (bool, error) { return x%2 == 0, nil }

// Twice gives 10*x and 10*x+1.
func Twice(_ context.Context, x int) ([]int, error) { return []int{10 * x, 10*x + 1}, nil }

// A Resource belongs to one worker at a time.
type Resource struct {
	worker int
	busy   atomic.Bool
	uses   int // not guarded, so that the race detector sees a second user
}

// Open opens a resource.
func Open(_ context.Context, w pl.Worker) (*Resource, error) {
	note("start %d", w.Index)
	return &Resource{worker: w.Index}, nil
}

// Close closes a resource.
func Close(ctx context.Context, r *Resource, s pl.Status) error {
	r.uses++
	why := "nil"
	switch {
	case s.Err == nil:
	case errors.Is(s.Err, ErrBoom):
		why = "boom"
	default:
		why = "other"
	}
	if ctx.Err() != nil {
		why = "canceled-context"
	}
	note("done %d %d %s", s.Worker.Index, s.Active, why)
	return nil
}

// OpenFails fails in worker 0 and opens a resource in the others.
func OpenFails(ctx context.Context, w pl.Worker) (*Resource, error) {
	if w.Index == 0 {
		return nil, ErrBoom
	}
	return Open(ctx, w)
}

// OpenPanics panics in worker 0 and opens a resource in the others.
func OpenPanics(ctx context.Context, w pl.Worker) (*Resource, error) {
	if w.Index == 0 {
		panic(ErrBoom)
	}
	return Open(ctx, w)
}

// OpenExits calls runtime.Goexit in worker 0 and opens a resource in the others.
func OpenExits(ctx context.Context, w pl.Worker) (*Resource, error) {
	if w.Index == 0 {
		runtime.Goexit()
	}
	return Open(ctx, w)
}

// CloseFails closes a resource and fails.
func CloseFails(ctx context.Context, r *Resource, s pl.Status) error {
	_ = Close(ctx, r, s)
	return ErrBoom
}

// ClosePanics closes a resource and panics.
func ClosePanics(ctx context.Context, r *Resource, s pl.Status) error {
	_ = Close(ctx, r, s)
	panic(ErrBoom)
}

// ErrShared means that two goroutines used one resource at the same time.
var ErrShared = errors.New("conform: two goroutines use one resource")

// ActWith is Act with a resource.
func ActWith(ctx context.Context, r *Resource, it Item) (int, error) {
	if !r.busy.CompareAndSwap(false, true) {
		return 0, ErrShared
	}
	defer r.busy.Store(false)
	r.uses++
	if i, _ := pl.FromContext(ctx); i.Worker.Index != r.worker {
		return 0, errors.New("conform: the resource of another worker")
	}
	return it.N, obey(ctx, it)
}
