// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"context"
	"strings"
	"testing"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func testCreate(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	fields := Fields{
		"name": record.OfText("陈秀英"), "people": record.OfInt(4), "insured": record.OfBool(true),
		"crops": record.OfSet("tea", "rice"), "village": record.OfBytes(h.ID[:]), "born": record.OfText("1954-02-28"),
		"plate": record.OfText(""),
	}
	mustApply(t, s, Create(h, fields))
	row := mustGet(t, s, h.ID)
	if row.Header != h {
		t.Errorf("header = %+v, want %+v", row.Header, h)
	}
	for f, v := range fields {
		wantValue(t, row, f, v)
	}
	if got := row.Value("phone"); !got.IsNone() {
		t.Errorf("phone = %v, want none", got)
	}
	if row.Deleted() || len(row.Disputed()) > 0 {
		t.Error("a new record is deleted or disputed")
	}
}

func testMissing(t *testing.T, w World) {
	_, err := w.As(Officer).Get(context.Background(), ID(99))
	wantKind(t, err, fault.NotFound)
	_, err = w.As(Officer).History(context.Background(), ID(99))
	wantKind(t, err, fault.NotFound)
}

func testRefusals(t *testing.T, w World) {
	h := Header(Household, 1)
	mustApply(t, w.As(Officer), Create(h, Fields{"name": record.OfText("陈秀英")}))
	base := mustBase(t, w.As(Officer), Here)
	other := Header(Household, 2)
	moved := h
	moved.Subject = ident.Subject(ID(77))
	far := Create(other, nil)
	far.Scope = There
	proud := Create(other, nil)
	proud.Source = record.Authoritative

	for _, tc := range []struct {
		name string
		role record.Role
		act  record.Act
		want fault.Kind
	}{
		{"no write", Officer, record.Act{Name: "x", Scope: Here}, fault.Invalid},
		{"another scope", Officer, far, fault.Invalid},
		{"unknown kind", Officer, Create(Header("castle", 2), nil), fault.Unsupported},
		{"unknown field", Officer, Create(other, Fields{"moat": record.OfBool(true)}), fault.Unsupported},
		{"type", Officer, Create(other, Fields{"people": record.OfText("4")}), fault.Invalid},
		{"choice", Officer, Create(other, Fields{"state": record.OfText("asleep")}), fault.Invalid},
		{"set item", Officer, Create(other, Fields{"crops": record.OfSet("rice", "gold")}), fault.Invalid},
		{"date", Officer, Create(other, Fields{"born": record.OfText("1954-02-30")}), fault.Invalid},
		{"reference", Officer, Create(other, Fields{"village": record.OfBytes([]byte{1})}), fault.Invalid},
		{"digest", Officer, Create(other, Fields{"photo": record.OfBytes([]byte{1})}), fault.Invalid},
		{"too large", Officer, Create(other, Fields{"name": record.OfText(strings.Repeat("x", record.MaxValueSize+1))}), fault.TooLarge},
		{"born deleted", Officer, Create(other, Fields{record.Deleted: record.OfBool(true)}), fault.Invalid},
		{"exists", Officer, Create(h, nil), fault.Conflict},
		{"edit of nothing", Officer, Edit(other, base, Fields{"people": record.OfInt(1)}), fault.NotFound},
		{"other header", Officer, Edit(moved, base, Fields{"people": record.OfInt(1)}), fault.Invalid},
		{"class above the role", Officer, Edit(h, base, Fields{"illness": record.OfText("x")}), fault.NotAllowed},
		{"action the role lacks", Cadre, Delete(h, base), fault.NotAllowed},
		{"kind the role lacks", Kiosk, Create(Header(Point, 2), nil), fault.NotAllowed},
		{"unknown role", "ghost", Create(other, nil), fault.NotAllowed},
		{"source above the role", Officer, proud, fault.NotAllowed},
		{"decision", Officer, Create(Header(Approval, 2), nil), fault.NotAllowed},
		{"resolve what is settled", Officer, act("x", h, record.Resolve, Fields{"name": record.OfText("a")}, base), fault.Invalid},
		{"discard of nothing", Officer, act("x", h, record.Discard, nil, base), fault.Invalid},
	} {
		t.Run(tc.name, func(t *testing.T) {
			_, err := w.As(tc.role).Apply(context.Background(), tc.act)
			wantKind(t, err, tc.want)
			if f := fault.From(err); err != nil && !strings.HasPrefix(f.Key, "record.") {
				t.Errorf("message key %q does not begin with record.", f.Key)
			}
		})
	}
	if got := mustBase(t, w.As(Officer), Here); got != base {
		t.Errorf("base moved from %v to %v", base, got)
	}
	if rows := mustList(t, w.As(Officer), record.Query{Kind: Household}); len(rows) != 1 {
		t.Errorf("%d households, want 1", len(rows))
	}

	t.Run("entry", func(t *testing.T) {
		p := Header(Point, 5)
		mustApply(t, w.As(Officer), Create(p, Fields{"amount": record.OfInt(3)}))
		_, err := w.As(Officer).Apply(context.Background(), Edit(p, base, Fields{"amount": record.OfInt(4)}))
		wantKind(t, err, fault.NotAllowed)
		_, err = w.As(Officer).Apply(context.Background(), Delete(p, base))
		wantKind(t, err, fault.NotAllowed)
	})
}

