// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func numbers(rows []record.Row) []int {
	out := []int{}
	for _, r := range rows {
		out = append(out, int(r.Header.ID[7])|int(r.Header.ID[6])<<8)
	}
	return out
}

func testList(t *testing.T, w World) {
	s := w.As(Officer)
	for n := 1; n <= 4; n++ {
		h := Header(Household, n)
		if n == 4 {
			h.Scope = There
		}
		state := []string{"open", "closed"}[n%2]
		mustApply(t, s, Create(h, Fields{"state": record.OfText(state), "phone": record.OfText("1380000000" + string(rune('0'+n)))}))
	}
	mustApply(t, s, Create(Header(Demand, 5), nil))

	for _, tc := range []struct {
		name  string
		query record.Query
		want  []int
	}{
		{"kind", record.Query{Kind: Household}, []int{1, 2, 3, 4}},
		{"newest", record.Query{Kind: Household, Newest: true}, []int{4, 3, 2, 1}},
		{"scope", record.Query{Kind: Household, Scope: There}, []int{4}},
		{"subject", record.Query{Kind: Household, Subject: ident.Subject(ID(2))}, []int{2}},
		{"where", record.Query{Kind: Household, Where: []record.Term{{Field: "state", Value: record.OfText("closed")}}}, []int{1, 3}},
		{"two terms", record.Query{Kind: Household, Where: []record.Term{
			{Field: "state", Value: record.OfText("closed")}, {Field: "phone", Value: record.OfText("13800000003")},
		}}, []int{3}},
		{"where none", record.Query{Kind: Household, Where: []record.Term{{Field: "plate"}}}, []int{1, 2, 3, 4}},
		{"no match", record.Query{Kind: Household, Where: []record.Term{{Field: "state", Value: record.OfText("void")}}}, []int{}},
		{"empty kind", record.Query{Kind: Point}, []int{}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, numbers(mustList(t, s, tc.query))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
		})
	}

	t.Run("not indexed", func(t *testing.T) {
		_, err := s.List(context.Background(), record.Query{Kind: Household, Where: []record.Term{{Field: "people", Value: record.OfInt(1)}}})
		wantKind(t, err, fault.Unsupported)
	})
	t.Run("unknown kind", func(t *testing.T) {
		_, err := s.List(context.Background(), record.Query{Kind: "castle"})
		wantKind(t, err, fault.Unsupported)
	})
	t.Run("outside the view", func(t *testing.T) {
		_, err := w.As(Kiosk).List(context.Background(), record.Query{Kind: Household, Where: []record.Term{{Field: "phone", Value: record.OfText("13800000003")}}})
		wantKind(t, err, fault.NotAllowed)
	})
}

