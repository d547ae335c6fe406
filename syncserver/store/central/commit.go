// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// Commit implements store.Sync.
func (s *Store) Commit(ctx context.Context, sub store.Submission) ([]record.Receipt, error) {
	b := sub.Batch
	if err := checkPlaces(b); err != nil {
		return nil, err
	}
	var refused error // a gap or a fork: decided, not failed
	whole := func(from, to int, last bool) *task {
		return &task{do: func(t *txn) (err error) {
			refused, err = t.takeBatch(sub, from, to, last)
			return err
		}}
	}
	t := whole(0, len(b.Sets), false)
	t.split = func() (pieces []*task) {
		for i := range b.Sets {
			piece := whole(i, i+1, false)
			piece.split = func() []*task { return []*task{whole(i, i+1, true)} }
			pieces = append(pieces, piece)
		}
		return pieces
	}
	if err := s.submit(ctx, t); err != nil {
		return nil, fmt.Errorf("commit batch: %w", err)
	}
	if refused != nil {
		return nil, refused
	}
	return s.Receipts(ctx, b.Lane, b.First, b.First+uint64(len(b.Sets))-1)
}

// checkPlaces checks that every change set stands where the batch says.
func checkPlaces(b *wire.Batch) error {
	for i := range b.Sets {
		if want := (record.Link{Lane: b.Lane, Number: b.First + uint64(i)}); b.Sets[i].Link != want {
			return fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("change set %d of the batch stands elsewhere", i))
		}
	}
	if len(b.Sets) == 0 || b.First == 0 {
		return fault.New(fault.Corrupt, "").WithCause(fmt.Errorf("batch without a change set or a number"))
	}
	return nil
}

// takeBatch takes Sets[from:to] of a batch. With last true they are
// quarantined unseen, because taking them failed.
func (t *txn) takeBatch(sub store.Submission, from, to int, last bool) (refused, err error) {
	b := sub.Batch
	sc, err := t.scope(b.Lane.Scope)
	if err != nil {
		return nil, err
	}
	ln, err := t.lane(sc, b.Lane.Incarnation, sub.Device)
	if err != nil {
		if fault.Is(err, fault.NotAllowed) {
			return err, nil
		}
		return nil, err
	}
	known, refused, err := t.continues(b, ln)
	if refused != nil || err != nil {
		return refused, err
	}
	in, commitments := newIntake(t, sc, ln), b.Commitments()
	authors := make(map[[2]ident.ID]author, 1) // most batches have one
	for i := max(from, known); i < to; i++ {
		cs := &b.Sets[i]
		by := func() (author, error) {
			key := [2]ident.ID{ident.ID(cs.Login), ident.ID(cs.Actor)}
			a, known := authors[key]
			if known {
				return a, nil
			}
			a, err := t.author(cs, sub.Device)
			authors[key] = a
			return a, err
		}
		a := arrival{
			cs: cs, commitment: commitments[i], salt: b.Salt(i),
			offset: sub.Offset, nowMS: sub.NowMS, unseen: last, carried: sub.Carried,
		}
		if err := in.take(a, by); err != nil {
			return nil, err
		}
	}
	return nil, in.finish()
}

// continues checks that the batch continues the lane and returns how many of
// its change sets the lane already has. A fork closes the lane.
func (t *txn) continues(b *wire.Batch, ln *lane) (known int, refused, err error) {
	if b.First > ln.Next {
		return 0, &store.GapError{Expect: ln.LaneState}, nil
	}
	known = int(min(ln.Next-b.First, uint64(len(b.Sets))))
	stored, err := chainAt(t.c, ln.lid, wire.LaneStart(b.Lane), b.First-1)
	if err != nil {
		return 0, nil, err
	}
	same := stored == b.Before
	if same && known > 0 {
		arrived := b.Before
		for i, c := range b.Commitments()[:known] {
			arrived = wire.Chain(arrived, b.First+uint64(i), c)
		}
		if stored, err = chainAt(t.c, ln.lid, stored, b.First+uint64(known)-1); err != nil {
			return 0, nil, err
		}
		same = stored == arrived
	}
	if !same {
		ln.Closed, ln.dirty = true, true
	}
	if !same || ln.Closed && known < len(b.Sets) {
		return 0, &store.ForkError{Last: ln.LaneState}, nil
	}
	return known, nil, nil
}

// arrival is a change set as it came.
type arrival struct {
	cs         *record.ChangeSet
	commitment wire.Digest
	salt       [16]byte
	offset     hlc.Offset
	nowMS      int64
	unseen     bool // do not apply: quarantine it
	carried    bool // neither; a person brought it
	own        bool // the server accepted it once, and lost it: see adopt.go
}

// intake takes consecutive change sets of a lane and writes their frame, their
// receipts and their places in the log.
type intake struct {
	t    *txn
	sc   *scope
	ln   *lane
	from store.LaneState
	list []record.Receipt
	runs []run

	commitments, contents []byte
}

func newIntake(t *txn, sc *scope, ln *lane) *intake {
	return &intake{t: t, sc: sc, ln: ln, from: ln.LaneState}
}

