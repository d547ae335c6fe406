// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"encoding/hex"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// KindTrail is the kind of the records that tell how the answers of an act came about. They go into the act itself, under
// the subject of what was written, so that they are sealed, sent and erased with it.
const KindTrail record.Kind = "trail"

// Fields of a trail.
const (
	trailAbout  record.Field = "about"   // the form's record
	trailForm   record.Field = "form"    // edition
	trailTraces record.Field = "traces"  // JSON
	trailFlags  record.Field = "flags"   // what is to be reviewed, in sentences, one a line
	trailReview record.Field = "flagged" // whether there is something
)

// maxTraces is how many bytes of traces go into one record, well below record.MaxValueSize.
const maxTraces = 32 << 10

// stored is a trace as it is kept. The new value is in the act beside it.
type stored struct {
	Record ident.Record `json:"r,omitzero"` // of a row
	Kind   record.Kind  `json:"k,omitempty"`
	Field  record.Field `json:"f"`
	How    How          `json:"h"`
	At     int64        `json:"at,omitempty"` // ms since 1970 UTC
	Had    bool         `json:"had,omitempty"`
	Old    string       `json:"old,omitempty"`
	Reason string       `json:"why,omitempty"`
}

// TrailWrites returns the records that keep the traces of an act about a record, and what of it is to be reviewed. Traces
// of other records than those of writes are left out.
func (f *Form) TrailWrites(about record.Header, writes []record.Write, traces []Trace, flags []string, newID func() (ident.Record, error)) ([]record.Write, error) {
	written := make(map[ident.Record]record.Write, len(writes))
	for _, w := range writes {
		written[w.Header.ID] = w
	}
	var heap []stored
	var out []record.Write
	size := 0
	put := func() error {
		w, err := f.trailWrite(about, heap, flags, newID)
		out, heap, size = append(out, w), nil, 0
		return err
	}
	for _, t := range traces {
		w, there := written[t.Record]
		if t.Record.IsZero() {
			w, there = written[about.ID]
		}
		if _, named := w.Fields[t.Field]; !there || !named {
			continue
		}
		one := t.stored(about.ID)
		if size += len(one.Old) + len(one.Reason) + 120; size > maxTraces {
			if err := put(); err != nil {
				return nil, err
			}
		}
		heap = append(heap, one)
	}
	if len(heap) == 0 {
		return out, nil
	}
	return out, put()
}

func (t Trace) stored(about ident.Record) stored {
	s := stored{Field: t.Field, How: t.How, Reason: t.Reason, Had: !t.Old.IsNone(), Old: plain(t.Old)}
	if !t.Record.IsZero() && t.Record != about {
		s.Record, s.Kind = t.Record, t.Kind
	}
	if !t.At.IsZero() {
		s.At = t.At.UnixMilli()
	}
	return s
}

func (f *Form) trailWrite(about record.Header, heap []stored, flags []string, newID func() (ident.Record, error)) (record.Write, error) {
	id, err := newID()
	if err != nil {
		return record.Write{}, fmt.Errorf("make the id of a trail: %w", err)
	}
	traces, err := json.Marshal(heap)
	if err != nil {
		return record.Write{}, fmt.Errorf("write a trail: %w", err)
	}
	w := record.Write{Op: record.Create, Header: record.Header{ID: id, Kind: KindTrail, Scope: about.Scope, Subject: about.Subject}}
	w.Fields = map[record.Field]record.Value{
		trailAbout: record.OfBytes(about.ID.Bytes()), trailForm: record.OfText(f.Edition()), trailTraces: record.OfText(string(traces)),
	}
	if len(flags) > 0 {
		w.Fields[trailFlags], w.Fields[trailReview] = record.OfText(strings.Join(flags, "\n")), record.OfBool(true)
	}
	return w, nil
}

// TracesOf reads the traces of a record of KindTrail: those of an act, without the new values. kind is that of the form's
// record, cat says what the old values are. What cannot be read is left out.
func TracesOf(row record.Row, kind record.Kind, cat *record.Catalogue) []Trace {
	var heap []stored
	if json.Unmarshal([]byte(row.Text(trailTraces)), &heap) != nil {
		return nil
	}
	out := make([]Trace, 0, len(heap))
	for _, s := range heap {
		t := Trace{Kind: kind, Record: s.Record, Field: s.Field, How: s.How, Reason: s.Reason}
		if s.Kind != "" {
			t.Kind = s.Kind
		}
		if s.Record.IsZero() {
			copy(t.Record[:], row.Value(trailAbout).Bytes())
		}
		if s.At != 0 {
			t.At = time.UnixMilli(s.At)
		}
		def, known := cat.Field(t.Kind, t.Field)
		if known && s.Had {
			t.Old = unplain(def.Format.Type(), s.Old)
		}
		out = append(out, t)
	}
	return out
}

// FlagsOf returns what a record of KindTrail says is to be reviewed.
func FlagsOf(row record.Row) []string {
	return slices.DeleteFunc(strings.Split(row.Text(trailFlags), "\n"), func(s string) bool { return s == "" })
}

// plain writes a value as text that unplain reads.
func plain(v record.Value) string {
	switch v.Type() {
	case record.Bool:
		return strconv.FormatBool(v.Bool())
	case record.Int:
		return strconv.FormatInt(v.Int(), 10)
	case record.Set:
		return strings.Join(v.Set(), ",")
	case record.Bytes:
		return hex.EncodeToString(v.Bytes())
	}
	return v.Text()
}

func unplain(t record.Type, text string) record.Value {
	switch t {
	case record.Bool:
		return record.OfBool(text == "true")
	case record.Int:
		n, _ := strconv.ParseInt(text, 10, 64) // as plain wrote it
		return record.OfInt(n)
	case record.Set:
		return record.OfSet(strings.Split(text, ",")...)
	case record.Bytes:
		b, _ := hex.DecodeString(text) // as plain wrote it
		return record.OfBytes(b)
	}
	return record.OfText(text)
}
