// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"cmp"
	"context"
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds of this package.
const (
	// KindRequest is what somebody asks the server to do about the card of a household: an entry, whose lock only the server
	// reads.
	KindRequest record.Kind = "file_card"
	// KindSheet is a sealed file: a decision of the server.
	KindSheet record.Kind = "file_sheet"
	// KindObjection is what a resident says of a recorded value: an entry.
	KindObjection record.Kind = "objection"
	// KindAnswer is what became of an objection: an entry.
	KindAnswer record.Kind = "objection_answer"
)

// Request asks for a card, or for the end of the one there is.
type Request struct {
	Header record.Header // Subject is the household's or merchant's
	Of     ident.Record  // the household or merchant
	Card   ID            // zero to end the card there is and make none
	Lock   Lock          // of the new card
	Why    string        // a code of field card_why: first, lost, damaged, forgotten, stop
	Seen   string        // how it was seen who is there, a code of field identity_seen
	AtMS   int64         // when; ms since 1970 UTC
	Sample bool
}

// Stop is the reason of a request that ends a card and makes none.
const Stop = "stop"

// Create returns the write that makes the request. Faults, all Invalid: "myfile.request.seen", "myfile.request.why",
// "myfile.request.key".
func (r Request) Create() (record.Write, error) {
	if r.Seen == "" {
		return record.Write{}, fault.New(fault.Invalid, "myfile.request.seen").WithField("seen")
	}
	if r.Why == "" {
		return record.Write{}, fault.New(fault.Invalid, "myfile.request.why").WithField("why")
	}
	r.Header.Kind = KindRequest
	fields := map[record.Field]record.Value{
		"of": record.OfBytes(r.Of.Bytes()), "card_why": record.OfText(r.Why), "identity_seen": record.OfText(r.Seen), "at": record.OfInt(r.AtMS),
	}
	if r.Why != Stop {
		if err := r.Lock.check(); err != nil {
			return record.Write{}, err
		}
		fields["card"], fields["public"], fields["wrapped"] = record.OfBytes(r.Card[:]), record.OfBytes(r.Lock.Public), record.OfBytes(r.Lock.Wrapped)
	}
	mark(fields, r.Sample)
	return record.Write{Op: record.Create, Header: r.Header, Fields: fields}, nil
}

// RequestOf reads a request. Who may not see its lock sees none.
func RequestOf(row record.Row) Request {
	r := Request{
		Header: row.Header, Of: recordID(row.Value("of")), Why: row.Text("card_why"), Seen: row.Text("identity_seen"), AtMS: row.Int("at"),
		Lock: Lock{row.Value("public").Bytes(), row.Value("wrapped").Bytes()}, Sample: row.Bool("sample"),
	}
	copy(r.Card[:], row.Value("card").Bytes())
	return r
}

// Good reports whether a request can be carried out: somebody looked at a document, and it ends a card, or its lock can be
// sealed to.
func (r Request) Good() bool {
	return r.Seen != "" && (r.Why == Stop || r.Card != ID{} && r.Lock.check() == nil)
}

// Requests returns the requests that can be carried out, in the order in which the server took them. A card that was asked for
// before is nobody else's. rows are requests of one scope, in any order.
func Requests(rows []record.Row) (out []Request) {
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b record.Row) int { return cmp.Compare(a.Version, b.Version) })
	taken := map[ID]bool{}
	for _, row := range rows {
		r := RequestOf(row)
		if !r.Good() || r.Why != Stop && taken[r.Card] {
			continue
		}
		taken[r.Card] = true
		out = append(out, r)
	}
	return out
}

// Living returns, of requests as Requests puts them, the last of each subject: its card lives, if it is one for a card.
func Living(requests []Request) map[ident.Subject]Request {
	last := map[ident.Subject]Request{}
	for _, r := range requests {
		last[r.Header.Subject] = r
	}
	return last
}

// States of a sheet, codes of field card_state.
const (
	Lives = "living"
	Dead  = "dead" // replaced, reported lost, or its household is gone: nothing is sealed to it any more
)

// Sheet is a sealed file in the village.
type Sheet struct {
	Header  record.Header
	Card    ID
	State   string
	Wrapped []byte
	Sealed  []byte
	Digest  []byte // of the file; the server alone reads it
	Sample  bool
}

// SheetOf reads a sheet.
func SheetOf(row record.Row) Sheet {
	s := Sheet{
		Header: row.Header, State: row.Text("card_state"), Wrapped: row.Value("wrapped").Bytes(), Sealed: row.Value("sealed").Bytes(),
		Digest: row.Value("digest").Bytes(), Sample: row.Bool("sample"),
	}
	copy(s.Card[:], row.Value("card").Bytes())
	return s
}

// Write returns the write that puts the sheet in its place: op is Create or Edit. Of a dead one nothing stays but that it is
// dead.
func (s Sheet) Write(op record.Op) record.Write {
	s.Header.Kind = KindSheet
	fields := map[record.Field]record.Value{"card_state": record.OfText(s.State)}
	if op == record.Create {
		fields["card"] = record.OfBytes(s.Card[:])
		mark(fields, s.Sample)
	}
	switch {
	case s.State == Lives:
		fields["wrapped"], fields["sealed"], fields["digest"] = record.OfBytes(s.Wrapped), record.OfBytes(s.Sealed), record.OfBytes(s.Digest)
	case op == record.Edit:
		fields["wrapped"], fields["sealed"], fields["digest"] = record.Value{}, record.Value{}, record.Value{}
	}
	return record.Write{Op: op, Header: s.Header, Fields: fields}
}

