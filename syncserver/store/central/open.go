// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"sync/atomic"
	"time"

	"yuexin/shared/dirlock"
	"yuexin/shared/durable"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/database"
	"yuexin/syncserver/store/sqlite"
)

// The files of a store in its folder.
const (
	DataFile   = "data.db"
	KeyFile    = "keys.db"
	MasterFile = "master.key"
)

// Options says how to open a store. Dir, Catalogue, Access and Now are needed.
type Options struct {
	Dir       string            // made if it does not exist
	Data      database.Engine   // nil: the file DataFile in Dir
	Catalogue *record.Catalogue // until SetRules
	Access    *record.Access    // until SetRules
	Rules     []store.Rule      // of the domain, asked in order
	Now       func() time.Time  // the server's clock
	Random    io.Reader         // nil: crypto/rand
	Keys      KeyService        // nil: the master key lies in MasterFile
	Log       *slog.Logger      // nil: nothing is logged
	Snapshots *snapshot.Rule    // nil: devices get rows
	Metrics   *Metrics          // nil: nobody looks
}

// Store is the central store. It is safe for concurrent use.
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
	data     database.Engine
	writer   *conn // of the writer goroutine
	pool     *pool
	vault    *vault
	watchers watchers
	tip      audit.State // of the own audit log, as keys.db has it; the writer's

	snapshots *snapshots
	metrics   *Metrics

	tasks   chan *task
	closing chan struct{} // closed by Close
	stopped chan struct{} // closed when the writer goroutine has ended
}

var _ store.Store = (*Store)(nil)

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
		data:      o.Data,
		snapshots: newSnapshots(o.Snapshots), metrics: o.Metrics,
		watchers: watchers{all: make(map[*watcher]struct{})},
		tasks:    make(chan *task, maxGroup), closing: make(chan struct{}), stopped: make(chan struct{}),
	}
	if s.data == nil {
		s.data = sqlite.File(filepath.Join(o.Dir, DataFile))
	}
	s.judges.Store(&ruleSet{o.Catalogue, o.Access})
	if s.metrics == nil {
		s.metrics = NewMetrics()
	}
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
	keyPath := filepath.Join(s.dir, KeyFile)
	made, err := s.data.Exists(ctx)
	if err != nil {
		return err
	}
	keyed := exists(keyPath)
	if made && !keyed { // new keys would open nothing of it
		return fault.New(fault.NotFound, "sync.store.key_file")
	}
	if keys == nil {
		if keys, err = FileKey(filepath.Join(s.dir, MasterFile), s.random, !keyed); err != nil {
			return err
		}
	}
	if err := sqlite.PrepareKeys(ctx, keyPath); err != nil {
		return err
	}
	if s.vault, err = openVault(keyPath, keys, s.random); err != nil {
		return err
	}
	if err := s.data.Migrate(ctx); err != nil {
		return err
	}
	w, err := s.data.Writer(ctx)
	if err != nil {
		return err
	}
	s.writer = &conn{w}
	s.pool, err = newPool(ctx, s.data)
	return err
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return !errors.Is(err, fs.ErrNotExist)
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
		errs = append(errs, s.writer.Close())
	}
	errs = append(errs, s.lock.Close())
	return errors.Join(errs...)
}

// LimitPages sets a quota for the data file in pages of 8 KiB; 0 lifts it. A
// full quota is answered as a full disk is, with fault.Exhausted. A database without pages is fault.Unsupported.
func (s *Store) LimitPages(ctx context.Context, pages int) error {
	limited, can := s.data.(interface {
		Limit(on database.Conn, pages int) error
	})
	if !can {
		return fault.New(fault.Unsupported, "")
	}
	return s.write(ctx, func(t *txn) error { return limited.Limit(t.c.Conn, pages) })
}
