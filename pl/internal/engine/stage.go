package engine

import (
	"context"
	"runtime"
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
	places  []*worker[A, R, O]
	free    []int // places whose worker rests
	full    []int // places whose resource is to be closed when all items are done
	running int
	coming  int          // started, and not at work yet
	over    bool         // no worker may start any more
	spare   atomic.Int64 // places that could start
	active  atomic.Int64 // workers that were started and are not done
	shared  atomic.Int64 // workers in a burst that the watchdog minds
	cost    atomic.Int64 // nanoseconds per item, as lately measured; 0 if unknown
	held    atomic.Bool  // a worker was not started since the function is so fast
	taken   int64        // items taken when the watchdog last looked
}

// A kind is what a stage makes of the results of its function.
type kind[A, R, O any] struct {
	// many appends what is emitted of some items, where in[i] gave res[i].
	many func(st *stage[A, R, O], out []Elem[O], in []Elem[A], res []R) []Elem[O]
	// size returns how many that are, at most.
	size func(res []R) int
	// silent stages emit nothing.
	silent bool
}

// AddMap adds a stage of work to the run. Connect attaches its input.
func AddMap[A, B any](r *Run, cfg Config, l Launcher, work Work[A, B], connect func(*Inlet[A])) *Port[B] {
	return add(r, cfg, l, work, connect, kind[A, B, B]{many: func(_ *stage[A, B, B], out []Elem[B], in []Elem[A], res []B) []Elem[B] {
		for i := range in {
			out = append(out, Elem[B]{V: res[i], At: in[i].At})
		}
		return out
	}, size: one[B]})
}

// one is the size of the results of a stage that emits one item for each, or none.
func one[R any](res []R) int { return len(res) }

// AddFilter is AddMap for a stage that passes on the items its work is true for.
func AddFilter[A any](r *Run, cfg Config, l Launcher, work Work[A, bool], connect func(*Inlet[A])) *Port[A] {
	return add(r, cfg, l, work, connect, kind[A, bool, A]{many: func(st *stage[A, bool, A], out []Elem[A], in []Elem[A], res []bool) []Elem[A] {
		for i := range in {
			if res[i] {
				out = append(out, in[i])
			} else {
				st.out.drop(in[i].At)
			}
		}
		return out
	}, size: one[bool]})
}

