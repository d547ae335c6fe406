// SPDX-License-Identifier: Apache-2.0

package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/pinyin"
	"yuexin/shared/region"
	"yuexin/shared/station"
	"yuexin/shared/typing"
)

// openKeys opens the keyboard of a machine with a data folder.
func openKeys(t *testing.T, dir string) *keys {
	t.Helper()
	s, err := station.Open(t.Context(), station.Config{
		Dir: dir, Program: "kiosk", Version: "test", Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	kit, err := typing.Load()
	if err != nil {
		t.Fatal(err)
	}
	k, err := newKeys(s, kit)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// visitors lets so many people of a surname come and go.
func (k *keys) visitors(n int) {
	for range n {
		k.local.Note(pinyin.Names, "冼秀英")
		k.endVisit()
	}
}

var (
	fuxi   = []region.Code{"441284105203"}
	renma  = []region.Code{"441284105201"}
	folder = "learned.json"
)

// TestKeysLearnPerVillage follows a machine from its first start: it learns before it knows where it stands, keeps nothing
// until then, has it again after a restart, and forgets it in another village and when staff say so.
func TestKeysLearnPerVillage(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, folder)
	there := func() bool { _, err := os.Stat(file); return err == nil }

	k := openKeys(t, dir)
	k.settle(nil) // nothing was received yet
	k.visitors(5)
	k.save()
	if there() {
		t.Error("a machine that knows no village kept something")
	}
	k.settle(fuxi)
	k.settle(fuxi) // looked at again and again
	k.save()
	if !there() || k.local.Learned() != 1 {
		t.Fatalf("not kept, or forgotten: %d", k.local.Learned())
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	k.save()
	k.visitors(4)
	k.save()
	if there() {
		t.Error("saved before it was due")
	}
	k.visitors(1)
	k.save()
	if err := k.station.Close(); err != nil {
		t.Fatal(err)
	}

	k = openKeys(t, dir)
	k.settle(fuxi)
	if k.local.Learned() != 1 {
		t.Error("a restart lost what was learned")
	}
	k.settle(renma)
	if k.local.Learned() != 0 {
		t.Error("another village was given what this one taught")
	}
	k.visitors(5)
	k.save()
	if err := k.forget(); err != nil || there() || k.local.Learned() != 0 {
		t.Errorf("staff could not clear it: %v, file %v, %d words", err, there(), k.local.Learned())
	}
}
