// SPDX-License-Identifier: Apache-2.0

package fleet_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"log"
	"log/slog"
	"math/rand/v2"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/fleet"
	"yuexin/syncserver/tlsid"
)

func source(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

// world is a server on loopback with everything real but the store.
type world struct {
	store    *memory
	sessions *sessions
	cert     *tlsid.Certificate
	identity *fleet.Identity
	service  *fleet.Service
	address  string
	log      *bytes.Buffer
	hold     func() // called before each request is answered

	mu  sync.Mutex // protects now
	now time.Time
}

func (w *world) Now() time.Time {
	w.mu.Lock()
	defer w.mu.Unlock()
	return w.now
}

func (w *world) advance(d time.Duration) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.now = w.now.Add(d)
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{
		store: newMemory(), sessions: &sessions{connected: map[ident.Device]bool{}, nudged: map[ident.Device]int{}},
		now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC), log: &bytes.Buffer{}, hold: func() {},
	}
	keys := t.TempDir()
	quiet := slog.New(slog.DiscardHandler)
	w.cert = must(tlsid.Open(tlsid.Config{Dir: keys, Now: w.Now, Log: quiet}))
	w.identity = must(fleet.OpenIdentity(keys, w.Now(), source(1)))
	listener := must(net.Listen("tcp", "127.0.0.1:0"))
	w.address = "https://" + listener.Addr().String()
	w.service = must(fleet.New(fleet.Config{
		Store: w.store, Sessions: w.sessions, Identity: w.identity, Servers: []string{w.address}, SyncPath: "/v1/sync",
		Pin: w.cert.Pin, PublicCA: func() bool { return false },
		Admins: func(ctx context.Context) (k enrol.Keys, err error) {
			k.Admins, err = fleet.Admins(ctx, w.store)
			return k, err
		},
		Now: w.Now, Random: source(2), Log: slog.New(slog.NewTextHandler(w.log, nil)),
	}))
	mux := http.NewServeMux()
	mux.HandleFunc(enrol.Path, func(out http.ResponseWriter, r *http.Request) {
		w.hold()
		w.service.ServeHTTP(out, r)
	})
	server := &http.Server{Handler: mux, TLSConfig: w.cert.TLSConfig(), ErrorLog: log.New(io.Discard, "", 0)}
	done := make(chan struct{})
	go func() {
		defer close(done)
		_ = server.ServeTLS(listener, "", "") // ends with Close
	}()
	t.Cleanup(func() {
		server.Close()
		<-done
	})
	return w
}

func actor(seed byte) ident.Actor { return must(ident.New[ident.Actor](1, source(seed))) }

func invite() fleet.Invite {
	return fleet.Invite{
		Name: "大沙村 1 号机", Program: "agent", Actor: actor(1), Display: "示例", Role: "officer",
		Scopes: []ident.Scope{"unit:a", "unit:b"}, By: actor(2),
	}
}

func (w *world) ticket(t *testing.T, i fleet.Invite) enrol.Ticket {
	t.Helper()
	issued, err := w.service.NewTicket(t.Context(), i)
	if err != nil {
		t.Fatal(err)
	}
	return issued.Ticket
}

// machine is a device before it enrols.
type machine struct {
	keys enrol.DeviceKeys
	inc  ident.Incarnation
}

func newMachine(seed byte) machine {
	rnd := source(seed)
	return machine{enrol.DeviceKeys{Sign: must(seal.NewSign(seal.Default, rnd))}, must(ident.New[ident.Incarnation](1, rnd))}
}

func (m machine) enrol(ctx context.Context, ticket enrol.Ticket) (enrol.Enrolment, error) {
	return enrol.Enrol(ctx, nil, ticket, m.keys, "agent/0.1.0", m.inc)
}

