package process_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// An item that takes long holds up none of those that were sent to its worker with it: the
// slow one of this test ends only when all others have come.
func TestSlowItemHoldsUpNobody(t *testing.T) {
	for name, backend := range map[string]pl.Backend{
		"chunks that grow": process.Backend,
		"chunks of 100":    process.New(process.Chunk(100)),
	} {
		t.Run(name, func(t *testing.T) {
			clean(t)
			const n, slow = 20_000, 9_999
			others := filepath.Join(t.TempDir(), "others")
			in := tasks(n, map[int]string{slow: "await " + others})
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			var m pl.Monitor
			var got []Answer
			for a, err := range pl.Map(backend, perform, pl.Workers(2), pl.MaxSize(4096))(pl.From(in)).All(ctx, pl.Watch(&m)) {
				require.NoError(t, err, "after %d of %d", len(got), n)
				if got = append(got, a); len(got) == n-1 {
					require.NoError(t, os.WriteFile(others, nil, 0o600))
				}
			}
			require.Equal(t, slow, got[n-1].N)
			require.Equal(t, without(n), numbers(got), "each once")
			s := m.Stages()[1]
			require.EqualValues(t, n, s.In)
			require.Zero(t, s.Restarts)
			require.Zero(t, s.Waiting)
		})
	}
}

// What is given back is done once and keeps its place, also among crashes and failures.
func TestRecallKeepsOrderAmongFaults(t *testing.T) {
	const n = 3000
	do := map[int]string{}
	for i := 100; i < n; i += 100 {
		do[i] = "sleep 6ms"
		do[i+1] = []string{"first exit 3", "fail x", "exit 3", ""}[i/100%4]
	}
	for _, opts := range [][]pl.Option{{pl.InOrder()}, nil} {
		t.Run(fmt.Sprint(len(opts)), func(t *testing.T) {
			clean(t)
			got, s, err := work(t, quiet(process.Chunk(50)), tasks(n, do),
				append(opts, pl.Workers(3), pl.MaxSize(1000), pl.Skip(), pl.Retry(1, 0))...)
			require.NoError(t, err)
			var bad []int
			for i, what := range do {
				if what == "fail x" || what == "exit 3" {
					bad = append(bad, i)
				}
			}
			require.Equal(t, without(n, bad...), numbers(got))
			require.EqualValues(t, len(bad), s.Dropped)
			require.EqualValues(t, n, s.In)
			for i := 1; i < len(got) && len(opts) > 0; i++ {
				require.Greater(t, got[i].N, got[i-1].N)
			}
		})
	}
}
