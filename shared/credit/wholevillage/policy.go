// SPDX-License-Identifier: Apache-2.0

package wholevillage

import (
	"encoding/json"
	"fmt"
	"io"
	"slices"

	"yuexin/shared/i18n"
	"yuexin/shared/sync/record"
)

// Text is the same words in each language.
type Text map[i18n.Lang]string

// In returns the words in a language, in Chinese if the language is not there.
func (t Text) In(lang i18n.Lang) string {
	if words, ok := t[lang]; ok {
		return words
	}
	return t[i18n.ZhHans]
}

func (t Text) whole() bool {
	return !slices.ContainsFunc(i18n.Langs(), func(l i18n.Lang) bool { return t[l] == "" })
}

// State is how far a household is.
type State string

// The states, in order.
const (
	File      State = "file"
	Screen    State = "screen"
	Rounds    State = "rounds"
	Review    State = "review"
	Offer     State = "offer"
	Notice    State = "notice"
	Interview State = "interview"
	Contract  State = "contract"
	Use       State = "use"
	Renewal   State = "renewal"
)

// States returns all states in order.
func States() []State {
	return []State{File, Screen, Rounds, Review, Offer, Notice, Interview, Contract, Use, Renewal}
}

// StateRule is what a state is called, who leads a household into it, what it needs and which paper it prints.
type StateRule struct {
	ID     State         `json:"id"`
	Name   Text          `json:"name"`
	Who    []record.Role `json:"who"`
	Needs  []Need        `json:"needs"`
	Paper  string        `json:"paper,omitempty"` // "sheet", "notice", "offer"
	Source string        `json:"source"`
}

// FileRule is what a file needs before it is one.
type FileRule struct {
	Fields   []record.Field `json:"fields"`
	Purposes []string       `json:"purposes"` // of consents that have to be in force
	Source   string         `json:"source"`
}

// RoundRule is how blind rounds are held.
type RoundRule struct {
	Reviewers int      `json:"reviewers"` // at least so many who do not abstain
	Need      int      `json:"need"`      // so many rounds that count
	Most      int      `json:"most"`      // no more than these
	ApartBP   int64    `json:"apart_bp"`  // medians further apart than this part of the greater call for another round
	Days      int      `json:"days"`      // how long a round is open
	Batch     int      `json:"batch"`     // households of one round record
	LeaveOut  []string `json:"leave_out"` // why somebody abstains: codes of field abstain
	Vetoes    []string `json:"vetoes"`    // codes of field vetoes
	Equal     int      `json:"equal"`     // so many equal vetoes of one round send a household to the officer
	MostFen   int64    `json:"most_fen"`  // the highest suggestion
	Source    string   `json:"source"`
}

// LimitRule is what a limit is besides median and model.
type LimitRule struct {
	CapFen   int64  `json:"cap_fen"`
	RoundFen int64  `json:"round_fen"` // rounded down to whole ones of these
	Months   int    `json:"months"`    // how long it holds
	Source   string `json:"source"`
}

// Paper is a template. In the text stand {village}, {round}, {name}, {limit}, {until}, {from}, as far as the paper has them.
type Paper struct {
	Title  Text   `json:"title"`
	Intro  Text   `json:"intro"`
	Signs  []Text `json:"signs"`
	Source string `json:"source"`
}

// NoticeRule is how limits are put up for everybody to read: 公示.
type NoticeRule struct {
	Days   int  `json:"days"` // the first included
	First  int  `json:"show_first"`
	Last   int  `json:"show_last"`
	Object Text `json:"object"`
	Paper
}

// Policy is one published edition of the process. It is immutable.
type Policy struct {
	version uint32
	states  []StateRule
	file    FileRule
	screen  ScreenRule
	rounds  RoundRule
	limit   LimitRule
	notice  NoticeRule
	papers  map[string]Paper
}

// Parse reads a policy from its JSON form and checks it whole. The error names what is at fault.
func Parse(r io.Reader) (*Policy, error) {
	var f struct {
		Version uint32           `json:"version"`
		About   string           `json:"about"` // for whoever edits the file
		States  []StateRule      `json:"states"`
		File    FileRule         `json:"file"`
		Screen  ScreenRule       `json:"screen"`
		Rounds  RoundRule        `json:"rounds"`
		Limit   LimitRule        `json:"limit"`
		Notice  NoticeRule       `json:"notice"`
		Papers  map[string]Paper `json:"papers"`
	}
	dec := json.NewDecoder(r)
	dec.DisallowUnknownFields()
	if err := dec.Decode(&f); err != nil {
		return nil, fmt.Errorf("read whole-village policy: %w", err)
	}
	p := &Policy{f.Version, f.States, f.File, f.Screen, f.Rounds, f.Limit, f.Notice, f.Papers}
	if err := p.check(); err != nil {
		return nil, fmt.Errorf("whole-village policy: %w", err)
	}
	return p, nil
}

