// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"errors"
	"testing"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

var newDemand = map[string]string{"asked": "5万", "purpose": "planting", "term_months": "12", "agree": "yes"}

func mustDemand(t *testing.T, s *stage.Stage, of ident.Record) *flow.Entry {
	t.Helper()
	e, err := s.Desk.NewDemand(ctx(), of)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

func mobile(text string) ident.Mobile {
	m, err := ident.ParseMobile(text)
	if err != nil {
		panic(err)
	}
	return m
}

// TestNewDemand registers a demand of a household and of a merchant: one act with consent and first move, and a number.
func TestNewDemand(t *testing.T) {
	for _, tc := range []struct {
		name string
		of   ident.Record
		want lending.Demand
	}{
		{"household with a plate", stage.Chen, lending.Demand{Applicant: "陈秀英", Phone: mobile("13800138001"), Household: stage.Chen}},
		{"merchant", stage.Shop, lending.Demand{Applicant: "黄桂芳", Phone: mobile("13800138003"), Merchant: stage.Shop}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := stage.New(i18n.ZhHans)
			e := mustDemand(t, s, tc.of)
			if e.Changed() {
				t.Error("changed before anything was typed")
			}
			fill(t, e, newDemand)
			id, rc, err := e.Save(ctx())
			if err != nil || rc.Outcome != record.Accepted {
				t.Fatalf("got %v, %v", rc.Outcome, err)
			}
			row, err := s.Desk.Store.Get(ctx(), id)
			if err != nil {
				t.Fatal(err)
			}
			got := lending.DemandOf(row)
			if tc.of == stage.Chen && got.Plate != s.Tokens[0].Unverified().Handle {
				t.Errorf("plate %x", got.Plate)
			}
			if number, err := receipt.Parse(e.Number.String()); err != nil || number != got.Receipt {
				t.Errorf("number %q, on the demand %q: %v", e.Number, got.Receipt, err)
			}
			if got.Consent.IsZero() || got.Recipient.IsZero() || got.Header.Scope != stage.Fuxi {
				t.Errorf("consent %v, recipient %v, scope %v", got.Consent, got.Recipient, got.Header.Scope)
			}
			want := tc.want
			want.Header, want.Receipt, want.Plate, want.Consent, want.Recipient = got.Header, got.Receipt, got.Plate, got.Consent, got.Recipient
			want.Channel, want.Via, want.Contact, want.Asked, want.TermMonths, want.Purpose, want.Form, want.Sample = "agent", "picked", lending.ContactOwn, 5_000_000, 12, "planting", "demand 1", true
			if got != want {
				t.Errorf("got %+v, want %+v", got, want)
			}
			x, err := s.Desk.Demand(ctx(), id)
			if err != nil || x.State != "已登记" || x.Told != e.Next() || x.Receipt != e.Number.String() {
				t.Errorf("got %+v, %v", x, err)
			}
			consents, err := s.Desk.Store.List(ctx(), record.Query{Kind: "consent", Scope: stage.Fuxi, Where: []record.Term{{Field: "consent_purpose", Value: record.OfText("loan_demand")}}, Newest: true, Limit: 1})
			if err != nil || len(consents) != 1 || consents[0].Text("given") != "paper" || consents[0].Text("giver") != tc.want.Applicant {
				t.Errorf("consent %v, %v", consents, err)
			}
		})
	}
}

func TestNewDemandRefusals(t *testing.T) {
	for _, tc := range []struct {
		name, path, text string
		want             string // label of the question that is refused
	}{
		{"no amount", "asked", "", "想贷多少钱"},
		{"too much", "asked", "600万", "想贷多少钱"},
		{"no term", "term_months", "", "想借多少个月"},
		{"too long", "term_months", "500", "想借多少个月"},
		{"no purpose", "purpose", "", "主要用来做什么"},
		{"no name", "applicant_name", "", "申请人姓名"},
		{"half a phone", "phone", "1380013", "手机号"},
		{"no consent", "agree", "no", "我已看过授权书，同意把以上内容提供给银行"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := stage.New(i18n.ZhHans)
			e := mustDemand(t, s, stage.Chen)
			fill(t, e, newDemand)
			_ = e.Session.Set(tc.path, tc.text) // its fault is what is tested
			if _, _, err := e.Save(ctx()); !errors.Is(err, flow.Blocked) {
				t.Fatalf("got %v", err)
			}
			if p := e.Problems(); len(p) == 0 || p[0].Label != tc.want {
				t.Errorf("got %+v, want a problem with %s", p, tc.want)
			}
			if e.Number != "" {
				t.Errorf("number %s was used up", e.Number)
			}
		})
	}
}

// TestNewDemandNeedsBank: where no bank is responsible nobody could be named in the consent.
func TestNewDemandNeedsBank(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	s.At(stage.Now.AddDate(-1, 0, 0)) // before anybody was posted
	_, err := s.Desk.NewDemand(ctx(), stage.Chen)
	wantKey(t, err, "agent.demand.closed")
	_, err = s.Desk.NewDemand(ctx(), ident.Record{9})
	if !fault.Is(err, fault.NotFound) {
		t.Errorf("got %v", err)
	}
}

// TestNewDemandKeepsNumber: after a fault of the store, another try has the number that the first one took.
func TestNewDemandKeepsNumber(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	broken := &breaking{Store: s.Desk.Store}
	s.Desk.Store = broken
	e := mustDemand(t, s, stage.Chen)
	fill(t, e, newDemand)
	if _, _, err := e.Save(ctx()); !fault.Is(err, fault.Exhausted) {
		t.Fatalf("got %v", err)
	}
	first := e.Number
	s.Desk.Store = broken.Store
	if _, _, err := e.Save(ctx()); err != nil || e.Number != first || first == "" {
		t.Errorf("numbers %q, then %q: %v", first, e.Number, err)
	}
}

// TestTrayDemand: a demand that the server refused is corrected under the number that the person was told.
func TestTrayDemand(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	capture := &capturing{Store: s.Desk.Store}
	s.Desk.Store = capture
	e := mustDemand(t, s, stage.Chen)
	fill(t, e, newDemand)
	id, _, err := e.Save(ctx())
	if err != nil {
		t.Fatal(err)
	}
	s.Desk.Store = capture.Store
	s.Tray.Refuse(capture.act, "sync.reject.choice", "purpose", nil)
	list, err := s.Desk.Returns(ctx(), s.Tray)
	if err != nil || len(list) != 1 || !list[0].Correctable || list[0].Title != "陈秀英 登记贷款需求" {
		t.Fatalf("got %+v, %v", list, err)
	}
	again, err := s.Desk.Correct(ctx(), s.Tray, list[0])
	if err != nil {
		t.Fatal(err)
	}
	fill(t, again, map[string]string{"purpose": "breeding"})
	sent, _, err := again.Save(ctx())
	if err != nil || sent != id || again.Number != e.Number {
		t.Errorf("record %v with %s, want %v with %s: %v", sent, again.Number, id, e.Number, err)
	}
	if x, err := s.Desk.Demand(ctx(), id); err != nil || x.Purpose != "养殖" {
		t.Errorf("got %q, %v", x.Purpose, err)
	}
	if list, _ = s.Desk.Returns(ctx(), s.Tray); len(list) != 0 {
		t.Errorf("still in the tray: %v", list)
	}
}
