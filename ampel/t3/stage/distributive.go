package stage

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

// Distributive is the configuration of T3DistributiveStager: nthread instances
// of one unit share the stocks. Instance i of n sees stocks i, i+n, i+2n and so
// on, always, whatever the others do.
type Distributive struct {
	Options
	Execute  ampel.UnitOf[t3.AnyUnit] `config:"execute,required"`
	NThread  int                      `config:"nthread"`   // default 4
	LogExtra bool                     `config:"log_extra"` // tells the instance in the log of the stager
}

// SetDefaults sets the defaults.
func (c *Distributive) SetDefaults() { c.Options, c.NThread = defaults(), 4 }

// CheckConfig finds mistakes.
func (c *Distributive) CheckConfig() error {
	if c.NThread < 1 || c.NThread > 10_000 {
		return ampel.PathError("nthread", fmt.Errorf("%d is not between 1 and 10000", c.NThread))
	}
	return c.check()
}

// NewDistributive builds a T3DistributiveStager and the instances of its unit.
func NewDistributive(env *ampel.Env, c Distributive) (t3.Stager, error) {
	s := &distributive{base: newBase(env, c.Options), logExtra: c.LogExtra}
	for range c.NThread {
		m, err := s.build(c.Execute, s.opts.Channel)
		if err != nil {
			return nil, ampel.PathError("execute", err)
		}
		s.members = append(s.members, m)
	}
	return s, nil
}

type distributive struct {
	base
	members  []*member
	logExtra bool
}

func (s *distributive) Stage(ctx context.Context, buffers t3.Buffers, store *ampel.T3Store) iter.Seq2[*ampel.T3Document, error] {
	return func(yield func(*ampel.T3Document, error) bool) {
		n := len(s.members)
		opts := []pl.Option{pl.Workers(n), pl.RoundRobin(), pl.Name("instances of " + s.members[0].name)}
		if s.opts.ChunkSize > 0 { // all queues together hold one chunk
			opts = append(opts, pl.MaxSize(max(1, s.opts.ChunkSize/n)))
		}
		var live atomic.Int64 // instances that still want stocks
		live.Store(int64(n))
		work := pl.Work(thread.Backend, s.instance(store, &live), opts...)
		outcomes, err := work(pl.FromSeq2(while(&live, buffers))).Collect(ctx)
		slices.SortFunc(outcomes, func(a, b outcome) int { return a.order - b.order })
		s.finishAll(ctx, outcomes, err, yield)
	}
}

// while ends buffers when nobody wants them any more.
func while(live *atomic.Int64, buffers t3.Buffers) t3.Buffers {
	return func(yield func(*ampel.AmpelBuffer, error) bool) {
		for x, err := range buffers {
			if !yield(x, err) || live.Load() == 0 {
				return
			}
		}
	}
}

// instance is what each worker runs.
func (s *distributive) instance(store *ampel.T3Store, live *atomic.Int64) func(context.Context, iter.Seq[*ampel.AmpelBuffer], func(outcome) bool) error {
	configs := s.env.Configs()
	return func(ctx context.Context, in iter.Seq[*ampel.AmpelBuffer], emit func(outcome) bool) error {
		info, _ := pl.FromContext(ctx)
		m := s.members[info.Worker.Index]
		leave := sync.OnceFunc(func() { live.Add(-1) })
		defer leave()
		var failed error
		var rest drain[*ampel.AmpelBuffer]
		defer rest.wait()
		o := s.run(ctx, m, func(yield func(ampel.StockID, any) bool) {
			for x := range in {
				v, err := m.unit.Kind().Make(x, configs)
				if err != nil {
					failed = runError("view of stock "+x.ID.String(), err)
				}
				if failed != nil || !yield(x.ID, v) {
					leave()
					rest.start(in)
					return
				}
			}
		}, store)
		if failed != nil {
			return failed
		}
		o.order = info.Worker.Index
		if s.logExtra {
			s.env.Logger().Info("T3 unit has ended", "unit", m.name, "thread", o.order, "stocks", len(o.given()))
		}
		if ctx.Err() == nil {
			emit(o)
		}
		return nil
	}
}
