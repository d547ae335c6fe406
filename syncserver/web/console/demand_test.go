// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/syncserver/web/htmlcheck"
)

// namesIn returns the applicants of a list, in order.
func namesIn(t *testing.T, p page) []string {
	t.Helper()
	var names []string
	for _, n := range htmlcheck.Find(t, p.body, "#results tbody tr td a.first") {
		names = append(names, htmlcheck.TextOf(n))
	}
	return names
}

func TestListOrderAndFilters(t *testing.T) {
	w := newWorld(t)
	all := []string{
		"何伟强", "李德昌", "黄桂芳", "陈秀英", // unassigned, the longest wait first
		"莫永泰", "谢国栋", "罗燕红", // overdue, likewise
		"林少芬", "邓惠琼", // under way, the newest first
		"欧阳德仁", "植志坚", "刘彩霞", // ended, the latest first
	}
	tests := []struct {
		user, query string
		want        []string
	}{
		{"admin", "", all},
		{"admin", "?unassigned=1", []string{"何伟强", "李德昌", "黄桂芳", "陈秀英"}},
		{"admin", "?overdue=1", []string{"何伟强", "李德昌", "莫永泰", "谢国栋", "罗燕红"}},
		{"admin", "?open=1", all[:9]},
		{"admin", "?state=registered", []string{"何伟强", "黄桂芳"}},
		{"admin", "?channel=agent", []string{"林少芬", "植志坚"}},
		{"admin", "?village=" + url.QueryEscape(string(w.village["马房村"])), []string{"何伟强", "莫永泰", "欧阳德仁"}},
		{"admin", "?bank=" + w.org["四会泰隆村镇银行"].String() + "&state=visited", []string{"林少芬"}},
		{"admin", "?receipt=" + url.QueryEscape(w.demand["邓惠琼"].Receipt.String()), []string{"邓惠琼"}},
		{"admin", "?receipt=1234", nil},
		{"admin", "?state=nonsense", nil},
		{"liang", "", []string{"李德昌", "黄桂芳", "陈秀英", "谢国栋", "罗燕红", "林少芬", "邓惠琼", "植志坚", "刘彩霞"}},
		{"liang", "?mine=1", []string{"谢国栋", "罗燕红", "邓惠琼"}},
		{"liang", "?village=" + url.QueryEscape(string(w.village["马房村"])), nil},
		{"he", "", []string{"黄桂芳", "陈秀英", "谢国栋", "邓惠琼", "刘彩霞"}},
		{"feng", "", []string{"林少芬", "植志坚"}},
	}
	for _, tt := range tests {
		t.Run(tt.user+tt.query, func(t *testing.T) {
			got := w.login(tt.user).get("/demands" + tt.query)
			if diff := cmp.Diff(tt.want, namesIn(t, got)); diff != "" {
				t.Errorf("names (-want +got):\n%s", diff)
			}
			if tt.want == nil {
				htmlcheck.Run(t, got.body, htmlcheck.Text(".empty", "请放宽筛选条件"))
			}
		})
	}
}

func TestListShowsFiguresAndTimeLimits(t *testing.T) {
	w := newWorld(t)
	got := w.login("admin").get("/demands?state=intent")
	htmlcheck.Run(t, got.body,
		htmlcheck.Texts(".figures .figure", "4 待分派", "5 已超期", "9 办理中"),
		htmlcheck.Text("#results tbody tr", "已超期 3 天"), htmlcheck.Text("#results tbody tr", "20万元"),
		htmlcheck.Text("#results tbody tr", "四会农商银行"), htmlcheck.Text("#results .pager", "共 1 条"),
		htmlcheck.Some("select[name=state] option[value=intent][selected]"))
}

