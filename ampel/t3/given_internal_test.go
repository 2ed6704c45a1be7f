package t3

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/penstock/penstock/ampel"
)

func TestGivenKeepsAllKindsOfIDs(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		id := rapid.OneOf(
			rapid.Map(rapid.Int64(), ampel.IntID),
			rapid.Map(rapid.StringN(1, 3, -1), ampel.TextID),
			rapid.Map(rapid.SliceOfN(rapid.Byte(), 1, 3), ampel.BytesID))
		ids := rapid.SliceOf(id).Draw(t, "ids")
		var g Given
		for i, x := range ids {
			g.add(x)
			require.Equal(t, x, g.last())
			require.Equal(t, i+1, g.Len())
		}
		require.Equal(t, append([]ampel.StockID{}, ids...), g.IDs())
	})
}
