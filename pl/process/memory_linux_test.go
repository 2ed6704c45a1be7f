package process_test

import (
	"fmt"
	"os"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/pl"
	"github.com/penstock/penstock/pl/process"
)

// exhaust takes memory until there is no more.
func exhaust() {
	var pages, resident uint64
	b, _ := os.ReadFile("/proc/self/statm")
	_, _ = fmt.Sscan(string(b), &pages, &resident)
	limit := pages*uint64(os.Getpagesize()) + 256<<20
	_ = syscall.Setrlimit(syscall.RLIMIT_AS, &syscall.Rlimit{Cur: limit, Max: limit})
	for {
		hoard = append(hoard, make([]byte, 16<<20))
	}
}

var hoard [][]byte

func TestOutOfMemory(t *testing.T) {
	clean(t)
	got, stats, err := work(t, quiet(process.Chunk(5)), tasks(20, map[int]string{7: "memory"}), pl.Skip())
	require.NoError(t, err)
	require.Equal(t, without(20, 7), numbers(got))
	require.EqualValues(t, 1, stats.Dropped)

	_, _, err = work(t, quiet(), tasks(1, map[int]string{0: "memory"}))
	var exit *process.ExitError
	require.ErrorAs(t, err, &exit)
	require.Regexp(t, "memory|allocate", exit.Stderr)
}
