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
