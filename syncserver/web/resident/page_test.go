// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/syncserver/web/resident"
)

// answers are one answer of each page, drawn by its name.
func (w *world) answers(query string) map[string]*httptest.ResponseRecorder {
	w.t.Helper()
	wrong := w.form(1)
	wrong.Set("asked", "5")
	wrong.Set("phone", "1990000")
	number := w.register(1, nil)
	return map[string]*httptest.ResponseRecorder{
		"scan": w.get(w.path(1) + query), "need": w.get(w.path(1) + "/NEED" + query),
		"wrong": w.post(w.path(1)+"/NEED"+query, wrong), "receipt": w.post(w.path(1)+"/NEED"+query, w.form(1)),
		"ask": w.get(w.path(1) + "/STATE" + query), "data": w.get(w.path(1) + "/DATA" + query),
		"state": w.post(w.path(1)+"/STATE"+query, url.Values{"number": {number}, "proof": {"1234"}}),
		"stop":  w.get(w.path(99) + query), "points": w.get(w.path(1) + "/POINTS" + query), "notices": w.get(w.path(1) + "/NOTICES" + query), "prove": w.get(w.path(1) + "/PROVE" + query),
	}
}

// The pages of a whole errand, with a mistake on the way, stay below 60 kB
// together, and each one below 6.5 kB when the server compresses.
func TestSize(t *testing.T) {
	const limit, each = 60_000, 6_500
	needsMore := regexp.MustCompile(`(?i)<(script[^>]+src|img|link[^>]+stylesheet|iframe|object|embed)|@import|url\(`)
	for _, query := range []string{"", "?l=en"} {
		pages, total := newWorld(t).answers(query), 0
		for name, got := range pages {
			var packed bytes.Buffer
			z := gzip.NewWriter(&packed)
			_, _ = z.Write(got.Body.Bytes()) // to memory
			if err := z.Close(); err != nil {
				t.Fatal(err)
			}
			if packed.Len() > each {
				t.Errorf("%s%s: %d bytes compressed, want at most %d", name, query, packed.Len(), each)
			}
			if needsMore.MatchString(got.Body.String()) {
				t.Errorf("%s%s needs more than itself", name, query)
			}
		}
		for _, name := range []string{"scan", "need", "wrong", "receipt"} {
			total += pages[name].Body.Len()
		}
		if total > limit {
			t.Errorf("an errand%s has %d bytes, want at most %d", query, total, limit)
		}
	}
}

func TestSecurityHeaders(t *testing.T) {
	w := newWorld(t)
	style := regexp.MustCompile(`(?s)<style>(.*)</style>`)
	for name, got := range w.answers("") {
		for header, want := range map[string]string{
			"Content-Type": "text/html; charset=utf-8", "X-Content-Type-Options": "nosniff", "X-Frame-Options": "DENY",
			"Referrer-Policy": "same-origin", "Cache-Control": "no-store",
		} {
			if value := got.Header().Get(header); value != want {
				t.Errorf("%s: got %s %q, want %q", name, header, value, want)
			}
		}
		digest := sha256.Sum256([]byte(style.FindStringSubmatch(got.Body.String())[1]))
		security := got.Header().Get("Content-Security-Policy")
		for _, want := range []string{"default-src 'none'", "'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) + "'", "form-action 'self'"} {
			if !strings.Contains(security, want) {
				t.Errorf("%s: the policy %q lacks %q", name, security, want)
			}
		}
		if strings.Contains(got.Body.String(), "style=") || strings.Contains(got.Body.String(), "onclick") {
			t.Errorf("%s: has what its policy forbids", name)
		}
		if got.Header().Get("Set-Cookie") != "" {
			t.Errorf("%s: sets a cookie", name)
		}
	}
}

// Nothing personal in any address on any page.
func TestNothingPersonalInAddresses(t *testing.T) {
	w := newWorld(t)
	address := regexp.MustCompile(`(?:href|action)="([^"]*)"`)
	allowed := regexp.MustCompile(`^(/D/[0-9A-Z]{136}(/[A-Z]+)?(\?l=en|\?b=[A-Z]*)?|data:,|tel:0758-1234567|#[a-z_-]+)$`)
	for _, query := range []string{"", "?l=en"} {
		w := newWorld(t)
		for name, got := range w.answers(query) {
			for _, found := range address.FindAllStringSubmatch(got.Body.String(), -1) {
				if !allowed.MatchString(found[1]) {
					t.Errorf("%s: address %q", name, found[1])
				}
			}
		}
	}
	if w.log.Len() > 0 {
		t.Errorf("something was logged: %s", w.log.String())
	}
}

