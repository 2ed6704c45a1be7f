package databay_test

import (
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"
	"go.etcd.io/bbolt"

	"github.com/penstock/penstock/databay"
)

func openInt(t *testing.T, path string) *databay.Buffer[int] {
	t.Helper()
	b, err := databay.OpenBuffer[int](path, nil)
	require.NoError(t, err)
	return b
}

func TestDurableBuffer(t *testing.T) {
	t.Run("records survive with order, metadata, id and age", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b")
		synctest.Test(t, func(t *testing.T) {
			at := time.Now()
			md := databay.Metadata{
				"s": "x", "i": 1, "i64": int64(2), "f": 1.5, "b": true, "no": false, "nil": nil,
				"raw": []byte{1}, "t": at.UTC(), "d": time.Second, "gob": []string{"a"},
			}
			b := openInt(t, path).Time(time.Minute)
			in := databay.WithMetadata(feed([]int{1}), databay.Metadata{"s": "global", "g": "y"})
			l := newLink(t, databay.LinkConfig[int]{Inlets: ins(in), Processors: []databay.Processor[int]{b}})
			require.NoError(t, l.Transfer(t.Context()))
			call(t, b)
			rs, err := b.Process(t.Context(), []databay.Record[int]{databay.NewRecord(2, md)})
			require.NoError(t, err)
			require.Empty(t, rs)
			before := b.Records()
			require.NoError(t, b.Close())

			time.Sleep(30 * time.Second)
			b = openInt(t, path).Time(time.Minute)
			require.Equal(t, 30*time.Second, b.OldestAge())
			after := b.Records()
			require.Len(t, after, 2)
			for i := range after {
				require.Equal(t, before[i].Payload, after[i].Payload)
				require.Equal(t, before[i].ID(), after[i].ID())
				require.False(t, after[i].ID().IsZero())
				require.Equal(t, before[i].Inlet(), after[i].Inlet())
				require.Equal(t, before[i].Metadata(), after[i].Metadata())
			}
			time.Sleep(30*time.Second + 1)
			require.Equal(t, []int{1, 2}, call(t, b))
			require.NoError(t, b.Close())
			b = openInt(t, path)
			require.Zero(t, b.Len())
			require.NoError(t, b.Close())
		})
	})
	t.Run("what was on loan comes first, whatever the controllers say", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b")
		b := openInt(t, path).Count(1)
		ctx, _ := databay.WithLeases(t.Context())
		rs, err := b.Process(ctx, databay.Records(1, 2))
		require.NoError(t, err)
		_, err = b.Process(ctx, databay.Records(3))
		require.NoError(t, err)
		require.NoError(t, b.Close())
		b = openInt(t, path).Count(100)
		again, err := b.Process(t.Context(), databay.Records(4))
		require.NoError(t, err)
		require.Equal(t, []int{1, 2}, databay.Payloads(again))
		require.Equal(t, rs[0].ID(), again[0].ID())
		require.Equal(t, []int{3, 4}, databay.Payloads(b.Records()))
		require.NoError(t, b.Close())
	})
	t.Run("ids are never used twice", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b")
		var ids []string
		for range 3 {
			b := openInt(t, path).Count(1)
			for range 3 {
				rs, err := b.Process(t.Context(), databay.Records(1, 2))
				require.NoError(t, err)
				for _, r := range rs {
					ids = append(ids, r.ID().String())
				}
			}
			require.NoError(t, b.Close())
		}
		require.Len(t, ids, 18)
		require.IsIncreasing(t, ids)
	})
	t.Run("reset and drop reach the disk", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b")
		b := openInt(t, path).Count(100).Limit(3, databay.DropOldest)
		call(t, b, 1, 2)
		call(t, b, 3)
		call(t, b, 4, 5)
		require.NoError(t, b.Close())
		b = openInt(t, path)
		require.Equal(t, []int{3, 4, 5}, databay.Payloads(b.Records()))
		require.NoError(t, b.Reset(t.Context()))
		require.NoError(t, b.Close())
		b = openInt(t, path)
		require.Empty(t, b.Records())
		require.NoError(t, b.Close())
	})
	t.Run("dropping a part of a batch", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "b")
		b := openInt(t, path).Count(100).Limit(4, databay.DropOldest)
		call(t, b, 1, 2, 3)
		call(t, b, 4, 5)
		require.NoError(t, b.Close())
		b = openInt(t, path)
		require.Equal(t, []int{2, 3, 4, 5}, databay.Payloads(b.Records()))
		require.NoError(t, b.Close())
	})
	t.Run("closed", func(t *testing.T) {
		b := openInt(t, filepath.Join(t.TempDir(), "b")).Count(0)
		ctx, leases := databay.WithLeases(t.Context())
		_, err := b.Process(ctx, databay.Records(1))
		require.NoError(t, err)
		require.NoError(t, b.Close())
		require.NoError(t, b.Close())
		require.ErrorIs(t, leases.Ack(), databay.ErrClosed)
		_, err = b.Process(t.Context(), databay.Records(1))
		require.ErrorIs(t, err, databay.ErrClosed)
	})
	t.Run("payload that cannot be encoded stores nothing", func(t *testing.T) {
		b, err := databay.OpenBuffer[any](filepath.Join(t.TempDir(), "b"), nil)
		require.NoError(t, err)
		defer b.Close()
		b.Count(100)
		_, err = b.Process(t.Context(), databay.Records[any](1, make(chan int)))
		require.Error(t, err)
		_, err = b.Process(t.Context(), []databay.Record[any]{databay.NewRecord[any](1, databay.Metadata{"f": func() {}})})
		require.ErrorContains(t, err, "gob.Register")
		require.Zero(t, b.Len())
	})
}

