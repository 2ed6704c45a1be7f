package sqlite

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"io"
	"strings"

	"modernc.org/sqlite"
)

// conn is one connection with its prepared statements. One goroutine uses it
// at a time. It stands directly on the driver: database/sql would add copies,
// locks and a pool of its own, and the pool here has to know who writes.
type conn struct {
	dc    driver.Conn
	stmts map[string]stmt
}

// stmt is what the driver's statements can do.
type stmt interface {
	driver.Stmt
	driver.StmtExecContext
	driver.StmtQueryContext
}

func dial(dsn string, pragmas ...string) (*conn, error) {
	dc, err := (&sqlite.Driver{}).Open(dsn)
	if err != nil {
		return nil, err
	}
	c := &conn{dc: dc, stmts: map[string]stmt{}}
	for _, p := range pragmas {
		if err := c.exec("PRAGMA " + p); err != nil {
			return nil, errors.Join(err, c.close())
		}
	}
	return c, nil
}

func (c *conn) close() error {
	var errs []error
	for _, s := range c.stmts {
		errs = append(errs, s.Close())
	}
	return errors.Join(append(errs, c.dc.Close())...)
}

// prepare keeps a statement for its text. The texts are few: some for each
// collection and index.
func (c *conn) prepare(sql string) (stmt, error) {
	if s := c.stmts[sql]; s != nil {
		return s, nil
	}
	prepared, err := c.dc.Prepare(sql)
	if err != nil {
		return nil, err
	}
	s, ok := prepared.(stmt)
	if !ok {
		return nil, errors.Join(errors.New("docdb/sqlite: the driver's statements take no context: use the pinned version"), prepared.Close())
	}
	c.stmts[sql] = s
	return s, nil
}

// background: statements are short and ended between rows, so they need no
// context of their own, which would cost a goroutine each.
var background = context.Background()

func named(args []driver.Value) []driver.NamedValue {
	out := make([]driver.NamedValue, len(args))
	for i, a := range args {
		out[i] = driver.NamedValue{Ordinal: i + 1, Value: a}
	}
	return out
}

func (c *conn) exec(sql string, args ...driver.Value) error {
	_, err := c.execResult(sql, args...)
	return err
}

func (c *conn) execResult(sql string, args ...driver.Value) (driver.Result, error) {
	s, err := c.prepare(sql)
	if err != nil {
		return nil, err
	}
	return s.ExecContext(background, named(args))
}

// query calls each with every row, whose values it may keep, until each wants
// no more.
func (c *conn) query(sql string, each func(row []driver.Value) (more bool, err error), args ...driver.Value) (err error) {
	s, err := c.prepare(sql)
	if err != nil {
		return err
	}
	rows, err := s.QueryContext(background, named(args))
	if err != nil {
		return err
	}
	defer func() {
		if e := rows.Close(); err == nil {
			err = e
		}
	}()
	row := make([]driver.Value, len(rows.Columns()))
	for {
		switch err := rows.Next(row); {
		case errors.Is(err, io.EOF):
			return nil
		case err != nil:
			return err
		}
		if more, err := each(row); err != nil || !more {
			return err
		}
	}
}

// many is how many values one statement asks for: most of what a small statement
// costs is not about its rows.
const many = 64

// inMany is a condition for many values.
var inMany = " IN (?" + strings.Repeat(", ?", many-1) + ") "

// each is query for the rows in which the last column of sql is one of up to many
// values. There are two texts for each sql, for one value and for more.
func (c *conn) each(sql, order string, values []driver.Value, each func(row []driver.Value) (more bool, err error)) error {
	if len(values) == 1 {
		return c.query(sql+" = ? "+order, each, values...)
	}
	for len(values) < many { // SQLite looks for a value once
		values = append(values, values[0])
	}
	return c.query(sql+inMany+order, each, values...)
}

// one returns the single value of the first row, nil if there is none.
func (c *conn) one(sql string, args ...driver.Value) (v driver.Value, err error) {
	err = c.query(sql, func(row []driver.Value) (bool, error) {
		v = row[0]
		return false, nil
	}, args...)
	return v, err
}

func (c *conn) number(sql string, args ...driver.Value) (int64, error) {
	v, err := c.one(sql, args...)
	if err != nil {
		return 0, err
	}
	n, ok := v.(int64)
	if !ok {
		return 0, fmt.Errorf("%s: %v is no number", sql, v)
	}
	return n, nil
}
