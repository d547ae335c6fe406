// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/syncserver/access"
)

// phones are what came to phones.
type phones struct {
	codes map[string][]string
	err   error
}

func (p *phones) Text(_ context.Context, to ident.Mobile, code string) error {
	if p.err == nil {
		p.codes[to.String()] = append(p.codes[to.String()], code)
	}
	return p.err
}

func (p *phones) last(to ident.Mobile) string {
	all := p.codes[to.String()]
	return all[len(all)-1]
}

// texting is a prover by text message with a clock of its own.
type texting struct {
	*access.Codes
	phones phones
	now    time.Time
	log    bytes.Buffer
}

func newTexting(t *testing.T) *texting {
	t.Helper()
	x := &texting{phones: phones{codes: map[string][]string{}}, now: time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)}
	codes, err := access.NewCodes(&x.phones, func() time.Time { return x.now }, rand.NewChaCha8([32]byte{3}), slog.New(slog.NewTextHandler(&x.log, nil)))
	if err != nil {
		t.Fatal(err)
	}
	x.Codes = codes
	return x
}

func mobile(t *testing.T, text string) ident.Mobile {
	t.Helper()
	m, err := ident.ParseMobile(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// begin asks for a code an address that nobody used before.
func (x *texting) begin(t *testing.T, to ident.Mobile, address string) access.Step {
	t.Helper()
	step, err := x.Begin(t.Context(), access.Ask{Phone: to, Address: address})
	if err != nil {
		t.Fatal(err)
	}
	return step
}

func wantKey(t *testing.T, what string, err error, key string) {
	t.Helper()
	if fault.From(err).Key != key {
		t.Errorf("%s: got %v, want %s", what, err, key)
	}
}

// TestCodeByText: the code that came to a phone proves that phone, once; five wrong ones, five minutes, or another flow prove
// nothing any more.
func TestCodeByText(t *testing.T) {
	x := newTexting(t)
	own := mobile(t, "13900001234")
	finish := func(step access.Step, code string) (access.Proven, error) {
		return x.Finish(t.Context(), step.Flow, access.Answer{Code: code})
	}
	step := x.begin(t, own, "a")
	code := x.phones.last(own)
	if !regexp.MustCompile(`^\d{6}$`).MatchString(code) {
		t.Fatalf("code %q", code)
	}
	_, err := finish(step, code[1:]+code[:1]+"0")
	wantKey(t, "a wrong code", err, "access.proof.wrong")
	who, err := finish(step, " "+code[:3]+" "+code[3:])
	if err != nil || who.Phone != own || who.Way != access.ByText || !who.At.Equal(x.now) {
		t.Fatalf("got %+v, %v", who, err)
	}
	_, err = finish(step, code)
	wantKey(t, "a code used twice", err, "access.proof.over")

	x.now = x.now.Add(time.Minute)
	first := x.begin(t, own, "a")
	old := x.phones.last(own)
	x.now = x.now.Add(time.Minute)
	step = x.begin(t, own, "a")
	if old != x.phones.last(own) {
		_, err = finish(step, old)
		wantKey(t, "the code of another flow", err, "access.proof.wrong")
	}
	for range 5 {
		_, _ = finish(first, "x")
	}
	_, err = finish(first, old)
	wantKey(t, "after five wrong ones", err, "access.proof.over")
	x.now = x.now.Add(5*time.Minute + time.Second)
	_, err = finish(step, x.phones.last(own))
	wantKey(t, "after five minutes", err, "access.proof.over")
	_, err = finish(access.Step{Flow: "guessed"}, "000000")
	wantKey(t, "a flow that nobody began", err, "access.proof.over")
}

// TestTextsAreFew: a phone gets one message in a minute and few in a day, whoever asks; an address, and the server, have bounds
// of their own. Other phones are not concerned.
func TestTextsAreFew(t *testing.T) {
	x := newTexting(t)
	own := mobile(t, "13900001234")
	ask := func(address string) error {
		_, err := x.Begin(t.Context(), access.Ask{Phone: own, Address: address})
		return err
	}
	if err := ask("a"); err != nil {
		t.Fatal(err)
	}
	err := ask("b")
	if wantKey(t, "again at once", err, "access.proof.wait"); fault.From(err).Args["seconds"] != "60" {
		t.Errorf("wait %v", fault.From(err).Args)
	}
	for i := range 24 * 60 {
		x.now = x.now.Add(time.Minute)
		_ = ask(strings.Repeat("x", i+1))
	}
	if n := len(x.phones.codes[own.String()]); n > 11 {
		t.Errorf("%d messages to one phone in a day", n)
	}
	sent := 0
	for i := range 40 {
		if _, err := x.Begin(t.Context(), access.Ask{Phone: mobile(t, "138000000"+string(rune('0'+i/10))+string(rune('0'+i%10))), Address: "one"}); err == nil {
			sent++
		}
	}
	if sent != 15 {
		t.Errorf("one address had %d messages sent at once, want 15", sent)
	}
}

// TestTextNotSent: what the provider says goes to the log, and neither phone nor code with it.
func TestTextNotSent(t *testing.T) {
	x := newTexting(t)
	x.phones.err = errors.New("no credit")
	_, err := x.Begin(t.Context(), access.Ask{Phone: mobile(t, "13900001234"), Address: "a"})
	wantKey(t, "no message", err, "access.proof.down")
	if said := x.log.String(); !strings.Contains(said, "no credit") || strings.Contains(said, "1390") {
		t.Errorf("the log says %q", said)
	}
}

// TestGateway: a message goes to the provider as its file says, whatever stands in it, with a secret that is in no file; a refusal
// in any form is an error without phone or code.
func TestGateway(t *testing.T) {
	var got *http.Request
	var body []byte
	status, answer := 200, `{"code":"OK"}`
	provider := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		got = r
		body, _ = io.ReadAll(r.Body)
		w.WriteHeader(status)
		_, _ = io.WriteString(w, answer)
	}))
	defer provider.Close()
	t.Setenv("SMS_KEY", "s3cret")
	file := filepath.Join(t.TempDir(), "sms.json")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(strings.ReplaceAll(text, "URL", provider.URL)), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	words := func(code string) string { return `您的"验证码"` + code }
	write(`{"url":"URL/send","headers":{"Authorization":"Bearer ${SMS_KEY}","Content-Type":"application/json"},"body":"{\"to\":\"{phone}\",\"text\":\"{message}\"}","success":"\"OK\""}`)
	g, err := access.OpenGateway(file, words)
	if err != nil {
		t.Fatal(err)
	}
	own := mobile(t, "13900001234")
	if err := g.Text(t.Context(), own, "123456"); err != nil {
		t.Fatal(err)
	}
	var said struct{ To, Text string }
	if err := json.Unmarshal(body, &said); err != nil || said.To != "13900001234" || said.Text != words("123456") {
		t.Errorf("sent %s: %v", body, err)
	}
	if got.Method != http.MethodPost || got.Header.Get("Authorization") != "Bearer s3cret" {
		t.Errorf("sent %s with %v", got.Method, got.Header)
	}
	answer = `{"code":"LIMIT"}`
	if err := g.Text(t.Context(), own, "123456"); err == nil {
		t.Error("a refusal with status 200 is taken for success")
	}
	status, answer = 500, `"OK"`
	if err := g.Text(t.Context(), own, "123456"); err == nil {
		t.Error("status 500 is taken for success")
	}
	write(`{"url":"URL/send?to={phone}&c={code}","method":"GET"}`)
	if g, err = access.OpenGateway(file, words); err != nil {
		t.Fatal(err)
	}
	status = 204
	if err := g.Text(t.Context(), own, "123456"); err != nil || got.URL.RawQuery != "to=13900001234&c=123456" {
		t.Errorf("%v: %s", err, got.URL)
	}
	provider.Close()
	if err := g.Text(t.Context(), own, "123456"); err == nil || strings.Contains(err.Error(), "1390") || strings.Contains(err.Error(), "123456") {
		t.Errorf("the error says %v", err)
	}
	for what, text := range map[string]string{
		"no TLS": `{"url":"http://sms.example/","body":"{phone}{code}"}`, "no code": `{"url":"URL","body":"{phone}"}`,
		"an unknown word": `{"url":"URL","body":"{phone}{code}","token":"x"}`, "nothing": ``,
	} {
		write(text)
		_, err := access.OpenGateway(file, words)
		wantKey(t, what, err, "access.gateway.file")
	}
}

