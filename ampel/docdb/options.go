package docdb

import "go.mongodb.org/mongo-driver/v2/bson"

// Option changes what a read or FindOneAndUpdate returns, or how a write
// behaves. An option that a method does not know is an error of the method,
// not ignored.
type Option func(*settings)

type settings struct {
	sort, fields bson.D
	skip, limit  int64
	upsert       bool
	after        bool
	unordered    bool
	used         uses
}

// uses is the set of options that were given.
type uses int

const (
	useSort uses = 1 << iota
	useSkip
	useLimit
	useFields
	useUpsert
	useAfter
	useUnordered
)

var useNames = []string{"SortBy", "Skip", "Limit", "Fields", "Upsert", "After", "Unordered"}

// SortBy orders documents: fields with 1 or -1. See ParseSort. Documents that
// are equal in it come in any order, so add _id where that matters. Sorting
// keeps all documents that match in memory, with Limit only so many.
// Default: the order in which the engine finds them; the embedded engine finds
// them as they were inserted.
func SortBy(order bson.D) Option {
	return func(s *settings) { s.sort = order; s.used |= useSort }
}

// Skip leaves out the first n documents. Default 0; negative is an error.
func Skip(n int64) Option { return func(s *settings) { s.skip = n; s.used |= useSkip } }

// Limit ends after n documents. Default and 0: no limit; negative is an error.
func Limit(n int64) Option { return func(s *settings) { s.limit = n; s.used |= useLimit } }

// Fields is a projection: see ParseProjection. Default: whole documents.
func Fields(fields bson.D) Option {
	return func(s *settings) { s.fields = fields; s.used |= useFields }
}

// Upsert makes an update insert a document if none matches, started from the
// equalities of the filter. Two upserts of one document at the same time may
// both find nothing; then the unique index that the filter names refuses one
// of them with ErrDuplicateKey on a server, and trying again updates. The
// embedded engine lets only one process write at a time, so it does not happen
// there. Default: no document, no change.
func Upsert() Option { return func(s *settings) { s.upsert = true; s.used |= useUpsert } }

// After makes FindOneAndUpdate return the document as it is after the update.
// Default: as it was before.
func After() Option { return func(s *settings) { s.after = true; s.used |= useAfter } }

// Unordered makes BulkWrite and InsertMany go on after a write that failed,
// and lets a server do the writes in any order. Default: they are done in
// order and stop at the first failure.
func Unordered() Option {
	return func(s *settings) { s.unordered = true; s.used |= useUnordered }
}

// collect applies options and refuses those that method does not know.
func collect(method string, known uses, opts []Option) (settings, error) {
	var s settings
	for _, o := range opts {
		o(&s)
	}
	if extra := s.used &^ known; extra != 0 {
		for i, name := range useNames {
			if extra>>i&1 == 1 {
				return s, bad(method, name, "not an option of this method: leave it out")
			}
		}
	}
	if s.skip < 0 || s.limit < 0 {
		return s, bad(method, "Skip, Limit", "cannot be negative: %d, %d", s.skip, s.limit)
	}
	return s, nil
}

// query parses the filter and the options of a read.
func (s settings) query(filter bson.D) (Query, error) {
	f, err := ParseFilter(filter)
	if err != nil {
		return Query{}, err
	}
	order, err := ParseSort(s.sort)
	if err != nil {
		return Query{}, err
	}
	fields, err := ParseProjection(s.fields)
	return Query{f, order, s.skip, s.limit, fields}, err
}
