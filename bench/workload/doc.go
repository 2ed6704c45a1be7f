// Package workload holds the work that contenders are measured by, and checks that
// they did it.
//
// A [Workload] says what is done to each item and in which shape: one stage, or
// three; with results in any order, or in the order of the input. [Workload.Job]
// makes a [Job] of it: input, functions, number of workers and the [Digest] of the
// right results, which a plain loop computes beforehand. A contender gets the Job,
// runs it in its own way and returns the Digest of what came out; [Job.Check] says
// whether that is right. A number of a run whose results are wrong is worth nothing.
//
// Functions that cost processor time are made of a [Spin], which is calibrated in
// every process: 10 microseconds are 10 microseconds on each machine, as long as
// nothing else runs on it.
//
//	spin := workload.Calibrate()
//	w, err := workload.Find("cpu10", workload.All(spin))
//	job := w.Job(w.Items, w.Workers)
package workload
