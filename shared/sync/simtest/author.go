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
	"yuexin/shared/sync/wire"
)

// authored is one act of the server itself: what a resident typed into its page, or
// its desk decided.
type authored struct {
	act    string
	header record.Header
	made   bool           // it registered the record
	values []model.Stand  // what it wrote and nobody else did
	shown  map[*node]bool // devices that have shown it, and keep it for the server
}

// author lets the server register a household under a name, or change one.
func (w *World) author(name string, scope ident.Scope, names []record.Field) {
	if !w.server.up {
		return
	}
	fields, mark := w.fields(names)
	h, known := w.records[name]
	act := recordtest.Edit(h, record.Base{}, fields)
	if !known {
		id := w.newID()
		h = record.Header{ID: ident.Record(id), Kind: recordtest.Household, Scope: scope, Subject: ident.Subject(id)}
		act = recordtest.Create(h, fields)
	}
	act.Name = fmt.Sprintf("author.%d", mark)
	if _, err := w.server.store.Author(act); err != nil {
		w.Counts["act not taken"]++
		return
	}
	w.records[name] = h
	a := &authored{act: act.Name, header: h, made: !known, shown: map[*node]bool{}}
	for f, v := range fields {
		if unique(f) {
			a.values = append(a.values, model.Stand{Record: h.ID, Field: f, Value: model.Print(v)})
		}
	}
	w.authored = append(w.authored, a)
	w.Counts["act author"]++
	w.server.moved(peer.HeadMoved{Scope: h.Scope})
}

// noteShown remembers which acts of the server a device shows.
func (w *World) noteShown(n *node, scope ident.Scope) {
	var rows []record.Row
	for _, a := range w.authored {
		if a.shown[n] || a.header.Scope != scope {
			continue
		}
		if rows == nil {
			rows = n.store.Rows(scope)
		}
		for _, r := range rows {
			shows := func(v model.Stand) bool { return model.Print(r.Fields[v.Field].Value) == v.Value }
			if r.Header == a.header && slices.ContainsFunc(a.values, shows) {
				a.shown[n] = true
			}
		}
	}
}

// noteHanded remembers that a device which had to purge a scope handed over what it
// kept of it, and was told that the server has it: from then on it keeps nothing.
func (w *World) noteHanded(n *node, m *wire.Receipts) {
	if !w.own[m.Lane] || slices.Contains(n.store.Scopes(), m.Lane.Scope) {
		return
	}
	for _, a := range w.authored {
		if a.header.Scope == m.Lane.Scope {
			delete(a.shown, n)
		}
	}
}

// checkAuthored: what the server wrote itself and a device has shown is on the server
// whatever backups it was restored from, once, or waits on the device for the record
// that it is about. A hostile network may have eaten the box.
func (w *World) checkAuthored(stands map[model.Stand]int) {
	there := map[ident.Record]bool{}
	for s := range stands {
		there[s.Record] = true
	}
	for _, a := range w.authored {
		for _, v := range a.values {
			n := stands[v]
			if n > 1+w.chosen[v] {
				w.broke("nothing is applied twice", "%s: %s=%s stands %d times", a.act, v.Field, v.Value, n)
			}
			if n == 0 && len(a.shown) > 0 && !a.waits() && there[v.Record] && w.Counts["hostile network"] == 0 {
				w.broke("what the server wrote is not lost", "%s: %s=%s was shown by a device and is nowhere on the server", a.act, v.Field, v.Value)
			}
		}
	}
}

// waits reports whether a device that keeps the act has a box that waits.
func (a *authored) waits() bool {
	for n := range a.shown {
		if n.store.Offers() > 0 {
			return true
		}
	}
	return false
}

// refusedIn is a change set that was refused in an epoch.
type refusedIn struct {
	lane   record.Lane
	number uint64
	epoch  uint32
}

// checkFirst: a device whose own work builds on a record of the server's brings that
// record back first, if a restore lost it: the work is not refused for its absence.
// What is said again counts as it was when it was said first.
func (w *World) checkFirst(n *node, m *wire.Receipts) {
	for _, g := range m.Ranges {
		if g.Detail == nil || g.Detail.Reason != "sync.reject.missing" || w.Counts["hostile network"] > 0 {
			continue
		}
		if g.Detail.Decided { // an administrator let it pass before the record was back
			continue
		}
		said := refusedIn{m.Lane, g.From, m.Epoch}
		if w.refusals[said] {
			continue
		}
		w.refusals[said] = true
		for _, a := range w.authored {
			if a.made && a.shown[n] && a.header.ID == g.Detail.Record {
				w.broke("boxes go first", "number %d of %s is refused because %s was not there yet", g.From, n.name, a.act)
			}
		}
	}
}
