package wire

import (
	"bytes"
	"errors"
	"testing"
	"time"
)

// everything is a type with all that gob can do.
type everything struct {
	N      int
	U      uint8
	F      float64
	C      complex128
	B      []byte
	S      string
	P      *everything
	L      []everything
	M      map[string][]int
	A      [3]int16
	T      time.Time
	Any    any
	Nested map[int]map[int]bool
}

// seeds are connections as they should be, one with each kind of frame and of values.
func seeds(f *testing.F) {
	add := func(send func(w *Writer)) { f.Add(frames(f, send)) }
	fail := NewPanic(errors.Join(&statusError{3}, errors.New("x")), []byte("stack"), known)
	add(func(w *Writer) {
		_ = w.SendHello(NewHello([]string{"a", "b"}))
		_ = w.SendJob(Job{Function: "f", Argument: []byte{1}})
		_ = w.SendReady(Ready{fail})
		_ = w.SendCancel(Cancel{fail})
		_ = w.SendEnd(End{1, nil})
		_ = w.SendDone(Done{fail, 1, 2})
	})
	add(func(w *Writer) {
		_, _, _ = NewItemWriter[int](w).Write([]int{1, -2}, []Tag{{Index: []int{1}}, {Index: []int{1, 2}, Attempt: 3}})
	})
	add(func(w *Writer) {
		_, _, _ = NewItemWriter[[]byte](w).Write([][]byte{nil, {1}, make([]byte, borrowFrom)}, make([]Tag, 3))
	})
	add(func(w *Writer) {
		iw := NewItemWriter[everything](w)
		e := everything{N: 1, B: []byte("b"), S: "s", M: map[string][]int{"a": {1}}, Any: statusValue(1), T: time.Unix(1, 2)}
		e.P, e.L, e.Nested = &everything{U: 1, C: 1i}, []everything{{F: 2}}, map[int]map[int]bool{1: {2: true}}
		_, _, _ = iw.Write([]everything{e, {}}, make([]Tag, 2))
		_, _, _ = iw.Write([]everything{e}, make([]Tag, 1))
	})
	add(func(w *Writer) {
		iw := NewItemWriter[map[string]point](w)
		_, _, _ = iw.Write([]map[string]point{{"a": {X: 1}}, {}}, make([]Tag, 2))
	})
	add(func(w *Writer) {
		rep := NewReplier[string](w, nil, -1)
		rep.Open(3)
		rep.Value("a")
		rep.Fail(fail)
		rep.Value("c")
		_ = rep.Close()
	})
	add(func(w *Writer) {
		rep := NewReplier[point](w, nil, -1)
		rep.Open(2)
		rep.Fail(fail)
		rep.Value(point{Label: "x"})
		_ = rep.Close()
	})
	f.Add([]byte("panic: runtime error: index out of range\n\ngoroutine 1 [running]:"))
	f.Add([]byte{})
}

// decoders reads a connection as one of items and results of type T.
func decoders[T any]() func(f *Frame) {
	items, results := NewItemReader[T](), NewResultReader[T]()
	var c Chunk[T]
	var r Results[T]
	return func(f *Frame) {
		f = &Frame{Header: f.Header, Payload: bytes.Clone(f.Payload)}
		switch f.Kind {
		case KindItems:
			if items.Decode(f, &c) == nil && (len(c.Values) != f.Items || len(c.Tags) != f.Items) {
				panic("a chunk without its items")
			}
		case KindResults:
			if results.Decode(f, &r) == nil && len(r.Values) != f.Items {
				panic("results without their values")
			}
		}
	}
}

// FuzzReader feeds anything to the reader and all decoders: they return errors, and
// allocate no more than a multiple of what they got.
func FuzzReader(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, data []byte) {
		var last Frame
		used := allocated(func() {
			all := []func(*Frame){
				decoders[int](), decoders[bool](), decoders[float64](), decoders[struct{}](), decoders[string](),
				decoders[[]byte](), decoders[everything](), decoders[map[string]point](), decoders[point](), decoders[any](),
			}
			r := NewReader(bytes.NewReader(data), 16<<20)
			for r.Read(&last) == nil {
				_, _ = last.Hello()
				_, _ = last.Job()
				_, _ = last.Ready()
				_, _ = last.Cancel()
				_, _ = last.End()
				if d, err := last.Done(); err == nil && d.Failure != nil {
					d.Failure.Values()
				}
				for _, decode := range all {
					decode(&last)
				}
			}
		})
		// Each decoder of gob compiles its types, and gob may be 10 MiB ahead.
		if limit := uint64(64<<20 + 4000*len(data)); used > limit {
			t.Fatalf("%d bytes allocated for %d", used, len(data))
		}
	})
}
