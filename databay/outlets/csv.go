package outlets

import (
	"bytes"
	"context"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"sync"

	"github.com/penstock/penstock/databay"
)

// ErrColumns means that a record does not fit the columns of its CSV file.
var ErrColumns = errors.New("record does not fit the columns")

// An Extra says what to do with a key that is not in the header of the file.
type Extra int

const (
	// Reject fails the push with [ErrColumns].
	Reject Extra = iota
	// Drop leaves the value out.
	Drop
	// Extend adds a column, by writing the file anew.
	Extend
)

// CSVConfig says how to write CSV. The zero value of every field is its default.
type CSVConfig[T any] struct {
	FileConfig
	// Columns is the header of a new file. By default it is the sorted keys of the
	// file's first record.
	Columns []string
	// Row makes a row of a payload, by column. The default takes maps with string keys
	// as they are, and the JSON form of anything else.
	Row func(T) (map[string]string, error)
	// Extra is the policy for keys without a column. Missing keys are empty fields.
	Extra Extra
	// Unique is a column that names a record: rows whose name is in the file already are
	// left out, and a row that a crash has left half written is cut off, as its record
	// comes again. The names of each file are kept in memory.
	Unique string
	// Comma separates the fields; 0 means ','.
	Comma rune
}

// CSV writes records as rows of CSV files, by the names in the header of the file.
type CSV[T any] struct {
	cfg CSVConfig[T]

	mu    sync.Mutex
	names map[string]map[string]bool // by path
}

// NewCSV returns an outlet that writes CSV.
func NewCSV[T any](cfg CSVConfig[T]) *CSV[T] {
	if cfg.Row == nil {
		cfg.Row = row[T]
	}
	return &CSV[T]{cfg: cfg, names: map[string]map[string]bool{}}
}

// String describes the outlet.
func (c *CSV[T]) String() string { return "CSV(" + c.cfg.Path + ")" }

// OnShutdown forgets the names of the files.
func (c *CSV[T]) OnShutdown(context.Context) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.names)
	return nil
}

// Push writes the records in order. Its errors include [ErrColumns].
func (c *CSV[T]) Push(_ context.Context, records []databay.Record[T], _ databay.Update) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	parts, err := plan(records, c.cfg.FileConfig)
	if err != nil {
		return fmt.Errorf("outlets: %s: %w", c, err)
	}
	var undo undoer
	var added []func()
	for _, p := range parts {
		done, err := c.write(&undo, p)
		if err != nil {
			return undo.fail(fmt.Errorf("outlets: CSV %s: %w", p.path, err))
		}
		added = append(added, done)
	}
	for _, done := range added {
		done()
	}
	return nil
}

// write writes one file. The function that it returns notes the new names.
func (c *CSV[T]) write(undo *undoer, p *part[T]) (func(), error) {
	rows := make([]map[string]string, len(p.records))
	for i, r := range p.records {
		m, err := c.cfg.Row(r.Payload)
		if err != nil {
			return nil, fmt.Errorf("record %d: %w", i, err)
		}
		rows[i] = m
	}
	header, err := c.header(p)
	if err != nil {
		return nil, err
	}
	fresh := header == nil
	if fresh {
		header = slices.Clone(c.cfg.Columns)
		if header == nil {
			header = slices.Sorted(maps.Keys(rows[0]))
		}
	}
	names := c.names[p.path]
	if fresh || names == nil {
		names = map[string]bool{}
	}
	if c.cfg.Unique != "" && !fresh && c.names[p.path] == nil {
		if names, err = c.read(p.path, header); err != nil {
			return nil, err
		}
	}
	extended := slices.Clone(header)
	for i, m := range rows {
		for _, k := range slices.Sorted(maps.Keys(m)) {
			if slices.Contains(extended, k) || c.cfg.Extra == Drop {
				continue
			}
			if c.cfg.Extra == Reject {
				return nil, fmt.Errorf("record %d: %w: there is no column %q among %q: set Columns or Extra", i, ErrColumns, k, header)
			}
			extended = append(extended, k)
		}
	}
	var buf bytes.Buffer
	w := csv.NewWriter(&buf)
	w.UseCRLF = true
	if c.cfg.Comma != 0 {
		w.Comma = c.cfg.Comma
	}
	replace := p.replace
	switch {
	case fresh:
		_ = w.Write(extended)
	case len(extended) > len(header):
		if err := c.copyRows(p.path, w, extended); err != nil {
			return nil, err
		}
		replace = true
	}
	new := map[string]bool{}
	for i, m := range rows {
		if u := c.cfg.Unique; u != "" {
			name, ok := m[u]
			if !ok {
				return nil, fmt.Errorf("record %d: %w: it has no %q, which is the unique column", i, ErrColumns, u)
			}
			if names[name] || new[name] {
				continue
			}
			new[name] = true
		}
		fields := make([]string, len(extended))
		for j, k := range extended {
			fields[j] = m[k]
		}
		if err := w.Write(fields); err != nil {
			return nil, fmt.Errorf("record %d: %w", i, err)
		}
	}
	w.Flush()
	if err := w.Error(); err != nil {
		return nil, err
	}
	done := func() {
		maps.Copy(names, new)
		c.names[p.path] = names
	}
	if buf.Len() == 0 {
		return done, nil
	}
	return done, undo.write(p.path, buf.Bytes(), replace)
}

