package ztfsim

import (
	"context"
	"errors"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/t0"
	"github.com/penstock/penstock/pl"
)

// Alerts returns a source of all alerts, as a supplier of alerts does.
func (s *Survey) Alerts(context.Context) (pl.Stage[t0.Delivery], error) {
	return t0.FromSeq2(func(yield func(*t0.Alert, error) bool) {
		for p := range s.Packets() {
			if !yield(p.Alert()) {
				return
			}
		}
	}), nil
}

// SupplierConfig is the configuration of ZTFSimulationSupplier, an alert supplier:
//
//	supplier: {unit: ZTFSimulationSupplier, config: {alerts: 10000, seed: 1}}
type SupplierConfig struct {
	Alerts int   `config:"alerts"` // about how many, see ForAlerts
	Seed   int64 `config:"seed"`
}

// SetDefaults makes 10,000 alerts.
func (c *SupplierConfig) SetDefaults() { c.Alerts = 10_000 }

// CheckConfig finds mistakes.
func (c *SupplierConfig) CheckConfig() error {
	if c.Alerts < 1 || c.Alerts > maxSources {
		return ampel.PathError("alerts", errors.New("has to be from 1 to 10 million"))
	}
	return nil
}

// NewSupplier builds a ZTFSimulationSupplier.
func NewSupplier(_ *ampel.Env, c SupplierConfig) (t0.AlertSupplier, error) {
	return New(ForAlerts(c.Alerts, uint64(c.Seed)))
}
