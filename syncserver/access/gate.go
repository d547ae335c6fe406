// SPDX-License-Identifier: Apache-2.0

package access

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"strings"
	"time"

	"golang.org/x/text/unicode/norm"

	"yuexin/shared/fault"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/store"
)

// Users is what a Gate needs of the store.
type Users interface {
	AddUser(ctx context.Context, u store.User) error
	User(ctx context.Context, name string) (store.User, error)
	SetPassword(ctx context.Context, name, hash string) error
	SetPerson(ctx context.Context, name string, wrapped, public []byte) error
}

// How logins slow down. A name gets few free tries. An address gets more and
// waits longer: a whole office may stand behind one.
var (
	nameDelays    = Delays{Free: 5, First: time.Second, Most: 5 * time.Minute, Forget: time.Hour, Keys: 10_000}
	addressDelays = Delays{Free: 20, First: time.Second, Most: 15 * time.Minute, Forget: time.Hour, Keys: 10_000}
)

// hashers is how many hashes are computed at once; each takes 64 MiB.
const hashers = 2

// Config is what a Gate is made of.
type Config struct {
	Users  Users
	Cost   seal.Params // zero: seal.DefaultParams
	Now    func() time.Time
	Random io.Reader // nil: crypto/rand
	Log    *slog.Logger
	// Sample says that the store holds sample data only. Demo users exist
	// nowhere else.
	Sample bool
}

// Gate checks names and passwords. It is safe for concurrent use.
type Gate struct {
	cfg       Config
	nobody    string // hash of no password, for names that do not exist
	names     *Throttle
	addresses *Throttle
	slots     chan struct{} // bounds the hashes under way
}

// NewGate returns a gate.
func NewGate(cfg Config) (*Gate, error) {
	if cfg.Cost == (seal.Params{}) {
		cfg.Cost = seal.DefaultParams
	}
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	nobody, err := HashPassword(cfg.Random, cfg.Cost, rand.Text())
	if err != nil {
		return nil, fmt.Errorf("prepare logins: %w", err)
	}
	return &Gate{
		cfg: cfg, nobody: nobody, slots: make(chan struct{}, hashers),
		names: NewThrottle(nameDelays, cfg.Now), addresses: NewThrottle(addressDelays, cfg.Now),
	}, nil
}

// Login returns the user with this name and password. address is from where the
// request came; see Address. Errors: fault.RateLimited "access.login.wait" with
// {seconds}; fault.Unauthenticated "access.login.wrong" for a wrong name or
// password, whichever; fault.NotAllowed "access.login.off" for a user who is
// switched off and knows the password.
func (g *Gate) Login(ctx context.Context, name, password, address string) (store.User, error) {
	name = cleanName(name)
	if err := g.begin(name, address); err != nil {
		return store.User{}, err
	}
	user, weak, err := g.verify(ctx, name, password)
	if err != nil {
		if !fault.Is(err, fault.Unauthenticated) { // nobody was wrong
			g.names.Undo(name)
			g.addresses.Undo(address)
		}
		return store.User{}, err
	}
	// The address keeps its other wrong tries: an own account must not wash
	// away guesses at those of others.
	g.names.Clear(name)
	g.addresses.Undo(address)
	if user.Off {
		return store.User{}, fault.New(fault.NotAllowed, "access.login.off")
	}
	if weak {
		g.rehash(ctx, &user, password)
	}
	return user, nil
}

// begin counts a try of both name and address, or of none.
func (g *Gate) begin(name, address string) error {
	if wait := g.addresses.Try(address); wait > 0 {
		return TooSoon("access.login.wait", wait)
	}
	if wait := g.names.Try(name); wait > 0 {
		g.addresses.Undo(address)
		return TooSoon("access.login.wait", wait)
	}
	return nil
}

// verify does the same work for every name.
func (g *Gate) verify(ctx context.Context, name, password string) (user store.User, weak bool, err error) {
	wrong := fault.New(fault.Unauthenticated, "access.login.wrong")
	user, err = g.cfg.Users.User(ctx, name)
	known := err == nil
	if err != nil && !fault.Is(err, fault.NotFound) {
		return user, false, fmt.Errorf("look up user: %w", err)
	}
	hash := user.Hash
	if !known || hash == "" {
		hash, known = g.nobody, false
	}
	if len(password) > 4*MaxPassword {
		password, known = "", false
	}
	right, weak, err := g.compare(ctx, hash, password)
	if err != nil {
		return user, false, err
	}
	if !known || !right || g.foreignDemo(name) {
		return store.User{}, false, wrong
	}
	return user, weak, nil
}

