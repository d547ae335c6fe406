// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"errors"
	"io/fs"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/assets"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// since returns what was noted after the first n entries.
func (w *world) since(n int) []audit.Entry {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.noted[n:]
}

// TestReadingIsNoted: a page that shows somebody's data is one entry with whose
// they are and which fields; one that shows none has none.
func TestReadingIsNoted(t *testing.T) {
	w := newWorld(t)
	b := w.login("liang")
	for _, tc := range []struct {
		path  string
		deed  audit.Deed
		what  string
		kinds map[record.Kind]int // records named
	}{
		{"/demands/" + w.demand["罗燕红"].Header.ID.String(), audit.List, "console.demand", map[record.Kind]int{"demand": 1, "consent": 1}},
		{"/demands?state=assigned", audit.Read, "console.demands", map[record.Kind]int{"demand": 1}},
		{"/conflicts", audit.List, "console.conflicts", nil},
		{"/villages", "", "", nil},
	} {
		before := len(w.noted)
		if got := b.get(tc.path); got.status != http.StatusOK {
			t.Fatalf("%s: %d", tc.path, got.status)
		}
		entries := w.since(before)
		if tc.deed == "" {
			if len(entries) > 0 {
				t.Errorf("%s shows nobody's data and was noted: %v", tc.path, entries)
			}
			continue
		}
		if len(entries) != 1 {
			t.Errorf("%s: %d entries, want one", tc.path, len(entries))
			continue
		}
		e := entries[0]
		if e.User != "liang" || e.Actor != w.actor["梁志明"] || e.Login.IsZero() || e.What != tc.what {
			t.Errorf("%s: noted %q by %q (%s)", tc.path, e.What, e.User, e.Actor)
		}
		kinds := map[record.Kind]int{}
		for _, touch := range e.Touched {
			kinds[touch.Kind]++
			if len(touch.Fields) == 0 {
				t.Errorf("%s: no field of %s %s", tc.path, touch.Kind, touch.Record)
			}
		}
		if tc.kinds != nil {
			delete(kinds, "plate")
			if diff := cmp.Diff(tc.kinds, kinds); diff != "" {
				t.Errorf("%s: whose data (-want +got):\n%s", tc.path, diff)
			}
		}
		if body, err := e.Encode(); err != nil || strings.Contains(string(body), "罗燕红") || strings.Contains(string(body), "1990000") {
			t.Errorf("%s: an entry holds a value: %s", tc.path, body)
		}
	}
}

// TestNoPageWithoutItsEntry: when the entry cannot be made durable, not one byte of
// what it is about leaves.
func TestNoPageWithoutItsEntry(t *testing.T) {
	w := newWorld(t)
	b := w.login("liang")
	w.noteFails = errors.New("disk")
	for _, path := range []string{"/demands", "/demands/" + w.demand["罗燕红"].Header.ID.String(), "/conflicts"} {
		got := b.get(path)
		if got.status != http.StatusInternalServerError || strings.Contains(got.body, "罗燕红") || strings.Contains(got.body, "陈秀英") {
			t.Errorf("%s: %d, %d bytes", path, got.status, len(got.body))
		}
	}
	if got := b.get("/villages"); got.status != http.StatusOK {
		t.Errorf("a page without anybody's data: %d", got.status)
	}
}

