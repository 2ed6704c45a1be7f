package ampel

import (
	"context"
	"errors"
	"time"

	"github.com/penstock/penstock/ampel/docdb"
)

// patience is how long the last writes of a run may take.
const patience = time.Minute

// Finish does a write that has to be done at the end of a run, whatever became
// of it: f runs also if ctx is canceled, but is given up after a minute. While
// another process holds the database, f is tried again.
func Finish(ctx context.Context, f func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), patience)
	defer cancel()
	for pause := 50 * time.Millisecond; ; pause = min(2*pause, 2*time.Second) {
		err := f(ctx)
		if !errors.Is(err, docdb.ErrLocked) { // which says that nothing was written
			return err
		}
		select {
		case <-time.After(pause):
		case <-ctx.Done():
			return err
		}
	}
}
