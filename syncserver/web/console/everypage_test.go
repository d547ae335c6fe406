// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"yuexin/shared/i18n"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
)

// secrets returns the texts of class C2 and C3 that stand in the records and in what
// was kept aside, each with the fields that hold it.
func (w *world) secrets() map[string][]record.Field {
	w.t.Helper()
	out := map[string][]record.Field{}
	add := func(kind record.Kind, f record.Field, v record.Value) {
		def, _ := w.cat.Field(kind, f)
		if text := v.Text(); def.Class != record.C1 && !f.Reserved() && len([]rune(text)) > 2 {
			out[text] = append(out[text], f)
		}
	}
	all := w.records.As(memory.Session{Role: "desk"})
	for _, kind := range w.cat.Kinds() {
		rows, err := all.List(w.t.Context(), record.Query{Kind: kind})
		if err != nil {
			w.t.Fatal(err)
		}
		for _, row := range rows {
			if row.Header.Kind == "staff" { // people at work, whom every page names
				continue
			}
			for f, state := range row.Fields {
				add(row.Header.Kind, f, state.Value)
				for _, head := range state.Aside {
					add(row.Header.Kind, f, head.Value)
				}
			}
		}
	}
	for _, cs := range w.content {
		for _, one := range cs.Writes {
			for f, v := range one.Fields {
				add(one.Header.Kind, f, v)
			}
		}
	}
	return out
}

// visited is one try of an address.
type visited struct {
	user, path string
	form       url.Values // of a POST
	shows      bool       // somebody's data are in the answer
}

