package stage

import (
	"context"
	"errors"
	"iter"
	"sync"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/thread"
)

// errLeft ends the input of units that want no more.
var errLeft = errors.New("no unit wants more")

// together runs the units of all blocks over one stream, which is a stage that
// they share: a chunk goes to every block, and the next one is loaded when
// every unit is done with it.
func (b *base) together(ctx context.Context, buffers t3.Buffers, blocks []*block, store *ampel.T3Store) ([]outcome, error) {
	g := newGate()
	source := pl.Generate(func(ctx context.Context, emit func([]*ampel.AmpelBuffer) bool) error {
		err := chunks(buffers, b.opts.ChunkSize, func(chunk []*ampel.AmpelBuffer) error {
			if !g.open() || !emit(chunk) {
				return errLeft
			}
			return g.wait(ctx)
		})
		if err == errLeft {
			return nil
		}
		return err
	})
	var works []pl.Stage[outcome]
	for _, k := range blocks {
		works = append(works, b.works(source, k, g, store)...)
	}
	return pl.Merge(works...).Collect(ctx)
}

// works are the stages of the units of one block. Units that want the same kind
// of view share the stage that makes them, unless paranoia says otherwise.
func (b *base) works(source pl.Stage[[]*ampel.AmpelBuffer], k *block, g *gate, store *ampel.T3Store) []pl.Stage[outcome] {
	prepared := source
	if !k.plain() {
		prepared = pl.Map(pl.Sync, pl.Fn(k.prepare), pl.MaxSize(1), pl.Name("prepare"))(source)
	}
	kinds := map[*t3.ViewKind]pl.Stage[batch]{}
	var out []pl.Stage[outcome]
	for _, m := range k.members {
		kind := m.unit.Kind()
		views, made := kinds[kind]
		if !made || b.opts.ParanoiaLevel > 0 {
			views = pl.Map(pl.Sync, pl.Fn(b.views(kind)), pl.MaxSize(1), pl.Name("views of "+kind.String()))(prepared)
			kinds[kind] = views
		}
		m.gate, m.place = g, g.join()
		out = append(out, pl.Work(thread.Backend, b.member(m, m.place, store), pl.MaxSize(1), pl.Name("unit "+m.name))(views))
	}
	return out
}

// member returns the worker of a member.
func (b *base) member(m *member, order int, store *ampel.T3Store) func(context.Context, iter.Seq[batch], func(outcome) bool) error {
	return func(ctx context.Context, in iter.Seq[batch], emit func(outcome) bool) error {
		defer m.gate.leave(m.place)
		var rest drain[batch]
		defer rest.wait()
		o := b.run(ctx, m, func(yield func(ampel.StockID, any) bool) {
			for c := range in {
				for i, v := range c.views {
					if !yield(c.ids[i], v) {
						m.gate.leave(m.place)
						rest.start(in)
						return
					}
				}
				m.gate.ack(m.place)
			}
		}, store)
		o.order = order
		if ctx.Err() == nil {
			emit(o)
		}
		return nil
	}
}

// drain takes what a unit that left its loop does not want, so that the others
// need not wait for it while it goes on with something else.
type drain[T any] struct{ wg sync.WaitGroup }

func (d *drain[T]) start(in iter.Seq[T]) {
	d.wg.Go(func() {
		for range in {
		}
	})
}

func (d *drain[T]) wait() { d.wg.Wait() }
