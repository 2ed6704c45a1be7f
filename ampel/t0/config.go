package t0

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t1"
	"github.com/penstock/penstock/ampel/t2"
)

// Consumer is the configuration of an AlertConsumer:
//
//	supplier: {unit: ..., config: {...}}
//	shaper: ZTFShaper
//	directives:
//	- channel: BRIGHT
//	  filter: {unit: DecentFilter, config: {min_rb: 0.5, min_ndet: 3}, on_stock_match: bypass}
//	  ingest:
//	    stock_t2: [...]
//	    mux:
//	      unit: ZTFMuxer
//	      combine:
//	      - unit: T1SimpleCombiner
//	        state_t2: [{unit: ..., config: {...}}]
type Consumer struct {
	Name string `config:"process_name"`
	// Supplier is where the alerts come from.
	Supplier ampel.UnitOf[AlertSupplier] `config:"supplier,required"`
	// Shaper makes datapoints of them.
	Shaper ampel.UnitOf[Shaper] `config:"shaper,required"`
	// Directives say what each channel wants. At least one.
	Directives []Directive `config:"directives,required"`
	// IterMax is how many alerts a run takes from the supplier, those that are
	// known already included. Default 50000; 0 for no limit.
	IterMax int `config:"iter_max"`
	// ErrorMax ends the run at so many errors of alerts. Default 20; 0 for no limit.
	ErrorMax int `config:"error_max"`
	// Compiler is about the documents.
	Compiler Compiler `config:"compiler_opts"`
	// Ingester is about how they are written.
	Ingester Ingester `config:"ingester"`
	// IncludeExtra are the keys of the extra content of alerts that go into the
	// journal.
	IncludeExtra []string `config:"include_alert_extra_with_keys"`
	// Workers is how many alerts are filtered and shaped at the same time. Default:
	// one per processor.
	Workers int `config:"workers"`
	// RaiseExc makes the first error end the run and be returned; otherwise errors
	// are stored as troubles. Default false.
	RaiseExc bool `config:"raise_exc"`
	// UpdateEvents is whether the event and troubles are stored. Default true.
	UpdateEvents bool `config:"update_events"`
	// JobSig is stored in the event.
	JobSig int64 `config:"job_sig"`
}

// SetDefaults sets the defaults.
func (c *Consumer) SetDefaults() {
	c.IterMax, c.ErrorMax, c.UpdateEvents = 50_000, 20, true
	c.Compiler.T1.Linker = t1.NewLinker()
	c.Ingester = Ingester{Ops: 500, Wait: 3 * time.Second}
}

// CheckConfig finds mistakes.
func (c *Consumer) CheckConfig() error {
	switch {
	case len(c.Directives) == 0:
		return ampel.PathError("directives", errors.New("need at least 1 directive"))
	case c.IterMax < 0:
		return ampel.PathError("iter_max", errors.New("is below zero"))
	case c.ErrorMax < 0:
		return ampel.PathError("error_max", errors.New("is below zero"))
	case c.Workers < 0:
		return ampel.PathError("workers", errors.New("is below zero"))
	}
	seen := map[ampel.ChannelID]int{}
	for i, d := range c.Directives {
		if j, twice := seen[d.Channel]; twice {
			return ampel.PathError(fmt.Sprintf("directives[%d].channel", i), fmt.Errorf("%v has directive %d already: put both into one", d.Channel, j))
		}
		seen[d.Channel] = i
	}
	return nil
}

// Ingester says how documents are written.
type Ingester struct {
	// Ops is how many writes to one collection make a bulk. Default 500. A bulk
	// is longer by those of its last alert.
	Ops int `config:"ops"`
	// Wait is how long an alert waits for others at most. Default 3 s.
	Wait time.Duration `config:"wait"`
}

// CheckConfig finds mistakes.
func (c *Ingester) CheckConfig() error {
	if c.Ops < 1 {
		return ampel.PathError("ops", errors.New("must be at least 1"))
	}
	if c.Wait <= 0 {
		return ampel.PathError("wait", errors.New("must be positive"))
	}
	return nil
}

// Compiler says what else goes into documents.
type Compiler struct {
	Stock struct {
		Tag ampel.Labels `config:"tag"`
	} `config:"stock"`
	T0 struct {
		Tag ampel.Labels `config:"tag"`
	} `config:"t0"`
	T1 struct {
		Tag ampel.Labels `config:"tag"`
		t1.Linker
	} `config:"t1"`
	T2 struct {
		Tag ampel.Labels `config:"tag"`
	} `config:"t2"`
}

