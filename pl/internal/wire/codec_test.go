package wire

import (
	"bytes"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// stream is a connection in memory from an ItemWriter to an ItemReader.
type stream[A any] struct {
	w  *ItemWriter[A]
	r  *Reader
	in *ItemReader[A]
	c  Chunk[A]
	f  Frame
}

func newStream[A any](limit int) *stream[A] {
	b := new(bytes.Buffer)
	return &stream[A]{w: NewItemWriter[A](NewWriter(b, limit)), r: NewReader(b, limit), in: NewItemReader[A]()}
}

// pass sends vals and returns what arrives.
func (s *stream[A]) pass(t require.TestingT, vals ...A) []A {
	_, _, err := s.w.Write(vals, make([]Tag, len(vals)))
	require.NoError(t, err)
	var got []A
	for len(got) < len(vals) {
		got = append(got, s.next(t).Values...)
	}
	return got
}

func (s *stream[A]) next(t require.TestingT) *Chunk[A] {
	require.NoError(t, s.r.Read(&s.f))
	require.NoError(t, s.in.Decode(&s.f, &s.c))
	return &s.c
}

func passes[A any](t *testing.T, values *rapid.Generator[A]) {
	t.Run(fmt.Sprintf("%T", *new(A)), func(t *testing.T) {
		rapid.Check(t, func(t *rapid.T) {
			s := newStream[A](0)
			for _, chunk := range rapid.SliceOfN(rapid.SliceOfN(values, 1, 20), 1, 4).Draw(t, "chunks") {
				require.Equal(t, chunk, s.pass(t, chunk...))
			}
		})
	})
}

type point struct {
	X, Y  int
	Label string
	Next  *point
	Marks map[string]int
}

func points() *rapid.Generator[point] {
	return rapid.Custom(func(t *rapid.T) point {
		p := point{X: rapid.Int().Draw(t, "x"), Y: rapid.IntRange(0, 1).Draw(t, "y"), Label: rapid.String().Draw(t, "label")}
		if rapid.Bool().Draw(t, "next") {
			p.Next = &point{X: 1}
		}
		if rapid.Bool().Draw(t, "marks") {
			p.Marks = map[string]int{"a": rapid.Int().Draw(t, "mark")}
		}
		return p
	})
}

type anything struct{ V any }

func TestValuesArrive(t *testing.T) {
	passes(t, rapid.Int())
	passes(t, rapid.Int32())
	passes(t, rapid.Int64())
	passes(t, rapid.Uint32())
	passes(t, rapid.Uint64())
	passes(t, rapid.Float64())
	passes(t, rapid.Float32())
	passes(t, rapid.Bool())
	passes(t, rapid.String())
	passes(t, rapid.SliceOf(rapid.Byte()))
	passes(t, rapid.SliceOfN(rapid.Int(), 1, 5))
	passes(t, rapid.MapOfN(rapid.String(), rapid.Int(), 1, 5))
	passes(t, rapid.Just(struct{}{}))
	passes(t, points())
	passes(t, rapid.Map(points(), func(p point) *point { return &p }))
	passes(t, rapid.Map(rapid.Int64(), func(n int64) time.Time { return time.Unix(0, n).UTC() }))
	passes(t, rapid.Map(rapid.Int(), func(n int) any { return n }))
	passes(t, rapid.Map(rapid.String(), func(s string) anything { return anything{s} }))
	passes(t, rapid.Just[any](nil))
}

func TestLargeBytesAndStringsArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, text := newStream[[]byte](0), newStream[string](0)
		for _, sizes := range rapid.SliceOfN(rapid.SliceOfN(rapid.SampledFrom([]int{0, 1, 70, 5000, borrowFrom - 1, borrowFrom, 100_001}), 1, 5), 1, 4).Draw(t, "sizes") {
			var vals [][]byte
			var strs []string
			for i, n := range sizes {
				vals = append(vals, bytes.Repeat([]byte{'a' + byte(i)}, n))
				strs = append(strs, strings.Repeat("z", n))
			}
			require.Equal(t, vals, s.pass(t, vals...))
			require.Equal(t, strs, text.pass(t, strs...))
		}
	})
}

func TestNilBytesStayNil(t *testing.T) {
	require.Equal(t, [][]byte{nil, {}, {1}}, newStream[[]byte](0).pass(t, nil, []byte{}, []byte{1}))
}

func TestNaNArrives(t *testing.T) {
	got := newStream[float64](0).pass(t, math.NaN(), math.Inf(-1))
	require.Equal(t, math.Float64bits(math.NaN()), math.Float64bits(got[0]))
	require.Equal(t, math.Inf(-1), got[1])
}

