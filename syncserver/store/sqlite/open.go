// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"github.com/pressly/goose/v3"

	"yuexin/shared/dirlock"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/syncserver/store"
)

// The files of a store in its folder.
const (
	DataFile   = "data.db"
	KeyFile    = "keys.db"
	MasterFile = "master.key"
)

//go:embed sql
var schema embed.FS

// Options says how to open a store. Dir, Catalogue, Access and Now are needed.
type Options struct {
	Dir       string            // made if it does not exist
	Catalogue *record.Catalogue // until SetRules
	Access    *record.Access    // until SetRules
	Rules     []store.Rule      // of the domain, asked in order
	Now       func() time.Time  // the server's clock
	Random    io.Reader         // nil: crypto/rand
	Keys      KeyService        // nil: the master key lies in MasterFile
	Log       *slog.Logger      // nil: nothing is logged
	Snapshots *snapshot.Rule    // nil: devices get rows
}

// Store is the central store on SQLite. It is safe for concurrent use.
type Store struct {
	dir     string
	judges  atomic.Pointer[ruleSet]
	rules   []store.Rule
	now     func() time.Time
	random  io.Reader
	log     *slog.Logger
	boot    [16]byte
	started time.Time

	lock     *os.File // keeps other processes out
	writer   *conn    // of the writer goroutine
	pool     *pool
	vault    *vault
	watchers watchers
	tip      audit.State // of the own audit log, as keys.db has it; the writer's

	snapshots *snapshots

	tasks   chan *task
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the writer goroutine has ended
}

var _ store.Store = (*Store)(nil)

var writePragmas = []string{
	"PRAGMA page_size = 8192", // a record with its state mostly fits a page of a clustered table
	"PRAGMA journal_mode = WAL",
	"PRAGMA synchronous = FULL", // a receipt means: on disk
	"PRAGMA busy_timeout = 10000",
	"PRAGMA secure_delete = ON", // a destroyed key or erased value leaves no bytes behind
	"PRAGMA wal_autocheckpoint = 2000",
	"PRAGMA cache_size = -16384",
}

// Open opens the store in o.Dir, makes it if there is none, and brings its
// schema up to date. Only one may have a store open at a time: a second one gets
// fault.Conflict "sync.store.busy".
func Open(ctx context.Context, o Options) (s *Store, err error) {
	if err := durable.MkdirAll(o.Dir, 0o700); err != nil {
		return nil, fmt.Errorf("open store: %w", err)
	}
	s = &Store{
		dir: o.Dir, rules: o.Rules, now: o.Now, random: randomOr(o.Random),
		log: o.Log, started: o.Now(),
		snapshots: newSnapshots(o.Snapshots),
		watchers:  watchers{all: make(map[*watcher]struct{})},
		tasks:     make(chan *task, maxGroup), closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	s.judges.Store(&ruleSet{o.Catalogue, o.Access})
	if s.log == nil {
		s.log = slog.New(slog.DiscardHandler)
	}
	if err := s.takeLock(); err != nil {
		return nil, err
	}
	if err := s.open(ctx, o.Keys); err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.closeFiles())
	}
	go s.run()
	err = s.identify(ctx)
	if err == nil {
		err = s.fillWaiting(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("open store: %w", err), s.Close())
	}
	return s, nil
}

func (s *Store) takeLock() error {
	lock, free, err := dirlock.Take(s.dir)
	if err != nil {
		return err
	}
	if !free {
		return fault.New(fault.Conflict, "sync.store.busy")
	}
	s.lock = lock
	return nil
}

func (s *Store) open(ctx context.Context, keys KeyService) (err error) {
	if _, err := io.ReadFull(s.random, s.boot[:]); err != nil {
		return fmt.Errorf("draw boot id: %w", err)
	}
	data, keyPath := filepath.Join(s.dir, DataFile), filepath.Join(s.dir, KeyFile)
	keyed := exists(keyPath)
	if exists(data) && !keyed { // new keys would open nothing of it
		return fault.New(fault.NotFound, "sync.store.key_file")
	}
	if keys == nil {
		if keys, err = FileKey(filepath.Join(s.dir, MasterFile), s.random, !keyed); err != nil {
			return err
		}
	}
	if err := prepareKeyFile(ctx, keyPath); err != nil {
		return err
	}
	if s.vault, err = openVault(keyPath, keys, s.random); err != nil {
		return err
	}
	if s.writer, err = connect(data, writePragmas...); err != nil {
		return err
	}
	if err := migrate(ctx, data, "sql"); err != nil {
		return err
	}
	s.pool, err = newPool(data)
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
}