func testAllOrNothing(t *testing.T, w World) {
	s := w.As(Officer)
	a := Create(Header(Household, 1), Fields{"people": record.OfInt(1)})
	a.Writes = append(a.Writes, record.Write{Op: record.Edit, Header: Header(Household, 2), Fields: Fields{"people": record.OfInt(1)}})
	_, err := s.Apply(context.Background(), a)
	wantKind(t, err, fault.NotFound)
	if _, err := s.Get(context.Background(), ID(1)); fault.KindOf(err) != fault.NotFound {
		t.Error("the first write of a refused act is there")
	}

	a.Writes[1] = record.Write{Op: record.Edit, Header: Header(Household, 1), Fields: Fields{"dogs": record.OfInt(2)}}
	a.Writes = append(a.Writes, record.Write{Op: record.Create, Header: Header(Demand, 3), Fields: Fields{"amount": record.OfInt(500_000)}})
	mustApply(t, s, a)
	row := mustGet(t, s, ID(1))
	wantValue(t, row, "people", record.OfInt(1))
	wantValue(t, row, "dogs", record.OfInt(2))
	wantValue(t, mustGet(t, s, ID(3)), "amount", record.OfInt(500_000))
}

func testReceipts(t *testing.T, w World) {
	s := w.As(Officer)
	seen := map[record.Link]bool{}
	last := map[ident.Scope]uint64{}
	for n := range 6 {
		h := Header(Household, n+1)
		if n%2 == 1 {
			h.Scope = There
		}
		r := mustApply(t, s, Create(h, nil))
		if r.Outcome != record.Pending && r.Outcome != record.Accepted {
			t.Errorf("outcome = %v, want pending or accepted", r.Outcome)
		}
		if (r.Outcome == record.Pending) != (r.Version == 0) {
			t.Errorf("outcome %v with version %v", r.Outcome, r.Version)
		}
		if r.Link.Lane.Scope != h.Scope || r.Link.Lane.Incarnation.IsZero() || seen[r.Link] {
			t.Errorf("link %+v is of another scope, of no lane, or not new", r.Link)
		}
		seen[r.Link] = true
		if r.Link.Number != last[h.Scope]+1 {
			t.Errorf("number %d after %d", r.Link.Number, last[h.Scope])
		}
		last[h.Scope] = r.Link.Number
	}
}

func testContext(t *testing.T, w World) {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	_, err := w.As(Officer).Apply(ctx, Create(Header(Household, 1), nil))
	wantKind(t, err, fault.Canceled)
	_, err = w.As(Officer).Get(context.Background(), ID(1))
	wantKind(t, err, fault.NotFound)
}
