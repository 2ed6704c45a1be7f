package docdbtest

import (
	"fmt"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
)

// Options says how the suite runs.
type Options struct {
	// Skip names cases that the engine is known to get wrong, each with the
	// reason, as "filter/size of a list". A name that matches no case is an
	// error, so that the list does not outlive what it is about.
	Skip map[string]string
	// Workers and Tickets are how many goroutines claim how many documents.
	// Default 8 and 200.
	Workers, Tickets int
}

// Run runs all cases against a database. open is called once; the suite makes
// collections with names of their own and leaves them behind.
func Run(t *testing.T, open func(t *testing.T) *docdb.DB, o Options) {
	if o.Workers == 0 {
		o.Workers, o.Tickets = 8, 200
	}
	s := &suite{db: open(t), Options: o, used: map[string]bool{}}
	s.filters(t)
	s.updates(t)
	s.upserts(t)
	s.pushes(t)
	s.failures(t)
	s.reads(t)
	s.writes(t)
	s.together(t)
	s.indexes(t)
	s.claims(t)
	s.refused(t)
	for name := range o.Skip {
		require.True(t, s.used[name], "skipped case %q does not exist", name)
	}
}

type suite struct {
	Options
	db   *docdb.DB
	used map[string]bool
	n    atomic.Int64
}

// D makes a document of pairs: D("a", 1, "b", 2).
func D(pairs ...any) bson.D {
	d := bson.D{}
	for i := 0; i < len(pairs); i += 2 {
		d = append(d, bson.E{Key: pairs[i].(string), Value: pairs[i+1]})
	}
	return d
}

// A makes a list.
func A(values ...any) bson.A { return append(bson.A{}, values...) }

// run runs one case in a fresh collection, or skips it.
func (s *suite) run(t *testing.T, name string, f func(t *testing.T, c *docdb.Collection)) {
	s.used[name] = true
	t.Run(name, func(t *testing.T) {
		if reason := s.Skip[name]; reason != "" {
			t.Skip("known fault of this engine: " + reason)
		}
		f(t, s.fresh())
	})
}

var runID = bson.NewObjectID().Hex()

func (s *suite) fresh() *docdb.Collection {
	return s.db.Collection(fmt.Sprintf("t%s_%d", runID[16:], s.n.Add(1)))
}

// fill inserts documents; those without an _id get their position from 1 on.
func fill(t *testing.T, c *docdb.Collection, docs ...bson.D) {
	t.Helper()
	all := make([]bson.D, len(docs))
	for i, d := range docs {
		if all[i] = d; len(d) == 0 || d[0].Key != "_id" {
			all[i] = append(D("_id", i+1), d...)
		}
	}
	_, err := docdb.InsertMany(t.Context(), c, all)
	require.NoError(t, err)
}

// ids returns the _id of the documents that match, in their order.
func ids(t *testing.T, c *docdb.Collection, filter bson.D, opts ...docdb.Option) []int {
	t.Helper()
	out := []int{}
	for doc, err := range c.Find(t.Context(), filter, opts...) {
		require.NoError(t, err)
		out = append(out, int(doc.Lookup("_id").AsInt64()))
	}
	return out
}

// Canonical writes a document so that two which mean the same are the same:
// fields of documents sorted by name, integers without their width. Doubles
// keep their type, lists their order.
func Canonical(doc bson.Raw) string {
	return canonical(bson.RawValue{Type: bson.TypeEmbeddedDocument, Value: doc})
}

func canonical(v bson.RawValue) string {
	switch v.Type {
	case bson.TypeEmbeddedDocument, bson.TypeArray:
		var parts []string
		doc := bson.Raw(v.Value)
		elements, err := doc.Elements()
		if err != nil {
			return "damaged: " + err.Error()
		}
		for _, e := range elements {
			parts = append(parts, fmt.Sprintf("%q:%s", e.Key(), canonical(e.Value())))
		}
		if v.Type == bson.TypeArray {
			return "[" + strings.Join(parts, ",") + "]"
		}
		slices.Sort(parts)
		return "{" + strings.Join(parts, ",") + "}"
	case bson.TypeInt32, bson.TypeInt64:
		return fmt.Sprintf("%d", v.AsInt64())
	case bson.TypeDouble:
		return fmt.Sprintf("double(%v)", v.Double())
	}
	return v.String()
}

// same compares documents as Canonical writes them.
func same(t *testing.T, want bson.D, got bson.Raw) {
	t.Helper()
	b, err := bson.Marshal(want)
	require.NoError(t, err)
	require.Equal(t, Canonical(b), Canonical(got))
}
