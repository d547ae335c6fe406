// SPDX-License-Identifier: Apache-2.0

package peer_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
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

// drained lets the connection send what it holds.
func (s story) drained(want ...string) {
	s.t.Helper()
	s.at(0, peer.Drained{}, want...)
}

func placed(granted bool) peer.Placed {
	return peer.Placed{Cursor: wire.Cursor{Scope: village}, Granted: granted}
}

// changed answers a LoadChanges that the device's cursor after began.
func changed(held, after, to record.Version, more bool) peer.Changed {
	c := peer.Changed{
		Asked: peer.LoadChanges{Scope: village, Since: held, After: after}, To: to, Rows: []*wire.Rows{{Scope: village}},
	}
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

// What a device proves to have applied is acknowledged by that, whatever became of
// its acknowledgement.
func TestServerTakesTheProofForAnAck(t *testing.T) {
	s := story{t, peer.NewServer()}
	s.at(0, peer.Accepted{})
	s.hears(&wire.Hello{Min: 1, Max: 1}, "Lookup")
	s.at(0, peer.Known{Found: true}, "send Challenge")
	s.hears(&wire.Proof{Control: 4}, "Check")
	s.at(0, peer.Checked{Valid: true}, "Opened", "AckControl", "send Welcome", "LoadControl")
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
}

// TestServerNamesWhatItCannotRead: a frame of which nothing can be read, not even
// whose lane it is, is named by its place among the frames of the session, which goes
// on.
func TestServerNamesWhatItCannotRead(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Frame{}, "Commit")
	s.hears(&wire.Frame{})
	s.hears(&wire.Frame{})
	s.at(0, peer.Committed{}, "Commit") // void: not answered, and counted
	out := s.m.Step(0, peer.Committed{Fault: fault.New(fault.Corrupt, "sync.frame")})
	if got := names(out); len(got) != 2 || got[0] != "send Fault" || got[1] != "Commit" {
		t.Fatalf("got %v", got)
	}
	want := &wire.Fault{Code: fault.Corrupt.Code(), Key: "sync.frame", Frame: 2}
	if diff := cmp.Diff(want, out[0].(peer.Send).Message, cmpopts.EquateEmpty()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
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
	s.at(0, changed(0, 0, 5, true), "LoadChanges", "send Rows", "Drain")
	s.drained()
	s.at(0, changed(0, 5, 9, false), "send Rows", "send Checkpoint", "Drain")
	s.drained()
	s.at(0, peer.HeadMoved{Scope: village})
	s.at(0, peer.HeadMoved{})
	s.hears(&wire.Have{Scope: village, Version: 8})
	s.hears(&wire.Have{Scope: village, Version: 9}, "Confirmed", "LoadChanges")
	s.at(0, changed(9, 9, 12, false), "send Rows", "send Checkpoint", "Drain")
	s.hears(&wire.Have{Scope: village, Version: 12}, "Confirmed")
}

// A scope that is empty has a checkpoint too, of version 0: what is written
// while it is under way is sent after its Have.
func TestServerFollowsAnEmptyScope(t *testing.T) {
	s := subscribed(t)
	s.at(0, peer.HeadMoved{Scope: village})
	s.at(0, changed(0, 0, 0, false), "send Rows", "send Checkpoint", "Drain")
	s.hears(&wire.Have{Scope: village}, "Confirmed", "LoadChanges")
}

// However fast the store is, no more is handed to the connection than it has
// sent, and no more is read than two pages.
func TestServerReadsNoFasterThanTheLink(t *testing.T) {
	s := subscribed(t)
	page := func(after, to record.Version, more bool) peer.Changed {
		c := changed(0, after, to, more)
		for len(c.Rows) < 3 {
			c.Rows = append(c.Rows, c.Rows[0])
		}
		return c
	}
	s.at(0, page(0, 1, true), "LoadChanges", "send Rows", "send Rows", "send Rows", "Drain")
	s.at(0, page(1, 2, true), "LoadChanges")
	s.at(0, page(2, 3, false))
	s.at(0, peer.HeadMoved{Scope: village})
	s.drained("send Rows", "send Rows", "send Rows", "send Rows", "Drain")
	s.drained("send Rows", "send Rows", "send Checkpoint", "Drain")
	s.drained()
	s.hears(&wire.Have{Scope: village, Version: 3}, "Confirmed", "LoadChanges")
}

// Many scopes are served in turn, two at a time.
func TestServerLoadsScopesInTurn(t *testing.T) {
	s := openServer(t, false)
	scopes := []ident.Scope{"unit:a", "unit:b", "unit:c", "unit:d"}
	for _, scope := range scopes {
		s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: scope}}}, "Place")
	}
	loading := map[ident.Scope]bool{}
	loads := func(effects []peer.Effect) {
		for _, e := range effects {
			if load, ok := e.(peer.LoadChanges); ok {
				loading[load.Scope] = true
			}
		}
	}
	for _, scope := range scopes {
		loads(s.m.Step(0, peer.Placed{Cursor: wire.Cursor{Scope: scope}, Granted: true}))
	}
	for i, scope := range scopes {
		if len(loading) != min(i+2, len(scopes)) || !loading[scope] {
			t.Fatalf("after %d answers these were loaded: %v", i, loading)
		}
		cp := &wire.Checkpoint{Cursor: wire.Cursor{Scope: scope, Version: 1}}
		loads(s.m.Step(0, peer.Changed{Asked: peer.LoadChanges{Scope: scope}, To: 1, Checkpoint: cp}))
		loads(s.m.Step(0, peer.Drained{}))
	}
}

