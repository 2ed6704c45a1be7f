package remote

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"reflect"
	"time"

	"github.com/sourcegraph/conc/panics"

	"github.com/penstock/penstock/pl/internal/engine"
	"github.com/penstock/penstock/pl/internal/wire"
)

// A session is the life of a worker process.
type session struct {
	in     *wire.Inbox
	w      *wire.Writer
	job    wire.Job
	who    engine.Worker
	ctx    context.Context
	cancel context.CancelCauseFunc
	recall func() // set before the parent knows that the worker is ready
}

// Exit codes of a worker.
const (
	exitOK     = 0
	exitBroken = 1 // the connection, or the job, made no sense
)

// ServeWorker is all that a worker process does: it says hello, gets a job, works on
// items, and ends. It returns the exit code.
func ServeWorker(conn io.ReadWriter) int {
	s := &session{w: wire.NewWriter(conn, 0)}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	if err := s.w.SendHello(wire.NewHello(Functions())); err != nil {
		return exitBroken
	}
	s.in = wire.NewInbox(wire.NewReader(conn, 0), wire.InboxEvents{
		Cancel: func(c wire.Cancel) { s.cancel(errorOf(c.Cause)) },
		Recall: func() { s.recall() },
		Lost: func(err error) {
			if !errors.Is(err, io.EOF) {
				fmt.Fprintf(os.Stderr, "penstock worker: %v\n", err)
			}
			os.Exit(exitBroken)
		},
	})
	f, err := s.in.Next()
	if err == nil {
		s.job, err = f.Job()
		s.in.Free(f)
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "penstock worker: %v\n", err)
		return exitBroken
	}
	s.who = engine.Worker{Stage: s.job.Stage, Backend: s.job.Backend, Index: s.job.Index, PID: os.Getpid()}
	fn := find(s.job.Function)
	if fn == nil {
		_ = s.w.SendReady(wire.Ready{Failure: failureOf(fmt.Errorf("pl: the worker process has no function %s", s.job.Function))})
		return exitBroken
	}
	return fn.serve(s)
}

// A server works on the items of a session.
type server[A, B any] struct {
	*session
	inst  engine.Instance[A, B]
	call  *engine.CallContext
	items *wire.ItemReader[A]
	reply *wire.Replier[B]
	chunk wire.Chunk[A]
	claim span // of the chunk: what is not begun
	next  int  // of the chunk
	bad   int  // of chunk.Bad
	open  bool
	code  int
	ended bool
}

// Add registers work under a name. Of a template, work is what bound makes of the
// argument.
func Add[A, B any](name string, work func(bound bool, argument []byte) engine.Work[A, B]) {
	add(&function{
		name:  name,
		types: fmt.Sprintf("%v %v", reflect.TypeFor[A](), reflect.TypeFor[B]()),
		serve: func(s *session) int {
			v := &server[A, B]{session: s, items: wire.NewItemReader[A](), reply: wire.NewReplier[B](s.w, Sentinels(), s.job.Flush)}
			v.call = engine.NewCallContext(s.ctx, s.who)
			w := work(s.job.Bound, s.job.Argument)
			err := w.Err
			if err == nil {
				err = guard(func() (err error) {
					v.inst, err = w.Open(s.ctx, s.who)
					return err
				})
			}
			if err != nil {
				_ = s.w.SendReady(wire.Ready{Failure: failureOf(err)})
				_, _ = s.in.Next() // the parent closes the connection, which ends the process
				return exitOK
			}
			s.recall = v.giveBack
			if s.w.SendReady(wire.Ready{}) != nil {
				return exitBroken
			}
			for !v.ended { // again after a function that called runtime.Goexit
				done := make(chan struct{})
				go func() {
					defer close(done)
					v.live()
				}()
				<-done
			}
			return v.code
		},
	})
}

