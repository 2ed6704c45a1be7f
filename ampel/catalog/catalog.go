package catalog

import (
	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/ampel/t0/ztf"
	"github.com/penstock/penstock/ampel/t1"
	"github.com/penstock/penstock/ampel/t2"
	t3 "github.com/penstock/penstock/ampel/t3/catalog"
)

// New returns a registry with the units of all tiers.
func New() *ampel.Registry {
	r := t3.New()
	ampel.Register(r, "AlertConsumer", t0.New)
	ampel.Register(r, "GenericShaper", t0.NewGeneric)
	ampel.Register(r, "ZTFShaper", ztf.NewShaper)
	ampel.Register(r, "ZTFMuxer", ztf.NewMuxer)
	ampel.Register(r, "DecentFilter", ztf.NewDecent)
	ampel.Register(r, "T1SimpleCombiner", t1.NewSimple)
	ampel.Register(r, "T1SimpleRetroCombiner", t1.NewSimpleRetro)
	ampel.Register(r, "T2Worker", t2.NewWorker)
	return r
}
