package tune

// For tests of package tune_test.
var (
	SpreadOf = spreadOf
	FitOf    = fit
)
