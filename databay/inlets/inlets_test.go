package inlets_test

import (
	"bytes"
	"context"
	"encoding/pem"
	"fmt"
	"log/slog"
	"math"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"go.uber.org/goleak"

	"github.com/penstock/penstock/databay"
	"github.com/penstock/penstock/databay/databaytest"
	"github.com/penstock/penstock/databay/inlets"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m, goleak.IgnoreCurrent()) }

func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	require.NoError(t, os.WriteFile(path, []byte(text), 0o600))
	return path
}

// pull pulls n times and commits, and returns the payloads of each pull.
func pull[T any](t *testing.T, in databay.Inlet[T], n int) [][]T {
	t.Helper()
	require.NoError(t, databay.TryStart(t.Context(), in))
	defer func() { require.NoError(t, databay.TryShutdown(t.Context(), in)) }()
	all := [][]T{}
	for i := range n {
		rs, err := databay.PullRecords(t.Context(), in, databay.Update{Number: int64(i)})
		require.NoError(t, err)
		if c, ok := in.(databay.Committer); ok {
			require.NoError(t, c.Commit(t.Context(), databay.Update{}))
		}
		all = append(all, append([]T{}, databay.Payloads(rs)...))
	}
	return all
}

func TestContract(t *testing.T) {
	t.Run("FI-1 lines", func(t *testing.T) {
		databaytest.Inlet(t, func(t *testing.T) databay.Inlet[string] {
			return inlets.NewLines(inlets.FileConfig{Path: write(t, "a\nb\n")})
		})
	})
	t.Run("FI-1 whole", func(t *testing.T) {
		databaytest.Inlet(t, func(t *testing.T) databay.Inlet[string] {
			return inlets.NewWhole(inlets.FileConfig{Path: write(t, "a\nb\n")})
		})
	})
	t.Run("CSV", func(t *testing.T) {
		databaytest.Inlet(t, func(t *testing.T) databay.Inlet[map[string]string] {
			return inlets.NewCSV(inlets.FileConfig{Path: write(t, "a,b\n1,2\n"), Max: 5})
		})
	})
	t.Run("JSONLines", func(t *testing.T) {
		databaytest.Inlet(t, func(t *testing.T) databay.Inlet[int] {
			return inlets.NewJSONLines[int](inlets.FileConfig{Path: write(t, "1\n2\n"), Max: 5})
		})
	})
	t.Run("RandomInt", func(t *testing.T) {
		databaytest.Inlet(t, func(*testing.T) databay.Inlet[int] { return inlets.NewRandomInt(0, 100) })
	})
	t.Run("HTTP", func(t *testing.T) {
		s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[1,2]`) }))
		defer s.Close()
		databaytest.Inlet(t, func(t *testing.T) databay.Inlet[int] { return newHTTP(t, inlets.HTTPConfig[int]{URL: s.URL}) })
	})
}

func TestFile(t *testing.T) {
	t.Run("FI-2 line by line", func(t *testing.T) {
		in := inlets.NewLines(inlets.FileConfig{Path: write(t, "one\ntwo")})
		require.Equal(t, [][]string{{"one\n"}, {"two"}, {}, {}}, pull(t, in, 4))
	})
	t.Run("follow", func(t *testing.T) {
		path := write(t, "one\ntw")
		in := inlets.NewLines(inlets.FileConfig{Path: path, State: path + ".pos", Follow: true, Max: 10})
		require.Equal(t, [][]string{{"one\n"}, {}}, pull(t, in, 2))
		require.NoError(t, os.WriteFile(path, []byte("one\ntwo\nthree\n"), 0o600))
		require.Equal(t, [][]string{{"two\n", "three\n"}}, pull(t, in, 1))
	})
	t.Run("state survives, and rollback is heeded", func(t *testing.T) {
		path := write(t, "1\n2\n3\n4\n")
		open := func() *inlets.JSONLines[int] {
			return inlets.NewJSONLines[int](inlets.FileConfig{Path: path, State: path + ".pos", Max: 2})
		}
		require.Equal(t, [][]int{{1, 2}}, pull(t, open(), 1))
		in := open()
		require.NoError(t, databay.TryStart(t.Context(), in))
		for range 2 {
			rs, err := in.Pull(t.Context(), databay.Update{})
			require.NoError(t, err)
			require.Equal(t, []int{3, 4}, databay.Payloads(rs))
			require.NoError(t, in.Rollback(t.Context(), databay.Update{}))
		}
		require.NoError(t, databay.TryShutdown(t.Context(), in))
		require.Equal(t, [][]int{{3, 4}, {}}, pull(t, open(), 2))
		require.Equal(t, [][]int{{}}, pull(t, open(), 1))
	})
	t.Run("whole", func(t *testing.T) {
		in := inlets.NewWhole(inlets.FileConfig{Path: write(t, "\xef\xbb\xbfone\ntwo")})
		require.Equal(t, [][]string{{"one\ntwo"}, {"one\ntwo"}}, pull(t, in, 2))
	})
	t.Run("encodings", func(t *testing.T) {
		require.Equal(t, [][]string{{"é\n"}}, pull(t, inlets.NewLines(inlets.FileConfig{Path: write(t, "\xe9\n"), Encoding: "latin-1"}), 1))
		require.Equal(t, [][]string{{"é\n"}}, pull(t, inlets.NewLines(inlets.FileConfig{Path: write(t, "\xef\xbb\xbfé\n")}), 1))
		bad := inlets.NewLines(inlets.FileConfig{Path: write(t, "ok\nx\xe9\n"), Max: 5})
		require.NoError(t, databay.TryStart(t.Context(), bad))
		_, err := bad.Pull(t.Context(), databay.Update{})
		require.ErrorIs(t, err, inlets.ErrEncoding)
		require.ErrorContains(t, err, "byte 4")
		require.NoError(t, databay.TryShutdown(t.Context(), bad))
		for _, cfg := range []inlets.FileConfig{{Path: write(t, "a"), Encoding: "klingon"}, {Path: write(t, "\xff\xfea\x00")}} {
			require.ErrorIs(t, databay.TryStart(t.Context(), inlets.NewLines(cfg)), inlets.ErrEncoding)
		}
	})
	t.Run("errors", func(t *testing.T) {
		start := func(cfg inlets.FileConfig) error { return databay.TryStart(t.Context(), inlets.NewLines(cfg)) }
		require.ErrorIs(t, start(inlets.FileConfig{Path: filepath.Join(t.TempDir(), "none")}), os.ErrNotExist)
		require.Error(t, start(inlets.FileConfig{Path: write(t, "a"), Max: -1}))
		require.ErrorContains(t, start(inlets.FileConfig{Path: write(t, "a"), State: write(t, "x")}), "position")
		for _, in := range []databay.Inlet[string]{inlets.NewLines(inlets.FileConfig{Path: "x"}), inlets.NewWhole(inlets.FileConfig{Path: "x"})} {
			_, err := in.Pull(t.Context(), databay.Update{})
			require.ErrorIs(t, err, inlets.ErrNotStarted)
		}
		path := write(t, "one\ntwo\n")
		in := inlets.NewLines(inlets.FileConfig{Path: path, Max: 5})
		require.NoError(t, databay.TryStart(t.Context(), in))
		_, err := in.Pull(t.Context(), databay.Update{})
		require.NoError(t, err)
		require.NoError(t, os.Truncate(path, 2))
		_, err = in.Pull(t.Context(), databay.Update{})
		require.ErrorIs(t, err, inlets.ErrShrunk)
		require.NoError(t, databay.TryShutdown(t.Context(), in))
		bad := inlets.NewJSONLines[int](inlets.FileConfig{Path: write(t, "1\nx\n"), Max: 5})
		require.NoError(t, databay.TryStart(t.Context(), bad))
		_, err = bad.Pull(t.Context(), databay.Update{})
		require.ErrorContains(t, err, "byte 2")
		require.NoError(t, databay.TryShutdown(t.Context(), bad))
	})
}

func TestCSV(t *testing.T) {
	path := write(t, "\xef\xbb\xbfa,b\r\n1,\"x\ny\"\r\n2,\r\n3,z\r\n")
	open := func() *inlets.CSV {
		return inlets.NewCSV(inlets.FileConfig{Path: path, State: path + ".pos", Max: 2})
	}
	require.Equal(t, [][]map[string]string{{{"a": "1", "b": "x\ny"}, {"a": "2", "b": ""}}}, pull(t, open(), 1))
	require.Equal(t, [][]map[string]string{{{"a": "3", "b": "z"}}, {}}, pull(t, open(), 2))

	follow := write(t, "a,b\n1,2\n3,\"4")
	in := inlets.NewCSV(inlets.FileConfig{Path: follow, Follow: true, Max: 10})
	require.Equal(t, [][]map[string]string{{{"a": "1", "b": "2"}}, {}}, pull(t, in, 2))

	for _, text := range []string{"", "a,a\n", "a,\n"} {
		err := databay.TryStart(t.Context(), inlets.NewCSV(inlets.FileConfig{Path: write(t, text)}))
		require.ErrorIs(t, err, inlets.ErrHeader, text)
	}
	bad := inlets.NewCSV(inlets.FileConfig{Path: write(t, "a,b\n1,2,3\n")})
	require.NoError(t, databay.TryStart(t.Context(), bad))
	_, err := bad.Pull(t.Context(), databay.Update{})
	require.ErrorContains(t, err, "byte 4")
	require.NoError(t, databay.TryShutdown(t.Context(), bad))
}

func TestSimple(t *testing.T) {
	require.Equal(t, [][]int{{}, {}}, pull(t, inlets.NewNull[int](), 2))
	seen := map[int]bool{}
	for _, p := range pull(t, inlets.NewRandomInt(3, 1), 500) {
		seen[p[0]] = true
	}
	require.Equal(t, map[int]bool{1: true, 2: true, 3: true}, seen)
	require.Len(t, pull(t, inlets.NewRandomInt(math.MinInt, math.MaxInt), 1)[0], 1)
}

func newHTTP[T any](t *testing.T, cfg inlets.HTTPConfig[T]) *inlets.HTTP[T] {
	t.Helper()
	in, err := inlets.NewHTTP(cfg)
	require.NoError(t, err)
	return in
}

func TestHTTP(t *testing.T) {
	var fails atomic.Int64
	mux := http.NewServeMux()
	mux.HandleFunc("/json", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `[{"a":1},{"a":2}]`) })
	mux.HandleFunc("/one", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `{"a":1}`) })
	mux.HandleFunc("/null", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `null`) })
	mux.HandleFunc("/html", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprint(w, `<html>`) })
	mux.HandleFunc("/empty", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("/echo", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, "%s %s", r.URL.RawQuery, r.Header.Get("X-Key"))
	})
	mux.HandleFunc("/flaky", func(w http.ResponseWriter, _ *http.Request) {
		if fails.Add(1) < 3 {
			http.Error(w, "not now", http.StatusServiceUnavailable)
			return
		}
		fmt.Fprint(w, "1")
	})
	mux.HandleFunc("/gone", func(w http.ResponseWriter, _ *http.Request) {
		fails.Add(1)
		http.Error(w, "gone", http.StatusNotFound)
	})
	mux.HandleFunc("/slow", func(_ http.ResponseWriter, r *http.Request) { <-r.Context().Done() })
	mux.HandleFunc("/page", func(w http.ResponseWriter, r *http.Request) {
		n := len(r.URL.RawQuery)
		if n < 2 {
			w.Header().Set("X-Next", "?"+r.URL.RawQuery+"x")
		}
		fmt.Fprint(w, n)
	})
	s := httptest.NewServer(mux)
	defer s.Close()
	get := func(t *testing.T, path string) ([]any, error) {
		in := newHTTP(t, inlets.HTTPConfig[any]{URL: s.URL + path, Backoff: time.Millisecond, Timeout: time.Second})
		defer in.OnShutdown(context.Background())
		rs, err := in.Pull(t.Context(), databay.Update{})
		return append([]any{}, databay.Payloads(rs)...), err
	}
	for _, c := range []struct {
		id, path string
		want     []any
	}{
		{"H-1 array", "/json", []any{map[string]any{"a": 1.0}, map[string]any{"a": 2.0}}},
		{"H-1 object", "/one", []any{map[string]any{"a": 1.0}}},
		{"H-1 null", "/null", []any{nil}},
		{"H-3 empty body", "/empty", []any{}},
	} {
		t.Run(c.id, func(t *testing.T) {
			got, err := get(t, c.path)
			require.NoError(t, err)
			require.Equal(t, c.want, got)
		})
	}
	t.Run("H-3 is logged", func(t *testing.T) {
		var log bytes.Buffer
		before := slog.Default()
		defer slog.SetDefault(before)
		slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
		in := newHTTP(t, inlets.HTTPConfig[any]{URL: s.URL + "/empty", Params: url.Values{"after": {"7"}}})
		require.Equal(t, [][]any{{}}, pull[any](t, in, 1))
		require.Contains(t, log.String(), "level=INFO")
		require.Contains(t, log.String(), "no results")
		require.Contains(t, log.String(), s.URL+"/empty")
		require.Contains(t, log.String(), "after:[7]")
	})
	t.Run("H-1 text", func(t *testing.T) {
		in := newHTTP(t, inlets.HTTPConfig[string]{URL: s.URL + "/html", Decode: inlets.DecodeText})
		require.Equal(t, [][]string{{"<html>"}}, pull[string](t, in, 1))
	})
	t.Run("H-2 not JSON", func(t *testing.T) {
		_, err := get(t, "/html")
		require.ErrorContains(t, err, "invalid JSON")
		require.ErrorContains(t, err, "<html>")
	})
	t.Run("H-4 authorities", func(t *testing.T) {
		tls := httptest.NewTLSServer(mux)
		defer tls.Close()
		ca := filepath.Join(t.TempDir(), "ca.pem")
		require.NoError(t, os.WriteFile(ca, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: tls.Certificate().Raw}), 0o600))
		require.Len(t, pull[any](t, newHTTP(t, inlets.HTTPConfig[any]{URL: tls.URL + "/json", CACert: ca}), 1)[0], 2)
		in := newHTTP(t, inlets.HTTPConfig[any]{URL: tls.URL + "/json", Retries: -1})
		_, err := in.Pull(t.Context(), databay.Update{})
		require.ErrorContains(t, err, "certificate")
		_, err = inlets.NewHTTP(inlets.HTTPConfig[any]{URL: tls.URL, CACert: ca + "x"})
		require.ErrorIs(t, err, os.ErrNotExist)
		_, err = inlets.NewHTTP(inlets.HTTPConfig[any]{URL: tls.URL, CACert: write(t, "no")})
		require.ErrorContains(t, err, "PEM")
		_, err = inlets.NewHTTP(inlets.HTTPConfig[any]{URL: tls.URL, CACert: ca, Client: http.DefaultClient})
		require.Error(t, err)
	})
	t.Run("H-5 params and headers", func(t *testing.T) {
		in := newHTTP(t, inlets.HTTPConfig[string]{URL: s.URL + "/echo?a=1", Params: url.Values{"b": {"2"}}, Header: http.Header{"x-key": {"k"}}, Decode: inlets.DecodeText})
		require.Equal(t, [][]string{{"a=1&b=2 k"}}, pull[string](t, in, 1))
		require.NotContains(t, in.String(), "a=1")
	})
	t.Run("prepare", func(t *testing.T) {
		n, fail := 0, error(nil)
		in := newHTTP(t, inlets.HTTPConfig[string]{URL: s.URL + "/echo", Decode: inlets.DecodeText, Prepare: func(r *http.Request) error {
			n++
			r.URL.RawQuery = fmt.Sprint("after=", n)
			return fail
		}})
		require.Equal(t, [][]string{{"after=1 "}, {"after=2 "}}, pull[string](t, in, 2))
		fail = os.ErrInvalid
		_, err := in.Pull(t.Context(), databay.Update{})
		require.ErrorIs(t, err, os.ErrInvalid)
		require.Equal(t, 3, n, "not tried again")
	})
	t.Run("status and retries", func(t *testing.T) {
		got, err := get(t, "/flaky")
		require.NoError(t, err)
		require.Equal(t, []any{1.0}, got)
		require.EqualValues(t, 3, fails.Swap(0))
		_, err = get(t, "/gone")
		var status *inlets.StatusError
		require.ErrorAs(t, err, &status)
		require.Equal(t, http.StatusNotFound, status.Status)
		require.EqualValues(t, 1, fails.Load(), "not tried again")
	})
	t.Run("timeout", func(t *testing.T) {
		in := newHTTP(t, inlets.HTTPConfig[any]{URL: s.URL + "/slow", Retries: -1, Timeout: 50 * time.Millisecond})
		_, err := in.Pull(t.Context(), databay.Update{})
		require.ErrorIs(t, err, context.DeadlineExceeded)
	})
	t.Run("pages", func(t *testing.T) {
		cfg := inlets.HTTPConfig[int]{URL: s.URL + "/page", Next: func(resp *http.Response, _ []byte) (string, error) {
			if next := resp.Header.Get("X-Next"); next != "" {
				return s.URL + "/page" + next, nil
			}
			return "", nil
		}}
		require.Equal(t, [][]int{{0, 1, 2}}, pull[int](t, newHTTP(t, cfg), 1))
		cfg.MaxPages = 2
		_, err := newHTTP(t, cfg).Pull(t.Context(), databay.Update{})
		require.ErrorContains(t, err, "MaxPages")
	})
	t.Run("body too large", func(t *testing.T) {
		_, err := newHTTP(t, inlets.HTTPConfig[any]{URL: s.URL + "/json", MaxBody: 5}).Pull(t.Context(), databay.Update{})
		require.ErrorContains(t, err, "MaxBody")
	})
	for _, bad := range []string{"", "://", "ftp://x/", "http://", "/path"} {
		_, err := inlets.NewHTTP(inlets.HTTPConfig[any]{URL: bad})
		require.Error(t, err, bad)
	}
	http.DefaultClient.CloseIdleConnections()
}
