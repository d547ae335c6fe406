// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

var lane = record.Lane{Incarnation: ident.Incarnation{1}, Scope: village}

// names tells effects as words, so that a test reads as a story.
func names(effects []peer.Effect) []string {
	out := []string{}
	for _, e := range effects {
		switch e := e.(type) {
		case peer.Progress:
			continue
		case peer.Send:
			out = append(out, "send "+strings.TrimPrefix(fmt.Sprintf("%T", e.Message), "*wire."))
		case peer.End:
			key := ""
			if e.Fault != nil {
				key = " " + e.Fault.Key
			}
			out = append(out, "end"+key)
		default:
			out = append(out, strings.TrimPrefix(fmt.Sprintf("%T", e), "peer."))
		}
	}
	return out
}

type stepper interface {
	Step(nowMS int64, ev peer.Event) []peer.Effect
}

// story steps a machine through events and compares what it wants done.
type story struct {
	t *testing.T
	m stepper
}

func (s story) at(nowMS int64, ev peer.Event, want ...string) {
	s.t.Helper()
	if want == nil {
		want = []string{}
	}
	if diff := cmp.Diff(want, names(s.m.Step(nowMS, ev))); diff != "" {
		s.t.Fatalf("after %T (-want +got):\n%s", ev, diff)
	}
}

func (s story) hears(m wire.Message, want ...string) {
	s.t.Helper()
	s.at(0, peer.Received{Message: m}, want...)
}

// openDevice returns a device in an open session that holds the village.
func openDevice(t *testing.T) story {
	t.Helper()
	s := story{t, peer.NewDevice()}
	s.at(0, peer.Start{}, "send Hello")
	s.hears(&wire.Challenge{Protocol: 1}, "Offset", "Prove")
	s.at(0, peer.Proved{}, "send Proof")
	s.hears(&wire.Welcome{Window: 2}, "LoadOutbox", "LoadCursors", "LoadTrail")
	s.at(0, peer.Trail{})
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
	s.hears(&wire.Control{}, "StoreControl", "LoadAside")
	s.at(0, peer.Aside{})
	s.at(0, peer.Controlled{}, "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}})
	return s
}

func checkpoint(v record.Version) *wire.Checkpoint {
	return &wire.Checkpoint{Cursor: wire.Cursor{Scope: village, Version: v}}
}

func TestDeviceKeepsToTheWindow(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 9}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 3, Data: []byte{1}}, "send Frame", "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 4, To: 6, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Receipts{Lane: lane, Through: 3}, "StoreReceipts")
	s.at(0, peer.Receipted{Lane: lane}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 7, To: 9, Data: []byte{1}}, "send Frame")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 4, Last: 10}}})
	s.hears(&wire.Receipts{Lane: lane, Through: 9}, "StoreReceipts")
	s.at(0, peer.Receipted{Lane: lane}, "LoadFrame")
}

// The window is one for all lanes, and a long lane does not hold up the others.
func TestDeviceSharesTheWindow(t *testing.T) {
	s := openDevice(t)
	other := record.Lane{Incarnation: lane.Incarnation, Scope: "unit:other"}
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 90}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 3, Data: []byte{1}}, "send Frame", "LoadFrame")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: other, First: 1, Last: 1}}})
	s.at(0, peer.Loaded{Lane: lane, From: 4, To: 6, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Receipts{Lane: lane, Through: 3}, "StoreReceipts")
	for _, e := range s.m.Step(0, peer.Receipted{Lane: lane}) {
		if load, ok := e.(peer.LoadFrame); ok && load.Lane == other {
			s.at(0, peer.Loaded{Lane: other, From: 1, To: 1, Data: []byte{1}}, "send Frame")
			return
		}
	}
	t.Error("the other lane does not get its turn")
}

func TestDeviceGoesBackToWhereTheServerStands(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 8, Last: 9}}}, "LoadFrame")
	s.hears(&wire.Expect{Lane: lane, Number: 5}, "Rewind")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 5, Last: 9}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 8, To: 9, Data: []byte{1}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 5, To: 9, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Expect{Lane: lane, Number: 5}, "Rewind")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 5, Last: 9}}}, "LoadFrame")
	s.hears(&wire.LaneClosed{Lane: lane, Last: 4}, "NewLane")
	s.at(0, peer.Loaded{Lane: lane, From: 5, To: 9, Data: []byte{1}})
}

