// SPDX-License-Identifier: Apache-2.0

package memory_test

import (
	"context"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/shared/sync/recordtest"
)

func newStore(t *testing.T) *memory.Store {
	return memory.New(memory.Options{
		Catalogue: recordtest.Catalogue(t), Access: recordtest.Access(t),
		Clock: new(recordtest.Clock).Now, Lane: ident.Incarnation{7},
	})
}

func as(s *memory.Store, role record.Role) record.Store {
	return s.As(memory.Session{Actor: ident.Actor{1}, Role: role})
}

func TestStore(t *testing.T) {
	recordtest.TestStore(t, func(t *testing.T) recordtest.World {
		s := newStore(t)
		return recordtest.World{As: func(r record.Role) record.Store { return as(s, r) }}
	})
}

func TestShowAndResolve(t *testing.T) {
	ctx := context.Background()
	s := newStore(t)
	h := recordtest.Header(recordtest.Household, 1)
	first := record.Head{Value: record.OfInt(1), Version: record.At(1, 3)}
	second := record.Head{Value: record.OfInt(2), Version: record.At(1, 4)}
	s.Show(record.Row{Header: h, Fields: map[record.Field]record.FieldState{
		"income": {Value: first.Value, Version: second.Version, Winner: first, Disputed: true, Aside: []record.Head{second}},
		"people": {Value: record.OfInt(5), Version: record.At(1, 3), Winner: record.Head{Value: record.OfInt(5), Version: record.At(1, 3)}, Pending: true},
	}})
	officer := as(s, recordtest.Officer)
	row, err := officer.Get(ctx, h.ID)
	if err != nil {
		t.Fatal(err)
	}
	if !row.Fields["income"].Disputed || !row.Fields["people"].Pending {
		t.Fatal("the row is not shown as it was put")
	}
	base, err := officer.Base(ctx, h.Scope)
	if err != nil {
		t.Fatal(err)
	}
	r, err := officer.Apply(ctx, record.Act{Name: "test.resolve", Scope: h.Scope, Base: base, Writes: []record.Write{{
		Op: record.Resolve, Header: h, Fields: recordtest.Fields{"income": record.OfInt(2)},
		Seen: map[record.Field][]record.Version{"income": {first.Version, second.Version}},
	}}})
	if err != nil {
		t.Fatal(err)
	}
	if r.Outcome != record.Accepted {
		t.Errorf("outcome = %v, want accepted", r.Outcome)
	}
	row, err = officer.Get(ctx, h.ID)
	if err != nil {
		t.Fatal(err)
	}
	if s := row.Fields["income"]; s.Disputed || s.Value.Int() != 2 {
		t.Errorf("income: disputed %v, %d, want settled at 2", s.Disputed, s.Value.Int())
	}
}

func TestOutcomes(t *testing.T) {
	ctx := context.Background()
	s := newStore(t)
	officer := as(s, recordtest.Officer)
	h := recordtest.Header(recordtest.Household, 1)
	if _, err := officer.Apply(ctx, recordtest.Create(h, recordtest.Fields{"people": record.OfInt(5), "acreage": record.OfInt(5)})); err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name   string
		fields recordtest.Fields
		source record.Source
		want   record.Outcome
	}{
		{"larger wins beside", recordtest.Fields{"people": record.OfInt(6)}, 0, record.Merged},
		{"smaller loses", recordtest.Fields{"people": record.OfInt(4)}, 0, record.Superseded},
		{"weaker source proposes", recordtest.Fields{"acreage": record.OfInt(7)}, record.SelfDeclared, record.Proposed},
		{"the worst counts", recordtest.Fields{"people": record.OfInt(3), "acreage": record.OfInt(8)}, record.SelfDeclared, record.Proposed},
	} {
		t.Run(tc.name, func(t *testing.T) {
			act := recordtest.Edit(h, record.Base{}, tc.fields)
			act.Source = tc.source
			r, err := officer.Apply(ctx, act)
			if err != nil {
				t.Fatal(err)
			}
			if r.Outcome != tc.want {
				t.Errorf("outcome = %v, want %v", r.Outcome, tc.want)
			}
		})
	}
}
