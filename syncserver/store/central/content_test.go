// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"database/sql"
	"path/filepath"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// TestErasureOfOneOfTwo destroys the key of one of two people that one act was
// about. Their content, and with it the salt, cannot be opened by any key that is
// left; the other's record is whole, the chain still verifies, and the act does not
// come back when it is issued again.
func TestErasureOfOneOfTwo(t *testing.T) {
	s := storetest.NewSetup(t)
	st := mustOpen(t, s)
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	gone, stays := d.Header(t, "household", storetest.Dasha), d.Header(t, "household", storetest.Dasha)
	cs := d.Make(d.Own(storetest.Dasha),
		storetest.Create(gone, storetest.Fields{"holder": storetest.Text("甲")}),
		storetest.Create(stays, storetest.Fields{"holder": storetest.Text("乙")}),
		storetest.Create(d.Header(t, "unit", storetest.Dasha), storetest.Fields{"name": storetest.Text("大沙")}),
	)
	signature, err := d.Person.Sign(nil, "yuexin person", wire.PersonBytes(&cs))
	if err != nil {
		t.Fatal(err)
	}
	cs.PersonSignature = signature
	first := d.Send(t, st, cs)[0]

	again := reissued(t, d, cs)
	if r := d.Send(t, st, again)[0]; r.Outcome != record.Accepted || r.Version != first.Version {
		t.Errorf("with all keys, issued again: got %s as %s, want %s", r.Outcome, r.Version, first.Version)
	}
	mustClose(t, st)
	destroyKey(t, s.Dir, gone.Subject)

	st = mustOpen(t, s)
	t.Cleanup(func() { _ = st.Close() }) // the digest knows nothing of this erasure: no mustClose
	err = st.Verify(t.Context(), func(b store.Breach) {
		if b.Rule == "content" || b.Rule == "chain" || b.Rule == "log" {
			t.Errorf("breach of %s: %s", b.Rule, b.What)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := storetest.Row(t, st, stays.ID).Text("holder"); got != "乙" {
		t.Errorf("the other's holder: got %q", got)
	}
	if r := d.Send(t, st, reissued(t, d, again))[0]; r.Outcome != record.Erased {
		t.Errorf("issued again after the erasure: got %s %s, want erased", r.Outcome, r.Reason)
	}
	if n := keysOf(t, s.Dir, gone.Subject); n != 0 {
		t.Errorf("%d keys of the erased subject, want none: its content was kept once more", n)
	}
}

// reissued moves a change set to a new lane of the device.
func reissued(t *testing.T, d *storetest.Device, cs record.ChangeSet) record.ChangeSet {
	t.Helper()
	was := cs.Link
	d.NewLanes(t)
	cs.Link = d.Make(d.Own(storetest.Dasha), cs.Writes...).Link
	if cs.Origin == nil {
		cs.Origin = &was
	}
	return cs
}

func keysOf(t *testing.T, dir string, subject ident.Subject) (n int) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, central.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(`SELECT count(*) FROM data_key WHERE name = ?`, subject[:]).Scan(&n); err != nil {
		t.Fatal(err)
	}
	return n
}

func destroyKey(t *testing.T, dir string, subject ident.Subject) {
	t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(dir, central.KeyFile))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	res, err := db.Exec(`DELETE FROM data_key WHERE name = ?`, subject[:])
	if err != nil {
		t.Fatal(err)
	}
	if n, _ := res.RowsAffected(); n != 1 {
		t.Fatalf("%d keys destroyed, want one", n)
	}
}
