// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// Written implements store.Audit. It opens what arrived in the scope of the record
// under the key of its subject, and everything that is about several.
func (s *Store) Written(ctx context.Context, id ident.Record) (list []store.Written, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		h, err := c.one(`SELECT r.sid, r.subject, s.name FROM record r JOIN scope s USING (sid) WHERE r.id = ?`, id[:])
		if err != nil {
			return err
		}
		if h == nil {
			return errNotFound()
		}
		key := keyName(h.id(1), ident.Scope(h.text(2)))
		lanes := map[int64]store.Written{}
		err = c.query(func(r row) error {
			lanes[r.int(0)] = store.Written{Device: r.id(2), Link: record.Link{Lane: record.Lane{Incarnation: r.id(1), Scope: ident.Scope(h.text(2))}}}
			return nil
		}, `SELECT lid, incarnation, device FROM lane WHERE sid = ?`, h.int(0))
		for lid, of := range lanes {
			if err == nil {
				err = s.writtenInLane(ctx, c, lid, of, key, id, &list)
			}
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read who wrote: %w", err)
	}
	slices.SortFunc(list, func(a, b store.Written) int { return int(a.Clocks.WallMS - b.Clocks.WallMS) })
	return list, nil
}

func (s *Store) writtenInLane(ctx context.Context, c *conn, lid int64, of store.Written, key string, id ident.Record, list *[]store.Written) error {
	var found []store.Written
	err := c.query(func(r row) error {
		contents := r.blob(1)
		for number := r.uint(0); len(contents) > 0; number++ {
			name, sealed, rest, ok := cutContent(contents)
			if !ok {
				return nil // Verify names it
			}
			contents = rest
			if name != key && name != "" {
				continue
			}
			cs, _, err := s.openContent(name, sealed, lid, number)
			if fault.Is(err, fault.Gone) {
				continue
			}
			if err != nil {
				return err
			}
			if one, about := writtenOf(of, cs, id); about {
				found = append(found, one)
			}
		}
		return ctx.Err()
	}, `SELECT first, contents FROM frame WHERE lid = ? ORDER BY first`, lid)
	if err != nil {
		return err
	}
	for _, one := range found {
		got, err := receipts(c, of.Link.Lane, lid, one.Link.Number, one.Link.Number)
		if err != nil {
			return err
		}
		if len(got) == 1 {
			one.Outcome, one.Version = got[0].Outcome, got[0].Version
		}
		*list = append(*list, one)
	}
	return nil
}

// writtenOf says what a change set did to a record; false if nothing.
func writtenOf(of store.Written, cs *record.ChangeSet, id ident.Record) (store.Written, bool) {
	of.Link, of.Actor, of.Login, of.Act = cs.Link, cs.Actor, cs.Login, cs.Name
	of.Clocks, of.Floor = *audit.ClocksOf(cs.Reading), cs.Floor
	about := false
	for _, w := range cs.Writes {
		if w.Header.ID == id {
			about, of.Kind = true, w.Header.Kind
			of.Fields = append(of.Fields, w.FieldNames()...)
		}
	}
	return of, about
}
