// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"fmt"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/simtest/model"
)

// entered is one act that a device took: what a person was told is saved.
type entered struct {
	node   *node
	act    string // its name, unique in the world
	link   record.Link
	values []model.Stand // what it wrote and nobody else did
}

// scopeOf returns the scope by the short name plans use.
func scopeOf(name string) ident.Scope { return ident.Scope("unit:" + name) }

// apply lets a device take an act, and remembers it if it did.
func (n *node) apply(act record.Act) bool {
	r, err := n.store.Apply(act)
	if err != nil {
		n.world.Counts["act not taken"]++
		return false
	}
	e := &entered{node: n, act: act.Name, link: r.Link}
	for _, w := range act.Writes {
		for f, v := range w.Fields {
			if unique(f) && w.Op != record.Resolve && !v.IsNone() {
				e.values = append(e.values, model.Stand{Record: w.Header.ID, Field: f, Value: model.Print(v)})
			}
		}
	}
	n.world.entered = append(n.world.entered, e)
	n.world.Counts["act "+kindOfAct(act.Name)]++
	n.step(n.waits())
	return true
}

// kindOfAct is an act's name without its mark.
func kindOfAct(name string) string {
	i := slices.Index([]byte(name), '.')
	if i < 0 {
		return name
	}
	return name[:i]
}

func (n *node) waits() peer.Event {
	ev, err := n.store.Do(peer.LoadOutbox{})
	if err != nil {
		return peer.Outbox{}
	}
	return ev
}

// unique reports whether every value written to a field is written once.
func unique(f record.Field) bool {
	return f != "state" && f != "crops" && f != "village" && f != record.Deleted
}

// mark returns a number that no other act has.
func (w *World) mark() int64 {
	w.serial++
	return int64(w.serial)
}

// value returns a value for a field of the test catalogue that tells by itself
// which act wrote it, where the field has room for that.
func (w *World) value(f record.Field, mark int64) record.Value {
	switch f {
	case "people", "dogs", "acreage", "income", "debt", "amount":
		return record.OfInt(mark)
	case "state":
		return record.OfText([]string{"open", "closed", "void"}[mark%3])
	case "crops":
		return record.OfSet([]string{"rice", "tea", "fish"}[mark%3])
	default:
		return record.OfText(fmt.Sprintf("m%d", mark))
	}
}

func (w *World) fields(names []record.Field) (map[record.Field]record.Value, int64) {
	mark := w.mark()
	fields := map[record.Field]record.Value{}
	for _, f := range names {
		fields[f] = w.value(f, mark)
	}
	return fields, mark
}

// create registers a household under a name.
func (n *node) create(name string, scope ident.Scope, names []record.Field) {
	w := n.world
	if _, taken := w.records[name]; taken {
		return
	}
	id := w.newID()
	h := record.Header{ID: ident.Record(id), Kind: recordtest.Household, Scope: scope, Subject: ident.Subject(id)}
	fields, mark := w.fields(names)
	act := recordtest.Create(h, fields)
	act.Name, act.Base = fmt.Sprintf("create.%d", mark), n.store.Base(scope)
	if n.apply(act) {
		w.records[name] = h
	}
}

// pair writes two records in one act, which nobody may ever see apart.
func (n *node) pair(scope ident.Scope) {
	w := n.world
	mark := w.mark()
	act := record.Act{Name: fmt.Sprintf("pair.%d", mark), Scope: scope, Base: n.store.Base(scope)}
	var ids [2]ident.Record
	for i := range ids {
		id := w.newID()
		ids[i] = ident.Record(id)
		h := record.Header{ID: ids[i], Kind: recordtest.Point, Scope: scope, Subject: ident.Subject(id)}
		act.Writes = append(act.Writes, record.Write{
			Op: record.Create, Header: h, Fields: recordtest.Fields{"amount": record.OfInt(mark)},
		})
	}
	if n.apply(act) {
		w.pairs = append(w.pairs, ids)
	}
}

// base is what the author of an edit has seen: now, or when a screen was opened.
func (n *node) base(h record.Header) record.Base {
	if b, open := n.seen[h.ID]; open {
		delete(n.seen, h.ID)
		return b
	}
	return n.store.Base(h.Scope)
}

// edit changes fields of a record. kind is edit, refuse or poison: the server's
// rule refuses acts called refuse.
func (n *node) edit(kind string, h record.Header, names []record.Field) {
	fields, mark := n.world.fields(names)
	_, open := n.seen[h.ID]
	act := recordtest.Edit(h, n.base(h), fields)
	act.Name = fmt.Sprintf("%s.%d", kind, mark)
	if !open {
		n.world.checkBase(n, h, act.Base)
	}
	n.apply(act)
}

func (n *node) delete(h record.Header) {
	act := recordtest.Delete(h, n.base(h))
	act.Name = fmt.Sprintf("delete.%d", n.world.mark())
	n.apply(act)
}

// restoreRecord undoes a deletion its author has seen.
func (n *node) undelete(h record.Header) {
	act := recordtest.Edit(h, n.base(h), recordtest.Fields{record.Deleted: record.OfBool(false)})
	act.Name = fmt.Sprintf("undelete.%d", n.world.mark())
	n.apply(act)
}

// resolve settles a field of a record in favour of what is shown; with "" the
// first open one.
func (n *node) resolve(h record.Header, field record.Field) {
	for _, row := range n.store.Rows(h.Scope) {
		if row.Header.ID != h.ID {
			continue
		}
		for _, f := range row.FieldNames() {
			s := row.Fields[f]
			if s.Waiting() == 0 || field != "" && f != field {
				continue
			}
			write := record.Write{Op: record.Resolve, Header: h, Fields: recordtest.Fields{f: s.Value}, Seen: headsSeen(f, s)}
			act := record.Act{
				Name: fmt.Sprintf("resolve.%d", n.world.mark()), Scope: h.Scope, Base: n.store.Base(h.Scope),
				Writes: []record.Write{write},
			}
			if len(write.Seen) > 0 && n.apply(act) {
				n.world.chosen[model.Stand{Record: h.ID, Field: f, Value: model.Print(s.Value)}]++
			}
			return
		}
	}
}

func headsSeen(f record.Field, s record.FieldState) map[record.Field][]record.Version {
	var seen []record.Version
	for _, h := range append([]record.Head{s.Winner}, s.Aside...) {
		if h.Version != 0 {
			seen = append(seen, h.Version)
		}
	}
	if len(seen) == 0 {
		return nil
	}
	return map[record.Field][]record.Version{f: seen}
}

// discard gives up the first refused change set in the tray.
func (n *node) discard() {
	tray := n.store.Tray()
	if len(tray) > 0 && n.store.Discard(tray[0].Link) == nil {
		n.world.Counts["refused given up"]++
		n.step(n.waits())
	}
}

// correct resubmits the first refused change set as an edit that is not refused.
func (n *node) correct(h record.Header) {
	for _, t := range n.store.Tray() {
		if t.Link.Lane.Scope != h.Scope || t.Link.Lane.Incarnation != n.store.Incarnation() {
			continue
		}
		fields, mark := n.world.fields([]record.Field{"phone"})
		act := recordtest.Edit(h, n.store.Base(h.Scope), fields)
		act.Name, act.Replaces = fmt.Sprintf("correct.%d", mark), t.Link.Number
		n.apply(act)
		return
	}
}
