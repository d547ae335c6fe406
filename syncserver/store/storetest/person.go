// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

func login(role record.Role, scopes ...ident.Scope) store.Login {
	l := Everyone()
	l.Role, l.Scopes = role, scopes
	return l
}

func testPerson(t *testing.T, open Open) {
	t.Run("acts", func(t *testing.T) { testActs(t, open) })
	t.Run("refused acts", func(t *testing.T) { testRefusedActs(t, open) })
	t.Run("sees what the role and the scopes allow", func(t *testing.T) { testSight(t, open) })
}

func testActs(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d, p := Enrol(t, st, "officer", "officer", Dasha), st.As(Everyone())
	h := d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"holder": Text("甲")}))

	base, err := p.Base(t.Context(), Dasha)
	if err != nil || base.Version != record.At(1, 1) {
		t.Fatalf("base: got %+v, %v", base, err)
	}
	grant := d.Header(t, "decision", Dasha)
	act := record.Act{
		Name: "desk.grant", Scope: Dasha, Base: base, Source: record.Authoritative,
		Writes: []record.Write{Create(grant, Fields{"granted": record.OfBool(true)}), Edit(h, Fields{"holder": Text("乙")})},
	}
	r, err := p.Apply(t.Context(), act)
	if err != nil || r.Outcome != record.Accepted || r.Version != record.At(1, 2) || r.Link.Number != 1 {
		t.Fatalf("apply: got %+v, %v", r, err)
	}
	if got := Row(t, st, h.ID); got.Text("holder") != "乙" || got.Fields["holder"].Winner.Actor != Everyone().Actor {
		t.Errorf("holder: got %q", got.Text("holder"))
	}
	// An officer who had not seen it wrote at the same time, by a later clock.
	d.Clock = 2 * 3600_000
	d.Put(t, st, record.Merged, record.Base{Version: record.At(1, 1), Number: 1}, Edit(h, Fields{"holder": Text("丙")}))
	next, err := p.Base(t.Context(), Dasha)
	if err != nil || next != (record.Base{Version: record.At(1, 3), Number: 1}) {
		t.Errorf("base afterwards: got %+v, %v", next, err)
	}
	history, err := p.History(t.Context(), h.ID)
	if err != nil || len(history) != 2 || history[0].Value.Text() != "乙" || history[0].ReplacedBy != 0 ||
		history[1].Value.Text() != "甲" || history[1].ReplacedBy != record.At(1, 2) {
		t.Errorf("history: got %+v, %v", history, err)
	}
	if list, err := st.Receipts(t.Context(), r.Link.Lane, 1, 1); err != nil || len(list) != 1 || list[0].Version != r.Version {
		t.Errorf("receipt of the server's own lane: got %+v, %v", list, err)
	}
}

func testRefusedActs(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"mu": Int(1)}))
	off := login("desk")
	off.Off = true
	tests := []struct {
		name  string
		login store.Login
		write record.Write
		kind  fault.Kind
		key   string
		field string
	}{
		{"role may not", login("analyst"), Edit(h, Fields{"mu": Int(2)}), fault.NotAllowed, "sync.reject.access", ""},
		{"not the desk", login("officer"), Create(d.Header(t, "decision", Dasha), Fields{"granted": record.OfBool(true)}), fault.NotAllowed, "sync.reject.decision", ""},
		{"wrong choice", login("desk"), Edit(h, Fields{"tier": Text("z")}), fault.Invalid, "sync.reject.choice", "tier"},
		{"not there", login("desk"), Edit(d.Header(t, "household", Dasha), Fields{"mu": Int(2)}), fault.NotFound, "sync.reject.missing", ""},
		{"there already", login("desk"), Create(h, Fields{"mu": Int(2)}), fault.Conflict, "sync.reject.exists", ""},
		{"scope not theirs", login("desk", Luoyu), Edit(h, Fields{"mu": Int(2)}), fault.NotAllowed, "sync.quarantine.scope", ""},
		{"switched off", off, Edit(h, Fields{"mu": Int(2)}), fault.NotAllowed, "sync.quarantine.off", ""},
		{"reserved operation", login("desk"), record.Write{Op: record.Erase, Header: h}, fault.Unsupported, "sync.reject.operation", ""},
		{"too much", login("desk"), Edit(h, Fields{"village": Text(string(make([]byte, record.MaxValueSize+1)))}), fault.TooLarge, "sync.reject.limit", ""},
		{"without a kind", login("desk"), Edit(record.Header{ID: h.ID, Scope: Dasha}, Fields{"mu": Int(2)}), fault.Invalid, "sync.reject.malformed", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, _ := st.Scope(t.Context(), Dasha)
			_, err := st.As(tt.login).Apply(t.Context(), record.Act{Name: "desk.edit", Scope: Dasha, Writes: []record.Write{tt.write}})
			got := fault.From(err)
			if err == nil || got.Kind != tt.kind || got.Key != tt.key || got.Field != tt.field {
				t.Errorf("got %v, want %s %s %s", err, tt.kind, tt.key, tt.field)
			}
			after, _ := st.Scope(t.Context(), Dasha)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("a refused act moved the scope:\n%s", diff)
			}
		})
	}
	r, err := st.As(login("desk")).Apply(t.Context(), record.Act{Name: "desk.edit", Scope: Dasha, Writes: []record.Write{Edit(h, Fields{"age": Int(2)})}})
	if err != nil || r.Link.Number != 1 {
		t.Errorf("first act that passes: got number %d, %v, want 1: refused acts use up none", r.Link.Number, err)
	}
	if list, err := st.Quarantine(t.Context()); err != nil || len(list) != 0 {
		t.Errorf("quarantine: got %d, %v: refused acts of the server are not kept", len(list), err)
	}
}

