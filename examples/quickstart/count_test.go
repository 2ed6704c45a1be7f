package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
	"github.com/penstock/penstock/pl/task"
	"github.com/penstock/penstock/pl/thread"
)

// inProcess are the backends whose functions can be closures, and that start at once.
var inProcess = slices.DeleteFunc(slices.Clone(backends), func(b pl.Backend) bool { return b == process.Backend })

// sequential is the plain loop that the pipeline has to agree with.
func sequential(t require.TestingT, root string) (Counts, int) {
	sum := Counts{Names: map[string]int{}}
	skipped := 0
	err := filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".go" {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		c, err := parse(context.Background(), File{name, text})
		if err != nil {
			skipped++
			return nil
		}
		sum.Files += c.Files
		sum.Lines += c.Lines
		sum.Comments += c.Comments
		for id, n := range c.Names {
			sum.Names[id] += n
		}
		return nil
	})
	require.NoError(t, err)
	return sum, skipped
}

// requireSameAsSequential takes each number of workers with each backend.
func requireSameAsSequential(t require.TestingT, root string, with []pl.Backend, workers ...int) {
	want, skipped := sequential(t, root)
	for _, b := range with {
		for _, n := range workers {
			requireCounts(t, job{root: root, parse: parsing, backend: b, workers: n}, want, skipped)
		}
	}
}

func requireCounts(t require.TestingT, j job, want Counts, skipped int) {
	r, err := count(context.Background(), j)
	require.NoError(t, err)
	require.NoError(t, r.stopped)
	require.Equal(t, want, r.Counts)
	require.Equal(t, skipped, r.skips.n)
}

func write(t require.TestingT, name, text string) {
	require.NoError(t, os.MkdirAll(filepath.Dir(name), 0o700))
	require.NoError(t, os.WriteFile(name, []byte(text), 0o600))
}

func TestCountsAreThoseOfASequentialLoop(t *testing.T) {
	small := t.TempDir()
	for i := range 50 {
		dir := filepath.Join(small, fmt.Sprint(i%7), fmt.Sprint(i%3))
		write(t, filepath.Join(dir, fmt.Sprintf("f%d.go", i)), fmt.Sprintf("package p\n\n// F is %d.\nfunc F%d(x int) int { return x + %d }", i, i, i))
	}
	write(t, filepath.Join(small, "broken.go"), "package p\nfunc {")
	write(t, filepath.Join(small, "empty.go"), "")
	write(t, filepath.Join(small, "notes.txt"), "package p")
	write(t, filepath.Join(small, "folder.go", "windows.go"), "package p\r\n\r\nvar a, b = b, a\r\n")

	goroot, err := findGo(t.Context())
	require.NoError(t, err)
	requireSameAsSequential(t, small, backends, 1, 2, 7)
	requireSameAsSequential(t, t.TempDir(), backends, 1, 3)
	requireSameAsSequential(t, filepath.Join(goroot, "src", "go"), backends, 3)
}

func TestAnyTreeCountsAsASequentialLoop(t *testing.T) {
	folder := t.TempDir
	rapid.Check(t, func(t *rapid.T) {
		root := folder()
		line := rapid.SampledFrom([]string{"var a int\n", "// b\n", "/* c\nd */", "func e() { f.g(_, h) }\n", "\n", "}", "type i[j any] struct{}\r\n"})
		for i, lines := range rapid.SliceOfN(rapid.SliceOfN(line, 0, 6), 0, 12).Draw(t, "files") {
			text := "package p\n"
			for _, l := range lines {
				text += l
			}
			write(t, filepath.Join(root, fmt.Sprint(i%3), fmt.Sprintf("%d.go", i)), text)
		}
		requireSameAsSequential(t, root, inProcess, rapid.IntRange(1, 5).Draw(t, "workers"))
	})
}

func TestParseCountsWhatIsThere(t *testing.T) {
	text := `package p // one

// two
/* three
   lines */
func add(x, y int) int { return x + y } // four`
	c, err := parse(t.Context(), File{"p.go", []byte(text)})
	require.NoError(t, err)
	names := map[string]int{"p": 1, "add": 1, "x": 2, "y": 2, "int": 2}
	require.Equal(t, Counts{Files: 1, Lines: 6, Comments: 4, Names: names}, c)
	require.Equal(t, 8, c.identifiers())
	require.Equal(t, []string{"int", "x", "y", "add"}, c.top(4))
	require.Len(t, c.top(20), 5)
}

func TestFilesThatCannotBeUsedAreCounted(t *testing.T) {
	root := t.TempDir()
	write(t, filepath.Join(root, "good.go"), "package p\n")
	write(t, filepath.Join(root, "bad.go"), "func\n")
	write(t, filepath.Join(root, "panics.go"), "package p\n")
	moody := pl.Fn(func(ctx context.Context, f File) (Counts, error) {
		if filepath.Base(f.Name) == "panics.go" {
			panic("a bad day")
		}
		return parse(ctx, f)
	})
	r, err := count(t.Context(), job{root: root, parse: moody, backend: thread.Backend, workers: 2})
	require.NoError(t, err)
	require.Equal(t, 1, r.Files)
	require.Equal(t, 2, r.skips.n)
	require.Error(t, r.skips.first)

	s := new(skips)
	names := task.Map(read, pl.OnError(s.skip))(pl.Of(filepath.Join(root, "gone.go"), filepath.Join(root, "good.go")))
	files, err := names.Collect(t.Context())
	require.NoError(t, err)
	require.Len(t, files, 1)
	require.Equal(t, 1, s.n)
	require.ErrorIs(t, s.first, fs.ErrNotExist)
}

func TestCancelGivesTheCountsSoFar(t *testing.T) {
	root := t.TempDir()
	for i := range 3000 { // more than the queues can hold
		write(t, filepath.Join(root, fmt.Sprintf("%d.go", i)), "package p\n")
	}
	for _, b := range inProcess {
		enough := errors.New("enough")
		ctx, cancel := context.WithCancelCause(t.Context())
		var parsed atomic.Int64
		slow := pl.Fn(func(ctx context.Context, f File) (Counts, error) {
			if parsed.Add(1) == 10 {
				cancel(enough)
			}
			return parse(ctx, f)
		})
		r, err := count(ctx, job{root: root, parse: slow, backend: b, workers: 2})
		require.NoError(t, err)
		require.ErrorIs(t, r.stopped, enough)
		require.Less(t, r.Files, 3000)
		require.Equal(t, r.Files, r.Names["p"])
	}
}
