// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bytes"
	"fmt"
	"os"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// TestUnfinished keeps two drafts part by part, and finds them after the program has ended and somebody has unlocked it
// again; neither the file nor its log shows a word of them.
func TestUnfinished(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	one, two := ident.Record{1}, ident.Record{2}
	secret := func(n int64, more string) []byte { return []byte(fmt.Sprintf("陈秀英 %d %s", n, more)) }
	for _, step := range []map[int64][]byte{
		{0: secret(0, "head"), 1: secret(1, "typed"), 7: secret(7, "row")}, {1: secret(1, "typed more")}, {7: nil, 8: secret(8, "row")},
	} {
		if err := d.KeepUnfinished(ctx, "unit:test", one, step); err != nil {
			t.Fatal(err)
		}
	}
	if err := d.KeepUnfinished(ctx, "unit:other", two, map[int64][]byte{0: secret(0, "two")}); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{d.path, d.path + "-wal"} {
		if body, err := os.ReadFile(name); err != nil || bytes.Contains(body, []byte("陈秀英")) {
			t.Errorf("%s holds what was typed in the clear (%v)", name, err)
		}
	}
	d.reopen()
	if _, err := d.UnfinishedParts(ctx, one); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("read while locked: %v", err)
	}
	if err := d.KeepUnfinished(ctx, "unit:test", one, nil); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("kept while locked: %v", err)
	}
	d.unlock()
	want := map[int64][]byte{0: secret(0, "head"), 1: secret(1, "typed more"), 8: secret(8, "row")}
	if diff := cmp.Diff(want, must(d.UnfinishedParts(ctx, one))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if err := d.DropUnfinished(ctx, one); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[ident.Record][]byte{two: secret(0, "two")}, must(d.Unfinished(ctx, 0))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestUnfinishedGoesWithItsScope: what nobody handed in is deleted when the scope is taken from the device.
func TestUnfinishedGoesWithItsScope(t *testing.T) {
	_, d := newLaptop(t)
	for id, scope := range map[byte]ident.Scope{1: recordtest.Here, 2: "unit:other"} {
		if err := d.KeepUnfinished(ctx, scope, ident.Record{id}, map[int64][]byte{0: {id}}); err != nil {
			t.Fatal(err)
		}
	}
	n := must(d.Control(ctx)).Number + 1
	if _, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: n, Op: wire.ControlRevoke, Scope: recordtest.Here}}); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[ident.Record][]byte{{2}: {2}}, must(d.Unfinished(ctx, 0))); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestFilesOfTheUnfinished: a photo that was taken for a form stays until nothing is unfinished any more.
func TestFilesOfTheUnfinished(t *testing.T) {
	_, d := newLaptop(t)
	a := must(d.KeepAttachment(photo, "image/jpeg"))
	if err := d.KeepUnfinished(ctx, recordtest.Here, ident.Record{1}, map[int64][]byte{0: {1}}); err != nil {
		t.Fatal(err)
	}
	must(d.SweepAttachments(ctx))
	if !d.HasAttachment(a.Digest) {
		t.Error("the photo of a form that is unfinished is gone")
	}
	if err := d.DropUnfinished(ctx, ident.Record{1}); err != nil {
		t.Fatal(err)
	}
	must(d.SweepAttachments(ctx))
	if d.HasAttachment(a.Digest) {
		t.Error("a photo that nobody needs stays")
	}
}
