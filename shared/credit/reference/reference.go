// SPDX-License-Identifier: Apache-2.0

// Package reference is the letter in which a village or a bank recommends a household by what it was judged by
// (党建+金融+信用): to one organisation, for one purpose, with the household's consent to just that.
//
// A letter is an entry that its issuer signs with their own key, and it never changes. It stands as long as its day has not come
// and the consent was not withdrawn, which whoever is shown it can ask: its number alone tells nothing, the check that is printed
// with it does. It only ever recommends: what did not pass is not written on it.
package reference

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"yuexin/shared/credit/consent"
	"yuexin/shared/credit/criteria"
	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Kind is the kind of a letter's record.
const Kind record.Kind = "reference"

// CheckSize is how many random bytes prove that somebody holds the letter.
const CheckSize = 10

// Purpose is what a letter may be used for.
type Purpose struct {
	ID   string               `json:"id"`
	Name map[i18n.Lang]string `json:"name"`
}

// Policy is one published edition of the letters. It is immutable.
type Policy struct {
	version uint32
	file    policyFile
}

type policyFile struct {
	Version  uint32                 `json:"version"`
	About    string                 `json:"about"`   // for whoever edits the file
	Months   int                    `json:"months"`  // how long a letter stands
	Consent  string                 `json:"consent"` // purpose of the consent that it needs
	Sheets   []record.Kind          `json:"sheets"`  // by what a household is recommended
	Purposes []Purpose              `json:"purposes"`
	Title    map[i18n.Lang]string   `json:"title"`
	Lines    map[i18n.Lang][]string `json:"lines"`  // with the places {to}, {holder}, {village}, {purpose}, {facts}, {until}, {issuer} and {day}
	Result   map[i18n.Lang]string   `json:"result"` // a line of {facts}: {sheet}, {on}, {points}, {most}
}

// Parse reads a policy from its JSON form and checks it whole.
func Parse(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&p.file); err != nil {
		return nil, fmt.Errorf("read reference policy: %w", err)
	}
	p.version = p.file.Version
	f := p.file
	if f.Version == 0 || f.Months < 1 || f.Consent == "" || len(f.Sheets) == 0 || len(f.Purposes) == 0 {
		return nil, fmt.Errorf("reference policy: version, months, consent, sheets or purposes are missing")
	}
	for _, lang := range i18n.Langs() {
		all := strings.Join(f.Lines[lang], "")
		for _, place := range []string{"{to}", "{holder}", "{village}", "{purpose}", "{facts}", "{until}", "{issuer}", "{day}"} {
			if !strings.Contains(all, place) {
				return nil, fmt.Errorf("reference policy: the letter in %s has no %s", lang, place)
			}
		}
		if f.Title[lang] == "" || !strings.Contains(f.Result[lang], "{sheet}") || slices.ContainsFunc(f.Purposes, func(p Purpose) bool { return p.ID == "" || p.Name[lang] == "" }) {
			return nil, fmt.Errorf("reference policy: title, result or a purpose has no name in %s", lang)
		}
	}
	return p, nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Consent returns the purpose of the consent that a letter needs.
func (p *Policy) Consent() string { return p.file.Consent }

// Sheets returns the kinds of sheets by which a household is recommended.
func (p *Policy) Sheets() []record.Kind { return slices.Clone(p.file.Sheets) }

// PurposeIn names a purpose; false for none.
func (p *Policy) PurposeIn(id string, lang i18n.Lang) (string, bool) {
	i := slices.IndexFunc(p.file.Purposes, func(one Purpose) bool { return one.ID == id })
	if i < 0 {
		return "", false
	}
	return p.file.Purposes[i].Name[lang], true
}

// Fact is a sheet that the household passed.
type Fact struct {
	Kind   record.Kind  `json:"kind"`
	Record ident.Record `json:"record"`
	On     string       `json:"on"`
	Points int64        `json:"points"`
	Most   int64        `json:"most"`
}

// Letter is a reference letter. Header.Subject is the household's.
type Letter struct {
	Header  record.Header
	Number  string // as a receipt's
	Check   []byte // CheckSize bytes, printed with the number
	Purpose string
	To      ident.Org
	Holder  string
	Facts   []Fact
	Consent ident.Record
	Edition uint32
	At      int64  // ms since 1970 UTC
	Until   string // 2006-01-02, the last day
	Issuer  ident.Actor
	Sample  bool
}

// Of reads a letter.
func Of(row record.Row) Letter {
	l := Letter{
		Header: row.Header, Number: row.Text("number"), Check: row.Value("check").Bytes(), Purpose: row.Text("reference_purpose"), Holder: row.Text("holder"),
		Edition: uint32(row.Int("policy")), At: row.Int("at"), Until: row.Text("until"), Sample: row.Bool("sample"),
	}
	copy(l.To[:], row.Value("recipient").Bytes())
	copy(l.Consent[:], row.Value("consent").Bytes())
	copy(l.Issuer[:], row.Value("officer").Bytes())
	_ = json.Unmarshal([]byte(row.Text("facts")), &l.Facts) // where the reader may not see them there are none
	return l
}

