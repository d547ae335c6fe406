// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// cutStore is a store with a village that is worth a snapshot.
type cutStore struct {
	*central.Store
	t       *testing.T
	setup   storetest.Setup
	device  *storetest.Device
	headers []record.Header
}

func openCut(t *testing.T, rule *snapshot.Rule, records int) *cutStore {
	t.Helper()
	s := storetest.NewSetup(t)
	s.Snapshots = rule
	c := &cutStore{Store: mustOpen(t, s), t: t, setup: s}
	c.device = storetest.Enrol(t, c.Store, "officer", "officer", storetest.Dasha)
	for i := range records {
		h := c.device.Header(t, "household", storetest.Dasha)
		c.headers = append(c.headers, h)
		c.device.Put(t, c.Store, record.Accepted, c.device.Own(storetest.Dasha), storetest.Create(h, storetest.Fields{
			"mu": storetest.Int(int64(i)), "faith": storetest.Text(fmt.Sprintf("SECRET-%d", i)),
		}))
	}
	return c
}

func (c *cutStore) get(role record.Role) *wire.Snapshot {
	c.t.Helper()
	m, err := c.Snapshot(c.t.Context(), storetest.Dasha, c.setup.Access.View(role), wire.HeldSnapshot{})
	if err != nil {
		c.t.Fatal(err)
	}
	return m
}

// number asks one of the store's files for a number.
func (c *cutStore) number(file, query string) (n int) {
	c.t.Helper()
	db, err := sql.Open("sqlite3", filepath.Join(c.setup.Dir, file))
	if err != nil {
		c.t.Fatal(err)
	}
	defer db.Close()
	if err := db.QueryRow(query).Scan(&n); err != nil {
		c.t.Fatal(err)
	}
	return n
}

const snapshotKeys = `SELECT count(*) FROM data_key WHERE CAST(name AS TEXT) LIKE 'snapshot:%'`

// What is erased cannot be read in a snapshot from the moment on at which the key is
// destroyed, whoever destroys it; the next snapshot is without it.
func TestErasureEndsSnapshots(t *testing.T) {
	c := openCut(t, storetest.SnapshotRule(t), 12)
	defer func() { mustClose(t, c.Store) }()
	gone := c.headers[3]
	m := c.get("officer")
	storetest.Pieces(t, c.Store, m)
	c.device.Put(t, c.Store, record.Accepted, c.device.Seen(t, c.Store, storetest.Dasha), storetest.Delete(gone)) // counts for no digest any more
	destroyKey(t, c.setup.Dir, gone.Subject)
	if n := c.number(central.KeyFile, snapshotKeys); n != 0 {
		t.Errorf("%d keys of snapshots are left", n)
	}
	if _, err := c.SnapshotPiece(t.Context(), storetest.Dasha, m.ID, 0, 0); !fault.Is(err, fault.Gone) {
		t.Errorf("a piece after the erasure: %v", err)
	}
	if err := c.Close(); err != nil { // the keys that are ready go with the process
		t.Fatal(err)
	}
	c.Store = mustOpen(t, c.setup)
	if n := c.number(central.DataFile, `SELECT count(*) FROM snapshot_block`); n != 0 {
		t.Errorf("%d blocks that nobody can read are kept", n)
	}
	next := c.get("officer")
	if next == nil || next.ID == m.ID {
		t.Fatalf("the next is %+v", next)
	}
	for _, chunk := range storetest.Pieces(t, c.Store, next) {
		rows, err := wire.DecodeChunk(chunk)
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			for _, f := range row.Fields {
				if row.Header == gone && f.Field == "faith" {
					t.Errorf("it has %s of the erased", f.Field)
				}
			}
		}
	}
}

// A snapshot lies sealed, and a backup has none of it.
func TestSnapshotAtRest(t *testing.T) {
	c := openCut(t, storetest.SnapshotRule(t), 12)
	c.get("officer")
	dir := filepath.Join(t.TempDir(), "backup")
	if err := c.Backup(t.Context(), dir); err != nil {
		t.Fatal(err)
	}
	mustClose(t, c.Store)
	for _, folder := range []string{c.setup.Dir, dir} {
		data, err := os.ReadFile(filepath.Join(folder, central.DataFile))
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Contains(data, []byte("SECRET-")) {
			t.Errorf("%s shows what should be sealed", folder)
		}
	}
	copied := &cutStore{t: t, setup: storetest.Setup{Dir: dir}}
	if n := copied.number(central.DataFile, `SELECT (SELECT count(*) FROM snapshot) + (SELECT count(*) FROM snapshot_block)`); n != 0 {
		t.Errorf("the backup has %d rows of snapshots", n)
	}
	copied.setup.Dir = filepath.Join(dir, "keys")
	if n := copied.number(central.KeyFile, snapshotKeys); n != 0 {
		t.Errorf("and %d of their keys", n)
	}
}

