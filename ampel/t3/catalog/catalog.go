package catalog

import (
	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t3"
	"github.com/penstock/penstock/ampel/t3/complement"
	"github.com/penstock/penstock/ampel/t3/filter"
	"github.com/penstock/penstock/ampel/t3/load"
	"github.com/penstock/penstock/ampel/t3/project"
	selection "github.com/penstock/penstock/ampel/t3/select"
	"github.com/penstock/penstock/ampel/t3/stage"
)

// New returns a registry with every unit of package t3 and those below it.
func New() *ampel.Registry {
	r := ampel.NewRegistry()
	process(r)
	suppliers(r)
	complementers(r)
	filters(r)
	stagers(r)
	units(r)
	return r
}

func process(r *ampel.Registry) {
	ampel.Register(r, "T3Processor", t3.NewProcessor)
	for _, name := range []string{"T3SessionLastRunTime", "T3AddLastRunTime"} {
		ampel.Register(r, name, t3.NewLastRunTime)
	}
	for _, name := range []string{"T3SessionAlertsNumber", "T3AddAlertsNumber"} {
		ampel.Register(r, name, t3.NewAlertsNumber)
	}
}

func suppliers(r *ampel.Registry) {
	ampel.Register(r, "T3DefaultBufferSupplier", t3.NewSupplier)
	ampel.Register(r, "T3StockSelector", selection.NewStock)
	ampel.Register(r, "T3FilteringStockSelector", selection.NewFiltering)
	for _, name := range []string{"T3SimpleDataLoader", "DataLoader", "DBContentLoader"} {
		ampel.Register(r, name, load.New)
	}
	ampel.Register(r, "T3LatestStateDataLoader", load.NewLatest)
}

func complementers(r *ampel.Registry) {
	ampel.Register(r, "T3ExtJournalAppender", complement.NewExtJournal)
	ampel.Register(r, "T3LogsAppender", complement.NewLogs)
	ampel.Register(r, "TNSNames", complement.NewTNSNames)
	ampel.Register(r, "TNSReports", complement.NewTNSReports)
	ampel.Register(r, "ZTFCutoutImages", complement.NewCutouts)
	for _, name := range []string{"SEDMSpectrumAppender", "FritzReport", "GROWTHMarshalReport"} {
		ampel.Register(r, name, complement.NewLookup(name))
	}
}

func filters(r *ampel.Registry) {
	ampel.Register(r, "T3AmpelBufferFilter", filter.FromConfig)
	array(r, "SimpleDictArrayFilter", filter.NewSimpleDictArrayFilter)
	array(r, "FlatDictArrayFilter", filter.NewFlatDictArrayFilter)
	array(r, "PrimitiveTypeArrayFilter", filter.NewPrimitiveTypeArrayFilter)
	ampel.Register(r, "T3BaseProjector", project.BaseFromConfig)
	ampel.Register(r, "T3ChannelProjector", project.FromConfig)
	ampel.Register(r, "T3MultiChannelProjector", project.FromConfig)
}

func array(r *ampel.Registry, name string, build func(filter.Criteria) (filter.Array, error)) {
	ampel.Register(r, name, func(_ *ampel.Env, c filter.Criteria) (filter.Array, error) { return build(c) })
}

func stagers(r *ampel.Registry) {
	ampel.Register(r, "T3SimpleStager", stage.NewSimple)
	ampel.Register(r, "T3DistributiveStager", stage.NewDistributive)
	ampel.Register(r, "T3AdaptativeStager", stage.NewAdaptative)
	ampel.Register(r, "T3SequentialStager", stage.NewSequential)
	ampel.Register(r, "T3ChannelStager", stage.NewChannel)
	ampel.Register(r, "T3ProjectingStager", stage.NewProjecting)
	ampel.Register(r, "T3UnitRunner", stage.NewProjecting)
	ampel.Register(r, "T3DynamicUnitRunner", stage.NewAdaptative)
	ampel.Register(r, "T3ChannelUnitRunner", stage.NewChannel)
}
