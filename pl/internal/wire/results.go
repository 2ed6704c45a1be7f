package wire

import (
	"fmt"
	"slices"
	"time"
)

// Results are the outcomes of the oldest unanswered items of a worker. They are reused:
// values may be kept, the slices are overwritten by the next Decode.
type Results[B any] struct {
	Values []B           // one per item, zero where the item failed
	Failed []Failed      // the items that failed, in order
	Time   time.Duration // spent in the function since the results before
}

// Failed is an item that has no value.
type Failed struct {
	Item    int // its position in Values
	Failure *Failure
}

// A ResultReader decodes what a [Replier] sent. It is for one goroutine at a time.
type ResultReader[B any] struct {
	codec codec[B]
}

// NewResultReader returns the ResultReader of a connection; there can be only one.
func NewResultReader[B any]() *ResultReader[B] { return &ResultReader[B]{codec: newCodec[B]()} }

// Decode decodes a frame of KindResults into r. It may keep the payload for the values;
// the frame can be reused. A value that cannot be decoded here is a failure of its item.
func (rr *ResultReader[B]) Decode(f *Frame, r *Results[B]) error {
	clear(r.Values)
	r.Values, r.Time = r.Values[:0], f.Time
	clear(r.Failed)
	r.Failed = r.Failed[:0]

	s, err := f.scan(KindResults)
	if err != nil {
		return err
	}
	at := 0
	for range s.length("number of failures", 1) {
		at += int(min(s.uint("position"), uint64(f.Items)))
		failure := s.failure()
		if s.err != nil {
			break
		}
		if at >= f.Items {
			return fmt.Errorf("%w: results: item %d of %d failed", ErrCorrupt, at, f.Items)
		}
		r.Failed = append(r.Failed, Failed{at, failure})
		at++
	}
	if s.err != nil {
		return s.err
	}
	vals, bad, err := rr.codec.decode(f, len(f.Payload)-len(s.b), r.Values, f.Items-len(r.Failed))
	if err != nil {
		return err
	}
	r.Values = vals
	r.spread(f.Items)
	byWorker := r.Failed
	for _, b := range bad {
		r.Failed = append(r.Failed, Failed{nth(b.Item, 0, byWorker), NewFailure(FailDecode, b.Err, nil)})
	}
	if len(bad) > 0 {
		slices.SortFunc(r.Failed, func(a, b Failed) int { return a.Item - b.Item })
	}
	return nil
}

// spread moves the values to their items' places and leaves zeros at those that failed.
func (r *Results[B]) spread(n int) {
	if len(r.Failed) == 0 {
		return
	}
	from := len(r.Values)
	r.Values = slices.Grow(r.Values, n-from)[:n]
	fails := r.Failed
	for to := n - 1; to >= 0; to-- {
		if len(fails) > 0 && fails[len(fails)-1].Item == to {
			fails = fails[:len(fails)-1]
			r.Values[to] = *new(B)
			continue
		}
		from--
		r.Values[to] = r.Values[from]
	}
}