// What was read for a subscription that is gone reaches nobody: neither what
// waits for the link, nor an answer that comes when the scope was granted anew,
// in another view.
func TestServerDropsWhatIsNoLongerGranted(t *testing.T) {
	revoked := peer.ControlLoaded{Entries: []wire.ControlEntry{{Number: 3, Op: wire.ControlRevoke, Scope: village}}}
	s := subscribed(t)
	s.at(0, changed(0, 0, 1, true), "LoadChanges", "send Rows", "Drain")
	s.at(0, changed(0, 1, 2, true), "LoadChanges")
	s.at(0, revoked, "send Control")
	s.drained()
	anew := wire.Cursor{Scope: village, View: "other"}
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{anew}}, "Place")
	s.at(0, peer.Placed{Cursor: anew, Granted: true}, "LoadChanges")
	s.at(0, changed(0, 2, 3, false))
	answer := changed(0, 0, 3, false)
	answer.Asked.View = "other"
	s.at(0, answer, "send Rows", "send Checkpoint", "Drain")
}

// A device that answers pings and does not confirm a checkpoint is let go; one
// that still receives the rows before it is not.
func TestServerLetsAStalledDeviceGo(t *testing.T) {
	s := subscribed(t)
	s.at(0, changed(0, 0, 5, true), "LoadChanges", "send Rows", "Drain")
	s.at(0, changed(0, 5, 9, false))
	answering(s, 0, 2*peer.StallMS)
	s.at(2*peer.StallMS, peer.Drained{}, "send Rows", "send Checkpoint", "Drain")
	if over := s.stalled(2 * peer.StallMS); over < 3*peer.StallMS {
		t.Errorf("let go at %d ms", over)
	}
}

// A device that says that work waits, and neither sends any nor takes anything, is let
// go, although it owes no confirmation. A frame, a receipt and a confirmation begin the
// time anew; news that more waits does not.
func TestServerNamesWorkThatDoesNotMove(t *testing.T) {
	idle := func() story {
		s := subscribed(t)
		s.at(0, changed(0, 0, 5, false), "send Rows", "send Checkpoint", "Drain")
		s.drained()
		s.hears(&wire.Have{Scope: village, Version: 5}, "Confirmed")
		s.hears(&wire.Status{Waiting: 3, OldestMS: 1}, "NoteStatus")
		return s
	}
	if over := idle().stalled(0); over < peer.StallMS || over > peer.StallMS+2*peer.HeartbeatMS {
		t.Errorf("let go after %d ms", over)
	}

	const late = peer.StallMS - 1000
	s := idle()
	answering(s, 0, late)
	s.at(late, peer.Received{Message: &wire.Status{Waiting: 4}}, "NoteStatus")
	if over := s.stalled(late); over > peer.StallMS+2*peer.HeartbeatMS {
		t.Errorf("let go at %d ms: that more waits is no progress", over)
	}

	receipts := []record.Receipt{{Link: record.Link{Lane: lane, Number: 1}, Outcome: record.Accepted, Version: 6}}
	for name, progress := range map[string]func(s story){
		"a commit": func(s story) {
			s.at(late, peer.Received{Message: &wire.Frame{}}, "Commit")
			s.at(late, peer.Committed{Lane: lane, Receipts: receipts}, "send Receipts")
		},
		"a reading": func(s story) {
			s.at(late, peer.HeadMoved{Scope: village}, "LoadChanges")
			s.at(late, changed(5, 5, 9, false), "send Rows", "send Checkpoint", "Drain")
			s.at(late, peer.Drained{})
			s.at(late, peer.Received{Message: &wire.Have{Scope: village, Version: 9}}, "Confirmed")
		},
		"less waits": func(s story) { s.at(late, peer.Received{Message: &wire.Status{Waiting: 2}}, "NoteStatus") },
	} {
		s := idle()
		answering(s, 0, late)
		progress(s)
		if over := s.stalled(late); over < late+peer.StallMS {
			t.Errorf("%s: let go at %d ms", name, over)
		}
	}
}

