// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"slices"

	"github.com/expr-lang/expr/vm"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Scorer scores by one card. It is for one goroutine; the values it returns are its callers'.
type Scorer struct {
	card    *Card
	fields  []string
	has     []string // the names of has_x, of fields and behind them of sums
	env     map[string]any
	machine vm.VM
	digest  string

	states []record.FieldState // of the record at hand, in the order of fields
	sums   []added
	day    string
	number int64
}

// Scorer returns what scores by the card.
func (c *Card) Scorer() *Scorer {
	s := &Scorer{card: c, fields: c.fieldNames(), env: names{}.withFunctions(), machine: vm.VM{MemoryBudget: memoryBudget}}
	s.digest = hex.EncodeToString(c.digest[:8])
	s.states, s.sums = make([]record.FieldState, len(s.fields)), make([]added, len(c.sums))
	for _, name := range s.fields {
		s.has = append(s.has, "has_"+name)
	}
	for _, sum := range c.sums {
		s.has = append(s.has, "has_"+sum.Name)
	}
	s.env["day"] = dayOf
	s.env["days"] = func(day string) int {
		if n, is := dayNumber(day); is {
			return int(s.number - n)
		}
		return 0
	}
	return s
}

// Score scores one subject. root is its record of the card's kind, beside its other records, in any order; those of other
// subjects and deleted ones are passed over. day is the policy date (2006-01-02). An error names the part of the card that
// does not fit what was recorded.
func (c *Card) Score(root record.Row, beside []record.Row, day string) (*Result, error) {
	return c.Scorer().Score(root, beside, day)
}

// Score is Card.Score for many subjects.
func (s *Scorer) Score(root record.Row, beside []record.Row, day string) (*Result, error) {
	if string(root.Header.Kind) != s.card.Kind {
		return nil, fmt.Errorf("card %s: a %s is no %s", s.card.Card, root.Header.Kind, s.card.Kind)
	}
	if err := s.load(root, beside, day); err != nil {
		return nil, err
	}
	r := &Result{
		Card: s.card.Card, Version: s.card.Number, Digest: s.digest, Day: day,
		Record: root.Header.ID, Subject: root.Header.Subject, Most: s.card.Most,
		Findings: make([]Finding, 0, len(s.card.indicators)), Lines: make([]Line, 0, len(s.card.items)),
	}
	if err := s.find(r, root); err != nil {
		return nil, err
	}
	if err := s.give(r); err != nil {
		return nil, err
	}
	if err := s.judge(r); err != nil {
		return nil, err
	}
	s.advise(r)
	return r, s.limit(r)
}

// load puts what the card reads at hand.
func (s *Scorer) load(root record.Row, beside []record.Row, day string) error {
	if day != s.day {
		n, is := dayNumber(day)
		if !is {
			return fmt.Errorf("card %s: %q is no day", s.card.Card, day)
		}
		s.day, s.number = day, n
		s.env["year"] = year(day)
	}
	for i, name := range s.fields {
		s.states[i] = root.Fields[record.Field(name)]
		s.env[name], s.env[s.has[i]] = goValue(s.card.Fields[name], s.states[i].Value), !s.states[i].Value.IsNone()
	}
	if len(s.card.sums) == 0 {
		return nil
	}
	mine := beside[:0:0]
	for _, row := range beside {
		if row.Header.Subject == root.Header.Subject && row.Header.ID != root.Header.ID && !row.Deleted() {
			mine = append(mine, row)
		}
	}
	for _, l := range s.card.ledgers {
		mine = l.Counting(mine)
	}
	for i, sum := range s.card.sums {
		s.sums[i] = sum.over(mine, s.number, &s.card.Confidence)
		s.env[sum.Name], s.env[s.has[len(s.fields)+i]] = s.sums[i].n, len(s.sums[i].ids) > 0
	}
	return nil
}

func year(day string) int {
	n := 0
	for _, r := range day[:4] {
		n = n*10 + int(r-'0')
	}
	return n
}

func goValue(typ string, v record.Value) any {
	switch typ {
	case "int":
		return int(v.Int())
	case "text":
		return v.Text()
	case "bool":
		return v.Bool()
	}
	return v.Set()
}

// find makes the findings.
func (s *Scorer) find(r *Result, root record.Row) error {
	own := []ident.Record{root.Header.ID} // shared by all findings: nothing is appended to it in place
	used := own[:1:1]
	for _, ind := range s.card.indicators {
		f := Finding{Indicator: ind.Name, Unit: ind.Unit}
		t := s.rest(ind, own[:1:1], root, r, &f)
		if err := s.value(ind, &f); err != nil {
			return fmt.Errorf("card %s: indicator %s: %w", s.card.Card, ind.Name, err)
		}
		if err := s.age(ind, t, &f); err != nil {
			return fmt.Errorf("card %s: indicator %s: as_of: %w", s.card.Card, ind.Name, err)
		}
		if f.Stale && !f.Missing {
			r.Stale = append(r.Stale, f.Indicator)
		}
		if len(f.Evidence) > 1 || len(f.Evidence) == 1 && f.Evidence[0] != root.Header.ID {
			used = append(used, f.Evidence...)
		}
		r.Findings = append(r.Findings, f)
	}
	slices.SortFunc(r.Disputed, func(a, b Input) int {
		return cmp.Or(bytes.Compare(a.Record[:], b.Record[:]), cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Field, b.Field))
	})
	r.Disputed = slices.Compact(r.Disputed)
	r.Used = sortedIDs(used)
	return nil
}

