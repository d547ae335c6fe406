// SPDX-License-Identifier: Apache-2.0

package enrol_test

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
)

const program = "agent/0.1.0"

func deviceKeys(seed byte) enrol.DeviceKeys {
	rnd := source(seed)
	return enrol.DeviceKeys{Sign: must(seal.NewSign(seal.Default, rnd)), Random: rnd}
}

func incarnation(seed byte) ident.Incarnation {
	return must(ident.New[ident.Incarnation](1, source(seed)))
}

// exampleAnswer is what a server says, without what the device adds.
func exampleAnswer() enrol.Enrolment {
	rnd := source(9)
	admin := must(must(seal.NewAdmin(seal.Default, rnd)).Public())
	return enrol.Enrolment{
		Device: must(ident.New[ident.Device](1, rnd)), ShortID: 7, Name: "大沙村 1 号机",
		Login: enrol.Login{
			ID: must(ident.New[ident.Login](1, rnd)), Actor: must(ident.New[ident.Actor](1, rnd)),
			Display: "示例", Role: "officer", Scopes: []ident.Scope{"unit:a"},
		},
		Grants: []enrol.Grant{{Scope: "unit:a", View: "officer"}}, Control: 3, Catalogue: 2,
		Server:     must(ident.New[ident.Device](1, rnd)),
		ServerSign: must(must(seal.NewSign(seal.Default, rnd)).Public()),
		ServerBox:  must(must(seal.NewBox(seal.Default, rnd)).Public()),
		Keys:       enrol.Keys{Admins: []seal.AdminPublic{admin}}, SyncPath: "/v1/sync", TimeMS: 1,
	}
}

// startServer serves one answer over TLS.
func startServer(t *testing.T, serve http.HandlerFunc) (address string, pin enrol.Pin) {
	t.Helper()
	server := httptest.NewUnstartedServer(serve)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.StartTLS()
	t.Cleanup(server.Close)
	return server.URL, enrol.PinOf(server.Certificate())
}

func ticketFor(pin enrol.Pin, servers ...string) enrol.Ticket {
	t := exampleTicket()
	t.Servers, t.Pin = servers, pin
	return t
}

func answerWith(status int, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.WriteHeader(status)
		_, _ = w.Write([]byte(body))
	}
}

func exampleBody(change func(*enrol.Enrolment)) string {
	e := exampleAnswer()
	change(&e)
	return string(must(json.Marshal(e)))
}

func unchanged(*enrol.Enrolment) {}

func TestEnrol(t *testing.T) {
	var got *enrol.Request
	address, pin := startServer(t, func(w http.ResponseWriter, r *http.Request) {
		got = must(enrol.ReadRequest(r.Body))
		answerWith(http.StatusOK, exampleBody(unchanged))(w, r)
	})
	ticket := ticketFor(pin, address)
	e, err := enrol.Enrol(t.Context(), nil, ticket, deviceKeys(1), program, incarnation(1))
	if err != nil {
		t.Fatal(err)
	}
	want := exampleAnswer()
	want.Servers, want.Pin = ticket.Servers, pin
	if diff := cmp.Diff(want, e, cmp.Comparer(func(a, b seal.SignPublic) bool { return a == b }),
		cmp.Comparer(func(a, b seal.BoxPublic) bool { return a == b })); diff != "" {
		t.Error(diff)
	}
	if got.Verify() != nil || got.Code != ticket.Code || got.Pin != pin || got.Incarnation != incarnation(1) || got.Program != program {
		t.Errorf("request %+v", got)
	}
	if urls := e.SyncURLs(); len(urls) != 1 || urls[0] != "wss"+strings.TrimPrefix(address, "https")+"/v1/sync" {
		t.Errorf("SyncURLs = %v", urls)
	}
}

func TestWrongPinLearnsNothing(t *testing.T) {
	reached := false
	address, _ := startServer(t, func(http.ResponseWriter, *http.Request) { reached = true })
	for name, pin := range map[string]enrol.Pin{"pin": {1}, "roots": {}} {
		t.Run(name, func(t *testing.T) {
			// A client that trusts everybody must not weaken the ticket.
			lax := &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}}
			_, err := enrol.Enrol(t.Context(), lax, ticketFor(pin, address), deviceKeys(1), program, incarnation(1))
			if !fault.Is(err, fault.NotAllowed) || reached {
				t.Errorf("got %v, server reached: %v", err, reached)
			}
		})
	}
}

func TestRootsVerifyNames(t *testing.T) {
	server := httptest.NewTLSServer(answerWith(http.StatusOK, ""))
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AddCert(server.Certificate())
	address := server.Listener.Addr().String()
	for name, want := range map[string]bool{"example.com": true, "example.cn": false} {
		cfg := enrol.ExportTLSConfig(enrol.Pin{}, roots)
		cfg.ServerName = name
		conn, err := tls.Dial("tcp", address, cfg)
		if (err == nil) != want {
			t.Errorf("%s: %v", name, err)
		}
		if err == nil {
			conn.Close()
		}
	}

	trusted := must(enrol.ExportLook(t.Context(), server.URL, exampleTicket().Code, roots))
	if ticket := trusted.Ticket(time.Unix(1, 0)); !trusted.Trusted || !ticket.Pin.IsZero() {
		t.Errorf("vouched for by roots: %+v, %+v", trusted, ticket)
	}
}

