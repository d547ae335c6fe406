// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"database/sql"
	"path/filepath"
	"strings"
	"testing"

	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// TestWaitingIsFilledOnce: a store from before the table lists, once it is opened,
// what waits in its records; and a table that says otherwise is a breach.
func TestWaitingIsFilledOnce(t *testing.T) {
	s := storetest.NewSetup(t)
	st := mustOpen(t, s)
	a, b := storetest.Enrol(t, st, "a", "officer", storetest.Dasha), storetest.Enrol(t, st, "b", "officer", storetest.Dasha)
	h := a.Header(t, "household", storetest.Dasha)
	a.Put(t, st, record.Accepted, a.Own(storetest.Dasha), storetest.Create(h, storetest.Fields{"debt": storetest.Int(1)}))
	b.Put(t, st, record.InReview, record.Base{}, storetest.Edit(h, storetest.Fields{"debt": storetest.Int(2)}))
	mustClose(t, st)

	empty := func(also string) {
		t.Helper()
		db, err := sql.Open("sqlite3", filepath.Join(s.Dir, central.DataFile))
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if _, err := db.Exec(`DELETE FROM waiting` + also); err != nil {
			t.Fatal(err)
		}
	}
	empty(`; DELETE FROM setting WHERE name = 'waiting'`)
	st = mustOpen(t, s)
	rows, err := st.As(storetest.Everyone()).List(t.Context(), record.Query{Kind: "household", Waiting: record.WaitsDispute})
	if err != nil || len(rows) != 1 {
		t.Errorf("%d rows wait, %v; want the one that was there before", len(rows), err)
	}
	mustClose(t, st)

	empty("")
	st = mustOpen(t, s)
	var found []string
	err = st.Verify(t.Context(), func(b store.Breach) { found = append(found, b.Rule) })
	if err != nil || !strings.Contains(strings.Join(found, " "), "waiting") {
		t.Errorf("breaches %v, %v; want one of waiting", found, err)
	}
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
}
