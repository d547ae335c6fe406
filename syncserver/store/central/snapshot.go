// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"sync"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/seal"
	"yuexin/shared/sync/snapshot"
	"yuexin/shared/sync/wire"
)

// blockBytes is the size of the parts in which chunks lie on disk and leave it: what
// a link has to carry in one go to get anywhere.
const blockBytes = 8 << 10

// makers is how many snapshots are made at a time. Others who ask wait: for their
// own mostly, since a village is granted to many devices at once.
const makers = 2

// keptOfView is how many snapshots of one (scope, view) are kept: the newest, and
// the one before it for devices that have begun it.
const keptOfView = 2

// snapshots is what the store knows of its snapshots beside the tables.
type snapshots struct {
	rule  *snapshot.Rule
	slots chan struct{}

	mu     sync.Mutex // protects all fields below
	unfit  map[viewKey]record.Version
	inWork map[viewKey]chan struct{} // closed when it is made, or failed
}

// viewKey names a view of a scope.
type viewKey struct {
	scope   ident.Scope
	view    string
	version uint32
}

func newSnapshots(rule *snapshot.Rule) *snapshots {
	return &snapshots{rule: rule, slots: make(chan struct{}, makers), unfit: map[viewKey]record.Version{}, inWork: map[viewKey]chan struct{}{}}
}

// claim lets one of those who ask for a view make it; the others get a channel
// that is closed when that is over.
func (s *snapshots) claim(key viewKey) (over <-chan struct{}, done func()) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if c := s.inWork[key]; c != nil {
		return c, nil
	}
	c := make(chan struct{})
	s.inWork[key] = c
	return c, func() {
		s.mu.Lock()
		defer s.mu.Unlock()
		delete(s.inWork, key)
		close(c)
	}
}

// isUnfit reports whether a view could not be cut, and has not changed much since.
func (s *snapshots) isUnfit(key viewKey, live uint64, head record.Version) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, unfit := s.unfit[key]
	return unfit && !s.rule.Stale(live, at, head)
}

func (s *snapshots) setUnfit(key viewKey, head record.Version) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.unfit[key] = head
}

// stored is a row of table snapshot.
type stored struct {
	number int64
	key    string
	made   int64
	bytes  int64
	wire.Snapshot
}

const snapshotColumns = `SELECT number, key, made, bytes, message FROM snapshot `

func scanSnapshot(r row) (*stored, error) {
	m, err := wire.Decode(r.blob(4))
	if err != nil {
		return nil, fmt.Errorf("read snapshot: %w", err)
	}
	message, ok := m.(*wire.Snapshot)
	if !ok || message.Checkpoint == nil {
		return nil, fault.New(fault.Corrupt, "")
	}
	return &stored{number: r.int(0), key: r.text(1), made: r.int(2), bytes: r.int(3), Snapshot: *message}, nil
}

// Snapshot implements store.Sync.
func (s *Store) Snapshot(ctx context.Context, name ident.Scope, view record.View, held wire.HeldSnapshot) (*wire.Snapshot, error) {
	if s.snapshots.rule == nil {
		return nil, nil
	}
	for {
		found, wanted, err := s.findSnapshot(ctx, name, view, held)
		if found != nil || !wanted || err != nil {
			return found, err
		}
		over, done := s.snapshots.claim(viewKey{name, view.Name(), view.Version()})
		if done != nil {
			defer done()
			return s.makeInTurn(ctx, name, view, held)
		}
		select {
		case <-over:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
}

// makeInTurn makes a snapshot, few at a time, unless the one before has just made it.
func (s *Store) makeInTurn(ctx context.Context, name ident.Scope, view record.View, held wire.HeldSnapshot) (*wire.Snapshot, error) {
	select {
	case s.snapshots.slots <- struct{}{}:
		defer func() { <-s.snapshots.slots }()
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	found, wanted, err := s.findSnapshot(ctx, name, view, held)
	if found != nil || !wanted || err != nil {
		return found, err
	}
	return s.makeSnapshot(ctx, name, view)
}

// findSnapshot returns a snapshot that there is, or whether one is wanted.
func (s *Store) findSnapshot(ctx context.Context, name ident.Scope, view record.View, held wire.HeldSnapshot) (found *wire.Snapshot, wanted bool, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc == nil || err != nil {
			return err
		}
		_, live, err := totals(c, sc.sid, view)
		if err != nil {
			return err
		}
		one, err := s.choose(c, sc, view, held, live)
		if err != nil {
			return err
		}
		if one != nil {
			found = &one.Snapshot
			return nil
		}
		wanted = s.snapshots.rule.Worth(live) && !s.snapshots.isUnfit(viewKey{name, view.Name(), view.Version()}, live, sc.Head)
		return nil
	})
	return found, wanted, err
}

// choose returns the snapshot that a device goes on with, else the newest if it is
// not stale; nil if there is none.
func (s *Store) choose(c *conn, sc *scope, view record.View, held wire.HeldSnapshot, live uint64) (chosen *stored, err error) {
	var list []*stored
	err = c.query(func(r row) error {
		one, err := scanSnapshot(r)
		list = append(list, one)
		return err
	}, snapshotColumns+`WHERE sid = ? AND view = ? AND view_version = ? AND length(id) > 0 ORDER BY number DESC`,
		sc.sid, view.Name(), int64(view.Version()))
	if err != nil {
		return nil, err
	}
	fresh := s.now().Add(-s.snapshots.rule.Keep()).UnixMilli()
	for i, one := range list {
		going := one.ID == held.ID && one.reaches(held)
		recent := i == 0 && one.made >= fresh && !s.snapshots.rule.Stale(live, one.Checkpoint.Cursor.Version, sc.Head)
		if !going && (!recent || chosen != nil) {
			continue
		}
		if _, err := s.vault.living(one.key); fault.Is(err, fault.Gone) {
			continue
		} else if err != nil {
			return nil, err
		}
		chosen = one
		if going {
			chosen.Chunk, chosen.Offset = held.Chunk, held.Offset
			return chosen, nil
		}
	}
	return chosen, nil
}

// reaches reports whether a place is one in the snapshot.
func (one *stored) reaches(h wire.HeldSnapshot) bool {
	n := uint64(len(one.Sizes))
	return h.Chunk < n && h.Offset < one.Sizes[h.Chunk] || h.Chunk == n && h.Offset == 0
}

// SnapshotPiece implements store.Sync.
func (s *Store) SnapshotPiece(ctx context.Context, name ident.Scope, id wire.SnapshotID, chunk, offset uint64) (data []byte, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		r, err := c.one(`
			SELECT snapshot.number, snapshot.key, snapshot_block.sealed
			FROM snapshot
			JOIN scope ON scope.sid = snapshot.sid
			JOIN snapshot_block ON snapshot_block.number = snapshot.number
			WHERE scope.name = ? AND snapshot.id = ? AND chunk = ? AND block = ?`,
			string(name), id[:], int64(chunk), int64(offset/blockBytes))
		if err != nil {
			return err
		}
		if r == nil {
			return fault.New(fault.Gone, "")
		}
		key, err := s.vault.living(r.text(1))
		if err != nil {
			return err
		}
		block, err := key.Open(nil, r.blob(2), blockContext(r.int(0), int(chunk), int(offset/blockBytes)))
		if err != nil {
			return err
		}
		from := int(offset % blockBytes)
		if from >= len(block) {
			return fault.New(fault.Gone, "")
		}
		data = block[from:]
		return nil
	})
	return data, err
}

