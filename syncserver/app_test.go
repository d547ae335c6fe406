// SPDX-License-Identifier: Apache-2.0

package main

import (
	"context"
	"crypto/rand"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"yuexin/shared/credit/receipt"
	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
)

func openApp(t testing.TB, dir string, sample bool) *App {
	t.Helper()
	app, err := Open(t.Context(), Config{
		Dir: dir, Sample: sample, Now: time.Now, Random: rand.Reader, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	return app
}

func mustClose(t testing.TB, app *App) {
	t.Helper()
	if err := app.Close(); err != nil {
		t.Error(err)
	}
}

// serveApp serves until the test ends and returns the address.
func serveApp(t testing.TB, app *App, cfg ServeConfig) *server {
	t.Helper()
	return serveOn(t, app, cfg, func(l net.Listener) net.Listener { return l })
}

// serveOn is serveApp behind a listener of the caller's.
func serveOn(t testing.TB, app *App, cfg ServeConfig, wrap func(net.Listener) net.Listener) *server {
	t.Helper()
	cfg.Listen = "127.0.0.1:0"
	s, err := listen(t.Context(), app, cfg)
	if err != nil {
		t.Fatal(err)
	}
	s.listener = wrap(s.listener)
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- s.run(ctx) }()
	t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
		mustClose(t, app)
	})
	return s
}

func get(t *testing.T, url string) (status int, body string) {
	t.Helper()
	resp, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp.StatusCode, string(data)
}

func TestServeAnswers(t *testing.T) {
	s := serveApp(t, openApp(t, t.TempDir(), true), ServeConfig{})
	for path, want := range map[string]string{
		"/healthz": "ok", "/metrics": "yuexin_sync_sessions", "/console/": "粤信", "/D/NONSENSE": "门牌",
	} {
		if status, body := get(t, s.address()+path); status >= 500 || !strings.Contains(body, want) {
			t.Errorf("%s: %d, without %q", path, status, want)
		}
	}
}

// While the server runs a command asks it; the store admits one process.
func TestCommandsAskTheRunningServer(t *testing.T) {
	dir := t.TempDir()
	serveApp(t, openApp(t, dir, true), ServeConfig{})
	c := &commands{dir: dir, sample: true, quiet: true}
	made, err := asOperator(t.Context(), c, "village", []string{"四会市大沙镇富溪村"}, operator.addVillages)
	if err != nil || len(made) != 1 || made[0].Code != "441284105203" {
		t.Fatalf("got %+v, %v", made, err)
	}
	_, err = asOperator(t.Context(), c, "user", UserAsk{Name: "li", Role: "king"}, operator.addUser)
	if f := fault.From(err); f.Kind != fault.Invalid || f.Key != "server.role" || f.Args["role"] != "king" {
		t.Errorf("a refusal came back as %v", err)
	}
	a, err := asOperator(t.Context(), c, "enrol", EnrolAsk{
		Program: "agent", Name: "L", Person: "陈", Role: "officer", Villages: []string{"富溪村"},
	}, operator.enrol)
	if err != nil || a.Code == "" || a.QR == "" {
		t.Errorf("got %+v, %v", a, err)
	}
}

func TestRealDataNeedsTLSBeyondThisMachine(t *testing.T) {
	app := openApp(t, t.TempDir(), false)
	defer mustClose(t, app)
	if _, err := listen(t.Context(), app, ServeConfig{Listen: "127.0.0.1:0", LAN: true}); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("plain pages of real data: %v", err)
	}
	s, err := listen(t.Context(), app, ServeConfig{Listen: "0.0.0.0:0"})
	if err != nil {
		t.Fatal(err)
	}
	defer s.drain()
	if s.plain || !strings.HasPrefix(s.address(), "https://") {
		t.Errorf("beyond loopback the server speaks %s", s.address())
	}
}

// Receipt numbers are given once, also across a restart, and from one space.
func TestReceiptNumbersAreGivenOnce(t *testing.T) {
	dir := t.TempDir()
	seen := map[receipt.Number]bool{}
	for range 3 {
		app := openApp(t, dir, false)
		n, err := app.numberer(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		for range serialBlock + 5 {
			number, err := n.next(t.Context())
			if err != nil || seen[number] {
				t.Fatalf("%s: given before: %v, %v", number, seen[number], err)
			}
			seen[number] = true
		}
		mustClose(t, app)
	}
}

// The server's own logins stay the same: their history is one person's.
func TestBuiltinLoginsStay(t *testing.T) {
	dir := t.TempDir()
	app := openApp(t, dir, false)
	desk := app.logins.Desk
	mustClose(t, app)
	app = openApp(t, dir, false)
	defer mustClose(t, app)
	if app.logins.Desk.Actor != desk.Actor || app.logins.Desk.ID != desk.ID || desk.Role != "desk" {
		t.Errorf("desk is %+v, was %+v", app.logins.Desk, desk)
	}
}

func TestSampleDataStayAmongThemselves(t *testing.T) {
	app := openApp(t, t.TempDir(), false)
	defer mustClose(t, app)
	if _, err := (operator{App: app}).sampleData(t.Context(), SampleAsk{Households: 1}, nil); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("sample data among real: %v", err)
	}
}

// A fault crosses the socket with its meaning, key, arguments and field.
func TestSocketCarriesFaults(t *testing.T) {
	dir := t.TempDir()
	l, err := listenSocket(dir)
	if err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	answer(mux, "fail", func(context.Context, None) (None, error) {
		return None{}, fault.New(fault.Stale, "some.key").With("n", "3").WithField("f").WithCause(errors.New("why"))
	})
	answer(mux, "echo", func(_ context.Context, a record.Version) (record.Version, error) { return a + 1, nil })
	srv := &http.Server{Handler: mux}
	go func() { _ = srv.Serve(l) }() // ends with Close
	defer srv.Close()
	c, running := dialSocket(t.Context(), dir)
	if !running {
		t.Fatal("nobody answers")
	}
	if got, err := ask[record.Version, record.Version](t.Context(), c, "echo", 4); got != 5 || err != nil {
		t.Errorf("got %d, %v", got, err)
	}
	_, err = ask[None, None](t.Context(), c, "fail", None{})
	if f := fault.From(err); f.Kind != fault.Stale || f.Key != "some.key" || f.Args["n"] != "3" || f.Field != "f" {
		t.Errorf("got %+v", f)
	}
}
