package selection

import (
	"context"
	"errors"
	"fmt"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel"
)

// TimeRange is a time after one point and before another; both are optional and
// neither is part of it.
type TimeRange struct {
	Before *Moment `config:"before"`
	After  *Moment `config:"after"`
}

// Moment is a point in time, in one of four forms that match_type names:
// time_delta {days: -40, ...}, from now; time_string {dateTimeStr,
// dateTimeFormat}, with a layout of strftime; unix_time {value}; time_last_run
// {process_name, fallback, require_success}.
type Moment struct {
	MatchType string `config:"match_type,required"`
	ampel.TimeDelta
	Text           string          `config:"dateTimeStr"`
	Format         string          `config:"dateTimeFormat"`
	Value          float64         `config:"value"`
	ProcessName    string          `config:"process_name"`
	Fallback       ampel.TimeDelta `config:"fallback"`
	RequireSuccess bool            `config:"require_success"`
}

// DecodeConfig reads a moment. For time_last_run success is required unless
// require_success is false, and without any run it is one day ago.
func (m *Moment) DecodeConfig(v any) error {
	type plain Moment
	p := plain{Fallback: ampel.TimeDelta{Days: -1}, RequireSuccess: true}
	if c, ok := v.(map[string]any); ok && c["fallback"] != nil {
		p.Fallback = ampel.TimeDelta{}
	}
	if err := ampel.Decode(v, &p); err != nil {
		return err
	}
	*m = Moment(p)
	return m.check()
}

func (m *Moment) check() error {
	switch m.MatchType {
	case "time_delta", "unix_time":
		return nil
	case "time_string":
		f, err := ampel.FormatTime(m.Format)
		if err != nil {
			return ampel.PathError("dateTimeFormat", err)
		}
		if _, err := f.Parse(m.Text); err != nil {
			return ampel.PathError("dateTimeStr", err)
		}
		return nil
	case "time_last_run":
		if m.ProcessName == "" {
			return ampel.PathError("process_name", errors.New("is missing"))
		}
		return nil
	}
	return ampel.PathError("match_type", fmt.Errorf("%q: there are time_delta, time_string, unix_time and time_last_run", m.MatchType))
}

// unix returns the moment in seconds.
func (m *Moment) unix(ctx context.Context, env *ampel.Env) (float64, error) {
	switch m.MatchType {
	case "unix_time":
		return m.Value, nil
	case "time_string":
		f, err := ampel.FormatTime(m.Format)
		if err != nil {
			return 0, err
		}
		t, err := f.Parse(m.Text)
		return float64(ampel.At(t)), err
	case "time_last_run":
		return m.lastRun(ctx, env)
	}
	return float64(ampel.At(env.Time().Add(m.Duration()))), nil
}

// lastRun looks at the last ten days first, which are quickly found.
func (m *Moment) lastRun(ctx context.Context, env *ampel.Env) (float64, error) {
	for _, since := range []time.Time{env.Time().Add(-240 * time.Hour), {}} {
		t, ok, err := env.DB.LastRun(ctx, m.ProcessName, since, m.RequireSuccess)
		if err != nil {
			return 0, err
		}
		if ok {
			return float64(t.Unix()), nil
		}
	}
	env.Logger().Warn("there was no run yet, the fallback is used", "of", m.ProcessName)
	return float64(ampel.At(env.Time().Add(m.Fallback.Duration()))), nil
}

// bounds returns the range as operators of a filter, nil if there are none.
func (r *TimeRange) bounds(ctx context.Context, env *ampel.Env) (bson.D, error) {
	if r == nil {
		return nil, nil
	}
	var out bson.D
	for _, b := range []struct {
		op string
		m  *Moment
	}{{"$lt", r.Before}, {"$gt", r.After}} {
		if b.m == nil {
			continue
		}
		t, err := b.m.unix(ctx, env)
		if err != nil {
			return nil, err
		}
		out = append(out, bson.E{Key: b.op, Value: t})
	}
	return out, nil
}
