package engine

import (
	"context"
	"sync"
	"sync/atomic"
)

// A stage is a set of workers between an inlet and a port. A is what comes in, R
// what the function returns, and O what goes out.
type stage[A, R, O any] struct {
	run    *Run
	cfg    Config
	kind   kind[A, R, O]
	work   Work[A, R]
	launch Launcher
	in     *Inlet[A]
	out    *Port[O]
	stats  *Stats
	order  *reorder[O]

	ctx    context.Context
	cancel context.CancelCauseFunc

	crew    Crew
	mu      sync.Mutex
	quiet   sync.Cond
	places  []*worker[A, R, O]
	free    []int // places whose worker rests
	running int
	over    bool         // no worker may start any more
	spare   atomic.Int64 // places that could start
	active  atomic.Int64 // workers that were started and are not done
}

// A kind is what a stage makes of the results of its function.
type kind[A, R, O any] struct {
	// many emits the results of a lease, where in[i] gave res[i].
	many func(w *worker[A, R, O], in []Elem[A], res []R)
	// silent stages emit nothing.
	silent bool
}

// AddMap adds a stage of work to the run. Connect attaches its input.
func AddMap[A, B any](r *Run, cfg Config, l Launcher, work Work[A, B], connect func(*Inlet[A])) *Port[B] {
	return add(r, cfg, l, work, connect, kind[A, B, B]{many: func(w *worker[A, B, B], in []Elem[A], res []B) {
		for i := range in {
			w.out = append(w.out, Elem[B]{V: res[i], At: in[i].At})
		}
	}})
}

// AddFilter is AddMap for a stage that passes on the items its work is true for.
func AddFilter[A any](r *Run, cfg Config, l Launcher, work Work[A, bool], connect func(*Inlet[A])) *Port[A] {
	return add(r, cfg, l, work, connect, kind[A, bool, A]{many: func(w *worker[A, bool, A], in []Elem[A], res []bool) {
		for i := range in {
			if res[i] {
				w.out = append(w.out, in[i])
			} else {
				w.st.out.drop(in[i].At)
			}
		}
	}})
}

// AddFlatMap is AddMap for a stage that passes on the elements of each result.
func AddFlatMap[A, B any](r *Run, cfg Config, l Launcher, work Work[A, []B], connect func(*Inlet[A])) *Port[B] {
	return add(r, cfg, l, work, connect, kind[A, []B, B]{many: func(w *worker[A, []B, B], in []Elem[A], res [][]B) {
		for i := range in {
			w.out = spread(w.st.out, w.out, in[i].At, res[i])
		}
	}})
}

// spread appends the elements of v, which came of the item at a position.
func spread[T any](p *Port[T], out []Elem[T], at Pos, v []T) []Elem[T] {
	if len(v) == 0 {
		p.drop(at)
		return out
	}
	b := &Branch{at: at}
	p.split(at, len(v), b)
	for i := range v {
		out = append(out, Elem[T]{V: v[i], At: child(b, i)})
	}
	return out
}

// AddEach is AddMap for a stage that emits nothing.
func AddEach[A, B any](r *Run, cfg Config, l Launcher, work Work[A, B], connect func(*Inlet[A])) *Port[B] {
	return add(r, cfg, l, work, connect, kind[A, B, B]{silent: true})
}

func add[A, R, O any](r *Run, cfg Config, l Launcher, work Work[A, R], connect func(*Inlet[A]), k kind[A, R, O]) *Port[O] {
	if l.Single {
		cfg.Workers, cfg.RoundRobin = 1, false
	}
	queues := 1
	if cfg.RoundRobin {
		queues = cfg.Workers
	}
	st := &stage[A, R, O]{run: r, cfg: cfg, kind: k, work: work, launch: l}
	st.quiet.L = &st.mu
	st.in = newInlet[A](r, cfg.Size, queues)
	st.out = newPort[O](r, st.in.sizeHint())
	st.out.width = st.in.lanes
	st.in.down = st.out.routes
	connect(st.in)
	st.stats = r.addStats(&Stats{Name: cfg.Name, Backend: l.Name, Workers: cfg.Workers, queue: st.in})

	st.ctx, st.cancel = context.WithCancelCause(r.ctx)
	st.out.stop = func() {
		st.cancel(r.Left)
		st.in.end()
	}
	if cfg.InOrder && cfg.Workers > 1 && !k.silent {
		st.order = &reorder[O]{window: int64(cfg.Window), emit: st.push, spill: st.spill, admit: st.admit}
		st.admit(int64(cfg.Window))
	}
	r.starts = append(r.starts, func() {
		st.launchWorkers()
		r.Go(st.supervise)
	})
	return st.out
}

