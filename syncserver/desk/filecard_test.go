// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"context"
	"crypto/rand"
	"log/slog"
	"testing"
	"time"

	"yuexin/shared/credit/myfile"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
	"yuexin/syncserver/store"
)

// registry is a village in which file cards are asked for.
type registry struct {
	office
	t       *testing.T
	filer   desk.Filer
	village ident.Scope
	officer record.Store
	kiosk   record.Store
	rules   myfile.Rules
}

func openRegistry(t *testing.T) *registry {
	t.Helper()
	o := open(t)
	w := &registry{office: o, t: t, village: o.village(t, "441284105203"), rules: o.book.Files()}
	quick := *w.rules.Policy
	quick.Cost.Passes, quick.Cost.MemoryKiB = 1, 64
	w.rules.Policy = &quick
	w.filer = desk.Filer{Desk: o.Desk, Rules: func() myfile.Rules { return w.rules }, Log: slog.New(slog.DiscardHandler)}
	as := func(n byte, role record.Role) record.Store {
		return o.st.As(store.Login{ID: ident.Login{n}, Actor: ident.Actor{n}, Role: role, Scopes: []ident.Scope{w.village, ident.Ref}})
	}
	w.officer, w.kiosk = as(2, "officer"), as(3, "kiosk")
	return w
}

func (w *registry) apply(st record.Store, writes ...record.Write) {
	w.t.Helper()
	base, err := st.Base(w.t.Context(), w.village)
	if err != nil {
		w.t.Fatal(err)
	}
	r, err := st.Apply(w.t.Context(), record.Act{Name: "test", Scope: w.village, Base: base, Source: record.Officer, Writes: writes})
	if err != nil || !r.Outcome.Applied() {
		w.t.Fatalf("%+v, %v", r, err)
	}
}

