package databay

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/task"
)

// Transfer runs one transfer. It waits for one that is under way, unless the link
// allows overlap. Its error, a [TransferError] or several joined, is nil if the link
// ignores errors; those are logged. Records that buffers had released, or the inlets
// can produce again, are not lost by a failed transfer; the error counts the others.
func (l *Link[T]) Transfer(ctx context.Context) error { return l.run(ctx, pullAndDecide) }

// Poll runs a transfer that pulls nothing, so that buffers decide anew.
func (l *Link[T]) Poll(ctx context.Context) error { return l.run(ctx, decideOnly) }

// Drain runs a transfer that pulls nothing and in which all buffers release everything.
func (l *Link[T]) Drain(ctx context.Context) error { return l.run(ctx, drainOnly) }

type mode int

const (
	pullAndDecide mode = iota
	decideOnly
	drainOnly
)

// A transfer is what one run of a link knows.
type transfer[T any] struct {
	*Link[T]
	update  Update
	mode    mode
	inlets  []source[T]
	outlets []sink[T]
	pulled  []source[T] // those whose Pull succeeded
	leases  *Leases
	failed  error // what was ignored, if it kept records from an outlet
	fault   error // any ignored error
}

func (l *Link[T]) run(ctx context.Context, m mode) (err error) {
	if l.cfg.Overlap != Allow {
		select {
		case l.turn <- struct{}{}:
			defer func() { <-l.turn }()
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	begin := time.Now()
	t := &transfer[T]{Link: l, mode: m, update: Update{l.cfg.Tags, l.next.Add(1) - 1}}
	l.stats.transfers.Add(1)
	l.stats.busy.Add(1)
	l.inflight.Add(1)
	defer func() {
		l.inflight.Add(-1)
		l.stats.busy.Add(-1)
		l.stats.last.Store(int64(time.Since(begin)))
		if err != nil || t.fault != nil {
			l.stats.failures.Add(1)
		} else {
			l.stats.success.Store(time.Now().UnixNano())
		}
	}()
	l.log.Debug("databay: transfer begins", "update", t.update)
	if err := l.refresh(ctx); err != nil {
		return t.fail("start", "nodes", 0, err)
	}
	l.mu.Lock()
	t.inlets, t.outlets = l.inlets, l.outlets
	l.mu.Unlock()
	if m != pullAndDecide || t.full() {
		t.inlets = nil
	}
	lent, leases := WithLeases(ctx)
	leases.drain = m == drainOnly
	t.leases = leases
	err = isolate(func() error { return t.do(lent) })
	if err := t.end(ctx, err); err != nil {
		return err
	}
	l.log.Debug("databay: transfer done", "update", t.update, "took", time.Since(begin))
	return nil
}

// full reports whether a buffer has no room, so that nothing is to be pulled.
func (t *transfer[T]) full() bool {
	for _, w := range t.buffers() {
		if w.full() {
			t.log.Debug("databay: a buffer is full, nothing is pulled", "update", t.update)
			return true
		}
	}
	return false
}

func (t *transfer[T]) do(ctx context.Context) error {
	records, err := t.pull(ctx)
	if err != nil {
		return err
	}
	if records, err = t.process(ctx, records); err != nil {
		return err
	}
	batches, err := t.group(ctx, records)
	if err != nil {
		return err
	}
	for i, b := range batches {
		if len(b) == 0 && t.cfg.SkipEmpty && !t.leases.drain {
			continue
		}
		if err := t.push(ctx, b, batches[i:]); err != nil {
			return err
		}
	}
	if t.leases.drain && len(batches) == 0 {
		return t.push(ctx, nil, nil) // the outlets' own buffers are to be drained all the same
	}
	return nil
}

// end settles what was lent and tells the inlets.
func (t *transfer[T]) end(ctx context.Context, err error) error {
	ctx = context.WithoutCancel(ctx) // records that have arrived must not count as lost
	outcome := errors.Join(err, t.failed)
	var errs []error
	if e := t.leases.end(outcome); e != nil {
		errs = append(errs, t.fail("acknowledge", "buffer", 0, e))
	}
	for _, in := range t.pulled {
		c, ok := in.Inlet.(Committer)
		if !ok {
			continue
		}
		tell := c.Commit
		if outcome != nil && !t.leases.accepted {
			tell = c.Rollback
		}
		if e := protect(func() error { return tell(ctx, t.update) }); e != nil {
			errs = append(errs, t.fail("commit", nameOf(in.Inlet), 0, e))
		}
	}
	e := errors.Join(errs...)
	if e != nil && t.cfg.IgnoreErrors {
		t.skip(e)
		e = nil
	}
	return errors.Join(err, e)
}

// pull pulls all inlets and returns their records in the order of the inlets.
func (t *transfer[T]) pull(ctx context.Context) ([]Record[T], error) {
	n := len(t.inlets)
	lists := make([][]Record[T], n)
	limit := n
	if t.cfg.InletConcurrency > 0 {
		limit = min(n, t.cfg.InletConcurrency)
	}
	errs, err := t.each(ctx, n, limit, func(ctx context.Context, i int) error {
		rs, err := pull(ctx, t.inlets[i].Inlet, t.inlets[i].origin, t.update)
		lists[i] = rs
		return err
	})
	total := 0
	for i := range lists {
		if errs[i] == nil {
			total += len(lists[i])
			t.pulled = append(t.pulled, t.inlets[i])
		}
	}
	t.stats.pulled.Add(int64(total))
	var failures []error
	for i, e := range errs {
		if e != nil && !errors.Is(e, errNotRun) {
			failures = append(failures, t.fail("pull", nameOf(t.inlets[i].Inlet), 0, e))
		}
	}
	if err := t.settleStage(err, failures, total); err != nil {
		return nil, err
	}
	if n == 1 {
		return lists[0], nil
	}
	all := make([]Record[T], 0, total)
	for _, rs := range lists {
		all = append(all, rs...)
	}
	return all, nil
}

func (t *transfer[T]) process(ctx context.Context, records []Record[T]) ([]Record[T], error) {
	for i, p := range t.cfg.Processors {
		next, err := process(ctx, p, records)
		if err == nil {
			records = next
			continue
		}
		err = t.fail("process", fmt.Sprintf("%d, %s", i, nameOf(p)), t.open(len(records)), err)
		if !t.cfg.IgnoreErrors {
			return nil, err
		}
		t.skip(err)
		if next != nil {
			records = next
		}
	}
	return records, nil
}

func (t *transfer[T]) group(ctx context.Context, records []Record[T]) ([][]Record[T], error) {
	batches := [][]Record[T]{records}
	run := group[T]
	if t.cfg.CheckGroupers {
		run = checkedGroup[T]
	}
	for i, g := range t.cfg.Groupers {
		next, err := run(ctx, g, batches)
		if err == nil {
			batches = next
			continue
		}
		err = t.fail("group", fmt.Sprint(i), t.open(len(records)), err)
		if !t.cfg.IgnoreErrors {
			return nil, err
		}
		t.skip(err)
	}
	return batches, nil
}

// push pushes one batch to all outlets. rest begins with the batch.
func (t *transfer[T]) push(ctx context.Context, batch []Record[T], rest [][]Record[T]) error {
	n := len(t.outlets)
	copies := make([][]Record[T], n)
	copied := make([]error, n)
	for i := range copies {
		copies[i] = batch
		if !t.cfg.ShareRecords {
			copies[i], copied[i] = t.clone(batch)
		}
	}
	limit := n
	if t.cfg.Sequential {
		limit = 1
	}
	errs, err := t.each(ctx, n, limit, func(ctx context.Context, i int) error {
		if copied[i] != nil {
			return copied[i]
		}
		return push(ctx, t.outlets[i].Outlet, copies[i], t.update)
	})
	left := 0
	for _, b := range rest {
		left += len(b)
	}
	var failures []error
	for i, e := range errs {
		if e == nil {
			t.stats.pushed.Add(int64(len(batch)))
			continue
		}
		t.stats.failed.Add(int64(len(batch)))
		if errors.Is(e, errNotRun) {
			continue
		}
		failures = append(failures, t.fail("push", nameOf(t.outlets[i].Outlet), 0, e))
	}
	if t.cfg.IgnoreErrors {
		t.failed = errors.Join(append(failures, t.failed)...)
		left = len(batch)
	}
	return t.settleStage(err, failures, left)
}

// settleStage returns what a stage failed with, or logs it if errors are ignored.
func (t *transfer[T]) settleStage(stopped error, failures []error, records int) error {
	err := errors.Join(failures...)
	if stopped != nil {
		return errors.Join(stopped, err)
	}
	if err == nil {
		return nil
	}
	if first, ok := errors.AsType[*TransferError](err); ok {
		first.Undelivered = t.open(records)
	}
	if !t.cfg.IgnoreErrors {
		return err
	}
	t.skip(err)
	return nil
}

// open returns how many of n records nobody would bring back.
func (t *transfer[T]) open(n int) int {
	if t.leases.accepted {
		return t.leases.refused
	}
	for _, in := range t.pulled {
		if _, ok := in.Inlet.(Committer); !ok {
			return n
		}
	}
	return 0
}

func (t *transfer[T]) fail(stage, node string, records int, err error) error {
	return &TransferError{Link: t.String(), Update: t.update, Stage: stage, Node: node, Undelivered: records, Err: err}
}

// skip logs an error that the transfer goes on after.
func (t *transfer[T]) skip(err error) {
	t.fault = err
	t.log.Error("databay: error ignored", "update", t.update, "err", err)
}

// isolate calls f on a goroutine of its own, so that user code that calls runtime.Goexit
// ends that one, and what it had on loan is not forgotten.
func isolate(f func() error) error {
	err := pl.ErrGoexit
	done := make(chan struct{})
	go func() {
		defer close(done)
		err = f()
	}()
	<-done
	return err
}

// errNotRun stands for a call that did not happen, or did not return, because of
// another one.
var errNotRun = errors.New("stopped by another error")

// each calls f for 0 to n-1, at most limit at once, and returns their errors. Unless
// errors are ignored the first one cancels the others, whose errors are then
// errNotRun. The second result is why all was stopped from outside.
func (t *transfer[T]) each(ctx context.Context, n, limit int, f func(ctx context.Context, i int) error) ([]error, error) {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = errNotRun
	}
	if ctx.Err() != nil {
		return errs, context.Cause(ctx)
	}
	switch n {
	case 0:
		return errs, nil
	case 1:
		errs[0] = f(ctx, 0)
		return errs, nil
	}
	stopped := pl.Pipe1(pl.Range(n), task.Each(func(ctx context.Context, i int) error {
		errs[i] = f(ctx, i)
		if t.cfg.IgnoreErrors {
			return nil
		}
		return errs[i]
	}, pl.Workers(limit))).Run(ctx)
	if ctx.Err() != nil {
		return errs, context.Cause(ctx)
	}
	real := false
	for _, e := range errs {
		real = real || e != nil && !errors.Is(e, errNotRun) && !errors.Is(e, context.Canceled)
	}
	if !real {
		return errs, stopped
	}
	for i, e := range errs {
		if errors.Is(e, context.Canceled) && !t.cfg.IgnoreErrors {
			errs[i] = errNotRun
		}
	}
	return errs, nil
}
