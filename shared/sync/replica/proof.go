// SPDX-License-Identifier: Apache-2.0

package replica

import (
	"context"
	"encoding/binary"
	"math/bits"

	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/sqlitedb"
	"yuexin/shared/sync/wire"
)

// remember returns the marks of a scope with its cursor as the newest, before the
// cursor moves on. A few of them reach far back: of those less than 4, 16, 64 …
// versions behind, the oldest of each class stays, and so grows into the next.
func remember(c wire.Cursor) []wire.Mark {
	if c.Version == 0 {
		return c.Marks
	}
	kept := []wire.Mark{{Version: c.Version, LogHash: c.LogHash}}
	classes := []int{-1}
	for _, m := range c.Marks {
		class := min((bits.Len64(uint64(c.Version-m.Version))-1)/2, wire.MaxMarks-2)
		if last := len(kept) - 1; classes[last] == class {
			kept[last] = m
			continue
		}
		kept, classes = append(kept, m), append(classes, class)
	}
	return kept
}

const markSize = 8 + len(wire.Digest{})

func appendMarks(b []byte, marks []wire.Mark) []byte {
	for _, m := range marks {
		b = binary.BigEndian.AppendUint64(b, uint64(m.Version))
		b = append(b, m.LogHash[:]...)
	}
	return b
}

func parseMarks(b []byte) (marks []wire.Mark) {
	for ; len(b) >= markSize; b = b[markSize:] {
		marks = append(marks, wire.Mark{Version: record.Version(binary.BigEndian.Uint64(b)), LogHash: wire.Digest(b[8:markSize])})
	}
	return marks
}

// laneEnds returns, by scope, the newest receipt of each lane whose change sets
// are still here: what a server has lost of them can be sent again.
func (r *Replica) laneEnds(ctx context.Context) (map[ident.Scope][]wire.LaneEnd, error) {
	rows, err := r.full.QueryContext(ctx, `
		SELECT o.scope, o.incarnation, o.number, o.chain, e.version
		FROM outbox AS o JOIN (
			SELECT incarnation, scope, max(number) AS number, max(version) AS version
			FROM outbox WHERE state IN (1, 2, 3, 4, 5) AND sealed IS NOT NULL GROUP BY incarnation, scope
		) AS e ON e.incarnation = o.incarnation AND e.scope = o.scope AND e.number = o.number
		ORDER BY o.seq DESC`)
	if err != nil {
		return nil, sqlitedb.Fault(err)
	}
	defer rows.Close()
	out := map[ident.Scope][]wire.LaneEnd{}
	for rows.Next() {
		var id ident.Scope
		var end wire.LaneEnd
		var chain []byte
		if err := rows.Scan(&id, &end.Incarnation, &end.Number, &chain, &end.Version); err != nil {
			return nil, err
		}
		copy(end.Chain[:], chain)
		if len(out[id]) < wire.MaxLaneEnds {
			out[id] = append(out[id], end)
		}
	}
	return out, sqlitedb.Fault(rows.Err())
}
