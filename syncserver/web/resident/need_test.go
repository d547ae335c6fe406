// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

func TestDemandIsRegisteredInOneAct(t *testing.T) {
	w := newWorld(t)
	number := w.register(1, nil)

	demands, moves, consents := w.demands(), w.list("demand_move"), w.list("consent")
	if len(demands) != 1 || len(moves) != 1 || len(consents) != 1 {
		t.Fatalf("got %d demands, %d moves, %d consents, want one each", len(demands), len(moves), len(consents))
	}
	row, d := demands[0], lending.DemandOf(demands[0])
	if v := row.Version; moves[0].Version != v || consents[0].Version != v {
		t.Errorf("got versions %v, %v, %v, want one act", v, moves[0].Version, consents[0].Version)
	}
	if got, want := row.Header.Scope, w.scope; got != want {
		t.Errorf("got scope %v, want %v", got, want)
	}
	if got, want := row.Fields["asked"].Winner.Source, record.SelfDeclared; got != want {
		t.Errorf("got source %d, want %d", got, want)
	}
	got := []string{
		d.Receipt.String(), d.Channel, d.Via, d.Applicant, d.Phone.String(), d.Asked.String(), d.Purpose, d.Recipient.String(),
		string(lending.MoveOf(moves[0]).To), consents[0].Text("consent_purpose"), consents[0].Text("given"),
	}
	want := []string{
		number, "phone", "plate", "陈秀英", "19900001234", "50000.00", "breeding", w.bank.String(),
		"unverified", "loan_demand", "phone",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if d.Plate != handle(1) || d.TermMonths != 12 || d.Sample {
		t.Errorf("got plate %v, %d months, sample %t", d.Plate, d.TermMonths, d.Sample)
	}
}

// A demand is about whoever filled in the form, not about the household that
// the plate belongs to.
func TestDemandHasItsOwnSubject(t *testing.T) {
	w := newWorld(t)
	w.register(1, nil)
	w.register(1, nil)
	demands := w.demands()
	if a, b := demands[0].Header.Subject, demands[1].Header.Subject; a.IsZero() || a == b {
		t.Errorf("got subjects %v and %v, want two", a, b)
	}
}

func TestContacts(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(url.Values)
		want   string
	}{
		{"own", nil, "手机号后四位"},
		{"helper", func(f url.Values) { f.Set("contact", "helper"); f.Set("helper_name", "陈小明") }, "手机号后四位"},
		{"village, a phone typed by mistake", func(f url.Values) { f.Set("contact", "village") }, "请把编号和查询码记下"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			form := w.form(1)
			if tt.change != nil {
				tt.change(form)
			}
			wantStatus(t, w.post(w.path(1)+"/NEED", form), 200, tt.want)
			d := lending.DemandOf(w.demands()[0])
			if got, want := d.Phone.IsZero(), d.Contact == "village"; got != want {
				t.Errorf("%s: got no phone %t, want %t", d.Contact, got, want)
			}
		})
	}
}

