// SPDX-License-Identifier: Apache-2.0

package central

import (
	"errors"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/wire"
)

// noClass is the least class of a record without a visible field.
const noClass record.Class = 9

// entry is a row of table record. Its sealed part is opened when it is needed.
type entry struct {
	sid     int64
	header  record.Header
	version record.Version
	deleted bool
	least   record.Class
	clear   part
	sealed  part
	blob    []byte // the sealed part as stored
	opened  bool   // sealed is what blob holds

	born record.Version // of the act that created it; 0: not known

	stored     bool // it has a row
	wasDeleted bool // before the change set under trial
	touched    bool // clear was changed
	retouch    bool // sealed was changed
	past       [2]part
}

const entryColumns = `
	SELECT record.sid, scope.name, record.kind, record.id, record.subject, record.version,
		record.deleted, record.least, record.clear, record.sealed, record.born
	FROM record JOIN scope ON scope.sid = record.sid `

func scanEntry(r row) (*entry, error) {
	clear, err := parsePart(r.blob(8))
	return &entry{
		sid: r.int(0),
		header: record.Header{
			ID: r.id(3), Kind: record.Kind(r.text(2)), Scope: ident.Scope(r.text(1)), Subject: r.id(4),
		},
		version: record.Version(r.uint(5)), deleted: r.flag(6), least: record.Class(r.int(7)),
		clear: clear, blob: r.blob(9), stored: true, born: record.Version(r.uint(10)),
	}, err
}

// findEntry returns a record, nil if there is none.
func findEntry(c *conn, id ident.Record) (*entry, error) {
	r, err := c.one(entryColumns+`WHERE record.id = ?`, id[:])
	if err != nil || r == nil {
		return nil, err
	}
	return scanEntry(r)
}

// recordContext binds a sealed part to its record.
func recordContext(id ident.Record) []byte { return append([]byte("record"), id[:]...) }

// historyContext binds the sealed part of a history row to its record.
func historyContext(id ident.Record) []byte { return append([]byte("history"), id[:]...) }

// open opens the sealed part. A part whose key was destroyed has no fields.
func (e *entry) open(v *vault) error {
	if len(e.blob) == 0 || e.opened {
		return nil
	}
	p, err := openPart(v, e.header, e.blob, recordContext(e.header.ID))
	if err != nil {
		return err
	}
	e.sealed, e.opened = p, true
	return nil
}

func openPart(v *vault, h record.Header, blob, context []byte) (part, error) {
	if len(blob) == 0 {
		return nil, nil
	}
	s, err := v.sealer(keyName(h.Subject, h.Scope))
	if fault.Is(err, fault.Gone) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	plain, err := s.Open(nil, blob, context)
	if errors.Is(err, seal.ErrOpen) {
		return nil, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("open sealed part: %w", err))
	}
	if err != nil {
		return nil, err
	}
	return parsePart(plain)
}

// field returns a field of the record for writing.
func (e *entry) field(v *vault, def record.FieldDef) (*field, error) {
	if def.Class == record.C1 {
		e.touched = true
		return e.clear.field(def.Name, def.Class, def.Merge), nil
	}
	if len(e.blob) > 0 && !e.opened {
		s, err := v.sealer(keyName(e.header.Subject, e.header.Scope))
		if err != nil { // also when it was destroyed: nothing may be added to what was erased
			return nil, err
		}
		plain, err := s.Open(nil, e.blob, recordContext(e.header.ID))
		if err != nil {
			return nil, err
		}
		if e.sealed, err = parsePart(plain); err != nil {
			return nil, err
		}
		e.opened = true
	}
	e.retouch = true
	return e.sealed.field(def.Name, def.Class, def.Merge), nil
}

// row returns what a view sees of the record: the fields it holds whose
// visible version lies above after.
func (e *entry) row(v *vault, view record.View, after record.Version) (record.Row, error) {
	out := record.Row{Header: e.header, Fields: make(map[record.Field]record.FieldState, len(e.clear)+8)}
	if view.Holds(e.header.Kind, record.C2) {
		if err := e.open(v); err != nil {
			return out, err
		}
	}
	for _, p := range []part{e.clear, e.sealed} {
		for i := range p {
			f := &p[i]
			if f.visible > after && view.Holds(e.header.Kind, f.class) {
				out.Fields[f.name] = f.state()
				out.Version = max(out.Version, f.visible)
			}
		}
	}
	return out, nil
}

