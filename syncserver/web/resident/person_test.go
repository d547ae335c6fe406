// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/credit/notice"
	"yuexin/shared/credit/points"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

// bind puts a household with a member behind a new plate 2, and another household behind plate 3.
func (w *world) bind() {
	w.t.Helper()
	for n, phone := range map[byte]string{2: "13900001234", 3: "13900005678"} {
		h := handle(n)
		w.createOf(ident.Subject{70 + n}, ident.Record{40 + n}, "household", map[record.Field]record.Value{
			"head_name": record.OfText("示例户主"), "phone": record.OfText(phone),
		})
		w.create(ident.Record{100 + n}, "plate", map[record.Field]record.Value{
			"handle": record.OfBytes(h[:]), "house_no": record.OfText("1"), "plate_state": record.OfText("bound"), "household": record.OfBytes(ident.Record{40 + n}.Bytes()),
		})
	}
	w.createOf(ident.Subject{72}, ident.Record{50}, "member", map[record.Field]record.Value{
		"household": record.OfBytes(ident.Record{42}.Bytes()), "name": record.OfText("示例女儿"), "phone": record.OfText("13700001111"),
	})
}

// TestOwnDemands: somebody who proved their phone reads every step of their own demands in words, with amounts, and of nobody
// else's; who proved nothing is asked to.
func TestOwnDemands(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	number := w.register(1, nil) // 19900001234
	w.register(1, func(f url.Values) {
		f.Set("contact", "helper")
		f.Set("helper_name", "陈丽")
		f.Set("phone", "13700001111")
	})
	if to := w.get(w.path(1) + "/MINE"); to.Code != http.StatusSeeOther || to.Header().Get("Location") != w.path(1)+"/PROVE?b=MINE" {
		t.Fatalf("without a proof: %d to %s", to.Code, to.Header().Get("Location"))
	}
	w.create(ident.Record{3}, "staff", map[record.Field]record.Value{"actor": record.OfBytes(ident.Actor{3}.Bytes()), "name": record.OfText("陈服务")})
	w.move(t, number, lending.Request{To: lending.Registered})
	w.move(t, number, lending.Request{To: lending.Assigned, Officer: ident.Actor{3}, Bank: w.bank})
	w.move(t, number, lending.Request{To: lending.Visited})
	w.move(t, number, lending.Request{To: lending.Intent, Amount: 40_000_00})
	b := w.browser()
	b.prove(1, got, "19900001234", "MINE")
	page := b.get(w.path(1) + "/MINE")
	wantStatus(t, page, 200, number, "已交给四会农商银行，由陈服务负责联系您", "陈服务已经上门看过", "金额：4万元", "核实无误", "5万元")
	byNumber := w.ask(1, number, "1234")
	wantStatus(t, byNumber, 200, "已交给四会农商银行", "陈服务已经上门看过")
	if strings.Contains(byNumber.Body.String(), "4万元") {
		t.Error("an amount is shown to who proved nothing")
	}
	helper := w.browser()
	helper.prove(1, got, "13700001111", "MINE")
	wantStatus(t, helper.get(w.path(1)+"/MINE"), 200, "没有找到您的需求")
	stranger := w.browser()
	stranger.prove(1, got, "13800000000", "MINE")
	wantStatus(t, stranger.get(w.path(1)+"/MINE"), 200, "没有找到您的需求")
}

// move lets the desk move a demand on.
func (w *world) move(t *testing.T, number string, r lending.Request) {
	t.Helper()
	w.pass(time.Minute)
	for _, row := range w.demands() {
		d := lending.DemandOf(row)
		if d.Receipt.String() != number {
			continue
		}
		by := lending.Author{Role: "desk", Source: record.Authoritative, NowMS: w.clock().UnixMilli(), Random: w.config.Random}
		act := must(w.config.Lending().Move(by, d, w.config.Lending().Fold(must(lending.Moves(t.Context(), w.desk, d.Header))), r))
		if _, err := w.desk.Apply(t.Context(), act); err != nil {
			t.Fatal(err)
		}
	}
}

// TestHousehold: head and member belong to the household behind their own plate, and to none at another; their demand is their
// household's.
func TestHousehold(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	for phone, want := range map[string]map[byte]bool{"13900001234": {2: true, 3: false}, "13700001111": {2: true, 3: false}, "13900005678": {2: false, 3: true}} {
		b := w.browser()
		b.prove(2, got, phone, "")
		w.pass(2 * time.Minute)
		for plate, belongs := range want {
			b.register(plate, func(f url.Values) { f.Set("phone", phone) })
			rows := w.demands()
			d := lending.DemandOf(rows[len(rows)-1])
			if (d.Household == ident.Record{40 + plate}) != belongs || d.Proof != "sms" {
				t.Errorf("%s at plate %d: household %v, proof %q", phone, plate, d.Household, d.Proof)
			}
			w.pass(2 * time.Hour) // another demand is allowed
			b.prove(2, got, phone, "")
		}
	}
}

