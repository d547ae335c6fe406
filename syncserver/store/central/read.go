// SPDX-License-Identifier: Apache-2.0

package central

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// As implements store.Store.
func (s *Store) As(login store.Login) record.Store {
	return s.AsPerson(login, nil)
}

// AsPerson implements store.Store.
func (s *Store) AsPerson(login store.Login, own store.Signer) record.Store {
	return &person{s: s, login: login, own: own}
}

// person is the store as one login at the server sees it.
type person struct {
	s     *Store
	login store.Login
	own   store.Signer // nil: not at hand
}

// view is what the login reads, by the rules in force.
func (p *person) view() record.View { return p.s.access().View(p.login.Role) }

var _ record.Store = (*person)(nil)

func errNotFound() error { return fault.New(fault.NotFound, "") }

// may reports whether the login may use the scope.
func (p *person) may(scope ident.Scope) bool {
	return p.login.Scopes == nil || slices.Contains(p.login.Scopes, scope)
}

// Get implements record.Store.
func (p *person) Get(ctx context.Context, id ident.Record) (out record.Row, err error) {
	err = p.s.pool.read(ctx, func(c *conn) error {
		e, err := findEntry(c, id)
		if err != nil {
			return err
		}
		if e == nil || !p.may(e.header.Scope) {
			return errNotFound()
		}
		if out, err = e.row(p.s.vault, p.view(), 0); err == nil && len(out.Fields) == 0 {
			return errNotFound()
		}
		return err
	})
	return out, err
}

// List implements record.Store.
func (p *person) List(ctx context.Context, q record.Query) (rows []record.Row, err error) {
	if q.Scope != "" && !p.may(q.Scope) {
		return nil, nil
	}
	err = p.s.pool.read(ctx, func(c *conn) error {
		rows, err = query{c: c, s: p.s, view: p.view(), scopes: p.login.Scopes, q: q}.run(ctx)
		return err
	})
	return rows, err
}

// Base implements record.Store.
func (p *person) Base(ctx context.Context, scope ident.Scope) (b record.Base, err error) {
	if !p.may(scope) {
		return b, errNotFound()
	}
	err = p.s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, scope)
		if sc == nil || err != nil {
			return err
		}
		b.Version = sc.Head
		inc, err := serverIncarnation(c)
		if err != nil {
			return err
		}
		ln, err := findLane(c, sc.sid, inc)
		if ln != nil {
			b.Number = ln.Next - 1
		}
		return err
	})
	return b, err
}

// History implements record.Store.
func (p *person) History(ctx context.Context, id ident.Record) (list []record.Past, err error) {
	err = p.s.pool.read(ctx, func(c *conn) error {
		e, err := findEntry(c, id)
		if err != nil {
			return err
		}
		if e == nil || !p.may(e.header.Scope) {
			return errNotFound()
		}
		if list, err = pastOf(c, p.s.vault, e); err != nil {
			return err
		}
		list = slices.DeleteFunc(list, func(past record.Past) bool {
			def, _ := p.s.catalogue().Field(e.header.Kind, past.Field)
			if past.Field == record.Deleted {
				def = deletedDef
			}
			return !p.view().Holds(e.header.Kind, def.Class)
		})
		return nil
	})
	return list, err
}

// Apply implements record.Store: the act goes through the server's own lane
// of the scope and is judged like any other. A refusal is an error, with the
// reason as its message key, and uses up no number.
func (p *person) Apply(ctx context.Context, act record.Act) (receipt record.Receipt, err error) {
	err = p.s.write(ctx, func(t *txn) error {
		receipt, err = t.applyOwn(p.login, p.own, act)
		return err
	})
	return receipt, err
}

func (t *txn) applyOwn(login store.Login, own store.Signer, act record.Act) (record.Receipt, error) {
	var none record.Receipt
	sc, err := t.scope(act.Scope)
	if err != nil {
		return none, err
	}
	inc, err := serverIncarnation(t.c)
	if err != nil {
		return none, err
	}
	ln, err := t.lane(sc, inc, ident.Device{})
	if err != nil {
		return none, err
	}
	if act, err = t.markDisputes(act); err != nil {
		return none, err
	}
	now := t.s.now()
	cs := record.ChangeSet{
		Link:  record.Link{Lane: record.Lane{Incarnation: inc, Scope: act.Scope}, Number: ln.Next},
		Actor: login.Actor, Login: login.ID, Catalogue: t.s.catalogue().Version(),
		Reading: hlc.Reading{WallMS: now.UnixMilli(), BootID: t.s.boot, MonoMS: now.Sub(t.s.started).Milliseconds()},
		Floor:   sc.Floor, Act: act,
	}
	if own != nil {
		if cs.PersonSignature, err = own.Sign(personContext, wire.PersonBytes(&cs)); err != nil {
			return none, err
		}
	}
	a := arrival{cs: &cs, nowMS: now.UnixMilli()}
	if _, err := io.ReadFull(t.s.random, a.salt[:]); err != nil {
		return none, fmt.Errorf("draw salt: %w", err)
	}
	a.commitment = wire.Commitment(a.salt, wire.AppendChangeSet(nil, &cs))
	in := newIntake(t, sc, ln)
	err = in.take(a, func() (author, error) {
		off, err := switchedOff(t.c, login)
		return author{login: login, known: true, off: off}, err
	})
	if err != nil {
		return none, err
	}
	if r := in.list[0]; !r.Outcome.Applied() {
		return none, refusalFault(r)
	}
	return in.list[0], in.finish()
}

