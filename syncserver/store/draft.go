// SPDX-License-Identifier: Apache-2.0

package store

import (
	"context"
	"time"

	"yuexin/shared/ident"
)

// Drafts keeps forms that residents have not handed in. They are no records: nobody is sent them, they have no history, and
// they go with their last day.
type Drafts interface {
	// KeepDraft keeps a draft durably, in place of that of the same form, and drops those whose days are over.
	KeepDraft(ctx context.Context, d Draft, now time.Time) error

	// DraftOf and DraftWith return the draft of a form, and the one with a number; fault.NotFound if there is none, or its
	// days are over.
	DraftOf(ctx context.Context, form ident.Record, now time.Time) (Draft, error)
	DraftWith(ctx context.Context, number string, now time.Time) (Draft, error)

	// DropDraft forgets the draft of a form, if there is one.
	DropDraft(ctx context.Context, form ident.Record) error
}

// Draft is a form that is not handed in.
type Draft struct {
	Form   ident.Record // the record that it will become
	Number string       // by which it is found
	Sealed []byte       // what was typed; the store does not read it
	Until  time.Time
}