func TestDeviceConfirmsOnlyWhatIsDurableAndIntact(t *testing.T) {
	s := openDevice(t)
	s.hears(checkpoint(7), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 7, Intact: true}, "send Have")
	s.hears(checkpoint(8), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 8}, "LoadBuckets")
	s.at(0, peer.Bucketed{Scope: village, Version: 7, Sums: new(wire.BucketSums)}, "send Buckets")
	list := &wire.Repair{Scope: village, Version: 9}
	s.hears(list, "CompareList")
	s.at(0, peer.Compared{Scope: village, Wanted: &peer.Wanted{Repair: list}}, "send Want")
	s.hears(checkpoint(9), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 9}, "Forget", "LoadOutbox", "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
	again := checkpoint(9)
	again.Answers = 1
	s.hears(again, "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 9}, "end sync.digest")
}

// A repair that helps is confirmed like any checkpoint, and leaves a later
// mismatch the same means; what cannot be told by buckets or by a list is asked for
// whole.
func TestDeviceIsMended(t *testing.T) {
	s := openDevice(t)
	list := &wire.Repair{Scope: village, Version: 9, Buckets: []uint8{3}}
	s.hears(list) // nobody asked
	for range 2 {
		s.hears(checkpoint(8), "StoreCheckpoint")
		s.at(0, peer.Stored{Scope: village, Version: 8}, "LoadBuckets")
		s.at(0, peer.Bucketed{Scope: village, Version: 7, Sums: new(wire.BucketSums)}, "send Buckets")
		s.hears(list, "CompareList")
		s.at(0, peer.Compared{Scope: village, Wanted: &peer.Wanted{Repair: list, IDs: []ident.Record{{1}}}}, "send Want")
		beyond := checkpoint(12)
		beyond.Since = 20
		s.hears(beyond) // it would skip what changed since the list
		last := checkpoint(11)
		last.Since = 9
		for _, e := range s.m.Step(0, peer.Received{Message: last}) {
			if e, ok := e.(peer.StoreCheckpoint); ok && (e.Wanted == nil || e.Wanted.Repair != list) {
				t.Errorf("the checkpoint came without what was wanted: %+v", e)
			}
		}
		s.at(0, peer.Stored{Scope: village, Version: 11, Intact: true}, "send Have")
	}
	for _, compare := range []bool{false, true} {
		s = openDevice(t)
		s.hears(checkpoint(10), "StoreCheckpoint")
		s.at(0, peer.Stored{Scope: village, Version: 10}, "LoadBuckets")
		if compare {
			s.at(0, peer.Bucketed{Scope: village, Sums: new(wire.BucketSums)}, "send Buckets")
			s.hears(list, "CompareList")
			s.at(0, peer.Compared{Scope: village}, "Forget", "LoadOutbox", "LoadCursors")
			continue
		}
		s.at(0, peer.Bucketed{Scope: village}, "Forget", "LoadOutbox", "LoadCursors")
	}
}

// Settled is a comparison of numbers: every receipt durable, every scope held
// at least up to what the receipts speak of.
func TestDeviceSettles(t *testing.T) {
	s := openDevice(t)
	settled := func(ev peer.Event, want bool) {
		t.Helper()
		told := 0
		for _, e := range s.m.Step(0, ev) {
			if p, ok := e.(peer.Progress); ok && p.State.Settled == want {
				told++
			}
		}
		if told != 1 {
			t.Fatalf("after %T: told %d times that settled is %v, want once", ev, told, want)
		}
	}
	quiet := func(ev peer.Event) {
		t.Helper()
		for _, e := range s.m.Step(0, ev) {
			if p, ok := e.(peer.Progress); ok && p.State.Settled {
				t.Fatalf("settled after %T", ev)
			}
		}
	}
	quiet(peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}})
	quiet(peer.Received{Message: checkpoint(3)})
	quiet(peer.Stored{Scope: village, Version: 3, Intact: true})
	quiet(peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}})
	quiet(peer.Received{Message: &wire.Receipts{
		Lane: lane, Through: 1, Ranges: []wire.ReceiptRange{{From: 1, To: 1, Outcome: record.Accepted, Version: 4}},
	}})
	quiet(peer.Received{Message: checkpoint(4)})
	quiet(peer.Stored{Scope: village, Version: 4, Intact: true})
	settled(peer.Receipted{Lane: lane}, true)
	settled(peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 2, Last: 2}}}, false)
}

