// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"yuexin/shared/sync/sqlitedb"
)

// damage flips a bit of one sealed cell in a device's file.
func (d *device) damage(table, key, where string) {
	d.t.Helper()
	db, err := sqlitedb.Open(d.t.Context(), filepath.Join(d.dir, "replica.db"), sqlitedb.Options{})
	if err != nil {
		d.t.Fatal(err)
	}
	defer db.Close()
	var row any
	var sealed []byte
	if err := db.QueryRow("SELECT "+key+", sealed FROM "+table+" WHERE "+where+" LIMIT 1").Scan(&row, &sealed); err != nil {
		d.t.Fatal(err)
	}
	sealed[len(sealed)/2] ^= 1
	if _, err := db.Exec("UPDATE "+table+" SET sealed = ? WHERE "+key+" = ?", sealed, row); err != nil {
		d.t.Fatal(err)
	}
}

// verifies returns what status --verify names; it fails if that is anything.
func (d *device) verifies() (named []string) {
	d.t.Helper()
	out, r := line{program: d.program, args: []string{"status", "--verify", "--dir", d.dir}}.refused(d.t)
	if r.Code != "corrupt" {
		d.t.Errorf("status --verify: %+v", r)
	}
	var list []struct{ Scope, Record, What string }
	if err := json.Unmarshal(out, &list); err != nil {
		d.t.Fatalf("%v\n%s", err, out)
	}
	for _, m := range list {
		named = append(named, m.What)
	}
	slices.Sort(named)
	return named
}

// TestDamagedFile flips a bit of a pulled row and of a change set that waits, between
// two processes. Both are named, the row comes back from the server, and everything
// else goes on.
func TestDamagedFile(t *testing.T) {
	t.Parallel()
	s := running(t)
	laptop, other := s.enrol("agent", "laptop"), s.enrol("agent", "other")
	id := laptop.first()
	other.sync()
	rows := len(laptop.list("household"))
	laptop.put("household", entry{ID: id, Fields: map[string]string{"remark": "会损坏的备注"}})
	laptop.put("household", entry{ID: id, Fields: map[string]string{"remark": "后来的备注"}})
	laptop.damage("outbox", "seq", "state = 0 ORDER BY seq")
	laptop.damage("base", "id", "scope LIKE 'unit:%' ORDER BY id DESC")

	s.kill() // without a link it is named all the same
	if named := laptop.verifies(); !slices.Equal(named, []string{"damaged", "unreadable"}) {
		t.Errorf("without a link: %v", named)
	}
	s.start()
	if st := laptop.sync(); st.Waiting != 0 || st.Broken != 1 {
		t.Errorf("after sync: %+v, want nothing waiting and one that cannot be read", st)
	}
	var named []any
	if laptop.do(&named, "status", "--verify"); len(named) != 0 {
		t.Errorf("after sync: %v", named)
	}
	if n := len(laptop.list("household")); n != rows {
		t.Errorf("%d households are here, want %d", n, rows)
	}
	other.sync()
	for name, d := range map[string]*device{"this": laptop, "another": other} {
		if r := d.get(id); r.Fields["remark"] != "后来的备注" {
			t.Errorf("%s device reads %q", name, r.Fields["remark"])
		}
	}

	laptop.damage("base", "id", "scope LIKE 'unit:%' ORDER BY id") // and with a link it is mended at once
	if named := laptop.verifies(); !slices.Equal(named, []string{"damaged", "mended"}) {
		t.Errorf("with a link: %v", named)
	}
	if laptop.do(&named, "status", "--verify"); len(named) != 0 {
		t.Errorf("afterwards: %v", named)
	}
	s.clean()
}
