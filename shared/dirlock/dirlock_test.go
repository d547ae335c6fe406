// SPDX-License-Identifier: Apache-2.0

//go:build unix

package dirlock_test

import (
	"os"
	"testing"

	"yuexin/shared/dirlock"
)

func TestTake(t *testing.T) {
	dir := t.TempDir()
	lock, free, err := dirlock.Take(dir)
	if err != nil || !free {
		t.Fatalf("the first: free %t, %v", free, err)
	}
	if _, free, err := dirlock.Take(dir); err != nil || free {
		t.Errorf("the second: free %t, %v", free, err)
	}
	if err := lock.Close(); err != nil {
		t.Fatal(err)
	}
	again, free, err := dirlock.Take(dir)
	if err != nil || !free {
		t.Fatalf("after the first: free %t, %v", free, err)
	}
	defer again.Close()
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("the lock leaves %v, %v", left, err)
	}
	if _, _, err := dirlock.Take(dir + "/missing"); err == nil {
		t.Error("a folder that is not there is locked")
	}
}
