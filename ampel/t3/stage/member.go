package stage

import (
	"context"
	"fmt"
	"iter"
	"log/slog"
	"time"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// member is one instance of a unit in one run.
type member struct {
	name    string
	unit    t3.AnyUnit
	config  ampel.Config           // with all defaults
	channel ampel.Labels           // for documents
	gate    *gate                  // nil: nobody to keep in step with
	place   int                    // in the gate
	given   func() []ampel.StockID // which ids to save, instead of those taken; may be nil
}

// outcome is what became of a member.
type outcome struct {
	order  int
	member *member
	result any
	given  func() []ampel.StockID
	err    error
	took   time.Duration
	// session is that of the run when the unit ended.
	session ampel.Value
}

// build makes a member of a unit model.
func (b *base) build(u ampel.UnitOf[t3.AnyUnit], channel ampel.Labels) (*member, error) {
	env := *b.env
	env.Channel = channel
	env.Log = env.Logger().With("unit", u.Unit)
	if len(channel) > 0 {
		env.Log = env.Log.With("channel", channel[0].String())
	}
	unit, config, err := u.Build(&env)
	if err != nil {
		return nil, err
	}
	return &member{name: u.Unit, unit: unit, config: config, channel: channel}, nil
}

func (b *base) buildAll(units ampel.UnitsOf[t3.AnyUnit], channel ampel.Labels) ([]*member, error) {
	var out []*member
	for i, u := range units {
		m, err := b.build(u, channel)
		if err != nil {
			return nil, ampel.PathError(fmt.Sprintf("execute[%d]", i), err)
		}
		out = append(out, m)
	}
	return out, nil
}

// journal returns where a member's records go.
func (b *base) journal(m *member) *t3.Journal {
	return &t3.Journal{Updates: b.updates, Process: b.env.Process, Run: b.env.Run, Unit: m.name, Tag: b.opts.ExtraJournalTag, Now: b.env.Time}
}

// run runs the unit of a member over views.
func (b *base) run(ctx context.Context, m *member, views iter.Seq2[ampel.StockID, any], store *ampel.T3Store) outcome {
	log := b.env.Logger().With("unit", m.name)
	log.LogAttrs(ctx, slog.LevelDebug, "running T3 unit")
	start := b.env.Time()
	result, given, err := t3.Run(ctx, m.unit, views, b.journal(m), store)
	o := outcome{member: m, result: result, given: given.IDs, err: err, took: b.env.Time().Sub(start), session: store.SessionInfo()}
	if err != nil {
		o.err = &t3.StepError{Code: ampel.T3RunError, Unit: m.name, Err: err}
		log.LogAttrs(ctx, slog.LevelError, "T3 unit failed", errAttr(err))
	}
	if m.given != nil {
		o.given = m.given
	}
	return o
}

// finish makes the document of an outcome and notes what its journal asks for.
func (b *base) finish(ctx context.Context, o outcome) (*ampel.T3Document, error) {
	if o.err != nil {
		return nil, o.err
	}
	doc, err := b.craft(ctx, o)
	if err != nil {
		return nil, &t3.StepError{Code: ampel.T3RunError, Unit: o.member.name, Err: err}
	}
	return doc, nil
}

// flush writes what units sent. Failing to is an error of the run, or trouble.
func (b *base) flush(ctx context.Context) error {
	if b.updates == nil {
		return nil
	}
	n := b.updates.Len()
	err := b.updates.Flush(ctx, b.env.DB)
	if err == nil {
		return nil
	}
	return &t3.StepError{Code: ampel.T3RunError, Err: fmt.Errorf("the journal could not be written (%d records): %w", n, err)}
}

// yielder hands documents and errors to the loop over a stager.
type yielder func(*ampel.T3Document, error) bool

// finishAll yields the documents of outcomes in order, and then every error.
func (b *base) finishAll(ctx context.Context, outcomes []outcome, failed error, yield yielder) {
	var errs []error
	var docs []*ampel.T3Document
	for _, o := range outcomes {
		doc, err := b.finish(ctx, o)
		if err != nil {
			errs = append(errs, err)
		}
		if doc != nil {
			docs = append(docs, doc)
		}
	}
	if failed != nil && ctx.Err() == nil {
		failed = runError("stager", failed)
	}
	if failed != nil {
		errs = append(errs, failed)
	}
	if err := b.flush(ctx); err != nil {
		errs = append(errs, err)
	}
	for _, d := range docs {
		if !yield(d, nil) {
			return
		}
	}
	for _, err := range errs {
		if !yield(nil, err) {
			return
		}
	}
}
