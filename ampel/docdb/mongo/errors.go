package mongo

import (
	"context"
	"errors"
	"fmt"
	"regexp"

	"go.mongodb.org/mongo-driver/v2/mongo"

	"github.com/penstock/penstock/ampel/docdb"
)

// Error codes of the server.
const (
	codeDuplicate   = 11000
	codeParallel    = 171 // CannotIndexParallelArrays
	codeOptions     = 85  // IndexOptionsConflict
	codeKeySpecs    = 86  // IndexKeySpecsConflict
	codeUnauthorize = 13
	codeAuth        = 18
)

// updateCodes: the server says that an update does not fit a document.
var updateCodes = map[int]bool{2: true, 9: true, 14: true, 28: true, 40: true, 54: true, 66: true, 17419: true, 17280: true}

func isNoDocument(err error) bool { return errors.Is(err, mongo.ErrNoDocuments) }

// explain turns an error of the driver into one of docdb.
func explain(collection string, err error) error { return explainAs(collection, err, false) }

// explainUpdate is explain for a command with an update, which may not fit.
func explainUpdate(collection string, err error) error { return explainAs(collection, err, true) }

func explainAs(collection string, err error, update bool) error {
	var command mongo.CommandError
	var single mongo.WriteException
	switch {
	case err == nil, errors.Is(err, context.Canceled), errors.Is(err, context.DeadlineExceeded):
		return err
	case errors.Is(err, mongo.ErrClientDisconnected):
		return docdb.ErrClosed
	case errors.As(err, &single) && len(single.WriteErrors) > 0:
		return explainWrite(collection, single.WriteErrors[0])
	case mongo.IsNetworkError(err), mongo.IsTimeout(err): // some of them are commands that failed, without a code
		return fmt.Errorf("docdb/mongo: %s: %w: %w", collection, docdb.ErrUnreachable, err)
	case errors.As(err, &command):
		return explainCode(collection, int(command.Code), command.Message, err, update)
	}
	return fmt.Errorf("docdb/mongo: %s: %w", collection, err)
}

func explainWrite(collection string, w mongo.WriteError) error {
	return explainCode(collection, w.Code, w.Message, w, true)
}

func explainCode(collection string, code int, message string, err error, update bool) error {
	switch {
	case code == codeDuplicate:
		return &docdb.DuplicateKeyError{Collection: collection, Index: indexIn(message), Key: keyIn(message)}
	case code == codeParallel:
		return fmt.Errorf("docdb/mongo: %s: %w: %s", collection, docdb.ErrParallelArrays, message)
	case code == codeOptions || code == codeKeySpecs:
		return fmt.Errorf("docdb/mongo: %s: %w: %s", collection, docdb.ErrIndex, message)
	case code == codeUnauthorize || code == codeAuth:
		return fmt.Errorf("docdb/mongo: %s: %w: %s", collection, docdb.ErrUnreachable, message)
	case update && updateCodes[code]:
		return &docdb.UpdateError{Problem: message}
	}
	return fmt.Errorf("docdb/mongo: %s: %w", collection, err)
}

// A message of the server reads: E11000 duplicate key error collection: db.c
// index: stock_1 dup key: { stock: 1 }.
var (
	indexPattern = regexp.MustCompile(`index: (\S+)`)
	keyPattern   = regexp.MustCompile(`dup key: \{ ?(.*?) ?\}$`)
)

func indexIn(message string) string {
	m := indexPattern.FindStringSubmatch(message)
	switch {
	case m == nil:
		return ""
	case m[1] == "_id_":
		return "_id"
	}
	return m[1]
}

func keyIn(message string) string {
	if m := keyPattern.FindStringSubmatch(message); m != nil {
		return m[1]
	}
	return ""
}
