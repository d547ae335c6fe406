// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/wire"
)

func part(first uint64) *wire.Audit {
	return &wire.Audit{Log: ident.Incarnation{5}, First: first, Bodies: [][]byte{{1}}}
}

// One part is under way at a time; the next is looked for once the receipt is on the
// device's disk.
func TestTrailGoesUpInParts(t *testing.T) {
	s := openDevice(t)
	s.at(0, peer.Trail{Part: part(1)}, "send Audit")
	s.at(0, peer.Tick{})
	s.hears(&wire.AuditReceipt{Through: 1}, "StoreTrail")
	s.at(0, peer.TrailStored{}, "LoadTrail")
	s.at(0, peer.Trail{})
	s.at(4_999, peer.Tick{})
	s.at(5_000, peer.Tick{}, "LoadTrail")
	s.at(5_000, peer.Tick{})
	s.at(5_000, peer.Trail{Part: part(2)}, "send Audit")
}

// A server that was restored has less of the log than it once said. It hears at the
// start of a session how far the device has its word for it, and says so without
// being sent anything; the device then goes on from there.
func TestTrailOfARestoredServer(t *testing.T) {
	end := wire.TrailEnd{Log: ident.Incarnation{5}, Through: 9}
	d := story{t, peer.NewDevice()}
	d.at(0, peer.Start{Trail: end}, "send Hello")
	d.hears(&wire.Challenge{Protocol: 1}, "Offset", "Prove")
	var proof *wire.Proof
	for _, e := range d.m.Step(0, peer.Proved{}) {
		if e, ok := e.(peer.Send); ok {
			proof, _ = e.Message.(*wire.Proof)
		}
	}
	if proof == nil || proof.Trail != end {
		t.Fatalf("the proof is %+v, want it to name %+v", proof, end)
	}

	s := story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 1, Max: 1}, "Lookup")
	s.at(0, peer.Known{Found: true}, "send Challenge")
	s.hears(proof, "Check")
	s.at(0, peer.Checked{Valid: true}, "Opened", "send Welcome", "LoadControl", "CheckTrail")
	s.at(0, peer.TrailTaken{Receipt: &wire.AuditReceipt{Log: end.Log, Through: 4}}, "send AuditReceipt")

	d.hears(&wire.Welcome{Window: 2}, "LoadOutbox", "LoadCursors", "LoadTrail")
	d.hears(&wire.AuditReceipt{Log: end.Log, Through: 4}, "StoreTrail")
	d.at(0, peer.Trail{})
	d.at(0, peer.TrailStored{}, "LoadTrail")
}

// A server that has it all says nothing.
func TestTrailIsComplete(t *testing.T) {
	s := story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 1, Max: 1}, "Lookup")
	s.at(0, peer.Known{Found: true}, "send Challenge")
	s.hears(&wire.Proof{Trail: wire.TrailEnd{Through: 9}}, "Check")
	s.at(0, peer.Checked{Valid: true}, "Opened", "send Welcome", "LoadControl", "CheckTrail")
	s.at(0, peer.TrailTaken{})
}

// A session is settled only once the audit log is with the server.
func TestTrailKeepsASessionOpen(t *testing.T) {
	s := openDevice(t)
	settled := false
	step := func(ev peer.Event) {
		t.Helper()
		for _, e := range s.m.Step(0, ev) {
			if p, ok := e.(peer.Progress); ok {
				settled = p.State.Settled
			}
		}
	}
	step(peer.Received{Message: checkpoint(7)})
	step(peer.Stored{Scope: village, Version: 7, Intact: true})
	step(peer.Outbox{})
	step(peer.Received{Message: &wire.Control{}})
	step(peer.Controlled{})
	step(peer.Aside{})
	step(peer.Cursors{Cursors: []wire.Cursor{{Scope: village}}})
	step(peer.Trail{Part: part(1)})
	if settled {
		t.Error("settled while an audit entry is under way")
	}
	step(peer.Received{Message: &wire.AuditReceipt{Through: 1}})
	if settled {
		t.Error("settled while its receipt is not on the disk")
	}
	step(peer.TrailStored{})
	step(peer.Trail{})
	if !settled {
		t.Error("not settled although nothing waits")
	}
}

// The server says that it has entries only after its store has said so, and takes no
// more parts at once than it can hold.
func TestServerTakesTrails(t *testing.T) {
	s := openServer(t, true)
	s.hears(part(1), "TakeTrail")
	s.at(0, peer.TrailTaken{Receipt: &wire.AuditReceipt{Through: 1}}, "send AuditReceipt")
	s.hears(part(2), "TakeTrail")
	s.at(0, peer.TrailTaken{Fault: fault.New(fault.Invalid, "")}, "send Fault", "end fault.invalid")
	s = openServer(t, true)
	for range 4 {
		s.hears(part(1), "TakeTrail")
	}
	s.hears(part(1), "send Fault", "end sync.window")
}
