package t3

import (
	"context"
	"errors"
	"time"

	"github.com/penstock/penstock/ampel"
)

// LastRunTime is the configuration of T3SessionLastRunTime, once called
// T3AddLastRunTime: it adds last_run to the session, when the last run of this
// process began that ended well, in unix seconds.
type LastRunTime struct {
	// LookupRange is how far back runs are looked for. Default 7 days.
	LookupRange ampel.TimeDelta `config:"lookup_range"`
	// Fallback is used, from now, if there is no run. Default: last_run is null.
	Fallback *ampel.TimeDelta `config:"fallback"`
}

// SetDefaults sets the defaults.
func (c *LastRunTime) SetDefaults() { c.LookupRange.Days = -7 }

// CheckConfig finds mistakes.
func (c *LastRunTime) CheckConfig() error {
	if c.LookupRange.Duration() >= 0 {
		return ampel.PathError("lookup_range", errors.New("lies not in the past: write days: -7"))
	}
	return nil
}

// NewLastRunTime builds a T3SessionLastRunTime.
func NewLastRunTime(env *ampel.Env, c LastRunTime) (Session, error) {
	if env.DB == nil {
		return nil, errNoDatabase
	}
	return &lastRun{env, c}, nil
}

var errNoDatabase = errors.New("there is no database with events: give the run one")

type lastRun struct {
	env  *ampel.Env
	conf LastRunTime
}

func (s *lastRun) Supply(ctx context.Context, _ *ampel.T3Store) (map[string]any, error) {
	t, err := s.find(ctx)
	if err != nil || t.IsZero() {
		return map[string]any{"last_run": nil}, err
	}
	return map[string]any{"last_run": float64(ampel.At(t))}, nil
}

// find returns the zero time if there is no run and no fallback.
func (s *lastRun) find(ctx context.Context) (time.Time, error) {
	now := s.env.Time()
	t, ok, err := s.env.DB.LastRun(ctx, s.env.Process, now.Add(s.conf.LookupRange.Duration()), true)
	if err != nil || ok {
		return t, err
	}
	if s.conf.Fallback == nil {
		return time.Time{}, nil
	}
	s.env.Logger().Warn("there was no run yet, the fallback is used")
	return now.Add(s.conf.Fallback.Duration()), nil
}

// AlertsNumber is the configuration of T3SessionAlertsNumber, once called
// T3AddAlertsNumber: it adds last_run, and processed_alerts, how many alerts
// were processed since.
type AlertsNumber struct{ LastRunTime }

// NewAlertsNumber builds a T3SessionAlertsNumber.
func NewAlertsNumber(env *ampel.Env, c AlertsNumber) (Session, error) {
	if env.DB == nil {
		return nil, errNoDatabase
	}
	return &alertsNumber{lastRun{env, c.LastRunTime}}, nil
}

type alertsNumber struct{ lastRun }

func (s *alertsNumber) Supply(ctx context.Context, _ *ampel.T3Store) (map[string]any, error) {
	t, err := s.find(ctx)
	if err != nil || t.IsZero() {
		return map[string]any{"last_run": nil, "processed_alerts": nil}, err
	}
	n, err := s.env.DB.AlertCount(ctx, t)
	return map[string]any{"last_run": float64(ampel.At(t)), "processed_alerts": n}, err
}
