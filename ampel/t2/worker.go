package t2

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"os"
	"sync"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

// NewWorker builds a T2Worker. A run takes tickets, runs their units and writes the
// results, until there are no tickets left. Any number of workers may be at it at the
// same time, in this process and in others.
func NewWorker(env *ampel.Env, c Worker) (ampel.Runner, error) {
	if c.Name == "" {
		c.Name = env.Process
	}
	switch {
	case c.Name == "":
		return nil, ampel.PathError("process_name", errors.New("is missing"))
	case env.DB == nil:
		return nil, errors.New("there is no database with tickets: give the run one")
	}
	b, err := c.backend()
	if err != nil {
		return nil, ampel.PathError("backend", err)
	}
	// Nothing starts here; what would keep the backend from starting is found.
	if err := pl.Map(b, perform, pl.Name("units"))(pl.Of[job]()).Run(context.Background()); err != nil {
		return nil, ampel.PathError("backend", err)
	}
	return &worker{env: env, conf: c, backend: b}, nil
}

type worker struct {
	env     *ampel.Env
	conf    Worker
	backend pl.Backend
}

// Run does one run.
func (w *worker) Run(ctx context.Context) (ampel.Report, error) {
	opts := ampel.EventOptions{
		Process: w.conf.Name, Tier: 2, Channel: w.env.Channel, JobID: w.conf.JobSig,
		RaiseExc: w.conf.RaiseExc, Hidden: !w.conf.UpdateEvents, Now: w.env.Now,
	}
	failed := func(err error) (ampel.Report, error) {
		return ampel.Report{Code: ampel.EventError, Errors: []error{err}}, err
	}
	if w.conf.PreCheck && w.conf.BackoffOnQuery == nil {
		some, err := w.anything(ctx)
		if err != nil {
			return failed(err)
		}
		if !some {
			if err := ampel.SkipEvent(ctx, w.env.DB, opts); err != nil {
				return failed(err)
			}
			return ampel.Report{Code: ampel.EventPreCheckExit}, nil
		}
	}
	event, err := ampel.StartEvent(ctx, w.env.DB, opts)
	if err != nil {
		return failed(err)
	}
	r, stopLog := newRun(w, event), func() {}
	if w.conf.UpdateEvents {
		r.log, stopLog = w.conf.LogProfile.Start(event, w.env.DB, r.log)
	}
	err = r.run(ctx)
	if err != nil && !errors.Is(err, errRaised) {
		_ = event.HandleError(ctx, err, ampel.Trouble{}) // it is returned in any case
	}
	event.Set("docs", r.docs)
	event.Set("ret", r.docs)
	event.Set("codes", r.codes)
	r.log.Info("done running", "documents", r.docs)
	stopLog()
	err = errors.Join(err, event.End(ctx))
	return ampel.Report{Run: event.Run(), Code: event.Code(), Docs: r.docs, Errors: r.errors()}, err
}

// run is one run of a worker.
type run struct {
	*worker
	event  *ampel.Event
	log    *slog.Logger
	owner  int64
	host   string
	recipe recipes

	failures chan answer // of jobs that never came back from their worker

	mu       sync.Mutex
	inHand   map[int64]*work // what was claimed and is not written yet, by number
	keys     map[string]bool // of the tickets in hand
	numbers  int64
	finished int64         // how many were written
	progress chan struct{} // has one element after something was written
	docs     int
	codes    map[string]int
	faults   []error // the first ones
	more     int     // how many others there were
}

func newRun(w *worker, event *ampel.Event) *run {
	host, _ := os.Hostname() // for humans
	return &run{
		worker: w, event: event, owner: rand.Int64(), host: host,
		log:    w.env.Logger().With("process", w.conf.Name, "run", event.Run()),
		recipe: recipes{db: w.env.DB, known: map[string]*recipe{}}, failures: make(chan answer),
		inHand: map[int64]*work{}, keys: map[string]bool{}, progress: make(chan struct{}, 1), codes: map[string]int{},
	}
}

// How many answers are written at once, and how long the first of them waits.
const (
	writeSize = 256
	writeWait = 20 * time.Millisecond
)

// run is the pipeline: take tickets, load what they need, run units, write.
func (r *run) run(ctx context.Context) error {
	beats, stop := context.WithCancel(context.WithoutCancel(ctx))
	var wg sync.WaitGroup
	wg.Go(func() { r.beat(beats) })
	jobs := pl.Pipe2(pl.Generate(r.take),
		thread.Map(r.load, pl.Workers(2), pl.MaxSize(1), pl.Name("load")),
		pl.Unbatch[job])
	answers := pl.Map(r.backend, perform, pl.Workers(r.conf.Workers), pl.Timeout(r.conf.Timeout),
		pl.Name("units"), pl.OnError(r.crashed))(jobs)
	err := pl.Pipe2(pl.Merge(answers, pl.FromChan(r.failures)),
		pl.Batch[answer](writeSize, writeWait),
		thread.Each(r.write, pl.Workers(2), pl.MaxSize(1), pl.Name("write")),
	).Run(ctx)
	stop()
	wg.Wait()
	return errors.Join(err, r.release(ctx))
}

// crashed turns the error of a job whose worker did not answer into an answer.
func (r *run) crashed(ctx context.Context, err *pl.StageError) error {
	j, ok := err.Item.(job)
	if !ok || ctx.Err() != nil {
		return err
	}
	a := answer{ID: j.ID, Failure: err.Err.Error()}
	if p, ok := errors.AsType[*pl.PanicError](err); ok {
		a.Failure, a.Stack = fmt.Sprintf("the unit panicked: %v", p.Value), string(p.Stack)
	}
	select {
	case r.failures <- a:
		return nil
	case <-ctx.Done():
		return err
	}
}

// work is a ticket in hand.
type work struct {
	number  int64
	ticket  ticket
	claim   *claim // that the ticket is ours
	verdict ampel.DocumentCode
	problem error // why there is nothing to run, for the trouble
	recipe  *recipe
	state   bson.Raw // of a state ticket, once it is loaded
	input   [][]byte
	results [][]byte
	configs map[int64][]byte
}

// decide ends the work before it begins.
func (w *work) decide(code ampel.DocumentCode, format string, args ...any) {
	w.verdict, w.problem = code, fmt.Errorf(format, args...)
}

// put takes down what was claimed.
func (r *run) put(batch []*work) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, w := range batch {
		r.numbers++
		w.number = r.numbers
		r.inHand[w.number] = w
		r.keys[w.ticket.key()] = true
	}
}

// done strikes out what was written.
func (r *run) done(batch []*work) {
	r.mu.Lock()
	for _, w := range batch {
		delete(r.inHand, w.number)
		delete(r.keys, w.ticket.key())
	}
	r.finished += int64(len(batch))
	r.mu.Unlock()
	select {
	case r.progress <- struct{}{}:
	default:
	}
}

// hand returns how much is in hand, and how much was written in all.
func (r *run) hand() (now int, written int64) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.inHand), r.finished
}

func (r *run) holds(t *ticket) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys[t.key()]
}

func (r *run) get(number int64) *work {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.inHand[number]
}
