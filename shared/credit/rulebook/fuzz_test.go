// SPDX-License-Identifier: Apache-2.0

package rulebook_test

import (
	"testing"

	"yuexin/shared/credit/rulebook"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// FuzzEdition: a published edition, whatever its record says, is refused or due at a
// moment inside of its stage; what is signed of it names all that matters.
func FuzzEdition(f *testing.F) {
	f.Add("form", "household", int64(2), []byte{3, 0}, int64(50), "unit:a", int64(1), int64(60), []byte{1})
	f.Add("", "", int64(-1), []byte{}, int64(101), "", int64(-5), int64(-5), []byte{})
	f.Fuzz(func(t *testing.T, what, name string, version int64, content []byte, percent int64, scope string, notBefore, spread int64, signature []byte) {
		text := func(s string) record.FieldState { return record.FieldState{Value: record.OfText(s)} }
		number := func(n int64) record.FieldState { return record.FieldState{Value: record.OfInt(n)} }
		row := record.Row{Fields: map[record.Field]record.FieldState{
			"what": text(what), "edition_name": text(name), "version": number(version), "content": {Value: record.OfBytes(content)},
			"percent": number(percent), "scopes": {Value: record.OfSet(scope)}, "not_before": number(notBefore), "spread": number(spread),
			"signature": {Value: record.OfBytes(signature)},
		}}
		e := rulebook.EditionOf(row)
		if e.Check() != nil {
			return
		}
		at, due := e.Due(e.Stage, ident.Device{1}, []ident.Scope{ident.Scope(scope)})
		if due && (at < e.NotBefore || e.Spread > 0 && at-e.NotBefore >= e.Spread) {
			t.Fatalf("due at %d, and the stage is %d..+%d", at, e.NotBefore, e.Spread)
		}
		other := e
		other.Content += "x"
		if string(other.SignedBytes()) == string(e.SignedBytes()) {
			t.Fatal("two contents are signed alike")
		}
	})
}