func TestPagingMissesNothingAndRepeatsNothing(t *testing.T) {
	w := newWorld(t)
	for i := range 60 {
		w.now = w.now.Add(1)
		w.register(wish{name: fmt.Sprintf("示例%02d", i), village: "富溪村", channel: "kiosk", yuan: 10_000, months: 12, purpose: "planting"})
	}
	b := w.login("admin")
	seen := map[string]int{}
	path, pages := "/demands?channel=kiosk", 0
	for path != "" {
		p := b.get(path)
		for _, name := range namesIn(t, p) {
			seen[name]++
		}
		path, pages = "", pages+1
		for _, n := range htmlcheck.Find(t, p.body, "#results #next") {
			path = strings.TrimPrefix(htmlcheck.AttrOf(n, "href"), "/console")
		}
		if pages == 2 { // while somebody turns pages, another demand comes in
			w.register(wish{name: "后来的", village: "大沙村", channel: "kiosk", yuan: 10_000, months: 12, purpose: "planting"})
		}
	}
	if pages != 3 || len(seen) < 65 {
		t.Errorf("%d demands on %d pages", len(seen), pages)
	}
	for name, n := range seen {
		if n != 1 {
			t.Errorf("%s is there %d times", name, n)
		}
	}
	for _, bad := range []string{"x", "1.2.3", "1.2.3.4", "zz.0.0." + w.demand["陈秀英"].Header.ID.String() + ".9"} {
		if got := b.get("/demands?after=" + url.QueryEscape(bad)); got.status != http.StatusOK || len(namesIn(t, got)) != 25 {
			t.Errorf("cursor %q: %d", bad, got.status)
		}
	}
}

func TestListFollowsTheStore(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	before := len(namesIn(t, b.get("/demands")))
	w.register(wish{name: "周新来", village: "马房村", channel: "phone", yuan: 10_000, months: 12, purpose: "living"})
	w.move(w.village["马房村"])
	if got := len(namesIn(t, b.get("/demands"))); got != before+1 {
		t.Errorf("%d demands, want %d", got, before+1)
	}
	w.register(wish{name: "周又来", village: "大沙村", channel: "phone", yuan: 10_000, months: 12, purpose: "living"})
	w.move("") // too slow to say which: all of them
	if got := len(namesIn(t, b.get("/demands"))); got != before+2 {
		t.Errorf("%d demands, want %d", got, before+2)
	}
}

func TestDemandPage(t *testing.T) {
	w := newWorld(t)
	got := w.login("admin").get(w.at("邓惠琼"))
	htmlcheck.Run(t, got.body,
		htmlcheck.Text("h1", "邓惠琼"), htmlcheck.Text("h1 .tag", "授信"),
		htmlcheck.Texts(".amounts dd", "9万元", "8万元", "8万元", "—"),
		htmlcheck.Text("#facts", "24 个月"), htmlcheck.Text("#facts", "三组 18 号"), htmlcheck.Text("#facts", "19900001234"),
		htmlcheck.Text("#facts", "四会市 大沙镇 富溪村"), htmlcheck.Text("#facts", "同意提供给 四会农商银行"), htmlcheck.Text("#facts", "在屏幕上写下姓名"),
		htmlcheck.Count("ol.trail li", 7),
		htmlcheck.Text("ol.trail li", "苏绮雯（银行审核人）"), htmlcheck.Text("ol.trail li", "原因：两年按时还款，贡柑园 12 亩"),
		htmlcheck.Text("ol.trail blockquote", "银行已经同意给您贷款"), htmlcheck.Text("ol.trail li", "服务官 梁志明，银行 四会农商银行"),
		htmlcheck.Texts(".steps li.now", "授信"), htmlcheck.Count(".steps li.done", 6),
		htmlcheck.Text("#next", "没有要您办理的事"))
	got = w.login("su").get(w.at("刘彩霞"))
	htmlcheck.Run(t, got.body, htmlcheck.Texts(".steps li.stopped", "未通过"), htmlcheck.Count(".steps li.done", 2))
}

