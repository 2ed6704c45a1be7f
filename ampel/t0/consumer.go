package t0

import (
	"context"
	"errors"
	"fmt"
	"iter"
	"runtime"
	"sync/atomic"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

// chunk is how many alerts are looked up in the database at once.
const chunk = 128

// New builds an AlertConsumer. Mistakes in the configuration, also of its units,
// are found here; the units are built by each run.
func New(env *ampel.Env, c Consumer) (ampel.Runner, error) {
	if c.Name == "" {
		c.Name = env.Process
	}
	if c.Name == "" {
		return nil, ampel.PathError("process_name", errors.New("is missing"))
	}
	if env.DB == nil {
		return nil, errors.New("there is no database to store alerts in: give the run one")
	}
	if err := c.Check(env.Units); err != nil {
		return nil, err
	}
	if c.Workers == 0 {
		c.Workers = runtime.GOMAXPROCS(0)
	}
	return &consumer{env: env, conf: c}, nil
}

type consumer struct {
	env  *ampel.Env
	conf Consumer
}

// run is one run of a consumer.
type run struct {
	env     *ampel.Env
	conf    *Consumer
	event   *ampel.Event
	dirs    []directive
	muxes   bool
	shaper  Shaper
	from    source
	count   count
	stopped atomic.Bool // enough errors: no more alerts are taken

	// What belongs to the stage that plans.
	hot  map[ampel.StockID]*stock // stocks that are not, or not wholly, in the database yet
	last int64                    // number of the last batch
	// written is the number of the last batch that is in the database.
	written atomic.Int64
}

// Run does one run.
func (c *consumer) Run(ctx context.Context) (r ampel.Report, err error) {
	event, err := ampel.StartEvent(ctx, c.env.DB, ampel.EventOptions{
		Process: c.conf.Name, Tier: 0, Channel: c.env.Channel, JobID: c.conf.JobSig,
		RaiseExc: c.conf.RaiseExc, Hidden: !c.conf.UpdateEvents, Now: c.env.Now,
	})
	if err != nil {
		return ampel.Report{Code: ampel.EventError}, err
	}
	env := *c.env
	env.Process, env.Run, env.Event = c.conf.Name, event.Run(), event
	env.Log = env.Logger().With("process", c.conf.Name, "run", event.Run())
	x := &run{
		env: &env, conf: &c.conf, event: event, hot: map[ampel.StockID]*stock{},
		from: source{process: c.conf.Name, run: event.Run(), tags: c.conf.Compiler, extra: c.conf.IncludeExtra},
	}
	if err = x.build(ctx); err != nil {
		_ = x.note(ctx, err, ampel.Trouble{}) // it is returned in any case
		err = fmt.Errorf("ampel: t0: the run was abandoned, because a part of it could not be built: %w", err)
	} else {
		err = x.consume(ctx)
	}
	x.count.tell(event)
	err = errors.Join(err, event.End(ctx))
	r = ampel.Report{Run: event.Run(), Code: event.Code(), Docs: int(x.count.ingested.Load()), Errors: event.Errors()}
	env.Log.Info("done running", "code", r.Code.String(), "alerts", x.count.alerts.Load(), "ingested", r.Docs)
	return r, err
}

func (x *run) build(ctx context.Context) (err error) {
	if x.shaper, _, err = x.conf.Shaper.Build(x.env); err != nil {
		return ampel.PathError("shaper", err)
	}
	x.dirs, x.muxes, err = builder{ctx, x.env}.directives(x.conf.Directives)
	x.count.init(x.conf.Directives)
	return err
}

// consume takes the alerts: filters look at many of them at a time, then they
// are looked up and put together in their order, and written while the next ones
// are looked up.
func (x *run) consume(ctx context.Context) error {
	supplier, _, err := x.conf.Supplier.Build(x.env)
	if err != nil {
		return x.note(ctx, ampel.PathError("supplier", err), ampel.Trouble{})
	}
	alerts, err := supplier.Alerts(ctx)
	if err != nil {
		return x.note(ctx, fmt.Errorf("the supplier %s: %w", x.conf.Supplier.Unit, err), ampel.Trouble{Unit: x.conf.Supplier.Unit})
	}
	if x.conf.IterMax > 0 {
		alerts = pl.Take[Delivery](x.conf.IterMax)(alerts)
	}
	err = pl.Pipe6(alerts,
		pl.Through(x.until),
		thread.Map(x.judge, pl.Workers(x.conf.Workers), pl.InOrder(), pl.Window(2*chunk), pl.MaxSize(chunk), pl.Name("filter and shape")),
		pl.Batch[judged](chunk, x.conf.Ingester.Wait),
		thread.FlatMap(x.plan, pl.Workers(1), pl.MaxSize(1), pl.Name("combine")),
		thread.Map(x.prepare, pl.Workers(1), pl.MaxSize(1), pl.Name("prepare")),
		thread.Each(x.write, pl.Workers(1), pl.MaxSize(1), pl.Name("write")),
	).Run(ctx)
	var stage *pl.StageError
	if errors.As(err, &stage) && ctx.Err() == nil {
		if errors.Is(err, errNoted) {
			return errors.Unwrap(stage.Err)
		}
		err = stage.Err
	}
	return x.note(ctx, err, ampel.Trouble{})
}

// until ends the supply when there were too many errors.
func (x *run) until(in iter.Seq[Delivery]) iter.Seq[Delivery] {
	return func(yield func(Delivery) bool) {
		for d := range in {
			if x.stopped.Load() || !yield(d) {
				return
			}
		}
	}
}

// prepare makes a batch ready to be written.
func (x *run) prepare(_ context.Context, b *batch) (*ready, error) { return b.prepare(x.env.DB) }

// write stores one batch.
func (x *run) write(ctx context.Context, b *ready) error {
	if err := b.write(ctx, x.env.DB); err != nil {
		return err
	}
	x.written.Store(b.number)
	x.count.wrote(b.batch)
	if x.env.Progress != nil {
		x.env.Progress.Alerts.Add(int64(b.alerts))
	}
	return nil
}

// errNoted marks an error that was taken down already and is only to be raised.
var errNoted = errors.New("ampel: t0: errors are raised")

type noted struct{ error }

func (n noted) Is(target error) bool { return target == errNoted }
func (n noted) Unwrap() error        { return n.error }

// note takes down an error, and returns it if it ends the run.
func (x *run) note(ctx context.Context, err error, t ampel.Trouble) error {
	if err == nil {
		return nil
	}
	x.env.Log.Error("an error in the run", "error", err)
	return x.event.HandleError(ctx, err, t)
}

// failed takes down the error of one alert, and stops the supply if it was one
// too many. channels are those that it was for.
func (x *run) failed(ctx context.Context, a *Alert, channels ampel.Labels, err error) error {
	t := ampel.Trouble{Channel: channels}
	if a != nil {
		t.Extra = map[string]any{"alert": a.ID, "stock": a.Stock}
		err = fmt.Errorf("%v: %w", a, err)
	}
	n := x.count.errors.Add(1)
	if err := x.note(ctx, err, t); err != nil {
		return noted{err}
	}
	if limit := int64(x.conf.ErrorMax); limit > 0 && n == limit {
		x.stopped.Store(true)
		return x.tooMany(ctx, limit)
	}
	return nil
}

func (x *run) tooMany(ctx context.Context, limit int64) error {
	err := fmt.Errorf("ampel: t0: %d alerts failed, no more are taken: see the troubles, or raise error_max", limit)
	if err := x.note(ctx, err, ampel.Trouble{}); err != nil {
		return noted{err}
	}
	return nil
}
