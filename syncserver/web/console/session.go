// SPDX-License-Identifier: Apache-2.0

package console

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/access"
	"yuexin/syncserver/store"
)

// How long a login lasts: half an hour without a click, ten hours in all, a
// long working day.
const (
	idleTimeout = 30 * time.Minute
	lifetime    = 10 * time.Hour
)

// pollParam marks requests that a page makes by itself: they keep nobody
// logged in.
const pollParam = "poll"

// What a session holds.
const (
	keyUser  = "user"  // login name
	keyStamp = "stamp" // of the password hash at login
	keyBegun = "begun" // ms since 1970
	keySeen  = "seen"  // ms since 1970
	keyFlash = "flash" // message key, shown once
)

// langCookie keeps the language of whoever looks, logged in or not.
const langCookie = "yuexin_language"

func newSessions(cfg Config, keeper scs.Store) *scs.SessionManager {
	m := scs.New()
	m.Store = keeper
	m.Lifetime = lifetime
	m.HashTokenInStore = true
	m.Cookie.Name = "yuexin_console"
	m.Cookie.Path = cfg.Base + "/"
	m.Cookie.HttpOnly = true
	m.Cookie.Secure = !cfg.PlainHTTP
	m.Cookie.SameSite = http.SameSiteStrictMode
	m.Cookie.Persist = false
	return m
}

// visit is one request: who asks, and in which language.
type visit struct {
	user  store.User // zero until logged in
	print *i18n.Printer
	flash string
	alert *problem // for the head of the page

	withheld []consent.Refusal // what the answer lacks, because the people it is about have not consented
}

func (v *visit) known() bool { return v.user.Name != "" }

// visit finds out who asks. A session ends when it was idle, is too old, its
// password was reset, or its user was switched off.
func (c *Console) visit(r *http.Request) (*visit, error) {
	ctx := r.Context()
	v := &visit{print: c.Texts.Printer(i18n.ZhHans)}
	if cookie, err := r.Cookie(langCookie); err == nil {
		v.print = c.Texts.Printer(i18n.Lang(cookie.Value))
	}
	name := c.sessions.GetString(ctx, keyUser)
	if name == "" {
		return v, nil
	}
	now := c.Now().UnixMilli()
	idle := now-c.sessions.GetInt64(ctx, keySeen) > idleTimeout.Milliseconds()
	old := now-c.sessions.GetInt64(ctx, keyBegun) > lifetime.Milliseconds()
	user, err := c.Store.User(ctx, name)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return v, err
	}
	if idle || old || err != nil || user.Off || user.Login.Off || stampOf(user) != c.sessions.GetString(ctx, keyStamp) {
		return v, c.sessions.Destroy(ctx)
	}
	if !r.URL.Query().Has(pollParam) {
		c.sessions.Put(ctx, keySeen, now)
	}
	v.user = user
	if r.Method == http.MethodGet {
		v.flash = c.sessions.PopString(ctx, keyFlash)
	}
	return v, nil
}

// stampOf changes with the password and tells nothing about it.
func stampOf(u store.User) string {
	sum := sha256.Sum256([]byte("yuexin console session|" + u.Name + "|" + u.Hash))
	return hex.EncodeToString(sum[:8])
}

// onlyFor lets those in who have the page. Who is not logged in comes back
// after the login.
func (c *Console) onlyFor(page Page, h handler) handler {
	return func(w http.ResponseWriter, r *http.Request, v *visit) error {
		if !v.known() {
			c.toLogin(w, r)
			return nil
		}
		if !May(c.Access, v.user.Login.Role, page) {
			return fault.New(fault.NotAllowed, "console.not_your_page")
		}
		return h(w, r, v)
	}
}

func (c *Console) toLogin(w http.ResponseWriter, r *http.Request) {
	target := c.Base + "/login"
	if r.Method == http.MethodGet && r.URL.Path != c.Base+"/" {
		target += "?next=" + url.QueryEscape(r.URL.RequestURI())
	}
	if r.Header.Get("HX-Request") != "" {
		w.Header().Set("HX-Redirect", target)
		w.WriteHeader(http.StatusOK)
		return
	}
	http.Redirect(w, r, target, http.StatusSeeOther)
}

