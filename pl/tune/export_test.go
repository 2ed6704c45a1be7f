package tune

// For tests of package tune_test.
var (
	SpreadOf = spreadOf
	FitOf    = fit
)

// Stopped tells which settings are stopped that have had these rates, by round.
func Stopped(rates [][]float64) []bool {
	var runners []*runner
	for _, rounds := range rates {
		r := &runner{}
		for _, rate := range rounds {
			r.samples = append(r.samples, sample{rate: rate})
		}
		runners = append(runners, r)
	}
	stopWorse(runners)
	var stopped []bool
	for _, r := range runners {
		stopped = append(stopped, r.stopped)
	}
	return stopped
}
