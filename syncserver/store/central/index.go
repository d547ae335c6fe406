// SPDX-License-Identifier: Apache-2.0

package central

import (
	"crypto/sha256"
	"fmt"
	"maps"
	"slices"

	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

func sortedFields(fields map[record.Field]record.Value) []record.Field {
	return slices.Sorted(maps.Keys(fields))
}

// indexTable returns the table that indexes fields of a class.
func indexTable(class record.Class) string {
	if class == record.C1 {
		return "index_clear"
	}
	return "index_blind"
}

// longestKey is how long a value in clear may be to stand in the index itself, in bytes. PostgreSQL takes no more than a
// third of a page of 8 KiB for all columns of a key.
const longestKey = 1024

// indexKey returns the form in which a value stands in the index: of a long one the digest, behind a byte with which no
// canonical value begins (CBOR's break, RFC 8949).
func indexKey(v *vault, kind record.Kind, def record.FieldDef, value record.Value) ([]byte, error) {
	if def.Class == record.C1 {
		key := value.AppendCanonical(nil)
		if len(key) > longestKey {
			sum := sha256.Sum256(key)
			key = append([]byte{0xff}, sum[:]...)
		}
		return key, nil
	}
	return v.blind(kind, def.Name, value)
}

// reindex replaces a record's row in the index of a field.
func (t *txn) reindex(c change) error {
	if !c.def.Indexed || c.before.Value.Equal(c.after.Value) {
		return nil
	}
	h, table := c.e.header, indexTable(c.def.Class)
	if !c.before.Value.IsNone() {
		key, err := indexKey(t.s.vault, h.Kind, c.def, c.before.Value)
		if err != nil {
			return err
		}
		_, err = t.c.Exec(`DELETE FROM `+table+` WHERE sid = ? AND kind = ? AND field = ? AND value = ? AND record = ?`,
			c.e.sid, string(h.Kind), string(c.def.Name), key, h.ID[:])
		if err != nil {
			return fmt.Errorf("remove from index: %w", err)
		}
	}
	if c.after.Value.IsNone() {
		return nil
	}
	key, err := indexKey(t.s.vault, h.Kind, c.def, c.after.Value)
	if err != nil {
		return err
	}
	_, err = t.c.Exec(`INSERT INTO `+table+` (sid, kind, field, value, record) VALUES (?, ?, ?, ?, ?)`,
		c.e.sid, string(h.Kind), string(c.def.Name), key, h.ID[:])
	if err != nil {
		return fmt.Errorf("add to index: %w", err)
	}
	return nil
}

// group is a row of table digest.
type group struct {
	sum   wire.Sum
	live  int64
	dirty bool
}

// group reads a group into t.digests for changing.
func (t *txn) group(key groupKey) error {
	if t.digests[key] != nil {
		return nil
	}
	r, err := t.c.one(`SELECT sum, live FROM digest WHERE sid = ? AND kind = ? AND class = ?`,
		key.sid, string(key.kind), int64(key.class))
	if err != nil {
		return err
	}
	g := &group{}
	if r != nil {
		g.sum, g.live = r.id(0), r.int(1)
	}
	t.digests[key] = g
	return nil
}

// recount moves a record from where it counted to where it counts now.
func (t *txn) recount(e *entry, was, now standing) {
	if was == now {
		return
	}
	if was.counts {
		g := t.digests[groupKey{e.sid, e.header.Kind, was.class}]
		g.live, g.dirty = g.live-1, true
	}
	if now.counts {
		g := t.digests[groupKey{e.sid, e.header.Kind, now.class}]
		g.live, g.dirty = g.live+1, true
	}
}

func (t *txn) saveGroup(key groupKey, g *group) error {
	if !g.dirty {
		return nil
	}
	g.dirty = false
	_, err := t.c.Exec(`
		INSERT INTO digest (sid, kind, class, sum, live) VALUES (?, ?, ?, ?, ?)
		ON CONFLICT (sid, kind, class) DO UPDATE SET sum = excluded.sum, live = excluded.live`,
		key.sid, string(key.kind), int64(key.class), g.sum[:], g.live)
	return err
}

// totals returns the digest and the live count of a view of a scope.
func totals(c *conn, sid int64, view record.View) (sum wire.Sum, live uint64, err error) {
	err = c.query(func(r row) error {
		if view.Holds(record.Kind(r.text(0)), record.Class(r.int(1))) {
			sum = sum.Add(r.id(2))
			live += r.uint(3)
		}
		return nil
	}, `SELECT kind, class, sum, live FROM digest WHERE sid = ?`, sid)
	return sum, live, err
}
