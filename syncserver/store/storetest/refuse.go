// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/store"
)

func testRefuse(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	cadre, officer := Enrol(t, st, "cadre", "cadre", Dasha, Luoyu), Enrol(t, st, "officer", "officer", Dasha, Luoyu)
	there, elsewhere := cadre.Header(t, "household", Dasha), officer.Header(t, "household", Luoyu)
	cadre.Put(t, st, record.Accepted, cadre.Own(Dasha), Create(there, Fields{"mu": Int(1)}))
	officer.Put(t, st, record.Accepted, officer.Own(Luoyu), Create(elsewhere, Fields{"mu": Int(1)}))
	point := cadre.Header(t, "point", Dasha)
	cadre.Put(t, st, record.Accepted, cadre.Own(Dasha), Create(point, Fields{"amount": Int(5)}))
	moved, renamed := elsewhere, there
	moved.Scope, renamed.Subject = Dasha, elsewhere.Subject
	fresh := func(kind record.Kind) record.Header { return cadre.Header(t, kind, Dasha) }

	tests := []struct {
		name   string
		by     *Device
		write  record.Write
		alter  func(*record.ChangeSet)
		reason string
		field  record.Field
	}{
		{"unknown kind", cadre, Create(fresh("orchard"), Fields{"trees": Int(3)}), nil, "kind", ""},
		{"unknown field", cadre, Create(fresh("household"), Fields{"drone": Int(3)}), nil, "field", "drone"},
		{"reserved field", officer, Edit(there, Fields{"~seen": Int(3)}), nil, "field", "~seen"},
		{"entry edited", cadre, Edit(point, Fields{"amount": Int(6)}), nil, "entry", ""},
		{"decision by an officer", officer, Create(fresh("decision"), Fields{"granted": record.OfBool(true)}), nil, "decision", ""},
		{"class above the role", cadre, Edit(there, Fields{"faith": Text("x")}), nil, "access", "faith"},
		{"action not the role's", cadre, record.Write{Op: record.Resolve, Header: there, Fields: Fields{"faith": Text("x")}}, nil, "access", "faith"},
		{"deletion by edit", Enrol(t, st, "kiosk", "kiosk", Dasha), Edit(there, Fields{record.Deleted: record.OfBool(true)}), nil, "access", record.Deleted},
		{"wrong type", cadre, Edit(there, Fields{"mu": Text("12")}), nil, "type", "mu"},
		{"reference of the wrong size", cadre, Edit(there, Fields{"plot": record.OfBytes([]byte("short"))}), nil, "type", "plot"},
		{"no such choice", cadre, Edit(there, Fields{"tier": Text("z")}), nil, "choice", "tier"},
		{"no such choice in a set", cadre, Edit(there, Fields{"crops": Set("rice", "tea")}), nil, "choice", "crops"},
		{"source above the role", cadre, Edit(there, Fields{"mu": Int(2)}), func(cs *record.ChangeSet) { cs.Source = record.Officer }, "source", ""},
		{"subject changed", cadre, Edit(renamed, Fields{"mu": Int(2)}), nil, "header", ""},
		{"record of another scope", cadre, Edit(moved, Fields{"mu": Int(2)}), nil, "missing", ""},
		{"record that is not there", cadre, Edit(fresh("household"), Fields{"mu": Int(2)}), nil, "missing", ""},
		{"record that is there", cadre, Create(there, Fields{"mu": Int(7)}), nil, "exists", ""},
		{"edit of nothing", cadre, Edit(there, nil), nil, "malformed", ""},
		{"base in the future", cadre, Edit(there, Fields{"mu": Int(2)}), func(cs *record.ChangeSet) { cs.Base.Number = cs.Link.Number }, "malformed", ""},
		{"field twice", cadre, Edit(there, Fields{"mu": Int(2)}), func(cs *record.ChangeSet) {
			cs.Writes = append(cs.Writes, Edit(there, Fields{"mu": Int(3)}))
		}, "twice", "mu"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before, _ := st.Scope(t.Context(), Dasha)
			cs := tt.by.Make(record.Base{}, tt.write)
			if tt.alter != nil {
				tt.alter(&cs)
			}
			r := tt.by.Send(t, st, cs)[0]
			if r.Outcome != record.Rejected || r.Reason != "sync.reject."+tt.reason || r.Field != tt.field {
				t.Errorf("got %s %s %s, want rejected for %s %s", r.Outcome, r.Reason, r.Field, tt.reason, tt.field)
			}
			after, _ := st.Scope(t.Context(), Dasha)
			if diff := cmp.Diff(before, after); diff != "" {
				t.Errorf("a refused change set moved the scope:\n%s", diff)
			}
			if next, _ := st.Lane(t.Context(), tt.by.Lane(Dasha)); next.Next != r.Link.Number+1 {
				t.Errorf("lane expects %d, want %d: a refused number is used up", next.Next, r.Link.Number+1)
			}
		})
	}
	t.Run("signed by the person", func(t *testing.T) { testSigned(t, st, officer, cadre) })
	t.Run("carried", func(t *testing.T) { testCarried(t, st, officer) })
}