// Create returns the write that makes the letter under l.Header.
func (l Letter) Create() (record.Write, error) {
	l.Header.Kind = Kind
	facts, err := json.Marshal(l.Facts)
	if err != nil {
		return record.Write{}, fmt.Errorf("write what a letter is about: %w", err)
	}
	fields := map[record.Field]record.Value{
		"number": record.OfText(l.Number), "check": record.OfBytes(l.Check), "reference_purpose": record.OfText(l.Purpose), "recipient": record.OfBytes(l.To.Bytes()),
		"holder": record.OfText(l.Holder), "facts": record.OfText(string(facts)), "consent": record.OfBytes(l.Consent.Bytes()), "policy": record.OfInt(int64(l.Edition)),
		"at": record.OfInt(l.At), "until": record.OfText(l.Until), "officer": record.OfBytes(l.Issuer.Bytes()),
	}
	if l.Sample {
		fields["sample"] = record.OfBool(true)
	}
	return record.Write{Op: record.Create, Header: l.Header, Fields: fields}, nil
}

// Issue completes a letter about a household: l has its number, check, purpose, recipient and issuer. Faults: Invalid
// "reference.purpose"; NotAllowed "reference.consent" where no consent to just that holds; Conflict "reference.nothing" for a
// household that passed nothing.
func (p *Policy) Issue(l Letter, household record.Row, results []criteria.Result, given consent.Given, now time.Time) (Letter, error) {
	if _, known := p.PurposeIn(l.Purpose, i18n.ZhHans); !known {
		return Letter{}, fault.New(fault.Invalid, "reference.purpose").WithField("reference_purpose")
	}
	i := slices.IndexFunc(given.Consents, func(c consent.Consent) bool {
		return c.Purpose == p.file.Consent && c.Recipient == l.To && c.Header.Subject == household.Header.Subject && given.Holds(c, now)
	})
	if i < 0 {
		return Letter{}, fault.New(fault.NotAllowed, "reference.consent")
	}
	for _, r := range results {
		if r.Pass && r.Subject == household.Header.Subject && slices.Contains(p.file.Sheets, r.Kind) {
			l.Facts = append(l.Facts, Fact{r.Kind, r.Record, r.On, r.Points, r.Most})
		}
	}
	if len(l.Facts) == 0 {
		return Letter{}, fault.New(fault.Conflict, "reference.nothing")
	}
	h := household.Header
	l.Header = record.Header{ID: l.Header.ID, Kind: Kind, Scope: h.Scope, Subject: h.Subject}
	l.Holder, l.Consent, l.Edition, l.At = household.Text("head_name"), given.Consents[i].Header.ID, p.version, now.UnixMilli()
	l.Until = min(now.AddDate(0, p.file.Months, 0).Format(time.DateOnly), given.Consents[i].Until)
	l.Sample = l.Sample || household.Bool("sample")
	return l, nil
}

// State says how a letter stands. Its text has the key "reference.state." and it.
type State string

// The states.
const (
	Stands    State = "stands"
	Over      State = "over"
	Withdrawn State = "withdrawn" // the household took its consent back
)

// Stand says how a letter stands, to whoever has the check that is printed with its number; fault.NotFound "reference.unknown" for
// another one, as for no letter.
func (l Letter) Stand(check []byte, given consent.Given, now time.Time) (State, error) {
	if len(l.Check) != CheckSize || !bytes.Equal(l.Check, check) {
		return "", fault.New(fault.NotFound, "reference.unknown")
	}
	i := slices.IndexFunc(given.Consents, func(c consent.Consent) bool { return c.Header.ID == l.Consent })
	if i < 0 {
		return Withdrawn, nil
	}
	if _, ended := given.Ended(given.Consents[i]); ended {
		return Withdrawn, nil
	}
	if l.Until < now.Format(time.DateOnly) {
		return Over, nil
	}
	return Stands, nil
}

// Places are the names that stand in a letter.
type Places struct{ To, Village, Issuer string }

// Text returns title and lines of a letter in a language.
func (p *Policy) Text(l Letter, at Places, judged *criteria.Policy, lang i18n.Lang, zone *time.Location) (title string, lines []string) {
	purpose, _ := p.PurposeIn(l.Purpose, lang)
	fill := strings.NewReplacer("{to}", at.To, "{holder}", l.Holder, "{village}", at.Village, "{purpose}", purpose, "{until}", l.Until,
		"{issuer}", at.Issuer, "{day}", time.UnixMilli(l.At).In(zone).Format(time.DateOnly))
	for _, line := range p.file.Lines[lang] {
		if line != "{facts}" {
			lines = append(lines, fill.Replace(line))
			continue
		}
		for _, f := range l.Facts {
			sheet, _ := judged.Sheet(f.Kind)
			lines = append(lines, strings.NewReplacer("{sheet}", sheet.In(lang), "{on}", f.On, "{points}", fmt.Sprint(f.Points), "{most}", fmt.Sprint(f.Most)).Replace(p.file.Result[lang]))
		}
	}
	return p.file.Title[lang], lines
}
