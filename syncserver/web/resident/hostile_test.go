// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"yuexin/shared/credit/doorplate"
	"yuexin/shared/credit/subject"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/access"
	"yuexin/syncserver/web/resident"
)

// The tests of this file go through every page that there is, whoever adds it.

// watched is a store that must not be written to.
type watched struct {
	record.Store
	written int
}

func (w *watched) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	w.written++
	return w.Store.Apply(ctx, act)
}

// methods are those of honest browsers.
var methods = []string{http.MethodGet, http.MethodPost}

// hostilePosts are posts to a page that no browser sends for a form of ours, with the status that each gets.
func hostilePosts(path string) map[string]struct {
	r      *http.Request
	status int
} {
	type post = struct {
		r      *http.Request
		status int
	}
	with := func(status int, change func(*http.Request)) post {
		r := postRequest(path, url.Values{"a": {"b"}})
		change(r)
		return post{r, status}
	}
	set := func(name, value string) func(*http.Request) {
		return func(r *http.Request) { r.Header.Set(name, value) }
	}
	body := func(text string) func(*http.Request) { return func(r *http.Request) { *r = *withBody(r, text) } }
	from := func(origin string) func(*http.Request) {
		return func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", origin)
		}
	}
	return map[string]post{
		"another site": with(403, set("Sec-Fetch-Site", "cross-site")), "a sibling site": with(403, set("Sec-Fetch-Site", "same-site")),
		"another origin": with(403, from("https://evil.example")), "a page without an origin": with(403, from("null")),
		"json": with(415, set("Content-Type", "application/json")), "text": with(415, set("Content-Type", "text/plain")),
		"parts": with(415, set("Content-Type", "multipart/form-data; boundary=x")), "no type": with(415, func(r *http.Request) { r.Header.Del("Content-Type") }),
		"another charset": with(415, set("Content-Type", "application/x-www-form-urlencoded; charset=gb18030")),
		"GB 18030":        with(415, body("a=%B3%C2%D0%E3%D3%A2")), "half a character": with(415, body("a=%E9%99")), "broken escapes": with(400, body("a=%zz")),
		"too much": with(413, body("a="+strings.Repeat("x", 33<<10))), "too many": with(413, body(strings.Repeat("a=&", 12<<10))),
	}
}

// TestHostilePostsEverywhere: another site, a wrong encoding and an oversized form get the same refusal from every page, and change nothing.
func TestHostilePostsEverywhere(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	store := &watched{Store: w.resident}
	w.config.Resident = store
	w.open()
	b := w.browser()
	b.prove(1, got, "13900001234", "")
	for _, page := range resident.Pages(http.MethodPost) {
		for name, post := range hostilePosts(w.path(1) + "/" + page) {
			w.pass(5 * time.Second)
			answer := b.do(post.r)
			if answer.Code != post.status || !strings.Contains(answer.Body.String(), "<h1") {
				t.Errorf("%s, %s: got %d, want %d", page, name, answer.Code, post.status)
			}
			checkGuarded(t, page+", "+name, answer)
		}
	}
	if store.written > 0 || len(b.cookies) == 0 {
		t.Errorf("hostile posts wrote %d times, and leave cookies %v", store.written, b.cookies)
	}
	wantStatus(t, b.get(w.path(1)), 200, "您是 139****1234")
}