type loginPage struct {
	*frame
	Name, Next string
	Problem    *problem
}

func (c *Console) onLogin(w http.ResponseWriter, r *http.Request, v *visit) error {
	next := c.inside(r.URL.Query().Get("next"))
	if v.known() {
		http.Redirect(w, r, next, http.StatusSeeOther)
		return nil
	}
	return c.show(w, http.StatusOK, "login", loginPage{frame: c.frame(v, r, "login"), Next: next})
}

func (c *Console) onLoginPost(w http.ResponseWriter, r *http.Request, v *visit) error {
	if err := parseForm(r); err != nil {
		return err
	}
	name, next := strings.TrimSpace(r.PostForm.Get("name")), c.inside(r.PostForm.Get("next"))
	user, err := c.authenticate(r, name, r.PostForm.Get("password"))
	if err != nil {
		if fault.KindOf(err) == fault.Internal {
			return err
		}
		if err := c.noteRefused(r, name, err); err != nil {
			return err
		}
		page := loginPage{frame: c.frame(v, r, "login"), Name: name, Next: next, Problem: problemOf(v.print, err)}
		return c.show(w, fault.KindOf(err).HTTP(), "login", page)
	}
	if err := c.note(r, user, audit.Entry{Deed: audit.Login, What: "console.login"}); err != nil {
		return err
	}
	if err := c.begin(r, user); err != nil {
		return err
	}
	http.Redirect(w, r, next, http.StatusSeeOther)
	return nil
}

// authenticate returns the user of a name and password, if the console has a
// page for them.
func (c *Console) authenticate(r *http.Request, name, password string) (store.User, error) {
	user, err := c.Gate.Login(r.Context(), name, password, access.Address(r.RemoteAddr))
	if err != nil {
		return store.User{}, err
	}
	if user.Login.Off || len(c.pagesFor(user.Login.Role)) == 0 {
		return store.User{}, fault.New(fault.NotAllowed, "console.login.no_page")
	}
	return user, nil
}

// begin starts a session under a new token, so that one known before the
// login is worth nothing after it.
func (c *Console) begin(r *http.Request, user store.User) error {
	ctx := r.Context()
	if err := c.sessions.RenewToken(ctx); err != nil {
		return err
	}
	now := c.Now().UnixMilli()
	c.sessions.Put(ctx, keyUser, user.Name)
	c.sessions.Put(ctx, keyStamp, stampOf(user))
	c.sessions.Put(ctx, keyBegun, now)
	c.sessions.Put(ctx, keySeen, now)
	return nil
}

func (c *Console) onLogout(w http.ResponseWriter, r *http.Request, v *visit) error {
	if v.known() {
		if err := c.note(r, v.user, audit.Entry{Deed: audit.Logout, What: "console.login"}); err != nil {
			return err
		}
	}
	if err := c.sessions.Destroy(r.Context()); err != nil {
		return err
	}
	w.Header().Set("Clear-Site-Data", `"cache", "storage"`)
	http.Redirect(w, r, c.Base+"/login", http.StatusSeeOther)
	return nil
}

func (c *Console) onLanguage(w http.ResponseWriter, r *http.Request, _ *visit) error {
	if err := parseForm(r); err != nil {
		return err
	}
	http.SetCookie(w, &http.Cookie{
		Name: langCookie, Value: string(c.Texts.Printer(i18n.Lang(r.PostForm.Get("lang"))).Lang()), Path: c.Base + "/",
		MaxAge: int((365 * 24 * time.Hour).Seconds()), HttpOnly: true, Secure: !c.PlainHTTP, SameSite: http.SameSiteStrictMode,
	})
	back := r.PostForm.Get("back")
	if back == c.Base+"/login" {
		http.Redirect(w, r, back, http.StatusSeeOther)
		return nil
	}
	http.Redirect(w, r, c.inside(back), http.StatusSeeOther)
	return nil
}