// What waits on purpose is no stall: the device is switched off, the server has not
// committed what it was sent or reads the store for the device, or what waits can only be
// carried by hand.
func TestServerKnowsWhatWaitsOnPurpose(t *testing.T) {
	waits := &wire.Status{Waiting: 3}
	for name, s := range map[string]story{"off": openServer(t, true), "committing": openServer(t, false)} {
		s.hears(waits, "NoteStatus")
		if name == "committing" {
			s.hears(&wire.Frame{}, "Commit")
		}
		answering(s, 0, 3*peer.StallMS)
	}
	s := subscribed(t) // the store has not answered
	s.hears(waits, "NoteStatus")
	answering(s, 0, 3*peer.StallMS)
	s.at(3*peer.StallMS, changed(0, 0, 5, true), "LoadChanges", "send Rows", "Drain") // and then the link is slow
	answering(s, 3*peer.StallMS, 6*peer.StallMS)

	s = openServer(t, false)
	s.hears(&wire.Status{Waiting: 3, Stranded: 3}, "NoteStatus")
	answering(s, 0, 3*peer.StallMS)
	s.at(3*peer.StallMS, peer.Received{Message: &wire.Status{Waiting: 4, Stranded: 3}}, "NoteStatus")
	if over := s.stalled(3 * peer.StallMS); over < 4*peer.StallMS {
		t.Errorf("let go at %d ms", over)
	}
}

// A store that cannot answer ends the session, and the device is told to come
// back.
func TestServerAsksToComeBack(t *testing.T) {
	s := subscribed(t)
	s.at(0, peer.Failed{Fault: fault.New(fault.Internal, ""), RetryMS: 5}, "send Fault", "end fault.internal")
}

// Later pages of a first pull are asked for with where the first one began; the next
// pull is not.
func TestServerCarriesWhereAPullBegan(t *testing.T) {
	s := subscribed(t)
	page := func(asked peer.LoadChanges, to record.Version, more bool) (loads []peer.LoadChanges) {
		t.Helper()
		ev := peer.Changed{Asked: asked, To: to, Began: 30}
		if !more {
			ev.Checkpoint = checkpoint(to)
		}
		effects := s.m.Step(0, ev)
		effects = append(effects, s.m.Step(0, peer.Drained{})...)
		if !more {
			effects = append(effects, s.m.Step(0, peer.HeadMoved{Scope: village})...)
			effects = append(effects, s.m.Step(0, peer.Received{Message: &wire.Have{Scope: village, Version: to}})...)
		}
		for _, e := range effects {
			if l, ok := e.(peer.LoadChanges); ok {
				loads = append(loads, l)
			}
		}
		return loads
	}
	first := peer.LoadChanges{Scope: village}
	second := peer.LoadChanges{Scope: village, After: 9, Began: 30}
	next := peer.LoadChanges{Scope: village, Since: 40, After: 40}
	if got := page(first, 9, true); len(got) != 1 || got[0] != second {
		t.Fatalf("after the first page: %+v, want %+v", got, second)
	}
	if got := page(second, 40, false); len(got) != 1 || got[0] != next {
		t.Fatalf("after the last page: %+v, want %+v", got, next)
	}
}