func TestStoreErrors(t *testing.T) {
	dir := t.TempDir()
	path := func(name string) string { return filepath.Join(dir, name) }
	good := openInt(t, path("good")).Count(1000)
	call(t, good, list(1, 500)...)

	_, err := databay.OpenBuffer[int](path("good"), nil)
	require.ErrorIs(t, err, databay.ErrInUse)
	require.NoError(t, good.Close())
	image, err := os.ReadFile(path("good"))
	require.NoError(t, err)

	other, err := bbolt.Open(path("other"), 0o600, nil)
	require.NoError(t, err)
	require.NoError(t, other.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("mine")); return err }))
	require.NoError(t, other.Close())

	require.NoError(t, os.WriteFile(path("text"), []byte("a,b\n1,2\n"), 0o600))
	long := make([]byte, 100_000)
	require.NoError(t, os.WriteFile(path("zeros"), long, 0o600))
	for name, want := range map[string]error{
		"other": databay.ErrForeign, "text": databay.ErrForeign, "zeros": databay.ErrForeign,
		"missing/b": os.ErrNotExist,
	} {
		before, _ := os.ReadFile(path(name))
		_, err := databay.OpenBuffer[int](path(name), nil)
		require.ErrorIs(t, err, want, name)
		require.ErrorContains(t, err, path(name))
		after, _ := os.ReadFile(path(name))
		require.Equal(t, before, after, "%s was changed", name)
	}
	_, err = databay.OpenBuffer[int](dir, nil)
	require.Error(t, err)

	for _, size := range []int{len(image) / 2, len(image) / 4, len(image) - 4096, 5000, 8192} {
		require.NoError(t, os.WriteFile(path("cut"), image[:size], 0o600))
		b, err := databay.OpenBuffer[int](path("cut"), nil)
		if err == nil { // only unused pages were cut off
			require.Len(t, b.Records(), 500)
			require.NoError(t, b.Close())
			continue
		}
		require.True(t, errors.Is(err, databay.ErrCorrupt) || errors.Is(err, databay.ErrForeign), "%v", err)
	}
	s, err := databay.OpenStore(path("store"))
	require.NoError(t, err)
	defer s.Close()
	_, err = databay.OpenBufferIn[int](s, "", nil)
	require.ErrorIs(t, err, databay.ErrInvalidBuffer)
	b, err := databay.OpenBufferIn[int](s, "a", nil)
	require.NoError(t, err)
	_, err = databay.OpenBufferIn[int](s, "a", nil)
	require.ErrorIs(t, err, databay.ErrInUse)
	require.NoError(t, b.Close())
	_, err = databay.OpenBufferIn[int](s, "a", nil)
	require.NoError(t, err)
}

