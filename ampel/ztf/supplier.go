package ztf

import (
	"errors"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
)

// ArchiveConfig is the configuration of ZTFArchiveSupplier, an alert supplier:
//
//	supplier: {unit: ZTFArchiveSupplier, config: {paths: [alerts/ztf_public_20180819.tar.gz]}}
type ArchiveConfig struct {
	Paths   []string `config:"paths,required"` // as in Archive
	After   string   `config:"after"`
	Workers int      `config:"workers"`
}

// CheckConfig finds mistakes; whether the paths exist is looked at when a run
// begins.
func (c *ArchiveConfig) CheckConfig() error {
	switch {
	case len(c.Paths) == 0:
		return ampel.PathError("paths", errors.New("is empty: name files or folders"))
	case c.Workers < 0:
		return ampel.PathError("workers", errors.New("must not be negative"))
	}
	return nil
}

// NewSupplier builds a ZTFArchiveSupplier.
func NewSupplier(_ *ampel.Env, c ArchiveConfig) (t0.AlertSupplier, error) {
	return &Archive{Paths: c.Paths, After: c.After, Workers: c.Workers}, nil
}
