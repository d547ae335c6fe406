// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// Wording is one edition of the text that a person agrees to.
type Wording struct {
	Purpose    string               `json:"purpose"`    // what the information is used for; a code
	Edition    uint32               `json:"wording"`    // from 1, per purpose
	From       string               `json:"from"`       // 2006-01-02; used for consents given from this day on
	Months     int                  `json:"months"`     // how long a consent holds
	Sensitive  bool                 `json:"sensitive"`  // a separate consent in writing
	Recipients []string             `json:"recipients"` // sorts of organisation that may be named
	Groups     []string             `json:"groups"`     // what it covers; codes
	Kinds      []record.Kind        `json:"kinds"`      // in which records
	Given      []string             `json:"given"`      // ways in which it may be given; codes
	Text       map[i18n.Lang]string `json:"text"`       // with the places {recipient} and {months}
}

// In returns the text in a language with the recipient's name in it, in Chinese if the language is not there.
func (w Wording) In(lang i18n.Lang, recipient string) string {
	text, ok := w.Text[lang]
	if !ok {
		text = w.Text[i18n.ZhHans]
	}
	return strings.NewReplacer("{recipient}", recipient, "{months}", strconv.Itoa(w.Months)).Replace(text)
}

// About says whether a wording speaks of records of a kind.
func (w Wording) About(kind record.Kind) bool { return slices.Contains(w.Kinds, kind) }

// Policy is one published edition of all wordings. It is immutable.
type Policy struct {
	version  uint32
	wordings []Wording
	letters  []Letter
	readers  map[record.Role]Need
	kinds    map[record.Kind]Scheme
	free     []record.Kind // shown without a consent: consents themselves, and what others say in answer
}

// Parse reads a policy from its JSON form and checks it whole: every wording has a text in every language that names
// recipient and period, a day, a period, and at least one group, recipient and way; no edition is there twice; a
// sensitive one cannot be given by a tap or on a telephone; no field is in two groups. The error names what is at fault.
func Parse(r io.Reader) (*Policy, error) {
	var file struct {
		Version  uint32                 `json:"version"`
		Wordings []Wording              `json:"wordings"`
		Letters  []Letter               `json:"letters"`
		Readers  map[record.Role]Need   `json:"readers"`
		Kinds    map[record.Kind]Scheme `json:"kinds"`
		Free     []record.Kind          `json:"free"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&file); err != nil {
		return nil, fmt.Errorf("read consent policy: %w", err)
	}
	if file.Version == 0 {
		return nil, fmt.Errorf("consent policy: version is missing")
	}
	p := &Policy{version: file.Version, readers: file.Readers, kinds: file.Kinds, free: file.Free}
	for _, w := range file.Wordings {
		if err := w.check(); err != nil {
			return nil, fmt.Errorf("consent policy: %s, edition %d: %w", w.Purpose, w.Edition, err)
		}
		if _, twice := p.Wording(w.Purpose, w.Edition); twice {
			return nil, fmt.Errorf("consent policy: %s, edition %d: defined twice", w.Purpose, w.Edition)
		}
		p.wordings = append(p.wordings, w)
	}
	if err := p.takeLetters(file.Letters); err != nil {
		return nil, err
	}
	return p, p.checkReaders()
}

func (w Wording) check() error {
	if _, err := time.Parse(time.DateOnly, w.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	switch {
	case w.Purpose == "" || w.Edition == 0:
		return fmt.Errorf("purpose or edition is missing")
	case w.Months < 1:
		return fmt.Errorf("a consent for ever is none: months is %d", w.Months)
	case len(w.Recipients) == 0 || len(w.Groups) == 0 || len(w.Given) == 0:
		return fmt.Errorf("recipients, groups or given is empty")
	case w.Sensitive && (slices.Contains(w.Given, Tap) || slices.Contains(w.Given, Phone)):
		return fmt.Errorf("a sensitive consent is given in writing, not by a tap")
	case len(w.Kinds) == 0:
		return fmt.Errorf("kinds is empty")
	}
	for _, lang := range i18n.Langs() {
		for _, place := range []string{"{recipient}", "{months}"} {
			if !strings.Contains(w.Text[lang], place) {
				return fmt.Errorf("text in %s: no %s", lang, place)
			}
		}
	}
	return nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// Wordings returns all wordings, in the order of the file.
func (p *Policy) Wordings() []Wording { return slices.Clone(p.wordings) }

// Wording returns one edition of one purpose, and whether there is one.
func (p *Policy) Wording(purpose string, edition uint32) (Wording, bool) {
	for _, w := range p.wordings {
		if w.Purpose == purpose && w.Edition == edition {
			return w, true
		}
	}
	return Wording{}, false
}

// Current returns the edition in use on a day: the newest that has begun. False means that nobody may be asked yet.
func (p *Policy) Current(purpose string, on time.Time) (Wording, bool) {
	day := on.Format(time.DateOnly)
	var found Wording
	for _, w := range p.wordings {
		if w.Purpose == purpose && w.From <= day && w.Edition > found.Edition {
			found = w
		}
	}
	return found, found.Edition > 0
}
