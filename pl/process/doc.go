// Package process runs stages in child processes: copies of the running program
// that exchange values with it through pipes, encoded by encoding/gob. Use it to
// survive crashes, to stop functions that cannot be interrupted, and for libraries
// that allow one instance per process.
//
// A program that uses it registers its functions in package variables and calls
// [Init] first thing in main:
//
//	var SlowAdd1 = pl.Register(slowAdd1)
//
//	func main() {
//		process.Init()
//		...
//		stage := process.Map(SlowAdd1, pl.Workers(3))(src)
//	}
//
// and so does every test package that runs process stages:
//
//	func TestMain(m *testing.M) {
//		process.Init()
//		os.Exit(m.Run())
//	}
//
// Package variables are set in the parent and in every child alike; that is how a
// child finds the function. A closure is fine if package initialization makes it. A
// closure over values of a running function cannot be registered: pl.Register panics
// after Init. Pass such values in the items, or with [pl.Template.Bind].
//
// In a child, package initialization runs, then Init, and nothing else of main.
// What a child writes to standard output and standard error goes to the standard
// error of the parent, line by line, with the stage and the index of the worker
// before each line.
//
// # Cost
//
// A worker takes some milliseconds to start and the memory of a small Go program. An
// item costs about 100 ns while the function is fast, since many then travel in one
// frame, and some 20 µs while it is slow and they travel one by one; see [Chunk].
// With [pl.Timeout], and with a MaxSize of 16 or less, they always do.
//
// # Crashes
//
// When a worker process ends on its own, by os.Exit, a signal, a lack of memory or
// however, the items that it had not answered are known. If it was one, that item
// fails with an [ExitError], to which Retry, Skip and OnError apply as to any error. If
// there were several, they are done again one by one, in a new worker, to find the one
// that is the reason: so after a crash a function may be called again for an item that
// it was called for before, as if for the first time (Attempt counts the tries of Retry).
//
// When the parent ends, however it does, so do the workers: they notice the end of
// their requests, also while the function runs. On Linux the kernel kills them as well
// (the parent-death signal; all workers are started from one thread that lives as long
// as they do, since the signal is tied to the thread).
package process
