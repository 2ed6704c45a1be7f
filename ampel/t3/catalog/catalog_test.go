package catalog_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/t3/catalog"
)

func TestNames(t *testing.T) {
	require.Subset(t, catalog.New().Names(), []string{
		"T3Processor", "T3SessionLastRunTime", "T3AddLastRunTime", "T3SessionAlertsNumber", "T3AddAlertsNumber",
		"T3DefaultBufferSupplier", "T3StockSelector", "T3FilteringStockSelector",
		"T3SimpleDataLoader", "T3LatestStateDataLoader", "DBContentLoader", "DataLoader",
		"T3ExtJournalAppender", "T3LogsAppender", "TNSNames", "ZTFCutoutImages", "SEDMSpectrumAppender",
		"T3AmpelBufferFilter", "SimpleDictArrayFilter", "FlatDictArrayFilter", "PrimitiveTypeArrayFilter",
		"T3BaseProjector", "T3ChannelProjector", "T3MultiChannelProjector",
		"T3UnitRunner", "T3DynamicUnitRunner", "T3ChannelUnitRunner",
		"T3SimpleStager", "T3DistributiveStager", "T3AdaptativeStager", "T3SequentialStager", "T3ChannelStager", "T3ProjectingStager",
	})
}
