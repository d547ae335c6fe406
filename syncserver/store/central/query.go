// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"context"
	"database/sql/driver"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store/database"
)

// defaultLimit is what record.Query.Limit 0 means.
const defaultLimit = 100

// query is one record.Query over a state of the database.
type query struct {
	c      *conn
	s      *Store
	view   record.View
	scopes []ident.Scope // nil: all
	q      record.Query
}

// run answers scope by scope and keeps the best of all; a scope whose ids lie
// beyond what is there already answers with nothing.
func (q query) run(ctx context.Context) ([]record.Row, error) {
	if err := q.check(); err != nil {
		return nil, err
	}
	if q.q.Limit <= 0 {
		q.q.Limit = defaultLimit
	}
	sids, err := q.sids()
	if err != nil {
		return nil, err
	}
	if len(sids) == 1 {
		return q.scan(ctx, sids[0])
	}
	var best []ident.Record
	for _, sid := range sids {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if best, err = q.merge(best, sid); err != nil {
			return nil, err
		}
	}
	rows := make([]record.Row, 0, len(best))
	for _, id := range best {
		e, err := findEntry(q.c, id)
		if err != nil {
			return nil, err
		}
		out, err := e.row(q.s.vault, q.view, 0)
		if err != nil {
			return nil, err
		}
		rows = append(rows, out)
	}
	return rows, nil
}

// scan answers for one scope in one pass: there is nothing to merge, so the records are read where they are found.
func (q query) scan(ctx context.Context, sid int64) (rows []record.Row, err error) {
	where, args, err := q.sql(sid)
	if err != nil {
		return nil, err
	}
	err = q.c.query(func(r row) error {
		keep, err := q.keeps(r, 8)
		if err != nil || !keep {
			return err
		}
		e, err := scanEntry(r)
		if err != nil {
			return err
		}
		out, err := e.row(q.s.vault, q.view, 0)
		if err != nil {
			return err
		}
		if rows = append(rows, out); len(rows) == q.q.Limit {
			return database.ErrStop
		}
		return ctx.Err()
	}, entryColumns+where, args...)
	return rows, err
}

// check refuses what cannot be answered here: fields that are not indexed,
// fields the view does not hold, and search over sealed fields.
func (q query) check() error {
	for _, term := range q.q.Where {
		def, _ := q.s.catalogue().Field(q.q.Kind, term.Field)
		if !def.Indexed {
			return fault.New(fault.Unsupported, "").WithField(string(term.Field))
		}
		if !q.view.Holds(q.q.Kind, def.Class) {
			return fault.New(fault.NotAllowed, "").WithField(string(term.Field))
		}
	}
	if q.q.Search == "" && !q.q.Best {
		return nil
	}
	fields := q.searched()
	if len(fields) == 0 || q.q.Best {
		return fault.New(fault.Unsupported, "")
	}
	for _, f := range fields {
		if f.Class != record.C1 {
			return fault.New(fault.Unsupported, "").WithField(string(f.Name))
		}
	}
	return nil
}

