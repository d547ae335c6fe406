// SPDX-License-Identifier: Apache-2.0

// Package review is what a person needs to settle a dispute: which values stand,
// what each author had seen, and the act that settles it. It is the same in the
// agent and in the console, and knows no words: those are the screens'.
//
// An act that settles a field writes a record of [Kind] beside the resolve: who
// settled what, when, and why. By it people find what was settled, and see of a
// dispute that it was settled before and has re-opened.
package review

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

// Kind is the kind of records that tell what was settled: an entry with the
// fields record, field, at and reason.
const Kind record.Kind = "settlement"

// ActName is the name of the act that settles a field.
const ActName = "review.settle"

// Sight says what the author of a value had seen of those that were there before.
type Sight int

// What an author may have seen.
const (
	First  Sight = iota // nothing else was there
	Unseen              // something that was there they had not seen
	Aware               // they had seen all that was there
)

// Said is one value that stands in a dispute, or beside what counts.
type Said struct {
	record.Head
	Shown bool  // readers see it until the field is settled
	Sight Sight // of its author

	// Proposal says that one person would settle the field so, and that it
	// waits for a second.
	Proposal bool
}

// Card is one field in which something waits for a person.
type Card struct {
	Header  record.Header
	Field   record.Field
	Def     record.FieldDef
	Waiting record.Waiting
	Said    []Said // what readers see first
}

// TwoPersons reports whether two persons have to settle it.
func (c Card) TwoPersons() bool { return c.Def.Sensitive }

// Cards returns the fields of a row in which what waits for a person, in order.
func Cards(cat *record.Catalogue, row record.Row, what record.Waiting) []Card {
	var cards []Card
	for _, f := range row.FieldNames() {
		s := row.Fields[f]
		if s.Waiting() != what {
			continue
		}
		def, _ := cat.Field(row.Header.Kind, f)
		cards = append(cards, Card{Header: row.Header, Field: f, Def: def, Waiting: what, Said: said(s)})
	}
	return cards
}

func said(s record.FieldState) []Said {
	heads := s.Heads()
	heads[0].Value = s.Value
	out := make([]Said, len(heads))
	for i, h := range heads {
		out[i] = Said{Head: h, Shown: i == 0, Sight: sight(heads, h), Proposal: policy.Proposal(heads, h)}
	}
	return out
}

// sight compares versions: what has an earlier one was there.
func sight(heads []record.Head, h record.Head) Sight {
	out := First
	for _, other := range heads {
		earlier := other.Version != 0 && (h.Version == 0 || other.Version < h.Version)
		switch {
		case !earlier:
		case !h.HadSeen(other):
			return Unseen
		default:
			out = Aware
		}
	}
	return out
}

// Proposed returns what one person would settle the field to, the latest first.
func (c Card) Proposed() []Said {
	var out []Said
	for _, s := range slices.Backward(c.Said) {
		if s.Proposal {
			out = append(out, s)
		}
	}
	return out
}

// By reports whether the actor proposes v already and had seen all that stands.
func (c Card) By(actor ident.Actor, v record.Value) bool {
	return slices.ContainsFunc(c.Said, func(p Said) bool {
		return p.Proposal && p.Actor == actor && p.Value.Equal(v) && !slices.ContainsFunc(c.Said, func(o Said) bool {
			return o.Settles == nil && !slices.Contains(p.Settles, o.Version)
		})
	})
}

// Entered reports whether v is one of the values that stand.
func (c Card) Entered(v record.Value) bool {
	return slices.ContainsFunc(c.Said, func(s Said) bool { return s.Value.Equal(v) })
}

// Choice is what a person decides, and why.
type Choice struct {
	Value  record.Value
	Reason string // needed for a value that nobody had entered
}

// Author is who decides.
type Author struct {
	Actor  ident.Actor
	Source record.Source
	Base   record.Base // taken when the card was shown
	NowMS  int64
	Random io.Reader // fit for ids
}

// Settle returns the act that settles the field of c. It names what c shows and
// nothing else: what comes meanwhile re-opens the dispute. fault.Conflict
// "review.pending" while a value of this device has not been sent, for nobody can
// name it, and "review.again" for a person who proposes the same already;
// fault.Invalid "review.reason" (field "reason") without a reason that is needed.
func (c Card) Settle(by Author, choice Choice) (record.Act, error) {
	reason := strings.TrimSpace(choice.Reason)
	var seen []record.Version
	for _, s := range c.Said {
		if s.Version == 0 {
			return record.Act{}, fault.New(fault.Conflict, "review.pending")
		}
		seen = append(seen, s.Version)
	}
	slices.Sort(seen)
	switch {
	case !c.Entered(choice.Value) && reason == "":
		return record.Act{}, fault.New(fault.Invalid, "review.reason").WithField("reason")
	case c.TwoPersons() && c.By(by.Actor, choice.Value):
		return record.Act{}, fault.New(fault.Conflict, "review.again")
	}
	id, err := ident.New[ident.Record](by.NowMS, by.Random)
	if err != nil {
		return record.Act{}, fmt.Errorf("make a record id: %w", err)
	}
	note := map[record.Field]record.Value{
		"record": record.OfBytes(c.Header.ID[:]), "field": record.OfText(string(c.Field)), "at": record.OfInt(by.NowMS),
	}
	if reason != "" {
		note["reason"] = record.OfText(reason)
	}
	h := record.Header{ID: id, Kind: Kind, Scope: c.Header.Scope, Subject: c.Header.Subject}
	return record.Act{
		Name: ActName, Scope: c.Header.Scope, Base: by.Base, Source: by.Source,
		Writes: []record.Write{
			{
				Op: record.Resolve, Header: c.Header, Fields: map[record.Field]record.Value{c.Field: choice.Value},
				Seen: map[record.Field][]record.Version{c.Field: slices.Compact(seen)},
			},
			{Op: record.Create, Header: h, Fields: note},
		},
	}, nil
}

// Settled is a note of what somebody settled.
type Settled struct {
	Record ident.Record
	Field  record.Field
	AtMS   int64 // by the clock of who settled it
	Reason string
	Actor  ident.Actor
	Source record.Source
	Scope  ident.Scope
	Waits  bool // not sent yet
}

// SettledOf reads a record of Kind.
func SettledOf(row record.Row) Settled {
	s := Settled{
		Field: record.Field(row.Text("field")), AtMS: row.Int("at"), Reason: row.Text("reason"), Scope: row.Header.Scope,
		Actor: row.Fields["at"].Winner.Actor, Source: row.Fields["at"].Winner.Source, Waits: row.Pending(),
	}
	copy(s.Record[:], row.Value("record").Bytes())
	return s
}
