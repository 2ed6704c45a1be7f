package child

import (
	"io"
	"time"
)

// Config describes a worker. The zero Config is usable.
type Config struct {
	// Stage and Index name the worker in its output and in errors: "Map(slowAdd1)[2]".
	Stage string
	Index int

	// Env holds variables "KEY=value" that are added to those of this process.
	Env []string

	// Output is where the worker's standard output and standard error go, whole lines
	// only and with its name before each. Workers that share one Output do not mix their
	// lines. Nil means the standard error of this process.
	Output *Output

	// Tail is how many bytes of the end of the worker's standard error are kept for
	// [Exit]; 16 KiB if 0.
	Tail int

	// Drain is how long to wait, after the worker has ended, for output that a process
	// which it left behind keeps open; 1 second if 0.
	Drain time.Duration

	// PipeSize is the size of the buffers of the two pipes in bytes, where the system
	// lets us choose (Linux); see [DefaultPipeSize]. Negative leaves it to the system.
	PipeSize int

	// pipeOnly starts the worker without a parent-death signal, for the test that the
	// end of the request pipe is enough.
	pipeOnly bool
}

// DefaultPipeSize is a compromise: twice as large costs no less time, and an unprivileged
// user may have 64 MiB of pipe buffers in all before new pipes shrink to a page.
const DefaultPipeSize = 256 << 10

func (c *Config) setDefaults() {
	if c.Output == nil {
		c.Output = stderr
	}
	if c.Tail <= 0 {
		c.Tail = 16 << 10
	}
	if c.Drain <= 0 {
		c.Drain = time.Second
	}
	if c.PipeSize == 0 {
		c.PipeSize = DefaultPipeSize
	}
}

var stderr = NewOutput(nil)

// NewOutput returns an Output that writes to w; to the value that os.Stderr has at that
// moment if w is nil. Its writes come one at a time. After an error or a panic of w, what
// the workers print is dropped.
func NewOutput(w io.Writer) *Output { return &Output{w: w} }
