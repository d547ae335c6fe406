// SPDX-License-Identifier: Apache-2.0

package replica_test

import (
	"database/sql"
	"testing"

	"github.com/google/go-cmp/cmp"

	"yuexin/shared/fault"
	"yuexin/shared/sync/audit"
	"yuexin/shared/sync/peer"
	"yuexin/shared/sync/record"
	"yuexin/shared/sync/recordtest"
	"yuexin/shared/sync/replica"
	"yuexin/shared/sync/wire"
)

var session = replica.Session{Actor: anna, Role: recordtest.Officer}

// refusedDevice has three acts refused in one group, and one beside it.
func refusedDevice(t *testing.T) (*server, *device) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	h := recordtest.Header(recordtest.Household, 1)
	d.apply(recordtest.Create(h, recordtest.Fields{"name": record.OfText("陈秀英")}))
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(2)}))
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(3)}))
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 2), nil))
	f := must(d.NextFrame(ctx, d.Unsent()[0].Lane, 1, 10, record.MaxFrameBytes))
	m := s.commit(d, f.Data)
	lane := m.Lane
	refusal := record.Receipt{Link: record.Link{Lane: lane, Number: 1}, Outcome: record.Rejected, Reason: "demand.closed", Args: map[string]string{"n": "1"}, Field: "name"}
	chained := record.Receipt{Link: record.Link{Lane: lane, Number: 2}, Outcome: record.Rejected, Reason: "sync.chained", Chained: true, First: 1}
	third := chained
	third.Link.Number = 3
	other := record.Receipt{Link: record.Link{Lane: lane, Number: 4}, Outcome: record.Rejected, Reason: "demand.closed"}
	m.Ranges = peer.Pack([]record.Receipt{refusal, chained, third, other})
	if _, err := d.ApplyReceipts(ctx, m); err != nil {
		t.Fatal(err)
	}
	return s, d
}

func TestTray(t *testing.T) {
	_, d := refusedDevice(t)
	for range 2 {
		if n := len(visible(d)); n != 0 {
			t.Errorf("%d households although all was refused", n)
		}
		groups := must(d.Tray(ctx))
		if len(groups) != 2 || groups[0].First != 1 || len(groups[0].Items) != 3 || groups[1].First != 4 {
			t.Fatalf("groups = %d, want {1 2 3} and {4}", len(groups))
		}
		first := groups[0].Items[0]
		if first.Receipt.Reason != "demand.closed" || first.Receipt.Args["n"] != "1" || first.Receipt.Field != "name" ||
			first.Set.Writes[0].Fields["name"].Text() != "陈秀英" {
			t.Errorf("the reason or what was refused is not kept: %+v", first.Receipt)
		}
		if s := must(d.Status(ctx)); s.Refused != 4 || s.Waiting != 0 {
			t.Errorf("status = %+v, want 4 refused", s)
		}
		d.reopen()
		d.unlock()
	}
}

// TestReadingTheTrayIsNoted: what was refused is somebody's data like what was not.
func TestReadingTheTrayIsNoted(t *testing.T) {
	_, d := refusedDevice(t)
	k := newKeeper()
	view := func() *replica.Viewer {
		return d.ViewerAs(replica.Session{Actor: anna}, "agent", &audit.Policy{AgainMinutes: 15, Named: 9})
	}
	v := view()
	for range 2 { // the second time is noted already
		if groups := must(v.Tray(audit.Doing(ctx, audit.Read, "agent.returns"))); len(groups) != 2 {
			t.Fatalf("%d groups", len(groups))
		}
	}
	must(d.mustSend(t, k, 0))
	entries := k.entries(t)
	h := recordtest.Header(recordtest.Household, 1)
	want := []audit.Touch{{Kind: h.Kind, Scope: h.Scope, Subject: h.Subject, Record: h.ID, Fields: []record.Field{"name"}}}
	if len(entries) != 1 || entries[0].What != "agent.returns" || entries[0].Actor != anna {
		t.Fatalf("noted %+v", entries)
	}
	if diff := cmp.Diff(want, entries[0].Touched); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	db := must(sql.Open("sqlite3", d.path))
	defer db.Close()
	must(db.Exec("ALTER TABLE audit RENAME TO audit_gone"))
	if groups, err := view().Tray(ctx); err == nil || groups != nil {
		t.Errorf("without an entry: %d groups, %v", len(groups), err)
	}
}

