// SPDX-License-Identifier: Apache-2.0

package console_test

import (
	"context"
	"slices"
	"strings"
	"time"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/memory"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
	"yuexin/syncserver/web/console"
)

// The world is the console's Store and Enroller, and the gate's Users.

func (w *world) As(login store.Login) record.Store {
	return &cut{w: w, scopes: login.Scopes, Store: w.records.As(memory.Session{Actor: login.Actor, Role: login.Role})}
}

func (w *world) AsPerson(login store.Login, _ store.Signer) record.Store { return w.As(login) }

func (w *world) SetPerson(_ context.Context, name string, wrapped, public []byte) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u := w.users[name]
	u.Person, u.Login.Person = wrapped, public
	w.users[name] = u
	return nil
}

// cut leaves out what is not in a login's scopes, as the central store does.
type cut struct {
	record.Store
	w      *world
	scopes []ident.Scope
}

func (c *cut) may(scope ident.Scope) bool { return c.scopes == nil || slices.Contains(c.scopes, scope) }

func (c *cut) Get(ctx context.Context, id ident.Record) (record.Row, error) {
	row, err := c.Store.Get(ctx, id)
	if err == nil && !c.may(row.Header.Scope) {
		return record.Row{}, fault.New(fault.NotFound, "")
	}
	return row, err
}

func (c *cut) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	rows, err := c.Store.List(ctx, q)
	return slices.DeleteFunc(rows, func(row record.Row) bool { return !c.may(row.Header.Scope) }), err
}

func (c *cut) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	c.w.mu.Lock()
	err := c.w.failNext
	c.w.failNext = nil
	if err == nil {
		c.w.applied++
	}
	c.w.mu.Unlock()
	if err != nil {
		return record.Receipt{}, err
	}
	return c.Store.Apply(ctx, act)
}

func (w *world) Watch(ctx context.Context) <-chan ident.Scope {
	out := make(chan ident.Scope)
	go func() {
		defer close(out)
		for {
			select {
			case scope := <-w.moved:
				out <- scope
			case <-ctx.Done():
				return
			}
		}
	}()
	return out
}

// move tells the console that a scope moved, and returns when it has dealt with that: the third is taken only after it has.
func (w *world) move(scope ident.Scope) {
	for range 3 {
		w.moved <- scope
	}
}

func (w *world) Device(_ context.Context, id ident.Device) (store.Device, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, d := range w.devices {
		if d.ID == id {
			return d, nil
		}
	}
	return store.Device{}, fault.New(fault.NotFound, "")
}

func (w *world) Devices(context.Context) ([]store.Device, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	return slices.Clone(w.devices), nil
}

func (w *world) SwitchOff(_ context.Context, id ident.Device, off bool) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	for i := range w.devices {
		if w.devices[i].ID == id {
			w.devices[i].Off = off
		}
	}
	return nil
}

func (w *world) Quarantine(context.Context) ([]store.Quarantined, error) { return w.kept, nil }

func (w *world) Kept(_ context.Context, link record.Link) (*record.ChangeSet, error) {
	cs, known := w.content[link]
	if !known {
		return nil, fault.New(fault.Gone, "")
	}
	return cs, nil
}

func (w *world) Decided(context.Context, int) ([]store.Decided, error) { return w.decided, nil }

func (w *world) Decide(_ context.Context, device ident.Device, d store.Decision) (record.Receipt, error) {
	i := slices.IndexFunc(w.kept, func(q store.Quarantined) bool { return q.Link == d.Link && q.Device == device })
	if i < 0 {
		return record.Receipt{}, fault.New(fault.NotFound, "store.quarantine.none")
	}
	outcome := record.Rejected
	if d.Pass {
		outcome = record.Accepted
	}
	d.Now = w.now
	w.decided = append(w.decided, store.Decided{Quarantined: w.kept[i], Decision: d, Outcome: outcome})
	w.kept = slices.Delete(w.kept, i, i+1)
	return record.Receipt{Link: d.Link, Outcome: outcome}, nil
}

func (w *world) Orders(_ context.Context, id ident.Device) ([]store.Order, error) {
	return w.orders[id], nil
}

