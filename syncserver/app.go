// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"yuexin/assets"
	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/rulebook"
	"yuexin/shared/durable"
	"yuexin/shared/i18n"
	"yuexin/shared/region"
	"yuexin/shared/sync/blob/blobdir"
	"yuexin/shared/sync/snapshot"
	"yuexin/syncserver/access"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
)

// Config is what an App is made of.
type Config struct {
	Dir    string // data folder; keys lie in its folder "keys"
	Sample bool   // the store holds sample data, and every page says so
	// Database is where the rows of the store are, as parseDatabase reads it; "" for what the folder says.
	Database string
	Now      func() time.Time
	Random   io.Reader
	Log      *slog.Logger
}

// App is the server as a value: the store with its keys, and the rules it
// works by. Commands and the running server are built on the same App.
type App struct {
	Config
	Texts    *i18n.Catalogue
	Regions  *region.Tree
	First    *snapshot.Rule // how a device is sent what it has nothing of
	Identity *fleet.Identity
	Store    store.Store
	writer   *central.Metrics // of Store
	Gate     *access.Gate
	logins   builtin
	heads    heads

	book       atomic.Pointer[rulebook.Book] // in force
	publishing sync.Mutex                    // held while rules are published
	scoring    sync.Mutex                    // held while counts of scores are kept
	renewed    func(*rulebook.Book)          // tells what serves; nil while nothing does

	plateKeys atomic.Pointer[doorplate.KeySet] // whose plates count, once loadPlateKeys ran
	plating   sync.Mutex                       // held while it is decided about plates
}

// Open opens the data folder, making it at first start.
func Open(ctx context.Context, cfg Config) (*App, error) {
	a := &App{Config: cfg}
	if err := a.load(); err != nil {
		return nil, err
	}
	if err := durable.MkdirAll(a.keys(), 0o700); err != nil {
		return nil, fmt.Errorf("make the data folder: %w", err)
	}
	if err := a.openStore(ctx); err != nil { // first: it keeps others out of the folder
		return nil, err
	}
	if err := a.takeRules(ctx); err != nil {
		return nil, errors.Join(err, a.Store.Close())
	}
	if err := a.prepare(ctx); err != nil {
		return nil, errors.Join(err, a.Store.Close())
	}
	return a, nil
}

// Book returns the rules in force. What was begun goes on with the book it began with.
func (a *App) Book() *rulebook.Book { return a.book.Load() }

// load reads what is in the program itself.
func (a *App) load() (err error) {
	if a.Texts, err = i18n.Load(assets.Locales()); err != nil {
		return err
	}
	if a.Regions, err = region.Load(assets.Regions()); err != nil {
		return err
	}
	book, err := rulebook.Load(assets.Folder("policies"), assets.Folder("forms"), assets.Folder("scorecards"))
	if err != nil {
		return err
	}
	a.book.Store(book)
	rule, err := assets.FS.Open("policies/snapshot-1.json")
	if err != nil {
		return err
	}
	defer rule.Close() // it is in the program
	a.First, err = snapshot.ParseRule(rule)
	return err
}

func (a *App) keys() string { return filepath.Join(a.Dir, "keys") }

// blobs is the folder of attachments.
func (a *App) blobs() *blobdir.Dir {
	return blobdir.New(filepath.Join(a.Dir, "store", central.BlobFolder))
}

func (a *App) openStore(ctx context.Context) (err error) {
	data, keep, err := a.database()
	if err != nil {
		return err
	}
	a.writer = central.NewMetrics()
	a.Store, err = central.Open(ctx, central.Options{
		Dir: filepath.Join(a.Dir, "store"), Data: data, Catalogue: a.Book().Catalogue, Access: a.Book().Access,
		Rules: a.rules(), Now: a.Now, Random: a.Random, Log: a.Log, Snapshots: a.First, Metrics: a.writer,
	})
	if err != nil || keep == "" {
		return err
	}
	if err := keepDatabase(a.Dir, keep); err != nil {
		return errors.Join(err, a.Store.Close())
	}
	return nil
}

// prepare opens the identity, ties it to the store, and makes the logins that are not
// a person's.
func (a *App) prepare(ctx context.Context) (err error) {
	if a.Identity, err = fleet.OpenIdentity(a.keys(), a.Now(), a.Random); err != nil {
		return err
	}
	if err := a.Identity.Bind(ctx, a.Store); err != nil {
		return err
	}
	if a.logins, err = a.builtinLogins(ctx); err != nil {
		return err
	}
	a.Gate, err = access.NewGate(access.Config{
		Users: a.Store, Now: a.Now, Random: a.Random, Log: a.Log, Sample: a.Sample,
	})
	return err
}

// Close signs the last head of the audit log and closes the store.
func (a *App) Close() error {
	_, err := a.signHead(context.Background())
	return errors.Join(err, a.Store.Close())
}

// production is the configuration outside of tests.
func production(dir string, sample bool, log *slog.Logger) Config {
	return Config{Dir: dir, Sample: sample, Now: time.Now, Random: rand.Reader, Log: log}
}
