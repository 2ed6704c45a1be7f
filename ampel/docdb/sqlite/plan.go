package sqlite

import (
	"bytes"
	"slices"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// access is one way into a table of keys: some exact keys, or a range.
type access struct {
	table    string // of an index; of the collection for _id
	keys     [][]byte
	from, to []byte // without keys: from <= k < to
}

// plan is a set of accesses that together find every document that may match.
// A nil plan looks at all documents.
type plan struct {
	any  []access
	rank int // what to expect of it, the lower the fewer documents
}

const (
	rankOne   = iota // a unique key
	rankKeys         // exact keys
	rankPart         // the beginning of compound keys
	rankRange        // a range of one key
)

// maxTuples bounds how many keys are made by combining lists of values.
const maxTuples = 4096

// plans lists what the conditions offer, the most promising first.
func (col *collection) plans(all []docdb.Narrow) []*plan {
	var out []*plan
	if p := col.byID(all); p != nil {
		out = append(out, p)
	}
	for _, x := range col.indexes {
		out = append(out, x.plans(all)...)
	}
	for _, n := range all {
		if p := col.union(n); p != nil {
			out = append(out, p)
		}
	}
	slices.SortStableFunc(out, func(a, b *plan) int { return a.rank - b.rank })
	return out
}

// union: a document that matches one of several branches is found by the plan
// of that branch.
func (col *collection) union(n docdb.Narrow) *plan {
	if n.Any == nil {
		return nil
	}
	u := &plan{rank: rankKeys}
	for _, branch := range n.Any {
		ps := col.plans(branch)
		if len(ps) == 0 {
			return nil
		}
		u.any = append(u.any, ps[0].any...)
		u.rank = max(u.rank, ps[0].rank)
	}
	return u
}

// byID uses that _id is in the table of documents, and never a list: bounds
// from both sides may be put together.
func (col *collection) byID(all []docdb.Narrow) *plan {
	var from, to []byte
	for _, n := range all {
		if n.Path != "_id" {
			continue
		}
		if n.Op == "$eq" || n.Op == "$in" {
			return &plan{[]access{{table: col.table, keys: keysOf(n.Values)}}, rankOne}
		}
		f, t := span(nil, n)
		if from == nil || bytes.Compare(f, from) > 0 {
			from = f
		}
		if to == nil || bytes.Compare(t, to) < 0 {
			to = t
		}
	}
	if from == nil {
		return nil
	}
	return &plan{[]access{{table: col.table, from: from, to: to}}, rankRange}
}

// plans of an index: its leading keys as far as their values are known, then
// perhaps a range of the next one. Each range of a key is a plan of its own,
// because different elements of a list may fulfil them.
func (x *index) plans(all []docdb.Narrow) []*plan {
	tuples := [][]byte{nil}
	used := 0
	for used < x.leading {
		n := x.equality(all, used)
		if n == nil || len(tuples)*len(n.Values) > maxTuples {
			break
		}
		tuples = combine(tuples, keysOf(n.Values))
		used++
	}
	switch {
	case used == len(x.Keys) && x.Unique:
		return []*plan{{[]access{{table: x.table, keys: tuples}}, rankOne}}
	case used == len(x.Keys):
		return []*plan{{[]access{{table: x.table, keys: tuples}}, rankKeys}}
	}
	var out []*plan
	if used < x.leading {
		for _, n := range all {
			if n.Path == x.Keys[used] && order(n.Op) && x.covers(n) {
				p := &plan{rank: rankRange}
				if used > 0 {
					p.rank = rankPart
				}
				for _, t := range tuples {
					from, to := span(t, n)
					p.any = append(p.any, access{table: x.table, from: from, to: to})
				}
				out = append(out, p)
			}
		}
	}
	if len(out) == 0 && used > 0 {
		p := &plan{rank: rankPart}
		for _, t := range tuples {
			p.any = append(p.any, access{table: x.table, from: t, to: after(t)})
		}
		out = append(out, p)
	}
	return out
}

// equality finds the shortest list of values for a key of the index.
func (x *index) equality(all []docdb.Narrow, key int) *docdb.Narrow {
	var best *docdb.Narrow
	for i, n := range all {
		if n.Path == x.Keys[key] && (n.Op == "$eq" || n.Op == "$in") && x.covers(n) &&
			(best == nil || len(n.Values) < len(best.Values)) {
			best = &all[i]
		}
	}
	return best
}

// covers tells whether every document that fulfils n is in the index. A sparse
// index lacks documents without the fields, which null finds.
func (x *index) covers(n docdb.Narrow) bool {
	return !x.Sparse || !slices.ContainsFunc(n.Values, func(v bson.RawValue) bool { return v.Type == bson.TypeNull })
}

func order(op string) bool { return op == "$lt" || op == "$lte" || op == "$gt" || op == "$gte" }

func keysOf(values []bson.RawValue) [][]byte {
	keys := make([][]byte, len(values))
	for i, v := range values {
		keys[i] = raw.AppendKey(nil, raw.Of(v))
	}
	return keys
}

func combine(heads, tails [][]byte) [][]byte {
	out := make([][]byte, 0, len(heads)*len(tails))
	for _, h := range heads {
		for _, t := range tails {
			out = append(out, slices.Concat(h, t))
		}
	}
	return out
}

// span is the range of keys that begin with head and fulfil n: from its value
// to the end of the values of its class, or from their beginning to its value.
func span(head []byte, n docdb.Narrow) (from, to []byte) {
	v := raw.Of(n.Values[0])
	low, high := raw.ClassRange(v)
	key := raw.AppendKey(nil, v)
	if n.Op == "$gt" || n.Op == "$gte" {
		return slices.Concat(head, key), slices.Concat(head, high)
	}
	return slices.Concat(head, low), after(slices.Concat(head, key))
}

// after is the least key that is greater than all that begin with head.
func after(head []byte) []byte {
	out := slices.Clone(head)
	for i := len(out) - 1; i >= 0; i-- {
		if out[i]++; out[i] != 0 {
			return out[:i+1]
		}
	}
	return nil
}
