// SPDX-License-Identifier: Apache-2.0

package main

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"path/filepath"
	"testing"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
)

// openAt opens a data folder at some time of day.
func openAt(t *testing.T, dir string, now *time.Time) *App {
	t.Helper()
	app, err := Open(t.Context(), Config{
		Dir: dir, Now: func() time.Time { return *now }, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

// draw takes receipt numbers and fails for one that was seen.
func draw(t *testing.T, app *App, seen map[receipt.Number]bool, count int) {
	t.Helper()
	if err := app.loadPlateKeys(t.Context()); err != nil { // as serving does
		t.Fatal(err)
	}
	n, err := app.numberer(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	for range count {
		number, err := n.next(t.Context())
		if err != nil || seen[number] {
			t.Fatalf("%s: given before: %v, %v", number, seen[number], err)
		}
		seen[number] = true
	}
}

func backUp(t *testing.T, app *App) (folder string) {
	t.Helper()
	folder = filepath.Join(t.TempDir(), "backup")
	if _, err := (operator{App: app}).backup(t.Context(), BackupAsk{Dir: folder}); err != nil {
		t.Fatal(err)
	}
	return folder
}

// Nobody knows which numbers were given after the backup, and yet none is
// given again: not by the restored server, nor by one restored from the same
// backup once more, nor by one restored from a backup of that one.
func TestReceiptNumbersAfterARestore(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 58, 0, 0, time.UTC)
	seen := map[receipt.Number]bool{}
	dir := filepath.Join(t.TempDir(), "data")
	app := openAt(t, dir, &now)
	draw(t, app, seen, serialBlock/2)
	folder := backUp(t, app)
	draw(t, app, seen, slotSerials-2*serialBlock)
	mustClose(t, app)

	for round := range 4 {
		now = now.Add(time.Minute)
		dir := filepath.Join(t.TempDir(), "restored")
		if err := restore(RestoreAsk{Backup: folder, Keys: filepath.Join(folder, "keys")}, dir); err != nil {
			t.Fatal(err)
		}
		app := openAt(t, dir, &now)
		draw(t, app, seen, serialBlock+7)
		if round == 2 {
			folder = backUp(t, app)
			draw(t, app, seen, serialBlock+7)
		}
		mustClose(t, app)
	}
}

// A space that is used up is followed by another.
func TestReceiptNumbersGoOn(t *testing.T) {
	now := time.Date(2026, 11, 22, 23, 59, 0, 0, time.UTC)
	app := openAt(t, t.TempDir(), &now)
	defer mustClose(t, app)
	seen := map[receipt.Number]bool{}
	draw(t, app, seen, slotSerials/serialBlock*serialBlock)
	now = now.Add(time.Minute)
	draw(t, app, seen, 3*serialBlock)
	now = firstSpace.Add(-time.Hour)
	if _, err := openSpace(1, now); !fault.Is(err, fault.Exhausted) {
		t.Errorf("a clock before all spaces: %v", err)
	}
	if s, err := openSpace(1, firstSpace.AddDate(27, 0, 0)); err != nil || s.Device > receipt.MaxDevice {
		t.Errorf("in 27 years: %+v, %v", s, err)
	}
}

func TestBackupAndRestore(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "data")
	mustCLI(t, nil, dir, "village", "add", "四会市大沙镇富溪村")
	if err := os.WriteFile(filepath.Join(dir, journalName), []byte("{}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	folder := filepath.Join(t.TempDir(), "backup")
	mustCLI(t, nil, dir, "backup", folder)

	if got := refusedCLI(t, dir, "restore", folder); got != "conflict " {
		t.Errorf("restore over a data folder: %s", got)
	}
	empty := t.TempDir()
	if got := refusedCLI(t, empty, "restore", dir); got != "not_found " {
		t.Errorf("restore what is no backup: %s", got)
	}
	apart := filepath.Join(t.TempDir(), "safe")
	if err := os.Rename(filepath.Join(folder, "keys"), apart); err != nil {
		t.Fatal(err)
	}
	if got := refusedCLI(t, empty, "restore", folder); got != "not_found " {
		t.Errorf("restore without keys: %s", got)
	}
	mustCLI(t, nil, empty, "restore", folder, "--keys", apart)
	var villages []VillageView
	mustCLI(t, &villages, empty, "village", "list")
	if len(villages) != 1 || villages[0].Code != "441284105203" {
		t.Errorf("the restored server has %+v", villages)
	}
	if data, err := os.ReadFile(filepath.Join(empty, journalName)); err != nil || string(data) != "{}\n" {
		t.Errorf("the plate journal is %q, %v", data, err)
	}
	if err := sameFiles(filepath.Join(dir, "keys"), filepath.Join(empty, "keys")); err != nil {
		t.Error(err)
	}
}

// sameFiles compares the files of two folders.
func sameFiles(a, b string) error {
	return fs.WalkDir(os.DirFS(a), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		want, errA := os.ReadFile(filepath.Join(a, name))
		got, errB := os.ReadFile(filepath.Join(b, name))
		if string(got) != string(want) {
			return errors.Join(errA, errB, errors.New(name+" differs"))
		}
		return errors.Join(errA, errB)
	})
}
