// SPDX-License-Identifier: Apache-2.0

package central_test

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"testing"

	"yuexin/assets"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
	"yuexin/syncserver/store/central"
	"yuexin/syncserver/store/storetest"
)

// allPowerful is an access table under which records of all classes can be
// made that no role of the production table could make.
const allPowerful = `{"version": 1, "roles": [{"name": "desk", "source": 50, "kinds": {"*":
	{"read": 3, "create": 3, "edit": 3, "delete": 3, "resolve": 3}}}]}`

// unknown is a field that no catalogue has: it is of class C3.
const unknown record.Field = "of_a_newer_program"

// cell is one of role × kind × class × action, and a field to try it with.
type cell struct {
	role   record.Role
	kind   *record.KindDef
	class  record.Class
	action record.Action
	field  record.Field
	value  record.Value
}

func (c cell) name() string {
	return fmt.Sprintf("%s %s C%d %s", c.role, c.kind.Name, c.class, c.action)
}

// production returns the catalogue and the access table that are shipped.
func production(t *testing.T) (*record.Catalogue, *record.Access) {
	t.Helper()
	read := func(name string) *bytes.Reader {
		text, err := fs.ReadFile(assets.Folder("policies"), name)
		if err != nil {
			t.Fatal(err)
		}
		return bytes.NewReader(text)
	}
	catalogue, err := record.ParseCatalogue(read("catalogue-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	access, err := record.ParseAccess(read("access-1.json"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range catalogue.Kinds() { // what a person signs themselves is tried by the suite of all stores
		kind, _ := catalogue.Kind(name)
		kind.Signed = false
	}
	return catalogue, access
}

// fieldOf returns a field of a class and a value it admits; an unknown field
// for C3, which no kind has.
func fieldOf(kind *record.KindDef, class record.Class) (record.Field, record.Value, bool) {
	for _, f := range kind.Fields {
		if f.Class == class && f.Name != record.Deleted {
			return f.Name, admitted(f), true
		}
	}
	return unknown, record.OfText("x"), class == record.C3
}

func admitted(f record.FieldDef) record.Value {
	switch {
	case len(f.Choices) > 0 && f.Format == record.FormatChoice:
		return record.OfText(f.Choices[0])
	case len(f.Choices) > 0:
		return record.OfSet(f.Choices[0])
	case f.Format == record.FormatDate:
		return record.OfText("2026-01-02")
	case f.Format == record.FormatBlob:
		return record.Attachment{Blob: record.Blob{Size: 1, MediaType: "image/png"}, Key: []byte{1}}.Value()
	}
	switch f.Format.Type() {
	case record.Bool:
		return record.OfBool(true)
	case record.Int:
		return record.OfInt(1)
	case record.Bytes:
		return record.OfBytes(make([]byte, ident.Size))
	case record.Set:
		return record.OfSet("x")
	}
	return record.OfText("x")
}

// allCells returns every cell that a field can be found for. A deletion has no
// class: it is tried once per kind.
func allCells(catalogue *record.Catalogue, access *record.Access) (list []cell) {
	for _, role := range access.Roles() {
		for _, name := range catalogue.Kinds() {
			kind, _ := catalogue.Kind(name)
			for _, class := range []record.Class{record.C1, record.C2, record.C3} {
				field, value, ok := fieldOf(kind, class)
				for _, action := range []record.Action{record.CanRead, record.CanCreate, record.CanEdit, record.CanResolve, record.CanDelete} {
					if ok && (action != record.CanDelete || class == record.C1) {
						list = append(list, cell{role, kind, class, action, field, value})
					}
				}
			}
		}
	}
	return list
}

// expected says by the table what the store has to say by trying.
func (c cell) expected(access *record.Access) bool {
	switch {
	case c.action == record.CanRead:
	case c.kind.Nature == record.Entry && c.action != record.CanCreate:
		return false
	case c.kind.Nature == record.Decision && c.role != "desk":
		return false
	case !access.Allows(c.role, c.kind.Name, record.C1, c.action):
		return false
	case c.class == record.C3 && access.Allows(c.role, "*", record.C3, c.action):
		return true
	}
	return access.Allows(c.role, c.kind.Name, c.class, c.action)
}

// bench is a store in which each cell has a record of its own.
type bench struct {
	t      *testing.T
	st     *central.Store
	access *record.Access
	made   map[string]made
}

type made struct {
	header  record.Header
	version record.Version
}

func newHeader(t *testing.T, kind record.Kind) record.Header {
	t.Helper()
	id, err := ident.New[ident.Record](storetest.Start.UnixMilli(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return record.Header{ID: id, Kind: kind, Scope: storetest.Dasha, Subject: ident.Subject(id)}
}

// prepare makes the records under the all-powerful table, in acts of many.
func (b *bench) prepare(s storetest.Setup, cells []cell) {
	b.t.Helper()
	var err error
	if s.Access, err = record.ParseAccess(strings.NewReader(allPowerful)); err != nil {
		b.t.Fatal(err)
	}
	st := mustOpen(b.t, s)
	desk := st.As(store.Login{ID: ident.Login{1}, Actor: ident.Actor{1}, Role: "desk"})
	for part := range slices.Chunk(cells, record.MaxWrites) {
		act := record.Act{Name: "test", Scope: storetest.Dasha}
		for _, c := range part {
			act.Writes = append(act.Writes, storetest.Create(newHeader(b.t, c.kind.Name), storetest.Fields{c.field: c.value}))
		}
		receipt, err := desk.Apply(b.t.Context(), act)
		if err != nil {
			b.t.Fatal(err)
		}
		for i, c := range part {
			b.made[c.name()] = made{act.Writes[i].Header, receipt.Version}
		}
	}
	mustClose(b.t, st)
}

// try does what the cell is about, as its role.
func (b *bench) try(c cell) error {
	as := b.st.As(store.Login{ID: ident.Login{2}, Actor: ident.Actor{2}, Role: c.role})
	m := b.made[c.name()]
	w := record.Write{Op: record.Edit, Header: m.header, Fields: storetest.Fields{c.field: c.value}}
	switch c.action {
	case record.CanRead:
		row, err := as.Get(b.t.Context(), m.header.ID)
		if _, shown := row.Fields[c.field]; err == nil && !shown {
			err = fault.New(fault.NotFound, "")
		}
		return err
	case record.CanCreate:
		w.Op, w.Header = record.Create, newHeader(b.t, c.kind.Name)
	case record.CanResolve:
		w.Op, w.Seen = record.Resolve, map[record.Field][]record.Version{c.field: {m.version}}
	case record.CanDelete:
		w.Op, w.Fields = record.Delete, nil
	}
	_, err := as.Apply(b.t.Context(), record.Act{
		Name: "test", Scope: storetest.Dasha, Source: b.access.Source(c.role), Writes: []record.Write{w},
	})
	return err
}

// refusals are the reasons by which a cell says no; any other means that the
// test asked for something else.
var refusals = []string{"sync.reject.access", "sync.reject.field", "sync.reject.decision", "sync.reject.entry"}

// Every cell of the production table, tried on the store: what the table
// allows is done, and what it does not is refused for that reason.
func TestEveryCellOfTheTable(t *testing.T) {
	s := storetest.NewSetup(t)
	var access *record.Access
	s.Catalogue, access = production(t)
	s.Rules = nil
	cells := allCells(s.Catalogue, access)
	b := &bench{t: t, access: access, made: make(map[string]made)}
	b.prepare(s, cells)
	s.Access = access
	b.st = mustOpen(t, s)
	defer mustClose(t, b.st)
	allowed := 0
	for _, c := range cells {
		t.Run(c.name(), func(t *testing.T) {
			err := b.try(c)
			f := fault.From(err)
			switch want := c.expected(access); {
			case want && err != nil:
				t.Errorf("allowed by the table, and got %v", err)
			case want:
				allowed++
			case err == nil:
				t.Error("not allowed by the table, and done")
			case c.action == record.CanRead && f.Kind != fault.NotFound, c.action != record.CanRead && !slices.Contains(refusals, f.Key):
				t.Errorf("refused for another reason: %v", err)
			}
		})
	}
	if allowed < 50 || allowed > len(cells)-50 {
		t.Errorf("%d of %d cells allow something: the table was not tried both ways", allowed, len(cells))
	}
}
