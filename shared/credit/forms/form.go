// SPDX-License-Identifier: Apache-2.0

package forms

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"reflect"

	"yuexin/shared/i18n"
	"yuexin/shared/region"
	"yuexin/shared/sync/record"
)

// Type says how a field is asked for and what its answer is.
type Type string

// The types, each with the form of its record.Value.
const (
	Text    Type = "text"    // Text; Format narrows it
	Number  Type = "number"  // Int
	Money   Type = "money"   // Int, fen
	Area    Type = "area"    // Int, hundredths of a mu
	Decimal Type = "decimal" // Int, thousandths
	Date    Type = "date"    // Text, 2006-01-02
	Time    Type = "time"    // Int, ms since 1970 UTC; typed and shown as 2006-01-02 15:04 in the session's zone
	Choice  Type = "choice"  // Text, one code
	Choices Type = "choices" // Set, any codes
	YesNo   Type = "yes_no"  // Bool
	GPS     Type = "gps"     // Text, a Fix
	Photo   Type = "photo"   // Bytes, a record.Attachment; as text in hex
	Sign    Type = "sign"    // the same, of a signature
	Note    Type = "note"    // asks for nothing: a label to read
	Rows    Type = "rows"    // repeats its Fields
)

// The formats of a text field, besides "".
const (
	Multiline  = "multiline"
	ResidentID = "resident_id"
	USCC       = "uscc"
	Mobile     = "mobile"
	Region     = "region"
	Code       = "code" // of a plate, a licence, a parcel; scanned where there is a scanner
)

// Label is a text for people: its own, or the one of a key.
type Label struct {
	Key  string
	Text map[i18n.Lang]string
}

// In returns the label in p's language, "" for none.
func (l Label) In(p *i18n.Printer) string {
	if text, ok := l.Text[p.Lang()]; ok {
		return text
	}
	if l.Key == "" {
		return l.Text[i18n.ZhHans]
	}
	return p.T(l.Key)
}

// IsZero says whether there is no text.
func (l Label) IsZero() bool { return l.Key == "" && len(l.Text) == 0 }

// Option is one code of a choice.
type Option struct {
	Code  string
	Label Label
	Under string // the code of the field's Under that it belongs to; "" without one
}

// Field is one question, or with type Rows a list of them.
type Field struct {
	Name    string
	Type    Type
	Format  string // of a Text
	Record  record.Field
	Label   Label
	Help    Label
	Options []Option // of Choice and Choices

	MinLen, MaxLen   int    // characters of a Text; 0 for no limit
	MinText, MaxText string // limits of a Number, Money, Area, Decimal or Date as the file writes them; "" for none

	Under       string       // choice, or region, within whose answer this one must lie; "" for none
	Level       region.Level // down to which a Region must be chosen; 0 for any
	MaxAccuracy int          // metres, of a GPS; 0 for any
	Hidden      bool         // computed and never shown

	Fields           []*Field // of a row
	Kind             record.Kind
	Link             record.Field // field of the row's record that refers to the form's record
	MinRows, MaxRows int

	required     bool
	requiredWhen *rule
	when         *rule
	compute      *rule // the answer itself
	preset       *rule // the answer to begin with
	checks       []*check
	section      *Section
	parent       *Field // the rows field it belongs to
	min, max     limit
	index        int // among the fields of its rows, or of the form
	at           int // index in its struct of the expressions' environment; -1 for none
	rowAt        int // of rows: index of the row at hand in the environment
	step         int // where its standing is found
}

// Computed says whether the answer is computed from others: it is shown and cannot be set.
func (f *Field) Computed() bool { return f.compute != nil }

// Asked says whether a person is to answer it.
func (f *Field) Asked() bool { return f.Type != Note && f.compute == nil }

// path is the name of the field in conditions: "phone", "members.relation".
func (f *Field) path() string {
	if f.parent != nil {
		return f.parent.Name + "." + f.Name
	}
	return f.Name
}

// Section is a group of fields under one title; a screen or a part of a page.
type Section struct {
	Name   string
	Title  Label
	Fields []*Field

	when *rule
}

// Level says whether a finding stops the form.
type Level string

// The levels.
const (
	Block Level = "block" // cannot be handed in
	Warn  Level = "warn"  // asks to look again; whoever goes on says why
	Flag  Level = "flag"  // handed in as it is, for somebody to review
)

