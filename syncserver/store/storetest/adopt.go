// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// testAdopt lets one store take what another wrote itself, as a restored one takes
// back what it lost.
func testAdopt(t *testing.T, open Open) {
	was, st := must(t, open, NewSetup(t)), must(t, open, NewSetup(t))
	d, of := Enrol(t, was, "laptop", "officer", Dasha), Enrol(t, st, "laptop", "officer", Dasha)
	h, device := d.Header(t, "household", Dasha), d.Header(t, "household", Dasha)
	act(t, was, Create(h, Fields{"holder": Text("甲"), "faith": Text("x")}))
	d.Put(t, was, record.Accepted, d.Own(Dasha), Create(device, Fields{"holder": Text("丁")}))
	act(t, was, Edit(h, Fields{"faith": Text("y")}))
	act(t, was, Edit(device, Fields{"tier": Text("a")}))
	act(t, was, Edit(h, Fields{"age": Int(5)}))

	all := own(t, was, 0, 1<<20)
	if got := numbers(all); !cmp.Equal(got, []uint64{1, 2, 3, 4}) {
		t.Fatalf("numbers %v in %d batches, want 1 to 4 in one", got, len(all))
	}
	if all[0].Version != record.At(1, 5) {
		t.Errorf("version %s, want that of the last", all[0].Version)
	}
	if got := numbers(own(t, was, record.At(1, 3), 1<<20)); !cmp.Equal(got, []uint64{3, 4}) {
		t.Errorf("after 1.3: %v", got)
	}
	if got := numbers(own(t, was, 0, 1)); !cmp.Equal(got, []uint64{4}) {
		t.Errorf("of too many the newest stay, got %v", got)
	}

	// 3 speaks of a record that only the laptop brings back; 4 has to wait for nothing.
	if _, later := adopt(t, st, d.ID, all[0].Batch); !later {
		t.Error("a record is missing, and nothing has to be brought again")
	}
	if got := Row(t, st, h.ID); got.Text("holder") != "甲" || got.Text("faith") != "y" || got.Fields["faith"].Disputed || got.Int("age") != 5 {
		t.Errorf("taken back: %+v", got)
	}
	of.Put(t, st, record.Accepted, of.Own(Dasha), Create(device, Fields{"holder": Text("丁")}))
	receipts, later := adopt(t, st, d.ID, all[0].Batch)
	if later || len(receipts) != 4 || Row(t, st, device.ID).Text("tier") != "a" {
		t.Fatalf("later %v, receipts %+v", later, receipts)
	}
	for i, r := range receipts {
		if r.Link != all[0].Sets[i].Link || r.Outcome != record.Accepted {
			t.Errorf("receipt %d: %+v", i, r)
		}
	}
	before, _ := st.Scope(t.Context(), Dasha)
	again, _ := adopt(t, st, d.ID, all[0].Batch)
	if diff := cmp.Diff(receipts, again); diff != "" {
		t.Errorf("brought again (-want +got):\n%s", diff)
	}
	for _, moved := range own(t, st, 0, 1<<20) { // and by a device that was given them since
		if got, _ := adopt(t, st, d.ID, moved.Batch); got[0].Version == 0 {
			t.Errorf("brought from where they went to: %+v", got)
		}
	}
	if after, _ := st.Scope(t.Context(), Dasha); !cmp.Equal(before, after) {
		t.Errorf("taken twice: %+v, then %+v", before, after)
	}
	list, err := st.Adopted(t.Context(), 10)
	if err != nil || len(list) != 4 || list[0].Device != d.ID || list[0].Act != "desk.act" {
		t.Errorf("taken back: %+v, %v", list, err)
	}
	t.Run("what was written since is not overwritten", func(t *testing.T) { testAdoptUnseen(t, open) })
}

// testAdoptUnseen: the store wrote under the numbers that were lost.
func testAdoptUnseen(t *testing.T, open Open) {
	was, st := must(t, open, NewSetup(t)), must(t, open, NewSetup(t))
	d, of := Enrol(t, was, "laptop", "officer", Dasha), Enrol(t, st, "laptop", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	for dev, st := range map[*Device]store.Store{d: was, of: st} {
		dev.Put(t, st, record.Accepted, dev.Own(Dasha), Create(h, Fields{"tier": Text("a")}))
	}
	act(t, was, Edit(h, Fields{"tier": Text("b")}))
	act(t, was, Edit(h, Fields{"tier": Text("c")}))
	act(t, st, Edit(h, Fields{"tier": Text("b"), "faith": Text("since")}))

	if _, err := st.Parted(t.Context(), Dasha, record.At(1, 1), record.At(1, 2)); err != nil { // a device told it
		t.Fatal(err)
	}
	batch := own(t, was, 0, 1<<20)[0].Batch
	// The lanes have names of their own in the two stores. Here they have one, and part.
	fork := retold(t, batch, own(t, st, 0, 1<<20)[0].Lane.Incarnation)
	receipts, _ := adopt(t, st, d.ID, fork)
	state := Row(t, st, h.ID).Fields["tier"]
	if len(receipts) != 2 || receipts[1].Outcome != record.InReview || !state.Disputed || len(state.Aside) != 1 {
		t.Errorf("receipts %+v, tier %+v: want a dispute of what neither had seen", receipts, state)
	}
	if list, err := st.Adopted(t.Context(), 10); err != nil || len(list) != 2 || list[0].Link.Lane == list[0].Was.Lane || list[0].Was != fork.Sets[1].Link {
		t.Errorf("taken back: %+v, %v", list, err)
	}
	again, _ := adopt(t, st, d.ID, fork)
	if diff := cmp.Diff(receipts, again); diff != "" {
		t.Errorf("brought again (-want +got):\n%s", diff)
	}
}

// retold returns a batch as if another incarnation had written it.
func retold(t *testing.T, b *wire.Batch, inc ident.Incarnation) *wire.Batch {
	t.Helper()
	lane := record.Lane{Incarnation: inc, Scope: b.Lane.Scope}
	sets := append([]record.ChangeSet(nil), b.Sets...)
	for i := range sets {
		sets[i].Link.Lane = lane
	}
	out, err := wire.NewSalted(lane, b.First, wire.LaneStart(lane), b.Salts, sets)
	if err != nil {
		t.Fatal(err)
	}
	return out
}

// act lets the desk write, having seen all there is.
func act(t *testing.T, st store.Store, writes ...record.Write) {
	t.Helper()
	p := st.As(Everyone())
	base, err := p.Base(t.Context(), Dasha)
	if err == nil {
		_, err = p.Apply(t.Context(), record.Act{Name: "desk.act", Scope: Dasha, Base: base, Source: record.Authoritative, Writes: writes})
	}
	if err != nil {
		t.Fatal(err)
	}
}

func own(t *testing.T, st store.Store, since record.Version, most int) []store.OwnBatch {
	t.Helper()
	state, err := st.Scope(t.Context(), Dasha)
	if err != nil {
		t.Fatal(err)
	}
	list, err := st.Own(t.Context(), Dasha, since, state.Head, most)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

func numbers(list []store.OwnBatch) (all []uint64) {
	for _, b := range list {
		for _, cs := range b.Sets {
			all = append(all, cs.Link.Number)
		}
	}
	return all
}

func adopt(t *testing.T, st store.Store, device ident.Device, b *wire.Batch) ([]record.Receipt, bool) {
	t.Helper()
	taken, err := st.Adopt(t.Context(), store.Adoption{Device: device, Batch: b, NowMS: Start.UnixMilli()})
	if err != nil {
		t.Fatal(err)
	}
	return taken.Receipts, taken.Later
}
