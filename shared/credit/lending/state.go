// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"cmp"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/record"
)

// Step is a move in its place in the history.
type Step struct {
	Move
	// Counted says that the move changed the state. One that did not is shown as recorded (text key demand.recorded).
	Counted bool
}

// State is where a demand stands, as its moves tell.
type State struct {
	Status  Status
	Since   int64 // ms since 1970 UTC at which it was reached, by effective stamp
	Officer ident.Actor
	Bank    ident.Org

	Intended  money.Fen
	Credited  money.Fen
	Disbursed money.Fen

	Pending bool   // the server does not have the last counted move yet
	Steps   []Step // all moves, oldest first
}

// Last returns the step that led to the present state; false if there is none.
func (s State) Last() (Step, bool) {
	for _, step := range slices.Backward(s.Steps) {
		if step.Counted {
			return step, true
		}
	}
	return Step{}, false
}

// Began returns when the demand was registered, in ms since 1970 UTC: by the effective stamp of its first move like Since,
// or by its author's clock before there is one. Its id may be older, because a draft has one already.
func (s State) Began() int64 {
	if len(s.Steps) == 0 {
		return s.Since
	}
	return cmp.Or(s.Steps[0].Stamp.WallMS(), s.Steps[0].At)
}

// Fold computes the state of one demand from its move records. The result is the same for every order of the rows; see
// DESIGN.md for which moves count.
func (p *Policy) Fold(moves []record.Row) State {
	var s State
	for _, row := range moves {
		s.Steps = append(s.Steps, Step{Move: MoveOf(row)})
	}
	slices.SortFunc(s.Steps, func(a, b Step) int { return a.compare(b.Move) })
	for i := range s.Steps {
		p.step(&s, i)
	}
	return s
}

func (p *Policy) step(s *State, i int) {
	m := &s.Steps[i]
	if !p.counts(s.Status, m.Move) {
		return
	}
	if p.states[s.Status].Final { // only a binding move gets here: what ended the demand did not stand
		for j := i - 1; j >= 0; j-- {
			if s.Steps[j].Counted {
				s.Steps[j].Counted = false
				break
			}
		}
	}
	m.Counted = true
	s.Status, s.Since, s.Pending = m.To, m.Stamp.WallMS(), m.Pending
	if s.Since == 0 {
		s.Since = m.At
	}
	if !m.Officer.IsZero() {
		s.Officer, s.Bank = m.Officer, m.Bank
	}
	switch m.To {
	case Intent:
		s.Intended = m.Amount
	case Credited:
		s.Credited = m.Amount
	case Disbursed:
		s.Disbursed = m.Amount
	}
}

// counts says whether a move changes the state at.
func (p *Policy) counts(at Status, m Move) bool {
	if m.From == at {
		return true
	}
	here, there := p.states[at], p.states[m.To]
	if there.Binding {
		return !(here.Final && here.Binding)
	}
	def, ok := p.move(at, m.To)
	return ok && at != m.To && def.For(m.Role)
}

// Group sorts move records by the demand they belong to.
func Group(moves []record.Row) map[ident.Record][]record.Row {
	out := make(map[ident.Record][]record.Row)
	for _, row := range moves {
		var id ident.Record
		copy(id[:], row.Value("demand").Bytes())
		out[id] = append(out[id], row)
	}
	return out
}
