// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"bytes"
	"crypto/sha256"
	"database/sql"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

// cut is a snapshot as a server sends it.
type cut struct {
	message *wire.Snapshot
	chunks  [][]byte
}

// snapshot cuts the present state of a server into chunks of four records.
func (s *server) snapshot(d *device, view record.Role) *cut {
	s.t.Helper()
	c := d.Cursors()[0]
	c.Version = 0
	rows, cp := s.delta(c, s.acc.View(view))
	cp.Cursor.Marks, cp.Cursor.Lanes, cp.Cursor.Held = nil, nil, nil
	out := &cut{message: &wire.Snapshot{Checkpoint: cp}}
	sum := sha256.New()
	for len(rows) > 0 {
		n := min(4, len(rows))
		data := must(wire.EncodeChunk(rows[:n]))
		sum.Write(data)
		out.chunks, out.message.Sizes = append(out.chunks, data), append(out.message.Sizes, uint64(len(data)))
		rows = rows[n:]
	}
	copy(out.message.ID[:], sum.Sum(nil))
	return out
}

// begin announces a snapshot from where the device stands.
func (c *cut) begin(d *device) {
	d.t.Helper()
	m := *c.message
	if h := d.Cursors()[0].Held; h != nil && h.ID == m.ID {
		m.Chunk, m.Offset = h.Chunk, h.Offset
	}
	if err := d.BeginSnapshot(ctx, &m); err != nil {
		d.t.Fatal(err)
	}
}

// send sends pieces of so many bytes until all of a chunk, or of all for -1, is there.
func (c *cut) send(d *device, chunk, size int) {
	d.t.Helper()
	for {
		h := d.Cursors()[0].Held
		if h == nil || h.ID != c.message.ID {
			d.t.Fatalf("the device holds %+v", h)
		}
		if chunk >= 0 && h.Chunk > uint64(chunk) || h.Chunk == uint64(len(c.chunks)) {
			return
		}
		d.keep(c.piece(*h, size))
	}
}

func (c *cut) piece(h wire.HeldSnapshot, size int) *wire.Piece {
	data := c.chunks[h.Chunk][h.Offset:]
	return &wire.Piece{
		Scope: c.message.Checkpoint.Cursor.Scope, ID: c.message.ID, Chunk: h.Chunk, Offset: h.Offset, Data: data[:min(size, len(data))],
	}
}

func (d *device) keep(p *wire.Piece) {
	d.t.Helper()
	if err := d.KeepPiece(ctx, p); err != nil {
		d.t.Fatal(err)
	}
}

func (c *cut) close(d *device) {
	d.t.Helper()
	if intact, err := d.ApplySnapshot(ctx, c.message.ID); err != nil || !intact {
		d.t.Fatalf("intact %v, %v", intact, err)
	}
}

// kept counts what is on the disk of snapshots.
func (d *device) kept() (n int) {
	d.t.Helper()
	db := must(sql.Open("sqlite3", d.path))
	defer db.Close()
	if err := db.QueryRow("SELECT (SELECT count(*) FROM snapshots) + (SELECT count(*) FROM pieces)").Scan(&n); err != nil {
		d.t.Fatal(err)
	}
	return n
}

func (d *device) shown() int {
	d.t.Helper()
	return len(must(d.as(recordtest.Officer).List(ctx, record.Query{Kind: recordtest.Household, Scope: recordtest.Here, Limit: 100})))
}

// filled returns a server with households, and a device that holds nothing.
func filled(t *testing.T, households int) (*server, *device) {
	t.Helper()
	s := newServer(t)
	author := s.newDevice(replica.Laptop, 1)
	author.grant(recordtest.Officer, recordtest.Here)
	for n := 1; n <= households; n++ {
		author.apply(recordtest.Create(recordtest.Header(recordtest.Household, n), recordtest.Fields{"people": record.OfInt(int64(n)), "name": record.OfText("示例")}))
	}
	s.push(author)
	d := s.newDevice(replica.Laptop, 2)
	d.grant(recordtest.Officer, recordtest.Here)
	return s, d
}