// take judges one change set and applies it or keeps it aside. It always takes
// the number; an error means that not even that could be written.
func (in *intake) take(a arrival, by func() (author, error)) error {
	stamp, _ := policy.Effective(a.cs, a.offset, in.ln.stamp, a.nowMS)
	receipt, err := in.decide(a, stamp, by)
	if err != nil {
		return err
	}
	if err := in.keep(a, receipt.Outcome); err != nil {
		return err
	}
	if err := in.nameBlobs(a.cs, receipt); err != nil {
		return err
	}
	in.list = append(in.list, receipt)
	in.ln.Chain = wire.Chain(in.ln.Chain, a.cs.Link.Number, a.commitment)
	in.ln.Next = a.cs.Link.Number + 1
	in.ln.stamp, in.ln.dirty = stamp, true
	return nil
}

// decide returns the receipt of a change set, having done what it says.
func (in *intake) decide(a arrival, stamp hlc.Stamp, by func() (author, error)) (record.Receipt, error) {
	if !a.unseen && !a.own {
		receipt, found, err := in.repeated(a.cs)
		if err != nil {
			return receipt, err
		}
		if found && receipt.Outcome == record.Quarantined {
			if err := in.noteReissue(a.cs); err != nil { // it may be let pass under either name
				return receipt, err
			}
		}
		if found && (receipt.Outcome == record.Rejected || receipt.Outcome == record.Quarantined) {
			return receipt, in.aside(a, receipt, stamp)
		}
		if found && receipt.Outcome.Applied() { // a correction settles what was refused in this lane as well
			if err := in.settle(a.cs); err != nil {
				return receipt, err
			}
		}
		if found {
			return receipt, in.noteRepeat(receipt)
		}
	}
	if err := in.noteReissue(a.cs); err != nil {
		return record.Receipt{}, err
	}
	tr := &trial{in: in, cs: a.cs, stamp: stamp, worst: record.Accepted}
	refusal, err := tr.decide(a, by)
	if err != nil {
		return record.Receipt{}, err
	}
	if refusal == nil {
		return record.Receipt{Link: a.cs.Link, Outcome: tr.worst, Fields: tr.outcomes, Version: in.accept(a, stamp)}, nil
	}
	receipt := tr.refused(refusal)
	return receipt, in.aside(a, receipt, stamp)
}

// accept gives the change set its version.
func (in *intake) accept(a arrival, stamp hlc.Stamp) record.Version {
	sc, v, n := in.sc, in.sc.next(), a.cs.Link.Number
	if last := len(in.runs) - 1; last >= 0 && in.runs[last].number+in.runs[last].count == n {
		in.runs[last].count++
	} else {
		in.runs = append(in.runs, run{version: v, count: 1, lid: in.ln.lid, number: n, before: sc.LogHash})
	}
	sc.LogHash = wire.LogHash(sc.LogHash, v, a.cs.Link, a.commitment)
	sc.Head, sc.Floor, sc.dirty = v, max(sc.Floor, stamp), true
	in.t.moved[sc.name] = struct{}{}
	return v
}

// aside notes a refused change set where later ones and people find it.
func (in *intake) aside(a arrival, r record.Receipt, stamp hlc.Stamp) error {
	cs, n := a.cs, a.cs.Link.Number
	if r.Outcome == record.Quarantined {
		_, err := in.t.c.Exec(`INSERT INTO quarantine (sid, lid, number, actor, device, act, reason, at, stamp) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
			in.sc.sid, in.ln.lid, int64(n), cs.Actor[:], in.ln.device[:], cs.Name, r.Reason, a.nowMS, int64(stamp))
		return err
	}
	root := n
	if r.Chained {
		root = r.First
	}
	for _, w := range cs.Writes {
		_, err := in.t.c.Exec(`INSERT INTO refused (lid, number, record, root) VALUES (?, ?, ?, ?) ON CONFLICT DO NOTHING`,
			in.ln.lid, int64(n), w.Header.ID[:], int64(root))
		if err != nil {
			return err
		}
	}
	in.ln.refused = true
	return nil
}

// finish writes what take gathered.
func (in *intake) finish() error {
	if len(in.list) == 0 {
		return nil
	}
	c, lid := in.t.c, in.ln.lid
	_, err := c.Exec(`INSERT INTO frame (lid, first, count, before, commitments, contents) VALUES (?, ?, ?, ?, ?, ?)`,
		lid, int64(in.from.Next), int64(len(in.list)), in.from.Chain[:], in.commitments, in.contents)
	if err != nil {
		return fmt.Errorf("save frame: %w", err)
	}
	if err := in.saveLog(); err != nil {
		return err
	}
	return saveReceipts(c, lid, in.list)
}

func (in *intake) saveLog() error {
	for _, r := range in.runs {
		_, err := in.t.c.Exec(`INSERT INTO log (sid, version, count, lid, number, before) VALUES (?, ?, ?, ?, ?, ?)`,
			in.sc.sid, int64(r.version), int64(r.count), in.ln.lid, int64(r.number), r.before[:])
		if err != nil {
			return fmt.Errorf("save log: %w", err)
		}
	}
	return nil
}

// author is who stands behind a change set, as the store knows them.
type author struct {
	login store.Login
	known bool // the login exists, for this actor and device
	off   bool // the login, the actor or the device is switched off
}

// author looks up the login that a change set names.
func (t *txn) author(cs *record.ChangeSet, device ident.Device) (a author, err error) {
	a.login, err = findLogin(t.c, cs.Login)
	if fault.Is(err, fault.NotFound) {
		return author{}, nil
	}
	if err != nil {
		return a, err
	}
	a.known = a.login.Actor == cs.Actor && a.login.Device == device
	a.off, err = switchedOff(t.c, a.login)
	return a, err
}
