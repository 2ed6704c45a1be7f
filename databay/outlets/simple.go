package outlets

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"

	"github.com/penstock/penstock/databay"
)

// Null discards everything.
type Null[T any] struct{ _ byte }

// NewNull returns an outlet that discards everything.
func NewNull[T any]() *Null[T] { return &Null[T]{} }

// Push does nothing.
func (*Null[T]) Push(context.Context, []databay.Record[T], databay.Update) error { return nil }

// String returns "Null".
func (*Null[T]) String() string { return "Null" }

// PrintConfig says what to print. The zero value prints the update and the record.
type PrintConfig struct {
	OnlyPayload bool
	SkipUpdate  bool
	Writer      io.Writer // os.Stdout if nil
}

// Print prints a line for every record.
type Print[T any] struct{ cfg PrintConfig }

// NewPrint returns an outlet that prints.
func NewPrint[T any](cfg PrintConfig) *Print[T] {
	if cfg.Writer == nil {
		cfg.Writer = os.Stdout
	}
	return &Print[T]{cfg}
}

// Push prints the records, with one call of the writer.
func (p *Print[T]) Push(_ context.Context, records []databay.Record[T], u databay.Update) error {
	var buf bytes.Buffer
	for _, r := range records {
		if !p.cfg.SkipUpdate {
			fmt.Fprint(&buf, u, " ")
		}
		if p.cfg.OnlyPayload {
			fmt.Fprintln(&buf, r.Payload)
		} else {
			fmt.Fprintln(&buf, r)
		}
	}
	if buf.Len() == 0 {
		return nil
	}
	if _, err := p.cfg.Writer.Write(buf.Bytes()); err != nil {
		return fmt.Errorf("outlets: Print: %w", err)
	}
	return nil
}

// String returns "Print".
func (*Print[T]) String() string { return "Print" }
