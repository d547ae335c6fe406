// SPDX-License-Identifier: Apache-2.0

package audit_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/shared/sync/recordtest"
)

var policy = &audit.Policy{Edition: 1, AgainMinutes: 15, Named: 3, HotMonths: 2}

// desk is a watched store and what it noted.
type desk struct {
	record.Store
	noted []audit.Entry
	fail  error
}

func watched(t *testing.T, st record.Store) *desk {
	t.Helper()
	d := new(desk)
	d.Store = audit.Watcher{Catalogue: recordtest.Catalogue(t), Policy: policy, Note: func(_ context.Context, e []audit.Entry) error {
		d.noted = append(d.noted, e...)
		return d.fail
	}}.Watch(st)
	return d
}

func records(t *testing.T) *memory.Store {
	return memory.New(memory.Options{
		Catalogue: recordtest.Catalogue(t), Access: recordtest.Access(t),
		Clock: new(recordtest.Clock).Now, Lane: ident.Incarnation{7},
	})
}

// TestWatchedIsAStore: watching changes nothing of what a store does.
func TestWatchedIsAStore(t *testing.T) {
	recordtest.TestStore(t, func(t *testing.T) recordtest.World {
		s := records(t)
		return recordtest.World{As: func(r record.Role) record.Store {
			return watched(t, s.As(memory.Session{Actor: ident.Actor{1}, Role: r})).Store
		}}
	})
}

// fill puts households into a store and returns their headers.
func fill(t *testing.T, st record.Store, n int) (all []record.Header) {
	t.Helper()
	for i := range n {
		h := recordtest.Header(recordtest.Household, i+1)
		all = append(all, h)
		act := record.Act{Name: "household.register", Scope: h.Scope, Writes: []record.Write{{Header: h, Op: record.Create, Fields: map[record.Field]record.Value{
			"plate": record.OfText("A"), "name": record.OfText("欧阳冬梅"), "phone": record.OfText("13900001111"),
		}}}}
		if _, err := st.Apply(context.Background(), act); err != nil {
			t.Fatal(err)
		}
	}
	return all
}

func touch(h record.Header, by ...record.Field) audit.Touch {
	return audit.Touch{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID, Fields: []record.Field{"name", "phone"}, By: by}
}

func TestWatchNotes(t *testing.T) {
	ctx := context.Background()
	plain := records(t).As(memory.Session{Actor: ident.Actor{1}, Role: recordtest.Officer})
	all := fill(t, plain, 5)
	home := record.Query{Kind: recordtest.Household, Scope: all[0].Scope}
	with := func(change func(*record.Query)) record.Query { q := home; change(&q); return q }

	for _, tc := range []struct {
		name string
		do   func(context.Context, record.Store) error
		want []audit.Entry
	}{
		{
			"one record", func(ctx context.Context, st record.Store) error { _, err := st.Get(ctx, all[1].ID); return err },
			[]audit.Entry{{Deed: audit.Read, Touched: []audit.Touch{touch(all[1])}}},
		},
		{
			"a short list names them", func(ctx context.Context, st record.Store) error {
				_, err := st.List(ctx, with(func(q *record.Query) { q.Limit = 2 }))
				return err
			},
			[]audit.Entry{{Deed: audit.List, Touched: []audit.Touch{touch(all[0]), touch(all[1])}}},
		},
		{
			"a long list counts them", func(ctx context.Context, st record.Store) error { _, err := st.List(ctx, home); return err },
			[]audit.Entry{{Deed: audit.List, Touched: []audit.Touch{
				{Kind: home.Kind, Scope: home.Scope, Fields: []record.Field{"name", "phone"}, Count: 5},
			}}},
		},
		{
			"a look-up by a number names the field, not the number", func(ctx context.Context, st record.Store) error {
				_, err := st.List(ctx, with(func(q *record.Query) {
					q.Limit, q.Where = 1, []record.Term{{Field: "phone", Value: record.OfText("13900001111")}}
				}))
				return err
			},
			[]audit.Entry{{Deed: audit.LookUp, Touched: []audit.Touch{touch(all[0], "phone")}}},
		},
		{
			"a look-up that finds nobody", func(ctx context.Context, st record.Store) error {
				_, err := st.List(ctx, with(func(q *record.Query) { q.Search = "查无此人" }))
				return err
			},
			[]audit.Entry{{Deed: audit.LookUp, Touched: []audit.Touch{
				{Kind: home.Kind, Scope: home.Scope, By: []record.Field{audit.FreeText}},
			}}},
		},
		{
			"a look-up everywhere that finds nobody", func(ctx context.Context, st record.Store) error {
				_, err := st.List(ctx, record.Query{Kind: home.Kind, Where: []record.Term{{Field: "phone", Value: record.OfText("1")}}})
				return err
			},
			[]audit.Entry{{Deed: audit.LookUp, Touched: []audit.Touch{{Kind: home.Kind, By: []record.Field{"phone"}}}}},
		},
		{
			"what is not there", func(ctx context.Context, st record.Store) error {
				_, _ = st.Get(ctx, ident.Record{99})
				return nil
			}, nil,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			d := watched(t, plain)
			if err := tc.do(ctx, d); err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tc.want, d.noted); diff != "" {
				t.Errorf("noted (-want +got):\n%s", diff)
			}
			for _, e := range d.noted {
				body, err := e.Encode()
				if err != nil || strings.Contains(string(body), "1390000") || strings.Contains(string(body), "欧阳") || strings.Contains(string(body), "查无") {
					t.Errorf("an entry holds a value, or does not encode: %s, %v", body, err)
				}
			}
		})
	}
}

