// SPDX-License-Identifier: Apache-2.0

package console

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"sync"

	"yuexin/shared/credit/lending"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
)

// entry is one demand as lists order and filter it. It holds nothing of class
// C2, so that one board serves everybody.
type entry struct {
	id        ident.Record
	scope     ident.Scope
	receipt   string
	channel   string
	recipient ident.Org
	status    lending.Status
	officer   ident.Actor
	bank      ident.Org
	urgency   lending.Urgency
	created   int64         // ms since 1970 UTC
	state     lending.State // without its steps
}

// board knows where every demand stands. A state is a fold over moves, which
// no query can ask for; so the board folds each village once and again only
// after its scope moved.
type board struct {
	from   record.Store
	policy *lending.Policy

	mu     sync.Mutex // protects all below
	shelf  map[ident.Scope][]entry
	fresh  map[ident.Scope]bool
	rounds map[ident.Scope]uint64 // how often a scope moved
	all    uint64                 // how often all of them may have
}

func newBoard(from record.Store, policy *lending.Policy) *board {
	return &board{
		from: from, policy: policy, shelf: map[ident.Scope][]entry{},
		fresh: map[ident.Scope]bool{}, rounds: map[ident.Scope]uint64{},
	}
}

// forget makes the next reader fold a scope again; all of them for "".
func (b *board) forget(scope ident.Scope) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if scope == "" {
		b.all++
		clear(b.fresh)
		return
	}
	b.rounds[scope]++
	delete(b.fresh, scope)
}

// in returns the demands of a scope, with their urgency at a time in ms since
// 1970 UTC. The slice is the caller's.
func (b *board) in(ctx context.Context, scope ident.Scope, nowMS int64) ([]entry, error) {
	b.mu.Lock()
	entries, fresh, round := b.shelf[scope], b.fresh[scope], b.rounds[scope]+b.all
	b.mu.Unlock()
	if !fresh {
		var err error
		if entries, err = b.fold(ctx, scope); err != nil {
			return nil, fmt.Errorf("read the demands of a village: %w", err)
		}
		b.keep(scope, entries, round)
	}
	out := make([]entry, len(entries))
	for i, e := range entries {
		e.urgency = b.policy.Urgency(e.state, nowMS)
		out[i] = e
	}
	return out, nil
}

// keep stores what was read, unless the scope moved meanwhile.
func (b *board) keep(scope ident.Scope, entries []entry, round uint64) {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.rounds[scope]+b.all == round {
		b.shelf[scope], b.fresh[scope] = entries, true
	}
}

func (b *board) fold(ctx context.Context, scope ident.Scope) ([]entry, error) {
	var moves []record.Row
	err := eachRow(ctx, b.from, record.Query{Kind: lending.KindMove, Scope: scope}, func(row record.Row) { moves = append(moves, row) })
	if err != nil {
		return nil, err
	}
	byDemand := lending.Group(moves)
	var entries []entry
	err = eachRow(ctx, b.from, record.Query{Kind: lending.KindDemand, Scope: scope}, func(row record.Row) {
		d, s := lending.DemandOf(row), b.policy.Fold(byDemand[row.Header.ID])
		created := s.Began()
		s.Steps = nil
		entries = append(entries, entry{
			id: row.Header.ID, scope: scope, receipt: string(d.Receipt), channel: d.Channel, recipient: d.Recipient,
			status: s.Status, officer: s.Officer, bank: s.Bank, created: created, state: s,
		})
	})
	return entries, err
}

// key is an entry's place in the list at one moment.
type key struct {
	place lending.Place
	id    ident.Record
}

func (e entry) key() key { return key{e.urgency.Place(), e.id} }

func (k key) compare(o key) int { return cmp.Or(k.place.Compare(o.place), k.id.Compare(o.id)) }

// cursor is where a page ends, and the moment the first page was made for: what
// becomes overdue while somebody turns pages does not change its place.
type cursor struct {
	atMS int64
	key  key
}

func (c cursor) String() string {
	return strings.Join([]string{
		strconv.FormatInt(c.atMS, 36), strconv.Itoa(c.key.place.Rank), strconv.FormatInt(c.key.place.Since, 36), c.key.id.String(),
	}, ".")
}

// parseCursor reads what String wrote; false for anything else.
func parseCursor(text string) (c cursor, ok bool) {
	parts := strings.Split(text, ".")
	if len(parts) != 4 {
		return cursor{}, false
	}
	var errs [4]error
	c.atMS, errs[0] = strconv.ParseInt(parts[0], 36, 64)
	c.key.place.Rank, errs[1] = strconv.Atoi(parts[1])
	c.key.place.Since, errs[2] = strconv.ParseInt(parts[2], 36, 64)
	errs[3] = c.key.id.UnmarshalText([]byte(parts[3]))
	return c, errs == [4]error{}
}
