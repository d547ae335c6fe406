// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"fmt"
	"slices"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// damage closes the device, changes its file, and opens it again, locked.
func (d *device) damage(sql string, args ...any) {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Fatal(err)
	}
	db := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
	if n := must(must(db.Exec(sql, args...)).RowsAffected()); n == 0 {
		d.t.Fatal("nothing was damaged: the test shows nothing")
	}
	if err := db.Close(); err != nil {
		d.t.Fatal(err)
	}
	d.reopen()
}

// mend does what a session does after a checkpoint that does not match.
func (s *server) mend(d *device) {
	s.t.Helper()
	rows, cp := s.delta(d.Cursors()[0], s.acc.View(recordtest.Officer))
	if s.deliver(d, rows, cp) {
		s.t.Fatal("a scope with a row less is called intact: nothing is repaired")
	}
	_, sums, err := d.Buckets(recordtest.Here)
	if err != nil {
		s.t.Fatal(err)
	}
	m, rows, cp := s.repair(d, sums)
	if intact, err := d.ApplyRepair(ctx, m, rows, cp); !intact || err != nil {
		s.t.Fatalf("repair: intact %v, %v", intact, err)
	}
}

func madeHousehold(n int) record.Header { return recordtest.Header(recordtest.Household, n) }

func people(n int64) recordtest.Fields { return recordtest.Fields{"people": record.OfInt(n)} }

// worked returns a device that has pulled 1 to 3, and its server.
func worked(t *testing.T) (*server, *device) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 3; n++ {
		d.apply(recordtest.Create(madeHousehold(n), people(int64(n))))
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	return s, d
}

// TestDamagedRow: one pulled row that does not open is left out and named, all else is
// there, and the next session brings it again.
func TestDamagedRow(t *testing.T) {
	two := recordtest.ID(2)
	for _, sql := range []string{
		"UPDATE base SET sealed = zeroblob(length(sealed)) WHERE id = ?",
		"UPDATE base SET sealed = substr(sealed, 1, length(sealed) - 1) WHERE id = ?",
		"UPDATE base SET id = zeroblob(16) WHERE id = ?",
		"UPDATE base SET sealed = (SELECT b.sealed FROM base AS b ORDER BY b.id LIMIT 1) WHERE id = ?",
	} {
		t.Run(sql, func(t *testing.T) {
			s, d := worked(t)
			d.apply(recordtest.Edit(madeHousehold(1), d.base(), people(11)))
			d.damage(sql, two[:])
			d.unlock()
			if _, err := d.as(recordtest.Officer).Get(ctx, two); !fault.Is(err, fault.NotFound) {
				t.Errorf("the damaged row: %v", err)
			}
			if d.row(recordtest.ID(1)).Int("people") != 11 || d.row(recordtest.ID(3)).Int("people") != 3 {
				t.Error("the other rows are not there")
			}
			if found := must(d.VerifyRows(ctx)); len(found) != 1 || found[0].What != replica.Damaged || found[0].Scope != recordtest.Here {
				t.Errorf("verify: %+v, want the row", found)
			}
			d.reopen() // it is not forgotten that the scope is not whole
			d.unlock()
			s.push(d)
			s.mend(d)
			if d.row(two).Int("people") != 2 {
				t.Error("the row did not come back")
			}
			if named := d.Mended(); !slices.ContainsFunc(named, func(m replica.Mismatch) bool { return m.Record == two }) {
				t.Errorf("mended: %+v", named)
			}
			d.reopen()
			d.unlock()
			if found := must(d.VerifyRows(ctx)); len(found) != 0 || d.row(two).Int("people") != 2 {
				t.Errorf("verify after the repair: %+v", found)
			}
		})
	}
}

