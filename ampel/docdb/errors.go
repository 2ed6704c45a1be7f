package docdb

import (
	"errors"
	"fmt"
	"strings"
)

// Sentinels for errors.Is. Engines wrap them with what happened and where.
var (
	// ErrDialect: a filter, update, sort, projection, index or document says
	// something that not every engine understands alike. Found before anything
	// is read or written. errors.As to *DialectError tells where.
	ErrDialect = errors.New("docdb: outside of the dialect")
	// ErrNotFound: no document matches the filter of FindOne or
	// FindOneAndUpdate.
	ErrNotFound = errors.New("docdb: no document matches")
	// ErrDuplicateKey: a unique index or _id has that key already. errors.As to
	// *DuplicateKeyError names the index.
	ErrDuplicateKey = errors.New("docdb: duplicate key")
	// ErrUpdate: an update does not fit a stored document, such as $inc on a
	// text. errors.As to *UpdateError tells the path.
	ErrUpdate = errors.New("docdb: update does not fit the document")
	// ErrIndex: an index cannot be made as asked: its name or its fields are
	// taken by a different one.
	ErrIndex = errors.New("docdb: index differs from the one that exists")
	// ErrParallelArrays: a document has lists in two fields of one index, which
	// MongoDB does not index and docdb does not either.
	ErrParallelArrays = errors.New("docdb: lists in two fields of one index")
	// ErrClosed: the database was closed.
	ErrClosed = errors.New("docdb: database is closed")
	// ErrLocked: another process held the database for longer than the wait
	// that was allowed. Nothing was written; trying again is safe.
	ErrLocked = errors.New("docdb: database is locked by another process")
	// ErrCorrupt: the store is damaged.
	ErrCorrupt = errors.New("docdb: database is damaged")
	// ErrForeign: the file or server holds something that docdb did not write.
	ErrForeign = errors.New("docdb: not a docdb database")
	// ErrUnreachable: the path or the server cannot be reached or not be
	// written to.
	ErrUnreachable = errors.New("docdb: database cannot be reached")
)

// DialectError is a mistake in what the caller passed. It is found by the
// parser, before an engine sees anything.
type DialectError struct {
	Where   string // "filter", "update", "sort", "projection", "index", "document", ...
	Path    string // the field or operator it is about; empty for the whole
	Problem string // what is wrong and what to do
}

func (e *DialectError) Error() string {
	if e.Path == "" {
		return "docdb: " + e.Where + ": " + e.Problem
	}
	return "docdb: " + e.Where + ": " + e.Path + ": " + e.Problem
}

// Is makes errors.Is(err, ErrDialect) true.
func (e *DialectError) Is(target error) bool { return target == ErrDialect }

func bad(where, path, format string, args ...any) error {
	return &DialectError{Where: where, Path: path, Problem: fmt.Sprintf(format, args...)}
}

// DuplicateKeyError names the unique index that refused a document.
type DuplicateKeyError struct {
	Collection string
	Index      string // "_id" for the identity of documents
	Key        string // the key, for humans; engines that do not know it leave it empty
}

func (e *DuplicateKeyError) Error() string {
	text := fmt.Sprintf("docdb: %s: duplicate key in index %s", e.Collection, e.Index)
	if e.Key != "" {
		text += ": " + e.Key
	}
	return text + ": update the document that has it, or upsert"
}

// Is makes errors.Is(err, ErrDuplicateKey) true.
func (e *DuplicateKeyError) Is(target error) bool { return target == ErrDuplicateKey }

// UpdateError tells why an update could not be applied to a document.
type UpdateError struct {
	Path    string
	Op      string
	Problem string
}

func (e *UpdateError) Error() string {
	return "docdb: update: " + strings.TrimSpace(e.Op+" "+e.Path) + ": " + e.Problem
}

// Is makes errors.Is(err, ErrUpdate) true.
func (e *UpdateError) Is(target error) bool { return target == ErrUpdate }

// WriteError is the failure of one write of a BulkWrite or InsertMany.
type WriteError struct {
	Index int // position in the slice that was passed
	Err   error
}

func (e *WriteError) Error() string { return fmt.Sprintf("write %d: %v", e.Index, e.Err) }

// Unwrap returns the cause.
func (e *WriteError) Unwrap() error { return e.Err }

// BulkError holds every write that failed; the others were done, as the result
// beside it tells. errors.Is looks at all of them.
type BulkError struct {
	Collection string
	Writes     []WriteError
}

func (e *BulkError) Error() string {
	text := fmt.Sprintf("docdb: %s: %d writes failed: %v", e.Collection, len(e.Writes), &e.Writes[0])
	if len(e.Writes) == 1 {
		text = fmt.Sprintf("docdb: %s: %v", e.Collection, &e.Writes[0])
	}
	return text
}

// Unwrap returns the failed writes.
func (e *BulkError) Unwrap() []error {
	errs := make([]error, len(e.Writes))
	for i := range e.Writes {
		errs[i] = &e.Writes[i]
	}
	return errs
}
