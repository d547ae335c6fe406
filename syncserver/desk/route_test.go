// SPDX-License-Identifier: Apache-2.0

package desk_test

import (
	"context"
	"log/slog"
	"sync"
	"testing"
	"time"

	"yuexin/shared/credit/lending"
	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/desk"
)

// counting counts reads of single demands, and refuses to read one.
type counting struct {
	record.Store
	broken ident.Record

	mu    sync.Mutex // protects all fields below
	moves map[ident.Record]int
}

func (c *counting) List(ctx context.Context, q record.Query) ([]record.Row, error) {
	if len(q.Where) == 1 && q.Where[0].Field == "demand" {
		var id ident.Record
		copy(id[:], q.Where[0].Value.Bytes())
		c.mu.Lock()
		defer c.mu.Unlock()
		c.moves[id]++
		if id == c.broken {
			return nil, fault.New(fault.Corrupt, "")
		}
	}
	return c.Store.List(ctx, q)
}

func (c *counting) reads(id ident.Record) int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.moves[id]
}

// shift is an office with an officer and a router over a store that counts.
type shift struct {
	office
	reads   *counting
	router  desk.Router
	village ident.Scope
	bank    ident.Org
	officer ident.Actor
	ticks   chan time.Time
}

func newShift(t *testing.T, clock func() time.Time) *shift {
	t.Helper()
	s := &shift{office: open(t), officer: ident.Actor{7}, ticks: make(chan time.Time)}
	s.village = s.office.village(t, "441284105203")
	var err error
	if s.bank, err = s.AddOrg(t.Context(), desk.Org{Name: "示例银行", Short: "示例", Kind: "bank"}); err != nil {
		t.Fatal(err)
	}
	if err := s.AddStaff(t.Context(), s.officer, "示例陈某", "", s.bank); err != nil {
		t.Fatal(err)
	}
	s.reads = &counting{Store: s.Store, moves: make(map[ident.Record]int)}
	counted := s.Desk
	counted.Store, counted.Now = s.reads, clock
	s.router = desk.Router{
		Desk: counted, Log: slog.New(slog.DiscardHandler), After: func(time.Duration) <-chan time.Time { return s.ticks },
	}
	return s
}

func (s *shift) post(t *testing.T, from string) {
	t.Helper()
	if err := s.Post(t.Context(), s.village, s.officer, s.bank, from); err != nil {
		t.Fatal(err)
	}
}

// run starts the router and returns what tells it of a change. Sends are
// unbuffered: once a second one is taken, the first has been looked at.
func (s *shift) run(t *testing.T) (change func()) {
	t.Helper()
	heads, done := make(chan ident.Scope), make(chan struct{})
	go func() {
		defer close(done)
		s.router.Run(t.Context(), heads)
	}()
	t.Cleanup(func() { close(heads); <-done })
	return func() { heads <- s.village; heads <- ident.Ref }
}

// One demand that cannot be read holds up none of those after it.
func TestRouterGoesOn(t *testing.T) {
	s := newShift(t, func() time.Time { return now })
	first, second := s.demand(t, s.village, s.bank), s.demand(t, s.village, s.bank)
	s.reads.broken = first.ID
	s.post(t, "")
	s.run(t)()
	if got := s.state(t, second).Status; got != lending.Assigned {
		t.Errorf("the second demand is %s", got)
	}
}

// A posting for a day to come begins on that day, without any other change.
func TestRouterActsWhenTheDayComes(t *testing.T) {
	var mu sync.Mutex
	at := now
	clock := func() time.Time { mu.Lock(); defer mu.Unlock(); return at }
	s := newShift(t, clock)
	demand := s.demand(t, s.village, s.bank)
	s.post(t, "2026-11-23")
	change := s.run(t)
	change()
	s.ticks <- now
	change()
	if got := s.state(t, demand).Status; got != lending.Registered {
		t.Fatalf("before its day the demand is %s", got)
	}
	mu.Lock()
	at = time.Date(2026, 11, 23, 0, 5, 0, 0, time.FixedZone("CST", 8*60*60))
	mu.Unlock()
	s.ticks <- now
	s.ticks <- now // the first has been looked at
	if got := s.state(t, demand); got.Status != lending.Assigned || got.Officer != s.officer {
		t.Errorf("on its day the demand is %s", got.Status)
	}
}

// What is somebody's already is not read again at every change of the village.
func TestRouterReadsOpenDemandsOnly(t *testing.T) {
	s := newShift(t, func() time.Time { return now })
	settled := s.demand(t, s.village, s.bank)
	s.post(t, "")
	change := s.run(t)
	change()
	before := s.reads.reads(settled.ID)
	for range 5 {
		change()
	}
	if got := s.reads.reads(settled.ID); got != before {
		t.Errorf("an assigned demand was read %d times more", got-before)
	}
	if got := s.state(t, settled).Status; got != lending.Assigned {
		t.Errorf("the demand is %s", got)
	}
}
