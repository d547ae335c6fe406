// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"context"
	"database/sql"
	"errors"
	"io"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/blob"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/replica/theft"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// order lets a device apply control entries of these operations in the village.
func (d *device) order(ops ...wire.ControlOp) {
	d.t.Helper()
	at := must(d.Control(ctx)).Number
	var entries []wire.ControlEntry
	for i, op := range ops {
		entries = append(entries, wire.ControlEntry{Number: at + uint64(i) + 1, Op: op, Scope: recordtest.Here, View: string(recordtest.Officer)})
	}
	acks, err := d.ApplyControl(ctx, entries)
	if !fault.Is(err, fault.Unsupported) && (err != nil || len(acks) != len(ops)) {
		d.t.Fatalf("%d of %d entries applied: %v", len(acks), len(ops), err)
	}
}

// loot is what somebody finds on a copy of the disk who has the open device's data key.
func (d *device) loot() *theft.Loot {
	d.t.Helper()
	folder := filepath.Join(d.t.TempDir(), "disk")
	if err := os.CopyFS(folder, os.DirFS(filepath.Dir(d.path))); err != nil {
		d.t.Fatal(err)
	}
	return must(theft.Take(ctx, folder, filepath.Base(d.path), d.DataKey()))
}

// finds returns which of these values the disk shows to its own key.
func (d *device) finds(values ...record.Value) (found []string) {
	d.t.Helper()
	loot := d.loot()
	for _, v := range values {
		if loot.Finds(v) {
			found = append(found, v.Text())
		}
	}
	return found
}

// household is an act that creates one, under a name to be looked for.
func household(n int, name string) record.Act {
	act := recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"name": record.OfText(name)})
	act.Name = "act of " + name
	return act
}

var (
	receiptedName   = record.OfText("陈秀英")
	refusedName     = record.OfText("李小龙")
	quarantinedName = record.OfText("黄飞鸿")
	waitingName     = record.OfText("叶问川")
	lateName        = record.OfText("方世玉")
	elsewhere       = record.OfText("洪熙官")
)

// workedDevice has one change set in every state, in a village that is then taken from
// it, and one that waits in another.
func workedDevice(t *testing.T) (*server, *device, record.Lane) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here, recordtest.There)
	for i, v := range []record.Value{receiptedName, refusedName, quarantinedName, waitingName} {
		d.apply(household(i+1, v.Text()))
	}
	lane := d.Unsent()[0].Lane
	s.refuse["act of "+refusedName.Text()] = true
	m := s.commit(d, must(d.NextFrame(ctx, lane, 1, 3, record.MaxFrameBytes)).Data)
	given := must(peer.Unpack(m))
	given[1].Record, given[1].Field, given[1].Args = recordtest.Header(recordtest.Household, 2), "name", map[string]string{"got": refusedName.Text()}
	given[2].Outcome, given[2].Version, given[2].Reason = record.Quarantined, 0, "sync.quarantine.scope"
	m.Ranges = peer.Pack(given)
	must(d.ApplyReceipts(ctx, m))
	s.pull(d, recordtest.Officer)
	h := recordtest.Header(recordtest.Household, 9)
	h.Scope = recordtest.There
	act := recordtest.Create(h, recordtest.Fields{"name": elsewhere})
	d.apply(act)
	return s, d, lane
}

