package pl_test

import "testing"

// The cases of pypeln's own tests, what these leave out, and where pypeln is known
// to fail. The numbers are those of the list that the cases were taken from.
func TestPypeln(t *testing.T) {
	for _, c := range []struct {
		id  string
		run func(*testing.T)
	}{
		{"map-2.1.1-2.1.2-2.1.3-2.1.9-results", pypelnMap},
		{"map-2.1.4-2.1.6-2.1.7-on-start", pypelnMapOnStart},
		{"map-2.1.5-timeout", pypelnMapTimeout},
		{"map-2.1.8-event-end", pypelnMapEventEnd},
		{"map-2.1.10-error", pypelnMapError},
		{"map-2.1.11-maxsize", pypelnMapMaxsize},
		{"filter-2.2.1-2.2.2", pypelnFilter},
		{"flat_map-2.3.1-2.3.2", pypelnFlatMap},
		{"each-2.4.1-2.4.2", pypelnEach},
		{"concat-2.5.1-2.5.2", pypelnConcat},
		{"ordered-2.6", pypelnOrdered},
		{"iterables-2.7.1-2.7.4", pypelnIterables},
		{"mixtures-2.8", pypelnMixtures},
		{"worker-2.9.5-2.10-raises", pypelnFailuresReachTheConsumer},
		{"untested-2.12-results-under-maxsize-and-workers", pypelnMatrix},
		{"defect-1.10-swallowed-errors", pypelnErrorIsNeverSwallowed},
		{"untested-2.12-concat-of-unequal-speeds", pypelnConcatOfUnequalSpeeds},
		{"untested-2.12-element-index", pypelnElementIndex},
		{"untested-2.12-iterating-twice", pypelnIteratingTwice},
		{"untested-2.12-run-of-several-stages", pypelnRunOfSeveralStages},
		{"untested-2.12-fan-out-with-backpressure", pypelnFanOutWithBackpressure},
		{"defect-1.11-break-hangs", pypelnBreakWhileAFunctionIgnoresItsContext},
		{"defect-1.12-task-between-threads", pypelnStagesBetweenStages},
		{"defect-1.13-polling", pypelnIdleCostsNothing},
		{"untested-2.12-timeout-and-slow-consumer", pypelnSlowLoopDoesNotTimeOut},
		{"defect-1.10-discarded-results", pypelnWaitingResultsAreNotDiscarded},
		{"values-1.8-none", pypelnNilIsAValue},
	} {
		t.Run(c.id, c.run)
	}
}
