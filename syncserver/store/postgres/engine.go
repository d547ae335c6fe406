// SPDX-License-Identifier: Apache-2.0

package postgres

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"

	"yuexin/shared/fault"
	"yuexin/syncserver/store/database"
)

//go:embed sql
var schema embed.FS

// Database is a database of PostgreSQL, as a database.Engine.
type Database struct{ url string }

var _ database.Engine = Database{}

// At returns the database that a URL names: postgres://user@host:port/name.
func At(url string) Database { return Database{url} }

// config reads the URL; fault.Invalid "sync.store.url", without its text: a password may stand in it.
func (d Database) config() (*pgx.ConnConfig, error) {
	config, err := pgx.ParseConfig(d.url)
	if err != nil {
		return nil, fault.New(fault.Invalid, "sync.store.url")
	}
	return config, nil
}

// Exists implements database.Engine.
func (d Database) Exists(ctx context.Context) (made bool, err error) {
	c, err := d.connect(ctx, false)
	if err != nil {
		return false, err
	}
	made, err = has(c, "scope")
	return made, errors.Join(err, c.Close())
}

// Migrate implements database.Engine. What Load has not finished is fault.Conflict "store.load.unfinished".
func (d Database) Migrate(ctx context.Context) error {
	c, err := d.connect(ctx, false)
	if err != nil {
		return err
	}
	unfinished, err := has(c, loading)
	if err = errors.Join(err, c.Close()); err != nil {
		return err
	}
	if unfinished {
		return fault.New(fault.Conflict, "store.load.unfinished")
	}
	return d.migrate(ctx)
}

func (d Database) migrate(ctx context.Context) (err error) {
	config, err := d.config()
	if err != nil {
		return err
	}
	db := stdlib.OpenDB(*config)
	defer func() { err = errors.Join(err, db.Close()) }()
	steps, err := fs.Sub(schema, "sql")
	if err != nil {
		return err
	}
	provider, err := goose.NewProvider(goose.DialectPostgres, db, steps)
	if err != nil {
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := provider.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w", meaning(err))
	}
	return nil
}

// Writer implements database.Engine.
func (d Database) Writer(ctx context.Context) (database.Conn, error) { return d.connect(ctx, true) }

// Reader implements database.Engine.
func (d Database) Reader(ctx context.Context) (database.Conn, error) { return d.connect(ctx, false) }

// Check implements database.Engine. PostgreSQL keeps to what its tables demand, and finds damaged pages itself where the cluster
// was made with checksums; what the store says is compared by its verifier.
func (d Database) Check(context.Context, database.Conn, func(what string)) error { return nil }
