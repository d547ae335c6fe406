// SPDX-License-Identifier: Apache-2.0

package audit

import (
	"fmt"
	"iter"
	"slices"
)

// Flaw is what is wrong with a log.
type Flaw string

// The flaws.
const (
	Changed   Flaw = "changed"   // the row is not what was written there
	Removed   Flaw = "removed"   // rows From to To are gone
	Inserted  Flaw = "inserted"  // the row was not written by the log's keeper
	Reordered Flaw = "reordered" // the row holds entry To
	Truncated Flaw = "truncated" // the log ends before From; it once went to To
	Rewritten Flaw = "rewritten" // From to To agree with each other, and not with a head that was signed
)

// Finding names a flaw and the rows it is in.
type Finding struct {
	Flaw     Flaw
	From, To uint64 // numbers; To is From where one row is meant
}

// String says it in plain words.
func (f Finding) String() string {
	switch f.Flaw {
	case Reordered:
		return fmt.Sprintf("entry %d was re-ordered: its place holds entry %d", f.From, f.To)
	case Rewritten:
		if f.From == f.To {
			return fmt.Sprintf("entry %d was written anew: it is not the one whose head was signed", f.From)
		}
		return fmt.Sprintf("entries %d to %d were written anew: they do not lead to the head that was signed", f.From, f.To)
	case Truncated:
		if f.From == f.To {
			return fmt.Sprintf("the end was cut off: entry %d is missing", f.From)
		}
		return fmt.Sprintf("the end was cut off: entries %d to %d are missing", f.From, f.To)
	}
	if f.To > f.From {
		return fmt.Sprintf("entries %d to %d were %s", f.From, f.To, f.Flaw)
	}
	return fmt.Sprintf("entry %d was %s", f.From, f.Flaw)
}

// Check is what a log is checked against.
type Check struct {
	From State  // where the rows begin
	Last uint64 // the number the log is said to end with
	// Proven judges the proof of a row by itself; nil where the key is not at hand.
	Proven func(Row) bool
	// Heads are the signed heads of this log that verified, in any order.
	Heads []Head
}

// Verify goes through the rows of a log in order of their numbers and returns what
// is wrong, the first row first, and the state they lead to. The error is the rows'
// own. It needs memory for what is wrong only.
func (l Log) Verify(c Check, rows iter.Seq2[Row, error]) ([]Finding, State, error) {
	v := &verifier{log: l, check: c, state: c.From, sure: true, good: c.From.Next - 1}
	v.check.Heads = slices.SortedFunc(slices.Values(c.Heads), func(a, b Head) int { return int(int64(a.Number - b.Number)) })
	for row, err := range rows {
		if err != nil {
			return nil, v.state, err
		}
		v.row(row)
	}
	v.end()
	return v.findings, v.state, nil
}

type verifier struct {
	log   Log
	check Check
	state State
	sure  bool   // state.Chain is the hash of a row that was found good
	good  uint64 // the last number up to which a signed head agrees

	displaced []Finding // places that hold another entry
	findings  []Finding
}

func (v *verifier) found(flaw Flaw, from, to uint64) {
	v.findings = append(v.findings, Finding{flaw, from, to})
}

func (v *verifier) row(r Row) {
	if r.Number > v.state.Next {
		v.found(Removed, v.state.Next, r.Number-1)
		v.state.Next, v.sure = r.Number, false
	}
	next := v.log.Follow(v.state, r.Body)
	linked := !v.sure || next.Chain == r.Hash
	v.sure = v.judge(r, linked)
	v.state = State{Next: r.Number + 1, Chain: r.Hash}
	v.heads(r)
}

// judge says whether the row is what was written in its place.
func (v *verifier) judge(r Row, linked bool) bool {
	e, err := Parse(r.Body)
	proven := v.check.Proven == nil || v.check.Proven(r)
	switch {
	case err == nil && e.Number != r.Number:
		v.displaced = append(v.displaced, Finding{Reordered, r.Number, e.Number})
	case !proven && r.Number > v.check.Last:
		v.found(Inserted, r.Number, r.Number)
	case err != nil, !proven, !linked:
		v.found(Changed, r.Number, r.Number)
	default:
		return true
	}
	return false
}

// heads compares a row with the heads that were signed at its number.
func (v *verifier) heads(r Row) {
	for len(v.check.Heads) > 0 && v.check.Heads[0].Number <= r.Number {
		h := v.check.Heads[0]
		v.check.Heads = v.check.Heads[1:]
		switch {
		case h.Number < r.Number: // its row is gone or lies before these rows
		case h.Hash == r.Hash:
			v.good = r.Number
		case len(v.findings)+len(v.displaced) == 0:
			v.found(Rewritten, min(v.good+1, r.Number), r.Number)
		}
	}
}

func (v *verifier) end() {
	v.settle()
	last := v.check.Last
	for _, h := range v.check.Heads {
		last = max(last, h.Number)
	}
	if last >= v.state.Next {
		v.found(Truncated, v.state.Next, last)
	}
	slices.SortStableFunc(v.findings, func(a, b Finding) int { return int(int64(a.From - b.From)) })
}

// settle says what brought entries into wrong places: places that only changed
// entries among themselves were re-ordered; otherwise everything behind a row that
// was removed or inserted has moved, and that row is what matters.
func (v *verifier) settle() {
	if len(v.displaced) == 0 {
		return
	}
	held := map[uint64]bool{}
	for _, d := range v.displaced {
		held[d.To] = true
	}
	first := v.displaced[0]
	switch {
	case !slices.ContainsFunc(v.displaced, func(d Finding) bool { return !held[d.From] }):
		v.findings = append(v.findings, v.displaced...)
	case first.To > first.From:
		v.found(Removed, first.From, first.To-1)
	default: // the entry that belongs where the foreign one stands comes later
		v.findings = slices.DeleteFunc(v.findings, func(f Finding) bool { return f.From >= first.To && f.From < first.From })
		v.found(Inserted, first.To, first.From-1)
	}
}