// A value that was handed out must not change when the next chunk comes.
func TestValuesAreNotOverwritten(t *testing.T) {
	s := newStream[point](0)
	first := s.pass(t, point{X: 1, Label: "one", Next: &point{X: 10}, Marks: map[string]int{"a": 1}})
	second := s.pass(t, point{Y: 2})
	require.Equal(t, []point{{Y: 2}}, second, "nothing of the chunk before shines through")
	require.Equal(t, []point{{X: 1, Label: "one", Next: &point{X: 10}, Marks: map[string]int{"a": 1}}}, first)

	b := newStream[[]byte](0)
	big := b.pass(t, bytes.Repeat([]byte{1}, 100_000))
	b.pass(t, bytes.Repeat([]byte{2}, 100_000))
	require.Equal(t, bytes.Repeat([]byte{1}, 100_000), big[0])
}

func TestTypesAreSentOnce(t *testing.T) {
	var b bytes.Buffer
	w := NewItemWriter[point](NewWriter(&b, 0))
	_, first, err := w.Write([]point{{X: 1}}, make([]Tag, 1))
	require.NoError(t, err)
	_, second, err := w.Write([]point{{X: 1}}, make([]Tag, 1))
	require.NoError(t, err)
	require.Less(t, second, first-50)
	require.Equal(t, b.Len(), first+second)
}

// moody fails to be encoded or decoded, in every way that code of a type can.
type moody struct{ Mood string }

func (m moody) GobEncode() ([]byte, error) {
	switch m.Mood {
	case "no encode":
		return nil, errors.New("not in the mood")
	case "panic encode":
		panic("much ado")
	}
	return []byte(m.Mood), nil
}

func (m *moody) GobDecode(b []byte) error {
	switch m.Mood = string(b); m.Mood {
	case "no decode":
		return io.EOF
	case "panic decode":
		panic(io.ErrClosedPipe)
	}
	return nil
}

func moods(ms ...string) (vals []moody) {
	for _, m := range ms {
		vals = append(vals, moody{m})
	}
	return vals
}

func TestAValueThatCannotBeEncoded(t *testing.T) {
	for _, bad := range []string{"no encode", "panic encode"} {
		s := newStream[moody](0)
		s.pass(t, moods("fine")...)
		sent, _, err := s.w.Write(moods("a", "b", bad, "c"), make([]Tag, 4))
		item, ok := errors.AsType[*ItemError](err)
		require.True(t, ok, "%v", err)
		require.Equal(t, 2, item.Item)
		require.Zero(t, sent)
		require.Equal(t, moods("a", "b", "c"), s.pass(t, moods("a", "b", "c")...))
	}
	s := newStream[*point](0)
	_, _, err := s.w.Write([]*point{{X: 1}, nil}, make([]Tag, 2))
	item, ok := errors.AsType[*ItemError](err)
	require.True(t, ok, "%v", err)
	require.Equal(t, 1, item.Item)
	require.Equal(t, []*point{{X: 1}}, s.pass(t, &point{X: 1}))
}

type unregistered struct{ N int }

func TestTheStreamSurvivesAHalfEncodedInterface(t *testing.T) {
	gob.Register(anything{})
	s := newStream[any](0)
	s.pass(t, any(1))
	// The descriptor of anything is written before its content turns out to be unknown.
	_, _, err := s.w.Write([]any{anything{anything{unregistered{1}}}}, make([]Tag, 1))
	require.Error(t, err)
	require.Equal(t, []any{anything{anything{"x"}}}, s.pass(t, any(anything{anything{"x"}})))
}

func TestAValueThatCannotBeDecoded(t *testing.T) {
	for _, bad := range []string{"no decode", "panic decode"} {
		s := newStream[moody](0)
		_, _, err := s.w.Write(moods("a", bad, "b"), make([]Tag, 3))
		require.NoError(t, err)
		c := s.next(t)
		require.Equal(t, moods("a", "", "b"), c.Values)
		require.Len(t, c.Bad, 1)
		require.Equal(t, 1, c.Bad[0].Item)
		require.Equal(t, moods("c"), s.pass(t, moods("c")...), "and the stream goes on")
	}
}