// AddFlatMap is AddMap for a stage that passes on the elements of each result.
func AddFlatMap[A, B any](r *Run, cfg Config, l Launcher, work Work[A, []B], connect func(*Inlet[A])) *Port[B] {
	return add(r, cfg, l, work, connect, kind[A, []B, B]{many: func(st *stage[A, []B, B], out []Elem[B], in []Elem[A], res [][]B) []Elem[B] {
		for i := range in {
			out = spread(st.out, out, in[i].At, res[i])
		}
		return out
	}, size: func(res [][]B) int {
		n := 0
		for i := range res {
			n += len(res[i])
		}
		return n
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
	// One worker keeps the order anyway, unless it is another process: there an item that
	// is tried again, or is done again after a crash, comes after others.
	if cfg.InOrder && (cfg.Workers > 1 || l.Dial != nil) && !k.silent {
		st.order = &reorder[O]{
			window: int64(cfg.Window),
			emit:   func(items []Elem[O]) bool { return st.push(items, 0) },
			spill:  func(items []Elem[O]) { st.spill(items, 0) },
			admit:  st.admit,
		}
		st.admit(int64(cfg.Window))
	}
	r.watched = append(r.watched, st)
	r.add(st)
	return st.out
}

// ready lets workers be started when items arrive, which may be before the stage itself
// is started: until then it cannot end.
func (st *stage[A, R, O]) ready() {
	st.run.stages.Add(1)
	st.running = 1
	st.crew = st.launch.Crew(st.body)
	st.spare.Store(int64(st.cfg.Workers))
	if st.eager() {
		st.active.Store(int64(st.cfg.Workers))
	}
	for _, q := range st.in.qs {
		q.more = st.spawn
	}
}

// start starts the first worker, and those that have something to do
// before the first item. The others follow when items wait; see spawn.
func (st *stage[A, R, O]) start() {
	st.mu.Lock()
	for all := st.cfg.RoundRobin || st.eager(); st.spare.Load() > 0 && (all || len(st.places) == 0); {
		st.add()
	}
	st.mu.Unlock()
	st.leave(nil, false)
}

// eager reports whether all workers start with the stage.
func (st *stage[A, R, O]) eager() bool {
	return st.launch.Dial != nil || st.work.Eager && !st.launch.Elastic
}

// spawn starts one more worker if there is a place for one, and if it would help:
// functions of nanoseconds gain nothing from more workers than processors, but lose by
// their getting in each other's way.
func (st *stage[A, R, O]) spawn() {
	if st.spare.Load() <= 0 {
		return
	}
	if cost := st.cost.Load(); cost > 0 && cost < cheap && st.cfg.Workers-int(st.spare.Load()) >= runtime.GOMAXPROCS(0) {
		st.held.Store(true)
		st.run.watch.wakeUp()
		return
	}
	st.mu.Lock()
	defer st.mu.Unlock()
	if st.coming > 0 {
		return // the worker that is about to begin starts the next one, if need be
	}
	n := 1
	if st.launch.Elastic { // a worker is the next item's goroutine: let their number double
		n = max(1, min(st.running, st.in.backlog()))
	}
	for range n {
		if st.over || st.spare.Load() <= 0 {
			return
		}
		st.add()
	}
}

// add starts a worker: one that rests, or else a new one.
func (st *stage[A, R, O]) add() {
	st.spare.Add(-1)
	st.running++
	st.coming++
	var place int
	if n := len(st.free); n > 0 {
		place = st.free[n-1]
		st.free = st.free[:n-1]
	} else {
		place = len(st.places)
		st.places = append(st.places, st.newWorker(place))
	}
	st.places[place].coming = true
	st.crew.Start(place)
}

// cheap is the cost in nanoseconds below which more workers than processors do harm.
const cheap = 1000

// body is what a goroutine of the crew runs.
func (st *stage[A, R, O]) body(place int) {
	st.mu.Lock()
	w := st.places[place]
	if w.coming {
		w.coming = false
		st.coming--
	}
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

// leave takes a worker out of the running ones; one that rests may start again. Those
// who help a worker for a while are none.
func (st *stage[A, R, O]) leave(w *worker[A, R, O], rests bool) {
	st.mu.Lock()
	st.running--
	switch {
	case rests:
		if st.free = append(st.free, w.place); !w.opened { // those with a resource start first
			last := len(st.free) - 1
			st.free[0], st.free[last] = st.free[last], st.free[0]
		}
		st.spare.Add(1)
	case w != nil && w.opened:
		st.full = append(st.full, w.place)
	}
	last := st.running == 0
	st.over = st.over || last
	st.mu.Unlock()
	switch {
	case last:
		st.end()
	case rests && w.q.backlog() > 0: // it came when the place was not free yet
		st.spawn()
	}
}

// end is called by the worker that leaves last. It closes the resources of those that
// rest, and then the output. The workers of an elastic stage are closed all together,
// since until the last item is done there may be more of them; so one of them is the
// last, and comes here again.
func (st *stage[A, R, O]) end() {
	st.mu.Lock()
	var closers []int
	for _, place := range append(st.full, st.free...) {
		if w := st.places[place]; w.opened && w.inst.Done != nil {
			w.closing = true
			closers = append(closers, place)
		}
	}
	st.full, st.free = nil, nil
	st.running = len(closers)
	st.mu.Unlock()
	if len(closers) > 0 {
		for _, place := range closers {
			st.crew.Start(place)
		}
		return
	}
	st.in.end()
	st.cancel(st.run.Left)
	st.out.close()
	st.run.stages.Done()
}

// admit lets the items with sequence numbers below gate be taken.
func (st *stage[A, R, O]) admit(gate int64) {
	n := int64(len(st.in.qs))
	for i, q := range st.in.qs {
		q.admit((gate - int64(i) + n - 1) / n)
	}
}

// wait waits until the goroutines of the workers have ended, unless some of them are in
// functions that outlived their timeout.
func (st *stage[A, R, O]) wait() { st.crew.Wait(st.stats.Abandoned.Load() > 0) }

func (st *stage[A, R, O]) push(items []Elem[O], held int) bool {
	st.stats.Out.Add(int64(len(items)))
	return st.out.push(items, held)
}

func (st *stage[A, R, O]) spill(items []Elem[O], held int) {
	st.stats.Out.Add(int64(len(items)))
	st.out.deposit(items, held)
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
