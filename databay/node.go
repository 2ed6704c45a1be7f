package databay

import (
	"context"
	"fmt"
	"reflect"
	"sync"
)

// A Starter is an inlet or outlet that opens something before its first transfer.
type Starter interface {
	OnStart(ctx context.Context) error
}

// A Shutdowner is an inlet or outlet that closes something after its last transfer.
type Shutdowner interface {
	OnShutdown(ctx context.Context) error
}

// TryStart starts a node unless it is active. Of several concurrent calls one calls
// the node's OnStart and the others wait for it. A node whose OnStart failed is not
// active, so that a later call tries again.
func TryStart(ctx context.Context, node any) error { return acquire(ctx, node, manual{}) }

// TryShutdown shuts a node down if it is active and no started link uses it. The node
// is inactive afterwards, even if its OnShutdown failed.
func TryShutdown(ctx context.Context, node any) error { return release(ctx, node, manual{}) }

// Active reports whether the node has been started and not shut down.
func Active(node any) bool {
	states.Lock()
	defer states.Unlock()
	s := states.of[node]
	return s != nil && s.active
}

// manual is the holder that stands for TryStart and TryShutdown.
type manual struct{}

// A state counts who has started a node, so that a node which several links share
// starts with the first and shuts down with the last.
type state struct {
	lock    chan struct{} // held while a hook runs; a channel, so that waiting heeds ctx
	users   int           // goroutines that have this state in hand
	active  bool          // guarded by states
	holders map[any]struct{}
}

// Nodes are other people's types, so what belongs to their lifecycle is kept beside them.
var states = struct {
	sync.Mutex
	of map[any]*state
}{of: map[any]*state{}}

// acquire starts node for holder.
func acquire(ctx context.Context, node, holder any) error {
	return withState(ctx, node, func(s *state) error {
		if _, ok := s.holders[holder]; ok {
			return nil
		}
		if len(s.holders) == 0 {
			if h, ok := node.(Starter); ok {
				if err := protect(func() error { return h.OnStart(ctx) }); err != nil {
					return fmt.Errorf("databay: start of %s: %w", nameOf(node), err)
				}
			}
			s.setActive(true)
		}
		s.holders[holder] = struct{}{}
		return nil
	})
}

// release shuts node down if holder was the last that had started it.
func release(ctx context.Context, node, holder any) error {
	return withState(ctx, node, func(s *state) error {
		if _, ok := s.holders[holder]; !ok {
			return nil
		}
		delete(s.holders, holder)
		if len(s.holders) > 0 {
			return nil
		}
		s.setActive(false)
		if h, ok := node.(Shutdowner); ok {
			if err := protect(func() error { return h.OnShutdown(ctx) }); err != nil {
				return fmt.Errorf("databay: shutdown of %s: %w", nameOf(node), err)
			}
		}
		return nil
	})
}

func (s *state) setActive(on bool) {
	states.Lock()
	s.active = on
	states.Unlock()
}

// withState calls f while no other hook of node runs, and forgets the state of a node
// that nobody uses.
func withState(ctx context.Context, node any, f func(*state) error) error {
	if err := checkNode(node); err != nil {
		return err
	}
	states.Lock()
	s := states.of[node]
	if s == nil {
		s = &state{lock: make(chan struct{}, 1), holders: map[any]struct{}{}}
		states.of[node] = s
	}
	s.users++
	states.Unlock()
	defer func() {
		states.Lock()
		if s.users--; s.users == 0 && !s.active {
			delete(states.of, node)
		}
		states.Unlock()
	}()
	select {
	case s.lock <- struct{}{}:
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	defer func() { <-s.lock }()
	return f(s)
}

// checkNode rejects what has no identity of its own.
func checkNode(node any) error {
	v := reflect.ValueOf(node)
	switch {
	case node == nil, v.Kind() == reflect.Pointer && v.IsNil():
		return fmt.Errorf("databay: %w: nil", ErrInvalidNode)
	case v.Kind() != reflect.Pointer:
		return fmt.Errorf("databay: %w: %T is not a pointer, so two of them cannot be told apart: use a pointer to it, or Pull and Push for functions", ErrInvalidNode, node)
	case v.Elem().Type().Size() == 0:
		return fmt.Errorf("databay: %w: %T has no fields, so Go may give two of them the same address: add a field", ErrInvalidNode, node)
	}
	return nil
}