// testCarried is a newer device: kinds and fields that the catalogue does not
// know yet are kept, as C3.
func testCarried(t *testing.T, st store.Store, officer *Device) {
	h := officer.Header(t, "orchard", Dasha)
	officer.Put(t, st, record.Accepted, officer.Own(Dasha), Create(h, Fields{"trees": Int(3)}))
	if got := Row(t, st, h.ID).Int("trees"); got != 3 {
		t.Errorf("unknown field: got %d, want 3", got)
	}
	analyst := Everyone()
	analyst.Role = "analyst"
	if _, err := st.As(analyst).Get(t.Context(), h.ID); err == nil {
		t.Error("an unknown field is in the view of an analyst")
	}
}

func testChained(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	d := Enrol(t, st, "officer", "officer", Dasha)
	h, other := d.Header(t, "household", Dasha), d.Header(t, "household", Dasha)
	base := func(n uint64) record.Base { return record.Base{Number: n} }
	send := func(base record.Base, replaces uint64, writes ...record.Write) record.Receipt {
		cs := d.Make(base, writes...)
		cs.Replaces = replaces
		return d.Send(t, st, cs)[0]
	}
	wants := func(name string, r record.Receipt, outcome record.Outcome, chained bool, first uint64) {
		t.Helper()
		if r.Outcome != outcome || r.Chained != chained || r.First != first {
			t.Errorf("%s: got %s %s chained %v first %d, want %s chained %v first %d",
				name, r.Outcome, r.Reason, r.Chained, r.First, outcome, chained, first)
		}
	}
	wants("1 create with a bad choice", send(base(0), 0, Create(h, Fields{"tier": Text("z")})), record.Rejected, false, 0)
	wants("2 edit of 1", send(base(1), 0, Edit(h, Fields{"mu": Int(1)})), record.Rejected, true, 1)
	wants("3 something else", send(base(2), 0, Create(other, Fields{"mu": Int(1)})), record.Accepted, false, 0)
	wants("4 edit of 2", send(base(3), 0, Edit(h, Fields{"mu": Int(2)}), Edit(other, Fields{"mu": Int(2)})), record.Rejected, true, 1)
	wants("5 what 4 touched", send(base(4), 0, Edit(other, Fields{"mu": Int(3)})), record.Rejected, true, 1)
	wants("6 seen before 4", send(base(3), 0, Edit(other, Fields{"mu": Int(4)})), record.Accepted, false, 0)
	wants("7 replaces 1", send(base(6), 1, Create(h, Fields{"tier": Text("a")})), record.Accepted, false, 0)
	wants("8 goes on", send(base(7), 0, Edit(h, Fields{"mu": Int(5)}), Edit(other, Fields{"mu": Int(5)})), record.Accepted, false, 0)

	wants("9 bad", send(base(8), 0, Edit(h, Fields{"tier": Text("z")})), record.Rejected, false, 0)
	give := record.Write{Op: record.Discard, Header: record.Header{Kind: "household", Scope: Dasha}}
	wants("10 discards 9", send(base(9), 9, give), record.Accepted, false, 0)
	wants("11 goes on", send(base(10), 0, Edit(h, Fields{"mu": Int(6)})), record.Accepted, false, 0)
	list, err := st.Receipts(t.Context(), d.Lane(Dasha), 9, 9)
	if err != nil || list[0].Outcome != record.Discarded || list[0].Reason != "sync.reject.choice" {
		t.Errorf("receipt of what was discarded: got %+v, %v", list, err)
	}
}

func testQuarantine(t *testing.T, open Open) {
	type world struct {
		st store.Store
		d  *Device
	}
	tests := []struct {
		name   string
		off    func(w world) error
		on     func(w world) error
		reason string
	}{
		{
			"device", func(w world) error { return w.st.SwitchOff(context.Background(), w.d.ID, true, Start) },
			func(w world) error { return w.st.SwitchOff(context.Background(), w.d.ID, false, Start) }, "off",
		},
		{
			"actor", func(w world) error {
				return w.st.SwitchOffActor(context.Background(), w.d.Login.Actor, true, Start)
			},
			func(w world) error {
				return w.st.SwitchOffActor(context.Background(), w.d.Login.Actor, false, Start)
			}, "off",
		},
		{
			"scope", func(w world) error { return w.st.Revoke(context.Background(), w.d.ID, Dasha, Start) },
			func(w world) error { return w.st.Grant(context.Background(), w.d.ID, Dasha, "officer", Start) }, "scope",
		},
		{
			"login", func(w world) error { w.d.Login.ID[15]++; return nil },
			func(w world) error { w.d.Login.ID[15]--; return nil }, "login",
		},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			st := must(t, open, NewSetup(t))
			d := Enrol(t, st, "officer", "officer", Dasha)
			w := world{st, d}
			d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
			if err := tt.off(w); err != nil {
				t.Fatal(err)
			}
			late := d.Header(t, "household", Dasha)
			r := d.Put(t, st, record.Quarantined, d.Own(Dasha), Create(late, Fields{"mu": Int(2), "holder": Text("示例")}))
			if r.Reason != "sync.quarantine."+tt.reason || r.Version != 0 {
				t.Errorf("receipt: %+v", r)
			}
			if _, err := st.As(Everyone()).Get(t.Context(), late.ID); err == nil {
				t.Error("quarantined work was applied")
			}
			list, err := st.Quarantine(t.Context())
			want := []store.Quarantined{{
				Link: r.Link, Actor: d.Login.Actor, Device: d.ID, Act: "household.edit",
				Reason: r.Reason, At: Start.Add(3600e9),
			}}
			if diff := cmp.Diff(want, list); diff != "" || err != nil {
				t.Errorf("quarantine: %v (-want +got):\n%s", err, diff)
			}
			if err := tt.on(w); err != nil {
				t.Fatal(err)
			}
			d.Put(t, st, record.Accepted, d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(3)}))
		})
	}
}