func TestChunksAreCutUpForTheLimit(t *testing.T) {
	s := newStream[[]byte](1000)
	var vals [][]byte
	for i := range 20 {
		vals = append(vals, bytes.Repeat([]byte{byte(i)}, 300))
	}
	require.Equal(t, vals, s.pass(t, vals...))

	vals[13] = make([]byte, 2000)
	sent, _, err := s.w.Write(vals, make([]Tag, 20))
	item, ok := errors.AsType[*ItemError](err)
	require.True(t, ok)
	require.ErrorIs(t, err, ErrTooLarge)
	require.Equal(t, 13, item.Item)
	require.LessOrEqual(t, sent, 13)
	var got [][]byte
	for len(got) < sent {
		got = append(got, s.next(t).Values...)
	}
	require.Equal(t, vals[:sent], got)

	p := newStream[point](200) // with gob, where types have to be sent again
	ps := make([]point, 50)
	for i := range ps {
		ps[i] = point{X: i, Label: strings.Repeat("x", 10)}
	}
	require.Equal(t, ps, p.pass(t, ps...))
}

func TestTagsArrive(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		tags := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) Tag {
			return Tag{
				Index:   rapid.SliceOfN(rapid.Int(), 0, 4).Draw(t, "index"),
				Attempt: rapid.IntRange(0, 3).Draw(t, "attempt"),
			}
		}), 1, 30).Draw(t, "tags")
		s := newStream[int](0)
		_, _, err := s.w.Write(make([]int, len(tags)), tags)
		require.NoError(t, err)
		got := s.next(t).Tags
		require.Len(t, got, len(tags))
		for i, tag := range tags {
			require.Equal(t, tag.Attempt, got[i].Attempt)
			require.True(t, slices.Equal(tag.Index, got[i].Index), "%v %v", tag, got[i])
		}
	})
}

func TestUsualTagsTakeTwoBytes(t *testing.T) {
	tags := make([]Tag, 1000)
	for i := range tags {
		tags[i].Index = []int{1_000_000 + i}
	}
	require.LessOrEqual(t, len(putTags(nil, tags)), 2*1000+8)
}

func TestCheckType(t *testing.T) {
	require.NoError(t, CheckType[int]())
	require.NoError(t, CheckType[struct{}]())
	require.NoError(t, CheckType[point]())
	require.NoError(t, CheckType[**point]())
	require.NoError(t, CheckType[[]*point]())
	require.NoError(t, CheckType[any]())
	require.NoError(t, CheckType[error]())
	require.NoError(t, CheckType[time.Time]())
	require.Error(t, CheckType[func()]())
	require.Error(t, CheckType[chan int]())
	require.Error(t, CheckType[struct{ x int }]())
	require.Error(t, CheckType[*struct{ x int }]())
}

func TestMarshal(t *testing.T) {
	for _, n := range []int{0, 10, 100_000} {
		b, err := Marshal(bytes.Repeat([]byte{1}, n))
		require.NoError(t, err)
		v, err := Unmarshal[[]byte](b)
		require.NoError(t, err)
		require.Len(t, v, n)
	}
	b, err := Marshal(point{X: 3})
	require.NoError(t, err)
	p, err := Unmarshal[point](b)
	require.NoError(t, err)
	require.Equal(t, point{X: 3}, p)

	_, err = Unmarshal[point](b[:len(b)-1])
	require.Error(t, err)
	_, err = Unmarshal[int]([]byte{1})
	require.ErrorIs(t, err, ErrCorrupt)
	_, err = Marshal(moody{"no encode"})
	require.Error(t, err)
	b, err = Marshal(moody{"no decode"})
	require.NoError(t, err)
	_, err = Unmarshal[moody](b)
	require.ErrorIs(t, err, io.EOF)
}

// A map's number of entries is believed by gob before they are there.
func TestHostileMapAllocatesLittle(t *testing.T) {
	b, err := Marshal(map[string]int{"a": 1})
	require.NoError(t, err)
	at := bytes.LastIndex(b, []byte{1, 1, 'a', 2}) // one entry, of one byte, 'a', 1
	require.Positive(t, at)
	hostile := append(bytes.Clone(b[:at]), 0xfc, 0x10, 0, 0, 0) // 1<<28 entries
	hostile = append(hostile, b[at+1:]...)
	n := allocated(func() { _, err = Unmarshal[map[string]int](relengthen(hostile, at, 4)) })
	require.Error(t, err)
	require.Less(t, n, uint64(16<<20))
}

// relengthen adds to the length of the gob message around at.
func relengthen(b []byte, at, more int) []byte {
	for i := 0; i < len(b); {
		n := int(b[i])
		if i < at && at <= i+n {
			b[i] += byte(more)
			return b
		}
		i += 1 + n
	}
	return b
}
