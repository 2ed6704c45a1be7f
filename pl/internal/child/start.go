package child

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strconv"
	"sync"
	"time"
)

// marker is the environment variable that makes a process a worker. Its value is the
// process ID of the parent.
const marker = "PENSTOCK_WORKER"

// Start starts a worker: the program that is running, which is to call [Serve] soon. The
// arguments are those of this process, so that package initialization that looks at them
// does the same there.
//
// ctx bounds the start only. The caller owns the worker: it calls [Child.Wait] or
// [Child.Stop] in the end, and until then the worker holds four descriptors, three
// goroutines and a process.
func Start(ctx context.Context, cfg Config) (*Child, error) {
	cfg.setDefaults()
	c := &Child{
		name:   fmt.Sprintf("%s[%d]", cfg.Stage, cfg.Index),
		drain:  cfg.Drain,
		stderr: &tail{keep: cfg.Tail},
		done:   make(chan struct{}),
	}
	if err := c.start(ctx, cfg); err != nil {
		return nil, fmt.Errorf("child: start worker %s: %w", c.name, err)
	}
	return c, nil
}

func (c *Child) start(ctx context.Context, cfg Config) (err error) {
	if err := ctx.Err(); err != nil {
		return context.Cause(ctx)
	}
	path, err := program()
	if err != nil {
		return fmt.Errorf("find the running program: %w", err)
	}
	var theirs, ours files
	defer func() {
		theirs.close()
		if err != nil {
			ours.close()
		}
	}()
	var ends [4]struct{ r, w *os.File }
	for i := range ends {
		r, w, err := os.Pipe()
		if err != nil {
			return err
		}
		ends[i].r, ends[i].w = r, w
		if i == 0 { // requests: we write
			ours, theirs = append(ours, w), append(theirs, r)
		} else {
			ours, theirs = append(ours, r), append(theirs, w)
		}
	}
	requests, replies, out, errs := ends[0], ends[1], ends[2], ends[3]
	c.requests, c.replies = requests.w, replies.r
	if cfg.PipeSize > 0 {
		resizePipe(requests.w, cfg.PipeSize)
		resizePipe(replies.r, cfg.PipeSize)
	}

	c.cmd = &exec.Cmd{
		Path:   path,
		Args:   os.Args,
		Env:    append(append(os.Environ(), cfg.Env...), marker+"="+strconv.Itoa(os.Getpid())),
		Stdout: out.w,
		Stderr: errs.w,
	}
	attach(c.cmd, requests.r, replies.w, errs.w)
	if err := launch(ctx, c.cmd, cfg.pipeOnly); err != nil {
		return err
	}
	c.pid = c.cmd.Process.Pid

	var copies sync.WaitGroup
	prefix := c.name + " "
	if out.r != nil {
		copies.Go(func() { (&lines{prefix: prefix, out: cfg.Output}).copy(out.r) })
	}
	copies.Go(func() { (&lines{prefix: prefix, out: cfg.Output, tail: c.stderr}).copy(errs.r) })
	go c.supervise(&copies, out.r, errs.r)
	return nil
}

// supervise waits for the end of the worker, reaps it and collects the rest of its output.
func (c *Child) supervise(copies *sync.WaitGroup, output ...*os.File) {
	c.reap()
	landed()

	copied := make(chan struct{})
	go func() {
		copies.Wait()
		close(copied)
	}()
	timer := time.NewTimer(c.drain)
	defer timer.Stop()
	select {
	case <-copied:
	case <-timer.C:
		// Somebody else has the other end: stop reading. What is left then is a Writer
		// of the user that does not return, which nobody can end.
		for _, f := range output {
			_ = f.SetReadDeadline(time.Now())
		}
		timer.Reset(c.drain)
		select {
		case <-copied:
		case <-timer.C:
		}
	}
	for _, f := range output {
		f.Close()
	}
	c.exit.Stderr = c.stderr.String()
	close(c.done)
}

// reap waits for the process, ends what it left behind in its group, and collects it.
func (c *Child) reap() {
	if awaitExit(c.pid) { // it is a zombie now, so its number cannot be taken by another
		c.mu.Lock()
		defer c.mu.Unlock()
		killGroup(c.pid)
		c.collect()
		c.reaped = true
		return
	}
	c.collect()
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reaped = true
}

func (c *Child) collect() {
	err := c.cmd.Wait()
	c.exit.State = c.cmd.ProcessState
	if _, isExit := errors.AsType[*exec.ExitError](err); err != nil && !isExit {
		c.exit.Err = err
	}
}

type files []*os.File

func (fs files) close() {
	for _, f := range fs {
		f.Close()
	}
}
