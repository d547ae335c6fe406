// SPDX-License-Identifier: Apache-2.0

package lending_test

import (
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// TestWholeWay takes one demand from a kiosk to the loan.
func TestWholeWay(t *testing.T) {
	w := newWorld(t)
	d := w.register("kiosk")
	if s := w.state(d); s.Status != lending.Unverified || len(s.Steps) != 1 {
		t.Fatalf("state = %s after a kiosk's registration", s.Status)
	}
	steps := []struct {
		role  record.Role
		hours int
		r     lending.Request
	}{
		{"cadre", 1, lending.Request{To: lending.Registered}},
		{"desk", 2, lending.Request{To: lending.Assigned, Officer: officer, Bank: bank}},
		{"officer", 20, lending.Request{To: lending.Contacted}},
		{"officer", 30, lending.Request{To: lending.Visited}},
		{"officer", 31, lending.Request{To: lending.Intent, Amount: 2_500_000}},
		{"reviewer", 50, lending.Request{To: lending.Credited, Amount: 2_000_000}},
		{"reviewer", 60, lending.Request{To: lending.Disbursed, Amount: 1_500_000}},
	}
	for _, step := range steps {
		s := w.state(d)
		w.must(w.move(step.role, step.hours, d, s, step.r))
	}
	s := w.state(d)
	if s.Status != lending.Disbursed || s.Intended != 2_500_000 || s.Credited != 2_000_000 || s.Disbursed != 1_500_000 {
		t.Errorf("state = %s, %d, %d, %d", s.Status, s.Intended, s.Credited, s.Disbursed)
	}
	if s.Officer != officer || s.Bank != bank || s.Since != start.Add(60*time.Hour).UnixMilli() {
		t.Errorf("officer %v, bank %v, since %d", s.Officer, s.Bank, s.Since)
	}
	for _, step := range s.Steps {
		if !step.Counted || step.Sentence == "" || !step.Sample {
			t.Errorf("step to %s: counted %v, sentence %q", step.To, step.Counted, step.Sentence)
		}
	}
	if last, ok := s.Last(); !ok || last.To != lending.Disbursed {
		t.Errorf("last = %s", last.To)
	}
	if next := w.policy.Next(s.Status, "desk"); len(next) != 0 {
		t.Errorf("a final state has moves %v", next)
	}
}

func TestDemandRoundTrip(t *testing.T) {
	w := newWorld(t)
	d := w.register("kiosk")
	row := w.rows[d.Header.ID]
	if diff := cmp.Diff(d, lending.DemandOf(row), cmp.AllowUnexported(ident.Mobile{})); diff != "" {
		t.Errorf("round trip (-want +got):\n%s", diff)
	}
	def, _ := w.cat.Kind(lending.KindDemand)
	for _, f := range def.Fields {
		if f.Format == record.FormatBlob {
			continue // a signed sheet is attached to it later
		}
		if f.Name == "proof" {
			continue // only of who proved on a phone who they are
		}
		if row.Value(f.Name).IsNone() {
			t.Errorf("%s is not written by a full demand", f.Name)
		}
	}
	if w, some := d.Changes(row); some {
		t.Errorf("changes %v of an untouched demand", w.FieldNames())
	}
	d.Contact, d.Phone, d.Asked = lending.ContactVillage, ident.Mobile{}, 4_000_000
	edit, _ := d.Changes(row)
	want := []record.Field{"asked", "contact", "phone"}
	if diff := cmp.Diff(want, edit.FieldNames()); diff != "" || !edit.Fields["phone"].IsNone() {
		t.Errorf("changes (-want +got):\n%s", diff)
	}
	w.must(w.by("officer", 1), record.Act{Name: "demand.edit", Scope: scope, Source: record.Officer, Writes: []record.Write{edit}})
}

func TestWhoStartsWhere(t *testing.T) {
	tests := map[record.Role]lending.Status{
		"kiosk": lending.Unverified, "resident": lending.Unverified, "cadre": lending.Registered,
		"officer": lending.Registered, "reviewer": lending.Registered, "admin": lending.Registered, "desk": lending.Registered,
	}
	for role, want := range tests {
		t.Run(string(role), func(t *testing.T) {
			w := newWorld(t)
			if got := w.state(w.register(role)).Status; got != want {
				t.Errorf("start = %s, want %s", got, want)
			}
		})
	}
	w := newWorld(t)
	if _, _, err := w.policy.NewDemand(w.by("analyst", 0), sample(t), mustConsent(t)); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("an analyst registers: %v", err)
	}
}

