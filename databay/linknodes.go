package databay

import (
	"context"
	"errors"
	"fmt"
	"slices"
)

// Inlets returns a copy of the list of the link's inlets.
func (l *Link[T]) Inlets() []Inlet[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Inlet[T], len(l.inlets))
	for i, in := range l.inlets {
		list[i] = in.Inlet
	}
	return list
}

// Outlets returns a copy of the list of the link's outlets.
func (l *Link[T]) Outlets() []Outlet[T] {
	l.mu.Lock()
	defer l.mu.Unlock()
	list := make([]Outlet[T], len(l.outlets))
	for i, o := range l.outlets {
		list[i] = o.Outlet
	}
	return list
}

// AddInlets adds inlets, all of them or, with an error that matches [ErrInvalidNode],
// none. They take part from the next transfer on; in a running link they are started
// before it.
func (l *Link[T]) AddInlets(inlets ...Inlet[T]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var added []source[T]
	for _, in := range inlets {
		if err := checkNode(in); err != nil {
			return err
		}
		same := func(s source[T]) bool { return s.Inlet == in }
		if slices.ContainsFunc(l.inlets, same) || slices.ContainsFunc(added, same) {
			return fmt.Errorf("databay: %w: inlet %s is in the link already", ErrInvalidNode, nameOf(in))
		}
		added = append(added, source[T]{in, originOf(in)})
	}
	l.inlets = append(slices.Clip(l.inlets), added...)
	l.dirty = true
	return nil
}

// AddOutlets is [Link.AddInlets] for outlets. Its errors include those of their buffers.
func (l *Link[T]) AddOutlets(outlets ...Outlet[T]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	var added []sink[T]
	for _, o := range outlets {
		err := checkNode(o)
		same := func(s sink[T]) bool { return s.Outlet == o }
		if err == nil && (slices.ContainsFunc(l.outlets, same) || slices.ContainsFunc(added, same)) {
			err = fmt.Errorf("databay: %w: outlet %s is in the link already", ErrInvalidNode, nameOf(o))
		}
		var ws []withholder
		if p, ok := o.(*processed[T]); ok && err == nil {
			ws = withholders(p.processors)
			err = errors.Join(p.check(), chainError(withholders(l.cfg.Processors), ws))
			if err == nil {
				err = l.attachAll(ws)
			}
		}
		if err != nil {
			for _, s := range added {
				detachAll(s.buffers)
			}
			return err
		}
		added = append(added, sink[T]{o, ws})
	}
	l.outlets = append(slices.Clip(l.outlets), added...)
	l.dirty = true
	return nil
}

func (o *processed[T]) check() error {
	if err := checkNode(o.out); err != nil {
		return err
	}
	for i, p := range o.processors {
		if p == nil {
			return fmt.Errorf("databay: %w: processor %d of outlet %s is nil", ErrInvalidNode, i, nameOf(o.out))
		}
	}
	return nil
}

// RemoveInlets removes inlets, all of them or, with an error that matches
// [ErrInvalidNode], none. A transfer under way goes on with them; in a running link
// they are shut down before the next one.
func (l *Link[T]) RemoveInlets(inlets ...Inlet[T]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := slices.Clone(l.inlets)
	for _, in := range inlets {
		i := slices.IndexFunc(rest, func(s source[T]) bool { return s.Inlet == in })
		if i < 0 {
			return fmt.Errorf("databay: %w: inlet %s is not in the link", ErrInvalidNode, nameOf(in))
		}
		rest = slices.Delete(rest, i, i+1)
	}
	for _, in := range inlets {
		l.removed = append(l.removed, in)
	}
	l.inlets, l.dirty = rest, true
	return nil
}

// RemoveOutlets is [Link.RemoveInlets] for outlets. An outlet whose own buffers hold
// records is not removed: run [Link.Drain] first.
func (l *Link[T]) RemoveOutlets(outlets ...Outlet[T]) error {
	l.mu.Lock()
	defer l.mu.Unlock()
	rest := slices.Clone(l.outlets)
	var gone []sink[T]
	for _, o := range outlets {
		i := slices.IndexFunc(rest, func(s sink[T]) bool { return s.Outlet == o })
		if i < 0 {
			return fmt.Errorf("databay: %w: outlet %s is not in the link", ErrInvalidNode, nameOf(o))
		}
		for _, w := range rest[i].buffers {
			if n := w.Len(); n > 0 {
				return fmt.Errorf("databay: %w: outlet %s has %d records in a buffer of its own: drain the link first", ErrInvalidNode, nameOf(o), n)
			}
		}
		gone = append(gone, rest[i])
		rest = slices.Delete(rest, i, i+1)
	}
	for _, s := range gone {
		detachAll(s.buffers)
		l.removed = append(l.removed, s.Outlet)
	}
	l.outlets, l.dirty = rest, true
	return nil
}

func detachAll(ws []withholder) {
	for _, w := range ws {
		w.detach()
	}
}

// OnStart starts the inlets in order, then the outlets. A node that another link has
// started is not started again. Unless the link ignores errors the first one ends the
// start, and the next transfer tries again.
func (l *Link[T]) OnStart(ctx context.Context) error {
	l.mu.Lock()
	l.started, l.dirty = true, true
	l.mu.Unlock()
	return l.refresh(ctx)
}

// OnShutdown shuts the nodes down that no other link has started, all of them whatever
// their errors, which it returns joined, or logs if the link ignores errors.
func (l *Link[T]) OnShutdown(ctx context.Context) error {
	l.mu.Lock()
	l.started, l.dirty = false, false
	nodes := append(l.nodes(), l.removed...)
	l.removed = nil
	l.mu.Unlock()
	var errs []error
	for _, n := range nodes {
		if err := release(ctx, n, l); err != nil {
			errs = append(errs, l.ignore(err))
		}
	}
	return errors.Join(errs...)
}

func (l *Link[T]) nodes() []any {
	var all []any
	for _, in := range l.inlets {
		all = append(all, in.Inlet)
	}
	for _, o := range l.outlets {
		all = append(all, o.Outlet)
	}
	return all
}

// refresh starts and shuts down what has come and gone since.
func (l *Link[T]) refresh(ctx context.Context) error {
	l.mu.Lock()
	if !l.started || !l.dirty {
		l.mu.Unlock()
		return nil
	}
	l.dirty = false
	nodes := l.nodes()
	var gone []any
	if l.inflight.Load() <= 1 { // no other transfer may still use them
		for _, n := range l.removed {
			if !slices.Contains(nodes, n) {
				gone = append(gone, n)
			}
		}
		l.removed = nil
	} else {
		l.dirty = len(l.removed) > 0
	}
	l.mu.Unlock()
	var errs []error
	for _, n := range gone {
		if err := release(ctx, n, l); err != nil {
			errs = append(errs, l.ignore(err))
		}
	}
	for _, n := range nodes {
		if err := acquire(ctx, n, l); err != nil {
			l.mu.Lock()
			l.dirty = true
			l.mu.Unlock()
			if err = l.ignore(err); err != nil {
				errs = append(errs, err)
				break
			}
		}
	}
	return errors.Join(errs...)
}

// ignore logs err and returns nil if the link ignores errors.
func (l *Link[T]) ignore(err error) error {
	if !l.cfg.IgnoreErrors {
		return err
	}
	l.log.Error("databay: error ignored", "link", l.cfg.Tags, "err", err)
	return nil
}
