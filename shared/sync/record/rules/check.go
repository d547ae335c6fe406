// SPDX-License-Identifier: Apache-2.0

package rules

import (
	"errors"
	"strconv"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Desk is the role that takes decisions (ARCHITECTURE.md section 3): it alone
// writes kinds of nature Decision.
const Desk record.Role = "desk"

// Judge is what an act is judged by.
type Judge struct {
	Catalogue *record.Catalogue
	Access    *record.Access
	Role      record.Role

	// Look returns what the author sees of a record now, deleted ones
	// included; false if the author's view does not hold it.
	Look func(ident.Record) (record.Row, bool)
}

// Check returns nil if the act may be applied, and otherwise a fault that says
// which write and field stand against it: TooLarge and Invalid for its form,
// Unsupported for kinds and fields the catalogue does not know, NotAllowed for
// what the role may not do, Conflict for a record that exists already, NotFound
// for one that does not, Stale for a dispute that is settled already.
func (j Judge) Check(act record.Act) error {
	if err := act.Check(); err != nil {
		return form(err)
	}
	if act.Source > j.Access.Source(j.Role) {
		return fault.New(fault.NotAllowed, "record.source")
	}
	made := map[ident.Record]bool{}
	for i := range act.Writes {
		w := &act.Writes[i]
		if w.Op == record.Discard {
			if act.Replaces == 0 || len(act.Writes) > 1 {
				return fault.New(fault.Invalid, "record.discard")
			}
			continue
		}
		if err := j.write(w, made[w.Header.ID]); err != nil {
			return err
		}
		made[w.Header.ID] = true
	}
	return nil
}

func form(err error) error {
	var limit *record.LimitError
	if errors.As(err, &limit) {
		return fault.New(fault.TooLarge, "record.limit").WithCause(err).
			With("what", limit.What).With("got", strconv.Itoa(limit.Got)).With("max", strconv.Itoa(limit.Max))
	}
	return fault.New(fault.Invalid, "record.malformed").WithCause(err)
}

func (j Judge) write(w *record.Write, made bool) error {
	kind, known := j.Catalogue.Kind(w.Header.Kind)
	switch {
	case !known:
		return fault.New(fault.Unsupported, "record.kind").With("kind", string(w.Header.Kind))
	case kind.Nature == record.Decision && j.Role != Desk:
		return fault.New(fault.NotAllowed, "record.decision").With("kind", string(kind.Name))
	case kind.Nature == record.Entry && w.Op != record.Create:
		return fault.New(fault.NotAllowed, "record.entry").With("kind", string(kind.Name))
	}
	for _, f := range w.FieldNames() {
		if err := j.field(w, f, w.Fields[f]); err != nil {
			return err
		}
	}
	if err := j.allowed(w); err != nil {
		return err
	}
	return j.stands(w, made)
}

// allowed asks the access table: for the operation itself, and for the class
// of every field.
func (j Judge) allowed(w *record.Write) error {
	action := record.ActionOf(w.Op)
	if !j.Access.Allows(j.Role, w.Header.Kind, record.C1, action) {
		return fault.New(fault.NotAllowed, "record.access").With("kind", string(w.Header.Kind)).With("action", string(action))
	}
	for _, f := range w.FieldNames() {
		def, _ := j.Catalogue.Field(w.Header.Kind, f)
		if !j.Access.Allows(j.Role, w.Header.Kind, def.Class, action) {
			return fault.New(fault.NotAllowed, "record.access").WithField(string(f)).
				With("kind", string(w.Header.Kind)).With("action", string(action))
		}
	}
	return nil
}

func (j Judge) field(w *record.Write, f record.Field, v record.Value) error {
	def, known := j.Catalogue.Field(w.Header.Kind, f)
	switch {
	case !known:
		return fault.New(fault.Unsupported, "record.field").WithField(string(f))
	case f == record.Deleted && w.Op == record.Create:
		return fault.New(fault.Invalid, "record.field").WithField(string(f))
	}
	return value(def, v)
}

// stands compares the write with what its author sees. Who cannot see the kind
// at all (a kiosk that hands in what it may not read) is not told what exists.
func (j Judge) stands(w *record.Write, made bool) error {
	row, exists := j.Look(w.Header.ID)
	exists = exists || made
	if w.Op == record.Create {
		if exists {
			return fault.New(fault.Conflict, "record.exists")
		}
		return nil
	}
	if !exists {
		if j.Access.View(j.Role).Holds(w.Header.Kind, record.C1) {
			return fault.New(fault.NotFound, "record.missing")
		}
		return nil
	}
	if !made && row.Header != w.Header {
		return fault.New(fault.Invalid, "record.header")
	}
	if w.Op == record.Resolve {
		return resolvable(w, row)
	}
	return nil
}

// resolvable wants every field of a resolve to be open, and to name the heads
// its author saw.
func resolvable(w *record.Write, row record.Row) error {
	if len(w.Fields) == 0 {
		return fault.New(fault.Invalid, "record.resolve")
	}
	for _, f := range w.FieldNames() {
		if len(w.Seen[f]) == 0 {
			return fault.New(fault.Invalid, "record.resolve").WithField(string(f))
		}
		if s := row.Fields[f]; !s.Disputed && len(s.Aside) == 0 {
			return fault.New(fault.Stale, "record.settled").WithField(string(f))
		}
	}
	return nil
}
