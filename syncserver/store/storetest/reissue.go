// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// NewLanes lets the device go on in new lanes, as one does whose lane was closed.
func (d *Device) NewLanes(t testing.TB) {
	t.Helper()
	d.Inc = newID[ident.Incarnation](t, d.rnd)
	clear(d.lanes)
}

// again moves change sets of the device to a new lane, each naming its origin,
// as a device does whose lane was closed.
func (d *Device) again(t *testing.T, sets ...record.ChangeSet) (moved []record.ChangeSet) {
	t.Helper()
	d.NewLanes(t)
	for _, cs := range sets {
		if was := cs.Link; cs.Origin == nil {
			cs.Origin = &was
		}
		cs.Link = d.Make(d.Own(cs.Scope), cs.Writes...).Link
		cs.Base.Number = cs.Link.Number - 1
		moved = append(moved, cs)
	}
	return moved
}

// testRepeated is a device whose lane was closed before it had the receipts of
// what arrived. It issues all of it again: nothing is applied a second time.
func testRepeated(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d, other := Enrol(t, st, "officer", "officer", Dasha), Enrol(t, st, "other", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	sets := []record.ChangeSet{
		d.Make(d.Own(Dasha), Create(h, Fields{"mu": Int(5), "holder": Text("甲"), "faith": Text("x")})),
		d.Make(d.Own(Dasha), Edit(h, Fields{"holder": Text("乙"), "faith": Text("y")})),
		d.Make(d.Own(Dasha), Edit(h, Fields{"tier": Text("z")})), // rejected: no such choice
	}
	first := d.Send(t, st, sets...)
	other.Put(t, st, record.Accepted, other.Seen(t, st, Dasha), Edit(h, Fields{"holder": Text("丙")}))
	before, _ := st.Scope(t.Context(), Dasha)

	for hop := range 2 { // from the lane where they were taken, and from where they were recognised
		moved := d.again(t, sets...)
		var want []record.Receipt
		for i, r := range first {
			r.Link = moved[i].Link
			want = append(want, r)
		}
		if diff := cmp.Diff(want, d.Send(t, st, moved...)); diff != "" {
			t.Errorf("hop %d: receipts (-want +got):\n%s", hop, diff)
		}
		checkUnmoved(t, st, before, h)
		sets = moved
	}
	// What it does next has seen what stands under its own numbers 1 and 2.
	d.Put(t, st, record.Accepted, record.Base{Number: 2}, Edit(h, Fields{"faith": Text("z")}))
	// And what follows the rejected one is rejected with it, in numbers of this lane.
	r := d.Put(t, st, record.Rejected, record.Base{Number: 3}, Edit(h, Fields{"faith": Text("w")}))
	if !r.Chained || r.First != 3 {
		t.Errorf("built on a rejected number: %+v", r)
	}
	t.Run("first taken in a lane between", func(t *testing.T) { testHop(t, st, d, h) })
	t.Run("the original after the copy", func(t *testing.T) { testOriginalLast(t, st, d, h) })
	t.Run("a correction", func(t *testing.T) { testCorrectedAgain(t, st, d, h) })
	t.Run("another content or device", func(t *testing.T) { testNotRepeated(t, st, d, other, h) })
}

func checkUnmoved(t *testing.T, st store.Store, before store.ScopeState, h record.Header) {
	t.Helper()
	after, err := st.Scope(t.Context(), Dasha)
	if diff := cmp.Diff(before, after); diff != "" || err != nil {
		t.Errorf("the scope moved: %v\n%s", err, diff)
	}
	row := Row(t, st, h.ID)
	if row.Text("holder") != "丙" || row.Text("faith") != "y" || row.Fields["faith"].Disputed {
		t.Errorf("holder %q, faith %q, disputed %v", row.Text("holder"), row.Text("faith"), row.Fields["faith"].Disputed)
	}
}

// testHop issues again what never arrived in its first lane: taken in the
// second, it is recognised in the third by the name of the first.
func testHop(t *testing.T, st store.Store, d *Device, h record.Header) {
	lost := d.Make(d.Own(Dasha), Edit(h, Fields{"age": Int(7)}))
	between := d.again(t, lost)
	r := d.Send(t, st, between...)[0]
	if r.Outcome != record.Accepted {
		t.Fatalf("got %s %s", r.Outcome, r.Reason)
	}
	if again := d.Send(t, st, d.again(t, between...)...)[0]; again.Version != r.Version || again.Outcome != r.Outcome {
		t.Errorf("got %s as %s, want %s again", again.Outcome, again.Version, r.Version)
	}
}

// testOriginalLast lets a copy of the disk issue again what the disk itself sends
// only afterwards, in the lane where it stood first; and two copies issue again
// different things under one name.
func testOriginalLast(t *testing.T, st store.Store, d *Device, h record.Header) {
	one := d.Make(d.Own(Dasha), Edit(h, Fields{"age": Int(21)}))
	two := one
	two.Writes = []record.Write{Edit(h, Fields{"age": Int(22)})}
	two.Reading.MonoMS++
	lanes, inc := maps.Clone(d.lanes), d.Inc
	for _, cs := range []record.ChangeSet{two, one} {
		first := d.Send(t, st, d.again(t, cs)...)[0]
		if again := d.Send(t, st, d.again(t, cs)...)[0]; again.Version != first.Version {
			t.Errorf("issued again twice: got %s, want %s", again.Version, first.Version)
		}
	}
	before, _ := st.Scope(t.Context(), Dasha)
	d.lanes, d.Inc = lanes, inc
	if r := d.Send(t, st, one)[0]; r.Version != before.Head {
		t.Errorf("the original got %s as %s, want %s", r.Outcome, r.Version, before.Head)
	}
	if after, _ := st.Scope(t.Context(), Dasha); after.Head != before.Head {
		t.Errorf("the original was applied again, as %s", after.Head)
	}
}

// testCorrectedAgain issues again what was rejected and corrected: what follows in
// the new lane builds on the correction.
func testCorrectedAgain(t *testing.T, st store.Store, d *Device, h record.Header) {
	for name, fix := range map[string]record.Write{
		"corrected": Edit(h, Fields{"faith": Text("right")}), "given up": {Op: record.Discard, Header: h},
	} {
		d.NewLanes(t)
		wrong := d.Make(d.Own(Dasha), Edit(h, Fields{"tier": Text("no such choice")}))
		right := d.Make(d.Own(Dasha), fix)
		right.Replaces = wrong.Link.Number
		d.Send(t, st, wrong, right)
		d.Send(t, st, d.again(t, wrong, right)...)
		if r := d.Send(t, st, d.Make(d.Own(Dasha), Edit(h, Fields{"age": Int(30)})))[0]; !r.Outcome.Applied() {
			t.Errorf("%s: what follows got %s (%s)", name, r.Outcome, r.Reason)
		}
		MustVerify(t, st)
	}
}

// testNotRepeated names origins whose content is another: a clone wrote there,
// or it is not this device's lane.
func testNotRepeated(t *testing.T, st store.Store, d, other *Device, h record.Header) {
	mine := d.Make(d.Own(Dasha), Edit(h, Fields{"age": Int(3)}))
	d.Send(t, st, mine)
	head := func() record.Version {
		s, _ := st.Scope(t.Context(), Dasha)
		return s.Head
	}
	moved := d.again(t, mine)
	moved[0].Writes = []record.Write{Edit(h, Fields{"age": Int(4)})}
	before := head()
	if r := d.Send(t, st, moved...)[0]; r.Version != before.Next() {
		t.Errorf("other content: got %s as %s, want the next version", r.Outcome, r.Version)
	}
	theirs := other.Make(other.Own(Dasha), mine.Writes...)
	theirs.Origin = &mine.Link
	theirs.Actor, theirs.Reading, theirs.Catalogue = mine.Actor, mine.Reading, mine.Catalogue
	if r := other.Send(t, st, theirs)[0]; r.Outcome.Applied() || r.Version != 0 {
		t.Errorf("a lane of another device: got %s as %s", r.Outcome, r.Version)
	}
}
