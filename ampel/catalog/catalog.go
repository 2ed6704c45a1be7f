package catalog

import (
	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t0/ztf"
	"github.com/penstock/penstock/ampel/t1"
	"github.com/penstock/penstock/ampel/t2"
	_ "github.com/penstock/penstock/ampel/t2/lightcurve" // registers its units
	t3 "github.com/penstock/penstock/ampel/t3/catalog"
	packets "github.com/penstock/penstock/ampel/ztf"
	"github.com/penstock/penstock/ampel/ztf/ztfsim"
)

// New returns a registry with the units of all tiers.
func New() *ampel.Registry {
	r := t3.New()
	ampel.Register(r, "AlertConsumer", t0.New)
	ampel.Register(r, "ZTFArchiveSupplier", packets.NewSupplier)
	ampel.Register(r, "ZTFSimulationSupplier", ztfsim.NewSupplier)
	ampel.Register(r, "GenericShaper", t0.NewGeneric)
	ampel.Register(r, "ZTFShaper", ztf.NewShaper)
	ampel.Register(r, "ZTFMuxer", ztf.NewMuxer)
	ampel.Register(r, "DecentFilter", ztf.NewDecent)
	ampel.Register(r, "T1SimpleCombiner", t1.NewSimple)
	ampel.Register(r, "T1SimpleRetroCombiner", t1.NewSimpleRetro)
	ampel.Register(r, "T2Worker", t2.NewWorker)
	return r
}