func testRules(t *testing.T, open Open) {
	var read store.Reader
	rule := func(ctx context.Context, r store.Reader, login store.Login, cs *record.ChangeSet) (*store.Refusal, error) {
		read = r
		w := cs.Writes[0]
		switch w.Fields["village"].Text() {
		case "forbidden":
			return &store.Refusal{Outcome: record.Rejected, Reason: "household.forbidden", Args: map[string]string{"n": "1"}, Record: w.Header, Field: "village"}, nil
		case "terrible":
			panic("a defect of a rule")
		}
		list, err := r.List(ctx, record.Query{Kind: "household", Scope: cs.Scope, Where: []record.Term{{Field: "holder", Value: Text("甲")}}})
		if err == nil && len(list) > 0 && w.Fields["holder"].Text() == "甲" {
			return &store.Refusal{Outcome: record.Rejected, Reason: "household.twice"}, nil
		}
		return nil, err
	}
	st := must(t, open, NewSetup(t, rule))
	d := Enrol(t, st, "officer", "officer", Dasha)
	make := func(village, holder string) record.ChangeSet {
		return d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"village": Text(village), "holder": Text(holder)}))
	}
	// All in one frame: a rule sees what the change sets before did.
	got := d.Send(t, st, make("大沙", "甲"), make("forbidden", "乙"), make("大沙", "甲"), make("terrible", "丙"), make("大沙", "丁"))
	if read == nil {
		t.Fatal("the rule was not asked")
	}
	want := []struct {
		outcome record.Outcome
		reason  string
	}{
		{record.Accepted, ""}, {record.Rejected, "household.forbidden"}, {record.Rejected, "household.twice"},
		{record.Quarantined, "sync.quarantine.failed"}, {record.Accepted, ""},
	}
	for i, w := range want {
		if got[i].Outcome != w.outcome || got[i].Reason != w.reason {
			t.Errorf("number %d: got %s %s, want %s %s", i+1, got[i].Outcome, got[i].Reason, w.outcome, w.reason)
		}
	}
	if got[4].Version != record.At(1, 2) || got[1].Field != "village" || got[1].Args["n"] != "1" {
		t.Errorf("receipts: %+v", got)
	}
}

// testSigned sends acts with the author's own signature: one that fits passes,
// in another lane as well; one by somebody else, or over something else, is
// refused.
func testSigned(t *testing.T, st store.Store, d, other *Device) {
	sign := func(cs *record.ChangeSet, key seal.SignPrivate) {
		t.Helper()
		(&Device{Person: key, rnd: d.rnd}).Sign(t, cs)
	}
	tests := []struct {
		name string
		key  seal.SignPrivate
		then func(*record.ChangeSet)
		want record.Outcome
	}{
		{"own", d.Person, func(*record.ChangeSet) {}, record.Accepted},
		{"own, base and floor altered", d.Person, func(cs *record.ChangeSet) { cs.Floor, cs.Base.Number = 5, 0 }, record.Accepted},
		{"somebody else's", other.Person, func(*record.ChangeSet) {}, record.Rejected},
		{"over another act", d.Person, func(cs *record.ChangeSet) { cs.Name = "household.other" }, record.Rejected},
		{"no signature at all", d.Person, func(cs *record.ChangeSet) { cs.PersonSignature = []byte{1} }, record.Rejected},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			cs := d.Make(d.Own(Dasha), Create(d.Header(t, "household", Dasha), Fields{"mu": Int(1)}))
			sign(&cs, tt.key)
			tt.then(&cs)
			r := d.Send(t, st, cs)[0]
			if r.Outcome != tt.want || tt.want == record.Rejected && r.Reason != "sync.reject.signature" {
				t.Errorf("got %s %s, want %s", r.Outcome, r.Reason, tt.want)
			}
		})
	}
}