func (w *world) Grants(context.Context, ident.Device) ([]store.Grant, error) { return w.grants, nil }

func (w *world) Revoke(_ context.Context, device ident.Device, scope ident.Scope) error {
	w.grants = slices.DeleteFunc(w.grants, func(g store.Grant) bool { return g.Scope == scope })
	n := uint64(len(w.orders[device]) + 1)
	w.orders[device] = append(w.orders[device], store.Order{
		ControlEntry: wire.ControlEntry{Number: n, Op: wire.ControlRevoke, Scope: scope}, At: w.now,
	})
	return nil
}

func (w *world) AddUser(_ context.Context, u store.User) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if _, taken := w.users[u.Name]; taken {
		return fault.New(fault.Conflict, "")
	}
	w.users[u.Name] = u
	return nil
}

func (w *world) User(_ context.Context, name string) (store.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, found := w.users[name]
	if !found {
		return u, fault.New(fault.NotFound, "")
	}
	return u, nil
}

func (w *world) Users(context.Context) ([]store.User, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	var all []store.User
	for _, u := range w.users {
		all = append(all, u)
	}
	slices.SortFunc(all, func(a, b store.User) int { return strings.Compare(a.Name, b.Name) })
	return all, nil
}

func (w *world) SetPassword(_ context.Context, name, hash string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	u, found := w.users[name]
	if !found {
		return fault.New(fault.NotFound, "")
	}
	u.Hash = hash
	w.users[name] = u
	return nil
}

func (w *world) ActorName(_ context.Context, actor ident.Actor) (string, error) {
	for name, id := range w.actor {
		if id == actor {
			return name, nil
		}
	}
	return "", nil
}

func (w *world) NewCode(_ context.Context, e store.Enrolment) (console.Code, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.codes = append(w.codes, e)
	return console.Code{
		Short: "7K2M-9QXD", Link: "https://example.com/E/7K2M9QXD", Server: "sync.example.com",
		Words: [4]string{"稻田", "渔船", "荔枝", "凉亭"}, Expires: w.now.Add(time.Hour),
	}, nil
}

func (w *world) Note(_ context.Context, entries ...audit.Entry) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.noteFails != nil {
		return w.noteFails
	}
	for _, e := range entries {
		e.Number, e.AtMS = uint64(len(w.noted)+1), w.now.UnixMilli()
		w.noted = append(w.noted, e)
	}
	return nil
}

// Written makes up the writes of the one record that somebody wrote to.
func (w *world) Written(_ context.Context, id ident.Record) (list []store.Written, err error) {
	if id != w.demand["罗燕红"].Header.ID {
		return nil, fault.New(fault.NotFound, "")
	}
	for n := range 60 {
		lane := record.Lane{Incarnation: ident.Incarnation{byte(1 + n%2)}}
		list = append(list, store.Written{
			Link: record.Link{Lane: lane, Number: uint64(n + 1)}, Actor: w.actor["何建国"], Device: w.devices[0].ID, Act: "demand.edit", Kind: "demand",
			Fields: []record.Field{"applicant_name", "phone"}, Outcome: record.Accepted, Clocks: audit.Clocks{WallMS: w.now.UnixMilli() + int64(n/4)*60_000},
		})
	}
	list[0].Outcome, list[0].Actor, list[0].Act = record.Rejected, w.actor["梁志明"], "demand.register"
	return list, nil
}

func (w *world) Audited(_ context.Context, q store.AuditQuery) (list []store.Audited, err error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = q
	for _, e := range slices.Backward(w.noted) {
		a := store.Audited{Entry: e, Place: store.AuditPlace{AtMS: e.AtMS, Number: e.Number}}
		about := func(t audit.Touch) bool { return t.Record == q.Record }
		switch {
		case !q.Actor.IsZero() && e.Actor != q.Actor, !q.Record.IsZero() && !slices.ContainsFunc(e.Touched, about),
			q.After != (store.AuditPlace{}) && e.Number >= q.After.Number:
			continue
		}
		if list = append(list, a); len(list) == q.Limit {
			break
		}
	}
	return list, nil
}