func TestDiscardAndResubmit(t *testing.T) {
	s, d := refusedDevice(t)
	groups := must(d.Tray(ctx))
	link := func(g, i int) record.Link { return groups[g].Items[i].Receipt.Link }

	if err := d.Discard(ctx, session, link(1, 0)); err != nil {
		t.Fatal(err)
	}
	if err := d.Discard(ctx, session, link(1, 0)); !fault.Is(err, fault.NotFound) {
		t.Errorf("discard twice: %v, want not found", err)
	}
	act := recordtest.Create(recordtest.Header(recordtest.Household, 1), recordtest.Fields{"name": record.OfText("陈秀芳")})
	r, err := d.Resubmit(ctx, session, link(0, 0), act)
	if err != nil {
		t.Fatal(err)
	}
	if r.Link.Number != 6 {
		t.Errorf("number %d, want a new one, 6", r.Link.Number)
	}
	if groups := must(d.Tray(ctx)); len(groups) != 1 || len(groups[0].Items) != 2 {
		t.Errorf("the tray still has %d groups, want the two that built on the first", len(groups))
	}
	act.Replaces = 1
	act.Writes[0].Header = recordtest.Header(recordtest.Household, 7)
	if _, err := d.as(recordtest.Officer).Apply(ctx, act); !fault.Is(err, fault.Conflict) {
		t.Errorf("correct the same twice: %v, want conflict", err)
	}
	s.push(d)
	last := s.accepted[len(s.accepted)-1]
	if last.Replaces != 1 || last.Link.Number != 6 {
		t.Errorf("the server got number %d replacing %d, want 6 replacing 1", last.Link.Number, last.Replaces)
	}
	if got := must(d.Receipt(ctx, record.Link{Lane: last.Link.Lane, Number: 5})); got.Outcome != record.Discarded {
		t.Errorf("outcome of the discard = %v, want discarded", got.Outcome)
	}
	if _, err := d.Receipt(ctx, record.Link{Lane: last.Link.Lane, Number: 50}); !fault.Is(err, fault.NotFound) {
		t.Errorf("receipt of nothing: %v, want not found", err)
	}
}

func TestTrayOfClosedLane(t *testing.T) {
	s, d := refusedDevice(t)
	groups := must(d.Tray(ctx))
	lane := groups[0].Lane
	if err := d.CloseLane(ctx, &wire.LaneClosed{Lane: lane, Last: 4, Chain: s.chains[lane], Reason: wire.CloseUnproved}); err != nil {
		t.Fatal(err)
	}
	if err := d.Discard(ctx, session, groups[1].Items[0].Receipt.Link); err != nil {
		t.Fatal(err)
	}
	act := recordtest.Create(recordtest.Header(recordtest.Household, 1), nil)
	if _, err := d.Resubmit(ctx, session, groups[0].Items[0].Receipt.Link, act); err != nil {
		t.Fatal(err)
	}
	if st := must(d.Status(ctx)); st.Refused != 2 || st.Waiting != 1 {
		t.Errorf("status = %+v, want 2 refused and the new act waiting", st)
	}
}

