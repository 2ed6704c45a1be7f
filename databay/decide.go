package databay

import (
	"context"
	"fmt"
	"slices"
	"time"
)

// decide asks the controllers about all, which were stored since since and have the
// given size. It is the one place where memory and durable buffers make up their mind.
func (b *Buffer[T]) decide(ctx context.Context, all []Record[T], size int, since time.Time) bool {
	all = slices.Clip(all) // so that a controller that appends does not write into the store
	for i, c := range b.custom {
		yes, err := false, error(nil)
		err = protect(func() error {
			yes, err = c(ctx, all)
			return err
		})
		switch {
		case err != nil:
			b.fail(fmt.Errorf("databay: custom controller %d: %w", i, err))
		case yes && !b.and:
			return true
		case !yes && b.and:
			return false
		}
	}
	if b.count != nil {
		if yes := len(all) > *b.count; yes != b.and {
			return yes
		}
	}
	if b.bytes != nil {
		if yes := size > *b.bytes; yes != b.and {
			return yes
		}
	}
	if b.after != nil {
		if yes := !since.IsZero() && time.Since(since) > *b.after; yes != b.and {
			return yes
		}
	}
	return b.and
}
