package sqlite

import (
	"errors"
	"fmt"

	"modernc.org/sqlite"

	"github.com/penstock/penstock/ampel/docdb"
)

// The primary result codes of SQLite that say something to a user.
const (
	codeBusy       = 5
	codeLocked     = 6
	codeReadOnly   = 8
	codeIO         = 10
	codeCorrupt    = 11
	codeFull       = 13
	codeCantOpen   = 14
	codeConstraint = 19
	codeNotADB     = 26
)

func code(err error) int {
	var e *sqlite.Error
	if errors.As(err, &e) {
		return e.Code() & 0xFF
	}
	return 0
}

// explain turns an error of SQLite into one of docdb, with the file and what
// to do.
func explain(where string, err error) error {
	var own *sqlite.Error
	if !errors.As(err, &own) {
		return err // nil, or of docdb and complete
	}
	kind, remedy := error(nil), ""
	switch code(err) {
	case codeBusy, codeLocked:
		kind, remedy = docdb.ErrLocked, "wait for the other process, or allow more with Wait"
	case codeReadOnly:
		kind, remedy = docdb.ErrUnreachable, "the file or its folder cannot be written to: check their permissions"
	case codeIO, codeFull:
		kind, remedy = docdb.ErrUnreachable, "check the disk and its free space"
	case codeCorrupt:
		kind, remedy = docdb.ErrCorrupt, "restore it from a copy"
	case codeCantOpen:
		kind, remedy = docdb.ErrUnreachable, "check the path and its permissions"
	case codeNotADB:
		kind, remedy = docdb.ErrForeign, "choose another path"
	default:
		return fmt.Errorf("docdb/sqlite: %s: %w", where, err)
	}
	return fmt.Errorf("docdb/sqlite: %s: %w: %s (%v)", where, kind, remedy, err)
}