func TestEnrolOnce(t *testing.T) {
	w := newWorld(t)
	admin := must(must(seal.NewAdmin(seal.Default, source(3))).Public())
	for range 2 { // the second changes nothing
		if err := fleet.AddAdmin(t.Context(), w.store, admin); err != nil {
			t.Fatal(err)
		}
	}
	ticket := w.ticket(t, invite())
	for name, text := range map[string]string{"QR": must(ticket.QR()), "file": string(must(ticket.File()))} {
		if got := must(enrol.ParseTicket(text)); got.Code != ticket.Code || got.Pin != w.cert.Pin() {
			t.Errorf("%s: %+v", name, got)
		}
	}
	m := newMachine(10)
	e, err := m.enrol(t.Context(), ticket)
	if err != nil {
		t.Fatal(err)
	}
	if e.Server != w.identity.Device || e.ServerSign != must(w.identity.Sign.Public()) || e.ServerBox != must(w.identity.Box.Public()) ||
		len(e.Admins) != 1 || e.Admins[0] != admin || e.Pin != w.cert.Pin() || e.TimeMS != w.Now().UnixMilli() {
		t.Errorf("of the server: %+v", e)
	}
	if e.Login.Actor != actor(1) || e.Login.Role != "officer" || e.Login.Display != "示例" || len(e.Login.Scopes) != 2 || len(e.Grants) != 2 ||
		e.Grants[1] != (enrol.Grant{Scope: "unit:b", View: "officer"}) || e.Name != invite().Name {
		t.Errorf("of the device: %+v", e)
	}
	device := must(w.store.Device(t.Context(), e.Device))
	signature := must(m.keys.Sign.Sign(nil, "yuexin session", []byte("x")))
	if !fleet.Verify(device.Public, "yuexin session", []byte("x"), signature) || fleet.Verify(device.Public, "yuexin frame", []byte("x"), signature) {
		t.Error("the stored key does not verify what the device signs")
	}
	if _, err := newMachine(11).enrol(t.Context(), ticket); key(err) != "enrol.code.refused" {
		t.Errorf("the code on a second machine: %v", err)
	}
	if text := w.log.String(); strings.Contains(text, string(ticket.Code)) || strings.Contains(text, "示例") {
		t.Errorf("the log says too much: %s", text)
	}
}

func TestLostAnswerIsRepeatedToTheSameDevice(t *testing.T) {
	w := newWorld(t)
	ticket, m := w.ticket(t, invite()), newMachine(10)
	first := must(m.enrol(t.Context(), ticket))
	again, err := m.enrol(t.Context(), ticket)
	if err != nil || again.Device != first.Device || again.Login.ID != first.Login.ID || len(w.store.logins) != 1 {
		t.Errorf("again: %v, %d logins", err, len(w.store.logins))
	}
	cloned := machine{m.keys, newMachine(12).inc}
	if _, err := cloned.enrol(t.Context(), ticket); key(err) != "enrol.code.refused" {
		t.Errorf("the same key in another incarnation: %v", err)
	}
	w.advance(time.Hour)
	if _, err := m.enrol(t.Context(), ticket); key(err) != "enrol.code.refused" {
		t.Errorf("after the code's life: %v", err)
	}
}

func TestExpiredCode(t *testing.T) {
	w := newWorld(t)
	ticket := w.ticket(t, invite())
	w.advance(time.Hour)
	if _, err := newMachine(10).enrol(t.Context(), ticket); key(err) != "enrol.code.refused" {
		t.Errorf("got %v", err)
	}
}

func TestWordsAreEqualOnBothSides(t *testing.T) {
	w := newWorld(t)
	issued := must(w.service.NewTicket(t.Context(), invite()))
	typed := must(enrol.ParseCode(strings.ToLower(issued.Ticket.Code.String())))
	seen := must(enrol.Look(t.Context(), w.address, typed))
	words, ok := seen.Words()
	if !ok || !issued.HasWords || words.String() != issued.Words.String() || len(strings.Fields(words.String())) != 4 {
		t.Fatalf("device %q, administrator %q", words, issued.Words)
	}
	if _, err := newMachine(10).enrol(t.Context(), seen.Ticket(w.Now())); err != nil {
		t.Error(err)
	}
}

