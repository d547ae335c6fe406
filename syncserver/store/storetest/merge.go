// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// seen is the part of a field's state that no order of arrival may change.
type seen struct {
	Value    string
	Disputed bool
	Lane     ident.Incarnation
	Number   uint64
	Aside    []string
}

func seenOf(s record.FieldState) seen {
	out := seen{Value: plain(s.Value), Disputed: s.Disputed, Lane: s.Winner.Lane, Number: s.Winner.Number}
	for _, h := range s.Aside {
		out.Aside = append(out.Aside, plain(h.Value))
	}
	return out
}

// plain prints a value's canonical bytes: values do not print themselves.
func plain(v record.Value) string { return fmt.Sprintf("%x", v.AppendCanonical(nil)) }

// look returns what readers see of records, whatever the order of arrival.
func look(t testing.TB, st store.Store, ids ...ident.Record) map[string]seen {
	t.Helper()
	out := make(map[string]seen)
	for i, id := range ids {
		for name, s := range Row(t, st, id).Fields {
			if name != record.Deleted { // who confirmed last that it is there is nobody's business
				out[fmt.Sprintf("%d %s", i, name)] = seenOf(s)
				continue
			}
			out[fmt.Sprintf("%d %s", i, name)] = seen{Value: plain(s.Value), Disputed: s.Disputed}
		}
	}
	return out
}

func testMerge(t *testing.T, open Open) {
	t.Run("two at once", func(t *testing.T) { testPairs(t, open) })
	t.Run("many in any order", func(t *testing.T) { testOrders(t, open) })
	t.Run("one after the other", func(t *testing.T) { testSequence(t, open) })
	t.Run("a dispute and its end", func(t *testing.T) { testDispute(t, open) })
	t.Run("blind", func(t *testing.T) { testBlind(t, open) })
}

// testPairs lets two devices that had not seen each other write to one field,
// in both orders. b's clock is later.
func testPairs(t *testing.T, open Open) {
	tests := []struct {
		name     string
		field    record.Field
		a, b     record.Value
		sourceA  record.Source
		want     record.Value
		disputed bool
		// what becomes of the one that arrives second: b, or a
		thenB, thenA record.Outcome
	}{
		{"latest", "holder", Text("甲"), Text("乙"), 0, Text("乙"), false, record.Merged, record.Superseded},
		{"larger", "mu", Int(500), Int(300), 0, Int(500), false, record.Superseded, record.Merged},
		{"smaller", "age", Int(30), Int(40), 0, Int(30), false, record.Superseded, record.Merged},
		{"union", "crops", Set("rice"), Set("fish"), 0, Set("fish", "rice"), false, record.Merged, record.Merged},
		{"review", "faith", Text("x"), Text("y"), 0, Text("x"), true, record.InReview, record.InReview},
		{"review, same value", "faith", Text("x"), Text("x"), 0, Text("x"), false, record.Merged, record.Merged},
		{"authority", "income", Int(9), Int(8), record.Officer, Int(9), false, record.Proposed, record.Merged},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var states []map[string]seen
			for _, firstA := range []bool{true, false} {
				st := must(t, open, NewSetup(t))
				c, a, b := Enrol(t, st, "c", "officer", Dasha), Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "b", "officer", Dasha)
				h := c.Header(t, "household", Dasha)
				c.Put(t, st, record.Accepted, c.Own(Dasha), Create(h, Fields{"village": Text("大沙")}))
				b.Clock = 60_000
				base := a.Seen(t, st, Dasha)
				byA, byB := a.Make(base, Edit(h, Fields{tt.field: tt.a})), b.Make(base, Edit(h, Fields{tt.field: tt.b}))
				byA.Source = max(byA.Source, tt.sourceA)
				var got record.Receipt
				want := tt.thenB
				if firstA {
					a.Send(t, st, byA)
					got = b.Send(t, st, byB)[0]
				} else {
					b.Send(t, st, byB)
					got, want = a.Send(t, st, byA)[0], tt.thenA
				}
				if got.Outcome != want {
					t.Errorf("first a %v: second is %s, want %s", firstA, got.Outcome, want)
				}
				if want != record.Accepted && (len(got.Fields) != 1 || got.Fields[0] != (record.FieldOutcome{Record: h, Field: tt.field, Outcome: want})) {
					t.Errorf("first a %v: fields %+v", firstA, got.Fields)
				}
				s := Row(t, st, h.ID).Fields[tt.field]
				if !s.Value.Equal(tt.want) || s.Disputed != tt.disputed {
					t.Errorf("first a %v: got %s disputed %v", firstA, plain(s.Value), s.Disputed)
				}
				states = append(states, look(t, st, h.ID))
			}
			if diff := cmp.Diff(states[0], states[1]); diff != "" {
				t.Errorf("order of arrival matters (-a first +b first):\n%s", diff)
			}
		})
	}
}