func testPages(t *testing.T, w World) {
	s := w.As(Officer)
	for n := 1; n <= 105; n++ {
		mustApply(t, s, Create(Header(Household, n), nil))
	}
	if n := len(mustList(t, s, record.Query{Kind: Household})); n != 100 {
		t.Errorf("without a limit %d rows, want 100", n)
	}
	for _, newest := range []bool{false, true} {
		q := record.Query{Kind: Household, Limit: 40, Newest: newest}
		var got []int
		for {
			rows := mustList(t, s, q)
			got = append(got, numbers(rows)...)
			if len(rows) < q.Limit {
				break
			}
			q.After = rows[len(rows)-1].Header.ID
		}
		var want []int
		for n := 1; n <= 105; n++ {
			if newest {
				want = append(want, 106-n)
			} else {
				want = append(want, n)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("newest %v: pages (-want +got):\n%s", newest, diff)
		}
	}
}

func testSearch(t *testing.T, w World) {
	s := w.As(Officer)
	for n, name := range []string{"陈秀英", "陈小明", "单雄信"} {
		mustApply(t, s, Create(Header(Household, n+1), Fields{
			"name": record.OfText(name), "plate": record.OfText([]string{"DS-001", "DS-002", "CJ-003"}[n]),
		}))
	}
	for _, tc := range []struct {
		search string
		want   []int
	}{
		{"陈", []int{1, 2}},
		{"秀英", []int{1}},
		{"chen", []int{1, 2}},
		{"cxm", []int{2}},
		{"ChenXiuYing", []int{1}},
		{"shan", []int{3}},
		{"ds-00", []int{1, 2}},
		{"王", []int{}},
	} {
		t.Run(tc.search, func(t *testing.T) {
			q := record.Query{Kind: Household, Search: tc.search}
			if w.NoSearch {
				_, err := s.List(context.Background(), q)
				wantKind(t, err, fault.Unsupported)
				return
			}
			if diff := cmp.Diff(tc.want, numbers(mustList(t, s, q))); diff != "" {
				t.Errorf("rows (-want +got):\n%s", diff)
			}
			if tc.search == "cxm" {
				if rows := mustList(t, w.As(Kiosk), q); len(rows) > 0 {
					t.Error("a search found a record by a field outside the view")
				}
			}
		})
	}
}

func testBest(t *testing.T, w World) {
	s := w.As(Officer)
	for n, name := range []string{"李陈", "陈", "陈秀英", "陈小明"} {
		mustApply(t, s, Create(Header(Household, n+1), Fields{"name": record.OfText(name)}))
	}
	for search, want := range map[string][]int{"陈": {2, 4, 3, 1}, "cx": {4, 3}, "": {4, 3, 2}} {
		q := record.Query{Kind: Household, Search: search, Best: true, After: Header(Household, 3).ID}
		if search == "" {
			q.Limit = 3
		}
		if w.NoSearch {
			_, err := s.List(context.Background(), q)
			wantKind(t, err, fault.Unsupported)
			continue
		}
		if diff := cmp.Diff(want, numbers(mustList(t, s, q))); diff != "" {
			t.Errorf("%q: rows (-want +got):\n%s", search, diff)
		}
	}
}

func testViews(t *testing.T, w World) {
	officer := w.As(Officer)
	h, d := Header(Household, 1), Header(Demand, 2)
	mustApply(t, officer, Create(h, Fields{"plate": record.OfText("DS-001"), "name": record.OfText("陈秀英")}))
	mustApply(t, officer, Create(d, Fields{"amount": record.OfInt(1)}))

	row := mustGet(t, w.As(Kiosk), h.ID)
	wantValue(t, row, "plate", record.OfText("DS-001"))
	if _, there := row.Fields["name"]; there {
		t.Error("the kiosk sees a field of class C2")
	}
	if rows := mustList(t, w.As(Kiosk), record.Query{Kind: Household}); len(rows) != 1 || len(rows[0].Fields) != 1 {
		t.Error("the kiosk's list is not cut to its view")
	}
	_, err := w.As(Kiosk).Get(context.Background(), d.ID)
	wantKind(t, err, fault.NotFound)
	if rows := mustList(t, w.As(Kiosk), record.Query{Kind: Demand}); len(rows) != 0 {
		t.Error("the kiosk lists a kind it may not read")
	}
	_, err = w.As("ghost").Get(context.Background(), h.ID)
	wantKind(t, err, fault.NotFound)
}

func testCopies(t *testing.T, w World) {
	s := w.As(Officer)
	h := Header(Household, 1)
	fields := Fields{"people": record.OfInt(4)}
	mustApply(t, s, Create(h, fields))
	fields["people"] = record.OfInt(5)
	row := mustGet(t, s, h.ID)
	wantValue(t, row, "people", record.OfInt(4))
	row.Fields["people"] = record.FieldState{}
	wantValue(t, mustGet(t, s, h.ID), "people", record.OfInt(4))
}

func testWatch(t *testing.T, w World) {
	s := w.As(Officer)
	watcher, ok := s.(record.Watcher)
	if !ok {
		return // an ability, not a duty
	}
	ctx, cancel := context.WithCancel(context.Background())
	ch := watcher.Watch(ctx)
	mustApply(t, s, Create(Header(Household, 1), nil))
	if got := <-ch; got != ID(1) {
		t.Errorf("told of %v, want the new record", got)
	}
	cancel()
	for range ch { // ends when the channel is closed
	}
}
