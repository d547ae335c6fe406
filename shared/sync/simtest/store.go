// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/simtest/model"
	"yuexin/shared/sync/wire"
)

// Port carries out what the server's machine of one connection asks of the
// store, and returns the event that answers it, nil if none does.
type Port interface {
	Do(eff peer.Effect) peer.Event
}

// Server is a central store under test.
type Server interface {
	// Session returns the port of a new connection.
	Session() Port

	// Enrol makes a device and returns it with the ids it was given.
	Enrol(a model.Account) model.Account
	Grant(device ident.Device, scope ident.Scope)
	Revoke(device ident.Device, scope ident.Scope)
	SwitchOff(device ident.Device, off bool)
	Decide(device ident.Device, pass bool) bool // about the first of its quarantined change sets, if there is one

	// Author lets the server itself write, having seen all there is.
	Author(act record.Act) (record.Receipt, error)

	Full(full bool)    // writes fail from now on, or no more
	Crash()            // the process dies and is started again
	DropSnapshots()    // forgets them, as after an erasure
	Backup()           // keeps a backup, replacing the one before
	Restore(told bool) // goes back to the backup, if there is one; with told false nobody says so

	// What the laws are checked on.
	Grants(device ident.Device) []ident.Scope
	Off(device ident.Device) bool
	Unconfirmed(device ident.Device) int
	Rows(scope ident.Scope, role record.Role) []record.Row
	Stands() []model.Stand
	Quarantined() []string
	Breaches() []string // of the store's own invariants
}

// Refused is a change set in a device's tray.
type Refused struct {
	Link record.Link
	Act  string
}

// Device is a device's store under test.
type Device interface {
	// Do carries out what the device's machine asks, and returns the event that
	// answers it, nil if none does. After an error the session ends.
	Do(eff peer.Effect) (peer.Event, error)

	Incarnation() ident.Incarnation
	Control() wire.ControlEnd
	Trail() wire.TrailEnd // of its audit log
	Off() bool
	Base(scope ident.Scope) record.Base
	Apply(act record.Act) (record.Receipt, error)
	Discard(link record.Link) error

	Full(full bool)
	Crash(power bool) // the process dies, or all power goes, and it starts again
	Clone(clock func() hlc.Reading, fresh func() ident.Incarnation) Device

	// What the laws are checked on.
	Scopes() []ident.Scope
	Rows(scope ident.Scope) []record.Row // as its reader sees them, its own work included
	Sees(id ident.Record) bool           // whether a record is among them
	Kept() []ident.Scope                 // of which parts of snapshots are on its disk
	Raw() []wire.RowDelta                // all that is on its disk from the server
	Receipt(link record.Link) (record.Receipt, bool)
	Tray() []Refused
	Waiting() int
	Offers() int // boxes that wait to be offered back
}

// Models makes worlds whose stores are plain data, with a bug planted in them.
func Models(rules model.Rules, bug model.Bug) Stores {
	return Stores{
		Rules: rules,
		Server: func(nowMS func() int64) Server {
			return &modelServer{now: model.NewCentral(rules, bug), clock: nowMS}
		},
		Device: func(a model.Account, clock func() hlc.Reading, fresh func() ident.Incarnation) Device {
			return &modelDevice{model.NewReplica(rules, bug, a, clock, fresh)}
		},
	}
}

// Stores makes the stores of a world.
type Stores struct {
	Rules  model.Rules
	Server func(nowMS func() int64) Server
	Device func(a model.Account, clock func() hlc.Reading, fresh func() ident.Incarnation) Device
}

// modelServer is a model.Central through crashes and restores.
type modelServer struct {
	now    *model.Central
	backup *model.Central
	clock  func() int64
}

func (s *modelServer) Session() Port {
	return model.NewSession(func() *model.Central { return s.now }, s.clock)
}

func (s *modelServer) Enrol(a model.Account) model.Account {
	s.now.Enrol(a)
	return a
}

func (s *modelServer) Author(act record.Act) (record.Receipt, error) {
	return s.now.Author(act, s.clock())
}

func (s *modelServer) Grant(d ident.Device, scope ident.Scope)        { s.now.Grant(d, scope) }
func (s *modelServer) Revoke(d ident.Device, scope ident.Scope)       { s.now.Revoke(d, scope) }
func (s *modelServer) SwitchOff(d ident.Device, off bool)             { s.now.SwitchOff(d, off) }
func (s *modelServer) Decide(d ident.Device, pass bool) bool          { return s.now.Decide(d, pass) }
func (s *modelServer) Full(full bool)                                 { s.now.Full(full) }
func (s *modelServer) DropSnapshots()                                 { s.now.DropSnapshots() }
func (s *modelServer) Crash()                                         { s.now = s.now.Crash() }
func (s *modelServer) Backup()                                        { s.backup = s.now.Backup() }
func (s *modelServer) Grants(d ident.Device) []ident.Scope            { return s.now.Grants(d) }
func (s *modelServer) Off(d ident.Device) bool                        { return s.now.Off(d) }
func (s *modelServer) Unconfirmed(d ident.Device) int                 { return s.now.Unconfirmed(d) }
func (s *modelServer) Rows(n ident.Scope, r record.Role) []record.Row { return s.now.Rows(n, r) }
func (s *modelServer) Stands() []model.Stand                          { return s.now.Stands() }
func (s *modelServer) Quarantined() []string                          { return s.now.Quarantined() }
func (s *modelServer) Breaches() []string                             { return orders(s.now) }

func (s *modelServer) Restore(told bool) {
	if s.backup != nil {
		s.now = s.backup.Restore(told)
	}
}

// modelDevice is a model.Replica.
type modelDevice struct{ *model.Replica }

func (d *modelDevice) Trail() wire.TrailEnd { return wire.TrailEnd{} } // a model keeps none

func (d *modelDevice) Crash(bool) { d.Replica.Crash() }

func (d *modelDevice) Clone(clock func() hlc.Reading, fresh func() ident.Incarnation) Device {
	return &modelDevice{d.Replica.Clone(clock, fresh)}
}

func (d *modelDevice) Tray() (out []Refused) {
	for _, r := range d.Replica.Tray() {
		out = append(out, Refused(r))
	}
	return out
}
