// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"context"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Quarantine implements store.Fleet, newest first.
func (s *Store) Quarantine(ctx context.Context) (list []store.Quarantined, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			list = append(list, scanQuarantined(r))
			return nil
		}, `
			SELECT lane.incarnation, scope.name, q.number, q.actor, q.device, q.act, q.reason, q.at
			FROM quarantine AS q JOIN lane ON lane.lid = q.lid JOIN scope ON scope.sid = q.sid
			ORDER BY q.at DESC, q.lid, q.number`)
	})
	return list, err
}

func scanQuarantined(r row) store.Quarantined {
	return store.Quarantined{
		Link:  record.Link{Lane: record.Lane{Incarnation: r.id(0), Scope: ident.Scope(r.text(1))}, Number: r.uint(2)},
		Actor: r.id(3), Device: r.id(4), Act: r.text(5), Reason: r.text(6), At: fromMS(r.int(7)),
	}
}

// Kept implements store.Fleet.
func (s *Store) Kept(ctx context.Context, link record.Link) (cs *record.ChangeSet, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		ln, err := laneOf(c, link.Lane)
		if err != nil {
			return err
		}
		if ln == nil {
			return undecided()
		}
		r, err := c.one(`SELECT 1 FROM quarantine WHERE lid = ? AND number = ?`, ln.lid, int64(link.Number))
		if err != nil {
			return err
		}
		if r == nil {
			return undecided()
		}
		cs, err = storedAt(c, s, place{ln.lid, link.Number})
		return err
	})
	return cs, err
}

// undecided says that a link names nothing that waits for a decision.
func undecided() error { return fault.New(fault.NotFound, "store.quarantine.none") }

// Decided implements store.Fleet.
func (s *Store) Decided(ctx context.Context, limit int) (list []store.Decided, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		return c.query(func(r row) error {
			q := scanQuarantined(r)
			list = append(list, store.Decided{
				Quarantined: q, Outcome: record.Outcome(r.int(12)),
				Decision: store.Decision{Link: q.Link, By: r.id(8), Pass: r.flag(9), Why: r.text(10), Now: fromMS(r.int(11))},
			})
			return nil
		}, `
			SELECT lane.incarnation, scope.name, d.number, d.actor, d.device, d.act, d.reason, d.kept, d.by, d.passed, d.why, d.at, receipt.outcome
			FROM decision AS d JOIN lane ON lane.lid = d.lid JOIN scope ON scope.sid = d.sid
			JOIN receipt ON receipt.lid = d.lid AND receipt.first = d.number
			ORDER BY d.at DESC, d.lid, d.number DESC
			LIMIT ?`, int64(limit))
	})
	return list, err
}

// Decide implements store.Fleet.
func (s *Store) Decide(ctx context.Context, d store.Decision) (receipt record.Receipt, err error) {
	err = s.write(ctx, func(t *txn) (err error) {
		receipt, err = t.decide(d)
		return err
	})
	return receipt, err
}

// pardon is a quarantined change set that is being decided about.
type pardon struct {
	store.Quarantined
	stamp hlc.Stamp
	at    place
}

func (t *txn) decide(d store.Decision) (r record.Receipt, err error) {
	in, p, err := t.pardoned(d.Link)
	if err != nil {
		return r, err
	}
	r = record.Receipt{Link: d.Link, Outcome: record.Erased}
	cs, err := in.stored(p.at)
	switch {
	case fault.Is(err, fault.Gone): // nothing is left to decide about
	case err != nil:
		return r, err
	case d.Pass:
		if r, err = in.pass(p, cs, ms(d.Now)); err != nil {
			return r, err
		}
	default:
		r.Outcome, r.Reason, r.Args = record.Rejected, "sync.reject.quarantine", map[string]string{"why": d.Why}
		if err := in.aside(arrival{cs: cs}, r, 0); err != nil {
			return r, err
		}
	}
	r.Decided = true
	return r, in.decided(p, d, r)
}

// pardoned finds what is to be decided about; fault.NotFound if it is not waiting.
func (t *txn) pardoned(link record.Link) (*intake, *pardon, error) {
	known, err := findScope(t.c, link.Lane.Scope)
	if err != nil {
		return nil, nil, err
	}
	if known == nil {
		return nil, nil, undecided()
	}
	sc, err := t.scope(link.Lane.Scope)
	if err != nil {
		return nil, nil, err
	}
	r, err := t.c.one(`
		SELECT lane.incarnation, CAST(?2 AS TEXT), q.number, q.actor, q.device, q.act, q.reason, q.at, q.stamp, lane.lid
		FROM quarantine AS q JOIN lane ON lane.lid = q.lid
		WHERE q.sid = ?1 AND lane.incarnation = ?3 AND q.number = ?4`, sc.sid, string(sc.name), link.Lane.Incarnation[:], int64(link.Number))
	if err != nil {
		return nil, nil, err
	}
	if r == nil {
		return nil, nil, undecided()
	}
	p := &pardon{Quarantined: scanQuarantined(r), stamp: hlc.Stamp(r.uint(8)), at: place{r.int(9), link.Number}}
	ln, err := t.lane(sc, link.Lane.Incarnation, p.Device)
	if err != nil {
		return nil, nil, err
	}
	return newIntake(t, sc, ln), p, nil
}

