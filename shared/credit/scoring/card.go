// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"io"
	"regexp"
	"slices"
	"time"

	"github.com/expr-lang/expr/vm"

	"yuexin/shared/sync/record"
)

// Card is one version of what a kind of subject is judged by. It is immutable.
type Card struct {
	file
	digest [sha256.Size]byte

	indicators []*indicator
	items      []*item
	vetoes     []rule
	caps       []rule
	peersBy    *vm.Program
	limitWhen  *vm.Program
	lines      []*vm.Program
	sums       []*sum
	total      Points // of all weights, which is Most except in what is only tried out
	reads      map[record.Kind]map[record.Field]bool
	ledgers    []Ledger // of kinds that are read
}

// file is a card as it is written.
type file struct {
	Card    string `json:"card"`
	Number  uint32 `json:"version"`
	From    string `json:"from"` // 2006-01-02: the first policy date on which it counts
	Title   Text   `json:"title"`
	About   string `json:"about"`           // for whoever edits the file
	Source  string `json:"source"`          // where rules and weights are from; what is ours says so
	Kind    string `json:"kind"`            // of the records that it judges
	Most    Points `json:"most"`            // all points there are, but for a bonus
	Bonus   Points `json:"bonus,omitempty"` // what items that are a bonus may add together
	WeighBy string `json:"weigh_by,omitempty"`

	Fields     map[string]string `json:"fields"` // what it reads of the record: int, text, bool, set
	Sums       []Sum             `json:"sums,omitempty"`
	Confidence Confidence        `json:"confidence"`
	Indicators []Indicator       `json:"indicators"`
	Groups     []Group           `json:"groups"`
	Items      []Item            `json:"items"`
	Peers      *Peers            `json:"peers,omitempty"`
	Vetoes     []Veto            `json:"vetoes,omitempty"`
	Caps       []Cap             `json:"caps,omitempty"`
	Ladders    []Ladder          `json:"ladders"` // the first one is the grade
	Limit      *LimitRule        `json:"limit,omitempty"`
	Cases      []Case            `json:"cases"`
}

// Sum counts the records beside the one that is judged: those of its subject, of one kind.
type Sum struct {
	Name   string  `json:"name"`
	Kind   string  `json:"kind"`
	Of     string  `json:"of,omitempty"`     // a number to add up; "" counts
	Where  []Where `json:"where,omitempty"`  // all must hold
	Dated  string  `json:"dated,omitempty"`  // a day by which only those of Within days before the policy date count
	Within int     `json:"within,omitempty"` // days
	Latest bool    `json:"latest,omitempty"` // only the one with the latest day
}

// Where is a condition on a field of a record beside.
type Where struct {
	Field string `json:"field"`
	Is    any    `json:"is"` // a text, a truth or a whole number
}

// Confidence says in percent how far a value can be trusted, by where it comes from, and by how much less where it is out of
// date or in dispute.
type Confidence struct {
	Self      int `json:"self"`
	Cadre     int `json:"cadre"`
	Officer   int `json:"officer"`
	Bank      int `json:"bank"`
	Authority int `json:"authority"`
	Absent    int `json:"absent"` // what rests on no record: that there is no debt
	Stale     int `json:"stale"`
	Disputed  int `json:"disputed"`
}

// Units of a finding.
const (
	Fen     = "fen"
	Percent = "percent"
	Count   = "count"
	Area    = "area" // hundredths of a mu
	Code    = "code"
)

// Indicator turns records into a finding.
type Indicator struct {
	Name    string          `json:"name"`
	Label   Text            `json:"label"`
	Unit    string          `json:"unit"`
	Counter Text            `json:"counter,omitempty"` // what is counted: 人, 次
	Words   map[string]Text `json:"words,omitempty"`   // of codes
	Value   string          `json:"value"`
	Missing string          `json:"missing,omitempty"` // when it was not found; without it: when no field that it reads is there
	AsOf    string          `json:"as_of,omitempty"`   // the day that it is of; without it, or "": when it was written
	Fresh   int             `json:"fresh_days"`        // older is out of date; 0: never
	Raise   Text            `json:"raise,omitempty"`   // what one can do about it; none: nothing
}

// Group is items under one heading.
type Group struct {
	Name  string `json:"name"`
	Label Text   `json:"label"`
}

// Item turns one finding into points. Exactly one of Bins, Codes, Curve, Formula and Peer says how much of its weight, in percent.
type Item struct {
	Indicator string            `json:"indicator"`
	Group     string            `json:"group"`
	Weight    Points            `json:"weight,omitempty"`
	Weights   map[string]Points `json:"weights,omitempty"` // by the value of the card's weigh_by, instead of Weight
	Bonus     bool              `json:"bonus,omitempty"`   // on top of all others: who has none of it loses nothing
	Bins      []Bin             `json:"bins,omitempty"`
	Codes     map[string]int64  `json:"codes,omitempty"`
	Curve     []Knot            `json:"curve,omitempty"`
	Formula   string            `json:"formula,omitempty"` // whole percent
	Peer      string            `json:"peer,omitempty"`    // linear or log: the place between the peers' low and high
	Missing   int64             `json:"missing"`           // percent where it was not found
}