func TestLookShowsWordsAndSendsNothing(t *testing.T) {
	reached := false
	address, pin := startServer(t, func(http.ResponseWriter, *http.Request) { reached = true })
	code := exampleTicket().Code
	seen, err := enrol.Look(t.Context(), strings.ToUpper(address)+"/", code)
	if err != nil {
		t.Fatal(err)
	}
	words, ok := seen.Words()
	if !ok || words != pin.Words(code) || words == pin.Words("other") || seen.Trusted || reached {
		t.Errorf("words %v %v, trusted %v, reached %v", words, ok, seen.Trusted, reached)
	}
	if ticket := seen.Ticket(time.Unix(1, 0)); ticket.Pin != pin || ticket.Servers[0] != address || ticket.Code != code {
		t.Errorf("ticket %+v", ticket)
	}
	plain, err := enrol.Look(t.Context(), "http://127.0.0.1:9", code)
	if _, ok := plain.Words(); ok || err != nil {
		t.Errorf("plain loopback: %+v, %v", plain, err)
	}
}

func TestRefusals(t *testing.T) {
	huge := exampleBody(func(e *enrol.Enrolment) { e.Name = strings.Repeat("x", 5<<20) })
	tests := []struct {
		name   string
		status int
		body   string
		want   *fault.Error
	}{
		{"used code", 404, `{"code":"not_found","key":"enrol.code.refused"}`, fault.New(fault.NotFound, "enrol.code.refused")},
		{"too often", 429, `{"code":"rate_limited","key":"enrol.wait","args":{"seconds":"9"}}`, fault.New(fault.RateLimited, "enrol.wait")},
		{"foreign key", 500, `{"code":"internal","key":"desk.secret"}`, fault.New(fault.Internal, "")},
		{"unknown kind", 500, `{"code":"brand_new"}`, fault.New(fault.Unavailable, "enrol.foreign")},
		{"a web page", 200, `<html>`, fault.New(fault.Unavailable, "enrol.foreign")},
		{"an error page", 502, `<html>`, fault.New(fault.Unavailable, "enrol.foreign")},
		{"a redirect", 307, ``, fault.New(fault.Unavailable, "enrol.foreign")},
		{"empty object", 200, `{}`, fault.New(fault.Unavailable, "enrol.foreign")},
		{"too large", 200, huge, fault.New(fault.Unavailable, "enrol.foreign")},
		{"path to another host", 200, exampleBody(func(e *enrol.Enrolment) { e.SyncPath = "//evil.example" }), fault.New(fault.Unavailable, "enrol.foreign")},
		{"no server key", 200, strings.Replace(exampleBody(unchanged), `"serverBox"`, `"serverFox"`, 1), fault.New(fault.Unavailable, "enrol.foreign")},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			address, pin := startServer(t, answerWith(tt.status, tt.body))
			_, err := enrol.Enrol(t.Context(), nil, ticketFor(pin, address), deviceKeys(1), program, incarnation(1))
			if f := fault.From(err); f == nil || !f.Is(tt.want) {
				t.Errorf("got %v, want %v", err, tt.want)
			}
		})
	}
}

func TestNextServerIsTried(t *testing.T) {
	dead := httptest.NewTLSServer(nil)
	dead.Close()
	starting, _ := startServer(t, answerWith(503, `{"code":"unavailable","key":""}`))
	alive, pin := startServer(t, answerWith(200, exampleBody(unchanged)))
	keys, inc := deviceKeys(1), incarnation(1)
	if _, err := enrol.Enrol(t.Context(), nil, ticketFor(pin, dead.URL, starting, alive), keys, program, inc); err != nil {
		t.Errorf("the third server answers, but: %v", err)
	}
	if _, err := enrol.Enrol(t.Context(), nil, ticketFor(pin, dead.URL), keys, program, inc); fault.From(err).Key != "enrol.unreachable" {
		t.Errorf("dead server: %v", err)
	}
	// A wrong key is told even if a dead line comes after it.
	if _, err := enrol.Enrol(t.Context(), nil, ticketFor(enrol.Pin{9}, alive, dead.URL), keys, program, inc); fault.From(err).Key != "enrol.pin" {
		t.Errorf("wrong key, then a dead server: %v", err)
	}
	refusing, pin := startServer(t, answerWith(404, `{"code":"not_found","key":"enrol.code.refused"}`))
	if _, err := enrol.Enrol(t.Context(), nil, ticketFor(pin, refusing, alive), keys, program, inc); fault.From(err).Key != "enrol.code.refused" {
		t.Errorf("the first server has decided, but: %v", err)
	}
}

