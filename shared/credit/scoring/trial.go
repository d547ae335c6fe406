// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"

	"yuexin/shared/ident"
)

// Try returns the card with another weight for one item, for looking at what it would change: the points of all are brought
// back to those of the card. It cannot be published: its weights do not add up. An item that is not there, or weighs by codes, is an error that names it.
func (c *Card) Try(weights map[string]Points) (*Card, error) {
	f := c.file
	f.Items = slices.Clone(f.Items)
	for name, w := range weights {
		i := slices.IndexFunc(f.Items, func(it Item) bool { return it.Indicator == name })
		if i < 0 || w < 0 || f.Items[i].Weights != nil {
			return nil, fmt.Errorf("card %s: item %q cannot get the weight %s", c.Card, name, w)
		}
		f.Items[i].Weight = w
	}
	if f.Items = slices.DeleteFunc(f.Items, func(it Item) bool { return it.Weight == 0 && it.Weights == nil }); len(f.Items) == 0 {
		return nil, fmt.Errorf("card %s: nothing is left to give points for", c.Card)
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

// Trial compares what two cards come to, one subject after another: the card in force and the one that challenges it.
type Trial struct {
	N      int
	Moves  map[Move]int // how many, by where they were and would be on the first ladder
	Up     int
	Down   int
	Before int64     // fen of limits, together
	After  int64     // fen
	Named  []Changed // the subjects whose step changes, in the order in which they came, at most Most of them
	Most   int
}

// Move is from one step of the first ladder to another.
type Move struct{ From, To string }

// Changed is a subject whose step changes.
type Changed struct {
	Record        ident.Record
	Subject       ident.Subject
	Move          Move
	Before, After Points
	Limit, Would  int64 // fen
}

// Add takes the results of one subject under both cards; steps is the first ladder, for what is up and what is down.
func (t *Trial) Add(ladder Ladder, before, after *Result) {
	t.N++
	t.Before += before.Granted()
	t.After += after.Granted()
	m := Move{before.Grade(), after.Grade()}
	if t.Moves == nil {
		t.Moves = map[Move]int{}
	}
	t.Moves[m]++
	if m.From == m.To {
		return
	}
	if ladder.height(m.To) > ladder.height(m.From) {
		t.Up++
	} else {
		t.Down++
	}
	if len(t.Named) < t.Most {
		t.Named = append(t.Named, Changed{
			Record: before.Record, Subject: before.Subject, Move: m, Before: before.Points, After: after.Points, Limit: before.Granted(), Would: after.Granted(),
		})
	}
}

// height returns how high a step is: greater for better ones.
func (l Ladder) height(code string) int {
	return len(l.Steps) - slices.IndexFunc(l.Steps, func(s Step) bool { return s.Code == code })
}

// MoveCount is a move and how many make it.
type MoveCount struct {
	Move
	N int
}

// Table returns the moves with their numbers, from the highest step down.
func (t *Trial) Table(ladder Ladder) []MoveCount {
	var out []MoveCount
	for m, n := range t.Moves {
		out = append(out, MoveCount{m, n})
	}
	slices.SortFunc(out, func(a, b MoveCount) int {
		return cmp.Or(ladder.height(b.From)-ladder.height(a.From), ladder.height(b.To)-ladder.height(a.To))
	})
	return out
}
