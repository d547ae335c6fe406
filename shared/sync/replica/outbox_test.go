// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"testing"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// TestShownAgain: of a scope that was revoked no cursor tells whether a restored
// server still has what it receipted. The device shows the end of its lanes, and
// where the answer is another than the first one, everything before waits again.
func TestShownAgain(t *testing.T) {
	for name, stop := range map[string]wire.ControlEntry{
		"revoked":      {Number: 2, Op: wire.ControlRevoke, Scope: recordtest.Here},
		"switched off": {Number: 2, Op: wire.ControlSwitchOff},
	} {
		t.Run(name, func(t *testing.T) { testShownAgain(t, stop) })
	}
}

func testShownAgain(t *testing.T, stop wire.ControlEntry) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := range 3 {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n+1), recordtest.Fields{"people": record.OfInt(1)}))
	}
	lane := d.Unsent()[0].Lane
	s.push(d)
	if _, err := d.ApplyControl(ctx, []wire.ControlEntry{stop}); err != nil {
		t.Fatal(err)
	}
	if out := d.Outbox(); len(d.Unsent()) != 0 || len(out) != 1 || out[0] != (peer.Unsent{Lane: lane, First: 3, Last: 3}) {
		t.Fatalf("unsent %+v, outbox %+v: want the third shown again", d.Unsent(), out)
	}
	frame, err := d.NextFrame(ctx, lane, 3, 100, record.MaxFrameBytes)
	if err != nil || frame == nil || frame.From != 3 || frame.To != 3 {
		t.Fatalf("frame %+v, %v", frame, err)
	}
	reopened, err := d.ApplyReceipts(ctx, s.commit(d, frame.Data)) // as before
	if err != nil || reopened || len(d.Unsent()) != 0 {
		t.Errorf("the same receipt: reopened %v, %v, unsent %+v", reopened, err, d.Unsent())
	}
	other := []record.Receipt{{Link: record.Link{Lane: lane, Number: 3}, Outcome: record.Quarantined, Reason: "sync.quarantine.scope"}}
	reopened, err = d.ApplyReceipts(ctx, &wire.Receipts{Lane: lane, Ranges: peer.Pack(other), Through: 3, Chain: s.chains[lane], Epoch: 2})
	if u := d.Unsent(); err != nil || !reopened || len(u) != 1 || u[0].First != 1 || u[0].Last != 2 {
		t.Errorf("another receipt: reopened %v, %v, unsent %+v, want 1 and 2", reopened, err, u)
	}
}

// TestDecidedIsShownAgain: a backup can have what was quarantined and not what was
// decided about it. A device that is switched off shows such a lane from there on,
// and what was decided last counts at once.
func TestDecidedIsShownAgain(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	for n := range 4 {
		d.apply(recordtest.Create(recordtest.Header(recordtest.Household, n+1), recordtest.Fields{"people": record.OfInt(1)}))
	}
	lane := d.Unsent()[0].Lane
	chains := map[uint64]wire.Digest{}
	for n := uint64(1); n <= 4; n++ {
		s.commit(d, must(d.NextFrame(ctx, lane, n, 1, record.MaxFrameBytes)).Data)
		chains[n] = s.chains[lane]
	}
	if _, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: 2, Op: wire.ControlSwitchOff}}); err != nil {
		t.Fatal(err)
	}
	hear := func(asked bool, receipts ...record.Receipt) (reopened bool) {
		through := receipts[len(receipts)-1].Link.Number
		return must(d.ApplyReceipts(ctx, &wire.Receipts{
			Lane: lane, Ranges: peer.Pack(receipts), Through: through, Chain: chains[through], Epoch: 2, Asked: asked,
		}))
	}
	kept := func(n uint64) record.Receipt {
		return record.Receipt{Link: record.Link{Lane: lane, Number: n}, Outcome: record.Quarantined, Reason: "sync.quarantine.scope"}
	}
	hear(false, kept(1), kept(2), kept(3), kept(4))
	decided := record.Receipt{Link: record.Link{Lane: lane, Number: 2}, Outcome: record.Accepted, Version: 9, Decided: true}
	hear(true, decided)
	if out := d.Outbox(); len(out) != 1 || out[0] != (peer.Unsent{Lane: lane, First: 2, Last: 4}) {
		t.Fatalf("outbox %+v, want the lane from 2 on", out)
	}
	frame := must(d.NextFrame(ctx, lane, 2, 2, record.MaxFrameBytes))
	if frame == nil || frame.From != 2 || frame.To != 3 {
		t.Fatalf("frame %+v, want 2 and 3", frame)
	}
	if frame = must(d.NextFrame(ctx, lane, 4, 2, record.MaxFrameBytes)); frame == nil || frame.To != 4 {
		t.Fatalf("frame %+v, want 4", frame)
	}
	if !hear(false, kept(2), kept(3)) {
		t.Error("the decision is lost, and nothing waits again")
	}
}

// TestRegranted: a scope that is revoked and granted again in one message is held,
// and pulled anew.
func TestRegranted(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"people": record.OfInt(1)}))
	s.push(d)
	s.pull(d, recordtest.Officer)
	_, err := d.ApplyControl(ctx, []wire.ControlEntry{
		{Number: 2, Op: wire.ControlRevoke, Scope: recordtest.Here},
		{Number: 3, Op: wire.ControlGrant, Scope: recordtest.Here, View: string(recordtest.Officer)},
	})
	if c := d.Cursors(); err != nil || len(c) != 1 || c[0].Version != 0 {
		t.Fatalf("cursors %+v, %v: want the scope from its beginning", c, err)
	}
	if !s.pull(d, recordtest.Officer) || d.row(recordtest.ID(1)).Int("people") != 1 {
		t.Error("the scope was not pulled anew")
	}
}

// TestControlGap: an entry that leaves a gap waits for what is missing.
func TestControlGap(t *testing.T) {
	d := newServer(t).newDevice(replica.Laptop, 1)
	acks, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: 2, Op: wire.ControlGrant, Scope: recordtest.Here, View: "officer"}})
	if at := must(d.Control(ctx)); err != nil || len(acks) != 0 || at.Number != 0 || len(d.Cursors()) != 0 {
		t.Errorf("%d acknowledged, log at %d, %v", len(acks), at, err)
	}
}
