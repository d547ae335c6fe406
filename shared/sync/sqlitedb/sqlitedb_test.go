// SPDX-License-Identifier: Apache-2.0

package sqlitedb_test

import (
	"context"
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"testing"
	"testing/fstest"

	"yuexin/shared/fault"
	"yuexin/shared/sync/sqlitedb"
)

func mustOpen(t *testing.T, path string, o sqlitedb.Options) *sql.DB {
	t.Helper()
	db, err := sqlitedb.Open(context.Background(), path, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() }) // closing twice is harmless
	return db
}

func TestOpenSetsPragmas(t *testing.T) {
	for _, tc := range []struct {
		sync sqlitedb.Sync
		want string
	}{{"", "2"}, {sqlitedb.Full, "2"}, {sqlitedb.Normal, "1"}} {
		t.Run("sync "+string(tc.sync), func(t *testing.T) {
			db := mustOpen(t, filepath.Join(t.TempDir(), "odd %20?#名.db"), sqlitedb.Options{Sync: tc.sync})
			for pragma, want := range map[string]string{
				"journal_mode": "wal", "synchronous": tc.want, "foreign_keys": "1", "secure_delete": "1", "busy_timeout": "10000",
				"page_size": "8192",
			} {
				var got string
				if err := db.QueryRow("PRAGMA " + pragma).Scan(&got); err != nil {
					t.Fatal(err)
				}
				if got != want {
					t.Errorf("%s = %q, want %q", pragma, got, want)
				}
			}
		})
	}
}

func TestOpenMakesTheNamedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "a?b#c%41.db")
	db := mustOpen(t, path, sqlitedb.Options{})
	if _, err := db.Exec("CREATE TABLE t (a)"); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(path); err != nil {
		t.Errorf("database is elsewhere: %v", err)
	}
}

func TestFaultKinds(t *testing.T) {
	ctx := context.Background()
	dir := t.TempDir()

	t.Run("full", func(t *testing.T) {
		db := mustOpen(t, filepath.Join(dir, "full.db"), sqlitedb.Options{})
		if _, err := db.Exec("CREATE TABLE t (a BLOB)"); err != nil {
			t.Fatal(err)
		}
		if _, err := db.Exec("PRAGMA max_page_count = 4"); err != nil {
			t.Fatal(err)
		}
		err := sqlitedb.Write(ctx, db, func(tx *sql.Tx) error {
			_, err := tx.Exec("INSERT INTO t VALUES (zeroblob(100000))")
			return err
		})
		if got := fault.KindOf(err); got != fault.Exhausted {
			t.Errorf("kind = %v (%v), want exhausted", got, err)
		}
	})

	t.Run("not a database", func(t *testing.T) {
		path := filepath.Join(dir, "text.db")
		if err := os.WriteFile(path, []byte("this is a letter to the village committee, and no database at all ............................................."), 0o600); err != nil {
			t.Fatal(err)
		}
		_, err := sqlitedb.Open(ctx, path, sqlitedb.Options{})
		if got := fault.KindOf(err); got != fault.Corrupt {
			t.Errorf("kind = %v (%v), want corrupt", got, err)
		}
	})

	t.Run("no folder", func(t *testing.T) {
		_, err := sqlitedb.Open(ctx, filepath.Join(dir, "none", "x.db"), sqlitedb.Options{})
		if got := fault.KindOf(err); got != fault.NotAllowed {
			t.Errorf("kind = %v (%v), want not_allowed", got, err)
		}
	})

	t.Run("others pass", func(t *testing.T) {
		plain, own := errors.New("plain"), fault.New(fault.Stale, "x")
		if sqlitedb.Fault(nil) != nil || sqlitedb.Fault(plain) != plain || !errors.Is(sqlitedb.Fault(own), own) {
			t.Error("an error that is not SQLite's was changed")
		}
	})
}

func TestCheckFindsDamage(t *testing.T) {
	ctx := context.Background()
	path := filepath.Join(t.TempDir(), "d.db")
	db := mustOpen(t, path, sqlitedb.Options{})
	if _, err := db.Exec("CREATE TABLE t (a TEXT PRIMARY KEY, b BLOB) STRICT"); err != nil {
		t.Fatal(err)
	}
	for i := range 200 {
		if _, err := db.Exec("INSERT INTO t VALUES (?, zeroblob(500))", i); err != nil {
			t.Fatal(err)
		}
	}
	if err := sqlitedb.Check(ctx, db); err != nil {
		t.Fatalf("sound file: %v", err)
	}
	if _, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)"); err != nil {
		t.Fatal(err)
	}
	if err := db.Close(); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	noise := make([]byte, 3*4096)
	for i := range noise {
		noise[i] = 0xA5
	}
	if _, err := f.WriteAt(noise, 2*4096); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if got := fault.KindOf(sqlitedb.Check(ctx, mustOpen(t, path, sqlitedb.Options{}))); got != fault.Corrupt {
		t.Errorf("kind = %v, want corrupt", got)
	}
}

func TestWriteRollsBack(t *testing.T) {
	ctx := context.Background()
	db := mustOpen(t, filepath.Join(t.TempDir(), "w.db"), sqlitedb.Options{})
	if _, err := db.Exec("CREATE TABLE t (a INTEGER) STRICT"); err != nil {
		t.Fatal(err)
	}
	stop := fault.New(fault.Conflict, "stop")
	err := sqlitedb.Write(ctx, db, func(tx *sql.Tx) error {
		if _, err := tx.Exec("INSERT INTO t VALUES (1)"); err != nil {
			return err
		}
		return stop
	})
	if !errors.Is(err, stop) {
		t.Errorf("err = %v, want stop", err)
	}
	var n int
	if err := db.QueryRow("SELECT count(*) FROM t").Scan(&n); err != nil {
		t.Fatal(err)
	}
	if n != 0 {
		t.Errorf("%d rows after a failed write, want 0", n)
	}
}

func TestMigrate(t *testing.T) {
	ctx := context.Background()
	db := mustOpen(t, filepath.Join(t.TempDir(), "m.db"), sqlitedb.Options{})
	one := fstest.MapFS{"sql/00001_a.sql": {Data: []byte("-- +goose Up\nCREATE TABLE a (x INTEGER) STRICT;\n")}}
	two := fstest.MapFS{
		"sql/00001_a.sql": one["sql/00001_a.sql"],
		"sql/00002_b.sql": {Data: []byte("-- +goose Up\nCREATE TABLE b (x INTEGER) STRICT;\n")},
	}
	for i, fsys := range []fstest.MapFS{one, one, two, two} {
		if err := sqlitedb.Migrate(ctx, db, fsys, "sql"); err != nil {
			t.Fatalf("run %d: %v", i, err)
		}
	}
	if _, err := db.Exec("INSERT INTO b VALUES (1)"); err != nil {
		t.Errorf("second step did not run: %v", err)
	}
	if got := fault.KindOf(sqlitedb.Migrate(ctx, db, one, "sql")); got != fault.Unsupported {
		t.Errorf("older program on newer file: kind = %v, want unsupported", got)
	}
}
