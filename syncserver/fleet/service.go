// SPDX-License-Identifier: Apache-2.0

package fleet

import (
	"context"
	"crypto/rand"
	"fmt"
	"io"
	"log/slog"
	"slices"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/enrol"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/syncserver/access"
	"yuexin/syncserver/store"
)

// Sessions are the devices connected now; *hub.Hub is one.
type Sessions interface {
	// Nudge tells the sessions of a device to look at it again.
	Nudge(device ident.Device)
	Connected() map[ident.Device]bool
}

// Config is what a Service is made of.
type Config struct {
	Store    store.Fleet
	Sessions Sessions // nil: nobody is connected, e.g. in a subcommand
	Identity *Identity

	// Servers are the addresses written on tickets, as enrol.ParseAddress
	// reads them; without any there are no tickets. SyncPath is where the
	// websocket is.
	Servers  []string
	SyncPath string
	// Pin returns the pin of the present TLS key, zero if TLS ends elsewhere
	// or there is none; PublicCA says that devices can verify the certificate
	// without it. See tlsid.Certificate.
	Pin      func() enrol.Pin
	PublicCA func() bool
	// Admins returns the administrators of whom devices that enrol are told.
	Admins func(ctx context.Context) (enrol.Keys, error)

	Now    func() time.Time
	Random io.Reader // nil: crypto/rand
	Log    *slog.Logger
}

// How enrolment slows down, per address. A county may roll out a hundred kiosks
// behind one address in an afternoon; a slip of the hand does not get here,
// because the code's check letter finds it on the device.
const (
	requestsPerSecond = 2
	requestsAtOnce    = 30
	addresses         = 10_000
)

var wrongCodes = access.Delays{Free: 5, First: 2 * time.Second, Most: 10 * time.Minute, Forget: time.Hour, Keys: addresses}

// Service makes devices and switches them off. It is safe for concurrent use.
type Service struct {
	cfg      Config
	requests *access.Limiter
	wrong    *access.Throttle
	answers  *answers
	redeem   chan struct{} // holds one token: a code is redeemed by one at a time
}

// New returns a service. Errors are those of enrol.ParseAddress for an address
// that cannot stand on a ticket.
func New(cfg Config) (*Service, error) {
	servers := make([]string, 0, len(cfg.Servers))
	for _, text := range cfg.Servers {
		server, err := enrol.ParseAddress(text)
		if err != nil {
			return nil, err
		}
		servers = append(servers, server)
	}
	cfg.Servers = servers
	if cfg.Random == nil {
		cfg.Random = rand.Reader
	}
	return &Service{
		cfg:      cfg,
		requests: access.NewLimiter(requestsPerSecond, requestsAtOnce, addresses, cfg.Now),
		wrong:    access.NewThrottle(wrongCodes, cfg.Now),
		answers:  newAnswers(),
		redeem:   make(chan struct{}, 1),
	}, nil
}

// Invite says what a code will make.
type Invite struct {
	// Device is zero for a new device. An existing one gets one more person (a
	// shared laptop); its code works with that device's own key only.
	Device  ident.Device
	Name    string // of a new device: "大沙村 1 号机"
	Program string // "kiosk" or "agent"
	Actor   ident.Actor
	Display string        // the person's name as others read it
	Role    record.Role   // of deviceRoles
	Scopes  []ident.Scope // nil: all, which the role must be meant for
	By      ident.Actor   // the administrator
}

// Issued is a new ticket, with the four words that the administrator compares
// when its code is typed; HasWords is false where TLS does not end here.
type Issued struct {
	Ticket   enrol.Ticket
	Words    seal.Phrase
	HasWords bool
}

// Limits of names in characters.
const maxName = 64

// staffRole is the role of somebody of the village who works on a kiosk with a passphrase
// of their own. It belongs to a person who is added to a kiosk; the machine itself is one.
const staffRole record.Role = "cadre"

// deviceRoles are the roles that a device of a program can have. All others
// belong to the server and its console: on a device, whose disk and owner are
// far away, they would open every village.
var deviceRoles = map[string][]record.Role{
	"kiosk": {"kiosk", staffRole},
	"agent": {"officer", "cadre"},
}

