// SPDX-License-Identifier: Apache-2.0

package device_test

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/kiosk/device"
	"yuexin/kiosk/flow"
	"yuexin/shared/credit/myfile"
)

var _ flow.Cards = (*device.Tries)(nil)

// TestTries: what was wrong is known to the next run of the program, each card apart, until somebody is right.
func TestTries(t *testing.T) {
	dir := t.TempDir()
	open := func() *device.Tries {
		tries, err := device.OpenTries(dir)
		if err != nil {
			t.Fatal(err)
		}
		return tries
	}
	mine, other := myfile.ID{1}, myfile.ID{2}
	for n := range int64(3) {
		if err := open().Try(mine, 100+n); err != nil {
			t.Fatal(err)
		}
	}
	if got := open().Tried(mine); got != (myfile.Tried{Wrong: 3, LastMS: 102}) {
		t.Errorf("after three runs: %+v", got)
	}
	if got := open().Tried(other); got.Wrong != 0 {
		t.Errorf("another card: %+v", got)
	}
	if err := open().Right(mine); err != nil || open().Tried(mine).Wrong != 0 {
		t.Errorf("after the right PIN: %+v, %v", open().Tried(mine), err)
	}
	if err := os.WriteFile(filepath.Join(dir, "cards.json"), []byte("{"), 0o600); err != nil {
		t.Fatal(err)
	}
	if tries, err := device.OpenTries(dir); err == nil || tries.Try(mine, 1) != nil || open().Tried(mine).Wrong != 1 {
		t.Errorf("a damaged file: %v", err)
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	tries := &device.Tries{}
	if err := tries.Try(mine, 1); err == nil || tries.Tried(mine).Wrong != 0 {
		t.Errorf("a count that is not on the disk: %v", err)
	}
}
