// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

func testWatch(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha, Luoyu)
	ctx, cancel := context.WithCancel(t.Context())
	moved := st.Watch(ctx)
	for _, scope := range []ident.Scope{Dasha, Luoyu} {
		d.Put(t, st, record.Accepted, d.Own(scope), Create(d.Header(t, "household", scope), Fields{"mu": Int(1)}))
		if got := <-moved; got != scope {
			t.Errorf("got %q, want %q", got, scope)
		}
	}
	// Many scopes while nobody receives: at the end "look at all".
	many := store.Login{ID: ident.Login{1}, Role: "desk"}
	for i := range 400 {
		scope := ident.Scope(fmt.Sprintf("unit:%d", i))
		if _, err := st.As(many).Apply(ctx, record.Act{Name: "x", Scope: scope, Writes: []record.Write{
			Create(d.Header(t, "household", scope), Fields{"mu": Int(1)}),
		}}); err != nil {
			t.Fatal(err)
		}
	}
	for got := range moved {
		if got == "" {
			break
		}
	}
	cancel()
	for range moved { // ends because ctx ended
	}
}

// testDurable opens a store again and again: what was answered is there.
func testDurable(t *testing.T, open Open) {
	s := NewSetup(t)
	st := open(t, s)
	d := Enrol(t, st, "officer", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	var batches []*wire.Batch
	var want [][]record.Receipt
	restart := func() {
		MustVerify(t, st)
		if err := st.Close(); err != nil {
			t.Fatal(err)
		}
		st = open(t, s)
	}
	step := func(writes ...record.Write) {
		t.Helper()
		b := d.Batch(t, d.Make(d.Seen(t, st, Dasha), writes...))
		got, err := st.Commit(t.Context(), d.Submit(b))
		if err != nil {
			t.Fatal(err)
		}
		batches, want = append(batches, b), append(want, got)
		restart()
	}
	step(Create(h, Fields{"holder": Text("甲"), "mu": Int(1), "faith": Text("x")}))
	step(Edit(h, Fields{"holder": Text("乙")}))
	step(Edit(h, Fields{"tier": Text("z")})) // rejected
	step(Edit(h, Fields{"mu": Int(7)}))      // rejected with it
	base, err := st.As(Everyone()).Base(t.Context(), Dasha)
	if err != nil {
		t.Fatal(err)
	}
	own, err := st.As(Everyone()).Apply(t.Context(), record.Act{Name: "x", Scope: Dasha, Base: base, Writes: []record.Write{Edit(h, Fields{"age": Int(5)})}})
	if err != nil {
		t.Fatal(err)
	}
	restart()
	for i, b := range batches {
		got, err := st.Commit(t.Context(), d.Submit(b))
		if err != nil || cmp.Diff(want[i], got) != "" {
			t.Errorf("frame %d after restarts: %v\n%s", i+1, err, cmp.Diff(want[i], got))
		}
	}
	row := Row(t, st, h.ID)
	if row.Text("holder") != "乙" || row.Int("mu") != 1 || row.Int("age") != 5 || row.Text("faith") != "x" {
		t.Errorf("record after restarts: %v", row.FieldNames())
	}
	next, err := st.As(Everyone()).Apply(t.Context(), record.Act{Name: "x", Scope: Dasha, Writes: []record.Write{Edit(h, Fields{"age": Int(6)})}})
	if err != nil || next.Link.Lane != own.Link.Lane || next.Link.Number != own.Link.Number+1 {
		t.Errorf("the server's lane after a restart: got %+v, %v, want it to go on after %+v", next.Link, err, own.Link)
	}
	MustVerify(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := st.Scope(t.Context(), Dasha); !fault.Is(err, fault.Unavailable) {
		t.Errorf("read after close: got %v", err)
	}
	if err := st.SetSetting(t.Context(), "x", nil); !fault.Is(err, fault.Unavailable) {
		t.Errorf("write after close: got %v", err)
	}
}

// Limiter is a store whose size can be limited, so that a full disk can be
// tried.
type Limiter interface {
	// LimitPages sets the most pages the store may take; 0 lifts the limit.
	LimitPages(ctx context.Context, pages int) error
}

// testFull fills the store. A store that cannot be limited must survive the
// same writes.
func testFull(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
	limit, limited := st.(Limiter)
	if limited {
		if err := limit.LimitPages(t.Context(), 1); err != nil { // no page more than there are
			t.Fatal(err)
		}
	}
	noise := make([]byte, 20<<10)
	rand.NewChaCha8([32]byte{}).Read(noise)
	big := Text(hex.EncodeToString(noise)) // nothing makes it small
	var sets []record.ChangeSet
	for range 4 {
		sets = append(sets, d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"holder": big, "village": big})))
	}
	b := d.Batch(t, sets...)
	before, _ := st.Scope(t.Context(), Dasha)
	if limited {
		if _, err := st.Commit(t.Context(), d.Submit(b)); !fault.Is(err, fault.Exhausted) {
			t.Fatalf("commit to a full store: got %v, want exhausted", err)
		}
		act := record.Act{Name: "x", Scope: Dasha, Writes: sets[0].Writes}
		if _, err := st.As(Everyone()).Apply(t.Context(), act); !fault.Is(err, fault.Exhausted) {
			t.Errorf("act in a full store: got %v, want exhausted", err)
		}
		after, err := st.Scope(t.Context(), Dasha)
		if diff := cmp.Diff(before, after); diff != "" || err != nil {
			t.Errorf("a full store moved: %v\n%s", err, diff)
		}
		MustVerify(t, st)
		if err := limit.LimitPages(t.Context(), 0); err != nil {
			t.Fatal(err)
		}
	}
	list, err := st.Commit(t.Context(), d.Submit(b))
	if err != nil {
		t.Fatalf("commit with space again: %v", err)
	}
	for _, r := range list {
		if r.Outcome != record.Accepted {
			t.Errorf("number %d: got %s %s", r.Link.Number, r.Outcome, r.Reason)
		}
	}
}
