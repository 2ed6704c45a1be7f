// Package t3test is the suite of the T3 tier: what processors, selectors,
// loaders, filters, projectors and stagers have to do on every database.
//
//	func TestOnMine(t *testing.T) {
//		t3test.Run(t, func(t *testing.T) *docdb.DB { return openMine(t) }, t3test.Options{})
//	}
//
// Each case has a database of its own. One that an engine is known to get wrong
// is skipped by its name, with the reason.
package t3test