// Bin is the values below a bound and not below that of the bin before; the last one has no bound.
type Bin struct {
	Below *int64 `json:"below,omitempty"`
	Share int64  `json:"share"` // percent of the weight
}

// Knot is a point of a curve; between two it is straight, outside flat.
type Knot struct {
	At    int64 `json:"at"`
	Share int64 `json:"share"`
}

// Peers are the groups that values are compared within, frozen for a year: who joins later moves nobody's place.
type Peers struct {
	Year   int                         `json:"year"`
	By     string                      `json:"by"` // an expression: the name of the group
	Groups map[string]map[string]Range `json:"groups"`
}

// Range is what is low and what is high of one indicator in a group: the 5th and 95th percentile.
type Range struct {
	Low  int64 `json:"low"`
	High int64 `json:"high"`
}

// Veto is what by itself stands against: the lowest step of every ladder, and no limit.
type Veto struct {
	Name string `json:"name"`
	When string `json:"when"`
	Text Text   `json:"text"`
}

// Cap is what keeps points below a bound.
type Cap struct {
	Name string `json:"name"`
	When string `json:"when"`
	Most Points `json:"most"`
	Text Text   `json:"text"`
}

// Ladder is steps that points lead to, the highest first.
type Ladder struct {
	Name  string `json:"name"`
	Label Text   `json:"label"`
	Steps []Step `json:"steps"`
}

// Step is one step of a ladder.
type Step struct {
	Code  string `json:"code"`
	Label Text   `json:"label"`
	From  Points `json:"from"` // 0 for the last
}

// LimitRule turns findings and grade into an amount: lines that add up, in this order, and what all may come to.
type LimitRule struct {
	Lines []LimitLine `json:"lines"`
	Most  int64       `json:"most"`  // fen, of all together
	Round int64       `json:"round"` // fen: down to a multiple of it
	When  string      `json:"when"`  // who gets a limit at all
	Text  Text        `json:"text"`  // why others get none
}

// LimitLine adds to a limit. It never takes away.
type LimitLine struct {
	Name  string `json:"name"`
	Label Text   `json:"label"`
	Value string `json:"value"`          // fen
	Most  int64  `json:"most,omitempty"` // fen, of this line; 0: only what all may come to
	Bonus bool   `json:"bonus,omitempty"`
}

// rule is a veto or a cap, compiled.
type rule struct {
	program *vm.Program
	at      int
}

// Ledger is a kind of record of which not all count: an entry that nobody approved is there, and is worth nothing.
type Ledger interface {
	// Kinds returns the kind, and behind it the kinds of what is said about its records.
	Kinds() []record.Kind

	// Counting returns of a subject's records those that count, and whatever is of other kinds.
	Counting(rows []record.Row) []record.Row
}

// Parse reads a card from its JSON form, checks it whole and runs its cases. The error names the part at fault. Of a kind that
// has a ledger only what counts is added up; the records of a card's cases all count.
func Parse(r io.Reader, ledgers ...Ledger) (*Card, error) {
	data, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("read card: %w", err)
	}
	c, err := parse(data)
	if err != nil {
		return nil, fmt.Errorf("card: %w", err)
	}
	if c.total != c.Most {
		return nil, fmt.Errorf("card: the weights come to %s, not %s", c.total, c.Most)
	}
	if err := c.runCases(); err != nil {
		return nil, err
	}
	c.keep(ledgers)
	return c, nil
}

// keep gives the card the ledgers of kinds that it reads.
func (c *Card) keep(ledgers []Ledger) {
	for _, l := range ledgers {
		if c.reads[l.Kinds()[0]] == nil {
			continue
		}
		c.ledgers = append(c.ledgers, l)
		for _, kind := range l.Kinds() {
			c.read(kind, record.Deleted)
		}
	}
}

func parse(data []byte) (*Card, error) {
	c := &Card{digest: sha256.Sum256(data), reads: map[record.Kind]map[record.Field]bool{}}
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&c.file); err != nil {
		return nil, err
	}
	for _, step := range []func() error{c.checkHead, c.checkWords, c.compile, c.checkItems, c.checkSteps} {
		if err := step(); err != nil {
			return nil, err
		}
	}
	return c, nil
}

// Version returns the number of this version of the card.
func (c *Card) Version() uint32 { return c.Number }

// Name returns whose versions are one card.
func (c *Card) Name() string { return c.Card }

// Digest is the SHA-256 of the card as it was written.
func (c *Card) Digest() [sha256.Size]byte { return c.digest }

