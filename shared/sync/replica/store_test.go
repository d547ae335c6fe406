// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
)

func TestStore(t *testing.T) {
	recordtest.TestStore(t, func(t *testing.T) recordtest.World {
		d := newServer(t).newDevice(replica.Laptop, 1)
		d.grant(recordtest.Officer, recordtest.Here, recordtest.There)
		return recordtest.World{As: d.as}
	})
}

// TestStoreReopened runs the contract on a device that is closed and opened
// before every read and write.
func TestStoreReopened(t *testing.T) {
	h := recordtest.Header(recordtest.Household, 1)
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	d.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(1), "income": record.OfInt(1)}))
	for n := int64(2); n < 6; n++ {
		d.reopen()
		d.unlock()
		d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(n), "income": record.OfInt(n)}))
	}
	d.reopen()
	d.unlock()
	row := d.row(h.ID)
	if row.Int("people") != 5 || row.Int("income") != 5 || len(row.Disputed()) > 0 {
		t.Errorf("people %d, income %d, disputed %v, want 5, 5 and none", row.Int("people"), row.Int("income"), row.Disputed())
	}
	if err := d.Verify(ctx); err != nil {
		t.Errorf("verify: %v", err)
	}
}

func TestLocked(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"people": record.OfInt(1)}))
	d.Lock()
	store := d.as(recordtest.Officer)
	for name, err := range map[string]error{
		"get":     errOf(store.Get(ctx, recordtest.ID(1))),
		"list":    errOf(store.List(ctx, record.Query{Kind: recordtest.Household})),
		"base":    errOf(store.Base(ctx, recordtest.Here)),
		"history": errOf(store.History(ctx, recordtest.ID(1))),
		"apply":   errOf(store.Apply(ctx, recordtest.Create(recordtest.Header(recordtest.Household, 2), nil))),
		"tray":    errOf(d.Tray(ctx)),
		"frame":   errOf(d.NextFrame(ctx, record.Lane{Scope: recordtest.Here}, 1, 1, 1)),
		"add":     d.AddUser(ctx, replica.NewUser{Actor: bert, Passphrase: "x"}),
		"verify":  d.Verify(ctx),
	} {
		if got := fault.KindOf(err); got != fault.Unauthenticated {
			t.Errorf("%s: kind = %v (%v), want unauthenticated", name, got, err)
		}
	}
	if s := must(d.Status(ctx)); s.Waiting != 1 {
		t.Errorf("a locked device counts %d waiting, want 1", s.Waiting)
	}
	d.unlock()
	if !d.row(recordtest.ID(1)).Pending() {
		t.Error("the row does not say that it waits")
	}
}

func errOf[T any](_ T, err error) error { return err }

func TestApplyNeedsGrant(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	_, err := d.as(recordtest.Officer).Apply(ctx, recordtest.Create(recordtest.Header(recordtest.Household, 1), nil))
	if got := fault.KindOf(err); got != fault.NotAllowed {
		t.Errorf("kind = %v, want not_allowed", got)
	}
}

func TestCreateAndOpenFaults(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	if _, err := replica.Create(ctx, d.path, s.setup(replica.Laptop, 1, d.key), d.opt); !fault.Is(err, fault.Conflict) {
		t.Errorf("create twice: %v, want conflict", err)
	}
	if _, err := replica.Open(ctx, d.path+".other", d.opt); !fault.Is(err, fault.NotFound) {
		t.Errorf("open nothing: %v, want not found", err)
	}
	bad := s.setup(replica.Laptop, 1, d.key)
	bad.Device = ident.Device{}
	if _, err := replica.Create(ctx, d.path+".x", bad, d.opt); !fault.Is(err, fault.Invalid) {
		t.Errorf("create without a device: %v, want invalid", err)
	}
}
