// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
)

// Heads are the heads of each field of one record.
type Heads map[record.Field][]record.Head

// HeadsOf returns the heads behind a visible state, as far as it tells them: the
// visible value and what is listed aside. Values that lost are not among them;
// they cannot prevail again. Under union the visible value stands as one head,
// since that is what a writer who saw it has seen.
func HeadsOf(merge record.Merge, s record.FieldState) []record.Head {
	if s.Version == 0 && s.Winner.Version == 0 && s.Value.IsNone() && len(s.Aside) == 0 {
		return nil
	}
	first := s.Winner
	first.Value = s.Value
	if merge == record.Union || first.Version == 0 {
		first.Version = max(first.Version, s.Version)
	}
	return append([]record.Head{first}, s.Aside...)
}

// HeadsOfRow returns the heads behind every field of a row that came from the
// server. Where nobody ever deleted the record, the last write to it stands for
// the "not deleted" that the server keeps and does not show: a deletion whose
// author had not seen that write is in dispute with it.
func HeadsOfRow(cat *record.Catalogue, row record.Row) Heads {
	heads := make(Heads, len(row.Fields)+1)
	for f, s := range row.Fields {
		def, _ := cat.Field(row.Header.Kind, f)
		heads[f] = HeadsOf(def.Merge, s)
	}
	if _, said := row.Fields[record.Deleted]; !said && row.Version != 0 {
		heads[record.Deleted] = []record.Head{{Value: record.OfBool(false), Version: row.Version, Merge: record.Review}}
	}
	return heads
}

// Author is where the writes of one change set come from, as the policies need
// it.
type Author struct {
	Lane    ident.Incarnation
	Number  uint64
	Version record.Version // 0 while the server has not accepted it
	Stamp   hlc.Stamp      // effective
	Source  record.Source
	Actor   ident.Actor
	Base    record.Base
	View    record.View // what the author can see
}

// Fold applies w to the heads of its record and calls past, if not nil, with the
// heads it removed. An edit of a deleted record writes "not deleted" beside what
// it writes, unsaid: that re-opens the question, and does not answer it. A deletion
// that knew of a dispute shows one also where the heads tell nothing of it, because
// of the record only the author's own changes are held: whoever then undoes it says
// so too, and closes nothing.
func (a Author) Fold(cat *record.Catalogue, heads Heads, w record.Write, past func(record.Field, []record.Head)) {
	for _, f := range w.FieldNames() {
		a.set(cat, heads, w, f, w.Fields[f], false, past)
	}
	switch {
	case w.Op == record.Delete:
		if len(heads[record.Deleted]) == 0 && slices.Contains(w.InDispute, record.Deleted) {
			heads[record.Deleted] = []record.Head{{Value: record.OfBool(false), Lane: a.Lane, Merge: record.Review}} // the dispute
		}
		a.set(cat, heads, w, record.Deleted, record.OfBool(true), false, past)
	case w.Op == record.Edit && deleted(heads[record.Deleted]):
		if _, named := w.Fields[record.Deleted]; !named {
			a.set(cat, heads, w, record.Deleted, record.OfBool(false), true, past)
		}
	}
}

func deleted(heads []record.Head) bool {
	return slices.ContainsFunc(heads, func(h record.Head) bool { return h.Value.Bool() })
}

func (a Author) set(cat *record.Catalogue, heads Heads, w record.Write, f record.Field, v record.Value, unsaid bool, past func(record.Field, []record.Head)) {
	def, _ := cat.Field(w.Header.Kind, f)
	pw := policy.Write{
		Head: record.Head{
			Value: v, Version: a.Version, Lane: a.Lane, Number: a.Number, Stamp: a.Stamp,
			Source: a.Source, Actor: a.Actor, Blind: !a.View.Holds(w.Header.Kind, def.Class), Merge: def.Merge,
		},
		Seen: a.Base, InDispute: slices.Contains(w.InDispute, f), Unsaid: unsaid, TwoPersons: def.Sensitive,
	}
	if w.Op == record.Resolve {
		pw.Resolves = append([]record.Version{}, w.Seen[f]...)
	}
	after, removed := policy.Apply(def.Merge, heads[f], pw)
	heads[f] = after
	if past != nil && len(removed) > 0 {
		past(f, removed)
	}
}

// Visible returns what the view shows of a row: fields of the classes it holds,
// and whether it holds the kind at all.
func Visible(cat *record.Catalogue, view record.View, row record.Row) (record.Row, bool) {
	if !view.Holds(row.Header.Kind, record.C1) {
		return record.Row{}, false
	}
	cut := record.Row{Header: row.Header, Fields: make(map[record.Field]record.FieldState, len(row.Fields))}
	for f, s := range row.Fields {
		def, _ := cat.Field(row.Header.Kind, f)
		if view.Holds(row.Header.Kind, def.Class) {
			cut.Fields[f] = s
			cut.Version = max(cut.Version, s.Version)
		}
	}
	return cut, true
}

// MarkDisputes completes the act: a write to a field that is in dispute says so,
// because only a resolve closes a dispute. It does so too where the author may not
// have been shown it: then a value stays to be looked at that might have gone. That goes for
// record.Deleted too, which every edit confirms unsaid and every deletion sets. A
// record of which whole is false is not held, but for the author's own changes: of
// that nothing tells what is in dispute, so all counts as such. A nil whole is true.
// What it returns shares nothing with act that the caller may still change.
func MarkDisputes(act record.Act, look func(ident.Record) (record.Row, bool), whole func(ident.Record) bool) record.Act {
	act.Writes = slices.Clone(act.Writes)
	for i, w := range act.Writes {
		act.Writes[i].Fields, act.Writes[i].Seen = maps.Clone(w.Fields), maps.Clone(w.Seen)
		if w.Op != record.Edit && w.Op != record.Delete {
			continue
		}
		part := whole != nil && !whole(w.Header.ID)
		row, ok := look(w.Header.ID)
		if !ok && !part {
			continue
		}
		for _, f := range append(w.FieldNames(), record.Deleted) {
			if (part || row.Fields[f].Disputed) && !slices.Contains(w.InDispute, f) {
				act.Writes[i].InDispute = append(slices.Clone(act.Writes[i].InDispute), f)
			}
		}
	}
	return act
}
