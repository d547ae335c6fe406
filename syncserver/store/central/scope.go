// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"encoding/binary"
	"fmt"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// scope is a row of table scope.
type scope struct {
	sid   int64
	name  ident.Scope
	epoch uint32
	store.ScopeState

	dirty bool
}

const scopeColumns = `SELECT sid, name, head, epoch, log_hash, floor, lineage, watermark FROM scope`

func scanScope(r row) *scope {
	return &scope{
		sid: r.int(0), name: ident.Scope(r.text(1)), epoch: uint32(r.int(3)),
		ScopeState: store.ScopeState{
			Head: record.Version(r.uint(2)), LogHash: r.hash(4), Floor: hlc.Stamp(r.uint(5)),
			Lineage: parseLineage(r.blob(6)), Watermark: record.Version(r.uint(7)),
		},
	}
}

// next returns the version of the next change set to be accepted.
func (sc *scope) next() record.Version { return record.At(sc.epoch, sc.Head.Seq()+1) }

// findScope returns the scope, nil if the store has not met it.
func findScope(c *conn, name ident.Scope) (*scope, error) {
	r, err := c.one(scopeColumns+` WHERE name = ?`, string(name))
	if err != nil || r == nil {
		return nil, err
	}
	return scanScope(r), nil
}

// scope returns the scope and makes it if the store has not met it.
func (t *txn) scope(name ident.Scope) (*scope, error) {
	if sc := t.scopes[name]; sc != nil {
		return sc, nil
	}
	sc, err := findScope(t.c, name)
	if err != nil {
		return nil, err
	}
	if sc == nil {
		if sc, err = t.addScope(name); err != nil {
			return nil, err
		}
	}
	t.scopes[name] = sc
	return sc, nil
}

func (t *txn) addScope(name ident.Scope) (*scope, error) {
	if err := name.Valid(); err != nil {
		return nil, err
	}
	epoch, err := readEpoch(t.c)
	if err != nil {
		return nil, err
	}
	sc := &scope{name: name, epoch: epoch}
	if epoch != record.FirstEpoch {
		sc.Lineage = record.Lineage{{Epoch: epoch}}
	}
	_, err = t.c.Exec(`INSERT INTO scope (name, head, epoch, log_hash, floor, lineage, watermark) VALUES (?, 0, ?, ?, 0, ?, 0)`,
		string(name), int64(epoch), sc.LogHash[:], appendLineage(sc.Lineage))
	if err != nil {
		return nil, fmt.Errorf("add scope: %w", err)
	}
	r, err := t.c.one(`SELECT sid FROM scope WHERE name = ?`, string(name))
	if err != nil {
		return nil, err
	}
	sc.sid = r.int(0)
	return sc, nil
}

func (t *txn) saveScope(sc *scope) error {
	if !sc.dirty {
		return nil
	}
	sc.dirty = false
	_, err := t.c.Exec(`UPDATE scope SET head = ?, epoch = ?, log_hash = ?, floor = ?, lineage = ? WHERE sid = ?`,
		int64(sc.Head), int64(sc.epoch), sc.LogHash[:], int64(sc.Floor), appendLineage(sc.Lineage), sc.sid)
	return err
}

func appendLineage(l record.Lineage) []byte {
	b := make([]byte, 0, 16*len(l))
	for _, f := range l {
		b = binary.BigEndian.AppendUint64(b, uint64(f.Epoch))
		b = binary.BigEndian.AppendUint64(b, uint64(f.From))
	}
	return b
}

func parseLineage(b []byte) record.Lineage {
	var l record.Lineage
	for ; len(b) >= 16; b = b[16:] {
		l = append(l, record.Fork{
			Epoch: uint32(binary.BigEndian.Uint64(b)),
			From:  record.Version(binary.BigEndian.Uint64(b[8:])),
		})
	}
	return l
}

// Scope implements store.Sync.
func (s *Store) Scope(ctx context.Context, name ident.Scope) (state store.ScopeState, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc != nil {
			state = sc.ScopeState
		}
		return err
	})
	return state, err
}

// LogHash implements store.Sync.
func (s *Store) LogHash(ctx context.Context, name ident.Scope, v record.Version) (h wire.Digest, found bool, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if err != nil {
			return err
		}
		h, found, err = logHash(c, sc, v)
		return err
	})
	return h, found, err
}

// logHash returns the log hash of the scope, nil for one not met, at v.
func logHash(c *conn, sc *scope, v record.Version) (wire.Digest, bool, error) {
	switch {
	case v == 0:
		return wire.Digest{}, true, nil
	case sc == nil || v > sc.Head:
		return wire.Digest{}, false, nil
	case v == sc.Head:
		return sc.LogHash, true, nil
	}
	r, err := c.one(`SELECT version, count, lid, number, before FROM log WHERE sid = ? AND version <= ? ORDER BY version DESC LIMIT 1`, sc.sid, int64(v))
	if err != nil || r == nil {
		return wire.Digest{}, false, err
	}
	run := scanRun(r)
	if v >= run.version+record.Version(run.count) {
		return wire.Digest{}, false, nil
	}
	h := run.before
	inc, err := incarnation(c, run.lid)
	if err != nil {
		return h, false, err
	}
	n := uint64(v-run.version) + 1
	err = commitments(c, run.lid, run.number, run.number+n-1, func(number uint64, commitment wire.Digest) {
		link := record.Link{Lane: record.Lane{Incarnation: inc, Scope: sc.name}, Number: number}
		h = wire.LogHash(h, run.version+record.Version(number-run.number), link, commitment)
	})
	return h, err == nil, err
}

// run is a row of table log.
type run struct {
	version record.Version
	count   uint64
	lid     int64
	number  uint64
	before  wire.Digest
}

func scanRun(r row) run {
	return run{version: record.Version(r.uint(0)), count: r.uint(1), lid: r.int(2), number: r.uint(3), before: r.hash(4)}
}