// TestDamagedWork: a change set that waits and does not open is counted and named, and
// never sent; those before and after it go on, and so does new work.
func TestDamagedWork(t *testing.T) {
	for _, sql := range []string{
		"UPDATE outbox SET sealed = zeroblob(length(sealed)) WHERE number = ?",
		"UPDATE outbox SET sealed = (SELECT o.sealed FROM outbox AS o WHERE o.number = 4) WHERE number = ?",
		"UPDATE outbox SET number = 99 WHERE number = ?",
		"UPDATE outbox SET incarnation = zeroblob(16) WHERE number = ?",
	} {
		t.Run(sql, func(t *testing.T) {
			s, d := worked(t)
			for n := 4; n <= 7; n++ {
				d.apply(recordtest.Create(madeHousehold(n), people(int64(n))))
			}
			d.damage(sql, 5)
			for range 2 {
				d.unlock()
				if st := must(d.Status(ctx)); st.Broken != 1 || st.Waiting != 3 || st.Refused != 0 {
					t.Errorf("status %+v, want one broken and three waiting", st)
				}
				d.reopen()
			}
			d.unlock()
			d.apply(recordtest.Create(madeHousehold(8), people(8)))
			s.push(d)
			s.push(d) // where the first one found a hole
			for n := 4; n <= 8; n++ {
				if there := s.rows[recordtest.ID(n)] != nil; there != (n != 5) {
					t.Errorf("household %d at the server: %v", n, there)
				}
			}
			if !s.pull(d, recordtest.Officer) {
				t.Error("digest does not match")
			}
			if st := must(d.Status(ctx)); st.Broken != 1 || st.Waiting != 0 {
				t.Errorf("afterwards %+v", st)
			}
		})
	}
}

// TestDamageIsNamed: work is named to who verifies, once.
func TestDamageIsNamed(t *testing.T) {
	_, d := worked(t)
	d.apply(recordtest.Create(madeHousehold(4), nil))
	d.apply(recordtest.Create(madeHousehold(5), nil))
	d.damage("UPDATE outbox SET sealed = zeroblob(length(sealed)) WHERE state = 0")
	d.unlock()
	want := []replica.Mismatch{{Scope: recordtest.Here, What: replica.Unreadable}, {Scope: recordtest.Here, What: replica.Unreadable}}
	if found := must(d.VerifyRows(ctx)); !slices.Equal(found, want) {
		t.Errorf("got %+v", found)
	}
	if found := must(d.VerifyRows(ctx)); len(found) != 0 {
		t.Errorf("the second time %+v", found)
	}
}

// TestDamagedWhileOpen: what is damaged after it was loaded stops no session either.
func TestDamagedWhileOpen(t *testing.T) {
	s, d := worked(t)
	for n := 4; n <= 6; n++ {
		d.apply(recordtest.Create(madeHousehold(n), people(int64(n))))
	}
	db := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
	defer db.Close()
	must(db.Exec("UPDATE outbox SET sealed = zeroblob(length(sealed)) WHERE number = 5"))
	s.push(d) // finds it
	s.push(d)
	if st := must(d.Status(ctx)); st.Broken != 1 || st.Waiting != 0 || s.rows[recordtest.ID(6)] == nil {
		t.Errorf("status %+v", st)
	}
}

// refusedAndDamaged returns a device with two refused change sets, of which number 4 does not open.
func refusedAndDamaged(t *testing.T) *device {
	t.Helper()
	s, d := worked(t)
	s.refuse["test.create"] = true
	d.apply(recordtest.Create(madeHousehold(4), nil))
	d.apply(recordtest.Create(madeHousehold(5), nil))
	s.push(d)
	d.damage("UPDATE outbox SET sealed = zeroblob(length(sealed)) WHERE number = 4")
	d.unlock()
	return d
}

// TestDamagedTray: what was refused and does not open any more takes nothing else out
// of the tray.
func TestDamagedTray(t *testing.T) {
	d := refusedAndDamaged(t)
	tray := must(d.Tray(ctx))
	if len(tray) != 1 || tray[0].Items[0].Set.Writes[0].Header.ID != recordtest.ID(5) {
		t.Errorf("tray %+v, want the other one", tray)
	}
	if st := must(d.Status(ctx)); st.Broken != 1 || st.Refused != 1 {
		t.Errorf("status %+v", st)
	}
}

