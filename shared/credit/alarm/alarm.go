// SPDX-License-Identifier: Apache-2.0

package alarm

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// KindAlarm is the kind of the records of alarms.
const KindAlarm record.Kind = "alarm"

// Alarm is one thing to look at.
type Alarm struct {
	Header record.Header
	Kind   Kind
	AtMS   int64
	Count  int64          // how often, or of Travel and Moved how far: kilometres, metres
	Plate  ident.Record   // zero for none
	Of     []ident.Record // demands or visits
	Actor  ident.Actor    // the officer of Travel
	Mark   string         // of the source, not its address
	Sample bool

	Closed    bool
	ClosedBy  ident.Actor
	ClosedAt  int64
	ClosedWhy string
}

// Place puts an alarm into a scope. Its id follows from what it is about, so that however often a rule looks there is one.
func (a Alarm) Place(scope ident.Scope) (Alarm, error) {
	sum := sha256.New()
	sum.Write([]byte("yuexin alarm" + string(a.Kind) + " " + a.Mark))
	sum.Write(a.Plate[:])
	sum.Write(a.Actor[:])
	for _, id := range a.Of {
		sum.Write(id[:])
	}
	if len(a.Of) == 0 {
		_ = binary.Write(sum, binary.BigEndian, a.AtMS)
	}
	id, err := ident.New[ident.Record](a.AtMS, bytes.NewReader(sum.Sum(nil)))
	a.Header = record.Header{ID: id, Kind: KindAlarm, Scope: scope, Subject: ident.Subject(id)}
	return a, err
}

// Create returns the write that makes the alarm's record under a.Header.
func (a Alarm) Create() record.Write {
	f := map[record.Field]record.Value{
		"alarm": record.OfText(string(a.Kind)), "at": record.OfInt(a.AtMS), "count": record.OfInt(a.Count),
	}
	if !a.Plate.IsZero() {
		f["plate"] = record.OfBytes(a.Plate.Bytes())
	}
	if len(a.Of) > 0 {
		var raw []byte
		for _, id := range a.Of {
			raw = append(raw, id[:]...)
		}
		f["of"] = record.OfBytes(raw)
	}
	if !a.Actor.IsZero() {
		f["actor"] = record.OfBytes(a.Actor[:])
	}
	if a.Mark != "" {
		f["source_mark"] = record.OfText(a.Mark)
	}
	if a.Sample {
		f["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: a.Header, Fields: f}
}

// Of reads an alarm. What fails its check reads as none.
func Of(row record.Row) Alarm {
	a := Alarm{
		Header: row.Header, Kind: Kind(row.Text("alarm")), AtMS: row.Int("at"), Count: row.Int("count"), Mark: row.Text("source_mark"),
		Sample: row.Bool("sample"), Closed: row.Bool("closed"), ClosedAt: row.Int("closed_at"), ClosedWhy: row.Text("closed_why"),
	}
	copy(a.Plate[:], row.Value("plate").Bytes())
	copy(a.Actor[:], row.Value("actor").Bytes())
	copy(a.ClosedBy[:], row.Value("closed_by").Bytes())
	for part := range slices.Chunk(row.Value("of").Bytes(), ident.Size) {
		if len(part) == ident.Size {
			a.Of = append(a.Of, ident.Record(part))
		}
	}
	return a
}

// maxWhy bounds what is written about how an alarm was settled, in characters.
const maxWhy = 200

// Close returns the write that settles an alarm. The fault is Invalid "alarm.why", field "why", without a word.
func (a Alarm) Close(by ident.Actor, why string, atMS int64) (record.Write, error) {
	why = strings.TrimSpace(why)
	if why == "" || len([]rune(why)) > maxWhy {
		return record.Write{}, fault.New(fault.Invalid, "alarm.why").WithField("why")
	}
	return record.Write{Op: record.Edit, Header: a.Header, Fields: map[record.Field]record.Value{
		"closed": record.OfBool(true), "closed_by": record.OfBytes(by[:]), "closed_at": record.OfInt(atMS), "closed_why": record.OfText(why),
	}}, nil
}