func TestConsentThatWasWithdrawn(t *testing.T) {
	w := newWorld(t)
	d := w.demand["邓惠琼"]
	w.withdraws(d.Consent)
	got := w.login("admin").get(w.at("邓惠琼"))
	htmlcheck.Run(t, got.body, htmlcheck.Text("#facts", "撤回授权"))
}

func TestAnalystSeesNoPerson(t *testing.T) {
	w := newWorld(t)
	b := w.login("deng")
	for _, path := range []string{"/demands", w.at("邓惠琼"), w.at("何伟强"), "/villages"} {
		p := b.get(path)
		if p.status != http.StatusOK {
			t.Fatalf("%s: %d", path, p.status)
		}
		for name := range w.demand {
			if strings.Contains(p.body, name) {
				t.Errorf("%s shows a name", path)
			}
		}
		for _, secret := range []string{"19900001234", "万元", "两年按时还款", "三组", "种植"} {
			if strings.Contains(p.body, secret) {
				t.Errorf("%s shows %s", path, secret)
			}
		}
	}
	htmlcheck.Run(t, b.get(w.at("何伟强")).body, htmlcheck.None("#next form"), htmlcheck.Some(".masked"))
	htmlcheck.Run(t, b.get("/demands").body, htmlcheck.Count("#results tbody tr", 12))
	got := b.post(w.at("何伟强")+"/moves", url.Values{"from": {"registered"}, "to": {"declined"}, "reason": {"x"}})
	if got.status != http.StatusForbidden || w.applied != 0 {
		t.Errorf("an analyst moved a demand: %d", got.status)
	}
}

func TestOnlyTheOwnDemands(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		user, demand string
		status       int
	}{
		{"su", "邓惠琼", 200},
		{"feng", "邓惠琼", 404}, // of the other bank
		{"feng", "林少芬", 200},
		{"su", "林少芬", 404},
		{"su", "陈秀英", 200}, // not assigned yet; the applicant named this bank
		{"feng", "陈秀英", 404},
		{"he", "邓惠琼", 200},
		{"he", "罗燕红", 404}, // of another village
		{"liang", "莫永泰", 404},
	}
	for _, tt := range tests {
		t.Run(tt.user+" "+tt.demand, func(t *testing.T) {
			b := w.login(tt.user)
			got := b.get(w.at(tt.demand))
			if got.status != tt.status {
				t.Errorf("page: %d, want %d", got.status, tt.status)
			}
			if tt.status == 404 {
				htmlcheck.Run(t, got.body, htmlcheck.NoText("body", tt.demand), htmlcheck.Text(".empty", "不在您的职责范围内"))
				form := url.Values{"from": {string(w.state(w.demand[tt.demand]).Status)}, "to": {"declined"}, "reason": {"x"}}
				if got := b.post(w.at(tt.demand)+"/moves", form); got.status != 404 {
					t.Errorf("move: %d", got.status)
				}
			}
		})
	}
	if w.applied != 0 {
		t.Error("something was applied")
	}
}

func TestMovesOffered(t *testing.T) {
	w := newWorld(t)
	tests := []struct {
		user, demand string
		want         []string
	}{
		{"admin", "陈秀英", []string{"move-registered", "move-declined", "move-withdrawn"}},
		{"admin", "何伟强", []string{"move-assigned", "move-declined", "move-withdrawn"}},
		{"admin", "莫永泰", []string{"move-declined", "move-withdrawn"}},
		{"liang", "罗燕红", []string{"move-contacted", "move-visited", "move-withdrawn"}},
		{"su", "莫永泰", []string{"move-credited", "move-declined"}},
		{"su", "邓惠琼", []string{"move-disbursed"}},
		{"liang", "邓惠琼", nil},
		{"feng", "植志坚", nil},
	}
	for _, tt := range tests {
		t.Run(tt.user+" "+tt.demand, func(t *testing.T) {
			var got []string
			for _, n := range htmlcheck.Find(t, w.login(tt.user).get(w.at(tt.demand)).body, ".moves details") {
				got = append(got, htmlcheck.AttrOf(n, "id"))
			}
			if diff := cmp.Diff(tt.want, got); diff != "" {
				t.Errorf("moves (-want +got):\n%s", diff)
			}
		})
	}
}

