// SPDX-License-Identifier: Apache-2.0

package simtest

import (
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/simtest/model"
	"yuexin/shared/sync/wire"
)

// check holds a quiet world against what the project promises.
func (w *World) check() {
	stands := map[model.Stand]int{}
	for _, s := range w.server.store.Stands() {
		stands[s]++
	}
	for _, n := range w.order {
		w.noteTray(n)
	}
	for _, act := range w.server.store.Quarantined() {
		w.refused[act] = true
	}
	for _, e := range w.entered {
		w.checkEntered(e, stands)
	}
	w.checkAuthored(stands)
	for _, n := range w.order {
		w.checkView(n)
		w.checkConverged(n)
		w.checkPairs(n)
	}
	w.checkServerPairs()
	w.noteSettled()
	for _, b := range w.server.store.Breaches() {
		w.broke("the store is whole", "%s", b)
	}
}

// noteSettled counts what two persons settled, and what waits for a second one.
func (w *World) noteSettled() {
	for _, scope := range []ident.Scope{scopeOf("here"), scopeOf("there")} {
		for _, row := range w.server.store.Rows(scope, recordtest.Officer) {
			for f, s := range row.Fields {
				def, _ := w.catalogue().Field(row.Header.Kind, f)
				settling := slices.ContainsFunc(s.Heads(), func(h record.Head) bool { return h.Settles != nil })
				switch {
				case !def.Sensitive || !settling:
				case s.Disputed:
					w.Counts["settling waits for a second person"]++
				default:
					w.Counts["settled by two persons"]++
				}
			}
		}
	}
}

// checkEntered: nothing that a person entered is lost, nothing is there twice,
// and every receipt is true.
func (w *World) checkEntered(e *entered, stands map[model.Stand]int) {
	receipt, known := e.node.store.Receipt(e.link)
	if known && receipt.Outcome == record.Pending {
		w.broke("nothing is stuck", "%s of %s has no receipt", e.act, e.node.name)
		return
	}
	kept, own := 0, 0 // own: not by a resolve that chose the value alone
	for _, v := range e.values {
		n := stands[v]
		if n > 1+w.chosen[v] {
			w.broke("nothing is applied twice", "%s: %s=%s stands %d times", e.act, v.Field, v.Value, n)
		}
		if n > 0 {
			kept++
		}
		if n > w.chosen[v] {
			own++
		}
	}
	if own == 0 && kept != len(e.values) {
		kept = 0 // somebody's resolve is what stands
	}
	if own > 0 && known && receipt.Outcome == record.Quarantined && w.Counts["hostile network"] == 0 {
		w.broke("receipts are true", "%s is in quarantine by the receipt of %s, and stands on the server", e.act, e.node.name)
	}
	aside := w.refused[e.act]
	switch {
	case kept != 0 && kept != len(e.values):
		w.broke("acts are whole", "%s: %d of %d values stand", e.act, kept, len(e.values))
	case kept == 0 && len(e.values) > 0 && known && receipt.Outcome.Applied():
		w.broke("receipts are true", "%s is %v by the receipt of %s, and nowhere on the server", e.act, receipt.Outcome, e.node.name)
	case kept == 0 && len(e.values) > 0 && !aside && !(known && !receipt.Outcome.Applied()):
		w.broke("nothing is lost", "%s of %s is neither on the server nor refused", e.act, e.node.name)
	case own > 0 && known && refusal(receipt.Outcome):
		w.broke("receipts are true", "%s is %v by the receipt of %s, and stands on the server", e.act, receipt.Outcome, e.node.name)
	}
}

// checkReceipts holds a server that was just killed against the receipts that
// devices have of it: a receipt means that the change set is on its disk. After a
// restore it may be missing there until devices hand it in again.
func (w *World) checkReceipts() {
	if w.Counts["server restore"]+w.Counts["server copyback"] > 0 {
		return
	}
	stands := w.server.store.Stands()
	for _, e := range w.entered {
		receipt, known := e.node.store.Receipt(e.link)
		if !known || !receipt.Outcome.Applied() {
			continue
		}
		for _, v := range e.values {
			if !slices.Contains(stands, v) {
				w.broke("receipts are true", "%s is %v by the receipt of %s, and not on the disk of the killed server", e.act, receipt.Outcome, e.node.name)
				break
			}
		}
	}
}

// refusal reports whether an outcome says that nothing was applied, for good. What
// is in quarantine may be applied later.
func refusal(o record.Outcome) bool { return o == record.Rejected || o == record.Discarded }

// checkView: a device holds no scope that is not granted, and no field outside
// its view, neither shown nor on its disk.
func (w *World) checkView(n *node) {
	granted := w.server.store.Grants(n.account.Device)
	if w.server.store.Off(n.account.Device) {
		return // what it held when it was switched off is locked, not purged
	}
	held := n.store.Scopes()
	if !slices.Equal(held, granted) {
		w.broke("scopes are as granted", "%s holds %v, granted are %v", n.name, held, granted)
	}
	for _, scope := range n.store.Kept() {
		if !slices.Contains(granted, scope) {
			w.broke("revoked scopes are purged", "%s keeps part of a snapshot of %s", n.name, scope)
		}
	}
	for _, d := range n.store.Raw() {
		if !slices.Contains(granted, d.Header.Scope) {
			w.broke("revoked scopes are purged", "%s holds a record of %s", n.name, d.Header.Scope)
		}
		w.checkRaw(n, d)
	}
}

