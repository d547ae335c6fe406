// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// plainPerBatch is how many canonical bytes are put into one batch at most: a frame
// of that holds any of them.
const plainPerBatch = 128 << 10

// leastContent is less than any stored change set takes, in bytes.
const leastContent = 64

// ownSet is a change set of a lane of the server.
type ownSet struct {
	lid     int64
	version record.Version
	set     *record.ChangeSet
	salt    [16]byte
	size    int
}

// Own implements store.Own.
func (s *Store) Own(ctx context.Context, name ident.Scope, since, to record.Version, most int) (out []store.OwnBatch, err error) {
	err = s.pool.read(ctx, func(c *conn) error {
		sc, err := findScope(c, name)
		if sc == nil || err != nil {
			return err
		}
		sets, err := s.ownSets(c, sc, max(since, sc.Watermark), to, most)
		if err != nil {
			return err
		}
		out, err = cutOwn(c, sets)
		return err
	})
	return out, err
}

// errEnough ends a query that has found enough.
var errEnough = errors.New("enough")

// ownSets returns what the server wrote itself, oldest first.
func (s *Store) ownSets(c *conn, sc *scope, since, to record.Version, most int) (sets []ownSet, err error) {
	var runs []run
	err = c.query(func(r row) error {
		runs = append(runs, scanRun(r))
		return nil
	}, `
		SELECT log.version, log.count, log.lid, log.number, log.before
		FROM log JOIN lane ON lane.lid = log.lid
		WHERE log.sid = ?1 AND log.version <= ?3 AND log.version + log.count - 1 > ?2
			AND log.version >= coalesce((SELECT max(version) FROM log WHERE sid = ?1 AND version <= ?2), 0)
			AND lane.device = ?5
		ORDER BY log.version DESC
		LIMIT ?4`, sc.sid, int64(since), int64(to), int64(most/leastContent+1), make([]byte, 16))
	if err != nil {
		return nil, err
	}
	size := 0
	for _, r := range runs {
		err := s.ownRun(c, r, func(o ownSet) error {
			if o.version <= since || o.version > to {
				return nil
			}
			if size += o.size; size > most && len(sets) > 0 {
				return errEnough
			}
			sets = append(sets, o)
			return nil
		})
		if errors.Is(err, errEnough) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	slices.Reverse(sets)
	return sets, nil
}

// ownRun calls each with the change sets of a run, newest first. One whose subject
// was erased is passed over.
func (s *Store) ownRun(c *conn, r run, each func(ownSet) error) error {
	for i := r.count; i > 0; i-- {
		number := r.number + i - 1
		cs, salt, size, err := s.contentAt(c, r.lid, number)
		if fault.Is(err, fault.Gone) {
			continue
		}
		if err != nil {
			return err
		}
		if err := each(ownSet{r.lid, r.version + record.Version(i-1), cs, salt, size}); err != nil {
			return err
		}
	}
	return nil
}

// contentAt returns a stored change set, its salt and how many bytes it takes;
// fault.Gone if a subject of it was erased.
func (s *Store) contentAt(c *conn, lid int64, number uint64) (cs *record.ChangeSet, salt [16]byte, size int, err error) {
	r, err := c.one(`SELECT first, contents FROM frame WHERE lid = ? AND first <= ? ORDER BY first DESC LIMIT 1`, lid, int64(number))
	if err != nil {
		return nil, salt, 0, err
	}
	if r == nil {
		return nil, salt, 0, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("lane has no frame for number %d", number))
	}
	name, sealed, err := cutAt(r.blob(1), r.uint(0), number)
	if err != nil {
		return nil, salt, 0, err
	}
	cs, salt, err = s.openContent(name, sealed, lid, number)
	return cs, salt, len(sealed), err
}

// cutAt takes the content of one number out of those of a frame that begins at
// first.
func cutAt(contents []byte, first, number uint64) (name string, sealed []byte, err error) {
	for ; ; first++ {
		name, sealed, rest, ok := cutContent(contents)
		if !ok {
			return "", nil, fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("number %d is missing in its frame", number))
		}
		if first == number {
			return name, sealed, nil
		}
		contents = rest
	}
}

// cutOwn puts change sets that follow each other in their lane into batches.
func cutOwn(c *conn, sets []ownSet) (out []store.OwnBatch, err error) {
	for len(sets) > 0 {
		n, size := 1, sets[0].size
		for n < len(sets) && n < record.MaxFrameSets && size+sets[n].size <= plainPerBatch && follows(sets[n-1], sets[n]) {
			size += sets[n].size
			n++
		}
		b, err := batchOf(c, sets[:n])
		if err != nil {
			return nil, err
		}
		out = append(out, store.OwnBatch{Batch: b, Version: sets[n-1].version})
		sets = sets[n:]
	}
	return out, nil
}

func follows(a, b ownSet) bool { return a.lid == b.lid && b.set.Link.Number == a.set.Link.Number+1 }

func batchOf(c *conn, sets []ownSet) (*wire.Batch, error) {
	link := sets[0].set.Link
	before, err := chainAt(c, sets[0].lid, wire.LaneStart(link.Lane), link.Number-1)
	if err != nil {
		return nil, err
	}
	var list []record.ChangeSet
	var salts [][16]byte
	for _, o := range sets {
		list, salts = append(list, *o.set), append(salts, o.salt)
	}
	return wire.NewSalted(link.Lane, link.Number, before, salts, list)
}
