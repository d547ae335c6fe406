// SPDX-License-Identifier: Apache-2.0

package fleet_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/fleet"
)

// post hands a request to the handler as if it came over TLS from remote.
func (w *world) post(r *enrol.Request, remote string) *httptest.ResponseRecorder {
	req := httptest.NewRequest(http.MethodPost, w.address+enrol.Path, strings.NewReader(string(must(json.Marshal(r)))))
	req.Header.Set("Content-Type", "application/json")
	req.RemoteAddr = remote
	got := httptest.NewRecorder()
	w.service.ServeHTTP(got, req)
	return got
}

func TestRefusedRequests(t *testing.T) {
	w := newWorld(t)
	m := newMachine(10)
	good := must(enrol.NewRequest(m.keys, w.ticket(t, invite()).Code, w.cert.Pin(), "agent/0.1.0", m.inc))
	body := string(must(json.Marshal(good)))
	tests := []struct {
		name, method, contentType, origin, body string
		status                                  int
		key                                     string
	}{
		{"read", http.MethodGet, "application/json", "", body, 405, ""},
		{"form", http.MethodPost, "application/x-www-form-urlencoded", "", body, 415, "enrol.request"},
		{"web page", http.MethodPost, "application/json", "https://evil.example", body, 403, "enrol.request"},
		{"not JSON", http.MethodPost, "application/json", "", "code=1", 400, "enrol.request"},
		{"empty", http.MethodPost, "application/json", "", "{}", 415, "enrol.version"},
		{"too large", http.MethodPost, "application/json", "", `{"program":"` + strings.Repeat("x", 5000), 413, "enrol.request"},
		{"two objects", http.MethodPost, "application/json", "", body + body, 400, "enrol.request"},
		{"forged", http.MethodPost, "application/json", "", strings.Replace(body, "agent/0.1.0", "kiosk/0.1.0", 1), 403, "enrol.signature"},
	}
	for i, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			req := httptest.NewRequest(tt.method, w.address+enrol.Path, strings.NewReader(tt.body))
			req.Header.Set("Content-Type", tt.contentType)
			req.RemoteAddr = fmt.Sprintf("10.0.0.%d:1", i)
			if tt.origin != "" {
				req.Header.Set("Origin", tt.origin)
			}
			got := httptest.NewRecorder()
			w.service.ServeHTTP(got, req)
			if got.Code != tt.status || !strings.Contains(got.Body.String(), tt.key) || got.Header().Get("Cache-Control") != "no-store" {
				t.Errorf("status %d, %s; want %d, %s", got.Code, got.Body, tt.status, tt.key)
			}
		})
	}
	if w.store.redeems != 0 {
		t.Errorf("%d of them reached the store", w.store.redeems)
	}
}