func (w *registry) household(n byte, name string) record.Header {
	w.t.Helper()
	id, err := ident.New[ident.Record](now.UnixMilli()+int64(n), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	h := record.Header{ID: id, Kind: "household", Scope: w.village, Subject: ident.Subject(id)}
	w.apply(w.officer, record.Write{Op: record.Create, Header: h, Fields: map[record.Field]record.Value{"head_name": record.OfText(name)}})
	return h
}

// ask asks for a card of a household.
func (w *registry) ask(of record.Header, why string) myfile.Card {
	w.t.Helper()
	id, err := ident.New[ident.Record](now.UnixMilli(), rand.Reader)
	if err != nil {
		w.t.Fatal(err)
	}
	r := myfile.Request{Header: record.Header{ID: id, Scope: w.village, Subject: of.Subject}, Of: of.ID, Why: why, Seen: "id_card"}
	var card myfile.Card
	if why != myfile.Stop {
		if card, r.Lock, err = w.rules.Policy.Issue(rand.Reader, "830517"); err != nil {
			w.t.Fatal(err)
		}
		r.Card = card.ID()
	}
	write, err := r.Create()
	if err != nil {
		w.t.Fatal(err)
	}
	w.apply(w.officer, write)
	return card
}

// settle lets the filer work once, and returns how far the village moved.
func (w *registry) settle() uint64 {
	w.t.Helper()
	before, err := w.st.Scope(w.t.Context(), w.village)
	if err != nil {
		w.t.Fatal(err)
	}
	if err := w.filer.Village(w.t.Context(), w.village); err != nil {
		w.t.Fatal(err)
	}
	after, err := w.st.Scope(w.t.Context(), w.village)
	if err != nil {
		w.t.Fatal(err)
	}
	return after.Head.Seq() - before.Head.Seq()
}

// open opens a card as a kiosk of the village does.
func (w *registry) open(card myfile.Card) (*myfile.File, string) {
	w.t.Helper()
	sheet, err := myfile.Find(w.t.Context(), w.kiosk, card.ID())
	if err != nil {
		return nil, fault.From(err).Key
	}
	f, err := card.Open("830517", sheet)
	if err != nil {
		return nil, fault.From(err).Key
	}
	return f, ""
}

// TestFiler: a card opens what stands in the village now; what changes nothing is not written; a newer card, a loss and the end of
// the household kill the older one, and nothing of another household is ever in it.
func TestFiler(t *testing.T) {
	w := openRegistry(t)
	chen, li := w.household(1, "陈秀英"), w.household(2, "李志强")
	card, others := w.ask(chen, "first"), w.ask(li, "first")
	if _, key := w.open(card); key != "myfile.none" {
		t.Errorf("before the server looked: %s", key)
	}
	if n := w.settle(); n != 2 {
		t.Errorf("two cards moved the village by %d", n)
	}
	f, key := w.open(card)
	if f == nil || f.Name != "陈秀英" || f.Record != chen.ID || len(f.Missing) == 0 {
		t.Fatalf("opened %+v, %s", f, key)
	}
	if n := w.settle(); n != 0 {
		t.Errorf("with nothing new the village moved by %d", n)
	}

	if f.Limit != nil {
		t.Errorf("a limit that nobody gave: %+v", f.Limit)
	}
	w.filer.Limits = func(context.Context, ident.Scope) (map[ident.Record]*myfile.Limit, error) {
		return map[ident.Record]*myfile.Limit{chen.ID: {Amount: 8_000_000, Until: "2027-11-05"}}, nil
	}
	if n := w.settle(); n != 1 {
		t.Errorf("a limit for one of two moved the village by %d", n)
	}
	if f, key := w.open(card); f == nil || f.Limit == nil || f.Limit.Amount != 8_000_000 {
		t.Errorf("with a limit: %+v, %s", f, key)
	}
	if f, key := w.open(others); f == nil || f.Limit != nil {
		t.Errorf("the limit of another household: %+v, %s", f, key)
	}

	w.apply(w.officer, record.Write{Op: record.Edit, Header: chen, Fields: map[record.Field]record.Value{"phone": record.OfText("19900008888")}})
	if n := w.settle(); n != 1 {
		t.Errorf("one change moved the village by %d", n)
	}
	if f, key := w.open(card); f == nil || len(f.Parts[0].Items) != 2 {
		t.Errorf("after the change: %+v, %s", f, key)
	}

	newer := w.ask(chen, "lost")
	w.settle()
	if _, key := w.open(card); key != "myfile.dead" {
		t.Errorf("the lost card: %s", key)
	}
	if f, key := w.open(newer); f == nil {
		t.Errorf("the new card: %s", key)
	}
	rows, err := w.kiosk.List(t.Context(), record.Query{Kind: myfile.KindSheet})
	if err != nil || len(rows) != 3 {
		t.Fatalf("%d sheets, %v", len(rows), err)
	}
	for _, row := range rows {
		if s := myfile.SheetOf(row); (s.State == myfile.Lives) != (len(s.Sealed) > 0) || len(s.Digest) > 0 {
			t.Errorf("a kiosk holds %+v", s)
		}
	}

	w.ask(chen, myfile.Stop)
	w.settle()
	if _, key := w.open(newer); key != "myfile.dead" {
		t.Errorf("a stopped card: %s", key)
	}
	w.apply(w.officer, record.Write{Op: record.Delete, Header: li})
	w.settle()
	if _, key := w.open(others); key != "myfile.dead" {
		t.Errorf("of a household that is gone: %s", key)
	}
	if n := w.settle(); n != 0 {
		t.Errorf("at the end the village moved by %d", n)
	}
}

// TestFilerRuns: the filer looks at all villages when it begins and at each that changes, after a while, once for many changes.
func TestFilerRuns(t *testing.T) {
	w := openRegistry(t)
	chen := w.household(1, "陈秀英")
	first := w.ask(chen, "first")
	waits, fire := make(chan time.Duration, 10), make(chan time.Time)
	w.filer.After = func(d time.Duration) <-chan time.Time {
		if d == desk.Again {
			return nil
		}
		waits <- d
		return fire
	}
	ctx, stop := context.WithCancel(t.Context())
	heads, done := make(chan ident.Scope), make(chan struct{})
	go func() { w.filer.Run(ctx, heads); close(done) }()
	if d := <-waits; d != 0 {
		t.Errorf("begins after %v", d)
	}
	fire <- now
	heads <- ident.Ref // of no village
	if f, key := w.open(first); f == nil {
		t.Errorf("a card from before: %s", key)
	}
	second := w.ask(chen, "lost")
	heads <- w.village
	heads <- w.village
	if d := <-waits; d != desk.Calm {
		t.Errorf("waits %v", d)
	}
	fire <- now
	heads <- ident.Ref // it is done with the village
	if f, key := w.open(second); f == nil {
		t.Errorf("the new card: %s", key)
	}
	if len(waits) > 0 {
		t.Errorf("it waits for more: %v", <-waits)
	}
	stop()
	close(heads)
	<-done
}
