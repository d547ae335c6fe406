// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"yuexin/shared/sync/record"
	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

// everyPage lists an address of every page that an administrator has.
func everyPage(w *world) []string {
	return []string{
		"/demands", "/demands?overdue=1", w.at("陈秀英"), w.at("何伟强"), w.at("邓惠琼"), w.at("刘彩霞"), "/villages", "/conflicts",
		"/conflicts?show=settled", "/records/" + w.quarrelled().ID.String(), "/quarantine", "/quarantine/" + string(w.village["大沙村"]) + "/" + w.kept[0].Link.Lane.Incarnation.String(),
		"/devices/" + w.devices[2].ID.String(), "/devices/" + w.devices[2].ID.String() + "/revoke?scope=" + string(w.village["大沙村"]), "/devices", "/devices/new", "/devices/" + w.devices[0].ID.String() + "/switch",
		"/devices/" + w.devices[4].ID.String() + "/switch", "/users", "/users/new", "/users/liang/password",
	}
}

func TestEveryPageInBothLanguages(t *testing.T) {
	for _, lang := range []string{"zh-Hans", "en"} {
		t.Run(lang, func(t *testing.T) {
			w := newWorld(t, func(c *console.Config) { c.Sample = true })
			b := w.login("admin")
			b.post("/language", url.Values{"lang": {lang}, "back": {"/console/demands"}})
			for _, path := range append(everyPage(w), "/nothing") {
				p := b.get(path)
				if p.status != http.StatusOK && path != "/nothing" {
					t.Fatalf("%s: %d %s", path, p.status, w.log.String())
				}
				htmlcheck.Run(t, p.body, htmlcheck.Attr("html", "lang", lang), htmlcheck.Count("h1", pickCount(path)), htmlcheck.Some(".sample"))
				checkPlain(t, path, p)
			}
			checkPlain(t, "/login", w.browser().get("/login"))
			if missing := w.texts.Missing(); len(missing) > 0 {
				t.Errorf("missing texts: %v", missing)
			}
		})
	}
}

func pickCount(path string) int {
	if path == "/nothing" {
		return 0
	}
	return 1
}

// checkPlain wants a page without inline script or style, with its headers,
// and without the words for how data are kept.
func checkPlain(t *testing.T, path string, p page) {
	t.Helper()
	for _, n := range htmlcheck.Find(t, p.body, "script") {
		if htmlcheck.TextOf(n) != "" || !strings.HasPrefix(htmlcheck.AttrOf(n, "src"), "/console/assets/") {
			t.Errorf("%s: inline or foreign script", path)
		}
	}
	if len(htmlcheck.Find(t, p.body, "style")) > 0 {
		t.Errorf("%s: inline style", path)
	}
	page := must(html.Parse(strings.NewReader(p.body)))(t)
	for n := range page.Descendants() {
		for _, a := range n.Attr {
			if a.Key == "style" || strings.HasPrefix(a.Key, "on") {
				t.Errorf("%s: attribute %s", path, a.Key)
			}
		}
	}
	for _, word := range []string{"版本", "合并", "⟦", "ZgotmplZ"} {
		if strings.Contains(p.body, word) {
			t.Errorf("%s: has %q", path, word)
		}
	}
	checkHeaders(t, path, p.header)
}

func checkHeaders(t *testing.T, path string, h http.Header) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "frame-ancestors 'none'", "X-Content-Type-Options": "nosniff",
		"Referrer-Policy": "same-origin", "Cache-Control": "no-store", "X-Frame-Options": "DENY",
	} {
		if got := h.Get(name); !strings.Contains(got, want) {
			t.Errorf("%s: %s = %q, want %q", path, name, got, want)
		}
	}
	if strings.Contains(h.Get("Content-Security-Policy"), "unsafe") {
		t.Errorf("%s: the policy allows what is unsafe", path)
	}
}

