// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"bytes"
	"cmp"
	"fmt"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// sum is a Sum with its conditions as values.
type sum struct {
	*Sum
	where []record.Value
}

func (c *Card) compileSums() error {
	for i := range c.Sums {
		s := &sum{Sum: &c.Sums[i]}
		if s.Kind == "" || s.Dated == "" && (s.Within != 0 || s.Latest) || s.Within < 0 || s.Dated != "" && s.Within == 0 {
			return fmt.Errorf("sum %q: kind is missing, or one of dated and within", s.Name)
		}
		kind := record.Kind(s.Kind)
		for _, w := range s.Where {
			v, err := valueOf(w.Is)
			if err != nil {
				return fmt.Errorf("sum %q: %s: %w", s.Name, w.Field, err)
			}
			s.where = append(s.where, v)
			c.read(kind, record.Field(w.Field))
		}
		for _, f := range []string{s.Of, s.Dated} {
			if f != "" {
				c.read(kind, record.Field(f))
			}
		}
		if c.reads[kind] == nil {
			c.read(kind, record.Deleted)
		}
		c.sums = append(c.sums, s)
	}
	return nil
}

// valueOf returns the value that JSON says.
func valueOf(v any) (record.Value, error) {
	switch v := v.(type) {
	case bool:
		return record.OfBool(v), nil
	case string:
		return record.OfText(v), nil
	case float64:
		if n := int64(v); float64(n) == v {
			return record.OfInt(n), nil
		}
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			s, is := item.(string)
			if !is {
				return record.Value{}, fmt.Errorf("a set holds texts")
			}
			items[i] = s
		}
		return record.OfSet(items...), nil
	}
	return record.Value{}, fmt.Errorf("%v is no text, truth, whole number or set", v)
}

// added is what a sum came to.
type added struct {
	n        int
	ids      []ident.Record
	trust    trust
	disputes []Input
}

// over adds up the records beside. day is the policy date as a number.
func (s *sum) over(rows []record.Row, day int64, c *Confidence) added {
	a := added{trust: newTrust()}
	if s.Latest {
		rows = s.latest(rows, day)
	}
	for _, row := range rows {
		if row.Header.Kind != record.Kind(s.Kind) || !s.holds(row, day) {
			continue
		}
		n := 1
		if s.Of != "" {
			n = int(row.Int(record.Field(s.Of)))
		}
		a.n += n
		a.ids = append(a.ids, row.Header.ID)
		if s.Of != "" {
			s.rest(&a, row, s.Of, c)
		}
		for _, w := range s.Where {
			s.rest(&a, row, w.Field, c)
		}
		if s.Of == "" && len(s.Where) == 0 {
			for f := range row.Fields {
				s.rest(&a, row, string(f), c)
			}
		}
		if row.DeletionDisputed() {
			a.disputes = append(a.disputes, Input{Record: row.Header.ID, Kind: row.Header.Kind, Field: record.Deleted})
		}
	}
	return a
}

// latest returns the record with the latest day, of two of one day that with the greater id; none if there is none.
func (s *sum) latest(rows []record.Row, day int64) []record.Row {
	best := -1
	for i, row := range rows {
		if row.Header.Kind != record.Kind(s.Kind) || !s.holds(row, day) {
			continue
		}
		if best < 0 || cmp.Or(cmp.Compare(row.Text(record.Field(s.Dated)), rows[best].Text(record.Field(s.Dated))), bytes.Compare(row.Header.ID[:], rows[best].Header.ID[:])) > 0 {
			best = i
		}
	}
	if best < 0 {
		return nil
	}
	return rows[best : best+1]
}

func (s *sum) rest(a *added, row record.Row, field string, c *Confidence) {
	state := row.Fields[record.Field(field)]
	a.trust.add(&state, c)
	if state.Disputed {
		a.disputes = append(a.disputes, Input{Record: row.Header.ID, Kind: row.Header.Kind, Field: record.Field(field)})
	}
}

func (s *sum) holds(row record.Row, day int64) bool {
	for i, w := range s.Where {
		if !row.Value(record.Field(w.Field)).Equal(s.where[i]) {
			return false
		}
	}
	if s.Dated == "" {
		return true
	}
	on, is := dayNumber(row.Text(record.Field(s.Dated)))
	return is && on <= day && on > day-int64(s.Within)
}

// trust is the weakest and the oldest of some values.
type trust struct {
	percent int
	oldest  int64 // ms since 1970 UTC; 0: none
}

func newTrust() trust { return trust{percent: 101} }

func (t *trust) add(s *record.FieldState, c *Confidence) {
	if s.Value.IsNone() && !s.Disputed {
		return
	}
	t.percent = min(t.percent, c.of(s.Winner.Source))
	if ms := s.Winner.Stamp.WallMS(); ms > 0 && (t.oldest == 0 || ms < t.oldest) {
		t.oldest = ms
	}
}

func (t *trust) join(o trust) {
	t.percent = min(t.percent, o.percent)
	if o.oldest > 0 && (t.oldest == 0 || o.oldest < t.oldest) {
		t.oldest = o.oldest
	}
}

// of returns the confidence in a value by where it comes from.
func (c *Confidence) of(s record.Source) int {
	switch {
	case s >= record.Authoritative:
		return c.Authority
	case s >= record.BankVerified:
		return c.Bank
	case s >= record.Officer:
		return c.Officer
	case s >= record.Cadre:
		return c.Cadre
	}
	return c.Self
}
