// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"encoding/binary"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// epochSetting holds the epoch of the whole store.
const epochSetting = "epoch"

func readEpoch(c *conn) (uint32, error) {
	r, err := c.one(`SELECT value FROM setting WHERE name = ?`, epochSetting)
	if err != nil || r == nil {
		return record.FirstEpoch, err
	}
	return uint32(binary.BigEndian.Uint64(r.blob(0))), nil
}

// An epoch that is only the old one plus one would be given twice when one
// backup is restored twice, and versions of the two would not be told apart. So
// the number comes from the clock, in steps of epochStep since epochStart.
// Between two restores of one backup that both gave receipts lies more than a
// step, because somebody has to notice, fetch the backup and start the server; if
// not, a device that was given versions by the first one tells (Parted).
// SQLite's integers are signed: 23 of the 24 bits above the sequence number are
// used, which last until 2094. A clock before the start, or after the end, gives
// the old number plus one.
const (
	epochStep = 256 * time.Second
	maxEpoch  = 1<<23 - 1
)

var epochStart = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// epochAfter returns the epoch that follows old at a moment.
func epochAfter(old uint32, now time.Time) uint32 {
	if n := int64(now.Sub(epochStart) / epochStep); n > int64(old) && n <= maxEpoch {
		return uint32(n)
	}
	return min(old+1, maxEpoch)
}

// NewEpoch begins a new epoch in every scope after its head, and a new
// incarnation of the server: what a restored store must do before it serves
// anyone. What devices hold beyond its heads is then recognised as lost and
// sent again.
func (s *Store) NewEpoch(ctx context.Context) error {
	return s.write(ctx, (*txn).newEpoch)
}

func (t *txn) newEpoch() error { return t.newEpochAfter(0) }

// newEpochAfter begins an epoch that is newer than one that somebody was given.
func (t *txn) newEpochAfter(given uint32) error {
	old, err := readEpoch(t.c)
	if err != nil {
		return err
	}
	epoch := epochAfter(max(old, given), t.s.now())
	if err := t.setSetting(epochSetting, binary.BigEndian.AppendUint64(nil, uint64(epoch))); err != nil {
		return err
	}
	if err := t.newIncarnation(); err != nil {
		return err
	}
	names, err := scopeNames(t.c)
	if err != nil {
		return err
	}
	for _, name := range names {
		sc, err := t.scope(name)
		if err != nil {
			return err
		}
		sc.fork(epoch)
	}
	return nil
}

// fork begins an epoch after the head. Where nothing was written in the last
// one, the new one takes its place: no version was ever given in it.
func (sc *scope) fork(epoch uint32) {
	from := sc.Head
	if n := len(sc.Lineage); n > 0 && sc.Head.Epoch() != sc.Lineage[n-1].Epoch {
		from = sc.Lineage[n-1].From
		sc.Lineage = sc.Lineage[:n-1]
	}
	sc.epoch, sc.dirty = epoch, true
	sc.Lineage = append(sc.Lineage, record.Fork{Epoch: epoch, From: from})
}

// Parted implements store.Sync.
func (s *Store) Parted(ctx context.Context, name ident.Scope, shared record.Version, lost ...record.Version) (state store.ScopeState, err error) {
	err = s.write(ctx, func(t *txn) error {
		sc, err := t.scope(name)
		if err != nil {
			return err
		}
		for _, v := range slices.Backward(slices.Sorted(slices.Values(lost))) {
			if v.Epoch() <= sc.epoch && sc.Lineage.Current(v) <= shared {
				continue
			}
			if err := t.part(sc, shared, v); err != nil {
				return err
			}
		}
		state = sc.ScopeState
		return nil
	})
	return state, err
}

// part corrects a lineage that took lost for its own.
func (t *txn) part(sc *scope, shared, lost record.Version) error {
	if lost.Epoch() >= sc.epoch {
		if err := t.newEpochAfter(lost.Epoch()); err != nil {
			return err
		}
	}
	for i := range sc.Lineage {
		if f := &sc.Lineage[i]; f.Epoch > lost.Epoch() {
			f.From, sc.dirty = min(f.From, shared), true
			break
		}
	}
	t.s.log.Warn("a device holds what this store never gave or does not have: it was restored from a copy", "scope", string(sc.name))
	return nil
}

func scopeNames(c *conn) (names []ident.Scope, err error) {
	err = c.query(func(r row) error {
		names = append(names, ident.Scope(r.text(0)))
		return nil
	}, `SELECT name FROM scope ORDER BY name`)
	return names, err
}
