package outlets

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"github.com/penstock/penstock/databay"
)

// Metadata keys of the outlets that write files.
const (
	// PathKey names the file of a record, instead of the outlet's.
	PathKey = "File.Path"
	// ModeKey is "a" to append, or "w" to replace what is in the file by this record.
	ModeKey = "File.Mode"
)

// FileConfig says where to write.
type FileConfig struct {
	// Path is the file of records that do not name one. Directories are made.
	Path string
	// Mode is "a", the default, or "w", by which every record replaces the file.
	Mode string
}

// File writes records as lines of text.
type File[T any] struct {
	cfg  FileConfig
	kind string
	line func(T) ([]byte, error)
}

// NewFile returns an outlet that writes the text of every payload, as by fmt.Sprint,
// and a line break.
func NewFile[T any](cfg FileConfig) *File[T] {
	return &File[T]{cfg, "File", func(v T) ([]byte, error) { return []byte(fmt.Sprint(v)), nil }}
}

// NewJSONLines returns an outlet that writes every payload as one line of JSON.
func NewJSONLines[T any](cfg FileConfig) *File[T] {
	return &File[T]{cfg, "JSONLines", func(v T) ([]byte, error) { return json.Marshal(v) }}
}

// String describes the outlet.
func (f *File[T]) String() string { return f.kind + "(" + f.cfg.Path + ")" }

// Push writes the records in order.
func (f *File[T]) Push(_ context.Context, records []databay.Record[T], _ databay.Update) error {
	parts, err := plan(records, f.cfg)
	if err != nil {
		return fmt.Errorf("outlets: %s: %w", f, err)
	}
	var undo undoer
	for _, p := range parts {
		var data []byte
		for i, r := range p.records {
			line, err := f.line(r.Payload)
			if err != nil {
				return undo.fail(fmt.Errorf("outlets: %s: record %d: %w", f, i, err))
			}
			data = append(append(data, line...), '\n')
		}
		if err := undo.write(p.path, data, p.replace); err != nil {
			return undo.fail(fmt.Errorf("outlets: %s: %w", f, err))
		}
	}
	return nil
}

// A part is what one file gets.
type part[T any] struct {
	path    string
	replace bool
	records []databay.Record[T]
}

// plan sorts records by file, in order of first appearance.
func plan[T any](records []databay.Record[T], cfg FileConfig) ([]*part[T], error) {
	var parts []*part[T]
	at := map[string]*part[T]{}
	for i, r := range records {
		path, mode := r.Text(PathKey, cfg.Path), r.Text(ModeKey, cfg.Mode)
		if path == "" {
			return nil, fmt.Errorf("record %d: it names no file and there is no default: set Path", i)
		}
		p := at[path]
		if p == nil {
			p = &part[T]{path: path}
			at[path] = p
			parts = append(parts, p)
		}
		switch mode {
		case "", "a":
		case "w":
			p.replace, p.records = true, nil
		default:
			return nil, fmt.Errorf("record %d: mode %q: use a or w", i, mode)
		}
		p.records = append(p.records, r)
	}
	return parts, nil
}

// An undoer remembers how the files of a push were, so that it happens as a whole.
type undoer []func() error

// write appends data to a file, or replaces its content by them.
func (u *undoer) write(path string, data []byte, replace bool) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if replace {
		old, err := os.ReadFile(path)
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
		was := err == nil
		*u = append(*u, func() error {
			if was {
				return overwrite(path, old)
			}
			return os.Remove(path)
		})
		return overwrite(path, data)
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o644)
	if err != nil {
		return err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	*u = append(*u, func() error { return os.Truncate(path, info.Size()) })
	if _, err := f.Write(data); err != nil {
		return err
	}
	return f.Sync()
}

// overwrite puts a complete new file in the place of the old one.
func overwrite(path string, data []byte) error {
	t, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err1 := t.Write(data)
	err = errors.Join(err1, t.Chmod(0o644), t.Sync(), t.Close())
	if err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	return os.Rename(t.Name(), path)
}

// fail undoes what was written, and returns err.
func (u *undoer) fail(err error) error {
	for i := range slices.Backward(*u) {
		if e := (*u)[i](); e != nil {
			err = errors.Join(err, fmt.Errorf("outlets: undo: %w", e))
		}
	}
	return err
}
