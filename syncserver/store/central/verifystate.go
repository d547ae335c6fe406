// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// records recomputes from the records of a scope everything that is derived
// from them.
func (v *verifier) records(sc *scope) error {
	groups := make(map[groupKey]*group)
	indexed := map[string]int64{"index_clear": 0, "index_blind": 0, "waiting": 0}
	var waiting int64
	err := v.c.query(func(r row) error {
		e, err := scanEntry(r)
		if err == nil {
			err = e.open(v.s.vault)
		}
		if err != nil {
			v.breach("record", string(sc.name), "a record cannot be read: %v", err)
			return nil
		}
		v.record(sc, e, groups)
		if err := errors.Join(v.indexOf(e, indexed), v.waitingOf(e, &waiting)); err != nil {
			return err
		}
		return v.ctx.Err()
	}, entryColumns+`WHERE record.sid = ?`, sc.sid)
	if err != nil {
		return err
	}
	indexed["waiting"] = waiting
	for table, want := range indexed {
		r, err := v.c.one(`SELECT count(*) FROM `+table+` WHERE sid = ?`, sc.sid)
		if err != nil {
			return err
		}
		if got := r.int(0); got != want {
			v.breach("index", string(sc.name), "%s has %d rows, the records have %d", table, got, want)
		}
	}
	return v.groups(sc, groups)
}

// record checks one record and adds it to what the groups should be.
func (v *verifier) record(sc *scope, e *entry, groups map[groupKey]*group) {
	at := func(class record.Class) *group {
		key := groupKey{sc.sid, e.header.Kind, class}
		if groups[key] == nil {
			groups[key] = &group{}
		}
		return groups[key]
	}
	var version record.Version
	least, deleted := noClass, false
	if len(e.blob) > 0 && e.sealed == nil {
		v.written.erased[e.header.ID] = true
	}
	for _, f := range slices.Concat(e.clear, e.sealed) {
		for _, h := range f.heads {
			if h.Version > sc.Head {
				v.breach("record", e.header.ID.String(), "a value of version %s lies beyond the log", h.Version)
			}
			v.stands("record", e.header.ID, f.name, h)
		}
		if f.visible == 0 {
			continue
		}
		s := f.state()
		if !e.deleted {
			g := at(f.class)
			g.sum = g.sum.Add(wire.FieldHash(e.header.ID, f.name, s.Version, s.Value))
		}
		version, least = max(version, f.visible), min(least, f.class)
		deleted = deleted || f.name == record.Deleted && s.Value.Bool() && !s.Disputed
	}
	if version != e.version || least != e.least || deleted != e.deleted {
		v.breach("record", e.header.ID.String(), "its row does not say what its fields say")
	}
	if !deleted && least != noClass {
		at(least).live++
	}
}

// groups compares the stored digests and counts with those of the records.
func (v *verifier) groups(sc *scope, want map[groupKey]*group) error {
	err := v.c.query(func(r row) error {
		key := groupKey{sc.sid, record.Kind(r.text(0)), record.Class(r.int(1))}
		g := want[key]
		if g == nil {
			g = &group{}
		}
		if !bytes.Equal(r.blob(2), g.sum[:]) || r.int(3) != g.live {
			v.breach("digest", string(sc.name), "kind %s, class %d: digest or count is not that of the records", key.kind, key.class)
		}
		delete(want, key)
		return nil
	}, `SELECT kind, class, sum, live FROM digest WHERE sid = ?`, sc.sid)
	for key, g := range want {
		if *g != (group{}) {
			v.breach("digest", string(sc.name), "kind %s, class %d: the digest is missing", key.kind, key.class)
		}
	}
	return err
}

// indexOf checks that the visible values of a record stand in the index and
// counts them.
func (v *verifier) indexOf(e *entry, indexed map[string]int64) error {
	for _, f := range slices.Concat(e.clear, e.sealed) {
		def, _ := v.s.catalogue().Field(e.header.Kind, f.name)
		value := f.state().Value
		if !def.Indexed || f.visible == 0 || value.IsNone() {
			continue
		}
		key, err := indexKey(v.s.vault, e.header.Kind, def, value)
		if err != nil {
			return err
		}
		table := indexTable(def.Class)
		r, err := v.c.one(`SELECT 1 FROM `+table+` WHERE sid = ? AND kind = ? AND field = ? AND value = ? AND record = ?`,
			e.sid, string(e.header.Kind), string(f.name), key, e.header.ID[:])
		if err != nil {
			return err
		}
		if r == nil {
			v.breach("index", e.header.ID.String(), "field %s is not in the index", f.name)
		}
		indexed[table]++
	}
	return nil
}

// history checks that what was overwritten can be read and belongs to a
// record and to a version of the log.
func (v *verifier) history(sc *scope) error {
	return v.c.query(func(r row) error {
		e, err := findEntry(v.c, r.id(0))
		where := fmt.Sprintf("%s, replaced by %s", sc.name, record.Version(r.uint(1)))
		switch {
		case err != nil:
			v.breach("history", where, "its record cannot be read: %v", err)
			return nil
		case e == nil || e.header.Scope != sc.name:
			v.breach("history", where, "there is no such record")
			return nil
		case record.Version(r.uint(1)) > sc.Head:
			v.breach("history", where, "it lies beyond the log")
		}
		clear, err := parsePart(r.blob(2))
		if err != nil {
			v.breach("history", where, "it cannot be read: %v", err)
		}
		sealed, err := openPart(v.s.vault, e.header, r.blob(3), historyContext(e.header.ID))
		if err != nil {
			v.breach("history", where, "it cannot be opened: %v", err)
		}
		for _, f := range slices.Concat(clear, sealed) {
			for _, h := range f.heads {
				v.stands("history", e.header.ID, f.name, h)
			}
		}
		return v.ctx.Err()
	}, `SELECT record, replaced_by, clear, sealed FROM history WHERE sid = ?`, sc.sid)
}
