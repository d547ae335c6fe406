// SPDX-License-Identifier: Apache-2.0

package lending_test

import (
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// TestConcurrentMoves has two people move the same demand without seeing each other.
func TestConcurrentMoves(t *testing.T) {
	type act struct {
		role  record.Role
		hours int // the effective stamp
		from  lending.Status
		r     lending.Request
	}
	decline := lending.Request{To: lending.Declined, Reason: "示例"}
	tests := []struct {
		name     string
		at       lending.Status // where both begin
		a, b     act
		want     lending.Status
		recorded []lending.Status // moves that did not count
	}{
		{"a visit before the bank declined", lending.Contacted, act{"officer", 10, "", lending.Request{To: lending.Visited}}, act{"reviewer", 11, "", decline}, lending.Declined, nil},
		{"a visit after the bank declined", lending.Contacted, act{"officer", 12, "", lending.Request{To: lending.Visited}}, act{"reviewer", 11, "", decline}, lending.Declined, []lending.Status{lending.Visited}},
		{"contacted twice", lending.Assigned, act{"officer", 10, "", lending.Request{To: lending.Contacted}}, act{"cadre", 11, "", lending.Request{To: lending.Contacted}}, lending.Contacted, []lending.Status{lending.Contacted}},
		{"withdrawn while visited", lending.Contacted, act{"officer", 10, "", lending.Request{To: lending.Visited}}, act{"cadre", 11, "", lending.Request{To: lending.Withdrawn}}, lending.Withdrawn, nil},
		{"visited after a withdrawal", lending.Contacted, act{"officer", 11, "", lending.Request{To: lending.Visited}}, act{"cadre", 10, "", lending.Request{To: lending.Withdrawn}}, lending.Withdrawn, []lending.Status{lending.Visited}},
		{"a credit is not undone by an older withdrawal", lending.Intent, act{"reviewer", 11, "", lending.Request{To: lending.Credited, Amount: 500}}, act{"cadre", 10, "", lending.Request{To: lending.Withdrawn}}, lending.Credited, []lending.Status{lending.Withdrawn}},
		{"an assignment does not revive a withdrawn demand", lending.Registered, act{"desk", 11, "", lending.Request{To: lending.Assigned, Officer: officer, Bank: bank}}, act{"cadre", 10, "", lending.Request{To: lending.Withdrawn}}, lending.Withdrawn, []lending.Status{lending.Assigned}},
	}
	way := []lending.Request{
		{To: lending.Assigned, Officer: officer, Bank: bank}, {To: lending.Contacted}, {To: lending.Visited}, {To: lending.Intent, Amount: 700},
	}
	for _, tt := range tests {
		for _, swapped := range []bool{false, true} {
			t.Run(tt.name, func(t *testing.T) {
				w := newWorld(t)
				d := w.register("officer")
				for i, r := range way {
					if w.state(d).Status != tt.at {
						w.must(w.move("desk", 1+i, d, w.state(d), r))
					}
				}
				seen := w.state(d)
				if seen.Status != tt.at {
					t.Fatalf("both begin at %s, want %s", seen.Status, tt.at)
				}
				acts := []act{tt.a, tt.b}
				if swapped {
					slices.Reverse(acts)
				}
				for _, a := range acts {
					w.apply(w.move(a.role, a.hours, d, seen, a.r))
				}
				s := w.state(d)
				var recorded []lending.Status
				for _, step := range s.Steps {
					if !step.Counted {
						recorded = append(recorded, step.To)
					}
				}
				if s.Status != tt.want || !slices.Equal(recorded, tt.recorded) {
					t.Errorf("state = %s, recorded %v; want %s, %v", s.Status, recorded, tt.want, tt.recorded)
				}
			})
		}
	}
}

// TestFoldIgnoresArrival: any moves whatever, in any order, give one state; none is lost.
func TestFoldIgnoresArrival(t *testing.T) {
	p := mustPolicy(t)
	w := newWorld(t)
	rapid.Check(t, func(t *rapid.T) {
		names := []lending.Status{""}
		for _, s := range p.States() {
			names = append(names, s.Name)
		}
		var rows []record.Row
		for i := range rapid.IntRange(0, 12).Draw(t, "moves") {
			from := rapid.SampledFrom(names).Draw(t, "from")
			to := rapid.SampledFrom(names[1:]).Draw(t, "to")
			role := rapid.SampledFrom(w.access.Roles()).Draw(t, "role")
			hours := rapid.IntRange(0, 4).Draw(t, "hours")
			rows = append(rows, moveRow(byte(i+1), from, to, role, hours))
		}
		want := p.Fold(rows)
		if len(want.Steps) != len(rows) {
			t.Fatalf("%d steps of %d moves", len(want.Steps), len(rows))
		}
		seed := rapid.Uint64().Draw(t, "seed")
		shuffled := slices.Clone(rows)
		rand.New(rand.NewPCG(seed, 1)).Shuffle(len(rows), func(i, j int) { shuffled[i], shuffled[j] = shuffled[j], shuffled[i] })
		if diff := cmp.Diff(want, p.Fold(shuffled), cmp.AllowUnexported(lending.Move{})); diff != "" {
			t.Fatalf("another order, another state:\n%s", diff)
		}
	})
}

func moveRow(id byte, from, to lending.Status, role record.Role, hours int) record.Row {
	w := &world{number: uint64(id), rows: make(map[ident.Record]record.Row)}
	fields := map[record.Field]record.Value{"to": record.OfText(string(to)), "role": record.OfText(string(role)), "amount": record.OfInt(int64(id))}
	if from != "" {
		fields["from"] = record.OfText(string(from))
	}
	h := record.Header{ID: ident.Record{id}, Kind: lending.KindMove}
	w.apply(lending.Author{NowMS: int64(hours) * 3_600_000}, record.Act{Writes: []record.Write{{Header: h, Fields: fields}}})
	return w.rows[h.ID]
}

func TestGroup(t *testing.T) {
	w := newWorld(t)
	a, b := w.register("kiosk"), w.register("officer")
	w.must(w.move("cadre", 1, a, w.state(a), lending.Request{To: lending.Registered}))
	var rows []record.Row
	for _, row := range w.rows {
		if row.Header.Kind == lending.KindMove {
			rows = append(rows, row)
		}
	}
	got := lending.Group(rows)
	if len(got) != 2 || len(got[a.Header.ID]) != 2 || len(got[b.Header.ID]) != 1 {
		t.Errorf("groups = %d, %d, %d", len(got), len(got[a.Header.ID]), len(got[b.Header.ID]))
	}
}