func TestMove(t *testing.T) {
	w := newWorld(t)
	officer, bank := w.actor["黎婉仪"].String(), w.org["四会泰隆村镇银行"].String()
	tests := []struct {
		user, demand string
		form         url.Values
		status       lending.Status
	}{
		{"he", "陈秀英", url.Values{"from": {"unverified"}, "to": {"registered"}}, lending.Registered},
		{"admin", "何伟强", url.Values{"from": {"registered"}, "to": {"assigned"}, "officer": {officer}, "bank": {bank}}, lending.Assigned},
		{"liang", "罗燕红", url.Values{"from": {"assigned"}, "to": {"contacted"}, "reason": {"下午再去"}}, lending.Contacted},
		{"su", "莫永泰", url.Values{"from": {"intent"}, "to": {"credited"}, "amount": {"15万"}}, lending.Credited},
		{"su", "邓惠琼", url.Values{"from": {"credited"}, "to": {"disbursed"}, "amount": {"80,000 元"}}, lending.Disbursed},
		{"admin", "李德昌", url.Values{"from": {"unverified"}, "to": {"declined"}, "reason": {"  已在别处贷款  "}}, lending.Declined},
	}
	for _, tt := range tests {
		t.Run(tt.demand, func(t *testing.T) {
			b := w.login(tt.user)
			b.get("/demands") // the board knows the state before
			got := b.post(w.at(tt.demand)+"/moves", tt.form)
			if got.status != http.StatusSeeOther || got.header.Get("Location") != "/console"+w.at(tt.demand) {
				t.Fatalf("got %d to %q: %s", got.status, got.header.Get("Location"), got.body)
			}
			state := w.state(w.demand[tt.demand])
			last, _ := state.Last()
			if state.Status != tt.status || last.By != w.users[tt.user].Login.Actor || last.Reason != strings.TrimSpace(tt.form.Get("reason")) {
				t.Errorf("state = %s by %s, reason %q", state.Status, last.By, last.Reason)
			}
			after := b.get(w.at(tt.demand))
			htmlcheck.Run(t, after.body, htmlcheck.Text(".notice[role=status]", "已记录"), htmlcheck.Text("h1 .tag", w.texts.Printer("").T(tt.status.Key())))
			htmlcheck.Run(t, b.get(w.at(tt.demand)).body, htmlcheck.None(".notice[role=status]"))
			row := b.get("/demands?receipt=" + url.QueryEscape(string(w.demand[tt.demand].Receipt)))
			htmlcheck.Run(t, row.body, htmlcheck.Text("#results tbody tr", w.texts.Printer("").T(tt.status.Key())))
		})
	}
	if got := w.state(w.demand["莫永泰"]).Credited; got != 15_000_000 {
		t.Errorf("credited %d fen", got)
	}
	if got := w.state(w.demand["何伟强"]).Officer; got != w.actor["黎婉仪"] {
		t.Error("assigned to somebody else")
	}
}

