// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"cmp"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/database"
)

// auditLimit is how many entries an answer has at most, unless asked otherwise.
const auditLimit = 100

// Audited implements store.Audit.
func (s *Store) Audited(ctx context.Context, q store.AuditQuery) (list []store.Audited, err error) {
	if q.Limit <= 0 {
		q.Limit = auditLimit
	}
	err = s.pool.read(ctx, func(c *conn) error {
		whom, err := whomAsked(c, q)
		if err != nil {
			return err
		}
		logs, err := auditLogs(c)
		if err != nil {
			return err
		}
		if list, err = hotAudit(c, q, whom, logs); err != nil || !q.Cold {
			return err
		}
		cold, err := s.coldAudit(c, q, whom, logs)
		list = append(list, cold...)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read audit logs: %w", err)
	}
	slices.SortFunc(list, func(a, b store.Audited) int { return -comparePlaces(a.Place, b.Place) })
	return list[:min(len(list), q.Limit)], nil
}

func comparePlaces(a, b store.AuditPlace) int {
	return cmp.Or(cmp.Compare(a.AtMS, b.AtMS), cmp.Compare(a.Log, b.Log), cmp.Compare(a.Number, b.Number))
}

func auditLogs(c *conn) (map[int64]auditLog, error) {
	logs := map[int64]auditLog{}
	err := c.query(func(r row) error {
		l := scanAuditLog(r)
		logs[l.lid] = l
		return nil
	}, auditLogColumns)
	return logs, err
}

// placesOfSubject finds scopes and kinds of the records about somebody.
const placesOfSubject = `SELECT DISTINCT s.name, r.kind FROM record r JOIN scope s USING (sid) WHERE r.subject = ?`

// whomAsked returns the keys of audit_whom that a query asks for: the record, its
// subject, and the places where either may have been seen in a list that counts.
// nil means that it does not ask for anybody.
func whomAsked(c *conn, q store.AuditQuery) (all [][]byte, err error) {
	if !q.Record.IsZero() {
		all = append(all, bytes.Clone(q.Record[:]))
		h, err := c.one(`SELECT r.subject, s.name, r.kind FROM record r JOIN scope s USING (sid) WHERE r.id = ?`, q.Record[:])
		if err != nil {
			return nil, err
		}
		if h != nil {
			all = append(all, placeOf(h.text(1), h.text(2)))
			if q.Subject.IsZero() {
				q.Subject = h.id(0)
			}
		}
	}
	if q.Subject.IsZero() {
		return all, nil
	}
	all = append(all, bytes.Clone(q.Subject[:]))
	err = c.query(func(r row) error {
		all = append(all, placeOf(r.text(0), r.text(1)))
		return nil
	}, placesOfSubject, q.Subject[:])
	return all, err
}

// hotAudit reads what is in the database.
func hotAudit(c *conn, q store.AuditQuery, whom [][]byte, logs map[int64]auditLog) (list []store.Audited, err error) {
	var where []string
	var args []driver.Value
	add := func(term string, values ...driver.Value) { where, args = append(where, term), append(args, values...) }
	from := `audit_entry e`
	if whom != nil {
		from = `audit_whom w CROSS JOIN audit_entry e ON e.lid = w.lid AND e.number = w.number`
		var marks []string
		for _, w := range whom {
			marks, args = append(marks, "?"), append(args, w)
		}
		where = append(where, "w.whom IN ("+strings.Join(marks, ", ")+")")
	}
	if !q.From.IsZero() {
		add("e.at >= ?", q.From.UnixMilli())
	}
	if !q.To.IsZero() {
		add("e.at < ?", q.To.UnixMilli())
	}
	if !q.Actor.IsZero() {
		add("e.actor = ?", bytes.Clone(q.Actor[:]))
	}
	if q.User != "" {
		add(`e."user" = ?`, q.User)
	}
	if q.After != (store.AuditPlace{}) {
		add("(e.at, e.lid, e.number) < (?, ?, ?)", q.After.AtMS, q.After.Log, int64(q.After.Number))
	}
	text := `SELECT DISTINCT e.lid, e.number, e.at, e.body FROM ` + from
	if len(where) > 0 {
		text += ` WHERE ` + strings.Join(where, " AND ")
	}
	err = c.query(func(r row) error {
		e, err := audit.Parse(r.blob(3))
		if err != nil { // Verify names it
			e = audit.Entry{Number: r.uint(1), AtMS: r.int(2), Deed: "?"}
		}
		one := store.Audited{Entry: e, Log: logs[r.int(0)].Log, Place: store.AuditPlace{AtMS: r.int(2), Log: r.int(0), Number: r.uint(1)}}
		if asksFor(q, one) {
			list = append(list, one)
		}
		if len(list) == q.Limit {
			return database.ErrStop
		}
		return nil
	}, text+` ORDER BY e.at DESC, e.lid DESC, e.number DESC`, args...)
	return list, err
}

// asksFor judges what no index does.
func asksFor(q store.AuditQuery, a store.Audited) bool {
	return (q.Deed == "" || q.Deed == a.Deed) && (q.Device.IsZero() || q.Device == a.Device || q.Device == a.Log.Device)
}

// matches judges an entry of a file as the database would.
func matches(q store.AuditQuery, whom [][]byte, a store.Audited) bool {
	switch {
	case !asksFor(q, a),
		!q.From.IsZero() && a.AtMS < q.From.UnixMilli(),
		!q.To.IsZero() && a.AtMS >= q.To.UnixMilli(),
		q.Actor != ident.Actor{} && a.Actor != q.Actor,
		q.User != "" && a.User != q.User,
		q.After != (store.AuditPlace{}) && comparePlaces(a.Place, q.After) >= 0:
		return false
	}
	return whom == nil || slices.ContainsFunc(whomOf(a.Entry), func(w []byte) bool {
		return slices.ContainsFunc(whom, func(asked []byte) bool { return bytes.Equal(w, asked) })
	})
}
