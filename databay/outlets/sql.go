package outlets

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"github.com/penstock/penstock/databay"
)

// SQLConfig says how to write to a database.
type SQLConfig[T any] struct {
	// DB is the database. The outlet does not close it.
	DB *sql.DB
	// Init are statements to run at the start, such as CREATE TABLE IF NOT EXISTS.
	Init []string
	// Statement is run once per record. To write records once although they may come
	// again, make it leave what is there: INSERT ... ON CONFLICT DO NOTHING.
	Statement string
	// Args returns the arguments of Statement for a record.
	Args func(r databay.Record[T]) ([]any, error)
}

// SQL writes records to a database by database/sql.
type SQL[T any] struct{ cfg SQLConfig[T] }

// NewSQL returns an outlet to a database, or an error for a configuration that is incomplete.
func NewSQL[T any](cfg SQLConfig[T]) (*SQL[T], error) {
	var errs []error
	if cfg.DB == nil {
		errs = append(errs, errors.New("outlets: SQL: DB is nil"))
	}
	if cfg.Statement == "" {
		errs = append(errs, errors.New("outlets: SQL: Statement is empty"))
	}
	if cfg.Args == nil {
		errs = append(errs, errors.New("outlets: SQL: Args is nil"))
	}
	return &SQL[T]{cfg}, errors.Join(errs...)
}

// String returns "SQL".
func (*SQL[T]) String() string { return "SQL" }

// OnStart checks the connection and runs the statements of Init.
func (s *SQL[T]) OnStart(ctx context.Context) error {
	if err := s.cfg.DB.PingContext(ctx); err != nil {
		return fmt.Errorf("outlets: SQL: %w", err)
	}
	for i, q := range s.cfg.Init {
		if _, err := s.cfg.DB.ExecContext(ctx, q); err != nil {
			return fmt.Errorf("outlets: SQL: Init %d: %w", i, err)
		}
	}
	return nil
}

// Push writes all records in one transaction.
func (s *SQL[T]) Push(ctx context.Context, records []databay.Record[T], _ databay.Update) (err error) {
	if len(records) == 0 {
		return nil
	}
	tx, err := s.cfg.DB.BeginTx(ctx, nil)
	if err != nil {
		return fmt.Errorf("outlets: SQL: begin: %w", err)
	}
	defer func() { _ = tx.Rollback() }() // does nothing after a commit
	stmt, err := tx.PrepareContext(ctx, s.cfg.Statement)
	if err != nil {
		return fmt.Errorf("outlets: SQL: prepare: %w", err)
	}
	defer stmt.Close()
	for i, r := range records {
		args, err := s.cfg.Args(r)
		if err == nil {
			_, err = stmt.ExecContext(ctx, args...)
		}
		if err != nil {
			return fmt.Errorf("outlets: SQL: record %d of %d: %w", i, len(records), err)
		}
	}
	if err := tx.Commit(); err != nil {
		return fmt.Errorf("outlets: SQL: commit: %w", err)
	}
	return nil
}