// checkGuarded wants the headers that hold for every answer: nobody frames it, keeps it, guesses its type or learns where it came from.
func checkGuarded(t *testing.T, what string, got *httptest.ResponseRecorder) {
	t.Helper()
	h := got.Header()
	for name, want := range map[string]string{
		"X-Frame-Options": "DENY", "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		"Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Resource-Policy": "same-origin", "X-Robots-Tag": "noindex, nofollow",
	} {
		if h.Get(name) != want {
			t.Errorf("%s: %s is %q, want %q", what, name, h.Get(name), want)
		}
	}
	policy := h.Get("Content-Security-Policy")
	for _, want := range []string{"default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "form-action 'self'"} {
		if !strings.Contains(policy, want) {
			t.Errorf("%s: the policy %q lacks %q", what, policy, want)
		}
	}
	if strings.Contains(policy, "unsafe") || strings.Contains(policy, "*") || h.Get("Access-Control-Allow-Origin") != "" {
		t.Errorf("%s: policy %q, other origins %q", what, policy, h.Get("Access-Control-Allow-Origin"))
	}
	for _, c := range got.Result().Cookies() {
		if !strings.HasPrefix(c.Name, "__Host-") || !c.HttpOnly || !c.Secure || c.SameSite == http.SameSiteNoneMode || c.Domain != "" {
			t.Errorf("%s: cookie %+v", what, c)
		}
	}
	if to := h.Get("Location"); to != "" && !strings.HasPrefix(to, "/D/") {
		t.Errorf("%s: leads to %s", what, to)
	}
}

// TestEveryAnswerIsGuarded: whatever a page answers, to whom and by which method, it has its headers.
func TestEveryAnswerIsGuarded(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	known := w.browser()
	known.prove(1, got, "13900001234", "")
	for _, method := range methods {
		for _, page := range append(resident.Pages(method), "NOWHERE") {
			for who, b := range map[string]*browser{"nobody": w.browser(), "somebody": known} {
				if page == "LEAVE" && b == known {
					continue // it comes last
				}
				w.pass(10 * time.Second)
				r := httptest.NewRequest(method, w.path(1)+"/"+page, nil)
				if method == http.MethodPost {
					r = postRequest(w.path(1)+"/"+page, url.Values{"b": {"//evil.example"}, "l": {"//evil.example"}})
				}
				checkGuarded(t, method+" "+page+" by "+who, b.do(r))
			}
			for _, other := range resident.Unknown(page) {
				w.pass(10 * time.Second)
				answer := w.do(postMethod(other, w.path(1)+"/"+page))
				checkGuarded(t, other+" "+page, answer)
				if answer.Code != http.StatusMethodNotAllowed && page != "NOWHERE" {
					t.Errorf("%s %s: got %d", other, page, answer.Code)
				}
			}
		}
	}
	checkGuarded(t, "leaving", known.post(w.path(1)+"/LEAVE", nil))
	for _, path := range []string{"/D/", "/D/PROVEN", "/D/PROVEN?code=c&state=s", "/D/PROVEN?error=access_denied&error_description=%3Cscript%3E", w.path(9)} {
		checkGuarded(t, path, w.browser().get(path))
	}
}

func postMethod(method, path string) *http.Request {
	r := postRequest(path, nil)
	r.Method = method
	return r
}

// TestEveryBitOfATokenCounts: a token with one bit turned opens no page, and all of them get the same two refusals, which tell nothing
// of the plate.
func TestEveryBitOfATokenCounts(t *testing.T) {
	w := newWorld(t)
	token := w.token(1)
	seen := map[string]bool{}
	try := func(path string) {
		w.pass(time.Second)
		got := w.get(path)
		if got.Code != http.StatusNotFound || strings.Contains(got.Body.String(), "富溪村") || strings.Contains(got.Body.String(), "<form") {
			t.Fatalf("%.40s…: got %d", path, got.Code)
		}
		seen[got.Body.String()] = true
	}
	for bit := range 8 * len(token) {
		turned := token
		turned[bit/8] ^= 1 << (bit % 8)
		try("/D/" + turned.String())
		if bit%29 == 0 { // and no page behind it
			for _, page := range resident.Pages(http.MethodGet) {
				try("/D/" + turned.String() + "/" + page)
			}
		}
	}
	text := w.path(1)
	for cut := len("/D/"); cut < len(text); cut += 7 {
		try(text[:cut])
		try(text[:cut] + text[cut+1:])
		try(text[:cut] + "0" + text[cut:])
	}
	if len(seen) > 2 { // damaged, or not genuine
		t.Errorf("%d different refusals: one of them may tell what is wrong", len(seen))
	}
}

