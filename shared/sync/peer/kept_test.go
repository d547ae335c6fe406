// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"slices"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

var (
	serverLane = record.Lane{Incarnation: ident.Incarnation{7}, Scope: village}
	box        = peer.Offer{Lane: serverLane, First: 4, Last: 5, Chain: wire.Digest{5}}
)

// Boxes are kept with the checkpoint that they came before.
func TestDeviceKeepsBoxes(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Kept{Lane: serverLane, First: 4, Last: 5})
	s.hears(&wire.Kept{Lane: serverLane, First: 6, Last: 6, Answers: 9}) // of a subscription that was replaced
	for _, e := range s.m.Step(0, peer.Received{Message: checkpoint(2)}) {
		if store, ok := e.(peer.StoreCheckpoint); ok && (len(store.Kept) != 1 || store.Kept[0].First != 4) {
			t.Errorf("boxes %+v are kept, want the one from 4", store.Kept)
		}
	}
}

// Offered boxes go before the device's own work, which may build on them; and what
// the device sent before it heard of the restore is sent again behind them.
func TestDeviceOffersBoxesFirst(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Stored{Scope: village, Version: 1, Intact: true}, "send Have")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Reset{Scope: village}, "Forget", "LoadOutbox", "LoadCursors")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}) // as it was before the reset was stored
	both := peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}, Offers: []peer.Offer{box}}
	s.at(0, both)
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe", "LoadOffer", "LoadFrame")
	s.at(0, both) // again, because something else was written: each box is offered once
	s.at(0, peer.Offered{Offer: box, Data: []byte{1}}, "send Frame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	s.hears(receiptsOf(box), "StoreReceipts")
	s.hears(&wire.Receipts{Lane: lane, Through: 1, Ranges: []wire.ReceiptRange{{From: 1, To: 1, Outcome: record.Accepted}}}, "StoreReceipts")
}

func receiptsOf(o peer.Offer) *wire.Receipts {
	return &wire.Receipts{
		Lane: o.Lane, Through: o.Last, Chain: o.Chain,
		Ranges: []wire.ReceiptRange{{From: o.First, To: o.Last, Outcome: record.Accepted, Version: 9}},
	}
}

// What the server cannot take yet is offered again when the scope has moved on, and
// holds up nothing meanwhile.
func TestDeviceOffersLaterAgain(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Stored{Scope: village, Version: 1, Intact: true}, "send Have")
	s.at(0, peer.Outbox{Offers: []peer.Offer{box}}, "LoadOffer")
	s.at(0, peer.Offered{Offer: box, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Expect{Lane: serverLane, Number: box.First})
	s.hears(checkpoint(2), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 2, Intact: true}, "send Have", "LoadOffer")
	s.at(0, peer.Offered{Offer: box}) // the replica has let it go
}

// Of a scope that is purged no checkpoint tells when to offer again: time does.
func TestDeviceRetriesOffersOfAPurgedScope(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlRevoke, Scope: village}}}, "StoreControl", "LoadAside")
	s.at(0, peer.Aside{})
	s.at(0, peer.Controlled{Acks: []wire.ControlAck{{Number: 1, Signature: []byte{1}}}}, "send ControlAck", "LoadOutbox", "LoadCursors")
	s.at(0, peer.Outbox{Offers: []peer.Offer{box}})
	s.at(0, peer.Cursors{}, "LoadOffer")
	s.at(0, peer.Offered{Offer: box, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Expect{Lane: serverLane, Number: box.First})
	s.at(peer.StallMS, peer.Received{Message: &wire.Ping{}}, "send Pong")
	s.at(peer.StallMS, peer.Tick{}, "LoadTrail", "LoadOffer")
}

// A frame of a scope whose cursor was void when it was sent is not judged: what it
// builds on may be on its way. One that came after the new cursor is.
func TestServerVoidsWhatWasSentTooEarly(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.hears(&wire.Frame{Data: []byte{1}}) // waits for the cursor
	reset := placed(true)
	reset.Reset = &wire.Reset{Scope: village}
	wantVoid := func(ev peer.Event, void ...ident.Scope) {
		t.Helper()
		for _, e := range s.m.Step(0, ev) {
			if c, ok := e.(peer.Commit); ok && !slices.Equal(c.Void, void) {
				t.Errorf("frame %d is judged with %v void, want %v", c.Data[0], c.Void, void)
			} else if ok {
				return
			}
		}
		t.Error("no frame is judged")
	}
	wantVoid(reset, village)
	s.hears(&wire.Frame{Data: []byte{2}})
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}, Number: 1}, "Place")
	s.hears(&wire.Frame{Data: []byte{3}})
	s.at(0, peer.Committed{})
	wantVoid(placed(true), village) // 2, which was sent before
	wantVoid(peer.Committed{})      // 3
	s.at(0, peer.Committed{})
}

// A scope that is revoked instead is not subscribed anew: its lanes go on when the
// device confirms that.
func TestServerHearsARevokedScopeAgain(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	reset := placed(true)
	reset.Reset = &wire.Reset{Scope: village}
	s.at(0, reset, "send Reset")
	s.at(0, peer.ControlLoaded{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlRevoke, Scope: village}}}, "send Control")
	s.hears(&wire.ControlAck{Number: 1}, "AckControl")
	for _, e := range s.m.Step(0, peer.Received{Message: &wire.Frame{}}) {
		if c, ok := e.(peer.Commit); ok && len(c.Void) != 0 {
			t.Errorf("void: %v", c.Void)
		}
	}
}

// Boxes go between the rows and the checkpoint that closes them.
func TestServerSendsBoxes(t *testing.T) {
	s := subscribed(t)
	c := changed(0, 0, 2, false)
	c.Kept = []*wire.Kept{{Lane: serverLane}}
	s.at(0, c, "send Rows", "send Kept", "send Checkpoint", "Drain")
}

// A device that is switched off asks for its scopes anew as well, and is not answered;
// what it still has is heard.
func TestServerHearsADeviceThatIsOffAgain(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	reset := placed(true)
	reset.Reset = &wire.Reset{Scope: village}
	s.at(0, reset, "send Reset")
	s.at(0, peer.ControlMoved{Off: true}, "LoadControl")
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}, Number: 1})
	for _, e := range s.m.Step(0, peer.Received{Message: &wire.Frame{}}) {
		if c, ok := e.(peer.Commit); ok && len(c.Void) != 0 {
			t.Errorf("void: %v", c.Void)
		}
	}
}
