package wire

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// frames returns what send writes.
func frames(tb testing.TB, send func(w *Writer)) []byte {
	tb.Helper()
	var b bytes.Buffer
	send(NewWriter(&b, 0))
	return b.Bytes()
}

func TestFramesArriveWhateverThePieces(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		sizes := rapid.SliceOfN(rapid.IntRange(0, 200_000), 1, 6).Draw(t, "sizes")
		var b bytes.Buffer
		w := NewWriter(&b, 0)
		for i, n := range sizes {
			var p packet
			p.reset(KindResults)
			p.Items, p.Time = i, time.Duration(n)
			p.add(bytes.Repeat([]byte{byte(i)}, n))
			require.NoError(t, w.send(&p))
		}
		var in io.Reader = &b
		switch rapid.IntRange(0, 3).Draw(t, "reader") {
		case 1:
			in = iotest.HalfReader(in)
		case 2:
			in = iotest.DataErrReader(in)
		case 3:
			if b.Len() < 10_000 {
				in = iotest.OneByteReader(in)
			}
		}
		r, f := NewReader(in, 0), new(Frame)
		for i, n := range sizes {
			require.NoError(t, r.Read(f))
			require.Equal(t, Header{Kind: KindResults, Items: i, Bytes: n, Time: time.Duration(n)}, f.Header)
			require.True(t, bytes.Equal(bytes.Repeat([]byte{byte(i)}, n), f.Payload))
		}
		require.Equal(t, io.EOF, r.Read(f))
		require.Equal(t, io.EOF, r.Read(f), "the end stays the end")
	})
}

func TestCutFrames(t *testing.T) {
	whole := frames(t, func(w *Writer) {
		require.NoError(t, w.SendHello(Hello{Build: "program", Functions: []string{"f"}}))
	})
	for n := range len(whole) {
		err := NewReader(bytes.NewReader(whole[:n]), 0).Read(new(Frame))
		if n == 0 {
			require.Equal(t, io.EOF, err)
			continue
		}
		require.ErrorIs(t, err, ErrCut, "after %d bytes", n)
		require.ErrorIs(t, err, io.ErrUnexpectedEOF)
	}
}

func TestReaderPassesOnOtherErrors(t *testing.T) {
	broken := errors.New("broken")
	whole := frames(t, func(w *Writer) { require.NoError(t, w.SendHello(Hello{Build: "program"})) })
	in := io.MultiReader(bytes.NewReader(whole[:len(whole)-1]), iotest.ErrReader(broken))
	err := NewReader(in, 0).Read(new(Frame))
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, ErrCut)
	err = NewReader(io.MultiReader(bytes.NewReader(whole[:10]), iotest.ErrReader(broken)), 0).Read(new(Frame))
	require.ErrorIs(t, err, broken)
	require.NotErrorIs(t, err, ErrCut)
}

func TestCorruptHeaders(t *testing.T) {
	good := frames(t, func(w *Writer) { require.NoError(t, w.SendReady(Ready{})) })
	for name, c := range map[string]struct {
		change func(b []byte)
		want   error
	}{
		"print of user code": {func(b []byte) { copy(b, "panic: runtime error: invalid") }, ErrCorrupt},
		"unknown kind":       {func(b []byte) { b[2] = byte(kinds) }, ErrCorrupt},
		"kind zero":          {func(b []byte) { b[2] = 0 }, ErrCorrupt},
		"unknown flag":       {func(b []byte) { b[3] = 0x80 }, ErrCorrupt},
		"items in a ready":   {func(b []byte) { b[4] = 1 }, ErrCorrupt},
		"too many items":     {func(b []byte) { b[2], b[7] = byte(KindItems), 0xff }, ErrCorrupt},
		"negative time":      {func(b []byte) { b[23] = 0xff }, ErrCorrupt},
		"exabytes":           {func(b []byte) { b[15] = 0xff }, ErrTooLarge},
		"over the limit":     {func(b []byte) { b[9] = 0x10 }, ErrTooLarge},
	} {
		b := bytes.Clone(good)
		c.change(b)
		require.ErrorIs(t, NewReader(bytes.NewReader(b), 1024).Read(new(Frame)), c.want, name)
	}
}

// allocated returns the bytes that f allocates.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestHostileLengthAllocatesLittle(t *testing.T) {
	b := make([]byte, headerSize+100)
	Header{Kind: KindItems, Bytes: DefaultLimit}.put(b)
	n := allocated(func() {
		require.ErrorIs(t, NewReader(bytes.NewReader(b), 0).Read(new(Frame)), ErrCut)
	})
	require.Less(t, n, uint64(firstStep+1<<20))
}

func TestWriterLimit(t *testing.T) {
	var b bytes.Buffer
	w := NewWriter(&b, 100)
	err := w.SendHello(Hello{Build: strings.Repeat("x", 200)})
	require.ErrorIs(t, err, ErrTooLarge)
	require.Zero(t, b.Len())
	require.NoError(t, w.SendReady(Ready{}), "nothing was written, so the connection is intact")
}

type brokenWriter struct{ after int }

func (w *brokenWriter) Write(b []byte) (int, error) {
	if w.after -= len(b); w.after < 0 {
		return 0, io.ErrClosedPipe
	}
	return len(b), nil
}

func TestWriterStopsAfterAnError(t *testing.T) {
	dst := &brokenWriter{after: 10}
	w := NewWriter(dst, 0)
	require.ErrorIs(t, w.SendReady(Ready{}), io.ErrClosedPipe)
	dst.after = 1 << 20
	require.ErrorIs(t, w.SendReady(Ready{}), io.ErrClosedPipe, "half a frame may be out")
}
