// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// asks steps a device and returns the one LoadFrame that comes of it.
func (s story) asks(ev peer.Event) peer.LoadFrame {
	s.t.Helper()
	for _, e := range s.m.Step(0, ev) {
		if load, ok := e.(peer.LoadFrame); ok {
			return load
		}
	}
	s.t.Fatalf("after %T nothing is loaded", ev)
	return peer.LoadFrame{}
}

func unread(n uint64) peer.Received {
	return peer.Received{Message: &wire.Fault{Code: "corrupt", Key: "sync.frame", Frame: n}}
}

// TestDeviceFindsWhatCannotBeRead: of a frame that the server cannot read, the change
// sets go one by one, with nothing behind them; the one that comes back twice is put
// aside, and the session goes on.
func TestDeviceFindsWhatCannotBeRead(t *testing.T) {
	s := openDevice(t)
	other := record.Lane{Incarnation: lane.Incarnation, Scope: "unit:other"}
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 5}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 3, Data: []byte{1}}, "send Frame", "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 4, To: 5, Data: []byte{1}}, "send Frame")
	if load := s.asks(unread(1)); load != (peer.LoadFrame{Lane: lane, From: 1, Alone: true}) {
		t.Fatalf("loads %+v, want the first alone", load)
	}
	s.hears(&wire.Expect{Lane: lane, Number: 1}, "Rewind") // of the second frame
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}})
	if load := s.asks(peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 5}}}); !load.Alone {
		t.Fatal("after the answer to a later frame it is not remembered what was in doubt")
	}
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: other, First: 1, Last: 1}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: other, From: 1, To: 1, Data: []byte{1}}, "send Frame") // another lane does not wait
	s.hears(&wire.Receipts{Lane: lane, Through: 1}, "StoreReceipts")
	s.at(0, peer.Receipted{Lane: lane}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 2, To: 2, Data: []byte{1}}, "send Frame") // the fifth
	s.at(0, unread(5), "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 2, To: 2, Data: []byte{1}}, "send Frame")
	s.at(0, unread(6), "send Ask")
	for _, e := range s.m.Step(0, peer.Received{Message: &wire.Receipts{Lane: lane, Asked: true}}) {
		if aside, ok := e.(peer.PutAside); ok {
			if aside != (peer.PutAside{Lane: lane, Number: 2}) {
				t.Errorf("put aside %+v, want the second", aside)
			}
			next := record.Lane{Incarnation: [16]byte{2}, Scope: village}
			if load := s.asks(peer.Outbox{Lanes: []peer.Unsent{{Lane: next, First: 1, Last: 3}}}); load.Alone || load.Lane != next {
				t.Errorf("loads %+v, want the rest together", load)
			}
			return
		}
	}
	t.Error("nothing is put aside")
}

// TestDeviceShowsNothingAgainThatCannotBeRead: what has a receipt and is only shown
// again does not go round for ever.
func TestDeviceShowsNothingAgainThatCannotBeRead(t *testing.T) {
	s := openDevice(t)
	shown := peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 3, Last: 3}}}
	for n := range uint64(3) {
		if n == 0 {
			s.at(0, shown, "LoadFrame")
		}
		s.at(0, peer.Loaded{Lane: lane, From: 3, To: 3, Data: []byte{1}}, "send Frame")
		if n < 2 {
			s.at(0, unread(n+1), "LoadFrame")
		} else {
			s.at(0, unread(n+1), "send Ask")
			s.hears(&wire.Receipts{Lane: lane, Asked: true}, "PutAside")
		}
	}
	s.at(0, shown)
}

// TestDeviceDoesNotLeaveLanesForEver: what does not verify in a new lane either is
// not the lane's fault.
func TestDeviceDoesNotLeaveLanesForEver(t *testing.T) {
	s := openDevice(t)
	next := record.Lane{Incarnation: [16]byte{2}, Scope: village}
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	s.hears(&wire.LaneClosed{Lane: lane, Reason: wire.CloseUnproved}, "NewLane")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: next, First: 1, Last: 1}}}, "LoadFrame")
	for range 2 {
		s.at(0, peer.Loaded{Lane: next, From: 1, To: 1, Data: []byte{1}}, "send Frame")
		s.hears(&wire.LaneClosed{Lane: next, Reason: wire.CloseUnproved}, "LoadFrame")
	}
	s.at(0, peer.Loaded{Lane: next, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	s.hears(&wire.LaneClosed{Lane: next, Reason: wire.CloseUnproved}, "send Ask")
	s.hears(&wire.Receipts{Lane: next, Asked: true}, "PutAside")
}

// TestDevicePutsNothingAsideThatStands: the server took it when it could read it, and the
// receipt was lost.
func TestDevicePutsNothingAsideThatStands(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 2}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 2, Data: []byte{1}}, "send Frame")
	for n := range uint64(2) {
		s.at(0, unread(n+1), "LoadFrame")
		s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	}
	s.at(0, unread(3), "send Ask")
	s.hears(&wire.Receipts{
		Lane: lane, Asked: true, Through: 1,
		Ranges: []wire.ReceiptRange{{From: 1, To: 1, Outcome: record.Accepted, Version: 1}},
	}, "StoreReceipts")
	s.at(0, peer.Receipted{Lane: lane, Asked: true}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 2, To: 2, Data: []byte{1}}, "send Frame")
}

// TestDeviceKeepsABoxThatCannotBeRead: it is not offered again in the session, and
// holds up nothing.
func TestDeviceKeepsABoxThatCannotBeRead(t *testing.T) {
	s := openDevice(t)
	offer := peer.Offer{Lane: record.Lane{Incarnation: [16]byte{9}, Scope: village}, First: 1, Last: 2}
	s.at(0, peer.Outbox{Offers: []peer.Offer{offer}}, "LoadOffer")
	s.at(0, peer.Offered{Offer: offer, Data: []byte{1}}, "send Frame")
	s.at(0, unread(1))
	s.at(0, peer.Outbox{Offers: []peer.Offer{offer}, Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}, "LoadFrame")
}
