package ampel

import "context"

// Runner is a processor of any tier that is ready to run, any number of times.
// Register one as a unit whose type is Runner, and job files can name it.
type Runner interface {
	// Run does one run. The event tells how it went; the error is nil if errors
	// are not to be raised, and the run did not have to be abandoned.
	Run(ctx context.Context) (Report, error)
}

// Report tells how a run went.
type Report struct {
	Run    int64 // the number of the run, 0 if none was taken
	Code   EventCode
	Docs   int // what was done: alerts ingested, T2 units run, T3 documents stored
	Errors []error
}
