// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Fleet is what enrolment and the device list need.
type Fleet interface {
	// AddEnrolment keeps a one-time code by its hash.
	AddEnrolment(ctx context.Context, e Enrolment) error

	// Redeem uses the code once: it makes (or extends) the device, its
	// login and its grants in one transaction, with their entries in the
	// device's control log. fault.NotFound for an unknown, used or expired
	// code; fault.NotAllowed when the program is not the code's, or when a
	// device that is to get one more person has another key; fault.Conflict
	// "fleet.own" when it holds the own scope of somebody else.
	Redeem(ctx context.Context, codeHash [32]byte, d NewDevice, now time.Time) (Redeemed, error)

	// Device returns one device; fault.NotFound if unknown.
	Device(ctx context.Context, id ident.Device) (Device, error)

	// Devices returns all devices, by name.
	Devices(ctx context.Context) ([]Device, error)

	// SwitchOff stops a device or a person at once. What they still send is
	// quarantined, never applied and never dropped. On undoes it.
	SwitchOff(ctx context.Context, device ident.Device, off bool, now time.Time) error
	SwitchOffActor(ctx context.Context, actor ident.Actor, off bool, now time.Time) error

	// Work returns what became of everything that a device sent, lane by
	// lane in the order of their numbers: no number is left out and none is
	// there twice. A device that sent nothing, or is unknown, has none.
	Work(ctx context.Context, device ident.Device) ([]Run, error)

	// Grant and Revoke change what a device may hold and append to its
	// control log. A person's own scope is granted to a device on which nobody
	// else works: otherwise it is fault.Conflict "fleet.own".
	Grant(ctx context.Context, device ident.Device, scope ident.Scope, view string, now time.Time) error
	Revoke(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) error

	// Grants returns what a device may hold now.
	Grants(ctx context.Context, device ident.Device) ([]Grant, error)

	// DevicesOf returns the devices on which a person works, by name.
	DevicesOf(ctx context.Context, actor ident.Actor) ([]ident.Device, error)

	// HandOver makes what is one act one transaction: acts of the server in any
	// scopes, and scopes that are taken from a person's devices and given to
	// another's, each with its entry in the control log. If anything of it fails,
	// nothing is done. A device on which somebody else works as well keeps the
	// scope; only the person loses it there.
	HandOver(ctx context.Context, h HandOver) error

	// Control returns the entries of a device's control log after number.
	Control(ctx context.Context, device ident.Device, after uint64) ([]wire.ControlEntry, error)

	// Orders returns the whole control log of a device, oldest first, with what it
	// has confirmed.
	Orders(ctx context.Context, device ident.Device) ([]Order, error)

	// AckControl notes that a device has applied its control log up to
	// number, with the signature of a purge where one was asked for.
	AckControl(ctx context.Context, device ident.Device, ack wire.ControlAck, now time.Time) error

	// CatchUp is told how much of its control log a device has applied. If the
	// store was restored from a backup since it last told the device everything,
	// does not even have that much, or has another entry under the number, its log
	// is brought up to the number, and what holds for the device is said again
	// after it: what was said since the backup may hold no longer. It reports
	// whether that was so. A number that no honest device has is fault.Invalid.
	CatchUp(ctx context.Context, device ident.Device, heard wire.ControlEnd, now time.Time) (bool, error)

	// Deny tells a device that asks for a scope it may not hold to purge it, unless
	// what it has not acknowledged yet of its control log says so. It reports
	// whether anything was added.
	Deny(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) (bool, error)

	// Renew tells a device that holds a scope in another version of its view to
	// purge it and pull it anew, unless what it has not acknowledged yet says so.
	// It reports whether anything was added.
	Renew(ctx context.Context, device ident.Device, scope ident.Scope, now time.Time) (bool, error)

	// Seen notes a device's status and the incarnation it speaks as.
	Seen(ctx context.Context, device ident.Device, inc ident.Incarnation, program string, s wire.Status, now time.Time) error

	// Login returns one login; fault.NotFound if unknown.
	Login(ctx context.Context, id ident.Login) (Login, error)

	// Quarantine lists what is kept sealed for an administrator.
	Quarantine(ctx context.Context) ([]Quarantined, error)

	// Kept returns one quarantined change set; fault.NotFound if there is none
	// under this link, or none any more, and fault.Gone if what it said was
	// erased.
	Kept(ctx context.Context, link record.Link) (*record.ChangeSet, error)

	// Decide settles one quarantined change set for good: fault.NotFound if it is
	// none, or none any more. It is judged as if it arrived now, as work of its
	// author whose login and scope are not asked after, or it is refused. The
	// receipt stands in the place of the first one. fault.Internal
	// ("sync.quarantine.failed") if judging it fails; it stays where it is.
	Decide(ctx context.Context, d Decision) (record.Receipt, error)

	// Decided lists what was decided, newest first, at most limit.
	Decided(ctx context.Context, limit int) ([]Decided, error)
}

