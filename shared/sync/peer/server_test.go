// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// openServer returns a server in an open session that serves the village.
func openServer(t *testing.T, off bool) story {
	t.Helper()
	s := story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 1, Max: 1}, "Lookup")
	s.at(0, peer.Known{Found: true, Off: off}, "send Challenge")
	s.hears(&wire.Proof{}, "Check")
	s.at(0, peer.Checked{Valid: true}, "Opened", "send Welcome", "LoadControl")
	s.at(0, peer.ControlLoaded{}, "send Control")
	return s
}

func subscribed(t *testing.T) story {
	t.Helper()
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.at(0, placed(true), "LoadChanges")
	return s
}

func placed(granted bool) peer.Placed {
	return peer.Placed{Cursor: wire.Cursor{Scope: village}, Granted: granted}
}

func changed(to record.Version, more bool) peer.Changed {
	c := peer.Changed{Scope: village, To: to, Rows: []*wire.Rows{{Scope: village}}}
	if !more {
		c.Checkpoint = checkpoint(to)
	}
	return c
}

func TestServerTurnsStrangersAway(t *testing.T) {
	s := story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 1, Max: 1}, "Lookup")
	s.at(0, peer.Known{}, "send Fault", "end sync.unknown_device")

	s = story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 1, Max: 1}, "Lookup")
	s.at(0, peer.Known{Found: true}, "send Challenge")
	s.hears(&wire.Proof{}, "Check")
	s.at(0, peer.Checked{}, "send Fault", "end sync.proof")

	s = story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 7, Max: 9}, "send Fault", "end sync.protocol")

	s = story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Frame{}, "send Fault", "end sync.unexpected")
}

func TestServerCommitsOneFrameAtATime(t *testing.T) {
	s := openServer(t, false)
	receipts := []record.Receipt{{Link: record.Link{Lane: lane, Number: 1}, Outcome: record.Accepted, Version: 1}}
	s.hears(&wire.Frame{}, "Commit")
	s.hears(&wire.Frame{})
	s.at(0, peer.Committed{Lane: lane, Receipts: receipts}, "send Receipts", "Commit")
	s.at(0, peer.Committed{Lane: lane, Gap: &wire.Expect{Lane: lane, Number: 2}}, "send Expect")
	s.hears(&wire.Frame{}, "Commit")
	s.at(0, peer.Committed{Lane: lane, Closed: &wire.LaneClosed{Lane: lane}}, "send LaneClosed")
	s.hears(&wire.Frame{}, "Commit")
	s.at(0, peer.Committed{Fault: fault.New(fault.Exhausted, "")}, "send Fault", "end fault.exhausted")
}

// What a frame says it saw means something only once the cursors are placed; the
// lanes that the server has forgotten are named at once.
func TestServerPlacesCursorsBeforeItJudges(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}, {Scope: "unit:other"}}}, "Place", "Place")
	s.hears(&wire.Frame{})
	p := placed(true)
	p.Expect = []*wire.Expect{{Lane: lane, Number: 2}}
	s.at(0, p, "send Expect", "LoadChanges")
	other := placed(false)
	other.Cursor.Scope = "unit:other"
	s.at(0, other, "Commit")
}

func TestServerClosesWhoIgnoresTheWindow(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Frame{}, "Commit")
	for range 4*peer.Window - 1 {
		s.hears(&wire.Frame{})
	}
	s.hears(&wire.Frame{}, "send Fault", "end sync.window")
}

// While a checkpoint is not confirmed nothing more is sent, however often the
// head moves; afterwards one load brings everything.
func TestServerWaitsForTheDevice(t *testing.T) {
	s := subscribed(t)
	s.at(0, changed(5, true), "send Rows", "LoadChanges")
	s.at(0, changed(9, false), "send Rows", "send Checkpoint")
	s.at(0, peer.HeadMoved{Scope: village})
	s.at(0, peer.HeadMoved{})
	s.hears(&wire.Have{Scope: village, Version: 8})
	s.hears(&wire.Have{Scope: village, Version: 9}, "Confirmed", "LoadChanges")
	s.at(0, changed(12, false), "send Rows", "send Checkpoint")
	s.hears(&wire.Have{Scope: village, Version: 12}, "Confirmed")
}

// A device that does not match is answered with the buckets that differ; its
// checkpoint is not confirmed, and the next one is credit for what comes after.
func TestServerMends(t *testing.T) {
	s := subscribed(t)
	s.at(0, changed(9, false), "send Rows", "send Checkpoint")
	s.hears(&wire.Buckets{Scope: village, Version: 5, Sums: make([]wire.Sum, 256)}, "LoadRepair")
	s.at(0, peer.HeadMoved{Scope: village})
	s.hears(&wire.Have{Scope: village, Version: 9})
	s.at(0, peer.Repaired{
		Repair: &wire.Repair{Scope: village, Version: 11}, Rows: []*wire.Rows{{Scope: village}}, Checkpoint: checkpoint(11),
	}, "send Repair", "send Rows", "send Checkpoint")
	s.hears(&wire.Have{Scope: village, Version: 11}, "Confirmed", "LoadChanges")

	s = subscribed(t)
	s.at(0, changed(9, false), "send Rows", "send Checkpoint")
	s.hears(&wire.Buckets{Scope: village, Sums: make([]wire.Sum, 3)}, "send Fault", "end sync.unexpected")
}

func TestServerShowsNothingWithoutAGrant(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.at(0, placed(false))
	s.at(0, peer.HeadMoved{Scope: village})
}

func TestServerResetsAForeignCursor(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	p := placed(true)
	p.Reset = &wire.Reset{Scope: village}
	s.at(0, p, "send Reset")
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.at(0, placed(true), "LoadChanges")
}

// A device that is switched off may deliver and gets nothing, from the moment
// on; a revoked scope is no longer followed.
func TestServerStopsAtOnce(t *testing.T) {
	s := subscribed(t)
	s.at(0, peer.ControlMoved{Off: true}, "LoadControl")
	s.at(0, changed(5, false))
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}})
	s.hears(&wire.Frame{}, "Commit")

	s = subscribed(t)
	s.at(0, peer.ControlMoved{}, "LoadControl")
	s.at(0, peer.ControlLoaded{Entries: []wire.ControlEntry{{Number: 3, Op: wire.ControlRevoke, Scope: village}}}, "send Control")
	s.at(0, changed(5, false))
}

func TestServerHeartbeat(t *testing.T) {
	s := openServer(t, false)
	s.at(5, peer.Received{Message: &wire.Ping{Number: 4}}, "send Pong")
	s.at(5+peer.HeartbeatMS, peer.Tick{}, "send Ping")
	s.at(5+peer.SilenceMS, peer.Tick{}, "end sync.silent")
}
