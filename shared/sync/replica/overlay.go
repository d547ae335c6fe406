// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/record/rules"
	"yuexin/shared/sync/wire"
)

// visible returns a record as its readers see it: what the server sent, and this
// device's changes on top of it, decided by the policies the server decides by.
// past, if not nil, gets the heads that those changes removed, oldest first.
func (r *Replica) visible(e *entry, past func(record.Field, record.Head, record.Version)) (record.Row, error) {
	d, err := decode(e.plain)
	if err != nil {
		return record.Row{}, err
	}
	return r.compose(e, d, past), nil
}

// compose is visible for a caller who has decoded e.plain already.
func (r *Replica) compose(e *entry, d *wire.RowDelta, past func(record.Field, record.Head, record.Version)) record.Row {
	row := record.Row{Header: e.header, Fields: make(map[record.Field]record.FieldState, len(d.Fields))}
	for i := range d.Fields {
		row.Fields[d.Fields[i].Field] = d.Fields[i].State
		row.Version = max(row.Version, d.Fields[i].State.Version)
	}
	if len(e.changes) > 0 {
		r.overlay(row, e.changes, past)
	}
	return row
}

// overlay folds changes into row, in the order they were made.
func (r *Replica) overlay(row record.Row, changes []*change, past func(record.Field, record.Head, record.Version)) {
	heads := rules.HeadsOfRow(r.catalogue(), row)
	for f := range heads {
		heads[f] = r.outbox.name(row.Header.Scope, heads[f])
	}
	for _, c := range changes {
		author := c.author(r.access())
		for _, w := range c.set.Writes {
			if w.Header.ID != row.Header.ID || w.Op == record.Discard {
				continue
			}
			author.Fold(r.catalogue(), heads, w, func(f record.Field, removed []record.Head) {
				for i := range removed {
					if past != nil {
						past(f, removed[i], c.version)
					}
				}
			})
		}
	}
	for f, hs := range heads {
		if !slices.ContainsFunc(hs, func(h record.Head) bool { return isOurs(h, changes) }) {
			continue
		}
		def, _ := r.catalogue().Field(row.Header.Kind, f)
		state := policy.Resolve(def.Merge, hs)
		state.Version = row.Fields[f].Version
		state.Pending = slices.ContainsFunc(hs, func(h record.Head) bool { return h.Version == 0 })
		row.Fields[f] = state
	}
}

func isOurs(h record.Head, changes []*change) bool {
	return slices.ContainsFunc(changes, func(c *change) bool {
		return c.set.Link.Number == h.Number && c.set.Link.Lane.Incarnation == h.Lane
	})
}

// change is a change set of this device that the server has not receipted, or
// whose effect has not been pulled yet.
type change struct {
	seq     int64
	set     *record.ChangeSet
	role    record.Role // of its author
	state   state
	stamp   hlc.Stamp
	version record.Version // 0 while waiting
	wallMS  int64
}

// seen returns the version up to which the author of an act has seen what it writes
// to, at most base: of a record that is not held (deleted when the scope was pulled
// from its beginning, or damaged) that is what this device's newest change of it had
// seen, while the change shows. What it has made itself it has seen.
func (m *memory) seen(act record.Act, base record.Version) record.Version {
	for _, w := range act.Writes {
		e := m.table.rows[w.Header.ID]
		switch {
		case w.Op == record.Create, m.whole(w.Header.ID):
		case e == nil || len(e.changes) == 0:
			base = 0
		default:
			base = min(base, e.changes[len(e.changes)-1].set.Base.Version)
		}
	}
	return base
}

// whole reports whether a record is held, or all of it is this device's own work.
func (m *memory) whole(id ident.Record) bool {
	e := m.table.rows[id]
	return e != nil && (e.plain != nil || slices.ContainsFunc(e.changes, func(c *change) bool { return c.creates(id) }))
}

func (c *change) creates(id ident.Record) bool {
	return slices.ContainsFunc(c.set.Writes, func(w record.Write) bool { return w.Header.ID == id && w.Op == record.Create })
}

func (c *change) author(a *record.Access) rules.Author {
	return rules.Author{
		Lane: c.set.Link.Lane.Incarnation, Number: c.set.Link.Number, Version: c.version, Stamp: c.stamp,
		Source: c.set.Source, Actor: c.set.Actor, Base: c.set.Base, View: a.View(c.role),
	}
}

// outbox is the part of the table outbox that is looked at without reading it.
type outbox struct {
	changes []*change // that show in rows, in the order they were made

	// own names the change sets of this device behind versions of the server,
	// so that a later change of the same lane is known to have seen them: rows
	// travel without lane and number.
	own map[ident.Scope]map[record.Version]record.Link
}

func (o *outbox) note(v record.Version, link record.Link) {
	m := o.own[link.Lane.Scope]
	if m == nil {
		m = map[record.Version]record.Link{}
		o.own[link.Lane.Scope] = m
	}
	m[v] = link
}

// name fills in lane and number of heads that this device wrote.
func (o *outbox) name(scope ident.Scope, heads []record.Head) []record.Head {
	m := o.own[scope]
	if len(m) == 0 {
		return heads
	}
	for i := range heads {
		if link, ok := m[heads[i].Version]; ok {
			heads[i].Lane, heads[i].Number = link.Lane.Incarnation, link.Number
		}
	}
	return heads
}
