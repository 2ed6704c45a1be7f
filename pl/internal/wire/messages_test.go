package wire

import (
	"bytes"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

// arrives sends a message and decodes it on the other side.
func arrives[M any](t *testing.T, send func(*Writer) error, decode func(*Frame) (M, error), want M) {
	t.Helper()
	var b bytes.Buffer
	require.NoError(t, send(NewWriter(&b, 0)))
	var f Frame
	require.NoError(t, NewReader(&b, 0).Read(&f))
	got, err := decode(&f)
	require.NoError(t, err)
	require.Equal(t, want, got)

	for n := range len(f.Payload) { // a shorter one is an error, whatever was cut
		_, err := decode(&Frame{Header: f.Header, Payload: f.Payload[:n]})
		require.ErrorIs(t, err, ErrCorrupt, "%d of %d bytes", n, len(f.Payload))
	}
	longer := &Frame{Header: f.Header, Payload: append(bytes.Clone(f.Payload), 1, 2, 3)}
	got, err = decode(longer)
	require.NoError(t, err, "a field of a later version is ignored")
	require.Equal(t, want, got)

	f.Kind = f.Kind%(kinds-1) + 1
	_, err = decode(&f)
	require.ErrorIs(t, err, ErrCorrupt)
}

func TestMessagesArrive(t *testing.T) {
	failure := &Failure{Kind: FailPanic, Message: "m", Type: "t", Sentinels: []string{"a", "b"}, Stack: "s", Concrete: [][]byte{{1}, {2, 3}}}

	hello := NewHello([]string{"main.b int int", "main.a string bool"})
	arrives(t, func(w *Writer) error { return w.SendHello(hello) }, (*Frame).Hello, hello)
	job := Job{
		Function: "f", Bound: true, Argument: []byte{1, 2}, Stage: "Map(f)", Backend: "process", Index: 3,
		Attempt: 2, Timeout: time.Second, Flush: -1,
	}
	arrives(t, func(w *Writer) error { return w.SendJob(job) }, (*Frame).Job, job)
	arrives(t, func(w *Writer) error { return w.SendReady(Ready{}) }, (*Frame).Ready, Ready{})
	arrives(t, func(w *Writer) error { return w.SendReady(Ready{failure}) }, (*Frame).Ready, Ready{failure})
	arrives(t, func(w *Writer) error { return w.SendCancel(Cancel{failure}) }, (*Frame).Cancel, Cancel{failure})
	arrives(t, func(w *Writer) error { return w.SendEnd(End{2, failure}) }, (*Frame).End, End{2, failure})
	done := Done{failure, 1 << 40, time.Hour}
	arrives(t, func(w *Writer) error { return w.SendDone(done) }, (*Frame).Done, done)
}

func TestOtherProtocol(t *testing.T) {
	f := &Frame{Header: Header{Kind: KindHello}, Payload: fields(nil).uint(Protocol + 1).string("unknown fields")}
	h, err := f.Hello()
	require.ErrorIs(t, err, ErrProtocol)
	require.Equal(t, Hello{Protocol: Protocol + 1}, h)
}

func TestFingerprint(t *testing.T) {
	a := Fingerprint([]string{"f int int", "g"})
	require.Equal(t, a, Fingerprint([]string{"g", "f int int"}))
	require.NotEqual(t, a, Fingerprint([]string{"f int", "int g"}))
	require.NotEqual(t, a, Fingerprint([]string{"f int int"}))

	missing, extra := Differ([]string{"c", "b", "a"}, []string{"b", "x"})
	require.Equal(t, []string{"a", "c"}, missing)
	require.Equal(t, []string{"x"}, extra)
}

func TestPace(t *testing.T) {
	run := func(p *Pace, chunks int, cost time.Duration, bytes int) int {
		for range chunks {
			n := p.Next()
			p.Observe(n, time.Duration(n)*cost, n*bytes, n)
		}
		return p.Next()
	}
	require.Equal(t, 1, new(Pace).Next(), "nothing is known yet")
	require.Equal(t, 1024, run(new(Pace), 11, 10, 8), "fast")
	require.Equal(t, 1, run(new(Pace), 20, time.Millisecond, 8), "slow")
	require.InDelta(t, 50, run(new(Pace), 20, 10*time.Microsecond, 8), 1, "500 µs of work")
	require.Equal(t, 256, run(new(Pace), 20, 10, 1<<10), "256 KiB")
	require.Equal(t, 1, run(new(Pace), 20, 10, 1<<20), "larger than a chunk")
	require.Equal(t, 7, run(&Pace{Items: 7}, 20, 10, 8))

	p := new(Pace)
	run(p, 20, 10, 8)
	require.Equal(t, 1, run(p, 1, 10*time.Millisecond, 8), "it shrinks at once")
	require.LessOrEqual(t, run(p, 1, 10, 8), 2, "and grows again step by step")
	require.Equal(t, 1024, run(p, 100, 10, 8))
}
