// SPDX-License-Identifier: Apache-2.0

package attach

import (
	"context"
	"errors"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/blob"
	"yuexin/syncserver/store"
)

// sweepEvery is how often strays are looked for and what failed is tried again.
const sweepEvery = time.Hour

// Run notes arrivals and forgets strays until heads, which tells when change sets were
// committed, is closed. After is time.After, or the clock of a test.
func (s *Service) Run(ctx context.Context, heads <-chan ident.Scope, after func(time.Duration) <-chan time.Time) {
	s.tidy(ctx)
	for {
		select {
		case _, open := <-heads:
			if !open {
				return
			}
			s.announce(ctx)
		case <-after(sweepEvery):
			s.tidy(ctx)
		}
	}
}

// tidy takes up what a killed server left, and forgets what nobody ever named.
func (s *Service) tidy(ctx context.Context) {
	err := errors.Join(s.Dir.Clear(), s.adopt(ctx), s.sweep(ctx))
	if err != nil && ctx.Err() == nil {
		s.Log.Error("attachments were not tidied up", fault.Attr(err))
	}
	s.announce(ctx)
}

// announce makes the arrivals that are not noted yet records of their scopes. One that
// fails holds up no other and is tried again.
func (s *Service) announce(ctx context.Context) {
	s.announcing.Lock()
	defer s.announcing.Unlock()
	list, err := s.Store.Arrivals(ctx)
	errs := []error{err}
	for _, a := range list {
		errs = append(errs, s.note(ctx, a))
	}
	if err := errors.Join(errs...); err != nil && ctx.Err() == nil {
		s.Log.Error("arrivals of attachments were not noted", fault.Attr(err))
	}
}

// note writes one arrival. One that is there already was written by a server that was
// killed before it could remember it.
func (s *Service) note(ctx context.Context, a store.Arrival) error {
	_, err := s.Desk.Get(ctx, blob.ArrivalID(a.Scope, a.Digest))
	if fault.Is(err, fault.NotFound) {
		_, err = s.Desk.Apply(ctx, blob.Arrival(a.Scope, a.Digest, uint64(a.Size), a.At.UnixMilli()))
	}
	if err != nil {
		return err
	}
	return s.Store.NoteArrival(ctx, a)
}

// sweep deletes files that no change set has named for longer than the policy says.
func (s *Service) sweep(ctx context.Context) error {
	strays, err := s.Store.StrayBlobs(ctx, s.Now().AddDate(0, 0, -s.Policy().UnnamedDays))
	if err != nil {
		return err
	}
	for _, digest := range strays {
		dropped, err := s.Store.DropBlob(ctx, digest)
		if err == nil && dropped {
			err = s.Dir.Remove(digest)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// adopt gives every whole file its row: one whose row was lost, because the store was
// restored from a backup or the server was killed between the two, is a stray from now
// on if no change set names it.
func (s *Service) adopt(ctx context.Context) error {
	whole, err := s.Dir.Whole()
	if err != nil || len(whole) == 0 {
		return err
	}
	if err := s.Dir.Settle(); err != nil {
		return err
	}
	for _, digest := range whole {
		known, err := s.Store.Blob(ctx, digest)
		if fault.Is(err, fault.NotFound) {
			var size int64
			if size, err = s.Dir.Size(digest); err == nil {
				err = s.Store.BeginBlob(ctx, store.Blob{Digest: digest, Size: size, Begun: s.Now()}, 1<<62)
			}
		}
		if err == nil && known.Arrived.IsZero() {
			err = s.Store.EndBlob(ctx, digest, s.Now())
		}
		if err != nil {
			return err
		}
	}
	return nil
}
