package sqlite

import (
	"context"
	"database/sql/driver"
	"slices"
	"strconv"

	"github.com/penstock/penstock/ampel/docdb"
	"github.com/penstock/penstock/ampel/docdb/internal/raw"
)

// row is a candidate: a document and its number.
type row struct {
	n   int64
	doc []byte
}

// source yields candidates page by page, in the order of their numbers and
// each once. Between two pages it holds nothing of the connection, so the next
// page may come from another one.
type source interface {
	next(ctx context.Context, c *conn, size int) ([]row, error)
}

// open makes the source of a plan.
func (p *plan) open(col *collection) source {
	if p == nil {
		return &scan{col: col}
	}
	var s stream
	switch streams := p.streams(); len(streams) {
	case 0:
		s = &fixed{} // $in of an empty list
	case 1:
		s = streams[0]
	default:
		s = &merge{parts: streams}
	}
	return &fetch{col: col, of: s}
}

// scan reads all documents.
type scan struct {
	col  *collection
	last int64
	end  bool
}

func (s *scan) next(ctx context.Context, c *conn, size int) ([]row, error) {
	if s.end {
		return nil, ctx.Err()
	}
	rows := make([]row, 0, size)
	err := c.query("SELECT n, d FROM "+s.col.table+" WHERE n > ? ORDER BY n LIMIT "+strconv.Itoa(size), func(r []driver.Value) (bool, error) {
		one, err := asRow(r)
		rows = append(rows, one)
		return err == nil, err
	}, s.last)
	if len(rows) > 0 {
		s.last = rows[len(rows)-1].n
	}
	s.end = len(rows) < size
	if err == nil {
		err = ctx.Err()
	}
	return rows, err
}

// fetch reads the documents whose numbers a stream yields.
type fetch struct {
	col *collection
	of  stream
}

func (s *fetch) next(ctx context.Context, c *conn, size int) ([]row, error) {
	var rows []row
	for len(rows) < size {
		ns := make([]driver.Value, 0, min(size-len(rows), many))
		for len(ns) < cap(ns) {
			n, ok, err := s.of.next(ctx, c)
			if err != nil {
				return rows, err
			}
			if !ok {
				break
			}
			ns = append(ns, n)
		}
		if len(ns) == 0 {
			return rows, ctx.Err()
		}
		// Those that were deleted since their numbers were read are missing.
		err := c.each("SELECT n, d FROM "+s.col.table+" WHERE n", "ORDER BY n", ns, func(r []driver.Value) (bool, error) {
			one, err := asRow(r)
			rows = append(rows, one)
			return err == nil, err
		})
		if err != nil {
			return rows, err
		}
	}
	return rows, ctx.Err()
}

// get reads one document, nil if it is gone.
func (col *collection) get(c *conn, n int64) ([]byte, error) {
	v, err := c.one("SELECT d FROM "+col.table+" WHERE n = ?", n)
	if v == nil || err != nil {
		return nil, err
	}
	one, err := asRow([]driver.Value{n, v})
	return one.doc, err
}

// asRow looks at the frame of a document, so that damage is an error here and
// not a document that silently matches nothing.
func asRow(r []driver.Value) (row, error) {
	n, _ := r[0].(int64)
	doc, _ := r[1].([]byte)
	if raw.Body(doc) == nil {
		return row{}, docdb.ErrCorrupt
	}
	return row{n, doc}, nil
}

// ---- streams of document numbers

// stream yields numbers in rising order, each once.
type stream interface {
	next(ctx context.Context, c *conn) (n int64, ok bool, err error)
}

func (p *plan) streams() []stream {
	var out []stream
	for _, a := range p.any {
		if p.rank == rankOne && len(a.keys) > 1 {
			out = append(out, &listed{table: a.table, keys: a.keys})
			continue
		}
		for _, k := range a.keys {
			out = append(out, &keyed{table: a.table, key: k})
		}
		if a.keys == nil {
			out = append(out, &ranged{table: a.table, from: a.from, to: a.to})
		}
	}
	return out
}

// keyed reads the documents of one key, some at a time: who wants the first of
// a hundred thousand tickets does not pay for all.
type keyed struct {
	table string
	key   []byte
	last  int64
	page  []int64
	size  int
	end   bool
}

func (s *keyed) next(_ context.Context, c *conn) (int64, bool, error) {
	if len(s.page) == 0 && !s.end {
		s.size = min(max(8, 4*s.size), 4096)
		s.page = s.page[:0]
		// SQLite prepares a statement with a LIMIT that is bound anew for each
		// value, so the limit stands in the text; there are a few of them.
		err := c.query("SELECT n FROM "+s.table+" WHERE k = ? AND n > ? ORDER BY n LIMIT "+strconv.Itoa(s.size), func(r []driver.Value) (bool, error) {
			s.page = append(s.page, r[0].(int64))
			return true, nil
		}, s.key, s.last)
		if err != nil {
			return 0, false, err
		}
		s.end = len(s.page) < s.size
	}
	if len(s.page) == 0 {
		return 0, false, nil
	}
	n := s.page[0]
	s.page, s.last = s.page[1:], n
	return n, true, nil
}

// listed reads the documents of many unique keys: there are not more than keys, so
// all numbers are read before the first is yielded.
type listed struct {
	table string
	keys  [][]byte
	read  bool
	fixed
}

func (s *listed) next(ctx context.Context, c *conn) (int64, bool, error) {
	if !s.read {
		for some := range slices.Chunk(s.keys, many) {
			keys := make([]driver.Value, len(some))
			for i, k := range some {
				keys[i] = k
			}
			err := c.each("SELECT n FROM "+s.table+" WHERE k", "", keys, func(r []driver.Value) (bool, error) {
				s.ns = append(s.ns, r[0].(int64))
				return true, nil
			})
			if err == nil {
				err = ctx.Err()
			}
			if err != nil {
				return 0, false, err
			}
		}
		slices.Sort(s.ns)
		s.ns = slices.Compact(s.ns)
		s.read = true
	}
	return s.fixed.next(ctx, c)
}

// fixed yields numbers that are known.
type fixed struct{ ns []int64 }

func (s *fixed) next(context.Context, *conn) (int64, bool, error) {
	if len(s.ns) == 0 {
		return 0, false, nil
	}
	n := s.ns[0]
	s.ns = s.ns[1:]
	return n, true, nil
}

// ranged reads a range of keys. They come in the order of the keys, so all
// numbers are read before the first is yielded: 8 bytes each.
type ranged struct {
	table    string
	from, to []byte
	read     bool
	fixed
}

func (s *ranged) next(ctx context.Context, c *conn) (int64, bool, error) {
	if !s.read {
		err := c.query("SELECT n FROM "+s.table+" WHERE k >= ? AND k < ?", func(r []driver.Value) (bool, error) {
			s.ns = append(s.ns, r[0].(int64))
			if len(s.ns)%1024 == 0 {
				return true, ctx.Err()
			}
			return true, nil
		}, s.from, s.to)
		if err != nil {
			return 0, false, err
		}
		slices.Sort(s.ns)
		s.ns = slices.Compact(s.ns)
		s.read = true
	}
	return s.fixed.next(ctx, c)
}
