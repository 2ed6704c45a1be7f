package t0

import (
	"context"
	"fmt"
	"slices"

	"github.com/penstock/penstock/ampel"
)

// plan turns alerts, in their order, into batches of writes. It is called for
// one chunk after the other.
func (x *run) plan(ctx context.Context, chunk []judged) (out []*batch, err error) {
	if err := x.lookUp(ctx, chunk); err != nil {
		return nil, err
	}
	b := x.open()
	for i := range chunk {
		j := &chunk[i]
		x.count.alerts.Add(1)
		if err := x.one(ctx, j, b); err != nil {
			return nil, err
		}
		if b.size() >= x.conf.Ingester.Ops {
			out, b = append(out, b), x.open()
		}
	}
	if b.alerts > 0 {
		out = append(out, b)
	}
	return out, nil
}

func (x *run) open() *batch {
	x.last++
	return &batch{number: x.last, accepted: map[ampel.ChannelID]int{}, stocks: map[ampel.StockID]*stockChange{}}
}

// lookUp reads what the database knows about the stocks of a chunk. Those with
// writes on their way are known better from the run itself.
func (x *run) lookUp(ctx context.Context, chunk []judged) error {
	written := x.written.Load()
	for id, s := range x.hot {
		if s.batch <= written {
			delete(x.hot, id)
		}
	}
	var ids []ampel.StockID
	asked := map[ampel.StockID]bool{}
	for _, j := range chunk {
		if j.Err == nil && x.hot[j.Alert.Stock] == nil && !asked[j.Alert.Stock] && x.may(j) {
			asked[j.Alert.Stock] = true
			ids = append(ids, j.Alert.Stock)
		}
	}
	found, err := load(ctx, x.env.DB, ids, x.muxes)
	for id, s := range found {
		x.hot[id] = s
	}
	return err
}

// may tells whether an alert may be accepted by one of the directives.
func (x *run) may(j judged) bool {
	for i, v := range j.verdicts {
		if v.Accepted() || x.dirs[i].match != NoMatch {
			return true
		}
	}
	return false
}

// one adds an alert to the batch. The error that it returns ends the run.
func (x *run) one(ctx context.Context, j *judged, b *batch) error {
	if j.Err != nil && !j.shaped {
		return x.failed(ctx, j.Alert, nil, j.Err)
	}
	s := x.hot[j.Alert.Stock]
	if s == nil {
		s = &stock{} // nobody wants it, and nothing depends on what is known
	}
	verdicts, channels, failed := x.accepted(j, s)
	if failed {
		for i, err := range j.failures {
			if err == nil || channels.Has(x.dirs[i].channel) {
				continue
			}
			if err := x.failed(ctx, j.Alert, ampel.Labels{x.dirs[i].channel}, err); err != nil {
				return err
			}
		}
	}
	if len(channels) == 0 {
		return nil
	}
	if done := s.alerts[j.Alert.ID]; len(done) > 0 {
		channels = slices.DeleteFunc(channels, done.Has)
		if len(channels) == 0 {
			x.count.known.Add(1)
			return nil
		}
	}
	j.shape(ctx, x.shaper)
	err := j.Err
	d := &draft{alert: j.Alert, channels: channels}
	for i, v := range verdicts {
		if err == nil && v.Accepted() && channels.Has(x.dirs[i].channel) {
			err = guard("the muxer, combiner or unit", func() error {
				return d.add(ctx, x.dirs[i], v, s, j.points, x.conf.Compiler.T1.Linker)
			})
			if err != nil {
				err = fmt.Errorf("channel %v: %w", x.dirs[i].channel, err)
			}
		}
	}
	if err != nil {
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
		return x.failed(ctx, j.Alert, channels, err)
	}
	b.add(d, s, &x.from, ampel.UnixTime(x.env.Time().Unix()))
	s.did(d, b.number)
	return nil
}

// did takes down what an alert does to its stock.
func (s *stock) did(d *draft, batch int64) {
	s.exists, s.batch = true, batch
	s.channels = ampel.MergeLabels(s.channels, d.channels)
	s.alerts[d.alert.ID] = ampel.MergeLabels(s.alerts[d.alert.ID], d.channels)
	s.marks[mark(d.alert.ID, d.channels)] = struct{}{}
	if s.points == nil {
		return
	}
	s.sorted = nil
	for _, p := range d.points.list {
		known, there := s.points[p.key]
		if !there {
			known = p.doc
			known.Channel = nil
		}
		known.Channel = ampel.MergeLabels(known.Channel, p.channels)
		s.points[p.key] = known
	}
}