// delta is row as it travels: for thousands of rows at once a map of their fields
// would cost more than reading them.
func (e *entry) delta(v *vault, view record.View, after record.Version) (wire.RowDelta, error) {
	d := wire.RowDelta{Header: e.header, Fields: make([]wire.FieldDelta, 0, len(e.clear)+16)}
	if view.Holds(e.header.Kind, record.C2) {
		if err := e.open(v); err != nil {
			return d, err
		}
	}
	clear, sealed := e.clear, e.sealed
	for len(clear)+len(sealed) > 0 { // both are in the order of names
		from := &clear
		if len(clear) == 0 || len(sealed) > 0 && sealed[0].name < clear[0].name {
			from = &sealed
		}
		f := &(*from)[0]
		*from = (*from)[1:]
		if f.visible > after && view.Holds(e.header.Kind, f.class) {
			d.Fields = append(d.Fields, wire.FieldDelta{Field: f.name, State: f.state()})
		}
	}
	return d, nil
}

// save writes the record and what was removed from it.
func (t *txn) save(e *entry, version record.Version) error {
	if !e.touched && !e.retouch {
		return nil
	}
	sealed := e.blob
	if e.retouch {
		var err error
		if sealed, err = t.sealPart(e.header, e.sealed, recordContext(e.header.ID)); err != nil {
			return err
		}
	}
	if sealed == nil {
		sealed = []byte{}
	}
	clear := appendPart(make([]byte, 0, 160), e.clear)
	h := e.header
	if !e.stored {
		e.born = version
	}
	if err := t.saveRow(e, clear, sealed); err != nil {
		return fmt.Errorf("save record: %w", err)
	}
	e.stored = true
	return t.saveHistory(h, e.sid, version, e.past)
}

func (t *txn) saveRow(e *entry, clear, sealed []byte) (err error) {
	h := e.header
	if e.stored {
		_, err = t.c.Exec(`UPDATE record SET version = ?, deleted = ?, least = ?, clear = ?, sealed = ? WHERE sid = ? AND kind = ? AND id = ?`,
			int64(e.version), flag(e.deleted), int64(e.least), clear, sealed, e.sid, string(h.Kind), h.ID[:])
		return err
	}
	_, err = t.c.Exec(`INSERT INTO record (sid, kind, id, subject, version, deleted, least, clear, sealed, born) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
		e.sid, string(h.Kind), h.ID[:], h.Subject[:], int64(e.version), flag(e.deleted), int64(e.least), clear, sealed, int64(e.born))
	return err
}

// sealPart returns the stored form of a part; empty for one without fields.
func (t *txn) sealPart(h record.Header, p part, context []byte) ([]byte, error) {
	if len(p) == 0 {
		return []byte{}, nil
	}
	s, err := t.s.vault.sealerOrNew(keyName(h.Subject, h.Scope))
	if err != nil {
		return nil, err
	}
	return s.Seal(nil, appendPart(make([]byte, 0, 512), p), context)
}

func (t *txn) saveHistory(h record.Header, sid int64, version record.Version, past [2]part) error {
	if len(past[0]) == 0 && len(past[1]) == 0 {
		return nil
	}
	sealed, err := t.sealPart(h, past[1], historyContext(h.ID))
	if err != nil {
		return err
	}
	clear := []byte{}
	if len(past[0]) > 0 {
		clear = appendPart(nil, past[0])
	}
	_, err = t.c.Exec(`INSERT INTO history (sid, record, replaced_by, clear, sealed) VALUES (?, ?, ?, ?, ?)`,
		sid, h.ID[:], int64(version), clear, sealed)
	if err != nil {
		return fmt.Errorf("save history: %w", err)
	}
	return nil
}

// groupKey names a row of table digest.
type groupKey struct {
	sid   int64
	kind  record.Kind
	class record.Class
}
