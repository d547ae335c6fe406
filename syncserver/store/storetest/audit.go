// SPDX-License-Identifier: Apache-2.0

package storetest

import (
	"context"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/ident"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/record"
	"yuexin/syncserver/store"
)

// Seen returns an entry: actor read a record.
func Seen(actor byte, h record.Header, at time.Time) audit.Entry {
	return audit.Entry{
		AtMS: at.UnixMilli(), Actor: ident.Actor{actor}, User: "li", Deed: audit.Read, What: "console.demand",
		Touched: []audit.Touch{{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID, Fields: []record.Field{"phone"}}},
	}
}

func mustNote(t testing.TB, st store.Store, entries ...audit.Entry) {
	t.Helper()
	if err := st.Note(context.Background(), entries...); err != nil {
		t.Fatalf("note: %v", err)
	}
}

// Numbers returns the numbers of the entries that a query finds.
func Numbers(t testing.TB, st store.Store, q store.AuditQuery) (numbers []uint64) {
	t.Helper()
	list, err := st.Audited(context.Background(), q)
	if err != nil {
		t.Fatalf("audited: %v", err)
	}
	for _, a := range list {
		numbers = append(numbers, a.Number)
	}
	return numbers
}

func testAudit(t *testing.T, open Open) {
	setup := NewSetup(t)
	st := must(t, open, setup)
	officer := Enrol(t, st, "officer", "officer", Dasha)
	wang, chen := officer.Header(t, "household", Dasha), officer.Header(t, "household", Dasha)
	for _, h := range []record.Header{wang, chen} {
		officer.Put(t, st, record.Accepted, officer.Own(Dasha), Create(h, Fields{"holder": Text("示例")}))
	}
	day := func(n int) time.Time { return Start.AddDate(0, 0, n) }
	list := Seen(1, wang, day(3))
	list.Deed, list.Touched = audit.List, []audit.Touch{{Kind: "household", Scope: Dasha, Fields: []record.Field{"phone"}, Count: 400}}
	elsewhere := list
	elsewhere.Touched = []audit.Touch{{Kind: "household", Scope: Luoyu, Count: 400}}
	mustNote(t, st, Seen(1, wang, day(0)), Seen(2, wang, day(1)))
	mustNote(t, st, Seen(1, chen, day(2)))
	mustNote(t, st, list, elsewhere)
	mustNote(t, st, audit.Entry{Deed: audit.Refused, User: "eve", What: "console.login"}) // at the store's own time

	for _, tc := range []struct {
		name string
		q    store.AuditQuery
		want []uint64
	}{
		{"all, newest first", store.AuditQuery{}, []uint64{5, 4, 3, 2, 6, 1}},
		{"who saw Wang's data, lists of the village included", store.AuditQuery{Record: wang.ID}, []uint64{4, 2, 1}},
		{"the same by the subject", store.AuditQuery{Subject: chen.Subject}, []uint64{4, 3}},
		{"somebody of whom nothing is known", store.AuditQuery{Record: ident.Record{9}}, nil},
		{"what one reader saw", store.AuditQuery{Actor: ident.Actor{1}}, []uint64{5, 4, 3, 1}},
		{"both", store.AuditQuery{Actor: ident.Actor{1}, Record: wang.ID}, []uint64{4, 1}},
		{"by user", store.AuditQuery{User: "eve"}, []uint64{6}},
		{"by deed", store.AuditQuery{Deed: audit.List}, []uint64{5, 4}},
		{"from a day on", store.AuditQuery{From: day(2)}, []uint64{5, 4, 3}},
		{"up to a day", store.AuditQuery{To: day(1)}, []uint64{6, 1}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			if diff := cmp.Diff(tc.want, Numbers(t, st, tc.q)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			var paged []uint64
			for q := tc.q; ; {
				q.Limit = 1
				page, err := st.Audited(context.Background(), q)
				if err != nil {
					t.Fatal(err)
				}
				if len(page) == 0 {
					break
				}
				paged, q.After = append(paged, page[0].Number), page[0].Place
			}
			if diff := cmp.Diff(tc.want, paged); diff != "" {
				t.Errorf("one by one (-want +got):\n%s", diff)
			}
		})
	}
}

// trail is a device's log as a test writes it.
type trail struct {
	audit.Log
	at     audit.State
	states []audit.State // before each entry
	bodies [][]byte
}

func newTrail(device ident.Device, id byte) *trail {
	tr := &trail{Log: audit.Log{Device: device, ID: ident.Incarnation{id}}}
	tr.at = tr.Start()
	return tr
}

func (tr *trail) write(t testing.TB, what string, h record.Header) {
	t.Helper()
	e := Seen(7, h, Start)
	e.Number, e.Device, e.What = tr.at.Next, tr.Device, what
	body, err := e.Encode()
	if err != nil {
		t.Fatal(err)
	}
	tr.states, tr.bodies = append(tr.states, tr.at), append(tr.bodies, body)
	tr.at = tr.Follow(tr.at, body)
}

// send takes the entries from..to of the trail.
func (tr *trail) send(t testing.TB, st store.Store, from, to int) (next uint64, fork bool) {
	t.Helper()
	s := tr.states[from-1]
	at, fork, err := st.TakeAudit(context.Background(), tr.Log, s.Next, s.Chain, tr.bodies[from-1:to])
	if err != nil {
		t.Fatalf("take entries %d to %d: %v", from, to, err)
	}
	return at.Next, fork
}

