// SPDX-License-Identifier: Apache-2.0

package access_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"sync"
	"testing"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/access"
	"yuexin/syncserver/store"
)

// cheap is the lowest cost there is, to keep tests fast.
var cheap = seal.Params{Time: 1, Threads: 1, MemoryKiB: 8}

func source(seed byte) *rand.ChaCha8 { return rand.NewChaCha8([32]byte{seed}) }

func must[T any](v T, err error) T {
	if err != nil {
		panic(err)
	}
	return v
}

// clock is a fixed clock that tests move.
type clock struct {
	mu  sync.Mutex // protects now
	now time.Time
}

func newClock() *clock { return &clock{now: time.Date(2026, 3, 1, 9, 0, 0, 0, time.UTC)} }

func (c *clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(d)
}

// users is a store of users in memory.
type users struct {
	mu     sync.Mutex // protects byName and broken
	byName map[string]store.User
	broken error
}

func (u *users) AddUser(_ context.Context, user store.User) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	if _, taken := u.byName[user.Name]; taken {
		return fault.New(fault.Conflict, "")
	}
	u.byName[user.Name] = user
	return nil
}

func (u *users) User(_ context.Context, name string) (store.User, error) {
	u.mu.Lock()
	defer u.mu.Unlock()
	user, found := u.byName[name]
	if u.broken != nil {
		return user, u.broken
	}
	if !found {
		return user, fault.New(fault.NotFound, "")
	}
	return user, nil
}

func (u *users) SetPassword(_ context.Context, name, hash string) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	user, found := u.byName[name]
	if !found {
		return fault.New(fault.NotFound, "")
	}
	user.Hash = hash
	u.byName[name] = user
	return nil
}

func (u *users) SetPerson(_ context.Context, name string, wrapped, public []byte) error {
	u.mu.Lock()
	defer u.mu.Unlock()
	user := u.byName[name]
	user.Person, user.Login.Person = wrapped, public
	u.byName[name] = user
	return nil
}

func (u *users) switchOff(name string) {
	u.mu.Lock()
	defer u.mu.Unlock()
	user := u.byName[name]
	user.Off = true
	u.byName[name] = user
}

const (
	goodPassword = "荔枝 码头 竹篮 晒谷场 七星"
	address      = "10.0.0.1"
)

type world struct {
	clock *clock
	users *users
	gate  *access.Gate
}

func newWorld(t *testing.T, sample bool) world {
	t.Helper()
	w := world{clock: newClock(), users: &users{byName: map[string]store.User{}}}
	w.gate = w.newGate(cheap, sample)
	if err := w.gate.AddUser(t.Context(), store.User{Name: "chenxy", Display: "示例"}, goodPassword); err != nil {
		t.Fatal(err)
	}
	return w
}

func (w world) newGate(cost seal.Params, sample bool) *access.Gate {
	return must(access.NewGate(access.Config{
		Users: w.users, Cost: cost, Now: w.clock.Now, Random: source(1), Log: slog.New(slog.DiscardHandler), Sample: sample,
	}))
}

func key(err error) string {
	if err == nil {
		return ""
	}
	return fault.From(err).Key
}

func TestLogin(t *testing.T) {
	w := newWorld(t, false)
	if err := w.gate.AddUser(t.Context(), store.User{Name: "left"}, goodPassword); err != nil {
		t.Fatal(err)
	}
	w.users.switchOff("left")
	tests := []struct{ name, login, password, want string }{
		{"right", "chenxy", goodPassword, ""},
		{"name as typed", " ＣhenXY ", goodPassword, ""},
		{"full-width space", "chenxy", strings.Replace(goodPassword, " ", "\u3000", 1), ""},
		{"wrong password", "chenxy", goodPassword + "x", "access.login.wrong"},
		{"no password", "chenxy", "", "access.login.wrong"},
		{"endless password", "chenxy", strings.Repeat("x", 1<<20), "access.login.wrong"},
		{"unknown name", "nobody", goodPassword, "access.login.wrong"},
		{"switched off", "left", goodPassword, "access.login.off"},
		{"switched off, wrong password", "left", "x", "access.login.wrong"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			user, err := w.gate.Login(t.Context(), tt.login, tt.password, tt.name)
			if key(err) != tt.want || (err == nil) != (user.Name == "chenxy") {
				t.Errorf("got %q, %v; want %q", user.Name, err, tt.want)
			}
		})
	}
}