func sortedIDs(ids []ident.Record) []ident.Record {
	slices.SortFunc(ids, func(a, b ident.Record) int { return bytes.Compare(a[:], b[:]) })
	return slices.Compact(ids)
}

// rest notes what a finding rests on. own is the record that is judged, as evidence.
func (s *Scorer) rest(ind *indicator, own []ident.Record, root record.Row, r *Result, f *Finding) trust {
	t, there := newTrust(), false
	for _, i := range ind.fields {
		t.add(&s.states[i], &s.card.Confidence)
		there = there || !s.states[i].Value.IsNone()
		if s.states[i].Disputed {
			f.Disputed, there = true, true
			r.Disputed = append(r.Disputed, Input{Record: root.Header.ID, Kind: root.Header.Kind, Field: record.Field(s.fields[i])})
		}
	}
	if there {
		f.Evidence = own
	}
	for _, i := range ind.sums {
		a := &s.sums[i]
		t.join(a.trust)
		f.Evidence = append(f.Evidence, a.ids...)
		f.Disputed = f.Disputed || len(a.disputes) > 0
		r.Disputed = append(r.Disputed, a.disputes...)
	}
	if len(f.Evidence) > 1 {
		f.Evidence = sortedIDs(f.Evidence)
	}
	f.Missing = !there && len(ind.fields) > 0
	if t.percent > 100 {
		t.percent = s.card.Confidence.Absent
	}
	return t
}

// value runs what the indicator says.
func (s *Scorer) value(ind *indicator, f *Finding) error {
	if ind.missing != nil {
		v, err := s.machine.Run(ind.missing, s.env)
		if err != nil {
			return err
		}
		f.Missing = v.(bool)
	}
	if f.Missing {
		if s.env[ind.Name] = 0; ind.text {
			s.env[ind.Name] = ""
		}
		s.env[ind.isMissing] = true
		return nil
	}
	v, err := s.machine.Run(ind.value, s.env)
	if err != nil {
		return err
	}
	s.env[ind.Name], s.env[ind.isMissing] = v, false
	if ind.text {
		if f.Code = v.(string); ind.Words[f.Code] == nil {
			f.Code, f.Missing = "", true
			s.env[ind.Name], s.env[ind.isMissing] = "", true
		}
		return nil
	}
	f.Value = int64(v.(int))
	return nil
}

// dayMS are the milliseconds of a day; all of China has one time, eight hours before UTC.
const (
	dayMS  = 86_400_000
	zoneMS = 8 * 3_600_000
)

// age says how old a finding is, and how far it can be trusted.
func (s *Scorer) age(ind *indicator, t trust, f *Finding) error {
	if f.Missing {
		f.Evidence = nil
		return nil
	}
	f.AsOfMS = t.oldest
	if ind.asOf != nil {
		v, err := s.machine.Run(ind.asOf, s.env)
		if err != nil {
			return err
		}
		if n, is := dayNumber(v.(string)); is {
			f.AsOfMS = n*dayMS - zoneMS
		}
	}
	f.Confidence = t.percent
	if ind.Fresh > 0 && f.AsOfMS > 0 && s.number-(f.AsOfMS+zoneMS)/dayMS > int64(ind.Fresh) {
		f.Stale = true
		f.Confidence = f.Confidence * s.card.Confidence.Stale / 100
	}
	if f.Disputed {
		f.Confidence = f.Confidence * s.card.Confidence.Disputed / 100
	}
	return nil
}

// give turns findings into points.
func (s *Scorer) give(r *Result) error {
	c := s.card
	if c.peersBy != nil {
		group, err := s.machine.Run(c.peersBy, s.env)
		if err != nil {
			return fmt.Errorf("card %s: peers: %w", c.Card, err)
		}
		r.Peer = group.(string)
	}
	by := ""
	if c.WeighBy != "" {
		by = s.env[c.WeighBy].(string)
	}
	sure, bonus := int64(0), Points(0)
	for _, it := range c.items {
		f := &r.Findings[it.of]
		share, err := s.share(it, f, r.Peer)
		if err != nil {
			return fmt.Errorf("card %s: item %s: %w", c.Card, it.Indicator, err)
		}
		l := Line{Indicator: it.Indicator, Most: c.worth(it, by), Share: share}
		l.Points = Points(scale(uint64(l.Most), uint64(share), whole))
		r.Lines = append(r.Lines, l)
		if it.Bonus {
			bonus += l.Points
			continue
		}
		r.Raw += l.Points
		sure += int64(l.Most) * int64(f.Confidence)
	}
	r.Raw = min(r.Raw, c.Most) + min(bonus, c.Bonus)
	r.Confidence = int(sure / int64(c.Most))
	return nil
}

