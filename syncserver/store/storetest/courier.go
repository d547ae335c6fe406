// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"errors"
	"testing"

	"yuexin/shared/sync/courier"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// carry hands in what a person brought.
func (d *Device) carry(t testing.TB, st store.Store, box *wire.Batch) record.Receipt {
	t.Helper()
	taken, err := courier.Reissue([]*wire.Batch{box})
	if err != nil {
		t.Fatal(err)
	}
	sub := d.Submit(taken[0])
	sub.Carried = true
	list, err := st.Commit(t.Context(), sub)
	if err != nil || len(list) != 1 || list[0].Link.Lane != courier.Lane(box.Lane.Scope, box.After, box.After) {
		t.Fatalf("carried: %+v, %v", list, err)
	}
	return list[0]
}

// testCourier: of a lane that a copy of the disk forked, a person brings what the
// store took and what it refused to take. The former gets the receipt of the first
// time, the latter is kept for an administrator, once however often it is brought.
func testCourier(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "kiosk", "kiosk", Dasha)
	h, other := d.Header(t, "household", Dasha), d.Header(t, "household", Dasha)
	one := d.Batch(t, d.Make(d.Own(Dasha), Create(h, Fields{"holder": Text("甲")})))
	first, err := st.Commit(t.Context(), d.Submit(one))
	if err != nil {
		t.Fatal(err)
	}
	end := *d.end(Dasha)
	mine := d.Batch(t, d.Make(d.Own(Dasha), Create(other, Fields{"holder": Text("乙"), "mu": Int(3)})))
	*d.end(Dasha) = end
	d.Put(t, st, record.Accepted, d.Own(Dasha), Edit(h, Fields{"mu": Int(9)})) // the copy was first
	var fork *store.ForkError
	if _, err := st.Commit(t.Context(), d.Submit(mine)); !errors.As(err, &fork) {
		t.Fatalf("no fork: %v", err)
	}

	if r := d.carry(t, st, one); r.Outcome != record.Accepted || r.Version != first[0].Version {
		t.Errorf("what was taken before: %+v, want the receipt %+v", r, first[0])
	}
	head := func() record.Version {
		s, err := st.Scope(t.Context(), Dasha)
		if err != nil {
			t.Fatal(err)
		}
		return s.Head
	}
	before := head()
	for range 2 {
		if r := d.carry(t, st, mine); r.Outcome != record.Quarantined || r.Reason != "sync.quarantine.carried" {
			t.Fatalf("what was not taken: %+v", r)
		}
		if list, err := st.Quarantine(t.Context()); err != nil || len(list) != 1 || list[0].Device != d.ID || head() != before {
			t.Fatalf("kept: %+v, %v", list, err)
		}
	}
	lane := courier.Lane(Dasha, mine.After, mine.After)
	cs, err := st.Kept(t.Context(), record.Link{Lane: lane, Number: 1})
	if err != nil || cs.Origin == nil || *cs.Origin != mine.Sets[0].Link {
		t.Errorf("kept as %+v, %v", cs, err)
	}
	MustVerify(t, st)

	r := decide(t, st, record.Link{Lane: lane, Number: 1}, true)
	if r.Outcome != record.Accepted || r.Version != before.Next() || Row(t, st, other.ID).Text("holder") != "乙" {
		t.Errorf("let pass: %+v", r)
	}
	if again := d.carry(t, st, mine); again.Version != r.Version || head() != r.Version {
		t.Errorf("brought again: %+v", again)
	}
	if list, _, err := st.Answer(t.Context(), d.ID, lane, 1, 1); err != nil || len(list) != 1 || list[0].Version != r.Version || !list[0].Decided {
		t.Errorf("the device hears %+v, %v", list, err)
	}
	MustVerify(t, st)
}

// testCourierEarly: what a person brings before its lane does is applied once, under
// whichever name it is let pass.
func testCourierEarly(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "kiosk", "kiosk", Dasha)
	h := d.Header(t, "household", Dasha)
	box := d.Batch(t, d.Make(d.Own(Dasha), Create(h, Fields{"holder": Text("甲")})))
	kept := d.carry(t, st, box)
	sent, err := st.Commit(t.Context(), d.Submit(box))
	if err != nil || sent[0].Outcome != record.Quarantined {
		t.Fatalf("sent after all: %+v, %v", sent, err)
	}
	first, second := decide(t, st, sent[0].Link, true), decide(t, st, kept.Link, true)
	if first.Outcome != record.Accepted || second.Version != first.Version {
		t.Errorf("receipts: %+v, %+v", first, second)
	}
	MustVerify(t, st)
}
