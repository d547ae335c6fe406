// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/htmlcheck"
)

// theForm returns the address and the hidden value of the form of a field.
func theForm(t *testing.T, got page, field string) (path, seen string) {
	t.Helper()
	for _, form := range htmlcheck.Find(t, got.body, "main form") {
		path := htmlcheck.AttrOf(form, "action")
		if strings.HasSuffix(path, "/"+field) {
			inputs := htmlcheck.Find(t, got.body, "form[action='"+path+"'] input[name=seen]")
			return strings.TrimPrefix(path, "/console"), htmlcheck.AttrOf(inputs[0], "value")
		}
	}
	t.Fatalf("no form for %s", field)
	return "", ""
}

func versionKey(n uint64) string { return fmt.Sprintf("%x", uint64(record.At(1, n))) }

// TestSettleByTwo: what one person settles waits for another; each signs with
// their own password.
func TestSettleByTwo(t *testing.T) {
	w := newWorld(t)
	admin, liang := w.login("admin"), w.login("liang")
	path, seen := theForm(t, admin.get("/conflicts"), "debt_private")
	form := url.Values{"seen": {seen}, "choice": {versionKey(902)}, "password": {"not it"}}
	got := admin.post(path, form)
	htmlcheck.Run(t, got.body, htmlcheck.Text(".field.wrong", "密码"), htmlcheck.Count("input[type=radio][checked]", 1))
	if got.status != http.StatusUnprocessableEntity {
		t.Errorf("a wrong password: %d", got.status)
	}
	form.Set("password", password)
	if got := admin.post(path, form); got.status != http.StatusSeeOther {
		t.Fatalf("settle: %d", got.status)
	}
	htmlcheck.Run(t, admin.get("/conflicts").body, htmlcheck.Text(".notice", "已签名"), htmlcheck.Text(".version", "您已提出，等另一人核实"))
	_, again := theForm(t, admin.get("/conflicts"), "debt_private")
	htmlcheck.Run(t, admin.post(path, url.Values{"seen": {again}, "choice": {versionKey(902)}, "password": {password}}).body,
		htmlcheck.Text("form", "您已经提出这样核定"))
	htmlcheck.Run(t, liang.post(path, form).body, htmlcheck.Text("form", "您打开后，这一项又有新的填写"))

	page := liang.get("/conflicts")
	htmlcheck.Run(t, page.body, htmlcheck.Text(".version", "一人提出，等另一人核实"))
	htmlcheck.Run(t, liang.get("/conflicts?show=settled").body, htmlcheck.Text("#settled", "等另一人核实"))
	path, seen = theForm(t, page, "debt_private")
	if got := liang.post(path, url.Values{"seen": {seen}, "choice": {versionKey(902)}, "password": {password}}); got.status != http.StatusSeeOther {
		t.Fatalf("agree: %d", got.status)
	}
	htmlcheck.Run(t, admin.get("/conflicts").body, htmlcheck.Texts(".dispute h3", "户主身份证号"))
	htmlcheck.Run(t, admin.get("/conflicts?show=settled").body, htmlcheck.Count("#settled tbody tr", 2),
		htmlcheck.Text("#settled tbody tr", "3.5万元"), htmlcheck.Text("#settled tbody tr", "梁志明"), htmlcheck.Text("#settled tbody tr", "已核定"))
	if got := liang.post(path, form); got.status != http.StatusConflict {
		t.Errorf("settled already: %d", got.status)
	}
}

func TestSettleRefusals(t *testing.T) {
	w := newWorld(t)
	admin := w.login("admin")
	path, seen := theForm(t, admin.get("/conflicts"), "resident_id")
	for name, tt := range map[string]struct {
		form url.Values
		want string
	}{
		"nothing chosen":        {url.Values{}, "请选择"},
		"another, not a number": {url.Values{"choice": {"other"}, "other": {"12345"}, "reason": {"看过身份证"}}, ".field.wrong"},
		"another, no reason":    {url.Values{"choice": {"other"}, "other": {"441284197203150002"}}, ""},
	} {
		tt.form.Set("seen", seen)
		tt.form.Set("password", password)
		got := admin.post(path, tt.form)
		if name == "another, no reason" { // one of those entered, typed again: that is a choice
			if got.status != http.StatusSeeOther {
				t.Errorf("%s: %d", name, got.status)
			}
			continue
		}
		if got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", name, got.status)
		}
		_, seen = theForm(t, admin.get("/conflicts"), "resident_id")
	}
	if got := w.login("he").post(path, url.Values{"seen": {seen}, "choice": {versionKey(903)}}); got.status != http.StatusForbidden {
		t.Errorf("a cadre settles: %d", got.status)
	}
	if got := admin.post("/conflicts/rec_0000000001fbkbgftfqqmhpvnr/phone", url.Values{}); got.status != http.StatusNotFound {
		t.Errorf("nothing to settle: %d", got.status)
	}
}

// TestProposalsAndPages: proposals stand beside the value; a page has its rest
// behind a link, and one person settles what is not for two.
func TestProposalsAndPages(t *testing.T) {
	w := newWorld(t)
	w.now = w.now.AddDate(0, 0, 1)
	head := func(text string, n uint64, source record.Source) record.Head {
		return record.Head{Value: record.OfText(text), Version: record.At(1, n), Number: n, Source: source, Stamp: hlc.New(int64(n), 0)}
	}
	show := func(f record.Field, disputed bool, a, b record.Head) {
		id := newID[ident.Record](w)
		w.records.Show(record.Row{
			Header: record.Header{ID: id, Kind: "household", Scope: w.village["大沙村"], Subject: ident.Subject(id)},
			Fields: map[record.Field]record.FieldState{f: {Value: a.Value, Version: a.Version, Winner: a, Disputed: disputed, Aside: []record.Head{b}}},
		})
	}
	show("head_name", false, head("张三", 5001, record.BankVerified), head("张四", 5002, record.Officer))
	for n := uint64(6000); n < 6050; n++ {
		show("resident_id", true, head("441284197203150002", 2*n, 30), head("441226197203150009", 2*n+1, 30))
	}
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/conflicts?show=proposals").body, htmlcheck.Texts(".version .value", "张三", "张四"),
		htmlcheck.Text(".version.now", "采用"), htmlcheck.None("main form"))
	first := b.get("/conflicts")
	htmlcheck.Run(t, first.body, htmlcheck.Count(".conflict", 50))
	more := htmlcheck.Find(t, first.body, "#rest a")
	if len(more) != 1 {
		t.Fatal("no link to the rest")
	}
	rest := b.get(strings.TrimPrefix(htmlcheck.AttrOf(more[0], "href"), "/console"))
	htmlcheck.Run(t, rest.body, htmlcheck.Count(".conflict", 1), htmlcheck.None("#rest a"))
}
