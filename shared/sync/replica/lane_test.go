// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"fmt"
	"testing"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/wire"
)

// TestCloseLane: the server holds a lane up to 2 and closes it; 3 and 4 are issued
// again, naming their origin, and still build on each other.
func TestCloseLane(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"income": record.OfInt(1)}))
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"income": record.OfInt(2)}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"income": record.OfInt(3)}))
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"income": record.OfInt(4)}))
	old := d.Unsent()[0].Lane
	inc := d.Incarnation()

	closed := &wire.LaneClosed{Lane: old, Last: 2, Chain: s.chains[old], Reason: wire.CloseUnproved}
	if err := d.CloseLane(ctx, closed); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		u := d.Unsent()
		if len(u) != 1 || u[0].Lane == old || u[0].First != 1 || u[0].Last != 2 || d.Incarnation() == inc {
			t.Fatalf("unsent = %+v, want 1 and 2 of a lane of a new incarnation", u)
		}
		if err := d.Verify(ctx); err != nil {
			t.Fatalf("verify: %v", err)
		}
		d.reopen()
		d.unlock()
	}
	s.push(d)
	if !s.pull(d, recordtest.Officer) {
		t.Error("digest does not match")
	}
	row := d.row(h.ID)
	if row.Int("income") != 4 || len(row.Disputed()) > 0 {
		t.Errorf("income %d, disputed %v, want 4 and none", row.Int("income"), row.Disputed())
	}
	for i, cs := range s.accepted[2:] {
		if cs.Origin == nil || cs.Origin.Lane != old || cs.Origin.Number != uint64(i+3) {
			t.Errorf("origin = %+v, want number %d of the old lane", cs.Origin, i+3)
		}
	}
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"income": record.OfInt(5)}))
	if s.push(d) != 1 {
		t.Error("the new lane does not go on")
	}
}

// TestClone: two devices from one disk; the second to come is told that its number
// is taken by another digest, and loses nothing: not even what has a receipt of a
// server that was restored since.
func TestClone(t *testing.T) {
	for _, receipted := range []bool{false, true} {
		t.Run(fmt.Sprintf("receipted %t", receipted), func(t *testing.T) { testClone(t, receipted) })
	}
}

func testClone(t *testing.T, receipted bool) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"people": record.OfInt(1)}))
	lane := d.Unsent()[0].Lane
	if receipted { // and hears of the loss by what it shows again, as it is switched off
		lost := newServer(t)
		lost.push(d)
		if _, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: 2, Op: wire.ControlSwitchOff}}); err != nil {
			t.Fatal(err)
		}
		if out := d.Outbox(); len(out) != 1 {
			t.Fatalf("shown again: %+v, want the last of the lane", out)
		}
	}
	foreign := wire.LaneStart(lane)
	foreign[0] ^= 1
	if err := d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Last: 1, Chain: foreign, Reason: wire.CloseFork}); err != nil {
		t.Fatal(err)
	}
	if u := d.Unsent(); len(u) != 1 || u[0].Lane == lane || u[0].Last != 1 {
		t.Fatalf("unsent = %+v, want all of it in a new lane", u)
	}
	s.push(d)
	if s.rows[recordtest.ID(1)] == nil {
		t.Error("the clone's work is lost")
	}
}

func TestExpect(t *testing.T) {
	world := func(t *testing.T) (*server, *device, record.Lane) {
		s := newServer(t)
		d := s.newDevice(replica.Laptop, 1)
		d.grant(recordtest.Officer, recordtest.Here)
		for n := 1; n <= 4; n++ {
			d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(1)}))
		}
		return s, d, d.Unsent()[0].Lane
	}
	t.Run("a frame was lost", func(t *testing.T) {
		s, d, lane := world(t)
		f := must(d.NextFrame(ctx, lane, 1, 2, record.MaxFrameBytes))
		if _, err := d.ApplyReceipts(ctx, s.commit(d, f.Data)); err != nil {
			t.Fatal(err)
		}
		if err := d.Expect(ctx, &wire.Expect{Lane: lane, Number: 3, Chain: s.chains[lane]}); err != nil {
			t.Fatal(err)
		}
		if u := d.Unsent(); u[0].Lane != lane || u[0].First != 3 {
			t.Errorf("unsent = %+v, want the same lane from 3", u)
		}
	})
	t.Run("receipts of an early frame with the digest of a later one", func(t *testing.T) {
		s, d, lane := world(t)
		early := must(d.NextFrame(ctx, lane, 1, 2, record.MaxFrameBytes))
		m := s.commit(d, early.Data)
		s.commit(d, must(d.NextFrame(ctx, lane, 3, 2, record.MaxFrameBytes)).Data)
		m.Chain = s.chains[lane]
		if _, err := d.ApplyReceipts(ctx, m); err != nil {
			t.Fatal(err)
		}
		if u := d.Unsent(); len(u) != 1 || u[0].First != 3 {
			t.Errorf("unsent = %+v, want from 3", u)
		}
	})
	t.Run("the server lost receipted ones", func(t *testing.T) {
		s, d, lane := world(t)
		first := must(envelope.Open(s.box, must(d.NextFrame(ctx, lane, 1, 1, record.MaxFrameBytes)).Data))
		chain := must(wire.DecodeFrame(first)).After
		s.push(d)
		if err := d.Expect(ctx, &wire.Expect{Lane: lane, Number: 2, Chain: chain}); err != nil {
			t.Fatal(err)
		}
		if u := d.Unsent(); len(u) != 1 || u[0].First != 1 || u[0].Last != 4 {
			t.Errorf("unsent = %+v, want all again", u)
		}
	})
	t.Run("the server lost receipted ones, and the device what they follow", func(t *testing.T) {
		s, d, lane := world(t)
		s.push(d)
		if err := d.Expect(ctx, &wire.Expect{Lane: lane, Number: 3, Chain: wire.LaneStart(lane)}); err != nil {
			t.Fatal(err)
		}
		u := d.Unsent()
		if len(u) != 1 || u[0].Lane == lane || u[0].First != 1 || u[0].Last != 4 {
			t.Fatalf("unsent = %+v, want all again, in a new lane", u)
		}
		s.push(d)
		if at := s.accepted[4].Origin; at == nil || *at != (record.Link{Lane: lane, Number: 1}) {
			t.Errorf("origin %+v, want number 1", at)
		}
	})
	t.Run("this device lost some", func(t *testing.T) {
		s, d, lane := world(t)
		if err := d.Expect(ctx, &wire.Expect{Lane: lane, Number: 9, Chain: wire.LaneStart(lane)}); err != nil {
			t.Fatal(err)
		}
		if u := d.Unsent(); len(u) != 1 || u[0].Lane == lane || u[0].Last != 4 {
			t.Errorf("unsent = %+v, want all four in a new lane", u)
		}
		s.push(d)
		if len(s.accepted) != 4 {
			t.Errorf("%d accepted, want 4", len(s.accepted))
		}
	})
}

