package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/penstock/penstock/ampel/docdb"
)

// Open opens the database in a file, or makes it: the folder must exist. Next
// to the file SQLite keeps two more while it is open, file-wal and file-shm,
// and another process may have the same file open at the same time; it must
// be on a local disk then.
//
// Errors: ErrUnreachable (no folder, a folder instead of a file, no
// permission), ErrForeign (a file that docdb did not write, which is left as
// it is), ErrCorrupt, ErrLocked (another program holds it for longer than
// Wait), or a context that is done.
func Open(ctx context.Context, path string, opts ...Option) (*docdb.DB, error) {
	c, err := configure(opts)
	if err != nil {
		return nil, err
	}
	abs, err := filepath.Abs(path)
	if err != nil || path == "" {
		return nil, fmt.Errorf("docdb/sqlite: %q: %w: name a file", path, docdb.ErrUnreachable)
	}
	if err := inspect(ctx, abs); err != nil {
		return nil, err
	}
	dsn := dataSource(abs)
	busy := fmt.Sprintf("busy_timeout = %d", c.wait.Milliseconds())
	// The writer waits in begin, where closing ends it.
	own, err := dial(dsn, "busy_timeout = 20", "temp_store = MEMORY")
	if err != nil {
		return nil, explain(abs, err)
	}
	if err := retry(ctx, c.wait, func() error { return initialize(own, abs, c) }); err != nil {
		return nil, errors.Join(explain(abs, err), own.close())
	}
	e, err := start(c, abs, own, func() (*conn, error) {
		return dial(dsn, busy, "query_only = ON", "cache_size = -8192", "temp_store = MEMORY")
	})
	if err != nil {
		return nil, errors.Join(err, own.close())
	}
	return docdb.New(e), nil
}

// OpenMemory makes a database in memory, which ends with Close: for tests, and
// for small jobs that keep nothing. It behaves as one in a file, but reads
// and writes take turns.
func OpenMemory(opts ...Option) (*docdb.DB, error) {
	c, err := configure(opts)
	if err != nil {
		return nil, err
	}
	c.memory = true
	own, err := dial(":memory:", "temp_store = MEMORY")
	if err != nil {
		return nil, explain("memory", err)
	}
	if err := initialize(own, "memory", c); err != nil {
		return nil, errors.Join(err, own.close())
	}
	e, err := start(c, "memory", own, nil)
	if err != nil {
		return nil, errors.Join(err, own.close())
	}
	return docdb.New(e), nil
}

// dataSource writes a path as a URI, so that no character of it means anything
// to SQLite.
func dataSource(abs string) string {
	p := filepath.ToSlash(abs)
	if !strings.HasPrefix(p, "/") {
		p = "/" + p // a drive letter
	}
	return (&url.URL{Scheme: "file", Path: p}).String()
}

// inspect looks at a file before SQLite does: SQLite would make something of
// an empty path, and reports a short file as something else.
func inspect(ctx context.Context, abs string) error {
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		if folder, err := os.Stat(filepath.Dir(abs)); err != nil || !folder.IsDir() {
			return fmt.Errorf("docdb/sqlite: %s: %w: its folder does not exist: make it first", abs, docdb.ErrUnreachable)
		}
		return nil
	case err != nil:
		return fmt.Errorf("docdb/sqlite: %w: %w", docdb.ErrUnreachable, err)
	case !info.Mode().IsRegular():
		return fmt.Errorf("docdb/sqlite: %s: %w: not a regular file: name a file", abs, docdb.ErrUnreachable)
	case info.Size() == 0:
		return nil
	}
	f, err := os.Open(abs)
	if err != nil {
		return fmt.Errorf("docdb/sqlite: %w: %w", docdb.ErrUnreachable, err)
	}
	defer f.Close()
	header := make([]byte, 100)
	if _, err := io.ReadFull(f, header); err != nil || !bytes.HasPrefix(header, []byte("SQLite format 3\x00")) {
		return fmt.Errorf("docdb/sqlite: %s: %w: the file is something else: choose another path", abs, docdb.ErrForeign)
	}
	return whole(ctx, abs, header)
}

// whole compares the length of a file with the number of pages in its header.
// The two may differ for a while: what another process wrote, or one that was
// killed, is in the log next to the file, and is brought over page by page.
func whole(ctx context.Context, abs string, header []byte) error {
	pageSize := int64(binary.BigEndian.Uint16(header[16:]))
	if pageSize == 1 {
		pageSize = 1 << 16
	}
	pages := int64(binary.BigEndian.Uint32(header[28:]))
	if binary.BigEndian.Uint32(header[24:]) != binary.BigEndian.Uint32(header[92:]) {
		return nil // the number is not kept up to date
	}
	var size int64
	for range 5 {
		info, err := os.Stat(abs)
		if err != nil {
			return fmt.Errorf("docdb/sqlite: %w: %w", docdb.ErrUnreachable, err)
		}
		if size = info.Size(); size >= pages*pageSize {
			return nil
		}
		if log, err := os.Stat(abs + "-wal"); err == nil && log.Size() > 0 {
			return nil
		}
		// The log may just have been brought over.
		if err := pause(ctx, 20*time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("docdb/sqlite: %s: %w: the file ends early, %d of %d bytes are there: restore it from a copy",
		abs, docdb.ErrCorrupt, size, pages*pageSize)
}

// retry repeats f while another process is in the way.
func retry(ctx context.Context, wait time.Duration, f func() error) error {
	deadline := time.Now().Add(wait)
	for d := time.Millisecond; ; d = min(2*d, 50*time.Millisecond) {
		err := f()
		if k := code(err); k != codeBusy && k != codeLocked || time.Now().After(deadline) {
			return err
		}
		if err := pause(ctx, d); err != nil {
			return err
		}
	}
}

// pause waits, or ends early with the error of the context.
func pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}
