// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/pgtest"
)

// TestMigrate: a store moves to PostgreSQL by one command and all later ones work there; its backup makes a data folder on a
// file, and one on another database.
func TestMigrate(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	at := pgtest.Database(t)
	if got := refusedCLI(t, dir, "migrate", at); got != "not_found " {
		t.Errorf("move what is not there: %s", got)
	}
	mustCLI(t, nil, dir, "village", "add", "四会市大沙镇富溪村")
	if got := refusedCLI(t, dir, "migrate", "oracle://db"); got != "invalid " {
		t.Errorf("move to no database: %s", got)
	}
	mustCLI(t, nil, dir, "migrate", at)
	if info, err := os.Stat(filepath.Join(dir, databaseName)); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("what says where the store is: %v, %v", info, err)
	}
	if got := refusedCLI(t, dir, "migrate", pgtest.Database(t)); got != "conflict " {
		t.Errorf("move once more: %s", got)
	}
	mustCLI(t, nil, dir, "village", "add", "四会市大沙镇马房渔业居委会")
	folder := filepath.Join(t.TempDir(), "backup")
	mustCLI(t, nil, dir, "backup", folder)

	file, other := filepath.Join(t.TempDir(), "file"), filepath.Join(t.TempDir(), "other")
	mustCLI(t, nil, file, "restore", folder)
	mustCLI(t, nil, other, "restore", folder, "--store", pgtest.Database(t))
	for _, one := range []string{dir, file, other} {
		var villages []VillageView
		mustCLI(t, &villages, one, "village", "list")
		if len(villages) != 2 {
			t.Errorf("%s has %+v", filepath.Base(one), villages)
		}
	}
}

// TestStoreIsChosenOnce: where the rows are is said at the first start; another database later would be an empty store.
func TestStoreIsChosenOnce(t *testing.T) {
	dir, at := filepath.Join(t.TempDir(), "data"), pgtest.Database(t)
	open := func(database string) error {
		cfg := production(dir, false, slog.New(slog.DiscardHandler))
		cfg.Database = database
		app, err := Open(t.Context(), cfg)
		if err != nil {
			return err
		}
		return app.Close()
	}
	for _, wrong := range []string{"sqlite:data.db", "mysql://x"} {
		if err := open(wrong); err == nil {
			t.Errorf("%s is taken", wrong)
		}
	}
	for _, right := range []string{at, "", at} {
		if err := open(right); err != nil {
			t.Errorf("--store %q: %v", right, err)
		}
	}
	for _, other := range []string{embedded, pgtest.Database(t)} {
		if err := open(other); err == nil {
			t.Errorf("another database is taken: %s", other)
		}
	}
	kept := filepath.Join(t.TempDir(), "elsewhere.db")
	dir = filepath.Join(t.TempDir(), "data")
	for _, right := range []string{embedded + kept, ""} {
		if err := open(right); err != nil {
			t.Errorf("--store %q: %v", right, err)
		}
	}
	if _, err := os.Stat(kept); err != nil {
		t.Errorf("the file that was named: %v", err)
	}
}
