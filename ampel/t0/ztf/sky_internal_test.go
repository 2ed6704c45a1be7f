package ztf

import (
	"testing"

	"github.com/stretchr/testify/require"
)

func TestGalacticLatitude(t *testing.T) {
	for name, c := range map[string]struct{ ra, dec, b float64 }{
		"north pole": {192.85948, 27.12825, 90},
		"south pole": {12.85948, -27.12825, -90},
		"center":     {266.40499, -28.93617, 0},
		"Andromeda":  {10.68471, 41.26875, -21.5733},
		"Vega":       {279.23473, 38.78369, 19.2373},
		"Crab":       {83.63308, 22.01450, -5.7844},
	} {
		require.InDelta(t, c.b, galacticLatitude(c.ra, c.dec), 0.001, name)
	}
}