func TestFormRefusals(t *testing.T) {
	set := func(field, value string) func(url.Values) { return func(f url.Values) { f.Set(field, value) } }
	for _, tt := range []struct {
		name   string
		change func(url.Values)
		field  string
		want   string
	}{
		{"no name", set("applicant_name", "　 "), "applicant_name", "必须填写"},
		{"long name", set("applicant_name", strings.Repeat("长", 61)), "applicant_name", "写得太长"},
		{"no amount", set("asked", ""), "asked", "必须填写"},
		{"amount in letters", set("asked", "很多"), "asked", "看不懂"},
		{"万 forgotten", set("asked", "5"), "asked", "填得太小"},
		{"too much", set("asked", "2亿"), "asked", "填得太大"},
		{"negative", set("asked", "-3万"), "asked", "不能是负数"},
		{"no purpose", set("purpose", ""), "purpose", "必须填写"},
		{"purpose of another program", set("purpose", "gold"), "purpose", "没有这个选项"},
		{"another purpose without words", set("purpose", "other"), "purpose_text", "必须填写"},
		{"no term", set("term_months", ""), "term_months", "必须填写"},
		{"term of another program", set("term_months", "999"), "term_months", "填得太大"},
		{"no contact", set("contact", ""), "contact", "必须填写"},
		{"no phone", set("phone", ""), "phone", "必须填写"},
		{"short phone", set("phone", "1990000123"), "phone", "应为 11 位，现在是 10 位"},
		{"nameless helper", set("contact", "helper"), "helper_name", "必须填写"},
		{"no consent", set("agree", ""), "agree", "必须填写"},
		{"consent refused", set("agree", "no"), "agree", "没有同意，就不能登记贷款需求"},
		{"consent to another text", set("wording", "0.org_x"), "agree", "刚刚更新了"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			form := w.form(1)
			tt.change(form)
			got := w.post(w.path(1)+"/NEED", form)
			wantStatus(t, got, http.StatusBadRequest, tt.want, `id="e-`+tt.field+`"`, "有 1 处要改")
			if form.Get("applicant_name") == "陈秀英" && !strings.Contains(got.Body.String(), `value="陈秀英"`) {
				t.Error("what was typed is gone")
			}
			if n := len(w.demands()); n != 0 {
				t.Errorf("got %d demands, want none", n)
			}
			// Corrected, the same form is taken.
			again := w.form(1)
			again.Set("slip", slipPattern.FindStringSubmatch(got.Body.String())[1])
			wantStatus(t, w.post(w.path(1)+"/NEED", again), 200, "登记好了")
		})
	}
}

// A double tap, a reload, ten at the same moment: one demand, one receipt.
func TestSameFormSameReceipt(t *testing.T) {
	w := newWorld(t)
	form := w.form(1)
	numbers := make([]string, 10)
	var all sync.WaitGroup
	for i := range numbers {
		all.Go(func() {
			numbers[i] = numberPattern.FindString(w.post(w.path(1)+"/NEED", form).Body.String())
		})
	}
	all.Wait()
	for _, got := range numbers {
		if got == "" || got != numbers[0] {
			t.Fatalf("got receipts %q, want the same", numbers)
		}
	}
	if n := len(w.demands()); n != 1 {
		t.Errorf("got %d demands, want 1", n)
	}
	w.pass(48 * time.Hour)
	w.open() // a restart
	again := w.post(w.path(1)+"/NEED", form)
	wantStatus(t, again, 200, numbers[0])
	if strings.Contains(again.Body.String(), "以前已经交过") {
		t.Error("an unchanged form is said to have changed")
	}
	form.Set("asked", "8万")
	wantStatus(t, w.post(w.path(1)+"/NEED", form), 200, numbers[0], "5万元", "以前已经交过")
}

func TestSlips(t *testing.T) {
	w := newWorld(t)
	w.plate(2, "三组", "13号", "issued", ident.Record{})
	other := w.form(2).Get("slip")
	for name, slip := range map[string]string{"none": "", "garbage": "%%%", "of another plate": other, "forged": other[:20] + "AAAA" + other[24:]} {
		t.Run(name, func(t *testing.T) {
			form := w.form(1)
			form.Set("slip", slip)
			got := w.post(w.path(1)+"/NEED", form)
			wantStatus(t, got, http.StatusForbidden, "这张表已经失效", `value="陈秀英"`)
			if fresh := slipPattern.FindStringSubmatch(got.Body.String()); fresh == nil || fresh[1] == slip {
				t.Error("the page has no new slip")
			}
		})
	}
	form := w.form(1)
	w.pass(25 * time.Hour)
	wantStatus(t, w.post(w.path(1)+"/NEED", form), http.StatusBadRequest, "打开超过一天", `value="陈秀英"`)
	if n := len(w.demands()); n != 0 {
		t.Errorf("got %d demands, want none", n)
	}
}

func TestLanguageChangesWithoutLosingWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	form := w.form(1)
	form.Set("relang", "en")
	got := w.post(w.path(1)+"/NEED", form)
	wantStatus(t, got, 200, `lang="en"`, `value="陈秀英"`, "Register a loan demand", "?l=en")
	if n := len(w.demands()); n != 0 {
		t.Errorf("got %d demands, want none", n)
	}
	form.Del("relang")
	wantStatus(t, w.post(w.path(1)+"/NEED?l=en", form), 200, "Registered", "Receipt number")
	wantStatus(t, w.post(w.path(1)+"/NEED", url.Values{"slip": form["slip"], "relang": {"zh-Hans"}}), 200, "登记好了")
}

// Whoever agreed to one bank has not agreed to another.
func TestConsentIsToTheBankThatWasNamed(t *testing.T) {
	w := newWorld(t)
	form := w.form(1)
	other := ident.Org{10}
	w.create(ident.Record(other), "org", map[record.Field]record.Value{"name": record.OfText("四会邮储银行")})
	w.create(ident.Record{7}, "posting", map[record.Field]record.Value{
		"officer": record.OfBytes(ident.Actor{3}.Bytes()), "bank": record.OfBytes(other.Bytes()), "from": record.OfText("2026-11-01"),
	})
	wantStatus(t, w.post(w.path(1)+"/NEED", form), http.StatusBadRequest, "刚刚更新了", "四会邮储银行")
	if n := len(w.demands()); n != 0 {
		t.Errorf("got %d demands, want none", n)
	}
}

func TestVillageWithoutABank(t *testing.T) {
	w := newWorld(t)
	w.scope = ident.UnitScope(ident.Unit{77})
	w.create(ident.Record{77}, "unit", map[record.Field]record.Value{"name": record.OfText("安二村")})
	w.plate(3, "", "8号", "issued", ident.Record{})
	wantStatus(t, w.get(w.path(3)), 200, "安二村", "8号")
	wantStatus(t, w.get(w.path(3)+"/NEED"), http.StatusNotFound, "现在还不能在手机上登记", "0758-1234567")

	w.config.Fallback = w.bank
	w.open()
	wantStatus(t, w.get(w.path(3)+"/NEED"), 200, "四会农商银行")
}

// failing is a store that cannot write.
type failing struct{ record.Store }

func (failing) Apply(context.Context, record.Act) (record.Receipt, error) {
	return record.Receipt{}, errors.New("disk is full")
}

func TestFailureKeepsWhatWasTyped(t *testing.T) {
	w := newWorld(t)
	w.config.Resident = failing{w.resident}
	w.open()
	form := w.form(1)
	got := w.post(w.path(1)+"/NEED", form)
	wantStatus(t, got, http.StatusServiceUnavailable, "还没有登记上", `value="陈秀英"`, form.Get("slip"))

	w.config.Resident = w.resident
	w.open()
	wantStatus(t, w.post(w.path(1)+"/NEED", form), 200, "登记好了")
	for _, private := range []string{"陈秀英", "19900001234", "50000"} {
		if strings.Contains(w.log.String(), private) {
			t.Errorf("the log holds %q:\n%s", private, w.log.String())
		}
	}
	if !strings.Contains(w.log.String(), "disk is full") {
		t.Errorf("the log does not say what went wrong:\n%s", w.log.String())
	}
}

func TestTooManyDemands(t *testing.T) {
	w := newWorld(t)
	for range 4 {
		w.register(1, nil)
	}
	got := w.post(w.path(1)+"/NEED", w.form(1))
	wantStatus(t, got, http.StatusTooManyRequests, "打开得太频繁", `value="陈秀英"`)
	if after := got.Header().Get("Retry-After"); after != "1800" {
		t.Errorf("got Retry-After %q, want 1800", after)
	}
	w.pass(31 * time.Minute)
	w.register(1, nil)
	if n := len(w.demands()); n != 5 {
		t.Errorf("got %d demands, want 5", n)
	}
}
