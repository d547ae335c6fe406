// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

func testCommit(t *testing.T, open Open) {
	t.Run("receipts and places", func(t *testing.T) { testPlaces(t, open) })
	t.Run("the same frame again", func(t *testing.T) { testAgain(t, open) })
	t.Run("a gap", func(t *testing.T) { testGap(t, open) })
	t.Run("a fork", func(t *testing.T) { testFork(t, open) })
	t.Run("a lane of another device", func(t *testing.T) { testStolen(t, open) })
	t.Run("lanes in parallel", func(t *testing.T) { testParallel(t, open) })
	t.Run("issued again in a new lane", func(t *testing.T) { testReissued(t, open) })
	t.Run("issued again after it arrived", func(t *testing.T) { testRepeated(t, open) })
}

func testPlaces(t *testing.T, open Open) {
	st, ctx := must(t, open, NewSetup(t)), context.Background()
	d := Enrol(t, st, "officer", "officer", Dasha)
	if got, err := st.Lane(ctx, d.Lane(Dasha)); err != nil || got.Next != 1 || got.Chain != wire.LaneStart(d.Lane(Dasha)) {
		t.Errorf("new lane: got %+v, %v", got, err)
	}
	var sets []record.ChangeSet
	for range 3 {
		sets = append(sets, d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"village": Text("大沙")})))
	}
	b := d.Batch(t, sets...)
	got, err := st.Commit(ctx, d.Submit(b))
	if err != nil {
		t.Fatal(err)
	}
	var want []record.Receipt
	hash, hashes := wire.Digest{}, []wire.Digest{{}}
	for i, cs := range sets {
		v := record.At(1, uint64(i+1))
		want = append(want, record.Receipt{Link: cs.Link, Outcome: record.Accepted, Version: v})
		hash = wire.LogHash(hash, v, cs.Link, b.Commitments()[i])
		hashes = append(hashes, hash)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("receipts (-want +got):\n%s", diff)
	}
	if s, err := st.Scope(ctx, Dasha); err != nil || s.Head != record.At(1, 3) || s.LogHash != hash || s.Floor.WallMS() != Start.UnixMilli()+3000 {
		t.Errorf("scope: got %+v, %v", s, err)
	}
	if l, err := st.Lane(ctx, d.Lane(Dasha)); err != nil || l.Next != 4 || l.Chain != b.After {
		t.Errorf("lane: got %+v, %v", l, err)
	}
	for n, want := range hashes {
		v := record.At(1, uint64(n))
		if n == 0 {
			v = 0
		}
		if h, ok, err := st.LogHash(ctx, Dasha, v); err != nil || !ok || h != want {
			t.Errorf("log hash at %s: got %x, %v, %v, want %x", v, h, ok, err, want)
		}
	}
	if _, ok, err := st.LogHash(ctx, Dasha, record.At(1, 4)); ok || err != nil {
		t.Errorf("log hash beyond the head: got %v, %v", ok, err)
	}
	if _, err := st.Receipts(ctx, d.Lane(Dasha), 3, 4); err == nil {
		t.Error("receipts beyond the lane: got none of an error")
	}
}

func testAgain(t *testing.T, open Open) {
	st, ctx := must(t, open, NewSetup(t)), context.Background()
	d := Enrol(t, st, "officer", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	sets := []record.ChangeSet{
		d.Make(d.Own(Dasha), Create(h, Fields{"village": Text("大沙")})),
		d.Make(d.Own(Dasha), Edit(h, Fields{"tier": Text("z")})), // rejected: no such choice
		d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(120)})),
		d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(130)})),
	}
	whole := d.Batch(t, sets[:3]...)
	first, err := st.Commit(ctx, d.Submit(whole))
	if err != nil {
		t.Fatal(err)
	}
	again, err := st.Commit(ctx, d.Submit(whole))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first, again); diff != "" {
		t.Errorf("receipts of the same frame (-first +again):\n%s", diff)
	}
	// Cut anew: numbers 2 to 4, of which 2 and 3 are known.
	before := wire.Chain(wire.LaneStart(d.Lane(Dasha)), 1, whole.Commitments()[0])
	recut, err := wire.NewBatch(d.Lane(Dasha), 2, before, d.Seed(), sets[1:])
	if err != nil {
		t.Fatal(err)
	}
	got, err := st.Commit(ctx, d.Submit(recut))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(first[1:], got[:2]); diff != "" || got[2].Outcome != record.Accepted {
		t.Errorf("receipts of a frame cut anew: %+v (-first +again):\n%s", got[2], diff)
	}
	if s, _ := st.Scope(ctx, Dasha); s.Head != record.At(1, 3) {
		t.Errorf("head: got %s, want 1.3", s.Head)
	}
	run := func(first, count uint64, o record.Outcome) store.Run {
		return store.Run{Link: record.Link{Lane: d.Lane(Dasha), Number: first}, Count: count, Outcome: o}
	}
	want := []store.Run{run(1, 1, record.Accepted), run(2, 1, record.Rejected), run(3, 2, record.Accepted)}
	work, err := st.Work(ctx, d.ID)
	if diff := cmp.Diff(want, work); diff != "" || err != nil {
		t.Errorf("what became of the device's work: %v (-want +got):\n%s", err, diff)
	}
	if work, err := st.Work(ctx, ident.Device{1}); len(work) > 0 || err != nil {
		t.Errorf("work of an unknown device: %+v, %v", work, err)
	}
}