func TestInviteFaults(t *testing.T) {
	w := newWorld(t)
	tests := map[string]struct {
		spoil func(*fleet.Invite)
		want  string
	}{
		"program":                      {func(i *fleet.Invite) { i.Program = "phone" }, "fleet.invite.program"},
		"no name":                      {func(i *fleet.Invite) { i.Name = "" }, "fleet.invite.name"},
		"long":                         {func(i *fleet.Invite) { i.Name = strings.Repeat("长", 65) }, "fleet.invite.name"},
		"spaces":                       {func(i *fleet.Invite) { i.Display = " x" }, "fleet.invite.display"},
		"newline":                      {func(i *fleet.Invite) { i.Display = "a\nb" }, "fleet.invite.display"},
		"no actor":                     {func(i *fleet.Invite) { i.Actor = ident.Actor{} }, "fleet.invite.role"},
		"no role":                      {func(i *fleet.Invite) { i.Role = "" }, "fleet.invite.role"},
		"the desk":                     {func(i *fleet.Invite) { i.Role = "desk" }, "fleet.invite.device_role"},
		"an admin":                     {func(i *fleet.Invite) { i.Role = "admin" }, "fleet.invite.device_role"},
		"a phone":                      {func(i *fleet.Invite) { i.Program, i.Role = "kiosk", "resident" }, "fleet.invite.device_role"},
		"a kiosk with a person's role": {func(i *fleet.Invite) { i.Program, i.Role = "kiosk", "officer" }, "fleet.invite.device_role"},
		"a new kiosk for a cadre":      {func(i *fleet.Invite) { i.Program, i.Role = "kiosk", "cadre" }, "fleet.invite.kiosk_staff"},
		"a kiosk beside a kiosk":       {func(i *fleet.Invite) { i.Program, i.Role, i.Device = "kiosk", "kiosk", ident.Device{1} }, "fleet.invite.kiosk_staff"},
		"a laptop with a kiosk's role": {func(i *fleet.Invite) { i.Program, i.Role = "agent", "kiosk" }, "fleet.invite.device_role"},
		"nobody":                       {func(i *fleet.Invite) { i.By = ident.Actor{} }, "fleet.invite.role"},
		"scope":                        {func(i *fleet.Invite) { i.Scopes = []ident.Scope{"大沙"} }, "ident.scope.char"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			i := invite()
			tt.spoil(&i)
			if _, err := w.service.NewTicket(t.Context(), i); key(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestNewTakesGoodAddresses(t *testing.T) {
	for want, servers := range map[string][]string{
		"enrol.address.plain": {"https://a.cn", "http://b.cn"}, "enrol.address": {"a b/c"},
	} {
		if _, err := fleet.New(fleet.Config{Servers: servers}); key(err) != want {
			t.Errorf("%v: got %v, want %s", servers, err, want)
		}
	}
}

// A device would not know where to go.
func TestNoTicketWithoutAddresses(t *testing.T) {
	service, err := fleet.New(fleet.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := service.NewTicket(t.Context(), invite()); key(err) != "fleet.servers" {
		t.Errorf("got %v", err)
	}
}

func TestIdentity(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "keys")
	w := newWorld(t)
	first := must(fleet.OpenIdentity(dir, w.Now(), source(5)))
	again := must(fleet.OpenIdentity(dir, w.Now(), source(6)))
	if again.Device != first.Device || !again.Sign.Equal(first.Sign) || !again.Box.Equal(first.Box) {
		t.Error("a second start made another identity")
	}
	path := filepath.Join(dir, "server-identity.key")
	if mode := must(os.Stat(path)).Mode().Perm(); mode != 0o600 {
		t.Errorf("mode %v", mode)
	}
	for _, shown := range []string{fmt.Sprintf("%v %+v", first, *first), fmt.Sprintf("%#v", *first)} {
		if strings.Contains(shown, fmt.Sprintf("%x", first.Sign.Encode()[2:])) || !strings.Contains(shown, "[secret]") {
			t.Errorf("prints its secrets: %s", shown)
		}
	}
	if err := os.Chmod(path, 0o644); err != nil {
		t.Fatal(err)
	}
	if _, err := fleet.OpenIdentity(dir, w.Now(), source(5)); key(err) != "tlsid.mode" {
		t.Errorf("readable by all: %v", err)
	}
	if err := os.Chmod(path, 0o600); err != nil {
		t.Fatal(err)
	}
	for _, broken := range []string{"", "{", "{}", `{"version":2}`} {
		if err := os.WriteFile(path, []byte(broken), 0o600); err != nil {
			t.Fatal(err)
		}
		if _, err := fleet.OpenIdentity(dir, w.Now(), source(5)); key(err) != "tlsid.file" {
			t.Errorf("%q: %v", broken, err)
		}
	}
}

func TestIdentityBelongsToItsStore(t *testing.T) {
	w := newWorld(t)
	for range 2 {
		if err := w.identity.Bind(t.Context(), w.store); err != nil {
			t.Fatal(err)
		}
	}
	other := must(fleet.OpenIdentity(t.TempDir(), w.Now(), source(8)))
	if err := other.Bind(t.Context(), w.store); key(err) != "fleet.identity.other" {
		t.Errorf("got %v", err)
	}
}

func TestAdminsAreLimited(t *testing.T) {
	w := newWorld(t)
	rnd := source(7)
	for i := range seal.MaxAdmins + 1 {
		err := fleet.AddAdmin(t.Context(), w.store, must(must(seal.NewAdmin(seal.Default, rnd)).Public()))
		if full := i == seal.MaxAdmins; (key(err) == "fleet.admins.many") != full || (err != nil) != full {
			t.Errorf("administrator %d: %v", i+1, err)
		}
	}
}

// TestEveryMessageHasItsText looks for message keys in the sources of enrolment
// and access.
func TestEveryMessageHasItsText(t *testing.T) {
	quoted := regexp.MustCompile(`"((?:enrol|fleet|access|tlsid)(?:\.[a-z]+)+)"`)
	settings := map[string]bool{"fleet.server": true, "fleet.admins": true}
	printer := must(i18n.Load(assets.Locales())).Printer(i18n.ZhHans)
	found := 0
	for _, dir := range []string{".", "../access", "../tlsid", "../../shared/sync/enrol"} {
		for _, file := range must(filepath.Glob(filepath.Join(dir, "*.go"))) {
			if strings.HasSuffix(file, "_test.go") {
				continue
			}
			for _, match := range quoted.FindAllStringSubmatch(string(must(os.ReadFile(file))), -1) {
				if settings[match[1]] {
					continue
				}
				found++
				for _, key := range []string{match[1], match[1] + ".hint"} {
					if !printer.Has(key) {
						t.Errorf("%s: no text for %s", file, key)
					}
				}
			}
		}
	}
	if found < 40 {
		t.Errorf("only %d keys found: the search is broken", found)
	}
}
