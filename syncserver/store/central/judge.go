// SPDX-License-Identifier: Apache-2.0

package central

import (
	"context"
	"errors"
	"slices"
	"strconv"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// deskRole is the only role that writes kinds of nature decision.
const deskRole record.Role = "desk"

// trial is the judging and applying of one change set.
type trial struct {
	in    *intake
	cs    *record.ChangeSet
	stamp hlc.Stamp
	who   author
	view  record.View      // what its author may see
	base  record.Base      // what its author had seen, in the current lineage
	known []record.Version // seen with the lane, though another brought them
	aside []uint64         // numbers of the lane that it says it has seen and did not

	pardon *pardon // set when it was quarantined and is let pass

	entries map[ident.Record]*entry
	order   []*entry
	again   map[ident.Record]bool // creates of what is there already, word for word
	root    uint64                // the refused change set it builds on

	own      bool // it was accepted once, by this very server
	writing  bool // from here on an error leaves half of it behind
	worst    record.Outcome
	outcomes []record.FieldOutcome
	changes  []change
}

// decide judges the change set and, if it passes, applies it. What goes wrong
// before anything was written quarantines the change set; the error is
// environmental or means that the batch must be undone.
func (tr *trial) decide(a arrival, by func() (author, error)) (refusal *store.Refusal, err error) {
	if a.unseen {
		return quarantined("failed"), nil
	}
	if a.carried {
		return quarantined("carried"), nil
	}
	err = guard(func() (err error) {
		if tr.who, err = by(); err != nil {
			return err
		}
		judge := tr.judge
		if a.own {
			judge = tr.judgeOwn
		}
		if refusal, err = judge(); refusal != nil || err != nil {
			return err
		}
		refusal, err = tr.apply()
		return err
	})
	if err != nil && !environmental(err) && !tr.writing {
		tr.in.t.s.log.Error("change set failed alone", "lane", tr.cs.Link.Lane.Incarnation, "number", tr.cs.Link.Number, "cause", err.Error())
		return quarantined("failed"), nil
	}
	return refusal, err
}

func rejected(reason string, h record.Header, f record.Field, args ...string) *store.Refusal {
	r := &store.Refusal{Outcome: record.Rejected, Reason: "sync.reject." + reason, Record: h, Field: f}
	for i := 0; i+1 < len(args); i += 2 {
		if r.Args == nil {
			r.Args = make(map[string]string, len(args)/2)
		}
		r.Args[args[i]] = args[i+1]
	}
	return r
}

func quarantined(reason string) *store.Refusal {
	return &store.Refusal{Outcome: record.Quarantined, Reason: "sync.quarantine." + reason}
}

// refused returns the receipt of a refusal.
func (tr *trial) refused(r *store.Refusal) record.Receipt {
	out := record.Receipt{
		Link: tr.cs.Link, Outcome: r.Outcome, Reason: r.Reason, Args: r.Args,
		Record: r.Record, Field: r.Field,
	}
	if tr.root != 0 && r.Outcome == record.Rejected {
		out.Chained, out.First = true, tr.root
	}
	return out
}

// judge checks everything that may refuse the change set, in the order in
// which a person would ask: who, where, what, on what ground.
func (tr *trial) judge() (*store.Refusal, error) {
	if r := tr.judgeAuthor(); r != nil {
		return r, nil
	}
	if r := tr.judgeForm(); r != nil {
		return r, nil
	}
	if r, err := tr.judgeSignature(); r != nil || err != nil {
		return r, err
	}
	if r := tr.judgeAccess(); r != nil {
		return r, nil
	}
	steps := []func() (*store.Refusal, error){tr.judgeChain, tr.judgeRecords, tr.judgeRules}
	for _, step := range steps {
		if r, err := step(); r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil
}

// judgeOwn only finds the records of what this server has judged once. A create of
// what somebody made anew since the restore is one more word on it.
func (tr *trial) judgeOwn() (*store.Refusal, error) {
	tr.view, tr.own = record.Everything, true
	return tr.judgeRecords()
}

// judgeAuthor asks whether the author may still write here. Work of somebody
// who lost login or scope after doing it is kept for an administrator.
func (tr *trial) judgeAuthor() *store.Refusal {
	login := tr.who.login
	switch {
	case !tr.who.known:
		return quarantined("login")
	case tr.who.off:
		return quarantined("off")
	case login.Scopes != nil && !slices.Contains(login.Scopes, tr.cs.Scope):
		return quarantined("scope")
	}
	tr.view = tr.in.t.s.access().View(login.Role)
	return nil
}

// judgeForm checks the act against the limits of the contract.
func (tr *trial) judgeForm() *store.Refusal {
	cs := tr.cs
	for _, w := range cs.Writes {
		if w.Op > record.Discard { // reserved for later versions of the protocol
			return rejected("operation", w.Header, "")
		}
	}
	if err := cs.Check(); err != nil {
		if limit, ok := errors.AsType[*record.LimitError](err); ok {
			return rejected("limit", record.Header{}, "", "what", limit.What,
				"got", strconv.Itoa(limit.Got), "max", strconv.Itoa(limit.Max))
		}
		return rejected("malformed", record.Header{}, "")
	}
	if cs.Scope != cs.Link.Lane.Scope || cs.Base.Number >= cs.Link.Number {
		return rejected("malformed", record.Header{}, "")
	}
	written := make(map[ident.Record]map[record.Field]bool, len(cs.Writes))
	for i, w := range cs.Writes {
		h := w.Header
		if w.Op == record.Create && i > 0 && written[h.ID] != nil {
			return rejected("twice", h, "")
		}
		if written[h.ID] == nil {
			written[h.ID] = make(map[record.Field]bool, len(w.Fields))
		}
		for f := range touchedFields(w) {
			if written[h.ID][f] {
				return rejected("twice", h, f)
			}
			written[h.ID][f] = true
		}
	}
	return nil
}

// touchedFields returns the fields that a write sets.
func touchedFields(w record.Write) map[record.Field]record.Value {
	if w.Op == record.Delete {
		return map[record.Field]record.Value{record.Deleted: record.OfBool(true)}
	}
	return w.Fields
}

// judgeAccess checks every write against the catalogue and the access table.
func (tr *trial) judgeAccess() *store.Refusal {
	login, s := tr.who.login, tr.in.t.s
	if tr.cs.Source > s.access().Source(login.Role) {
		return rejected("source", tr.cs.Writes[0].Header, "")
	}
	for _, w := range tr.cs.Writes {
		if w.Op == record.Discard {
			continue
		}
		if r := tr.judgeNature(w); r != nil {
			return r
		}
		for _, f := range w.FieldNames() {
			if r := tr.judgeField(w, f); r != nil {
				return r
			}
		}
	}
	return nil
}

func (tr *trial) judgeNature(w record.Write) *store.Refusal {
	role, s, h := tr.who.login.Role, tr.in.t.s, w.Header
	action := record.ActionOf(w.Op)
	def, known := s.catalogue().Kind(h.Kind)
	switch {
	case !known && !tr.mayCarry(h.Kind, action):
		return rejected("kind", h, "", "kind", string(h.Kind))
	case known && def.Nature == record.Entry && w.Op != record.Create:
		return rejected("entry", h, "")
	case known && def.Nature == record.Decision && role != deskRole:
		return rejected("decision", h, "")
	case !s.access().Allows(role, h.Kind, record.C1, action):
		return rejected("access", h, "", "action", string(action))
	case w.Op == record.Delete && len(w.Fields) > 0, w.Op != record.Delete && len(w.Fields) == 0:
		return rejected("malformed", h, "")
	}
	return nil
}

// mayCarry reports whether the author's role may write what this server's
// catalogue does not know yet, because a newer program described it.
func (tr *trial) mayCarry(kind record.Kind, action record.Action) bool {
	a := tr.in.t.s.access()
	role := tr.who.login.Role
	return a.Allows(role, "*", record.C3, action) || a.Allows(role, kind, record.C3, action)
}

func (tr *trial) judgeField(w record.Write, f record.Field) *store.Refusal {
	role, s, h := tr.who.login.Role, tr.in.t.s, w.Header
	action := record.ActionOf(w.Op)
	def, known := s.catalogue().Field(h.Kind, f)
	switch {
	case f.Reserved() && f != record.Deleted:
		return rejected("field", h, f)
	case f == record.Deleted && w.Op == record.Create:
		return rejected("malformed", h, f)
	case f == record.Deleted && w.Op == record.Edit:
		action = record.CanDelete
	}
	if !known && f != record.Deleted {
		if !tr.mayCarry(h.Kind, action) {
			return rejected("field", h, f)
		}
		return nil
	}
	if !s.access().Allows(role, h.Kind, def.Class, action) {
		return rejected("access", h, f, "action", string(action))
	}
	return judgeValue(h, def, w.Fields[f])
}

// judgeValue checks the form of a value; None, which clears, always passes.
func judgeValue(h record.Header, def record.FieldDef, v record.Value) *store.Refusal {
	if v.IsNone() || def.Format == "" {
		return nil
	}
	if v.Type() != def.Format.Type() {
		return rejected("type", h, def.Name)
	}
	if def.Format == record.FormatRef && v.Size() != ident.Size {
		return rejected("type", h, def.Name)
	}
	if def.Format == record.FormatBlob {
		if _, err := record.ParseAttachment(v); err != nil {
			return rejected("type", h, def.Name)
		}
	}
	if len(def.Choices) == 0 {
		return nil
	}
	chosen := v.Set()
	if def.Format == record.FormatChoice {
		chosen = []string{v.Text()}
	}
	for _, c := range chosen {
		if !slices.Contains(def.Choices, c) {
			return rejected("choice", h, def.Name)
		}
	}
	return nil
}

// judgeRecords loads the records and checks that each write meets the record
// it speaks of.
func (tr *trial) judgeRecords() (*store.Refusal, error) {
	tr.entries = make(map[ident.Record]*entry, len(tr.cs.Writes))
	tr.again = make(map[ident.Record]bool)
	for _, w := range tr.cs.Writes {
		if w.Op == record.Discard {
			continue
		}
		if r, err := tr.judgeRecord(w); r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil
}

func (tr *trial) judgeRecord(w record.Write) (*store.Refusal, error) {
	h := w.Header
	e := tr.entries[h.ID]
	if e == nil {
		var err error
		if e, err = findEntry(tr.in.t.c, h.ID); err != nil {
			return nil, err
		}
	}
	switch {
	case e == nil && w.Op != record.Create:
		return rejected("missing", h, ""), nil
	case e == nil:
		e = &entry{sid: tr.in.sc.sid, header: h, least: noClass}
	case e.header != h:
		// To somebody of another scope the record is not even said to exist.
		if w.Op != record.Create && e.header.Scope != h.Scope {
			return rejected("missing", h, ""), nil
		}
		return rejected("header", h, ""), nil
	case w.Op == record.Create:
		same, err := tr.created(e, w)
		if err == nil && !same && tr.own {
			break
		}
		if err != nil || !same {
			return rejected("exists", h, ""), err
		}
		tr.again[h.ID] = true
	}
	if tr.entries[h.ID] == nil {
		tr.entries[h.ID] = e
		tr.order = append(tr.order, e)
	}
	return nil, nil
}

// created reports whether everything that w creates is in the record already:
// a create that was issued again in a new lane after a fork.
func (tr *trial) created(e *entry, w record.Write) (bool, error) {
	past, err := pastOf(tr.in.t.c, tr.in.t.s.vault, e)
	if err != nil {
		return false, err
	}
	if err := e.open(tr.in.t.s.vault); err != nil {
		return false, err
	}
	for f, v := range w.Fields {
		stands := slices.ContainsFunc(past, func(p record.Past) bool { return p.Field == f && p.Value.Equal(v) })
		for _, half := range []part{e.clear, e.sealed} {
			if i, found := half.find(f); found {
				stands = stands || slices.ContainsFunc(half[i].heads, func(h record.Head) bool { return h.Value.Equal(v) })
			}
		}
		if !stands {
			return false, nil
		}
	}
	return true, nil
}

// judgeChain refuses what builds on a refused change set of the same lane
// that was neither replaced nor discarded.
func (tr *trial) judgeChain() (*store.Refusal, error) {
	if !tr.in.ln.refused {
		return nil, nil
	}
	for _, w := range tr.cs.Writes {
		r, err := tr.in.t.c.one(`
			SELECT root
			FROM refused
			WHERE lid = ? AND record = ? AND number <= ? AND number <> ? AND root <> ?
			ORDER BY number
			LIMIT 1`, tr.in.ln.lid, w.Header.ID[:], int64(tr.cs.Base.Number), int64(tr.cs.Replaces), int64(tr.cs.Replaces))
		if err != nil {
			return nil, err
		}
		if r != nil {
			tr.root = r.uint(0)
			return rejected("chained", w.Header, "", "first", strconv.FormatUint(tr.root, 10)), nil
		}
	}
	return nil, nil
}

// judgeRules asks the rules of the domain.
func (tr *trial) judgeRules() (*store.Refusal, error) {
	read := within{c: tr.in.t.c, s: tr.in.t.s}
	for _, rule := range tr.in.t.s.rules {
		if r, err := rule(context.Background(), read, tr.who.login, tr.cs); r != nil || err != nil {
			return r, err
		}
	}
	return nil, nil
}
