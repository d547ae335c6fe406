// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"database/sql"
	"slices"
	"testing"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// repair answers buckets with a list as a server does, and returns what the device
// wants of it, with that and the checkpoint.
func (s *server) repair(d *device, sums *wire.BucketSums) (*peer.Wanted, []wire.RowDelta, *wire.Checkpoint) {
	s.t.Helper()
	c := d.Cursors()[0]
	c.Version = 0
	rows, cp := s.delta(c, s.acc.View(recordtest.Officer))
	own, all := new(wire.BucketSums), []wire.Listed{}
	for _, row := range rows {
		sum := wire.RowSum(&row) // nothing is deleted here
		own.Add(row.Header.ID, sum)
		all = append(all, wire.Listed{ID: row.Header.ID, Mark: sum.Mark()})
	}
	slices.SortFunc(all, func(a, b wire.Listed) int { return a.ID.Compare(b.ID) })
	m := &wire.Repair{Scope: c.Scope, Version: s.head}
	m.ListFrom(own.Differ(sums), all)
	w, err := d.CompareList(m)
	if err != nil || w == nil {
		s.t.Fatalf("a list is not compared: %v", err)
	}
	rows = slices.DeleteFunc(rows, func(r wire.RowDelta) bool { return !slices.Contains(w.IDs, r.Header.ID) })
	return w, rows, cp
}

// TestRepair loses a row and the digest of a scope on the disk. The buckets name the
// row; it comes back, what the device did meanwhile stays, and nothing else is sent.
func TestRepair(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 30; n++ {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(int64(n))}))
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	d.apply(recordtest.Edit(recordtest.Header(recordtest.Household, 3), d.base(), recordtest.Fields{"people": record.OfInt(33)}))
	if err := d.Close(); err != nil {
		t.Fatal(err)
	}
	harm(t, d.path)
	r, err := replica.Open(ctx, d.path, d.opt)
	if err != nil {
		t.Fatal(err)
	}
	d.Replica = r
	d.unlock()
	if found := must(d.VerifyRows(ctx)); len(found) != 1 || found[0] != (replica.Mismatch{Scope: recordtest.Here, What: replica.Differs}) {
		t.Errorf("verify: %+v, want the scope", found)
	}
	s.push(d)
	rows, cp := s.delta(d.Cursors()[0], s.acc.View(recordtest.Officer))
	if s.deliver(d, rows, cp) {
		t.Fatal("a scope without digest and with a row less is called intact")
	}
	version, sums, err := d.Buckets(recordtest.Here)
	if err != nil || sums == nil || version == 0 {
		t.Fatalf("buckets: %s, %v, %v", version, sums != nil, err)
	}
	m, rows, cp := s.repair(d, sums)
	if n := len(m.Repair.Buckets); n != 2 || len(m.IDs) != 2 {
		t.Errorf("%d buckets differ, %d records are wanted, want two: the lost row and the one that was edited", n, len(m.IDs))
	}
	if intact, err := d.ApplyRepair(ctx, m, rows[1:], cp); intact || err != nil {
		t.Errorf("a repair in which something wanted does not come: intact %v, %v", intact, err)
	}
	if intact, err := d.ApplyRepair(ctx, m, rows, cp); !intact || err != nil {
		t.Fatalf("repair: intact %v, %v", intact, err)
	}
	lost, edited := recordtest.ID(1), recordtest.ID(3)
	if named := d.Mended(); len(named) != 2 || named[0].Record != lost || named[1].Record != edited {
		t.Errorf("mended: %+v, want %s and %s", named, lost, edited)
	}
	if found := must(d.VerifyRows(ctx)); len(found) != 0 {
		t.Errorf("verify after the repair: %+v", found)
	}
	for range 2 {
		for n, want := range map[int]int64{1: 1, 2: 2, 3: 33} {
			if got := d.row(recordtest.ID(n)).Int("people"); got != want {
				t.Errorf("people of %d: got %d, want %d", n, got, want)
			}
		}
		if c := d.Cursors()[0]; c.Version != s.head {
			t.Errorf("cursor at %s, want %s", c.Version, s.head)
		}
		d.reopen()
		d.unlock()
	}
	d.apply(recordtest.Edit(recordtest.Header(recordtest.Household, 1), d.base(), recordtest.Fields{"people": record.OfInt(11)}))
	s.push(d)
	if !s.pull(d, recordtest.Officer) {
		t.Error("the digest does not match after the repair")
	}
}

func harm(t *testing.T, path string) {
	t.Helper()
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id := recordtest.ID(1)
	for _, q := range []string{"DELETE FROM base WHERE id = ?1", "UPDATE scopes SET digest = zeroblob(16) WHERE ?1 IS NOT NULL"} {
		if _, err := db.Exec(q, id[:]); err != nil {
			t.Fatal(err)
		}
	}
}

// TestBucketsThatCannotBeTold: nothing is held yet.
func TestBucketsThatCannotBeTold(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	if _, sums, err := d.Buckets(recordtest.Here); sums != nil || err != nil {
		t.Errorf("got sums %v, %v, want none", sums != nil, err)
	}
}

// TestVerifyNamesDamage: a row that cannot be opened is named, without the server.
func TestVerifyNamesDamage(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 3; n++ {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(int64(n))}))
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	if found := must(d.VerifyRows(ctx)); len(found) != 0 {
		t.Errorf("a whole replica: %+v", found)
	}
	db, err := sql.Open("sqlite3", d.path)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	id := recordtest.ID(2)
	if _, err := db.Exec("UPDATE base SET sealed = zeroblob(length(sealed)) WHERE id = ?", id[:]); err != nil {
		t.Fatal(err)
	}
	want := []replica.Mismatch{{Scope: recordtest.Here, What: replica.Differs}, {Scope: recordtest.Here, Record: id, What: replica.Damaged}}
	if found := must(d.VerifyRows(ctx)); !slices.Equal(found, want) {
		t.Errorf("got %+v, want %+v", found, want)
	}
	d.reopen() // what is left opens
	d.unlock()
	_, sums, err := d.Buckets(recordtest.Here)
	if err != nil {
		t.Fatal(err)
	}
	m, rows, cp := s.repair(d, sums)
	if intact, err := d.ApplyRepair(ctx, m, rows, cp); !intact || err != nil || d.row(id).Int("people") != 2 {
		t.Errorf("repair: intact %v, %v", intact, err)
	}
	if named := d.Mended(); len(named) != 1 || named[0].Record != id {
		t.Errorf("mended: %+v, want %s", named, id)
	}
}