// TestActsAreNoted: what administrators do is noted, before it is done.
func TestActsAreNoted(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	device := w.devices[0]
	path := "/devices/" + device.ID.String() + "/switch"
	w.noteFails = errors.New("disk")
	if got := b.post(path, url.Values{"to": {"off"}}); got.status != http.StatusInternalServerError || w.devices[0].Off {
		t.Errorf("without an entry: %d, off %v", got.status, w.devices[0].Off)
	}
	w.noteFails = nil
	before := len(w.noted)
	village := string(w.village["富溪村"])
	b.post(path, url.Values{"to": {"off"}})
	b.post("/users/deng/password", url.Values{"password": {"Papaya-loom-51"}, "again": {"Papaya-loom-51"}})
	b.post("/users/new", url.Values{"name": {"qiu"}, "display": {"邱某"}, "role": {"officer"}, "scope": {village}, "password": {"Papaya-loom-51"}, "again": {"Papaya-loom-51"}})
	b.post("/devices/new", url.Values{"program": {"agent"}, "name": {"3 号笔记本"}, "display": {"陈某"}, "role": {"officer"}, "scope": {village}})
	b.post("/logout", nil)
	var got []string
	for _, e := range w.since(before) {
		if e.User != "admin" || e.Actor != w.actor["管理员"] {
			t.Errorf("%s was noted of %q", e.What, e.User)
		}
		got = append(got, string(e.Deed)+" "+e.What+" "+e.About)
		if body, _ := e.Encode(); strings.Contains(string(body), "Papaya") {
			t.Error("an entry holds a password")
		}
	}
	want := []string{
		"act console.switch 大沙村 1 号机 " + device.ID.String() + " off", "act console.password deng",
		"act console.newuser qiu officer", "act console.newdevice 3 号笔记本 officer 陈某", "logout console.login ",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestLoginsAreNoted(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	b.post("/login", url.Values{"name": {"liang"}, "password": {"wrong-one-77"}})
	b.post("/login", url.Values{"name": {"Guava kiln 73!"}, "password": {""}})
	w.login("liang")
	var got []string
	for _, e := range w.noted {
		got = append(got, string(e.Deed)+" "+e.User)
	}
	if diff := cmp.Diff([]string{"refused liang", "refused ", "login liang"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestAuditPage is the auditor's work: by whom, by whose data, page by page; and the
// auditor's own looking is in the log as well.
func TestAuditPage(t *testing.T) {
	w := newWorld(t)
	demand := w.demand["罗燕红"]
	liang, su := w.login("liang"), w.login("su")
	for range 60 {
		liang.get("/demands/" + demand.Header.ID.String())
	}
	su.get("/demands/" + demand.Header.ID.String())

	b := w.login("tan")
	if got := b.get("/"); got.status != http.StatusSeeOther || got.header.Get("Location") != "/console/audit" {
		t.Errorf("an auditor's first page: %d %s", got.status, got.header.Get("Location"))
	}
	for _, path := range []string{"/demands", "/demands/" + demand.Header.ID.String(), "/conflicts", "/users", "/villages"} {
		if got := b.get(path); got.status != http.StatusForbidden {
			t.Errorf("an auditor gets %s: %d", path, got.status)
		}
	}
	for _, who := range []string{"liang", "su", "deng", "he"} {
		if got := w.login(who).get("/audit"); got.status != http.StatusForbidden {
			t.Errorf("%s reads the log: %d", who, got.status)
		}
	}

	all := b.get("/audit")
	htmlcheck.Run(t, all.body, htmlcheck.Text("h1", "查阅记录"), htmlcheck.Some("#next"), htmlcheck.NoText("#entries", "罗燕红"))
	whose := b.get("/audit?whom=" + url.QueryEscape(demand.Receipt.String()))
	htmlcheck.Run(t, whose.body,
		htmlcheck.Text("#entries tbody tr", "谭审计"), htmlcheck.Text("#entries", "苏绮雯"), htmlcheck.Text("#entries", "后台：一笔需求"),
		htmlcheck.Text("#entries", demand.Header.ID.String()), htmlcheck.Text("#entries", "申请人"), htmlcheck.NoText("#entries", "罗燕红"), htmlcheck.Some("#next"))
	if w.asked.Record != demand.Header.ID {
		t.Errorf("a receipt number was taken for %s", w.asked.Record)
	}
	next := b.get(htmlcheck.AttrOf(htmlcheck.Find(t, whose.body, "#next")[0], "href")[len("/console"):])
	htmlcheck.Run(t, next.body, htmlcheck.None("#next"), htmlcheck.NoText("#entries", "苏绮雯"))
	reader := b.get("/audit?who=su&from=2026-11-01&to=2026-11-30&deed=read")
	htmlcheck.Run(t, reader.body, htmlcheck.Text("#entries", "苏绮雯"), htmlcheck.NoText("#entries", "梁志明"))
	if w.asked.From.IsZero() || w.asked.To.IsZero() || w.asked.Deed != audit.Read {
		t.Errorf("days or deed were not asked for: %+v", w.asked)
	}
	for _, query := range []string{"whom=陈秀英", "from=gestern", "deed=nothing", "whom=1234"} {
		if got := b.get("/audit?" + query); got.status != http.StatusUnprocessableEntity {
			t.Errorf("%s: %d", query, got.status)
		}
	}
	last := w.noted[len(w.noted)-1]
	if last.User != "tan" || last.What != "console.audit" || !strings.Contains(last.About, "who=su") || len(last.Touched) > 0 {
		t.Errorf("the auditor's own look was noted as %+v", last)
	}
	b.get("/audit?whom=" + demand.Header.ID.String() + "&old=1")
	last = w.noted[len(w.noted)-1]
	if !w.asked.Cold || last.About != "old=1" || len(last.Touched) != 1 || last.Touched[0].Record != demand.Header.ID {
		t.Errorf("asking about a record was noted as %+v, and asked as %+v", last, w.asked)
	}
	if got := b.get("/audit?whom=" + (ident.Record{7}).String()); got.status != http.StatusOK {
		t.Errorf("a record nobody looked at: %d", got.status)
	} else {
		htmlcheck.Run(t, got.body, htmlcheck.Count("#entries tbody tr", 1), htmlcheck.Text("#entries", "谭审计"))
	}
}

// disputed is the household that the world has.
func (w *world) disputed() ident.Record {
	w.t.Helper()
	rows := must(w.as("desk", "desk").List(w.t.Context(), record.Query{Kind: "household"}))(w.t)
	return rows[0].Header.ID
}

// TestFindWhom: an administrator finds a person by what they show at the counter. The
// number is in no address and in no entry; the look-up is an entry.
func TestFindWhom(t *testing.T) {
	w := newWorld(t)
	id := w.disputed()
	const number = "441284197203150002"
	b := w.login("admin")
	before := len(w.noted)
	got := b.post("/audit", url.Values{"whom": {number}, "deed": {"read"}, "view": {"audit"}})
	if to := got.header.Get("Location"); got.status != http.StatusSeeOther || to != "/console/audit?deed=read&whom="+id.String() {
		t.Fatalf("%d, to %s", got.status, to)
	}
	entries := w.since(before)
	if len(entries) != 1 || entries[0].Deed != audit.LookUp || entries[0].Touched[0].Record != id || !slices.Equal(entries[0].Touched[0].By, []record.Field{"resident_id"}) {
		t.Errorf("the look-up was noted as %+v", entries)
	}
	b.get(got.header.Get("Location")[len("/console"):])
	if w.asked.Record != id || w.asked.Deed != audit.Read {
		t.Errorf("asked %+v", w.asked)
	}
	for _, e := range w.noted {
		if body, _ := e.Encode(); strings.Contains(string(body), number) {
			t.Errorf("an entry holds the number: %s", body)
		}
	}
	if got := b.post("/audit", url.Values{"whom": {number}, "view": {"audit/writes"}}); got.header.Get("Location") != "/console/audit/writes?whom="+id.String() {
		t.Errorf("who wrote: %d, to %s", got.status, got.header.Get("Location"))
	}

	auditor := w.login("tan")
	got = auditor.post("/audit", url.Values{"whom": {number}})
	if got.status != http.StatusUnprocessableEntity || strings.Contains(got.body, "back\" value=\"/console/audit?") {
		t.Errorf("an auditor, who sees nobody's data, finds somebody by a number: %d", got.status)
	}
	receipt := w.demand["罗燕红"]
	if got := auditor.post("/audit", url.Values{"whom": {receipt.Receipt.String()}}); got.header.Get("Location") != "/console/audit?whom="+receipt.Header.ID.String() {
		t.Errorf("by a receipt: %d, to %s", got.status, got.header.Get("Location"))
	}
	if got := b.post("/audit", url.Values{"whom": {"440103198807210002"}}); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a number of nobody: %d", got.status)
	}
}

// TestWritesPage is who wrote to one record, page by page, without a value.
func TestWritesPage(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	htmlcheck.Run(t, b.get("/audit/writes").body, htmlcheck.Text(".empty", "请先输入"), htmlcheck.None("#written"))
	id := w.demand["罗燕红"].Header.ID
	before := len(w.noted)
	got := b.get("/audit/writes?whom=" + id.String())
	htmlcheck.Run(t, got.body, htmlcheck.Count("#written tbody tr", 50), htmlcheck.Text("#written", "何建国"), htmlcheck.Text("#written", "大沙村 1 号机"),
		htmlcheck.Text("#written", "修改贷款需求"), htmlcheck.Text("#written", "申请人姓名"), htmlcheck.Text("#written", "已采用"), htmlcheck.NoText("#written", "罗燕红"))
	next := b.get(htmlcheck.AttrOf(htmlcheck.Find(t, got.body, "#next")[0], "href")[len("/console"):])
	htmlcheck.Run(t, next.body, htmlcheck.Count("#written tbody tr", 10), htmlcheck.Text("#written", "梁志明"), htmlcheck.Text("#written", "未通过"),
		htmlcheck.None("#next"), htmlcheck.Text(".pager a", "第一页"))
	for _, e := range w.since(before) {
		if e.What != "console.writes" || e.User != "admin" || e.Touched[0].Record != id {
			t.Errorf("noted %+v", e)
		}
	}
	if n := len(w.since(before)); n != 2 {
		t.Errorf("%d entries for two pages", n)
	}
	htmlcheck.Run(t, b.get("/audit/writes?whom="+(ident.Record{7}).String()).body, htmlcheck.Text(".empty", "没有写入记录"))
	if got := b.get("/audit/writes?whom=" + (ident.Subject{7}).String()); got.status != http.StatusUnprocessableEntity {
		t.Errorf("a subject is no record: %d", got.status)
	}
	if got := w.login("liang").get("/audit/writes?whom=" + id.String()); got.status != http.StatusForbidden {
		t.Errorf("an officer: %d", got.status)
	}
	w.noteFails = errors.New("disk")
	if got := b.get("/audit/writes?whom=" + id.String()); got.status != http.StatusInternalServerError {
		t.Errorf("without an entry: %d", got.status)
	}
}

// TestTheAccessTableSaysWhoAsks: a county that wants its administrators not to read the
// log says so in its table, and one that lets an officer read it too.
func TestTheAccessTableSaysWhoAsks(t *testing.T) {
	table := must(fs.ReadFile(assets.Folder("policies"), "access-1.json"))(t)
	own := strings.Replace(string(table), `"settlement": {"read": 2, "create": 2},
      "audit": {"read": 1}`, `"settlement": {"read": 2, "create": 2}`, 1)
	own = strings.Replace(own, `{"name": "officer", "source": 30, "kinds": {`, `{"name": "officer", "source": 30, "kinds": {"audit": {"read": 1},`, 1)
	access := must(record.ParseAccess(strings.NewReader(own)))(t)
	w := newWorld(t, func(c *console.Config) { c.Access = access })
	for user, status := range map[string]int{"admin": http.StatusForbidden, "liang": http.StatusOK, "tan": http.StatusOK, "deng": http.StatusForbidden} {
		if got := w.login(user).get("/audit"); got.status != status {
			t.Errorf("%s: %d, want %d", user, got.status, status)
		}
	}
}
