// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"context"
	"net/http"
	"net/http/httptest"
	"net/url"
	"regexp"
	"strings"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/syncserver/access"
)

// inbox is what came to phones, by number.
type inbox map[string]string

func (i inbox) Text(_ context.Context, to ident.Mobile, code string) error {
	i[to.String()] = code
	return nil
}

// texts lets residents prove by text message who they are.
func (w *world) texts() inbox {
	w.t.Helper()
	got := inbox{}
	w.config.Provers = []access.Prover{must(access.NewCodes(got, w.clock, w.config.Random, w.config.Log))}
	w.open()
	return got
}

// browser keeps cookies and follows no redirect.
type browser struct {
	w       *world
	cookies map[string]*http.Cookie
}

func (w *world) browser() *browser { return &browser{w, map[string]*http.Cookie{}} }

func (b *browser) do(r *http.Request) *httptest.ResponseRecorder {
	for _, c := range b.cookies {
		r.AddCookie(c)
	}
	got := b.w.do(r)
	for _, c := range got.Result().Cookies() {
		b.cookies[c.Name] = c
		if c.MaxAge < 0 {
			delete(b.cookies, c.Name)
		}
	}
	return got
}

func (b *browser) get(path string) *httptest.ResponseRecorder {
	return b.do(httptest.NewRequest(http.MethodGet, path, nil))
}

func (b *browser) post(path string, form url.Values) *httptest.ResponseRecorder {
	return b.do(postRequest(path, form))
}

var flowPattern = regexp.MustCompile(`name="flow" value="([^"]+)"`)

// prove proves at plate n that a phone is one's own, and returns where that leads to.
func (b *browser) prove(n byte, got inbox, phone, page string) string {
	b.w.t.Helper()
	asked := b.post(b.w.path(n)+"/PROVE", url.Values{"way": {"sms"}, "phone": {phone}, "b": {page}})
	flow := flowPattern.FindStringSubmatch(asked.Body.String())
	if asked.Code != http.StatusOK || flow == nil {
		b.w.t.Fatalf("no code was sent: %d\n%s", asked.Code, asked.Body)
	}
	if strings.Contains(asked.Body.String(), got[phone]) || strings.Contains(asked.Body.String(), phone) {
		b.w.t.Errorf("the page shows the code or the whole number")
	}
	done := b.post(b.w.path(n)+"/PROVE", url.Values{"way": {"sms"}, "flow": {flow[1]}, "code": {got[phone]}, "b": {page}})
	if done.Code != http.StatusSeeOther {
		b.w.t.Fatalf("the code is not taken: %d\n%s", done.Code, done.Body)
	}
	return done.Header().Get("Location")
}

// TestProof: a code that came to one's phone lets one in, under a new cookie that scripts and other sites do not get, until one
// leaves; a wrong code does not, and an unknown page leads nowhere else.
func TestProof(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	b := w.browser()
	wantStatus(t, b.get(w.path(1)+"/PROVE?b=STATE"), 200, "您的手机号", `name="b" value="STATE"`)
	wantStatus(t, b.post(w.path(1)+"/PROVE", url.Values{"way": {"sms"}, "phone": {"1390000"}}), 400, "手机号不对")
	if to := b.prove(1, got, "13900001234", "STATE"); to != w.path(1)+"/STATE" {
		t.Errorf("led to %s", to)
	}
	c := b.cookies["__Host-yuexin_me"]
	if c == nil || !c.HttpOnly || !c.Secure || c.SameSite != http.SameSiteLaxMode || c.Path != "/" || c.MaxAge != 0 {
		t.Fatalf("cookie %+v", c)
	}
	wantStatus(t, b.get(w.path(1)), 200, "您是 139****1234", "/LEAVE")

	first := c.Value
	w.pass(2 * time.Minute)
	if to := b.prove(1, got, "13900001234", "https://evil.example"); to != w.path(1) || b.cookies["__Host-yuexin_me"].Value == first {
		t.Errorf("led to %s, or the old cookie goes on", to)
	}
	old := w.browser()
	old.cookies["__Host-yuexin_me"] = &http.Cookie{Name: "__Host-yuexin_me", Value: first}
	fixed := w.browser()
	fixed.cookies["__Host-yuexin_me"] = &http.Cookie{Name: "__Host-yuexin_me", Value: "chosen-by-somebody"}
	for name, x := range map[string]*browser{"the cookie before": old, "a cookie that somebody made up": fixed} {
		if strings.Contains(x.get(w.path(1)).Body.String(), "您是") {
			t.Errorf("%s lets in", name)
		}
	}
	if left := b.post(w.path(1)+"/LEAVE", nil); left.Code != http.StatusSeeOther || len(b.cookies) != 0 {
		t.Errorf("leaving: %d, cookies %v", left.Code, b.cookies)
	}

	x := w.browser()
	w.pass(2 * time.Minute)
	asked := x.post(w.path(1)+"/PROVE", url.Values{"way": {"sms"}, "phone": {"13900001234"}})
	flow := flowPattern.FindStringSubmatch(asked.Body.String())[1]
	wrong := url.Values{"way": {"sms"}, "flow": {flow}, "code": {"x"}}
	wantStatus(t, x.post(w.path(1)+"/PROVE", wrong), 401, "验证码不对", flow)
	for range 4 {
		x.post(w.path(1)+"/PROVE", wrong)
	}
	wantStatus(t, x.post(w.path(1)+"/PROVE", url.Values{"way": {"sms"}, "flow": {flow}, "code": {got["13900001234"]}}), 401, "这次验证已经结束")
	if len(x.cookies) != 0 {
		t.Errorf("cookies %v", x.cookies)
	}
}