// blockContext binds a sealed block to its place.
func blockContext(number int64, chunk, block int) []byte {
	return fmt.Appendf(nil, "snapshot %d %d %d", number, chunk, block)
}

// sweepAll removes what the end of a process left half made.
func (t *txn) sweepAll() error {
	if err := t.removeSnapshots(`WHERE length(id) = 0`); err != nil {
		return err
	}
	return t.sweep()
}

// sweep removes snapshots that nobody should be given any more: too old, of a view
// that has a newer version, with a newer one and the one before it there, or
// unreadable since an erasure. Then it removes the oldest until the rest is within
// its bound.
func (t *txn) sweep() error {
	rule := t.s.snapshots.rule
	if rule == nil {
		return t.removeSnapshots(`WHERE true`)
	}
	err := errors.Join(
		t.removeSnapshots(`WHERE length(id) > 0 AND made < ?`, t.s.now().Add(-rule.Keep()).UnixMilli()),
		t.removeSnapshots(`WHERE length(id) > 0 AND EXISTS (
			SELECT 1 FROM snapshot AS newer
			WHERE newer.sid = snapshot.sid AND newer.view = snapshot.view AND newer.view_version > snapshot.view_version)`),
		t.removeSnapshots(`WHERE length(id) > 0 AND (
			SELECT count(*) FROM snapshot AS newer
			WHERE newer.sid = snapshot.sid AND newer.view = snapshot.view AND length(newer.id) > 0 AND newer.number > snapshot.number) >= ?`,
			int64(keptOfView)),
		t.removeUnreadable(),
	)
	if err != nil {
		return err
	}
	return t.removeSnapshots(`WHERE length(id) > 0 AND (
		SELECT CAST(sum(bytes) AS BIGINT) FROM snapshot AS newer WHERE newer.number >= snapshot.number) > ?`, rule.Total())
}

func (t *txn) removeUnreadable() error {
	var gone []int64
	err := t.c.query(func(r row) error {
		_, err := t.s.vault.living(r.text(1))
		if fault.Is(err, fault.Gone) {
			gone = append(gone, r.int(0))
			return nil
		}
		return err
	}, `SELECT number, key FROM snapshot WHERE length(id) > 0`)
	for _, number := range gone {
		err = errors.Join(err, t.removeSnapshots(`WHERE number = ?`, number))
	}
	return err
}

// removeSnapshots removes snapshots with their keys.
func (t *txn) removeSnapshots(where string, args ...driver.Value) error {
	type dead struct {
		number int64
		key    string
	}
	var list []dead
	err := t.c.query(func(r row) error {
		list = append(list, dead{r.int(0), r.text(1)})
		return nil
	}, `SELECT number, key FROM snapshot `+where, args...)
	if err != nil {
		return err
	}
	for _, d := range list {
		for _, q := range []string{`DELETE FROM snapshot_block WHERE number = ?`, `DELETE FROM snapshot WHERE number = ?`} {
			if _, err := t.c.Exec(q, d.number); err != nil {
				return err
			}
		}
		if err := t.s.vault.destroy(d.key); err != nil {
			return err
		}
	}
	return nil
}

// sealBlocks cuts a chunk into sealed blocks.
func sealBlocks(key *seal.Sealer, number int64, chunk int, data []byte) (blocks [][]byte, err error) {
	for n := 0; n*blockBytes < len(data); n++ {
		part := data[n*blockBytes : min((n+1)*blockBytes, len(data))]
		sealed, err := key.Seal(nil, part, blockContext(number, chunk, n))
		if err != nil {
			return nil, err
		}
		blocks = append(blocks, sealed)
	}
	return blocks, nil
}