// TestMachineInTheMiddle stands between a device and the server with a
// certificate of its own and passes everything on.
func TestMachineInTheMiddle(t *testing.T) {
	w := newWorld(t)
	middle := httptest.NewUnstartedServer(http.HandlerFunc(func(out http.ResponseWriter, r *http.Request) {
		transport := &http.Transport{TLSClientConfig: enrol.TLSConfig(w.cert.Pin())}
		defer transport.CloseIdleConnections()
		req := must(http.NewRequestWithContext(r.Context(), r.Method, w.address+r.URL.Path, r.Body))
		req.Header = r.Header.Clone()
		resp := must(transport.RoundTrip(req))
		defer resp.Body.Close()
		out.WriteHeader(resp.StatusCode)
		_, _ = io.Copy(out, resp.Body)
	}))
	middle.Config.ErrorLog = log.New(io.Discard, "", 0)
	middle.StartTLS()
	t.Cleanup(middle.Close)

	issued := must(w.service.NewTicket(t.Context(), invite()))
	ticket := issued.Ticket
	ticket.Servers = []string{middle.URL}
	if _, err := newMachine(10).enrol(t.Context(), ticket); key(err) != "enrol.pin" || w.store.redeems != 0 {
		t.Errorf("the pin of the ticket: %v, %d redeemed", err, w.store.redeems)
	}
	seen := must(enrol.Look(t.Context(), middle.URL, ticket.Code))
	if words, _ := seen.Words(); words == issued.Words {
		t.Error("the words do not show the other certificate")
	}
	// Even if the person confirms the wrong words, the server refuses.
	if _, err := newMachine(10).enrol(t.Context(), seen.Ticket(w.Now())); key(err) != "enrol.pin" || w.store.redeems != 0 {
		t.Errorf("words confirmed blindly: %v, %d redeemed", err, w.store.redeems)
	}
	if !strings.Contains(w.log.String(), "somebody may stand between") {
		t.Error("the server's log does not warn")
	}
	// A device that was told to use public roots does not get through either.
	ticket.Servers, ticket.Pin = []string{w.address}, enrol.Pin{}
	if _, err := newMachine(10).enrol(t.Context(), ticket); !fault.Is(err, fault.NotAllowed) {
		t.Errorf("without a pin: %v", err)
	}
}

func TestHangingServerTimesOut(t *testing.T) {
	w := newWorld(t)
	release := make(chan struct{})
	t.Cleanup(func() { close(release) })
	w.hold = func() { <-release }
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if _, err := newMachine(10).enrol(ctx, w.ticket(t, invite())); key(err) != "enrol.timeout" {
		t.Errorf("got %v", err)
	}
}

func TestThousandWrongCodesAreSlowed(t *testing.T) {
	w := newWorld(t)
	ticket := w.ticket(t, invite())
	rnd, m := source(99), newMachine(10)
	post := func(code enrol.Code, remote string) *httptest.ResponseRecorder {
		r := must(enrol.NewRequest(m.keys, code, w.cert.Pin(), "agent/0.1.0", m.inc))
		return w.post(r, remote)
	}
	for range 1000 {
		w.advance(500 * time.Millisecond) // as fast as the limit on requests allows
		got := post(must(enrol.NewCode(rnd)), "10.0.0.9:1")
		if got.Code != http.StatusNotFound && got.Code != http.StatusTooManyRequests {
			t.Fatalf("status %d", got.Code)
		}
		if got.Code == http.StatusTooManyRequests && (got.Header().Get("Retry-After") == "" || !strings.Contains(got.Body.String(), "retryMs")) {
			t.Fatalf("no time to come back: %s", got.Body)
		}
	}
	// 500 s: six at once, then after 2, 4, 8 … 256 s; two look-ups for each.
	if guesses := w.store.redeems / 2; guesses != 13 {
		t.Errorf("%d of 1000 guesses reached the store, want 13", guesses)
	}
	if got := post(ticket.Code, "10.0.0.9:1"); got.Code != http.StatusTooManyRequests {
		t.Errorf("the right code while waiting: %d", got.Code)
	}
	if got := post(ticket.Code, "10.0.0.8:1"); got.Code != http.StatusOK {
		t.Errorf("the right code from elsewhere: %d %s", got.Code, got.Body)
	}
}

func TestFloodIsLimited(t *testing.T) {
	w := newWorld(t)
	limited := 0
	for range 100 {
		req := httptest.NewRequest(http.MethodPost, enrol.Path, strings.NewReader("{}"))
		req.Header.Set("Content-Type", "application/json")
		got := httptest.NewRecorder()
		w.service.ServeHTTP(got, req)
		if got.Code == http.StatusTooManyRequests {
			limited++
		}
	}
	if limited != 70 {
		t.Errorf("%d of 100 requests at one moment were put off, want 70", limited)
	}
}

