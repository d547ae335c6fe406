// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"io"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/replica/envelope"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// changeBind binds a sealed change set to its place.
func changeBind(link record.Link) []byte {
	return record.AppendUint(laneBind(link.Lane), link.Number)
}

// sealChange seals a change set for the outbox, with the role of its author: what
// an author could see decides how their writes merge.
func sealChange(k *keys, role record.Role, canonical []byte, link record.Link) ([]byte, error) {
	plain := make([]byte, 0, 1+len(role)+len(canonical))
	plain = append(plain, byte(len(role)))
	plain = append(append(plain, role...), canonical...)
	return k.open.Seal(nil, plain, changeBind(link))
}

// openChange is the inverse of sealChange.
func openChange(k *keys, link record.Link, sealed []byte) (record.Role, *record.ChangeSet, error) {
	role, canonical, err := openCanonical(k, link, sealed)
	if err != nil {
		return "", nil, err
	}
	cs, err := wire.ParseChangeSet(canonical)
	if err != nil {
		return "", nil, damaged("change set", err)
	}
	return role, cs, nil
}

func openCanonical(k *keys, link record.Link, sealed []byte) (record.Role, []byte, error) {
	plain, err := k.open.Open(nil, sealed, changeBind(link))
	if err != nil {
		return "", nil, damaged("change set", err)
	}
	if len(plain) == 0 || len(plain) < 1+int(plain[0]) {
		return "", nil, damaged("change set", io.ErrUnexpectedEOF)
	}
	n := 1 + int(plain[0])
	return record.Role(plain[1:n]), plain[n:], nil
}

// insert puts a change set at the end of its lane and moves the lane on. l is a
// copy that the caller makes current once the transaction is committed.
func (r *Replica) insert(ctx context.Context, tx *sql.Tx, k *keys, l *lane, c *change) error {
	canonical := wire.AppendChangeSet(nil, c.set)
	writes := c.set.Writes // on a kiosk what is kept of them names no file any more
	var box []byte
	if r.identity.Profile == Kiosk {
		var err error
		if box, l.chain, err = r.boxed(k, l, c.set); err != nil {
			return err
		}
		c.set = r.reduce(c.set)
		canonical = wire.AppendChangeSet(nil, c.set)
	} else {
		l.chain = wire.Chain(l.chain, l.next, wire.Commitment(wire.Salt(l.seed, l.next), canonical))
	}
	sealed, err := sealChange(k, c.role, canonical, c.set.Link)
	if err != nil {
		return err
	}
	res, err := tx.ExecContext(ctx, `INSERT INTO outbox (incarnation, scope, number, chain, stamp, wall_ms, sealed, box) VALUES (?, ?, ?, ?, ?, ?, ?, ?)`,
		l.id.Incarnation[:], l.id.Scope, l.next, l.chain[:], c.stamp, c.wallMS, sealed, box)
	if err != nil {
		return err
	}
	if c.seq, err = res.LastInsertId(); err != nil {
		return err
	}
	if err := r.queueBlobs(ctx, tx, c.set.Link, writes); err != nil {
		return err
	}
	l.next++
	l.stamp = c.stamp
	return r.putLane(ctx, tx, k, l)
}

// boxed makes the box of the next change set of a lane. Its frame has a seed of its
// own that is forgotten with it: from what stays on the device nobody can test a
// guess at the content against the chain.
func (r *Replica) boxed(k *keys, l *lane, cs *record.ChangeSet) ([]byte, wire.Digest, error) {
	var seed [16]byte
	if _, err := io.ReadFull(r.o.Random, seed[:]); err != nil {
		return nil, wire.Digest{}, err
	}
	return r.box(k, cs.Link, l.chain, seed, cs)
}

// box makes the signed frame of one change set and seals it to the server.
func (r *Replica) box(k *keys, at record.Link, before wire.Digest, seed [16]byte, cs *record.ChangeSet) ([]byte, wire.Digest, error) {
	batch, err := wire.NewBatch(at.Lane, at.Number, before, seed, []record.ChangeSet{*cs})
	if err != nil {
		return nil, wire.Digest{}, err
	}
	frame, err := signFrame(r.o.Random, k, batch)
	if err != nil {
		return nil, wire.Digest{}, err
	}
	box, err := envelope.Box(r.o.Random, k.server, frame)
	return box, batch.After, err
}

func signFrame(rnd io.Reader, k *keys, b *wire.Batch) ([]byte, error) {
	var err error
	if b.Signature, err = k.device.Sign(rnd, "yuexin frame", b.SignedBytes()); err != nil {
		return nil, err
	}
	return wire.EncodeFrame(b)
}

// reduce returns what a kiosk may keep of a change set: fields of class C1. The
// rest, and who signed it, is in the box only.
func (r *Replica) reduce(cs *record.ChangeSet) *record.ChangeSet {
	cut := *cs
	cut.PersonSignature, cut.Blobs = nil, nil
	cut.Writes = make([]record.Write, len(cs.Writes))
	for i, w := range cs.Writes {
		fields := map[record.Field]record.Value{}
		seen := map[record.Field][]record.Version{}
		w.InDispute = nil
		for f, v := range w.Fields {
			if !r.open1(w.Header, f) {
				continue
			}
			fields[f] = v
			if s := w.Seen[f]; s != nil {
				seen[f] = s
			}
		}
		w.Fields, w.Seen = fields, seen
		if len(seen) == 0 {
			w.Seen = nil
		}
		cut.Writes[i] = w
	}
	return &cut
}

// kept returns the change sets of a scope in one state whose content is still
// here, in the order they were made, and the places of those that do not open.
func (r *Replica) kept(ctx context.Context, scope ident.Scope, in state) (out []*change, bad []record.Link, err error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT seq, incarnation, number, state, stamp, wall_ms, version, sealed
		FROM outbox WHERE scope = ? AND state = ? AND sealed IS NOT NULL ORDER BY seq`, scope, in)
	if err != nil {
		return nil, nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		c := new(change)
		link := record.Link{Lane: record.Lane{Scope: scope}}
		var sealed []byte
		if err := rows.Scan(&c.seq, &link.Lane.Incarnation, &link.Number, &c.state, &c.stamp, &c.wallMS, &c.version, &sealed); err != nil {
			return nil, nil, err
		}
		if c.role, c.set, err = openChange(r.keys, link, sealed); err != nil {
			bad = append(bad, link)
			continue
		}
		out = append(out, c)
	}
	return out, bad, sqlitedb.Fault(rows.Err())
}