// A chunk is shown and worked with as soon as it is whole; the device goes on at the
// byte after it was closed, and what was written says truly what was seen.
func TestSnapshotIsShownAsItComes(t *testing.T) {
	s, d := filled(t, 10)
	c := s.snapshot(d, recordtest.Officer)
	if h := d.Cursors()[0].Held; h == nil || *h != (wire.HeldSnapshot{}) {
		t.Fatalf("a device that holds nothing asks with %+v", h)
	}
	c.begin(d)
	c.send(d, 0, 50)
	d.keep(c.piece(*d.Cursors()[0].Held, 33))
	if n := d.shown(); n != 4 {
		t.Errorf("%d records are shown, want those of the first chunk", n)
	}
	d.reopen()
	d.unlock()
	if h, want := *d.Cursors()[0].Held, (wire.HeldSnapshot{ID: c.message.ID, Chunk: 1, Offset: 33}); h != want {
		t.Errorf("goes on at %+v, want %+v", h, want)
	}
	st := must(d.Status(ctx))
	if got, total := c.message.Sizes[0]+33, c.message.Sizes[0]+c.message.Sizes[1]+c.message.Sizes[2]; st.Got != int64(got) || st.Total != int64(total) {
		t.Errorf("says %d of %d bytes, want %d of %d", st.Got, st.Total, got, total)
	}
	if n := d.shown(); n != 4 {
		t.Errorf("%d records are shown after a restart", n)
	}
	if v := d.base().Version; v != s.head {
		t.Errorf("a base of %v, want the snapshot's %v", v, s.head)
	}
	if marks := d.Cursors()[0].Marks; len(marks) != 1 || marks[0].Version != s.head {
		t.Errorf("marks are %v: a restored server could not know what was seen", marks)
	}
	first := must(wire.DecodeChunk(c.chunks[0]))[0].Header
	d.apply(recordtest.Edit(first, d.base(), recordtest.Fields{"people": record.OfInt(77)}))
	c.begin(d)
	c.send(d, -1, 1000)
	c.close(d)
	if cur := d.Cursors()[0]; cur.Version != s.head || cur.Held != nil || d.kept() != 0 || d.shown() != 10 {
		t.Errorf("ends at %v with %d records, %d kept", cur.Version, d.shown(), d.kept())
	}
	s.push(d)
	s.pull(d, recordtest.Officer)
	if row := d.row(first.ID); row.Int("people") != 77 || row.Fields["people"].Disputed {
		t.Errorf("the edit stands as %+v", row.Fields["people"])
	}
}

// Over work of one's own nothing is shown before it is whole: others may have
// written on it, in a chunk that has not come.
func TestSnapshotWaitsOverOwnWork(t *testing.T) {
	s, d := filled(t, 10)
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 20), recordtest.Fields{"people": record.OfInt(20)}))
	c := s.snapshot(d, recordtest.Officer)
	c.begin(d)
	c.send(d, 1, 70)
	if n, v := d.shown(), d.base().Version; n != 1 || v != 0 {
		t.Errorf("%d records are shown with a base of %v, want the own one and nothing seen", n, v)
	}
	d.reopen()
	d.unlock()
	c.begin(d)
	c.send(d, -1, 70)
	c.close(d)
	if n := d.shown(); n != 11 || d.base().Version != s.head || d.kept() != 0 {
		t.Errorf("%d records are shown, %d kept", n, d.kept())
	}
}

// When the server has gone on to a newer snapshot, what was shown stays until that is
// whole, and never mixes with it.
func TestSnapshotIsReplaced(t *testing.T) {
	s, d := filled(t, 10)
	old := s.snapshot(d, recordtest.Officer)
	old.begin(d)
	old.send(d, 0, 100)
	was := d.base().Version
	other := s.newDevice(replica.Laptop, 3)
	other.grant(recordtest.Officer, recordtest.Here)
	s.pull(other, recordtest.Officer)
	for n := 1; n <= 10; n++ {
		other.apply(recordtest.Edit(recordtest.Header(recordtest.Household, n), other.base(), recordtest.Fields{"people": record.OfInt(100)}))
	}
	s.push(other)
	c := s.snapshot(d, recordtest.Officer)
	c.begin(d)
	c.send(d, 1, 100)
	for _, row := range must(wire.DecodeChunk(old.chunks[0])) {
		if got := d.row(row.Header.ID).Int("people"); got == 100 {
			t.Errorf("household %s shows %d while the newer snapshot comes", row.Header.ID, got)
		}
	}
	if n := d.shown(); n != 4 || d.base().Version != was {
		t.Errorf("%d records are shown with a base of %v", n, d.base().Version)
	}
	c.send(d, -1, 100)
	c.close(d)
	if n := d.shown(); n != 10 || d.row(recordtest.ID(1)).Int("people") != 100 || d.base().Version != s.head {
		t.Errorf("%d records are shown at the end", n)
	}
}

