// SPDX-License-Identifier: Apache-2.0

package points

import (
	"slices"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Approval is that somebody vouches for an entry with their own key. It counts where they did not propose it.
type Approval struct {
	Header record.Header // Subject is that of the entry
	Entry  ident.Record
	By     ident.Actor
	AtMS   int64 // ms since 1970 UTC
	Sample bool
}

// ApprovalOf reads an approval.
func ApprovalOf(row record.Row) Approval {
	return Approval{Header: row.Header, Entry: recordID(row, "entry"), By: by(row, "entry"), AtMS: row.Int("at"), Sample: row.Bool("sample")}
}

// Create returns the write that makes the approval under a.Header.
func (a Approval) Create() record.Write {
	a.Header.Kind = KindApproval
	return create(a.Header, map[record.Field]record.Value{"entry": record.OfBytes(a.Entry.Bytes()), "at": record.OfInt(a.AtMS)}, a.Sample)
}

// Approve returns the approval of an entry by somebody; its author gives it an id. Faults: NotFound "points.entry";
// NotAllowed "points.own" for who proposed it; Conflict "points.approved" for one that was approved already, "points.gone" for
// one that was withdrawn or refused, "points.most" where the item counts as often as it may in the period.
func (l *Ledger) Approve(id ident.Record, by ident.Actor, nowMS int64) (Approval, error) {
	s, known := l.Standing(id)
	switch {
	case !known:
		return Approval{}, fault.New(fault.NotFound, "points.entry")
	case by.IsZero() || s.Entry.By == by:
		return Approval{}, fault.New(fault.NotAllowed, "points.own")
	case s.State == Withdrawn, s.State == Refused, s.State == TakenBack:
		return Approval{}, fault.New(fault.Conflict, "points.gone")
	case len(s.Approvals) > 0:
		return Approval{}, fault.New(fault.Conflict, "points.approved")
	case s.Entry.Reverses.IsZero() && l.times(s.Entry, Counts, Objected) >= s.Entry.Most:
		return Approval{}, fault.New(fault.Conflict, "points.most").With("n", itoa(s.Entry.Most))
	}
	return Approval{Header: l.about(s.Entry), Entry: id, AtMS: nowMS, Sample: s.Entry.Sample}, nil
}

// about is the header of what is said about an entry, without an id.
func (l *Ledger) about(e Entry) record.Header {
	return record.Header{Scope: e.Header.Scope, Subject: e.Header.Subject}
}

// Objections are the codes of field point_why, in the order in which they are offered.
var Objections = []string{"not_done", "other_house", "wrong_item", "other"}

// Objection is that somebody in the village doubts an entry. It does not say who: whoever reads the notice may object.
type Objection struct {
	Header  record.Header // Subject is that of the entry
	Entry   ident.Record
	Why     string // one of Objections
	AtMS    int64  // ms since 1970 UTC
	Sample  bool
	Answers []Answer // oldest id first; those that count
}

// ObjectionOf reads an objection.
func ObjectionOf(row record.Row) Objection {
	return Objection{Header: row.Header, Entry: recordID(row, "entry"), Why: row.Text("point_why"), AtMS: row.Int("at"), Sample: row.Bool("sample")}
}

// Create returns the write that makes the objection under o.Header.
func (o Objection) Create() record.Write {
	o.Header.Kind = KindObjection
	return create(o.Header, map[record.Field]record.Value{
		"entry": record.OfBytes(o.Entry.Bytes()), "point_why": record.OfText(o.Why), "at": record.OfInt(o.AtMS),
	}, o.Sample)
}

// Object returns the objection to an entry; its author gives it an id. Faults: NotFound "points.entry"; Invalid "points.why"
// without a reason; Conflict "points.objected" while another one waits for an answer, "points.gone" for what does not count
// anyway.
func (l *Ledger) Object(id ident.Record, why string, nowMS int64) (Objection, error) {
	s, known := l.Standing(id)
	switch {
	case !known:
		return Objection{}, fault.New(fault.NotFound, "points.entry")
	case !slices.Contains(Objections, why):
		return Objection{}, fault.New(fault.Invalid, "points.why").WithField("point_why")
	case s.State == Objected:
		return Objection{}, fault.New(fault.Conflict, "points.objected")
	case s.State != Counts && s.State != Over:
		return Objection{}, fault.New(fault.Conflict, "points.gone")
	}
	return Objection{Header: l.about(s.Entry), Entry: id, Why: why, AtMS: nowMS, Sample: s.Entry.Sample}, nil
}

// Open reports whether nobody has answered the objection.
func (o Objection) Open() bool { return len(o.Answers) == 0 }

// Upheld reports whether somebody found it right. Of two answers that know nothing of each other this one holds: a new entry can
// be proposed.
func (o Objection) Upheld() bool {
	return slices.ContainsFunc(o.Answers, func(a Answer) bool { return a.Kind == Right })
}

// What became of an objection, codes of field point_answer.
const (
	Kept  = "kept"  // the entry is right and counts again
	Right = "right" // the objection is: the entry does not count
)

// Answer is what somebody who looked into an objection found, with their own key. Who proposed the entry does not say that it
// is right.
type Answer struct {
	Header    record.Header // Subject is that of the entry
	Objection ident.Record
	By        ident.Actor
	Kind      string
	Words     string // for the office; "" where the reader may not see it
	AtMS      int64  // ms since 1970 UTC
	Sample    bool
}

// AnswerOf reads an answer.
func AnswerOf(row record.Row) Answer {
	return Answer{
		Header: row.Header, Objection: recordID(row, "objection"), By: by(row, "objection"), Kind: row.Text("point_answer"), Words: row.Text("words"),
		AtMS: row.Int("at"), Sample: row.Bool("sample"),
	}
}

// Create returns the write that makes the answer under a.Header.
func (a Answer) Create() record.Write {
	a.Header.Kind = KindAnswer
	fields := map[record.Field]record.Value{
		"objection": record.OfBytes(a.Objection.Bytes()), "point_answer": record.OfText(a.Kind), "at": record.OfInt(a.AtMS),
	}
	if a.Words != "" {
		fields["words"] = record.OfText(a.Words)
	}
	return create(a.Header, fields, a.Sample)
}

// Answer returns an answer by somebody to the open objection against an entry; its author gives it an id. Faults: NotFound
// "points.entry"; Conflict "points.no_objection"; NotAllowed "points.own" where who proposed the entry keeps it; Invalid
// "points.answer" for an unknown kind, and "points.note".
func (l *Ledger) Answer(entry ident.Record, by ident.Actor, kind, words string, nowMS int64) (Answer, error) {
	s, known := l.Standing(entry)
	if !known {
		return Answer{}, fault.New(fault.NotFound, "points.entry")
	}
	i := slices.IndexFunc(s.Objections, Objection.Open)
	switch {
	case i < 0:
		return Answer{}, fault.New(fault.Conflict, "points.no_objection")
	case kind != Kept && kind != Right:
		return Answer{}, fault.New(fault.Invalid, "points.answer").WithField("kind")
	case kind == Kept && (by.IsZero() || by == s.Entry.By):
		return Answer{}, fault.New(fault.NotAllowed, "points.own")
	}
	if err := checkNote(words); err != nil {
		return Answer{}, err
	}
	return Answer{Header: l.about(s.Entry), Objection: s.Objections[i].Header.ID, Kind: kind, Words: words, AtMS: nowMS, Sample: s.Entry.Sample}, nil
}
