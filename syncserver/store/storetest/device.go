// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"math/rand/v2"
	"testing"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Device is an enrolled device as the store sees it: it makes change sets and
// sends them. Its id, actor and randomness follow from its name.
type Device struct {
	Name  string
	ID    ident.Device
	Inc   ident.Incarnation
	Login store.Login
	Clock int64 // ms after Start of its next change set

	Person seal.SignPrivate // of its actor

	made  int64 // records
	rnd   *rand.ChaCha8
	lanes map[ident.Scope]*laneEnd
}

type laneEnd struct {
	next  uint64
	chain wire.Digest
}

// Enrol enrols a device with a login of the role in the scopes.
func Enrol(t testing.TB, st store.Store, name string, role record.Role, scopes ...ident.Scope) *Device {
	t.Helper()
	return enrolAs(t, st, name, store.Login{Role: role, Scopes: scopes}, nil)
}

// enrolAs enrols a device for the actor, role and scopes of a login; a zero actor
// and no key are drawn.
func enrolAs(t testing.TB, st store.Store, name string, as store.Login, key *seal.SignPrivate) *Device {
	t.Helper()
	d := &Device{Name: name, rnd: rand.NewChaCha8(sha256.Sum256([]byte(name))), lanes: make(map[ident.Scope]*laneEnd)}
	d.Inc = newID[ident.Incarnation](t, d.rnd)
	if drawn := newID[ident.Actor](t, d.rnd); as.Actor.IsZero() {
		as.Actor = drawn
	}
	code := sha256.Sum256([]byte("code of " + name))
	ctx := context.Background()
	err := st.AddEnrolment(ctx, store.Enrolment{
		CodeHash: code, Name: name, Program: "agent", Actor: as.Actor, Display: "示例 " + name,
		Role: as.Role, Scopes: as.Scopes, Expires: Start.Add(time.Hour),
	})
	if err != nil {
		t.Fatalf("add enrolment: %v", err)
	}
	person, err := seal.NewSign(seal.Default, d.rnd)
	if err != nil {
		t.Fatal(err)
	}
	if key != nil {
		person = *key
	}
	public, err := person.Public()
	if err != nil {
		t.Fatal(err)
	}
	d.Person = person
	got, err := st.Redeem(ctx, code, store.NewDevice{
		Public: []byte("key of " + name), Incarnation: d.Inc, Program: "agent/0.1.0", Person: public.Encode(),
	}, Start)
	if err != nil {
		t.Fatalf("redeem: %v", err)
	}
	d.ID, d.Login = got.Device, got.Login
	return d
}

func newID[T ~[ident.Size]byte](t testing.TB, rnd *rand.ChaCha8) T {
	t.Helper()
	return newIDAt[T](t, Start.UnixMilli(), rnd)
}