func TestScriptIsHarmless(t *testing.T) {
	const script = `"><script>alert(1)</script><img src=x onerror=alert(1)>`
	w := newWorld(t)
	for field := range w.form(1) {
		form := w.form(1)
		form.Set(field, script)
		wantHarmless(t, field, w.post(w.path(1)+"/NEED", form))
	}
	form := w.form(1)
	form.Set("applicant_name", `</textarea><script>x</script>`)
	form.Set("contact", "helper")
	form.Set("helper_name", `'><script>x</script>`)
	wantHarmless(t, "receipt", w.post(w.path(1)+"/NEED", form))
	wantHarmless(t, "number", w.ask(1, script, "1234"))
	wantHarmless(t, "proof", w.ask(1, unused(1), script))
	wantHarmless(t, "language", w.get(w.path(1)+"?l="+url.QueryEscape(script)))
	wantHarmless(t, "page", w.get(w.path(1)+"/"+url.PathEscape(script)))
}

func wantHarmless(t *testing.T, what string, got *httptest.ResponseRecorder) {
	t.Helper()
	body := got.Body.String()
	if own := regexp.MustCompile(`(?s)<script>(?:\(function\(\)\{var d=document|try\{local).*?</script>`).FindAllString(body, -1); len(own) == 1 {
		body = strings.Replace(body, own[0], "", 1) // the page's own, whose digest its policy names
	}
	if body = strings.ToLower(body); strings.Contains(body, "<script") || strings.Contains(body, "<img") {
		t.Errorf("%s: script gets into the page:\n%s", what, got.Body)
	}
}

func TestPostRefusals(t *testing.T) {
	w := newWorld(t)
	form := w.form(1)
	post := func(change func(*http.Request)) *http.Request {
		r := postRequest(w.path(1)+"/NEED", form)
		change(r)
		return r
	}
	body := func(text string) func(*http.Request) {
		return func(r *http.Request) { r.Body = http.NoBody; *r = *withBody(r, text) }
	}
	for _, tt := range []struct {
		name   string
		r      *http.Request
		status int
		want   string
	}{
		{"another site", post(func(r *http.Request) { r.Header.Set("Sec-Fetch-Site", "cross-site") }), 403, "不是从本网站填写的"},
		{"another origin, old browser", post(func(r *http.Request) {
			r.Header.Del("Sec-Fetch-Site")
			r.Header.Set("Origin", "https://evil.example")
		}), 403, "不是从本网站填写的"},
		{"json", post(func(r *http.Request) { r.Header.Set("Content-Type", "application/json") }), 415, "看不懂"},
		{"no type", post(func(r *http.Request) { r.Header.Del("Content-Type") }), 415, "看不懂"},
		{"another charset", post(func(r *http.Request) {
			r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=gb18030")
		}), 415, "看不懂"},
		{"GB 18030 bytes", post(body("name=%B3%C2%D0%E3%D3%A2")), 415, "看不懂"},
		{"broken escapes", post(body("name=%zz")), 400, "看不懂"},
		{"too large", post(body("name=" + strings.Repeat("x", 40<<10))), 413, "太长"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			wantStatus(t, w.do(tt.r), tt.status, tt.want)
			if n := len(w.demands()); n != 0 {
				t.Errorf("got %d demands, want none", n)
			}
		})
	}
	wantStatus(t, w.do(post(func(r *http.Request) { r.Header.Del("Sec-Fetch-Site") })), 200, "登记好了")
}

func withBody(r *http.Request, text string) *http.Request {
	with := httptest.NewRequest(http.MethodPost, r.URL.Path, strings.NewReader(text))
	with.Header = r.Header
	return with
}