// TestTokensCannotBeCounted: tokens that somebody made up, one after the other, soon wait, and a genuine plate is not known from the wait.
func TestTokensCannotBeCounted(t *testing.T) {
	w := newWorld(t)
	var first time.Duration
	for n := range 1000 {
		token := w.token(1)
		token[9], token[10] = byte(n), byte(n>>8)
		if got := w.get("/D/" + token.String()); got.Code == http.StatusTooManyRequests {
			first = time.Duration(n)
			break
		}
	}
	if first == 0 || first > 300 {
		t.Errorf("%d made-up tokens were looked at", first)
	}
	wantStatus(t, w.get(w.path(1)), http.StatusTooManyRequests)
}

// TestNoPageTellsWhoLivesThere: a plate with a household, members and a demand behind it, and one with nobody, answer alike on every page and by
// every method, but for what is printed on the plates, to a stranger as to somebody who has proved that they are another.
func TestNoPageTellsWhoLivesThere(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	w.plate(2, "三组", "13号", "issued", ident.Record{})
	w.create(ident.Record{50}, "household", map[record.Field]record.Value{
		"head_name": record.OfText("陈秀英"), "phone": record.OfText("19900001234"), "plate_code": record.OfText(string(doorplate.CodeOf(handle(1)))),
	})
	w.create(ident.Record{51}, subject.KindMember, map[record.Field]record.Value{
		"household": record.OfBytes(ident.Record{50}.Bytes()), "name": record.OfText("陈小明"), "phone": record.OfText("19900005678"),
	})
	w.register(1, nil)
	proved := func() *browser { // anew for every page: a proof of person lasts an hour, and guesses wait
		other := w.browser()
		w.pass(3 * time.Hour)
		other.prove(1, got, "13900001234", "")
		return other
	}
	secret := regexp.MustCompile(`(name="(?:slip|permit|flow)" value=")[^"]*`)
	empty := strings.NewReplacer(w.token(2).String(), w.token(1).String(), "13号", "12号", doorplate.CodeOf(handle(2)).String(), doorplate.CodeOf(handle(1)).String())
	for _, method := range methods {
		for _, page := range resident.Pages(method) {
			if page == "LEAVE" {
				continue // it forgets who is asking
			}
			for who, enters := range map[string]func() *browser{"a stranger": w.browser, "another": proved} {
				b := enters()
				answer := func(n byte) string {
					w.pass(20 * time.Second)
					r := httptest.NewRequest(method, w.path(n)+"/"+page, nil)
					if method == http.MethodPost {
						w.pass(3 * time.Minute) // and guesses wait
						r = postRequest(w.path(n)+"/"+page, url.Values{"number": {unused(5)}, "proof": {"1234"}, "phone": {"1990000"}, "way": {"sms"}})
					}
					got := b.do(r)
					return http.StatusText(got.Code) + got.Header().Get("Location") + secret.ReplaceAllString(got.Body.String(), "$1")
				}
				lived, nobody := answer(1), empty.Replace(answer(2))
				if lived != nobody {
					t.Errorf("%s %s tells %s who lives there:\n%s\n%s", method, page, who, lived, nobody)
				}
				for _, name := range []string{"陈秀英", "陈小明", "1990000", "5万元"} {
					if strings.Contains(lived, name) && (name != "1990000" || method == http.MethodGet) {
						t.Errorf("%s %s shows %s %q", method, page, who, name)
					}
				}
			}
		}
	}
}

// attack is what somebody may have typed into a field of text.
const attack = `"'><script>alert(1)</script><img src=x onerror=alert(1)>{{.}}javascript:alert(1)</style></title></textarea>`

