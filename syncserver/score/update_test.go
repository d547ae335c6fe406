// SPDX-License-Identifier: Apache-2.0

package score_test

import (
	"context"
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/score"
)

// watched counts the lists that are not of one subject.
type watched struct {
	record.Store
	wide int
}

func (w *watched) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	if q.Subject.IsZero() {
		w.wide++
	}
	return w.Store.List(ctx, q)
}

// TestUpdateIsExact: whatever is changed, disputed, deleted and added in a village, a count that is brought up to date says what a
// count of all households says, and reads nobody whose records did not change.
func TestUpdateIsExact(t *testing.T) {
	const seed, households = 12, 60
	r := rand.New(rand.NewPCG(seed, 0))
	run, scopes := office(t, 1, households)
	scope, st := scopes[0], run.Store
	was, err := run.Village(t.Context(), scope)
	if err != nil || was.Moved || was.N != households {
		t.Fatalf("%+v, %v", was, err)
	}
	next := uint16(households)
	gone := map[uint16]bool{}
	for round := range 40 {
		for range 1 + r.IntN(6) {
			n := uint16(r.IntN(int(next)))
			subject := ident.Subject{1, 0, 0, byte(n >> 8), byte(n)}
			root := record.Header{ID: ident.Record{1, 0, 0, byte(n >> 8), byte(n)}, Kind: "household", Scope: scope, Subject: subject}
			act := record.Act{Name: "test", Scope: scope, Source: record.Authoritative}
			switch kind := r.IntN(8); {
			case kind == 0:
				act.Writes, next = ofCase(t, run.Card.Cases[r.IntN(5)], scope, 0, next), next+1
			case gone[n]:
				continue
			case kind == 1:
				act.Writes, gone[n] = []record.Write{{Op: record.Delete, Header: root}}, true
			case kind == 2: // nobody saw what stands: a dispute
				act.Writes = []record.Write{{Op: record.Edit, Header: root, Fields: map[record.Field]record.Value{"debt_own_bank": record.OfInt(r.Int64N(1000) * 100)}}}
			default:
				if act.Base, err = st.Base(t.Context(), scope); err != nil {
					t.Fatal(err)
				}
				act.Writes = []record.Write{{Op: record.Edit, Header: root, Fields: map[record.Field]record.Value{
					"overdue_times": record.OfInt(r.Int64N(8)), "deposits": record.OfInt(r.Int64N(20_000_000)),
				}}}
			}
			if _, err := st.Apply(t.Context(), act); err != nil {
				t.Fatal(err)
			}
		}
		eyes := &watched{Store: st}
		one := run
		one.Store = eyes
		got, err := one.Update(t.Context(), was)
		if err != nil {
			t.Fatal(err)
		}
		want, err := run.Village(t.Context(), scope)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("seed %d, round %d: %s", seed, round, diff)
		}
		if eyes.wide > 0 {
			t.Errorf("round %d: all households were read for some", round)
		}
		was = got
	}
	if len(gone) == 0 || next == households || was.Dispute == 0 {
		t.Fatal("nobody came, went or was in dispute: the seed tests nothing")
	}
}

// TestUpdateFromTheCountThatWasKept: a run takes up what was kept of the last one.
func TestUpdateFromTheCountThatWasKept(t *testing.T) {
	run, scopes := office(t, 2, 40)
	kept, err := score.Open(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	all := func() {
		t.Helper()
		waiting, err := kept.Waiting(t.Context(), run, scopes)
		if err != nil {
			t.Fatal(err)
		}
		run.Was = kept.Villages
		var done []score.Village
		if err := run.All(t.Context(), waiting, func(v score.Village) { done = append(done, v) }); err != nil {
			t.Fatal(err)
		}
		if err := kept.Keep(done...); err != nil {
			t.Fatal(err)
		}
	}
	all()
	eyes := &watched{Store: run.Store}
	run.Store = eyes
	act := record.Act{Name: "test", Scope: scopes[1], Source: record.Authoritative, Writes: ofCase(t, run.Card.Cases[0], scopes[1], 1, 99)}
	if _, err := run.Store.Apply(t.Context(), act); err != nil {
		t.Fatal(err)
	}
	all()
	if got := kept.Villages[scopes[1]].N; got != 41 || eyes.wide > 0 {
		t.Errorf("%d households, %d lists of all of them", got, eyes.wide)
	}
}
