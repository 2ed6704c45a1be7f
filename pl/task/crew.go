package task

import (
	"context"
	"fmt"

	"github.com/panjf2000/ants/v2"

	"github.com/penstock/penstock/pl/internal/engine"
)

// A crew runs workers in the goroutines of an ants pool, which it reuses: the
// worker of a place leaves its goroutine when there is nothing to do, and gets one
// again when there is. The pool has no limit of its own, since the stage never
// starts more workers than it has places, except for those that were abandoned.
type crew struct {
	pool *ants.PoolWithFuncGeneric[int]
}

func newCrew(body func(place int)) engine.Crew {
	pool, err := ants.NewPoolWithFuncGeneric(-1, body, ants.WithPanicHandler(func(v any) {
		panic(v) // the engine catches what user code panics with: this is a bug here
	}))
	if err != nil {
		panic(fmt.Sprintf("task: ants refused a pool: %v", err)) // it refuses nil functions only
	}
	return crew{pool}
}

func (c crew) Start(place int) {
	if err := c.pool.Invoke(place); err != nil {
		panic(fmt.Sprintf("task: ants refused a worker: %v", err)) // the pool is open until Wait
	}
}

// Wait frees the pool. A goroutine that was abandoned leaves it when its function
// returns.
func (c crew) Wait(abandoned bool) {
	if abandoned {
		c.pool.Release()
		return
	}
	_ = c.pool.ReleaseContext(context.Background())
}
