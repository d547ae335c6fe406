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
	s.hears(&wire.Welcome{Window: 2}, "LoadCursors", "LoadOutbox")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
	s.hears(&wire.Control{}, "StoreControl")
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

// A server that was restored learns from the cursors what it has forgotten: they
// go before the first frame, and what was granted since is asked for afterwards.
func TestDeviceSendsItsCursorsBeforeItsFrames(t *testing.T) {
	s := story{t, peer.NewDevice()}
	s.at(0, peer.Start{}, "send Hello")
	s.hears(&wire.Challenge{Protocol: 1}, "Offset", "Prove")
	s.at(0, peer.Proved{}, "send Proof")
	s.hears(&wire.Welcome{Window: 2}, "LoadCursors", "LoadOutbox")
	s.at(0, peer.Outbox{Lanes: []peer.Unsent{{Lane: lane, First: 1, Last: 3}}})
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe", "LoadFrame")
	s.hears(&wire.Control{}, "StoreControl")
	s.at(0, peer.Controlled{}, "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}, {Scope: "unit:new"}}}, "send Subscribe")
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
	s.hears(&wire.Repair{Scope: village, Version: 9})
	s.hears(checkpoint(9), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 9}, "Forget", "LoadCursors")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
	s.hears(checkpoint(9), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 9}, "end sync.digest")
}

// A repair that helps is confirmed like any checkpoint, and leaves a later
// mismatch the same means; what cannot be told by buckets is asked for whole.
func TestDeviceIsMended(t *testing.T) {
	s := openDevice(t)
	for range 2 {
		s.hears(checkpoint(8), "StoreCheckpoint")
		s.at(0, peer.Stored{Scope: village, Version: 8}, "LoadBuckets")
		s.at(0, peer.Bucketed{Scope: village, Version: 7, Sums: new(wire.BucketSums)}, "send Buckets")
		s.hears(&wire.Repair{Scope: village, Version: 9, Buckets: []uint8{3}})
		for _, e := range s.m.Step(0, peer.Received{Message: checkpoint(9)}) {
			if e, ok := e.(peer.StoreCheckpoint); ok && (e.Repair == nil || len(e.Repair.Buckets) != 1) {
				t.Errorf("the checkpoint came without its repair: %+v", e)
			}
		}
		s.at(0, peer.Stored{Scope: village, Version: 9, Intact: true}, "send Have")
	}
	s.hears(checkpoint(10), "StoreCheckpoint")
	s.at(0, peer.Stored{Scope: village, Version: 10}, "LoadBuckets")
	s.at(0, peer.Bucketed{Scope: village}, "Forget", "LoadCursors")
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
	s.hears(&wire.Reset{Scope: village}, "Forget", "LoadCursors", "LoadOutbox")
	s.at(0, peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}}, "send Subscribe")
}

func TestDeviceDropsRowsOfARevokedScope(t *testing.T) {
	s := openDevice(t)
	s.hears(&wire.Control{Entries: []wire.ControlEntry{{Number: 1, Op: wire.ControlRevoke, Scope: village}}}, "StoreControl")
	s.at(0, peer.Controlled{Acks: []wire.ControlAck{{Number: 1}}}, "send ControlAck", "LoadCursors")
	s.at(0, peer.Cursors{})
	s.hears(checkpoint(9))
}

func TestDeviceHeartbeat(t *testing.T) {
	s := openDevice(t)
	s.at(peer.HeartbeatMS-1, peer.Tick{})
	s.at(peer.HeartbeatMS, peer.Tick{}, "send Ping")
	s.at(peer.HeartbeatMS+1000, peer.Tick{})
	s.at(peer.HeartbeatMS+1000, peer.Received{Message: &wire.Pong{Number: 1}}, "Offset")
	s.at(peer.SilenceMS, peer.Tick{}, "send Ping")
	s.at(peer.HeartbeatMS+1000+peer.SilenceMS, peer.Tick{}, "end sync.silent")
	s.at(peer.SilenceMS*9, peer.Tick{})
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