// TestRevocationIsEndedAtTheStart: a device that is killed after a revocation was committed, and before the log of the
// database was emptied, still has on its disk what its key reads; the next start takes that away.
func TestRevocationIsEndedAtTheStart(t *testing.T) {
	_, d, _ := workedDevice(t)
	all := []record.Value{receiptedName, refusedName, quarantinedName, waitingName}
	reader := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
	held := must(reader.Conn(ctx)) // somebody reads, so that the log cannot be emptied
	for _, q := range []string{"BEGIN DEFERRED", "SELECT count(*) FROM outbox"} {
		var n int
		if err := held.QueryRowContext(ctx, q).Scan(&n); err != nil && !errors.Is(err, sql.ErrNoRows) {
			t.Fatal(err)
		}
	}
	looker := must(sqlitedb.Open(ctx, d.path, sqlitedb.Options{}))
	applying, kill := context.WithCancel(ctx)
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_, _ = d.ApplyControl(applying, []wire.ControlEntry{{Number: must(d.Control(ctx)).Number + 1, Op: wire.ControlRevoke, Scope: recordtest.Here, View: string(recordtest.Officer)}})
	}()
	for committed := 0; committed == 0; { // it waits for the reader then
		if err := looker.QueryRowContext(ctx, "SELECT count(*) FROM meta WHERE name GLOB 'purge/*'").Scan(&committed); err != nil {
			t.Fatal(err)
		}
	}
	killed := filepath.Join(t.TempDir(), "disk")
	if err := os.CopyFS(killed, os.DirFS(filepath.Dir(d.path))); err != nil {
		t.Fatal(err)
	}
	key := d.DataKey()
	kill()
	<-ended
	if err := errors.Join(held.Close(), reader.Close(), looker.Close()); err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(killed, filepath.Base(d.path))
	log := must(os.Stat(path + "-wal"))
	if log.Size() == 0 {
		t.Fatal("the log was empty: this kill is no good")
	}
	r := must(replica.Open(ctx, path, d.opt))
	defer func() { _ = r.Close() }()
	if log := must(os.Stat(path + "-wal")); log.Size() != 0 {
		t.Errorf("after the start %d bytes of the log are left", log.Size())
	}
	copied := filepath.Join(t.TempDir(), "copy")
	if err := os.CopyFS(copied, os.DirFS(killed)); err != nil {
		t.Fatal(err)
	}
	loot := must(theft.Take(ctx, copied, filepath.Base(path), key))
	for _, v := range all {
		if loot.Finds(v) {
			t.Errorf("after the start the key still reads %s", v.Text())
		}
	}
	if loot := elsewhere; !must(theft.Take(ctx, copied, filepath.Base(path), key)).Finds(loot) {
		t.Error("what was done in another village is gone as well, or the key finds nothing at all")
	}
}

// TestRevokedWorkIsShut: what a device did in a scope that it may not hold any more
// cannot be read with its own key, whatever became of it, and still reaches the server.
func TestRevokedWorkIsShut(t *testing.T) {
	s, d, lane := workedDevice(t)
	all := []record.Value{receiptedName, refusedName, quarantinedName, waitingName, elsewhere}
	if got := d.finds(all...); len(got) != len(all) {
		t.Fatalf("before the revocation the key finds %v: this thief is no good", got)
	}
	id := recordtest.Header(recordtest.Household, 2).ID
	if !d.loot().Finds(record.OfText(string(id[:]))) {
		t.Fatal("this thief does not find ids")
	}
	sent := s.accepted[0]
	seed := d.LaneSeed(lane)
	guess := func(seed [16]byte) bool {
		chain := wire.Chain(wire.LaneStart(lane), 1, wire.Commitment(wire.Salt(seed, 1), wire.AppendChangeSet(nil, &sent)))
		return chain == d.chain(lane, 1)
	}
	if !guess(seed) {
		t.Fatal("a right guess cannot be tested with the seed: this test would not notice")
	}

	d.order(wire.ControlRevoke)
	if diff := cmp.Diff([]string{elsewhere.Text()}, d.finds(all...)); diff != "" {
		t.Errorf("what the key finds after it (-want +got):\n%s", diff)
	}
	if d.loot().Finds(record.OfText(string(id[:]))) {
		t.Error("the receipt still names a record")
	}
	if guess(d.LaneSeed(lane)) {
		t.Error("guesses at the content can be tested against the chain")
	}
	if loot := d.loot(); loot.Opened["outbox.box"] > 0 || loot.Shut["outbox.box"] != 4 {
		t.Errorf("boxes: %d open, %d shut, want 4 shut", loot.Opened["outbox.box"], loot.Shut["outbox.box"])
	}
	for range 2 {
		if st := must(d.Status(ctx)); st.Waiting != 2 || st.Refused != 1 || st.Quarantined != 1 {
			t.Errorf("status %+v, want all as it was", st)
		}
		if err := d.Verify(ctx); err != nil {
			t.Errorf("verify: %v", err)
		}
		d.reopen()
		d.unlock()
	}
	s.push(d)
	if row := s.rows[recordtest.ID(4)]; row == nil || !row.fields["name"].Value.Equal(waitingName) {
		t.Error("what waited did not reach the server")
	}
	if st := must(d.Status(ctx)); st.Waiting != 0 {
		t.Errorf("%d wait after all was handed over", st.Waiting)
	}
	if aside := must(d.Aside(ctx)); len(aside) != 1 || aside[0] != (peer.Unsent{Lane: lane, First: 3, Last: 3}) {
		t.Errorf("aside %+v, want number 3", aside)
	}
}

