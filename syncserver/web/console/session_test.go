// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"yuexin/syncserver/web/console"
	"yuexin/syncserver/web/htmlcheck"
)

func credentials(name, password string) url.Values {
	return url.Values{"name": {name}, "password": {password}}
}

func TestLogin(t *testing.T) {
	w := newWorld(t)
	off := w.users["he"]
	off.Off = true
	w.users["he"] = off
	kiosk := w.users["deng"]
	kiosk.Login.Role = "kiosk"
	w.users["deng"] = kiosk

	tests := []struct {
		name, user, password string
		status               int
		message              string
	}{
		{"right", "liang", password, http.StatusSeeOther, ""},
		{"name in capitals", "LIANG ", password, http.StatusSeeOther, ""},
		{"wrong password", "su", "Guava-kiln-74", http.StatusUnauthorized, "登录名或密码"},
		{"unknown user", "nobody", password, http.StatusUnauthorized, "登录名或密码"},
		{"empty", "", "", http.StatusUnauthorized, "登录名或密码"},
		{"switched off", "he", password, http.StatusForbidden, "停用"},
		{"a role without pages", "deng", password, http.StatusForbidden, "没有可以使用的后台页面"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b := w.browser()
			got := b.post("/login", credentials(tt.user, tt.password))
			if got.status != tt.status {
				t.Fatalf("status = %d, want %d", got.status, tt.status)
			}
			if tt.status != http.StatusSeeOther {
				htmlcheck.Run(t, got.body, htmlcheck.Text(".notice.bad", tt.message), htmlcheck.Attr("#name", "value", tt.user),
					htmlcheck.Attr("#password", "value", ""))
				if again := b.get("/demands"); again.status != http.StatusSeeOther {
					t.Errorf("let in all the same: %d", again.status)
				}
			}
		})
	}
}

func TestLoginSlowsGuessing(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	var last page
	for range 8 {
		last = b.post("/login", credentials("admin", "wrong-guess"))
	}
	if last.status != http.StatusTooManyRequests {
		t.Fatalf("status = %d, want 429", last.status)
	}
	if got := b.post("/login", credentials("admin", password)); got.status != http.StatusTooManyRequests {
		t.Errorf("right password while waiting: %d", got.status)
	}
	w.now = w.now.Add(time.Hour)
	if got := b.post("/login", credentials("admin", password)); got.status != http.StatusSeeOther {
		t.Errorf("after the wait: %d", got.status)
	}
}

func TestSessionIsRenewedAndEnds(t *testing.T) {
	w := newWorld(t)
	b := w.login("su")
	b.post("/language", url.Values{"lang": {"en"}, "back": {"/console/login"}})
	before := b.token(t)
	b.post("/login", credentials("liang", password))
	after := b.token(t)
	if before == after {
		t.Error("the session kept its token over the login")
	}
	if got := b.get("/demands"); got.status != http.StatusOK || !strings.Contains(got.body, `lang="en"`) || !strings.Contains(got.body, "梁志明") {
		t.Errorf("after the login: %d", got.status)
	}

	b.post("/logout", url.Values{})
	for _, token := range []string{before, after, "made-up"} {
		got := w.browser().do(http.MethodGet, "/demands", nil, "Cookie", "yuexin_console="+token)
		if got.status != http.StatusSeeOther {
			t.Errorf("an old token opens the console: %d", got.status)
		}
	}
}

func (b *browser) token(t *testing.T) string {
	t.Helper()
	u := must(url.Parse(b.w.server.URL + "/console/"))(t)
	for _, c := range b.client.Jar.Cookies(u) {
		if c.Name == "yuexin_console" {
			return c.Value
		}
	}
	t.Fatal("no cookie")
	return ""
}

func TestCookie(t *testing.T) {
	tests := []struct {
		name  string
		plain bool
	}{{"over TLS", false}, {"on this machine", true}}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t, func(c *console.Config) { c.PlainHTTP = tt.plain })
			got := w.browser().post("/login", credentials("liang", password)).cookie
			if got == nil || !got.HttpOnly || got.SameSite != http.SameSiteStrictMode || got.Secure == tt.plain || got.Path != "/console/" {
				t.Errorf("cookie = %+v", got)
			}
		})
	}
}

