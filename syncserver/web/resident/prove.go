// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/access"
)

// Cookies are set only once somebody begins to prove who they are.
const (
	sessionCookie = "yuexin_me"
	flowCookie    = "yuexin_proof"
	flowLife      = 10 * time.Minute
)

// back is where the identity provider sends people: /D/PROVEN, one address for all plates.
const back = "PROVEN"

// BackPath is the path of that address, which the provider must know.
const BackPath = "/D/" + back

// cookieName is the name of a cookie: over TLS one that no other host and no plain connection can set.
func (s *site) cookieName(name string) string {
	if s.PlainHTTP {
		return name
	}
	return "__Host-" + name
}

// setCookie lets the browser keep something for a while, with 0 until it is closed, or drop it when value is "". Lax, because the provider's
// answer comes from another site; what changes something is a form, which crossing refuses from there.
func (q *request) setCookie(name, value string, life time.Duration) {
	c := &http.Cookie{
		Name: q.cookieName(name), Value: value, Path: "/", HttpOnly: true, Secure: !q.PlainHTTP, SameSite: http.SameSiteLaxMode,
		MaxAge: int(life.Seconds()),
	}
	if value == "" {
		c.MaxAge = -1
	}
	http.SetCookie(q.w, c)
}

// provePage asks somebody to prove who they are.
type provePage struct {
	*frame
	problems
	Back     string // the page to go to afterwards
	About    string // why it is asked for
	ByText   bool
	Provider bool
	Phone    string // as typed
	Flow     string // a code is under way
	Sent     string // to whom
	Kept     keptForm
}

// keptForm is what somebody had typed about a value of their file when their proof ran out.
type keptForm struct{ Value, What, Wanted string }

// keptForm reads it from a form: the one about the value itself, or one of those of the proof, which carry it along.
func (q *request) keptForm() keptForm {
	return keptForm{q.typed("v"), q.typed("what"), q.typed("wanted")}
}

func (k keptForm) typed() bool { return k.Value != "" && k.What+k.Wanted != "" }

// encode makes it part of a cookie of the browser it came from, which is sent to nobody else; parse reads that.
func (k keptForm) encode() string {
	if !k.typed() {
		return ""
	}
	return base64.RawURLEncoding.EncodeToString([]byte(url.Values{"v": {k.Value}, "what": {k.What}, "wanted": {k.Wanted}}.Encode()))
}

func parseKept(text string) (k keptForm) {
	raw, err := base64.RawURLEncoding.DecodeString(text)
	if err != nil {
		return k
	}
	v, err := url.ParseQuery(string(raw))
	if err != nil {
		return k
	}
	return keptForm{v.Get("v"), v.Get("what"), v.Get("wanted")}
}

// Problems are what is wrong.
func (p provePage) Problems() []problem { return p.problems }

// proveAt is the address of the page that asks for a proof, and leads to another afterwards.
func (q *request) proveAt(page string) string {
	at := string(q.Path) + "/PROVE?b=" + page // names of pages are letters
	if q.Query != "" {
		at += "&" + strings.TrimPrefix(string(q.Query), "?")
	}
	return at
}

// backOf is the page to go to after the proof; "" is the first.
func (q *request) backOf(page string) string {
	if page = strings.ToUpper(page); q.pages[page][http.MethodGet] == nil || page == "PROVE" {
		return ""
	}
	return page
}

// at is the address of a page of the plate.
func (q *request) at(page string) string {
	if page == "" {
		return string(q.Path + q.Query)
	}
	return string(q.Path) + "/" + page + string(q.Query)
}

// onProve asks somebody to prove who they are. Who has done so goes on.
func (q *request) onProve() error {
	page := q.backOf(q.r.URL.Query().Get("b"))
	if q.known {
		q.leadTo(q.at(page))
		return nil
	}
	return q.askProof(http.StatusOK, provePage{Back: page})
}

func (q *request) askProof(status int, page provePage) error {
	q.titled("resident.prove.title", "PROVE")
	page.frame = q.frame
	_, page.ByText = q.prover(access.ByText)
	_, page.Provider = q.prover(access.ByProvider)
	if page.About = "resident.prove.about"; page.Back == "NEED" {
		page.About = "resident.prove.about.need"
	}
	page.About = q.T(page.About)
	if page.Flow != "" {
		page.Switch = ""
	}
	return q.show(status, "prove", page)
}

// refuse shows what is wrong with a proof.
func (q *request) refuse(page provePage, field string, err error) error {
	if fault.Is(err, fault.RateLimited) {
		q.w.Header().Set("Retry-After", fault.From(err).Args["seconds"])
	}
	page.problems.add(q.Printer, field, err)
	return q.askProof(fault.KindOf(err).HTTP(), page)
}

