package wire

import (
	"bytes"
	"io"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
)

func TestInbox(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, w := io.Pipe()
	canceled, lost := make(chan Cancel, 1), make(chan error, 1)
	in := NewInbox(NewReader(r, 0), InboxEvents{Cancel: func(c Cancel) { canceled <- c }, Lost: func(err error) { lost <- err }})
	out := NewWriter(w, 0)
	items := NewItemWriter[int](out)

	for i := range 10 { // nobody takes them, and the writer is not held up
		_, _, err := items.Write([]int{i}, make([]Tag, 1))
		require.NoError(t, err)
	}
	require.NoError(t, out.SendCancel(Cancel{&Failure{Message: "stop"}}))
	require.Equal(t, "stop", (<-canceled).Cause.Message, "a cancel overtakes the items")
	require.NoError(t, out.SendEnd(End{Active: 1}))
	w.Close()
	require.Equal(t, io.EOF, <-lost)

	dec, c := NewItemReader[int](), Chunk[int]{}
	for i := range 10 {
		f, err := in.Next()
		require.NoError(t, err)
		require.NoError(t, dec.Decode(f, &c))
		in.Free(f)
		require.Equal(t, []int{i}, c.Values)
	}
	f, err := in.Next()
	require.NoError(t, err)
	require.Equal(t, KindEnd, f.Kind)
	_, err = in.Next()
	require.Equal(t, io.EOF, err)
	_, err = in.Next()
	require.Equal(t, io.EOF, err)
}

func TestInboxTakesBackWhatWaits(t *testing.T) {
	defer goleak.VerifyNone(t)
	r, w := io.Pipe()
	returned, lost := make(chan int, 1), make(chan error, 1)
	var in *Inbox
	ready := make(chan struct{})
	in = NewInbox(NewReader(r, 0), InboxEvents{
		Recall: func() { <-ready; returned <- in.TakeBack() },
		Lost:   func(err error) { lost <- err },
	})
	close(ready)
	out := NewWriter(w, 0)
	items := NewItemWriter[string](out) // text takes two of one stream apart, should one be left out
	write := func(v ...string) {
		_, _, err := items.Write(v, make([]Tag, len(v)))
		require.NoError(t, err)
	}
	write("a", "b")
	first, err := in.Next()
	require.NoError(t, err)
	write("c", "d", "e")
	write("f")
	require.NoError(t, out.SendRecall())
	require.Equal(t, 4, <-returned, "not those that were taken before")
	require.NoError(t, out.SendRecall())
	require.Zero(t, <-returned, "once")
	write("g")
	w.Close()
	require.Equal(t, io.EOF, <-lost)

	dec, c := NewItemReader[string](), Chunk[string]{}
	var got []string
	for f := first; err == nil; f, err = in.Next() {
		require.NoError(t, dec.Decode(f, &c))
		if !f.Returned {
			got = append(got, c.Values...)
		}
		in.Free(f)
	}
	require.Equal(t, []string{"a", "b", "g"}, got)
}

func TestInboxIsBounded(t *testing.T) {
	defer goleak.VerifyNone(t)
	one := frames(t, func(w *Writer) { require.NoError(t, w.SendEnd(End{})) })
	lost := make(chan error, 1)
	NewInbox(NewReader(bytes.NewReader(bytes.Repeat(one, inboxFrames+1)), 0), InboxEvents{Lost: func(err error) { lost <- err }})
	require.ErrorIs(t, <-lost, ErrCorrupt)
}

func TestInboxReportsGarbage(t *testing.T) {
	defer goleak.VerifyNone(t)
	lost := make(chan error, 1)
	in := NewInbox(NewReader(bytes.NewReader(make([]byte, 100)), 0), InboxEvents{Lost: func(err error) { lost <- err }})
	require.ErrorIs(t, <-lost, ErrCorrupt)
	_, err := in.Next()
	require.ErrorIs(t, err, ErrCorrupt)

	bad := make([]byte, headerSize)
	Header{Kind: KindCancel}.put(bad)
	in = NewInbox(NewReader(bytes.NewReader(bad), 0), InboxEvents{Cancel: func(Cancel) { t.Error("no cancel") }, Lost: func(err error) { lost <- err }})
	require.ErrorIs(t, <-lost, ErrCorrupt)
	_, err = in.Next()
	require.ErrorIs(t, err, ErrCorrupt)
}
