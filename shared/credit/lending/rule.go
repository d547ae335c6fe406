// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"context"
	"fmt"
	"slices"

	"yuexin/shared/credit/consent"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Reader reads records inside the transaction that would apply a change set. It is declared here because the rule needs
// no more of a store.
type Reader interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Refusal is why a change set is not applied, and the record it is about.
type Refusal struct {
	Fault  *fault.Error
	Record record.Header
}

// Rule judges a change set of an author with role, inside the committing transaction and after the access table and the
// catalogue were asked. It returns nil, nil for what it has nothing against, which includes change sets without demands.
//
// A demand is registered together with the consent it names, which the same person gives to the same bank for this
// purpose, and with exactly one first move. Moves must be in the table for the role they name, which
// is the author's, with what the table asks of them. Decisions must also start from the present state (fault.Stale
// otherwise); other moves may be late. The error is one of reading, not of the change set.
func (p *Policy) Rule(ctx context.Context, read Reader, role record.Role, cs *record.ChangeSet) (*Refusal, error) {
	j := judge{policy: p, read: read, role: role, moved: make(map[ident.Record]bool)}
	for i := range cs.Writes {
		switch w := &cs.Writes[i]; {
		case w.Op != record.Create:
		case w.Header.Kind == KindDemand:
			j.made = append(j.made, w.Header)
		case w.Header.Kind == consent.Kind:
			j.given = append(j.given, consent.Of(rowOf(w)))
		}
	}
	for i := range cs.Writes {
		w := &cs.Writes[i]
		f, err := j.write(ctx, w)
		if err != nil {
			return nil, fmt.Errorf("judge a demand: %w", err)
		}
		if f != nil {
			return &Refusal{Fault: f, Record: w.Header}, nil
		}
	}
	for _, h := range j.made {
		if !j.moved[h.ID] {
			return &Refusal{Fault: fault.New(fault.Invalid, "demand.move.start"), Record: h}, nil
		}
	}
	return nil, nil
}

type judge struct {
	policy *Policy
	read   Reader
	role   record.Role
	made   []record.Header       // demands that the change set registers
	given  []consent.Consent     // consents that it records
	moved  map[ident.Record]bool // demands that it moves
}

func (j *judge) write(ctx context.Context, w *record.Write) (*fault.Error, error) {
	switch {
	case w.Op == record.Discard:
		return nil, nil
	case w.Header.Kind == KindDemand:
		return j.demand(w), nil
	case w.Header.Kind == KindMove:
		return j.move(ctx, w)
	}
	return nil, nil
}

// proving is the role of the residents' page, which alone sees how somebody proves who they are.
const proving record.Role = "resident"

// demand checks what is registered, and that nothing fixed is edited.
func (j *judge) demand(w *record.Write) *fault.Error {
	if w.Op == record.Create {
		d := FromFields(w.Fields)
		d.Header = w.Header
		if d.Proof != "" && j.role != proving {
			return fault.New(fault.NotAllowed, "demand.proof").WithField("proof")
		}
		if err := j.policy.Check(d); err != nil {
			return fault.All(err)[0]
		}
		return j.consented(d)
	}
	for _, f := range fixed {
		if _, touched := w.Fields[f]; touched {
			return fault.New(fault.NotAllowed, "demand.fixed").WithField(string(f))
		}
	}
	return nil
}

// consented checks that the consent of a demand is in the same act and is one to this demand.
func (j *judge) consented(d Demand) *fault.Error {
	i := slices.IndexFunc(j.given, func(c consent.Consent) bool { return c.Header.ID == d.Consent })
	if i < 0 {
		return fault.New(fault.Invalid, "demand.consent.missing").WithField("consent")
	}
	c := j.given[i]
	if c.Purpose != Purpose || c.Recipient != d.Recipient || c.Header.Subject != d.Header.Subject || c.Header.Scope != d.Header.Scope {
		return fault.New(fault.Invalid, "demand.consent.other").WithField("consent")
	}
	return nil
}

func (j *judge) move(ctx context.Context, w *record.Write) (*fault.Error, error) {
	m := MoveOf(rowOf(w))
	key, _ := j.policy.Sentence(m.To)
	switch {
	case j.moved[m.Demand]:
		return fault.New(fault.Invalid, "demand.move.illegal").With("from", string(m.From)).With("to", string(m.To)), nil
	case m.Role != j.role, m.Policy == j.policy.version && m.Sentence != key:
		return fault.New(fault.NotAllowed, "demand.move.forged").WithField("role"), nil
	}
	j.moved[m.Demand] = true
	if f := j.policy.legal(m); f != nil {
		return f, nil
	}
	made := slices.ContainsFunc(j.made, func(h record.Header) bool { return h.ID == m.Demand && h.Scope == m.Header.Scope })
	if made != (m.From == "") {
		return fault.New(fault.Invalid, "demand.move.start"), nil
	}
	if made {
		return nil, nil
	}
	return j.standing(ctx, m)
}

// standing compares a later move with the demand it belongs to.
func (j *judge) standing(ctx context.Context, m Move) (*fault.Error, error) {
	row, err := j.read.Get(ctx, m.Demand)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return nil, err
	}
	if err != nil || row.Header.Kind != KindDemand || row.Header.Scope != m.Header.Scope {
		return fault.New(fault.NotFound, "demand.move.missing").WithField("demand"), nil
	}
	if def, _ := j.policy.move(m.From, m.To); !def.Decision {
		return nil, nil
	}
	moves, err := Moves(ctx, j.read, row.Header)
	if err != nil {
		return nil, err
	}
	return fits(m, j.policy.Fold(moves)), nil
}

// Moves reads all moves of a demand, oldest first.
func Moves(ctx context.Context, read Reader, demand record.Header) ([]record.Row, error) {
	q := record.Query{
		Kind: KindMove, Scope: demand.Scope,
		Where: []record.Term{{Field: "demand", Value: record.OfBytes(demand.ID.Bytes())}},
	}
	return record.All(ctx, read, q)
}

func rowOf(w *record.Write) record.Row {
	row := record.Row{Header: w.Header, Fields: make(map[record.Field]record.FieldState, len(w.Fields))}
	for f, v := range w.Fields {
		row.Fields[f] = record.FieldState{Value: v}
	}
	return row
}