// Find returns the sheet of a card. Faults: NotFound "myfile.none" where there is none, which is said of a card of another
// village and of one that has not come here yet; Gone "myfile.dead" for a card that lives no more.
func Find(ctx context.Context, store record.Store, card ID) (Sheet, error) {
	rows, err := store.List(ctx, record.Query{
		Kind: KindSheet, Limit: 1, Where: []record.Term{{Field: "card", Value: record.OfBytes(card[:])}},
	})
	switch {
	case err != nil:
		return Sheet{}, err
	case len(rows) == 0:
		return Sheet{}, fault.New(fault.NotFound, "myfile.none")
	}
	s := SheetOf(rows[0])
	if s.State != Lives || len(s.Sealed) == 0 {
		return Sheet{}, fault.New(fault.Gone, "myfile.dead")
	}
	return s, nil
}

// What somebody may say of a value, codes of field objection_kind.
const (
	Correct = "correct" // it is wrong: this is right
	NotMine = "not_mine"
	Oppose  = "oppose" // it should not be recorded, or used
)

// Objections are the codes of field objection_kind, in the order in which they are offered.
var Objections = []string{Correct, NotMine, Oppose}

// Objection is what a resident says of a recorded value.
type Objection struct {
	Header  record.Header // Subject is the household's or merchant's
	Of      ident.Record  // the record that the value is in
	OfKind  record.Kind
	Field   record.Field
	Kind    string
	Stood   string // the value as it was shown
	Wanted  string // of Correct: what is right, in the resident's words
	Receipt string // number of the receipt
	AtMS    int64  // when; ms since 1970 UTC
	Sample  bool
}

// maxWanted is how long the resident's words may be, in characters.
const maxWanted = 200

// Create returns the write that makes the objection. Faults, Invalid on field "wanted": "myfile.wanted.none" for a correction
// without the right value, "myfile.wanted.long".
func (o Objection) Create() (record.Write, error) {
	if o.Kind == Correct && o.Wanted == "" {
		return record.Write{}, fault.New(fault.Invalid, "myfile.wanted.none").WithField("wanted")
	}
	if len([]rune(o.Wanted)) > maxWanted {
		return record.Write{}, fault.New(fault.Invalid, "myfile.wanted.long").WithField("wanted")
	}
	if !slices.Contains(Objections, o.Kind) {
		return record.Write{}, fault.New(fault.Invalid, "myfile.wanted.none").WithField("kind")
	}
	o.Header.Kind = KindObjection
	fields := map[record.Field]record.Value{
		"record": record.OfBytes(o.Of.Bytes()), "of_kind": record.OfText(string(o.OfKind)), "field": record.OfText(string(o.Field)),
		"objection_kind": record.OfText(o.Kind), "stood": record.OfText(o.Stood), "at": record.OfInt(o.AtMS), "receipt_no": record.OfText(o.Receipt),
	}
	if o.Wanted != "" {
		fields["wanted"] = record.OfText(o.Wanted)
	}
	mark(fields, o.Sample)
	return record.Write{Op: record.Create, Header: o.Header, Fields: fields}, nil
}

// ObjectionOf reads an objection.
func ObjectionOf(row record.Row) Objection {
	return Objection{
		Header: row.Header, Of: recordID(row.Value("record")), OfKind: record.Kind(row.Text("of_kind")), Field: record.Field(row.Text("field")),
		Kind: row.Text("objection_kind"), Stood: row.Text("stood"), Wanted: row.Text("wanted"), Receipt: row.Text("receipt_no"),
		AtMS: row.Int("at"), Sample: row.Bool("sample"),
	}
}

// Kept says of an objection that the value stands; a code of field answer_kind, as are corrected and removed.
const Kept = "kept"

// Answer is what somebody who looked into an objection tells its author.
type Answer struct {
	Header    record.Header // Subject is that of the objection
	Objection ident.Record
	Kind      string // a code of field answer_kind
	Text      string // in words
	AtMS      int64  // when; ms since 1970 UTC
	Sample    bool
}

// Create returns the write that makes the answer. Faults, Invalid: "myfile.answer.kind" on field "kind", and on field "text"
// "myfile.answer.why" for a value that is kept without a word, "myfile.answer.long".
func (a Answer) Create() (record.Write, error) {
	switch {
	case a.Kind == "":
		return record.Write{}, fault.New(fault.Invalid, "myfile.answer.kind").WithField("kind")
	case a.Kind == Kept && a.Text == "":
		return record.Write{}, fault.New(fault.Invalid, "myfile.answer.why").WithField("text")
	case len([]rune(a.Text)) > maxWanted:
		return record.Write{}, fault.New(fault.Invalid, "myfile.answer.long").WithField("text")
	}
	a.Header.Kind = KindAnswer
	fields := map[record.Field]record.Value{
		"objection": record.OfBytes(a.Objection.Bytes()), "answer_kind": record.OfText(a.Kind), "at": record.OfInt(a.AtMS),
	}
	if a.Text != "" {
		fields["answer"] = record.OfText(a.Text)
	}
	mark(fields, a.Sample)
	return record.Write{Op: record.Create, Header: a.Header, Fields: fields}, nil
}

// AnswerOf reads an answer.
func AnswerOf(row record.Row) Answer {
	return Answer{
		Header: row.Header, Objection: recordID(row.Value("objection")), Kind: row.Text("answer_kind"), Text: row.Text("answer"),
		AtMS: row.Int("at"), Sample: row.Bool("sample"),
	}
}

func mark(fields map[record.Field]record.Value, sample bool) {
	if sample {
		fields["sample"] = record.OfBool(true)
	}
}
