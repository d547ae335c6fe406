// SPDX-License-Identifier: Apache-2.0

package central

import (
	"errors"
	"fmt"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/policy"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/wire"
	"yuexin/syncserver/store"
)

// change is what one field's new visible state means for digest and index.
type change struct {
	e      *entry
	def    record.FieldDef
	before record.FieldState
	after  record.FieldState
}

// apply brings the change set into the records. It reads and computes first,
// so that a refusal leaves nothing behind, and then writes. If writing fails,
// the whole batch is undone and taken again in pieces: a savepoint for each
// change set would cost as much as writing its record.
func (tr *trial) apply() (*store.Refusal, error) {
	tr.base = record.Base{Version: tr.in.sc.Lineage.Current(tr.cs.Base.Version), Number: tr.cs.Base.Number}
	var err error
	if tr.known, err = tr.in.repeats(tr.base.Number); err != nil {
		return nil, err
	}
	if tr.pardon == nil { // what was decided together was made one after the other
		if tr.aside, err = tr.in.unseen(tr.base.Number); err != nil {
			return nil, err
		}
	}
	if tr.base.Version > tr.in.sc.Head {
		tr.base.Version = 0 // seen in a history that this store has lost
	}
	was := make([]standing, len(tr.order))
	for i, e := range tr.order {
		was[i] = e.standing()
		e.wasDeleted = e.deleted
	}
	said := make(map[ident.Record]bool)
	for _, w := range tr.cs.Writes {
		if _, explicit := touchedFields(w)[record.Deleted]; explicit {
			said[w.Header.ID] = true
		}
	}
	for _, w := range tr.cs.Writes {
		if r, err := tr.applyWrite(w, said[w.Header.ID]); r != nil || err != nil {
			return r, err
		}
	}
	tr.writing = true
	return nil, tr.write(was)
}

// applyWrite brings one write into its record. With said true the act itself
// says whether the record is deleted.
func (tr *trial) applyWrite(w record.Write, said bool) (*store.Refusal, error) {
	if w.Op == record.Discard || w.Op == record.Create && tr.again[w.Header.ID] {
		return nil, nil
	}
	e := tr.entries[w.Header.ID]
	fields := touchedFields(w)
	for _, name := range sortedFields(fields) {
		def, _ := tr.in.t.s.catalogue().Field(w.Header.Kind, name)
		if name == record.Deleted {
			def = deletedDef
		}
		if r, err := tr.applyField(e, w, def, fields[name], false); r != nil || err != nil {
			return r, err
		}
	}
	if said {
		return nil, nil
	}
	// Whoever writes to a record says that it is there. The head is kept from
	// the first write on, unseen, so that a deletion meets the same heads
	// whether it arrives before or after the edits it did not know of.
	return tr.applyField(e, record.Write{Op: record.Edit, Header: w.Header}, deletedDef, record.OfBool(false), true)
}

// deletedDef describes record.Deleted for kinds that no catalogue knows, too.
var deletedDef = record.FieldDef{Name: record.Deleted, Format: record.FormatBool, Class: record.C1, Merge: record.Review}

// applyField brings one value into a field. With implicit true it is the head
// that says "not deleted".
func (tr *trial) applyField(e *entry, w record.Write, def record.FieldDef, v record.Value, implicit bool) (*store.Refusal, error) {
	f, err := e.field(tr.in.t.s.vault, def)
	if err != nil {
		return nil, err
	}
	before := f.state()
	link := tr.cs.Link
	head := record.Head{
		Value: v, Version: tr.in.sc.next(), Lane: link.Lane.Incarnation, Number: link.Number, Stamp: tr.stamp,
		Source: tr.cs.Source, Actor: tr.cs.Actor, Merge: def.Merge,
		Blind: !tr.view.Holds(w.Header.Kind, def.Class),
	}
	write := policy.Write{
		Head: head, Seen: tr.base, Repeats: tr.known, Unseen: tr.aside, Unsaid: implicit, TwoPersons: def.Sensitive,
		InDispute: slices.Contains(w.InDispute, def.Name),
	}
	if def.Sensitive && w.Op != record.Resolve && !write.InDispute {
		if write.InDispute, err = tr.wasShown(e, f, write); err != nil {
			return nil, err
		}
	}
	if w.Op == record.Resolve {
		write.Resolves = append([]record.Version{}, w.Seen[def.Name]...)
	}
	if implicit && slices.ContainsFunc(f.heads, func(h record.Head) bool { return h.Lane == head.Lane && h.Number == head.Number }) {
		return nil, nil // a second write of this act to the record
	}
	after, removed := policy.Apply(def.Merge, f.heads, write)
	if len(after) > record.MaxHeads {
		if implicit {
			return nil, nil
		}
		return rejected("heads", w.Header, def.Name), nil
	}
	f.heads = after
	e.lose(def, removed)
	if alters(def.Name, before, f.state()) {
		f.visible = head.Version
		e.version = head.Version
		tr.changes = append(tr.changes, change{e: e, def: def, before: before, after: f.state()})
	}
	tr.note(w, f, implicit)
	return nil, nil
}

// wasShown reports whether the author of w had a dispute before them. A device says
// itself that one was shown (Write.InDispute); where two persons have to settle it,
// its word is not enough.
func (tr *trial) wasShown(e *entry, f *field, w policy.Write) (bool, error) {
	if !e.stored || tr.base.Version >= e.version {
		return false, nil // what they saw is what stands: policy.Apply looks at that
	}
	past, err := pastOf(tr.in.t.c, tr.in.t.s.vault, e)
	past = slices.DeleteFunc(past, func(p record.Past) bool { return p.Field != f.name || p.ReplacedBy == 0 })
	return policy.WasShown(f.merge, f.heads, past, w), err
}

