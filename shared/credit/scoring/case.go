// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"fmt"
	"slices"
	"time"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

// Case is a test that a card carries: records, and what the card has to make of them. A card whose cases fail is not taken.
type Case struct {
	Name string    `json:"name"`
	Work string    `json:"work"` // how the wanted numbers come about, worked by hand
	Day  string    `json:"day"`
	Rows []CaseRow `json:"rows"` // the first one is what is judged
	Want Want      `json:"want"`
}

// CaseRow is a record of a case.
type CaseRow struct {
	Kind     string         `json:"kind"`
	Fields   map[string]any `json:"fields"`
	Source   record.Source  `json:"source,omitempty"`   // 0: record.Officer
	Written  string         `json:"written,omitempty"`  // the day; "": the day of the case
	Disputed []string       `json:"disputed,omitempty"` // fields that nobody has settled
}

// Want is what has to come of it; what is not there is not looked at.
type Want struct {
	Points     *Points  `json:"points,omitempty"`
	Steps      []string `json:"steps,omitempty"`
	Vetoes     []string `json:"vetoes,omitempty"`
	Caps       []string `json:"caps,omitempty"`
	Limit      *int64   `json:"limit,omitempty"` // fen
	Confidence *int     `json:"confidence,omitempty"`
	Stale      []string `json:"stale,omitempty"`
	Disputed   *int     `json:"disputed,omitempty"`
}

// runCases runs every case of the card.
func (c *Card) runCases() error {
	for _, one := range c.Cases {
		if err := c.runCase(one); err != nil {
			return fmt.Errorf("card %s version %d: case %q: %w", c.Card, c.Number, one.Name, err)
		}
	}
	return nil
}

func (c *Card) runCase(one Case) error {
	root, beside, err := one.Records()
	if err != nil {
		return err
	}
	r, err := c.Score(root, beside, one.Day)
	if err != nil {
		return err
	}
	return one.Want.met(r)
}

// Records returns the records of the case.
func (one Case) Records() (root record.Row, beside []record.Row, err error) {
	if len(one.Rows) == 0 || one.Work == "" {
		return root, nil, fmt.Errorf("it has no rows, or does not say how its numbers come about")
	}
	for i, row := range one.Rows {
		made, err := row.row(byte(i+1), one.Day)
		if err != nil {
			return root, nil, err
		}
		if i == 0 {
			root = made
		} else {
			beside = append(beside, made)
		}
	}
	return root, beside, nil
}

func (r CaseRow) row(n byte, day string) (record.Row, error) {
	row := record.Row{
		Header: record.Header{ID: ident.Record{15: n}, Kind: record.Kind(r.Kind), Subject: ident.Subject{15: 1}}, Version: 1,
		Fields: map[record.Field]record.FieldState{},
	}
	written := day
	if r.Written != "" {
		written = r.Written
	}
	at, err := time.Parse(time.DateOnly, written)
	if err != nil {
		return row, err
	}
	head := record.Head{Version: 1, Stamp: hlc.New(at.UnixMilli(), 0), Source: r.Source}
	if head.Source == 0 {
		head.Source = record.Officer
	}
	for name, v := range r.Fields {
		if head.Value, err = valueOf(v); err != nil {
			return row, fmt.Errorf("%s: %w", name, err)
		}
		row.Fields[record.Field(name)] = record.FieldState{Value: head.Value, Version: 1, Winner: head, Disputed: slices.Contains(r.Disputed, name)}
	}
	return row, nil
}

func (w Want) met(r *Result) error {
	var limit int64
	if r.Limit != nil {
		limit = r.Limit.Granted
	}
	switch {
	case w.Points != nil && *w.Points != r.Points:
		return fmt.Errorf("%s points, not %s", r.Points, *w.Points)
	case w.Steps != nil && !slices.Equal(w.Steps, r.Steps):
		return fmt.Errorf("steps %v, not %v", r.Steps, w.Steps)
	case !slices.Equal(w.Vetoes, r.Vetoes):
		return fmt.Errorf("vetoes %v, not %v", r.Vetoes, w.Vetoes)
	case !slices.Equal(w.Caps, r.Caps):
		return fmt.Errorf("caps %v, not %v", r.Caps, w.Caps)
	case w.Limit != nil && *w.Limit != limit:
		return fmt.Errorf("a limit of %d fen, not %d", limit, *w.Limit)
	case w.Confidence != nil && *w.Confidence != r.Confidence:
		return fmt.Errorf("confidence %d, not %d", r.Confidence, *w.Confidence)
	case !slices.Equal(w.Stale, r.Stale):
		return fmt.Errorf("out of date %v, not %v", r.Stale, w.Stale)
	case w.Disputed != nil && *w.Disputed != len(r.Disputed):
		return fmt.Errorf("%d in dispute, not %d", len(r.Disputed), *w.Disputed)
	}
	return nil
}