func (w *World) checkRaw(n *node, d wire.RowDelta) {
	view := w.access().View(n.account.Role)
	for _, f := range d.Fields {
		def, _ := w.catalogue().Field(d.Header.Kind, f.Field)
		if !view.Holds(d.Header.Kind, def.Class) {
			w.broke("views never leak", "%s, a %s, holds %s of a %s", n.name, n.account.Role, f.Field, d.Header.Kind)
		}
	}
}

// checkConverged: a device shows what the server shows to its role.
func (w *World) checkConverged(n *node) {
	if w.server.store.Off(n.account.Device) {
		return
	}
	for _, scope := range w.server.store.Grants(n.account.Device) {
		want, got := w.server.store.Rows(scope, n.account.Role), n.store.Rows(scope)
		for _, r := range want {
			i := slices.IndexFunc(got, func(g record.Row) bool { return g.Header == r.Header })
			if r.Deleted() { // it may have nothing of it, and need not hear what happened to it since
				switch {
				case i < 0:
					w.Counts["deleted record not held"]++
				case !got[i].Deleted():
					w.broke("replicas converge", "%s shows %s in %s, which is deleted", n.name, w.nameOf(r.Header), scope)
				}
				continue
			}
			if i < 0 {
				w.broke("replicas converge", "%s lacks %s in %s", n.name, w.nameOf(r.Header), scope)
				continue
			}
			w.compare(n, r, got[i])
		}
		for _, g := range got {
			if !slices.ContainsFunc(want, func(r record.Row) bool { return g.Header == r.Header }) {
				w.broke("replicas converge", "%s has %s in %s, and the server has not", n.name, w.nameOf(g.Header), scope)
			}
		}
	}
}

func (w *World) compare(n *node, want, got record.Row) {
	for _, f := range want.FieldNames() {
		a, b := want.Fields[f], got.Fields[f]
		same := a.Value.Equal(b.Value) && a.Disputed == b.Disputed && a.Version == b.Version && len(a.Aside) == len(b.Aside)
		if !same {
			w.broke("replicas converge", "%s shows %s.%s = %s at %v disputed %v, the server %s at %v disputed %v",
				n.name, w.nameOf(want.Header), f, model.Print(b.Value), b.Version, b.Disputed, model.Print(a.Value), a.Version, a.Disputed)
		}
	}
	if len(got.Fields) != len(want.Fields) {
		w.broke("replicas converge", "%s shows %d fields of %s, the server %d", n.name, len(got.Fields), w.nameOf(want.Header), len(want.Fields))
	}
}

// nameOf returns the name that the plan gave a record.
func (w *World) nameOf(h record.Header) string {
	for name, other := range w.records {
		if other == h {
			return name
		}
	}
	return string(h.Kind)
}

// glimpse checks pairs while the world goes on. Where a hostile network eats a
// message of a first download, a device shows what came until it has come again.
func (w *World) glimpse(n *node) {
	if w.Counts["hostile network"] == 0 {
		w.checkPairs(n)
	}
}

// checkBase: who says that they have seen a scope up to a version is shown every
// value up to it, in the record that they edit. After a restore a version may mean
// another thing at the server. Of a record that came with no whole pull, since it was
// deleted, a device says itself that less was seen (replica TestEditOfWhatIsNotHeld).
func (w *World) checkBase(n *node, h record.Header, base record.Base) {
	if w.Counts["server restore"]+w.Counts["server copyback"]+w.Counts["hostile network"] > 0 {
		return
	}
	raw := func(d wire.RowDelta) bool { return d.Header == h }
	if !slices.Contains(n.store.Kept(), h.Scope) && !slices.ContainsFunc(n.store.Raw(), raw) {
		return
	}
	is := func(r record.Row) bool { return r.Header == h }
	shown, there := n.store.Rows(h.Scope), w.server.store.Rows(h.Scope, n.account.Role)
	i, j := slices.IndexFunc(shown, is), slices.IndexFunc(there, is)
	if i < 0 || j < 0 {
		return
	}
	for f, s := range there[j].Fields {
		if s.Version <= base.Version && shown[i].Fields[f].Version < s.Version {
			w.broke("bases are true", "%s says it has seen %v, and is shown %s.%s of %v, not of %v",
				n.name, base.Version, w.nameOf(h), f, shown[i].Fields[f].Version, s.Version)
		}
	}
}

// checkPairs: what was written in one act is never seen by halves.
func (w *World) checkPairs(n *node) {
	for _, p := range w.pairs {
		if n.store.Sees(p[0]) != n.store.Sees(p[1]) {
			w.broke("acts are whole", "%s sees half of an act", n.name)
		}
	}
}

func (w *World) checkServerPairs() {
	seen := map[ident.Record]bool{}
	for _, s := range w.server.store.Stands() {
		seen[s.Record] = true
	}
	for _, p := range w.pairs {
		if seen[p[0]] != seen[p[1]] {
			w.broke("acts are whole", "the server has half of an act")
		}
	}
}
