// SPDX-License-Identifier: Apache-2.0

package myfile

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/forms"
	"yuexin/shared/credit/scoring"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// fileVersion is the form of the sealed content. A program that meets another says so.
const fileVersion = 1

// File is what is recorded about one household or merchant, for themselves. It holds values, not words: the kiosk says them in
// the language of who stands before it.
type File struct {
	Version int           `json:"v"`
	Record  ident.Record  `json:"record"` // the household or merchant
	Kind    record.Kind   `json:"kind"`
	Subject ident.Subject `json:"subject"`
	Name    string        `json:"name"`
	MadeMS  int64         `json:"made"` // when the server last looked; ms since 1970 UTC
	Sample  bool          `json:"sample,omitempty"`
	Parts   []Part        `json:"parts"`
	Said    []Said        `json:"said,omitempty"`   // what they object to, newest first
	Agreed  []Agreed      `json:"agreed,omitempty"` // what they consented to, newest first
	Uses    []consent.Use `json:"uses,omitempty"`   // who saw something of it, newest first
	Missing []Need        `json:"missing"`

	// Score is what the card comes to for them, with what would raise it; nil where no card counts.
	Score *scoring.Result `json:"score,omitempty"`

	// Limit is what they may ask for after whole-village credit, before anybody asked; nil for none.
	Limit *Limit `json:"limit,omitempty"`
}

// Limit is a pre-approved limit. It is no contract.
type Limit struct {
	Amount int64  `json:"fen"`
	Until  string `json:"until"` // its last day, 2006-01-02
}

// Part is a section of a form, or one record beside it: a member, a plot.
type Part struct {
	Record  ident.Record `json:"record"`
	Kind    record.Kind  `json:"kind"`
	Form    string       `json:"form,omitempty"`    // whose section it is; "" for a record beside it
	Section string       `json:"section,omitempty"` // "" for fields that the form does not ask
	Number  int          `json:"n,omitempty"`       // of a record beside it: from 1, in its kind
	Items   []Item       `json:"items"`
}

// Item is one recorded value.
type Item struct {
	Field    record.Field  `json:"field"`
	Value    Value         `json:"value"`
	Source   record.Source `json:"source"`
	AtMS     int64         `json:"at"` // when it was written; ms since 1970 UTC
	Disputed bool          `json:"disputed,omitempty"`
	Others   []Value       `json:"others,omitempty"` // what others say of it, where nobody has settled it
}

// Said is an objection, and what became of it.
type Said struct {
	ID      ident.Record `json:"id"`     // of the objection
	Record  ident.Record `json:"record"` // that the value is in
	Kind    record.Kind  `json:"kind"`   // of that record
	Field   record.Field `json:"field"`
	What    string       `json:"what"` // one of Objections
	Stood   string       `json:"stood,omitempty"`
	Wanted  string       `json:"wanted,omitempty"`
	Receipt string       `json:"receipt,omitempty"`
	AtMS    int64        `json:"at"` // by the clock of where it was signed

	Answer     string `json:"answer,omitempty"` // a code of field answer_kind; "" while nobody answered
	Words      string `json:"words,omitempty"`
	AnsweredMS int64  `json:"answered,omitempty"`
}

// Need is a question of the next form that nobody has answered.
type Need struct {
	Form string `json:"form"`
	Path string `json:"path"` // of the form's field
	Must bool   `json:"must,omitempty"`
}

// Value is a record.Value as it is kept here: texts, numbers, truths and sets; references and files are not shown.
type Value struct{ record.Value }

type valueFile struct {
	Bool *bool    `json:"b,omitempty"`
	Int  *int64   `json:"i,omitempty"`
	Text *string  `json:"t,omitempty"`
	Set  []string `json:"s,omitempty"`
}

