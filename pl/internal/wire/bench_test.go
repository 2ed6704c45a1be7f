package wire

import (
	"encoding/gob"
	"io"
	"os"
	"testing"
)

type record struct {
	ID     int
	Name   string
	Values [16]float64
	Blob   []byte
}

func newRecord(i int) record {
	r := record{ID: i, Name: "a record of about one KiB", Blob: make([]byte, 800)}
	for j := range r.Values {
		r.Values[j] = float64(i) / float64(j+1)
	}
	return r
}

// pipes returns the two ends of a connection through two pipes.
func pipes(tb testing.TB) (parent, worker struct {
	io.Reader
	io.Writer
},
) {
	tb.Helper()
	r1, w1, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	r2, w2, err := os.Pipe()
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() {
		for _, f := range []*os.File{r1, w1, r2, w2} {
			f.Close()
		}
	})
	parent.Reader, parent.Writer = r2, w1
	worker.Reader, worker.Writer = r1, w2
	return parent, worker
}

// serve is a worker's loop, for benchmarks and tests.
func serve[A, B any](conn io.ReadWriter, f func(A) B) error {
	w := NewWriter(conn, 0)
	ended := make(chan struct{})
	in := NewInbox(NewReader(conn, 0), InboxEvents{Lost: func(error) { close(ended) }})
	defer func() { <-ended }()
	items, rep := NewItemReader[A](), NewReplier[B](w, nil, 0)
	var c Chunk[A]
	for {
		fr, err := in.Next()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
		if err := items.Decode(fr, &c); err != nil {
			return err
		}
		in.Free(fr)
		rep.Open(len(c.Values))
		for _, v := range c.Values {
			rep.Value(f(v))
		}
		if err := rep.Close(); err != nil {
			return err
		}
	}
}

// drive sends n items made by item through a worker, two chunks in flight.
func drive[A, B any](tb testing.TB, conn io.ReadWriter, n int, item func(int) A, use func(B)) {
	w, r := NewItemWriter[A](NewWriter(conn, 0)), NewReader(conn, 0)
	in := NewResultReader[B]()
	var (
		pace  Pace
		vals  []A
		tags  []Tag
		path  []int
		sizes []int // chunks in flight
		bytes []int
		fr    Frame
		res   Results[B]
		sent  int
		spent = res.Time
		got   int
		reply int
	)
	for done := 0; done < n; {
		for len(sizes) < 2 && sent < n {
			k := min(pace.Next(), n-sent)
			vals, tags, path = vals[:0], tags[:0], path[:0]
			for i := range k {
				vals = append(vals, item(sent+i))
				path = append(path, sent+i)
			}
			for i := range k {
				tags = append(tags, Tag{Index: path[i : i+1]})
			}
			_, b, err := w.Write(vals, tags)
			if err != nil {
				tb.Fatal(err)
			}
			sent += k
			sizes, bytes = append(sizes, k), append(bytes, b)
		}
		if err := r.Read(&fr); err != nil {
			tb.Fatal(err)
		}
		reply += fr.Bytes
		if err := in.Decode(&fr, &res); err != nil {
			tb.Fatal(err)
		}
		for _, v := range res.Values {
			use(v)
		}
		done += len(res.Values)
		got += len(res.Values)
		spent += res.Time
		if len(sizes) > 0 && got >= sizes[0] {
			pace.Observe(sizes[0], spent, bytes[0], reply)
			got -= sizes[0]
			sizes = append(sizes[:0], sizes[1:]...)
			bytes = append(bytes[:0], bytes[1:]...)
			spent, reply = 0, 0
		}
	}
}

func benchHop[A, B any](b *testing.B, item func(int) A, f func(A) B) {
	parent, worker := pipes(b)
	failed := make(chan error, 1)
	go func() { failed <- serve(worker, f) }()
	b.ReportAllocs()
	b.ResetTimer()
	drive(b, parent, b.N, item, func(B) {})
	b.StopTimer()
	parent.Writer.(*os.File).Close()
	if err := <-failed; err != nil {
		b.Fatal(err)
	}
}

func identity[T any](v T) T { return v }

type namedInt int

func BenchmarkHop(b *testing.B) {
	b.Run("int", func(b *testing.B) { benchHop(b, identity[int], func(v int) int { return v + 1 }) })
	b.Run("namedInt", func(b *testing.B) {
		benchHop(b, func(i int) namedInt { return namedInt(i) }, func(v namedInt) namedInt { return v + 1 })
	})
	b.Run("string", func(b *testing.B) {
		benchHop(b, func(int) string { return "twenty bytes of text" }, identity[string])
	})
	rec := newRecord(7)
	b.Run("1KiB-struct", func(b *testing.B) { benchHop(b, func(int) record { return rec }, identity[record]) })
	big := make([]byte, 1<<20)
	b.Run("1MiB", func(b *testing.B) {
		b.SetBytes(2 << 20)
		benchHop(b, func(int) []byte { return big }, identity[[]byte])
	})
}

// The limits to compare with: one gob value per write, and bytes copied through the pipes.
func BenchmarkGobPerValue(b *testing.B) {
	parent, worker := pipes(b)
	go func() {
		enc, dec := gob.NewEncoder(worker), gob.NewDecoder(worker)
		for {
			var v int
			if dec.Decode(&v) != nil || enc.Encode(v+1) != nil {
				return
			}
		}
	}()
	enc, dec := gob.NewEncoder(parent), gob.NewDecoder(parent)
	b.ReportAllocs()
	b.ResetTimer()
	for i := range b.N {
		var v int
		if err := enc.Encode(i); err != nil {
			b.Fatal(err)
		}
		if err := dec.Decode(&v); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	parent.Writer.(*os.File).Close()
}

func BenchmarkPlainCopy1MiB(b *testing.B) {
	parent, worker := pipes(b)
	go func() {
		buf := make([]byte, 1<<20)
		for {
			if _, err := io.ReadFull(worker, buf); err != nil {
				return
			}
			if _, err := worker.Write(buf); err != nil {
				return
			}
		}
	}()
	out, back := make([]byte, 1<<20), make([]byte, 1<<20)
	b.SetBytes(2 << 20)
	b.ResetTimer()
	for range b.N {
		if _, err := parent.Write(out); err != nil {
			b.Fatal(err)
		}
		if _, err := io.ReadFull(parent, back); err != nil {
			b.Fatal(err)
		}
	}
	b.StopTimer()
	parent.Writer.(*os.File).Close()
}
