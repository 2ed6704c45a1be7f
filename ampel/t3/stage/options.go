package stage

import (
	"errors"
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// Options are common to all stagers but T3ChannelStager.
type Options struct {
	Common
	// Channel is stored in documents. Default: that of the process.
	Channel ampel.Labels `config:"channel"`
}

// Common are options of all stagers.
type Common struct {
	// ChunkSize is how many buffers are in memory at a time, and how far one unit
	// may run ahead of another. Default 1000; 0: no limit.
	ChunkSize int `config:"chunk_size"`
	// ParanoiaLevel above 0 makes a view of its own for every unit. Default 0:
	// units share views, which cannot change.
	ParanoiaLevel int `config:"paranoia_level"`
	// UpdateJournal is whether anything is written to stock documents: journal
	// records, tags and names. Default true.
	UpdateJournal bool `config:"update_journal"`
	// ExtraJournalTag is added to every journal record.
	ExtraJournalTag ampel.Labels `config:"extra_journal_tag"`
	// Propagate is whether later units see the results of earlier ones, which
	// only happens in T3SequentialStager. Default true.
	Propagate bool `config:"propagate"`
	// SaveStockIDs stores in documents which stocks the unit was given, and makes
	// a document even if the unit returned nothing. Default false.
	SaveStockIDs bool `config:"save_stock_ids"`
	// Tag is stored in documents.
	Tag ampel.Labels `config:"tag"`
	// ResolveConfig stores the configuration of the unit in documents.
	ResolveConfig bool `config:"resolve_config"`
	// HumanID makes the _id of documents a text of these parts: process,
	// taskindex, unit, tag, config, run.
	HumanID []string `config:"human_id"`
	// HumanTimestamp stores the time as a text, in HumanTimestampFormat: a layout
	// of strftime. Default "%Y-%m-%d %H:%M:%S.%f".
	HumanTimestamp       bool   `config:"human_timestamp"`
	HumanTimestampFormat string `config:"human_timestamp_format"`
}

func defaults() Options { return Options{Common: commonDefaults()} }

func commonDefaults() Common {
	return Common{ChunkSize: 1000, UpdateJournal: true, Propagate: true, HumanTimestampFormat: "%Y-%m-%d %H:%M:%S.%f"}
}

var humanParts = []string{"process", "taskindex", "unit", "tag", "config", "run"}

func (o Common) check() error {
	if o.ChunkSize < 0 {
		return ampel.PathError("chunk_size", fmt.Errorf("%d is negative: 0 means no limit", o.ChunkSize))
	}
	for _, p := range o.HumanID {
		if !slices.Contains(humanParts, p) {
			return ampel.PathError("human_id", fmt.Errorf("%q: there are %v", p, humanParts))
		}
	}
	if _, err := ampel.FormatTime(o.HumanTimestampFormat); err != nil {
		return ampel.PathError("human_timestamp_format", err)
	}
	return nil
}

// base is what every stager has.
type base struct {
	env     *ampel.Env
	opts    Options
	updates *t3.Updates // nil if the journal is not updated
}

func newBase(env *ampel.Env, o Options) base {
	b := base{env: env, opts: o}
	if len(b.opts.Channel) == 0 {
		b.opts.Channel = env.Channel
	}
	if o.UpdateJournal {
		b.updates = &t3.Updates{}
	}
	return b
}

func errNoUnits(units ampel.UnitsOf[t3.AnyUnit]) error {
	if len(units) == 0 {
		return ampel.PathError("execute", errors.New("is empty: name one unit at least"))
	}
	return nil
}