// markDisputes lets an act say which fields it found in dispute, as acts of devices
// do: brought back after a restore, it has to come to the same.
func (t *txn) markDisputes(act record.Act) (_ record.Act, err error) {
	if !slices.ContainsFunc(act.Writes, func(w record.Write) bool { return w.Op != record.Create }) {
		return act, nil
	}
	act = rules.MarkDisputes(act, func(id ident.Record) (record.Row, bool) {
		row, failed := within{t.c, t.s}.Get(context.Background(), id)
		if failed != nil && !fault.Is(failed, fault.NotFound) {
			err = errors.Join(err, failed)
		}
		return row, failed == nil
	}, nil)
	return act, err
}

// refusalKinds gives reasons of the judge their meaning; all others are
// fault.Invalid.
var refusalKinds = map[string]fault.Kind{
	"sync.reject.access": fault.NotAllowed, "sync.reject.source": fault.NotAllowed, "sync.reject.decision": fault.NotAllowed,
	"sync.reject.person":  fault.NotAllowed,
	"sync.reject.missing": fault.NotFound, "sync.reject.exists": fault.Conflict, "sync.reject.header": fault.Conflict,
	"sync.reject.heads": fault.Conflict, "sync.reject.limit": fault.TooLarge, "sync.reject.operation": fault.Unsupported,
	"sync.quarantine.failed": fault.Internal,
}

// refusalFault returns a refusal as the error that Apply gives.
func refusalFault(r record.Receipt) error {
	kind, known := refusalKinds[r.Reason]
	switch {
	case !known && r.Outcome == record.Quarantined:
		kind = fault.NotAllowed
	case !known:
		kind = fault.Invalid
	}
	e := fault.New(kind, r.Reason).WithField(string(r.Field))
	for name, value := range r.Args {
		e = e.With(name, value)
	}
	return e
}

// within reads inside the committing transaction, for rules: everything, in
// all scopes.
type within struct {
	c *conn
	s *Store
}

var _ store.Reader = within{}

// Get implements store.Reader.
func (r within) Get(_ context.Context, id ident.Record) (record.Row, error) {
	e, err := findEntry(r.c, id)
	if err != nil {
		return record.Row{}, err
	}
	if e == nil {
		return record.Row{}, errNotFound()
	}
	return e.row(r.s.vault, record.Everything, 0)
}

// List implements store.Reader.
func (r within) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	return query{c: r.c, s: r.s, view: record.Everything, q: q}.run(ctx)
}

// pastOf returns what once stood in a record's fields or lost on arrival,
// newest first.
func pastOf(c *conn, v *vault, e *entry) (list []record.Past, err error) {
	err = c.query(func(r row) error {
		clear, err := parsePart(r.blob(1))
		if err != nil {
			return err
		}
		sealed, err := openPart(v, e.header, r.blob(2), historyContext(e.header.ID))
		if err != nil {
			return err
		}
		for _, f := range slices.Concat(clear, sealed) {
			for _, h := range f.heads {
				list = append(list, record.Past{Field: f.name, Head: h, ReplacedBy: record.Version(r.uint(0))})
			}
		}
		return nil
	}, `SELECT replaced_by, clear, sealed FROM history WHERE sid = ? AND record = ?`, e.sid, e.header.ID[:])
	err = errors.Join(err, e.open(v))
	for _, f := range slices.Concat(e.clear, e.sealed) {
		list = append(list, losers(&f)...)
	}
	slices.SortStableFunc(list, func(a, b record.Past) int { return cmp.Compare(b.Version, a.Version) })
	return list, err
}

// losers returns the heads of a field that nobody sees, though no write has
// removed them yet.
func losers(f *field) (list []record.Past) {
	if f.visible == 0 || f.merge == record.Union {
		return nil
	}
	s := f.state()
	for _, h := range f.heads {
		if !sameHead(h, s.Winner) && !slices.ContainsFunc(s.Aside, func(a record.Head) bool { return sameHead(a, h) }) {
			list = append(list, record.Past{Field: f.name, Head: h})
		}
	}
	return list
}
