// SPDX-License-Identifier: Apache-2.0

package scoring

import (
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

// Known is a record with what once stood in it: what record.Store.Get and History return.
type Known struct {
	Row  record.Row
	Past []record.Past
}

// AsOf returns the record as it stood when its scope was at a version, false if it was not there yet. It is made of the same
// heads under the same policies, so it is what a reader saw then. Changes that the server has not received are of no version.
func (k Known) AsOf(cat *record.Catalogue, at record.Version) (record.Row, bool) {
	heads := map[record.Field][]record.Head{}
	stood := func(f record.Field, h record.Head, until record.Version) {
		if h.Version != 0 && h.Version <= at && (until == 0 || until > at) {
			heads[f] = append(heads[f], h)
		}
	}
	for f, s := range k.Row.Fields {
		for i, h := range s.Heads() {
			if i == 0 && h.Version == 0 && s.Version != 0 {
				h.Value, h.Version = s.Value, s.Version
			}
			stood(f, h, 0)
		}
	}
	for _, p := range k.Past {
		stood(p.Field, p.Head, p.ReplacedBy)
	}
	row := record.Row{Header: k.Row.Header, Fields: make(map[record.Field]record.FieldState, len(heads))}
	for f, list := range heads {
		def, _ := cat.Field(k.Row.Header.Kind, f)
		s := policy.Resolve(def.Merge, list)
		for _, h := range list {
			s.Version = max(s.Version, h.Version)
		}
		row.Fields[f], row.Version = s, max(row.Version, s.Version)
	}
	return row, len(row.Fields) > 0
}

// Correction is a field that a result read and that says something else by now.
type Correction struct {
	Input
	Then, Now record.Value
	Later     record.Head // who said so, and when
}

// Replay is a result made once more from history, and what was corrected since.
type Replay struct {
	Result *Result
	Since  []Correction // in the order of the records, then of fields
}

// Replay scores a subject as it was known at a version of its scope, by the card and on the policy date of then. rows are all
// records of the subject with their history, the one that is judged among them.
func (c *Card) Replay(cat *record.Catalogue, root Known, beside []Known, at record.Version, day string) (*Replay, error) {
	then, _ := root.AsOf(cat, at)
	var rows []record.Row
	for _, k := range beside {
		if row, there := k.AsOf(cat, at); there {
			rows = append(rows, row)
		}
	}
	r, err := c.Score(then, rows, day)
	if err != nil {
		return nil, err
	}
	out := &Replay{Result: r}
	for _, k := range append([]Known{root}, beside...) {
		was, _ := k.AsOf(cat, at)
		for _, f := range append(c.Reads(k.Row.Header.Kind), record.Deleted) {
			now := k.Row.Fields[f]
			if len(c.reads[k.Row.Header.Kind]) == 0 || now.Value.Equal(was.Value(f)) {
				continue
			}
			out.Since = append(out.Since, Correction{
				Input: Input{Record: k.Row.Header.ID, Kind: k.Row.Header.Kind, Field: f}, Then: was.Value(f), Now: now.Value, Later: now.Winner,
			})
		}
	}
	return out, nil
}
