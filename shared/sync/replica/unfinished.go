// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"database/sql"
	"encoding/binary"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/sqlitedb"
)

// KeepUnfinished keeps parts of what somebody is typing at a laptop, sealed like records; a nil part is deleted. They
// survive the end of the program, however it ends, and stay until DropUnfinished or until the scope is taken from this device;
// nobody is told that they are safe from a loss of power, so they do not wait for the disk. fault.Unauthenticated while the replica is locked.
func (r *Replica) KeepUnfinished(ctx context.Context, scope ident.Scope, draft ident.Record, parts map[int64][]byte) (err error) {
	defer fault.Wrap(&err, "keep what is unfinished")
	k := r.openKeys()
	if k == nil {
		return locked()
	}
	sealed := make(map[int64][]byte, len(parts))
	for n, plain := range parts {
		if plain == nil {
			continue
		}
		if sealed[n], err = k.open.Seal(nil, plain, boundPart(draft, n)); err != nil {
			return err
		}
	}
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error {
		for n := range parts {
			var err error
			if sealed[n] == nil {
				_, err = tx.ExecContext(ctx, "DELETE FROM unfinished WHERE draft = ? AND part = ?", draft.Bytes(), n)
			} else {
				_, err = tx.ExecContext(ctx, "INSERT OR REPLACE INTO unfinished (draft, part, scope, sealed) VALUES (?, ?, ?, ?)", draft.Bytes(), n, string(scope), sealed[n])
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
}

// Unfinished returns one part of each draft that has it, by draft.
func (r *Replica) Unfinished(ctx context.Context, part int64) (all map[ident.Record][]byte, err error) {
	all = make(map[ident.Record][]byte)
	err = r.eachPart(ctx, func(draft ident.Record, n int64, plain []byte) {
		all[draft] = plain
	}, "part = ?", part)
	return all, err
}

// UnfinishedParts returns all parts of a draft by number; none if there is no such draft.
func (r *Replica) UnfinishedParts(ctx context.Context, draft ident.Record) (parts map[int64][]byte, err error) {
	parts = make(map[int64][]byte)
	err = r.eachPart(ctx, func(_ ident.Record, n int64, plain []byte) { parts[n] = plain }, "draft = ?", draft.Bytes())
	return parts, err
}

// eachPart opens the parts that a condition finds. What does not open is left out: it is nobody's work that was handed in.
func (r *Replica) eachPart(ctx context.Context, do func(draft ident.Record, n int64, plain []byte), where string, arg any) (err error) {
	defer fault.Wrap(&err, "read what is unfinished")
	k := r.openKeys()
	if k == nil {
		return locked()
	}
	rows, err := r.normal.QueryContext(ctx, "SELECT draft, part, sealed FROM unfinished WHERE "+where+" ORDER BY draft, part", arg)
	if err != nil {
		return sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var id, sealed []byte
		var n int64
		if err := rows.Scan(&id, &n, &sealed); err != nil {
			return err
		}
		var draft ident.Record
		copy(draft[:], id)
		if plain, err := k.open.Open(nil, sealed, boundPart(draft, n)); err == nil {
			do(draft, n, plain)
		}
	}
	return sqlitedb.Fault(rows.Err())
}

// DropUnfinished deletes a draft.
func (r *Replica) DropUnfinished(ctx context.Context, draft ident.Record) error {
	r.write.Lock()
	defer r.write.Unlock()
	return sqlitedb.Write(ctx, r.normal, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, "DELETE FROM unfinished WHERE draft = ?", draft.Bytes())
		return err
	})
}

// boundPart is what a part is bound to.
func boundPart(draft ident.Record, n int64) []byte {
	return binary.BigEndian.AppendUint64(append([]byte("unfinished"), draft[:]...), uint64(n))
}
