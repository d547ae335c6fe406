// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/syncserver/web/console"
)

// The tests of this file go through every address that there is, whoever adds it.

// filled puts a path into a pattern's place: what is there if it has a name for it.
func (w *world) filled(pattern string, disputed ident.Record) (method, path string) {
	method, path, found := strings.Cut(pattern, " ")
	if !found {
		method, path = http.MethodGet, "/no/such/page"
	}
	d, lane := w.demand["谢国栋"].Header, w.kept[0].Link.Lane
	id := d.ID.String()
	switch {
	case strings.HasPrefix(path, "/devices/"):
		id = w.devices[0].ID.String()
	case strings.HasPrefix(path, "/conflicts/"), strings.HasPrefix(path, "/records/"):
		id = disputed.String()
	}
	return method, strings.NewReplacer(
		"{$}", "", "{id}", id, "{kind}", "household", "{field}", "debt_private", "{scope}", string(lane.Scope), "{lane}", lane.Incarnation.String(), "{name}", "liang",
	).Replace(path)
}

// standing is what hostile requests must not change.
func (w *world) standing() string {
	w.mu.Lock()
	defer w.mu.Unlock()
	var off int
	for _, d := range w.devices {
		if d.Off {
			off++
		}
	}
	hashes := ""
	for _, name := range slices.Sorted(maps.Keys(w.users)) {
		hashes += name + w.users[name].Hash
	}
	return fmt.Sprint(w.applied, off, len(w.codes), len(w.kept), len(w.decided), len(w.grants), hashes)
}

// hostileForm has something in every field that a page may have, so that only what is tested refuses it.
func hostileForm() url.Values {
	return url.Values{
		"to": {"off"}, "from": {"assigned"}, "reason": {"x"}, "program": {"kiosk"}, "name": {"eve"}, "display": {"E"}, "role": {"admin"},
		"password": {password}, "again": {password}, "title": {"x"}, "text": {"x"}, "publisher": {"x"}, "until": {"2099-01-01"}, "notice_sort": {"news"},
		"scope": {"ref"}, "do": {"pass"}, "choice": {versionKey(902)}, "whom": {"441284197203150002"},
	}
}

// TestForeignPostsToEveryAddress: a post that another site made is refused at every address and by every method, without a login and with any, and
// changes nothing.
func TestForeignPostsToEveryAddress(t *testing.T) {
	w := newWorld(t, withPlates)
	torn := w.quarrelled().ID
	browsers := map[string]*browser{"nobody": w.browser(), "admin": w.login("admin"), "liang": w.login("liang")}
	before := w.standing()
	foreign := map[string][]string{
		"cross site": {"Sec-Fetch-Site", "cross-site"}, "sibling site": {"Sec-Fetch-Site", "same-site"},
		"foreign origin": {"Origin", "https://evil.example"}, "no origin of its own": {"Origin", "null"},
	}
	for _, pattern := range w.console.Patterns() {
		_, path := w.filled(pattern, torn)
		for who, b := range browsers {
			for how, header := range foreign {
				for _, method := range []string{http.MethodPost, http.MethodPut, http.MethodDelete, http.MethodPatch} {
					got := b.do(method, path, hostileForm(), header...)
					if got.status != http.StatusForbidden {
						t.Errorf("%s %s, %s by %s: %d", method, path, how, who, got.status)
					}
					checkHeaders(t, path, got.header)
				}
			}
		}
	}
	if now := w.standing(); now != before {
		t.Errorf("a foreign post changed something:\n%s\n%s", before, now)
	}
}