func testAuditOfDevices(t *testing.T, open Open) {
	setup := NewSetup(t)
	st := open(t, setup)
	d := Enrol(t, st, "officer", "officer", Dasha)
	h := d.Header(t, "household", Dasha)
	one := newTrail(d.ID, 1)
	for range 6 {
		one.write(t, "agent.person", h)
	}
	for _, step := range []struct {
		name     string
		from, to int
		next     uint64
	}{
		{"the first", 1, 2, 3},
		{"again, after a receipt that was lost", 1, 2, 3},
		{"with one that is there", 2, 4, 5},
		{"with a gap", 6, 6, 5},
		{"what was missing", 5, 6, 7},
	} {
		if next, fork := one.send(t, st, step.from, step.to); next != step.next || fork {
			t.Errorf("%s: next %d, fork %v; want %d", step.name, next, fork, step.next)
		}
	}

	copied := newTrail(d.ID, 1) // a copy of the disk went on otherwise
	for _, what := range []string{"agent.person", "agent.person", "agent.print"} {
		copied.write(t, what, h)
	}
	if next, fork := copied.send(t, st, 3, 3); !fork || next != 3 {
		t.Errorf("a fork behind what both have: next %d, fork %v", next, fork)
	}
	if next, fork := copied.send(t, st, 3, 2); fork || next != 7 {
		t.Errorf("what both have, compared: next %d, fork %v", next, fork)
	}
	copied.write(t, "agent.print", h)
	if next, fork := copied.send(t, st, 4, 4); !fork || next != 1 {
		t.Errorf("a fork before it: next %d, fork %v", next, fork)
	}
	copied.at, copied.states, copied.bodies = audit.Log{Device: d.ID, ID: ident.Incarnation{2}}.Start(), nil, nil
	copied.ID = ident.Incarnation{2}
	copied.write(t, "agent.print", h)
	if next, fork := copied.send(t, st, 1, 1); fork || next != 2 {
		t.Errorf("the copy's own log: next %d, fork %v", next, fork)
	}

	ctx := context.Background()
	foreign := newTrail(ident.Device{66}, 3)
	foreign.write(t, "agent.person", h)
	if _, _, err := st.TakeAudit(ctx, audit.Log{Device: d.ID, ID: ident.Incarnation{3}}, 1, audit.Log{Device: d.ID, ID: ident.Incarnation{3}}.Start().Chain, foreign.bodies); !fault.Is(err, fault.Invalid) {
		t.Errorf("an entry of another device: %v", err)
	}
	if _, _, err := st.TakeAudit(ctx, audit.Log{}, 1, audit.Log{}.Start().Chain, foreign.bodies); !fault.Is(err, fault.Invalid) {
		t.Errorf("an entry for the server's own log: %v", err)
	}

	MustVerify(t, st)
	if err := st.Close(); err != nil {
		t.Fatal(err)
	}
	st = must(t, open, setup)
	if at, err := st.AuditState(ctx, one.Log); err != nil || at != one.at {
		t.Errorf("after a restart the log stands at %d, %v", at.Next, err)
	}
	if got := Numbers(t, st, store.AuditQuery{Actor: ident.Actor{7}, Device: d.ID}); len(got) != 7 {
		t.Errorf("the device's entries: %v", got)
	}
	received := Numbers(t, st, store.AuditQuery{Deed: audit.Received})
	if len(received) != 4 { // the first, the second with one that was there, what was missing, the copy's
		t.Errorf("the server's log has %d heads of devices' logs", len(received))
	}
}

// testWritten: the change sets of a record are found with the clock readings they
// arrived with, however wrong those were.
func testWritten(t *testing.T, open Open) {
	st := must(t, open, NewSetup(t))
	right, wrong := Enrol(t, st, "right", "officer", Dasha), Enrol(t, st, "wrong", "officer", Dasha)
	h, other := right.Header(t, "household", Dasha), right.Header(t, "household", Dasha)
	right.Put(t, st, record.Accepted, right.Own(Dasha), Create(h, Fields{"holder": Text("示例")}))
	right.Put(t, st, record.Accepted, right.Own(Dasha), Create(other, Fields{"holder": Text("示例")}))
	wrong.Clock = -20 * 365 * 24 * time.Hour.Milliseconds() // a dead battery
	wrong.Put(t, st, record.Accepted, record.Base{Version: record.At(1, 2)}, Edit(h, Fields{"phone": Text("13800000000")}))
	list, err := st.Written(context.Background(), h.ID)
	if err != nil || len(list) != 2 {
		t.Fatalf("%d change sets, %v", len(list), err)
	}
	first := list[0]
	if first.Actor != wrong.Login.Actor || first.Device != wrong.ID || first.Clocks.WallMS > Start.AddDate(-19, 0, 0).UnixMilli() || first.Version != record.At(1, 3) {
		t.Errorf("by the clocks of those who wrote the first is %+v", first)
	}
	if diff := cmp.Diff([]record.Field{"phone"}, first.Fields); diff != "" {
		t.Errorf("fields (-want +got):\n%s", diff)
	}
	if _, err := st.Written(context.Background(), ident.Record{9}); !fault.Is(err, fault.NotFound) {
		t.Errorf("a record that is not there: %v", err)
	}
}
