// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"context"
	"crypto/rand"
	"path/filepath"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

var ctx = context.Background()

// cheap is a cost of passphrases that tests can afford.
var cheap = seal.Params{Time: 1, Threads: 1, MemoryKiB: 64}

const passphrase = "四会大沙 2026"

var (
	anna = ident.Actor{0xA}
	bert = ident.Actor{0xB}
)

// device is a replica under test with what it was made from.
type device struct {
	*replica.Replica
	t     testing.TB
	path  string
	clock *recordtest.Clock
	key   seal.SignPrivate
	opt   replica.Options
}

// server is a small server for tests: it judges by the policies, in the order of
// arrival, and sends whole rows.
type server struct {
	t        testing.TB
	cat      *record.Catalogue
	acc      *record.Access
	box      seal.BoxPrivate
	rows     map[ident.Record]*serverRow
	head     record.Version
	floor    hlc.Stamp
	stamps   map[record.Lane]hlc.Stamp
	next     map[record.Lane]uint64
	chains   map[record.Lane]wire.Digest
	given    map[record.Link]record.Receipt
	refuse   map[string]bool // acts by name
	accepted []record.ChangeSet
	epoch    uint32
}

type serverRow struct {
	header record.Header
	heads  rules.Heads
	fields map[record.Field]record.FieldState
}

func newServer(t testing.TB) *server {
	return &server{
		t: t, cat: recordtest.Catalogue(t), acc: recordtest.Access(t), box: must(seal.NewBox(seal.Default, rand.Reader)),
		rows: map[ident.Record]*serverRow{}, next: map[record.Lane]uint64{}, chains: map[record.Lane]wire.Digest{},
		stamps: map[record.Lane]hlc.Stamp{}, given: map[record.Link]record.Receipt{}, refuse: map[string]bool{}, epoch: 1,
	}
}

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// setup returns what a device of this profile is made from.
func (s *server) setup(p replica.Profile, n byte, key seal.SignPrivate) replica.Setup {
	set := replica.Setup{
		Identity:  replica.Identity{Profile: p, Device: ident.Device{n}, ShortID: uint32(n), Name: "1 号机"},
		Key:       key,
		ServerBox: must(s.box.Public()),
	}
	if p == replica.Laptop {
		set.User = &replica.NewUser{Actor: anna, Name: "安娜", Passphrase: passphrase}
	}
	return set
}

func (s *server) newDevice(p replica.Profile, n byte, change ...func(*replica.Setup)) *device {
	s.t.Helper()
	d := &device{t: s.t, path: filepath.Join(s.t.TempDir(), "replica.db"), clock: new(recordtest.Clock), key: must(seal.NewSign(seal.Default, rand.Reader))}
	d.opt = replica.Options{Clock: d.clock.Now, Random: rand.Reader, Catalogue: s.cat, Access: s.acc, Cost: cheap}
	set := s.setup(p, n, d.key)
	for _, f := range change {
		f(&set)
	}
	r, err := replica.Create(ctx, d.path, set, d.opt)
	if err != nil {
		s.t.Fatal(err)
	}
	d.Replica = r
	s.t.Cleanup(func() { _ = d.Close() }) // closed twice where a test reopens
	return d
}

// grant lets a device hold scopes in a view, by its control log.
func (d *device) grant(view record.Role, scopes ...ident.Scope) {
	d.t.Helper()
	at := must(d.Control(ctx)).Number
	var entries []wire.ControlEntry
	for _, s := range scopes {
		at++
		entries = append(entries, wire.ControlEntry{Number: at, Op: wire.ControlGrant, Scope: s, View: string(view)})
	}
	if _, err := d.ApplyControl(ctx, entries); err != nil {
		d.t.Fatal(err)
	}
}

// reopen closes the device and opens it again, locked.
func (d *device) reopen() {
	d.t.Helper()
	if err := d.Close(); err != nil {
		d.t.Fatal(err)
	}
	r, err := replica.Open(ctx, d.path, d.opt)
	if err != nil {
		d.t.Fatal(err)
	}
	d.Replica = r
}

func (d *device) unlock() {
	d.t.Helper()
	if _, err := d.Unlock(ctx, anna, passphrase); err != nil {
		d.t.Fatal(err)
	}
}

func (d *device) as(role record.Role) record.Store {
	return d.As(replica.Session{Actor: anna, Login: ident.Login{1}, Role: role})
}

func (d *device) apply(act record.Act) record.Receipt {
	d.t.Helper()
	r, err := d.as(recordtest.Officer).Apply(ctx, act)
	if err != nil {
		d.t.Fatalf("apply %s: %v", act.Name, err)
	}
	return r
}

func (d *device) base() record.Base {
	d.t.Helper()
	return must(d.as(recordtest.Officer).Base(ctx, recordtest.Here))
}

func (d *device) row(id ident.Record) record.Row {
	d.t.Helper()
	row, err := d.as(recordtest.Officer).Get(ctx, id)
	if err != nil {
		d.t.Fatalf("get: %v", err)
	}
	return row
}

// push sends everything unsent and returns how many frames it took.
func (s *server) push(d *device) (frames int) {
	s.t.Helper()
	for _, u := range d.Unsent() {
		for from := u.First; ; {
			f, err := d.NextFrame(ctx, u.Lane, from, 100, record.MaxFrameBytes)
			if err != nil {
				s.t.Fatal(err)
			}
			if f == nil {
				break
			}
			frames++
			if _, err := d.ApplyReceipts(ctx, s.commit(d, f.Data)); err != nil {
				s.t.Fatal(err)
			}
			from = f.To + 1
		}
	}
	return frames
}