// TestEveryAddressIsGuarded: whoever asks, and whatever the answer is, it has its headers, and is given to nobody whose role has not its page.
func TestEveryAddressIsGuarded(t *testing.T) {
	w := newWorld(t, withFiles, withPapers, withPlates)
	w.photographed("谢国栋")
	torn := w.quarrelled().ID
	open := map[string]bool{"GET /login": true, "POST /login": true, "POST /language": true, "POST /logout": true, "GET /{$}": true, "/": true}
	before := w.standing()
	browsers := map[string]*browser{"": w.browser()}
	role := map[string]record.Role{}
	for name, u := range w.users {
		role[name] = u.Login.Role
	}
	for name := range role {
		browsers[name] = w.login(name)
	}
	for _, r := range w.console.Table() {
		method, path := w.filled(r.Pattern, torn)
		for who, b := range browsers {
			if r.Pattern == "POST /logout" || who != "" && console.May(w.access, role[who], r.Page) {
				continue // others see to what happens then
			}
			var form url.Values
			if method == http.MethodPost {
				form = hostileForm()
			}
			got := b.do(method, path, form)
			checkHeaders(t, r.Pattern, got.header)
			switch {
			case open[r.Pattern]:
			case r.Page == "":
				t.Errorf("%s is open to everybody", r.Pattern)
			case who == "" && (got.status != http.StatusSeeOther || !strings.HasPrefix(got.header.Get("Location"), "/console/login")):
				t.Errorf("%s without a login: %d", r.Pattern, got.status)
			case who != "" && got.status != http.StatusForbidden:
				t.Errorf("%s by %s: %d", r.Pattern, who, got.status)
			}
		}
	}
	if now := w.standing(); now != before {
		t.Errorf("somebody changed what is not theirs:\n%s\n%s", before, now)
	}
}

// TestOddFormsEverywhere: a form that is too large is refused at every address, and one in another encoding changes nothing anywhere; neither is a
// fault of the server.
func TestOddFormsEverywhere(t *testing.T) {
	w := newWorld(t, withPlates)
	torn := w.quarrelled().ID
	b := w.login("admin")
	before := w.standing()
	for _, pattern := range w.console.Patterns() {
		method, path := w.filled(pattern, torn)
		if method != http.MethodPost || path == "/logout" {
			continue
		}
		if got := b.do(method, path, url.Values{"reason": {strings.Repeat("x", 70<<10)}, "password": {"x"}}); got.status != http.StatusRequestEntityTooLarge && got.status != http.StatusNotFound {
			t.Errorf("%s, 70 kB: %d", pattern, got.status)
		}
		for how, body := range map[string]string{"GB 18030": "reason=%B3%C2&title=%B3%C2&display=%B3%C2&whom=%B3%C2", "broken escapes": "reason=%zz", "zero": "reason=%00&title=%00"} {
			got := b.raw(path, "application/x-www-form-urlencoded", body)
			if got.status >= 500 {
				t.Errorf("%s, %s: %d", pattern, how, got.status)
			}
		}
		for _, kind := range []string{"application/json", "text/plain", "multipart/form-data; boundary=x", "multipart/form-data"} {
			if got := b.raw(path, kind, `{"reason":"x"}`); got.status >= 500 {
				t.Errorf("%s as %s: %d", pattern, kind, got.status)
			}
		}
	}
	if now := w.standing(); now != before {
		t.Errorf("an odd form changed something:\n%s\n%s", before, now)
	}
}

