package docdb

import (
	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// Filter is a parsed filter. It can be used many times and by many goroutines.
// The methods of Collection parse what they are given; parse it yourself to
// find mistakes early, or to match documents that are in memory.
type Filter struct {
	doc    bson.Raw // what an engine that speaks BSON sends
	root   node
	narrow []Narrow
	seeds  []seed
	unsure string // a condition of which an upsert cannot tell what it means
}

// seed is an equality of the filter, which an upsert puts into the document
// that it makes.
type seed struct {
	path []string
	text string
	v    raw.Value
}

// ParseFilter checks a filter against the dialect and compiles it. The filter
// is copied: later changes to it have no effect. A nil or empty filter matches
// everything. Errors are ErrDialect. The cost is a few microseconds.
func ParseFilter(filter bson.D) (*Filter, error) {
	if filter == nil {
		filter = bson.D{}
	}
	doc, err := bson.Marshal(filter)
	if err != nil {
		return nil, bad("filter", "", "%v", err)
	}
	p := filterParser{}
	root, err := p.document(raw.Body(doc), 1, &p.top)
	if err != nil {
		return nil, err
	}
	if p.regex {
		doc = plainRegexes(doc)
	}
	return &Filter{doc: doc, root: root, narrow: p.top.narrow, seeds: p.top.seeds, unsure: p.top.unsure}, nil
}

// Match tells whether the filter matches a document. It looks at the bytes and
// decodes nothing; about a microsecond for a small document. Damaged bytes
// match like a document that ends where the damage begins.
func (f *Filter) Match(doc bson.Raw) bool {
	return f.root.onDoc(raw.Body(doc))
}

// BSON returns the filter as BSON, for an engine that passes it on. Regular
// expressions may be written differently from how they were passed, but mean
// the same. The caller must not change it.
func (f *Filter) BSON() bson.Raw { return f.doc }

// Empty tells whether the filter matches everything because it says nothing.
func (f *Filter) Empty() bool { return len(f.doc) == 5 }

// Narrow is a condition that every document matching a filter fulfils. An
// engine may use one or several of them to find candidates in an index; the
// filter itself decides.
//
// A leaf has a Path and asks that at least one of the values that the path
// leads to (an array counts by its elements; a missing value is null) compares
// with Values as Op says: "$eq" and "$in" one of them equals, "$lt", "$lte",
// "$gt", "$gte" with the first. A branch has Any instead: all conditions of
// at least one of its lists hold.
type Narrow struct {
	Path   string
	Op     string
	Values []bson.RawValue
	Any    [][]Narrow
}

// Narrow returns the conditions that an engine may use to look for candidates.
// All of them hold for each matching document. Operands that are arrays are
// never among them.
func (f *Filter) Narrow() []Narrow { return f.narrow }
