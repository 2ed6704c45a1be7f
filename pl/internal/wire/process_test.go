package wire

import (
	"fmt"
	"io"
	"os"
	"testing"
	"time"

	"github.com/penstock/penstock/pl/internal/child"
)

func TestMain(m *testing.M) {
	child.Serve(work)
	os.Exit(m.Run())
}

const modeEnv = "WIRE_TEST_MODE"

// work is what the worker processes of these tests and benchmarks do.
func work(conn *child.Conn) int {
	var err error
	switch os.Getenv(modeEnv) {
	case "int":
		err = serve(conn, func(v int) int { return v + 1 })
	case "1KiB-struct":
		err = serve(conn, identity[record])
	case "1MiB":
		err = serve(conn, identity[[]byte])
	case "copy", "copy-fresh":
		buf := make([]byte, 1<<20)
		for err == nil {
			if os.Getenv(modeEnv) == "copy-fresh" {
				buf = make([]byte, 1<<20)
			}
			if _, err = io.ReadFull(conn, buf); err == nil {
				_, err = conn.Write(buf)
			}
		}
	}
	fmt.Fprintln(os.Stderr, err)
	return 1
}

func startWorker(tb testing.TB, mode string) *child.Child {
	tb.Helper()
	c, err := child.Start(tb.Context(), child.Config{Stage: mode, Env: []string{modeEnv + "=" + mode}})
	if err != nil {
		tb.Fatal(err)
	}
	tb.Cleanup(func() { c.Stop(5 * time.Second) })
	return c
}

func BenchmarkProcess(b *testing.B) {
	b.Run("int", func(b *testing.B) {
		c := startWorker(b, "int")
		b.ReportAllocs()
		b.ResetTimer()
		drive(b, c, b.N, identity[int], func(int) {})
	})
	b.Run("1KiB-struct", func(b *testing.B) {
		c, rec := startWorker(b, "1KiB-struct"), newRecord(7)
		b.ResetTimer()
		drive(b, c, b.N, func(int) record { return rec }, func(record) {})
	})
	big := make([]byte, 1<<20)
	b.Run("1MiB", func(b *testing.B) {
		c := startWorker(b, "1MiB")
		b.SetBytes(2 << 20)
		b.ResetTimer()
		drive(b, c, b.N, func(int) []byte { return big }, func([]byte) {})
	})
	// The limits: the same bytes through the same pipes, into a buffer that is reused
	// and so stays in the cache, and into memory that somebody may keep.
	for _, mode := range []string{"copy", "copy-fresh"} {
		b.Run(mode+"-1MiB", func(b *testing.B) {
			c, back := startWorker(b, mode), make([]byte, 1<<20)
			b.SetBytes(2 << 20)
			b.ResetTimer()
			for range b.N {
				if _, err := c.Write(big); err != nil {
					b.Fatal(err)
				}
				if mode == "copy-fresh" {
					back = make([]byte, 1<<20)
				}
				if _, err := io.ReadFull(c, back); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("start", func(b *testing.B) {
		for range b.N {
			startWorker(b, "int").Stop(time.Second)
		}
	})
}

func BenchmarkProcessAlone(b *testing.B) {
	c := startWorker(b, "int")
	w, r := NewItemWriter[int](NewWriter(c, 0)), NewReader(c, 0)
	in := NewResultReader[int]()
	var f Frame
	var res Results[int]
	vals, tags := []int{1}, []Tag{{Index: []int{1}}}
	b.ReportAllocs()
	b.ResetTimer()
	for range b.N {
		if _, _, err := w.Write(vals, tags); err != nil {
			b.Fatal(err)
		}
		if err := r.Read(&f); err != nil {
			b.Fatal(err)
		}
		if err := in.Decode(&f, &res); err != nil {
			b.Fatal(err)
		}
	}
}
