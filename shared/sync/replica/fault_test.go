// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"os"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// TestTampered: content that was changed on disk is never shown as true.
func TestTampered(t *testing.T) {
	for _, tc := range []struct{ name, sql string }{
		{"row", "UPDATE base SET sealed = zeroblob(length(sealed))"},
		{"row under another id", "UPDATE base SET id = zeroblob(16) WHERE id = (SELECT min(id) FROM base)"},
		{"change set", "UPDATE outbox SET sealed = zeroblob(length(sealed)) WHERE state = 0"},
		{"change set under another number", "UPDATE outbox SET number = 99 WHERE state = 0"},
		{"seed", "UPDATE lanes SET seed = zeroblob(length(seed))"},
		{"device key", "UPDATE meta SET value = zeroblob(length(value)) WHERE name = 'device key'"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newServer(t)
			d := s.newDevice(replica.Laptop, 1)
			d.grant(recordtest.Officer, recordtest.Here)
			d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"people": record.OfInt(1)}))
			d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 2), recordtest.Fields{"people": record.OfInt(1)}))
			s.push(d)
			s.pull(d, recordtest.Officer)
			d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 3), recordtest.Fields{"people": record.OfInt(1)}))
			if err := d.Close(); err != nil {
				t.Fatal(err)
			}
			db := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
			must(db.Exec(tc.sql))
			if err := db.Close(); err != nil {
				t.Fatal(err)
			}
			r := must(replica.Open(ctx, d.path, d.opt))
			defer r.Close()
			if _, err := r.Unlock(ctx, anna, passphrase); !fault.Is(err, fault.Corrupt) {
				t.Errorf("err = %v, want corrupt", err)
			}
		})
	}
}

func TestChainIsChecked(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 3; n++ {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), nil))
	}
	if err := d.Verify(ctx); err != nil {
		t.Fatal(err)
	}
	db := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
	defer db.Close()
	must(db.Exec("DELETE FROM outbox WHERE number = 2"))
	if err := d.Verify(ctx); !fault.Is(err, fault.Corrupt) {
		t.Errorf("a missing change set: %v, want corrupt", err)
	}
}

// TestBadCheckpoints: what the server sends is not believed blindly.
func TestBadCheckpoints(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	other := wire.RowDelta{Header: recordtest.Header(recordtest.Household, 1)}
	other.Header.Scope = recordtest.There
	cursor := d.Cursors()[0]
	foreign, view := cursor, cursor
	foreign.Scope, view.View = recordtest.There, "desk"
	for _, tc := range []struct {
		name string
		rows []wire.RowDelta
		cp   wire.Checkpoint
		want fault.Kind
	}{
		{"row of another scope", []wire.RowDelta{other}, wire.Checkpoint{Cursor: cursor}, fault.Corrupt},
		{"scope that is not granted", nil, wire.Checkpoint{Cursor: foreign}, fault.NotAllowed},
		{"another view", nil, wire.Checkpoint{Cursor: view}, fault.NotAllowed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if _, err := d.ApplyCheckpoint(ctx, tc.rows, &tc.cp); fault.KindOf(err) != tc.want {
				t.Errorf("err = %v, want %v", err, tc.want)
			}
		})
	}
}

// TestDiskFull: an act that finds no room changes nothing, and goes through once
// there is room again.
func TestDiskFull(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	act := recordtest.Create(h, recordtest.Fields{"name": record.OfText(string(make([]byte, 60_000)))})
	if err := d.FillDisk(ctx, true); err != nil {
		t.Fatal(err)
	}
	if _, err := d.as(recordtest.Officer).Apply(ctx, act); !fault.Is(err, fault.Exhausted) {
		t.Fatalf("err = %v, want exhausted", err)
	}
	if _, err := d.as(recordtest.Officer).Get(ctx, h.ID); !fault.Is(err, fault.NotFound) || d.base().Number != 0 {
		t.Error("an act that was not stored shows")
	}
	if err := d.FillDisk(ctx, false); err != nil {
		t.Fatal(err)
	}
	if r := d.apply(act); r.Link.Number != 1 {
		t.Errorf("number %d, want 1", r.Link.Number)
	}
	if err := d.Verify(ctx); err != nil {
		t.Error(err)
	}
}

func TestKeyFileIsPrivate(t *testing.T) {
	d := newServer(t).newDevice(replica.Kiosk, 1)
	info := must(os.Stat(d.path + ".key"))
	if got := info.Mode().Perm(); got != 0o600 {
		t.Errorf("key file mode %v, want 0600", got)
	}
}
