// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"testing"

	news "yuexin/shared/credit/notice"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/htmlcheck"
)

// TestNotices: an administrator tells everybody, a cadre their own village; each takes off what they may, and a form that is
// wrong says where and keeps what was typed.
func TestNotices(t *testing.T) {
	w := newWorld(t)
	admin, cadre := w.login("admin"), w.login("he")
	form := func(title, scope string) url.Values {
		return url.Values{
			"title": {title}, "text": {"今晚七点在祠堂开会"}, "publisher": {"富溪村村委会"}, "until": {"2099-01-01"}, "notice_sort": {"news"}, "scope": {scope},
		}
	}
	htmlcheck.Run(t, cadre.get("/notices").body, htmlcheck.Text(".empty", "还没有通知"), htmlcheck.None("#scope option[value=ref]"))
	if got := admin.post("/notices", form("贴息政策", "ref")); got.status != http.StatusSeeOther {
		t.Fatalf("to everybody: %d", got.status)
	}
	own := w.village["富溪村"]
	if got := cadre.post("/notices", form("村民会议", string(own))); got.status != http.StatusSeeOther {
		t.Fatalf("to the cadre's own village: %d", got.status)
	}
	for name, scope := range map[string]string{"everybody": "ref", "no village": "", "another village": "unit:none"} {
		if got := cadre.post("/notices", form("别处", scope)); got.status != http.StatusUnprocessableEntity {
			t.Errorf("a cadre tells %s: %d", name, got.status)
		}
	}
	wrong := form("", string(own))
	wrong["until"] = []string{"2020-01-01"}
	got := cadre.post("/notices", wrong)
	htmlcheck.Run(t, got.body, htmlcheck.Text("#title-problem", "请"), htmlcheck.Text("#until-problem", "最后一天"), htmlcheck.Text("#text", "今晚七点"))

	rows, err := w.as("desk", "desk").List(t.Context(), record.Query{Kind: news.Kind})
	if err != nil || len(rows) != 2 {
		t.Fatalf("%d notices, %v", len(rows), err)
	}
	for _, row := range rows {
		path, everybody := "/notices/"+row.Header.ID.String()+"/end", row.Header.Scope == ident.Ref
		if got := cadre.post(path, url.Values{}); (got.status == http.StatusSeeOther) == everybody {
			t.Errorf("a cadre takes off what is for everybody (%v): %d", everybody, got.status)
		}
		if got := admin.post(path, url.Values{}); got.status != http.StatusSeeOther {
			t.Errorf("an administrator takes it off: %d", got.status)
		}
		if now, err := w.as("desk", "desk").Get(t.Context(), row.Header.ID); err != nil || !news.Of(now).Ended {
			t.Errorf("it is shown on, %v", err)
		}
	}
	htmlcheck.Run(t, admin.get("/notices").body, htmlcheck.Text("#notices", "贴息政策"), htmlcheck.Text("#notices", "不再显示"), htmlcheck.None("#notices button"))
}
