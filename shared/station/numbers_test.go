// SPDX-License-Identifier: Apache-2.0

package station

import (
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"testing"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
)

func random() *rand.ChaCha8 { return rand.NewChaCha8([32]byte{1}) }

func numbers(t *testing.T, dir string, id uint32) *Numbers {
	t.Helper()
	n, err := OpenNumbers(dir, id, random())
	if err != nil {
		t.Fatal(err)
	}
	return n
}

func TestNumbersNeverTwice(t *testing.T) {
	dir := t.TempDir()
	seen := map[receipt.Number]bool{}
	for range 5 { // each round is a start of the machine
		n := numbers(t, dir, 42)
		for range 3 {
			number, err := n.Next()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := receipt.Parse(number.String()); err != nil || number.Device() != 42 {
				t.Errorf("%s: device %d, %v", number, number.Device(), err)
			}
			if seen[number] {
				t.Errorf("%s was given twice", number)
			}
			seen[number] = true
		}
	}
}

func TestNumbersSerialBeforeNumber(t *testing.T) {
	dir := t.TempDir()
	n := numbers(t, dir, 42)
	before, err := os.ReadFile(filepath.Join(dir, "receipts.json"))
	if err != nil {
		t.Fatal(err)
	}
	first, err := n.Next()
	if err != nil {
		t.Fatal(err)
	}
	after, err := os.ReadFile(filepath.Join(dir, "receipts.json"))
	if err != nil || string(before) == string(after) {
		t.Fatalf("the number is out and the serial is not on the disk: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if number, err := n.Next(); err == nil {
		t.Errorf("without a disk the machine gave %s", number)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	second, err := n.Next()
	if err != nil || second == first {
		t.Errorf("once the disk is back: %s, %v", second, err)
	}
}

// TestNumbersFullDisk has no room for the next serial: the fault says so, and the number is given once there is room.
func TestNumbersFullDisk(t *testing.T) {
	if runtime.GOOS != "linux" {
		return // there is no /dev/full
	}
	dir := t.TempDir()
	n := numbers(t, dir, 42)
	fresh := filepath.Join(dir, "receipts.json.new")
	if err := os.Symlink("/dev/full", fresh); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Next(); !fault.Is(err, fault.Exhausted) || fault.From(err).Key != "store.full" {
		t.Errorf("with a full disk: %v", err)
	}
	if _, err := os.Lstat(fresh); !os.IsNotExist(err) {
		t.Errorf("what could not be written is still there: %v", err)
	}
	if _, err := n.Next(); err != nil {
		t.Errorf("with room again: %v", err)
	}
}

func TestNumbersOfAnotherEnrolment(t *testing.T) {
	dir := t.TempDir()
	if _, err := numbers(t, dir, 42).Next(); err != nil {
		t.Fatal(err)
	}
	number, err := numbers(t, dir, 43).Next()
	if err != nil || number.Device() != 43 {
		t.Errorf("after a new enrolment: %s, %v", number, err)
	}
}

func TestNumbersDamaged(t *testing.T) {
	for _, content := range []string{"", "{", `{"device":42,"key":"","next":3}`, `{"key":"AAAAAAAAAAAAAAAAAAAAAAAAAAA="}`} {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "receipts.json"), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := OpenNumbers(dir, 42, random()); !fault.Is(err, fault.Corrupt) {
			t.Errorf("%q: %v, want a refusal", content, err)
		}
	}
}
