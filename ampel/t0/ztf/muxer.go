package ztf

import (
	"context"
	"fmt"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
)

// NewMuxer builds a ZTFMuxer. A packet goes back 30 days; with the muxer a state
// has everything that was known when its alert was sent: the points of the alert,
// and those in the database that are not later than the newest of them, in the
// order of their time. Only points that are not in the database are stored.
func NewMuxer(*ampel.Env, struct{}) (t0.Muxer, error) { return t0.MuxerFunc(mux), nil }

func mux(_ context.Context, _ *t0.Alert, points, history []ampel.DataPoint) (insert, combine []ampel.DataPoint, err error) {
	known := make(map[int64]struct{}, len(history))
	all := make([]timed, 0, len(points)+len(history))
	latest := 0.0
	for _, p := range points {
		jd, err := needs(p.Body, "jd")
		if err != nil {
			return nil, nil, fmt.Errorf("datapoint %d: %w", p.ID, err)
		}
		latest = max(latest, jd)
		all = append(all, timed{jd, p})
	}
	for _, p := range history {
		known[p.ID] = struct{}{}
		if jd, ok := number(p.Body, "jd"); ok && jd <= latest {
			all = append(all, timed{jd, p})
		}
	}
	for _, p := range points {
		if _, there := known[p.ID]; !there {
			insert = append(insert, p)
		}
	}
	return insert, inTime(all), nil
}