func TestMethods(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		method, page string
		status       int
		allow        string
	}{
		{http.MethodPost, "", 405, "GET, HEAD"},
		{http.MethodGet, "/WITHDRAW", 405, "POST"},
		{http.MethodPut, "/NEED", 405, "GET, HEAD, POST"},
		{http.MethodDelete, "/DATA", 405, "GET, HEAD"},
		{http.MethodHead, "", 200, ""},
		{http.MethodGet, "/OTHER", 404, ""},
		{http.MethodGet, "/NEED/X", 404, ""},
	} {
		got := w.do(httptest.NewRequest(tt.method, w.path(1)+tt.page, nil))
		if got.Code != tt.status || got.Header().Get("Allow") != tt.allow {
			t.Errorf("%s %s: got %d, Allow %q; want %d, %q", tt.method, tt.page, got.Code, got.Header().Get("Allow"), tt.status, tt.allow)
		}
		if tt.method == http.MethodHead && got.Body.Len() > 0 {
			t.Error("HEAD has a body")
		}
	}
}

func TestTooManyRequests(t *testing.T) {
	w := newWorld(t)
	var got *httptest.ResponseRecorder
	for range 61 {
		got = w.get(w.path(1))
	}
	wantStatus(t, got, http.StatusTooManyRequests, "打开得太频繁", "请过 2 秒 再试")
	other := httptest.NewRequest(http.MethodGet, w.path(99), nil)
	wantStatus(t, w.do(other), http.StatusNotFound) // another plate is not concerned
	w.pass(2 * time.Second)
	wantStatus(t, w.get(w.path(1)), 200)

	for range 240 {
		got = w.get("/D/" + strings.Repeat("0", 136)) // whoever tries tokens
	}
	wantStatus(t, got, http.StatusTooManyRequests)
}

// Every text of the pages is there in both languages.
func TestTexts(t *testing.T) {
	w := newWorld(t)
	for _, query := range []string{"", "?l=en"} {
		for name, got := range w.answers(query) {
			if body := got.Body.String(); strings.Contains(body, "⟦") || strings.Contains(body, "{") && !strings.Contains(body, "<style>") {
				t.Errorf("%s%s: a text is missing", name, query)
			}
		}
	}
	for _, missing := range w.config.Texts.Missing() {
		t.Errorf("missing: %s", missing)
	}
	texts := must(i18n.Load(assets.Locales()))
	for _, problem := range i18n.Check(texts) {
		if strings.Contains(problem, "resident.") {
			t.Error(problem)
		}
	}
}

// The choices of the form are those of the catalogue.
func TestPurposesAreTheCatalogues(t *testing.T) {
	w := newWorld(t)
	body := w.get(w.path(1) + "/NEED").Body.String()
	var got []string
	for _, found := range regexp.MustCompile(`name="purpose" value="([^"]+)"`).FindAllStringSubmatch(body, -1) {
		got = append(got, found[1])
	}
	field, _ := w.catalogue.Field("demand", "purpose")
	slices.Sort(got)
	if want := slices.Sorted(slices.Values(field.Choices)); !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}

func TestConfigIsComplete(t *testing.T) {
	w := newWorld(t)
	for name, drop := range map[string]func(*resident.Config){
		"store": func(c *resident.Config) { c.Resident = nil }, "desk": func(c *resident.Config) { c.Desk = nil },
		"keys":    func(c *resident.Config) { c.Keys = nil },
		"numbers": func(c *resident.Config) { c.Numbers = nil }, "receipts": func(c *resident.Config) { c.Receipts = nil }, "rules": func(c *resident.Config) { c.Lending = nil },
		"consents": func(c *resident.Config) { c.Consents = nil }, "form": func(c *resident.Config) { c.Form = nil }, "texts": func(c *resident.Config) { c.Texts = nil },
		"clock": func(c *resident.Config) { c.Now = nil }, "randomness": func(c *resident.Config) { c.Random = nil },
		"pause": func(c *resident.Config) { c.Pause = nil }, "log": func(c *resident.Config) { c.Log = nil },
		"key": func(c *resident.Config) { c.Key = c.Key[1:] }, "card key": func(c *resident.Config) { c.CardKey = nil }, "host": func(c *resident.Config) { c.Public.Host = "" },
		"contact": func(c *resident.Config) { c.Contact.Name = "" }, "drafts": func(c *resident.Config) { c.Drafts = nil },
		"confirmation": func(c *resident.Config) { c.Confirm = nil },
	} {
		config := w.config
		drop(&config)
		if _, err := resident.New(config); err == nil {
			t.Errorf("a configuration without %s is taken", name)
		}
	}
}
