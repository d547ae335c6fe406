// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
)

// maxGroup is how many tasks share one commit.
const maxGroup = 64

// task is what one caller wants written, all or nothing.
type task struct {
	// do writes. When it returns an error, everything it wrote is undone and
	// the error is the caller's.
	do func(t *txn) error

	// split, if not nil, returns the task in smaller pieces that are done one
	// after the other, for when the task fails as a whole. A piece that
	// cannot be made smaller returns a last resort, or nil.
	split func() []*task

	err  error
	done chan struct{}
}

// write hands a task to the writer and returns once it is on disk.
func (s *Store) write(ctx context.Context, do func(t *txn) error) error {
	return s.submit(ctx, &task{do: do})
}

func (s *Store) submit(ctx context.Context, t *task) error {
	t.done = make(chan struct{})
	select {
	case <-s.closing:
		return errClosed
	default:
	}
	select {
	case s.tasks <- t:
	case <-s.closing:
		return errClosed
	case <-ctx.Done():
		return ctx.Err()
	}
	// From here on the task is decided whatever ctx says: an answer "canceled"
	// for what is on disk would be a lie.
	select {
	case <-t.done:
		return t.err
	case <-s.stopped:
	}
	select {
	case <-t.done:
		return t.err
	default:
		return errClosed
	}
}

// run is the writer goroutine.
func (s *Store) run() {
	defer close(s.stopped)
	for {
		select {
		case t := <-s.tasks:
			s.serve(s.gather(t))
		case <-s.closing:
			return
		}
	}
}

// gather returns first and what waits behind it.
func (s *Store) gather(first *task) []*task {
	group := []*task{first}
	for len(group) < maxGroup {
		select {
		case t := <-s.tasks:
			group = append(group, t)
		default:
			return group
		}
	}
	return group
}

func (s *Store) serve(group []*task) {
	s.commitGroup(group)
	for _, t := range group {
		close(t.done)
	}
}

// commitGroup commits the tasks together. If that fails for a reason that
// lies in one of them, it halves the group until the task stands alone, and
// then takes the task apart.
func (s *Store) commitGroup(group []*task) {
	err := s.attempt(group)
	switch {
	case err == nil:
		s.mend(group)
	case environmental(err):
		for _, t := range group {
			t.err = err
		}
	case len(group) > 1:
		s.commitGroup(group[:len(group)/2])
		s.commitGroup(group[len(group)/2:])
	default:
		group[0].err = err
		s.mend(group)
	}
}

// mend takes apart the tasks that failed by themselves.
func (s *Store) mend(group []*task) {
	for _, t := range group {
		if t.err == nil || t.split == nil {
			continue
		}
		s.log.Error("batch is taken in pieces", "cause", t.err.Error())
		t.err = nil
		for _, piece := range t.split() {
			s.commitGroup([]*task{piece})
			if piece.err != nil {
				t.err = piece.err
				break
			}
		}
	}
}

// attempt runs all tasks in one transaction, each in its own savepoint, and
// commits. An error means that nothing was committed; a task's own error is in
// the task and does not disturb the others.
func (s *Store) attempt(group []*task) (err error) {
	t, begun := newTxn(s), time.Now()
	defer func() {
		if environmental(err) {
			s.metrics.Failed.Inc()
		} else if err == nil {
			s.metrics.Commits.Observe(time.Since(begun).Seconds())
			s.metrics.Tasks.Observe(float64(len(group)))
		}
	}()
	if err := t.c.Begin(); err != nil {
		return err
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, t.rollback())
		}
	}()
	for _, one := range group {
		one.err = t.attempt(one.do)
		if environmental(one.err) {
			return one.err
		}
	}
	if err := s.vault.commit(); err != nil {
		return err
	}
	if _, err := t.c.Exec("COMMIT"); err != nil {
		return fmt.Errorf("commit: %w", err)
	}
	s.keepTip(t.tip)
	s.watchers.moved(t.moved)
	return nil
}

// attempt runs do in a savepoint. A panic of do, or of a rule within it, is
// its error.
func (t *txn) attempt(do func(t *txn) error) (err error) {
	if _, err := t.c.Exec("SAVEPOINT task"); err != nil {
		return err
	}
	tip := t.tip
	if err = guard(func() error { return errors.Join(do(t), t.flush()) }); err != nil {
		t.drop()
		t.tip = tip
		if !t.c.InTransaction() { // the whole transaction is gone
			return err
		}
		if _, back := t.c.Exec("ROLLBACK TO task"); back != nil {
			return errors.Join(err, back)
		}
	}
	_, released := t.c.Exec("RELEASE task")
	return errors.Join(err, released)
}

// guard turns a panic into an error that says where, without its text: that may hold
// content.
func guard(do func() error) (err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("panic of type %T: %s", p, strings.Join(fault.Trace(), ", "))
		}
	}()
	return do()
}

func (t *txn) rollback() error {
	err := t.s.vault.rollback()
	if !t.c.InTransaction() {
		return err
	}
	return errors.Join(err, t.c.Run("ROLLBACK"))
}

// txn is the state of one group while it is written: what was read or changed
// of scopes, lanes and digests, so that a batch writes each of them once.
type txn struct {
	s *Store
	c *conn

	scopes  map[ident.Scope]*scope
	lanes   map[laneKey]*lane
	digests map[groupKey]*group
	moved   map[ident.Scope]struct{} // scopes whose head moved
	tip     audit.State              // where the own audit log stands
}

func newTxn(s *Store) *txn {
	t := &txn{s: s, c: s.writer, moved: make(map[ident.Scope]struct{}), tip: s.tip}
	t.drop()
	return t
}

// drop forgets what was read, after a rollback made it untrue.
func (t *txn) drop() {
	t.scopes = make(map[ident.Scope]*scope)
	t.lanes = make(map[laneKey]*lane)
	t.digests = make(map[groupKey]*group)
}

// flush writes what changed.
func (t *txn) flush() error {
	for _, sc := range t.scopes {
		if err := t.saveScope(sc); err != nil {
			return err
		}
	}
	for _, ln := range t.lanes {
		if err := t.saveLane(ln); err != nil {
			return err
		}
	}
	for key, g := range t.digests {
		if err := t.saveGroup(key, g); err != nil {
			return err
		}
	}
	return nil
}
