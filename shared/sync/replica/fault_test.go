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

// TestWrongKeys: a replica whose keys are not right does not open at all.
func TestWrongKeys(t *testing.T) {
	for _, sql := range []string{
		"UPDATE meta SET value = zeroblob(length(value)) WHERE name = 'device key'",
		"UPDATE users SET secret = zeroblob(length(secret))",
	} {
		d := newServer(t).newDevice(replica.Laptop, 1)
		d.grant(recordtest.Officer, recordtest.Here)
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), nil))
		d.damage(sql)
		if _, err := d.Unlock(ctx, anna, passphrase); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%s: err = %v, want corrupt", sql, err)
		}
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
