// SPDX-License-Identifier: Apache-2.0

package outreach

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// Policy is one published edition of the rules of visits. It is immutable.
type Policy struct {
	Edition    uint32                         `json:"version"`
	Letters    []Letter                       `json:"letters"`
	Position   Position                       `json:"position"`
	TwoPersons []string                       `json:"two_persons"` // purposes for which two persons have to go
	Results    []Result                       `json:"results"`
	Consents   map[record.Kind][]string       `json:"consents"` // purposes of consent that a visit asks for, by whom it is to
	Required   map[record.Kind][]record.Field `json:"required"` // fields without which a file is not complete
	Bands      []Band                         `json:"bands"`    // by FromDays
	// ConsentDays is how many days before its end a consent is a reason to go.
	ConsentDays int               `json:"consent_days"`
	Points      Points            `json:"points"`
	Sources     map[string]string `json:"sources"` // where each figure comes from
}

// Letter is one edition of 《致服务对象的一封信》, which each person who is served is given.
type Letter struct {
	Edition uint32                 `json:"edition"` // from 1
	From    string                 `json:"from"`    // 2006-01-02; given from this day on
	Title   map[i18n.Lang]string   `json:"title"`
	Text    map[i18n.Lang][]string `json:"text"` // paragraphs
}

// In returns title and paragraphs in a language, in Chinese if the language is not there.
func (l Letter) In(lang i18n.Lang) (title string, text []string) {
	if _, ok := l.Text[lang]; !ok {
		lang = i18n.ZhHans
	}
	return l.Title[lang], slices.Clone(l.Text[lang])
}

// Position says when a position is good enough.
type Position struct {
	GoodMetres  int `json:"good_metres"`  // a better one is not waited for
	WorstMetres int `json:"worst_metres"` // a worse one tells nothing
	Seconds     int `json:"seconds"`      // how long is waited
}

// Result says which steps a visit needs that came out so.
type Result struct {
	Result string `json:"result"`
	Needs  []Step `json:"needs"`
}

// Band is how late something is. Days are counted from the day on which it was due, before it they are negative.
type Band struct {
	Name     string `json:"name"` // a code; text key "outreach.band." and it
	FromDays int    `json:"from_days"`
}

// Points are what each reason to visit weighs.
type Points struct {
	WaitingDay   int            `json:"waiting_day"`  // of each day that a demand has waited
	WaitingMost  int            `json:"waiting_most"` // no more than this for waiting
	Unassigned   int            `json:"unassigned"`   // nobody is in charge of a demand
	Bands        map[string]int `json:"bands"`
	FollowUp     int            `json:"follow_up"` // a next visit was agreed, and its day has come
	ConsentOver  int            `json:"consent_over"`
	ConsentSoon  int            `json:"consent_soon"`
	MissingField int            `json:"missing_field"` // of each field
	NeverVisited int            `json:"never_visited"`
}

// Step is a part of a visit. A visit may be filled in in any order.
type Step string

// The steps, in the order in which they are listed. StepSecond is needed by purpose or where somebody accompanies, not by
// result; StepDemand never is.
const (
	StepLetter   Step = "letter"   // the letter was given and acknowledged
	StepPosition Step = "position" // it is known where it was
	StepPhoto    Step = "photo"
	StepForm     Step = "form"     // what came of it
	StepConsent  Step = "consent"  // the person agrees to be on file
	StepDemand   Step = "demand"   // a demand was registered
	StepResident Step = "resident" // the person signed
	StepSecond   Step = "second"   // who accompanied has signed
)

// Steps returns all steps in the order in which they are listed.
func Steps() []Step {
	return []Step{StepLetter, StepPosition, StepPhoto, StepForm, StepConsent, StepDemand, StepResident, StepSecond}
}

