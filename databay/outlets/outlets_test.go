package outlets_test

import (
	"bytes"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"
	_ "modernc.org/sqlite"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/databay/databaytest"
	"github.com/penstock/penstock/databay/outlets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

type row = map[string]string

func push[T any](t *testing.T, out databay.Outlet[T], rs ...databay.Record[T]) {
	t.Helper()
	require.NoError(t, out.Push(t.Context(), rs, databay.Update{Tags: []string{"tag"}, Number: 3}))
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	require.NoError(t, err)
	return string(data)
}

func repeat[T any](v T, n int, md databay.Metadata) []databay.Record[T] {
	var rs []databay.Record[T]
	for range n {
		rs = append(rs, databay.NewRecord(v, md))
	}
	return rs
}

func TestContract(t *testing.T) {
	path := func(t *testing.T) string { return filepath.Join(t.TempDir(), "sub", "file") }
	t.Run("File", func(t *testing.T) {
		databaytest.Outlet(t, func(t *testing.T) databay.Outlet[int] { return outlets.NewFile[int](outlets.FileConfig{Path: path(t)}) }, []int{1, 2}, nil)
	})
	t.Run("JSONLines", func(t *testing.T) {
		databaytest.Outlet(t, func(t *testing.T) databay.Outlet[int] {
			return outlets.NewJSONLines[int](outlets.FileConfig{Path: path(t)})
		}, []int{1, 2}, nil)
	})
	t.Run("CSV", func(t *testing.T) {
		databaytest.Outlet(t, func(t *testing.T) databay.Outlet[row] {
			return outlets.NewCSV(outlets.CSVConfig[row]{FileConfig: outlets.FileConfig{Path: path(t)}})
		}, []row{{"a": "1"}}, nil)
	})
	t.Run("Print", func(t *testing.T) {
		databaytest.Outlet(t, func(*testing.T) databay.Outlet[int] {
			return outlets.NewPrint[int](outlets.PrintConfig{Writer: &bytes.Buffer{}})
		}, []int{1, 2}, nil)
	})
	t.Run("Null", func(t *testing.T) {
		databaytest.Outlet(t, func(*testing.T) databay.Outlet[int] { return outlets.NewNull[int]() }, []int{1, 2}, nil)
	})
	t.Run("SQL", func(t *testing.T) {
		databaytest.Outlet(t, func(t *testing.T) databay.Outlet[int] { return numbers(t, openDB(t)) }, []int{1, 2}, nil)
	})
}

func TestPrint(t *testing.T) {
	for id, c := range map[string]struct {
		cfg  outlets.PrintConfig
		want string
	}{
		"PR-1 default":      {outlets.PrintConfig{}, "tag.3 Record(payload=7, metadata=map[k:v])\n"},
		"PR-1 only payload": {outlets.PrintConfig{OnlyPayload: true}, "tag.3 7\n"},
		"PR-1 skip update":  {outlets.PrintConfig{SkipUpdate: true}, "Record(payload=7, metadata=map[k:v])\n"},
	} {
		t.Run(id, func(t *testing.T) {
			var buf bytes.Buffer
			c.cfg.Writer = &buf
			push(t, outlets.NewPrint[int](c.cfg), databay.NewRecord(7, databay.Metadata{"k": "v"}))
			require.Equal(t, c.want, buf.String())
		})
	}
}

func TestFile(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	out := func(name string) *outlets.File[string] {
		return outlets.NewFile[string](outlets.FileConfig{Path: path(name)})
	}
	t.Run("F-1 append", func(t *testing.T) {
		push(t, out("f1"), repeat("test", 2, nil)...)
		push(t, out("f1"), repeat("test", 2, nil)...)
		require.Equal(t, "test\ntest\ntest\ntest\n", read(t, path("f1")))
	})
	t.Run("F-2 replace", func(t *testing.T) {
		push(t, out("f2"), repeat("test", 4, databay.Metadata{outlets.ModeKey: "w"})...)
		require.Equal(t, "test\n", read(t, path("f2")))
	})
	t.Run("F-3 path", func(t *testing.T) {
		rs := repeat("test", 4, nil)
		rs[0] = rs[0].With(outlets.PathKey, path("sub/dir/other"))
		push(t, out("f3"), rs...)
		require.Equal(t, "test\n", read(t, path("sub/dir/other")))
		require.Equal(t, "test\ntest\ntest\n", read(t, path("f3")))
	})
	t.Run("all or nothing", func(t *testing.T) {
		j := outlets.NewJSONLines[any](outlets.FileConfig{Path: path("j1")})
		push(t, databay.Outlet[any](j), databay.Records[any](1)...)
		rs := databay.Records[any](2, make(chan int))
		rs[1] = rs[1].With(outlets.PathKey, path("j2"))
		require.Error(t, j.Push(t.Context(), rs, databay.Update{}))
		require.Equal(t, "1\n", read(t, path("j1")))
	})
	t.Run("errors", func(t *testing.T) {
		require.ErrorContains(t, outlets.NewFile[int](outlets.FileConfig{}).Push(t.Context(), databay.Records(1), databay.Update{}), "Path")
		require.ErrorContains(t, outlets.NewFile[int](outlets.FileConfig{Path: path("x"), Mode: "q"}).Push(t.Context(), databay.Records(1), databay.Update{}), "mode")
	})
}

func TestCSV(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	open := func(name string, cfg outlets.CSVConfig[row]) *outlets.CSV[row] {
		cfg.Path = path(name)
		return outlets.NewCSV(cfg)
	}
	foo := row{"foo": "bar", "baz": "qux"}
	t.Run("C-1 append", func(t *testing.T) {
		push(t, open("c1", outlets.CSVConfig[row]{}), repeat(foo, 2, nil)...)
		push(t, open("c1", outlets.CSVConfig[row]{}), repeat(foo, 2, nil)...)
		require.Equal(t, "baz,foo\r\nqux,bar\r\nqux,bar\r\nqux,bar\r\nqux,bar\r\n", read(t, path("c1")))
	})
	t.Run("C-2 replace", func(t *testing.T) {
		push(t, open("c2", outlets.CSVConfig[row]{}), repeat(foo, 4, databay.Metadata{outlets.ModeKey: "w"})...)
		require.Equal(t, "baz,foo\r\nqux,bar\r\n", read(t, path("c2")))
	})
	t.Run("C-3 path", func(t *testing.T) {
		rs := repeat(foo, 4, nil)
		rs[0] = rs[0].With(outlets.PathKey, path("deep/other"))
		push(t, open("c3", outlets.CSVConfig[row]{}), rs...)
		require.Equal(t, "baz,foo\r\nqux,bar\r\n", read(t, path("deep/other")))
		require.Equal(t, "baz,foo\r\nqux,bar\r\nqux,bar\r\nqux,bar\r\n", read(t, path("c3")))
	})
	t.Run("by header name, and other keys by policy", func(t *testing.T) {
		cols := []string{"a", "b"}
		push(t, open("p", outlets.CSVConfig[row]{Columns: cols}), databay.NewRecord(row{"b": "2", "a": "1"}, nil), databay.NewRecord(row{"b": "3"}, nil))
		require.Equal(t, "a,b\r\n1,2\r\n,3\r\n", read(t, path("p")))
		more := row{"c": "5", "b": "4"}
		err := open("p", outlets.CSVConfig[row]{}).Push(t.Context(), repeat(more, 1, nil), databay.Update{})
		require.ErrorIs(t, err, outlets.ErrColumns)
		require.Equal(t, "a,b\r\n1,2\r\n,3\r\n", read(t, path("p")))
		push(t, open("p", outlets.CSVConfig[row]{Extra: outlets.Drop}), repeat(more, 1, nil)...)
		require.Equal(t, "a,b\r\n1,2\r\n,3\r\n,4\r\n", read(t, path("p")))
		push(t, open("p", outlets.CSVConfig[row]{Extra: outlets.Extend}), repeat(more, 1, nil)...)
		require.Equal(t, "a,b,c\r\n1,2,\r\n,3,\r\n,4,\r\n,4,5\r\n", read(t, path("p")))
	})
	t.Run("unique", func(t *testing.T) {
		cfg := outlets.CSVConfig[row]{Unique: "id", Columns: []string{"id", "v"}}
		a, b, c := row{"id": "1", "v": "x"}, row{"id": "2", "v": "y\nz"}, row{"id": "3", "v": "w"}
		out := open("u", cfg)
		push(t, out, databay.Records(a, b, a)...)
		push(t, out, databay.Records(b)...)
		want := "id,v\r\n1,x\r\n2,\"y\r\nz\"\r\n"
		require.Equal(t, want, read(t, path("u")))
		for cut := len("id,v\r\n1,x\r\n") + 1; cut < len(want); cut++ { // a crash at any point of the last row
			require.NoError(t, os.WriteFile(path("u"), []byte(want[:cut]), 0o600))
			push(t, open("u", cfg), databay.Records(b, c)...)
			require.Equal(t, want+"3,w\r\n", read(t, path("u")), "cut at %d", cut)
		}
		for cut := range len("id,v\r\n") { // or of the header
			require.NoError(t, os.WriteFile(path("u"), []byte(want[:cut]), 0o600))
			push(t, open("u", cfg), databay.Records(a)...)
			require.Equal(t, "id,v\r\n1,x\r\n", read(t, path("u")), "cut at %d", cut)
		}
		require.ErrorIs(t, out.Push(t.Context(), databay.Records(row{"v": "1"}), databay.Update{}), outlets.ErrColumns)
		require.ErrorIs(t, open("u", outlets.CSVConfig[row]{Unique: "other"}).Push(t.Context(), databay.Records(row{"other": "1"}), databay.Update{}), outlets.ErrColumns)
	})
	t.Run("file without a last line break", func(t *testing.T) {
		require.NoError(t, os.WriteFile(path("n"), []byte("a,b\n1,2"), 0o600))
		push(t, open("n", outlets.CSVConfig[row]{}), databay.Records(row{"a": "3"})...)
		require.Equal(t, "a,b\n1,2\r\n3,\r\n", read(t, path("n")))
		require.NoError(t, os.WriteFile(path("n"), []byte("a,b\n1"), 0o600))
		require.ErrorContains(t, open("n", outlets.CSVConfig[row]{}).Push(t.Context(), databay.Records(row{"a": "3"}), databay.Update{}), "cut off")
		require.Equal(t, "a,b\n1", read(t, path("n")))
	})
	t.Run("structs and maps of anything", func(t *testing.T) {
		type tick struct {
			Symbol string `json:"symbol"`
			Price  int64  `json:"price"`
			Tags   []int
		}
		s := outlets.NewCSV(outlets.CSVConfig[tick]{FileConfig: outlets.FileConfig{Path: path("s")}, Columns: []string{"symbol", "price", "Tags"}})
		push(t, databay.Outlet[tick](s), databay.Records(tick{"a", 1 << 60, []int{1}})...)
		require.Equal(t, "symbol,price,Tags\r\na,1152921504606846976,[1]\r\n", read(t, path("s")))
		m := outlets.NewCSV(outlets.CSVConfig[map[string]any]{FileConfig: outlets.FileConfig{Path: path("m")}})
		push(t, databay.Outlet[map[string]any](m), databay.Records(map[string]any{"a": 1, "b": nil})...)
		require.Equal(t, "a,b\r\n1,\r\n", read(t, path("m")))
		n := outlets.NewCSV(outlets.CSVConfig[int]{FileConfig: outlets.FileConfig{Path: path("i")}})
		require.ErrorContains(t, n.Push(t.Context(), databay.Records(1), databay.Update{}), "set Row")
	})
}

func openDB(t *testing.T) *sql.DB {
	db, err := sql.Open("sqlite", filepath.Join(t.TempDir(), "db"))
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func numbers(t *testing.T, db *sql.DB) *outlets.SQL[int] {
	s, err := outlets.NewSQL(outlets.SQLConfig[int]{
		DB: db, Init: []string{"CREATE TABLE IF NOT EXISTS n (v INTEGER PRIMARY KEY)"},
		Statement: "INSERT INTO n VALUES (?) ON CONFLICT DO NOTHING",
		Args: func(r databay.Record[int]) ([]any, error) {
			if r.Payload < 0 {
				return nil, errors.New("negative")
			}
			return []any{r.Payload}, nil
		},
	})
	require.NoError(t, err)
	return s
}

func TestSQL(t *testing.T) {
	db := openDB(t)
	out := numbers(t, db)
	require.NoError(t, databay.TryStart(t.Context(), out))
	count := func() (n int) {
		require.NoError(t, db.QueryRow("SELECT count(*) FROM n").Scan(&n))
		return n
	}
	push(t, databay.Outlet[int](out), databay.Records(1, 2, 2)...)
	push(t, databay.Outlet[int](out), databay.Records(2, 3)...)
	require.Equal(t, 3, count())
	require.ErrorContains(t, out.Push(t.Context(), databay.Records(7, -1), databay.Update{}), "record 1 of 2: negative")
	require.Equal(t, 3, count(), "all or nothing")
	require.NoError(t, databay.TryShutdown(t.Context(), out))
	_, err := outlets.NewSQL(outlets.SQLConfig[int]{})
	require.ErrorContains(t, err, "DB is nil")
	require.ErrorContains(t, err, "Args is nil")
	bad, err := outlets.NewSQL(outlets.SQLConfig[int]{DB: db, Init: []string{"nonsense"}, Statement: "x", Args: func(databay.Record[int]) ([]any, error) { return nil, nil }})
	require.NoError(t, err)
	require.ErrorContains(t, databay.TryStart(t.Context(), bad), "Init 0")
	require.Error(t, bad.Push(t.Context(), databay.Records(1), databay.Update{}))
}