// chain returns the digest that lies with a change set on disk.
func (d *device) chain(lane record.Lane, number uint64) (out wire.Digest) {
	d.t.Helper()
	db := must(sql.Open("sqlite3", d.path))
	defer db.Close()
	var chain []byte
	row := db.QueryRow("SELECT chain FROM outbox WHERE incarnation = ? AND scope = ? AND number = ?", lane.Incarnation[:], lane.Scope, number)
	if err := row.Scan(&chain); err != nil {
		d.t.Fatal(err)
	}
	return wire.Digest(chain)
}

// TestShutWorkOfALostServer: a server that was restored to nothing gets every change
// set of a revoked scope again, one in a frame: as it was, or, where a copy of the disk
// has used the lane since, under its origin.
func TestShutWorkOfALostServer(t *testing.T) {
	for name, lose := range map[string]func(d *device, lane record.Lane) error{
		"expects": func(d *device, lane record.Lane) error {
			return d.Expect(ctx, &wire.Expect{Lane: lane, Number: 1, Chain: wire.LaneStart(lane)})
		},
		"closes": func(d *device, lane record.Lane) error {
			return d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Last: 9, Chain: wire.Digest{1}, Reason: wire.CloseFork})
		},
	} {
		t.Run(name, func(t *testing.T) { testShutWorkOfALostServer(t, lose) })
	}
}

func testShutWorkOfALostServer(t *testing.T, lose func(*device, record.Lane) error) {
	s, d, lane := workedDevice(t)
	d.order(wire.ControlRevoke)
	out := d.Outbox()
	if len(out) != 2 || out[0] != (peer.Unsent{Lane: lane, First: 1, Last: 4}) {
		t.Fatalf("outbox %+v, want what waits, and what is shown again from the last that was applied", out)
	}
	lost := newServer(t)
	lost.box = s.box
	if err := lose(d, lane); err != nil {
		t.Fatal(err)
	}
	if st := must(d.Status(ctx)); st.Waiting != 5 || st.Refused+st.Quarantined != 0 {
		t.Errorf("status %+v, want everything to wait", st)
	}
	if n := lost.push(d); n != 5 {
		t.Errorf("%d frames, want one for each change set", n)
	}
	for n, want := range map[int]record.Value{1: receiptedName, 2: refusedName, 3: quarantinedName, 4: waitingName} {
		if row := lost.rows[recordtest.ID(n)]; row == nil || !row.fields["name"].Value.Equal(want) {
			t.Errorf("the restored server lacks number %d", n)
		}
	}
	if got := d.finds(receiptedName, refusedName, quarantinedName, waitingName); len(got) > 0 {
		t.Errorf("the key finds %v", got)
	}
}

// TestShutWorkComesBack: a scope that is granted again later shows what the server took,
// its lane goes on under another seed, and the boxes go once a backup holds what is in
// them.
func TestShutWorkComesBack(t *testing.T) {
	s, d, lane := workedDevice(t)
	d.order(wire.ControlRevoke)
	d.order(wire.ControlGrant)
	d.apply(household(5, lateName.Text()))
	d.reopen()
	d.unlock()
	if err := d.Verify(ctx); err != nil {
		t.Errorf("verify: %v", err)
	}
	if frame := must(d.NextFrame(ctx, lane, 4, 10, record.MaxFrameBytes)); frame.To != 4 || frame.Data[0] != envelope.Boxed {
		t.Errorf("frame %d to %d in envelope %d, want the box of 4", frame.From, frame.To, frame.Data[0])
	}
	if frame := must(d.NextFrame(ctx, lane, 5, 10, record.MaxFrameBytes)); frame.From != 5 || frame.Data[0] != envelope.Plain {
		t.Errorf("frame from %d in envelope %d, want 5 as it stands", frame.From, frame.Data[0])
	}
	if n := s.push(d); n != 3 {
		t.Errorf("%d frames, want the box, what followed it, and the other village's", n)
	}
	s.pull(d, recordtest.Officer)
	for n, want := range map[int]record.Value{1: receiptedName, 4: waitingName, 5: lateName} {
		if got := d.row(recordtest.ID(n)).Text("name"); got != want.Text() {
			t.Errorf("household %d is %q", n, got)
		}
	}
	if past := must(d.as(recordtest.Officer).History(ctx, recordtest.ID(1))); len(past) > 0 {
		t.Errorf("history %v of what is in a box", past)
	}
	for _, c := range d.Cursors() {
		if c.Scope == recordtest.Here {
			rows, cp := s.delta(c, s.acc.View(recordtest.Officer))
			cp.Watermark = s.head
			s.deliver(d, rows, cp)
		}
	}
	for _, column := range []string{"outbox.box", "outbox.spare_box"} {
		if n := d.loot().Shut[column]; n != 2 { // refused and quarantined are in no backup as applied
			t.Errorf("%s: %d after the backup, want those of what was not applied", column, n)
		}
	}
}