// pass judges a quarantined change set as if it arrived now, and applies it. The
// stamp is the one it got when it came: later work of its lane is later still.
func (in *intake) pass(p *pardon, cs *record.ChangeSet, nowMS int64) (r record.Receipt, err error) {
	if r, found, err := in.elsewhere(p, cs); found || err != nil {
		return r, err
	}
	if p.stamp == 0 {
		p.stamp, _ = policy.Effective(cs, hlc.Offset{}, 0, nowMS)
	}
	a := arrival{cs: cs, nowMS: nowMS}
	err = commitments(in.t.c, p.at.lid, p.at.number, p.at.number, func(_ uint64, c wire.Digest) { a.commitment = c })
	if err != nil {
		return r, err
	}
	tr := &trial{in: in, cs: cs, stamp: p.stamp, worst: record.Accepted, pardon: p}
	refusal, err := tr.decide(a, func() (author, error) { return in.t.pardonedAuthor(p, cs) })
	switch {
	case err != nil:
		return r, err
	case refusal == nil:
		r = record.Receipt{Link: cs.Link, Outcome: tr.worst, Fields: tr.outcomes, Version: in.accept(a, p.stamp)}
		return r, in.saveLog()
	case refusal.Outcome == record.Quarantined:
		return r, fault.New(fault.Internal, refusal.Reason)
	}
	r = tr.refused(refusal)
	return r, in.aside(a, r, 0)
}

// pardonedAuthor returns the author as they were before they lost what the change
// set was quarantined for. One whose login the store does not know, or that was
// another's, may do what the device was enrolled for.
func (t *txn) pardonedAuthor(p *pardon, cs *record.ChangeSet) (author, error) {
	a, err := t.author(cs, p.Device)
	if err != nil {
		return a, err
	}
	if !a.known {
		d, err := findDevice(t.c, p.Device)
		if err != nil {
			return a, err
		}
		a.login = store.Login{ID: cs.Login, Actor: cs.Actor, Device: p.Device, Role: d.Role}
	}
	a.known, a.off, a.login.Scopes = true, false, []ident.Scope{cs.Scope}
	return a, nil
}

// elsewhere returns the receipt of the same change set where it was issued again
// and taken, or decided about, meanwhile.
func (in *intake) elsewhere(p *pardon, cs *record.ChangeSet) (r record.Receipt, found bool, err error) {
	origin := cs.Link
	if cs.Origin != nil && cs.Origin.Lane.Scope == cs.Link.Lane.Scope {
		origin = *cs.Origin
	}
	places, err := in.places(origin)
	if err != nil {
		return r, false, err
	}
	mine := wire.PersonBytes(cs)
	for _, at := range places {
		if at == p.at {
			continue
		}
		stored, err := in.stored(at)
		if fault.Is(err, fault.Gone) || err == nil && !bytes.Equal(wire.PersonBytes(stored), mine) {
			continue
		}
		if err != nil {
			return r, false, err
		}
		if r, err = in.again(at, cs.Link); err != nil {
			return r, false, err
		}
		switch {
		case r.Outcome.Applied():
			return r, true, in.noteRepeat(r)
		case r.Outcome == record.Rejected:
			return r, true, in.aside(arrival{cs: cs}, r, 0)
		}
	}
	return r, false, nil
}

// decided writes the decision down: the receipt stands in the place of the one
// that said quarantined.
func (in *intake) decided(p *pardon, d store.Decision, r record.Receipt) error {
	c, n := in.t.c, int64(p.at.number)
	if err := replaceReceipt(c, p.at, r); err != nil {
		return err
	}
	if _, err := c.Exec(`DELETE FROM quarantine WHERE sid = ? AND lid = ? AND number = ?`, in.sc.sid, in.ln.lid, n); err != nil {
		return fmt.Errorf("settle quarantine: %w", err)
	}
	in.ln.decided = true
	_, err := c.Exec(`
		INSERT INTO decision (sid, lid, number, device, actor, act, reason, kept, by, passed, why, at)
		VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		in.sc.sid, in.ln.lid, n, p.Device[:], p.Actor[:], p.Act, p.Reason, ms(p.At), d.By[:], flag(d.Pass), d.Why, ms(d.Now))
	if err != nil {
		return fmt.Errorf("note decision: %w", err)
	}
	return nil
}

// unseen returns the numbers of the lane up to number that were applied by a
// decision: their author's device showed them to nobody before.
func (in *intake) unseen(number uint64) (list []uint64, err error) {
	if !in.ln.decided {
		return nil, nil
	}
	err = in.t.c.query(func(r row) error {
		list = append(list, r.uint(0))
		return nil
	}, `SELECT number FROM decision WHERE sid = ? AND lid = ? AND passed = 1 AND number <= ?`, in.sc.sid, in.ln.lid, int64(number))
	return list, err
}