// testOrders lets four devices write chains of random edits offline and sends
// them in two random interleavings.
func testOrders(t *testing.T, open Open) {
	for seed := range uint64(12) {
		t.Run(fmt.Sprintf("seed %d", seed), func(t *testing.T) {
			var states []map[string]seen
			for order := range uint64(2) {
				st := must(t, open, NewSetup(t))
				ids := play(t, st, rand.New(rand.NewPCG(seed, 0)), rand.New(rand.NewPCG(seed, order)))
				states = append(states, look(t, st, ids...))
			}
			if diff := cmp.Diff(states[0], states[1]); diff != "" {
				t.Errorf("order of arrival matters (-first +second):\n%s", diff)
			}
		})
	}
}

func play(t *testing.T, st store.Store, what, order *rand.Rand) []ident.Record {
	t.Helper()
	maker := Enrol(t, st, "maker", "officer", Dasha)
	var headers []record.Header
	var ids []ident.Record
	for range 2 {
		h := maker.Header(t, "household", Dasha)
		headers, ids = append(headers, h), append(ids, h.ID)
		maker.Put(t, st, record.Accepted, maker.Own(Dasha), Create(h, Fields{"holder": Text("示例"), "mu": Int(100), "tier": Text("a")}))
	}
	var devices []*Device
	var queues [][]record.ChangeSet
	for i := range 4 {
		d := Enrol(t, st, fmt.Sprintf("d%d", i), "officer", Dasha)
		d.Clock = int64(what.IntN(5)) * 700
		base := d.Seen(t, st, Dasha)
		var queue []record.ChangeSet
		for range 5 {
			own := d.Own(Dasha)
			cs := d.Make(record.Base{Version: base.Version, Number: own.Number}, anyWrite(what, headers[what.IntN(2)]))
			cs.Source = []record.Source{record.SelfDeclared, record.Cadre, record.Officer}[what.IntN(3)]
			queue = append(queue, cs)
		}
		devices, queues = append(devices, d), append(queues, queue)
	}
	for left := 20; left > 0; left-- {
		i := order.IntN(4)
		for len(queues[i]) == 0 {
			i = (i + 1) % 4
		}
		if r := devices[i].Send(t, st, queues[i][0])[0]; !r.Outcome.Applied() {
			t.Fatalf("number %d of %s: %s %s", r.Link.Number, devices[i].Name, r.Outcome, r.Reason)
		}
		queues[i] = queues[i][1:]
	}
	return ids
}

func anyWrite(r *rand.Rand, h record.Header) record.Write {
	pick := func(s ...string) string { return s[r.IntN(len(s))] }
	switch r.IntN(8) {
	case 0:
		return Delete(h)
	case 1:
		return Edit(h, Fields{"tier": Text(pick("a", "b", "c")), "holder": Text(pick("甲", "乙"))})
	case 2:
		return Edit(h, Fields{"crops": Set(pick("rice", "orange"), pick("fish", "orange"))})
	case 3:
		return Edit(h, Fields{"income": Int(r.Int64N(5))})
	case 4:
		return Edit(h, Fields{"mu": Int(r.Int64N(500)), "age": Int(r.Int64N(80))})
	default:
		return Edit(h, Fields{"holder": Text(pick("丙", "丁", "戊"))})
	}
}

