// SPDX-License-Identifier: Apache-2.0

package hub_test

import (
	"testing"
	"time"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// TestForkAfterArrival is a laptop whose disk was copied. Two of its change sets
// had arrived without a receipt when the copy wrote a third, so that its lane is
// closed and all three are issued again. What somebody wrote over them meanwhile
// stays, and each counts once.
func TestForkAfterArrival(t *testing.T) {
	s := openSite(t)
	a, b := s.granted(), s.granted()
	h := a.add("甲")
	a.edit(h, "holder", "乙")
	batch := a.arrived()

	clone := batch.Sets[1]
	clone.Link.Number, clone.Base.Number = 3, 2
	clone.Writes = []record.Write{{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{"phone": record.OfText("19900000001")}}}
	forged, err := wire.NewBatch(batch.Lane, 3, batch.After, batch.Seed, []record.ChangeSet{clone})
	s.must(err)
	_, err = s.st.Commit(t.Context(), store.Submission{Device: a.id, Batch: forged, NowMS: time.Now().UnixMilli()})
	s.must(err)
	b.sync()
	b.edit(h, "holder", "丙")
	b.sync()

	a.edit(h, "village", "大沙")
	s.check(5, map[record.Header]string{h: "丙"}, a, b)
	if a.text(h, "village") != "大沙" || b.text(h, "phone") != "19900000001" {
		t.Errorf("village %q, phone %q", a.text(h, "village"), b.text(h, "phone"))
	}
	if lane := a.replica.Incarnation(); lane == batch.Lane.Incarnation {
		t.Error("the lane was not closed: the test shows nothing")
	}
	a.edit(h, "holder", "丁") // in the new lane, having seen it all
	s.check(6, map[record.Header]string{h: "丁"}, a, b)
}

// arrived commits what waits and keeps the receipts from the device.
func (d *device) arrived() *wire.Batch {
	t := d.w.t
	t.Helper()
	u := d.replica.Unsent()[0]
	f, err := d.replica.NextFrame(t.Context(), u.Lane, u.First, 100, record.MaxFrameBytes)
	d.w.must(err)
	plain, err := envelope.Open(d.w.id.Box, f.Data)
	d.w.must(err)
	batch, err := wire.DecodeFrame(plain)
	d.w.must(err)
	_, err = d.w.st.Commit(t.Context(), store.Submission{Device: d.id, Batch: batch, NowMS: time.Now().UnixMilli()})
	d.w.must(err)
	return batch
}