// What was being made when the process ended is removed.
func TestHalfMadeSnapshot(t *testing.T) {
	c := openCut(t, storetest.SnapshotRule(t), 12)
	m := c.get("officer")
	mustClose(t, c.Store)
	db, err := sql.Open("sqlite3", filepath.Join(c.setup.Dir, central.DataFile))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := db.Exec(`UPDATE snapshot SET id = x'', message = x''`); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	c.Store = mustOpen(t, c.setup)
	defer func() { mustClose(t, c.Store) }()
	if n := c.number(central.DataFile, `SELECT (SELECT count(*) FROM snapshot) + (SELECT count(*) FROM snapshot_block)`); n != 0 {
		t.Errorf("%d rows of it are left", n)
	}
	if again := c.get("officer"); again == nil || again.ID != m.ID {
		t.Error("it is not made anew")
	}
}

// noise is text that does not compress.
func noise(n int) string {
	b := make([]byte, n)
	x := uint64(n)
	for i := range b {
		x = x*6364136223846793005 + 1442695040888963407
		b[i] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-"[x>>58]
	}
	return string(b)
}

// The oldest go when all together are too large, and what is too large alone, or
// cannot be cut, is sent as rows.
func TestSnapshotsAreBounded(t *testing.T) {
	rule := func(least int) *snapshot.Rule {
		r, err := snapshot.ParseRule(strings.NewReader(fmt.Sprintf(`{
			"version": 1, "chunk_rows": 5, "least_rows": %d, "stale_percent": 50, "keep_hours": 24, "total_mb": 1}`, least)))
		if err != nil {
			t.Fatal(err)
		}
		return r
	}
	c := openCut(t, rule(10), 12)
	defer func() { mustClose(t, c.Store) }()
	for i := range 12 {
		c.device.Put(t, c.Store, record.Accepted, c.device.Seen(t, c.Store, storetest.Dasha),
			storetest.Edit(c.headers[i], storetest.Fields{"village": storetest.Text(noise(60_000 + i))}))
	}
	officer := c.get("officer") // some 540 kB
	kiosk := c.get("kiosk")     // as much again
	if officer == nil || kiosk == nil {
		t.Fatal("no snapshot")
	}
	if _, err := c.SnapshotPiece(t.Context(), storetest.Dasha, officer.ID, 0, 0); !fault.Is(err, fault.Gone) {
		t.Errorf("the older of two that are too large together: %v", err)
	}
	if n := c.number(central.KeyFile, snapshotKeys); n != 1 {
		t.Errorf("%d keys of one snapshot", n)
	}
	for i := range 12 {
		c.device.Put(t, c.Store, record.Accepted, c.device.Seen(t, c.Store, storetest.Dasha),
			storetest.Edit(c.headers[i], storetest.Fields{"holder": storetest.Text(noise(64_000 + i))}))
	}
	if m := c.get("officer"); m != nil {
		t.Errorf("one of more than a megabyte is kept: %d chunks", len(m.Sizes))
	}
	if n := c.number(central.DataFile, `SELECT count(*) FROM snapshot WHERE id = x''`); n != 0 {
		t.Errorf("and %d rows of it are left", n)
	}
}

// On a full disk a device gets rows, which need no room there.
func TestNoRoomForASnapshot(t *testing.T) {
	c := openCut(t, storetest.SnapshotRule(t), 12)
	defer func() { mustClose(t, c.Store) }()
	for i := range 12 {
		c.device.Put(t, c.Store, record.Accepted, c.device.Seen(t, c.Store, storetest.Dasha),
			storetest.Edit(c.headers[i], storetest.Fields{"village": storetest.Text(noise(30_000 + i))}))
	}
	if err := c.LimitPages(t.Context(), c.number(central.DataFile, `PRAGMA page_count`)); err != nil {
		t.Fatal(err)
	}
	if m := c.get("officer"); m != nil {
		t.Error("a snapshot was written to a full disk")
	}
	if err := c.LimitPages(t.Context(), 0); err != nil {
		t.Fatal(err)
	}
	if m := c.get("officer"); m == nil {
		t.Error("no snapshot when there is room again")
	}
}

// Of many who ask at once one makes it.
func TestSnapshotIsMadeOnce(t *testing.T) {
	c := openCut(t, storetest.SnapshotRule(t), 30)
	defer func() { mustClose(t, c.Store) }()
	var all sync.WaitGroup
	for range 16 {
		all.Go(func() {
			if m, err := c.Snapshot(t.Context(), storetest.Dasha, c.setup.Access.View("officer"), wire.HeldSnapshot{}); m == nil || err != nil {
				t.Errorf("%v, %v", m, err)
			}
		})
	}
	all.Wait()
	if n := c.number(central.DataFile, `SELECT max(number) FROM snapshot`); n != 1 {
		t.Errorf("%d were made", n)
	}
}
