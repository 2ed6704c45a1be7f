package t3test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/t3/catalog"
)

// Options says how the suite runs.
type Options struct {
	// Skip names cases that the engine is known to get wrong, each with the
	// reason. A name that matches no case is an error, so that the list does not
	// outlive what it is about.
	Skip map[string]string
}

// Run runs all cases. open is called for each of them and returns a database
// without documents; closing it is its own affair.
func Run(t *testing.T, open func(t *testing.T) *docdb.DB, o Options) {
	s := &suite{Options: o, open: open, used: map[string]bool{}}
	s.processor(t)
	s.failures(t)
	s.logs(t)
	s.selectors(t)
	s.loaders(t)
	s.filters(t)
	s.projectors(t)
	s.stagers(t)
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
func (s *suite) run(t *testing.T, name string, f func(t *testing.T)) {
	s.used[name] = true
	t.Run(name, func(t *testing.T) {
		if reason := s.Skip[name]; reason != "" {
			t.Skip("known fault of this engine: " + reason)
		}
		f(t)
	})
}

// env is the surroundings of parts that run without a processor.
func (s *suite) env(t *testing.T) *ampel.Env {
	db, err := ampel.NewDatabase(t.Context(), s.open(t))
	require.NoError(t, err)
	return &ampel.Env{Units: catalog.New(), DB: db, Process: "proc"}
}

func insert(t *testing.T, env *ampel.Env, col string, docs ...any) {
	t.Helper()
	for _, d := range docs {
		_, err := env.DB.Collection(col).InsertOne(t.Context(), d)
		require.NoError(t, err)
	}
}