func (i Invite) check() error {
	switch {
	case i.Program != "kiosk" && i.Program != "agent":
		return fault.New(fault.Invalid, "fleet.invite.program").WithField("program")
	case i.Device.IsZero() && !validName(i.Name):
		return fault.New(fault.Invalid, "fleet.invite.name").WithField("name")
	case !validName(i.Display):
		return fault.New(fault.Invalid, "fleet.invite.display").WithField("display")
	case i.Actor.IsZero() || i.By.IsZero() || i.Role == "":
		return fault.New(fault.Invalid, "fleet.invite.role").WithField("role")
	case !slices.Contains(deviceRoles[i.Program], i.Role):
		return fault.New(fault.NotAllowed, "fleet.invite.device_role").With("role", string(i.Role)).WithField("role")
	case i.Program == "kiosk" && (i.Role == staffRole) == i.Device.IsZero():
		return fault.New(fault.NotAllowed, "fleet.invite.kiosk_staff").WithField("role")
	}
	for _, scope := range i.Scopes {
		if err := scope.Valid(); err != nil {
			return err
		}
	}
	return nil
}

func validName(name string) bool {
	n := utf8.RuneCountInString(name)
	return n >= 1 && n <= maxName && strings.TrimSpace(name) == name && !strings.ContainsFunc(name, unicode.IsControl)
}

// NewTicket makes a one-time code that lives an hour. Only its keyed hash is
// stored: the ticket cannot be shown again. Errors: fault.Invalid for the
// invite; fault.NotFound for an unknown device; fault.Conflict "fleet.own" for
// one that holds what only the person on it may read; fault.Unavailable
// "fleet.servers" when no device could find the server.
func (s *Service) NewTicket(ctx context.Context, i Invite) (Issued, error) {
	if len(s.cfg.Servers) == 0 {
		return Issued{}, fault.New(fault.Unavailable, "fleet.servers")
	}
	if err := i.check(); err != nil {
		return Issued{}, err
	}
	var public []byte
	if !i.Device.IsZero() {
		device, err := s.cfg.Store.Device(ctx, i.Device)
		if err != nil {
			return Issued{}, fmt.Errorf("device to extend: %w", err)
		}
		public = device.Public
		if err := s.shareable(ctx, i); err != nil {
			return Issued{}, err
		}
	}
	code, err := enrol.NewCode(s.cfg.Random)
	if err != nil {
		return Issued{}, err
	}
	hash, err := s.cfg.Identity.codeHash(code, public)
	if err != nil {
		return Issued{}, err
	}
	expires := s.cfg.Now().Add(enrol.Lifetime).UTC().Truncate(time.Second)
	err = s.cfg.Store.AddEnrolment(ctx, store.Enrolment{
		CodeHash: hash, Device: i.Device, Name: i.Name, Program: i.Program, Actor: i.Actor,
		Display: i.Display, Role: i.Role, Scopes: i.Scopes, Expires: expires, By: i.By,
	})
	if err != nil {
		return Issued{}, fmt.Errorf("keep code: %w", err)
	}
	s.cfg.Log.Info("enrolment code made", "program", i.Program, "role", string(i.Role), "by", i.By.String())
	return s.issued(code, expires), nil
}

// shareable refuses one more person on a device that holds the own scope of somebody else.
func (s *Service) shareable(ctx context.Context, i Invite) error {
	grants, err := s.cfg.Store.Grants(ctx, i.Device)
	if err != nil {
		return fmt.Errorf("grants: %w", err)
	}
	for _, g := range grants {
		if owner, own := g.Scope.User(); own && owner != i.Actor {
			return fault.New(fault.Conflict, "fleet.own")
		}
	}
	return nil
}

func (s *Service) issued(code enrol.Code, expires time.Time) Issued {
	pin := s.cfg.Pin()
	out := Issued{Ticket: enrol.Ticket{Servers: s.cfg.Servers, Pin: pin, Code: code, Expires: expires}}
	if s.cfg.PublicCA() {
		out.Ticket.Pin = enrol.Pin{}
	}
	if !pin.IsZero() {
		out.Words, out.HasWords = pin.Words(code), true
	}
	return out
}