func TestNewDemandKeepsDraftIDs(t *testing.T) {
	w := newWorld(t)
	d := sample(t)
	d.Header.ID, d.Header.Subject = ident.Record{42}, ident.Subject{43}
	act, got, err := w.policy.NewDemand(w.by("kiosk", 0), d, mustConsent(t))
	if err != nil || got.Header.ID != d.Header.ID || len(act.Writes) != 3 {
		t.Fatalf("NewDemand = %v, %d writes, %v", got.Header, len(act.Writes), err)
	}
	for _, write := range act.Writes {
		if write.Header.Subject != d.Header.Subject || write.Header.Scope != scope {
			t.Errorf("%s is about %v in %s", write.Header.Kind, write.Header.Subject, write.Header.Scope)
		}
	}
}

func TestCheckDemand(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		edit func(*lending.Demand)
		want []string
	}{
		{"no amount", func(d *lending.Demand) { d.Asked = 0 }, []string{"demand.asked asked"}},
		{"endless", func(d *lending.Demand) { d.TermMonths = 121 }, []string{"demand.term term_months"}},
		{"nobody", func(d *lending.Demand) { d.Applicant = " " }, []string{"demand.name applicant_name"}},
		{"helper without a phone", func(d *lending.Demand) { d.Phone = ident.Mobile{} }, []string{"demand.phone phone"}},
		{"no way back", func(d *lending.Demand) { d.Contact = "pigeon" }, []string{"demand.contact contact"}},
		{"no purpose, bad receipt", func(d *lending.Demand) { d.Purpose, d.Receipt = "", "123" }, []string{"demand.receipt receipt_no", "demand.purpose purpose"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w, d := newWorld(t), sample(t)
			tt.edit(&d)
			_, _, err := w.policy.NewDemand(w.by("kiosk", 0), d, mustConsent(t))
			var got []string
			for _, f := range fault.All(err) {
				got = append(got, f.Key+" "+f.Field)
				texts.Printer(i18n.En).Explain(f)
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("faults (-want +got):\n%s", diff)
			}
		})
	}
	if got := texts.Missing(); len(got) > 0 {
		t.Errorf("missing texts: %v", got)
	}
}

func TestMoveRefuses(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name string
		role record.Role
		at   lending.Status
		r    lending.Request
		want string
	}{
		{"no such move", "officer", lending.Registered, lending.Request{To: lending.Disbursed}, "demand.move.illegal"},
		{"out of an end", "desk", lending.Declined, lending.Request{To: lending.Registered}, "demand.move.illegal"},
		{"an officer grants", "officer", lending.Intent, lending.Request{To: lending.Credited, Amount: 1}, "demand.move.role"},
		{"an administrator grants", "admin", lending.Intent, lending.Request{To: lending.Credited, Amount: 1}, "demand.move.role"},
		{"no reason", "reviewer", lending.Visited, lending.Request{To: lending.Declined, Reason: " "}, "demand.move.reason"},
		{"no amount", "reviewer", lending.Intent, lending.Request{To: lending.Credited}, "demand.move.amount"},
		{"an amount too many", "officer", lending.Assigned, lending.Request{To: lending.Contacted, Amount: 1}, "demand.move.amount_extra"},
		{"assigned to nobody", "desk", lending.Registered, lending.Request{To: lending.Assigned, Bank: bank}, "demand.move.assign"},
		{"more than granted", "reviewer", lending.Credited, lending.Request{To: lending.Disbursed, Amount: 1}, "demand.move.over"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			_, err := w.policy.Move(w.by(tt.role, 1), sample(t), lending.State{Status: tt.at}, tt.r)
			if got := fault.From(err); got == nil || got.Key != tt.want {
				t.Errorf("Move error = %v, want %s", err, tt.want)
			}
			texts.Printer(i18n.En).Explain(err)
		})
	}
	if got := texts.Missing(); len(got) > 0 {
		t.Errorf("missing texts: %v", got)
	}
}
