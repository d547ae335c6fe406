// SPDX-License-Identifier: Apache-2.0

package powerloss_test

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/sqlitedb/powerloss"
)

// rows inserts n rows, each in a transaction, and notes each that was committed.
func rows(t *testing.T, d *powerloss.Disk, dir string, sync sqlitedb.Sync, n int) {
	t.Helper()
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "x.db"), sqlitedb.Options{Sync: sync})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if _, err := db.Exec("CREATE TABLE t (n INTEGER PRIMARY KEY, b BLOB) STRICT; PRAGMA wal_autocheckpoint = 20"); err != nil {
		t.Fatal(err)
	}
	d.Note(0)
	for i := 1; i <= n; i++ {
		if _, err := db.Exec("INSERT INTO t VALUES (?, randomblob(2000))", i); err != nil {
			t.Fatal(err)
		}
		d.Note(i)
	}
}

// none is how many rows there are without a table.
const none = -1

// found opens an image and returns how many rows are there; they have to be the
// first ones.
func found(t *testing.T, d *powerloss.Disk, at int, l powerloss.Loss) (int, error) {
	t.Helper()
	dir := t.TempDir()
	if err := d.Image(dir, "data", at, l); err != nil {
		t.Fatal(err)
	}
	db, err := sqlitedb.Open(t.Context(), filepath.Join(dir, "x.db"), sqlitedb.Options{})
	if err != nil {
		return 0, err
	}
	defer db.Close()
	var n, last sql.NullInt64
	if err := db.QueryRow("SELECT count(*) FROM sqlite_schema").Scan(&n); err != nil || n.Int64 == 0 {
		return none, err
	}
	if err := db.QueryRow("SELECT count(*), max(n) FROM t").Scan(&n, &last); err != nil {
		return 0, err
	}
	if n.Int64 != last.Int64 {
		return 0, fmt.Errorf("%d rows, the last is %d", n.Int64, last.Int64)
	}
	return int(n.Int64), sqlitedb.Check(context.Background(), db)
}

func promised(d *powerloss.Disk, at int) (n int) {
	n = none
	d.Notes(at, func(_ int, what any) { n = what.(int) })
	return n
}

// lost counts the moments at which a database has not what was committed.
func lost(t *testing.T, sync sqlitedb.Sync, f powerloss.Fault) (bad int, first error) {
	t.Helper()
	root := t.TempDir()
	dir := filepath.Join(root, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d := powerloss.Watch(t, root, f)
	rows(t, d, dir, sync, 60)
	random := rand.New(rand.NewPCG(1, 2))
	for range 150 {
		at := random.IntN(d.Len()) + 1
		n, err := found(t, d, at, powerloss.SomeLost(random))
		if want := promised(d, at); err != nil || n < want {
			bad++
			first = errors.Join(first, err)
		}
	}
	return bad, first
}

// TestFull: a commit in mode FULL is there after any loss of power.
func TestFull(t *testing.T) {
	if bad, err := lost(t, sqlitedb.Full, powerloss.Sound); bad > 0 {
		t.Errorf("at %d of 150 moments something committed was gone: %v", bad, err)
	}
}

// Less than FULL loses commits, and the model shows it: it can fail.
func TestLess(t *testing.T) {
	t.Run("NORMAL", func(t *testing.T) {
		if bad, err := lost(t, sqlitedb.Normal, powerloss.Sound); bad == 0 || err != nil {
			t.Errorf("at %d moments the last commits were gone, want some, and a sound file: %v", bad, err)
		}
	})
	t.Run("OFF", func(t *testing.T) {
		if bad, _ := lost(t, sqlitedb.Full, powerloss.NoSync); bad < 50 {
			t.Errorf("at %d of 150 moments something was gone, want most", bad)
		}
	})
	t.Run("late", func(t *testing.T) {
		if bad, _ := lost(t, sqlitedb.Full, powerloss.LateSync); bad == 0 {
			t.Error("a sync that returns too early was not noticed")
		}
	})
}

// What was not lost is what the file system has.
func TestKilled(t *testing.T) {
	root := t.TempDir()
	dir := filepath.Join(root, "data")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	d := powerloss.Watch(t, root, powerloss.Sound)
	rows(t, d, dir, sqlitedb.Full, 60)
	image := t.TempDir()
	if err := d.Image(image, "data", d.Len(), powerloss.Killed()); err != nil {
		t.Fatal(err)
	}
	want, err := os.ReadFile(filepath.Join(dir, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	got, err := os.ReadFile(filepath.Join(image, "x.db"))
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(want) {
		t.Errorf("the image of a sound disk differs from the file: %d bytes, %d", len(got), len(want))
	}
}