// poison overwrites every text in the store with an attack: whatever the catalogue calls a text, in records of every kind.
func (w *world) poison() (fields int) {
	w.t.Helper()
	for _, kind := range w.catalogue.Kinds() {
		def, _ := w.catalogue.Kind(kind)
		rows := w.list(kind)
		for _, row := range rows {
			for _, f := range def.Fields {
				state, set := row.Fields[f.Name]
				if f.Format != record.FormatText || f.Name == "plate_state" || f.Name == "receipt_no" {
					continue
				}
				if !set {
					state = record.FieldState{Version: row.Version, Winner: record.Head{Version: row.Version}}
				}
				state.Value, state.Winner.Value = record.OfText(attack), record.OfText(attack)
				row.Fields[f.Name] = state
				fields++
			}
			w.store.Show(row)
		}
	}
	return fields
}

// TestTextsOfAllKindsAreHarmless: an attack in every field of text of every record shows as text on every page.
func TestTextsOfAllKindsAreHarmless(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	number := w.register(1, nil)
	w.create(ident.Record{50}, "household", map[record.Field]record.Value{
		"head_name": record.OfText("陈秀英"), "phone": record.OfText("13900001234"), "plate_code": record.OfText(string(doorplate.CodeOf(handle(1)))),
	})
	w.create(ident.Record{60}, "notice", map[record.Field]record.Value{
		"notice_sort": record.OfText("policy"), "title": record.OfText("通知"), "text": record.OfText("正文"), "publisher": record.OfText("村委会"), "until": record.OfText("2027-01-01"),
	})
	if n := w.poison(); n < 10 {
		t.Fatalf("%d texts", n)
	}
	b := w.browser()
	b.prove(1, got, "13900001234", "")
	shown := 0
	for _, page := range resident.Pages(http.MethodGet) {
		for _, lang := range []string{"", "?l=en"} {
			w.pass(10 * time.Second)
			shown += checkHarmless(t, page+lang, b.get(w.path(1)+"/"+page+lang))
		}
	}
	for _, page := range resident.Pages(http.MethodPost) {
		for _, form := range []url.Values{{"number": {number}, "proof": {"1234"}}, everyFieldAttacked(w, page)} {
			w.pass(10 * time.Minute)
			shown += checkHarmless(t, "POST "+page, w.browser().post(w.path(1)+"/"+page, form))
		}
	}
	if shown < 5 {
		t.Errorf("an attack is shown %d times: the pages that show what people type are not tried", shown)
	}
}

// everyFieldAttacked is the form of a page with an attack in every field that it has.
func everyFieldAttacked(w *world, page string) url.Values {
	form := url.Values{}
	for _, name := range regexp.MustCompile(`name="([^"]+)"`).FindAllStringSubmatch(w.get(w.path(1)+"/"+page).Body.String(), -1) {
		form.Set(name[1], attack)
	}
	return form
}

// checkHarmless wants a page without a script that its policy does not name, without what runs by itself and without addresses elsewhere, and
// returns how often an attack is shown as text.
func checkHarmless(t *testing.T, what string, got *httptest.ResponseRecorder) (shown int) {
	t.Helper()
	page, err := html.Parse(strings.NewReader(got.Body.String()))
	if err != nil {
		t.Fatal(err)
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
		case "link":
			if attr := n.Attr[0]; attr.Key != "rel" || attr.Val != "icon" || n.Attr[1].Val != "data:," {
				t.Errorf("%s: has a <link> to %v", what, n.Attr)
			}
		case "script":
			source := ""
			if n.FirstChild != nil {
				source = n.FirstChild.Data
			}
			sum := sha256.Sum256([]byte(source))
			if named := "script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"; len(n.Attr) > 0 || !strings.Contains(got.Header().Get("Content-Security-Policy"), named) {
				t.Errorf("%s: has a script that its policy does not name", what)
			}
		case "img", "iframe", "object", "embed", "base":
			t.Errorf("%s: has <%s>", what, n.Data)
		}
		for _, a := range n.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "srcdoc" {
				t.Errorf("%s: <%s %s>", what, n.Data, a.Key)
			}
			if (a.Key == "href" || a.Key == "action") && strings.Contains(strings.ToLower(a.Val), "script:") {
				t.Errorf("%s: leads to %s", what, a.Val)
			}
			if a.Key == "value" && strings.Contains(a.Val, "<script>alert(1)") {
				shown++
			}
		}
	}
	return shown
}