// TestNotices: notices of the village and of everybody are shown until their last day; who read them is counted by the door, once,
// and named only where a household has proved who it is.
func TestNotices(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	tell := func(n byte, scope ident.Scope, title string) {
		w.pass(time.Second)
		one := notice.Notice{Header: record.Header{ID: ident.Record{60 + n}, Scope: scope}, Sort: notice.News, Title: title, Text: "第一行\n第二行", Publisher: "村委会", Until: "2026-11-30", At: w.clock().UnixMilli()}
		if _, err := w.desk.Apply(t.Context(), record.Act{Name: "notice.add", Scope: scope, Writes: []record.Write{one.Create()}}); err != nil {
			t.Fatal(err)
		}
	}
	tell(1, w.scope, "修路通知")
	tell(2, ident.Ref, "贴息政策")
	tell(3, ident.UnitScope(ident.Unit{99}), "别村的事")
	wantStatus(t, w.get(w.path(2)), 200, "村里公告", "贴息政策")
	page := w.get(w.path(2) + "/NOTICES")
	wantStatus(t, page, 200, "修路通知", "贴息政策", "第二行", "我看过了")
	if strings.Contains(page.Body.String(), "别村") {
		t.Error("a notice of another village is shown")
	}
	read := func(b *browser, plate, n byte) {
		t.Helper()
		wantStatus(t, b.post(w.path(plate)+"/NOTICES", url.Values{"notice": {ident.Record{60 + n}.String()}}), 200, "记下了")
	}
	nobody, own := w.browser(), w.browser()
	own.prove(2, got, "13900001234", "")
	for range 2 {
		read(nobody, 1, 1)
		read(nobody, 2, 1)
		read(own, 2, 1)
		read(own, 2, 2)
	}
	read(nobody, 3, 1)
	times := notice.Count(w.list(notice.KindRead))
	if one, two := times[ident.Record{61}], times[ident.Record{62}]; one.Read != 3 || len(one.Named) != 1 || two.Read != 1 || len(two.Named) != 1 || two.Named[0] != (ident.Record{42}) {
		t.Errorf("counted %+v", times)
	}
	for _, row := range w.list(notice.KindRead) {
		if r := notice.ReadOf(row); r.Household.IsZero() && (row.Header.Subject != ident.Subject{5} || len(row.Fields) > 3) {
			t.Errorf("a reading that nobody proved says %+v", row)
		}
	}
	wantStatus(t, own.get(w.path(2)+"/NOTICES"), 200, "已记下看过")
	wantStatus(t, nobody.post(w.path(2)+"/NOTICES", url.Values{"notice": {ident.Record{63}.String()}}), 404, "已经撤下")
	w.pass(9 * 24 * time.Hour)
	wantStatus(t, w.get(w.path(2)+"/NOTICES"), 200, "现在没有公告")
}

// TestPoints: both schemes and what earns points are for everybody, a balance for the household's own people.
func TestPoints(t *testing.T) {
	w := newWorld(t)
	w.bind()
	got := w.texts()
	policy := w.config.Points()
	give := func(id byte, scheme string, n int64) {
		h := record.Header{ID: ident.Record{id}, Kind: points.Kind, Scope: w.scope, Subject: ident.Subject{72}}
		e := points.Entry{Header: h, Scheme: scheme, Item: "x", Points: n, Day: "2026-11-20", Per: points.Month, Most: 9, AtMS: w.clock().UnixMilli()}
		a := points.Approval{Header: record.Header{ID: ident.Record{id, 1}, Scope: w.scope, Subject: ident.Subject{72}}, Entry: h.ID, AtMS: w.clock().UnixMilli()}
		for actor, write := range map[byte]record.Write{7: e.Create(), 8: a.Create()} {
			by := w.store.As(memory.Session{Role: "cadre", Actor: ident.Actor{actor}})
			if _, err := by.Apply(t.Context(), record.Act{Name: "test", Scope: w.scope, Writes: []record.Write{write}}); err != nil {
				t.Fatal(err)
			}
		}
	}
	for i, s := range policy.Schemes() {
		give(byte(80+i), s.ID, int64(7*(i+1)))
	}
	page := w.get(w.path(2) + "/POINTS")
	wantStatus(t, page, 200, "乡村治理积分", "文明实践积分", "证明是您本人")
	if strings.Contains(page.Body.String(), "7 分") && strings.Contains(page.Body.String(), "您家") {
		t.Error("a balance is shown to everybody")
	}
	b := w.browser()
	b.prove(2, got, "13900001234", "POINTS")
	wantStatus(t, b.get(w.path(2)+"/POINTS"), 200, "您家 7 分", "您家 14 分")
	if other := b.get(w.path(3) + "/POINTS"); strings.Contains(other.Body.String(), "您家 7") {
		t.Error("shown at a neighbour's door")
	}
}

// TestOwnConsents: whoever proved who they are sees whom they gave their consent, withdraws it once, and nobody else's.
func TestOwnConsents(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	w.register(1, nil)
	if to := w.get(w.path(1) + "/CONSENT"); to.Code != http.StatusSeeOther {
		t.Fatalf("without a proof: %d", to.Code)
	}
	b, other := w.browser(), w.browser()
	b.prove(1, got, "19900001234", "CONSENT")
	other.prove(1, got, "13800000000", "CONSENT")
	wantStatus(t, b.get(w.path(1)+"/CONSENT"), 200, "四会农商银行", "撤回同意", "为止", "联系方式")
	wantStatus(t, other.get(w.path(1)+"/CONSENT"), 200, "没有找到您给过的同意")
	end := url.Values{"consent": {w.list("consent")[0].Header.ID.String()}}
	wantStatus(t, other.post(w.path(1)+"/CONSENT", end), 404, "没有找到这项同意")
	for range 2 {
		wantStatus(t, b.post(w.path(1)+"/CONSENT", end), 200, "已经撤回")
	}
	if n := len(w.list("consent_end")); n != 1 {
		t.Errorf("%d withdrawals", n)
	}
}