// alters reports whether readers see a difference between two states. The
// implicit "not deleted" of every record is not seen before somebody deletes
// it, and who confirmed it last is not seen at all.
func alters(name record.Field, before, after record.FieldState) bool {
	if name == record.Deleted && before.Value.Bool() == after.Value.Bool() && !before.Disputed && !after.Disputed {
		return false
	}
	return !before.Value.Equal(after.Value) || before.Disputed != after.Disputed ||
		!sameHead(before.Winner, after.Winner) || !slices.EqualFunc(before.Aside, after.Aside, sameHead)
}

func sameHead(a, b record.Head) bool {
	return a.Lane == b.Lane && a.Number == b.Number && a.Version == b.Version
}

// note adds to the receipt what became of a field.
func (tr *trial) note(w record.Write, f *field, implicit bool) {
	outcome := policy.Outcome(f.merge, f.heads, tr.cs.Link.Lane.Incarnation, tr.cs.Link.Number)
	if outcome <= record.Accepted || implicit && outcome != record.InReview {
		return
	}
	tr.worst = tr.worst.Worse(outcome)
	tr.outcomes = append(tr.outcomes, record.FieldOutcome{Record: w.Header, Field: f.name, Outcome: outcome})
}

// lose keeps what was removed for the history.
func (e *entry) lose(def record.FieldDef, removed []record.Head) {
	if def.Name == record.Deleted {
		removed = slices.DeleteFunc(removed, func(h record.Head) bool { return !h.Value.Bool() })
	}
	if len(removed) == 0 {
		return
	}
	half := &e.past[0]
	if def.Class != record.C1 {
		half = &e.past[1]
	}
	f := half.field(def.Name, def.Class, def.Merge)
	f.heads = append(f.heads, removed...)
}

// standing is what a record counts for in the live counts.
type standing struct {
	counts bool
	class  record.Class
}

func (e *entry) standing() standing {
	return standing{counts: e.stored && !e.deleted && e.least != noClass, class: e.least}
}

// write puts the records, their index and what the act settles on disk.
func (tr *trial) write(was []standing) error {
	t := tr.in.t
	for _, c := range tr.changes {
		c.e.least = min(c.e.least, c.def.Class)
		if c.def.Name == record.Deleted {
			c.e.deleted = c.after.Value.Bool() && !c.after.Disputed
		}
		if err := errors.Join(t.reindex(c), t.rewait(c)); err != nil {
			return err
		}
	}
	for _, e := range tr.order {
		if err := t.save(e, tr.in.sc.next()); err != nil {
			return err
		}
	}
	if err := tr.in.settle(tr.cs); err != nil {
		return err
	}
	return tr.count(was)
}

// settle clears the refused change sets of its lane that cs replaces or gives up,
// with what was refused because of it.
func (in *intake) settle(cs *record.ChangeSet) error {
	n := cs.Replaces
	if n == 0 {
		return nil
	}
	lid := in.ln.lid
	if slices.ContainsFunc(cs.Writes, func(w record.Write) bool { return w.Op == record.Discard }) {
		if err := in.discard(n); err != nil {
			return err
		}
	}
	_, err := in.t.c.Exec(`DELETE FROM refused WHERE lid = ? AND (number = ? OR root = ?)`, lid, int64(n), int64(n))
	if err != nil {
		return fmt.Errorf("settle refused change set: %w", err)
	}
	return nil
}

// count brings digests and live counts up to date: first all is read, which
// may fail, then it is changed, which cannot.
func (tr *trial) count(was []standing) error {
	t := tr.in.t
	for i, e := range tr.order {
		if e.wasDeleted != e.deleted {
			if err := e.open(t.s.vault); err != nil {
				return err
			}
		}
		classes := []record.Class{was[i].class, e.standing().class}
		for _, f := range slices.Concat(e.clear, e.sealed) {
			classes = append(classes, f.class)
		}
		for _, class := range classes {
			if err := t.group(groupKey{e.sid, e.header.Kind, class}); err != nil {
				return err
			}
		}
	}
	for _, e := range tr.order {
		tr.redigest(e)
	}
	for i, e := range tr.order {
		t.recount(e, was[i], e.standing())
	}
	return nil
}

// redigest moves a record in the digest from its state before to its state
// now. A deleted record counts for nothing.
func (tr *trial) redigest(e *entry) {
	t, id := tr.in.t, e.header.ID
	at := func(class record.Class) *group { return t.digests[groupKey{e.sid, e.header.Kind, class}] }
	changed := make(map[record.Field]bool, len(tr.changes))
	for _, c := range tr.changes {
		if c.e != e {
			continue
		}
		g := at(c.def.Class)
		changed[c.def.Name] = true
		if !e.wasDeleted && c.before.Version != 0 {
			g.sum, g.dirty = g.sum.Sub(wire.FieldHash(id, c.def.Name, c.before.Version, c.before.Value)), true
		}
		if !e.deleted {
			g.sum, g.dirty = g.sum.Add(wire.FieldHash(id, c.def.Name, c.after.Version, c.after.Value)), true
		}
	}
	if e.wasDeleted == e.deleted {
		return
	}
	for _, f := range slices.Concat(e.clear, e.sealed) {
		if changed[f.name] || f.visible == 0 {
			continue
		}
		g, hash := at(f.class), wire.FieldHash(id, f.name, f.visible, f.state().Value)
		if e.deleted {
			g.sum, g.dirty = g.sum.Sub(hash), true
		} else {
			g.sum, g.dirty = g.sum.Add(hash), true
		}
	}
}
