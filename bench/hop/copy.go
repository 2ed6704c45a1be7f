package hop

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"

	"github.com/penstock/penstock/bench/workload"
)

const block = 1 << 20

// copying returns the way of plain bytes, as many as items of a size have. If they are
// to be kept, both sides read each block into memory of its own.
func (k *kind[T]) copying(size int, keep bool) func(context.Context, int, int) (timing, error) {
	kind := copyKind
	if keep {
		kind = keepKind
	}
	return func(ctx context.Context, n, workers int) (timing, error) {
		blocks := max(2*workers, n*size/block) // two, since the time between them counts
		return share(ctx, blocks, workers, func(ctx context.Context, next func() (int, bool), t *timing) (err error) {
			w, err := start(ctx, kind)
			if err != nil {
				return err
			}
			defer func() { err = errors.Join(err, w.stop()) }()
			there, back := newBytes(0), make([]byte, block)
			for i, ok := next(); ok; i, ok = next() {
				there[0] = byte(i)
				if _, err := w.in.Write(there); err != nil {
					return err
				}
				if keep {
					back = make([]byte, block)
				}
				if _, err := io.ReadFull(w.out, back); err != nil {
					return err
				}
				t.count += block / size
				t.mark(t.count - block/size)
			}
			if t.count > 0 && !bytes.Equal(there, back) {
				return fmt.Errorf("%w: a block has changed", workload.ErrResult)
			}
			return nil
		})
	}
}

func serveCopy(in io.Reader, out io.Writer) error { return copyBlocks(in, out, false) }

func serveKeep(in io.Reader, out io.Writer) error { return copyBlocks(in, out, true) }

func copyBlocks(in io.Reader, out io.Writer, keep bool) error {
	b := make([]byte, block)
	for {
		if keep {
			b = make([]byte, block)
		}
		if _, err := io.ReadFull(in, b); err != nil {
			return err
		}
		if _, err := out.Write(b); err != nil {
			return err
		}
	}
}