// TestEveryPageIsNoted goes through every address of the console: where somebody's
// data are in an answer, an entry names the field, and it was made before the answer.
// An address that is not in the table fails: whoever adds a page adds it here, with
// somebody who is shown data by it.
func TestEveryPageIsNoted(t *testing.T) {
	w := newBoardedWorld(t, withFiles, withPapers, withPlates, withHandOver)
	w.addPlate()
	board := "/villages/" + string(w.village["富溪村"])
	branch := w.board()
	household := w.photographed("谢国栋")
	kept := w.kept[0].Link.Lane
	lane := "/quarantine/" + string(kept.Scope) + "/" + kept.Incarnation.String()
	device := "/devices/" + w.devices[0].ID.String()
	debt, seen := theForm(t, w.login("liang").get("/conflicts"), "debt_private")
	table := map[string][]visited{
		"GET /login":        {{user: "", path: "/login"}},
		"POST /login":       {{user: "", path: "/login", form: url.Values{"name": {"nobody"}}}},
		"POST /logout":      {{user: "he", path: "/logout", form: url.Values{}}},
		"POST /language":    {{user: "liang", path: "/language", form: url.Values{"lang": {"zh-Hans"}}}},
		"GET /{$}":          {{user: "liang", path: "/"}},
		"GET /demands":      {{user: "liang", path: "/demands", shows: true}, {user: "su", path: "/demands", shows: true}, {user: "admin", path: "/demands", shows: true}},
		"GET /demands/{id}": {{user: "liang", path: w.at("谢国栋"), shows: true}, {user: "admin", path: w.at("谢国栋"), shows: true}, {user: "deng", path: w.at("谢国栋")}},
		"GET /demands/{id}/attachments/{kind}/{field}":            {{user: "liang", path: w.at("谢国栋") + "/attachments/household/photo", shows: true}},
		"GET /demands/{id}/household":                             {{user: "su", path: w.at("谢国栋") + "/household", shows: true}},
		"GET /demands/{id}/merchant":                              {{user: "su", path: w.at("谢国栋") + "/merchant"}},
		"GET /demands/{id}/paper":                                 {{user: "su", path: w.at("谢国栋") + "/paper", shows: true}, {user: "deng", path: w.at("谢国栋") + "/paper"}},
		"GET /demands/{id}/household/paper":                       {{user: "su", path: w.at("谢国栋") + "/household/paper", shows: true}},
		"GET /demands/{id}/merchant/paper":                        {{user: "su", path: w.at("谢国栋") + "/merchant/paper"}},
		"GET /records/{id}/paper":                                 {{user: "liang", path: recordPath(household) + "/paper", shows: true}},
		"GET /records/{id}":                                       {{user: "liang", path: recordPath(household), shows: true}, {user: "admin", path: recordPath(household), shows: true}},
		"GET /records/{id}/attachments/{field}":                   {{user: "liang", path: recordPath(household) + "/attachments/photo", shows: true}},
		"POST /demands/{id}/moves":                                {{user: "liang", path: w.at("谢国栋") + "/moves", form: url.Values{"to": {"visited"}, "version": {"0"}}, shows: true}},
		"GET /villages":                                           {{user: "liang", path: "/villages"}},
		"GET /villages/{scope}":                                   {{user: "liang", path: board}, {user: "deng", path: board}},
		"GET /villages/{scope}/elements/{id}/attachments/{field}": {{user: "liang", path: board + "/elements/" + branch.ID.String() + "/attachments/proof", shows: true}},
		"GET /notices":                                            {{user: "he", path: "/notices"}, {user: "admin", path: "/notices"}},
		"POST /notices":                                           {{user: "he", path: "/notices", form: url.Values{}}},
		"POST /notices/{id}/end":                                  {{user: "he", path: "/notices/" + household.ID.String() + "/end", form: url.Values{}}},
		"GET /points":                                             {{user: "he", path: "/points"}, {user: "admin", path: "/points"}},
		"POST /points":                                            {{user: "he", path: "/points", form: url.Values{"do": {"publish"}}}},
		"GET /points/lists/{id}/paper":                            {{user: "he", path: "/points/lists/" + household.ID.String() + "/paper"}},
		"GET /titles":                                             {{user: "he", path: "/titles"}, {user: "deng", path: "/titles?title=credit_village&village=" + url.QueryEscape(string(w.village["富溪村"]))}},
		"GET /plates":                                             {{user: "admin", path: "/plates?scope=" + url.QueryEscape(string(w.village["富溪村"])), shows: true}},
		"POST /plates":                                            {{user: "admin", path: "/plates", form: url.Values{}}},
		"POST /plates/asks/{id}":                                  {{user: "admin", path: "/plates/asks/" + plateAsk.String(), form: url.Values{"do": {"yes"}}}},
		"GET /plates/{id}":                                        {{user: "admin", path: "/plates/" + plateAt.String()}},
		"POST /plates/{id}":                                       {{user: "admin", path: "/plates/" + plateAt.String(), form: url.Values{}}},
		"GET /alarms":                                             {{user: "admin", path: "/alarms"}},
		"POST /alarms/{id}":                                       {{user: "admin", path: "/alarms/" + alarmAt.String(), form: url.Values{"why": {"已核对"}}}},
		"GET /conflicts":                                          {{user: "liang", path: "/conflicts", shows: true}, {user: "admin", path: "/conflicts", shows: true}},
		"POST /conflicts/{id}/{field}": {{user: "liang", path: debt, form: url.Values{"seen": {seen}}, shows: true},
			{user: "liang", path: debt, form: url.Values{"seen": {seen}, "choice": {versionKey(902)}, "password": {password}}}},
		"GET /quarantine":                 {{user: "admin", path: "/quarantine"}},
		"GET /quarantine/{scope}/{lane}":  {{user: "admin", path: lane, shows: true}},
		"POST /quarantine/{scope}/{lane}": {{user: "admin", path: lane, form: url.Values{"do": {"refuse"}}, shows: true}},
		"GET /devices":                    {{user: "admin", path: "/devices"}},
		"GET /devices/new":                {{user: "admin", path: "/devices/new"}},
		"POST /devices/new":               {{user: "admin", path: "/devices/new", form: url.Values{}}},
		"GET /devices/{id}":               {{user: "admin", path: device}},
		"GET /devices/{id}/revoke":        {{user: "admin", path: device + "/revoke?scope=" + url.QueryEscape(string(kept.Scope))}},
		"POST /devices/{id}/revoke":       {{user: "admin", path: device + "/revoke", form: url.Values{}}},
		"GET /devices/{id}/switch":        {{user: "admin", path: device + "/switch"}},
		"POST /devices/{id}/switch":       {{user: "admin", path: device + "/switch", form: url.Values{}}},
		"GET /users":                      {{user: "admin", path: "/users"}},
		"GET /users/new":                  {{user: "admin", path: "/users/new"}},
		"POST /users/new":                 {{user: "admin", path: "/users/new", form: url.Values{}}},
		"GET /users/handover":             {{user: "admin", path: "/users/handover"}},
		"POST /users/handover":            {{user: "admin", path: "/users/handover", form: url.Values{}}},
		"GET /users/{name}/password":      {{user: "admin", path: "/users/liang/password"}},
		"POST /users/{name}/password":     {{user: "admin", path: "/users/deng/password", form: url.Values{}}},
		"GET /trials":                     {{user: "admin", path: "/trials"}, {user: "deng", path: "/trials"}},
		"POST /trials":                    {{user: "admin", path: "/trials", form: url.Values{"do": {"stop"}}}},
		"GET /rules":                      {{user: "admin", path: "/rules"}},
		"GET /audit":                      {{user: "tan", path: "/audit"}, {user: "admin", path: "/audit"}},
		"POST /audit":                     {{user: "admin", path: "/audit", form: url.Values{"whom": {"441284197203150002"}}}},
		"GET /audit/writes":               {{user: "admin", path: "/audit/writes?whom=" + w.demand["罗燕红"].Header.ID.String()}},
		"/":                               {{user: "liang", path: "/no/such/page"}},
	}
	for _, pattern := range w.console.Patterns() {
		if len(table[pattern]) == 0 {
			t.Errorf("%q is not tried: nobody knows whether reading there is noted", pattern)
		}
	}
	secrets := w.secrets()
	browsers := map[string]*browser{"": w.browser()}
	for pattern, tries := range table {
		if !slices.Contains(w.console.Patterns(), pattern) {
			t.Errorf("%q is not an address of the console", pattern)
		}
		for _, v := range tries {
			b := browsers[v.user]
			if b == nil {
				b = w.login(v.user)
				browsers[v.user] = b
			}
			w.visit(b, pattern, v, secrets)
		}
	}
}

