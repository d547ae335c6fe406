// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http/httptest"
	"sync/atomic"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/hub"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/storetest"
)

// liar is a store whose digest is wrong once a device holds something, until somebody
// compares.
type liar struct {
	store.Store
	repairs, whole atomic.Int64
	listed, wanted atomic.Int64
}

func (l *liar) Delta(ctx context.Context, scope ident.Scope, view record.View, from store.From, limit int) (store.Delta, error) {
	d, err := l.Store.Delta(ctx, scope, view, from, limit)
	if scope == village && from.Since != 0 && l.repairs.Load() == 0 {
		d.Sum[0] ^= 1
	}
	if scope == village && from.Since == 0 {
		l.whole.Add(1)
	}
	return d, err
}

func (l *liar) Repair(ctx context.Context, scope ident.Scope, view record.View, held *wire.BucketSums) (*wire.Repair, error) {
	l.repairs.Add(1)
	m, err := l.Store.Repair(ctx, scope, view, held)
	if err == nil {
		l.listed.Add(int64(len(m.List)))
	}
	return m, err
}

func (l *liar) Whole(ctx context.Context, scope ident.Scope, view record.View, ids []ident.Record) ([]wire.RowDelta, error) {
	l.wanted.Add(int64(len(ids)))
	return l.Store.Whole(ctx, scope, view, ids)
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
	if l.listed.Load() > 3 || l.wanted.Load() != 2 {
		t.Errorf("%d records are listed and %d wanted, want the two that b does not have as they are", l.listed.Load(), l.wanted.Load())
	}
	s.check(3, map[record.Header]string{first: "一，改", second: "二"}, a, b)
}

// TestRepairCostsWhatDiffers: of a village of thousands of households one row is
// damaged on the disk of a device. What mends it is the sums of 256 buckets up, and down
// the list of one bucket and one row.
func TestRepairCostsWhatDiffers(t *testing.T) {
	const households = 4000
	w := open(t)
	a := author{storetest.Enrol(t, w.st, "author", "officer", village)}
	var damaged record.Header
	for n := 0; n < households; {
		var sets []record.ChangeSet
		for range record.MaxFrameSets {
			damaged = a.Header(t, "household", village)
			n++
			sets = append(sets, a.Make(a.Own(village), storetest.Create(damaged, storetest.Fields{
				"village": storetest.Text("大沙村"), "holder": storetest.Text(fmt.Sprintf("示例%d", n)), "mu": storetest.Int(int64(n)),
			})))
		}
		a.commit(w, sets)
	}
	d := w.device()
	metrics, _, url := w.serveCut()
	if !d.once(url) || d.households() != households {
		t.Fatal("the first sync does not settle")
	}
	first := count(metrics.BytesOut)
	w.must(d.replica.Close())
	db, err := sql.Open("sqlite3", d.path)
	w.must(err)
	_, err = db.Exec("UPDATE base SET sealed = zeroblob(length(sealed)) WHERE id = ?", damaged.ID[:])
	w.must(errors.Join(err, db.Close()))
	d.reopen(ident.Actor{})
	if n := d.households(); n != households-1 {
		t.Fatalf("%d households open", n)
	}
	metrics, _, url = w.serveCut()
	if !d.once(url) || d.households() != households || d.text(damaged, "holder") == "" {
		t.Fatal("the row is not mended")
	}
	if mended := d.replica.Mended(); len(mended) != 1 || mended[0].Record != damaged.ID || count(metrics.Repairs) != 1 {
		t.Errorf("mended: %+v in %v repairs", mended, count(metrics.Repairs))
	}
	out, in := count(metrics.BytesOut), count(metrics.BytesIn)
	t.Logf("first sync %.0f bytes; repair %.0f down, %.0f up", first, out, in)
	if list := 24 * 2 * households / 256.0; out > list+1000 || in > 256*17+1000 {
		t.Errorf("the repair of one row cost %.0f bytes down and %.0f up", out, in)
	}
}