func (p *Policy) check() error {
	if p.version == 0 || len(p.states) != len(States()) {
		return fmt.Errorf("version or states are missing")
	}
	for i, s := range p.states {
		unknown := slices.ContainsFunc(s.Needs, func(n Need) bool { return needs[n] == nil })
		if s.ID != States()[i] || !s.Name.whole() || len(s.Who) == 0 || len(s.Needs) == 0 || unknown || s.Source == "" {
			return fmt.Errorf("state %q is not whole, has a need that is not known, or is out of order", s.ID)
		}
		if _, known := p.papers[s.Paper]; s.Paper != "" && s.Paper != "notice" && !known {
			return fmt.Errorf("state %q: there is no paper %q", s.ID, s.Paper)
		}
	}
	r, l, n := p.rounds, p.limit, p.notice
	switch {
	case len(p.file.Fields) == 0 || p.file.Source == "":
		return fmt.Errorf("file is not whole")
	case r.Reviewers < 3 || r.Need < 1 || r.Most < r.Need || r.Most > 9 || r.ApartBP < 0 || r.Days < 1 || r.Batch < 1 || r.Batch > 200 || r.Equal < 1 || r.MostFen < 1 || r.Source == "":
		return fmt.Errorf("rounds are not whole, or have fewer than 3 reviewers")
	case len(r.LeaveOut) == 0 || len(r.Vetoes) == 0:
		return fmt.Errorf("rounds: whom to leave out or vetoes are missing")
	case l.CapFen < 1 || l.RoundFen < 1 || l.Months < 1 || l.Source == "":
		return fmt.Errorf("limit is not whole")
	case n.Days < 1 || n.First < 1 || n.Last < 0 || !n.Object.whole():
		return fmt.Errorf("notice is not whole")
	}
	for name, paper := range p.papers {
		if err := paper.check(name); err != nil {
			return err
		}
	}
	if err := n.Paper.check("notice"); err != nil {
		return err
	}
	return p.screen.check()
}

func (p Paper) check(name string) error {
	if !p.Title.whole() || !p.Intro.whole() || p.Source == "" || slices.ContainsFunc(p.Signs, func(t Text) bool { return !t.whole() }) {
		return fmt.Errorf("paper %q is not whole", name)
	}
	return nil
}

// CheckAgainst checks the policy against the catalogue that its codes and fields are of.
func (p *Policy) CheckAgainst(c *record.Catalogue) error {
	for _, want := range []struct {
		field record.Field
		codes []string
	}{{"abstain", p.rounds.LeaveOut}, {"vetoes", p.rounds.Vetoes}} {
		def, _ := c.Field(KindSheet, want.field)
		for _, code := range want.codes {
			if !slices.Contains(def.Choices, code) {
				return fmt.Errorf("whole-village policy: %s has no choice %q", want.field, code)
			}
		}
	}
	for _, f := range p.file.Fields {
		if _, known := c.Field(Household, f); !known {
			return fmt.Errorf("whole-village policy: a household has no field %q", f)
		}
	}
	return nil
}

// Version returns the number of this edition of the policy.
func (p *Policy) Version() uint32 { return p.version }

// States returns the rules of all states, in order.
func (p *Policy) States() []StateRule { return slices.Clone(p.states) }

// State returns the rule of a state; the zero rule for an unknown one.
func (p *Policy) State(id State) StateRule {
	if i := slices.Index(States(), id); i >= 0 {
		return p.states[i]
	}
	return StateRule{}
}

// Rounds returns how blind rounds are held.
func (p *Policy) Rounds() RoundRule { return p.rounds }

// Notice returns how limits are put up.
func (p *Policy) Notice() NoticeRule { return p.notice }

// Paper returns a template by its name: "sheet", "offer".
func (p *Policy) Paper(name string) Paper { return p.papers[name] }

// Purposes returns the consents that have to be in force.
func (p *Policy) Purposes() []string { return slices.Clone(p.file.Purposes) }