// What has to be looked at again is not settled, however quiet it is: a lane that
// the server closed or has forgotten, a scope that does not match.
func TestDeviceIsNotSettledWhileItMends(t *testing.T) {
	for name, ev := range map[string]peer.Event{
		"expect":      peer.Received{Message: &wire.Expect{Lane: lane, Number: 1}},
		"lane closed": peer.Received{Message: &wire.LaneClosed{Lane: lane}},
		"reset":       peer.Received{Message: &wire.Reset{Scope: village}},
		"mismatch":    peer.Stored{Scope: village, Version: 2},
	} {
		t.Run(name, func(t *testing.T) {
			s := openDevice(t)
			s.m.Step(0, peer.Outbox{})
			s.m.Step(0, peer.Received{Message: checkpoint(1)})
			settled := false
			note := func(effects []peer.Effect) {
				for _, e := range effects {
					if p, ok := e.(peer.Progress); ok {
						settled = p.State.Settled
					}
				}
			}
			note(s.m.Step(0, peer.Stored{Scope: village, Version: 1, Intact: true}))
			if !settled {
				t.Fatal("not settled when all is well")
			}
			if note(s.m.Step(0, ev)); settled {
				t.Error("settled although something has to be looked at again")
			}
		})
	}
}

// A scope that never sent a checkpoint is not settled.
func TestDeviceIsNotSettledWithoutACheckpoint(t *testing.T) {
	s := openDevice(t)
	for _, e := range s.m.Step(0, peer.Outbox{}) {
		if p, ok := e.(peer.Progress); ok && p.State.Settled {
			t.Fatal("settled although the village was never sent")
		}
	}
}

func TestDeviceStartsAnewAfterReset(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Stored{Scope: village, Version: 1, Intact: true}, "send Have")
	s.hears(&wire.Reset{Scope: village}, "Forget", "LoadOutbox", "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
}

// A scope is revoked and granted again while the server answers its subscription:
// nothing of that answer is taken for one to the second.
func TestDeviceKnowsWhatAnswersWhat(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{
		{Number: 1, Op: wire.ControlRevoke, Scope: village}, {Number: 2, Op: wire.ControlGrant, Scope: village},
	}}, "StoreControl", "LoadAside")
	s.at(0, peer.Controlled{}, "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
	data, err := wire.EncodeRows([]wire.RowDelta{{Header: record.Header{ID: ident.Record{1}, Kind: "household", Scope: village}}})
	if err != nil {
		t.Fatal(err)
	}
	s.hears(&wire.Rows{Scope: village, Data: data})
	s.hears(&wire.Repair{Scope: village})
	s.hears(checkpoint(2))
	s.hears(&wire.Rows{Scope: village, Data: data, Answers: 1})
	s.hears(&wire.Reset{Scope: village}, "Forget", "LoadOutbox")
	last := checkpoint(2)
	last.Answers = 1
	for _, e := range s.m.Step(0, peer.Received{Message: last}) {
		if store, ok := e.(peer.StoreCheckpoint); ok && len(store.Rows) != 1 {
			t.Errorf("%d rows are stored, want the one that came", len(store.Rows))
		}
	}
}

// What was receipted in this session may wait again after a reset: it is sent
// once more, whatever the machine had noted of its lane.
func TestDeviceSendsAgainAfterReset(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Stored{Scope: village, Version: 1, Intact: true}, "send Have")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 2, Last: 2}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 2, To: 2, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Receipts{Lane: lane, Through: 2, Ranges: []wire.ReceiptRange{{From: 2, To: 2, Outcome: record.Accepted}}}, "StoreReceipts")
	s.at(0, peer.Receipted{Lane: lane})
	s.hears(&wire.Reset{Scope: village}, "Forget", "LoadOutbox", "LoadCursors")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 2}}})
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe", "LoadFrame")
}

