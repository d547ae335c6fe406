// SPDX-License-Identifier: Apache-2.0

package station

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/enrol"
)

func open(t *testing.T, dir, program string) *Station {
	t.Helper()
	s, err := Open(t.Context(), Config{Dir: dir, Program: program, Version: "0.1.0", Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// A new folder is a device that can do nothing but enrol, and says so.
func TestNotEnrolled(t *testing.T) {
	s := open(t, t.TempDir(), "agent")
	if err := s.Unlock(t.Context(), "whatever it is"); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("unlock: %v", err)
	}
	if _, err := s.Client(); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("sync: %v", err)
	}
}

func TestShortPassphrase(t *testing.T) {
	dir := t.TempDir()
	s := open(t, dir, "agent")
	if err := s.Enrol(t.Context(), enrol.Ticket{}, "short"); !fault.Is(err, fault.Invalid) || fault.From(err).Field != "passphrase" {
		t.Errorf("got %v", err)
	}
	if left, _ := os.ReadDir(dir); len(left) != 0 {
		t.Errorf("a refused enrolment left %v behind", left)
	}
}

// An enrolment that was broken off goes on with the same key, so that the
// server knows the device again.
func TestPendingKeysStay(t *testing.T) {
	for program, personal := range map[string]bool{"kiosk": false, "agent": true} {
		t.Run(program, func(t *testing.T) { testPendingKeys(t, program, personal) })
	}
}

func testPendingKeys(t *testing.T, program string, personal bool) {
	dir := t.TempDir()
	broken := open(t, dir, program)
	first, own, err := broken.pendingKeys()
	if err != nil {
		t.Fatal(err)
	}
	if own.person.IsZero() == personal {
		t.Errorf("person's key drawn: %v, want %v", !own.person.IsZero(), personal)
	}
	if err := broken.Close(); err != nil {
		t.Fatal(err)
	}
	second, again, err := open(t, dir, program).pendingKeys()
	if err != nil || !own.device.Equal(again.device) || personal && !own.person.Equal(again.person) || first.Incarnation != second.Incarnation {
		t.Errorf("another key: %v", err)
	}
	info, err := os.Stat(filepath.Join(dir, pendingFile))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode of the key file: %v, %v", info.Mode(), err)
	}
}

// One process works in a folder at a time; others may look.
func TestOneWriter(t *testing.T) {
	dir := t.TempDir()
	working := open(t, dir, "kiosk")
	cfg := Config{Dir: dir, Program: "kiosk", Log: slog.New(slog.DiscardHandler)}
	impatient, stop := context.WithCancel(t.Context())
	stop()
	if _, err := Open(impatient, cfg); !fault.Is(err, fault.Conflict) {
		t.Errorf("a second writer: %v", err)
	}
	cfg.ReadOnly = true
	reader, err := Open(t.Context(), cfg)
	if err != nil {
		t.Fatalf("a reader: %v", err)
	}
	if err := errors.Join(reader.Close(), working.Close()); err != nil {
		t.Fatal(err)
	}
	open(t, dir, "kiosk") // fails unless the folder is free again
}

func TestDamagedFiles(t *testing.T) {
	for _, name := range []string{enrolmentFile, pendingFile} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			if err := os.WriteFile(filepath.Join(dir, name), []byte("{"), 0o600); err != nil {
				t.Fatal(err)
			}
			s, err := Open(t.Context(), Config{Dir: dir, Program: "kiosk", Log: slog.New(slog.DiscardHandler)})
			if err == nil {
				_, _, err = s.pendingKeys()
			}
			if !fault.Is(err, fault.Corrupt) {
				t.Errorf("got %v", err)
			}
		})
	}
}

// writeJSON replaces a file whole; the old one stays until the new one is
// there.
func TestWriteJSON(t *testing.T) {
	s := open(t, t.TempDir(), "kiosk")
	for _, v := range []string{"one", "two"} {
		if err := s.writeJSON("x.json", v); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(s.path("x.json"))
	if err != nil || !bytes.Equal(got, []byte("\"two\"\n")) {
		t.Errorf("got %q, %v", got, err)
	}
	if err := s.writeJSON("y.json", func() {}); err == nil {
		t.Error("what cannot be written was")
	}
	if _, err := os.Stat(s.path("y.json")); err == nil {
		t.Error("a failed write left a file")
	}
}

func TestClock(t *testing.T) {
	var c Clock
	a, b := c.Reading(), c.Reading()
	if a.BootID != b.BootID || a.BootID == [16]byte{} {
		t.Errorf("boot ids %x and %x", a.BootID, b.BootID)
	}
	if b.MonoMS < a.MonoMS || a.WallMS == 0 {
		t.Errorf("readings %+v and %+v", a, b)
	}
	if other := (&Clock{}).Reading(); other.BootID != a.BootID {
		t.Error("two programs of one boot see two boots")
	}
}
