package inlets

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"io"

	"github.com/penstock/penstock/databay"
)

// CSV reads a CSV file. The first row is the header, and every other row a record: a
// map from the names of the header to the fields.
type CSV struct {
	file
	header []string
	body   int64 // where the rows begin
}

// NewCSV returns an inlet of the rows of a file.
func NewCSV(cfg FileConfig) *CSV { return &CSV{file: file{FileConfig: cfg, kind: "CSV"}} }

// Header returns the names of the columns, once the inlet is started.
func (c *CSV) Header() []string { return append([]string(nil), c.header...) }

// OnStart opens the file and reads the header. Its errors include [ErrHeader].
func (c *CSV) OnStart(ctx context.Context) error {
	if err := c.file.OnStart(ctx); err != nil {
		return err
	}
	if err := c.readHeader(); err != nil {
		return errors.Join(err, c.OnShutdown(ctx))
	}
	c.at = max(c.at, c.body)
	c.done = c.at
	return nil
}

func (c *CSV) readHeader() error {
	r := c.reader(io.NewSectionReader(c.f, 0, 1<<62))
	row, err := r.Read()
	if errors.Is(err, io.EOF) {
		return c.errorf("%w: the file is empty", ErrHeader)
	}
	if err != nil {
		return c.errorf("%w: %w", ErrHeader, err)
	}
	row[0] = string(bytes.TrimPrefix([]byte(row[0]), []byte{0xef, 0xbb, 0xbf}))
	seen := map[string]bool{}
	for i, name := range row {
		if row[i], err = c.text([]byte(name), 0); err != nil {
			return err
		}
		if row[i] == "" || seen[row[i]] {
			return c.errorf("%w: column %d is named %q: every column needs a name of its own", ErrHeader, i+1, row[i])
		}
		seen[row[i]] = true
	}
	c.header, c.body = row, r.InputOffset()
	return nil
}

func (c *CSV) reader(r io.Reader) *csv.Reader {
	cr := csv.NewReader(bufio.NewReader(r))
	if c.Comma != 0 {
		cr.Comma = c.Comma
	}
	return cr
}

// Pull returns the next rows. A row with more or fewer fields than the header is an
// error, and stays the next one.
func (c *CSV) Pull(context.Context, databay.Update) ([]databay.Record[map[string]string], error) {
	section, err := c.rest()
	if err != nil {
		return nil, err
	}
	r := c.reader(section)
	r.FieldsPerRecord = len(c.header)
	var rs []databay.Record[map[string]string]
	at := c.at
	for range max(c.Max, 1) {
		row, err := r.Read()
		end := c.at + r.InputOffset()
		if (errors.Is(err, io.EOF) || err != nil) && c.Follow && c.unfinished(end, section.Size()) {
			break
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, c.errorf("row at byte %d: %w", at, err)
		}
		if c.Follow && c.unfinished(end, section.Size()) {
			break
		}
		m := make(map[string]string, len(row))
		for i, field := range row {
			if m[c.header[i]], err = c.text([]byte(field), at); err != nil {
				return nil, err
			}
		}
		rs = append(rs, databay.Record[map[string]string]{Payload: m})
		at = end
	}
	c.at = at
	return rs, nil
}

// unfinished reports whether a row that ends at end is the last and has no line break.
func (c *CSV) unfinished(end, size int64) bool {
	if end < c.at+size {
		return false
	}
	last := make([]byte, 1)
	if _, err := c.f.ReadAt(last, end-1); err != nil {
		return true
	}
	return last[0] != '\n'
}
