// SPDX-License-Identifier: Apache-2.0

package sqlite

import (
	"bytes"
	"context"
	"encoding/binary"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Verify implements store.Store. The rules it names: "file" (the database
// file itself), "chain", "content", "receipt", "log", "record", "history",
// "index", "digest".
func (s *Store) Verify(ctx context.Context, report func(store.Breach)) error {
	return s.pool.read(ctx, func(c *conn) error {
		v := &verifier{ctx: ctx, s: s, c: c, report: report}
		for _, step := range []func() error{v.file, v.lanes, v.scopes} {
			if err := step(); err != nil {
				return fmt.Errorf("verify store: %w", err)
			}
		}
		return nil
	})
}

// verifier checks one state of the store. It returns errors only for what it
// could not look at; what is wrong it reports.
type verifier struct {
	ctx    context.Context
	s      *Store
	c      *conn
	report func(store.Breach)
}

func (v *verifier) breach(rule, where, format string, args ...any) {
	v.report(store.Breach{Rule: rule, Where: where, What: fmt.Sprintf(format, args...)})
}

func (v *verifier) file() error {
	err := v.c.query(func(r row) error {
		if text := r.text(0); text != "ok" {
			v.breach("file", DataFile, "%s", text)
		}
		return nil
	}, `PRAGMA integrity_check(20)`)
	if err != nil {
		return err
	}
	return v.c.query(func(r row) error {
		v.breach("file", DataFile, "a row of table %s refers to a missing row of table %s", r.text(0), r.text(2))
		return nil
	}, `PRAGMA foreign_key_check`)
}

// laneRow is a lane with its names, for reports.
type laneRow struct {
	lid  int64
	sid  int64
	name record.Lane
	lane
}

func (l laneRow) where() string {
	return string(l.name.Scope) + " " + l.name.Incarnation.String()
}

func (v *verifier) lanes() error {
	var all []laneRow
	err := v.c.query(func(r row) error {
		l := laneRow{lid: r.int(0), sid: r.int(1), name: record.Lane{Incarnation: r.id(2), Scope: ident.Scope(r.text(3))}}
		l.Next, l.Chain = r.uint(4), r.hash(5)
		all = append(all, l)
		return nil
	}, `SELECT lid, lane.sid, incarnation, name, next, chain FROM lane JOIN scope ON scope.sid = lane.sid ORDER BY lid`)
	if err != nil {
		return err
	}
	for _, l := range all {
		if err := v.lane(l); err != nil {
			return err
		}
		if err := v.receipts(l); err != nil {
			return err
		}
	}
	return nil
}

// lane recomputes the chain of a lane from its frames and opens what they
// hold.
func (v *verifier) lane(l laneRow) error {
	next, chain := uint64(1), wire.LaneStart(l.name)
	err := v.c.query(func(r row) error {
		first, count, sums := r.uint(0), r.uint(1), r.blob(3)
		if first != next || uint64(len(sums)) != 32*count {
			v.breach("chain", l.where(), "frame at number %d does not follow number %d", first, next-1)
		}
		if !bytes.Equal(r.blob(2), chain[:]) {
			v.breach("chain", l.where(), "digest before number %d is not that of the frames before it", first)
		}
		contents := r.blob(4)
		for ; len(sums) >= 32; sums = sums[32:] {
			commitment := wire.Digest(sums[:32])
			contents = v.content(l, first, commitment, contents)
			chain = wire.Chain(chain, first, commitment)
			first++
		}
		next = first
		return v.ctx.Err()
	}, `SELECT first, count, before, commitments, contents FROM frame WHERE lid = ? ORDER BY first`, l.lid)
	if next != l.Next || chain != l.Chain {
		v.breach("chain", l.where(), "the lane stands at number %d, its frames at %d or another digest", l.Next-1, next-1)
	}
	return err
}

// content opens the next change set of a frame, compares it with its
// commitment, and returns what follows it.
func (v *verifier) content(l laneRow, number uint64, commitment wire.Digest, contents []byte) []byte {
	name, sealed, rest, ok := cutContent(contents)
	if !ok {
		v.breach("content", l.where(), "number %d is missing in its frame", number)
		return nil
	}
	cs, salt, err := v.s.openContent(name, sealed, l.lid, number)
	switch {
	case fault.Is(err, fault.Gone): // erased: what is left proves the chain
	case err != nil:
		v.breach("content", l.where(), "number %d cannot be opened: %v", number, err)
	case wire.Commitment(salt, wire.AppendChangeSet(nil, cs)) != commitment:
		v.breach("content", l.where(), "number %d is not what was committed to", number)
	case cs.Link != (record.Link{Lane: l.name, Number: number}):
		v.breach("content", l.where(), "number %d belongs elsewhere", number)
	}
	return rest
}

// cutContent takes one change set off the contents of a frame, as
// intake.keep put it there.
func cutContent(b []byte) (name string, sealed, rest []byte, ok bool) {
	if len(b) < 5 {
		return "", nil, nil, false
	}
	size, b := binary.BigEndian.Uint32(b), b[4:]
	if uint64(size) > uint64(len(b)) || int(b[0])+1 > int(size) {
		return "", nil, nil, false
	}
	one, rest := b[:size], b[size:]
	return string(one[1 : 1+one[0]]), one[1+one[0]:], rest, true
}

// openContent opens a stored change set and its salt; fault.Gone if a subject of
// it was erased.
func (s *Store) openContent(name string, sealed []byte, lid int64, number uint64) (*record.ChangeSet, [16]byte, error) {
	if name == "" {
		return s.joinParts(sealed, lid, number)
	}
	key, err := s.vault.sealer(name)
	if err != nil {
		return nil, [16]byte{}, err
	}
	plain, err := key.Open(nil, sealed, contentContext(lid, number))
	if err != nil {
		return nil, [16]byte{}, err
	}
	if len(plain) < 16 {
		return nil, [16]byte{}, fmt.Errorf("content without salt")
	}
	cs, err := wire.ParseChangeSet(plain[16:])
	return cs, [16]byte(plain), err
}

// receipts checks that the receipts of a lane cover its numbers once each.
func (v *verifier) receipts(l laneRow) error {
	next := uint64(1)
	err := v.c.query(func(r row) error {
		first, count := r.uint(0), r.uint(1)
		if first != next {
			v.breach("receipt", l.where(), "receipts jump from number %d to %d", next-1, first)
		}
		next = first + count
		outcome := record.Outcome(r.int(2))
		if outcome.Applied() != (r.int(3) != 0) || outcome == record.Pending || count > 1 && outcome != record.Accepted {
			v.breach("receipt", l.where(), "receipt of number %d contradicts itself", first)
		}
		return nil
	}, `SELECT first, count, outcome, version FROM receipt WHERE lid = ? ORDER BY first`, l.lid)
	if next != l.Next {
		v.breach("receipt", l.where(), "the lane stands at number %d, its receipts at %d", l.Next-1, next-1)
	}
	return err
}

func (v *verifier) scopes() error {
	var all []*scope
	err := v.c.query(func(r row) error {
		all = append(all, scanScope(r))
		return nil
	}, scopeColumns+` ORDER BY sid`)
	if err != nil {
		return err
	}
	for _, sc := range all {
		for _, step := range []func(*scope) error{v.log, v.records, v.history} {
			if err := step(sc); err != nil {
				return err
			}
		}
	}
	return nil
}

// log recomputes the hash of a scope's log and compares each entry with its
// receipt.
func (v *verifier) log(sc *scope) error {
	var runs []run
	err := v.c.query(func(r row) error {
		runs = append(runs, scanRun(r))
		return nil
	}, `SELECT version, count, lid, number, before FROM log WHERE sid = ? ORDER BY version`, sc.sid)
	if err != nil {
		return err
	}
	head, hash := record.Version(0), wire.Digest{}
	for _, r := range runs {
		if r.version.Seq() != head.Seq()+1 || r.version <= head || r.before != hash {
			v.breach("log", string(sc.name), "version %s does not follow %s", r.version, head)
		}
		inc, err := incarnation(v.c, r.lid)
		if err != nil {
			return err
		}
		l := record.Lane{Incarnation: inc, Scope: sc.name}
		err = commitments(v.c, r.lid, r.number, r.number+r.count-1, func(n uint64, commitment wire.Digest) {
			head = r.version + record.Version(n-r.number)
			hash = wire.LogHash(hash, head, record.Link{Lane: l, Number: n}, commitment)
		})
		if err != nil {
			v.breach("log", string(sc.name), "version %s: %v", r.version, err)
		}
		list, err := receipts(v.c, l, r.lid, r.number, r.number+r.count-1)
		if err != nil {
			return err
		}
		for i, one := range list {
			if want := r.version + record.Version(i); one.Version != want {
				v.breach("log", string(sc.name), "version %s has a receipt for %s", want, one.Version)
			}
		}
	}
	if head != sc.Head || hash != sc.LogHash {
		v.breach("log", string(sc.name), "the scope stands at %s, its log at %s or another hash", sc.Head, head)
	}
	return nil
}