// What does not belong or does not continue is refused, and what cannot be read is
// dropped, so that the next session begins anew.
func TestSnapshotRefuses(t *testing.T) {
	s, d := filled(t, 10)
	c := s.snapshot(d, recordtest.Officer)
	refused := func(what string, err error) {
		t.Helper()
		if !fault.Is(err, fault.Corrupt) && !fault.Is(err, fault.NotAllowed) {
			t.Errorf("%s: %v", what, err)
		}
	}
	first := c.piece(wire.HeldSnapshot{}, 40)
	refused("a piece of nothing", d.KeepPiece(ctx, first))
	ahead := *c.message
	ahead.Chunk = 1
	refused("the middle of a snapshot", d.BeginSnapshot(ctx, &ahead))
	foreign := *c.message
	foreign.Checkpoint = &wire.Checkpoint{Cursor: wire.Cursor{Scope: recordtest.There, View: "officer"}}
	refused("a scope that is not granted", d.BeginSnapshot(ctx, &foreign))
	c.begin(d)
	d.keep(first)
	d.keep(first) // again: changes nothing
	refused("a gap", d.KeepPiece(ctx, c.piece(wire.HeldSnapshot{Offset: 60}, 10)))
	other := *c.piece(wire.HeldSnapshot{Offset: 40}, 10)
	other.ID[0] ^= 1
	refused("another snapshot", d.KeepPiece(ctx, &other))
	_, err := d.ApplySnapshot(ctx, c.message.ID)
	refused("an end before the end", err)
	harmed := c.piece(wire.HeldSnapshot{Offset: 40}, 1<<20)
	harmed.Data = bytes.Repeat([]byte{7}, len(harmed.Data))
	refused("bytes that are no chunk", d.KeepPiece(ctx, harmed))
	if h := d.Cursors()[0].Held; h == nil || *h != (wire.HeldSnapshot{}) || d.kept() != 0 {
		t.Errorf("after that it holds %+v, %d on disk", h, d.kept())
	}
}

// A digest that is not the server's leaves the cursor where it was.
func TestSnapshotDigest(t *testing.T) {
	s, d := filled(t, 10)
	c := s.snapshot(d, recordtest.Officer)
	c.message.Checkpoint.Digest[3] ^= 1
	c.begin(d)
	c.send(d, -1, 1000)
	if intact, err := d.ApplySnapshot(ctx, c.message.ID); intact || err != nil {
		t.Fatalf("intact %v, %v", intact, err)
	}
	if cur := d.Cursors()[0]; cur.Version != 0 || cur.Held != nil || d.kept() != 0 {
		t.Errorf("stands at %v, asks for a snapshot %v", cur.Version, cur.Held)
	}
	if !s.pull(d, recordtest.Officer) || d.shown() != 10 {
		t.Error("rows from the beginning do not mend it")
	}
}

// A revocation, another view, and a reset each destroy what is kept.
func TestSnapshotIsPurged(t *testing.T) {
	end := map[string]func(*server, *device) error{
		"revoked": func(_ *server, d *device) error {
			_, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: 2, Op: wire.ControlRevoke, Scope: recordtest.Here}})
			return err
		},
		"another view": func(_ *server, d *device) error {
			_, err := d.ApplyControl(ctx, []wire.ControlEntry{{Number: 2, Op: wire.ControlGrant, Scope: recordtest.Here, View: "cadre"}})
			return err
		},
		"reset": func(_ *server, d *device) error { return d.ResetScope(ctx, recordtest.Here, nil) },
		"rows":  func(s *server, d *device) error { s.pull(d, recordtest.Officer); return nil },
	}
	for name, how := range end {
		t.Run(name, func(t *testing.T) {
			s, d := filled(t, 10)
			c := s.snapshot(d, recordtest.Officer)
			c.begin(d)
			c.send(d, 0, 60)
			d.keep(c.piece(*d.Cursors()[0].Held, 20))
			if d.kept() != 2 {
				t.Fatalf("%d kept", d.kept())
			}
			if err := how(s, d); err != nil {
				t.Fatal(err)
			}
			if d.kept() != 0 {
				t.Errorf("%d rows are kept on disk", d.kept())
			}
			if name != "reset" && name != "rows" && d.shown() != 0 {
				t.Errorf("%d records are shown", d.shown())
			}
			if err := d.KeepPiece(ctx, c.piece(wire.HeldSnapshot{Chunk: 1, Offset: 20}, 20)); err == nil {
				t.Error("goes on")
			}
		})
	}
}

// A kiosk keeps no pieces of a view whose fields its key file may not open.
func TestKioskTakesNoSecretSnapshot(t *testing.T) {
	s := newServer(t)
	k := s.newDevice(replica.Kiosk, 1)
	k.grant(recordtest.Officer, recordtest.Here)
	k2 := s.newDevice(replica.Kiosk, 2)
	k2.grant(recordtest.Kiosk, recordtest.Here)
	k3 := s.newDevice(replica.Kiosk, 3)
	k3.grant(recordtest.Officer, ident.Ref)
	for i, want := range []bool{false, true, true} {
		d := []*device{k, k2, k3}[i]
		if h := d.Cursors()[0].Held; (h != nil) != want {
			t.Errorf("kiosk %d asks with %+v, want a snapshot %v", i, h, want)
		}
	}
}
