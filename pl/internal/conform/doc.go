// Package conform is the one test suite that every backend has to pass.
//
// A backend package calls it from a test of its own:
//
//	func TestConform(t *testing.T) {
//		conform.Run(t, conform.Suite{Backend: thread.Backend, Bubble: true, Eager: true})
//	}
//
// What the suite lets the workers do is written in the items: an [Item] says to
// pass, to fail, to panic, to sleep and so on, and the few functions of the [Funcs]
// table obey. A backend whose functions have to be known by name gives a table of
// its own, made of the exported functions of this package ([Act], [Keep], [Spread]
// and so on); the default is pl.Fn of the same functions.
//
// What functions and hooks do is seen in a journal, a file that they find through
// the environment, so that it does not matter in which process they run. Backends
// that can run in a synctest bubble set Bubble: time costs nothing there, and is
// checked to the millisecond. The others wait for real, and short.
package conform
