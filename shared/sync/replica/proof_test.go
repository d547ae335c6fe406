// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// TestCursorsProveThePast: a cursor names earlier versions with their log hashes,
// further and further apart, and the newest receipt of each lane; both survive a
// restart, and a cursor that is forgotten becomes a mark.
func TestCursorsProveThePast(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"people": record.OfInt(1)}))
	lane := d.Unsent()[0].Lane
	hashes := map[record.Version]wire.Digest{}
	for n := range byte(100) {
		d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(int64(n))}))
		s.push(d)
		rows, cp := s.delta(d.Cursors()[0], s.acc.View(recordtest.Officer))
		cp.Cursor.LogHash = wire.Digest{n + 1}
		hashes[cp.Cursor.Version] = cp.Cursor.LogHash
		if !s.deliver(d, rows, cp) {
			t.Fatal("digest does not match")
		}
	}
	check := func() {
		t.Helper()
		c := d.Cursors()[0]
		var back []uint64
		for _, m := range c.Marks {
			if m.LogHash != hashes[m.Version] {
				t.Errorf("mark of %s has another hash", m.Version)
			}
			back = append(back, c.Version.Seq()-m.Version.Seq())
		}
		if n := len(back); n < 4 || back[0] != 1 || back[n-1] < 50 {
			t.Errorf("marks are %d back: few and far, beginning at 1, are wanted", back)
		}
		end := wire.LaneEnd{Incarnation: lane.Incarnation, Number: 101, Chain: s.chains[lane], Version: s.head}
		if diff := cmp.Diff([]wire.LaneEnd{end}, c.Lanes); diff != "" {
			t.Errorf("lanes (-want +got):\n%s", diff)
		}
	}
	check()
	d.reopen()
	d.unlock()
	check()
	if err := d.ResetScope(ctx, recordtest.Here, &wire.Reset{Scope: recordtest.Here, Epoch: 7, From: record.At(1, 4)}); err != nil {
		t.Fatal(err)
	}
	c := d.Cursors()[0]
	if len(c.Marks) == 0 || c.Marks[0].Version != s.head {
		t.Errorf("after a reset the marks are %+v, want what was held first", c.Marks)
	}
	if len(c.Lanes) != 1 || c.Lanes[0].Number != 4 || c.Lanes[0].Version != record.At(1, 4) {
		t.Errorf("after a reset to 1.4: %+v", c)
	}
}