// worth returns the weight of an item, brought to the points of the card where the weights come to something else.
func (c *Card) worth(it *item, by string) Points {
	w := it.weight(by)
	if it.Bonus || c.total == c.Most || c.total == 0 {
		return w
	}
	return Points(scale(uint64(w), uint64(c.Most), uint64(c.total)))
}

// share returns how much of its weight a finding earns, in hundredths of a percent.
func (s *Scorer) share(it *item, f *Finding, group string) (int64, error) {
	switch {
	case f.Missing:
		return it.Missing * 100, nil
	case it.formula != nil:
		v, err := s.machine.Run(it.formula, s.env)
		if err != nil {
			return 0, err
		}
		return int64(min(max(v.(int), 0), 100)) * 100, nil
	case it.Bins != nil:
		return it.Bins[it.binAt(f.Value)].Share * 100, nil
	case it.Codes != nil:
		return it.Codes[f.Code] * 100, nil
	case it.Curve != nil:
		return it.curveAt(f.Value), nil
	}
	r, known := s.card.Peers.Groups[group][it.Indicator]
	if !known {
		return it.Missing * 100, nil
	}
	return place(f.Value, r, it.Peer == "log"), nil
}

// judge applies vetoes and caps and climbs the ladders.
func (s *Scorer) judge(r *Result) error {
	c := s.card
	r.Points = r.Raw
	s.env["score"], s.env["confidence"] = int(r.Raw/Whole), r.Confidence
	for _, v := range c.vetoes {
		is, err := s.machine.Run(v.program, s.env)
		if err != nil {
			return fmt.Errorf("card %s: veto %s: %w", c.Card, c.Vetoes[v.at].Name, err)
		}
		if is.(bool) {
			r.Vetoes = append(r.Vetoes, c.Vetoes[v.at].Name)
		}
	}
	for _, v := range c.caps {
		is, err := s.machine.Run(v.program, s.env)
		if err != nil {
			return fmt.Errorf("card %s: cap %s: %w", c.Card, c.Caps[v.at].Name, err)
		}
		if most := c.Caps[v.at].Most; is.(bool) && r.Raw > most {
			r.Caps = append(r.Caps, c.Caps[v.at].Name)
			r.Points = min(r.Points, most)
		}
	}
	s.env["score"] = int(r.Points / Whole)
	for i := range c.Ladders {
		l := &c.Ladders[i]
		at := l.at(r.Points)
		if len(r.Vetoes) > 0 {
			at = len(l.Steps) - 1
		}
		r.Steps = append(r.Steps, l.Steps[at].Code)
		s.env[l.Name] = l.Steps[at].Code
		if i == 0 && at > 0 {
			r.Next = &NextStep{Code: l.Steps[at-1].Code, Lacks: l.Steps[at-1].From - r.Points}
		}
	}
	return nil
}

// at returns the step that points lead to.
func (l *Ladder) at(p Points) int {
	return slices.IndexFunc(l.Steps, func(s Step) bool { return p >= s.From })
}

// limit adds up the lines, each cut to its own bound and all to that of the card.
func (s *Scorer) limit(r *Result) error {
	rule := s.card.Limit
	if rule == nil {
		return nil
	}
	r.Limit = &Limit{Most: rule.Most}
	may, err := s.machine.Run(s.card.limitWhen, s.env)
	if err != nil {
		return fmt.Errorf("card %s: limit: %w", s.card.Card, err)
	}
	if len(r.Vetoes) > 0 || !may.(bool) {
		r.Limit.Refused = true
		return nil
	}
	sofar, original := int64(0), int64(0)
	for i, line := range rule.Lines {
		s.env["sofar"], s.env["original"] = int(sofar), int(original)
		v, err := s.machine.Run(s.card.lines[i], s.env)
		if err != nil {
			return fmt.Errorf("card %s: limit line %s: %w", s.card.Card, line.Name, err)
		}
		p := LimitPart{Name: line.Name, Asked: max(int64(v.(int)), 0)}
		p.Given = p.Asked
		if line.Most > 0 && p.Given > line.Most {
			p.Given, p.Cut = line.Most, CutLine
		}
		if p.Given > rule.Most-sofar {
			p.Given, p.Cut = rule.Most-sofar, CutTotal
		}
		sofar += p.Given
		if !line.Bonus {
			original = sofar
		}
		r.Limit.Lines = append(r.Limit.Lines, p)
	}
	r.Limit.Granted = sofar / rule.Round * rule.Round
	return nil
}