func TestHostilePostsChangeNothing(t *testing.T) {
	office := &handOverDesk{}
	w := newWorld(t, func(c *console.Config) { c.HandOver = office })
	b := w.login("admin")
	users, devices, applied := len(w.users), w.devices[0].Off, w.applied
	hostile := map[string][]string{
		"cross site": {"Sec-Fetch-Site", "cross-site"}, "sibling site": {"Sec-Fetch-Site", "same-site"},
		"foreign origin": {"Origin", "https://evil.example"}, "no origin of its own": {"Origin", "null"},
	}
	posts := map[string]url.Values{
		"/login": credentials("liang", password), "/logout": {}, "/language": {"lang": {"en"}},
		w.at("何伟强") + "/moves":                             {"to": {"declined"}, "from": {"registered"}, "reason": {"x"}},
		"/devices/" + w.devices[0].ID.String() + "/switch": {"to": {"off"}},
		"/devices/new":          {"program": {"kiosk"}, "name": {"x"}, "scope": {string(w.village["富溪村"])}},
		"/notices":              {"title": {"x"}, "text": {"x"}, "publisher": {"x"}, "until": {"2099-01-01"}, "notice_sort": {"news"}, "scope": {"ref"}},
		"/users/new":            {"name": {"eve"}, "display": {"E"}, "role": {"admin"}, "password": {password}, "again": {password}},
		"/users/liang/password": {"password": {"Other-kiln-73"}, "again": {"Other-kiln-73"}},
		"/users/handover":       {"from": {leaver.String()}, "to": {taker.String()}, "reason": {"x"}},
	}
	for name, header := range hostile {
		for path, form := range posts {
			got := b.do(http.MethodPost, path, form, header...)
			if got.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", name, path, got.status)
			}
			htmlcheck.Run(t, got.body, htmlcheck.Text(".empty", "没有执行"))
		}
	}
	if len(w.users) != users || w.devices[0].Off != devices || w.applied != applied || len(w.codes) > 0 || len(office.asks) > 0 {
		t.Error("a hostile post changed something")
	}
	if got := b.get("/demands"); got.status != http.StatusOK || !strings.Contains(got.body, `lang="zh-Hans"`) {
		t.Error("a hostile post ended or changed the session")
	}
	w.login("liang") // the password is still the same
}

func TestRolesAndPages(t *testing.T) {
	w := newWorld(t, withPlates)
	path := map[console.Page]string{
		console.PageDemands: "/demands", console.PageVillages: "/villages", console.PageNotices: "/notices", console.PagePoints: "/points", console.PageTitles: "/titles",
		console.PagePlates: "/plates", console.PageAlarms: "/alarms", console.PageConflicts: "/conflicts",
		console.PageQuarantine: "/quarantine", console.PageDevices: "/devices", console.PageUsers: "/users", console.PageTrials: "/trials", console.PageRules: "/rules",
		console.PageAudit: "/audit",
	}
	want := map[string]string{
		"admin": "11111111111111", "liang": "11011001000000", "he": "11111001000000", "su": "10000000000000", "deng": "11001000000100", "tan": "00000000000001",
	}
	for user, pages := range want {
		t.Run(user, func(t *testing.T) {
			b := w.login(user)
			menu := b.get(path[console.Pages()[strings.Index(pages, "1")]]).body
			for i, page := range console.Pages() {
				may := pages[i] == '1'
				if got := b.get(path[page]).status; (got == http.StatusOK) != may || !may && got != http.StatusForbidden {
					t.Errorf("%s: status %d, may %v", page, got, may)
				}
				links := len(htmlcheck.Find(t, menu, `.menu a[href=/console`+path[page]+`]`))
				if (links == 1) != may {
					t.Errorf("%s: %d links in the menu, may %v", page, links, may)
				}
			}
		})
	}
	if console.May(w.access, "kiosk", console.PageDemands) || console.May(w.access, "", console.PageUsers) || console.May(w.access, "desk", console.PageAudit) {
		t.Error("a role without work in the console has a page")
	}
}

func TestWhatARoleHasNotIsRefusedWhenPosted(t *testing.T) {
	w := newWorld(t)
	posts := map[string]url.Values{
		"/devices/" + w.devices[0].ID.String() + "/switch": {"to": {"off"}},
		"/devices/new":          {"program": {"kiosk"}, "name": {"x"}, "scope": {string(w.village["富溪村"])}},
		"/users/new":            {"name": {"eve"}, "display": {"E"}, "role": {"admin"}, "password": {password}, "again": {password}},
		"/users/admin/password": {"password": {"Other-kiln-73"}, "again": {"Other-kiln-73"}},
	}
	for _, user := range []string{"liang", "he", "su", "deng", "tan"} {
		b := w.login(user)
		for path, form := range posts {
			if got := b.post(path, form); got.status != http.StatusForbidden {
				t.Errorf("%s, %s: %d", user, path, got.status)
			}
		}
	}
	outside := w.browser()
	for path, form := range posts {
		if got := outside.post(path, form); got.status != http.StatusSeeOther || !strings.Contains(got.header.Get("Location"), "/login") {
			t.Errorf("without a login, %s: %d", path, got.status)
		}
	}
	if w.devices[0].Off || len(w.codes) > 0 || len(w.users) != 7 {
		t.Error("something changed")
	}
}

