package sqlite

import (
	"errors"
	"fmt"

	"github.com/penstock/penstock/ampel/docdb"
)

// initialize makes sure that the file is ours before it changes anything, and
// then sets it up. It may be called again after it failed.
func initialize(c *conn, where string, cfg config) error {
	// Both questions of identify in one transaction: another process may be
	// making the tables right now.
	if err := c.exec("BEGIN"); err != nil {
		return err
	}
	mine, err := identify(c, where)
	if err := errors.Join(err, c.exec("ROLLBACK")); err != nil {
		return err
	}
	if !cfg.memory {
		mode, err := c.one("PRAGMA journal_mode = WAL")
		if err != nil {
			return err
		}
		if mode != "wal" {
			return fmt.Errorf("docdb/sqlite: %s: %w: the file system has no shared memory for several readers: use a local disk", where, docdb.ErrUnreachable)
		}
	}
	for _, p := range []string{"synchronous = " + cfg.sync, "cache_size = -16384", "journal_size_limit = 67108864"} {
		if err := c.exec("PRAGMA " + p); err != nil {
			return err
		}
	}
	if !mine {
		if err := found(c, where); err != nil {
			return err
		}
	}
	version, err := c.number("SELECT version FROM docdb_format")
	if err != nil {
		return err
	}
	if version != formatVersion {
		return fmt.Errorf("docdb/sqlite: %s: %w: format %d, this version reads %d: use the version that wrote it", where, docdb.ErrForeign, version, formatVersion)
	}
	if cfg.check {
		return integrity(c, where)
	}
	return nil
}

// identify tells whether the file is a database of ours; false means that it
// is empty. Anything else is an error.
func identify(c *conn, where string) (bool, error) {
	id, err := c.number("PRAGMA application_id")
	if err != nil {
		return false, err
	}
	tables, err := c.number("SELECT count(*) FROM sqlite_master")
	if err != nil {
		return false, err
	}
	switch {
	case id == applicationID && tables > 0:
		return true, nil
	case id == 0 && tables == 0:
		return false, nil
	}
	return false, fmt.Errorf("docdb/sqlite: %s: %w: an SQLite file of another program: choose another path", where, docdb.ErrForeign)
}

// found makes the tables of the catalog, unless another process was faster.
func found(c *conn, where string) error {
	if err := c.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	mine, err := identify(c, where)
	if err == nil && !mine {
		for _, sql := range append(schema,
			fmt.Sprintf("INSERT INTO docdb_format VALUES (%d)", formatVersion),
			fmt.Sprintf("PRAGMA application_id = %d", applicationID)) {
			if err = c.exec(sql); err != nil {
				break
			}
		}
	}
	if err == nil {
		err = c.exec("COMMIT")
	}
	if err != nil {
		return errors.Join(err, c.exec("ROLLBACK"))
	}
	return nil
}

// integrity looks at every page of the file.
func integrity(c *conn, where string) error {
	v, err := c.one("PRAGMA quick_check(1)")
	if err != nil {
		return err
	}
	if v != "ok" {
		return fmt.Errorf("docdb/sqlite: %s: %w: %v: restore it from a copy", where, docdb.ErrCorrupt, v)
	}
	return nil
}