// Directive is what one channel wants.
type Directive struct {
	Channel ampel.ChannelID `config:"channel,required"`
	Filter  *Filter         `config:"filter"` // nil: every alert is accepted
	Ingest  Ingest          `config:"ingest"`
}

// CheckConfig finds mistakes.
func (d *Directive) CheckConfig() error {
	if s := d.Channel.String(); s == "" || s == "any" || strings.ContainsAny(s, ".$\x00") {
		return ampel.PathError("channel", fmt.Errorf("%q: a channel has a name, without dots and dollar signs, other than any", s))
	}
	return nil
}

// Match is what it means for a filter that the stock of the alert is in the
// channel already.
type Match string

// Matches.
const (
	NoMatch        Match = ""                // nothing
	Bypass         Match = "bypass"          // the alert is accepted, for all groups, whatever the filter says
	Overrule       Match = "overrule"        // a rejection becomes an acceptance, and is counted
	SilentOverrule Match = "silent_overrule" // and is not counted
)

// Filter is the filter of a channel.
type Filter struct {
	ampel.UnitModel
	OnStockMatch Match     `config:"on_stock_match"`
	Reject       Rejection `config:"reject"`
}

// Rejection says what is done about rejections, which are counted in any case.
type Rejection struct {
	// Log writes a line into the log for each. Default false.
	Log bool `config:"log"`
}

// CheckConfig finds mistakes.
func (f *Filter) CheckConfig() error {
	switch f.OnStockMatch {
	case NoMatch, Bypass, Overrule, SilentOverrule:
		return nil
	}
	return ampel.PathError("on_stock_match", fmt.Errorf("%q: there are bypass, overrule and silent_overrule", f.OnStockMatch))
}

// Ingest says what documents are made of an accepted alert, or, with new and
// known, of one whose stock is new to the channel, and of one whose stock is in it.
type Ingest struct {
	StockT2 []T2Unit `config:"stock_t2"`
	// PointT2 are tickets for the datapoints of the alert.
	PointT2 []T2Unit  `config:"point_t2"`
	Combine []Combine `config:"combine"` // of the datapoints of the alert
	Mux     *Mux      `config:"mux"`
	New     *Ingest   `config:"new"`
	Known   *Ingest   `config:"known"`
}

// CheckConfig finds mistakes.
func (g *Ingest) CheckConfig() error {
	plain := len(g.StockT2)+len(g.PointT2)+len(g.Combine) > 0 || g.Mux != nil
	if (g.New != nil || g.Known != nil) && plain {
		return errors.New("new and known take the place of stock_t2, point_t2, combine and mux: write these inside of them")
	}
	for key, inner := range map[string]*Ingest{"new": g.New, "known": g.Known} {
		if inner != nil && (inner.New != nil || inner.Known != nil) {
			return ampel.PathError(key, errors.New("has new or known inside of it again"))
		}
	}
	return nil
}

// Mux puts a muxer between datapoints and what is stored and combined.
type Mux struct {
	ampel.UnitModel
	Insert  MuxInsert `config:"insert"`
	Combine []Combine `config:"combine"` // of what the muxer wants combined
}

// MuxInsert is about the points that a muxer wants stored.
type MuxInsert struct {
	PointT2 []T2Unit `config:"point_t2"`
}

// Combine makes states.
type Combine struct {
	ampel.UnitModel
	Group   Groups                 `config:"group"`
	Compute *ampel.UnitOf[t1.Unit] `config:"compute"` // nil: the states have no unit
	StateT2 []T2Unit               `config:"state_t2"`
	PointT2 []T2Unit               `config:"point_t2"` // for the points that go into states
}

// T2Unit is what tickets ask for.
type T2Unit struct {
	ampel.UnitModel
	Group Groups `config:"group"`
	// Ingest picks some of the datapoints, for tickets on points. Default: all.
	Ingest t2.LinkOverride `config:"ingest"`
}

// Groups are those groups of a filter that something is for: a number or a list.
// Without any it is for all.
type Groups []int64

// DecodeConfig reads one number or a list.
func (g *Groups) DecodeConfig(v any) error {
	list, ok := v.([]any)
	if !ok {
		list = []any{v}
	}
	var out []int64
	if err := ampel.Decode(list, &out); err != nil {
		return err
	}
	for _, n := range out {
		if n < 1 {
			return fmt.Errorf("%d: a group is a number above zero", n)
		}
	}
	*g = out
	return nil
}

// wants tells whether a verdict is for one of the groups.
func (g Groups) wants(v Verdict) bool {
	n, named := v.Group()
	if len(g) == 0 || !named {
		return true
	}
	for _, x := range g {
		if x == n {
			return true
		}
	}
	return false
}
