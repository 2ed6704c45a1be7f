// Package ampel holds what all tiers of an Ampel system share: documents, the
// conditions on channels and tags, views, the registry of units, and the
// database.
//
// A stock is what is tracked, such as a source in the sky; its [StockID] ties
// everything together. The tiers leave documents about it:
//
//	t0   DataPoint     a measurement
//	t1   T1Document    a state: a set of datapoints
//	t2   T2Document    a ticket and the results of its unit
//	t3   T3Document    the result of a unit about many stocks
//
// and a [StockDocument] with a journal. Documents are visible to channels, each
// the programme of a user, and carry tags. [Logic] is the one condition on both.
//
// # Buffers and views
//
// What is loaded about a stock is an [AmpelBuffer], which may be changed. Units
// see views made of it: [SnapView], or [TransientView] with light curves. A view
// is a deep copy and cannot be changed, so many units share one. Content whose
// form only its unit knows is a [Value], which cannot change either, and which
// is decoded only where it is looked at.
//
// # Units
//
// Units are built by name with a configuration. [Register] makes one known:
//
//	type posterConfig struct {
//		Room string `config:"room,required"`
//	}
//	ampel.Register(registry, "Poster", func(env *ampel.Env, c posterConfig) (Poster, error) { ... })
//
// Configurations are read strictly, see [Decode]: an unknown key and a wrong type
// are errors that name the path. [UnitOf] is a unit inside of the configuration
// of another one; its mistakes are found before anything is built.
//
// # Database
//
// [Database] wraps a database of package docdb: it makes the indexes, numbers the
// runs, stores configurations under their hash, and takes down events and
// troubles. [Event] follows one run, and [RunLog] stores what it logs: every
// logger of an [Env] leads there, also that of a unit that fails later.
//
// Package job reads job files, whose processors are those of packages t0, t2 and t3,
// and cmd/ampel is the command. Package ztf and those below it read the alerts of a survey
// of the sky or simulate some, and t2/lightcurve computes about them.
package ampel
