// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/i18n"
	"yuexin/shared/ident"
)

// Change is what is tried out in a card: other weights of items, and other points from which steps of the first ladder are reached.
type Change struct {
	Weights map[string]Points // by indicator
	Steps   map[string]Points // by code
}

// Try returns the card with a change, for looking at what it would do: where weights come to something else, the points of all are
// brought back to those of the card, so what is tried out cannot be published as it stands. The error names an item that is not
// there or weighs by codes, a step that is not there, is the last, or is no longer below the one above it.
func (c *Card) Try(ch Change) (*Card, error) {
	f := c.file
	f.Items = slices.Clone(f.Items)
	for name, w := range ch.Weights {
		i := slices.IndexFunc(f.Items, func(it Item) bool { return it.Indicator == name })
		if i < 0 || w < 0 || f.Items[i].Weights != nil {
			return nil, fmt.Errorf("card %s: item %q cannot get the weight %s", c.Card, name, w)
		}
		f.Items[i].Weight = w
	}
	if f.Items = slices.DeleteFunc(f.Items, func(it Item) bool { return it.Weight == 0 && it.Weights == nil }); len(f.Items) == 0 {
		return nil, fmt.Errorf("card %s: nothing is left to give points for", c.Card)
	}
	f.Ladders = slices.Clone(f.Ladders)
	f.Ladders[0].Steps = slices.Clone(f.Ladders[0].Steps)
	steps := f.Ladders[0].Steps
	for code, from := range ch.Steps {
		i := slices.IndexFunc(steps, func(s Step) bool { return s.Code == code })
		if i < 0 || i == len(steps)-1 {
			return nil, fmt.Errorf("card %s: step %q cannot be reached from %s points", c.Card, code, from)
		}
		steps[i].From = from
	}
	data, err := json.Marshal(f)
	if err != nil {
		return nil, fmt.Errorf("card %s: %w", c.Card, err)
	}
	tried, err := parse(data)
	if err == nil {
		tried.keep(c.ledgers)
	}
	return tried, err
}

// Challenges reports why a card cannot be compared with the one in force: fault.Invalid "scoring.trial.other" where it is another
// card, "scoring.trial.steps" where its grades are others.
func (c *Card) Challenges(inForce *Card) error {
	if c.Card != inForce.Card || c.Kind != inForce.Kind {
		return fault.New(fault.Invalid, "scoring.trial.other").With("card", inForce.Card)
	}
	if !slices.Equal(c.Ladders[0].Codes(), inForce.Ladders[0].Codes()) {
		return fault.New(fault.Invalid, "scoring.trial.steps").With("steps", strings.Join(inForce.Ladders[0].Codes(), " "))
	}
	return nil
}

// Trial compares what two cards come to, one subject after another: the card in force and the one that challenges it.
type Trial struct {
	N      int
	Moves  map[Move]int // how many, by where they were and would be on the first ladder
	Up     int
	Down   int
	Before int64         // fen of limits, together
	After  int64         // fen
	Causes map[Cause]int // of those whose step changes: what moves them most
	Named  []Changed     // those who move farthest, at most Most of them; the order of subjects does not matter
	Most   int
}

// Move is from one step of the first ladder to another.
type Move struct{ From, To string }

// MarshalText writes a move as AA>A.
func (m Move) MarshalText() ([]byte, error) { return []byte(m.From + ">" + m.To), nil }

// UnmarshalText reads what MarshalText wrote.
func (m *Move) UnmarshalText(text []byte) error {
	m.From, m.To, _ = strings.Cut(string(text), ">")
	return nil
}

// What moves a subject to another step.
const (
	ByItem = "item" // an item is worth something else
	ByVeto = "veto" // a veto comes or goes
	ByCap  = "cap"  // a cap comes or goes
	ByStep = "step" // the step is reached from other points
)

// Cause is what moves a subject most: one of the kinds above, and the name of the item, veto or cap.
type Cause struct{ Kind, Name string }

// MarshalText writes a cause as item:overdue.
func (c Cause) MarshalText() ([]byte, error) { return []byte(c.Kind + ":" + c.Name), nil }

// UnmarshalText reads what MarshalText wrote.
func (c *Cause) UnmarshalText(text []byte) error {
	c.Kind, c.Name, _ = strings.Cut(string(text), ":")
	return nil
}

// Shift is how much more or less an item is worth.
type Shift struct {
	Indicator string
	By        Points
}

// Changed is a subject whose step changes.
type Changed struct {
	Record        ident.Record
	Subject       ident.Subject
	Move          Move
	Steps         int // how many steps up, below zero down
	Before, After Points
	Limit, Would  int64 // fen
	Cause         Cause
	Shifts        []Shift // the items that differ most, at most three
}

// Add takes the results of one subject under both cards, of which the second Challenges the first.
func (t *Trial) Add(ladder Ladder, before, after *Result) {
	t.N++
	t.Before += before.Granted()
	t.After += after.Granted()
	m := Move{before.Grade(), after.Grade()}
	if t.Moves == nil {
		t.Moves, t.Causes = map[Move]int{}, map[Cause]int{}
	}
	t.Moves[m]++
	if m.From == m.To {
		return
	}
	c := Changed{
		Record: before.Record, Subject: before.Subject, Move: m, Steps: ladder.height(m.To) - ladder.height(m.From),
		Before: before.Points, After: after.Points, Limit: before.Granted(), Would: after.Granted(), Shifts: shifts(before, after),
	}
	if c.Steps > 0 {
		t.Up++
		c.Cause = cause(after, before, 1, c.Shifts)
	} else {
		t.Down++
		c.Cause = cause(before, after, -1, c.Shifts)
	}
	t.Causes[c.Cause]++
	c.Shifts = c.Shifts[:min(len(c.Shifts), 3)]
	t.name(c)
}

