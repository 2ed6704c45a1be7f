// Package docdbtest is the conformance suite of docdb: what every engine has to
// answer, case by case, as MongoDB does.
//
//	func TestConforms(t *testing.T) {
//		docdbtest.Run(t, func(t *testing.T) *docdb.DB { return openMine(t) }, docdbtest.Options{})
//	}
//
// Each case has a collection of its own. A case that an engine is known to get
// wrong is skipped by its name, with the reason.
//
// Limits makes generators of random documents, filters and updates of the
// dialect, for property tests.
package docdbtest
