// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"strings"
)

// browser is one person's browser.
type browser struct {
	w      *world
	client *http.Client
}

func (w *world) browser() *browser {
	jar := must(cookiejar.New(nil))(w.t)
	return &browser{w: w, client: &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// login returns the browser of somebody who has signed in.
func (w *world) login(name string) *browser {
	w.t.Helper()
	b := w.browser()
	p := b.post("/login", url.Values{"name": {name}, "password": {password}})
	if p.status != http.StatusSeeOther {
		w.t.Fatalf("login of %s: status %d", name, p.status)
	}
	return b
}

// page is an answer.
type page struct {
	status int
	body   string
	header http.Header
	cookie *http.Cookie
}

func (b *browser) do(method, path string, form url.Values, headers ...string) page {
	b.w.t.Helper()
	kind := ""
	if form != nil {
		kind = "application/x-www-form-urlencoded"
	}
	return b.send(method, path, kind, form.Encode(), headers...)
}

// raw posts what no form of ours makes.
func (b *browser) raw(path, kind, body string) page {
	b.w.t.Helper()
	return b.send(http.MethodPost, path, kind, body)
}

func (b *browser) send(method, path, kind, body string, headers ...string) page {
	b.w.t.Helper()
	r := must(http.NewRequestWithContext(b.w.t.Context(), method, b.w.server.URL+"/console"+path, strings.NewReader(body)))(b.w.t)
	if kind != "" {
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", b.w.server.URL)
	}
	for i := 0; i+1 < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	res := must(b.client.Do(r))(b.w.t)
	defer res.Body.Close()
	p := page{status: res.StatusCode, header: res.Header, body: string(must(io.ReadAll(res.Body))(b.w.t))}
	for _, c := range res.Cookies() {
		p.cookie = c
	}
	return p
}

func (b *browser) get(path string) page {
	b.w.t.Helper()
	return b.do(http.MethodGet, path, nil)
}

func (b *browser) post(path string, form url.Values) page {
	b.w.t.Helper()
	return b.do(http.MethodPost, path, form)
}

// at returns the address of a demand's page.
func (w *world) at(name string) string {
	w.t.Helper()
	d, known := w.demand[name]
	if !known {
		w.t.Fatalf("no demand of %s", name)
	}
	return "/demands/" + d.Header.ID.String()
}
