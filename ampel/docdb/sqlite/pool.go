package sqlite

import (
	"context"
	"errors"

	"github.com/penstock/penstock/ampel/docdb"
)

// pool lends connections. A slot is nil until its connection is first needed.
type pool struct {
	slots   chan *conn
	open    func() (*conn, error)
	closing chan struct{}
}

func newPool(n int, closing chan struct{}, open func() (*conn, error)) *pool {
	p := &pool{slots: make(chan *conn, n), open: open, closing: closing}
	for range n {
		p.slots <- nil
	}
	return p
}

// with lends a connection to f. f must not call with again: it could wait for
// itself.
func (p *pool) with(ctx context.Context, f func(c *conn) error) error {
	var c *conn
	select {
	case <-p.closing:
		return docdb.ErrClosed
	default:
	}
	select {
	case c = <-p.slots:
	case <-ctx.Done():
		return ctx.Err()
	case <-p.closing:
		return docdb.ErrClosed
	}
	defer func() { p.slots <- c }()
	if c == nil {
		fresh, err := p.open()
		if err != nil {
			return err
		}
		c = fresh
	}
	return f(c)
}

// close waits for all connections to come back and closes them. closing must
// be closed before, so that nobody takes one meanwhile.
func (p *pool) close() error {
	var errs []error
	for range cap(p.slots) {
		if c := <-p.slots; c != nil {
			errs = append(errs, c.close())
		}
	}
	return errors.Join(errs...)
}