// Parse reads a policy from its JSON form and checks it whole. The error names what is wrong.
func Parse(r io.Reader) (*Policy, error) {
	p := new(Policy)
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(p); err != nil {
		return nil, fmt.Errorf("read outreach policy: %w", err)
	}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("outreach policy version %d: %w", p.Edition, err)
	}
	return p, nil
}

func (p *Policy) check() error {
	switch {
	case p.Edition == 0:
		return fmt.Errorf("version is missing")
	case p.Position.GoodMetres < 1 || p.Position.WorstMetres < p.Position.GoodMetres || p.Position.Seconds < 1:
		return fmt.Errorf("position: a figure is missing or out of bounds")
	case len(p.Letters) == 0:
		return fmt.Errorf("there is no letter")
	case p.ConsentDays < 0:
		return fmt.Errorf("consent_days is %d", p.ConsentDays)
	}
	for i, l := range p.Letters {
		if err := l.check(i); err != nil {
			return fmt.Errorf("letter, edition %d: %w", l.Edition, err)
		}
	}
	seen := map[string]bool{}
	for _, r := range p.Results {
		if r.Result == "" || seen[r.Result] {
			return fmt.Errorf("result %q: empty or there twice", r.Result)
		}
		seen[r.Result] = true
		for _, s := range r.Needs {
			if !slices.Contains(Steps(), s) || s == StepSecond || s == StepDemand {
				return fmt.Errorf("result %q: %q is no step that a result may need", r.Result, s)
			}
		}
	}
	if !seen[resultDone] {
		return fmt.Errorf("result %q is missing", resultDone)
	}
	return p.checkBands()
}

// resultDone is the result of a visit whose people were met.
const resultDone = "done"

func (p *Policy) checkBands() error {
	for i, b := range p.Bands {
		if _, has := p.Points.Bands[b.Name]; !has {
			return fmt.Errorf("band %q has no points", b.Name)
		}
		if i > 0 && b.FromDays <= p.Bands[i-1].FromDays {
			return fmt.Errorf("band %q is not behind the one before it", b.Name)
		}
	}
	if len(p.Points.Bands) != len(p.Bands) {
		return fmt.Errorf("points are given to a band that there is not")
	}
	return nil
}

func (l Letter) check(i int) error {
	if _, err := time.Parse(time.DateOnly, l.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if l.Edition != uint32(i+1) {
		return fmt.Errorf("editions are numbered from 1, in order")
	}
	for _, lang := range i18n.Langs() {
		if l.Title[lang] == "" || len(l.Text[lang]) == 0 || slices.Contains(l.Text[lang], "") {
			return fmt.Errorf("no title or text in %s", lang)
		}
	}
	return nil
}

// Version is the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.Edition }

// Letter returns the letter that is given on a day: the newest that has begun. False if there is none yet.
func (p *Policy) Letter(on time.Time) (Letter, bool) {
	day := on.Format(time.DateOnly)
	for _, l := range slices.Backward(p.Letters) {
		if l.From <= day {
			return l, true
		}
	}
	return Letter{}, false
}

// Two says whether a visit for a purpose needs two persons.
func (p *Policy) Two(purpose string) bool { return slices.Contains(p.TwoPersons, purpose) }

// Band returns how late something is that was due so many days ago; the zero Band for what is not due yet.
func (p *Policy) Band(days int) Band {
	for _, b := range slices.Backward(p.Bands) {
		if days >= b.FromDays {
			return b
		}
	}
	return Band{}
}

// needs returns the steps that a visit needs; of one without a result, those of a visit whose people were met.
func (p *Policy) needs(v Visit) []Step {
	var out []Step
	for _, r := range p.Results {
		if r.Result == v.Result || v.Result == "" && r.Result == resultDone {
			out = slices.Clone(r.Needs)
		}
	}
	if v.Result != "" && v.Result != resultDone {
		return out // nobody was met: nothing was agreed that two have to vouch for
	}
	if p.Two(v.Purpose) || !v.Second.IsZero() {
		out = append(out, StepSecond)
	}
	return out
}
