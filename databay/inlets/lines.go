package inlets

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"

	"github.com/penstock/penstock/databay"
)

// Lines reads a file line by line. The records are the lines with their line breaks.
type Lines struct{ file }

// NewLines returns an inlet of the lines of a file.
func NewLines(cfg FileConfig) *Lines { return &Lines{file{FileConfig: cfg, kind: "Lines"}} }

// Pull returns the next lines.
func (l *Lines) Pull(context.Context, databay.Update) ([]databay.Record[string], error) {
	var rs []databay.Record[string]
	err := l.lines(func(line []byte, at int64) error {
		s, err := l.text(line, at)
		rs = append(rs, databay.Record[string]{Payload: s})
		return err
	})
	return rs, err
}

// lines calls f with the next lines, and moves on unless there is an error.
func (f *file) lines(use func(line []byte, at int64) error) error {
	section, err := f.rest()
	if err != nil {
		return err
	}
	r := bufio.NewReader(section)
	at := f.at
	for range max(f.Max, 1) {
		line, err := r.ReadBytes('\n')
		if err != nil && err != io.EOF {
			return f.errorf("%w", err)
		}
		if len(line) == 0 || err == io.EOF && f.Follow {
			break
		}
		if err := use(line, at); err != nil {
			return err
		}
		at += int64(len(line))
	}
	f.at = at
	return nil
}

// JSONLines reads a file with one JSON value per line. Empty lines are skipped.
type JSONLines[T any] struct{ file }

// NewJSONLines returns an inlet of the values of a file.
func NewJSONLines[T any](cfg FileConfig) *JSONLines[T] {
	return &JSONLines[T]{file{FileConfig: cfg, kind: "JSONLines"}}
}

// Pull returns the next values. A line that is not JSON is an error, and stays the
// next one.
func (l *JSONLines[T]) Pull(context.Context, databay.Update) ([]databay.Record[T], error) {
	var rs []databay.Record[T]
	err := l.lines(func(line []byte, at int64) error {
		if len(bytes.TrimSpace(line)) == 0 {
			return nil
		}
		text, err := l.text(line, at)
		if err != nil {
			return err
		}
		var r databay.Record[T]
		if err := json.Unmarshal([]byte(text), &r.Payload); err != nil {
			return l.errorf("line at byte %d: %w", at, err)
		}
		rs = append(rs, r)
		return nil
	})
	return rs, err
}

// Whole reads a whole file with every pull, as one record.
type Whole struct{ file }

// NewWhole returns an inlet of a whole file. State, Max and Follow mean nothing to it.
func NewWhole(cfg FileConfig) *Whole {
	cfg.State = ""
	return &Whole{file{FileConfig: cfg, kind: "Whole"}}
}

// Pull returns the content of the file as it is now.
func (w *Whole) Pull(context.Context, databay.Update) ([]databay.Record[string], error) {
	if w.f == nil {
		return nil, w.errorf("%w", ErrNotStarted)
	}
	data, err := os.ReadFile(w.Path)
	if err != nil {
		return nil, w.errorf("%w", err)
	}
	data = data[min(w.done, int64(len(data))):] // a byte order mark
	text, err := w.text(data, w.done)
	if err != nil {
		return nil, err
	}
	return databay.Records(text), nil
}
