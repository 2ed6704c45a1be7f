package t3

import (
	"context"
	"errors"
	"fmt"
	"maps"

	"github.com/penstock/penstock/ampel"
)

// Processor is the configuration of T3Processor. A run goes like this: session
// units say what is known beforehand, a supplier yields buffers, and a stager
// gives them to units and makes documents of their results. It is written in one
// of three ways:
//
//	include: {session: [...]}            the steps of a run are named as they are
//	supply: {unit: T3DefaultBufferSupplier, config: {select, load, complement}}
//	stage: {unit: T3SimpleStager, config: {execute: [...]}}
//
//	include: {session: [...]}            several such steps; units of later ones
//	execute:                             see the results of earlier ones
//	- unit: T3ReviewUnitExecutor
//	  config: {supply: ..., stage: ...}
//
//	directives:                          the older five steps; each directive is
//	- context: [...]                     a run of its own
//	  select: ...
//	  load: ...
//	  complement: [...]
//	  run: {unit: T3UnitRunner, config: ...}
type Processor struct {
	common
	steps   []step
	chained bool // the steps share one store
}

// common are the keys of all three ways.
type common struct {
	Name    string       `config:"process_name"`
	Channel ampel.Labels `config:"channel"` // of the stager, unless it names one
	// RaiseExc makes errors end the run and be returned; otherwise they are
	// stored as troubles. Default false.
	RaiseExc bool `config:"raise_exc"`
	// UpdateEvents is whether the event and troubles are stored. Default true.
	UpdateEvents bool `config:"update_events"`
	// JobSig is stored in the event and in documents.
	JobSig int64 `config:"job_sig"`
	// LogProfile says what of the log is stored in collection "log": "default",
	// lines from INFO on; "debug", those of DEBUG too; "console", none. Where else
	// the log goes is up to the program. Nothing is stored without UpdateEvents.
	LogProfile ampel.LogProfile `config:"log_profile"`
	// Provenance is read and has no effect.
	Provenance bool `config:"provenance"`
}

type include struct {
	Session ampel.UnitsOf[Session] `config:"session"`
	Docs    any                    `config:"docs"`
}

// CheckConfig refuses documents of earlier runs.
func (c *include) CheckConfig() error {
	if c.Docs != nil {
		return ampel.PathError("docs", errors.New("T3 documents of earlier runs cannot be included: leave it out, or let a unit read them"))
	}
	return nil
}

// modern is the way of supply and stage.
type modern struct {
	common
	Include include                 `config:"include"`
	Supply  *ampel.UnitOf[Supplier] `config:"supply"`
	Stage   ampel.UnitOf[Stager]    `config:"stage,required"`
}

// chain is the way of execute.
type chain struct {
	common
	Include include `config:"include"`
	Execute []struct {
		Unit   string `config:"unit,required"`
		Config struct {
			Supply *ampel.UnitOf[Supplier] `config:"supply"`
			Stage  ampel.UnitOf[Stager]    `config:"stage,required"`
		} `config:"config,required"`
	} `config:"execute,required"`
}

// fiveSteps is the way of directives.
type fiveSteps struct {
	common
	ChunkSize       int            `config:"chunk_size"`
	UpdateJournal   bool           `config:"update_journal"`
	ExtraJournalTag ampel.Labels   `config:"extra_journal_tag"`
	Directives      []fiveStepPart `config:"directives,required"`
}

type fiveStepPart struct {
	Context    ampel.UnitsOf[Session]      `config:"context"`
	Select     *ampel.UnitOf[Selector]     `config:"select"`
	Load       *ampel.UnitOf[Loader]       `config:"load"`
	Complement ampel.UnitsOf[Complementer] `config:"complement"`
	Run        ampel.UnitOf[Stager]        `config:"run,required"`
}

// DecodeConfig reads one of the three ways.
func (c *Processor) DecodeConfig(v any) error {
	m, ok := v.(map[string]any)
	if !ok {
		return errors.New("needs a map")
	}
	base := common{UpdateEvents: true, Provenance: true, LogProfile: ampel.LogDefault}
	switch {
	case m["directives"] != nil:
		return c.decodeFive(m, base)
	case m["execute"] != nil:
		x := chain{common: base}
		if err := ampel.Decode(v, &x); err != nil {
			return err
		}
		*c = Processor{common: x.common, chained: true}
		for i, e := range x.Execute {
			at := fmt.Sprintf("execute[%d]", i)
			if e.Unit != "T3ReviewUnitExecutor" {
				return ampel.PathError(at+".unit", fmt.Errorf("%q: only T3ReviewUnitExecutor is known here", e.Unit))
			}
			s := step{at: at + ".config", supply: e.Config.Supply, stage: e.Config.Stage}
			if i == 0 {
				s.session, s.sessionAt = x.Include.Session, "include.session"
			}
			c.steps = append(c.steps, s)
		}
		return nil
	}
	x := modern{common: base}
	if err := ampel.Decode(v, &x); err != nil {
		return err
	}
	*c = Processor{common: x.common, chained: true, steps: []step{{
		session: x.Include.Session, sessionAt: "include.session", supply: x.Supply, stage: x.Stage,
	}}}
	return nil
}