// Enrolment is a one-time code's meaning.
type Enrolment struct {
	CodeHash [32]byte
	Device   ident.Device // zero: a new device
	Name     string       // "大沙村 1 号机"
	Program  string       // "kiosk" or "agent"
	Actor    ident.Actor  // the person, or the kiosk's own actor
	Display  string       // the person's name as others read it
	Role     record.Role
	Scopes   []ident.Scope
	Expires  time.Time
	By       ident.Actor
}

// NewDevice is what a device says of itself when it uses a code.
type NewDevice struct {
	Public      []byte // its signing key
	Incarnation ident.Incarnation
	Program     string
	Person      []byte // the own key of the person who enrols; nil: not named
	Box         []byte // what is sealed to the device; nil: not named
}

// Redeemed is what the device gets for its code.
type Redeemed struct {
	Device    ident.Device
	ShortID   uint32 // 1–89999, unique; leads its receipt numbers
	Name      string
	Login     Login
	Display   string
	Grants    []Grant
	Control   uint64 // number of its last control entry
	Catalogue uint32
}

// HandOver is what one person hands over to another.
type HandOver struct {
	Login    Login // of the server, under which the acts are made
	Acts     []record.Act
	From, To ident.Actor
	Scopes   []ident.Scope
	Note     audit.Entry
	Now      time.Time
}

// Grant says that a device may hold a scope in a view.
type Grant struct {
	Scope ident.Scope
	View  string
}

// Device is a device as the fleet view shows it.
type Device struct {
	ID       ident.Device
	ShortID  uint32
	Name     string
	Program  string // "agent/0.1.0" as last seen
	Public   []byte
	Box      []byte // nil: not named
	Role     record.Role
	Off      bool
	LastSeen time.Time // zero: never
	Status   wire.Status
	Control  uint64 // acknowledged entry
	Pending  uint64 // entries not acknowledged yet
}

// Order is an entry of a device's control log with what became of it.
type Order struct {
	wire.ControlEntry
	At        time.Time
	Applied   bool      // the device said in a session of its own that it has applied it
	Confirmed time.Time // when; zero: not yet, or not noted
	Purge     []byte    // of a revocation: the device's signature over wire.PurgeBytes; nil: none yet
}

// Run is consecutive change sets of a lane that have the same outcome.
type Run struct {
	Link    record.Link // of the first
	Count   uint64
	Outcome record.Outcome
}

// Quarantined is a change set that was kept and not applied.
type Quarantined struct {
	Link   record.Link
	Actor  ident.Actor
	Device ident.Device
	Act    string
	Reason string
	At     time.Time
}

// Decision is what somebody at the server decides about a quarantined change set.
type Decision struct {
	Link record.Link
	Pass bool        // let it be judged; otherwise it is refused
	By   ident.Actor // who decides
	Why  string      // for its author; of a refusal
	Now  time.Time
}

// Decided is a decision with what it was about and what came of it.
type Decided struct {
	Quarantined
	Decision
	Outcome record.Outcome
}

// Staff is what the console's own users need.
type Staff interface {
	// AddUser makes a console user; fault.Conflict if the name is taken.
	AddUser(ctx context.Context, u User) error

	// User returns a user by name; fault.NotFound if unknown.
	User(ctx context.Context, name string) (User, error)

	// Users returns all users by name.
	Users(ctx context.Context) ([]User, error)

	// SetPassword replaces a user's password hash.
	SetPassword(ctx context.Context, name, hash string) error

	// SetPerson keeps a user's own signing key, wrapped under their password,
	// and its public half with their login.
	SetPerson(ctx context.Context, name string, wrapped, public []byte) error

	// ActorName returns the name by which others read an actor, "" if
	// unknown.
	ActorName(ctx context.Context, actor ident.Actor) (string, error)

	// Setting and SetSetting keep small named values: server identity,
	// key ids, session keys. Setting returns nil for an unknown name.
	Setting(ctx context.Context, name string) ([]byte, error)
	SetSetting(ctx context.Context, name string, value []byte) error
}

// User is a person who works in the console.
type User struct {
	Name    string // login name
	Display string
	Hash    string // argon2id, PHC string form
	Login   Login  // role, scopes and actor; Device is the server
	Org     ident.Org
	Off     bool
	Created time.Time
	Person  []byte // own signing key, wrapped under the password; nil until one was drawn
}
