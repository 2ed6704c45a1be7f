// Package catalog knows the units of package t3 and those below it by their
// names, and by the older names that some of them had:
//
//	registry := catalog.New()
//	t3.RegisterUnit(registry, "MyUnit", t3.Snap, newMyUnit)
package catalog
