// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"errors"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// Incarnation returns the device's own: the one that new lanes belong to.
func (r *Replica) Incarnation() ident.Incarnation {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.deviceID
}

// Unsent returns the lanes with change sets that have no receipt yet, older
// lanes first.
func (r *Replica) Unsent() []peer.Unsent {
	r.mu.RLock()
	defer r.mu.RUnlock()
	var out []peer.Unsent
	at := map[record.Lane]int{}
	for _, c := range r.outbox.changes {
		if c.state != waiting {
			continue
		}
		link := c.set.Link
		i, known := at[link.Lane]
		if !known {
			i = len(out)
			at[link.Lane] = i
			out = append(out, peer.Unsent{Lane: link.Lane, First: link.Number})
		}
		out[i].First = min(out[i].First, link.Number)
		out[i].Last = max(out[i].Last, link.Number)
	}
	return out
}

// Outbox returns Unsent and, of each lane whose cursor the server does not hear,
// its last receipted change set: shown again it tells whether the server was
// restored from a backup that does not have it, or judged it otherwise since. It is
// shown from the last that was applied, as a copy of this device may have brought
// that anew, to be judged otherwise. Where something was decided about quarantined
// work of the lane, it is shown from there: a backup can have the work and not that.
func (r *Replica) Outbox() []peer.Unsent {
	out := r.Unsent()
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, p := range r.probes {
		if i := slices.IndexFunc(out, func(u peer.Unsent) bool { return u.Lane == p.Lane }); i >= 0 {
			out[i].First = min(out[i].First, p.First)
			continue
		}
		out = append(out, p)
	}
	return out
}

// shown returns the last number up to which a lane is shown again, if from is
// among these, and 0 otherwise.
func (r *Replica) shown(id record.Lane, from uint64) uint64 {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for _, p := range r.probes {
		if p.Lane == id && p.First <= from && from <= p.Last {
			return p.Last
		}
	}
	return 0
}

// Frame is what wire.Frame carries: consecutive change sets of a lane.
type Frame struct {
	From, To uint64
	Data     []byte // an envelope
}

// plainPerFrame is how many canonical bytes are put into one frame at most; they
// shrink to a fifth or less on the wire.
const plainPerFrame = 1 << 20

// NextFrame cuts a frame of a lane that begins at number from, or after it where
// the content of change sets is gone since the server's backup holds them: at most
// maxSets change sets and maxBytes encoded bytes, but always one. It returns nil when
// nothing from there on waits. Cut again after a restart, other frames may come
// out; the digests they prove are the same. On a kiosk, and of what was done in a
// scope before it was revoked, a frame holds one change set, sealed to the server.
// If what waits cannot go on in the lane, because part of it is damaged, it returns nil
// as well: Unsent then names another lane.
func (r *Replica) NextFrame(ctx context.Context, id record.Lane, from uint64, maxSets, maxBytes int) (*Frame, error) {
	r.mu.RLock()
	k, l := r.keys, r.laneLocked(id)
	r.mu.RUnlock()
	if k == nil {
		return nil, locked()
	}
	if l == nil {
		return nil, nil
	}
	if k.profile == Kiosk {
		return r.boxFrame(ctx, id, from)
	}
	sets, box, err := r.waitingSets(ctx, k, id, from, min(maxSets, record.MaxFrameSets))
	if fault.Is(err, fault.Corrupt) { // damaged since it was loaded: a load leaves the lane
		r.write.Lock()
		defer r.write.Unlock()
		return nil, r.reload(ctx)
	}
	if err != nil || len(sets) == 0 {
		return box, err
	}
	from = sets[0].Link.Number
	before, err := r.chainAt(ctx, id, from-1)
	if fault.Is(err, fault.Gone) { // a hole: nothing behind it can be proved in this lane
		r.write.Lock()
		defer r.write.Unlock()
		return nil, r.reissue(ctx, k, l, from-1)
	}
	if err != nil {
		return nil, err
	}
	for {
		frame, err := r.cut(k, l, from, before, sets)
		if err != nil && !isLimit(err) {
			return nil, err
		}
		if err == nil && (len(frame) < min(maxBytes, record.MaxFrameBytes) || len(sets) == 1) {
			return &Frame{From: from, To: from + uint64(len(sets)) - 1, Data: envelope.Wrap(frame)}, nil
		}
		if len(sets) == 1 {
			return nil, err
		}
		sets = sets[:len(sets)/2]
	}
}

func (r *Replica) cut(k *keys, l *lane, from uint64, before wire.Digest, sets []record.ChangeSet) ([]byte, error) {
	batch, err := wire.NewBatch(l.id, from, before, l.seed, sets)
	if err != nil {
		return nil, err
	}
	return signFrame(r.o.Random, k, batch)
}

func isLimit(err error) bool {
	var limit *record.LimitError
	return errors.As(err, &limit)
}

