// SPDX-License-Identifier: Apache-2.0

package plate

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strings"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// Kind is the kind of the records of plates.
const Kind record.Kind = "plate"

// Reader reads records; record.Store does.
type Reader interface {
	Get(ctx context.Context, id ident.Record) (record.Row, error)
	List(ctx context.Context, q record.Query) ([]record.Row, error)
}

// maxForwards is how many times the plate of a door may have been replaced; more is a mistake in the data.
const maxForwards = 32

// Follow returns the plate that hangs where an old one hung, and whether that is another one. Faults: Gone "plate.void" for one
// that counts no more and leads nowhere; Gone "plate.split" where several hang instead, with their house numbers as
// "numbers": only whoever stands there knows which door is meant. Any other error is of the store.
func Follow(ctx context.Context, store Reader, row record.Row) (now record.Row, renewed bool, err error) {
	void := fault.New(fault.Gone, "plate.void")
	for range maxForwards {
		if row.Deleted() || row.Text("plate_state") == "void" {
			return row, renewed, void
		}
		if row.Text("plate_state") != "replaced" {
			return row, renewed, nil
		}
		after, err := store.List(ctx, record.Query{
			Kind: Kind, Scope: row.Header.Scope, Limit: MaxNumbers + 1,
			Where: []record.Term{{Field: "replaces", Value: record.OfBytes(row.Header.ID.Bytes())}},
		})
		if err != nil {
			return row, renewed, fmt.Errorf("find the plates after one: %w", err)
		}
		if len(after) > 1 {
			return row, renewed, fault.New(fault.Gone, "plate.split").With("numbers", numbers(after))
		}
		next, known := refOf(row.Value("replaced_by"))
		if !known {
			return row, renewed, void
		}
		row, err = store.Get(ctx, next)
		if fault.Is(err, fault.NotFound) || err == nil && row.Header.Kind != Kind {
			return row, renewed, void
		}
		if err != nil {
			return row, renewed, fmt.Errorf("find the plate's successor: %w", err)
		}
		renewed = true
	}
	return row, renewed, void
}

func refOf(v record.Value) (id ident.Record, known bool) {
	if raw := v.Bytes(); len(raw) == ident.Size {
		return ident.Record(raw), true
	}
	return id, false
}

// numbers lists the house numbers of plates as people read them.
func numbers(rows []record.Row) string {
	all := make([]string, len(rows))
	for i, row := range rows {
		all[i] = row.Text("group_no") + row.Text("house_no")
	}
	slices.SortFunc(all, func(a, b string) int { return cmp.Or(cmp.Compare(len(a), len(b)), cmp.Compare(a, b)) })
	return strings.Join(all, "、")
}