// shifts returns the items that are worth something else, the greatest difference first.
func shifts(before, after *Result) []Shift {
	var out []Shift
	add := func(name string, by Points) {
		if i := slices.IndexFunc(out, func(s Shift) bool { return s.Indicator == name }); i >= 0 {
			out[i].By += by
			return
		}
		out = append(out, Shift{name, by})
	}
	for _, l := range before.Lines {
		add(l.Indicator, -l.Points)
	}
	for _, l := range after.Lines {
		add(l.Indicator, l.Points)
	}
	out = slices.DeleteFunc(out, func(s Shift) bool { return s.By == 0 })
	slices.SortStableFunc(out, func(a, b Shift) int { return cmp.Compare(abs(b.By), abs(a.By)) })
	return out
}

func abs[T Points | int | int64](n T) T { return max(n, -n) }

// cause says what keeps low, a subject's lower result, below high; sign is the direction of the move.
func cause(high, low *Result, sign Points, all []Shift) Cause {
	for _, v := range low.Vetoes {
		if !slices.Contains(high.Vetoes, v) {
			return Cause{ByVeto, v}
		}
	}
	for _, v := range low.Caps {
		if !slices.Contains(high.Caps, v) {
			return Cause{ByCap, v}
		}
	}
	if high.Points > low.Points {
		for _, s := range all {
			if s.By*sign > 0 {
				return Cause{ByItem, s.Indicator}
			}
		}
	}
	return Cause{Kind: ByStep}
}

// name puts a subject among those that are named, if it moves far enough.
func (t *Trial) name(c Changed) {
	i, _ := slices.BinarySearchFunc(t.Named, c, farther)
	if i >= t.Most {
		return
	}
	t.Named = slices.Insert(t.Named, i, c)
	t.Named = t.Named[:min(len(t.Named), t.Most)]
}

// farther orders by how far subjects move: first by steps, then by points, then by limit.
func farther(a, b Changed) int {
	return cmp.Or(
		cmp.Compare(abs(b.Steps), abs(a.Steps)), cmp.Compare(abs(b.After-b.Before), abs(a.After-a.Before)),
		cmp.Compare(abs(b.Would-b.Limit), abs(a.Would-a.Limit)), bytes.Compare(a.Record[:], b.Record[:]),
	)
}

// Join adds what other subjects came to under the same cards. It depends neither on their order nor on how they were parted.
func (t *Trial) Join(o *Trial) {
	if t.Moves == nil {
		t.Moves, t.Causes = map[Move]int{}, map[Cause]int{}
	}
	for m, n := range o.Moves {
		t.Moves[m] += n
	}
	for c, n := range o.Causes {
		t.Causes[c] += n
	}
	t.N, t.Up, t.Down, t.Before, t.After = t.N+o.N, t.Up+o.Up, t.Down+o.Down, t.Before+o.Before, t.After+o.After
	for _, c := range o.Named {
		t.name(c)
	}
}

// height returns how high a step is: greater for better ones.
func (l Ladder) height(code string) int {
	return len(l.Steps) - slices.IndexFunc(l.Steps, func(s Step) bool { return s.Code == code })
}

// Codes returns the codes of the steps, the highest first.
func (l Ladder) Codes() []string {
	out := make([]string, len(l.Steps))
	for i, s := range l.Steps {
		out[i] = s.Code
	}
	return out
}

// MoveCount is a move and how many make it.
type MoveCount struct {
	Move
	N int
}

// Table returns the moves with their numbers, in the order of the steps.
func (t *Trial) Table(steps []string) []MoveCount {
	var out []MoveCount
	for m, n := range t.Moves {
		out = append(out, MoveCount{m, n})
	}
	slices.SortFunc(out, func(a, b MoveCount) int {
		return cmp.Or(slices.Index(steps, a.From)-slices.Index(steps, b.From), slices.Index(steps, a.To)-slices.Index(steps, b.To))
	})
	return out
}

// CauseCount is a cause and how many it moves.
type CauseCount struct {
	Cause
	N int
}

// Why returns the causes with their numbers, the most frequent first.
func (t *Trial) Why() []CauseCount {
	var out []CauseCount
	for c, n := range t.Causes {
		out = append(out, CauseCount{c, n})
	}
	slices.SortFunc(out, func(a, b CauseCount) int {
		return cmp.Or(b.N-a.N, cmp.Compare(a.Kind, b.Kind), cmp.Compare(a.Name, b.Name))
	})
	return out
}

// SayCause names a cause, by either card of a trial: what the one lacks the other has.
func (c *Card) SayCause(p *i18n.Printer, other *Card, why Cause) string {
	lang := p.Lang()
	for _, card := range []*Card{c, other} {
		switch why.Kind {
		case ByItem:
			if ind, is := card.find(why.Name); is {
				return ind.Label.In(lang)
			}
		case ByVeto:
			if i := slices.IndexFunc(card.Vetoes, func(v Veto) bool { return v.Name == why.Name }); i >= 0 {
				return card.Vetoes[i].Text.In(lang)
			}
		case ByCap:
			if i := slices.IndexFunc(card.Caps, func(v Cap) bool { return v.Name == why.Name }); i >= 0 {
				return card.Caps[i].Text.In(lang)
			}
		}
	}
	return p.T("scoring.trial.step")
}
