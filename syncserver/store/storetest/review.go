// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// testWaiting lists what waits for a person: disputes of three records, one of
// them in a field of class C1, and a proposal; a settled one is not there, also
// after a restart.
func testWaiting(t *testing.T, open Open) {
	setup := NewSetup(t)
	st := open(t, setup)
	a, b := Enrol(t, st, "a", "officer", Dasha, Luoyu), Enrol(t, st, "b", "officer", Dasha, Luoyu)
	var all []record.Header
	for i, f := range []record.Field{"faith", "tier", "tier", "income", "tier"} {
		scope := Dasha
		if i == 4 {
			scope = Luoyu
		}
		h := a.Header(t, "household", scope)
		h.ID[5] = byte(i)
		all = append(all, h)
		values := []record.Value{Text("a"), Text("b"), Text("c")}
		if f == "income" {
			values = []record.Value{Int(1), Int(2), Int(3)}
		}
		a.Put(t, st, record.Accepted, a.Own(scope), Create(h, Fields{f: values[0]}))
		base := a.Seen(t, st, scope)
		first := a.Make(base, Edit(h, Fields{f: values[1]}))
		first.Source = record.Officer
		a.Send(t, st, first)
		b.Send(t, st, b.Make(record.Base{Version: base.Version}, Edit(h, Fields{f: values[2]})))
	}
	s := Row(t, st, all[2].ID).Fields["tier"]
	a.Put(t, st, record.Accepted, a.Seen(t, st, Dasha), Settle(all[2], "tier", Text("b"), s))

	check := func(st store.Store) {
		t.Helper()
		for _, tt := range []struct {
			name  string
			login store.Login
			q     record.Query
			want  []int
		}{
			{"disputes", login("desk"), record.Query{Waiting: record.WaitsDispute}, []int{0, 1, 4}},
			{"disputes, newest first", login("desk"), record.Query{Waiting: record.WaitsDispute, Newest: true, Limit: 2}, []int{4, 1}},
			{"disputes, continued", login("desk"), record.Query{Waiting: record.WaitsDispute, Newest: true, Limit: 2, After: all[1].ID}, []int{0}},
			{"disputes of a scope", login("officer", Luoyu), record.Query{Waiting: record.WaitsDispute}, []int{4}},
			{"disputes in the view", login("cadre"), record.Query{Waiting: record.WaitsDispute}, []int{1, 4}},
			{"proposals", login("desk"), record.Query{Waiting: record.WaitsProposal}, []int{3}},
			{"proposals in the view", login("analyst"), record.Query{Waiting: record.WaitsProposal}, nil},
		} {
			tt.q.Kind = "household"
			rows, err := st.As(tt.login).List(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, row := range rows {
				got = append(got, slices.Index(all, row.Header))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("%s (-want +got):\n%s", tt.name, diff)
			}
		}
	}
	check(st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	check(must(t, open, setup))
}

// Settle returns a resolve of a field that names every head there is.
func Settle(h record.Header, f record.Field, v record.Value, s record.FieldState) record.Write {
	var seen []record.Version
	for _, head := range s.Heads() {
		seen = append(seen, head.Version)
	}
	return record.Write{Op: record.Resolve, Header: h, Fields: Fields{f: v}, Seen: map[record.Field][]record.Version{f: seen}}
}

// Sign signs a change set with the key of a device's person.
func (d *Device) Sign(t testing.TB, cs *record.ChangeSet) {
	t.Helper()
	signature, err := d.Person.Sign(d.rnd, "yuexin person", wire.PersonBytes(cs))
	if err != nil {
		t.Fatal(err)
	}
	cs.PersonSignature = signature
}

// testTwoPersons settles a dispute about a debt.
func testTwoPersons(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	a, b, c := Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "b", "officer", Dasha), Enrol(t, st, "c", "officer", Dasha)
	h := a.Header(t, "household", Dasha)
	a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"debt": Int(1)}))
	base := a.Seen(t, st, Dasha)
	a.Put(t, st, record.Accepted, base, Edit(h, Fields{"debt": Int(2)}))
	b.Clock = a.Clock
	b.Put(t, st, record.InReview, record.Base{Version: base.Version}, Edit(h, Fields{"debt": Int(3)}))
	debt := func() record.FieldState { return Row(t, st, h.ID).Fields["debt"] }
	settle := func(d *Device, v int64) record.Receipt {
		cs := d.Make(d.Seen(t, st, Dasha), Settle(h, "debt", Int(v), debt()))
		d.Sign(t, &cs)
		return d.Send(t, st, cs)[0]
	}

	t.Run("no signature", func(t *testing.T) {
		r := a.Put(t, st, record.Rejected, a.Seen(t, st, Dasha), Settle(h, "debt", Int(3), debt()))
		if r.Reason != "sync.reject.person" || r.Field != "debt" {
			t.Errorf("got %s %s", r.Reason, r.Field)
		}
		a.Discard(t, st, r)
	})
	t.Run("the key of somebody else", func(t *testing.T) {
		cs := a.Make(a.Seen(t, st, Dasha), Settle(h, "debt", Int(3), debt()))
		cs.PersonSignature, _ = b.Person.Sign(a.rnd, "yuexin person", wire.PersonBytes(&cs))
		r := a.Send(t, st, cs)[0]
		if r.Outcome != record.Rejected || r.Reason != "sync.reject.signature" {
			t.Errorf("got %s %s", r.Outcome, r.Reason)
		}
		a.Discard(t, st, r)
	})
	t.Run("one person, twice", func(t *testing.T) {
		for range 2 {
			if r := settle(a, 4); r.Outcome != record.InReview {
				t.Fatalf("got %s %s", r.Outcome, r.Reason)
			}
		}
		other := a.another(t, st)
		if r := settle(other, 4); r.Outcome != record.InReview {
			t.Errorf("from another device: got %s %s", r.Outcome, r.Reason)
		}
		if s := debt(); !s.Disputed || s.Value.Int() != 2 || len(s.Aside) != 4 {
			t.Errorf("disputed %v at %d with %d aside, want what stood first and four aside", s.Disputed, s.Value.Int(), len(s.Aside))
		}
	})
	t.Run("a device that denies what it was shown", func(t *testing.T) {
		// By its own word it had seen one value, and then, elsewhere, the other.
		first, second := debt().Winner.Version, debt().Aside[0].Version
		c.Send(t, st, c.Make(record.Base{Version: first}, Edit(h, Fields{"debt": Int(9)})))
		c.Send(t, st, c.Make(record.Base{Version: second}, Edit(h, Fields{"debt": Int(9)})))
		if s := debt(); !s.Disputed || !slices.ContainsFunc(s.Heads(), func(h record.Head) bool { return h.Version == second }) {
			t.Errorf("disputed %v: one person settled it", s.Disputed)
		}
	})
	t.Run("a second person", func(t *testing.T) {
		settle(a, 4)
		settle(b, 4)
		if s := debt(); s.Disputed || s.Value.Int() != 4 {
			t.Errorf("disputed %v at %d, want 4 and settled", s.Disputed, s.Value.Int())
		}
	})
	t.Run("one key for two people", func(t *testing.T) {
		h := a.Header(t, "household", Dasha)
		a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"debt": Int(1)}))
		b.Put(t, st, record.InReview, record.Base{}, Edit(h, Fields{"debt": Int(2)}))
		twin := a.twin(t, st, "twin")
		cs := twin.Make(twin.Seen(t, st, Dasha), Settle(h, "debt", Int(2), Row(t, st, h.ID).Fields["debt"]))
		twin.Sign(t, &cs)
		if r := twin.Send(t, st, cs)[0]; r.Outcome != record.Rejected || r.Reason != "sync.reject.person" {
			t.Errorf("got %s %s", r.Outcome, r.Reason)
		}
	})
	t.Run("at the server", func(t *testing.T) { testSignedAtServer(t, st, a) })
}

