package t0test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel/docdb"
)

// Options says how the suite runs.
type Options struct {
	// Skip names cases that the engine is known to get wrong, each with the
	// reason. A name that matches no case is an error, so that the list does not
	// outlive what it is about.
	Skip map[string]string
	// Many is how many alerts there are where many are needed. Default 500.
	Many int
}

// Run runs all cases. open is called for each of them and returns a database
// without documents; closing it is its own affair.
func Run(t *testing.T, open func(t *testing.T) *docdb.DB, o Options) {
	if o.Many == 0 {
		o.Many = 500
	}
	s := &suite{Options: o, open: open, used: map[string]bool{}}
	s.documents(t)
	s.again(t)
	s.decisions(t)
	s.failures(t)
	s.limits(t)
	for name := range o.Skip {
		require.True(t, s.used[name], "skipped case %q does not exist", name)
	}
}

type suite struct {
	Options
	open func(t *testing.T) *docdb.DB
	used map[string]bool
}

// run runs one case, or skips it.
func (s *suite) run(t *testing.T, name string, f func(l *lab)) {
	s.used[name] = true
	t.Run(name, func(t *testing.T) {
		if reason := s.Skip[name]; reason != "" {
			t.Skip("known fault of this engine: " + reason)
		}
		f(s.lab(t))
	})
}
