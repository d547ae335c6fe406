// SPDX-License-Identifier: Apache-2.0

package wholevillage_test

import (
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/scoring"
	"yuexin/shared/credit/wholevillage"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

type (
	score   = scoring.Result
	input   = scoring.Input
	finding = scoring.Finding
)

// result is the score of a household with nothing against it and 100,000 yuan by the card.
func result() score {
	return score{Steps: []string{"AA"}, Confidence: 90, Limit: &scoring.Limit{Most: 20_000_000, Granted: 10_000_000}}
}

const wan = 1_000_000 // fen of 10,000 yuan

// who are the reviewers of the tests.
var who = []ident.Actor{{0xE1}, {0xE2}, {0xE3}, {0xE4}, {0xE5}}

func round(seats int, out ...ident.Record) wholevillage.Round {
	r := wholevillage.Round{No: 1, Until: "2026-12-11"}
	r.Header = record.Header{ID: ident.Record{0xA0}, Kind: wholevillage.KindRound, Scope: "unit:test"}
	for i, a := range who {
		v := wholevillage.Reviewer{Actor: a}
		if i == 0 {
			v.Out = out
		}
		r.Reviewers = append(r.Reviewers, v)
	}
	for n := range seats {
		r.Seats = append(r.Seats, wholevillage.Seat{Household: ident.Record{byte(n + 1)}, Subject: ident.Subject{byte(n + 1)}})
	}
	return r
}

// say is what a reviewer says who has nothing to hide.
func say(fen int64, vetoes ...string) wholevillage.Sheet {
	return wholevillage.Sheet{Knows: "well", Honesty: "good", Willing: "good", Suggest: fen, Vetoes: vetoes}
}

// sheet is a filled sheet with an id.
func sheet(t testing.TB, r wholevillage.Round, by ident.Actor, house byte, n int, s wholevillage.Sheet) wholevillage.Sheet {
	t.Helper()
	s, err := own(t).Fill(r, false, by, ident.Record{house}, s, int64(n))
	if err != nil {
		t.Fatal(err)
	}
	s.Header.ID = ident.Record{0xB0, byte(n >> 8), byte(n)}
	return s
}

func wantFault(t *testing.T, err error, key string) {
	t.Helper()
	if err == nil || fault.From(err).Key != key {
		t.Errorf("got %v, want %s", err, key)
	}
}

// TestMedian by hand: of 3, 5, 8 it is 5; of 3, 5, 8, 9 it is (5+8)/2 = 6.5; of 3, 5, 6, 9 fen it is (5+6)/2, rounded down to 5.
func TestMedian(t *testing.T) {
	for _, tt := range []struct {
		in   []int64
		want int64
	}{
		{nil, 0}, {[]int64{7}, 7}, {[]int64{3 * wan, 5 * wan, 8 * wan}, 5 * wan}, {[]int64{3 * wan, 5 * wan, 8 * wan, 9 * wan}, 6*wan + wan/2},
		{[]int64{3, 5, 6, 9}, 5}, {[]int64{0, 0, 9 * wan}, 0}, {[]int64{1 << 62, 1<<62 + 2}, 1<<62 + 1},
	} {
		if got := wholevillage.Median(tt.in); got != tt.want {
			t.Errorf("median of %v is %d, want %d", tt.in, got, tt.want)
		}
	}
}

func TestCheckRound(t *testing.T) {
	p := own(t)
	if err := p.CheckRound(round(2, ident.Record{1})); err != nil {
		t.Errorf("4 of 5 may review household 1: %v", err)
	}
	spoil := func(change func(*wholevillage.Round)) error {
		r := round(2)
		change(&r)
		return p.CheckRound(r)
	}
	wantFault(t, spoil(func(r *wholevillage.Round) { r.Seats = nil }), "wholevillage.round.empty")
	wantFault(t, p.CheckRound(round(121)), "wholevillage.round.size")
	wantFault(t, spoil(func(r *wholevillage.Round) { r.Seats[1] = r.Seats[0] }), "wholevillage.round.twice")
	wantFault(t, spoil(func(r *wholevillage.Round) {
		r.Seats[1] = wholevillage.Seat{Household: r.Seats[0].Household, Member: ident.Record{9}} // another member of the same household
	}), "wholevillage.round.twice")
	wantFault(t, spoil(func(r *wholevillage.Round) { r.Reviewers[1] = r.Reviewers[0] }), "wholevillage.round.twice")
	wantFault(t, spoil(func(r *wholevillage.Round) { r.Reviewers = r.Reviewers[:2] }), "wholevillage.round.reviewers")
	wantFault(t, spoil(func(r *wholevillage.Round) {
		for i := range 3 {
			r.Reviewers[i].Out = []ident.Record{{2}} // 2 of 5 are left for household 2
		}
	}), "wholevillage.round.reviewers")
}

func TestFillRefuses(t *testing.T) {
	p, r := own(t), round(2, ident.Record{1})
	fill := func(by ident.Actor, house byte, s wholevillage.Sheet) error {
		_, err := p.Fill(r, false, by, ident.Record{house}, s, 1)
		return err
	}
	wantFault(t, fill(ident.Actor{0xEF}, 2, say(wan)), "wholevillage.sheet.reviewer")
	wantFault(t, fill(who[1], 7, say(wan)), "wholevillage.sheet.household")
	wantFault(t, fill(who[0], 1, say(wan)), "wholevillage.sheet.out")
	wantFault(t, fill(who[1], 1, say(-1)), "wholevillage.sheet.suggest")
	wantFault(t, fill(who[1], 1, say(30*wan+1)), "wholevillage.sheet.suggest")
	wantFault(t, fill(who[1], 1, wholevillage.Sheet{Suggest: wan, Honesty: "good", Willing: "good"}), "wholevillage.sheet.asked")
	wantFault(t, fill(who[1], 1, say(wan, "snoring")), "wholevillage.sheet.veto")
	wantFault(t, fill(who[1], 1, wholevillage.Sheet{Abstain: "bored"}), "wholevillage.sheet.abstain")
	long := say(wan)
	long.Note = strings.Repeat("长", 301)
	wantFault(t, fill(who[1], 1, long), "wholevillage.words")
	_, err := p.Fill(r, true, who[1], ident.Record{1}, say(wan), 1)
	wantFault(t, err, "wholevillage.round.closed")

	s := sheet(t, r, who[0], 1, 1, wholevillage.Sheet{Abstain: "own", Suggest: 5 * wan, Honesty: "very_good", Vetoes: []string{"away"}})
	if s.Suggest != 0 || s.Honesty != "" || s.Vetoes != nil {
		t.Errorf("who abstains says something all the same: %+v", s)
	}
	if w := s.Create(); w.Header.Scope != ident.UserScope(who[0]) || !w.Fields["suggest"].IsNone() {
		t.Errorf("the sheet goes to %s with %v", w.Header.Scope, w.Fields)
	}
}

// TestCount by hand: household 1 is of reviewer 1, who abstains. The others say 3, 5, 8 and 9 万 there: the median is 6.5 万. "away" was said
// by two, "gambling" by one: only the first sends it to the officer. For household 2 only two say something: not enough.
func TestCount(t *testing.T) {
	r := round(2, ident.Record{1})
	sheets := []wholevillage.Sheet{
		sheet(t, r, who[0], 1, 1, wholevillage.Sheet{Abstain: "own"}),
		sheet(t, r, who[1], 1, 2, say(9*wan, "away")),
		sheet(t, r, who[2], 1, 3, say(3*wan, "away", "gambling")),
		sheet(t, r, who[3], 1, 4, say(8*wan)),
		sheet(t, r, who[4], 1, 5, say(1*wan, "gambling")), // corrected below
		sheet(t, r, who[4], 1, 6, say(5*wan)),
		sheet(t, r, who[1], 2, 7, say(4*wan)),
		sheet(t, r, who[2], 2, 8, say(4*wan)),
	}
	other := sheet(t, r, who[3], 2, 9, say(20*wan)) // of another round
	other.Round = ident.Record{0xA1}
	forged := sheet(t, r, who[4], 2, 10, say(20*wan)) // in the scope of somebody else
	forged.Header.Scope = ident.UserScope(who[0])
	biased := sheet(t, r, who[1], 1, 11, say(20*wan)) // says something of the own household
	biased.By, biased.Header.Scope = who[0], ident.UserScope(who[0])
	sheets = append(sheets, other, forged, biased)

	got := own(t).Count(r, sheets)
	one, two := got[0], got[1]
	if !one.Enough || one.Suggest != 6*wan+wan/2 || one.Abstained != 1 || !cmp.Equal(one.Vetoes, []string{"away"}) ||
		!cmp.Equal(one.Suggests, []int64{3 * wan, 5 * wan, 8 * wan, 9 * wan}) || !cmp.Equal(one.Tally, map[string]int{"away": 2, "gambling": 1}) || len(one.Used) != 5 {
		t.Errorf("household 1: %+v", one)
	}
	if two.Enough || two.Suggest != 0 || len(two.Suggests) != 2 {
		t.Errorf("household 2: %+v", two)
	}

	const seed = 5
	rnd := rand.New(rand.NewPCG(seed, 0))
	for range 50 {
		rnd.Shuffle(len(sheets), func(i, j int) { sheets[i], sheets[j] = sheets[j], sheets[i] })
		if diff := cmp.Diff(got, own(t).Count(r, sheets)); diff != "" {
			t.Fatalf("seed %d: it depends on the order: %s", seed, diff)
		}
	}
	// Nothing in a published result says who it is from.
	for _, w := range []record.Write{one.Create(), two.Create()} {
		for f, v := range w.Fields {
			for _, a := range who {
				if strings.Contains(v.Text(), a.String()) || strings.Contains(string(v.Bytes()), string(a[:])) {
					t.Errorf("%s names reviewer %s", f, a)
				}
			}
		}
	}
}

// TestNext: two rounds that are at most 30 % of the greater apart are enough: of 10 万 it is 3 万.
func TestNext(t *testing.T) {
	p := own(t)
	res := func(no int, fen int64) wholevillage.Result {
		return wholevillage.Result{No: no, Enough: fen > 0, Suggest: fen}
	}
	for _, tt := range []struct {
		name string
		in   []wholevillage.Result
		next int
		done bool
	}{
		{"none yet", nil, 1, false},
		{"one", []wholevillage.Result{res(1, 10*wan)}, 2, false},
		{"two that agree", []wholevillage.Result{res(1, 10*wan), res(2, 7*wan)}, 0, true},
		{"two that do not", []wholevillage.Result{res(1, 10*wan), res(2, 7*wan-1)}, 3, false},
		{"three", []wholevillage.Result{res(1, 10*wan), res(2, 1*wan), res(3, 20*wan)}, 0, true},
		{"one without enough", []wholevillage.Result{res(1, 0), res(2, 5*wan)}, 3, false},
		{"never enough", []wholevillage.Result{res(1, 0), res(2, 0), res(3, 0)}, 0, false},
		{"once enough in three", []wholevillage.Result{res(1, 0), res(2, 0), res(3, 5*wan)}, 0, true},
	} {
		if next, done := p.Next(tt.in), p.Done(tt.in); next != tt.next || done != tt.done {
			t.Errorf("%s: next %d, done %v; want %d, %v", tt.name, next, done, tt.next, tt.done)
		}
	}
}