// After a revocation the device shows the server the end of lanes that no
// cursor watches any more.
func TestDeviceShowsItsLanesAfterARevocation(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlRevoke, Scope: village}}}, "StoreControl", "LoadAside")
	s.at(0, peer.Controlled{Acks: []wire.ControlAck{{Number: 1, Signature: []byte{1}}}}, "send ControlAck", "LoadOutbox", "LoadCursors")
}

// Receipts of a lane that was left meanwhile may open numbers again as well.
func TestDeviceLooksAtALaneItLeft(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Receipted{Lane: lane})
	s.at(0, peer.Receipted{Lane: lane, Reopened: true}, "LoadOutbox")
}

// Receipts that skip some do not hide that those are missing.
func TestDeviceMissesReceipts(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 2}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame", "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 2, To: 2, Data: []byte{1}}, "send Frame")
	second := &wire.Receipts{Lane: lane, Through: 2, Ranges: []wire.ReceiptRange{{From: 2, To: 2, Outcome: record.Accepted}}}
	s.hears(second, "StoreReceipts", "LoadOutbox")
	s.at(0, peer.Receipted{Lane: lane})
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}, "LoadFrame")
}

// What is granted and followed already, and is said again after a restore, changes
// nothing; granted in another view, the scope is followed anew.
func TestDeviceHearsAGrantAgain(t *testing.T) {
	s := openDevice(t)
	grant := func(number uint64, view string) *wire.Control {
		return &wire.Control{Entries: []wire.ControlEntry{{Number: number, Op: wire.ControlGrant, Scope: village, View: view}}}
	}
	s.hears(grant(1, ""), "StoreControl", "LoadAside") // the view of openDevice
	s.at(0, peer.Controlled{}, "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}})
	s.hears(grant(2, "other"), "StoreControl", "LoadAside")
	s.at(0, peer.Controlled{}, "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village, View: "other"}}}, "send Subscribe")
}

// A cursor that was read before its scope was purged and granted anew is not asked
// for: the one that follows is.
func TestDeviceKnowsAStaleCursor(t *testing.T) {
	s := story{t, peer.NewDevice()}
	s.at(0, peer.Start{}, "send Hello")
	s.hears(&wire.Challenge{Protocol: 1}, "Offset", "Prove")
	s.at(0, peer.Proved{}, "send Proof")
	s.hears(&wire.Welcome{Window: 2}, "LoadOutbox", "LoadCursors", "LoadTrail")
	s.at(0, peer.Trail{})
	s.hears(&wire.Control{Entries: []wire.ControlEntry{
		{Number: 1, Op: wire.ControlRevoke, Scope: village}, {Number: 2, Op: wire.ControlGrant, Scope: village},
	}}, "StoreControl", "LoadAside")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village, Version: 7}}}) // no longer so
	s.at(0, peer.Controlled{}, "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
}

// What has its receipt and waits again, whatever the reason, is sent again; but
// not because a receipt is still on its way to the disk.
func TestDeviceTrustsTheOutbox(t *testing.T) {
	s := openDevice(t)
	waits := peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}
	s.at(0, waits, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	s.hears(&wire.Receipts{Lane: lane, Through: 1, Ranges: []wire.ReceiptRange{{From: 1, To: 1, Outcome: record.Accepted}}}, "StoreReceipts")
	s.at(0, waits)
	s.at(0, peer.Receipted{Lane: lane}, "LoadOutbox")
	s.at(0, peer.Outbox{})
	s.at(0, waits, "LoadFrame")
}

// A checkpoint that begins beyond the cursor answers an older subscription; it
// would skip what lies between.
func TestDeviceSkipsNothing(t *testing.T) {
	s := openDevice(t)
	late := checkpoint(9)
	late.Since = 5
	s.hears(late)
	s.hears(checkpoint(9), "StoreCheckpoint")
}

// A scope revoked and granted again in one message is subscribed anew.
func TestDeviceFollowsARegrantedScope(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{
		{Number: 1, Op: wire.ControlRevoke, Scope: village}, {Number: 2, Op: wire.ControlGrant, Scope: village},
	}}, "StoreControl", "LoadAside")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
}

