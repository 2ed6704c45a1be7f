package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/catalog"
	t3 "github.com/penstock/penstock/ampel/t3/catalog"
)

func TestNames(t *testing.T) {
	names := catalog.New().Names()
	require.Subset(t, names, []string{
		"AlertConsumer", "GenericShaper", "ZTFShaper", "ZTFMuxer", "DecentFilter",
		"T1SimpleCombiner", "T1SimpleRetroCombiner", "T2Worker",
	})
	require.Subset(t, names, t3.New().Names())
}