// TestPageIsOneEntry: what a page reads in several steps is one entry, noted by
// whoever opened the page.
func TestPageIsOneEntry(t *testing.T) {
	plain := records(t).As(memory.Session{Actor: ident.Actor{1}, Role: recordtest.Officer})
	all := fill(t, plain, 2)
	d := watched(t, plain)
	ctx, page := audit.Open(context.Background())
	for _, h := range []record.Header{all[0], all[1], all[0]} {
		if _, err := d.Get(ctx, h.ID); err != nil {
			t.Fatal(err)
		}
	}
	want := []audit.Entry{{Deed: audit.Read, Touched: []audit.Touch{touch(all[0]), touch(all[1])}}}
	if diff := cmp.Diff(want, page.Entries(policy)); diff != "" || len(d.noted) > 0 {
		t.Errorf("page (-want +got):\n%s; noted besides: %v", diff, d.noted)
	}
}

// TestNoEntryNoData: what cannot be noted is not shown.
func TestNoEntryNoData(t *testing.T) {
	ctx := context.Background()
	plain := records(t).As(memory.Session{Actor: ident.Actor{1}, Role: recordtest.Officer})
	all := fill(t, plain, 1)
	d := watched(t, plain)
	d.fail = errors.New("full")
	if row, err := d.Get(ctx, all[0].ID); !errors.Is(err, d.fail) || len(row.Fields) > 0 {
		t.Errorf("get: %v, %v", row, err)
	}
	if rows, err := d.List(ctx, record.Query{Kind: all[0].Kind}); !errors.Is(err, d.fail) || len(rows) > 0 {
		t.Errorf("list: %v, %v", rows, err)
	}
}

// TestClassOneIsNotNoted: an analyst sees counts and places, and nothing is noted.
func TestClassOneIsNotNoted(t *testing.T) {
	ctx := context.Background()
	s := records(t)
	all := fill(t, s.As(memory.Session{Actor: ident.Actor{1}, Role: recordtest.Officer}), 1)
	d := watched(t, s.As(memory.Session{Actor: ident.Actor{2}, Role: recordtest.Analyst}))
	if _, err := d.Get(ctx, all[0].ID); err != nil || len(d.noted) > 0 {
		t.Errorf("%v, noted %v", err, d.noted)
	}
}

func TestMemory(t *testing.T) {
	m := audit.NewMemory(policy)
	h := recordtest.Header(recordtest.Household, 1)
	e := audit.Entry{Deed: audit.Read, Touched: []audit.Touch{touch(h)}}
	fresh := func(e audit.Entry, minute int64) bool { _, ok := m.Fresh(e, minute*60_000); return ok }
	if !fresh(e, 0) {
		t.Error("the first time is not noted")
	}
	if !fresh(e, 1) {
		t.Error("what failed to be noted is not noted again")
	}
	m.Noted(e, 0)
	if fresh(e, 14) || !fresh(e, 15) {
		t.Error("it is noted again before the time, or not after it")
	}
	if !fresh(e, -1) {
		t.Error("a clock that was set back hides a read")
	}
	more := e
	more.Touched = []audit.Touch{touch(h)}
	more.Touched[0].Fields = []record.Field{"income", "name", "phone"}
	if !fresh(more, 1) {
		t.Error("a field that was not seen before is not noted")
	}
	if !fresh(audit.Entry{Deed: audit.Export, Touched: e.Touched}, 1) {
		t.Error("an export after a read is not noted")
	}
}