func (g *Gate) compare(ctx context.Context, hash, password string) (right, weak bool, err error) {
	if err := g.slot(ctx); err != nil {
		return false, false, err
	}
	defer g.release()
	right, weak, err = VerifyPassword(hash, g.cfg.Cost, password)
	if err != nil {
		return false, false, fmt.Errorf("verify password: %w", err)
	}
	return right, weak, nil
}

func (g *Gate) slot(ctx context.Context) error {
	select {
	case g.slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return fmt.Errorf("wait for other logins: %w", ctx.Err())
	}
}

func (g *Gate) release() { <-g.slots }

// rehash raises the cost of a hash while the password is known. A failure costs
// nothing but another try at the next login.
func (g *Gate) rehash(ctx context.Context, user *store.User, password string) {
	hash, err := g.hash(ctx, password)
	if err == nil {
		err = g.cfg.Users.SetPassword(ctx, user.Name, hash)
	}
	if err != nil {
		g.cfg.Log.Warn("password hash was not renewed", fault.Attr(err))
		return
	}
	user.Hash = hash
}

func (g *Gate) hash(ctx context.Context, password string) (string, error) {
	if err := g.slot(ctx); err != nil {
		return "", err
	}
	defer g.release()
	return HashPassword(g.cfg.Random, g.cfg.Cost, password)
}

// Change replaces a user's password after checking the old one, as Login does,
// and the new one by CheckPassword.
func (g *Gate) Change(ctx context.Context, name, old, password, address string) error {
	user, err := g.Login(ctx, name, old, address)
	if err != nil {
		return err
	}
	return g.Reset(ctx, user.Name, password)
}

// Reset sets a user's password: the administrator's way. Errors are those of
// CheckPassword; fault.NotFound for an unknown user.
func (g *Gate) Reset(ctx context.Context, name, password string) error {
	name = cleanName(name)
	if err := CheckPassword(name, password); err != nil {
		return err
	}
	hash, err := g.hash(ctx, password)
	if err != nil {
		return err
	}
	if err := g.cfg.Users.SetPassword(ctx, name, hash); err != nil {
		return fmt.Errorf("set password: %w", err)
	}
	g.names.Clear(name)
	return nil
}

// AddUser makes a console user with a password. u.Hash and u.Created are set
// here. Errors: fault.Invalid for name or password; fault.Conflict if the name
// is taken.
func (g *Gate) AddUser(ctx context.Context, u store.User, password string) error {
	u.Name = cleanName(u.Name)
	if err := CheckName(u.Name); err != nil {
		return err
	}
	if isDemo(u.Name) {
		return fault.New(fault.Invalid, "access.name.demo").With("prefix", DemoPrefix).WithField("name")
	}
	if err := CheckPassword(u.Name, password); err != nil {
		return err
	}
	return g.add(ctx, u, password)
}

func (g *Gate) add(ctx context.Context, u store.User, password string) error {
	hash, err := g.hash(ctx, password)
	if err != nil {
		return err
	}
	u.Hash, u.Created = hash, g.cfg.Now()
	if err := g.cfg.Users.AddUser(ctx, u); err != nil {
		return fmt.Errorf("add user: %w", err)
	}
	return nil
}

// Limits of a login name in characters.
const (
	minName = 2
	maxName = 32
)

// CheckName returns nil for a login name of 2 to 32 of a-z, 0-9, dot, dash and
// low line that begins with a letter or digit; a fault.Invalid otherwise.
func CheckName(name string) error {
	if len(name) < minName || len(name) > maxName ||
		strings.Trim(name, "abcdefghijklmnopqrstuvwxyz0123456789._-") != "" || strings.ContainsRune("._-", rune(name[0])) {
		return fault.New(fault.Invalid, "access.name").WithField("name")
	}
	return nil
}

// cleanName forgives case, spaces around and full-width forms. What is longer
// than any name can be is cut, so that the throttle keeps no long texts.
func cleanName(name string) string {
	if len(name) > 8*maxName {
		name = name[:8*maxName]
	}
	return strings.ToLower(strings.TrimSpace(norm.NFKC.String(name)))
}