// leaky proves nothing, and says in its errors what nobody may read in a log.
type leaky struct{ way access.Way }

func (l leaky) Way() access.Way { return l.way }
func (l leaky) Begin(context.Context, access.Ask) (access.Step, error) {
	return access.Step{Flow: "f"}, nil
}
func (l leaky) Finish(context.Context, string, access.Answer) (access.Proven, error) {
	return access.Proven{}, errors.New("boom")
}

// TestTheLogNamesNobody: whatever fails, nothing that was typed, no address, no plate and no token is in the log.
func TestTheLogNamesNobody(t *testing.T) {
	w := newWorld(t)
	w.config.Provers = []access.Prover{leaky{access.ByText}}
	w.config.Resident = failing{w.resident}
	w.open()
	form := w.form(1)
	for _, page := range resident.Pages(http.MethodPost) {
		for _, f := range []url.Values{form, {"number": {unused(3)}, "proof": {"1234"}}, {"way": {"sms"}, "flow": {"secret-flow"}, "code": {"274915"}, "phone": {"13900001234"}}} {
			w.pass(time.Minute)
			w.post(w.path(1)+"/"+page, f)
		}
	}
	log := w.log.String()
	if !strings.Contains(log, "level=ERROR") {
		t.Fatalf("nothing failed:\n%s", log)
	}
	for _, private := range []string{"陈秀英", "19900001234", "13900001234", "274915", "secret-flow", form.Get("slip"), w.token(1).String(), "203.0.113.7", strings.ReplaceAll(unused(3), " ", ""), unused(3)} {
		if strings.Contains(log, private) {
			t.Errorf("the log holds %q:\n%s", private, log)
		}
	}
}

// counted counts what is read.
type counted struct {
	resident.Reader
	n int
}

func (c *counted) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	c.n++
	return c.Reader.List(ctx, q)
}

func (c *counted) Get(ctx context.Context, id ident.Record) (record.Row, error) {
	c.n++
	return c.Reader.Get(ctx, id)
}

// TestNoPhoneIsKnownFromItsCode: whether a phone stands in any record is not told by asking for a code, by a wrong one, or by what is read for it.
func TestNoPhoneIsKnownFromItsCode(t *testing.T) {
	w := newWorld(t)
	desk := &counted{Reader: w.desk}
	w.config.Desk = desk
	got := w.texts()
	w.register(1, nil) // 19900001234
	answer := func(phone, masked string) string {
		w.pass(3 * time.Hour)
		b := w.browser()
		desk.n = 0
		asked := b.post(w.path(1)+"/PROVE", url.Values{"way": {"sms"}, "phone": {phone}})
		flow := flowPattern.FindStringSubmatch(asked.Body.String())
		if flow == nil || got[phone] == "" {
			t.Fatalf("%s: no code: %d", phone, asked.Code)
		}
		wrong := b.post(w.path(1)+"/PROVE", url.Values{"way": {"sms"}, "flow": {flow[1]}, "code": {"x"}, "sent": {masked}})
		said := strings.NewReplacer(flow[1], "FLOW", masked, "PHONE").Replace(asked.Body.String() + wrong.Body.String())
		return said + strings.Repeat("read ", desk.n)
	}
	if known, unknown := answer("19900001234", "199****1234"), answer("13912345678", "139****5678"); known != unknown {
		t.Errorf("a phone that is known answers otherwise:\n%s\n%s", known, unknown)
	}
}
