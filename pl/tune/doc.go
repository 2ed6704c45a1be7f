// Package tune finds out which backend, how many workers and how long a queue suit a
// function on this machine, and which stage holds up a pipeline.
//
// # A setting for a function
//
// [Sweep] runs a function over samples of what it will get, with every combination of
// backends, workers and queues, and recommends one:
//
//	report, err := tune.Sweep(ctx, pl.Fn(parse), samples)
//	if err != nil { ... }
//	fmt.Println(report) // a table, and the reason
//	stage := pl.Map(thread.Backend, pl.Fn(parse), report.Best.Option())
//
// The samples matter most: some hundred items as they occur, not one of them a
// thousand times. With the process backend the function has to be registered, and main
// begins with process.Init, as for any stage there.
//
// # How it measures
//
// A measurement is a run of a pipeline of a source, the function and a counter. First
// as many items are on their way as there are workers: that warms up caches and
// starts worker processes, and gives the latencies. When all of those are back, the
// clock starts, and the source keeps the queue full; that gives the rate.
//
// All settings take turns in rounds, each round in another order, so that a machine
// that is slower for a while is so for all of them, and rates are compared within a
// round. After the second round, settings that were below 0.8 of the leader's rate in
// every round are stopped. A [Budget] bounds the time of all of it: each measurement
// takes its share, half a second at most, and longer only if three items per worker
// need that.
//
// # How it decides
//
// [Recommend] depends on nothing but the results. The processor time of sync, beside
// the time in the function, says whether it computes or waits. Of the settings that
// are as fast as the fastest within the noise, the smallest is recommended: see
// [Kind] for the cases, and [Recommendation.Reason] for yours. Two laws explain what was
// measured, where they do:
//
//   - Little's law (Operations Research 9(3), 1961): items on their way = rate × latency.
//     A function that waits 10 ms and should be done 10,000 times per second needs 100
//     workers, whatever the backend.
//   - Amdahl's law, and Gunther's, which adds what workers cost each other: see [Fit].
//
// What it recommends holds for this machine and these samples, with nothing else to
// do. In a pipeline, other stages use the same processors; so look at the whole as well:
//
// # The bottleneck of a pipeline
//
// A [Recorder] looks at a [pl.Monitor] during a run, and says in its [Verdict] how busy
// the workers of each stage were, how full the queues, which stage was the bottleneck,
// and what one more worker there would bring:
//
//	var m pl.Monitor
//	rec := tune.Record(&m)
//	err := pipeline.Run(ctx, pl.Watch(&m))
//	fmt.Println(rec.Stop())
package tune
