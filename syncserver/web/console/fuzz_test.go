// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
)

// FuzzForms: whatever is sent to any form of the console, by somebody who may
// use it, is answered by a page or a way to one, never by a fault of the server.
func FuzzForms(f *testing.F) {
	w := newWorld(f)
	admin, banker := w.login("admin"), w.login("su")
	move, device := w.at("陈秀英")+"/moves", "/devices/"+w.devices[0].ID.String()+"/switch"
	for _, path := range []string{move, device, "/devices/new", "/users/new", "/users/liang/password", "/language", "/logout", "/demands/x/moves"} {
		f.Add(path, "to=granted&amount=-1&reason=%00")
		f.Add(path, "name=%FF&role=king&role=admin&scope=unit%3A1&back=//evil&off=x&base=9")
	}
	f.Add("/demands?after=1.2.3.4&state=x", "")
	f.Fuzz(func(t *testing.T, path, body string) {
		w.t = t
		if _, err := url.Parse(path); err != nil || !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' || r == '#' }) {
			return // no address
		}
		form, err := url.ParseQuery(body)
		if err != nil {
			form = url.Values{"raw": {body}}
		}
		for _, b := range []*browser{admin, banker} {
			p := b.post(path, form)
			if p.status >= http.StatusInternalServerError || p.status < http.StatusMultipleChoices && p.body == "" {
				t.Errorf("POST %s: %d\n%s", path, p.status, w.log.String())
			}
		}
	})
}
