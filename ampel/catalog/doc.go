// Package catalog knows the units of all tiers by their names:
//
//	registry := catalog.New()
//	ampel.Register(registry, "MyFilter", newMyFilter)
//
// Package t3/catalog knows those of T3 only.
package catalog
