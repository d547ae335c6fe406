// SPDX-License-Identifier: Apache-2.0

package outreach

import (
	"time"

	"yuexin/shared/credit/forms"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// The kinds of the records.
const (
	Kind       record.Kind = "visit"
	KindLetter record.Kind = "letter"     // an acknowledged letter
	KindSign   record.Kind = "visit_sign" // who accompanied vouches for a visit
	KindEnd    record.Kind = "visit_end"  // who led a visit vouches for it, and nothing is added any more
)

// The fields of a visit that hold its files.
const (
	FieldResident record.Field = "signature" // of the person who was visited
)

// PhotoFields are the places for photos, in the order in which they are shown.
func PhotoFields() []record.Field { return []record.Field{"photo", "photo_people", "photo_work"} }

// Visit is a visit as its record tells it. One that was only planned has no Begun.
type Visit struct {
	Header    record.Header
	Of        ident.Record // the household or merchant
	Officer   ident.Actor  // who leads it
	Second    ident.Actor  // who accompanies; zero for nobody, or somebody without a key
	Visitor   string       // names, as the form has them
	Companion string

	PlannedOn string // 2006-01-02
	Place     int64  // in the list of the day, the lowest first

	Begun    int64 // ms since 1970 UTC; 0 for one that is only planned
	Purpose  string
	Result   string // "" while it is not known yet
	Position string // as forms.Fix writes it
	Found    []string
	NextOn   string
	Remark   string
	Photos   map[record.Field]record.Attachment
	Resident *record.Attachment // the person's signature
	Sample   bool
}

// Of reads a visit.
func Of(row record.Row) Visit {
	v := Visit{
		Header: row.Header, Visitor: row.Text("visitor"), Companion: row.Text("companion"), PlannedOn: row.Text("planned_on"), Place: row.Int("place"),
		Begun: row.Int("visited_at"), Purpose: row.Text("visit_purpose"), Result: row.Text("visit_result"), Position: row.Text("position"),
		Found: row.Value("visit_found").Set(), NextOn: row.Text("next_on"), Remark: row.Text("remark"), Sample: row.Bool("sample"),
		Photos: map[record.Field]record.Attachment{},
	}
	copy(v.Of[:], row.Value("of").Bytes())
	copy(v.Officer[:], row.Value("officer").Bytes())
	copy(v.Second[:], row.Value("second").Bytes())
	for _, f := range PhotoFields() {
		if a, err := record.ParseAttachment(row.Value(f)); err == nil { // a store takes nothing else
			v.Photos[f] = a
		}
	}
	if a, err := record.ParseAttachment(row.Value(FieldResident)); err == nil {
		v.Resident = &a
	}
	return v
}

// Where returns the position; false without one.
func (v Visit) Where() (forms.Fix, bool) {
	f, err := forms.ParseFix(v.Position)
	return f, v.Position != "" && err == nil
}

// On says whether a visit belongs to a day: it was begun on it, or is planned for it and not begun.
func (v Visit) On(day time.Time) bool {
	date := day.Format(time.DateOnly)
	if v.Begun != 0 {
		return time.UnixMilli(v.Begun).In(day.Location()).Format(time.DateOnly) == date
	}
	return v.PlannedOn == date
}

// Plan returns the write that plans a visit for a day at a place in its list. v.Header names the record; Of, Officer,
// Visitor and Sample are written with it.
func (v Visit) Plan(day string, place int64) record.Write {
	return record.Write{Op: record.Create, Header: v.Header, Fields: v.who(map[record.Field]record.Value{
		"planned_on": record.OfText(day), "place": record.OfInt(place),
	})}
}

// Begin returns the write that begins a visit at a time in ms since 1970 UTC: one that was planned is edited, another made.
func (v Visit) Begin(atMS int64, planned bool) record.Write {
	fields := map[record.Field]record.Value{"visited_at": record.OfInt(atMS), "visit_purpose": record.OfText(v.Purpose)}
	if v.Companion != "" {
		fields["companion"] = record.OfText(v.Companion)
	}
	if !v.Second.IsZero() {
		fields["second"] = record.OfBytes(v.Second.Bytes())
	}
	if planned {
		return record.Write{Op: record.Edit, Header: v.Header, Fields: fields}
	}
	return record.Write{Op: record.Create, Header: v.Header, Fields: v.who(fields)}
}

func (v Visit) who(fields map[record.Field]record.Value) map[record.Field]record.Value {
	fields["of"], fields["officer"], fields["visitor"] = record.OfBytes(v.Of.Bytes()), record.OfBytes(v.Officer.Bytes()), record.OfText(v.Visitor)
	if v.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return fields
}

// Acknowledged is a letter that somebody was given and signed for.
type Acknowledged struct {
	Header    record.Header
	Visit     ident.Record
	Edition   uint32
	AtMS      int64
	Giver     string // who acknowledges, by name
	Signature record.Attachment
	Sample    bool
}

// Create returns the write that makes the record under a.Header.
func (a Acknowledged) Create() record.Write {
	a.Header.Kind = KindLetter
	fields := map[record.Field]record.Value{
		"visit": record.OfBytes(a.Visit.Bytes()), "wording": record.OfInt(int64(a.Edition)), "at": record.OfInt(a.AtMS),
		"giver": record.OfText(a.Giver), "signature": a.Signature.Value(),
	}
	if a.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: a.Header, Fields: fields}
}

// AcknowledgedOf reads an acknowledged letter.
func AcknowledgedOf(row record.Row) Acknowledged {
	a := Acknowledged{Header: row.Header, Edition: uint32(row.Int("wording")), AtMS: row.Int("at"), Giver: row.Text("giver"), Sample: row.Bool("sample")}
	copy(a.Visit[:], row.Value("visit").Bytes())
	a.Signature, _ = record.ParseAttachment(row.Value("signature")) // a store takes nothing else
	return a
}

// Sign is that somebody vouched for a visit as it stood.
type Sign struct {
	ID        ident.Record
	By        ident.Actor
	AtMS      int64
	Statement Statement
}

// SignOf reads a signature. Who gave it is whose act it was.
func SignOf(row record.Row) Sign {
	s := Sign{ID: row.Header.ID, By: row.Fields["statement"].Winner.Actor, AtMS: row.Int("at")}
	copy(s.Statement[:], row.Value("statement").Bytes())
	return s
}

// Signs returns the write by which somebody vouches for the visit under the id of the record.
func (v Visit) Signs(id ident.Record, s Statement, atMS int64) record.Write {
	h := v.Header
	h.ID, h.Kind = id, KindSign
	fields := map[record.Field]record.Value{
		"visit": record.OfBytes(v.Header.ID.Bytes()), "statement": record.OfBytes(s[:]), "at": record.OfInt(atMS),
	}
	if v.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: h, Fields: fields}
}
