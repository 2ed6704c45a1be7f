package wire

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

// runWorker is the worker's side of the protocol, as short as it can be.
func runWorker[A, B any](conn io.ReadWriter, f func(context.Context, A) (B, error), lost func(error)) error {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	w := NewWriter(conn, 0)
	if err := w.SendHello(NewHello([]string{"main.f int int"})); err != nil {
		return err
	}
	in := NewInbox(NewReader(conn, 0), InboxEvents{Cancel: func(c Cancel) { cancel(errors.New(c.Cause.Message)) }, Lost: lost})
	fr, err := in.Next()
	if err != nil {
		return err
	}
	job, err := fr.Job()
	if err != nil {
		return err
	}
	if err := w.SendReady(Ready{}); err != nil { // OnStart would come before
		return err
	}
	items, rep, c := NewItemReader[A](), NewReplier[B](w, known, job.Flush), Chunk[A]{}
	for {
		fr, err := in.Next()
		if err != nil {
			return err
		}
		if fr.Kind == KindEnd {
			break // OnDone would come here
		}
		if err := items.Decode(fr, &c); err != nil {
			return err
		}
		in.Free(fr)
		rep.Open(len(c.Values))
		bad := c.Bad
		for i, v := range c.Values {
			if len(bad) > 0 && bad[0].Item == i {
				rep.Fail(NewFailure(FailDecode, bad[0].Err, known))
				bad = bad[1:]
			} else if out, err := f(ctx, v); err != nil {
				rep.Fail(NewFailure(FailError, err, known))
			} else {
				rep.Value(out)
			}
		}
		if err := rep.Close(); err != nil {
			return err
		}
	}
	n, spent := rep.Totals()
	return w.SendDone(Done{Items: n, Time: spent})
}

func TestProtocol(t *testing.T) {
	opt := goleak.IgnoreCurrent()
	t.Cleanup(func() { goleak.VerifyNone(t, opt) }) // runs after pipes are closed
	parent, worker := pipes(t)
	lost, ended := make(chan error, 1), make(chan error, 1)
	go func() {
		ended <- runWorker(worker, func(ctx context.Context, n int) (int, error) {
			switch n {
			case 3:
				return 0, io.EOF
			case 5: // until the run is canceled
				<-ctx.Done()
				return 0, context.Cause(ctx)
			}
			return 10 * n, nil
		}, func(err error) { lost <- err })
	}()

	w, r, fr := NewWriter(parent, 0), NewReader(parent, 0), new(Frame)
	require.NoError(t, r.Read(fr))
	hello, err := fr.Hello()
	require.NoError(t, err)
	require.Equal(t, Fingerprint([]string{"main.f int int"}), hello.Fingerprint)
	require.NoError(t, w.SendJob(Job{Function: "main.f", Stage: "Map(f)", Backend: "process"}))
	require.NoError(t, r.Read(fr))
	ready, err := fr.Ready()
	require.NoError(t, err)
	require.Nil(t, ready.Failure)

	iw, in := NewItemWriter[int](w), NewResultReader[int]()
	_, _, err = iw.Write([]int{1, 2, 3, 4, 5, 6}, make([]Tag, 6))
	require.NoError(t, err)
	var values []int
	var failures []string
	var sentinels []string
	for len(values) < 6 {
		require.NoError(t, r.Read(fr))
		collect(t, in, fr, func(v int, fail *Failure) {
			values = append(values, v)
			if fail != nil {
				failures = append(failures, fail.Message)
				sentinels = append(sentinels, fail.Sentinels...)
			}
		})
		if len(values) == 4 { // the fifth is being worked on, as the results tell
			require.NoError(t, w.SendCancel(Cancel{&Failure{Message: "enough"}}))
		}
	}
	require.Equal(t, []int{10, 20, 0, 40, 0, 60}, values)
	require.Equal(t, []string{"EOF", "enough"}, failures)
	require.Equal(t, []string{"eof"}, sentinels)

	require.NoError(t, w.SendEnd(End{}))
	require.NoError(t, r.Read(fr))
	done, err := fr.Done()
	require.NoError(t, err)
	require.EqualValues(t, 6, done.Items)
	require.NoError(t, <-ended)
	parent.Writer.(io.Closer).Close()
	require.Equal(t, io.EOF, <-lost)
}

// The same with a real process, which ends when it is told to and not before.
func TestAWorkerProcess(t *testing.T) {
	c := startWorker(t, "int")
	sum := 0
	drive(t, c, 10_000, func(i int) int { return i }, func(v int) { sum += v })
	require.Equal(t, 10_000*9_999/2+10_000, sum)
	e := c.Stop(time.Minute)
	require.False(t, e.Killed)
	require.Zero(t, e.Code())
}
