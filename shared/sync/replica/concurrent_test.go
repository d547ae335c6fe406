// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"context"
	"errors"
	"sync"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
)

// TestConcurrent lets people write, lists read, a watcher watch and the session sync
// at once, and loses nothing.
func TestConcurrent(t *testing.T) {
	const writers, acts = 3, 30
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	watched, stop := context.WithCancel(ctx)
	ids := d.Watch(watched)
	told := make(chan int)
	go func() {
		n := 0
		for range ids {
			n++
		}
		told <- n
	}()
	var group sync.WaitGroup
	failed := make(chan error, 100)
	for w := range writers {
		group.Go(func() {
			for n := range acts {
				h := recordtest.Header(recordtest.Household, 1000*w+n+1)
				if _, err := d.as(recordtest.Officer).Apply(ctx, recordtest.Create(h, recordtest.Fields{"name": record.OfText("陈秀英")})); err != nil {
					failed <- err
				}
			}
		})
	}
	group.Go(func() {
		for range 50 {
			_, err := d.as(recordtest.Officer).List(ctx, record.Query{Kind: recordtest.Household, Search: "cxy"})
			failed <- err
			_, err = d.as(recordtest.Officer).History(ctx, recordtest.ID(1))
			if !fault.Is(err, fault.NotFound) {
				failed <- err
			}
		}
	})
	done := make(chan struct{})
	go func() {
		group.Wait()
		close(done)
		close(failed)
	}()
	go func() {
		for working := true; working; {
			select {
			case <-done:
				working = false
			default:
			}
			s.push(d)
			s.pull(d, recordtest.Officer)
		}
		stop()
	}()
	var all error
	for err := range failed {
		all = errors.Join(all, err)
	}
	if all != nil {
		t.Fatal(all)
	}
	if n := <-told; n == 0 {
		t.Error("the watcher was told nothing")
	}
	if n := len(visible(d)); n != writers*acts || len(s.accepted) != writers*acts {
		t.Errorf("%d households, %d accepted, want %d", n, len(s.accepted), writers*acts)
	}
	if st := must(d.Status(ctx)); st.Waiting != 0 {
		t.Errorf("%d waiting, want 0", st.Waiting)
	}
}
