// SPDX-License-Identifier: Apache-2.0

package model

import (
	"bytes"
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
)

// Decide settles the first quarantined change set of a device, if there is one: it
// is judged as if it arrived now, or refused. It reports whether there was one.
func (c *Central) Decide(device ident.Device, pass bool) bool {
	l, n := c.kept(device)
	if l == nil || c.full {
		return false
	}
	cs := l.sets[n-1]
	receipt := record.Receipt{Link: cs.Link}
	if pass {
		receipt = c.pass(device, l, cs)
	} else {
		receipt.Outcome, receipt.Reason = record.Rejected, "sync.reject.quarantine"
	}
	receipt.Decided = true
	l.aside(receipt)
	l.receipts[n-1] = receipt
	delete(l.stamps, n)
	return true
}

func (c *Central) pass(device ident.Device, l *lane, cs *record.ChangeSet) record.Receipt {
	if receipt, known := c.takenElsewhere(device, cs); known {
		if receipt.Version != 0 {
			l.repeats = append(l.repeats, repeat{cs.Link.Number, receipt.Version})
		}
		return receipt
	}
	receipt := record.Receipt{Link: cs.Link}
	if c.judgeAct(l, cs, &receipt); receipt.Outcome != record.Pending {
		return receipt
	}
	n := cs.Link.Number
	a := c.apply(device, l, cs, l.stamps[n], nil)
	c.logIt(a, wire.Commitment(wire.Salt(seed(cs.Link.Lane), n), wire.AppendChangeSet(nil, cs)))
	l.passed = append(l.passed, n)
	return a.receipt
}

// takenElsewhere returns the receipt of the same act in another lane, where it was
// issued again and applied or refused.
func (c *Central) takenElsewhere(device ident.Device, cs *record.ChangeSet) (record.Receipt, bool) {
	for _, id := range c.laneNames() {
		l := c.lanes[id]
		for i, other := range l.sets {
			r := l.receipts[i]
			if l.device != device || other.Link == cs.Link || contentOf(other) != contentOf(cs) {
				continue
			}
			if r.Outcome.Applied() || r.Outcome == record.Rejected {
				r.Link, r.Chained, r.First = cs.Link, false, 0
				return r, true
			}
		}
	}
	return record.Receipt{}, false
}

// kept returns the first quarantined change set of a device, nil if there is none.
func (c *Central) kept(device ident.Device) (*lane, uint64) {
	for _, id := range c.laneNames() {
		l := c.lanes[id]
		for i, r := range l.receipts {
			if l.device == device && r.Outcome == record.Quarantined {
				return l, uint64(i) + 1
			}
		}
	}
	return nil, 0
}

func (c *Central) laneNames() []record.Lane {
	return slices.SortedFunc(maps.Keys(c.lanes), func(a, b record.Lane) int {
		return bytes.Compare(append(a.Incarnation.Bytes(), a.Scope...), append(b.Incarnation.Bytes(), b.Scope...))
	})
}
