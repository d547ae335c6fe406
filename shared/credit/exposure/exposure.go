// SPDX-License-Identifier: Apache-2.0

// Package exposure keeps what is lent to one household, by all banks together, within what the household's score allows.
//
// A bank's officer asks for an amount, online or offline for days: the ask is a record of its own and promises nothing. The
// server's desk answers it by a grant: what of the limit was free is then reserved, or the grant is refused and names the one
// that took the room, so that both officers are told. What is reserved is the sum of the grants, never a field; a grant that is
// given back is another grant with its amount below zero. The rule runs in the transaction that commits a grant, so
// that of two that would pass the limit together one is refused, whatever their order.
package exposure

import (
	"context"
	"strconv"
	"strings"
	"unicode/utf8"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds of records.
const (
	KindAsk   record.Kind = "grant_ask"
	KindGrant record.Kind = "grant"
)

// Household is the kind of whom both are about.
const Household record.Kind = "household"

// Ask is what an officer asks for.
type Ask struct {
	Header    record.Header // Subject is the household's
	Household ident.Record
	Bank      ident.Org
	Amount    int64  // fen, above zero
	Reason    string // why to decide on what is in dispute; "" for nothing in dispute
	AtMS      int64  // ms since 1970 UTC
	Sample    bool
}

// AskOf reads an ask.
func AskOf(row record.Row) Ask {
	a := Ask{Header: row.Header, Amount: row.Int("amount"), Reason: row.Text("reason"), AtMS: row.Int("at"), Sample: row.Bool("sample")}
	copy(a.Household[:], row.Value("household").Bytes())
	copy(a.Bank[:], row.Value("bank").Bytes())
	return a
}

// Create returns the write that makes the ask under a.Header. Fault: Invalid "exposure.amount".
func (a Ask) Create() (record.Write, error) {
	if a.Amount <= 0 {
		return record.Write{}, fault.New(fault.Invalid, "exposure.amount").WithField("amount")
	}
	a.Header.Kind = KindAsk
	fields := map[record.Field]record.Value{
		"household": record.OfBytes(a.Household.Bytes()), "bank": record.OfBytes(a.Bank[:]), "amount": record.OfInt(a.Amount), "at": record.OfInt(a.AtMS),
	}
	if a.Reason != "" {
		fields["reason"] = record.OfText(a.Reason)
	}
	if a.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: a.Header, Fields: fields}, nil
}

// State is what became of an ask; codes of the catalogue.
type State string

// The states.
const (
	Granted  State = "granted"
	Refused  State = "refused"
	Released State = "released" // the amount of a grant is free again
)

// Grant is the desk's answer to an ask. It is never changed.
type Grant struct {
	Header    record.Header
	Ask       ident.Record
	Household ident.Record
	Bank      ident.Org
	State     State
	Amount    int64        // fen: what is reserved from here on; 0 for Refused, below zero for Released
	Limit     int64        // fen: what the score allowed
	Before    int64        // fen: what was reserved already
	Why       string       // a key of texts, for Refused
	Reason    string       // in somebody's own words, for Released
	Against   ident.Record // the grant that took the room; zero for none
	AtMS      int64
	Day       string         // the policy date of the score
	Seen      record.Version // of the scope, when it was scored
	Score     []byte         // the result that it rests on, as scoring.Result.Bytes has it
	Sample    bool
}

// GrantOf reads a grant.
func GrantOf(row record.Row) Grant {
	g := Grant{
		Header: row.Header, State: State(row.Text("grant_state")), Amount: row.Int("amount"), Limit: row.Int("limit"), Before: row.Int("before"), Why: row.Text("why"),
		Reason: row.Text("reason"), AtMS: row.Int("at"), Day: row.Text("day"), Seen: record.Version(row.Int("seen")), Score: row.Value("score").Bytes(), Sample: row.Bool("sample"),
	}
	copy(g.Ask[:], row.Value("ask").Bytes())
	copy(g.Household[:], row.Value("household").Bytes())
	copy(g.Bank[:], row.Value("bank").Bytes())
	copy(g.Against[:], row.Value("against").Bytes())
	return g
}

// Create returns the write that makes the grant under g.Header.
func (g Grant) Create() record.Write {
	g.Header.Kind = KindGrant
	fields := map[record.Field]record.Value{
		"ask": record.OfBytes(g.Ask.Bytes()), "household": record.OfBytes(g.Household.Bytes()), "bank": record.OfBytes(g.Bank[:]),
		"grant_state": record.OfText(string(g.State)), "amount": record.OfInt(g.Amount), "limit": record.OfInt(g.Limit), "before": record.OfInt(g.Before),
		"at": record.OfInt(g.AtMS), "day": record.OfText(g.Day), "seen": record.OfInt(int64(g.Seen)), "score": record.OfBytes(g.Score),
	}
	if g.Why != "" {
		fields["why"] = record.OfText(g.Why)
	}
	if g.Reason != "" {
		fields["reason"] = record.OfText(g.Reason)
	}
	if !g.Against.IsZero() {
		fields["against"] = record.OfBytes(g.Against.Bytes())
	}
	if g.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: g.Header, Fields: fields}
}