// MarshalJSON writes the value under the letter of its type.
func (v Value) MarshalJSON() ([]byte, error) {
	var f valueFile
	switch v.Type() {
	case record.Bool:
		b := v.Bool()
		f.Bool = &b
	case record.Int:
		n := v.Int()
		f.Int = &n
	case record.Text:
		t := v.Text()
		f.Text = &t
	case record.Set:
		f.Set = v.Set()
	}
	return json.Marshal(f)
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (v *Value) UnmarshalJSON(data []byte) error {
	var f valueFile
	if err := json.Unmarshal(data, &f); err != nil {
		return err
	}
	switch {
	case f.Bool != nil:
		v.Value = record.OfBool(*f.Bool)
	case f.Int != nil:
		v.Value = record.OfInt(*f.Int)
	case f.Text != nil:
		v.Value = record.OfText(*f.Text)
	case f.Set != nil:
		v.Value = record.OfSet(f.Set...)
	default:
		v.Value = record.Value{}
	}
	return nil
}

// Rules are what a file is made by.
type Rules struct {
	Policy    *Policy
	Catalogue *record.Catalogue
	Forms     map[string]*forms.Form
	Consents  *consent.Policy
	Card      func(name, day string) *scoring.Card // the one that counts on a day; nil: no ratings
}

// Kinds returns the kinds of records that Make wants to see.
func (r Rules) Kinds() []record.Kind {
	kinds := append(slices.Clone(r.Policy.Show), KindObjection, KindAnswer, consent.Kind, consent.KindEnd)
	for _, root := range r.Policy.Show {
		if card := r.card(root, ""); card != nil {
			kinds = append(kinds, card.Kinds()...)
		}
	}
	slices.Sort(kinds)
	return slices.Compact(kinds)
}

// card returns the card that rates records of a kind; without a day the newest.
func (r Rules) card(kind record.Kind, day string) *scoring.Card {
	if r.Card == nil {
		return nil
	}
	if day == "" {
		day = "9999-12-31"
	}
	return r.Card(string(kind), day)
}

// Make puts together what is recorded about the subject of root, a household or merchant: rows are all records of the subject,
// of Kinds, that are not deleted, root included, in any order; uses is who saw something of it, as far as that is known. today is
// the day of the caller, for what the forms ask.
func (r Rules) Make(root record.Row, rows []record.Row, uses []consent.Use, today time.Time) *File {
	f := &File{
		Version: fileVersion, Record: root.Header.ID, Kind: root.Header.Kind, Subject: root.Header.Subject,
		MadeMS: today.UnixMilli(), Sample: root.Bool("sample"), Name: nameOf(root),
	}
	form := r.Forms[r.Policy.Next[root.Header.Kind]]
	var beside []record.Row
	for _, row := range rows {
		if row.Header.ID != root.Header.ID && row.Header.Subject == root.Header.Subject {
			beside = append(beside, row)
		}
	}
	slices.SortFunc(beside, func(a, b record.Row) int { return slices.Compare(a.Header.ID[:], b.Header.ID[:]) })
	for _, kind := range r.Policy.Show {
		if kind == root.Header.Kind {
			f.Parts = append(f.Parts, r.sections(root, form)...)
			continue
		}
		n := 0
		for _, row := range beside {
			if row.Header.Kind != kind {
				continue
			}
			n++
			if items := r.items(row, r.fieldsOf(kind)); len(items) > 0 {
				f.Parts = append(f.Parts, Part{Record: row.Header.ID, Kind: kind, Number: n, Items: items})
			}
		}
	}
	f.Said = SaidOf(beside)
	given := consent.GivenOf(beside)
	f.Agreed = agreedOf(given)
	f.Uses = r.Consents.Sum(r.Consents.Judge(uses, given, today.Location()), today.Location(), r.Policy.ShowUses)
	f.Missing = r.missing(form, root, beside, today)
	if card := r.card(root.Header.Kind, today.Format(time.DateOnly)); card != nil {
		// What a card cannot score is a file without a rating; the case is noted where scores are asked for.
		f.Score, _ = card.Score(root, beside, today.Format(time.DateOnly))
	}
	return f
}

// nameOf returns whose file it is.
func nameOf(root record.Row) string {
	for _, field := range []record.Field{"head_name", "name"} {
		if name := root.Text(field); name != "" {
			return name
		}
	}
	return ""
}

// sections shows a record in the order of a form, then what the form does not ask.
func (r Rules) sections(row record.Row, form *forms.Form) (out []Part) {
	asked := map[record.Field]bool{}
	add := func(form, section string, fields []record.Field) {
		if items := r.items(row, fields); len(items) > 0 {
			out = append(out, Part{Record: row.Header.ID, Kind: row.Header.Kind, Form: form, Section: section, Items: items})
		}
	}
	if form != nil {
		for _, s := range form.Sections {
			var fields []record.Field
			for _, field := range s.Fields {
				if field.Record != "" {
					asked[field.Record] = true
					fields = append(fields, field.Record)
				}
			}
			add(form.Name, s.Name, fields)
		}
	}
	add("", "", slices.DeleteFunc(r.fieldsOf(row.Header.Kind), func(f record.Field) bool { return asked[f] }))
	return out
}

// own are fields by which the program knows a record: nobody said them.
var own = []record.Field{"form", "sample"}

// fieldsOf returns the fields of a kind that say something, in the order of the catalogue.
func (r Rules) fieldsOf(kind record.Kind) (out []record.Field) {
	def, known := r.Catalogue.Kind(kind)
	if !known {
		return nil
	}
	for _, f := range def.Fields {
		switch f.Format {
		case record.FormatRef, record.FormatBytes, record.FormatBlob, record.FormatPosition:
		default:
			if !slices.Contains(own, f.Name) {
				out = append(out, f.Name)
			}
		}
	}
	return out
}

// items returns the values of some fields that are there, or in dispute.
func (r Rules) items(row record.Row, fields []record.Field) (out []Item) {
	shown := r.fieldsOf(row.Header.Kind)
	for _, field := range fields {
		state := row.Fields[field]
		if !slices.Contains(shown, field) || state.Value.IsNone() && !state.Disputed {
			continue
		}
		it := Item{Field: field, Value: Value{state.Value}, Source: state.Winner.Source, AtMS: state.Winner.Stamp.WallMS(), Disputed: state.Disputed}
		if state.Disputed {
			for _, head := range state.Aside {
				it.Others = append(it.Others, Value{head.Value})
			}
		}
		out = append(out, it)
	}
	return out
}

// missing returns the questions of a form that stand open, those that must be answered first.
func (r Rules) missing(form *forms.Form, root record.Row, beside []record.Row, today time.Time) (out []Need) {
	if form == nil || form.Kind != root.Header.Kind {
		return nil
	}
	s := forms.New(form, today)
	s.Load(root, beside...)
	var later []Need
	for _, path := range s.Paths() {
		field, top := form.Field(path)
		if !top || field.Record == "" || !field.Asked() || field.Type == forms.Rows || !s.Value(path).IsNone() ||
			slices.Contains(r.Policy.NotMissed, field.Record) {
			continue
		}
		need := Need{Form: form.Name, Path: path, Must: s.Required(path)}
		if need.Must {
			out = append(out, need)
		} else {
			later = append(later, need)
		}
	}
	return append(out, later...)
}

// Digest tells two files apart whatever the day on which they were made.
func (f *File) Digest() ([]byte, error) {
	same := *f
	same.MadeMS = 0
	if f.Score != nil {
		score := *f.Score
		score.Day, same.Score = "", &score
	}
	body, err := json.Marshal(same)
	if err != nil {
		return nil, fmt.Errorf("write a file: %w", err)
	}
	sum := sha256.Sum256(body)
	return sum[:], nil
}

// At returns the item at a place of the file, fault.NotFound if there is none.
func (f *File) At(part, item int) (Part, Item, error) {
	if part < 0 || part >= len(f.Parts) || item < 0 || item >= len(f.Parts[part].Items) {
		return Part{}, Item{}, fault.New(fault.NotFound, "myfile.damaged")
	}
	return f.Parts[part], f.Parts[part].Items[item], nil
}
