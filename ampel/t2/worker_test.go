package t2_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/penstock/penstock/ampel"
	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/sqlite"
	"github.com/penstock/penstock/ampel/internal/t2test"
	"github.com/penstock/penstock/ampel/t2"
)

func openMemory(t *testing.T) *docdb.DB {
	db, err := sqlite.OpenMemory()
	require.NoError(t, err)
	t.Cleanup(func() { require.NoError(t, db.Close()) })
	return db
}

func TestWorker(t *testing.T) { t2test.Run(t, openMemory, nil) }

func TestBadConfigurations(t *testing.T) {
	r := ampel.NewRegistry()
	ampel.Register(r, "T2Worker", t2.NewWorker)
	for want, conf := range map[string]ampel.Config{
		"unit_ids: unknown unit":                    {"unit_ids": []any{"Nobody"}},
		"backend: pl: FindBackend: unknown backend": {"backend": "cloud"},
		"workers: is too small":                     {"workers": int64(0)},
		"max_try: is too small":                     {"max_try": int64(0)},
		"doc_limit: is too small":                   {"doc_limit": int64(-1)},
		"code_match: is empty":                      {"code_match": []any{}},
		"code_match: RUNNING means":                 {"code_match": "RUNNING"},
		`code_match: "DONE" is no code`:             {"code_match": []any{"NEW", "DONE"}},
		"timeout: must not be negative":             {"timeout": "-1s"},
		"stale_after: must be 10ms at least":        {"stale_after": "1ms"},
		"min_doc_age: must not be negative":         {"min_doc_age": -0.5},
		"backoff_on_retry: base must be 1":          {"backoff_on_retry": map[string]any{"base": 0.5}},
		"backoff_on_query.bas: unknown key":         {"backoff_on_query": map[string]any{"bas": 2}},
		"worker: unknown key":                       {"worker": int64(2)},
	} {
		err := ampel.UnitOf[ampel.Runner]{UnitModel: ampel.UnitModel{Unit: "T2Worker", Config: conf}}.Check(r)
		require.ErrorContains(t, err, want)
	}
	c := t2.Worker{}
	c.SetDefaults()
	_, err := t2.NewWorker(&ampel.Env{Process: "p"}, c)
	require.ErrorContains(t, err, "no database")
}
