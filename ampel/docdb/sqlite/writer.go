package sqlite

import (
	"context"
	"fmt"
	"runtime"
	"sync/atomic"
	"time"

	"github.com/sourcegraph/conc/panics"

	"github.com/penstock/penstock/ampel/docdb"
)

// maxGroup is how many requests one transaction takes at most.
const maxGroup = 64

// writer does all writes of this process, one after the other. Requests that
// wait while a commit is on its way to the disk share the next transaction:
// the disk is what a small write waits for, and it is waited for once.
type writer struct {
	queue   chan *request
	closing chan struct{}
	done    chan struct{}
	lend    func(f func(c *conn) error) error // of the connection to write with
	wait    time.Duration
	where   string
	current *atomic.Pointer[catalog]
}

const (
	queued int32 = iota
	running
	abandoned
)

// request is one atomic write: all that f does, or nothing.
type request struct {
	ctx   context.Context
	f     func(t *tx) error
	state atomic.Int32
	err   error
	done  chan struct{}
}

// tx is what a request works with.
type tx struct {
	*conn
	ctx context.Context
	cat *catalog
}

// do runs f in a transaction and returns when it is committed, or when it is
// certain that it will not be.
func (w *writer) do(ctx context.Context, f func(t *tx) error) error {
	r := &request{ctx: ctx, f: f, done: make(chan struct{})}
	select {
	case <-w.closing:
		return docdb.ErrClosed
	default:
	}
	select {
	case w.queue <- r:
	case <-ctx.Done():
		return ctx.Err()
	case <-w.closing:
		return docdb.ErrClosed
	}
	select {
	case <-r.done:
	case <-ctx.Done():
		if r.state.CompareAndSwap(queued, abandoned) {
			return ctx.Err()
		}
		<-r.done // it has begun: soon there is an answer
	}
	return r.err
}

// run serves requests until closing.
func (w *writer) run() {
	defer close(w.done)
	for {
		select {
		case <-w.closing:
			return
		case r := <-w.queue:
			group := append(make([]*request, 0, 8), r)
			// Those whom the last commit answered come back now: let them.
			runtime.Gosched()
		more:
			for len(group) < maxGroup {
				select {
				case r := <-w.queue:
					group = append(group, r)
				default:
					break more
				}
			}
			w.serve(group)
		}
	}
}

// serve does a group of requests in one transaction and answers them.
func (w *writer) serve(group []*request) {
	err := w.lend(func(c *conn) error { return w.transact(c, group) })
	for _, r := range group {
		// What failed as a whole failed for each that had not failed by itself.
		if err != nil && r.err == nil {
			r.err = err
		}
		close(r.done)
	}
}

func (w *writer) transact(c *conn, group []*request) error {
	if err := w.begin(c, group); err != nil {
		return err
	}
	t := &tx{conn: c, cat: w.current.Load()}
	err := w.refresh(t)
	for _, r := range group {
		if err != nil {
			break
		}
		if !r.state.CompareAndSwap(queued, running) {
			continue
		}
		t.ctx = r.ctx
		err = w.one(t, r)
	}
	if err == nil {
		err = explain(w.where, c.exec("COMMIT"))
	}
	if err != nil {
		// Either SQLite rolled back already, or this does it; both are fine.
		_ = c.exec("ROLLBACK")
		return err
	}
	w.current.Store(t.cat)
	return nil
}

// begin takes the right to write. Another process may have it for a while; the
// waiting is done here and not in SQLite, so that closing ends it.
func (w *writer) begin(c *conn, group []*request) error {
	deadline := time.Now().Add(w.wait)
	for pause := time.Millisecond; ; pause = min(2*pause, 50*time.Millisecond) {
		err := c.exec("BEGIN IMMEDIATE")
		if err == nil {
			return nil
		}
		if k := code(err); k != codeBusy && k != codeLocked || time.Now().After(deadline) {
			return explain(w.where, err)
		}
		if !waited(group) {
			return context.Canceled // nobody is there any more
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-w.closing:
			timer.Stop()
			return docdb.ErrClosed
		}
	}
}

// waited tells whether somebody still waits for one of the group.
func waited(group []*request) bool {
	for _, r := range group {
		if r.state.Load() != abandoned {
			return true
		}
	}
	return false
}

// refresh reads the catalog again if another process changed it.
func (w *writer) refresh(t *tx) error {
	version, err := t.number("PRAGMA user_version")
	if err == nil && version != t.cat.version {
		t.cat, err = loadCatalog(t.conn)
	}
	return explain(w.where, err)
}

// one does a single request. The error that it returns is about the whole
// transaction; what concerns the request alone is undone and kept in it.
func (w *writer) one(t *tx, r *request) error {
	if r.err = r.ctx.Err(); r.err != nil {
		return nil
	}
	if err := t.exec("SAVEPOINT r"); err != nil {
		return explain(w.where, err)
	}
	before := t.cat
	if p := panics.Try(func() { r.err = r.f(t) }); p != nil {
		r.err = fmt.Errorf("docdb/sqlite: %s: a write panicked: %w", w.where, p.AsError())
	}
	if r.err != nil {
		r.err = explain(w.where, r.err)
		t.cat = before
		if err := t.exec("ROLLBACK TO r"); err != nil {
			return explain(w.where, err)
		}
	}
	return explain(w.where, t.exec("RELEASE r"))
}
