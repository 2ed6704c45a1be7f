package wire

import (
	"fmt"
	"time"
)

// Protocol is the number of this protocol. It changes when frames or fields change their
// meaning; a worker with another number is refused.
const Protocol = 2

// A Hello is a worker's first message.
type Hello struct {
	Protocol    int
	PID         int
	Build       string   // the program, for messages
	Fingerprint string   // of Functions; see [Fingerprint]
	Functions   []string // what is registered, names with types, sorted
}

// SendHello sends h, with the protocol number of this program.
func (w *Writer) SendHello(h Hello) error {
	return w.sendFields(KindHello, func(b fields) fields {
		return b.uint(Protocol).int(int64(h.PID)).string(h.Build).string(h.Fingerprint).strings(h.Functions)
	})
}

// Hello decodes a frame of KindHello. If the protocols differ the error matches
// [ErrProtocol], and only the number is there.
func (f *Frame) Hello() (h Hello, err error) {
	s, err := f.scan(KindHello)
	if err != nil {
		return h, err
	}
	if p := s.uint("protocol"); p != Protocol {
		if s.err != nil {
			return h, s.err
		}
		return Hello{Protocol: int(p)}, fmt.Errorf("%w: %d here, %d in the worker: it is another version of the program", ErrProtocol, Protocol, p)
	}
	h = Hello{
		Protocol: Protocol, PID: int(s.int("pid")), Build: s.string("build"),
		Fingerprint: s.string("fingerprint"), Functions: s.strings("functions"),
	}
	return h, s.err
}

// A Job tells a worker who it is and what to run.
type Job struct {
	Function string // the name that it is registered under
	Bound    bool   // the function is a template, Argument its argument
	Argument []byte // by [Marshal]

	Stage   string
	Backend string
	Index   int // of the worker in its stage

	Attempt int           // how many workers had this place before
	Timeout time.Duration // of one call; 0 for none
	Flush   time.Duration // see [NewReplier]; 0 for the default
}

// SendJob sends j.
func (w *Writer) SendJob(j Job) error {
	return w.sendFields(KindJob, func(b fields) fields {
		return b.string(j.Function).bool(j.Bound).bytes(j.Argument).string(j.Stage).string(j.Backend).
			int(int64(j.Index)).int(int64(j.Attempt)).int(int64(j.Timeout)).int(int64(j.Flush))
	})
}

// Job decodes a frame of KindJob.
func (f *Frame) Job() (j Job, err error) {
	s, err := f.scan(KindJob)
	if err != nil {
		return j, err
	}
	j = Job{
		Function: s.string("function"), Bound: s.bool("bound"), Argument: s.bytes("argument"),
		Stage: s.string("stage"), Backend: s.string("backend"),
		Index: int(s.int("index")), Attempt: int(s.int("attempt")),
		Timeout: time.Duration(s.int("timeout")), Flush: time.Duration(s.int("flush")),
	}
	return j, s.err
}

// Ready says that a worker takes items, or that it cannot.
type Ready struct {
	Failure *Failure // of OnStart, or of the job
}

// SendReady sends r.
func (w *Writer) SendReady(r Ready) error {
	return w.sendFields(KindReady, func(b fields) fields { return b.optional(r.Failure) })
}

// Ready decodes a frame of KindReady.
func (f *Frame) Ready() (r Ready, err error) {
	s, err := f.scan(KindReady)
	if err != nil {
		return r, err
	}
	r.Failure = s.optional()
	return r, s.err
}

// Cancel tells a worker that the context of the run has ended.
type Cancel struct {
	Cause *Failure
}

// SendCancel sends c.
func (w *Writer) SendCancel(c Cancel) error {
	return w.sendFields(KindCancel, func(b fields) fields { return b.optional(c.Cause) })
}

// Cancel decodes a frame of KindCancel.
func (f *Frame) Cancel() (c Cancel, err error) {
	s, err := f.scan(KindCancel)
	if err != nil {
		return c, err
	}
	c.Cause = s.optional()
	return c, s.err
}

// SendRecall asks a worker for the items that it has not begun; see [Replier.Return].
// Until the answer is there, no more items may be sent: it tells how many of the newest
// ones come back.
func (w *Writer) SendRecall() error {
	return w.sendFields(KindRecall, func(b fields) fields { return b })
}

// End tells a worker that there are no more items, with what its OnDone is told.
type End struct {
	Active int      // workers of the stage still running, not counting this one
	Err    *Failure // why the run ended; nil if the input is exhausted
}

// SendEnd sends e.
func (w *Writer) SendEnd(e End) error {
	return w.sendFields(KindEnd, func(b fields) fields { return b.int(int64(e.Active)).optional(e.Err) })
}

// End decodes a frame of KindEnd.
func (f *Frame) End() (e End, err error) {
	s, err := f.scan(KindEnd)
	if err != nil {
		return e, err
	}
	e = End{Active: int(s.int("active")), Err: s.optional()}
	return e, s.err
}

// Done is a worker's last message.
type Done struct {
	Failure *Failure      // of OnDone
	Items   int64         // that it answered
	Time    time.Duration // that it spent in the function
}

// SendDone sends d.
func (w *Writer) SendDone(d Done) error {
	return w.sendFields(KindDone, func(b fields) fields {
		return b.optional(d.Failure).int(d.Items).int(int64(d.Time))
	})
}

// Done decodes a frame of KindDone.
func (f *Frame) Done() (d Done, err error) {
	s, err := f.scan(KindDone)
	if err != nil {
		return d, err
	}
	d = Done{Failure: s.optional(), Items: s.int("items"), Time: time.Duration(s.int("time"))}
	return d, s.err
}

// scan starts to read the fields of a frame that must be of kind k.
func (f *Frame) scan(k Kind) (*scanner, error) {
	if f.Kind != k {
		return nil, fmt.Errorf("%w: %v came where %v was expected", ErrCorrupt, f.Kind, k)
	}
	return &scanner{what: k, b: f.Payload}, nil
}
