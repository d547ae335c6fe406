// SPDX-License-Identifier: Apache-2.0

package central

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// laneRow is a lane with its names, for reports.
type laneRow struct {
	lid  int64
	sid  int64
	name record.Lane
	lane

	receipts []receiptRow
	rejected map[uint64][]ident.Record // what each rejected change set speaks of
	replaced map[uint64]uint64         // by number: the accepted change set that replaces it or gives it up
}

// receiptRow is a row of table receipt.
type receiptRow struct {
	first, count uint64
	outcome      record.Outcome
	version      record.Version
	detail       detail
}

func (l *laneRow) where() string {
	return string(l.name.Scope) + " " + l.name.Incarnation.String()
}

// receipt returns the receipt of a number; one without outcome if there is none.
func (l *laneRow) receipt(number uint64) (r receiptRow) {
	i, found := slices.BinarySearchFunc(l.receipts, number, func(r receiptRow, n uint64) int {
		switch {
		case r.first+r.count <= n:
			return -1
		case r.first > n:
			return 1
		}
		return 0
	})
	if !found {
		return receiptRow{}
	}
	r = l.receipts[i]
	if r.outcome.Applied() {
		r.version += record.Version(number - r.first)
	}
	return r
}

func (v *verifier) lanes(sc *scope) error {
	var all []*laneRow
	err := v.c.query(func(r row) error {
		l := &laneRow{
			lid: r.int(0), sid: sc.sid, name: record.Lane{Incarnation: r.id(1), Scope: sc.name},
			rejected: map[uint64][]ident.Record{}, replaced: map[uint64]uint64{},
		}
		l.Next, l.Chain = r.uint(2), r.hash(3)
		all = append(all, l)
		return nil
	}, `SELECT lid, incarnation, next, chain FROM lane WHERE sid = ? ORDER BY lid`, sc.sid)
	if err != nil {
		return err
	}
	for _, l := range all {
		for _, step := range []func(*laneRow) error{v.receipts, v.lane, v.refused, v.quarantine, v.decisions} {
			if err := step(l); err != nil {
				return err
			}
		}
	}
	return nil
}

// lane recomputes the chain of a lane from its frames and opens what they
// hold.
func (v *verifier) lane(l *laneRow) error {
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
func (v *verifier) content(l *laneRow, number uint64, commitment wire.Digest, contents []byte) []byte {
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
	default:
		v.arrived(l, cs)
		return rest
	}
	v.written.lost[writing{l.name.Incarnation, number}] = true
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
	plain, err := s.openPart(name, sealed, lid, number)
	if err != nil {
		return nil, [16]byte{}, err
	}
	if len(plain) < 16 {
		return nil, [16]byte{}, fmt.Errorf("content without salt")
	}
	cs, err := wire.ParseChangeSet(plain[16:])
	return cs, [16]byte(plain), err
}

// arrived notes what a change set wrote, or why it did not.
func (v *verifier) arrived(l *laneRow, cs *record.ChangeSet) {
	switch r := l.receipt(cs.Link.Number); {
	case r.outcome.Applied():
		v.written.add(cs, r.version)
		if cs.Replaces != 0 {
			l.replaced[cs.Replaces] = max(l.replaced[cs.Replaces], cs.Link.Number)
		}
	case r.outcome == record.Rejected:
		about := []ident.Record{}
		for _, w := range cs.Writes {
			if !slices.Contains(about, w.Header.ID) {
				about = append(about, w.Header.ID)
			}
		}
		l.rejected[cs.Link.Number] = about
	}
}

// receipts checks that the receipts of a lane cover its numbers once each.
func (v *verifier) receipts(l *laneRow) error {
	next := uint64(1)
	err := v.c.query(func(r row) error {
		one := receiptRow{first: r.uint(0), count: r.uint(1), outcome: record.Outcome(r.int(2)), version: record.Version(r.uint(3))}
		if one.first != next {
			v.breach("receipt", l.where(), "receipts jump from number %d to %d", next-1, one.first)
		}
		next = one.first + one.count
		if one.outcome.Applied() != (one.version != 0) || one.outcome == record.Pending || one.count > 1 && one.outcome != record.Accepted {
			v.breach("receipt", l.where(), "receipt of number %d contradicts itself", one.first)
		}
		if text := r.text(4); text != "" {
			if err := json.Unmarshal([]byte(text), &one.detail); err != nil {
				v.breach("receipt", l.where(), "receipt of number %d cannot be read: %v", one.first, err)
			}
		}
		l.receipts = append(l.receipts, one)
		return nil
	}, `SELECT first, count, outcome, version, detail FROM receipt WHERE lid = ? ORDER BY first`, l.lid)
	if next != l.Next {
		v.breach("receipt", l.where(), "the lane stands at number %d, its receipts at %d", l.Next-1, next-1)
	}
	return err
}

// refusal is a row of table refused.
type refusal struct {
	number uint64
	record ident.Record
}

// refused checks that what was rejected and not settled since stands in table
// refused, and nothing else does.
func (v *verifier) refused(l *laneRow) error {
	want := make(map[refusal]uint64)
	for number, about := range l.rejected {
		r := l.receipt(number)
		root := number
		if r.detail.Chained {
			root = r.detail.First
		}
		if l.replaced[number] > number || l.replaced[root] > number {
			continue // settled
		}
		for _, id := range about {
			want[refusal{number, id}] = root
		}
	}
	err := v.c.query(func(r row) error {
		one := refusal{r.uint(0), r.id(1)}
		if root, expected := want[one]; !expected || root != r.uint(2) {
			v.breach("aside", l.where(), "number %d is noted as refused, and its receipt says otherwise", one.number)
		}
		delete(want, one)
		return nil
	}, `SELECT number, record, root FROM refused WHERE lid = ? ORDER BY number`, l.lid)
	for one := range want {
		v.breach("aside", l.where(), "number %d was rejected, and is not noted as refused", one.number)
	}
	return err
}

// quarantine checks that what was quarantined is kept for an administrator,
// and nothing else is.
func (v *verifier) quarantine(l *laneRow) error {
	want := make(map[uint64]string)
	for _, r := range l.receipts {
		if r.outcome == record.Quarantined {
			want[r.first] = r.detail.Reason
		}
	}
	err := v.c.query(func(r row) error {
		number := r.uint(0)
		if reason, expected := want[number]; !expected || reason != r.text(1) {
			v.breach("aside", l.where(), "number %d is kept for an administrator, and its receipt says otherwise", number)
		}
		delete(want, number)
		return nil
	}, `SELECT number, reason FROM quarantine WHERE sid = ? AND lid = ? ORDER BY number`, l.sid, l.lid)
	for number := range want {
		v.breach("aside", l.where(), "number %d was quarantined, and is not kept for an administrator", number)
	}
	return err
}

// decisions checks that the receipts of decisions about what was quarantined are
// those that say so.
func (v *verifier) decisions(l *laneRow) error {
	want := make(map[uint64]bool)
	for _, r := range l.receipts {
		if r.detail.Decided {
			want[r.first] = true
		}
	}
	err := v.c.query(func(r row) error {
		number := r.uint(0)
		if !want[number] {
			v.breach("aside", l.where(), "number %d was decided, and its receipt says otherwise", number)
		}
		delete(want, number)
		return nil
	}, `SELECT number FROM decision WHERE sid = ? AND lid = ? ORDER BY number`, l.sid, l.lid)
	for number := range want {
		v.breach("aside", l.where(), "the receipt of number %d is a decision that nobody took", number)
	}
	return err
}
