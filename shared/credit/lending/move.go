// SPDX-License-Identifier: Apache-2.0

package lending

import (
	"bytes"
	"cmp"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/money"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Move is one step of a demand as somebody recorded it. It never changes.
type Move struct {
	Header record.Header

	Demand   ident.Record
	From     Status // as its author saw it; "" for the registration
	To       Status
	At       int64 // ms since 1970 UTC, by the author's clock
	Role     record.Role
	Policy   uint32 // edition of the rules it was made under
	Sentence string // text key of what the applicant is told
	Officer  ident.Actor
	Bank     ident.Org
	Reason   string
	Amount   money.Fen
	Sample   bool

	// Where it stands, from the record's provenance.
	By      ident.Actor
	Stamp   hlc.Stamp // effective
	Pending bool      // the server does not have it yet
	lane    ident.Incarnation
	number  uint64
}

// MoveOf reads a move.
func MoveOf(row record.Row) Move {
	origin := row.Fields["to"]
	m := Move{
		Header:   row.Header,
		From:     Status(row.Text("from")),
		To:       Status(row.Text("to")),
		At:       row.Int("at"),
		Role:     record.Role(row.Text("role")),
		Policy:   uint32(row.Int("policy")),
		Sentence: row.Text("sentence"),
		Reason:   row.Text("reason"),
		Amount:   money.Fen(row.Int("amount")),
		Sample:   row.Bool("sample"),
		By:       origin.Winner.Actor,
		Stamp:    origin.Winner.Stamp,
		Pending:  origin.Pending,
		lane:     origin.Winner.Lane,
		number:   origin.Winner.Number,
	}
	copy(m.Demand[:], row.Value("demand").Bytes())
	copy(m.Officer[:], row.Value("officer").Bytes())
	copy(m.Bank[:], row.Value("bank").Bytes())
	return m
}

// write returns the write that makes the move's record.
func (m Move) write() record.Write {
	fields := map[record.Field]record.Value{
		"demand":   record.OfBytes(m.Demand.Bytes()),
		"to":       record.OfText(string(m.To)),
		"at":       record.OfInt(m.At),
		"role":     record.OfText(string(m.Role)),
		"policy":   record.OfInt(int64(m.Policy)),
		"sentence": record.OfText(m.Sentence),
	}
	if m.From != "" {
		fields["from"] = record.OfText(string(m.From))
	}
	if !m.Officer.IsZero() {
		fields["officer"] = record.OfBytes(m.Officer.Bytes())
	}
	if !m.Bank.IsZero() {
		fields["bank"] = record.OfBytes(m.Bank.Bytes())
	}
	if m.Reason != "" {
		fields["reason"] = record.OfText(m.Reason)
	}
	if m.Amount != 0 {
		fields["amount"] = record.OfInt(int64(m.Amount))
	}
	if m.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: m.Header, Fields: fields}
}

// compare is the total order of moves: effective stamp, then lane, number and id. Moves that only this device has come
// after what it has seen, since its stamps do.
func (m Move) compare(o Move) int {
	return cmp.Or(
		cmp.Compare(m.Stamp, o.Stamp),
		bytes.Compare(m.lane[:], o.lane[:]),
		cmp.Compare(m.number, o.number),
		m.Header.ID.Compare(o.Header.ID),
	)
}

// legal returns nil, or why the policy does not know this move for its role with these contents. It does not look at
// where the demand stands.
func (p *Policy) legal(m Move) *fault.Error {
	def, ok := p.move(m.From, m.To)
	switch {
	case !ok:
		return fault.New(fault.Invalid, "demand.move.illegal").WithField("to").
			With("from", string(m.From)).With("to", string(m.To))
	case !def.For(m.Role):
		return fault.New(fault.NotAllowed, "demand.move.role").WithField("to").With("to", string(m.To))
	case def.Reason && strings.TrimSpace(m.Reason) == "":
		return fault.New(fault.Invalid, "demand.move.reason").WithField("reason")
	case def.Amount && m.Amount <= 0:
		return fault.New(fault.Invalid, "demand.move.amount").WithField("amount")
	case !def.Amount && m.Amount != 0:
		return fault.New(fault.Invalid, "demand.move.amount_extra").WithField("amount")
	case def.Assign && (m.Officer.IsZero() || m.Bank.IsZero()):
		return fault.New(fault.Invalid, "demand.move.assign").WithField("officer")
	}
	return nil
}

// fits returns nil, or why m does not follow from the present state. Only decisions and screens ask for that.
func fits(m Move, s State) *fault.Error {
	switch {
	case m.From != s.Status:
		return fault.New(fault.Stale, "demand.move.stale").WithField("from").With("state", string(s.Status))
	case m.To == Disbursed && m.Amount > s.Credited:
		return fault.New(fault.Invalid, "demand.move.over").WithField("amount")
	}
	return nil
}
