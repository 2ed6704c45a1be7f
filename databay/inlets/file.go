package inlets

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/penstock/penstock/databay"
)

// FileConfig says what to read, and how much of it at a time.
type FileConfig struct {
	Path string
	// State is a file that keeps the position across runs. Without it each start reads
	// from the beginning.
	State string
	// Max bounds the records of one pull; 0 means one.
	Max int
	// Follow leaves a last line without a line break for later, as it may be unfinished.
	// By default it is a record, and must not grow afterwards.
	Follow bool
	// Encoding is "utf-8", the default, or "latin-1".
	Encoding string
	// Comma separates the fields of CSV; 0 means ','.
	Comma rune
}

var (
	// ErrEncoding means that an encoding is not known, or a file is not in it.
	ErrEncoding = errors.New("encoding")
	// ErrShrunk means that a file is shorter than the part of it that was read before.
	ErrShrunk = errors.New("file is shorter than before")
	// ErrNotStarted means that an inlet was pulled before it was started.
	ErrNotStarted = errors.New("inlet is not started")
	// ErrHeader means that a CSV file has no usable header.
	ErrHeader = errors.New("CSV header")
)

// file is the position in a file, in common to the inlets of this package.
type file struct {
	FileConfig
	kind string
	f    *os.File
	at   int64 // after what was pulled
	done int64 // after what was committed
}

func (f *file) String() string { return fmt.Sprintf("%s(%s)", f.kind, f.Path) }

func (f *file) errorf(format string, args ...any) error {
	return fmt.Errorf("inlets: "+f.kind+" "+f.Path+": "+format, args...)
}

// OnStart opens the file, and reads the position.
func (f *file) OnStart(context.Context) error {
	switch f.Encoding {
	case "", "utf-8", "latin-1":
	default:
		return f.errorf("%w %q is not known: use utf-8 or latin-1", ErrEncoding, f.Encoding)
	}
	if f.Max < 0 {
		return f.errorf("Max %d: it must not be negative", f.Max)
	}
	h, err := os.Open(f.Path)
	if err != nil {
		return f.errorf("%w", err)
	}
	f.f, f.at = h, 0
	if err := f.load(); err != nil {
		h.Close()
		f.f = nil
		return err
	}
	f.done = f.at
	return nil
}

func (f *file) load() error {
	head := make([]byte, 3)
	n, err := f.f.ReadAt(head, 0)
	if err != nil && !errors.Is(err, io.EOF) {
		return f.errorf("%w", err)
	}
	head = head[:n]
	switch {
	case bytes.HasPrefix(head, []byte{0xff, 0xfe}), bytes.HasPrefix(head, []byte{0xfe, 0xff}):
		return f.errorf("%w: it begins with the mark of UTF-16: convert it to UTF-8", ErrEncoding)
	case bytes.HasPrefix(head, []byte{0xef, 0xbb, 0xbf}) && f.Encoding != "latin-1":
		f.at = 3
	}
	if f.State == "" {
		return nil
	}
	text, err := os.ReadFile(f.State)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err != nil {
		return f.errorf("state: %w", err)
	}
	at, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	if err != nil || at < 0 {
		return f.errorf("state file %s has no position in it but %q: remove it to begin anew", f.State, text)
	}
	f.at = max(f.at, at)
	return nil
}

// OnShutdown closes the file.
func (f *file) OnShutdown(context.Context) error {
	if f.f == nil {
		return nil
	}
	err := f.f.Close()
	f.f = nil
	return err
}

// Commit notes that everything pulled has arrived.
func (f *file) Commit(context.Context, databay.Update) error {
	if f.done == f.at {
		return nil
	}
	f.done = f.at
	if f.State == "" {
		return nil
	}
	if err := replace(f.State, []byte(strconv.FormatInt(f.at, 10)+"\n")); err != nil {
		return f.errorf("state: %w", err)
	}
	return nil
}

// Rollback goes back to what has arrived.
func (f *file) Rollback(context.Context, databay.Update) error {
	f.at = f.done
	return nil
}

// replace writes a file so that after a crash it has the old or the new content.
func replace(path string, data []byte) (err error) {
	t, err := os.CreateTemp(filepath.Dir(path), filepath.Base(path)+".*")
	if err != nil {
		return err
	}
	_, err1 := t.Write(data)
	err2 := t.Sync()
	err3 := t.Close()
	if err := errors.Join(err1, err2, err3); err != nil {
		return errors.Join(err, os.Remove(t.Name()))
	}
	return os.Rename(t.Name(), path)
}

// rest returns a reader from the position on.
func (f *file) rest() (*io.SectionReader, error) {
	if f.f == nil {
		return nil, f.errorf("%w", ErrNotStarted)
	}
	info, err := f.f.Stat()
	if err != nil {
		return nil, f.errorf("%w", err)
	}
	if info.Size() < f.at {
		return nil, f.errorf("%w: it has %d bytes and %d were read: was it replaced?", ErrShrunk, info.Size(), f.at)
	}
	return io.NewSectionReader(f.f, f.at, info.Size()-f.at), nil
}

// text decodes bytes of the file.
func (f *file) text(data []byte, at int64) (string, error) {
	if f.Encoding == "latin-1" {
		runes := make([]rune, len(data))
		for i, b := range data {
			runes[i] = rune(b)
		}
		return string(runes), nil
	}
	for i := 0; i < len(data); {
		r, size := utf8.DecodeRune(data[i:])
		if r == utf8.RuneError && size == 1 {
			return "", f.errorf("byte %d is not UTF-8: %w: set Encoding, or convert the file", at+int64(i), ErrEncoding)
		}
		i += size
	}
	return string(data), nil
}