func TestMoveRefused(t *testing.T) {
	w := newWorld(t)
	long := strings.Repeat("长", 501)
	tests := []struct {
		name, user, demand string
		form               url.Values
		status             int
		where, message     string
	}{
		{"no amount", "su", "莫永泰", url.Values{"from": {"intent"}, "to": {"credited"}}, 422, "#move-credited .field.wrong", "还没有填金额"},
		{"an amount that is none", "su", "莫永泰", url.Values{"from": {"intent"}, "to": {"credited"}, "amount": {"很多"}}, 422, "#move-credited .field.wrong .problem", "请"},
		{"zero", "su", "莫永泰", url.Values{"from": {"intent"}, "to": {"credited"}, "amount": {"0"}}, 422, "#move-credited .field.wrong", "大于 0"},
		{"more than credited", "su", "邓惠琼", url.Values{"from": {"credited"}, "to": {"disbursed"}, "amount": {"9万"}}, 422, "#move-disbursed .field.wrong", "超过了授信金额"},
		{"no reason", "su", "莫永泰", url.Values{"from": {"intent"}, "to": {"declined"}, "reason": {" \n "}}, 422, "#move-declined .field.wrong", "还没有写原因"},
		{"a reason too long", "su", "莫永泰", url.Values{"from": {"intent"}, "to": {"declined"}, "reason": {long}}, 422, "#move-declined .field.wrong", "最多 500 个字"},
		{"a reason that reads backwards", "su", "莫永泰", url.Values{"from": {"intent"}, "to": {"declined"}, "reason": {"好\u202e坏"}}, 422, "#move-declined .field.wrong", "看不见的字符"},
		{"nobody chosen", "admin", "何伟强", url.Values{"from": {"registered"}, "to": {"assigned"}}, 422, "#move-assigned .field.wrong", "请从列出的内容里选一个"},
		{"somebody made up", "admin", "何伟强", url.Values{"from": {"registered"}, "to": {"assigned"}, "officer": {w.actor["邓分析"].String()}, "bank": {w.org["四会农商银行"].String()}}, 422, "#move-assigned .field.wrong", "请从列出的内容里选一个"},
		{"a bank that is none", "admin", "何伟强", url.Values{"from": {"registered"}, "to": {"assigned"}, "officer": {w.actor["梁志明"].String()}, "bank": {w.org["大沙镇人民政府"].String()}}, 422, "#move-assigned .field.wrong", "请从列出的内容里选一个"},
		{"moved on meanwhile, still legal", "su", "莫永泰", url.Values{"from": {"visited"}, "to": {"declined"}, "reason": {"x"}}, 422, "#move-declined .notice", "刚刚有了新的进展"},
		{"moved on meanwhile, no longer legal", "su", "莫永泰", url.Values{"from": {"visited"}, "to": {"intent"}, "amount": {"3万"}}, 409, ".page .notice.bad", "刚刚有了新的进展"},
		{"a role that does not grant", "admin", "莫永泰", url.Values{"from": {"intent"}, "to": {"credited"}, "amount": {"3万"}}, 403, ".empty", "要由银行审核人或管理员办理"},
		{"a state made up", "admin", "莫永泰", url.Values{"from": {"intent"}, "to": {"gift"}}, 403, ".empty", "要由银行审核人"},
		{"no state", "admin", "莫永泰", url.Values{"from": {"intent"}}, 403, ".empty", "请"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			before := w.state(w.demand[tt.demand])
			got := w.login(tt.user).post(w.at(tt.demand)+"/moves", tt.form)
			if got.status != tt.status {
				t.Errorf("status = %d, want %d", got.status, tt.status)
			}
			htmlcheck.Run(t, got.body, htmlcheck.Text(tt.where, tt.message))
			if tt.status == 422 {
				htmlcheck.Run(t, got.body, htmlcheck.Some("#move-"+tt.form.Get("to")+"[open]"))
				if reason := tt.form.Get("reason"); len(reason) > 3 && reason == strings.TrimSpace(reason) {
					htmlcheck.Run(t, got.body, htmlcheck.Text("#move-"+tt.form.Get("to")+" textarea", reason))
				}
			}
			if after := w.state(w.demand[tt.demand]); len(after.Steps) != len(before.Steps) || w.applied != 0 {
				t.Error("something was applied")
			}
		})
	}
}