func TestDeviceDropsRowsOfARevokedScope(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlRevoke, Scope: village}}}, "StoreControl", "LoadAside")
	s.at(0, peer.Controlled{Acks: []wire.ControlAck{{Number: 1}}}, "send ControlAck", "LoadOutbox", "LoadCursors")
	s.at(0, peer.Cursors{})
	s.hears(checkpoint(9))
}

func TestDeviceHeartbeat(t *testing.T) {
	s := openDevice(t)
	s.at(peer.HeartbeatMS-1, peer.Tick{}, "LoadTrail")
	s.at(peer.HeartbeatMS, peer.Tick{}, "send Ping")
	s.at(peer.HeartbeatMS+1000, peer.Tick{})
	s.at(peer.HeartbeatMS+1000, peer.Received{Message: &wire.Pong{Number: 1}}, "Offset")
	s.at(peer.SilenceMS, peer.Tick{}, "send Ping")
	s.at(peer.HeartbeatMS+1000+peer.SilenceMS, peer.Tick{}, "end sync.silent")
	s.at(peer.SilenceMS*9, peer.Tick{})
}

// A device that only listens, to a long first sync, still says that it lives.
func TestDeviceSpeaksWhileItListens(t *testing.T) {
	s := openDevice(t)
	rows, err := wire.EncodeRows(nil)
	if err != nil {
		t.Fatal(err)
	}
	pings := 0
	for now := int64(0); now < 2*peer.HeartbeatMS; now += 1000 {
		s.at(now, peer.Received{Message: &wire.Rows{Scope: village, Data: rows}})
		for _, name := range names(s.m.Step(now, peer.Tick{})) {
			if name == "send Ping" {
				pings++
			}
		}
	}
	if pings != 1 {
		t.Errorf("%d pings in %d ms of listening, want 1", pings, 2*peer.HeartbeatMS)
	}
}

// stalled lets the other end answer every ping and nothing else, and returns
// when the machine gave up.
func (s story) stalled(fromMS int64) (overMS int64) {
	s.t.Helper()
	for now := fromMS; now < fromMS+10*peer.StallMS; now += 1000 {
		for _, e := range s.m.Step(now, peer.Tick{}) {
			switch e := e.(type) {
			case peer.Send:
				if ping, ok := e.Message.(*wire.Ping); ok {
					s.m.Step(now, peer.Received{Message: &wire.Pong{Number: ping.Number}})
				}
			case peer.End:
				if e.Fault.Kind != fault.Unavailable || e.Fault.Key != peer.Stalled {
					s.t.Fatalf("ended with %v", e.Fault)
				}
				return now
			}
		}
	}
	s.t.Fatal("it never gives up")
	return 0
}

// A server that answers pings and gives no receipts is left for a new session;
// every receipt begins the time anew.
func TestDeviceLeavesAStalledServer(t *testing.T) {
	fly := func(s story) {
		s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 9}}}, "LoadFrame")
		s.at(0, peer.Loaded{Lane: lane, From: 1, To: 3, Data: []byte{1}}, "send Frame", "LoadFrame")
		s.at(0, peer.Loaded{Lane: lane, From: 4, To: 6, Data: []byte{1}}, "send Frame")
	}
	s := openDevice(t)
	fly(s)
	if over := s.stalled(0); over < peer.StallMS || over > peer.StallMS+2*peer.HeartbeatMS {
		t.Errorf("gave up after %d ms", over)
	}

	s = openDevice(t)
	fly(s)
	answering(s, 0, peer.StallMS-1000)
	s.at(peer.StallMS-1000, peer.Received{Message: &wire.Receipts{Lane: lane, Through: 3}}, "StoreReceipts")
	if over := s.stalled(peer.StallMS - 1000); over < 2*peer.StallMS-1000 {
		t.Errorf("gave up at %d ms although a receipt came", over)
	}

	s = openDevice(t)
	s.hears(checkpoint(1), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 1, Intact: true}, "send Have")
	answering(s, 0, 3*peer.StallMS) // nothing is owed: an idle session stays
}