// SwitchOff stops a device at once, or lets it go on. Its session, if it has
// one, learns of it.
func (s *Service) SwitchOff(ctx context.Context, device ident.Device, off bool) error {
	if err := s.cfg.Store.SwitchOff(ctx, device, off, s.cfg.Now()); err != nil {
		return fmt.Errorf("switch device: %w", err)
	}
	s.nudge(device)
	s.cfg.Log.Info("device switched", "device", device.String(), "off", off)
	return nil
}

// SwitchOffActor stops a person on every device, or lets them go on.
func (s *Service) SwitchOffActor(ctx context.Context, actor ident.Actor, off bool) error {
	if err := s.cfg.Store.SwitchOffActor(ctx, actor, off, s.cfg.Now()); err != nil {
		return fmt.Errorf("switch person: %w", err)
	}
	// Which devices the person uses is in the control logs: every session looks.
	if s.cfg.Sessions != nil {
		for device := range s.cfg.Sessions.Connected() {
			s.cfg.Sessions.Nudge(device)
		}
	}
	s.cfg.Log.Info("person switched", "actor", actor.String(), "off", off)
	return nil
}

// Grant lets a device hold a scope in a view.
func (s *Service) Grant(ctx context.Context, device ident.Device, scope ident.Scope, view string) error {
	if err := s.cfg.Store.Grant(ctx, device, scope, view, s.cfg.Now()); err != nil {
		return fmt.Errorf("grant: %w", err)
	}
	s.nudge(device)
	return nil
}

// GrantOwn lets the laptops of a person on which nobody else works hold the person's own scope. fault.Conflict "fleet.own" where there is
// none.
func (s *Service) GrantOwn(ctx context.Context, actor ident.Actor) error {
	devices, err := s.cfg.Store.DevicesOf(ctx, actor)
	if err != nil {
		return fmt.Errorf("devices of a person: %w", err)
	}
	own, held := ident.UserScope(actor), 0
	for _, id := range devices {
		d, err := s.cfg.Store.Device(ctx, id)
		if err != nil {
			return fmt.Errorf("device of a person: %w", err)
		}
		grants, err := s.cfg.Store.Grants(ctx, id)
		if err != nil {
			return fmt.Errorf("grants: %w", err)
		}
		if slices.ContainsFunc(grants, func(g store.Grant) bool { return g.Scope == own }) {
			held++
			continue
		}
		if program, _, _ := strings.Cut(d.Program, "/"); program != "agent" || d.Off {
			continue
		}
		switch err := s.Grant(ctx, id, own, string(d.Role)); {
		case err == nil:
			held++
		case !fault.Is(err, fault.Conflict):
			return err
		}
	}
	if held == 0 {
		return fault.New(fault.Conflict, "fleet.own")
	}
	return nil
}

// Revoke takes a scope from a device, which purges it and confirms.
func (s *Service) Revoke(ctx context.Context, device ident.Device, scope ident.Scope) error {
	if err := s.cfg.Store.Revoke(ctx, device, scope, s.cfg.Now()); err != nil {
		return fmt.Errorf("revoke: %w", err)
	}
	s.nudge(device)
	return nil
}

// Decide settles a quarantined change set of a device, which learns of it.
func (s *Service) Decide(ctx context.Context, device ident.Device, d store.Decision) (record.Receipt, error) {
	d.Now = s.cfg.Now()
	receipt, err := s.cfg.Store.Decide(ctx, d)
	if err != nil {
		return receipt, fmt.Errorf("decide: %w", err)
	}
	s.nudge(device)
	s.cfg.Log.Info("quarantine decided", "device", device.String(), "pass", d.Pass, "outcome", receipt.Outcome.String(), "by", d.By.String())
	return receipt, nil
}

// Carried lets a device that is connected ask what became of what somebody carried
// here.
func (s *Service) Carried(device ident.Device) { s.nudge(device) }

func (s *Service) nudge(device ident.Device) {
	if s.cfg.Sessions != nil {
		s.cfg.Sessions.Nudge(device)
	}
}
