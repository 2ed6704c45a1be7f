package databay_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/databay"
)

func TestRecord(t *testing.T) {
	md := databay.Metadata{"a": 1}
	r := databay.NewRecord("x", md)
	md["a"] = 2
	v, ok := r.Value("a")
	require.True(t, ok)
	require.Equal(t, 1, v)
	s := r.With("a", 3).With("b", "text")
	require.Equal(t, databay.Metadata{"a": 3, "b": "text"}, s.Metadata())
	require.Equal(t, databay.Metadata{"a": 1}, r.Metadata(), "records do not change")
	require.Equal(t, "text", s.Text("b", "default"))
	require.Equal(t, "default", s.Text("a", "default"))
	_, ok = r.Value(databay.InletKey)
	require.False(t, ok)
	require.True(t, r.ID().IsZero())
	require.Equal(t, "Record(payload=x, metadata=map[a:1])", r.String())
	require.Equal(t, "00000000000000ff-0000000000000010", databay.ID{Store: 255, Seq: 16}.String())
	require.Equal(t, "a.b.0", databay.Update{Tags: []string{"a", "b"}}.String())
	require.Equal(t, "16", databay.Update{Number: 16}.String())
}

type node struct {
	Next *node
	V    []int
	at   time.Time
}

type own struct{ V []int }

func (o *own) Clone() *own { return &own{append([]int{-1}, o.V...)} }

// clones returns what an outlet gets of v.
func clones[T any](t *testing.T, v T, clone func(T) T) T {
	t.Helper()
	out := &spy[T]{}
	l := newLink(t, databay.LinkConfig[T]{Inlets: ins(feed([]T{v})), Outlets: outs[T](out), Clone: clone})
	require.NoError(t, l.Transfer(t.Context()))
	return out.all()[0][0]
}

func TestClone(t *testing.T) {
	a := &node{V: []int{1}, at: time.Now()}
	a.Next = &node{Next: a}
	b := clones(t, a, nil)
	require.NotSame(t, a, b)
	require.Same(t, b, b.Next.Next, "cycles stay cycles")
	require.True(t, a.at.Equal(b.at))
	b.V[0] = 2
	require.Equal(t, []int{1}, a.V)

	var nothing any
	require.Nil(t, clones(t, nothing, nil))
	mixed := any(map[string]any{"l": []any{1, &own{}}, "n": nil, "a": [1][]int{{1}}})
	got := clones(t, mixed, nil)
	require.Equal(t, mixed, got)
	got.(map[string]any)["l"].([]any)[0] = 2
	require.Equal(t, 1, mixed.(map[string]any)["l"].([]any)[0])

	require.Equal(t, &own{[]int{-1, 5}}, clones(t, &own{[]int{5}}, nil), "its own method")
	require.Nil(t, clones[*own](t, nil, nil))
	require.Equal(t, 6, clones(t, 5, func(v int) int { return v + 1 }))
	l := newLink(t, databay.LinkConfig[int]{Inlets: ins(feed([]int{1})), Outlets: outs[int](&spy[int]{}), Clone: func(int) int { panic(errTest) }})
	require.ErrorIs(t, l.Transfer(t.Context()), errTest)
}