// visit tries an address and compares what is in the answer with what was noted.
func (w *world) visit(b *browser, pattern string, v visited, secrets map[string][]record.Field) {
	w.t.Helper()
	ask := func() page {
		if v.form != nil {
			return b.post(v.path, v.form)
		}
		p := b.get(v.path)
		if strings.HasPrefix(p.body, "%PDF-") {
			p.body = onPaper(w.t, p.body)
		}
		return p
	}
	before := len(w.noted)
	got := ask()
	noted := map[record.Field]bool{}
	for _, e := range w.since(before) {
		if !w.texts.Printer(i18n.ZhHans).Has("console.audit.what." + e.What) {
			w.t.Errorf("%s as %s is noted as %q, which the log has no words for", pattern, v.user, e.What)
		}
		for _, touch := range e.Touched {
			for _, f := range touch.Fields {
				noted[f] = true
			}
		}
	}
	shown := false
	for text, fields := range secrets {
		if strings.Contains(got.body, text) {
			shown = true
			if !slices.ContainsFunc(fields, func(f record.Field) bool { return noted[f] }) {
				w.t.Errorf("%s as %s shows %q of fields %v, and that is not noted", pattern, v.user, text, fields)
			}
		}
	}
	for file, field := range map[string]record.Field{"f\x01": "photo", "f\x04": "proof"} { // the files of the tests
		if !strings.HasPrefix(got.body, file) {
			continue
		}
		shown = true
		if !noted[field] || len(noted) > 1 {
			w.t.Errorf("%s as %s gives the %s, and noted is %v", pattern, v.user, field, noted)
		}
	}
	if shown != v.shows {
		w.t.Errorf("%s as %s: %d, shows somebody's data: %t, want %t", pattern, v.user, got.status, shown, v.shows)
	}
	if !v.shows {
		return
	}
	w.noteFails = errors.New("disk")
	defer func() { w.noteFails = nil }()
	blind := ask()
	for text := range secrets {
		if strings.Contains(blind.body, text) {
			w.t.Errorf("%s as %s shows %q though it cannot be noted", pattern, v.user, text)
		}
	}
	if blind.status != http.StatusInternalServerError || strings.HasPrefix(blind.body, "f") {
		w.t.Errorf("%s as %s, without an entry: %d", pattern, v.user, blind.status)
	}
}

// TestAttachmentIsNoted: the entry of a file names the one field that was given away,
// and which file stood there; a scan, which is saved, is an export.
func TestAttachmentIsNoted(t *testing.T) {
	w := newWorld(t, withFiles)
	w.photographed("谢国栋")
	b := w.login("liang")
	for field, deed := range map[record.Field]audit.Deed{"photo": audit.Read, "signature": audit.Export} {
		before := len(w.noted)
		b.get(w.at("谢国栋") + "/attachments/household/" + string(field))
		got := w.since(before)
		if len(got) != 1 || got[0].Deed != deed || got[0].What != "console.attachment" || got[0].User != "liang" || len(got[0].About) != 64 ||
			len(got[0].Touched) != 1 || !slices.Equal(got[0].Touched[0].Fields, []record.Field{field}) || got[0].Touched[0].Kind != "household" {
			t.Errorf("%s: noted %+v", field, got)
		}
	}
	before := len(w.noted)
	b.get(w.at("谢国栋") + "/attachments/household/photo_work") // has not arrived
	if got := w.since(before); len(got) > 0 {
		t.Errorf("a file that nobody was shown: %+v", got)
	}
}
