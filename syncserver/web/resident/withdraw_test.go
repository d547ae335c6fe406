// SPDX-License-Identifier: Apache-2.0

package resident_test

import (
	"net/http"
	"net/url"
	"regexp"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
)

var permitPattern = regexp.MustCompile(`name="permit" value="([^"]+)"`)

// permit asks for the state of a new demand and returns what the page offers to
// withdraw it with.
func (w *world) permit() url.Values {
	w.t.Helper()
	found := permitPattern.FindStringSubmatch(w.ask(1, w.register(1, nil), "1234").Body.String())
	if found == nil {
		w.t.Fatal("the state has no permit")
	}
	return url.Values{"permit": {found[1]}}
}

func TestWithdraw(t *testing.T) {
	w := newWorld(t)
	permit := w.permit()
	w.pass(time.Minute)
	for range 2 { // a second time changes nothing
		got := w.post(w.path(1)+"/WITHDRAW", permit)
		wantStatus(t, got, 200, "已撤回", "办理经过", "待核实")
		if permitPattern.MatchString(got.Body.String()) {
			t.Error("what is withdrawn can be withdrawn again")
		}
	}
	moves, ends := w.list("demand_move"), w.list("consent_end")
	if len(moves) != 2 || len(ends) != 1 || moves[1].Version != ends[0].Version {
		t.Fatalf("got %d moves and %d ends of consent, want 2 and 1 in one act", len(moves), len(ends))
	}
	if got, want := lending.MoveOf(moves[1]).To, lending.Withdrawn; got != want {
		t.Errorf("got a move to %s, want %s", got, want)
	}
	if got, want := string(ends[0].Value("consent").Bytes()), string(w.list("consent")[0].Header.ID.Bytes()); got != want {
		t.Errorf("got the end of consent %x, want %x", got, want)
	}
}

func TestWithdrawRefusals(t *testing.T) {
	w := newWorld(t)
	w.plate(2, "三组", "13号", "issued", ident.Record{})
	permit := w.permit()
	slip := w.form(1).Get("slip")
	for name, try := range map[string]func() int{
		"none":             func() int { return w.post(w.path(1)+"/WITHDRAW", url.Values{}).Code },
		"slip of a form":   func() int { return w.post(w.path(1)+"/WITHDRAW", url.Values{"permit": {slip}}).Code },
		"of another plate": func() int { return w.post(w.path(2)+"/WITHDRAW", permit).Code },
		"forged": func() int {
			text := []byte(permit.Get("permit"))
			text[3] ^= 1
			return w.post(w.path(1)+"/WITHDRAW", url.Values{"permit": {string(text)}}).Code
		},
	} {
		if got := try(); got != http.StatusForbidden {
			t.Errorf("%s: got %d, want 403", name, got)
		}
	}
	w.pass(16 * time.Minute)
	wantStatus(t, w.post(w.path(1)+"/WITHDRAW", permit), http.StatusForbidden, "打开太久")
	if n := len(w.list("demand_move")); n != 1 {
		t.Errorf("got %d moves, want 1", n)
	}
}
