package process

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync/atomic"
	"time"

	"github.com/penstock/penstock/pl/internal/child"
	"github.com/penstock/penstock/pl/internal/engine"
	"github.com/penstock/penstock/pl/internal/remote"
	"github.com/penstock/penstock/pl/internal/wire"
)

// dial starts a worker process and lets it say hello.
func (b *backend) dial(ctx context.Context, j engine.Job) (*remote.Peer, error) {
	c, err := child.Start(ctx, child.Config{Stage: j.Worker.Stage, Index: j.Worker.Index, Env: b.env, Output: b.output})
	if err != nil {
		return nil, fmt.Errorf("process: %w", err)
	}
	r := wire.NewReader(c, 0)
	if err := b.greet(ctx, c, r); err != nil {
		return nil, err
	}
	return &remote.Peer{
		R:       r,
		W:       wire.NewWriter(c, 0),
		Chunk:   b.chunk,
		Timeout: j.Timeout,
		Grace:   b.grace,
		Kill:    c.Kill,
		Stop:    func() { c.Stop(b.grace) },
		Lost: func() error {
			exit := c.Stop(b.grace)
			return &ExitError{PID: exit.PID, Err: exit.ExitError(), Stderr: exit.Stderr}
		},
	}, nil
}

// greet waits until the worker has said who it is. If it does not, it is gone after.
func (b *backend) greet(ctx context.Context, c *child.Child, r *wire.Reader) error {
	var late atomic.Bool
	timer := time.AfterFunc(b.start, func() { late.Store(true); c.Kill() })
	canceled := context.AfterFunc(ctx, c.Kill)
	var f wire.Frame
	err := r.Read(&f)
	timer.Stop()
	if !canceled() {
		c.Stop(0)
		return context.Cause(ctx)
	}
	if err != nil {
		if !errors.Is(err, io.EOF) && !errors.Is(err, wire.ErrCut) {
			c.Kill() // it speaks, but not our language
		}
		exit := c.Stop(b.grace)
		gone := &ExitError{PID: exit.PID, Err: exit.ExitError(), Stderr: exit.Stderr}
		switch {
		case late.Load():
			return fmt.Errorf("process: the worker did not call process.Init within %v: is Init the first call of main, and does package initialization end? %w", b.start, gone)
		case errors.Is(err, io.EOF):
			return fmt.Errorf("process: the worker ended before it called process.Init: %w", gone)
		}
		return fmt.Errorf("process: %w: %w", err, gone)
	}
	if err := match(&f); err != nil {
		c.Kill()
		c.Wait()
		return err
	}
	return nil
}

// match compares the worker's functions with those of this process.
func match(f *wire.Frame) error {
	hello, err := f.Hello()
	if err != nil {
		return &HandshakeError{err: err}
	}
	here := wire.NewHello(remote.Functions())
	if hello.Fingerprint == here.Fingerprint {
		return nil
	}
	missing, extra := wire.Differ(here.Functions, hello.Functions)
	e := &HandshakeError{Missing: missing, Extra: extra}
	if len(missing)+len(extra) == 0 {
		e.err = fmt.Errorf("it is another build: %s there, %s here", hello.Build, here.Build)
	}
	return e
}
