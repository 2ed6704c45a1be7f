package job

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
)

// PeriodicSummary is the template PeriodicSummaryT3, the way in which most
// processes are written: since it ran last, what has changed in a channel? It
// stands for a T3Processor with T3SessionAlertsNumber, a T3StockSelector of what
// was updated since the last run (T3FilteringStockSelector if there is a filter
// of T2 results), a T3SimpleDataLoader, and a T3ProjectingStager that shows the
// channel only. Without a channel it is a T3SimpleStager.
type PeriodicSummary struct {
	Template   string                         `config:"template,required"`
	Name       string                         `config:"name,required"`
	Version    string                         `config:"version"`
	Active     *bool                          `config:"active"`
	Schedule   Schedules                      `config:"schedule"`
	Channel    ampel.Logic                    `config:"channel"`
	Tag        any                            `config:"tag"`  // as in T3StockSelector
	Load       any                            `config:"load"` // directives of the loader; default stock, t0, t1, t2
	Filter     *summaryFilter                 `config:"filter"`
	Complement ampel.UnitsOf[t3.Complementer] `config:"complement"`
	Run        ampel.UnitsOf[t3.AnyUnit]      `config:"run,required"`
	RaiseExc   bool                           `config:"raise_exc"`
}

type summaryFilter struct {
	T2 any `config:"t2"`
}

// CheckConfig finds mistakes.
func (c *PeriodicSummary) CheckConfig() error {
	switch {
	case c.Template != "PeriodicSummaryT3":
		return ampel.PathError("template", fmt.Errorf("%q: only PeriodicSummaryT3 is known", c.Template))
	case len(c.Run) == 0:
		return ampel.PathError("run", errors.New("is empty: name one unit at least"))
	}
	return nil
}

// process returns what the template stands for.
func (c *PeriodicSummary) process() (Process, error) {
	channel := c.Channel.EncodeConfig()
	selector := map[string]any{"updated": map[string]any{
		"after":  map[string]any{"match_type": "time_last_run", "process_name": c.Name},
		"before": map[string]any{"match_type": "time_delta", "days": int64(0)},
	}}
	loader := map[string]any{"directives": []any{"STOCK", "T0", "T1", "T2"}}
	name := "T3StockSelector"
	set := func(m map[string]any, key string, v any) {
		if v != nil {
			m[key] = v
		}
	}
	set(selector, "channel", channel)
	set(selector, "tag", c.Tag)
	set(loader, "channel", channel)
	set(loader, "directives", c.Load)
	if c.Filter != nil && c.Filter.T2 != nil {
		name = "T3FilteringStockSelector"
		selector["t2_filter"] = c.Filter.T2
	}
	execute := ampel.Encode([]ampel.UnitOf[t3.AnyUnit](c.Run))
	stage := unit("T3SimpleStager", map[string]any{"execute": execute})
	if channel != nil {
		stage = unit("T3ProjectingStager", map[string]any{"directives": []any{map[string]any{
			"project": unit("T3ChannelProjector", map[string]any{"channel": channel}), "execute": execute,
		}}})
	}
	conf := map[string]any{
		"process_name": c.Name,
		"raise_exc":    c.RaiseExc,
		"include":      map[string]any{"session": []any{unit("T3SessionAlertsNumber", nil)}},
		"supply": unit("T3DefaultBufferSupplier", map[string]any{
			"select": unit(name, selector), "load": unit("T3SimpleDataLoader", loader),
			"complement": ampel.Encode([]ampel.UnitOf[t3.Complementer](c.Complement)),
		}),
		"stage": stage,
	}
	if labels := c.Channel.Labels(); len(labels) > 0 {
		list := []any{}
		for _, l := range labels {
			list = append(list, l.Value())
		}
		conf["channel"] = list
	}
	p := Process{Name: c.Name, Version: c.Version, Active: c.Active == nil || *c.Active, Schedule: c.Schedule}
	p.Processor.Unit, p.Processor.Config = "T3Processor", conf
	return p, nil
}

func unit(name string, conf map[string]any) map[string]any {
	m := map[string]any{"unit": name}
	if conf != nil {
		m["config"] = conf
	}
	return m
}