// commit verifies a frame and judges its change sets.
func (s *server) commit(d *device, data []byte) *wire.Receipts {
	s.t.Helper()
	frame, err := envelope.Open(s.box, data)
	if err != nil {
		s.t.Fatal(err)
	}
	b, err := wire.DecodeFrame(frame)
	if err != nil {
		s.t.Fatal(err)
	}
	public := must(d.key.Public())
	if err := b.Verify(func(m, sig []byte) bool { return public.Verify("yuexin frame", m, sig) == nil }); err != nil {
		s.t.Fatal(err)
	}
	if s.next[b.Lane] == 0 {
		s.next[b.Lane], s.chains[b.Lane] = 1, wire.LaneStart(b.Lane)
	}
	if b.First == s.next[b.Lane] && b.Before != s.chains[b.Lane] {
		s.t.Fatal("the frame does not continue the lane")
	}
	if b.First > s.next[b.Lane] {
		s.t.Fatalf("gap: frame begins at %d, want %d", b.First, s.next[b.Lane])
	}
	var out []record.Receipt
	for i := range b.Sets {
		cs := &b.Sets[i]
		if cs.Link.Number == s.next[b.Lane] {
			s.given[cs.Link] = s.judge(cs)
			s.next[b.Lane]++
			s.chains[b.Lane] = wire.Chain(s.chains[b.Lane], cs.Link.Number, b.Commitments()[i])
		}
		out = append(out, s.given[cs.Link])
	}
	return &wire.Receipts{Lane: b.Lane, Ranges: peer.Pack(out), Through: b.Last(), Chain: b.After, Epoch: s.epoch}
}

func (s *server) judge(cs *record.ChangeSet) record.Receipt {
	if s.refuse[cs.Name] {
		return record.Receipt{Link: cs.Link, Outcome: record.Rejected, Reason: "demand.closed", Record: cs.Writes[0].Header, Field: "state"}
	}
	s.accepted = append(s.accepted, *cs)
	s.head = max(s.head, record.At(s.epoch, 0)).Next()
	role := recordtest.Officer
	a := rules.Author{
		Lane: cs.Link.Lane.Incarnation, Number: cs.Link.Number, Version: s.head, Source: cs.Source,
		Actor: cs.Actor, Base: cs.Base, View: s.acc.View(role),
	}
	a.Stamp, _ = policy.Effective(cs, hlc.Offset{}, s.stamps[cs.Link.Lane], recordtest.StartMS+1_000_000_000)
	s.stamps[cs.Link.Lane] = a.Stamp
	s.floor = max(s.floor, a.Stamp)
	receipt := record.Receipt{Link: cs.Link, Outcome: record.Accepted, Version: s.head}
	for _, w := range cs.Writes {
		if w.Op == record.Discard {
			receipt.Outcome = record.Discarded
			continue
		}
		row := s.rows[w.Header.ID]
		if row == nil {
			row = &serverRow{header: w.Header, heads: rules.Heads{}, fields: map[record.Field]record.FieldState{}}
			s.rows[w.Header.ID] = row
		}
		a.Fold(s.cat, row.heads, w, nil)
		for f, heads := range row.heads {
			def, _ := s.cat.Field(w.Header.Kind, f)
			now := policy.Resolve(def.Merge, heads)
			if was, ok := row.fields[f]; ok && was.Value.Equal(now.Value) && was.Disputed == now.Disputed && was.Winner.Version == now.Winner.Version && len(was.Aside) == len(now.Aside) {
				continue
			}
			now.Version = s.head
			row.fields[f] = now
			receipt.Outcome = receipt.Outcome.Worse(policy.Outcome(def.Merge, heads, a.Lane, a.Number))
		}
	}
	if receipt.Outcome == record.Discarded {
		receipt.Version = 0
	}
	return receipt
}

// pull sends a device everything above its cursor, as it travels.
func (s *server) pull(d *device, view record.Role) (intact bool) {
	s.t.Helper()
	for _, c := range d.Cursors() {
		rows, cp := s.delta(c, s.acc.View(view))
		intact = s.deliver(d, rows, cp)
	}
	return intact
}

func (s *server) deliver(d *device, rows []wire.RowDelta, cp *wire.Checkpoint) bool {
	s.t.Helper()
	if len(rows) > 0 {
		var travelled []wire.RowDelta
		for _, part := range wire.CutRows(rows) {
			travelled = append(travelled, must(wire.DecodeRows(must(wire.EncodeRows(part))))...)
		}
		rows = travelled
	}
	intact, err := d.ApplyCheckpoint(ctx, rows, cp)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := d.Flush(ctx); err != nil {
		s.t.Fatal(err)
	}
	return intact
}

func (s *server) delta(c wire.Cursor, view record.View) ([]wire.RowDelta, *wire.Checkpoint) {
	cp := &wire.Checkpoint{Cursor: c, Floor: s.floor}
	cp.Cursor.Version, cp.Cursor.ViewVersion = s.head, view.Version()
	var rows []wire.RowDelta
	for _, row := range s.rows {
		if row.header.Scope != c.Scope {
			continue
		}
		delta := wire.RowDelta{Header: row.header}
		deleted := row.fields[record.Deleted].Value.Bool() && !row.fields[record.Deleted].Disputed
		for f, state := range row.fields {
			def, _ := s.cat.Field(row.header.Kind, f)
			if !view.Holds(row.header.Kind, def.Class) {
				continue
			}
			if state.Version > c.Version || !deleted && row.fields[record.Deleted].Version > c.Version {
				delta.Fields = append(delta.Fields, wire.FieldDelta{Field: f, State: state})
			}
			if !deleted {
				cp.Digest = cp.Digest.Add(wire.FieldHash(row.header.ID, f, state.Version, state.Value))
			}
		}
		if len(delta.Fields) > 0 {
			rows = append(rows, delta)
		}
	}
	return rows, cp
}