func TestWrongGuessesSlowDown(t *testing.T) {
	w := newWorld(t, false)
	tried := 0
	for i := range 1000 { // each from another address: the name is what counts
		_, err := w.gate.Login(t.Context(), "chenxy", "wrong", fmt.Sprint(i))
		switch key(err) {
		case "access.login.wrong":
			tried++
		case "access.login.wait":
		default:
			t.Fatal(err)
		}
	}
	if tried != 6 {
		t.Errorf("%d of 1000 guesses at one moment were looked at, want 6", tried)
	}
	if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, address); key(err) != "access.login.wait" {
		t.Errorf("the right password while waiting: %v", err)
	}
	w.clock.advance(time.Second)
	if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, address); err != nil {
		t.Errorf("the right password after the wait: %v", err)
	}
	if _, err := w.gate.Login(t.Context(), "chenxy", "wrong", address); key(err) != "access.login.wrong" {
		t.Errorf("a success gives the free tries back, but: %v", err)
	}
}

func TestGuessesFromOneAddressSlowDown(t *testing.T) {
	w := newWorld(t, false)
	tried := 0
	for i := range 100 {
		if _, err := w.gate.Login(t.Context(), fmt.Sprintf("name%d", i), "wrong", address); key(err) == "access.login.wrong" {
			tried++
		}
		// An own account does not wash the guesses away.
		_, _ = w.gate.Login(t.Context(), "chenxy", goodPassword, address)
	}
	if tried != 21 {
		t.Errorf("%d of 100 guesses were looked at, want 21", tried)
	}
	if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, "10.0.0.2"); err != nil {
		t.Errorf("another address: %v", err)
	}
}

func TestBrokenStoreIsNobodysGuess(t *testing.T) {
	w := newWorld(t, false)
	w.users.broken = errors.New("disk")
	for range 50 {
		if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, address); !fault.Is(err, fault.Internal) {
			t.Fatal(err)
		}
	}
	w.users.broken = nil
	if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, address); err != nil {
		t.Error(err)
	}
}

func TestWeakHashIsRenewedAtLogin(t *testing.T) {
	w := newWorld(t, false)
	before := w.users.byName["chenxy"].Hash
	stronger := w.newGate(seal.Params{Time: 2, Threads: 1, MemoryKiB: 16}, false)
	for range 2 {
		if _, err := stronger.Login(t.Context(), "chenxy", goodPassword, address); err != nil {
			t.Fatal(err)
		}
	}
	after := w.users.byName["chenxy"].Hash
	if after == before || !strings.HasPrefix(after, "$argon2id$v=19$m=16,t=2,p=1$") {
		t.Errorf("hash is %s", after)
	}
	if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, address); err != nil || w.users.byName["chenxy"].Hash != after {
		t.Errorf("a stronger hash was replaced by a weaker one: %v", err)
	}
}

func TestChange(t *testing.T) {
	w := newWorld(t, false)
	const next = "another long one 2026"
	if err := w.gate.Change(t.Context(), "chenxy", "wrong", next, address); key(err) != "access.login.wrong" {
		t.Errorf("wrong old password: %v", err)
	}
	if err := w.gate.Change(t.Context(), "chenxy", goodPassword, "short", address); key(err) != "access.password.short" {
		t.Errorf("short new password: %v", err)
	}
	if err := w.gate.Change(t.Context(), "chenxy", goodPassword, next, address); err != nil {
		t.Fatal(err)
	}
	if _, err := w.gate.Login(t.Context(), "chenxy", next, address); err != nil {
		t.Error(err)
	}
	if _, err := w.gate.Login(t.Context(), "chenxy", goodPassword, address); key(err) != "access.login.wrong" {
		t.Errorf("the old password: %v", err)
	}
	if err := w.gate.Reset(t.Context(), "nobody", next); !fault.Is(err, fault.NotFound) {
		t.Errorf("unknown user: %v", err)
	}
}