// testSignedAtServer: people who work at the server settle with a key of their own.
func testSignedAtServer(t *testing.T, st store.Store, d *Device) {
	h := d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"debt": Int(1)}))
	base := d.Seen(t, st, Dasha)
	d.Put(t, st, record.Accepted, base, Edit(h, Fields{"debt": Int(2)}))
	d2 := Enrol(t, st, "d2", "officer", Dasha)
	d2.Put(t, st, record.InReview, record.Base{Version: base.Version}, Edit(h, Fields{"debt": Int(3)}))

	act := func() record.Act {
		base, err := st.As(Everyone()).Base(t.Context(), Dasha)
		if err != nil {
			t.Fatal(err)
		}
		return record.Act{
			Name: "review.settle", Scope: Dasha, Source: record.Officer, Base: base,
			Writes: []record.Write{Settle(h, "debt", Int(3), Row(t, st, h.ID).Fields["debt"])},
		}
	}
	_, err := st.As(Everyone()).Apply(t.Context(), act())
	if !fault.Is(err, fault.NotAllowed) {
		t.Errorf("without a key: %v", err)
	}
	for i := range byte(2) {
		key, err := seal.NewSign(seal.Default, rand.NewChaCha8([32]byte{i}))
		if err != nil {
			t.Fatal(err)
		}
		public, err := key.Public()
		if err != nil {
			t.Fatal(err)
		}
		signer, err := seal.NewSigner(rand.NewChaCha8([32]byte{i, 1}), key)
		if err != nil {
			t.Fatal(err)
		}
		l := Everyone()
		l.Actor[0], l.Person = i+1, public.Encode()
		if _, err := st.AsPerson(l, signer).Apply(t.Context(), act()); err != nil {
			t.Fatal(err)
		}
	}
	if s := Row(t, st, h.ID).Fields["debt"]; s.Disputed || s.Value.Int() != 3 {
		t.Errorf("disputed %v at %d, want 3 and settled", s.Disputed, s.Value.Int())
	}
}