// searched returns the fields of the kind that a search looks at.
func (q query) searched() (fields []record.FieldDef) {
	if def, ok := q.s.catalogue().Kind(q.q.Kind); ok {
		for _, f := range def.Fields {
			if f.Search {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// sids returns the scopes to look in.
func (q query) sids() (sids []int64, err error) {
	each := func(r row) error {
		name := ident.Scope(r.text(1))
		if (q.q.Scope == "" || q.q.Scope == name) && (q.scopes == nil || slices.Contains(q.scopes, name)) {
			sids = append(sids, r.int(0))
		}
		return nil
	}
	switch {
	case q.q.Scope != "":
		err = q.c.query(each, `SELECT sid, name FROM scope WHERE name = ?`, string(q.q.Scope))
	case len(q.q.Where) > 0:
		err = q.holders(each)
	default:
		err = q.c.query(each, `SELECT sid, name FROM scope`)
	}
	return sids, err
}

// holders calls each with the scopes in which the first term holds for a record. It
// steps from one to the next in the index: that there are other scopes, or many
// records in one, costs nothing.
func (q query) holders(each func(row) error) error {
	def, key, err := q.term(q.q.Where[0])
	if err != nil {
		return err
	}
	last := int64(-1)
	for {
		r, err := q.c.one(nextHolder(def.Class), string(q.q.Kind), string(def.Name), key, last)
		if r == nil || err != nil {
			return err
		}
		if err := each(r); err != nil {
			return err
		}
		last = r.int(0)
	}
}

func nextHolder(class record.Class) string {
	return `
		SELECT scope.sid, scope.name FROM ` + indexTable(class) + ` AS i CROSS JOIN scope ON scope.sid = i.sid
		WHERE i.kind = ? AND i.field = ? AND i.value = ? AND i.sid > ?
		ORDER BY i.sid LIMIT 1`
}

// term returns the field of a term, and its value as the index has it.
func (q query) term(t record.Term) (def record.FieldDef, key []byte, err error) {
	def, _ = q.s.catalogue().Field(q.q.Kind, t.Field)
	key, err = indexKey(q.s.vault, q.q.Kind, def, t.Value)
	return def, key, err
}

// merge adds the matching ids of a scope to best, which it keeps in order and
// within the limit.
func (q query) merge(best []ident.Record, sid int64) ([]ident.Record, error) {
	found := slices.Clone(best)
	where, args, err := q.sql(sid)
	if err != nil {
		return nil, err
	}
	columns := `record.id`
	if q.q.Search != "" {
		columns += `, record.clear`
	}
	taken := 0
	err = q.c.query(func(r row) error {
		id := ident.Record(r.id(0))
		if len(best) == q.q.Limit && q.compare(id, best[len(best)-1]) > 0 {
			return database.ErrStop
		}
		keep, err := q.keeps(r, 1)
		if err != nil || !keep {
			return err
		}
		found = append(found, id)
		if taken++; taken == q.q.Limit {
			return database.ErrStop
		}
		return nil
	}, `SELECT `+columns+` FROM record `+where, args...)
	slices.SortFunc(found, q.compare)
	return found[:min(len(found), q.q.Limit)], err
}

func (q query) compare(a, b ident.Record) int {
	if q.q.Newest {
		a, b = b, a
	}
	return bytes.Compare(a[:], b[:])
}

// sql returns what of a statement says which candidates of a scope there are, in which order.
func (q query) sql(sid int64) (string, []driver.Value, error) {
	kind := string(q.q.Kind)
	text := `WHERE record.sid = ? AND record.kind = ?`
	args := []driver.Value{sid, kind}
	for _, term := range q.q.Where {
		def, key, err := q.term(term)
		if err != nil {
			return "", nil, err
		}
		text += ` AND record.id IN (SELECT i.record FROM ` + indexTable(def.Class) + ` AS i WHERE i.sid = ? AND kind = ? AND field = ? AND value = ?)`
		args = append(args, sid, kind, string(def.Name), key)
	}
	if !q.q.Deleted {
		text += ` AND record.deleted = 0`
	}
	if q.q.Subject != (ident.Subject{}) {
		text += ` AND record.subject = ?`
		args = append(args, q.q.Subject[:])
	}
	if q.q.Waiting != 0 {
		text += ` AND record.id IN (SELECT i.record FROM waiting AS i WHERE i.sid = ? AND kind = ? AND what = ? AND class <= ?)`
		args = append(args, sid, kind, int64(q.q.Waiting), int64(q.highest()))
	}
	text += ` AND record.least <= ?`
	args = append(args, int64(q.highest()))
	order := "ASC"
	if q.q.Newest {
		order = "DESC"
	}
	if q.q.After != (ident.Record{}) {
		text += fmt.Sprintf(` AND record.id %s ?`, map[string]string{"ASC": ">", "DESC": "<"}[order])
		args = append(args, q.q.After[:])
	}
	return text + ` ORDER BY record.id ` + order, args, nil
}

// highest returns the highest class of the kind that the view holds, 0 if it
// holds none.
func (q query) highest() record.Class {
	for _, class := range []record.Class{record.C3, record.C2, record.C1} {
		if q.view.Holds(q.q.Kind, class) {
			return class
		}
	}
	return 0
}

// keeps applies the search, which looks at fields in clear only: those of column clear.
func (q query) keeps(r row, clear int) (bool, error) {
	if q.q.Search == "" {
		return true, nil
	}
	p, err := parsePart(r.blob(clear))
	if err != nil {
		return false, err
	}
	for _, def := range q.searched() {
		if i, found := p.find(def.Name); found && strings.Contains(p[i].state().Value.Text(), q.q.Search) {
			return true, nil
		}
	}
	return false, nil
}