// TestBrokenIsDismissed: a person reads what is left of work that does not open, and puts it aside with a reason, which is
// in the audit log. It stays on the disk, is counted apart, and nothing else leaves the tray that way.
func TestBrokenIsDismissed(t *testing.T) {
	d := refusedAndDamaged(t)
	left := must(d.Broken(ctx))
	if len(left) != 1 || left[0].Link.Number != 4 || left[0].Link.Lane.Scope != recordtest.Here || left[0].MadeMS == 0 || len(left[0].Sealed) == 0 {
		t.Fatalf("left is %+v", left)
	}
	k := newKeeper()
	if _, err := d.mustSend(t, k, 0); err != nil {
		t.Fatal(err)
	}
	before := k.whats(t)["tray.dismiss"]
	who := replica.Session{Actor: anna, Login: ident.Login{1}, Role: recordtest.Officer}
	if err := d.Dismiss(ctx, who, left[0].Link, " "); fault.From(err).Key != "replica.dismiss" {
		t.Errorf("without a reason: %v", err)
	}
	if err := d.Dismiss(ctx, who, must(d.Tray(ctx))[0].Items[0].Receipt.Link, "不要了"); !fault.Is(err, fault.NotFound) {
		t.Errorf("what can be corrected: %v", err)
	}
	if err := d.Dismiss(ctx, who, left[0].Link, "已照纸质表重新录入"); err != nil {
		t.Fatal(err)
	}
	if err := d.Dismiss(ctx, who, left[0].Link, "再来"); !fault.Is(err, fault.NotFound) {
		t.Errorf("a second time: %v", err)
	}
	if _, err := d.mustSend(t, k, 0); err != nil {
		t.Fatal(err)
	}
	entries := k.entries(t)
	if e := entries[len(entries)-1]; k.whats(t)["tray.dismiss"] != before+1 || e.Reason != "已照纸质表重新录入" || e.Actor != who.Actor {
		t.Errorf("the audit log ends with %+v", e)
	}
	for range 2 {
		if st := must(d.Status(ctx)); st.Broken != 0 || st.Dismissed != 1 || st.Refused != 1 || len(must(d.Broken(ctx))) != 0 {
			t.Errorf("status %+v", st)
		}
		d.reopen()
		d.unlock()
	}
}

// TestDamagedSeed: without its seed nothing of a lane can be proved, and all of it can
// in another one.
func TestDamagedSeed(t *testing.T) {
	for _, waits := range []int{0, 2} {
		t.Run(fmt.Sprint(waits), func(t *testing.T) {
			s, d := worked(t)
			for n := range waits {
				d.apply(recordtest.Create(madeHousehold(4+n), people(1)))
			}
			d.damage("UPDATE lanes SET seed = zeroblob(length(seed))")
			for range 2 {
				d.unlock()
				if st := must(d.Status(ctx)); st.Broken != 0 || st.Waiting != waits {
					t.Errorf("status %+v, want %d waiting", st, waits)
				}
				d.reopen()
			}
			d.unlock()
			d.apply(recordtest.Create(madeHousehold(9), people(9)))
			s.push(d)
			if len(s.accepted) != 3+waits+1 {
				t.Errorf("%d change sets at the server, want %d", len(s.accepted), 3+waits+1)
			}
		})
	}
}

// TestPutAside: a change set that the server cannot read is in the tray, whole; what
// follows it goes on, and no cursor says that the server has judged it.
func TestPutAside(t *testing.T) {
	s, d := worked(t)
	for n := 4; n <= 6; n++ {
		d.apply(recordtest.Create(madeHousehold(n), people(int64(n))))
	}
	old := d.Unsent()[0].Lane
	if err := d.PutAside(ctx, old, 5); err != nil {
		t.Fatal(err)
	}
	if err := d.PutAside(ctx, old, 5); err != nil { // asked again
		t.Fatal(err)
	}
	if err := d.PutAside(ctx, old, 2); err != nil { // it has its receipt
		t.Fatal(err)
	}
	s.push(d)
	if s.rows[recordtest.ID(4)] == nil || s.rows[recordtest.ID(5)] != nil || s.rows[recordtest.ID(6)] == nil {
		t.Error("what stood around it did not go on")
	}
	tray := must(d.Tray(ctx))
	if len(tray) != 1 || tray[0].Items[0].Receipt.Reason != "sync.reject.unread" || tray[0].Items[0].Set.Writes[0].Header.ID != recordtest.ID(5) {
		t.Fatalf("tray %+v", tray)
	}
	link := tray[0].Items[0].Receipt.Link
	named := func() bool {
		return slices.ContainsFunc(d.Cursors()[0].Lanes, func(e wire.LaneEnd) bool { return e.Incarnation == old.Incarnation && e.Number >= 5 })
	}
	if named() {
		t.Error("the cursor names a receipt that never came")
	}
	if err := d.Discard(ctx, replica.Session{Actor: anna, Role: recordtest.Officer}, link); err != nil {
		t.Fatal(err)
	}
	if st := must(d.Status(ctx)); st.Refused != 0 || st.Waiting != 0 || len(must(d.Tray(ctx))) != 0 || named() {
		t.Errorf("given up: %+v, named %v", st, named())
	}
}

