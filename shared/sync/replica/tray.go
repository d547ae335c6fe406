// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
)

// Refused is a change set that the server refused or could not read, with the reason. On
// a kiosk the act shows fields of class C1 only. Of a scope that was revoked since, or
// before it was refused, nothing is shown, and the reason says so.
type Refused struct {
	Receipt record.Receipt
	Set     *record.ChangeSet
}

// Group is what was refused together: the first change set and those that built on
// it.
type Group struct {
	Lane  record.Lane
	First uint64
	Items []Refused // in the order they were made
}

// Tray returns what was refused and neither corrected, given up nor put aside, oldest first. Who
// shows what stands in it uses a Viewer.
func (r *Replica) Tray(ctx context.Context) ([]Group, error) {
	r.mu.RLock()
	k := r.keys
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	items, err := r.receipts(ctx, k, "dismissed = 0 AND (state IN (?, ?) OR state = ? AND outcome = ?)", refused, unread, stranded, record.Rejected)
	if err != nil {
		return nil, err
	}
	var groups []Group
	for _, it := range items {
		rc := it.receipt
		first := rc.Link.Number
		if rc.Chained && rc.First != 0 {
			first = rc.First
		}
		_, cs, err := openChange(k, rc.Link, it.sealed)
		if err != nil {
			continue // the next load names it
		}
		if handedOver(cs) {
			rc.Reason = sealedReason
		}
		i := slices.IndexFunc(groups, func(g Group) bool { return g.Lane == rc.Link.Lane && g.First == first })
		if i < 0 {
			i = len(groups)
			groups = append(groups, Group{Lane: rc.Link.Lane, First: first})
		}
		groups[i].Items = append(groups[i].Items, Refused{Receipt: rc, Set: cs})
	}
	return groups, nil
}

// refusedSet returns one change set of the tray; fault.NotFound if it is not in it.
func (r *Replica) refusedSet(ctx context.Context, link record.Link) (*record.ChangeSet, error) {
	groups, err := r.Tray(ctx)
	if err != nil {
		return nil, err
	}
	for _, g := range groups {
		for _, it := range g.Items {
			if it.Receipt.Link == link {
				return it.Set, nil
			}
		}
	}
	return nil, fault.New(fault.NotFound, "record.missing")
}

// Discard gives a refused change set up. That is an act like any other: signed,
// numbered, and sent. What was refused in a lane that is closed by now is given up
// here only, and so is what cannot be read here any more; the server has its receipt.
func (r *Replica) Discard(ctx context.Context, s Session, link record.Link) error {
	cs, err := r.refusedSet(ctx, link)
	if err != nil {
		return err
	}
	if handedOver(cs) || !r.isOpen(link.Lane) {
		return r.finish(ctx, link)
	}
	h := record.Header{Kind: cs.Writes[0].Header.Kind, Scope: cs.Scope}
	_, err = r.As(s).Apply(ctx, record.Act{
		Name: "tray.discard", Scope: cs.Scope, Replaces: link.Number,
		Writes: []record.Write{{Op: record.Discard, Header: h}},
	})
	return err
}

// Resubmit applies an act that corrects a refused change set, which leaves the tray.
func (r *Replica) Resubmit(ctx context.Context, s Session, link record.Link, act record.Act) (record.Receipt, error) {
	if _, err := r.refusedSet(ctx, link); err != nil {
		return record.Receipt{}, err
	}
	if r.isOpen(link.Lane) {
		act.Replaces = link.Number
		return r.As(s).Apply(ctx, act)
	}
	rc, err := r.As(s).Apply(ctx, act)
	if err != nil {
		return rc, err
	}
	return rc, r.finish(ctx, link)
}

func (r *Replica) isOpen(id record.Lane) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	l := r.lanes[id.Scope]
	return l != nil && l.id == id
}

// finish takes a refused change set out of the tray without an act.
func (r *Replica) finish(ctx context.Context, link record.Link) error {
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.full, func(tx *sql.Tx) error { return replace(ctx, tx, link.Lane, link.Number) })
}
