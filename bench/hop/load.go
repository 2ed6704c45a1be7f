package hop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"sync"

	"github.com/penstock/penstock/pl"

	"github.com/penstock/penstock/bench/workload"
)

// ErrUnknown is the error of [Find] for a name that no load has.
var ErrUnknown = errors.New("hop: unknown load")

// A Load is a kind of item, and the ways that its items can take.
type Load struct {
	Name  string // for flags
	Title string // for people
	Bytes int    // of an item in memory
	Ways  []Way

	serve func(in io.Reader, out io.Writer) error // one value per write
}

// The functions that the items are sent for: each returns its item with the key
// increased by one. They are registered for package process, in package variables.
var (
	nextInt    = pl.Register(func(_ context.Context, v int) (int, error) { return v + 1, nil }, pl.As("bench/hop.int"))
	nextRecord = pl.Register(func(_ context.Context, v Record) (Record, error) { v.ID++; return v, nil }, pl.As("bench/hop.record"))
	nextBytes  = pl.Register(func(_ context.Context, v []byte) ([]byte, error) { v[0]++; return v, nil }, pl.As("bench/hop.bytes"))
)

// A Record is a struct as programs have them. It has about a KiB.
type Record struct {
	ID     int
	Name   string
	Active bool
	Values []float64
	Text   string
}

// All returns the loads.
func All() []Load {
	return []Load{
		load("int", "int, x+1", 8, ints(), counts{2_000_000, 20_000, 5_000, 40 << 20}),
		load("struct", "a struct of 1 KiB", 1<<10, &kind[Record]{
			rpc: "Plugin.Record", f: nextRecord,
			item: cycle(newRecord),
			key:  func(v Record) int { return v.ID + len(v.Text) + len(v.Values) },
		}, counts{100_000, 20_000, 5_000, 400 << 10}),
		load("mib", "1 MiB of bytes", 1<<20, &kind[[]byte]{
			rpc: "Plugin.Bytes", f: nextBytes,
			item: cycle(newBytes),
			key:  func(v []byte) int { return int(v[0]) + len(v) },
		}, counts{300, 300, 200, 300}),
	}
}

func ints() *kind[int] {
	return &kind[int]{
		rpc: "Plugin.Int", f: nextInt,
		item: func(i int) int { return i },
		key:  func(v int) int { return v },
	}
}

// counts are how many items of a load make a run of about half a second, each way.
type counts struct{ penstock, gob, plugin, copy int }

func load[T any](name, title string, bytes int, k *kind[T], n counts) Load {
	k.name = name
	ours := []Way{{Name: Penstock, Items: n.penstock, run: k.penstock()}}
	if bytes <= 1<<10 { // so many of a MiB would be much memory
		ours = append(ours, Way{Name: Wide, Items: n.penstock, run: k.penstock(pl.MaxSize(wide)), Note: "MaxSize 8192 instead of 512"})
	}
	return Load{Name: name, Title: title, Bytes: bytes, serve: k.serveGob, Ways: append(ours, []Way{
		{Name: Gob, Items: n.gob, run: k.gob, Note: "one item at a time per worker"},
		{Name: Plugin, Module: "github.com/hashicorp/go-plugin", Items: n.plugin, run: k.plugin, Note: "one item at a time per worker"},
		{Name: Copy, Items: n.copy, run: k.copying(bytes, false), Note: "the limit: blocks of 1 MiB that nobody looks at"},
		{Name: Keep, Items: n.copy, run: k.copying(bytes, true), Note: "the same, each block into new memory, as items need"},
	}...)}
}

// different is how many items differ. More would need much memory, and a way that
// loses or doubles an item is found with these.
const different = 16

// cycle makes the items once, when the first is needed.
func cycle[T any](item func(i int) T) func(i int) T {
	items := sync.OnceValue(func() (made []T) {
		for i := range different {
			made = append(made, item(i))
		}
		return made
	})
	return func(i int) T { return items()[i%different] }
}

func newRecord(i int) Record {
	r := Record{ID: i, Name: fmt.Sprintf("record %d", i), Active: i%2 == 0, Text: strings.Repeat("some text. ", 44)}
	for k := range 56 {
		r.Values = append(r.Values, float64(i*k)/7)
	}
	return r
}

func newBytes(i int) []byte {
	b := make([]byte, 1<<20)
	for k := range b {
		b[k] = byte(i + k)
	}
	return b
}

// A kind is what the ways have to know of items of type T.
type kind[T any] struct {
	name string
	rpc  string // the method of the plugin
	f    *pl.Registered[T, T]
	item func(i int) T
	key  func(T) int
}

// check returns an error unless d sums up the results of n items.
func (k *kind[T]) check(d workload.Digest, n int) error {
	var want workload.Digest
	for i := range n {
		want.Add(k.key(k.item(i)) + 1)
	}
	return d.Check(want, false)
}

// Find returns the load of that name, or an error that matches [ErrUnknown] and lists
// the choices.
func Find(name string, from []Load) (Load, error) {
	var names []string
	for _, l := range from {
		if l.Name == name {
			return l, nil
		}
		names = append(names, l.Name)
	}
	return Load{}, fmt.Errorf("%w: %q: choose one of %s", ErrUnknown, name, strings.Join(names, ", "))
}