// Of a server that answers pings the device also expects the handshake, the
// control log and the first checkpoint of what it subscribed to; from one that
// switched it off, no data.
func TestDeviceWaitsForNothingForEver(t *testing.T) {
	hello := story{t, peer.NewDevice()}
	hello.at(0, peer.Start{}, "send Hello")
	for _, s := range []story{hello, openDevice(t)} {
		if over := s.stalled(0); over < peer.StallMS || over > peer.StallMS+2*peer.HeartbeatMS {
			t.Errorf("gave up after %d ms", over)
		}
	}
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlSwitchOff}}}, "StoreControl", "LoadAside")
	s.at(0, peer.Aside{})
	answering(s, 0, 3*peer.StallMS)
}

// Work that waits, is not in flight and does not go is a stall, although the server
// owes nothing; what comes down begins the time anew.
func TestDeviceNamesWorkThatDoesNotMove(t *testing.T) {
	idle := func() story {
		s := openDevice(t)
		s.hears(checkpoint(1), "StoreCheckpoint")
		s.at(0, peer.Stored{Scope: village, Version: 1, Intact: true}, "send Have")
		s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 3}}}, "LoadFrame") // never answered
		return s
	}
	if over := idle().stalled(0); over < peer.UnsentMS || over > peer.UnsentMS+2*peer.HeartbeatMS {
		t.Errorf("gave up after %d ms", over)
	}

	s := idle()
	answering(s, 0, peer.UnsentMS-1000)
	next := checkpoint(2)
	next.Since = 1
	s.at(peer.UnsentMS-1000, peer.Received{Message: next}, "StoreCheckpoint")
	s.at(peer.UnsentMS-1000, peer.Stored{Scope: village, Version: 2, Intact: true}, "send Have")
	if over := s.stalled(peer.UnsentMS - 1000); over < 2*peer.UnsentMS-1000 {
		t.Errorf("gave up at %d ms although a checkpoint came", over)
	}

	s = idle()
	s.hears(&wire.Control{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlSwitchOff}}}, "StoreControl", "LoadAside")
	s.at(0, peer.Aside{})
	answering(s, 0, 2*peer.UnsentMS) // switched off: it waits on purpose

	s = idle()
	s.at(0, peer.Loaded{Lane: lane, From: 1}) // nothing is left to send
	answering(s, 0, 2*peer.UnsentMS)
}

// answering lets time pass in which the other end answers pings.
func answering(s story, fromMS, toMS int64) {
	s.t.Helper()
	for now := fromMS; now < toMS; now += 1000 {
		for _, e := range s.m.Step(now, peer.Tick{}) {
			if send, ok := e.(peer.Send); ok {
				s.m.Step(now, peer.Received{Message: &wire.Pong{Number: send.Message.(*wire.Ping).Number}})
			} else if _, ok := e.(peer.End); ok {
				s.t.Fatalf("ended at %d ms", now)
			}
		}
	}
}

// While the ping that was sent after the frames is on its way, so may the
// frames be: a slow link is not a stall.
func TestDeviceIsPatientWithASlowLink(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 1}}}, "LoadFrame")
	s.at(0, peer.Loaded{Lane: lane, From: 1, To: 1, Data: []byte{1}}, "send Frame")
	for now := int64(0); now < 2*peer.StallMS; now += 1000 {
		s.m.Step(now, peer.Received{Message: &wire.Pong{}}) // of an older ping: it lives
		for _, e := range s.m.Step(now, peer.Tick{}) {
			if end, ok := e.(peer.End); ok {
				t.Fatalf("ended with %v at %d ms", end.Fault, now)
			}
		}
	}
}

func TestDeviceRefusesWhatComesTooEarly(t *testing.T) {
	s := story{t, peer.NewDevice()}
	s.at(0, peer.Start{}, "send Hello")
	s.hears(checkpoint(1), "end sync.unexpected")
}

func TestDeviceIsToldWhy(t *testing.T) {
	d := peer.NewDevice()
	d.Step(0, peer.Start{})
	effects := d.Step(0, peer.Received{Message: &wire.Fault{
		Code: fault.Unauthenticated.Code(), Key: "sync.unknown_device", RetryMS: 5000,
	}})
	end, ok := effects[len(effects)-2].(peer.End) // before the last Progress
	if !ok || end.Fault.Kind != fault.Unauthenticated || end.RetryMS != 5000 {
		t.Errorf("got %+v", effects)
	}
}