func newIDAt[T ~[ident.Size]byte](t testing.TB, ms int64, rnd *rand.ChaCha8) T {
	t.Helper()
	id, err := ident.New[T](ms, rnd)
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Header returns the header of a new record about a new subject.
func (d *Device) Header(t testing.TB, kind record.Kind, scope ident.Scope) record.Header {
	t.Helper()
	d.made++ // ids are as good as ordered by time where people make them
	at := Start.UnixMilli() + d.made
	return record.Header{ID: newIDAt[ident.Record](t, at, d.rnd), Kind: kind, Scope: scope, Subject: newIDAt[ident.Subject](t, at, d.rnd)}
}

// Fields is short for the fields of a write.
type Fields = map[record.Field]record.Value

// Create, Edit and Delete return writes.
func Create(h record.Header, f Fields) record.Write {
	return record.Write{Op: record.Create, Header: h, Fields: f}
}

// Edit returns a write that changes fields.
func Edit(h record.Header, f Fields) record.Write {
	return record.Write{Op: record.Edit, Header: h, Fields: f}
}

// Delete returns a write that deletes a record.
func Delete(h record.Header) record.Write { return record.Write{Op: record.Delete, Header: h} }

// Make returns the device's next change set in the scope of its first write.
// Base is what its author had seen; Seen() is everything.
func (d *Device) Make(base record.Base, writes ...record.Write) record.ChangeSet {
	scope := writes[0].Header.Scope
	end := d.end(scope)
	d.Clock += 1000
	cs := record.ChangeSet{
		Link:  record.Link{Lane: d.Lane(scope), Number: end.next},
		Actor: d.Login.Actor, Login: d.Login.ID, Catalogue: 3,
		Reading: hlc.Reading{WallMS: Start.UnixMilli() + d.Clock},
		Act:     record.Act{Name: "household.edit", Scope: scope, Base: base, Source: record.SelfDeclared, Writes: writes},
	}
	end.next++
	return cs
}

// Lane returns the device's lane in a scope.
func (d *Device) Lane(scope ident.Scope) record.Lane {
	return record.Lane{Incarnation: d.Inc, Scope: scope}
}

func (d *Device) end(scope ident.Scope) *laneEnd {
	if d.lanes[scope] == nil {
		d.lanes[scope] = &laneEnd{next: 1, chain: wire.LaneStart(d.Lane(scope))}
	}
	return d.lanes[scope]
}

// Seen returns a base that has seen the scope whole and the device's own lane
// up to its last change set.
func (d *Device) Seen(t testing.TB, st store.Store, scope ident.Scope) record.Base {
	t.Helper()
	s, err := st.Scope(context.Background(), scope)
	if err != nil {
		t.Fatal(err)
	}
	return record.Base{Version: s.Head, Number: d.end(scope).next - 1}
}

// Own returns a base that has seen nothing but the device's own lane.
func (d *Device) Own(scope ident.Scope) record.Base {
	return record.Base{Number: d.end(scope).next - 1}
}

// Seed returns the seed of the device's lanes.
func (d *Device) Seed() (seed [16]byte) {
	h := sha256.Sum256([]byte("seed of " + d.Name))
	copy(seed[:], h[:])
	return seed
}

// Batch puts change sets into a batch that continues the lane.
func (d *Device) Batch(t testing.TB, sets ...record.ChangeSet) *wire.Batch {
	t.Helper()
	end := d.end(sets[0].Scope)
	b, err := wire.NewBatch(d.Lane(sets[0].Scope), sets[0].Link.Number, end.chain, d.Seed(), sets)
	if err != nil {
		t.Fatalf("new batch: %v", err)
	}
	end.chain = b.After
	return b
}

// Submit returns a batch as a session hands it in.
func (d *Device) Submit(b *wire.Batch) store.Submission {
	return store.Submission{Device: d.ID, Batch: b, NowMS: Start.Add(time.Hour).UnixMilli()}
}

// Send commits change sets and returns their receipts.
func (d *Device) Send(t testing.TB, st store.Store, sets ...record.ChangeSet) []record.Receipt {
	t.Helper()
	list, err := st.Commit(context.Background(), d.Submit(d.Batch(t, sets...)))
	if err != nil {
		t.Fatalf("%s: commit: %v", d.Name, err)
	}
	return list
}

// Put makes a change set, sends it, and wants the outcome.
func (d *Device) Put(t testing.TB, st store.Store, want record.Outcome, base record.Base, writes ...record.Write) record.Receipt {
	t.Helper()
	r := d.Send(t, st, d.Make(base, writes...))[0]
	if r.Outcome != want {
		t.Fatalf("%s: number %d is %s (%s %s), want %s", d.Name, r.Link.Number, r.Outcome, r.Reason, r.Field, want)
	}
	return r
}

// Everyone is a login of the server that sees and may do everything.
func Everyone() store.Login {
	var l store.Login
	l.Role = "desk"
	binary.BigEndian.PutUint64(l.ID[:], 1)
	binary.BigEndian.PutUint64(l.Actor[:], 2)
	return l
}

// Row returns a record as the server sees it.
func Row(t testing.TB, st store.Store, id ident.Record) record.Row {
	t.Helper()
	row, err := st.As(Everyone()).Get(context.Background(), id)
	if err != nil {
		t.Fatalf("get %s: %v", id, err)
	}
	return row
}

// Text, Int and friends make values in few letters.
var (
	Text = record.OfText
	Int  = record.OfInt
	Set  = record.OfSet
)
