// SPDX-License-Identifier: Apache-2.0

package record

import (
	"strings"

	"yuexin/shared/ident"
)

// Kind names what a record is: "household", "demand". The catalogue says what
// it means.
type Kind string

// Field names a field of a kind: "phone". Names are stable for ever; labels
// belong to forms.
type Field string

// Deleted is the reserved field that says a record is deleted. It is part of
// every kind, has class C1 and merges as review: an edit that did not know of
// the deletion keeps what it wrote and re-opens the question.
const Deleted Field = "~deleted"

// Reserved reports whether f belongs to the contract itself rather than to a
// catalogue.
func (f Field) Reserved() bool { return strings.HasPrefix(string(f), "~") }

// Header is what a record is for ever: none of it ever changes. Moving house
// is a new record and a link.
type Header struct {
	ID      ident.Record
	Kind    Kind
	Scope   ident.Scope
	Subject ident.Subject // whom it is about: a person, household, enterprise, village
}