// TestRegrantedKeepsOwnWork: where one message takes a scope and gives it again, as when
// a view holds less from now on, what waits and what was refused stays in the device's
// hands.
func TestRegrantedKeepsOwnWork(t *testing.T) {
	for name, tc := range map[string]struct {
		ops  []wire.ControlOp
		want int
	}{
		"granted again":       {[]wire.ControlOp{wire.ControlRevoke, wire.ControlLogin, wire.ControlGrant}, 3},
		"and not known":       {[]wire.ControlOp{wire.ControlRevoke, 99, wire.ControlGrant}, 0},
		"and revoked again":   {[]wire.ControlOp{wire.ControlRevoke, wire.ControlGrant, wire.ControlRevoke}, 0},
		"revoked twice":       {[]wire.ControlOp{wire.ControlRevoke, wire.ControlRevoke, wire.ControlGrant}, 3},
		"revoked before":      {[]wire.ControlOp{wire.ControlRevoke, wire.ControlSwitchOff}, 0},
		"granted before that": {[]wire.ControlOp{wire.ControlGrant, wire.ControlRevoke}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			_, d, _ := workedDevice(t)
			d.order(tc.ops...)
			if got := d.finds(refusedName, quarantinedName, waitingName); len(got) != tc.want {
				t.Errorf("the key finds %v, want %d", got, tc.want)
			}
		})
	}
}

// TestShutRefusalInTheTray: what was refused stays in the tray without its content, says
// why, and can be given up there.
func TestShutRefusalInTheTray(t *testing.T) {
	s, d, lane := workedDevice(t)
	d.order(wire.ControlRevoke)
	s.refuse["act of "+waitingName.Text()] = true
	s.push(d)
	viewer := d.ViewerAs(session, "test", &audit.Policy{AgainMinutes: 15, Named: 9})
	groups := must(viewer.Tray(ctx))
	if len(groups) != 2 {
		t.Fatalf("%d groups, want 2 and 4", len(groups))
	}
	for i, n := range []uint64{2, 4} {
		it := groups[i].Items[0]
		if it.Receipt.Link != (record.Link{Lane: lane, Number: n}) || it.Receipt.Reason != "sync.sealed" ||
			it.Receipt.Field != "" || len(it.Set.Writes) > 0 || it.Set.Name != "" || it.Set.Reading.WallMS == 0 {
			t.Errorf("in the tray: %+v, %+v", it.Receipt, it.Set)
		}
		if err := d.Discard(ctx, session, it.Receipt.Link); err != nil {
			t.Errorf("give up: %v", err)
		}
	}
	if groups := must(d.Tray(ctx)); len(groups) != 0 {
		t.Errorf("%d groups after they were given up", len(groups))
	}
}

