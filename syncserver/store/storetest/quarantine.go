// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"slices"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// clerk decides.
var clerk = ident.Actor{15: 9}

func decide(t testing.TB, st store.Store, link record.Link, pass bool) record.Receipt {
	t.Helper()
	r, err := st.Decide(t.Context(), store.Decision{Link: link, Pass: pass, By: clerk, Why: "内容与实际不符", Now: Start.Add(2 * time.Hour)})
	if err != nil {
		t.Fatalf("decide: %v", err)
	}
	return r
}

// off makes a store with a device that is switched off and on again in between:
// what it wrote meanwhile is quarantined.
func off(t *testing.T, open Open) (store.Store, *Device, func(off bool)) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	return st, d, func(off bool) {
		if err := st.SwitchOff(t.Context(), d.ID, off, Start); err != nil {
			t.Fatal(err)
		}
	}
}

// testPass: what somebody looked at and let pass stands as its author's, and the
// author gets a receipt that says so.
func testPass(t *testing.T, open Open) {
	st, d, switchOff := off(t, open)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
	switchOff(true)
	h := d.Header(t, "household", Dasha)
	made := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(h, Fields{"mu": Int(2), "holder": Text("示例")}))
	edited := d.Put(t, st, record.Quarantined, d.Own(Dasha), Edit(h, Fields{"tier": Text("a")}))

	cs, err := st.Kept(t.Context(), made.Link)
	if err != nil || cs.Writes[0].Fields["holder"].Text() != "示例" {
		t.Fatalf("kept: %+v, %v", cs, err)
	}
	r := decide(t, st, made.Link, true)
	if r.Outcome != record.Accepted || r.Version != record.At(1, 2) || !r.Decided {
		t.Errorf("receipt: %+v", r)
	}
	row := Row(t, st, h.ID)
	if row.Text("holder") != "示例" || row.Fields["holder"].Winner.Actor != d.Login.Actor {
		t.Errorf("row: %+v", row)
	}
	if r := decide(t, st, edited.Link, true); r.Outcome != record.Accepted || Row(t, st, h.ID).Text("tier") != "a" {
		t.Errorf("what was written after it: %+v", r)
	}

	list, chain, err := st.Answer(t.Context(), d.ID, d.Lane(Dasha), made.Link.Number, made.Link.Number)
	if err != nil || len(list) != 1 || !list[0].Decided || list[0].Version != r.Version || chain == (wire.Digest{}) {
		t.Errorf("answer: %+v, %v", list, err)
	}
	if list, _, err := st.Answer(t.Context(), ident.Device{1}, d.Lane(Dasha), 1, 1); err != nil || len(list) != 0 {
		t.Errorf("another device got %+v, %v", list, err)
	}
	if _, err := st.Decide(t.Context(), store.Decision{Link: made.Link, Pass: false, Now: Start}); !fault.Is(err, fault.NotFound) {
		t.Errorf("decided twice: %v", err)
	}
	if _, err := st.Kept(t.Context(), made.Link); !fault.Is(err, fault.NotFound) {
		t.Errorf("still kept: %v", err)
	}
	decided, err := st.Decided(t.Context(), 10)
	if err != nil || len(decided) != 2 || decided[1].By != clerk || !decided[1].Pass || decided[1].Actor != d.Login.Actor || decided[1].Outcome != record.Accepted {
		t.Errorf("decided: %+v, %v", decided, err)
	}
}

// testPassUnseen: nobody has seen what was quarantined, its author's device least
// of all. It overwrites nothing silently, and nothing overwrites it so.
func testPassUnseen(t *testing.T, open Open) {
	st, d, switchOff := off(t, open)
	h := d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"tier": Text("a")}))
	switchOff(true)
	aside := d.Put(t, st, record.Quarantined, d.Own(Dasha), Edit(h, Fields{"tier": Text("b")}))
	switchOff(false)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Edit(h, Fields{"tier": Text("c")})) // says that it has seen b
	if r := decide(t, st, aside.Link, true); r.Outcome != record.InReview {
		t.Errorf("let pass after a later edit: %s, want in review", r.Outcome)
	}
	if s := Row(t, st, h.ID).Fields["tier"]; !s.Disputed || len(s.Aside) != 1 {
		t.Errorf("tier: %+v", s)
	}

	other := d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(other, Fields{"tier": Text("a")}))
	switchOff(true)
	aside = d.Put(t, st, record.Quarantined, d.Own(Dasha), Edit(other, Fields{"tier": Text("b")}))
	switchOff(false)
	decide(t, st, aside.Link, true)
	d.Put(t, st, record.InReview, record.Base{Number: d.Own(Dasha).Number}, Edit(other, Fields{"tier": Text("c")}))
	if r := d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(other, Fields{"mu": Int(3)})); r.Version == 0 {
		t.Errorf("the lane does not go on: %+v", r)
	}
}

