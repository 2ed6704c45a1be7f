package sqlite

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"time"

	"go.mongodb.org/mongo-driver/v2/bson"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// A reading lends a connection for so many documents or bytes at a time.
const (
	pageDocs  = 256
	pageBytes = 1 << 20
)

// reading is one Find, Count or Distinct on its way.
type reading struct {
	e      *engine
	filter *docdb.Filter
	col    *collection // nil: the collection does not exist
	src    source
	size   int  // of the next page of candidates
	end    bool // no more candidates
}

// begin finds the collection and chooses where to look.
func (e *engine) begin(ctx context.Context, name string, f *docdb.Filter, first bool) (*reading, error) {
	r := &reading{e: e, filter: f, size: pageDocs}
	if first {
		r.size = 4
	}
	err := e.pool.with(ctx, func(c *conn) error {
		cat, err := e.catalog(c, name)
		if err != nil {
			return err
		}
		if r.col = cat.collections[name]; r.col == nil {
			r.end = true
			return nil
		}
		p, err := choose(c, r.col.plans(f.Narrow()))
		r.src = p.open(r.col)
		return err
	})
	return r, explain(e.where, err)
}

// staleAfter is how long a reading may not know an index that another process
// made. It only reads slower meanwhile.
const staleAfter = time.Second

// catalog returns what is known of the file, and looks again if the collection
// is unknown or some time has passed.
func (e *engine) catalog(c *conn, name string) (*catalog, error) {
	cat := e.current.Load()
	now := time.Now().UnixNano()
	if cat.collections[name] != nil && now-e.looked.Load() < int64(staleAfter) {
		return cat, nil
	}
	e.looked.Store(now)
	version, err := c.number("PRAGMA user_version")
	if err != nil || version == cat.version {
		return cat, err
	}
	fresh, err := loadCatalog(c)
	if err != nil {
		return nil, err
	}
	// A writer that was faster stays: versions only grow.
	for old := cat; fresh.version > old.version && !e.current.CompareAndSwap(old, fresh); {
		old = e.current.Load()
	}
	return fresh, nil
}

// page returns documents that match, none at the end. It looks at candidates
// until there is something to return.
func (r *reading) page(ctx context.Context, want int64) (out []row, err error) {
	if r.end {
		return nil, nil
	}
	err = r.e.pool.with(ctx, func(c *conn) error {
		out, err = r.pageOn(ctx, c, want)
		return err
	})
	return out, explain(r.e.where, err)
}

func (r *reading) pageOn(ctx context.Context, c *conn, want int64) (out []row, err error) {
	size := 0
	for !r.end && len(out) < pageDocs && size < pageBytes && (want == 0 || int64(len(out)) < want) {
		rows, err := r.src.next(ctx, c, r.size)
		if err != nil {
			return nil, err
		}
		r.end = len(rows) < r.size
		r.size = min(4*r.size, pageDocs)
		for _, one := range rows {
			if r.filter.Match(one.doc) {
				out = append(out, one)
				size += len(one.doc)
			}
		}
	}
	return out, nil
}

// Find implements docdb.Engine.
func (e *engine) Find(ctx context.Context, collection string, q docdb.Query, yield func(bson.Raw) bool) error {
	want := q.Limit
	if want > 0 {
		want = max(0, want+q.Skip) // a sum out of range is no limit
	}
	r, err := e.begin(ctx, collection, q.Filter, want == 1)
	if err != nil {
		return err
	}
	if !q.Sort.Empty() {
		return r.sorted(ctx, q, want, yield)
	}
	for seen := int64(0); ; {
		left := int64(0)
		if want > 0 {
			if left = want - seen; left <= 0 {
				return nil
			}
		}
		rows, err := r.page(ctx, left)
		if err != nil || len(rows) == 0 {
			return err
		}
		for _, one := range rows {
			seen++
			switch {
			case seen <= q.Skip:
			case want > 0 && seen > want:
				return nil
			case !yield(q.Projection.Apply(one.doc)):
				return nil
			}
		}
	}
}

// sortable is a document with its place in the order.
type sortable struct {
	row
	key []byte
}

func (a sortable) compare(b sortable) int {
	if c := bytes.Compare(a.key, b.key); c != 0 {
		return c
	}
	return int(max(-1, min(1, a.n-b.n)))
}

// best keeps the first documents of an order: all, or so many as are wanted.
type best struct {
	sort docdb.Sort
	want int64
	all  []sortable
}

func (b *best) add(rows []row) error {
	for _, one := range rows {
		key, err := b.sort.Key(one.doc)
		if err != nil {
			return err
		}
		b.all = append(b.all, sortable{one, key})
	}
	// Cut now and then, so that a limit also limits the memory.
	if b.want > 0 && int64(len(b.all)) > 2*b.want+pageDocs {
		b.finish()
	}
	return nil
}

func (b *best) finish() []sortable {
	slices.SortFunc(b.all, sortable.compare)
	if b.want > 0 && int64(len(b.all)) > b.want {
		clear(b.all[b.want:])
		b.all = b.all[:b.want]
	}
	return b.all
}

func (r *reading) sorted(ctx context.Context, q docdb.Query, want int64, yield func(bson.Raw) bool) error {
	r.size = pageDocs
	b := best{sort: q.Sort, want: want}
	for {
		rows, err := r.page(ctx, 0)
		if err != nil {
			return err
		}
		if len(rows) == 0 {
			break
		}
		if err := b.add(rows); err != nil {
			return err
		}
	}
	all := b.finish()
	for _, one := range all[min(q.Skip, int64(len(all))):] {
		if err := ctx.Err(); err != nil {
			return err
		}
		if !yield(q.Projection.Apply(one.doc)) {
			return nil
		}
	}
	return nil
}

// Count implements docdb.Engine.
func (e *engine) Count(ctx context.Context, collection string, f *docdb.Filter) (n int64, err error) {
	r, err := e.begin(ctx, collection, f, false)
	if err != nil || r.end {
		return 0, err
	}
	if f.Empty() {
		err = e.pool.with(ctx, func(c *conn) error {
			n, err = c.number("SELECT count(*) FROM " + r.col.table)
			return err
		})
		return n, explain(e.where, err)
	}
	for {
		rows, err := r.page(ctx, 0)
		if err != nil || len(rows) == 0 {
			return n, err
		}
		n += int64(len(rows))
	}
}

// Distinct implements docdb.Engine.
func (e *engine) Distinct(ctx context.Context, collection, path string, f *docdb.Filter) ([]bson.RawValue, error) {
	r, err := e.begin(ctx, collection, f, false)
	if err != nil {
		return nil, err
	}
	set := distinct{seen: map[string]bool{}, path: strings.Split(path, ".")}
	for {
		rows, err := r.page(ctx, 0)
		if err != nil || len(rows) == 0 {
			return set.values, err
		}
		for _, one := range rows {
			raw.Leaves(one.doc, set.path, set.add)
		}
	}
}

// distinct collects values by their keys, which are equal for equal values.
type distinct struct {
	path   []string
	seen   map[string]bool
	key    []byte
	values []bson.RawValue
}

func (d *distinct) add(v raw.Value) {
	d.key = raw.AppendKey(d.key[:0], v)
	if !d.seen[string(d.key)] {
		d.seen[string(d.key)] = true
		d.values = append(d.values, bson.RawValue{Type: bson.Type(v.T), Value: bytes.Clone(v.D)})
	}
}