func TestBrokenStoreDoesNotCountAsGuess(t *testing.T) {
	w := newWorld(t)
	ticket, m := w.ticket(t, invite()), newMachine(10)
	w.store.broken = errors.New("disk")
	for range 20 {
		if _, err := m.enrol(t.Context(), ticket); !fault.Is(err, fault.Internal) {
			t.Fatalf("got %v", err)
		}
	}
	w.store.broken = nil
	if _, err := m.enrol(t.Context(), ticket); err != nil {
		t.Errorf("after the repair: %v", err)
	}
}

func TestSecondPersonOnALaptop(t *testing.T) {
	w := newWorld(t)
	m := newMachine(10)
	first := must(m.enrol(t.Context(), w.ticket(t, invite())))
	more := invite()
	more.Device, more.Actor, more.Display, more.Scopes = first.Device, actor(3), "示例二", []ident.Scope{"unit:c"}
	ticket := w.ticket(t, more)
	if _, err := newMachine(11).enrol(t.Context(), ticket); key(err) != "enrol.code.refused" {
		t.Errorf("another machine takes the laptop's place: %v", err)
	}
	second, err := m.enrol(t.Context(), ticket)
	if err != nil || second.Device != first.Device || second.Login.ID == first.Login.ID || second.Login.Actor != actor(3) || len(second.Grants) != 3 {
		t.Errorf("got %+v, %v", second, err)
	}
	more.Device = ident.Device{1}
	if _, err := w.service.NewTicket(t.Context(), more); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown device: %v", err)
	}
}

// TestOwnScope: a person's own scope goes to the laptops that are theirs alone, and from then on nobody else is let in there.
func TestOwnScope(t *testing.T) {
	w := newWorld(t)
	shared, own := newMachine(10), newMachine(11)
	first := must(shared.enrol(t.Context(), w.ticket(t, invite())))
	more := invite()
	more.Device, more.Actor = first.Device, actor(3)
	must(shared.enrol(t.Context(), w.ticket(t, more)))
	for _, who := range []ident.Actor{actor(1), actor(3), actor(4)} {
		if err := w.service.GrantOwn(t.Context(), who); key(err) != "fleet.own" {
			t.Errorf("without a laptop of their own: %v", err)
		}
	}
	second := must(own.enrol(t.Context(), w.ticket(t, invite())))
	for range 2 { // the second time there is nothing to do
		if err := w.service.GrantOwn(t.Context(), actor(1)); err != nil {
			t.Fatal(err)
		}
	}
	held := func(d ident.Device) (n int) {
		for _, g := range must(w.store.Grants(t.Context(), d)) {
			if g.Scope == ident.UserScope(actor(1)) {
				n++
			}
		}
		return n
	}
	if held(first.Device) != 0 || held(second.Device) != 1 {
		t.Errorf("the own scope is held %d times on the shared laptop, %d times on the own one", held(first.Device), held(second.Device))
	}
	more.Device = second.Device
	if _, err := w.service.NewTicket(t.Context(), more); key(err) != "fleet.own" {
		t.Errorf("one more person: %v", err)
	}
	more.Actor = actor(1)
	if _, err := w.service.NewTicket(t.Context(), more); err != nil {
		t.Errorf("the same person: %v", err)
	}
}

func TestSwitchOffReachesSessions(t *testing.T) {
	w := newWorld(t)
	e := must(newMachine(10).enrol(t.Context(), w.ticket(t, invite())))
	other := ident.Device{7}
	w.sessions.connected = map[ident.Device]bool{e.Device: true, other: true}
	for name, act := range map[string]func() error{
		"off":    func() error { return w.service.SwitchOff(t.Context(), e.Device, true) },
		"grant":  func() error { return w.service.Grant(t.Context(), e.Device, "unit:z", "officer") },
		"revoke": func() error { return w.service.Revoke(t.Context(), e.Device, "unit:a") },
		"person": func() error { return w.service.SwitchOffActor(t.Context(), actor(1), true) },
	} {
		before := w.sessions.nudged[e.Device]
		if err := act(); err != nil || w.sessions.nudged[e.Device] != before+1 {
			t.Errorf("%s: %v, nudged %d times", name, err, w.sessions.nudged[e.Device]-before)
		}
	}
	if !must(w.store.Device(t.Context(), e.Device)).Off || !w.store.off[actor(1)] || w.sessions.nudged[other] != 1 {
		t.Error("not switched off, or the wrong sessions were told")
	}
	if err := w.service.SwitchOff(t.Context(), other, true); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown device: %v", err)
	}
}
