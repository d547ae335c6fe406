// SPDX-License-Identifier: Apache-2.0

package postgres_test

import (
	"database/sql/driver"
	"errors"
	"fmt"
	"os"
	"sync"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/pgtest"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/database"
	"yuexin/syncserver/store/postgres"
	"yuexin/syncserver/store/storetest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Run(m)) }

// databases remembers which database a folder's store has, so that opening it again is a restart.
type databases struct {
	mu   sync.Mutex
	urls map[string]string
}

func (d *databases) of(t testing.TB, dir string) postgres.Database {
	t.Helper()
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.urls[dir] == "" {
		d.urls[dir] = pgtest.Database(t)
	}
	return postgres.At(d.urls[dir])
}

// quota is a database whose disk can be said to be full: PostgreSQL knows no quota, so a trigger says what the server says when a
// file cannot grow.
type quota struct{ postgres.Database }

func (quota) Limit(on database.Conn, pages int) error {
	if pages == 0 {
		return on.Run(`DROP TRIGGER full_disk ON frame`)
	}
	return on.Run(`
		CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS $$
		BEGIN
			RAISE EXCEPTION 'could not extend file: No space left on device' USING ERRCODE = 'disk_full';
		END $$;
		CREATE TRIGGER full_disk BEFORE INSERT ON frame FOR EACH ROW EXECUTE FUNCTION full_disk();`)
}

func options(s storetest.Setup, data database.Engine) central.Options {
	return central.Options{
		Dir: s.Dir, Data: data, Catalogue: s.Catalogue, Access: s.Access, Rules: s.Rules, Now: s.Now, Snapshots: s.Snapshots,
	}
}

func open(t testing.TB, s storetest.Setup, data database.Engine) *central.Store {
	t.Helper()
	st, err := central.Open(t.Context(), options(s, data))
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	return st
}

func TestStore(t *testing.T) {
	d := databases{urls: make(map[string]string)}
	storetest.Test(t, func(t testing.TB, s storetest.Setup) store.Store {
		t.Helper()
		return open(t, s, quota{d.of(t, s.Dir)})
	})
}

// TestServerAway: while PostgreSQL is away nothing is taken and nothing is lost; once it is back the store goes on, without
// being opened again.
func TestServerAway(t *testing.T) {
	s := storetest.NewSetup(t)
	st := open(t, s, postgres.At(pgtest.Database(t)))
	d := storetest.Enrol(t, st, "officer", "officer", storetest.Dasha)
	put := func() []record.ChangeSet {
		return []record.ChangeSet{d.Make(d.Own(storetest.Dasha),
			storetest.Create(d.Header(t, "household", storetest.Dasha), storetest.Fields{"holder": storetest.Text("李四")}))}
	}
	commit := func(b *wire.Batch) error {
		_, err := st.Commit(t.Context(), d.Submit(b))
		return err
	}
	if err := commit(d.Batch(t, put()...)); err != nil {
		t.Fatal(err)
	}
	late := d.Batch(t, put()...)
	pgtest.Away(t, func() {
		for range 3 {
			if err := commit(late); !fault.Is(err, fault.Unavailable) {
				t.Errorf("commit while the server is away: %v", err)
			}
			if _, err := st.Scope(t.Context(), storetest.Dasha); !fault.Is(err, fault.Unavailable) {
				t.Errorf("read while the server is away: %v", err)
			}
		}
	})
	if err := commit(late); err != nil {
		t.Fatalf("commit after the server came back: %v", err)
	}
	if at, err := st.Scope(t.Context(), storetest.Dasha); err != nil || at.Head.Seq() != 2 {
		t.Errorf("the scope stands at %v, %v", at.Head, err)
	}
	storetest.MustVerify(t, st)
	if err := st.Close(); err != nil {
		t.Error(err)
	}
}

// TestLongAnswerIsWhole: an answer that is longer than what is fetched at a time has each of its rows once, though PostgreSQL sorts
// equal ones otherwise where it knows that few are wanted.
func TestLongAnswerIsWhole(t *testing.T) {
	const rows = 5000
	data := postgres.At(pgtest.Database(t))
	w, err := data.Writer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	err = w.Run(fmt.Sprintf(`CREATE TABLE many AS SELECT n %% 10 AS tenth, n FROM generate_series(1, %d) AS n ORDER BY md5(n::text)`, rows))
	if err = errors.Join(err, w.Close()); err != nil {
		t.Fatal(err)
	}
	r, err := data.Reader(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if err := r.Begin(); err != nil {
		t.Fatal(err)
	}
	seen := map[int64]int{}
	err = r.Query(func(row []driver.Value) error {
		seen[row[0].(int64)]++
		return nil
	}, `SELECT n FROM many ORDER BY tenth`)
	if err != nil || len(seen) != rows {
		t.Errorf("%d of %d rows, %v", len(seen), rows, err)
	}
	for n, times := range seen {
		if times != 1 {
			t.Fatalf("row %d came %d times", n, times)
		}
	}
}

// TestOneWriter: a second server on the same database is refused.
func TestOneWriter(t *testing.T) {
	data := postgres.At(pgtest.Database(t))
	one, two := storetest.NewSetup(t), storetest.NewSetup(t)
	st := open(t, one, data)
	if err := os.CopyFS(two.Dir, os.DirFS(one.Dir)); err != nil {
		t.Fatal(err)
	}
	if _, err := central.Open(t.Context(), options(two, data)); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second server: %v", err)
	}
	if err := st.Close(); err != nil {
		t.Error(err)
	}
	again := open(t, two, data)
	if err := again.Close(); err != nil {
		t.Error(err)
	}
}
