// SPDX-License-Identifier: Apache-2.0

package flow_test

import (
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/agent/flow"
	"yuexin/agent/stage"
	"yuexin/shared/credit/forms"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

var newMerchant = map[string]string{
	"name": "大沙水产店", "industry": "seafood", "market": "大沙市场", "stall": "A03", "operator_name": "周小梅", "phone": "138 0013 8099", "agree": "yes",
}

func TestRegisterMerchant(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.NewMerchant(ctx(), stage.Dasa)
	if err != nil {
		t.Fatal(err)
	}
	if _, _, err := e.Save(ctx()); !errors.Is(err, flow.Blocked) {
		t.Fatalf("an empty form: got %v", err)
	}
	labels := []string{}
	for _, p := range e.Problems() {
		labels = append(labels, p.Label)
	}
	want := []string{"商户名称", "行业", "经营者姓名", "联系电话", "我已看过授权书，同意建立商户信用档案", "统一社会信用代码"}
	if diff := cmp.Diff(want, labels); diff != "" {
		t.Error(diff)
	}
	fill(t, e, newMerchant)
	id, _, err := e.Save(ctx())
	if err != nil {
		t.Fatal(err)
	}
	x, err := s.Desk.Detail(ctx(), id)
	if err != nil || x.Title != "大沙水产店" || x.Place != "大沙市场 A03" || x.Village != "大沙村" || x.Phone != "13800138099" {
		t.Errorf("got %+v, %v", x, err)
	}
	l := s.Desk.Merchants()
	l.Search = "dssc"
	if err := l.Read(ctx()); err != nil || len(l.Lines()) != 1 || l.Lines()[0].ID != id {
		t.Errorf("found by initials: %v, %v", titles(l.Lines()), err)
	}
	row, _ := s.Desk.Store.Get(ctx(), id)
	consents, err := s.Desk.Store.List(ctx(), record.Query{Kind: "consent", Subject: row.Header.Subject})
	if err != nil || len(consents) != 1 || consents[0].Text("consent_purpose") != "merchant_file" || consents[0].Text("giver") != "周小梅" {
		t.Errorf("consents %v, %v", consents, err)
	}
}

func TestMerchantRefusals(t *testing.T) {
	for _, tc := range []struct{ name, path, text, want string }{
		{"credit code with a slip", "uscc", "91441200MA4UTEST00", "统一社会信用代码"},
		{"identity number with a slip", "operator_id", "441284199001011234", "经营者身份证号"},
		{"a child", "operator_id", "11010120200101103X", "经营者身份证号"},
		{"half a phone", "phone", "1380013", "联系电话"},
		{"opened tomorrow", "opened", "2026-11-23", "开业日期"},
		{"fewer than nobody", "employees", "-1", "从业人数"},
		{"no consent", "agree", "no", "我已看过授权书，同意建立商户信用档案"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := stage.New(i18n.ZhHans)
			e, err := s.Desk.NewMerchant(ctx(), stage.Fuxi)
			if err != nil {
				t.Fatal(err)
			}
			fill(t, e, newMerchant)
			_ = e.Session.Set(tc.path, tc.text) // its fault is what is tested
			if _, _, err := e.Save(ctx()); !errors.Is(err, flow.Blocked) {
				t.Fatalf("got %v", err)
			}
			p := e.Problems()
			if len(p) != 1 || p[0].Label != tc.want || p[0].Text == "" || p[0].Level != forms.Block {
				t.Errorf("got %+v, want one problem with %s", p, tc.want)
			}
		})
	}
}

func TestEditMerchant(t *testing.T) {
	s := stage.New(i18n.ZhHans)
	e, err := s.Desk.Edit(ctx(), stage.Shop)
	if err != nil {
		t.Fatal(err)
	}
	fill(t, e, map[string]string{"stall": "B14", "agree_finance": "yes", "yearly_revenue": "30万"})
	if _, _, err := e.Save(ctx()); err != nil {
		t.Fatal(err)
	}
	x, err := s.Desk.Detail(ctx(), stage.Shop)
	if err != nil || x.Place != "大沙市场 B14" {
		t.Fatalf("got %q, %v", x.Place, err)
	}
	if past := before(x, "档口"); len(past) != 1 || past[0].Value != "B12" || past[0].Who != "李金华" {
		t.Errorf("past %+v", past)
	}
	found := false
	for _, section := range x.Sections {
		for _, f := range section.Facts {
			found = found || f.Value == "30万元"
		}
	}
	if !found {
		t.Errorf("the revenue is not shown: %+v", x.Sections)
	}
}

func TestRegisterMerchantNeedsVillage(t *testing.T) {
	_, err := stage.New(i18n.ZhHans).Desk.NewMerchant(ctx(), "")
	wantKey(t, err, "agent.form.village")
}
