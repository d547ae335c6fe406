// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// signPurpose is the context of a person's own signature (wire.PersonBytes).
const signPurpose = "yuexin person"

// Apply implements record.Store. The act is on disk when it returns.
func (s *store) Apply(ctx context.Context, act record.Act) (record.Receipt, error) {
	if act.Source == 0 {
		act.Source = s.access().Source(s.session.Role)
	}
	s.write.Lock()
	defer s.write.Unlock()
	c, l, k, err := s.prepare(act)
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return record.Receipt{}, err
	}
	err = sqlitedb.Write(ctx, s.full, func(tx *sql.Tx) error {
		if act.Replaces != 0 {
			if err := replace(ctx, tx, l.id, act.Replaces); err != nil {
				return err
			}
		}
		return s.insert(ctx, tx, k, l, c)
	})
	if err != nil {
		return record.Receipt{}, fmt.Errorf("apply %s: %w", act.Name, err)
	}
	s.mu.Lock()
	s.lanes[act.Scope] = l
	var ids []ident.Record
	for _, e := range s.attach(c) {
		s.refresh(e)
		ids = append(ids, e.header.ID)
	}
	s.mu.Unlock()
	s.watch.Tell(ids...)
	return record.Receipt{Link: c.set.Link, Outcome: record.Pending}, nil
}

// prepare judges an act and makes its change set, and returns the lane as it will
// stand; the caller holds write.
func (s *store) prepare(act record.Act) (*change, *lane, *keys, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if s.keys == nil {
		return nil, nil, nil, locked()
	}
	look := func(id ident.Record) (record.Row, bool) {
		row, ok, err := s.lookLocked(id)
		return row, ok && err == nil
	}
	judge := rules.Judge{Catalogue: s.catalogue(), Access: s.access(), Role: s.session.Role, Look: look}
	if err := judge.Check(act); err != nil {
		return nil, nil, nil, err
	}
	sc := s.scopes[act.Scope]
	if sc == nil {
		return nil, nil, nil, fault.New(fault.NotAllowed, "record.scope")
	}
	l, err := s.nextLane(act.Scope)
	if err != nil {
		return nil, nil, nil, err
	}
	act.Base = record.Base{Version: min(s.seen(act, act.Base.Version), sc.held), Number: min(act.Base.Number, l.next-1)}
	act.Blobs = blobsOf(s.catalogue(), act.Writes)
	reading := s.o.Clock()
	cs := &record.ChangeSet{
		Link: record.Link{Lane: l.id, Number: l.next}, Actor: s.session.Actor, Login: s.session.Login,
		Catalogue: s.catalogue().Version(), Reading: reading, Floor: sc.floor,
		Act: rules.MarkDisputes(act, look, s.whole),
	}
	if err := s.countersign(cs); err != nil {
		return nil, nil, nil, err
	}
	stamp, _ := policy.Effective(cs, s.offset, l.stamp, s.nowMS(reading))
	c := &change{set: cs, role: s.session.Role, stamp: stamp, wallMS: reading.WallMS}
	return c, l, s.keys, nil
}

// blobsOf returns the files that an act names, each once.
func blobsOf(cat *record.Catalogue, writes []record.Write) []record.Blob {
	var out []record.Blob
	for _, n := range cat.Blobs(writes) {
		if !slices.Contains(out, n.Blob) {
			out = append(out, n.Blob)
		}
	}
	return out
}

// nextLane returns a copy of the lane that new work of a scope goes to.
func (r *Replica) nextLane(scope ident.Scope) (*lane, error) {
	if l := r.lanes[scope]; l != nil {
		next := *l
		return &next, nil
	}
	return r.newLane(scope, r.deviceID)
}

// countersign adds the person's own signature where the catalogue asks for it
// (record.Catalogue.OwnHand): of whoever unlocked the device, or was let in beside
// them. Without that person's key at hand there is nothing to sign with.
func (s *store) countersign(cs *record.ChangeSet) error {
	user := s.user
	if s.beside != nil {
		user = s.beside
	}
	for _, w := range cs.Writes {
		f, needed := s.catalogue().OwnHand(w)
		if !needed {
			continue
		}
		if user == nil || user.Actor != cs.Actor {
			return fault.New(fault.NotAllowed, "record.person").WithField(string(f))
		}
		signature, err := user.Signer.Sign(signPurpose, wire.PersonBytes(cs))
		cs.PersonSignature = signature
		return err
	}
	return nil
}

// replace takes a refused change set out of the tray, because an act corrects it
// or gives it up. Of what the server could not read there is no receipt to keep.
func replace(ctx context.Context, tx *sql.Tx, id record.Lane, number uint64) error {
	res, err := tx.ExecContext(ctx, `
		UPDATE outbox SET state = CASE state WHEN ?1 THEN ?2 ELSE ?3 END, sealed = CASE state WHEN ?1 THEN NULL ELSE sealed END
		WHERE incarnation = ?4 AND scope = ?5 AND number = ?6 AND state IN (?1, ?7)`,
		unread, moved, done, id.Incarnation[:], id.Scope, number, refused)
	if err != nil {
		return err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return err
	}
	return fault.New(fault.Conflict, "record.replaces")
}