// TestNoProof: a server without any way of proof says what to do instead.
func TestNoProof(t *testing.T) {
	w := newWorld(t)
	wantStatus(t, w.get(w.path(1)+"/PROVE"), 200, "这里还不能在手机上证明", "村委会")
	wantStatus(t, w.post(w.path(1)+"/PROVE", url.Values{"way": {"sms"}, "phone": {"13900001234"}}), 415, "这里还不能")
}

// provider is an identity provider that believes everybody who comes back with its code.
type provider struct{ who access.Proven }

func (provider) Way() access.Way { return access.ByProvider }

func (provider) Begin(context.Context, access.Ask) (access.Step, error) {
	return access.Step{Flow: "flow-1", Redirect: "https://id.example/authorize?state=s"}, nil
}

func (p provider) Finish(_ context.Context, flow string, a access.Answer) (access.Proven, error) {
	if flow != "flow-1" || a != (access.Answer{Code: "c", State: "s"}) {
		return access.Proven{}, fault.New(fault.Unauthenticated, "access.proof.refused")
	}
	return p.who, nil
}

// TestProofElsewhere: the way over the identity provider ends at the plate and page where it began, in its language, in the same
// browser only.
func TestProofElsewhere(t *testing.T) {
	w := newWorld(t)
	w.config.Provers = []access.Prover{provider{access.Proven{Way: access.ByProvider, Name: "陈秀英", ID: must(ident.ParseResidentID("11010519491231002X")), At: w.clock()}}}
	w.open()
	b := w.browser()
	out := b.post(w.path(1)+"/PROVE?l=en", url.Values{"way": {"oidc"}, "b": {"STATE"}})
	const there = "https://id.example/authorize?state=s"
	if out.Code != http.StatusOK || out.Header().Get("Refresh") != "0; url="+there || !strings.Contains(out.Body.String(), `href="`+there+`"`) {
		t.Fatalf("got %d, which leads to %q", out.Code, out.Header().Get("Refresh")) // a redirect is refused by browsers: form-action holds for it
	}
	if got := w.browser().get("/D/PROVEN?code=c&state=s"); got.Code != http.StatusUnauthorized || got.Header().Get("Set-Cookie") != "" {
		t.Errorf("another browser: %d", got.Code)
	}
	done := b.get("/D/PROVEN?code=c&state=s")
	if done.Code != http.StatusSeeOther || done.Header().Get("Location") != w.path(1)+"/STATE?l=en" {
		t.Fatalf("got %d to %s\n%s", done.Code, done.Header().Get("Location"), done.Body)
	}
	wantStatus(t, b.get(w.path(1)), 200, "您是 陈**")
	if got := b.get("/D/PROVEN?code=c&state=s"); got.Code != http.StatusUnauthorized {
		t.Errorf("once more: %d", got.Code)
	}
}
