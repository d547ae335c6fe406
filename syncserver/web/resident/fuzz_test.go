// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// FuzzPost: whatever is sent to a page behind a plate, the answer is a page that
// says something, never a fault of the server, and nothing is registered that
// has no slip of ours.
func FuzzPost(f *testing.F) {
	w := newWorld(f)
	form := w.form(1)
	for _, path := range []string{"", "/NEED", "/STATE", "/WITHDRAW"} {
		f.Add(w.path(1)+path, "application/x-www-form-urlencoded", strings.Replace(form.Encode(), "slip=", "slap=", 1))
		f.Add("/D/NONSENSE"+path, "application/x-www-form-urlencoded; charset=gbk", "name=%E9%99%88&slip=%00")
	}
	f.Add(w.path(1)+"/NEED", "multipart/form-data; boundary=x", "--x\r\n\r\n")
	f.Add("/", "text/plain", "%zz")
	f.Fuzz(func(t *testing.T, path, kind, body string) {
		if !strings.HasPrefix(path, "/") || strings.ContainsFunc(path, func(r rune) bool { return r <= ' ' || r > '~' }) {
			return // no HTTP request
		}
		w.t = t
		w.pass(24 * time.Hour) // nobody is slowed down for having asked often
		r, err := http.NewRequest(http.MethodPost, "http://example.com"+path, strings.NewReader(body))
		if err != nil {
			return
		}
		r.RequestURI, r.RemoteAddr = path, address
		r.Header.Set("Content-Type", kind)
		r.Header.Set("Origin", "http://example.com")
		r.Header.Set("Sec-Fetch-Site", "same-origin")
		got := httptest.NewRecorder()
		w.handler.ServeHTTP(got, r)
		if got.Code >= 500 || got.Code == http.StatusOK && got.Body.Len() == 0 {
			t.Errorf("POST %s: %d\n%s", path, got.Code, w.log.String())
		}
		if n := len(w.demands()); n > 0 {
			t.Fatalf("%d demands without a slip", n)
		}
	})
}
