package t0

import (
	"context"
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel"
)

// judged is an alert that the filters have looked at.
type judged struct {
	Delivery
	verdicts []Verdict // one for each directive
	failures []error   // nil, or one for each directive
	points   []ampel.DataPoint
	shaped   bool
}

// judge asks all filters. That needs nothing but the alert, so many are asked at
// the same time. What is accepted by one of them is shaped as well.
func (x *run) judge(ctx context.Context, d Delivery) (judged, error) {
	j := judged{Delivery: d}
	if d.Err == nil && d.Alert == nil {
		j.Err = errors.New("the supplier gave neither an alert nor an error")
	}
	if j.Err != nil {
		return j, nil
	}
	j.verdicts = make([]Verdict, len(x.dirs))
	wanted := false
	for i, dir := range x.dirs {
		if dir.filter == nil {
			j.verdicts[i], wanted = Accept, true
			continue
		}
		err := guard("the filter", func() (err error) {
			j.verdicts[i], err = dir.filter.Filter(ctx, d.Alert)
			return err
		})
		if err != nil {
			if j.failures == nil {
				j.failures = make([]error, len(x.dirs))
			}
			j.verdicts[i], j.failures[i] = Reject, fmt.Errorf("the filter of channel %v: %w", dir.channel, err)
		}
		wanted = wanted || j.verdicts[i].Accepted()
	}
	if wanted {
		j.shape(ctx, x.shaper)
	}
	return j, nil
}

// shape makes the datapoints, once. An error is that of the alert.
func (j *judged) shape(ctx context.Context, s Shaper) {
	if j.shaped {
		return
	}
	j.shaped = true
	j.Err = guard("the shaper", func() (err error) {
		j.points, err = s.Shape(ctx, j.Alert)
		if err != nil {
			err = fmt.Errorf("the shaper: %w", err)
		}
		return err
	})
}

// accepted resolves the verdicts by what is known of the stock: it returns those
// of the directives that take the alert, Reject for the others.
func (x *run) accepted(j *judged, s *stock) ([]Verdict, ampel.Labels, bool) {
	out := make([]Verdict, len(x.dirs))
	var channels ampel.Labels
	failed := false
	for i, dir := range x.dirs {
		v := j.verdicts[i]
		known := dir.match != NoMatch && s.has(dir.channel, j.Alert.ID)
		bad := j.failures != nil && j.failures[i] != nil
		switch {
		case known && dir.match == Bypass:
			v, bad = Accept, false
		case bad, v.Accepted():
		case known:
			v = Accept
			if dir.match == Overrule {
				x.count.overruled.Add(1)
			}
		}
		failed = failed || bad
		if !bad && !v.Accepted() {
			x.count.reject(i)
			if dir.log {
				x.env.Log.Info("rejected", "channel", dir.channel.String(), "alert", j.Alert.ID, "stock", j.Alert.Stock.String())
			}
		}
		if v.Accepted() && !bad {
			out[i], channels = v, append(channels, dir.channel)
		}
	}
	return out, channels, failed
}

// guard calls what others wrote; a panic of it is an error.
func guard(where string, f func() error) (err error) {
	defer func() {
		if v := recover(); v != nil {
			err = ampel.NewPanicError(where, v)
		}
	}()
	return f()
}
