// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"

	"yuexin/shared/fault"
	"yuexin/syncserver/store/database"
)

// errClosed answers every call after Close.
var errClosed = fault.New(fault.Unavailable, "")

// readers is how many reads run at a time. Reading is mostly opening sealed
// blobs, so more than the cores of a small machine gains nothing.
const readers = 4

// pool hands out connections that only read.
type pool struct {
	free chan *conn
	all  []*conn
	done chan struct{}
}

func newPool(ctx context.Context, data database.Engine) (*pool, error) {
	p := &pool{free: make(chan *conn, readers), done: make(chan struct{})}
	for range readers {
		c, err := data.Reader(ctx)
		if err != nil {
			return nil, errors.Join(err, p.close())
		}
		p.all = append(p.all, &conn{c})
		p.free <- p.all[len(p.all)-1]
	}
	return p, nil
}

// close waits for the reads under way.
func (p *pool) close() error {
	close(p.done)
	var errs []error
	for range p.all {
		c := <-p.free
		errs = append(errs, c.Close())
	}
	return errors.Join(errs...)
}

// read runs f on one unchanging state of the database.
func (p *pool) read(ctx context.Context, f func(c *conn) error) (err error) {
	c, err := p.take(ctx)
	if err != nil {
		return err
	}
	defer func() { p.free <- c }()
	if err := c.Begin(); err != nil {
		return err
	}
	defer func() {
		_, ended := c.Exec("ROLLBACK")
		err = errors.Join(err, ended)
	}()
	return f(c)
}

func (p *pool) take(ctx context.Context) (*conn, error) {
	select {
	case <-p.done:
		return nil, errClosed
	default:
	}
	select {
	case c := <-p.free:
		return c, nil
	case <-p.done:
		return nil, errClosed
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}