func TestCancel(t *testing.T) {
	arrived := make(chan struct{})
	address, pin := startServer(t, func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // only then does the server notice that the device hangs up
		close(arrived)
		<-r.Context().Done()
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-arrived
		cancel()
	}()
	_, err := enrol.Enrol(ctx, nil, ticketFor(pin, address), deviceKeys(1), program, incarnation(1))
	if !fault.Is(err, fault.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestSilentServerTimesOut runs on a fake clock: the server takes connections
// and never says a word.
func TestSilentServerTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		silent := &http.Client{Transport: &http.Transport{
			DialContext: func(context.Context, string, string) (net.Conn, error) {
				near, far := net.Pipe()
				t.Cleanup(func() { far.Close() })
				go func() {
					buf := make([]byte, 1024)
					for {
						if _, err := far.Read(buf); err != nil {
							return
						}
					}
				}()
				return near, nil
			},
		}}
		for _, address := range []string{"https://10.0.0.1", "http://127.0.0.1"} {
			begin := time.Now()
			ticket := ticketFor(enrol.Pin{1}, address, address, address, address)
			_, err := enrol.Enrol(context.Background(), silent, ticket, deviceKeys(1), program, incarnation(1))
			if f := fault.From(err); f == nil || f.Key != "enrol.timeout" {
				t.Errorf("%s: got %v", address, err)
			}
			if took := time.Since(begin); took > enrol.WholeTimeout {
				t.Errorf("%s: took %v of the fake clock, at most %v is allowed", address, took, enrol.WholeTimeout)
			}
		}
	})
}

func TestUnusableInput(t *testing.T) {
	address, pin := startServer(t, answerWith(200, exampleBody(unchanged)))
	good := ticketFor(pin, address)
	tests := map[string]struct {
		ticket  enrol.Ticket
		keys    enrol.DeviceKeys
		program string
		inc     ident.Incarnation
	}{
		"plain http":     {ticketFor(pin, "http://example.cn"), deviceKeys(1), program, incarnation(1)},
		"no key":         {good, enrol.DeviceKeys{}, program, incarnation(1)},
		"no version":     {good, deviceKeys(1), "agent", incarnation(1)},
		"odd program":    {good, deviceKeys(1), "agent/1 0", incarnation(1)},
		"no incarnation": {good, deviceKeys(1), program, ident.Incarnation{}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			if _, err := enrol.Enrol(t.Context(), nil, tt.ticket, tt.keys, tt.program, tt.inc); err == nil {
				t.Error("enrolled")
			}
		})
	}
}

func TestRequestIsBoundToAllOfIt(t *testing.T) {
	keys := protocolKeys()
	fresh := func() *enrol.Request {
		return must(enrol.NewRequest(keys, exampleTicket().Code, enrol.Pin{1}, program, incarnation(1)))
	}
	if err := fresh().Verify(); err != nil {
		t.Fatal(err)
	}
	changes := map[string]func(*enrol.Request){
		"code":        func(r *enrol.Request) { r.Code = must(enrol.NewCode(source(7))) },
		"nonce":       func(r *enrol.Request) { r.Nonce[0]++ },
		"pin":         func(r *enrol.Request) { r.Pin[0]++ },
		"incarnation": func(r *enrol.Request) { r.Incarnation = incarnation(2) },
		"program":     func(r *enrol.Request) { r.Program = "kiosk/0.1.0" },
		"public key":  func(r *enrol.Request) { r.Public = must(deviceKeys(2).Sign.Public()) },
		"person":      func(r *enrol.Request) { r.Person = must(deviceKeys(5).Sign.Public()) },
		"no person":   func(r *enrol.Request) { r.Person = seal.SignPublic{} },
		"box":         func(r *enrol.Request) { r.Box = must(must(seal.NewBox(seal.Default, source(4))).Public()) },
		"signature":   func(r *enrol.Request) { r.Signature[5]++ },
		"no sig":      func(r *enrol.Request) { r.Signature = nil },
	}
	for name, change := range changes {
		t.Run(name, func(t *testing.T) {
			r := fresh()
			change(r)
			if err := r.Verify(); !fault.Is(err, fault.NotAllowed) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func FuzzReadRequest(f *testing.F) {
	r := must(enrol.NewRequest(deviceKeys(1), exampleTicket().Code, enrol.Pin{1}, program, incarnation(1)))
	f.Add(string(must(json.Marshal(r))))
	f.Add(`{}`)
	f.Fuzz(func(t *testing.T, text string) {
		r, err := enrol.ReadRequest(strings.NewReader(text))
		if err != nil {
			if k := fault.KindOf(err); k != fault.Invalid && k != fault.Unsupported && k != fault.TooLarge {
				t.Fatalf("ReadRequest: %v", err)
			}
			return
		}
		again, err := enrol.ReadRequest(strings.NewReader(string(must(json.Marshal(r)))))
		if err != nil || again.Code != r.Code || again.Public != r.Public {
			t.Fatalf("read again: %v", err)
		}
	})
}