// Discard gives up a refused change set.
func (d *Device) Discard(t testing.TB, st store.Store, r record.Receipt) {
	t.Helper()
	lane := r.Link.Lane
	cs := d.Make(d.Own(lane.Scope), record.Write{Op: record.Discard, Header: record.Header{Kind: "household", Scope: lane.Scope}})
	cs.Replaces = r.Link.Number
	d.Send(t, st, cs)
}

// another enrols a second device of the same person, with a key of its own.
func (d *Device) another(t testing.TB, st store.Store) *Device {
	t.Helper()
	return enrolAs(t, st, d.Name+" again", d.Login, nil)
}

// twin enrols another person who holds the key of this one.
func (d *Device) twin(t testing.TB, st store.Store, name string) *Device {
	t.Helper()
	l := d.Login
	l.Actor[0] ^= 0xff
	return enrolAs(t, st, name, l, &d.Person)
}

// testOwnHand makes entries of a kind that its author has to sign: without their own
// signature, or with a key that two actors have, they are refused.
func testOwnHand(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	a, b := Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "b", "officer", Dasha)
	vow := func(d *Device, signer *Device) record.Receipt {
		cs := d.Make(d.Own(Dasha), Create(d.Header(t, "vow", Dasha), Fields{"amount": Int(1)}))
		if signer != nil {
			cs.PersonSignature, _ = signer.Person.Sign(d.rnd, "yuexin person", wire.PersonBytes(&cs))
		}
		return d.Send(t, st, cs)[0]
	}
	for _, tt := range []struct {
		name   string
		signer *Device
		want   record.Outcome
		reason string
	}{
		{"nobody's", nil, record.Rejected, "sync.reject.person"},
		{"somebody else's", b, record.Rejected, "sync.reject.signature"},
		{"own", a, record.Accepted, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := vow(a, tt.signer)
			if r.Outcome != tt.want || r.Reason != tt.reason {
				t.Errorf("got %s %q, want %s %q", r.Outcome, r.Reason, tt.want, tt.reason)
			}
			if r.Outcome == record.Rejected {
				a.Discard(t, st, r)
			}
		})
	}
	if r := vow(b, b); r.Outcome != record.Accepted {
		t.Errorf("another person: %s %s", r.Outcome, r.Reason)
	}
}