func TestConsoleText(t *testing.T) {
	var out bytes.Buffer
	c := &access.Console{Out: &out, Words: func(code string) string { return "code " + code }}
	if err := c.Text(t.Context(), mobile(t, "13900001234"), "000042"); err != nil || out.String() != "SMS 13900001234: code 000042\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

// TestSessions: a token is worth something for a quarter of an hour without a click and an hour in all, until its end, and a
// guessed one nothing.
func TestSessions(t *testing.T) {
	now := time.Date(2026, 11, 27, 8, 0, 0, 0, time.UTC)
	s := access.NewSessions(func() time.Time { return now }, rand.NewChaCha8([32]byte{4}))
	begin := func() string {
		token, err := s.Begin(access.Proven{Way: access.ByText, Phone: mobile(t, "13900001234"), At: now})
		if err != nil || len(token) < 43 {
			t.Fatalf("token %q, %v", token, err)
		}
		return token
	}
	holds := func(token string) bool { _, ok := s.Of(token); return ok }
	a, b := begin(), begin()
	if a == b || !holds(a) || holds("") || holds(a+"x") {
		t.Error("tokens are alike, or a foreign one is good")
	}
	s.End(a)
	if holds(a) || !holds(b) {
		t.Error("the end of one is not the end of that one")
	}
	for range 3 {
		if now = now.Add(14 * time.Minute); !holds(b) {
			t.Fatal("ended in use")
		}
	}
	now = now.Add(14 * time.Minute)
	_ = holds(b)
	if now = now.Add(4 * time.Minute); holds(b) {
		t.Error("good after an hour")
	}
	c := begin()
	if now = now.Add(15 * time.Minute); holds(c) {
		t.Error("good after a quarter of an hour without a click")
	}
}
