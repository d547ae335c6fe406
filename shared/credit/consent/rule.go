// SPDX-License-Identifier: Apache-2.0

package consent

import (
	"context"
	"fmt"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Getter reads one record inside the transaction that would apply a change set.
type Getter interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
}

// Rule judges a change set inside the committing transaction: a withdrawal ends a consent of the same person in the same scope, so
// that a device which lies can end nobody else's. A consent and its withdrawal may come in one change set. The fault is Invalid
// "consent.end.whose"; the error is one of reading, not of the change set.
func Rule(ctx context.Context, read Getter, cs *record.ChangeSet) (*fault.Error, *record.Header, error) {
	for i := range cs.Writes {
		w := &cs.Writes[i]
		if w.Op != record.Create || w.Header.Kind != KindEnd {
			continue
		}
		of, err := named(ctx, read, cs, w)
		if err != nil {
			return nil, nil, err
		}
		if of.Kind != Kind || of.Scope != w.Header.Scope || of.Subject != w.Header.Subject {
			return fault.New(fault.Invalid, "consent.end.whose"), &w.Header, nil
		}
	}
	return nil, nil, nil
}

// named returns the header of what a withdrawal names; zero for nothing that is there.
func named(ctx context.Context, read Getter, cs *record.ChangeSet, end *record.Write) (record.Header, error) {
	var id ident.Record
	if raw := end.Fields["consent"].Bytes(); len(raw) == len(id) {
		copy(id[:], raw)
	}
	for _, w := range cs.Writes {
		if w.Header.ID == id {
			return w.Header, nil
		}
	}
	row, err := read.Get(ctx, id)
	if err != nil && !fault.Is(err, fault.NotFound) {
		return record.Header{}, fmt.Errorf("judge a withdrawal: %w", err)
	}
	return row.Header, nil
}