// prepareKeyFile makes the key file readable by its owner only and brings its
// schema up to date.
func prepareKeyFile(ctx context.Context, path string) error {
	f, err := durable.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	if err := f.Close(); err != nil {
		return err
	}
	c, err := connect(path, writePragmas...)
	if err != nil {
		return err
	}
	return errors.Join(migrate(ctx, path, "sql/keys"), c.close())
}

// migrate applies the steps of a folder of the schema that the file lacks.
func migrate(ctx context.Context, path, folder string) (err error) {
	db, err := sql.Open("sqlite3", path)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, db.Close()) }()
	steps, err := fs.Sub(schema, folder)
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectSQLite3, db, steps)
	if err != nil {
		return fmt.Errorf("migrate %s: %w", filepath.Base(path), err)
	}
	if _, err := provider.Up(ctx); err != nil {
		err = meaning(err)
		// A damaged page shows as any error: a table that is there and is not.
		if found := sqlitedb.Check(ctx, db); fault.Is(found, fault.Corrupt) {
			err = fault.New(fault.Corrupt, "store.corrupt").WithCause(errors.Join(err, found))
		}
		return fmt.Errorf("migrate %s: %w", filepath.Base(path), err)
	}
	return nil
}

// incarnationSetting holds the incarnation of the server's own lanes.
const incarnationSetting = "incarnation"

// identify gives the server's own lanes an incarnation at first start.
func (s *Store) identify(ctx context.Context) error {
	err := s.write(ctx, (*txn).openTip)
	if err != nil {
		return err
	}
	err = s.write(ctx, func(t *txn) error {
		if restored, err := t.wasRestored(); restored || err != nil {
			return err
		}
		r, err := t.c.one(`SELECT value FROM setting WHERE name = ?`, incarnationSetting)
		if err != nil || r != nil {
			return err
		}
		return t.newIncarnation()
	})
	if err != nil {
		return err
	}
	return s.write(ctx, (*txn).sweepAll)
}

func (t *txn) newIncarnation() error {
	inc, err := ident.New[ident.Incarnation](t.s.now().UnixMilli(), t.s.random)
	if err != nil {
		return err
	}
	return t.setSetting(incarnationSetting, inc[:])
}

func serverIncarnation(c *conn) (ident.Incarnation, error) {
	r, err := c.one(`SELECT value FROM setting WHERE name = ?`, incarnationSetting)
	if err != nil || r == nil {
		return ident.Incarnation{}, errors.Join(err, errNoIncarnation)
	}
	return r.id(0), nil
}

var errNoIncarnation = errors.New("server has no incarnation")

// Close ends the writer after the group it is writing, waits for the reads
// under way, and closes the files. What waits is answered with
// fault.Unavailable.
func (s *Store) Close() error {
	close(s.closing)
	<-s.stopped
	s.watchers.close()
	return s.closeFiles()
}

func (s *Store) closeFiles() error {
	var errs []error
	if s.pool != nil {
		errs = append(errs, s.pool.close())
	}
	if s.vault != nil {
		errs = append(errs, s.vault.close())
	}
	if s.writer != nil {
		errs = append(errs, s.writer.close())
	}
	errs = append(errs, s.lock.Close())
	return errors.Join(errs...)
}

// LimitPages sets a quota for the data file in pages of 8 KiB; 0 lifts it. A
// full quota is answered as a full disk is, with fault.Exhausted.
func (s *Store) LimitPages(ctx context.Context, pages int) error {
	if pages <= 0 {
		pages = 1<<32 - 2 // the most SQLite knows
	}
	return s.write(ctx, func(t *txn) error {
		_, err := t.c.one(fmt.Sprintf("PRAGMA max_page_count = %d", pages))
		return err
	})
}
