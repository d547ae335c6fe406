// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"bytes"
	"context"
	"log/slog"
	"slices"
	"testing"

	"yuexin/shared/credit/exposure"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
)

// exposed is the rule as the server asks it.
func exposed(ctx context.Context, read store.Reader, _ store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
	f, h, err := exposure.Rule(ctx, read, cs)
	if f == nil || err != nil {
		return nil, err
	}
	return &store.Refusal{Outcome: record.Rejected, Reason: f.Key, Record: *h}, nil
}

// rated is the household of a case of the card, in a village.
func rated(t *testing.T, w *registry, n byte, of scoring.Case) record.Header {
	t.Helper()
	root, beside, err := of.Records()
	if err != nil {
		t.Fatal(err)
	}
	h := record.Header{ID: ident.Record{15: n}, Kind: "household", Scope: w.village, Subject: ident.Subject{15: n}}
	fields := func(row record.Row) map[record.Field]record.Value {
		out := map[record.Field]record.Value{}
		for f, s := range row.Fields {
			out[f] = s.Value
		}
		return out
	}
	writes := []record.Write{{Op: record.Create, Header: h, Fields: fields(root)}}
	for i, row := range beside {
		writes = append(writes, record.Write{Op: record.Create, Header: record.Header{ID: ident.Record{14: n, 15: byte(i)}, Kind: row.Header.Kind, Scope: w.village, Subject: h.Subject}, Fields: fields(row)})
	}
	w.apply(w.officer, writes...)
	return h
}

// TestTwoBanksOneHousehold: two officers of two banks ask offline for 10万 each of a household whose limit is 165,000 yuan. One is
// granted, the other refused; both read which. When the grant is given back there is room again. The result under every grant is
// made again from history, bit for bit, after somebody corrected the household.
func TestTwoBanksOneHousehold(t *testing.T) {
	w := openRegistry(t)
	card := w.book.Card("household", "2026-11-22")
	g := desk.Granter{Desk: w.Desk, Card: func(day string) *scoring.Card { return w.book.Card("household", day) }, Log: slog.New(slog.DiscardHandler)}
	h := rated(t, w, 50, card.Cases[0])
	ask := func(n byte, fen int64) {
		t.Helper()
		a := exposure.Ask{Header: record.Header{ID: ident.Record{15: n}, Scope: w.village, Subject: h.Subject}, Household: h.ID, Bank: ident.Org{n}, Amount: fen, AtMS: int64(n)}
		write, err := a.Create()
		if err != nil {
			t.Fatal(err)
		}
		w.apply(w.officer, write)
	}
	ask(1, 10_000_000)
	ask(2, 10_000_000)
	settle := func() []exposure.Grant {
		t.Helper()
		if err := g.Settle(t.Context(), w.village); err != nil {
			t.Fatal(err)
		}
		all, err := exposure.Of(t.Context(), w.officer, w.village, h.ID) // as both officers read it
		if err != nil {
			t.Fatal(err)
		}
		slices.SortFunc(all, func(a, b exposure.Grant) int { return bytes.Compare(a.Ask[:], b.Ask[:]) })
		return all
	}
	all := settle()
	if len(all) != 2 {
		t.Fatalf("%d answers", len(all))
	}
	first, second := all[0], all[1]
	if first.State != exposure.Granted || first.Amount != 10_000_000 || first.Limit != 16_500_000 || first.Bank != (ident.Org{1}) {
		t.Errorf("the first: %s %d of %d", first.State, first.Amount, first.Limit)
	}
	if second.State != exposure.Refused || second.Amount != 0 || second.Why != "exposure.over" || second.Against != first.Header.ID || second.Before != 10_000_000 {
		t.Errorf("the second: %s %d %s, before %d", second.State, second.Amount, second.Why, second.Before)
	}
	if again := settle(); len(again) != 2 {
		t.Errorf("answered twice: %d", len(again))
	}

	// What the desk believed a moment ago does not pass by the rule.
	late := second
	late.Header, late.Ask, late.State, late.Amount, late.Before = record.Header{ID: ident.Record{15: 99}, Scope: w.village, Subject: h.Subject}, ident.Record{15: 98}, exposure.Granted, 10_000_000, 0
	base, err := w.Store.Base(t.Context(), w.village)
	if err == nil {
		_, err = w.Store.Apply(t.Context(), record.Act{Name: "grant.decide", Scope: w.village, Base: base, Source: record.Authoritative, Writes: []record.Write{late.Create()}})
	}
	if fault.From(err).Key != "exposure.moved" {
		t.Errorf("over the limit, by what was true before: %v", err)
	}

	w.apply(w.officer, record.Write{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{"deposits": record.OfInt(7_000_000), "overdue_times": record.OfInt(2)}})
	replayed(t, w, first)
	replayed(t, w, second)

	if _, err := g.Release(t.Context(), first.Header.ID, ""); fault.From(err).Key != "exposure.reason" {
		t.Errorf("given back without a reason: %v", err)
	}
	back, err := g.Release(t.Context(), first.Header.ID, "客户放弃用信")
	if err != nil || back.Amount != -10_000_000 {
		t.Fatalf("given back: %+v, %v", back, err)
	}
	for id, key := range map[ident.Record]string{first.Header.ID: "exposure.release", second.Header.ID: "exposure.release", h.ID: "record.missing"} {
		if _, err := g.Release(t.Context(), id, "再放一次"); fault.From(err).Key != key {
			t.Errorf("%s is given back: %v", id, err)
		}
	}
	if row, err := w.officer.Get(t.Context(), back.Header.ID); err != nil || exposure.GrantOf(row).Reason != "客户放弃用信" {
		t.Errorf("why it was given back: %+v, %v", row, err)
	}
	ask(3, 10_000_000)
	if all = settle(); exposure.Reserved(all) != 10_000_000 || len(all) != 4 {
		t.Errorf("after the first was given back: %d of %d answers", exposure.Reserved(all), len(all))
	}
}