func testGap(t *testing.T, open Open) {
	st, ctx := must(t, open, NewSetup(t)), context.Background()
	d := Enrol(t, st, "officer", "officer", Dasha)
	d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)})) // lost on the way
	late := d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(2)}))
	_, err := st.Commit(ctx, d.Submit(d.Batch(t, late)))
	gap, ok := errors.AsType[*store.GapError](err)
	if !ok || gap.Expect.Next != 1 {
		t.Fatalf("got %v, want a gap that expects 1", err)
	}
	if s, _ := st.Scope(ctx, Dasha); s.Head != 0 {
		t.Errorf("head: got %s, want 0", s.Head)
	}
}

func testFork(t *testing.T, open Open) {
	st, ctx := must(t, open, NewSetup(t)), context.Background()
	d := Enrol(t, st, "officer", "officer", Dasha)
	first := d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
	good := d.Batch(t, first)
	if _, err := st.Commit(ctx, d.Submit(good)); err != nil {
		t.Fatal(err)
	}
	clone := first
	clone.Act.Writes = []record.Write{Create(d.Header(t, "household", Dasha), Fields{"mu": Int(2)})}
	forged, err := wire.NewBatch(d.Lane(Dasha), 1, wire.LaneStart(d.Lane(Dasha)), d.Seed(), []record.ChangeSet{clone})
	if err != nil {
		t.Fatal(err)
	}
	_, err = st.Commit(ctx, d.Submit(forged))
	fork, ok := errors.AsType[*store.ForkError](err)
	if !ok || fork.Last.Next != 2 || fork.Last.Chain != good.After || !fork.Last.Closed {
		t.Fatalf("got %v %+v, want a fork after number 1 that closes the lane", err, fork)
	}
	if got, err := st.Commit(ctx, d.Submit(good)); err != nil || got[0].Outcome != record.Accepted {
		t.Errorf("known links of a closed lane: got %v, %v", got, err)
	}
	next := d.Batch(t, d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(3)})))
	if _, err := st.Commit(ctx, d.Submit(next)); err == nil {
		t.Error("a closed lane took a new link")
	}
	if l, err := st.Lane(ctx, d.Lane(Dasha)); err != nil || !l.Closed || l.Next != 2 {
		t.Errorf("lane: got %+v, %v", l, err)
	}
}

func testStolen(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d, thief := Enrol(t, st, "officer", "officer", Dasha), Enrol(t, st, "thief", "officer", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
	sub := d.Submit(d.Batch(t, d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(2)}))))
	sub.Device = thief.ID
	if _, err := st.Commit(context.Background(), sub); err == nil {
		t.Error("the lane of a device took a batch of another")
	}
}

func testParallel(t *testing.T, open Open) {
	st, ctx := must(t, open, NewSetup(t)), context.Background()
	const lanes, frames, sets = 4, 8, 5
	var wait sync.WaitGroup
	for i := range lanes {
		d := Enrol(t, st, fmt.Sprintf("officer-%d", i), "officer", Dasha)
		var batches []*wire.Batch
		for range frames {
			var list []record.ChangeSet
			for range sets {
				list = append(list, d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1), "holder": Text("示例")})))
			}
			batches = append(batches, d.Batch(t, list...))
		}
		wait.Go(func() {
			for _, b := range batches {
				if _, err := st.Commit(ctx, d.Submit(b)); err != nil {
					t.Errorf("%s: %v", d.Name, err)
				}
			}
		})
	}
	wait.Wait()
	s, err := st.Scope(ctx, Dasha)
	if err != nil || s.Head != record.At(1, lanes*frames*sets) {
		t.Errorf("head: got %s, %v, want %d", s.Head, err, lanes*frames*sets)
	}
}

// testReissued is a device whose lane was closed: it sends what it had once
// more in a new lane, and nothing is there twice.
func testReissued(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	write := Create(h, Fields{"mu": Int(5), "holder": Text("示例甲")})
	first := d.Put(t, st, record.Accepted, d.Own(Dasha), write)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Edit(h, Fields{"holder": Text("示例乙")}))

	d.Inc = newID[ident.Incarnation](t, d.rnd)
	clear(d.lanes)
	cs := d.Make(d.Own(Dasha), write)
	cs.Origin = &first.Link
	if r := d.Send(t, st, cs)[0]; r.Outcome != record.Accepted {
		t.Errorf("issued again: got %s (%s), want accepted", r.Outcome, r.Reason)
	}
	if got := Row(t, st, h.ID).Text("holder"); got != "示例乙" {
		t.Errorf("holder: got %q, want what stood", got)
	}
	other := d.Make(d.Own(Dasha), Create(h, Fields{"mu": Int(6)}))
	if r := d.Send(t, st, other)[0]; r.Outcome != record.Rejected || r.Reason != "sync.reject.exists" {
		t.Errorf("another create of the record: got %s (%s)", r.Outcome, r.Reason)
	}
}
