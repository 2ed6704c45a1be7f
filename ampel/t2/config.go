package t2

import (
	"errors"
	"fmt"
	"math"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// Worker is the configuration of T2Worker, the processor that runs tickets:
//
//	processor:
//	  unit: T2Worker
//	  config: {backend: process, workers: 4, timeout: 1m}
type Worker struct {
	Name string `config:"process_name"`
	// UnitIDs are the units whose tickets are run. Default: all.
	UnitIDs []string `config:"unit_ids"`
	// CodeMatch are the codes of the tickets that are run. Default: NEW,
	// RERUN_REQUESTED, T2_NEW_PRIO and T2_PENDING_DEPENDENCY.
	CodeMatch Codes `config:"code_match"`
	// DocLimit ends a run after so many tickets. Default 0: no limit.
	DocLimit int `config:"doc_limit"`
	// MaxTry is how often a ticket is tried: after that it gets the code
	// TOO_MANY_TRIALS. Default 5.
	MaxTry int `config:"max_try"`
	// RunDependent is whether tickets that a tied unit needs are run before it, also
	// if they are not among UnitIDs. Default true.
	RunDependent bool `config:"run_dependent_t2s"`
	// MinDocAge leaves tickets alone that were changed in the last so many seconds.
	// Default 0.
	MinDocAge float64 `config:"min_doc_age"`
	// PreCheck looks for tickets first, and takes no run number if there are none: the
	// event is PRE_CHECK_EXIT then. Default true.
	PreCheck bool `config:"pre_check"`
	// BackoffOnRetry is how long a ticket has to wait after a code of its list. Null:
	// not at all.
	BackoffOnRetry *Backoff `config:"backoff_on_retry"`
	// BackoffOnQuery makes a run wait for new tickets when there are none, so long,
	// instead of ending; its codes do not matter. Default null: the run ends.
	BackoffOnQuery *Backoff `config:"backoff_on_query"`
	// JTag and MTag are added to the records in journals, and to the metadata.
	JTag ampel.Labels `config:"jtag"`
	MTag ampel.Labels `config:"mtag"`

	// Backend is where units run: sync, thread, task or process. Default thread. In
	// the other processes of "process" a unit may crash, and costs only its ticket.
	Backend string `config:"backend"`
	// Workers is how many units run at once. Default: the number of processors.
	Workers int `config:"workers"`
	// Timeout bounds the time of one unit for one ticket. Default 0: no bound.
	Timeout time.Duration `config:"timeout"`
	// StaleAfter is how long a worker may show no sign of life before its tickets are
	// given to others. All clocks must agree far better than that. Default 2m.
	StaleAfter time.Duration `config:"stale_after"`

	// RaiseExc makes the first error of a unit end the run, and be returned.
	// Otherwise it costs its ticket. Default false.
	RaiseExc bool `config:"raise_exc"`
	// UpdateEvents is whether the event and troubles are stored. Default true.
	UpdateEvents bool `config:"update_events"`
	// JobSig is stored in the event and in metadata.
	JobSig int64 `config:"job_sig"`
	// LogProfile says what of the log is stored in collection "log": "default", "debug"
	// or "console", which is nothing. Without UpdateEvents nothing is.
	LogProfile ampel.LogProfile `config:"log_profile"`
	// GarbageCollect and Provenance are read and have no effect.
	GarbageCollect bool `config:"garbage_collect"`
	Provenance     bool `config:"provenance"`
}

// SetDefaults sets the defaults.
func (c *Worker) SetDefaults() {
	*c = Worker{
		CodeMatch: Codes{ampel.CodeNew, ampel.CodeRerun, ampel.T2NewPriority, ampel.T2Pending},
		MaxTry:    5, RunDependent: true, PreCheck: true, UpdateEvents: true, Provenance: true, LogProfile: ampel.LogDefault,
		Backend: thread.Backend.String(), Workers: runtime.GOMAXPROCS(0), StaleAfter: 2 * time.Minute,
	}
	b := Backoff{}
	b.SetDefaults()
	c.BackoffOnRetry = &b
}

// CheckConfig finds mistakes.
func (c *Worker) CheckConfig() error {
	for _, name := range c.UnitIDs {
		if _, ok := KindOf(name); !ok {
			return ampel.PathError("unit_ids", fmt.Errorf("%w %q: there are %v", ampel.ErrUnknownUnit, name, Names()))
		}
	}
	if _, err := c.backend(); err != nil {
		return ampel.PathError("backend", err)
	}
	for key, n := range map[string]int{"doc_limit": c.DocLimit, "max_try": c.MaxTry - 1, "workers": c.Workers - 1} {
		if n < 0 {
			return ampel.PathError(key, errors.New("is too small"))
		}
	}
	switch {
	case len(c.CodeMatch) == 0:
		return ampel.PathError("code_match", errors.New("is empty: name one code at least"))
	case slices.Contains(c.CodeMatch, ampel.CodeRunning):
		return ampel.PathError("code_match", errors.New("RUNNING means that somebody is at it: see stale_after"))
	case c.Timeout < 0:
		return ampel.PathError("timeout", errors.New("must not be negative"))
	case c.StaleAfter < 10*time.Millisecond:
		return ampel.PathError("stale_after", errors.New("must be 10ms at least"))
	case c.MinDocAge < 0:
		return ampel.PathError("min_doc_age", errors.New("must not be negative"))
	}
	return nil
}

func (c *Worker) backend() (pl.Backend, error) {
	return pl.FindBackend(c.Backend, pl.Sync, thread.Backend, task.Backend, process.Backend)
}

// Codes are codes by name or number, one or a list.
type Codes []ampel.DocumentCode

// DecodeConfig reads them.
func (c *Codes) DecodeConfig(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	out := make(Codes, len(list))
	for i, e := range list {
		switch e := e.(type) {
		case int64:
			out[i] = ampel.DocumentCode(e)
		case string:
			if out[i], ok = ampel.ParseDocumentCode(e); !ok {
				return fmt.Errorf("%q is no code: write NEW, RERUN_REQUESTED or such, or its number", e)
			}
		default:
			return errors.New("needs codes, by name or number")
		}
	}
	*c = out
	return nil
}

// EncodeConfig returns the codes as DecodeConfig reads them.
func (c Codes) EncodeConfig() any {
	out := make([]any, len(c))
	for i, x := range c {
		out[i] = int64(x)
	}
	return out
}

// Backoff is a delay that grows: Factor times Base to the power of the number of
// tries, in seconds. With Jitter it is any time up to that.
type Backoff struct {
	// Codes are those after which to wait. Default: T2_PENDING_DEPENDENCY,
	// T2_MISSING_DEPENDENCY, T2_UNKNOWN_LINK and T2_MISSING_INFO.
	Codes  Codes   `config:"codes"`
	Base   float64 `config:"base"`   // default 2
	Factor float64 `config:"factor"` // default 1
	Jitter bool    `config:"jitter"` // default true
}

// SetDefaults sets the defaults.
func (b *Backoff) SetDefaults() {
	*b = Backoff{
		Codes: Codes{ampel.T2Pending, ampel.T2NoDependency, ampel.T2NoLink, ampel.T2MissingInfo},
		Base:  2, Factor: 1, Jitter: true,
	}
}

// DecodeConfig reads a map with the keys above.
func (b *Backoff) DecodeConfig(v any) error {
	type plain Backoff // without this method
	b.SetDefaults()
	p := plain(*b)
	if err := ampel.Decode(v, &p); err != nil {
		return err
	}
	if p.Base < 1 || p.Factor < 0 {
		return errors.New("base must be 1 at least, and factor not negative")
	}
	*b = Backoff(p)
	return nil
}

// maxDelay keeps delays where they are times: a year.
const maxDelay = 365 * 24 * 3600

// seconds returns the delay after a number of tries.
func (b *Backoff) seconds(tries int) float64 {
	delay := min(b.Factor*math.Pow(b.Base, float64(tries)), maxDelay)
	if b.Jitter {
		delay *= rand.Float64()
	}
	return delay
}