// Check finds mistakes in the units of all steps, without building any.
func (c Processor) Check(r *ampel.Registry) error {
	for _, s := range c.steps {
		if err := s.check(r); err != nil {
			return err
		}
	}
	return nil
}

func (c *Processor) decodeFive(m map[string]any, base common) error {
	x := fiveSteps{common: base, ChunkSize: 200, UpdateJournal: true}
	if err := ampel.Decode(m, &x); err != nil {
		return err
	}
	*c = Processor{common: x.common}
	for i, d := range x.Directives {
		at := fmt.Sprintf("directives[%d]", i)
		s := step{at: at, session: d.Context, sessionAt: at + ".context", stage: d.Run, stageAt: "run"}
		inherit := map[string]any{"chunk_size": int64(x.ChunkSize)}
		if m["update_journal"] != nil {
			inherit["update_journal"] = x.UpdateJournal
		}
		if len(x.ExtraJournalTag) > 0 {
			inherit["extra_journal_tag"] = m["extra_journal_tag"]
		}
		maps.Copy(inherit, d.Run.Config)
		s.stage.Config = inherit
		if d.Select == nil && (d.Load != nil || len(d.Complement) > 0) {
			return ampel.PathError(at+".select", errors.New("is missing: without it nothing is loaded"))
		}
		if d.Select != nil {
			s.parts, s.supply = &d, d.supply(x.ChunkSize)
		}
		c.steps = append(c.steps, s)
	}
	return nil
}

// supply makes a supplier of the steps select, load and complement.
func (d fiveStepPart) supply(chunk int) *ampel.UnitOf[Supplier] {
	conf := ampel.Config{"select": d.Select.EncodeConfig(), "chunk_size": int64(chunk), "load": "T3SimpleDataLoader"}
	if d.Load != nil {
		conf["load"] = d.Load.EncodeConfig()
	}
	complement := []any{}
	for _, m := range d.Complement {
		complement = append(complement, m.EncodeConfig())
	}
	conf["complement"] = complement
	return &ampel.UnitOf[Supplier]{UnitModel: ampel.UnitModel{Unit: "T3DefaultBufferSupplier", Config: conf}}
}

// step is one step of a run.
type step struct {
	at        string // where it stands in the configuration
	session   ampel.UnitsOf[Session]
	sessionAt string
	supply    *ampel.UnitOf[Supplier] // nil: no stock at all
	stage     ampel.UnitOf[Stager]
	stageAt   string        // "stage" if empty
	parts     *fiveStepPart // what supply was made of, if anything
}

func (s step) path(name string) string {
	if s.at == "" {
		return name
	}
	return s.at + "." + name
}

func (s step) stagePath() string {
	if s.stageAt != "" {
		return s.path(s.stageAt)
	}
	return s.path("stage")
}

// check finds mistakes before anything is built.
func (s step) check(r *ampel.Registry) error {
	for i, u := range s.session {
		if err := u.Check(r); err != nil {
			return ampel.PathError(fmt.Sprintf("%s[%d]", s.sessionAt, i), err)
		}
	}
	if p := s.parts; p != nil {
		if err := p.Select.Check(r); err != nil {
			return ampel.PathError(s.path("select"), err)
		}
		if p.Load != nil {
			if err := p.Load.Check(r); err != nil {
				return ampel.PathError(s.path("load"), err)
			}
		}
		for i, u := range p.Complement {
			if err := u.Check(r); err != nil {
				return ampel.PathError(fmt.Sprintf("%s[%d]", s.path("complement"), i), err)
			}
		}
	}
	if s.supply != nil {
		if err := s.supply.Check(r); err != nil {
			return ampel.PathError(s.path("supply"), err)
		}
	}
	return ampel.PathError(s.stagePath(), s.stage.Check(r))
}

// build builds the supplier and the stager.
func (s step) build(ctx context.Context, env *ampel.Env, store *ampel.T3Store) (Buffers, Stager, error) {
	buffers := Buffers(func(func(*ampel.AmpelBuffer, error) bool) {})
	if s.supply != nil {
		supplier, _, err := s.supply.Build(env)
		if err != nil {
			return nil, nil, &StepError{Code: ampel.T3LoadError, Unit: s.supply.Unit, Err: ampel.PathError(s.path("supply"), err)}
		}
		buffers = supplier.Supply(ctx, store)
	}
	stager, _, err := s.stage.Build(env)
	if err != nil {
		return nil, nil, &StepError{Code: ampel.T3RunError, Unit: s.stage.Unit, Err: ampel.PathError(s.stagePath(), err)}
	}
	return buffers, stager, nil
}

// errAbandoned: a constructor failed, so that there was nothing to run.
var errAbandoned = errors.New("ampel: t3: the run was abandoned, because a part of it could not be built")