// replayed makes the result under a grant again from what the store keeps now.
func replayed(t *testing.T, w *registry, g exposure.Grant) {
	t.Helper()
	again, err := exposure.Replay(t.Context(), w.Store, w.book.Catalogue, w.book.CardVersion, g.Header.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !again.Same() {
		t.Errorf("made again:\n%s\nwas:\n%s", again.Result.Bytes(), g.Score)
	}
	if len(again.Since) != 2 || again.Since[0].Field != "deposits" || again.Since[1].Now.Int() != 2 {
		t.Errorf("corrected since: %+v", again.Since)
	}
}

// TestNoCreditOnDispute: an ask without a reason is refused while something is in dispute, and who has no limit gets none.
func TestNoCreditOnDispute(t *testing.T) {
	w := openRegistry(t)
	card := w.book.Card("household", "2026-11-22")
	g := desk.Granter{Desk: w.Desk, Card: func(day string) *scoring.Card { return w.book.Card("household", day) }, Log: slog.New(slog.DiscardHandler)}
	late := rated(t, w, 50, card.Cases[2]) // one loan overdue: no limit
	if err := answer(t, w, g, exposure.Ask{Header: record.Header{ID: ident.Record{15: 1}, Scope: w.village, Subject: late.Subject}, Household: late.ID, Amount: 100, AtMS: 1}); err != "exposure.none" {
		t.Errorf("without a limit: %q", err)
	}
	good := rated(t, w, 60, card.Cases[0])
	other := w.st.As(store.Login{ID: ident.Login{8}, Actor: ident.Actor{8}, Role: "officer", Scopes: []ident.Scope{w.village}})
	edit := func(st record.Store, fen int64) { // neither saw the other
		if _, err := st.Apply(t.Context(), record.Act{Name: "test", Scope: w.village, Source: record.Officer, Writes: []record.Write{
			{Op: record.Edit, Header: good, Fields: map[record.Field]record.Value{"debt_own_bank": record.OfInt(fen)}},
		}}); err != nil {
			t.Fatal(err)
		}
	}
	edit(w.officer, 1)
	edit(other, 2)
	ask := exposure.Ask{Header: record.Header{ID: ident.Record{15: 2}, Scope: w.village, Subject: good.Subject}, Household: good.ID, Amount: 100, AtMS: 2}
	if err := answer(t, w, g, ask); err != "scoring.disputed" {
		t.Errorf("in dispute: %q", err)
	}
	ask.Header.ID, ask.Reason = ident.Record{15: 3}, "银行流水为证"
	if err := answer(t, w, g, ask); err != "" {
		t.Errorf("in dispute, with a reason: %q", err)
	}
}

// answer returns why an ask was refused, "" if it was granted.
func answer(t *testing.T, w *registry, g desk.Granter, a exposure.Ask) string {
	t.Helper()
	write, err := a.Create()
	if err != nil {
		t.Fatal(err)
	}
	w.apply(w.officer, write)
	grant, err := g.Answer(t.Context(), a)
	if err != nil {
		t.Fatal(err)
	}
	return grant.Why
}
