// Package pl builds concurrent data pipelines out of stages.
//
// A [Stage] describes a stream of values; nothing runs until one of its methods
// [Stage.All], [Stage.Collect] or [Stage.Run] is called with a context. An [Op]
// turns one stage into another, and the Pipe functions chain them:
//
//	stage := pl.Pipe2(pl.Range(10),
//		thread.Map(slowAdd1, pl.Workers(3), pl.MaxSize(4)),
//		thread.Filter(slowGT3, pl.Workers(2)),
//	)
//	data, err := stage.Collect(ctx) // e.g. [5 6 9 4 8 10 7]
//
// # Backends
//
// The workers of a stage run on a [Backend]:
//
//	pl.Sync          one item at a time, in order
//	thread.Backend   a pool of goroutines, one per worker
//	task.Backend     a goroutine per item, at most Workers at once
//	process.Backend  child processes, one per worker
//
// Each backend's package has Map, Filter, FlatMap and Each for the common case. The
// functions of the same names in this package take the backend as an argument, and
// a [Func] instead of a function.
//
// Package tune measures which of them, and how many workers, suit a function.
//
// # Workers and resources
//
// With gives every worker a resource of its own, opened before its first item and
// closed after its last:
//
//	db := pl.OnStart(openDB).OnDone(closeDB)
//	users := pl.Map(thread.Backend, pl.With(db, queryUser), pl.Workers(3))(ids)
//
// No two goroutines use one resource at the same time, on any backend.
//
// # Backpressure
//
// MaxSize bounds the queue in front of a stage. When it is full, the stage before
// it waits, and so on up to the source. A stage with n workers and MaxSize m has at
// most m items waiting, n in its functions, and nothing else.
//
// The operators without workers, and the loop over [Stage.All], have a queue as long
// as that of the stage before them, and none if that is 16 or less.
//
// # Errors
//
// The first error ends the run: its context is canceled with that error as the
// cause, every worker is ended and waited for, OnDone runs, and the error is
// returned as a [StageError]. The options [Skip], [OnError] and [Retry] change that
// for one stage. A panic in a function counts as an error, a [PanicError]. Errors of
// other workers that come while the run ends are joined to the first one, unless
// they only say that the context was canceled.
//
// # Order
//
// A concurrent stage emits results as they come. [InOrder] makes one stage keep the
// order of its input; [Ordered] restores the order of the source.
package pl