// TestServerRestored: the server comes back from a backup that lacks what it had
// receipted. The device offers it again and nothing is lost.
// TestFramesSkipWhatIsGone: the server's backup holds what stands before and after a
// refused change set, so that only this one is here. A server restored from it asks
// for later work, and the whole lane waits again; frames pass over the gap.
func TestFramesSkipWhatIsGone(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	s.refuse["test.refused"] = true
	create := func(n int) record.Act {
		return recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(1)})
	}
	bad := create(2)
	bad.Name = "test.refused"
	for _, act := range []record.Act{create(1), bad, create(3)} {
		d.apply(act)
	}
	lane := d.Unsent()[0].Lane
	s.push(d)
	rows, cp := s.delta(d.Cursors()[0], s.acc.View(recordtest.Officer))
	cp.Watermark = s.head
	s.deliver(d, rows, cp)
	backup := s.chains[lane]
	d.apply(create(4))
	s.push(d)

	if err := d.Expect(ctx, &wire.Expect{Lane: lane, Number: 4, Chain: backup}); err != nil {
		t.Fatal(err)
	}
	if u := d.Unsent(); len(u) != 1 || u[0] != (peer.Unsent{Lane: lane, First: 2, Last: 4}) {
		t.Fatalf("unsent %+v, want 2 to 4", u)
	}
	s.next[lane], s.chains[lane] = 4, backup
	s.push(d)
	if u := d.Unsent(); len(u) != 0 || s.next[lane] != 5 {
		t.Errorf("unsent %+v, and the server expects %d", u, s.next[lane])
	}
}

func TestServerRestored(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"income": record.OfInt(1)}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	backup, lane := s.head, s.accepted[0].Link.Lane
	fields, chain := s.rows[h.ID].fields["income"], s.chains[lane]
	heads := s.rows[h.ID].heads["income"]

	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"income": record.OfInt(2)}))
	s.refuse["test.refused"] = true
	bad := recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(9)})
	bad.Name = "test.refused"
	d.apply(bad)
	s.push(d)
	s.pull(d, recordtest.Officer)

	s.epoch, s.head, s.next[lane], s.chains[lane] = 2, backup, 2, chain
	s.rows[h.ID].fields["income"], s.rows[h.ID].heads["income"] = fields, heads
	reset := &wire.Reset{Scope: recordtest.Here, Epoch: 2, From: backup}
	if err := d.ResetScope(ctx, recordtest.Here, reset); err != nil {
		t.Fatal(err)
	}
	if u := d.Unsent(); len(u) != 1 || u[0].First != 2 || u[0].Last != 3 {
		t.Fatalf("unsent = %+v, want 2 and 3 again", u)
	}
	if got := d.row(h.ID).Int("income"); got != 2 {
		t.Errorf("income %d while it waits again, want 2", got)
	}
	s.push(d)
	if !s.pull(d, recordtest.Officer) {
		t.Error("digest does not match in the new epoch")
	}
	row := d.row(h.ID)
	if row.Int("income") != 2 || row.Fields["income"].Version.Epoch() != 2 || row.Pending() || len(row.Disputed()) > 0 {
		t.Errorf("income %d of epoch %d, want 2 of epoch 2, settled", row.Int("income"), row.Fields["income"].Version.Epoch())
	}
	if g := must(d.Tray(ctx)); len(g) != 1 {
		t.Errorf("%d groups in the tray, want the refused one", len(g))
	}
}
