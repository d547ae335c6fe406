// SPDX-License-Identifier: Apache-2.0

package record

import (
	"maps"
	"slices"

	"yuexin/shared/ident"
	"yuexin/shared/sync/hlc"
)

// Op says what a write does. The numbers are on the wire and never reused.
type Op uint8

// The operations.
const (
	Create  Op = 1 // a new record with its header and first fields
	Edit    Op = 2 // some fields of an existing record
	Delete  Op = 3 // sets Deleted; fields stay and can be restored
	Resolve Op = 4 // settles disputed fields, naming the heads that were seen
	Discard Op = 5 // gives up a refused change set of the same lane, named by Replaces

	// Reserved for later versions of the protocol; refused until then.
	SameAs  Op = 6 // two records are the same thing, with the chosen value per field
	NotSame Op = 7
	Erase   Op = 8
)

// Write is what happens to one record. Fields holds what is set; None clears.
type Write struct {
	Op     Op
	Header Header // Edit, Delete and Resolve repeat the header: a server that lacks the record can say so
	Fields map[Field]Value

	// Seen names, for Resolve only, the heads each field's resolution saw.
	Seen map[Field][]Version

	// InDispute lists the fields whose dispute the author was shown and
	// wrote to all the same. Such a write never closes the dispute.
	InDispute []Field
}

// FieldNames returns the names in w.Fields in order.
func (w Write) FieldNames() []Field { return slices.Sorted(maps.Keys(w.Fields)) }

// Blob names an attachment by the digest of its sealed bytes, as they lie on a
// disk and travel: on their own queue, never before the change set that names
// them. A record is complete only when they are here.
type Blob struct {
	Digest    [32]byte // SHA-256 of the sealed bytes
	Size      uint64   // of the sealed bytes
	MediaType string   // of the file inside: "image/jpeg"
}

// Base says what the author had seen when they opened what they edited: the
// scope up to Version, and the device's own lane up to Number.
type Base struct {
	Version Version
	Number  uint64
}

// Source is the rank of where a value comes from; a higher rank prevails
// under the policy authority. The numbers are on the wire; gaps leave room.
type Source uint8

// The sources, weakest first.
const (
	SelfDeclared  Source = 10 // the resident, on a phone or at a kiosk
	Cadre         Source = 20 // a village cadre
	Officer       Source = 30 // an officer on site
	BankVerified  Source = 40 // checked by a bank against its own evidence
	Authoritative Source = 50 // imported from the office that owns the fact
)

// Act is what one person does in one act: writes in one scope, all or
// nothing. A [Store] stamps it with author, clock and lane.
type Act struct {
	Name   string // what was done, for people and audit: "household.register"
	Scope  ident.Scope
	Base   Base
	Source Source
	Writes []Write
	Blobs  []Blob // the attachments that the fields name; a device's store fills them in

	// Replaces is the number, in this device's lane of the scope, of a
	// refused change set that this act corrects or (with Discard) gives up.
	Replaces uint64
}

// Lane is one device incarnation's own numbered, hash-chained sequence of
// change sets in one scope.
type Lane struct {
	Incarnation ident.Incarnation
	Scope       ident.Scope
}

// Link is a place in a lane.
type Link struct {
	Lane   Lane
	Number uint64 // from 1
}

// ChangeSet is an act as it travels: with its author, its clock reading and
// its place in a lane.
type ChangeSet struct {
	Link  Link
	Actor ident.Actor
	Login ident.Login // the server-issued binding of actor, device and role

	Catalogue uint32      // version under which it was written
	Reading   hlc.Reading // the device's clocks as they were, never corrected
	Floor     hlc.Stamp   // the greatest effective stamp the author's device had seen in this scope

	// Origin names the place of the same change set in an older incarnation,
	// when a fork or a closed lane made the device issue it again.
	Origin *Link

	Act

	// PersonSignature is the actor's own signature over the act, where the
	// catalogue asks for it; empty otherwise.
	PersonSignature []byte
}