// TestKioskPutsAside: a kiosk cannot read its boxes to issue them again. They stay.
func TestKioskPutsAside(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1)
	d.grant(recordtest.Kiosk, recordtest.Here)
	for n := range 2 {
		act := kioskAct()
		act.Writes[0].Header, act.Writes[1].Header = recordtest.Header(recordtest.Household, 3+n), recordtest.Header(recordtest.Demand, 5+n)
		if _, err := d.as(recordtest.Kiosk).Apply(ctx, act); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.PutAside(ctx, d.Unsent()[0].Lane, 1); err != nil {
		t.Fatal(err)
	}
	if st := must(d.Status(ctx)); st.Refused != 1 || st.Stranded != 1 || st.Waiting != 0 {
		t.Errorf("status %+v, want one in the tray and one stranded", st)
	}
}

// TestDamagedKiosk: a kiosk opens as well. A scope of which part lies in the closed
// compartment cannot be compared, and is pulled anew.
func TestDamagedKiosk(t *testing.T) {
	s, laptop := worked(t)
	d := s.newDevice(replica.Kiosk, 2, func(set *replica.Setup) {
		set.User = &replica.NewUser{Actor: bert, Name: "村干部", Passphrase: passphrase}
	})
	d.grant(recordtest.Officer, recordtest.Here)
	d.Lock()
	laptop.apply(recordtest.Edit(madeHousehold(2), laptop.base(), recordtest.Fields{"plate": record.OfText("DS-2"), "name": record.OfText("陈秀英")}))
	s.push(laptop)
	s.pull(d, recordtest.Officer)
	two := recordtest.ID(2)
	d.damage("UPDATE base SET sealed = zeroblob(length(sealed)) WHERE id = ?", two[:])
	if c := d.Cursors()[0]; c.Version != 0 {
		t.Errorf("cursor at %s, want the beginning", c.Version)
	}
	if found := must(d.VerifyRows(ctx)); len(found) != 1 || found[0].What != replica.Damaged {
		t.Errorf("verify: %+v", found)
	}
	if !s.pull(d, recordtest.Officer) || d.row(two).Text("plate") != "DS-2" {
		t.Error("the row did not come back")
	}
	if _, err := d.Unlock(ctx, bert, passphrase); err != nil || d.row(two).Text("name") != "陈秀英" {
		t.Errorf("the staff does not see what is theirs: %v", err)
	}
}

// TestDamagedWorkIsRevoked: what does not open any more holds up no revocation; it is
// counted as broken, and the rest is handed over.
func TestDamagedWorkIsRevoked(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= 3; n++ {
		d.apply(recordtest.Create(madeHousehold(n), people(int64(n))))
	}
	db := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
	defer db.Close()
	must(db.Exec("UPDATE outbox SET sealed = zeroblob(length(sealed)) WHERE number = 2")) // after it was loaded
	entry := wire.ControlEntry{Number: must(d.Control(ctx)).Number + 1, Op: wire.ControlRevoke, Scope: recordtest.Here}
	if acks := must(d.ApplyControl(ctx, []wire.ControlEntry{entry})); len(acks) == 0 {
		t.Error("the revocation is not confirmed")
	}
	if st := must(d.Status(ctx)); st.Broken != 1 || st.Waiting != 2 {
		t.Errorf("%d broken and %d waiting, want 1 and 2", st.Broken, st.Waiting)
	}
}
