// SPDX-License-Identifier: Apache-2.0

package recordtest

import (
	"bytes"
	_ "embed" // the test catalogue and access table
	"encoding/binary"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
	"yuexin/shared/sync/record"
)

//go:embed catalogue.json
var catalogueJSON []byte

//go:embed access.json
var accessJSON []byte

// The kinds of the test catalogue and two scopes to write in.
const (
	Household record.Kind = "household"
	Demand    record.Kind = "demand"
	Point     record.Kind = "point"
	Approval  record.Kind = "approval"
	Vow       record.Kind = "vow" // signed by its author

	Here  ident.Scope = "unit:here"
	There ident.Scope = "unit:there"
)

// The roles of the test access table.
const (
	Officer record.Role = "officer" // reads and writes C1 and C2
	Cadre   record.Role = "cadre"   // reads C1 of households, writes C2 unseen
	Kiosk   record.Role = "kiosk"   // reads C1 of households, hands in households and demands
	Analyst record.Role = "analyst" // reads C1
	Desk    record.Role = "desk"    // reads and writes everything
)

// Catalogue returns the test catalogue.
func Catalogue(t testing.TB) *record.Catalogue {
	t.Helper()
	c, err := record.ParseCatalogue(bytes.NewReader(catalogueJSON))
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// Access returns the test access table.
func Access(t testing.TB) *record.Access {
	t.Helper()
	a, err := record.ParseAccess(bytes.NewReader(accessJSON))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// StartMS is where a Clock begins: 2026-03-01 08:00 in Guangdong, in Unix ms.
const StartMS = 1_772_323_200_000

// Clock is a device's clock that a test winds by hand. The zero Clock stands at
// StartMS.
type Clock struct{ AheadMS int64 }

// Now returns the clock's reading, always of one boot.
func (c *Clock) Now() hlc.Reading {
	return hlc.Reading{WallMS: StartMS + c.AheadMS, BootID: [16]byte{1}, MonoMS: 1000 + c.AheadMS}
}

// ID returns the n-th record id of the tests; they sort by n.
func ID(n int) (id ident.Record) {
	binary.BigEndian.PutUint64(id[:8], uint64(n))
	id[15] = 1
	return id
}

// Header returns the header of the n-th record, in scope Here, about a subject of
// its own.
func Header(kind record.Kind, n int) record.Header {
	return record.Header{ID: ID(n), Kind: kind, Scope: Here, Subject: ident.Subject(ID(n))}
}

// Fields is a short way to write down the fields of a write.
type Fields = map[record.Field]record.Value

// Create returns the act that makes the record h.
func Create(h record.Header, fields Fields) record.Act {
	return act("test.create", h, record.Create, fields, record.Base{})
}

// Edit returns the act that edits the record h as seen at base.
func Edit(h record.Header, base record.Base, fields Fields) record.Act {
	return act("test.edit", h, record.Edit, fields, base)
}

// Delete returns the act that deletes the record h as seen at base.
func Delete(h record.Header, base record.Base) record.Act {
	return act("test.delete", h, record.Delete, nil, base)
}

func act(name string, h record.Header, op record.Op, fields Fields, base record.Base) record.Act {
	return record.Act{
		Name: name, Scope: h.Scope, Base: base,
		Writes: []record.Write{{Op: op, Header: h, Fields: fields}},
	}
}
