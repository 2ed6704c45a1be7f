package t3

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
)

// Runner is a processor that is ready to run. It is that of package ampel.
type Runner = ampel.Runner

// Report tells how a run went. It is that of package ampel.
type Report = ampel.Report

// NewProcessor builds a T3Processor. Mistakes in the configuration, also of its
// units, are found here; the units are built by each run.
func NewProcessor(env *ampel.Env, c Processor) (Runner, error) {
	if c.Name == "" {
		c.Name = env.Process
	}
	if c.Name == "" {
		return nil, ampel.PathError("process_name", errors.New("is missing"))
	}
	if err := c.Check(env.Units); err != nil {
		return nil, err
	}
	return &processor{env: env, conf: c}, nil
}

type processor struct {
	env  *ampel.Env
	conf Processor
}

// Run follows the sequence that Processor describes.
func (p *processor) Run(ctx context.Context) (r Report, err error) {
	event, err := ampel.StartEvent(ctx, p.env.DB, ampel.EventOptions{
		Process: p.conf.Name, Tier: 3, Channel: p.conf.Channel, JobID: p.conf.JobSig,
		RaiseExc: p.conf.RaiseExc, Hidden: !p.conf.UpdateEvents, Now: p.env.Now,
	})
	if err != nil {
		return Report{Code: ampel.EventError}, err
	}
	env := *p.env
	env.Process, env.Run, env.Event, env.Channel = p.conf.Name, event.Run(), event, p.conf.Channel
	env.Log = env.Logger().With("process", p.conf.Name, "run", event.Run())
	stopLog := func() {}
	if p.conf.UpdateEvents {
		env.Log, stopLog = p.conf.LogProfile.Start(event, env.DB, env.Log)
	}
	r.Run = event.Run()
	note := func(err error) error {
		env.Log.Error("an error in the run", "error", err)
		return event.HandleError(ctx, err, TroubleOf(err))
	}
	store := &ampel.T3Store{}
	for _, step := range p.conf.steps {
		if !p.conf.chained {
			store = &ampel.T3Store{}
		}
		if err = p.step(ctx, &env, step, store, note, &r); err != nil {
			break
		}
	}
	event.Set("docs", r.Docs)
	env.Log.Info("done running", "documents", r.Docs)
	stopLog()
	err = errors.Join(err, event.End(ctx))
	r.Code, r.Errors = event.Code(), event.Errors()
	return r, err
}

// step runs one step. It returns the error that ends the run before its time;
// note takes down an error, and returns it if it is such.
func (p *processor) step(ctx context.Context, env *ampel.Env, s step, store *ampel.T3Store, note func(error) error, r *Report) error {
	if err := p.session(ctx, env, s, store); err != nil {
		return note(err)
	}
	buffers, stager, err := s.build(ctx, env, store)
	if err != nil {
		_ = note(err) // it is returned in any case
		return fmt.Errorf("%w: %w", errAbandoned, err)
	}
	var raised error
	known := len(store.Views(ampel.T3Query{}))
	for doc, err := range stager.Stage(ctx, buffers, store) {
		if err == nil {
			err = p.insert(ctx, env, doc)
			if err == nil {
				r.Docs++
				known = p.chain(env.DB, doc, store, known)
			}
		}
		if err != nil {
			raised = errors.Join(raised, note(err))
		}
	}
	if ctx.Err() != nil && raised == nil {
		return note(context.Cause(ctx))
	}
	return raised
}

// chain shows a document to the units of the steps after this one, unless the
// stager has done so. It returns how many are known.
func (p *processor) chain(db *ampel.Database, doc *ampel.T3Document, store *ampel.T3Store, known int) int {
	now := len(store.Views(ampel.T3Query{}))
	if now == known && p.conf.chained && len(p.conf.steps) > 1 {
		config := ampel.Value{}
		if db != nil {
			config, _ = db.Config(doc.ConfID) // saved by the stager, and kept in memory
		}
		store.AddView(ampel.NewT3DocView(doc, config))
		now++
	}
	return now
}

// session asks the session units. They do not see what the others say.
func (p *processor) session(ctx context.Context, env *ampel.Env, s step, store *ampel.T3Store) error {
	all := map[string]any{}
	for _, m := range s.session {
		info, err := ask(ctx, env, m, store)
		if err != nil {
			return err
		}
		for k, v := range info {
			all[k] = v
		}
	}
	return store.AddSessionInfo(all)
}

func ask(ctx context.Context, env *ampel.Env, m ampel.UnitOf[Session], store *ampel.T3Store) (info map[string]any, err error) {
	defer guard("the session unit", ampel.T3ContextError, m.Unit, &err)
	u, _, err := m.Build(env)
	if err != nil {
		return nil, err
	}
	return u.Supply(ctx, store)
}

// insert stores a document at once, so that it stays if something fails later.
func (p *processor) insert(ctx context.Context, env *ampel.Env, doc *ampel.T3Document) error {
	if doc.Meta == nil {
		return &StepError{Code: ampel.T3RunError, Unit: doc.Unit, Err: errors.New("invalid T3 document: it has no meta")}
	}
	if env.DB == nil {
		return nil
	}
	doc.Meta.JobID = p.conf.JobSig
	err := ampel.Finish(ctx, func(ctx context.Context) error {
		_, err := env.DB.Collection(ampel.ColNameT3).InsertOne(ctx, doc)
		return err
	})
	if err != nil {
		return &StepError{Code: ampel.T3RunError, Unit: doc.Unit, Err: fmt.Errorf("the document could not be stored: %w", err)}
	}
	return nil
}
