// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"errors"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
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
	for _, who := range []string{"admin", "liang", "su", "deng", "he"} {
		if got := w.login(who).get("/audit"); got.status != http.StatusForbidden {
			t.Errorf("%s reads the log: %d", who, got.status)
		}
	}

	all := b.get("/audit")
	htmlcheck.Run(t, all.body, htmlcheck.Text("h1", "查阅记录"), htmlcheck.Some("#next"), htmlcheck.NoText("#entries", "罗燕红"))
	whose := b.get("/audit?whom=" + url.QueryEscape(demand.Receipt.String()))
	htmlcheck.Run(t, whose.body,
		htmlcheck.Text("#entries tbody tr", "苏绮雯"), htmlcheck.Text("#entries", "后台：一笔需求"),
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
	if last.User != "tan" || last.What != "console.audit" || !strings.Contains(last.About, "who=su") {
		t.Errorf("the auditor's own look was noted as %+v", last)
	}
	if got := b.get("/audit?whom=" + (ident.Record{7}).String()); got.status != http.StatusOK {
		t.Errorf("a record nobody looked at: %d", got.status)
	} else {
		htmlcheck.Run(t, got.body, htmlcheck.Text(".empty", "没有符合条件"))
	}
}
