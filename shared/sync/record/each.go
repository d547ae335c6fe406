// SPDX-License-Identifier: Apache-2.0

package record

import (
	"context"
	"fmt"
	"iter"
)

// Lister reads records a page at a time, as every Store does.
type Lister interface {
	List(ctx context.Context, q Query) ([]Row, error)
}

// pageRows is how many records Each holds at once.
const pageRows = 500

// Each returns all records that q finds, in the order it asks for, whatever its Limit: one page is held at a time. An error of
// reading comes with the zero Row, and is the last.
func Each(ctx context.Context, from Lister, q Query) iter.Seq2[Row, error] {
	return func(yield func(Row, error) bool) {
		q.Limit = pageRows
		for {
			rows, err := from.List(ctx, q)
			if err != nil {
				yield(Row{}, fmt.Errorf("list %s: %w", q.Kind, err))
				return
			}
			for _, row := range rows {
				if !yield(row, nil) {
					return
				}
			}
			if len(rows) < pageRows {
				return
			}
			q.After = rows[len(rows)-1].Header.ID
		}
	}
}

// All returns what Each does, in one slice.
func All(ctx context.Context, from Lister, q Query) ([]Row, error) {
	var all []Row
	for row, err := range Each(ctx, from, q) {
		if err != nil {
			return nil, err
		}
		all = append(all, row)
	}
	return all, nil
}