// TestShutLaneClosed: what waits in a box of a lane that the server closes goes there as
// the spare one, naming its origin, with its file; the box of a lane made for that is
// stranded, as a kiosk's.
func TestShutLaneClosed(t *testing.T) {
	s, d, lane := workedDevice(t)
	photo := d.attach(6)
	if err := d.Discard(ctx, session, record.Link{Lane: lane, Number: 2}); err != nil { // not issued again
		t.Fatal(err)
	}
	d.order(wire.ControlRevoke)
	d.order(wire.ControlGrant)
	d.apply(household(7, lateName.Text()))
	if err := d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Chain: wire.LaneStart(lane), Reason: wire.CloseFork}); err != nil {
		t.Fatal(err)
	}
	if got := d.finds(waitingName, refusedName); len(got) > 0 {
		t.Errorf("the key finds %v", got)
	}
	for range 2 {
		if st := must(d.Status(ctx)); st.Stranded != 0 || st.Waiting != 4 {
			t.Errorf("status %+v, want two boxes, what came after, and the other village's to wait", st)
		}
		if err := d.Verify(ctx); err != nil {
			t.Errorf("verify: %v", err)
		}
		d.reopen()
		d.unlock()
	}
	spare := d.Unsent()[1].Lane
	s.push(d)
	for n, want := range map[int]uint64{4: 4, 6: 5, 7: 7} {
		if s.rows[recordtest.ID(n)] == nil {
			t.Fatalf("household %d did not reach the server", n)
		}
		i := slices.IndexFunc(s.accepted, func(cs record.ChangeSet) bool { return cs.Writes[0].Header.ID == recordtest.ID(n) })
		if o := s.accepted[i].Origin; o == nil || *o != (record.Link{Lane: lane, Number: want}) {
			t.Errorf("the origin of household %d is %v", n, o)
		}
	}
	if got := d.outgoing(); len(got) != 1 || got[0] != photo.Digest {
		t.Errorf("to upload: %v", got)
	}

	other := wire.LaneStart(spare)
	other[0] ^= 1
	if err := d.Expect(ctx, &wire.Expect{Lane: spare, Number: 1, Chain: other}); err != nil {
		t.Fatal(err)
	}
	boxes := must(d.Stranded(ctx))
	if len(boxes) != 1 {
		t.Fatalf("%d boxes to carry by hand, want that of the spare lane", len(boxes))
	}
	if b := must(wire.DecodeFrame(must(envelope.Open(s.box, boxes[0])))); b.Lane != spare || b.First != 1 {
		t.Errorf("the box of %d of %v", b.First, b.Lane)
	}
}

// TestRevokedFileIsShut: the key of a file that the server does not have yet leaves the
// device with the change set that named it; the file waits, for the server to open.
func TestRevokedFileIsShut(t *testing.T) {
	s, d := newLaptop(t)
	a := d.attach(1)
	lane := d.Unsent()[0].Lane
	if !d.loot().Finds(record.OfText(string(a.Key))) {
		t.Fatal("this thief does not find the key of a file")
	}
	d.order(wire.ControlRevoke)
	if d.loot().Finds(record.OfText(string(a.Key))) {
		t.Error("the key of the file is still here")
	}
	if !d.HasAttachment(a.Digest) || len(d.outgoing()) > 0 {
		t.Error("the file is gone, or goes before its change set")
	}
	b := must(wire.DecodeFrame(must(envelope.Open(s.box, must(d.NextFrame(ctx, lane, 1, 1, record.MaxFrameBytes)).Data))))
	named := s.cat.Blobs(b.Sets[0].Writes)
	s.push(d)
	if got := d.outgoing(); len(got) != 1 || got[0] != a.Digest {
		t.Fatalf("to upload: %v", got)
	}
	sealed := must(io.ReadAll(must(d.OpenSealed(a.Digest))))
	if plain, err := blob.Open(named[0].Attachment, sealed); err != nil || string(plain) != string(photo) {
		t.Errorf("the server cannot open the file: %v", err)
	}
}

// TestRevokedKioskKeepsNothing: of a kiosk's own work what is of class C1 goes as well.
func TestRevokedKioskKeepsNothing(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Kiosk, 1)
	d.grant(recordtest.Kiosk, recordtest.Here)
	if _, err := d.as(recordtest.Kiosk).Apply(ctx, kioskAct()); err != nil {
		t.Fatal(err)
	}
	if got := d.finds(record.OfText("DS-0815")); len(got) != 1 {
		t.Fatal("the thief does not find what the key file opens")
	}
	d.order(wire.ControlRevoke)
	if got := d.finds(record.OfText("DS-0815")); len(got) > 0 {
		t.Errorf("the key file still opens %v", got)
	}
	if s.push(d) != 1 || s.rows[recordtest.ID(1)] == nil {
		t.Error("what waited did not reach the server")
	}
}
