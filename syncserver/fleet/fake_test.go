// SPDX-License-Identifier: Apache-2.0

package fleet_test

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/syncserver/store"
)

// memory is the part of store.Fleet that this package uses, in memory. Calling
// any other method of the embedded nil Fleet panics, as it should.
type memory struct {
	store.Fleet

	mu       sync.Mutex // protects all below
	codes    map[[32]byte]store.Enrolment
	used     map[[32]byte]bool
	devices  map[ident.Device]store.Device
	logins   []store.Login
	grants   map[ident.Device][]store.Grant
	settings map[string][]byte
	redeems  int // calls
	broken   error
	off      map[ident.Actor]bool
	source   interface{ Read([]byte) (int, error) }
}

func newMemory() *memory {
	return &memory{
		codes: map[[32]byte]store.Enrolment{}, used: map[[32]byte]bool{}, devices: map[ident.Device]store.Device{},
		grants: map[ident.Device][]store.Grant{}, settings: map[string][]byte{}, off: map[ident.Actor]bool{}, source: source(42),
	}
}

func (m *memory) AddEnrolment(_ context.Context, e store.Enrolment) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.codes[e.CodeHash] = e
	return nil
}

func (m *memory) Redeem(ctx context.Context, hash [32]byte, d store.NewDevice, now time.Time) (store.Redeemed, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.redeems++
	if err := ctx.Err(); err != nil {
		return store.Redeemed{}, err
	}
	if m.broken != nil {
		return store.Redeemed{}, m.broken
	}
	e, found := m.codes[hash]
	if !found || m.used[hash] || !now.Before(e.Expires) {
		return store.Redeemed{}, fault.New(fault.NotFound, "")
	}
	m.used[hash] = true
	id := e.Device
	if id.IsZero() {
		id = must(ident.New[ident.Device](now.UnixMilli(), m.source))
		m.devices[id] = store.Device{ID: id, ShortID: uint32(len(m.devices) + 1), Name: e.Name, Public: d.Public, Role: e.Role, Program: d.Program}
	}
	login := store.Login{ID: must(ident.New[ident.Login](now.UnixMilli(), m.source)), Actor: e.Actor, Device: id, Role: e.Role, Scopes: e.Scopes}
	m.logins = append(m.logins, login)
	for _, scope := range e.Scopes {
		m.grants[id] = append(m.grants[id], store.Grant{Scope: scope, View: string(e.Role)})
	}
	return store.Redeemed{
		Device: id, ShortID: m.devices[id].ShortID, Name: m.devices[id].Name, Login: login, Display: e.Display,
		Grants: slices.Clone(m.grants[id]), Control: uint64(len(m.logins)), Catalogue: 1,
	}, nil
}

func (m *memory) Device(_ context.Context, id ident.Device) (store.Device, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, found := m.devices[id]
	if !found {
		return d, fault.New(fault.NotFound, "")
	}
	return d, nil
}

func (m *memory) SwitchOff(_ context.Context, id ident.Device, off bool, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	d, found := m.devices[id]
	if !found {
		return fault.New(fault.NotFound, "")
	}
	d.Off = off
	m.devices[id] = d
	return nil
}

func (m *memory) SwitchOffActor(_ context.Context, actor ident.Actor, off bool, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.off[actor] = off
	return nil
}

func (m *memory) Grants(_ context.Context, id ident.Device) ([]store.Grant, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return slices.Clone(m.grants[id]), nil
}

func (m *memory) DevicesOf(_ context.Context, actor ident.Actor) (list []ident.Device, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	for _, l := range m.logins {
		if l.Actor == actor && !slices.Contains(list, l.Device) {
			list = append(list, l.Device)
		}
	}
	return list, nil
}

func (m *memory) Grant(_ context.Context, id ident.Device, scope ident.Scope, view string, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if owner, own := scope.User(); own && slices.ContainsFunc(m.logins, func(l store.Login) bool { return l.Device == id && l.Actor != owner }) {
		return fault.New(fault.Conflict, "fleet.own")
	}
	m.grants[id] = append(m.grants[id], store.Grant{Scope: scope, View: view})
	return nil
}

func (m *memory) Revoke(_ context.Context, id ident.Device, scope ident.Scope, _ time.Time) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.grants[id] = slices.DeleteFunc(m.grants[id], func(g store.Grant) bool { return g.Scope == scope })
	return nil
}

func (m *memory) Setting(_ context.Context, name string) ([]byte, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.settings[name], nil
}

func (m *memory) SetSetting(_ context.Context, name string, value []byte) error {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.settings[name] = value
	return nil
}

// sessions counts nudges.
type sessions struct {
	connected map[ident.Device]bool
	nudged    map[ident.Device]int
}

func (s *sessions) Nudge(device ident.Device) { s.nudged[device]++ }

func (s *sessions) Connected() map[ident.Device]bool { return maps.Clone(s.connected) }
