// SPDX-License-Identifier: Apache-2.0

package main

import (
	"bytes"
	"encoding/binary"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/ident"
	"yuexin/shared/station"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// sameScores is how many random households are scored in TestSameScoreEverywhere; make simulate asks for ten thousand.
const sameScores = 300

// TestSameScoreEverywhere: random households, some in dispute, are written at the server and on a laptop; after both synced, the
// laptop, a kiosk opened by a cadre and the central store score every one of them to the same bytes.
func TestSameScoreEverywhere(t *testing.T) {
	n := sameScores
	if text := os.Getenv("YUEXIN_SAME_SCORES"); text != "" {
		var err error
		if n, err = strconv.Atoi(text); err != nil {
			t.Fatal(err)
		}
	}
	const seed = 7
	r := rand.New(rand.NewPCG(seed, 0))
	b := openBench(t, 1)
	code := b.villages(1)
	village, err := b.operator().village(t.Context(), code[0])
	b.must(err)
	laptop := b.laptop("laptop", code...)
	kiosk := b.kiosk("kiosk", code...)
	b.once(laptop)

	day := b.operator().today()
	card := b.app.Book().Card(householdCard, day)
	officer := b.app.Store.As(store.Login{ID: ident.Login{9}, Actor: ident.Actor{9}, Role: "officer", Scopes: []ident.Scope{village, ident.Ref}})
	for from := 0; from < n; from += 10 {
		var writes []record.Write
		for k := from; k < min(from+10, n); k++ {
			writes = append(writes, randomHousehold(card, r, village, k)...)
		}
		at, source := record.Store(officer), record.Officer
		if from%50 == 0 {
			at = laptop.Store()
		}
		base, err := at.Base(t.Context(), village)
		b.must(err)
		_, err = at.Apply(t.Context(), record.Act{Name: "x", Scope: village, Base: base, Source: source, Writes: writes})
		b.must(err)
	}
	b.once(laptop)
	for k := 0; k < n; k += 7 { // neither sees what the other says
		edit := func(st record.Store, fen int64) {
			t.Helper()
			h := record.Header{ID: idOf[ident.Record](1, k), Kind: "household", Scope: village, Subject: idOf[ident.Subject](1, k)}
			_, err := st.Apply(t.Context(), record.Act{Name: "x", Scope: village, Source: record.Officer, Writes: []record.Write{
				{Op: record.Edit, Header: h, Fields: map[record.Field]record.Value{"debt_own_bank": record.OfInt(fen)}},
			}})
			b.must(err)
		}
		edit(laptop.Store(), int64(k)*100)
		edit(officer, int64(k)*200+1)
	}
	b.once(laptop)
	b.once(laptop)
	b.once(kiosk)
	staff, err := kiosk.OpenStaff(t.Context(), benchPassphrase)
	b.must(err)

	want := scoresOf(t, b.app.desk(), card, village, day)
	disputed := 0
	for _, one := range want {
		result, err := scoring.ParseResult(one)
		b.must(err)
		if len(result.Disputed) > 0 {
			disputed++
		}
	}
	if len(want) != n || disputed == 0 {
		t.Fatalf("%d households at the server, %d in dispute", len(want), disputed)
	}
	for name, at := range map[string]record.Store{"laptop": laptop.Store(), "kiosk": staff.Store} {
		got := scoresOf(t, at, card, village, day)
		if len(got) != n {
			t.Errorf("%s: %d households of %d", name, len(got), n)
		}
		for id, one := range want {
			if !bytes.Equal(got[id], one) {
				t.Fatalf("seed %d, %s, %s:\n%s\nat the server:\n%s", seed, name, id, got[id], one)
			}
		}
	}
}

// kiosk enrols a kiosk of a village, and a cadre who works at it.
func (b *bench) kiosk(name string, villages ...string) *station.Station {
	b.Helper()
	ticket := func(a EnrolAsk) enrol.Ticket {
		b.Helper()
		answer, err := b.operator().enrol(b.Context(), a)
		b.must(err)
		t, err := enrol.ParseTicket(answer.QR)
		b.must(err)
		return t
	}
	s, err := station.Open(b.Context(), station.Config{
		Dir: filepath.Join(b.TempDir(), name), Program: "kiosk", Version: "0.1.0", Log: slog.New(slog.DiscardHandler),
	})
	b.must(err)
	b.Cleanup(func() { b.must(s.Close()) })
	b.must(s.Enrol(b.Context(), ticket(EnrolAsk{Program: "kiosk", Name: name, Person: name, Role: "kiosk", Villages: villages}), ""))
	_, err = s.AddUser(b.Context(), ticket(EnrolAsk{Device: s.Enrolment.Device.String(), Program: "kiosk", Person: "cadre", Role: "cadre", Villages: villages}), benchPassphrase)
	b.must(err)
	return s
}

// scoresOf returns the results of all households of a village.
func scoresOf(t *testing.T, from scoring.Reader, card *scoring.Card, village ident.Scope, day string) map[ident.Record][]byte {
	t.Helper()
	out := map[ident.Record][]byte{}
	err := card.Scorer().Each(t.Context(), from, village, day, func(root record.Row, _ []record.Row, r *scoring.Result) error {
		out[root.Header.ID] = r.Bytes()
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return out
}

func idOf[T ~[16]byte](of byte, n int) (id T) {
	id[0] = of
	binary.BigEndian.PutUint32(id[1:], uint32(n))
	return id
}

// randomHousehold makes a household with values of all sizes, some missing, and what stands beside it.
func randomHousehold(card *scoring.Card, r *rand.Rand, scope ident.Scope, k int) []record.Write {
	create := func(id ident.Record, kind record.Kind, fields map[record.Field]record.Value) record.Write {
		return record.Write{Op: record.Create, Header: record.Header{ID: id, Kind: kind, Scope: scope, Subject: idOf[ident.Subject](1, k)}, Fields: fields}
	}
	values := map[record.Field]record.Value{"head_name": record.OfText("示例户"), "sample": record.OfBool(true)}
	for _, f := range card.Reads("household") {
		n := r.Int64N(1 << r.IntN(32))
		switch {
		case f == record.Deleted || r.IntN(6) == 0:
		case f == "conduct":
			values[f] = record.OfText([]string{"good", "fair", "plain", "poor"}[r.IntN(4)])
		case f == "population" || f == "labour" || f == "overdue_times":
			values[f] = record.OfInt(n % 8)
		case f == "figures_year":
			values[f] = record.OfInt(2015 + n%12)
		default:
			values[f] = record.OfInt(n)
		}
	}
	out := []record.Write{create(idOf[ident.Record](1, k), "household", values)}
	for i := range r.IntN(3) {
		out = append(out, create(idOf[ident.Record](byte(2+i), k), "debt", map[record.Field]record.Value{
			"overdue": record.OfBool(r.IntN(3) == 0), "owed": record.OfInt(r.Int64N(10_000_000)), "lender_kind": record.OfText("own_bank"),
		}))
	}
	return out
}
