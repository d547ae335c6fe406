// SPDX-License-Identifier: Apache-2.0

package record_test

import (
	"context"
	"encoding/binary"
	"errors"
	"testing"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// shelf holds so many records and fails once it was asked so often; 0 for never.
type shelf struct{ rows, asked, fails int }

var errShelf = errors.New("the shelf fell")

func (s *shelf) List(_ context.Context, q record.Query) (out []record.Row, err error) {
	if s.asked++; s.asked == s.fails {
		return nil, errShelf
	}
	for n := int(binary.BigEndian.Uint32(q.After[:])); n < s.rows && len(out) < q.Limit; n++ {
		var id ident.Record
		binary.BigEndian.PutUint32(id[:], uint32(n+1))
		out = append(out, record.Row{Header: record.Header{ID: id}})
	}
	return out, nil
}

// TestEach: every record comes once, whatever the number of pages; who has enough asks for no more; an error is told, and the last.
func TestEach(t *testing.T) {
	for _, n := range []int{0, 1, 500, 501, 1400} {
		rows, err := record.All(t.Context(), &shelf{rows: n}, record.Query{Limit: 3})
		if err != nil || len(rows) != n {
			t.Errorf("%d of %d, %v", len(rows), n, err)
		}
	}
	s := &shelf{rows: 1400}
	for range record.Each(t.Context(), s, record.Query{}) {
		break
	}
	if s.asked != 1 {
		t.Errorf("asked %d times for one record", s.asked)
	}
	if rows, err := record.All(t.Context(), &shelf{rows: 1400, fails: 2}, record.Query{}); !errors.Is(err, errShelf) || rows != nil {
		t.Errorf("%d rows, %v", len(rows), err)
	}
}
