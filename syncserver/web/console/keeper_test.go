// SPDX-License-Identifier: Apache-2.0

package console

import (
	"testing"
	"time"
)

func TestKeeper(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	k := newKeeper(func() time.Time { return now })
	data := []byte("a")
	if err := k.Commit("1", data, time.Time{}); err != nil {
		t.Fatal(err)
	}
	data[0] = 'x' // the caller's buffer is the caller's
	if got, found, err := k.Find("1"); err != nil || !found || string(got) != "a" {
		t.Errorf("got %q, %v, %v", got, found, err)
	}
	if _, found, _ := k.Find("2"); found {
		t.Error("found what was never there")
	}

	now = now.Add(idleTimeout + time.Minute)
	if err := k.Commit("2", data, time.Time{}); err != nil {
		t.Fatal(err)
	}
	if _, found, _ := k.Find("1"); found || len(k.held) != 1 {
		t.Errorf("an old session stays: %d held", len(k.held))
	}
	if err := k.Delete("2"); err != nil || len(k.held) != 0 {
		t.Errorf("delete: %v, %d held", err, len(k.held))
	}
	if err := k.Delete("2"); err != nil {
		t.Errorf("delete again: %v", err)
	}

	if err := k.Commit("3", data, time.Time{}); err != nil {
		t.Fatal(err)
	}
	now = now.Add(lifetime + time.Minute)
	if _, found, _ := k.Find("3"); found {
		t.Error("a session outlives a working day")
	}
}