// waitingSets reads consecutive change sets, the first that are here from a number
// on, up to the last that waits. If the first is in a box, that is all: boxes stand
// before what can be read.
func (r *Replica) waitingSets(ctx context.Context, k *keys, id record.Lane, from uint64, most int) ([]record.ChangeSet, *Frame, error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT number, state, sealed, box FROM outbox
		WHERE incarnation = ?1 AND scope = ?2 AND number >= ?3 AND number <= max(?4,
			coalesce((SELECT max(number) FROM outbox WHERE incarnation = ?1 AND scope = ?2 AND state = 0), 0))
		ORDER BY number`, id.Incarnation[:], id.Scope, from, r.shown(id, from))
	if err != nil {
		return nil, nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	var out []record.ChangeSet
	size := 0
	for rows.Next() && size < plainPerFrame && len(out) < most {
		link := record.Link{Lane: id}
		var at state
		var sealed, box []byte
		if err := rows.Scan(&link.Number, &at, &sealed, &box); err != nil {
			return nil, nil, err
		}
		switch {
		case sealed == nil && at == waiting:
			return nil, nil, fault.New(fault.Gone, "sync.payload")
		case sealed == nil && len(out) == 0:
			continue
		case box != nil && len(out) == 0:
			return nil, &Frame{From: link.Number, To: link.Number, Data: box}, nil
		case sealed == nil, len(out) > 0 && link.Number != out[len(out)-1].Link.Number+1:
			return out, nil, nil
		}
		_, cs, err := openChange(k, link, sealed)
		if err != nil {
			return nil, nil, err
		}
		out = append(out, *cs)
		size += len(sealed)
	}
	return out, nil, sqlitedb.Fault(rows.Err())
}

func (r *Replica) boxFrame(ctx context.Context, id record.Lane, from uint64) (*Frame, error) {
	f := &Frame{}
	err := r.full.QueryRowContext(ctx, `
		SELECT number, box FROM outbox
		WHERE incarnation = ? AND scope = ? AND number >= ? AND (state = 0 OR number <= ?) AND box IS NOT NULL ORDER BY number LIMIT 1`,
		id.Incarnation[:], id.Scope, from, r.shown(id, from)).Scan(&f.From, &f.Data)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	f.To = f.From
	return f, sqlitedb.Fault(err)
}

// chainAt returns the chain digest of a lane at a number; fault.Gone if the device
// does not hold it any more.
func (r *Replica) chainAt(ctx context.Context, id record.Lane, number uint64) (wire.Digest, error) {
	if number == 0 {
		return wire.LaneStart(id), nil
	}
	var chain []byte
	err := r.full.QueryRowContext(ctx, "SELECT chain FROM outbox WHERE incarnation = ? AND scope = ? AND number = ?",
		id.Incarnation[:], id.Scope, number).Scan(&chain)
	if errors.Is(err, sql.ErrNoRows) {
		return wire.Digest{}, fault.New(fault.Gone, "sync.payload")
	}
	if err != nil || len(chain) != len(wire.Digest{}) {
		return wire.Digest{}, sqlitedb.Fault(err)
	}
	return wire.Digest(chain), nil
}

// Verify recomputes the chain of every lane from what the outbox holds and returns
// fault.Corrupt at the first change set that does not fit. What is in a box cannot
// be read; there the numbers are checked.
func (r *Replica) Verify(ctx context.Context) error {
	r.mu.RLock()
	k := r.keys
	lanes := slices.Clone(r.old)
	for _, l := range r.lanes {
		lanes = append(lanes, l)
	}
	r.mu.RUnlock()
	if k == nil {
		return locked()
	}
	for _, l := range lanes {
		if err := r.verifyLane(ctx, k, l); err != nil {
			return err
		}
	}
	return nil
}

func (r *Replica) verifyLane(ctx context.Context, k *keys, l *lane) error {
	rows, err := r.full.QueryContext(ctx, "SELECT number, chain, sealed, box IS NOT NULL FROM outbox WHERE incarnation = ? AND scope = ? ORDER BY number",
		l.id.Incarnation[:], l.id.Scope)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	wrong := damaged("lane", errors.New("chain digest does not fit"))
	var before wire.Digest
	last := uint64(0)
	for rows.Next() {
		link := record.Link{Lane: l.id}
		var chain, sealed []byte
		var boxed bool
		if err := rows.Scan(&link.Number, &chain, &sealed, &boxed); err != nil {
			return err
		}
		if link.Number == 1 {
			before = wire.LaneStart(l.id)
		}
		known := link.Number == 1 || link.Number == last+1 && last > 0
		if last > 0 && link.Number != last+1 || len(chain) != len(before) {
			return wrong
		}
		if known && sealed != nil && !boxed {
			_, canonical, err := openCanonical(k, link, sealed)
			if err != nil {
				return err
			}
			if wire.Chain(before, link.Number, wire.Commitment(wire.Salt(l.seed, link.Number), canonical)) != wire.Digest(chain) {
				return wrong
			}
		}
		before, last = wire.Digest(chain), link.Number
	}
	if err := rows.Err(); err != nil {
		return sqlitedb.Fault(err)
	}
	if last > 0 && (last != l.next-1 || before != l.chain) {
		return wrong
	}
	return nil
}