// onProof begins or ends a proof.
func (q *request) onProof() error {
	page := provePage{Back: q.backOf(q.typed("b")), Kept: q.keptForm()}
	way := access.Way(q.typed("way"))
	prover, has := q.prover(way)
	switch {
	case !has:
		return q.refuse(page, "", fault.New(fault.Unsupported, "resident.prove.none"))
	case way == access.ByProvider:
		return q.toProvider(prover, page)
	case q.r.PostForm.Has("flow"):
		return q.finish(prover, page)
	}
	page.Phone = q.typed("phone")
	phone, err := ident.ParseMobile(page.Phone)
	if err != nil {
		return q.refuse(page, "phone", fault.New(fault.Invalid, "resident.prove.phone.wrong").WithCause(err))
	}
	step, err := prover.Begin(q.ctx, access.Ask{Phone: phone, Address: q.address})
	if err != nil {
		return q.refuse(page, "", err)
	}
	page.Flow, page.Sent = step.Flow, phone.Masked()
	return q.askProof(http.StatusOK, page)
}

// finish looks at a code. A flow that is over begins anew.
func (q *request) finish(prover access.Prover, page provePage) error {
	page.Flow, page.Sent = q.typed("flow"), q.typed("sent")
	who, err := prover.Finish(q.ctx, page.Flow, access.Answer{Code: q.typed("code")})
	if err != nil {
		field := "code"
		if fault.From(err).Key != "access.proof.wrong" {
			page.Flow, field = "", ""
		}
		if noted := q.noteDeed(audit.Refused, "prove", "", string(prover.Way())); noted != nil {
			return noted
		}
		return q.refuse(page, field, err)
	}
	return q.enter(who, page.Back, page.Kept)
}

// enter remembers who somebody is, under a token that nobody had before, and leads them on: to the form that they had begun to
// fill in, or to a page.
func (q *request) enter(who access.Proven, page string, kept keptForm) error {
	if err := q.noteDeed(audit.Login, "prove", calledOf(who), string(who.Way)); err != nil {
		return err
	}
	token, err := q.sessions.Begin(who)
	if err != nil {
		return err
	}
	if cookie, err := q.r.Cookie(q.cookieName(sessionCookie)); err == nil {
		q.sessions.End(cookie.Value)
	}
	q.setCookie(sessionCookie, token, 0)
	if page == "FILE" && kept.typed() {
		q.person, q.known, q.Me, q.own = who, true, calledOf(who), nil
		err := q.askObject(http.StatusOK, kept.Value, objectPage{What: kept.What, Wanted: kept.Wanted})
		if !fault.Is(err, fault.NotFound) { // of another's file, or of none any more
			return err
		}
	}
	q.leadTo(q.at(page))
	return nil
}

// onwardPage leads to the identity provider.
type onwardPage struct {
	*frame
	To string
}

// toProvider sends somebody to the identity provider. A cookie ties its answer to this browser, and says where to go then. It is not a
// redirect: form-action holds for where a form is redirected to as well (Chromium refuses it), and nobody knows by which hosts a
// provider leads people on.
func (q *request) toProvider(prover access.Prover, page provePage) error {
	step, err := prover.Begin(q.ctx, access.Ask{Address: q.address})
	if err != nil {
		return q.refuse(page, "", err)
	}
	token, _ := splitPath(string(q.Path))
	q.setCookie(flowCookie, strings.Join([]string{step.Flow, token, page.Back, string(q.Lang()), page.Kept.encode()}, "."), flowLife)
	q.w.Header().Set("Refresh", "0; url="+step.Redirect)
	q.titled("resident.prove.title", "PROVE")
	q.Switch = ""
	return q.show(http.StatusOK, "onward", onwardPage{q.frame, step.Redirect})
}

// onBack takes the answer of the identity provider.
func (q *request) onBack() error {
	if wait := q.reads.address.take(q.address, q.now); wait > 0 {
		return q.busy(wait)
	}
	over := fault.New(fault.Unauthenticated, "access.proof.over")
	cookie, err := q.r.Cookie(q.cookieName(flowCookie))
	if err != nil {
		return over
	}
	q.setCookie(flowCookie, "", 0)
	kept := strings.Split(cookie.Value, ".")
	prover, has := q.prover(access.ByProvider)
	if len(kept) != 5 || !has {
		return over
	}
	flow, token, page, lang := kept[0], kept[1], q.backOf(kept[2]), kept[3]
	if lang == "en" {
		q.speak(q.Texts, q.Other())
	}
	if err := q.open(strings.ToUpper(token)); err != nil {
		return err
	}
	said := q.r.URL.Query()
	who, err := prover.Finish(q.ctx, flow, access.Answer{Code: said.Get("code"), State: said.Get("state")})
	if err != nil {
		return q.refuse(provePage{Back: page}, "", err)
	}
	return q.enter(who, page, parseKept(kept[4]))
}

// onLeave forgets who somebody is.
func (q *request) onLeave() error {
	if q.known {
		if err := q.noteDeed(audit.Logout, "leave", q.Me, string(q.person.Way)); err != nil {
			return err
		}
	}
	if cookie, err := q.r.Cookie(q.cookieName(sessionCookie)); err == nil {
		q.sessions.End(cookie.Value)
	}
	q.setCookie(sessionCookie, "", 0)
	q.leadTo(q.at(""))
	return nil
}