// live works until the end, or until a function calls runtime.Goexit.
func (v *server[A, B]) live() {
	for {
		for v.open && v.claim.left() {
			v.burst()
		}
		if v.open {
			v.open = false
			if v.reply.Close() != nil {
				v.end(exitBroken)
				return
			}
		}
		f, err := v.in.Next()
		if err != nil {
			v.end(exitBroken)
			return
		}
		switch f.Kind {
		case wire.KindItems:
			if err := v.items.Decode(f, &v.chunk); err != nil {
				fmt.Fprintf(os.Stderr, "penstock worker: %v\n", err)
				v.end(exitBroken)
				return
			}
			returned := f.Returned
			v.in.Free(f)
			if returned {
				continue
			}
			v.next, v.bad, v.open = 0, 0, true
			v.reply.Open(len(v.chunk.Values))
			v.claim.reset(len(v.chunk.Values))
		case wire.KindEnd:
			v.finish(f)
			return
		default:
			fmt.Fprintf(os.Stderr, "penstock worker: a frame of %v came where items or the end were expected\n", f.Kind)
			v.end(exitBroken)
			return
		}
	}
}

// giveBack answers a recall: what is not begun goes back, the rest of the chunk that is
// open and those that wait behind it.
func (v *server[A, B]) giveBack() {
	n := v.in.TakeBack() // first: a chunk that is opened after it stays
	n += v.claim.cut()
	go func() { _ = v.reply.Return(n) }() // the reading goroutine must not wait
}

func (v *server[A, B]) end(code int) { v.code, v.ended = code, true }

// burst calls the function for the items of the chunk until one fails.
func (v *server[A, B]) burst() {
	calling := false
	defer func() {
		if !calling {
			return
		}
		v.next++
		if p := recover(); p != nil {
			r := panics.NewRecovered(1, p)
			v.reply.Fail(wire.NewPanic(r.Value, r.Stack, Sentinels()))
		} else {
			v.reply.Fail(failureOf(Words.Goexit))
		}
	}()
	for v.claim.take() {
		if v.bad < len(v.chunk.Bad) && v.chunk.Bad[v.bad].Item == v.next {
			v.reply.Fail(wire.NewFailure(wire.FailDecode, fmt.Errorf("pl: the item cannot be read in the worker process: %w", v.chunk.Bad[v.bad].Err), Sentinels()))
			v.bad++
			v.next++
			continue
		}
		tag := v.chunk.Tags[v.next]
		var due time.Time
		if v.job.Timeout > 0 {
			due = time.Now().Add(v.job.Timeout)
		}
		ctx := v.call.Next(tag.Index, tag.Attempt, due)
		calling = true
		r, err := v.inst.Call(ctx, v.chunk.Values[v.next])
		calling = false
		v.next++
		if err != nil {
			v.reply.Fail(v.failureOf(err))
		} else {
			v.reply.Value(r)
		}
	}
}

// failureOf marks errors that only repeat that the run has ended.
func (v *server[A, B]) failureOf(err error) *wire.Failure {
	f := failureOf(err)
	if v.ctx.Err() != nil && errors.Is(err, context.Cause(v.ctx)) {
		f.Sentinels = append(f.Sentinels, canceledKey)
	}
	return f
}

// finish runs the end hook and says so.
func (v *server[A, B]) finish(f *wire.Frame) {
	end, err := f.End()
	if err == nil && v.inst.Done != nil {
		status := engine.Status{Worker: v.who, Active: end.Active, Err: errorOf(end.Err)}
		err = guard(func() error { return v.inst.Done(context.WithoutCancel(v.ctx), status) })
	}
	var d wire.Done
	if err != nil {
		d.Failure = failureOf(err)
	}
	d.Items, d.Time = v.reply.Totals()
	if v.w.SendDone(d) != nil {
		v.end(exitBroken)
		return
	}
	v.end(exitOK)
}

// guard calls a hook, in a goroutine of its own so that it may call runtime.Goexit.
func guard(hook func() error) (err error) {
	err = Words.Goexit
	done := make(chan struct{})
	go func() {
		defer close(done)
		defer func() {
			if p := recover(); p != nil {
				r := panics.NewRecovered(1, p)
				err = Words.Panic(r.Value, r.Stack)
			}
		}()
		err = hook()
	}()
	<-done
	return err
}
