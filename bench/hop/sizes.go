package hop

import (
	"strconv"

	"github.com/penstock/penstock/pl"
)

// Sized returns a way for each size: a stage of package process with that MaxSize, whose
// items are integers.
func Sized(sizes []int) []Way {
	var ways []Way
	for _, size := range sizes {
		// Runs of about half a second: small bounds are slow.
		n := min(1_000_000, 2_000*size)
		ways = append(ways, Way{Name: "MaxSize " + strconv.Itoa(size), Items: n, run: ints().penstock(pl.MaxSize(size))})
	}
	return ways
}