func testSight(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	h, sealed := d.Header(t, "household", Dasha), d.Header(t, "household", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(h, Fields{"mu": Int(1), "holder": Text("甲"), "faith": Text("x")}))
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(sealed, Fields{"holder": Text("乙")}))
	d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(h, Fields{"mu": Int(2), "holder": Text("丙"), "faith": Text("y")}))
	for role, want := range map[record.Role][2]int{"officer": {3, 3}, "cadre": {2, 2}, "analyst": {1, 1}} {
		p := st.As(login(role))
		row, err := p.Get(t.Context(), h.ID)
		if err != nil || len(row.Fields) != want[0] {
			t.Errorf("%s: got %v, %v, want %d fields", role, row.FieldNames(), err, want[0])
		}
		if past, err := p.History(t.Context(), h.ID); err != nil || len(past) != want[1] {
			t.Errorf("%s: got %d values of history, %v, want %d", role, len(past), err, want[1])
		}
	}
	hidden := []struct {
		name string
		get  func() error
	}{
		{"record without a field of the view", func() error { _, err := st.As(login("analyst")).Get(t.Context(), sealed.ID); return err }},
		{"record of another scope", func() error { _, err := st.As(login("officer", Luoyu)).Get(t.Context(), h.ID); return err }},
		{"its history", func() error { _, err := st.As(login("officer", Luoyu)).History(t.Context(), h.ID); return err }},
		{"base of another scope", func() error { _, err := st.As(login("officer", Luoyu)).Base(t.Context(), Dasha); return err }},
		{"record that is not there", func() error { _, err := st.As(login("officer")).Get(t.Context(), ident.Record{1}); return err }},
	}
	for _, tt := range hidden {
		if err := tt.get(); !fault.Is(err, fault.NotFound) {
			t.Errorf("%s: got %v, want not found", tt.name, err)
		}
	}
}

func testQuery(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha, Luoyu)
	var all []record.Header
	for i, scope := range []ident.Scope{Dasha, Luoyu, Dasha, Luoyu, Dasha} {
		h := d.Header(t, "household", scope)
		h.ID[5] = byte(i) // ids in the order in which they were made, whatever the clock
		all = append(all, h)
		d.Put(t, st, record.Accepted, d.Own(scope), Create(h, Fields{
			"village": Text([]string{"大沙", "罗源"}[i%2]), "holder": Text([]string{"陈秀英", "李伟", "陈秀英", "王芳", "王芳"}[i]),
		}))
	}
	d.Put(t, st, record.Accepted, d.Seen(t, st, Dasha), Edit(all[2], Fields{"holder": Text("李伟")}))
	where := func(f record.Field, v string) []record.Term { return []record.Term{{Field: f, Value: Text(v)}} }
	tests := []struct {
		name  string
		login store.Login
		q     record.Query
		want  []int
	}{
		{"all", login("desk"), record.Query{}, []int{0, 1, 2, 3, 4}},
		{"newest first", login("desk"), record.Query{Newest: true, Limit: 2}, []int{4, 3}},
		{"the next page", login("desk"), record.Query{Newest: true, Limit: 2, After: all[3].ID}, []int{2, 1}},
		{"oldest first, continued", login("desk"), record.Query{Limit: 2, After: all[1].ID}, []int{2, 3}},
		{"one scope", login("desk"), record.Query{Scope: Luoyu}, []int{1, 3}},
		{"scopes of the login", login("officer", Dasha), record.Query{}, []int{0, 2, 4}},
		{"a scope not of the login", login("officer", Dasha), record.Query{Scope: Luoyu}, nil},
		{"one subject", login("desk"), record.Query{Subject: all[3].Subject}, []int{3}},
		{"clear index", login("analyst"), record.Query{Where: where("village", "罗源")}, []int{1, 3}},
		{"blind index", login("officer"), record.Query{Where: where("holder", "李伟")}, []int{1, 2}},
		{"blind index, replaced value", login("officer"), record.Query{Where: where("holder", "陈秀英")}, []int{0}},
		{"both", login("officer"), record.Query{Where: append(where("holder", "王芳"), where("village", "大沙")...)}, []int{4}},
		{"nothing", login("officer"), record.Query{Where: where("holder", "nobody")}, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			tt.q.Kind = "household"
			rows, err := st.As(tt.login).List(t.Context(), tt.q)
			if err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, row := range rows {
				for i, h := range all {
					if row.Header == h {
						got = append(got, i)
					}
				}
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	refused := []struct {
		name  string
		login store.Login
		q     record.Query
		kind  fault.Kind
	}{
		{"field without index", login("desk"), record.Query{Kind: "household", Where: where("tier", "a")}, fault.Unsupported},
		{"field beyond the view", login("analyst"), record.Query{Kind: "household", Where: where("holder", "李伟")}, fault.NotAllowed},
		{"search over sealed fields", login("desk"), record.Query{Kind: "household", Search: "李"}, fault.Unsupported},
		{"search without a field to search", login("desk"), record.Query{Kind: "point", Search: "5"}, fault.Unsupported},
	}
	for _, tt := range refused {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := st.As(tt.login).List(t.Context(), tt.q); !fault.Is(err, tt.kind) {
				t.Errorf("got %v, want %s", err, tt.kind)
			}
		})
	}
	unit := d.Header(t, "unit", Dasha)
	d.Put(t, st, record.Accepted, d.Own(Dasha), Create(unit, Fields{"name": Text("大沙村委")}))
	if rows, err := st.As(login("officer")).List(t.Context(), record.Query{Kind: "unit", Search: "沙村"}); err != nil || len(rows) != 1 || rows[0].Header != unit {
		t.Errorf("search over clear fields: got %d, %v", len(rows), err)
	}
}