// launchWorkers starts the first worker, and those that have something to do
// before the first item. The others follow when items wait; see spawn.
func (st *stage[A, R, O]) launchWorkers() {
	st.crew = st.launch.Crew(st.body)
	first := 1
	if st.cfg.RoundRobin || st.work.Eager && !st.launch.Elastic {
		first = st.cfg.Workers
	}
	if st.work.Eager && !st.launch.Elastic {
		st.active.Store(int64(first))
	}
	st.spare.Store(int64(st.cfg.Workers))
	for _, q := range st.in.qs {
		q.more = st.spawn
	}
	for range first {
		st.spawn()
	}
}

// spawn starts one more worker if there is a place for one.
func (st *stage[A, R, O]) spawn() {
	if st.spare.Load() <= 0 {
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.over || st.spare.Load() <= 0 {
		return
	}
	st.spare.Add(-1)
	st.running++
	if n := len(st.free); n > 0 {
		place := st.free[n-1]
		st.free = st.free[:n-1]
		st.crew.Start(place)
		return
	}
	place := len(st.places)
	st.places = append(st.places, st.newWorker(place))
	st.crew.Start(place)
}

// body is what a goroutine of the crew runs.
func (st *stage[A, R, O]) body(place int) {
	st.mu.Lock()
	w := st.places[place]
	st.mu.Unlock()
	returned := false
	defer func() {
		if returned {
			return
		}
		if v := recover(); v != nil { // not in a function of the user: those are caught
			w.ended = true
			st.run.end(st.run.panicked(v))
		}
		// A function called runtime.Goexit: go on in a new goroutine.
		w.afterGoexit()
	}()
	w.live()
	returned = true
}

// leave takes a worker out of the running ones; one that rests may start again.
func (st *stage[A, R, O]) leave(w *worker[A, R, O], rests bool) {
	st.mu.Lock()
	st.running--
	if rests {
		st.free = append(st.free, w.place)
		st.spare.Add(1)
	}
	if st.running == 0 {
		st.quiet.Signal()
	}
	st.mu.Unlock()
	if rests && w.q.backlog() { // it came when the place was not free yet
		st.spawn()
	}
}

// supervise waits for the workers, closes those that rest, and ends the output.
func (st *stage[A, R, O]) supervise() {
	st.awaitQuiet()
	st.mu.Lock()
	st.over = true
	rest := st.free
	st.free = nil
	st.running += len(rest)
	for _, place := range rest {
		st.places[place].closing = true
		st.crew.Start(place)
	}
	st.mu.Unlock()
	st.awaitQuiet()
	st.crew.Wait(st.stats.Abandoned.Load() > 0)
	st.in.end()
	st.cancel(st.run.Left)
	st.out.close()
}

func (st *stage[A, R, O]) awaitQuiet() {
	st.mu.Lock()
	for st.running > 0 {
		st.quiet.Wait()
	}
	st.mu.Unlock()
}

// admit lets the items with sequence numbers below gate be taken.
func (st *stage[A, R, O]) admit(gate int64) {
	n := int64(len(st.in.qs))
	for i, q := range st.in.qs {
		q.admit((gate - int64(i) + n - 1) / n)
	}
}

func (st *stage[A, R, O]) push(items []Elem[O]) bool {
	st.stats.Out.Add(int64(len(items)))
	return st.out.push(items, 0)
}

func (st *stage[A, R, O]) spill(items []Elem[O]) {
	st.stats.Out.Add(int64(len(items)))
	st.out.deposit(items, 0)
}

// stopped reports whether results of the stage are not wanted any more.
func (st *stage[A, R, O]) stopped() bool { return st.ctx.Err() != nil }

// why returns the reason for an early end.
func (st *stage[A, R, O]) why() error {
	if st.ctx.Err() == nil {
		return nil
	}
	return context.Cause(st.ctx)
}