func TestPlainHTTPAnswersThisMachineOnly(t *testing.T) {
	w := newWorld(t)
	for _, tt := range []struct {
		from   string
		status int
	}{{"127.0.0.1:5", 200}, {"[::1]:5", 200}, {"192.168.1.20:5", 403}, {"nonsense", 403}} {
		r := httptest.NewRequest(http.MethodGet, "/console/login", nil)
		r.RemoteAddr = tt.from
		rec := httptest.NewRecorder()
		w.console.ServeHTTP(rec, r)
		if rec.Code != tt.status {
			t.Errorf("from %s: %d, want %d", tt.from, rec.Code, tt.status)
		}
	}
}

func TestSessionTimesOut(t *testing.T) {
	tests := []struct {
		name  string
		steps []time.Duration
		path  string
		in    bool
	}{
		{"short rests", []time.Duration{25 * time.Minute, 25 * time.Minute}, "/demands", true},
		{"a long rest", []time.Duration{31 * time.Minute}, "/demands", false},
		{"a page that refreshes itself keeps nobody in", []time.Duration{20 * time.Minute, 20 * time.Minute}, "/demands?poll", false},
		{"a day of work is the most", slicesOf(25*time.Minute, 25), "/demands", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			b := w.login("liang")
			var got page
			for _, d := range tt.steps {
				w.now = w.now.Add(d)
				got = b.get(tt.path)
			}
			if (got.status == http.StatusOK) != tt.in {
				t.Errorf("status = %d, want in: %v", got.status, tt.in)
			}
		})
	}
}

func slicesOf(d time.Duration, n int) []time.Duration {
	all := make([]time.Duration, n)
	for i := range all {
		all[i] = d
	}
	return all
}

func TestSwitchingAUserOffEndsTheSession(t *testing.T) {
	w := newWorld(t)
	b := w.login("liang")
	u := w.users["liang"]
	u.Login.Off = true
	w.users["liang"] = u
	if got := b.get("/demands"); got.status != http.StatusSeeOther {
		t.Errorf("status = %d", got.status)
	}
}

func TestNoOpenRedirect(t *testing.T) {
	w := newWorld(t)
	tests := []struct{ next, want string }{
		{"/console/villages", "/console/villages"},
		{"/console/demands?state=intent&after=x", "/console/demands?state=intent&after=x"},
		{"", "/console/"},
		{"https://evil.example/console/", "/console/"},
		{"//evil.example/console/", "/console/"},
		{"/\\evil.example", "/console/"},
		{"/console/../../etc", "/console/"},
		{"/console/..//evil.example", "/console/"},
		{"/console//evil.example", "/console/evil.example"},
		{"javascript:alert(1)", "/console/"},
		{"/console/\r\nSet-Cookie: a=b", "/console/"},
		{"/other", "/console/"},
		{"/console/login", "/console/"},
		{"%zz", "/console/"},
	}
	for _, tt := range tests {
		t.Run(tt.next, func(t *testing.T) {
			form := credentials("liang", password)
			form.Set("next", tt.next)
			if got := w.browser().post("/login", form).header.Get("Location"); got != tt.want {
				t.Errorf("login leads to %q, want %q", got, tt.want)
			}
			got := w.browser().post("/language", url.Values{"lang": {"en"}, "back": {tt.next}}).header.Get("Location")
			if got != tt.want && tt.next != "/console/login" {
				t.Errorf("language leads to %q, want %q", got, tt.want)
			}
		})
	}
}

func TestLoginLeadsBack(t *testing.T) {
	w := newWorld(t)
	b := w.browser()
	got := b.get("/demands?state=intent")
	want := "/console/login?next=" + url.QueryEscape("/console/demands?state=intent")
	if got.status != http.StatusSeeOther || got.header.Get("Location") != want {
		t.Fatalf("got %d to %q, want %q", got.status, got.header.Get("Location"), want)
	}
	form := b.do(http.MethodGet, "/login?next="+url.QueryEscape("/console/demands?state=intent"), nil)
	htmlcheck.Run(t, form.body, htmlcheck.Attr("input[name=next]", "value", "/console/demands?state=intent"))

	part := b.do(http.MethodGet, "/demands", nil, "HX-Request", "true")
	if part.header.Get("HX-Redirect") == "" {
		t.Error("a part of a page leads nowhere after the session has ended")
	}
	in := w.login("liang")
	if got := in.get("/login"); got.status != http.StatusSeeOther {
		t.Errorf("the login page for who is in: %d", got.status)
	}
	if got := in.get("/"); got.header.Get("Location") != "/console/demands" {
		t.Errorf("home leads to %q", got.header.Get("Location"))
	}
	if got := in.get(""); got.header.Get("Location") != "/console/" {
		t.Errorf("the base leads to %q", got.header.Get("Location"))
	}
}
