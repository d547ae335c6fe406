// SPDX-License-Identifier: Apache-2.0

package durable_test

import (
	"os"
	"path/filepath"
	"testing"

	"yuexin/shared/durable"
)

// TestReplaceOnAFullDisk writes to a device that is always full: the old file stays, and
// nothing of the attempt.
func TestReplaceOnAFullDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "key")
	if err := durable.Replace(path, []byte("one"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/dev/full", path+".new"); err != nil {
		t.Fatal(err)
	}
	if err := durable.Replace(path, []byte("two"), 0o600); !durable.Full(err) {
		t.Errorf("got %v", err)
	}
	files, err := os.ReadDir(dir)
	data, errRead := os.ReadFile(path)
	if err != nil || errRead != nil || len(files) != 1 || string(data) != "one" {
		t.Errorf("left %v with %q, %v, %v", files, data, err, errRead)
	}
}