// validName is what names of a card look like; they are names in expressions.
var validName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,39}$`)

// reserved are names that expressions use otherwise.
var reserved = []string{
	"year", "day", "days", "div", "share", "least", "most", "score", "confidence", "sofar", "original", "true", "false", "nil", "in", "not", "and", "or", "let",
}

func goodName(name string) bool {
	return validName.MatchString(name) && !slices.Contains(reserved, name) && !regexp.MustCompile(`^(has|missing)_`).MatchString(name)
}

func (c *Card) checkHead() error {
	if !validName.MatchString(c.Card) || c.Number == 0 || c.Kind == "" || c.Source == "" || c.Most <= 0 || !c.Title.whole() {
		return fmt.Errorf("card, version, kind, title, source or most is missing")
	}
	if _, err := time.Parse(time.DateOnly, c.From); err != nil {
		return fmt.Errorf("from: %w", err)
	}
	if len(c.Items) == 0 || len(c.Ladders) == 0 || len(c.Cases) == 0 {
		return fmt.Errorf("it has no items, no ladders or no cases")
	}
	t := c.Confidence
	for _, p := range []int{t.Self, t.Cadre, t.Officer, t.Bank, t.Authority, t.Absent, t.Stale, t.Disputed} {
		if p < 1 || p > 100 {
			return fmt.Errorf("confidence: each is 1 to 100")
		}
	}
	return c.checkNames()
}

// checkNames wants every name once, and a good one.
func (c *Card) checkNames() error {
	seen := map[string]bool{}
	add := func(name string) error {
		if !goodName(name) || seen[name] {
			return fmt.Errorf("%q is no good name, or there twice", name)
		}
		seen[name] = true
		return nil
	}
	for name := range c.Fields {
		if err := add(name); err != nil {
			return err
		}
	}
	for _, s := range c.Sums {
		if err := add(s.Name); err != nil {
			return err
		}
	}
	for _, ind := range c.Indicators {
		if err := add(ind.Name); err != nil {
			return err
		}
	}
	for _, l := range c.Ladders {
		if err := add(l.Name); err != nil {
			return err
		}
	}
	return nil
}

// checkWords wants every wording in every language.
func (c *Card) checkWords() error {
	for _, ind := range c.Indicators {
		if !ind.Label.whole() || ind.Raise != nil && !ind.Raise.whole() || ind.Counter != nil && !ind.Counter.whole() {
			return fmt.Errorf("indicator %q: a wording is missing", ind.Name)
		}
		for code, t := range ind.Words {
			if !t.whole() {
				return fmt.Errorf("indicator %q: %q is without words", ind.Name, code)
			}
		}
		if (ind.Unit == Code) != (len(ind.Words) > 0) || !slices.Contains([]string{Fen, Percent, Count, Area, Code}, ind.Unit) || ind.Fresh < 0 {
			return fmt.Errorf("indicator %q: unit, words or fresh_days is wrong", ind.Name)
		}
	}
	for _, g := range c.Groups {
		if !g.Label.whole() || !validName.MatchString(g.Name) {
			return fmt.Errorf("group %q is not whole", g.Name)
		}
	}
	for _, v := range c.Vetoes {
		if !v.Text.whole() || !validName.MatchString(v.Name) {
			return fmt.Errorf("veto %q is not whole", v.Name)
		}
	}
	for _, v := range c.Caps {
		if !v.Text.whole() || !validName.MatchString(v.Name) || v.Most < 0 || v.Most >= c.Most+c.Bonus {
			return fmt.Errorf("cap %q is not whole", v.Name)
		}
	}
	return nil
}

// checkSteps wants ladders that everybody has a step on, and a limit that is whole.
func (c *Card) checkSteps() error {
	for _, l := range c.Ladders {
		if !l.Label.whole() || len(l.Steps) < 2 || l.Steps[len(l.Steps)-1].From != 0 {
			return fmt.Errorf("ladder %q: it needs words, two steps, and the last from 0", l.Name)
		}
		for i, s := range l.Steps {
			if s.Code == "" || !s.Label.whole() || s.From > c.Most+c.Bonus || i > 0 && s.From >= l.Steps[i-1].From {
				return fmt.Errorf("ladder %q: step %q is out of order or not whole", l.Name, s.Code)
			}
		}
	}
	if c.Limit == nil {
		return nil
	}
	if c.Limit.Most <= 0 || c.Limit.Round <= 0 || len(c.Limit.Lines) == 0 || !c.Limit.Text.whole() {
		return fmt.Errorf("limit: most, round, lines or text is missing")
	}
	bonus := false
	for _, l := range c.Limit.Lines {
		if !validName.MatchString(l.Name) || !l.Label.whole() || l.Most < 0 || bonus && !l.Bonus {
			return fmt.Errorf("limit line %q is not whole, or behind a bonus", l.Name)
		}
		bonus = l.Bonus
	}
	return nil
}
