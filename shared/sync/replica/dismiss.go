// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"fmt"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
)

// Remains is what is left of work that does not open any more.
type Remains struct {
	Link   record.Link
	MadeMS int64  // by the device's clock, in ms since 1970 UTC
	Sealed []byte // as it stands on the disk: whoever repairs it needs the device's key
}

// Broken returns what does not open any more and nobody has put aside, oldest first.
func (r *Replica) Broken(ctx context.Context) (all []Remains, err error) {
	rows, err := r.full.QueryContext(ctx, `SELECT incarnation, scope, number, wall_ms, coalesce(sealed, x'')
		FROM outbox WHERE state = ? AND dismissed = 0 ORDER BY seq`, broken)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	for rows.Next() {
		var one Remains
		if err := rows.Scan(&one.Link.Lane.Incarnation, &one.Link.Lane.Scope, &one.Link.Number, &one.MadeMS, &one.Sealed); err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, sqlitedb.Fault(rows.Err())
}

// Dismiss takes out of the tray what no act can settle: work that does not open any
// more, and what a kiosk carried and the server refused. It is kept and counted, and
// who did it and why is in the audit log, in one transaction. fault.Invalid
// "replica.dismiss" (field "reason") without a reason, fault.NotFound for anything else.
func (r *Replica) Dismiss(ctx context.Context, s Session, link record.Link, reason string) error {
	reason = strings.TrimSpace(reason)
	if reason == "" {
		return fault.New(fault.Invalid, "replica.dismiss").WithField("reason")
	}
	e := audit.Entry{Deed: audit.Act, What: "tray.dismiss", About: fmt.Sprintf("%s %d", link.Lane.Scope, link.Number), Reason: reason}
	return r.noteWith(ctx, s, []audit.Entry{e}, func(b *auditBook) error {
		done, err := b.tx.ExecContext(ctx, `UPDATE outbox SET dismissed = 1 WHERE incarnation = ? AND scope = ? AND number = ?
			AND dismissed = 0 AND (state = ? OR state = ? AND outcome = ?)`,
			link.Lane.Incarnation[:], link.Lane.Scope, link.Number, broken, stranded, record.Rejected)
		if err != nil {
			return err
		}
		if n, err := done.RowsAffected(); err != nil || n == 0 {
			return fault.New(fault.NotFound, "record.missing").WithCause(err)
		}
		return nil
	})
}
