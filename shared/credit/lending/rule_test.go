// SPDX-License-Identifier: Apache-2.0

package lending_test

import (
	"context"
	"errors"
	"testing"

	"yuexin/assets"
	"yuexin/shared/credit/lending"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func TestRuleRefuses(t *testing.T) {
	texts, err := i18n.Load(assets.Locales())
	if err != nil {
		t.Fatal(err)
	}
	register := func(w *world, role record.Role) record.Act {
		act, _, err := w.policy.NewDemand(w.by(role, 0), sample(t), mustConsent(t))
		if err != nil {
			t.Fatal(err)
		}
		return act
	}
	tests := []struct {
		name string
		role record.Role
		act  func(w *world) record.Act
		want string
	}{
		{"a demand without a move", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes = act.Writes[:2]
			return act
		}, "demand.move.start"},
		{"a start without a demand", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes = act.Writes[2:]
			return act
		}, "demand.move.start"},
		{"two moves at once", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			second := act.Writes[2]
			second.Header.ID = ident.Record{99}
			act.Writes = append(act.Writes, second)
			return act
		}, "demand.move.illegal"},
		{"a bad demand", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes[1].Fields["asked"] = record.OfInt(-5)
			return act
		}, "demand.asked"},
		{"no consent", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes = act.Writes[1:]
			return act
		}, "demand.consent.missing"},
		{"a demand that names no consent", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			delete(act.Writes[1].Fields, "consent")
			return act
		}, "demand.consent.missing"},
		{"a consent to another bank", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes[0].Fields["recipient"] = record.OfBytes(ident.Org{77}.Bytes())
			return act
		}, "demand.consent.other"},
		{"a consent to something else", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes[0].Fields["consent_purpose"] = record.OfText("finance")
			return act
		}, "demand.consent.other"},
		{"somebody else's consent", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes[0].Header.Subject = ident.Subject{77}
			return act
		}, "demand.consent.other"},
		{"a kiosk poses as a cadre", "kiosk", func(w *world) record.Act {
			return register(w, "cadre")
		}, "demand.move.forged"},
		{"a kiosk skips the check", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes[2].Fields["to"] = record.OfText("registered")
			act.Writes[2].Fields["sentence"] = record.OfText("demand.sentence.registered")
			return act
		}, "demand.move.role"},
		{"another sentence", "kiosk", func(w *world) record.Act {
			act := register(w, "kiosk")
			act.Writes[2].Fields["sentence"] = record.OfText("demand.sentence.credited")
			return act
		}, "demand.move.forged"},
		{"a move of nothing", "cadre", func(w *world) record.Act {
			d := sample(t)
			d.Header.ID = ident.Record{55}
			_, act := w.move("cadre", 1, d, lending.State{Status: lending.Unverified}, lending.Request{To: lending.Registered})
			return act
		}, "demand.move.missing"},
		{"a stale decision", "reviewer", func(w *world) record.Act {
			d := w.register("officer")
			_, act := w.move("reviewer", 1, d, lending.State{Status: lending.Visited}, lending.Request{To: lending.Declined, Reason: "示例"})
			return act
		}, "demand.move.stale"},
		{"the receipt is edited", "officer", func(w *world) record.Act {
			d := w.register("officer")
			edit := record.Write{Op: record.Edit, Header: d.Header, Fields: map[record.Field]record.Value{"receipt_no": record.OfText("1")}}
			return record.Act{Name: "demand.edit", Scope: scope, Writes: []record.Write{edit}}
		}, "demand.fixed"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			act := tt.act(w)
			act.Source = 0
			refusal, err := w.judge(tt.role, act)
			if err != nil || refusal == nil || refusal.Fault.Key != tt.want || refusal.Record.ID.IsZero() {
				t.Fatalf("Rule = %+v, %v; want %s", refusal, err, tt.want)
			}
			texts.Printer(i18n.En).Explain(refusal.Fault)
		})
	}
	if got := texts.Missing(); len(got) > 0 {
		t.Errorf("missing texts: %v", got)
	}
}

// TestRuleTakesLateMoves: what an officer did offline is never refused for being late.
func TestRuleTakesLateMoves(t *testing.T) {
	w := newWorld(t)
	d := w.register("officer")
	w.must(w.move("desk", 1, d, w.state(d), lending.Request{To: lending.Assigned, Officer: officer, Bank: bank}))
	seen := w.state(d)
	w.must(w.move("reviewer", 2, d, seen, lending.Request{To: lending.Declined, Reason: "示例"}))
	w.must(w.move("officer", 3, d, seen, lending.Request{To: lending.Visited}))
	s := w.state(d)
	if s.Status != lending.Declined || len(s.Steps) != 4 || s.Steps[3].Counted {
		t.Errorf("state = %s, last counted %v", s.Status, s.Steps[3].Counted)
	}
}

func TestRulePassesReadErrorsOn(t *testing.T) {
	w := newWorld(t)
	d := w.register("officer")
	_, act := w.move("desk", 1, d, w.state(d), lending.Request{To: lending.Assigned, Officer: officer, Bank: bank})
	w.broken = errBroken
	if refusal, err := w.policy.Rule(context.Background(), w, "desk", &record.ChangeSet{Act: act}); !errors.Is(err, errBroken) || refusal != nil {
		t.Errorf("Rule = %v, %v", refusal, err)
	}
}

func TestRuleIgnoresOtherKinds(t *testing.T) {
	w := newWorld(t)
	act := record.Act{Name: "x", Scope: scope, Writes: []record.Write{{Op: record.Create, Header: record.Header{Kind: "household"}}, {Op: record.Discard}}}
	if refusal, err := w.policy.Rule(context.Background(), w, "cadre", &record.ChangeSet{Act: act}); refusal != nil || err != nil {
		t.Errorf("Rule = %v, %v", refusal, err)
	}
}
