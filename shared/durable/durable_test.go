// SPDX-License-Identifier: Apache-2.0

package durable_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/durable"
)

func TestFiles(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	content := func(path, want string, mode fs.FileMode) {
		t.Helper()
		data, err := os.ReadFile(path)
		info, errStat := os.Stat(path)
		if err != nil || errStat != nil || string(data) != want || info.Mode().Perm() != mode {
			t.Errorf("%s: %q, %v, %v, %v; want %q, %v", filepath.Base(path), data, info, err, errStat, want, mode)
		}
	}
	if err := durable.Create(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := durable.Create(path, []byte("two"), 0o600); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a file that is there: %v", err)
	}
	content(path, "one", 0o600)
	if err := durable.Replace(path, []byte("three"), 0o644); err != nil {
		t.Fatal(err)
	}
	content(path, "three", 0o644)

	taken := filepath.Join(t.TempDir(), "taken away")
	if err := durable.Export(taken, []byte("four")); err != nil {
		t.Fatal(err)
	}
	if err := durable.Export(taken, []byte("five")); !errors.Is(err, fs.ErrExist) {
		t.Errorf("exported over a file that is there: %v", err)
	}
	content(taken, "four", 0o600)

	if err := durable.ReplaceShared(path, []byte("three"), 0o644); err != nil {
		t.Fatal(err)
	}
	content(path, "three", 0o644)

	other := filepath.Join(dir, "copy")
	if err := durable.Copy(path, other); err != nil {
		t.Fatal(err)
	}
	if err := durable.Copy(path, other); !errors.Is(err, fs.ErrExist) {
		t.Errorf("a copy that is there: %v", err)
	}
	content(other, "three", 0o600)
	if err := durable.Rename(other, path); err != nil {
		t.Fatal(err)
	}
	content(path, "three", 0o600)

	if err := durable.Replace(filepath.Join(dir, "none", "key"), nil, 0o600); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("no folder: %v", err)
	}
	if err := os.Mkdir(filepath.Join(dir, "folder"), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(filepath.Join(dir, "folder"), nil, 0o600); err == nil {
		t.Error("a folder was replaced by a file")
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 2 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}