func TestMoveWhenTheStoreRefuses(t *testing.T) {
	w := newWorld(t)
	form := url.Values{"from": {"intent"}, "to": {"credited"}, "amount": {"12万"}, "reason": {"核过流水"}}
	b := w.login("su")

	w.failNext = fault.New(fault.Stale, "demand.move.stale").With("state", "withdrawn")
	got := b.post(w.at("莫永泰")+"/moves", form)
	if got.status != http.StatusUnprocessableEntity {
		t.Errorf("a refusal: %d", got.status)
	}
	htmlcheck.Run(t, got.body, htmlcheck.Text("#move-credited .notice", "刚刚有了新的进展"),
		htmlcheck.Attr("#credited-amount", "value", "12万"), htmlcheck.Text("#credited-reason", "核过流水"))

	w.failNext = errors.New("disk of 莫永泰 is on fire")
	got = b.post(w.at("莫永泰")+"/moves", form)
	if got.status != http.StatusInternalServerError || strings.Contains(got.body, "fire") {
		t.Errorf("a failure: %d", got.status)
	}
	htmlcheck.Run(t, got.body, htmlcheck.Text(".empty", "请再试一次"))
	if log := w.log.String(); !strings.Contains(log, "POST /console/demands/{id}/moves") {
		t.Errorf("log = %s", log)
	}
}

func TestAssignProposesThePosting(t *testing.T) {
	w := newWorld(t)
	got := w.login("admin").get(w.at("黄桂芳"))
	htmlcheck.Run(t, got.body,
		htmlcheck.Some("#assigned-officer option[value="+w.actor["黎婉仪"].String()+"][selected]"),
		htmlcheck.Some("#assigned-bank option[value="+w.org["四会泰隆村镇银行"].String()+"][selected]"),
		htmlcheck.Count("#assigned-bank option", 3), htmlcheck.Text("#move-assigned .tells", "会在 3 天内联系您"))
}

func TestScriptStaysText(t *testing.T) {
	w := newWorld(t)
	evil := `"><script>alert(1)</script><img src=x onerror=alert(2)>'`
	d := w.register(wish{name: evil, village: "富溪村", channel: "phone", yuan: 10_000, months: 12, purpose: "other"})
	w.demand["恶"] = d
	b := w.login("admin")
	path := "/demands/" + d.Header.ID.String()
	pages := []page{
		b.get("/demands"), b.get(path),
		b.post(path+"/moves", url.Values{"from": {"unverified"}, "to": {"declined"}, "reason": {strings.Repeat(evil, 20)}}),
		b.get("/demands?receipt=" + url.QueryEscape(evil) + "&village=" + url.QueryEscape(evil) + "&after=" + url.QueryEscape(evil)),
		b.post("/users/new", url.Values{"name": {evil}, "display": {evil}, "role": {evil}, "org": {evil}, "scope": {evil}, "password": {evil}, "again": {"x"}}),
		b.post("/devices/new", url.Values{"program": {evil}, "name": {evil}, "display": {evil}, "role": {evil}, "scope": {evil}}),
		b.get("/conflicts?after=" + url.QueryEscape(evil)),
		w.browser().post("/login", url.Values{"name": {evil}, "password": {"x"}, "next": {evil}}),
		w.browser().get("/login?next=" + url.QueryEscape(evil)),
		b.get("/" + url.PathEscape(evil)),
	}
	b.post(path+"/moves", url.Values{"from": {"unverified"}, "to": {"declined"}, "reason": {evil}})
	pages = append(pages, b.get(path))
	for i, p := range pages {
		for _, n := range slices.Concat(htmlcheck.Find(t, p.body, "script"), htmlcheck.Find(t, p.body, "img")) {
			if htmlcheck.AttrOf(n, "onerror") != "" || !strings.HasPrefix(htmlcheck.AttrOf(n, "src"), "/console/assets/") {
				t.Errorf("page %d runs what somebody typed", i)
			}
		}
	}
	htmlcheck.Run(t, pages[0].body, htmlcheck.Text("#results td a.first", "<script>alert(1)</script>"))
	htmlcheck.Run(t, pages[10].body, htmlcheck.Text("ol.trail .why", evil))
}
