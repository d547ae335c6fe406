// SPDX-License-Identifier: Apache-2.0

package model

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
)

// Stand is one value that somebody wrote, as the server keeps it: it stands
// now, stands beside what counts, or stood once.
type Stand struct {
	Record ident.Record
	Field  record.Field
	Value  string // as Print says it
}

// Print says a value of a made-up world. Real values never print themselves.
func Print(v record.Value) string {
	switch v.Type() {
	case record.Int:
		return strconv.FormatInt(v.Int(), 10)
	case record.Bool:
		return strconv.FormatBool(v.Bool())
	case record.Set:
		return strings.Join(v.Set(), "+")
	}
	return v.Text()
}

// Stands returns every value that the store keeps, now and in the past.
func (c *Central) Stands() (out []Stand) {
	for id, r := range c.rows {
		for name, f := range r.fields {
			for _, h := range f.heads {
				out = append(out, Stand{id, name, Print(h.Value)})
			}
		}
		for _, p := range r.past {
			out = append(out, Stand{id, p.Field, Print(p.Value)})
		}
	}
	return out
}

// Rows returns the records of a scope as a role reads them, in the order of
// their ids.
func (c *Central) Rows(scope ident.Scope, role record.Role) (out []record.Row) {
	view := c.rules.Access.View(role)
	for _, r := range c.rows {
		if r.header.Scope != scope {
			continue
		}
		row := record.Row{Header: r.header, Fields: map[record.Field]record.FieldState{}}
		for name, f := range r.fields {
			if f.visible != 0 {
				row.Fields[name] = f.state()
			}
		}
		if cut, ok := rules.Visible(c.rules.Catalogue, view, row); ok && len(cut.Fields) > 0 {
			out = append(out, cut)
		}
	}
	slices.SortFunc(out, func(a, b record.Row) int { return a.Header.ID.Compare(b.Header.ID) })
	return out
}

// Grants returns the scopes that a device may hold.
func (c *Central) Grants(device ident.Device) (out []ident.Scope) {
	for s := range c.accounts[device].held {
		out = append(out, s)
	}
	slices.Sort(out)
	return out
}

// Off reports whether a device is switched off.
func (c *Central) Off(device ident.Device) bool { return c.accounts[device].off }

// Unconfirmed returns how many entries of its control log a device has not
// confirmed.
func (c *Central) Unconfirmed(device ident.Device) int {
	a := c.accounts[device]
	return len(a.control) - int(min(a.acked, uint64(len(a.control))))
}

// Quarantined returns the names of the acts that are kept and not applied.
func (c *Central) Quarantined() (acts []string) {
	for _, l := range c.lanes {
		for i, r := range l.receipts {
			if r.Outcome == record.Quarantined {
				acts = append(acts, l.sets[i].Name)
			}
		}
	}
	return acts
}

// Judged is a change set with what became of it.
type Judged struct {
	Set     *record.ChangeSet
	Outcome record.Outcome
	Repeat  bool // it had been applied as issued again in another lane, and was judged there
	Decided bool // it was quarantined, and somebody decided later

	Root uint64 // number of the refusal that it was refused for; 0 for none
}

// Lanes returns what arrived in each lane, in order.
func (c *Central) Lanes() (out [][]Judged) {
	for _, l := range c.lanes {
		var lane []Judged
		for i, cs := range l.sets {
			repeated := slices.ContainsFunc(l.repeats, func(r repeat) bool { return r.number == cs.Link.Number })
			lane = append(lane, Judged{cs, l.receipts[i].Outcome, repeated, l.receipts[i].Decided, l.receipts[i].First})
		}
		out = append(out, lane)
	}
	return out
}

// Place is one field of one record.
type Place struct {
	Record ident.Record
	Field  record.Field
}

// Heads returns the heads of one field.
func (c *Central) Heads(p Place) []record.Head {
	if r := c.rows[p.Record]; r != nil && r.fields[p.Field] != nil {
		return r.fields[p.Field].heads
	}
	return nil
}

// Past returns what once stood in one field and was removed.
func (c *Central) Past(p Place) (out []record.Past) {
	if r := c.rows[p.Record]; r != nil {
		for _, past := range r.past {
			if past.Field == p.Field {
				out = append(out, past)
			}
		}
	}
	return out
}

// Scopes returns the scopes that the store has met.
func (c *Central) Scopes() []ident.Scope { return slices.Sorted(maps.Keys(c.scopes)) }

// Accepted is a change set in the log of its scope.
type Accepted struct {
	Set     *record.ChangeSet
	Version record.Version
	Base    record.Base      // what its author had seen, in the lineage when it arrived
	Repeats []record.Version // and of what came by another lane
	Stamp   hlc.Stamp        // effective
	writes  []Folded
}

// Folded is one write to one field, as it was decided.
type Folded struct {
	Place
	Merge record.Merge
	policy.Write
}

// Log returns what a scope accepted, in order.
func (c *Central) Log(scope ident.Scope) (out []Accepted) {
	for _, l := range c.scopes[scope].log {
		out = append(out, l.Accepted)
	}
	return out
}

// Restored reports whether a scope was ever restored from a backup, or its files
// were copied back without a word: versions may then have been given twice.
func (c *Central) Restored(scope ident.Scope) bool {
	return c.copied || len(c.scopes[scope].lineage) > 0
}

// WritesOf returns what a change set wrote, field by field.
func (c *Central) WritesOf(a Accepted) []Folded { return a.writes }
