// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
)

// liar is a store whose digest is wrong once a device holds something.
type liar struct {
	store.Store
	repairs, whole atomic.Int64
}

func (l *liar) Delta(ctx context.Context, scope ident.Scope, view record.View, since, after record.Version, limit int) (store.Delta, error) {
	d, err := l.Store.Delta(ctx, scope, view, since, after, limit)
	if scope == village && since != 0 {
		d.Sum[0] ^= 1
	}
	if scope == village && since == 0 {
		l.whole.Add(1)
	}
	return d, err
}

func (l *liar) Repair(ctx context.Context, scope ident.Scope, view record.View, held *wire.BucketSums) (store.Repair, error) {
	l.repairs.Add(1)
	return l.Store.Repair(ctx, scope, view, held)
}

// TestRepair: a digest that does not match costs the buckets that differ, not the
// scope, and the device ends up with everything.
func TestRepair(t *testing.T) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	first := a.add("一")
	a.sync()
	b.sync()
	second := a.add("二")
	a.edit(first, "holder", "一，改")
	a.sync()

	l := &liar{Store: s.st}
	h := hub.New(s.config(l))
	web := httptest.NewServer(h)
	defer web.Close()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	defer cancel()
	s.must(b.client(web.URL).Once(ctx))
	s.must(h.Close(ctx))
	if l.repairs.Load() != 1 || l.whole.Load() != 0 {
		t.Errorf("%d repairs and %d pulls of the whole, want 1 and 0", l.repairs.Load(), l.whole.Load())
	}
	s.check(3, map[record.Header]string{first: "一，改", second: "二"}, a, b)
}
