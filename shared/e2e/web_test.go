// SPDX-License-Identifier: Apache-2.0

package e2e_test

import (
	"html"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"
	"testing"
)

// visitor is somebody with a phone or at a desk: HTTP with cookies, as a
// browser without JavaScript sends it.
type visitor struct {
	t    *testing.T
	http *http.Client
	at   string // address of the last page
}

func newVisitor(t *testing.T) *visitor {
	t.Helper()
	jar, err := cookiejar.New(nil)
	if err != nil {
		t.Fatal(err)
	}
	return &visitor{t: t, http: &http.Client{Jar: jar, Timeout: patience}}
}

// page is what an address answered.
type page struct {
	status int
	body   string
}

func (v *visitor) get(address string) page {
	v.t.Helper()
	resp, err := v.http.Get(address)
	return v.read(resp, err)
}

// post sends a form from the page before, as browsers do.
func (v *visitor) post(address string, form url.Values) page {
	v.t.Helper()
	req, err := http.NewRequestWithContext(v.t.Context(), http.MethodPost, address, strings.NewReader(form.Encode()))
	if err != nil {
		v.t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", req.URL.Scheme+"://"+req.URL.Host)
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	resp, err := v.http.Do(req)
	return v.read(resp, err)
}

func (v *visitor) read(resp *http.Response, err error) page {
	v.t.Helper()
	if err != nil {
		v.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		v.t.Fatal(err)
	}
	v.at = resp.Request.URL.String()
	return page{resp.StatusCode, string(body)}
}

// ok fails unless the page is there, without any {placeholder} left open.
func (v *visitor) ok(p page) page {
	v.t.Helper()
	if p.status != http.StatusOK {
		v.t.Fatalf("%s answers %d:\n%s", v.at, p.status, p.text())
	}
	if left := regexp.MustCompile(`\{[a-z_]+\}`).FindString(p.text()); left != "" {
		v.t.Errorf("%s shows %s", v.at, left)
	}
	return p
}

var (
	noText = regexp.MustCompile(`(?s)<(style|script)[^>]*>.*?</(style|script)>|<[^>]*>`)
	spaces = regexp.MustCompile(`\s+`)
)

// text is what a reader sees, in one line.
func (p page) text() string {
	return spaces.ReplaceAllString(html.UnescapeString(noText.ReplaceAllString(p.body, " ")), " ")
}

// value returns the value of a named field of the page's form.
func (p page) value(t *testing.T, name string) string {
	t.Helper()
	m := regexp.MustCompile(`name="` + name + `"[^>]*? value="([^"]*)"`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("no field %s in\n%s", name, p.body)
	}
	return html.UnescapeString(m[1])
}

// href returns the first link of the page that matches.
func (p page) href(t *testing.T, pattern string) string {
	t.Helper()
	m := regexp.MustCompile(`href="(` + pattern + `)"`).FindStringSubmatch(p.body)
	if m == nil {
		t.Fatalf("no link to %s in\n%s", pattern, p.body)
	}
	return html.UnescapeString(m[1])
}

// staff logs a demo user in at the console.
func (s *server) staff(name string) *visitor {
	s.t.Helper()
	v := newVisitor(s.t)
	v.ok(v.get(s.url + "/console/"))
	p := v.ok(v.post(s.url+"/console/login", url.Values{"name": {name}, "password": {password}}))
	if !strings.Contains(p.body, "/console/logout") {
		s.t.Fatalf("%s is not logged in:\n%s", name, p.text())
	}
	return v
}
