// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"

	"yuexin/shared/ident"
)

// Store reads records and applies what one person did. It is the one contract
// between screens, rules and everything below; recordtest.TestStore is its
// definition in tests. A Store is opened for one login: what that login may
// not see is not there, and what it applies carries its actor.
//
// Every method may return an error of package fault; NotFound is used both
// for what does not exist and for what the login may not know of.
type Store interface {
	// Get returns the state of one record, deleted ones included.
	Get(ctx context.Context, id ident.Record) (Row, error)

	// List returns the records that match q, in the order q asks for, at
	// most q.Limit of them. Deleted records are left out unless q asks.
	List(ctx context.Context, q Query) ([]Row, error)

	// Base returns what this login has seen of a scope now. A screen takes
	// it when it opens what will be edited and hands it to Apply.
	Base(ctx context.Context, scope ident.Scope) (Base, error)

	// Apply makes one act durable, or returns an error and changes nothing.
	// After it returns, the act survives power loss and readers of this
	// Store see it. The receipt's Outcome is Pending on a device; Link is
	// where the act stands in the device's lane.
	Apply(ctx context.Context, act Act) (Receipt, error)

	// History returns what once stood in a record's fields or lost against
	// what did, newest first. On a device it holds what the server sent and
	// the device's own pending changes.
	History(ctx context.Context, id ident.Record) ([]Past, error)
}

// Query selects records of one kind.
type Query struct {
	Kind    Kind
	Scope   ident.Scope   // "" for every scope that the login holds
	Subject ident.Subject // zero for any
	Where   []Term        // all must hold; fields must be Indexed in the catalogue

	// Search finds records whose Search fields contain the text, or whose
	// pinyin or initials begin with it, or one of whose telephone, identity or
	// credit code numbers ends with it, from four characters on. Only devices
	// search sealed fields; elsewhere Search over a field of class C2 or C3 is
	// fault.Unsupported.
	Search string

	// Best puts what Search fits best first: the whole of a field before its
	// beginning, that before pinyin, that before the end of a number and a part
	// of a field; among equals the newest first. There is no next page: After is
	// not looked at. Without Search it is Newest. Only devices order like this;
	// elsewhere it is fault.Unsupported.
	Best bool

	// Waiting selects the records in which something of this sort waits for a
	// person, in a field that the login sees; 0 for any record. The answer costs
	// as much as there is of it, not as much as there are records.
	Waiting Waiting

	Deleted bool         // include deleted records; a device holds some of them at most
	Newest  bool         // newest id first; otherwise oldest first
	After   ident.Record // continue after this id in that order; zero to begin
	Limit   int          // at most this many; 0 means 100
}

// Term is a condition: the field's visible value equals Value.
type Term struct {
	Field Field
	Value Value
}

// Watcher is implemented by stores that can tell what changed. The channel
// gets the ids of records whose visible state changed, from whatever cause;
// it is closed when ctx ends. A receiver that is too slow gets one zero id,
// which means: read again what you show.
type Watcher interface {
	Watch(ctx context.Context) <-chan ident.Record
}