// attack is what somebody may have typed into a field of text.
const attack = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:alert(1)</style></title></textarea>`

// poison overwrites every text in the store with an attack: whatever the catalogue calls a text, in records of every kind that the world has; of
// kinds that it has none of it makes one.
func (w *world) poison() (fields int) {
	w.t.Helper()
	all := w.records.As(memory.Session{Role: "desk"})
	for _, kind := range w.cat.Kinds() {
		def, _ := w.cat.Kind(kind)
		rows := must(all.List(w.t.Context(), record.Query{Kind: kind, Limit: 1000}))(w.t)
		if len(rows) == 0 {
			id := newID[ident.Record](w)
			h := record.Header{ID: id, Kind: kind, Scope: w.village["富溪村"], Subject: ident.Subject(id)}
			rows = append(rows, record.Row{Header: h, Fields: map[record.Field]record.FieldState{}})
		}
		for _, row := range rows {
			for _, f := range def.Fields {
				if f.Format != record.FormatText || f.Name == "receipt_no" {
					continue
				}
				state, set := row.Fields[f.Name]
				if !set {
					state = record.FieldState{Version: record.At(1, 990), Winner: record.Head{Version: record.At(1, 990), Actor: w.actor["何建国"]}}
				}
				state.Value, state.Winner.Value = record.OfText(attack), record.OfText(attack)
				for i := range state.Aside {
					state.Aside[i].Value = record.OfText(attack)
				}
				row.Fields[f.Name] = state
				fields++
			}
			w.records.Show(row)
		}
	}
	for _, cs := range w.content {
		for _, one := range cs.Writes {
			for f := range one.Fields {
				if def, _ := w.cat.Field(one.Header.Kind, f); def.Format == record.FormatText {
					one.Fields[f] = record.OfText(attack)
				}
			}
		}
	}
	for name, u := range w.users {
		u.Display = attack
		w.users[name] = u
	}
	for i := range w.devices {
		w.devices[i].Name, w.devices[i].Program = attack, attack
	}
	return fields
}

// TestTextsOfAllKindsAreHarmless: an attack in every field of text of every record, in the names of people and machines, and in every field of every
// form, shows as text on every page.
func TestTextsOfAllKindsAreHarmless(t *testing.T) {
	w := newWorld(t, withPlates)
	w.photographed("谢国栋")
	torn := w.quarrelled().ID
	fields := w.poison()
	shown := 0
	for _, user := range []string{"admin", "liang", "he", "su", "tan"} {
		b := w.login(user)
		for _, r := range w.console.Table() {
			method, path := w.filled(r.Pattern, torn)
			if path == "/logout" || r.Page != "" && !console.May(w.access, w.users[user].Login.Role, r.Page) {
				continue
			}
			if method == http.MethodGet {
				shown += checkHarmless(t, path, b.get(path).body)
				shown += checkHarmless(t, path, b.get(path+"?q="+url.QueryEscape(attack)+"&next="+url.QueryEscape(attack)+"&state="+url.QueryEscape(attack)).body)
				continue
			}
			form := hostileForm()
			for name := range form {
				form.Set(name, attack)
			}
			form.Set("again", "another password") // nobody gets a new one
			shown += checkHarmless(t, method+" "+path, b.post(path, form).body)
		}
	}
	if shown < fields/10 {
		t.Errorf("of %d texts an attack is shown %d times: the pages that show them are not tried", fields, shown)
	}
}

// checkHarmless wants a page without script of its own, without what runs by itself and without addresses elsewhere, and returns how often an
// attack is shown as text.
func checkHarmless(t *testing.T, what, body string) (shown int) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	attr := func(n *html.Node, key string) string {
		for _, a := range n.Attr {
			if a.Key == key {
				return a.Val
			}
		}
		return ""
	}
	for n := range page.Descendants() {
		if n.Type == html.TextNode && strings.Contains(n.Data, "<script>alert(1)") {
			if n.Parent.Data == "style" || n.Parent.Data == "script" {
				t.Errorf("%s: an attack stands in <%s>", what, n.Parent.Data)
			}
			shown++
		}
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "script":
			if !strings.HasPrefix(attr(n, "src"), "/console/assets/") || n.FirstChild != nil {
				t.Errorf("%s: has a script", what)
			}
		case "img":
			if src := attr(n, "src"); !strings.HasPrefix(src, "/console/") && !strings.HasPrefix(src, "data:image/") {
				t.Errorf("%s: has an image of %q", what, src)
			}
		case "iframe", "object", "embed", "base":
			t.Errorf("%s: has <%s>", what, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" || strings.HasPrefix(a.Key, "hx-on") {
				t.Errorf("%s: <%s %s>", what, n.Data, a.Key)
			}
			if a.Key == "href" || a.Key == "action" || strings.HasPrefix(a.Key, "hx-get") || strings.HasPrefix(a.Key, "hx-post") {
				if at, err := url.Parse(a.Val); err != nil || at.Scheme != "" && at.Scheme != "tel" || at.Host != "" {
					t.Errorf("%s: leads to %s", what, a.Val)
				}
			}
			if a.Key == "value" && strings.Contains(a.Val, "<script>alert(1)") {
				shown++
			}
		}
	}
	return shown
}