func TestAddUserFaults(t *testing.T) {
	w := newWorld(t, true)
	tests := []struct{ name, login, password, want string }{
		{"short name", "a", goodPassword, "access.name"},
		{"Chinese name", "陈秀英", goodPassword, "access.name"},
		{"begins with a dot", ".ab", goodPassword, "access.name"},
		{"long name", strings.Repeat("a", 33), goodPassword, "access.name"},
		{"endless name", strings.Repeat("a", 1<<20), goodPassword, "access.name"},
		{"kept for demo", "demo-x", goodPassword, "access.name.demo"},
		{"bad password", "wang", "12345", "access.password.short"},
		{"taken", "chenxy", goodPassword, "fault.conflict"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if err := w.gate.AddUser(t.Context(), store.User{Name: tt.login}, tt.password); key(err) != tt.want {
				t.Errorf("got %v, want %s", err, tt.want)
			}
		})
	}
}

func TestDemoUsersOnlyOverSampleData(t *testing.T) {
	demo := []access.Demo{{User: store.User{Name: "demo-bank"}, Password: "demo"}}
	w := newWorld(t, true)
	for range 2 { // a second start finds them
		if err := w.gate.AddDemo(t.Context(), demo); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.gate.Login(t.Context(), "demo-bank", "demo", address); err != nil {
		t.Errorf("over sample data: %v", err)
	}
	demo[0].Password = "changed"
	if err := w.gate.AddDemo(t.Context(), demo); err != nil {
		t.Fatal(err)
	}
	if _, err := w.gate.Login(t.Context(), "demo-bank", "changed", address); err != nil {
		t.Errorf("after a change: %v", err)
	}
	proper := w.newGate(cheap, false)
	if _, err := proper.Login(t.Context(), "demo-bank", "changed", address); key(err) != "access.login.wrong" {
		t.Errorf("over real data: %v", err)
	}
	if err := proper.AddDemo(t.Context(), demo); key(err) != "access.demo.real" {
		t.Errorf("adding over real data: %v", err)
	}
	if err := w.gate.AddDemo(t.Context(), []access.Demo{{User: store.User{Name: "bank"}, Password: "x"}}); key(err) != "access.demo.name" {
		t.Errorf("without prefix: %v", err)
	}
}

func TestLoginEndsWithItsContext(t *testing.T) {
	w := newWorld(t, false)
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	seen := map[string]bool{}
	for range 200 { // a free slot and the end of the context are both ready: either may come first
		_, err := w.gate.Login(ctx, "chenxy", goodPassword, address)
		seen[fault.KindOf(err).Code()] = true
	}
	if !seen["canceled"] || len(seen) > 2 {
		t.Errorf("kinds %v", seen)
	}
}

// TestOwn: a person's own key is the same each time, opens by their password only,
// and is another after somebody reset the password.
func TestOwn(t *testing.T) {
	w := newWorld(t, false)
	own := func(password string) string {
		t.Helper()
		user, signer, err := w.gate.Own(t.Context(), "chenxy", password, address)
		if err != nil {
			t.Fatal(err)
		}
		signature, err := signer.Sign("test", []byte("act"))
		if err != nil {
			t.Fatal(err)
		}
		public, err := seal.ParseSignPublic(user.Login.Person)
		if err != nil || public.Verify("test", []byte("act"), signature) != nil {
			t.Errorf("the key of the login does not verify: %v", err)
		}
		return string(user.Login.Person)
	}
	first, second := own(goodPassword), own(goodPassword)
	if first != second {
		t.Error("another key at the second time")
	}
	if _, _, err := w.gate.Own(t.Context(), "chenxy", "wrong", address); key(err) != "access.login.wrong" {
		t.Errorf("wrong password: %v", err)
	}
	const next = "another long one 2026"
	before := own(goodPassword)
	if err := w.gate.Reset(t.Context(), "chenxy", next); err != nil {
		t.Fatal(err)
	}
	if own(next) == before {
		t.Error("whoever resets a password gets the person's key")
	}
}
