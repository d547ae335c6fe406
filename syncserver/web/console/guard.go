// SPDX-License-Identifier: Apache-2.0

package console

import (
	"net/http"
	"net/url"
	"path"
	"strings"

	"yuexin/shared/fault"
	"yuexin/syncserver/access"
)

// maxForm is the most bytes that a form may send; the largest has a reason of
// 500 characters.
const maxForm = 64 << 10

// policy of the pages' content: everything from here, nothing inline, no
// frame around it. The QR code of an enrolment is an image in the page.
const contentPolicy = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
	"connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"

// guard puts around all pages what holds for all: headers, the refusal of
// foreign posts, sessions.
func (c *Console) guard(next http.Handler) http.Handler {
	protection := http.NewCrossOriginProtection()
	protection.SetDenyHandler(c.answer("", func(http.ResponseWriter, *http.Request, *visit) error {
		return fault.New(fault.NotAllowed, "console.foreign")
	}))
	inside := c.sessions.LoadAndSave(protection.Handler(next))
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		setHeaders(w.Header())
		if c.PlainHTTP && !access.FromHere(r) {
			http.Error(w, "本页只能在服务器本机打开；从其他电脑访问请启用 HTTPS。\n"+
				"This page opens on the server itself only; enable HTTPS for access from elsewhere.", http.StatusForbidden)
			return
		}
		r.Body = http.MaxBytesReader(w, r.Body, maxForm)
		inside.ServeHTTP(w, r)
	})
}

func setHeaders(h http.Header) {
	h.Set("Content-Security-Policy", contentPolicy)
	h.Set("X-Content-Type-Options", "nosniff")
	h.Set("X-Frame-Options", "DENY")
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cross-Origin-Opener-Policy", "same-origin")
	h.Set("Cross-Origin-Resource-Policy", "same-origin")
	h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
	h.Set("Cache-Control", "no-store")
}

// inside returns target if it is an address of this console, and the home
// page otherwise: a link that somebody prepared leads nowhere else.
func (c *Console) inside(target string) string {
	home := c.Base + "/"
	u, err := url.Parse(target)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || strings.ContainsAny(target, "\\\r\n\t") {
		return home
	}
	clean := path.Clean(u.Path)
	if !strings.HasPrefix(clean, home) || clean == c.Base+"/login" {
		return home
	}
	return (&url.URL{Path: clean, RawQuery: u.RawQuery}).String()
}
