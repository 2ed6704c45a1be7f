package hop

import (
	"context"
	"encoding/gob"
	"errors"
	"io"
)

func (k *kind[T]) gob(ctx context.Context, n, workers int) (timing, error) {
	t, err := share(ctx, n, workers, func(ctx context.Context, next func() (int, bool), t *timing) (err error) {
		w, err := start(ctx, gobKind+k.name)
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, w.stop()) }()
		enc, dec := gob.NewEncoder(w.in), gob.NewDecoder(w.out)
		for i, ok := next(); ok; i, ok = next() {
			if err := enc.Encode(k.item(i)); err != nil {
				return err
			}
			var v T
			if err := dec.Decode(&v); err != nil {
				return err
			}
			t.add(k.key(v))
		}
		return nil
	})
	if err != nil {
		return t, err
	}
	return t, k.check(t.digest, n)
}

// serveGob is what the worker does.
func (k *kind[T]) serveGob(in io.Reader, out io.Writer) error {
	dec, enc := gob.NewDecoder(in), gob.NewEncoder(out)
	for {
		var v T
		if err := dec.Decode(&v); err != nil {
			return err
		}
		v, err := k.f.Call(context.Background(), v)
		if err != nil {
			return err
		}
		if err := enc.Encode(v); err != nil {
			return err
		}
	}
}