func testSequence(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	a, b := Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "b", "officer", Dasha)
	h := a.Header(t, "household", Dasha)
	a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"holder": Text("甲"), "faith": Text("x"), "mu": Int(9)}))
	b.Put(t, st, record.Accepted, b.Seen(t, st, Dasha), Edit(h, Fields{"holder": Text("乙"), "faith": Text("y"), "mu": Int(3)}))
	// Different fields of one record never disturb each other.
	base := b.Seen(t, st, Dasha)
	b.Put(t, st, record.Accepted, base, Edit(h, Fields{"phone": Text("13800000000")}))
	a.Put(t, st, record.Accepted, base, Edit(h, Fields{"holder": Text("丙")}))

	row := Row(t, st, h.ID)
	for f, want := range (Fields{"holder": Text("丙"), "faith": Text("y"), "mu": Int(3), "phone": Text("13800000000")}) {
		if got := row.Value(f); !got.Equal(want) {
			t.Errorf("%s: got %s, want %s", f, plain(got), plain(want))
		}
	}
	if got := row.Fields["mu"].Version; got != record.At(1, 2) {
		t.Errorf("version of mu: got %s, want 1.2", got)
	}
	past, err := st.As(Everyone()).History(t.Context(), h.ID)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, p := range past {
		got = append(got, fmt.Sprintf("%s %s by %s", p.Field, plain(p.Value), p.ReplacedBy))
	}
	slices.Sort(got)
	want := []string{
		"faith " + plain(Text("x")) + " by 1.2", "holder " + plain(Text("乙")) + " by 1.4",
		"holder " + plain(Text("甲")) + " by 1.2", "mu " + plain(Int(9)) + " by 1.2",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("history (-want +got):\n%s", diff)
	}
}

func testDispute(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	a, b := Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "b", "officer", Dasha)
	h := a.Header(t, "household", Dasha)
	a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"tier": Text("a")}))
	base := a.Seen(t, st, Dasha)
	a.Put(t, st, record.Accepted, base, Edit(h, Fields{"tier": Text("b")}))
	b.Put(t, st, record.InReview, record.Base{Version: base.Version}, Edit(h, Fields{"tier": Text("c")}))

	// Whoever saw the dispute and writes does not end it.
	a.Put(t, st, record.InReview, a.Seen(t, st, Dasha), Edit(h, Fields{"tier": Text("a")}))
	s := Row(t, st, h.ID).Fields["tier"]
	if !s.Disputed || len(s.Aside) != 2 {
		t.Fatalf("got disputed %v with %d aside, want three heads in dispute", s.Disputed, len(s.Aside))
	}
	// A resolve that names two of three leaves a dispute; naming all ends it.
	resolve := func(value string, heads ...record.Version) record.Write {
		return record.Write{
			Op: record.Resolve, Header: h, Fields: Fields{"tier": Text(value)},
			Seen: map[record.Field][]record.Version{"tier": heads},
		}
	}
	a.Put(t, st, record.InReview, a.Seen(t, st, Dasha), resolve("b", record.At(1, 2), record.At(1, 3)))
	s = Row(t, st, h.ID).Fields["tier"]
	a.Put(t, st, record.Accepted, a.Seen(t, st, Dasha), resolve("c", s.Winner.Version, s.Aside[0].Version))
	s = Row(t, st, h.ID).Fields["tier"]
	if s.Disputed || s.Value.Text() != "c" {
		t.Errorf("after the resolve: disputed %v, value %q", s.Disputed, s.Value.Text())
	}
}