// Whatever happens to single bytes, opening reports damage or puts records aside, and
// never invents or reorders.
func TestStoreDamage(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "good")
	b := openInt(t, path).Count(1000)
	call(t, b, list(1, 300)...)
	require.NoError(t, b.Close())
	image, err := os.ReadFile(path)
	require.NoError(t, err)
	refused, aside := 0, 0
	for i := 0; i < len(image); i += 1009 {
		damaged := append([]byte{}, image...)
		damaged[i] ^= 0x55
		p := filepath.Join(dir, "damaged")
		require.NoError(t, os.WriteFile(p, damaged, 0o600))
		b, err := databay.OpenBuffer[int](p, nil)
		if err != nil {
			refused++
			continue
		}
		got := databay.Payloads(b.Records())
		require.LessOrEqual(t, len(got), 300)
		require.IsIncreasing(t, append([]int{0}, got...))
		if len(got) < 300 {
			q, err := b.Quarantined()
			require.NoError(t, err)
			aside += len(q)
		}
		require.NoError(t, b.Close())
	}
	t.Logf("%d files refused, %d records put aside", refused, aside)
}

func TestQuarantine(t *testing.T) {
	path := filepath.Join(t.TempDir(), "b")
	b, err := databay.OpenBuffer[string](path, nil)
	require.NoError(t, err)
	b.Count(100)
	_, err = b.Process(t.Context(), databay.Records("1", "two", "3"))
	require.NoError(t, err)
	require.NoError(t, b.Close())

	n, err := databay.OpenBuffer(path, numbers{})
	require.NoError(t, err)
	require.Equal(t, []int{1, 3}, databay.Payloads(n.Records()))
	q, err := n.Quarantined()
	require.NoError(t, err)
	require.Len(t, q, 1)
	require.Contains(t, q[0].Reason, "two")
	require.Contains(t, string(q[0].Data), "two")
	require.EqualValues(t, 1, n.Stats().Quarantined)
	require.NoError(t, n.Close())

	n, err = databay.OpenBuffer(path, numbers{})
	require.NoError(t, err)
	q, err = n.Quarantined()
	require.NoError(t, err)
	require.Len(t, q, 1, "still there")
	require.NoError(t, n.DropQuarantined())
	q, err = n.Quarantined()
	require.NoError(t, err)
	require.Empty(t, q)
	n.Count(0)
	rs, err := n.Process(t.Context(), nil)
	require.NoError(t, err)
	require.Len(t, rs, 2)
	require.NoError(t, n.Close())
}

// numbers reads numbers that an older program wrote as texts.
type numbers struct{}

func (numbers) Version() uint16              { return 1 }
func (numbers) Encode(v int) ([]byte, error) { return binary.AppendVarint(nil, int64(v)), nil }

func (numbers) Decode(version uint16, data []byte) (n int, err error) {
	switch version {
	case 0:
		var s string
		if err := json.Unmarshal(data, &s); err != nil {
			return 0, err
		}
		_, err := fmt.Sscanf(s, "%d", &n)
		if err != nil {
			return 0, fmt.Errorf("%q: %w", s, err)
		}
		return n, nil
	case 1:
		v, size := binary.Varint(data)
		if size <= 0 {
			return 0, errors.New("cut off")
		}
		return int(v), nil
	}
	panic("unknown version")
}
