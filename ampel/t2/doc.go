// Package t2 computes. Other tiers leave tickets, the T2 documents with code NEW;
// units compute what the tickets ask for, and the results are added to them.
//
// # A unit
//
// A unit gets what its tickets are bound to: a stock, a datapoint, or a [State],
// which is a set of datapoints. It returns a result, and nothing else: what it
// computes follows from what it is given and from its configuration.
//
//	type brightest struct{ conf brightestConfig }
//
//	func (u brightest) Process(ctx context.Context, s *t2.State) (any, error) {
//		...
//		return map[string]any{"magnitude": m, "jd": jd}, nil
//	}
//
//	func init() {
//		t2.Register("Brightest", func(c brightestConfig) (t2.StateUnit, error) {
//			return brightest{c}, nil
//		})
//	}
//
// Units are registered by package initialization, for the whole program, as the
// functions of [pl.Register] are, because worker processes need to know them too.
// Each worker has units of its own, one for each configuration: a unit is never
// called by two goroutines at once, and may keep what it needs again.
//
// A [TiedUnit] also gets the results of other units about the same stock, see
// [Dependency].
//
// # Results
//
// A result is anything that ampel.NewValue takes, or a [*UnitResult] with more than
// that. No result is a mistake of the unit: its ticket gets the code ERROR. A unit
// that fails or panics costs its ticket, code EXCEPTION, and a trouble document
// tells what happened.
package t2