// testBlind is a kiosk that may write the holder's name but not read it: its
// later write does not replace what is there.
func testBlind(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	a, k := Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "k", "kiosk", Dasha)
	h := a.Header(t, "household", Dasha)
	a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"holder": Text("甲"), "village": Text("大沙")}))
	k.Clock = 3_000_000
	r := k.Put(t, st, record.Superseded, k.Seen(t, st, Dasha), Edit(h, Fields{"holder": Text("乙"), "village": Text("大沙镇")}))
	if len(r.Fields) != 1 || r.Fields[0].Field != "holder" {
		t.Errorf("fields of the receipt: %+v", r.Fields)
	}
	row := Row(t, st, h.ID)
	if row.Text("holder") != "甲" || row.Text("village") != "大沙镇" {
		t.Errorf("got holder %q, village %q", row.Text("holder"), row.Text("village"))
	}
}

func testDelete(t *testing.T, open Open) {
	tests := []struct {
		name        string
		deleteFirst bool
	}{{"before the edit", true}, {"after the edit", false}}
	var states []map[string]seen
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := must(t, open, NewSetup(t))
			a, b := Enrol(t, st, "a", "officer", Dasha), Enrol(t, st, "b", "officer", Dasha)
			h := a.Header(t, "household", Dasha)
			a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"mu": Int(1)}))
			if row := Row(t, st, h.ID); len(row.Fields) != 1 {
				t.Errorf("a record that nobody deleted shows %v", row.FieldNames())
			}
			base := a.Seen(t, st, Dasha)
			gone, kept := a.Make(base, Delete(h)), b.Make(record.Base{Version: base.Version}, Edit(h, Fields{"mu": Int(2)}))
			if tt.deleteFirst {
				a.Send(t, st, gone)
				if r := b.Send(t, st, kept)[0]; r.Outcome != record.InReview {
					t.Errorf("edit of a deleted record: got %s, want in_review", r.Outcome)
				}
			} else {
				b.Send(t, st, kept)
				if r := a.Send(t, st, gone)[0]; r.Outcome != record.InReview {
					t.Errorf("deletion of an edited record: got %s, want in_review", r.Outcome)
				}
			}
			row := Row(t, st, h.ID)
			if row.Deleted() || !row.Fields[record.Deleted].Disputed || row.Int("mu") != 2 {
				t.Errorf("got deleted %v, disputed %v, mu %d", row.Deleted(), row.Fields[record.Deleted].Disputed, row.Int("mu"))
			}
			states = append(states, map[string]seen{"mu": seenOf(row.Fields["mu"])})
		})
	}
	if len(states) == 2 {
		if diff := cmp.Diff(states[0], states[1]); diff != "" {
			t.Errorf("order of arrival matters:\n%s", diff)
		}
	}
	t.Run("seen, and restored", func(t *testing.T) { testRestore(t, open) })
}

func testRestore(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	a := Enrol(t, st, "a", "officer", Dasha)
	h := a.Header(t, "household", Dasha)
	a.Put(t, st, record.Accepted, a.Own(Dasha), Create(h, Fields{"mu": Int(1)}))
	a.Put(t, st, record.Accepted, a.Seen(t, st, Dasha), Delete(h))
	p := st.As(Everyone())
	if list, err := p.List(t.Context(), record.Query{Kind: "household"}); err != nil || len(list) != 0 {
		t.Errorf("list without deleted: got %d, %v", len(list), err)
	}
	if list, err := p.List(t.Context(), record.Query{Kind: "household", Deleted: true}); err != nil || len(list) != 1 || !list[0].Deleted() {
		t.Errorf("list with deleted: got %d, %v", len(list), err)
	}
	a.Put(t, st, record.Accepted, a.Seen(t, st, Dasha), Edit(h, Fields{record.Deleted: record.OfBool(false)}))
	if list, err := p.List(t.Context(), record.Query{Kind: "household"}); err != nil || len(list) != 1 || list[0].Int("mu") != 1 {
		t.Errorf("list after restoring: got %d, %v", len(list), err)
	}
}