// Reserved is what the grants of a household come to, in fen.
func Reserved(grants []Grant) (sum int64) {
	for _, g := range grants {
		sum += g.Amount
	}
	return sum
}

// Free is what of a limit is left, in fen; 0 where more is reserved than a new score allows.
func Free(limit int64, grants []Grant) int64 { return max(limit-Reserved(grants), 0) }

// Decide answers an ask: all of it, or nothing. stop is why the score allows no decision, nil if it does.
func Decide(a Ask, limit int64, stop error, grants []Grant) Grant {
	g := Grant{
		Header: record.Header{Scope: a.Header.Scope, Subject: a.Header.Subject}, Ask: a.Header.ID, Household: a.Household, Bank: a.Bank,
		State: Refused, Limit: limit, Before: Reserved(grants), Sample: a.Sample,
	}
	switch {
	case stop != nil:
		g.Why = fault.From(stop).Key
	case limit == 0:
		g.Why = "exposure.none"
	case a.Amount > Free(limit, grants):
		g.Why = "exposure.over"
		for _, other := range grants { // the one that took the room last
			if other.State == Granted && (g.Against.IsZero() || other.AtMS >= latest(grants, g.Against)) {
				g.Against = other.Header.ID
			}
		}
	default:
		g.State, g.Amount = Granted, a.Amount
	}
	return g
}

func latest(grants []Grant, id ident.Record) int64 {
	for _, g := range grants {
		if g.Header.ID == id {
			return g.AtMS
		}
	}
	return 0
}

// maxReason is the most characters of a reason.
const maxReason = 200

// Release returns the grant that frees what another reserved, for a reason in somebody's own words. Faults: Conflict
// "exposure.release" for what reserves nothing, or is free again already; Invalid "exposure.reason" for no reason or a long one.
func Release(g Grant, grants []Grant, reason string) (Grant, error) {
	reason = strings.TrimSpace(reason)
	if n := utf8.RuneCountInString(reason); n == 0 || n > maxReason {
		return g, fault.New(fault.Invalid, "exposure.reason").With("n", strconv.Itoa(maxReason)).WithField("reason")
	}
	if g.State != Granted {
		return g, fault.New(fault.Conflict, "exposure.release")
	}
	for _, other := range grants {
		if other.State == Released && other.Ask == g.Ask {
			return g, fault.New(fault.Conflict, "exposure.release")
		}
	}
	back := g
	back.Header.ID, back.State, back.Amount, back.Before = ident.Record{}, Released, -g.Amount, Reserved(grants)
	back.Reason = reason
	return back, nil
}

// Reader reads records inside the transaction that would apply a change set.
type Reader interface {
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// Of returns all grants of a household, which are in its scope, oldest first.
func Of(ctx context.Context, read Reader, scope ident.Scope, household ident.Record) (out []Grant, err error) {
	q := record.Query{Kind: KindGrant, Scope: scope, Where: []record.Term{{Field: "household", Value: record.OfBytes(household.Bytes())}}}
	for row, err := range record.Each(ctx, read, q) {
		if err != nil {
			return nil, err
		}
		out = append(out, GrantOf(row))
	}
	return out, nil
}

// Rule judges the grants of a change set inside the committing transaction: together with what is reserved by then they stay within
// the limit, and an ask is answered once. The fault is Stale: whoever decided looks again. nil, nil for nothing against it.
func Rule(ctx context.Context, read Reader, cs *record.ChangeSet) (*fault.Error, *record.Header, error) {
	for i := range cs.Writes {
		w := &cs.Writes[i]
		if w.Op != record.Create || w.Header.Kind != KindGrant {
			continue
		}
		row := record.Row{Header: w.Header, Fields: map[record.Field]record.FieldState{}}
		for f, v := range w.Fields {
			row.Fields[f] = record.FieldState{Value: v}
		}
		g := GrantOf(row)
		have, err := Of(ctx, read, g.Header.Scope, g.Household)
		if err != nil {
			return nil, nil, err
		}
		if f := stands(g, have); f != nil {
			return f, &w.Header, nil
		}
	}
	return nil, nil, nil
}

func stands(g Grant, have []Grant) *fault.Error {
	for _, other := range have {
		if other.Ask == g.Ask && (g.State != Released || other.State == Released) {
			return fault.New(fault.Stale, "exposure.answered")
		}
	}
	if reserved := Reserved(have); g.Before != reserved || g.Amount > 0 && reserved+g.Amount > g.Limit {
		return fault.New(fault.Stale, "exposure.moved")
	}
	return nil
}
