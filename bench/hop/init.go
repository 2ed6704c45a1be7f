package hop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
)

// ErrNotInitialized is the error of every run in a program that has not called [Init].
var ErrNotInitialized = errors.New("hop: Init was not called: call hop.Init() after process.Init() in main, or in TestMain")

// marker is the environment variable that makes a process a worker. Its value says of
// which kind.
const marker = "PLBENCH_WORKER"

// The kinds of workers.
const (
	gobKind    = "gob " // and the name of the load
	copyKind   = "copy"
	keepKind   = "keep"
	pluginKind = "plugin"
)

var initialized atomic.Bool

// Init serves the parent if this process is a worker of this package, and then exits;
// otherwise it returns at once. Workers of package process are served by its own Init.
func Init() {
	kind := os.Getenv(marker)
	if kind == "" {
		initialized.Store(true)
		return
	}
	if kind == pluginKind {
		servePlugin() // returns when its client has gone
		os.Exit(0)
	}
	serve, ok := servers()[kind]
	if !ok {
		fmt.Fprintf(os.Stderr, "hop: unknown worker %q\n", kind)
		os.Exit(2)
	}
	if err := serve(os.Stdin, os.Stdout); err != nil && !errors.Is(err, io.EOF) {
		fmt.Fprintln(os.Stderr, "hop:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// servers returns what workers do, by the value of the marker.
func servers() map[string]func(in io.Reader, out io.Writer) error {
	all := map[string]func(in io.Reader, out io.Writer) error{copyKind: serveCopy, keepKind: serveKeep}
	for _, l := range All() {
		all[gobKind+l.Name] = l.serve
	}
	return all
}

// command returns this program as a worker of a kind.
func command(ctx context.Context, kind string) (*exec.Cmd, error) {
	if !initialized.Load() {
		return nil, ErrNotInitialized
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, self)
	cmd.Env = append(os.Environ(), marker+"="+kind)
	return cmd, nil
}

// A worker is a process that answers on its standard output what comes to its
// standard input.
type worker struct {
	cmd     *exec.Cmd
	in, out *os.File
}

// start starts a worker, on pipes as large as those of package process.
func start(ctx context.Context, kind string) (*worker, error) {
	cmd, err := command(ctx, kind)
	if err != nil {
		return nil, err
	}
	stdin, in, err := os.Pipe()
	if err != nil {
		return nil, err
	}
	out, stdout, err := os.Pipe()
	if err != nil {
		_, _ = stdin.Close(), in.Close()
		return nil, err
	}
	enlarge(in)
	enlarge(out)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = stdin, stdout, os.Stderr
	err = cmd.Start()
	_, _ = stdin.Close(), stdout.Close()
	if err != nil {
		_, _ = in.Close(), out.Close()
		return nil, err
	}
	return &worker{cmd, in, out}, nil
}

// stop lets the worker end, and waits for it.
func (w *worker) stop() error {
	w.in.Close()
	w.out.Close()
	return w.cmd.Wait()
}