// A device that does not match is answered with the buckets that differ; its
// checkpoint is not confirmed, and the next one is credit for what comes after.
func TestServerMends(t *testing.T) {
	s := subscribed(t)
	s.at(0, changed(0, 0, 9, false), "send Rows", "send Checkpoint", "Drain")
	s.drained()
	s.hears(&wire.Want{Scope: village, IDs: []ident.Record{{1}}}) // of no list
	s.hears(&wire.Buckets{Scope: village, Version: 5, Sums: make([]wire.Sum, 256)}, "LoadList")
	s.at(0, peer.HeadMoved{Scope: village})
	s.hears(&wire.Have{Scope: village, Version: 9})
	s.at(0, peer.ListLoaded{Repair: &wire.Repair{Scope: village, Version: 11}}, "send Repair", "Drain")
	s.drained()
	s.at(0, peer.HeadMoved{Scope: village})
	s.hears(&wire.Have{Scope: village, Version: 11}) // not what is owed
	s.hears(&wire.Want{Scope: village, Answers: 7})  // of another subscription
	s.hears(&wire.Want{Scope: village, IDs: []ident.Record{{1}}}, "LoadWanted")
	s.hears(&wire.Want{Scope: village, IDs: []ident.Record{{2}}}) // once
	s.at(0, peer.WantedLoaded{Scope: village, Rows: []*wire.Rows{{Scope: village}}}, "LoadChanges", "send Rows", "Drain")
	s.drained()
	s.at(0, changed(11, 11, 12, false), "send Rows", "send Checkpoint", "Drain")
	s.hears(&wire.Have{Scope: village, Version: 12}, "Confirmed")

	s = subscribed(t)
	s.at(0, changed(0, 0, 9, false), "send Rows", "send Checkpoint", "Drain")
	s.hears(&wire.Buckets{Scope: village, Sums: make([]wire.Sum, 3)}, "send Fault", "end sync.unexpected")
}

func TestServerShowsNothingWithoutAGrant(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.at(0, placed(false))
	s.at(0, peer.HeadMoved{Scope: village})

	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	told := placed(false)
	told.Told = true
	s.at(0, told, "LoadControl")

	s = openServer(t, false) // told to purge what holds work that a restore has lost
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	told.Expect = []*wire.Expect{{Lane: lane, Number: 2}}
	s.at(0, told, "send Expect", "LoadControl")
}

// What answers a subscription says which, so that a device does not take it for an
// answer to a later one.
func TestServerSaysWhatItAnswers(t *testing.T) {
	s := openServer(t, false)
	s.hears(&wire.Subscribe{Number: 3, Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	s.at(0, placed(true), "LoadChanges")
	for _, e := range s.m.Step(0, changed(0, 0, 9, false)) {
		send, ok := e.(peer.Send)
		if !ok {
			continue
		}
		switch m := send.Message.(type) {
		case *wire.Rows:
			if m.Answers != 3 {
				t.Errorf("rows answer %d", m.Answers)
			}
		case *wire.Checkpoint:
			if m.Answers != 3 {
				t.Errorf("the checkpoint answers %d", m.Answers)
			}
		}
	}
	s.hears(&wire.Subscribe{Number: 4, Cursors: []wire.Cursor{{Scope: village}}}, "Place")
	p := placed(true)
	p.Reset = &wire.Reset{Scope: village}
	if s.at(0, p, "send Reset"); p.Reset.Answers != 4 {
		t.Errorf("the reset answers %d", p.Reset.Answers)
	}
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
	s.at(0, changed(0, 0, 5, false))
	s.hears(&wire.Subscribe{Cursors: []wire.Cursor{{Scope: village}}})
	s.hears(&wire.Frame{}, "Commit")
	s.at(0, peer.ControlMoved{}, "send Fault", "end sync.restarting") // on again: what it asked for was not heard

	s = subscribed(t)
	s.at(0, peer.ControlMoved{}, "LoadControl")
	s.at(0, peer.ControlLoaded{Entries: []wire.ControlEntry{{Number: 3, Op: wire.ControlRevoke, Scope: village}}}, "send Control")
	s.at(0, changed(0, 0, 5, false))
}

func TestServerHeartbeat(t *testing.T) {
	s := openServer(t, false)
	s.at(5, peer.Received{Message: &wire.Ping{Number: 4}}, "send Pong")
	s.at(5+peer.HeartbeatMS, peer.Tick{}, "send Ping")
	s.at(5+peer.SilenceMS, peer.Tick{}, "end sync.silent")
}