// check is a condition that should not hold: over all answers, or in each row over its own.
type check struct {
	name    string
	level   Level
	fields  []string
	when    *rule
	message Label
	field   *Field // whose answer it is about; nil for a check of the form
	slot    int    // among the checks of its rows, or of the form
}

// Consent ties a yes_no field to the purpose of a consent: answered yes, the flow records that consent.
type Consent struct {
	Purpose string `json:"purpose"`
	Field   string `json:"field"`
}

// Form is one published edition of a form. It is immutable and safe for concurrent use.
type Form struct {
	Name     string
	Version  uint32
	Kind     record.Kind
	Title    Label
	Of       []record.Kind // what it is opened from at a laptop: a household, a merchant, a village's unit; none for others
	Village  bool          // of a unit: what it makes is about the village, not a thing of its own in it
	Sections []*Section
	Consents []Consent

	checks []*check
	byName map[string]*Field // by path
	order  []*Field          // each after all that its standing depends on
	steps  []step
	own    []*Field // those with answers of their own, rows fields included
	env    reflect.Type
}

// Field returns the field at a path without row numbers, "phone" or "members.relation".
func (f *Form) Field(path string) (*Field, bool) {
	field, ok := f.byName[path]
	return field, ok
}

// Parse reads a form from its JSON form and checks it whole: names, types, limits, choices, labels in every language,
// expressions (unknown field or code, wrong type, too long), circles, sections that nobody can reach. The error names the
// field or check at fault.
// CheckAgainst compares the form with a catalogue.
func Parse(r io.Reader) (*Form, error) {
	var file formFile
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read form: %w", err)
	}
	f, err := file.form()
	if err != nil {
		return nil, fmt.Errorf("form %q: %w", file.Form, err)
	}
	return f, nil
}

type formFile struct {
	Form     string               `json:"form"`
	Version  uint32               `json:"version"`
	Kind     record.Kind          `json:"kind"`
	Title    map[i18n.Lang]string `json:"title"`
	Of       []record.Kind        `json:"of"`
	Village  bool                 `json:"village"`
	Consents []Consent            `json:"consents"`
	Sections []struct {
		Name   string               `json:"name"`
		Title  map[i18n.Lang]string `json:"title"`
		When   string               `json:"when"`
		Fields []fieldFile          `json:"fields"`
	} `json:"sections"`
	Checks []checkFile `json:"checks"`
}

type checkFile struct {
	Name    string               `json:"name"`
	Level   Level                `json:"level"`
	Fields  []string             `json:"fields"`
	When    string               `json:"when"`
	Message map[i18n.Lang]string `json:"message"`
}

// optionFile is a code alone, or one with a text of its own or a code that it belongs to.
type optionFile struct {
	Code  string               `json:"code"`
	Label map[i18n.Lang]string `json:"label"`
	Under string               `json:"under"`
}

// UnmarshalJSON reads "code" or {"code": …}.
func (o *optionFile) UnmarshalJSON(data []byte) error {
	if err := json.Unmarshal(data, &o.Code); err == nil {
		return nil
	}
	type plain optionFile
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	return dec.Decode((*plain)(o))
}

type fieldFile struct {
	Name         string               `json:"name"`
	Type         Type                 `json:"type"`
	Format       string               `json:"format"`
	Record       record.Field         `json:"record"`
	Label        map[i18n.Lang]string `json:"label"`
	Help         map[i18n.Lang]string `json:"help"`
	Choices      []optionFile         `json:"choices"`
	Under        string               `json:"under"`
	Level        string               `json:"level"`
	MaxAccuracy  int                  `json:"max_accuracy"`
	Compute      string               `json:"compute"`
	Preset       string               `json:"preset"`
	Hidden       bool                 `json:"hidden"`
	Checks       []checkFile          `json:"checks"`
	Required     bool                 `json:"required"`
	RequiredWhen string               `json:"required_when"`
	When         string               `json:"when"`
	Min          string               `json:"min"`
	Max          string               `json:"max"`
	MinLen       int                  `json:"min_len"`
	MaxLen       int                  `json:"max_len"`
	Kind         record.Kind          `json:"kind"`
	Link         record.Field         `json:"link"`
	MinRows      int                  `json:"min_rows"`
	MaxRows      int                  `json:"max_rows"`
	Fields       []fieldFile          `json:"fields"`
}