// header returns the header of the file as it will be found, nil if there is none. It
// mends the end of the file.
func (c *CSV[T]) header(p *part[T]) ([]string, error) {
	f, err := os.Open(p.path)
	if errors.Is(err, os.ErrNotExist) {
		delete(c.names, p.path)
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if p.replace {
		delete(c.names, p.path)
		return nil, nil
	}
	info, err := f.Stat()
	if err != nil || info.Size() == 0 {
		delete(c.names, p.path)
		return nil, err
	}
	r := c.reader(f)
	header, err := r.Read()
	if err != nil && (c.cfg.Unique == "" || r.InputOffset() < info.Size()) {
		return nil, fmt.Errorf("header: %w", err)
	}
	last := make([]byte, 1)
	if _, err := f.ReadAt(last, info.Size()-1); err != nil {
		return nil, err
	}
	header = slices.Clone(header)
	// A line break may also be one inside of a field.
	if last[0] == '\n' && (c.cfg.Unique == "" || c.names[p.path] != nil) {
		return header, nil
	}
	return c.mend(p.path, info.Size(), header)
}

// mend deals with a last row without a line break.
func (c *CSV[T]) mend(path string, size int64, header []string) ([]string, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	r := c.reader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	good, fields := int64(0), 0
	for {
		row, err := r.Read()
		end := r.InputOffset()
		if err == io.EOF {
			return header, nil
		}
		if err != nil && end < size {
			return nil, err // not at the end, so not what a crash leaves
		}
		if err == nil && data[end-1] == '\n' {
			good = end
			continue
		}
		if err == nil {
			fields = len(row)
		}
		break
	}
	switch {
	case c.cfg.Unique != "" && good == 0:
		return nil, os.Truncate(path, 0) // not even the header was complete
	case c.cfg.Unique != "":
		return header, os.Truncate(path, good)
	case fields == len(header):
		f, err := os.OpenFile(path, os.O_WRONLY|os.O_APPEND, 0o644)
		if err != nil {
			return nil, err
		}
		_, err = f.WriteString("\r\n")
		return header, errors.Join(err, f.Close())
	}
	return nil, fmt.Errorf("the last row, at byte %d, is cut off: repair the file, or set Unique", good)
}

func (c *CSV[T]) reader(r io.Reader) *csv.Reader {
	cr := csv.NewReader(r)
	cr.ReuseRecord = true
	if c.cfg.Comma != 0 {
		cr.Comma = c.cfg.Comma
	}
	return cr
}

// read returns the names that are in a file.
func (c *CSV[T]) read(path string, header []string) (map[string]bool, error) {
	at := slices.Index(header, c.cfg.Unique)
	if at < 0 {
		return nil, fmt.Errorf("%w: there is no column %q among %q, which is to be unique", ErrColumns, c.cfg.Unique, header)
	}
	names := map[string]bool{}
	err := c.each(path, func(row []string) error { names[row[at]] = true; return nil })
	return names, err
}

// copyRows writes the rows of a file under a longer header.
func (c *CSV[T]) copyRows(path string, w *csv.Writer, header []string) error {
	_ = w.Write(header)
	return c.each(path, func(row []string) error {
		return w.Write(append(slices.Clone(row), make([]string, len(header)-len(row))...))
	})
}

func (c *CSV[T]) each(path string, use func(row []string) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	r := c.reader(f)
	for first := true; ; first = false {
		row, err := r.Read()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			return err
		case first:
			continue
		}
		if err := use(row); err != nil {
			return err
		}
	}
}

// row makes a row of a payload of any type.
func row[T any](v T) (map[string]string, error) {
	switch m := any(v).(type) {
	case map[string]string:
		return m, nil
	case map[string]any:
		return texts(m)
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	var m map[string]any
	d := json.NewDecoder(bytes.NewReader(data))
	d.UseNumber() // large numbers stay exact
	if err := d.Decode(&m); err != nil {
		return nil, fmt.Errorf("a payload of type %T is no row: set Row: %w", v, err)
	}
	return texts(m)
}

func texts(m map[string]any) (map[string]string, error) {
	out := make(map[string]string, len(m))
	for k, v := range m {
		switch v := v.(type) {
		case nil:
			out[k] = ""
		case map[string]any, []any:
			data, err := json.Marshal(v)
			if err != nil {
				return nil, err
			}
			out[k] = string(data)
		default:
			out[k] = fmt.Sprint(v)
		}
	}
	return out, nil
}
