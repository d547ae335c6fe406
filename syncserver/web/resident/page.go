// SPDX-License-Identifier: Apache-2.0

package resident

import (
	"bytes"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"net/http"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
)

var (
	//go:embed resident.css
	styleSource string
	//go:embed *.html
	pagesSource embed.FS
)

// china is the time that residents read: UTC+8 all year.
var china = time.FixedZone("CST", 8*60*60)

// look is how pages look: templates, style and the headers that go with them.
type look struct {
	pages    *template.Template
	style    template.CSS
	security string
}

// newLook reads the pages. The style stands in the page, since a second request
// costs more than its bytes on a village's network; the policy names its digest
// and allows nothing else: no script, no other site, no frame.
func newLook() (*look, error) {
	pages, err := template.ParseFS(pagesSource, "*.html")
	if err != nil {
		return nil, fmt.Errorf("read resident pages: %w", err)
	}
	style := template.CSS(strings.ReplaceAll(strings.TrimSpace(styleSource), "}\n", "}")) // a hundred lines less
	return &look{pages: pages, style: style, security: security(style)}, nil
}

// security is the policy of a page with this style and no other.
func security(style template.CSS) string {
	digest := sha256.Sum256([]byte(style))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(digest[:]) +
		"'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
}

// head sets the headers of every answer. Referrer-Policy is not "no-referrer":
// browsers then hide the origin of a form, which is how we know our own.
func (l *look) head(h http.Header) {
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", l.security)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), microphone=(), geolocation=(), payment=()")
	h.Set("Cache-Control", "no-store")
	h.Set("X-Robots-Tag", "noindex, nofollow")
}

// frame is what every page has around its content.
type frame struct {
	*i18n.Printer
	Title      string
	Style      template.CSS
	Sample     bool
	Host       string
	Contact    Contact
	Path       template.URL // of the plate; "" before a plate is known
	Query      template.URL // keeps the language
	Switch     template.URL // the same page in the other language; "" for none
	Me         string       // who has proved who they are, for all to see; "" for nobody
	SwitchForm bool         // the form of the page changes the language, so that nothing typed is lost

	// What is printed on the plate.
	Village string
	House   string
	Code    string
}

func (s *site) frame(lang i18n.Lang) *frame {
	f := &frame{Style: s.look.style, Sample: s.Sample, Host: s.Public.Host, Contact: s.Contact}
	f.speak(s.Texts, lang)
	return f
}

// speak puts the frame into a language.
func (f *frame) speak(texts *i18n.Catalogue, lang i18n.Lang) {
	f.Printer, f.Query = texts.Printer(lang), ""
	if lang == i18n.En {
		f.Query = "?l=en"
	}
}

// dress adds to the style of the page, and lets its policy name all of it.
func (q *request) dress(more string) {
	if more != "" {
		q.Style += template.CSS("\n" + strings.TrimSpace(more)) // made of names and codes of the form, not of what was typed
		q.w.Header().Set("Content-Security-Policy", security(q.Style))
	}
}

// Other is the language that the page is not in.
func (f *frame) Other() i18n.Lang {
	if f.Lang() == i18n.En {
		return i18n.ZhHans
	}
	return i18n.En
}

// titled sets the title and the link to the other language at the page called
// name.
func (f *frame) titled(key, name string) {
	f.Title = f.T(key)
	f.Switch = f.Path
	if name != "" {
		f.Switch += template.URL("/" + name) // a constant
	}
	if f.Other() == i18n.En {
		f.Switch += "?l=en"
	}
}

// show writes a page whole, or the page that says that it failed.
func (q *request) show(status int, page string, data any) error {
	var out bytes.Buffer
	if err := q.look.pages.ExecuteTemplate(&out, page, data); err != nil {
		return fmt.Errorf("draw page %s: %w", page, err)
	}
	q.w.Header().Set("Content-Length", strconv.Itoa(out.Len())) // or it would be cut into chunks
	q.w.WriteHeader(status)
	if q.r.Method == http.MethodHead {
		return nil
	}
	_, _ = out.WriteTo(q.w) // the phone has gone; there is nobody to tell
	return nil
}

// stopPage explains why something cannot be done here.
type stopPage struct {
	*frame
	Message, Hint string
	Warn          bool // names the official host, against forged plates
}

// stop ends a request with an explanation. Only defects are logged, without
// anything of the request but the error.
func (q *request) stop(err error) {
	e, kind := fault.From(err), fault.KindOf(err)
	if kind == fault.Internal || kind == fault.Exhausted || kind == fault.Unavailable {
		q.Log.ErrorContext(q.ctx, "resident page failed", fault.Attr(err))
	}
	message, hint := q.Explain(err)
	page := stopPage{frame: q.frame, Message: message, Hint: hint, Warn: strings.HasPrefix(e.Key, "resident.plate.")}
	page.Title, page.Switch, page.SwitchForm = q.T("resident.stop.title"), "", false
	if page.Warn {
		page.Path = ""
	}
	status := kind.HTTP()
	if e.Key == "resident.stop.method" {
		status = http.StatusMethodNotAllowed
	}
	if failed := q.show(status, "stop", page); failed != nil {
		q.Log.ErrorContext(q.ctx, "resident page failed", fault.Attr(failed))
		http.Error(q.w, message+" "+hint, status)
	}
}

// problem is what is wrong with one field, or with the whole form when Field is
// "".
type problem struct{ Field, Message, Hint string }

// problems are what is wrong with a form, in the order of its fields.
type problems []problem

// Why returns what is wrong with a field, nil for nothing.
func (p problems) Why(field string) *problem {
	for i := range p {
		if p[i].Field == field {
			return &p[i]
		}
	}
	return nil
}

// add explains err at a field; nil adds nothing.
func (p *problems) add(say *i18n.Printer, field string, err error) {
	if err == nil {
		return
	}
	message, hint := say.Explain(err)
	*p = append(*p, problem{Field: field, Message: message, Hint: hint})
}
