package remote

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/penstock/penstock/pl/internal/engine"
	"github.com/penstock/penstock/pl/internal/wire"
)

// A Peer is a worker process that has said hello, as the one who started it sees it.
type Peer struct {
	R *wire.Reader
	W *wire.Writer

	Chunk   int           // items to send at a time; 0 lets it follow their cost
	Timeout time.Duration // of one call, which the caller keeps
	Grace   time.Duration // from the end of the run until the process is killed

	Kill func()       // ends the process at once, without waiting
	Stop func()       // waits until it has ended, and kills it when the grace is over
	Lost func() error // the same for a process that broke off; it says how it ended
}

// A link is a worker in another process.
type link[A, B any] struct {
	*Peer
	items   *wire.ItemWriter[A]
	results *wire.ResultReader[B]
	pace    wire.Pace

	frame  wire.Frame
	res    wire.Results[B]
	failed []engine.Failed
	vals   []A
	tags   []wire.Tag
	paths  []int
	bytes  float64 // per item, as lately sent

	mu     sync.Mutex
	killer *time.Timer // set by Cancel
}

// Attach starts the work of a function in a process. It waits for the start hook.
func Attach[A, B any](ctx context.Context, p *Peer, who engine.Worker, name string, bound bool, argument []byte) (engine.Remote[A, B], error) {
	l := &link[A, B]{Peer: p, items: wire.NewItemWriter[A](p.W), results: wire.NewResultReader[B]()}
	err := p.W.SendJob(wire.Job{
		Function: name, Bound: bound, Argument: argument,
		Stage: who.Stage, Backend: who.Backend, Index: who.Index, Timeout: p.Timeout,
	})
	if err == nil {
		stop := context.AfterFunc(ctx, func() { l.Cancel(context.Cause(ctx)) })
		err = p.R.Read(&l.frame)
		stop()
	}
	if err != nil {
		err = l.Lost()
		if ctx.Err() != nil { // it was told to end, or killed for it
			err = context.Cause(ctx)
		}
		return nil, err
	}
	ready, err := l.frame.Ready()
	if err == nil {
		err = errorOf(ready.Failure)
	}
	if err != nil {
		p.Stop()
		l.gone()
		return nil, err
	}
	return l, nil
}

func (l *link[A, B]) Size() int {
	if l.Chunk > 0 {
		return l.Chunk
	}
	return l.pace.Next()
}

func (l *link[A, B]) Send(items []engine.Elem[A], attempt int) (int, error) {
	l.vals, l.tags, l.paths = l.vals[:0], l.tags[:0], l.paths[:0]
	for i := range items {
		from := len(l.paths)
		l.paths = items[i].At.AppendPath(l.paths)
		l.vals = append(l.vals, items[i].V)
		l.tags = append(l.tags, wire.Tag{Index: l.paths[from:len(l.paths):len(l.paths)], Attempt: attempt})
	}
	sent, n, err := l.items.Write(l.vals, l.tags)
	var bad *wire.ItemError
	for errors.As(err, &bad) && bad.Item > sent { // those before it can go
		var more, bytes int
		more, bytes, err = l.items.Write(l.vals[sent:bad.Item], l.tags[sent:bad.Item])
		sent, n = sent+more, n+bytes
		if err == nil {
			err = bad
			break
		}
		if other, ok := errors.AsType[*wire.ItemError](err); ok {
			other.Item += sent - more
			bad = other
		}
	}
	clear(l.vals)
	if sent > 0 {
		l.bytes = float64(n) / float64(sent)
	}
	if errors.As(err, &bad) {
		return sent, &engine.BadItem{Err: fmt.Errorf("pl: the item cannot be sent to a worker process: %w", bad.Err)}
	}
	return sent, err
}

func (l *link[A, B]) Receive() (engine.Answer[B], error) {
	if err := l.R.Read(&l.frame); err != nil {
		return engine.Answer[B]{}, err
	}
	if l.frame.Kind == wire.KindReturned {
		return engine.Answer[B]{Returned: true, Back: l.frame.Items}, nil
	}
	size := l.frame.Bytes
	if err := l.results.Decode(&l.frame, &l.res); err != nil {
		return engine.Answer[B]{}, err
	}
	n := len(l.res.Values)
	l.pace.Observe(n, l.res.Time, int(l.bytes*float64(n)), size)
	l.failed = l.failed[:0]
	for _, f := range l.res.Failed {
		l.failed = append(l.failed, engine.Failed{Item: f.Item, Err: errorOf(f.Failure)})
	}
	return engine.Answer[B]{Values: l.res.Values, Failed: l.failed, Spent: l.res.Time}, nil
}

func (l *link[A, B]) Recall() { _ = l.W.SendRecall() } // if it is lost, Receive tells

func (l *link[A, B]) Cancel(cause error) {
	l.mu.Lock()
	first := l.killer == nil
	if first { // before the message, which a process that has stopped does not take
		l.killer = time.AfterFunc(l.Grace, l.Peer.Kill)
	}
	l.mu.Unlock()
	if first {
		_ = l.W.SendCancel(wire.Cancel{Cause: failureOf(cause)})
	}
}

// gone ends what Cancel began, when the process has ended.
func (l *link[A, B]) gone() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.killer != nil {
		l.killer.Stop()
	}
}

func (l *link[A, B]) Kill() { l.Peer.Kill() }

func (l *link[A, B]) Done(active int, why error) error {
	defer l.gone()
	end := wire.End{Active: active}
	if why != nil {
		end.Err = failureOf(why)
	}
	err := l.W.SendEnd(end)
	for err == nil { // what it still answers nobody wants
		if err = l.R.Read(&l.frame); err == nil && l.frame.Kind == wire.KindDone {
			break
		}
	}
	if err != nil {
		return &engine.LostError{Err: l.Peer.Lost()}
	}
	done, err := l.frame.Done()
	if err == nil {
		err = errorOf(done.Failure)
	}
	l.Stop()
	return err
}

func (l *link[A, B]) Lost() error {
	defer l.gone()
	return l.Peer.Lost()
}