func TestQuarantineIsCounted(t *testing.T) {
	s := newServer(t)
	d := s.newDevice(replica.Laptop, 1)
	d.grant(recordtest.Officer, recordtest.Here)
	d.apply(recordtest.Create(recordtest.Header(recordtest.Household, 1), nil))
	f := must(d.NextFrame(ctx, d.Unsent()[0].Lane, 1, 10, record.MaxFrameBytes))
	m := s.commit(d, f.Data)
	m.Ranges = []wire.ReceiptRange{{From: 1, To: 1, Outcome: record.Quarantined}}
	if _, err := d.ApplyReceipts(ctx, m); err != nil {
		t.Fatal(err)
	}
	if st := must(d.Status(ctx)); st.Quarantined != 1 || st.Refused != 0 || st.Waiting != 0 {
		t.Errorf("status = %+v, want one quarantined", st)
	}
	if len(visible(d)) != 0 {
		t.Error("a quarantined act shows")
	}

	// Somebody decides: the tray has it, and nothing else waits again.
	lane := m.Lane
	if runs := must(d.Aside(ctx)); len(runs) != 1 || runs[0] != (peer.Unsent{Lane: lane, First: 1, Last: 1}) {
		t.Errorf("aside: %+v", runs)
	}
	m.Ranges[0] = wire.ReceiptRange{From: 1, To: 1, Outcome: record.Rejected, Detail: &wire.ReceiptDetail{
		Reason: "sync.reject.quarantine", Args: map[string]string{"why": "重复"}, Decided: true,
	}}
	if reopened, err := d.ApplyReceipts(ctx, m); err != nil || reopened {
		t.Fatalf("reopened %v, %v", reopened, err)
	}
	if st := must(d.Status(ctx)); st.Quarantined != 0 || st.Refused != 1 || st.Waiting != 0 {
		t.Errorf("status = %+v, want one refused", st)
	}
	if runs := must(d.Aside(ctx)); len(runs) != 1 { // no version tells whether a restored server has that decision
		t.Errorf("aside, once it is decided: %+v", runs)
	}
	if groups := must(d.Tray(ctx)); len(groups) != 1 || groups[0].Items[0].Receipt.Args["why"] != "重复" || !groups[0].Items[0].Receipt.Decided {
		t.Errorf("tray: %+v", groups)
	}
}

// TestSent: every act is listed with its receipt, what waits longest first; after a restart as well, and what was read is
// noted.
func TestSent(t *testing.T) {
	s, d := refusedDevice(t)
	h := recordtest.Header(recordtest.Household, 5)
	d.apply(recordtest.Create(h, recordtest.Fields{"name": record.OfText("李志强")}))
	frame := must(d.NextFrame(ctx, d.Unsent()[0].Lane, 5, 10, record.MaxFrameBytes))
	if _, err := d.ApplyReceipts(ctx, s.commit(d, frame.Data)); err != nil {
		t.Fatal(err)
	}
	d.apply(recordtest.Edit(h, d.base(), recordtest.Fields{"people": record.OfInt(4)}))
	d.reopen()
	d.unlock()
	outcomes := func(waiting bool) (out []record.Outcome) {
		for _, one := range must(d.Sent(ctx, waiting, 100)) {
			if one.Set == nil {
				t.Error("the content of an act is not there")
			}
			out = append(out, one.Receipt.Outcome)
		}
		return out
	}
	r, p := record.Rejected, record.Pending
	if diff := cmp.Diff([]record.Outcome{r, r, r, r, p}, outcomes(true)); diff != "" {
		t.Errorf("not confirmed, the oldest first (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff([]record.Outcome{p, record.Accepted, r, r, r, r}, outcomes(false)); diff != "" {
		t.Errorf("all, the newest first (-want +got):\n%s", diff)
	}
	if list := must(d.Sent(ctx, true, 2)); len(list) != 2 || list[0].Receipt.Reason != "demand.closed" || list[0].MadeMS == 0 {
		t.Errorf("the two oldest: %+v", list)
	}
	d.Lock()
	if _, err := d.Sent(ctx, true, 1); !fault.Is(err, fault.Unauthenticated) {
		t.Errorf("locked: %v", err)
	}
}