func TestUnknownThings(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	foreign := w.demand["陈秀英"].Consent.String()
	tests := []struct{ path, message string }{
		{"/nothing", "没有这个页面"},
		{"/demands/", "没有这个页面"},
		{"/demands/abc", "没有这条需求"},
		{"/demands/" + record.Header{}.ID.String(), "没有这条需求"},
		{"/demands/" + foreign, "没有这条需求"}, // a record of another kind
		{"/devices/abc/switch", "没有这台设备"},
		{"/devices/" + w.demand["陈秀英"].Header.ID.String() + "/switch", "没有这台设备"},
		{"/users/nobody/password", "没有这个用户"},
	}
	for _, tt := range tests {
		t.Run(tt.path, func(t *testing.T) {
			got := b.get(tt.path)
			if got.status != http.StatusNotFound {
				t.Errorf("status = %d", got.status)
			}
			htmlcheck.Run(t, got.body, htmlcheck.Text(".empty strong", tt.message), htmlcheck.Some(".empty a.button"), htmlcheck.Text(".empty", "请"))
		})
	}
	if got := b.do(http.MethodDelete, "/demands", nil); got.status != http.StatusNotFound && got.status != http.StatusMethodNotAllowed && got.status != http.StatusForbidden {
		t.Errorf("an unknown method: %d", got.status)
	}
}

func TestFormsHaveALimit(t *testing.T) {
	w := newWorld(t)
	got := w.browser().post("/login", credentials("admin", strings.Repeat("x", 70_000)))
	if got.status != http.StatusRequestEntityTooLarge {
		t.Errorf("status = %d", got.status)
	}
	htmlcheck.Run(t, got.body, htmlcheck.Text("h1", "太大"))
}

func TestFilesOfThePages(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	for name, kind := range map[string]string{
		"yuexin.css": "text/css", "console.css": "text/css", "icons.svg": "image/svg+xml", "mark.svg": "image/svg+xml",
		"chevron.svg": "image/svg+xml", "htmx.min.js": "text/javascript",
	} {
		got := b.get("/assets/" + name)
		if got.status != http.StatusOK || !strings.HasPrefix(got.header.Get("Content-Type"), kind) || got.body == "" {
			t.Errorf("%s: %d %s", name, got.status, got.header.Get("Content-Type"))
		}
	}
	for _, name := range []string{"README.md", "htmx.LICENSE.txt", "..%2fconsole.go", "nothing"} {
		if got := b.get("/assets/" + name); got.status != http.StatusNotFound {
			t.Errorf("%s: %d", name, got.status)
		}
	}
	// The digest of htmx 2.0.11 in the npm registry; see assets/web/README.md.
	sum := sha256.Sum256([]byte(b.get("/assets/htmx.min.js").body))
	if got := hex.EncodeToString(sum[:]); got != "d6fdc75f204e6bdefa99b69bf1e6d4ac69b8a364f77929f45c13476b4000f717" {
		t.Errorf("htmx has digest %s", got)
	}
}

func TestIconsAndColours(t *testing.T) {
	w := newWorld(t)
	b := w.login("admin")
	icons := b.get("/assets/icons.svg").body
	for _, path := range everyPage(w) {
		for _, n := range htmlcheck.Find(t, b.get(path).body, "use") {
			_, name, _ := strings.Cut(htmlcheck.AttrOf(n, "href"), "#")
			if !strings.Contains(icons, `id="`+name+`"`) {
				t.Errorf("%s: no icon %q", path, name)
			}
		}
	}
	for _, file := range []string{"yuexin.css", "console.css"} {
		if strings.Contains(b.get("/assets/"+file).body, "url(http") {
			t.Errorf("%s fetches from elsewhere", file)
		}
	}
}