// testRefuseKept: what is refused comes back to its author with the reason, and is
// corrected or given up like anything else that was refused.
func testRefuseKept(t *testing.T, open Open) {
	st, d, switchOff := off(t, open)
	switchOff(true)
	h := d.Header(t, "household", Dasha)
	aside := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(h, Fields{"mu": Int(2)}))
	r := decide(t, st, aside.Link, false)
	if r.Outcome != record.Rejected || r.Reason != "sync.reject.quarantine" || r.Args["why"] != "内容与实际不符" || !r.Decided {
		t.Errorf("receipt: %+v", r)
	}
	switchOff(false)
	d.Put(t, st, record.Rejected, d.Own(Dasha), Edit(h, Fields{"mu": Int(3)}))
	cs := d.Make(d.Own(Dasha), Create(h, Fields{"mu": Int(4)}))
	cs.Replaces = aside.Link.Number
	if got := d.Send(t, st, cs); got[0].Outcome != record.Accepted {
		t.Errorf("the correction: %+v", got[0])
	}
}

// testPassJudged: letting pass waives login and scope and nothing else.
func testPassJudged(t *testing.T, open Open) {
	st, d, switchOff := off(t, open)
	switchOff(true)
	bad := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"tier": Text("z")}))
	if r := decide(t, st, bad.Link, true); r.Outcome != record.Rejected || r.Reason != "sync.reject.choice" || !r.Decided {
		t.Errorf("receipt: %+v", r)
	}
	d.Login.ID[15]++ // a login that the store does not know: what the device was enrolled for holds
	h := d.Header(t, "household", Dasha)
	unknown := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(h, Fields{"mu": Int(2)}))
	grant := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(d.Header(t, "decision", Dasha), Fields{"granted": record.OfBool(true)}))
	if r := decide(t, st, unknown.Link, true); r.Outcome != record.Accepted {
		t.Errorf("unknown login: %+v", r)
	}
	if r := decide(t, st, grant.Link, true); r.Outcome != record.Rejected || r.Reason != "sync.reject.decision" {
		t.Errorf("a decision of a device: %+v", r)
	}
}

// testReissueKept: what is quarantined and issued again after a fork is kept under
// both names; let pass under one, it is not applied a second time under the other.
func testReissueKept(t *testing.T, open Open) {
	st, d, switchOff := off(t, open)
	switchOff(true)
	h := d.Header(t, "household", Dasha)
	was := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(h, Fields{"mu": Int(2)}))
	cs, err := st.Kept(t.Context(), was.Link)
	if err != nil {
		t.Fatal(err)
	}
	d.Inc[15]++
	delete(d.lanes, Dasha)
	again := d.Make(record.Base{}, cs.Writes...)
	again.Reading, again.Origin = cs.Reading, &was.Link
	got := d.Send(t, st, again)[0]
	list, err := st.Quarantine(t.Context())
	if err != nil || got.Outcome != record.Quarantined || len(list) != 2 {
		t.Fatalf("issued again: %+v, kept %d, %v", got, len(list), err)
	}
	first, second := decide(t, st, got.Link, true), decide(t, st, was.Link, true)
	if first.Outcome != record.Accepted || second.Outcome != record.Accepted || first.Version != second.Version {
		t.Errorf("receipts: %+v, %+v", first, second)
	}
	if s, err := st.Scope(t.Context(), Dasha); err != nil || s.Head != first.Version || !slices.Equal(Row(t, st, h.ID).FieldNames(), []record.Field{"mu"}) {
		t.Errorf("head %s, %v", s.Head, err)
	}
}

// testReissueDecided: what somebody decided about and a copy of the disk issues again
// has the same outcome, and was never kept aside in the new lane.
func testReissueDecided(t *testing.T, open Open) {
	for _, pass := range []bool{true, false} {
		st, d, switchOff := off(t, open)
		switchOff(true)
		h := d.Header(t, "household", Dasha)
		was := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(h, Fields{"mu": Int(2)}))
		cs, err := st.Kept(t.Context(), was.Link)
		if err != nil {
			t.Fatal(err)
		}
		decided := decide(t, st, was.Link, pass)
		d.Inc[15]++
		delete(d.lanes, Dasha)
		again := d.Make(record.Base{}, cs.Writes...)
		again.Reading, again.Origin = cs.Reading, &was.Link
		got := d.Send(t, st, again)[0]
		if got.Outcome != decided.Outcome || got.Version != decided.Version || got.Reason != decided.Reason || got.Decided {
			t.Errorf("issued again: %+v, and the decision was %+v", got, decided)
		}
		MustVerify(t, st)
	}
}
