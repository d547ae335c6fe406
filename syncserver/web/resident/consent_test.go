// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"net/url"
	"regexp"
	"strings"
	"testing"

	"yuexin/shared/credit/consent"
	"yuexin/shared/sync/record"
)

// TestConsents: who has proved who they are reads whom they gave what and takes it back with one tap; who has not is led to the
// proof, and nobody takes back what is somebody else's.
func TestConsents(t *testing.T) {
	w := newWorld(t)
	got := w.texts()
	w.register(1, func(url.Values) {})
	if led := w.browser().get(w.path(1) + "/CONSENT"); led.Code != 303 || !strings.Contains(led.Header().Get("Location"), "/PROVE") {
		t.Errorf("without a proof: %d, %s", led.Code, led.Header().Get("Location"))
	}
	b := w.browser()
	if to := b.prove(1, got, "19900001234", "CONSENT"); to != w.path(1)+"/CONSENT" {
		t.Fatalf("led to %s", to)
	}
	page := b.get(w.path(1) + "/CONSENT")
	wantStatus(t, page, 200, "谁能看我的信息", "联系方式、住址", "在自己的手机上同意", "收回，不再给看")
	id := regexp.MustCompile(`name="consent" value="([^"]+)"`).FindStringSubmatch(page.Body.String())
	if id == nil {
		t.Fatal("nothing can be taken back")
	}
	stranger := w.browser()
	stranger.prove(1, got, "13900007777", "CONSENT")
	wantStatus(t, stranger.post(w.path(1)+"/CONSENT", url.Values{"consent": {id[1]}}), 404)
	for range 2 { // the button pressed twice takes it back once
		wantStatus(t, b.post(w.path(1)+"/CONSENT", url.Values{"consent": {id[1]}}), 200, "已经收回", "您已经收回，不能再看")
	}
	rows, err := w.config.Desk.List(t.Context(), record.Query{Kind: consent.KindEnd})
	if err != nil || len(rows) != 1 || consent.EndOf(rows[0]).Given != consent.Phone {
		t.Errorf("%d withdrawals, %v", len(rows), err)
	}
}
